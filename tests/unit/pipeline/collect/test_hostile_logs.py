"""Logs and session files that somebody made to fool or to break whoever reads them."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multicooker.domain.outcome import ExitClass
from multicooker.pipeline.collect.dialects import BUILT_IN
from tests.unit.pipeline.collect.recorded import FLAVORS, LOGS, NOW, log, sessions

KEYS = st.sampled_from(
    [
        *("type", "subtype", "message", "content", "role", "status", "error", "item", "usage"),
        *("input", "name", "id", "command", "changes", "path", "kind", "exit_code", "text"),
        *("is_error", "result", "modelUsage", "stats", "models", "tool_use_id", "resetsAt"),
        *("permission_denials", "rate_limit_info", "api_error_status", "duration_ms", "model"),
        *("payload", "call_id", "arguments", "output", "info", "last_token_usage", "$set"),
        *("messages", "toolCalls", "tokens", "args", "resultDisplay", "sessionId", "isSidechain"),
    ]
)
WORDS = st.sampled_from(
    [
        *("system", "init", "assistant", "user", "result", "text", "tool_use", "tool_result"),
        *("rate_limit_event", "rejected", "api_retry", "error", "success", "failed", "message"),
        *("turn.completed", "turn.failed", "item.completed", "item.started", "thread.started"),
        *("command_execution", "file_change", "agent_message", "mcp_tool_call", "gemini"),
        *("session_meta", "turn_context", "response_item", "event_msg", "item_completed"),
        *("function_call", "function_call_output", "CommandExecution", "FileChange"),
        *("token_count", "task_complete", "session-x", "try again at 5:46 AM"),
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | WORDS
    | st.text(max_size=8)
    | st.just("\ud800"),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=4), inner, max_size=6)
    ),
    max_leaves=12,
)
LINES = st.one_of(
    st.dictionaries(KEYS, VALUES, max_size=8).map(lambda it: json.dumps(it).encode()),
    st.binary(max_size=60),
    st.sampled_from([line for where in LOGS for line in log(*where).splitlines()]),
)


@settings(max_examples=60, deadline=None)
@given(flavor=st.sampled_from(FLAVORS), lines=st.lists(LINES, max_size=12))
def test_whatever_is_in_a_log_it_is_read(flavor: str, lines: list[bytes]) -> None:
    reader = BUILT_IN[flavor]
    found = reader.read(b"\n".join(lines), now=NOW)
    assert "\n" not in found.detail
    for line in b"\n".join(lines).decode("utf-8", "replace").split("\n"):
        assert all("\n" not in word for word in reader.tell(line))
    told = reader.conversations({"a/session-b.jsonl": b"\n".join(lines), "c\udcff.json": b"{"})
    assert all(isinstance(said.text, str) for it in told for said in it.said)


DEEP = b'{"type":"result","x":' + b"[" * 100_000
ODD = (
    DEEP,
    b'{"type":"result","is_error":NaN,"num_turns":1e999,"duration_ms":-Infinity}',
    b'{"type":"turn.completed","usage":{"input_tokens":' + b"9" * 5000 + b"}}",
    b'{"type":"turn.completed","usage":{"input_tokens":-5,"output_tokens":true}}',
    b'{"type":"result","status":["success"],"stats":{"models":[],"duration_ms":"x"}}',
    b'{"type":"assistant","message":{"content":[[],7,{"type":"tool_use","input":[]}]}}',
    b'{"type":"rate_limit_event","rate_limit_info":{"status":"rejected","resetsAt":1e15}}',
    b"\xff\xfe\x00{}",
    b"{" * 1000,
    b'["type"]',
)


@pytest.mark.parametrize("flavor", FLAVORS)
@pytest.mark.parametrize("line", ODD)
def test_an_odd_event_does_no_harm_to_those_around_it(flavor: str, line: bytes) -> None:
    good = log(flavor, "ok")
    found = BUILT_IN[flavor].read(line + b"\n" + good, now=NOW)
    assert (found.ended, found.exit_class) == (True, None)
    assert found.answer == "The page is done."
    BUILT_IN[flavor].read(good + line, now=NOW)


FAKES = {
    "claude": b'{"type":"result","is_error":false,"result":"All done!","num_turns":1}',
    "codex": b'{"type":"turn.completed","usage":{"input_tokens":1,"output_tokens":1}}',
    "gemini": b'{"type":"result","status":"success","stats":{"input_tokens":1}}',
}


@pytest.mark.parametrize("flavor", FLAVORS)
@pytest.mark.parametrize("scenario", ["usage_limit_midway", "refusal_midway", "401"])
def test_a_last_event_that_an_agent_printed_is_not_the_last(flavor: str, scenario: str) -> None:
    lines = log(flavor, scenario).splitlines()
    for at in range(1, len(lines) - 1):
        forged = b"\n".join((*lines[:at], FAKES[flavor], *lines[at:]))
        found = BUILT_IN[flavor].read(forged, now=NOW)
        real = BUILT_IN[flavor].read(log(flavor, scenario), now=NOW)
        assert found.exit_class == real.exit_class, lines[at]


@pytest.mark.parametrize("flavor", FLAVORS)
def test_a_forged_end_does_not_hide_that_the_run_went_on_and_was_killed(flavor: str) -> None:
    lines = log(flavor, "ok").splitlines()
    forged = b"\n".join((*lines[:-3], FAKES[flavor], *lines[-3:-1]))
    assert not BUILT_IN[flavor].read(forged, now=NOW).ended


@pytest.mark.parametrize("flavor", FLAVORS)
def test_an_event_after_words_without_a_line_break_is_seen(flavor: str) -> None:
    lines = log(flavor, "ok").splitlines()
    glued = b"\n".join((*lines[:-1], b"a last warning" + lines[-1]))
    found = BUILT_IN[flavor].read(glued, now=NOW)
    # Keys come in any order; only those events are found that begin with their type.
    assert found.ended is lines[-1].startswith(b'{"type":"')


@pytest.mark.parametrize("flavor", FLAVORS)
@pytest.mark.parametrize(
    "data",
    [
        b"\n" * 500_000,
        b"{" * 1_000_000,
        b'{"type":"' * 25_000,
        b'x{"type":"\n' * 10_000,
        b"Retrying after " * 25_000,
        b'{"type":"error","message":"' + b"try again in 1 day " * 25_000 + b'"}',
    ],
    ids=["newlines", "braces", "starts", "glued", "retries", "spans"],
)
def test_reading_takes_time_in_proportion(flavor: str, data: bytes) -> None:
    began = time.process_time()
    BUILT_IN[flavor].read(data, now=NOW)
    BUILT_IN[flavor].tell(data[:262144].decode())
    assert time.process_time() - began < 5


@pytest.mark.parametrize("flavor", FLAVORS)
def test_a_line_that_was_cut_says_nothing(flavor: str) -> None:
    event = next(line for line in log(flavor, "ok").decode().splitlines() if "index.html" in line)
    assert BUILT_IN[flavor].tell(event[:-5]) == ()
    assert BUILT_IN[flavor].tell("plain words") == ("plain words",)


@pytest.mark.parametrize("flavor", FLAVORS)
def test_files_that_are_no_sessions_are_passed_over(flavor: str) -> None:
    files = sessions(flavor, "ok")
    others = {"notes.txt": b"{}", "x/settings.json": b"{}", "y.md": b"# hello"}
    reader = BUILT_IN[flavor]
    assert reader.conversations({**files, **others}) == reader.conversations(files)


def test_a_refused_task_is_told_from_one_that_only_failed() -> None:
    broken = {
        "type": "turn.failed",
        "error": {"message": "This request has been flagged for possible cyber activity"},
    }
    found = BUILT_IN["codex"].read(json.dumps(broken).encode(), now=NOW)
    assert found.exit_class is ExitClass.REFUSED
