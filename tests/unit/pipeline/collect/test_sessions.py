"""What session files of the real CLIs say."""

from __future__ import annotations

import dataclasses
import json

import pytest

from multicooker.domain.reading import Conversation, Said, Speaker
from multicooker.domain.usage import Usage
from multicooker.pipeline.collect.dialects import BUILT_IN
from tests.unit.pipeline.collect.recorded import FLAVORS, sessions

ASKED = Said(
    speaker=Speaker.USER, text="Make a landing page for the bakery in the working directory."
)
LOOKS = Said(speaker=Speaker.ASSISTANT, text="I look around.")
DONE = Said(speaker=Speaker.ASSISTANT, text="The page is done.")


def talk(
    flavor: str, *entries: object, path: str = "a/session-1.jsonl"
) -> tuple[Conversation, ...]:
    data = "\n".join(it if isinstance(it, str) else json.dumps(it) for it in entries).encode()
    return BUILT_IN[flavor].conversations({path: data})


@pytest.mark.parametrize(
    ("flavor", "tools", "model", "version"),
    [
        ("claude", ("Bash", "Write"), "claude-opus-5-5", "2.1.329"),
        ("codex", ("shell", "patch"), "gpt-6.1-sol", "0.169.0"),
        ("gemini", ("run_shell_command", "write_file"), "gemini-2.5-pro", ""),
    ],
)
def test_a_session_is_what_was_asked_said_and_done(
    flavor: str, tools: tuple[str, str], model: str, version: str
) -> None:
    (found,) = BUILT_IN[flavor].conversations(sessions(flavor, "ok"))
    asked, looks, listed, wrote, done = found.said
    assert (asked, looks, done) == (ASKED, LOOKS, DONE)
    assert (listed.tool, wrote.tool) == tools
    assert listed.call.splitlines()[0] == "ls -la; echo hello"
    assert listed.text.strip().endswith("hello")
    assert "index.html" in wrote.call
    assert not listed.failed
    assert (found.model, found.version) == (model, version)
    assert found.started.startswith("2026-11-21T08:")
    assert found.id in next(iter(sessions(flavor, "ok"))) or flavor == "gemini"


@pytest.mark.parametrize("flavor", FLAVORS)
def test_sessions_tell_what_was_spent(flavor: str) -> None:
    (found,) = BUILT_IN[flavor].conversations(sessions(flavor, "ok"))
    usage = found.usage
    assert usage is not None
    assert usage.input_tokens == (3330 if flavor == "claude" else 3300)
    assert (usage.cached_tokens, usage.output_tokens) == (3000, 60)
    assert (usage.turns, usage.tool_calls, usage.tool_failures) == (3, 2, 0)
    assert (usage.seconds is not None) is (flavor == "codex")


@pytest.mark.parametrize("flavor", ["claude", "codex", "gemini"])
def test_a_command_that_failed_is_told(flavor: str) -> None:
    (found,) = BUILT_IN[flavor].conversations(sessions(flavor, "command_fails"))
    assert [it.failed for it in found.said if it.speaker is Speaker.TOOL] == [True]


# --- claude ----------------------------------------------------------------------------------


def claude(kind: str, content: object, **fields: object) -> dict[str, object]:
    message = {"role": kind, "content": content, **({"model": "m"} if kind == "assistant" else {})}
    return {"type": kind, "sessionId": "s-1", "timestamp": "t", "message": message, **fields}


def test_an_agent_that_was_sent_out_has_a_conversation_of_its_own() -> None:
    inner = {"isSidechain": True, "agentId": "a-7"}
    main, side = talk(
        "claude",
        "no JSON",
        {"type": "summary"},
        claude("user", "Hello."),
        claude("user", "Look there.", **inner),
        claude("assistant", [{"type": "text", "text": "Seen."}], **inner),
        claude("assistant", [{"type": "text", "text": "Hi."}, {"type": "thinking"}]),
    )
    assert (main.id, [it.text for it in main.said]) == ("s-1", ["Hello.", "Hi."])
    assert (side.id, [it.text for it in side.said]) == ("a-7", ["Look there.", "Seen."])


def test_what_a_tool_answered_is_kept_with_its_call_or_alone() -> None:
    picture = [{"type": "text", "text": "two"}, {"type": "image"}]
    (found,) = talk(
        "claude",
        claude("assistant", [{"type": "tool_use", "id": "1", "name": "Read", "input": {"n": [1]}}]),
        claude(
            "user",
            [
                {"type": "tool_result", "tool_use_id": "1", "content": picture},
                {"type": "tool_result", "tool_use_id": "2", "content": "lost", "is_error": True},
                {"type": "text", "text": "Go on."},
                {"type": "image"},
            ],
        ),
        claude("assistant", [{"type": "tool_use", "id": "1", "name": "told", "input": {}}]),
        claude("assistant", [{"type": "text", "text": " "}]),
    )
    assert found.said == (
        Said(speaker=Speaker.TOOL, tool="Read", call="n: [1]", text="two\n(image)"),
        Said(speaker=Speaker.TOOL, text="lost", failed=True),
        Said(speaker=Speaker.USER, text="Go on."),
    )


def test_messages_the_cli_makes_up_are_of_no_model() -> None:
    made_up = claude("assistant", [{"type": "text", "text": "API Error"}])
    made_up["message"] = {**made_up["message"], "model": "<synthetic>"}  # type: ignore[dict-item]  # an object
    (found,) = talk("claude", made_up)
    assert (found.model, found.usage) == ("", None)


# --- codex -----------------------------------------------------------------------------------


def codex(kind: str, **payload: object) -> dict[str, object]:
    return {"type": "response_item", "payload": {"type": kind, **payload}}


def test_sessions_of_an_older_codex_tell_the_calls_themselves() -> None:
    text = [{"type": "output_text", "text": "I see."}]
    harness = [{"type": "input_text", "text": "<environment_context>…"}]
    arguments = json.dumps({"command": "ls", "workdir": "/work/out"})
    (found,) = talk(
        "codex",
        codex("message", role="user", content=harness),
        codex("message", role="developer", content=text),
        codex("message", role="assistant", content=text),
        codex("function_call", call_id="1", name="shell", arguments=arguments),
        codex("function_call_output", call_id="1", output="index.html"),
        codex("custom_tool_call", call_id="2", name="exec", input="text(1)"),
        codex("custom_tool_call_output", call_id="2", output=[{"text": "a"}, {"text": "b"}]),
        codex("function_call", call_id="3", name="odd", arguments="no JSON"),
        codex("web_search_call"),
        path="rollout-9.jsonl",
    )
    assert found.id == "rollout-9"
    assert found.said == (
        Said(speaker=Speaker.ASSISTANT, text="I see."),
        Said(speaker=Speaker.TOOL, tool="shell", call="ls\nworkdir: /work/out", text="index.html"),
        Said(speaker=Speaker.TOOL, tool="exec", call="text(1)", text="a\nb"),
        Said(speaker=Speaker.TOOL, tool="odd", call="no JSON"),
    )


def test_changes_and_commands_are_told_as_they_were_carried_out() -> None:
    def event(**item: object) -> dict[str, object]:
        return {"type": "event_msg", "payload": {"type": "item_completed", "item": item}}

    changes = {"/work/out/a": {"unified_diff": "-x\n+y"}, "/work/out/b": 7}
    (found,) = talk(
        "codex",
        {"type": "turn_context", "payload": {"model": ""}},
        event(type="CommandExecution", id="1", command="ls", status="failed"),
        event(type="CommandExecution", id="2", command=[]),
        event(type="FileChange", id="3", changes=changes),
        {"type": "event_msg", "payload": {"type": "token_count", "info": None}},
        {"type": "event_msg", "payload": {"type": "task_complete"}},
        {"type": "compacted"},
    )
    assert found.said == (
        Said(speaker=Speaker.TOOL, tool="shell", call="ls", failed=True),
        Said(speaker=Speaker.TOOL, tool="shell"),
        Said(speaker=Speaker.TOOL, tool="patch", call="/work/out/a\n/work/out/b", text="-x\n+y\n"),
    )
    assert found.usage == Usage(tool_calls=3, tool_failures=1)


# --- gemini ----------------------------------------------------------------------------------


def test_a_message_of_gemini_is_as_it_was_written_last() -> None:
    first = {"id": "1", "type": "gemini", "content": "I begin"}
    call = {"name": "look", "args": {"path": "a"}, "status": "error", "resultDisplay": {"x": 1}}
    (found,) = talk(
        "gemini",
        {"sessionId": "g-1", "startTime": "t"},
        "a line that was cut",
        first,
        {"id": "2", "type": "info", "content": "switched"},
        {**first, "content": [{"text": "I begin."}], "toolCalls": [call]},
    )
    assert found == Conversation(
        id="g-1",
        started="t",
        usage=Usage(tool_calls=1, tool_failures=1),
        said=(
            Said(speaker=Speaker.ASSISTANT, text="I begin."),
            Said(speaker=Speaker.TOOL, tool="look", call="path: a", failed=True),
        ),
    )
    assert dataclasses.replace(found, usage=None) != found
