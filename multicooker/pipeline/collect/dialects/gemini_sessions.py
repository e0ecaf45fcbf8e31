"""Session files of Gemini CLI: `<project>/chats/session-<date>-<id>.jsonl`."""

from __future__ import annotations

import re
from collections.abc import Mapping

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

_FAILED = frozenset({"error", "cancelled"})
_EXIT = re.compile(
    r"\nExit Code: [1-9]\d{0,9}\n(?:[A-Z][\w ]{0,40}: [^\n]*\n)*</untrusted_context>\s*$"
)
"""How the answer of a command ends that failed; its status is `success` all the same."""
_TAIL = 1000
"""Characters of an answer in which its end is looked for."""
_CONTEXT = "<session_context>"
"""How the message begins that the CLI writes in the user's name."""


def conversations(files: Mapping[str, bytes]) -> tuple[Conversation, ...]:
    """Return one conversation per file."""
    found = []
    for path in sorted(files):
        name = path.rpartition("/")[2]
        if name.startswith("session-") and name.endswith(".jsonl"):
            found.append(_conversation(files[path], name.removesuffix(".jsonl")))
    return tuple(found)


def _conversation(data: bytes, name: str) -> Conversation:
    talk = Talk()
    messages: dict[str, Fields] = {}
    for entry in events(data):
        if isinstance(entry, str):
            continue
        if text(entry.get("sessionId")):
            talk.id, talk.started = text(entry.get("sessionId")), text(entry.get("startTime"))
        # A message is written anew when more of it is known, under the id it has.
        for message in (entry, *items(fields(entry, "$set").get("messages"))):
            if text(message.get("id")):
                messages[text(message.get("id"))] = message
    for key, message in messages.items():
        _hear(talk, key, message)
    return talk.conversation(name)


def _hear(talk: Talk, key: str, message: Fields) -> None:
    said = _text(message.get("content"))
    if message.get("type") == "user":
        if not said.lstrip().startswith(_CONTEXT):
            talk.user(said)
    elif message.get("type") == "gemini":
        talk.assistant(said)
        if text(message.get("model")):
            talk.models[text(message.get("model"))] = None
        tokens = fields(message, "tokens")
        if tokens:
            out = (whole(tokens.get("output")), whole(tokens.get("thoughts")))
            talk.spent[key] = Usage(
                input_tokens=whole(tokens.get("input")),
                cached_tokens=whole(tokens.get("cached")),
                output_tokens=summed(*out),
            )
        for at, call in enumerate(items(message.get("toolCalls"))):
            place = f"{key} {at}"
            talk.call(place, text(call.get("name")), words.called_with(fields(call, "args")))
            talk.result(place, _result(call), failed=_failed(call))


def _failed(call: Fields) -> bool:
    if text(call.get("status")) in _FAILED:
        return True
    answers = (fields(it, "functionResponse", "response") for it in items(call.get("result")))
    return any(_EXIT.search(text(it.get("output"))[-_TAIL:]) for it in answers)


def _text(content: object) -> str:
    """Return the words of a message; what tools answered comes with their calls."""
    if isinstance(content, str):
        return content
    return "\n".join(text(it.get("text")) for it in items(content))


def _result(call: Fields) -> str:
    shown = call.get("resultDisplay")
    if isinstance(shown, str):
        return shown
    return text(fields(shown).get("fileDiff"))
