"""The form of Anthropic's Messages API: requests read, answers written, whole or as a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.standins.dialect import text_of, unique
from tests.standins.scenario import Provider
from tests.standins.talking import Asked, Call, Op, Step
from tests.standins.wire import Request, frame

_TOOLS = {
    "Bash": Op.RUN,
    "Write": Op.WRITE,
    "Grep": Op.SEARCH,
    "Glob": Op.LIST,
    "Read": Op.READ,
    "StructuredOutput": Op.FINISH,
}
_USAGE = {
    "input_tokens": 100,
    "cache_creation_input_tokens": 10,
    "cache_read_input_tokens": 1000,
    "output_tokens": 20,
}
_REMINDER = "<system-reminder>"


def read(request: Request) -> Asked:
    """Return the neutral form of a request to /v1/messages."""
    body = request.body
    tools = {tool.get("name"): tool for tool in body.get("tools") or ()}
    prompt, results = _history(body.get("messages") or ())
    finish = tools.get("StructuredOutput")
    return Asked(
        provider=Provider.ANTHROPIC,
        model=request.model,
        session=request.headers.get("x-claude-code-session-id", ""),
        prompt=f"{text_of(body.get('system'))}\n{prompt}",
        results=results,
        abilities=frozenset(_TOOLS[name] for name in tools if name in _TOOLS),
        schema=finish.get("input_schema") if finish else None,
    )


def _history(messages: Sequence[Mapping[str, Any]]) -> tuple[str, tuple[str, ...]]:
    """Return what was said to the model, and what the tools gave back since the last prompt."""
    said: list[str] = []
    results: list[str] = []
    for message in messages:
        if message.get("role") == "assistant":
            continue
        content = message.get("content")
        blocks = content if isinstance(content, list) else [{"type": "text", "text": content or ""}]
        given = [text_of(block["content"]) for block in blocks if _gives(block)]
        texts = [str(block["text"]) for block in blocks if block.get("type") == "text"]
        said.extend(texts)
        asked = message.get("role") == "user" and not given
        if asked and any(not text.startswith(_REMINDER) for text in texts):
            results.clear()
        results.extend(given)
    return "\n".join(said), tuple(results)


def _gives(block: Mapping[str, Any]) -> bool:
    return block.get("type") == "tool_result"


def _tool_use(call: Call) -> dict[str, object]:
    name, given = _tool(call)
    return {"type": "tool_use", "id": unique("toolu"), "name": name, "input": given}


def _tool(call: Call) -> tuple[str, Mapping[str, object]]:
    """Return the tool a call means, and its input."""
    match call.op:
        case Op.RUN:
            return "Bash", {"command": call.subject, "description": "Runs a command"}
        case Op.WRITE:
            return "Write", {"file_path": call.subject, "content": call.content}
        case Op.SEARCH:
            return "Grep", {"pattern": r"\S", "path": call.subject, "output_mode": "content"}
        case Op.LIST:
            return "Glob", {"pattern": "**/*", "path": call.subject}
        case Op.READ:
            return "Read", {"file_path": call.subject}
        case Op.FINISH:
            return "StructuredOutput", json.loads(call.content)


def message(step: Step, asked: Asked, *, stop: str = "") -> dict[str, Any]:
    """Return an answer as the API's message; `stop` replaces the reason why it ends."""
    content: list[dict[str, object]] = []
    if step.say:
        content.append({"type": "text", "text": step.say})
    if step.call is not None:
        content.append(_tool_use(step.call))
    return {
        "id": unique("msg"),
        "type": "message",
        "role": "assistant",
        "model": asked.model,
        "content": content,
        "stop_reason": stop or ("end_turn" if step.call is None else "tool_use"),
        "stop_sequence": None,
        "usage": dict(_USAGE),
    }


def events(message: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield a message as server-sent events; texts and inputs come in two pieces."""
    usage = {**_USAGE, "output_tokens": 1}
    begun = {**message, "content": [], "stop_reason": None, "usage": usage}
    yield _event("message_start", message=begun)
    yield _event("ping")
    for index, block in enumerate(message["content"]):
        yield from _block(index, block)
    ended = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield _event("message_delta", delta=ended, usage=message["usage"])
    yield _event("message_stop")


def _block(index: int, block: Mapping[str, Any]) -> Iterator[bytes]:
    empty: Mapping[str, object]
    if block["type"] == "text":
        empty, whole, kind, piece = {"text": ""}, block["text"], "text_delta", "text"
    else:
        whole, kind, piece = json.dumps(block["input"]), "input_json_delta", "partial_json"
        empty = {"input": {}}
    yield _event("content_block_start", index=index, content_block={**block, **empty})
    middle = (len(whole) + 1) // 2
    for part in (whole[:middle], whole[middle:]):
        yield _event("content_block_delta", index=index, delta={"type": kind, piece: part})
    yield _event("content_block_stop", index=index)


def _event(kind: str, **fields: object) -> bytes:
    return frame({"type": kind, **fields}, event=kind)
