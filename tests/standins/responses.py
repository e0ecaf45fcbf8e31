"""The form of OpenAI's Responses API: requests read, answers written as a stream."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.standins.dialect import text_of, unique
from tests.standins.scenario import Provider
from tests.standins.talking import Asked, Call, Op, Step
from tests.standins.wire import Request, frame

_RESULTS = ("function_call_output", "custom_tool_call_output")
_USAGE = {
    "input_tokens": 1100,
    "input_tokens_details": {"cached_tokens": 1000},
    "output_tokens": 20,
    "output_tokens_details": {"reasoning_tokens": 5},
    "total_tokens": 1120,
}

Item = Mapping[str, Any]


def read(request: Request) -> Asked:
    """Return the neutral form of a request to /responses."""
    body = request.body
    prompt, results = _history(body.get("input") or ())
    names = tool_names(body)
    way = next((name for name in ("exec", "apply_patch", "exec_command") if name in names), "")
    return Asked(
        provider=Provider.OPENAI,
        model=request.model,
        session=request.headers.get("session-id", ""),
        prompt=f"{text_of(body.get('instructions'))}\n{prompt}",
        results=results,
        abilities=frozenset({Op.RUN, Op.WRITE} if way else ()),
        schema=((body.get("text") or {}).get("format") or {}).get("schema"),
        way=way,
    )


def tool_names(body: Mapping[str, Any]) -> frozenset[str]:
    """Return the tools on offer: at the top or in an item of the input, alone or in a namespace."""
    todo = list(body.get("tools") or ())
    for item in body.get("input") or ():
        todo.extend(item.get("tools") or ())
    names = set()
    while todo:
        tool = todo.pop()
        names.add(str(tool.get("name", "")))
        todo.extend(tool.get("tools") or ())
    return frozenset(names)


def _history(items: Sequence[Item]) -> tuple[str, tuple[str, ...]]:
    """Return what was said to the model, and what the tools gave back since the last prompt."""
    said: list[str] = []
    results: list[str] = []
    for item in items:
        if item.get("type") in _RESULTS:
            results.append(text_of(item.get("output")))
        elif item.get("type") == "message" and item.get("role") != "assistant":
            text = text_of(item.get("content"))
            said.append(text)
            # The CLI's own notes (<environment_context>, …) come as the user's words, too.
            if item["role"] == "user" and not text.startswith("<"):
                results.clear()
    return "\n".join(said), tuple(results)


def _tool_call(call: Call, asked: Asked) -> Item:
    known = {"id": unique("fc"), "call_id": unique("call")}
    if asked.way == "exec":
        script = {"name": "exec", "namespace": "functions", "input": _javascript(call)}
        return {"type": "custom_tool_call", **known, **script}
    if call.op is Op.WRITE and asked.way == "apply_patch":
        return {"type": "custom_tool_call", **known, "name": "apply_patch", "input": _patch(call)}
    given = json.dumps({"cmd": _here(call) if call.op is Op.WRITE else call.subject})
    return {"type": "function_call", **known, "name": "exec_command", "arguments": given}


def _here(call: Call) -> str:
    """Return the command that writes a file, for a model that is offered a shell alone."""
    content = call.content.removesuffix("\n")
    return f"cat >{shlex.quote(call.subject)} <<'END_OF_FILE'\n{content}\nEND_OF_FILE"


def _javascript(call: Call) -> str:
    """Return what a model writes whose only tool runs JavaScript that calls the others."""
    if call.op is Op.WRITE:
        return f"text(await tools.apply_patch({json.dumps(_patch(call))}));\n"
    given = json.dumps({"cmd": call.subject})
    return f"const done = await tools.exec_command({given});\ntext(done.output);\n"


def _patch(call: Call) -> str:
    lines = "".join(f"+{line}\n" for line in call.content.splitlines())
    return f"*** Begin Patch\n*** Add File: {call.subject}\n{lines}*** End Patch\n"


def said(text: str) -> Item:
    """Return an item in which the model says something."""
    content = [{"type": "output_text", "text": text, "annotations": []}] if text else []
    known = {"type": "message", "id": unique("msg"), "role": "assistant"}
    return {**known, "content": content}


def items(step: Step, asked: Asked) -> tuple[Item, ...]:
    """Return an answer as the API's output items."""
    spoken = (said(step.say),) if step.say else ()
    return spoken if step.call is None else (*spoken, _tool_call(step.call, asked))


def events(output: Sequence[Item]) -> Iterator[bytes]:
    """Yield a response as server-sent events."""
    known = {"id": unique("resp"), "object": "response"}
    yield _event("response.created", response={**known, "status": "in_progress", "output": []})
    for index, item in enumerate(output):
        yield _event("response.output_item.added", output_index=index, item=_begun(item))
        if item["type"] == "message":
            place = {"item_id": item["id"], "output_index": index, "content_index": 0}
            text = text_of(item["content"])
            yield _event("response.output_text.delta", **place, delta=text)
        yield _event("response.output_item.done", output_index=index, item=item)
    ended = {"status": "completed", "output": list(output), "usage": _USAGE}
    yield _event("response.completed", response={**known, **ended})


def filtered() -> bytes:
    """Return the end of a response that a filter stopped."""
    why = {"reason": "content_filter"}
    response = {"id": unique("resp"), "status": "incomplete", "incomplete_details": why}
    return _event("response.incomplete", response=response)


def _begun(item: Item) -> Item:
    empty: Item = {"content": [], "arguments": "", "input": ""}
    return {name: empty.get(name, value) for name, value in item.items()}


def _event(kind: str, **fields: object) -> bytes:
    return frame({"type": kind, **fields}, event=kind)
