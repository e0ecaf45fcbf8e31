"""Session files of Codex: `YYYY/MM/DD/rollout-<time>-<thread>.jsonl`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from contextlib import suppress

from multicooker.domain.reading import Conversation
from multicooker.domain.usage import Usage
from multicooker.pipeline.collect.dialects import words
from multicooker.pipeline.collect.dialects.events import (
    Fields,
    amount,
    events,
    fields,
    items,
    parsed,
    text,
    whole,
)
from multicooker.pipeline.collect.dialects.talk import Talk

_SHELL = re.compile(r"(?:/\S{0,40}/)?(?:ba|z|da)?sh -l?c ")
_LONGEST_LINE = 16384
_HARNESS = re.compile(r"\s*<[a-z_]{3,40}>")
"""How messages begin that the CLI writes in the user's name."""
_CALLS = frozenset({"function_call", "custom_tool_call", "local_shell_call"})
_ANSWERS = frozenset({"function_call_output", "custom_tool_call_output"})
_DONE = (b'"CommandExecution"', b'"FileChange"')
"""No text in the file looks like this: within one the quotes are escaped."""


def conversations(files: Mapping[str, bytes]) -> tuple[Conversation, ...]:
    """Return one conversation per file."""
    found = []
    for path in sorted(files):
        if path.endswith(".jsonl"):
            name = path.rpartition("/")[2].removesuffix(".jsonl")
            found.append(_conversation(files[path], name))
    return tuple(found)


def unwrapped(line: str) -> str:
    """Return the script that a shell was started for; any other command line as it is."""
    if _SHELL.match(line) and len(line) < _LONGEST_LINE:
        with suppress(ValueError):  # quotes that do not match
            return shlex.split(line)[-1]
    return line


def _conversation(data: bytes, name: str) -> Conversation:
    # Commands and changes as they were carried out read better than the calls that led to them,
    # which are programs of the model's own; older files have only those.
    done = any(name in data for name in _DONE)
    talk = Talk()
    for entry in events(data):
        if isinstance(entry, str):
            continue
        kind, payload = text(entry.get("type")), fields(entry, "payload")
        if kind == "session_meta":
            talk.id = talk.id or text(payload.get("id"))
            talk.started = talk.started or text(payload.get("timestamp"))
            talk.version = talk.version or text(payload.get("cli_version"))
        elif kind == "turn_context" and text(payload.get("model")):
            talk.models[text(payload.get("model"))] = None
        elif kind == "response_item":
            _spoke(talk, payload, calls=not done)
        elif kind == "event_msg":
            _happened(talk, payload, at=str(len(talk.spent)))
            _did(talk, _item(entry))
    return talk.conversation(name)


def _item(entry: Fields) -> Fields:
    payload = fields(entry, "payload")
    return fields(payload, "item") if payload.get("type") == "item_completed" else {}


def _spoke(talk: Talk, item: Fields, *, calls: bool) -> None:
    kind, key = text(item.get("type")), text(item.get("call_id"))
    if kind == "message":
        for part in items(item.get("content")):
            said = text(part.get("text"))
            if item.get("role") == "assistant":
                talk.assistant(said)
            elif item.get("role") == "user" and not _HARNESS.match(said):
                talk.user(said)
    elif kind in _CALLS and calls:
        talk.call(key, text(item.get("name")), _given(item))
    elif kind in _ANSWERS and calls:
        talk.result(key, _output(item.get("output")), failed=False)


def _given(item: Fields) -> str:
    arguments = text(item.get("arguments"))
    return words.called_with(parsed(arguments) or {}) or text(item.get("input")) or arguments


def _output(output: object) -> str:
    if isinstance(output, str):
        return output
    return "\n".join(text(it.get("text")) for it in items(output))


def _did(talk: Talk, item: Fields) -> None:
    key, failed = text(item.get("id")), item.get("status") == "failed"
    if item.get("type") == "CommandExecution":
        talk.call(key, "shell", _command(item.get("command")))
        talk.result(key, text(item.get("aggregated_output")), failed=failed)
    elif item.get("type") == "FileChange":
        changes = fields(item, "changes")
        talk.call(key, "patch", "\n".join(changes))
        shown = (
            text(fields(it).get("content") or fields(it).get("unified_diff"))
            for it in changes.values()
        )
        talk.result(key, "\n".join(shown), failed=failed)


def _command(command: object) -> str:
    if isinstance(command, list) and command:
        return text(command[-1])
    return text(command)


def _happened(talk: Talk, payload: Fields, *, at: str) -> None:
    if payload.get("type") == "token_count":
        last = fields(payload, "info", "last_token_usage")
        if last:
            talk.spent[at] = Usage(
                input_tokens=whole(last.get("input_tokens")),
                cached_tokens=whole(last.get("cached_input_tokens")),
                output_tokens=whole(last.get("output_tokens")),
            )
    elif payload.get("type") == "task_complete":
        took = amount(payload.get("duration_ms"))
        if took is not None:
            talk.seconds = (talk.seconds or 0.0) + took / 1000
