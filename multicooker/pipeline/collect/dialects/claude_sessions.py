"""Session files of Claude Code: `<folder>/<session>.jsonl`, one line per message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from multicooker.domain.reading import Conversation
from multicooker.domain.usage import Usage
from multicooker.pipeline.collect.dialects import words
from multicooker.pipeline.collect.dialects.events import (
    Fields,
    events,
    fields,
    items,
    summed,
    text,
    whole,
)
from multicooker.pipeline.collect.dialects.talk import Talk

_NO_MODEL = "<synthetic>"
_SPOKEN = frozenset({"user", "assistant"})


def conversations(files: Mapping[str, bytes]) -> tuple[Conversation, ...]:
    """Return one conversation per session, and one per agent that a session sent out."""
    talks: dict[tuple[str, str], Talk] = {}
    for path in sorted(files):
        for event in events(files[path]) if path.endswith(".jsonl") else ():
            if not isinstance(event, str) and text(event.get("type")) in _SPOKEN:
                agent = text(event.get("agentId")) if event.get("isSidechain") is True else ""
                _hear(talks.setdefault((path, agent), Talk()), event, agent)
    return tuple(
        talk.conversation(f"{path.rpartition('/')[2].removesuffix('.jsonl')}")
        for (path, _), talk in talks.items()
    )


def result_text(part: Fields) -> str:
    """Return what a tool answered."""
    content = part.get("content")
    if isinstance(content, str):
        return content
    shown = (
        text(it.get("text")) if it.get("type") == "text" else f"({text(it.get('type'))})"
        for it in items(content)
    )
    return "\n".join(shown)


def _hear(talk: Talk, event: Fields, agent: str) -> None:
    message = fields(event, "message")
    talk.id = talk.id or agent or text(event.get("sessionId"))
    talk.started = talk.started or text(event.get("timestamp"))
    talk.version = talk.version or text(event.get("version"))
    if event.get("type") == "assistant":
        model = text(message.get("model"))
        if model and model != _NO_MODEL:
            talk.models[model] = None
            talk.spent[text(message.get("id"))] = _spent(fields(message, "usage"))
        for part in items(message.get("content")):
            if part.get("type") == "text":
                talk.assistant(text(part.get("text")))
            elif part.get("type") == "tool_use":
                given = words.called_with(fields(part, "input"))
                talk.call(text(part.get("id")), text(part.get("name")), given)
        return
    content = message.get("content")
    if isinstance(content, str):
        talk.user(content)
    _answers(talk, items(content))


def _answers(talk: Talk, parts: Iterable[Fields]) -> None:
    for part in parts:
        if part.get("type") == "text":
            talk.user(text(part.get("text")))
        elif part.get("type") == "tool_result":
            key, failed = text(part.get("tool_use_id")), part.get("is_error") is True
            talk.result(key, result_text(part), failed=failed)


def _spent(usage: Fields) -> Usage:
    cached = whole(usage.get("cache_read_input_tokens"))
    made = whole(usage.get("cache_creation_input_tokens"))
    return Usage(
        input_tokens=summed(whole(usage.get("input_tokens")), cached, made),
        cached_tokens=cached,
        output_tokens=whole(usage.get("output_tokens")),
    )
