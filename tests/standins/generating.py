"""The form of Google's generateContent: requests read, answers written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.standins.dialect import text_of, unique
from tests.standins.scenario import Provider
from tests.standins.talking import Asked, Call, Op, Step
from tests.standins.wire import Request, frame

_TOOLS = {
    "run_shell_command": Op.RUN,
    "write_file": Op.WRITE,
    "grep_search": Op.SEARCH,
    "list_directory": Op.LIST,
    "read_file": Op.READ,
}
_USAGE = {
    "promptTokenCount": 1100,
    "cachedContentTokenCount": 1000,
    "candidatesTokenCount": 20,
    "totalTokenCount": 1120,
}

Part = Mapping[str, object]


def read(request: Request) -> Asked:
    """Return the neutral form of a request to generate."""
    inner = request.body.get("request") or {}
    prompt, results = _history(inner.get("contents") or ())
    declared = [d for t in inner.get("tools") or () for d in t.get("functionDeclarations") or ()]
    names = {str(tool.get("name")) for tool in declared}
    return Asked(
        provider=Provider.GOOGLE,
        model=request.model,
        session=str(inner.get("session_id") or request.body.get("user_prompt_id") or ""),
        prompt=f"{_said(inner.get('systemInstruction') or {})}\n{prompt}",
        results=results,
        abilities=frozenset(_TOOLS[name] for name in names if name in _TOOLS),
        schema=answer_schema(request),
    )


def answer_schema(request: Request) -> Mapping[str, Any] | None:
    """Return the JSON Schema that a request wants the answer in, if any."""
    config = (request.body.get("request") or {}).get("generationConfig") or {}
    schema = config.get("responseJsonSchema") or config.get("responseSchema")
    return schema if isinstance(schema, dict) else None


def _said(content: Mapping[str, Any]) -> str:
    return "\n".join(text_of(part) for part in content.get("parts") or ())


def _history(contents: Sequence[Mapping[str, Any]]) -> tuple[str, tuple[str, ...]]:
    """Return what was said to the model, and what the tools gave back since the last prompt."""
    said: list[str] = []
    results: list[str] = []
    for content in contents:
        if content.get("role") != "user":
            continue
        parts = content.get("parts") or ()
        given = [part["functionResponse"] for part in parts if "functionResponse" in part]
        said.append(_said(content))
        if not given:
            results.clear()
        results.extend(text_of(response.get("response")) for response in given)
    return "\n".join(said), tuple(results)


def _tool_call(call: Call) -> Part:
    name, given = _tool(call)
    return {"functionCall": {"id": unique("call"), "name": name, "args": given}}


def _tool(call: Call) -> tuple[str, Mapping[str, object]]:
    """Return the tool a call means, and its arguments."""
    match call.op:
        case Op.RUN:
            return "run_shell_command", {"command": call.subject}
        case Op.WRITE:
            return "write_file", {"file_path": call.subject, "content": call.content}
        case Op.SEARCH:
            return "grep_search", {"pattern": r"\S", "dir_path": call.subject}
        case Op.LIST:
            return "list_directory", {"dir_path": call.subject}
        case Op.READ:
            return "read_file", {"file_path": call.subject}
        case Op.FINISH:
            raise ValueError(call)


def frames(step: Step, asked: Asked) -> tuple[bytes, ...]:
    """Return an answer as server-sent events: one for what is said, one for the tool call."""
    parts: list[Part] = [{"text": step.say}] if step.say else []
    if step.call is not None:
        parts.append(_tool_call(step.call))
    chunks = [chunk(asked.model, [part]) for part in parts[:-1]]
    return tuple(frame(each) for each in (*chunks, chunk(asked.model, parts[-1:], "STOP")))


def chunk(model: str, parts: Sequence[Part], finished: str = "") -> Mapping[str, object]:
    """Return a piece of an answer; the last one says why it is `finished`, and what it took."""
    candidate: dict[str, object] = {"content": {"role": "model", "parts": parts}, "index": 0}
    response: dict[str, object] = {"candidates": [candidate], "modelVersion": model}
    if finished:
        candidate["finishReason"] = finished
        response["usageMetadata"] = _USAGE
    return {"response": response, "traceId": unique("trace")}
