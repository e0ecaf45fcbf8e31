"""Readers on what recordings do not show."""

from __future__ import annotations

import json

import pytest

from multicooker.domain.outcome import ExitClass
from multicooker.domain.reading import Reading
from multicooker.pipeline.collect.dialects import BUILT_IN
from multicooker.pipeline.collect.dialects.events import dumped, events
from tests.unit.pipeline.collect.recorded import NOW

INIT = {"type": "system", "subtype": "init", "model": "m-1", "claude_code_version": "1.2.3"}


def read(flavor: str, *entries: object) -> Reading:
    """Read a log of events and of plain lines."""
    lines = [it if isinstance(it, str) else json.dumps(it) for it in entries]
    return BUILT_IN[flavor].read("\n".join(lines).encode(), now=NOW)


def tell(flavor: str, event: object) -> tuple[str, ...]:
    return BUILT_IN[flavor].tell(json.dumps(event))


def result(**fields: object) -> dict[str, object]:
    return {"type": "result", "subtype": "success", "is_error": False, "result": "Done.", **fields}


def used(call: str, name: str, *, failed: bool) -> tuple[dict[str, object], dict[str, object]]:
    answer = {"type": "tool_result", "tool_use_id": call, "is_error": failed, "content": "x"}
    return (
        {
            "type": "assistant",
            "message": {"content": [{"type": "tool_use", "id": call, "name": name}]},
        },
        {"type": "user", "message": {"content": [answer]}},
    )


# --- claude ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected", "detail"),
    [
        (
            {"subtype": "error_max_turns", "terminal_reason": "max_turns", "result": None},
            ExitClass.ERROR,
            "max_turns: error_max_turns",
        ),
        (
            {
                "subtype": "error_during_execution",
                "terminal_reason": "aborted_tools",
                "result": "x\ny",
            },
            ExitClass.ERROR,
            "aborted_tools: x y",
        ),
        ({"api_error_status": 429}, ExitClass.RATE_LIMITED, "Done."),
        ({"api_error": "usage_limit_reached"}, ExitClass.RATE_LIMITED, "Done."),
        ({"api_error_status": 403}, ExitClass.AUTH_EXPIRED, "Done."),
        ({"stop_reason": "refusal"}, ExitClass.REFUSED, "Done."),
        ({"is_error": None}, ExitClass.ERROR, "Done."),
    ],
)
def test_claude_says_success_of_failures(
    fields: dict[str, object], expected: ExitClass, detail: str
) -> None:
    found = read("claude", INIT, result(**{"is_error": True, **fields}))
    assert (found.exit_class, found.detail, found.answer) == (expected, detail, "")


def test_claude_tells_the_reset_in_its_message_where_no_event_does() -> None:
    error = {
        "type": "assistant",
        "error": "rate_limit",
        "api_error_params": {"rate_limit_info": {"resetsAt": 1795255943}},
        "message": {"model": "<synthetic>", "content": []},
    }
    limit = result(is_error=True, api_error_status=429, result="resets 10:30am (UTC)")
    assert read("claude", INIT, error, limit).resets_at == "2026-11-21T10:12:23Z"
    assert read("claude", INIT, limit).resets_at == "2026-11-21T10:30:00Z"


def test_claude_tells_what_it_was_not_allowed_and_what_was_stopped() -> None:
    denied = [{"tool_name": "Bash"}, {"tool_name": "Bash"}, {"tool_name": "Write"}, {}]
    found = read(
        "claude",
        INIT,
        *used("a", "Bash", failed=True),
        *used("b", "Read", failed=False),
        result(permission_denials=denied, safety_stops=1),
    )
    assert found.exit_class is None
    assert found.notes == (
        "1 of 2 tool calls failed",
        "was not allowed to use Bash, Write, a tool",
        "safeguards stopped 1 of its answers",
    )


def test_a_success_in_which_no_tool_worked_is_none() -> None:
    tools = [event for call in "abc" for event in used(call, "Bash", failed=True)]
    found = read("claude", INIT, *tools, result())
    assert found.exit_class is ExitClass.ERROR
    assert found.detail == "it says that all is well, but all its 3 tool calls failed"


def test_a_structured_answer_is_taken_before_the_words() -> None:
    assert read("claude", result(structured_output={"a": "ß"})).answer == '{"a": "ß"}'
    assert read("claude", result()).answer == "Done."


def test_claudes_models_are_told_the_main_one_first() -> None:
    spent = {"small": {"inputTokens": 5, "outputTokens": 1}, "m-1": {"cacheReadInputTokens": 7}}
    usage = read("claude", INIT, result(modelUsage=spent, total_cost_usd=0.5)).usage
    assert usage is not None
    assert usage.models == ("m-1", "small")
    assert (usage.input_tokens, usage.cached_tokens, usage.output_tokens) == (12, 7, 1)
    other = read("claude", {**INIT, "model": "x"}, result(modelUsage=spent)).usage
    assert other is not None
    assert other.models == ("small", "m-1")


def test_a_cell_that_printed_no_event_tells_its_last_words() -> None:
    found = read("claude", "first", "cannot be used with root privileges")
    assert (found.ended, found.exit_class) == (False, None)
    assert found.detail == "cannot be used with root privileges"


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("Bash", {"command": "ls\nrm x"}, "$ ls …"),
        ("Bash", {"command": ""}, "$ "),
        ("Edit", {"file_path": "a.html"}, "edited a.html"),
        ("Grep", {"path": "src", "pattern": "x"}, "Grep src"),
        ("WebFetch", {"n": 5, "url": "https://a.example\nb"}, "WebFetch: https://a.example b"),
        ("TodoWrite", {"todos": []}, "TodoWrite"),
    ],
)
def test_tools_are_told_by_what_they_do(name: str, given: dict[str, object], words: str) -> None:
    part = {"type": "tool_use", "name": name, "input": given}
    assert tell("claude", {"type": "assistant", "message": {"content": [part]}}) == (words,)


def test_a_long_line_is_told_up_to_a_point() -> None:
    part = {"type": "text", "text": "x" * 1000}
    told = tell("claude", {"type": "assistant", "message": {"content": [part]}})
    assert told == ("x" * 400 + "…",)


def test_a_long_message_is_told_up_to_a_point() -> None:
    text = "\n\n".join(f"line {at}" for at in range(100))
    part = {"type": "text", "text": text}
    told = tell("claude", {"type": "assistant", "message": {"content": [part]}})
    assert (told[0], told[-1], len(told)) == ("line 0", "… 40 more lines", 61)


def test_claudes_noise_is_not_told() -> None:
    assert tell("claude", INIT) == ()
    assert (
        tell("claude", {"type": "rate_limit_event", "rate_limit_info": {"status": "allowed"}}) == ()
    )
    assert tell("claude", {"type": "system", "subtype": "api_retry", "error": None}) == (
        "no answer: tries again in 0.0 s",
    )


# --- codex -----------------------------------------------------------------------------------


def item(kind: str, **fields: object) -> dict[str, object]:
    return {"type": "item.completed", "item": {"id": kind, "type": kind, **fields}}


DONE = {"type": "turn.completed", "usage": {}}


def failed(message: str) -> dict[str, object]:
    return {"type": "turn.failed", "error": {"message": message}}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Quota exceeded. Check your plan and billing details.", ExitClass.RATE_LIMITED),
        ("rate limit exceeded: x", ExitClass.RATE_LIMITED),
        ("unexpected status 401 Unauthorized: x", ExitClass.AUTH_EXPIRED),
        ("workspace routing discovery unauthorized (401)", ExitClass.AUTH_EXPIRED),
        ("Incomplete response returned, reason: content_filter", ExitClass.REFUSED),
        ("Read-only file system (os error 30)", ExitClass.ERROR),
    ],
)
def test_codex_tells_all_by_its_message(message: str, expected: ExitClass) -> None:
    assert read("codex", failed(message)).exit_class is expected
    early = read("codex", {"type": "error", "message": message})
    assert (early.ended, early.exit_class, early.detail) == (False, expected, message)


def test_a_codex_that_was_killed_while_it_tried_again_only_tried_again() -> None:
    again = {"type": "error", "message": "Reconnecting... 2/5 (unexpected status 500)"}
    found = read("codex", {"type": "turn.started"}, again)
    assert (found.ended, found.exit_class, found.detail) == (False, None, "")


def test_a_search_that_finds_nothing_is_no_failure() -> None:
    nothing = {"status": "failed", "exit_code": 1, "aggregated_output": "\n"}
    assert read("codex", item("command_execution", **nothing), DONE).exit_class is None
    said = {**nothing, "aggregated_output": "bwrap: No permissions to create a new namespace"}
    assert read("codex", item("command_execution", **said), DONE).exit_class is ExitClass.ERROR


def test_a_change_that_worked_outweighs_commands_that_failed() -> None:
    command = item("command_execution", status="failed", exit_code=2)
    found = read("codex", command, item("file_change", status="completed"), DONE)
    assert (found.exit_class, found.notes) == (None, ("1 of 2 tool calls failed",))


def test_codex_talk_is_no_tool_call() -> None:
    talk = [item(kind, text="x") for kind in ("reasoning", "todo_list", "error", "agent_message")]
    usage = read("codex", *talk, DONE).usage
    assert usage is not None
    assert usage.tool_calls == 0


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (item("reasoning", text="hm"), ()),
        (item("error", message="careful\n"), ("careful",)),
        (item("mcp_tool_call", tool="look"), ("mcp_tool_call: look",)),
        (item("web_search", query="bread"), ("web_search: bread",)),
        (item("command_execution", status="completed", exit_code=0), ()),
        (
            item("file_change", changes=[{"path": "a", "kind": "delete"}, {"path": "b"}]),
            ("removed a", "changed b"),
        ),
        ({"type": "turn.started"}, ()),
        (
            {"type": "item.started", "item": {"type": "command_execution", "command": "ls -la"}},
            ("$ ls -la",),
        ),
        (
            {
                "type": "item.started",
                "item": {"type": "command_execution", "command": "/bin/bash -lc \"a 'b'\""},
            },
            ("$ a 'b'",),
        ),
        (
            {"type": "item.started", "item": {"type": "command_execution", "command": "sh -c 'x"}},
            ("$ sh -c 'x",),
        ),
    ],
)
def test_codex_is_told_in_words(event: object, words: tuple[str, ...]) -> None:
    assert tell("codex", event) == words


# --- gemini ----------------------------------------------------------------------------------


def said(text: str, *, delta: bool = True) -> dict[str, object]:
    return {"type": "message", "role": "assistant", "content": text, "delta": delta}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Please set an Auth method in your settings.json", ExitClass.AUTH_EXPIRED),
        (
            "Manual authorization is required but the session is non-interactive",
            ExitClass.AUTH_EXPIRED,
        ),
        ("something else broke", None),
        ("Attempt 1 failed: x. Retrying after 900ms...", None),
        ("Attempt 1 failed: x. Retrying after 60000ms...", ExitClass.RATE_LIMITED),
    ],
)
def test_gemini_tells_much_on_standard_error_alone(line: str, expected: ExitClass | None) -> None:
    found = read("gemini", {"type": "init"}, "YOLO mode is enabled.", line, "    at stack")
    assert (found.ended, found.exit_class, found.detail) == (False, expected, line)


def test_a_long_wait_counts_whatever_is_said_after_it() -> None:
    wait = "Attempt 1 failed: x. Your quota will reset after 2h0m0s. Retrying after 8626255ms..."
    found = read("gemini", {"type": "init"}, wait, "it was ended, as it would have slept")
    assert (found.exit_class, found.detail) == (ExitClass.RATE_LIMITED, wait)
    assert found.resets_at == "2026-11-21T10:20:00Z"


def test_a_gemini_that_went_on_after_its_wait_is_not_limited() -> None:
    found = read("gemini", "Retrying after 90000ms...", said("Here I am."))
    assert (found.exit_class, found.detail) == (None, "")


def test_gemini_does_not_always_say_why() -> None:
    found = read("gemini", {"type": "result", "status": "error"})
    assert (found.exit_class, found.detail) == (ExitClass.ERROR, "it does not say why")


def test_an_answer_of_gemini_is_put_together_from_its_pieces() -> None:
    tool = {"type": "tool_use", "tool_name": "x", "tool_id": "1"}
    done = {"type": "result", "status": "success"}
    assert read("gemini", said("no"), tool, said("y"), said("es"), done).answer == "yes"
    assert read("gemini", said("no"), said("whole", delta=False), done).answer == "whole"


def test_thoughts_count_as_output() -> None:
    stats = {"total_tokens": 100, "input_tokens": 70, "output_tokens": 20}
    found = read("gemini", {"type": "result", "status": "success", "stats": stats}).usage
    assert found is not None
    assert found.output_tokens == 30
    less = read("gemini", {"type": "result", "stats": {"output_tokens": 20}}).usage
    assert less is not None
    assert (less.output_tokens, less.models) == (20, ())


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"type": "message", "role": "user", "content": "brief"}, ()),
        ({"type": "tool_result", "status": "error", "output": "no\nfile"}, ("failed: no file",)),
        (
            {"type": "tool_result", "status": "error", "error": {"message": "denied"}},
            ("failed: denied",),
        ),
        ({"type": "tool_result", "status": "success"}, ()),
        ({"type": "result", "status": "success"}, ()),
        (
            {"type": "tool_use", "tool_name": "replace", "parameters": {"file_path": "a"}},
            ("edited a",),
        ),
    ],
)
def test_gemini_is_told_in_words(event: object, words: tuple[str, ...]) -> None:
    assert tell("gemini", event) == words


def test_geminis_noise_is_not_told() -> None:
    for line in ("YOLO mode is enabled. All tool calls …", "    at retry (x.js:1)", "}"):
        assert BUILT_IN["gemini"].tell(line) == ()


# --- all -------------------------------------------------------------------------------------


def test_lines_are_events_or_words() -> None:
    log = b'\n  \nwords {"type":"a"}\n{"type":"b"}\r\nlast'
    assert list(events(log)) == ["words ", {"type": "a"}, {"type": "b"}, "last"]


@pytest.mark.parametrize("between", [0, 1, 7, 8])
def test_a_long_line_that_another_stream_tore_is_put_together(between: int) -> None:
    line = json.dumps({"type": "result", "result": "x" * 40_000}).encode()
    for at in (16384, 32768):
        torn = line[:at] + b"a warning" + b"\nand more" * between + b"\n" + line[at:]
        found = list(events(torn + b"\n{}"))
        assert found[0] == "a warning"
        assert found[-1] == {}
        assert (found[-2] == json.loads(line)) is (between < 8)
        assert found[1:-2] == ["and more"] * between


def test_a_torn_line_without_its_other_half_is_only_words() -> None:
    begun = b"{" + b"x" * 20_000
    assert list(events(begun)) == ["x" * (20_001 - 16384)]
    assert list(events(begun + b'\n{"a":1}\ny\n{"b":2}'))[1:] == [{"a": 1}, "y", {"b": 2}]


def test_what_is_too_deep_to_write_down_is_left_out() -> None:
    deep: object = []
    for _ in range(100_000):
        deep = [deep]
    assert dumped(deep) == ""
