"""The event stream of `codex exec --json`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from multicooker.domain.outcome import ExitClass
from multicooker.domain.reading import Conversation, Reading
from multicooker.domain.usage import Usage
from multicooker.pipeline.collect.dialects import codex_sessions, moments, words
from multicooker.pipeline.collect.dialects.events import (
    Fields,
    events,
    fields,
    in_one_line,
    items,
    parsed,
    text,
    whole,
)
from multicooker.pipeline.collect.dialects.tally import Tally

_CAUSES = (
    (
        ExitClass.RATE_LIMITED,
        re.compile(
            r"usage.limit|rate.limit|quota exceeded|\b429\b|too many requests", re.IGNORECASE
        ),
    ),
    (
        ExitClass.REFUSED,
        re.compile(r"content_filter|flagged|usage polic|safety|cyber_policy", re.IGNORECASE),
    ),
    (
        ExitClass.AUTH_EXPIRED,
        re.compile(
            r"\b40[13]\b|unauthori[sz]ed|log out and sign in|log ?in again|refresh", re.IGNORECASE
        ),
    ),
)
"""Messages are all that it tells; the first that fits."""
_AGAIN = re.compile(r"Reconnecting\.\.\.|Falling back ")
_NOISE = re.compile(
    r"\d{4}-\d\d-\d\dT[\d:.]+Z +(?:ERROR|WARN|INFO|DEBUG|TRACE) |Reading additional input from"
)
"""Beginnings of its program's own log lines: what matters of them is told in events."""
_TALK = frozenset({"agent_message", "reasoning", "error", "todo_list"})
"""Items that are no tool calls."""
_CHANGES = {"add": "wrote", "update": "changed", "delete": "removed"}


class CodexDialect:
    """`ports.Dialect` of Codex."""

    def read(self, log: bytes, *, now: datetime) -> Reading:
        """Return what its events tell; `turn.completed` or `turn.failed` is the last one."""
        run = _Run()
        for event in events(log):
            run.hear(event)
        return run.reading(now)

    def tell(self, line: str) -> tuple[str, ...]:
        """Return what is said and done, and errors."""
        event = parsed(line) if line.startswith("{") else None
        if event is None:
            return () if line.startswith("{") or _NOISE.match(line) else (line,)
        kind, item = text(event.get("type")), fields(event, "item")
        if kind == "error":
            return words.said(text(event.get("message")))
        if kind == "item.started" and item.get("type") == "command_execution":
            return (words.command(codex_sessions.unwrapped(text(item.get("command")))),)
        return _told(item) if kind == "item.completed" else ()

    def conversations(self, files: Mapping[str, bytes]) -> tuple[Conversation, ...]:
        """Return its sessions."""
        return codex_sessions.conversations(files)


def _told(item: Fields) -> tuple[str, ...]:
    kind = text(item.get("type"))
    if kind in {"agent_message", "error"}:
        return words.said(text(item.get("text")) or text(item.get("message")))
    if kind == "file_change":
        return tuple(
            f"{_CHANGES.get(text(it.get('kind')), 'changed')} {text(it.get('path'))}"
            for it in items(item.get("changes"))
        )
    if kind == "command_execution":
        return (f"failed: exit code {item.get('exit_code')}",) if _failed(item) else ()
    return () if kind in _TALK else (f"{kind}: {text(item.get('tool') or item.get('query'))}",)


def _failed(item: Fields) -> bool:
    """Tell whether a tool failed; a search that finds nothing ends with 1 and says nothing."""
    nothing = item.get("exit_code") == 1 and not text(item.get("aggregated_output")).strip()
    return text(item.get("status")) in {"failed", "declined"} and not nothing


@dataclass(slots=True)
class _Run:
    """What was heard so far."""

    last: Fields | None = None
    """The event that ends the turn."""
    error: str = ""
    """The last error, unless something went on after it."""
    plain: str = ""
    answer: str = ""
    tally: Tally = field(default_factory=Tally)

    def hear(self, event: Fields | str) -> None:
        if isinstance(event, str):
            self.plain = self.plain if _NOISE.match(event) else event
            return
        kind = text(event.get("type"))
        if kind in {"turn.completed", "turn.failed"}:
            self.last = event
        elif kind == "error":
            message = text(event.get("message"))
            self.error = "" if _AGAIN.match(message) else message
        elif kind in {"thread.started", "turn.started", "item.started", "item.completed"}:
            self.last, self.error = None, ""
            self._did(fields(event, "item"), done=kind == "item.completed")

    def _did(self, item: Fields, *, done: bool) -> None:
        kind, key = text(item.get("type")), text(item.get("id"))
        if kind == "agent_message" and done:
            self.answer = text(item.get("text"))
        elif kind and kind not in _TALK:
            self.tally.called(key, kind)
            if done:
                self.tally.ended(key, failed=_failed(item))

    def reading(self, now: datetime) -> Reading:
        exit_class, detail = self._class()
        limited = exit_class is ExitClass.RATE_LIMITED
        return Reading(
            ended=self.last is not None,
            exit_class=exit_class,
            detail=detail,
            resets_at=moments.from_words(detail, now) if limited else "",
            usage=self._usage(),
            answer=self.answer,
            notes=self.tally.notes,
        )

    def _class(self) -> tuple[ExitClass | None, str]:
        last = self.last or {}
        if last.get("type") == "turn.completed":
            return self.tally.verdict
        message = in_one_line(text(fields(last, "error").get("message")) or self.error)
        if not last and not message:
            return None, in_one_line(self.plain)
        found = (kind for kind, pattern in _CAUSES if pattern.search(message))
        return next(found, ExitClass.ERROR), message

    def _usage(self) -> Usage:
        spent = fields(self.last, "usage")
        return Usage(
            input_tokens=whole(spent.get("input_tokens")),
            cached_tokens=whole(spent.get("cached_input_tokens")),
            output_tokens=whole(spent.get("output_tokens")),
            tool_calls=len(self.tally.names),
            tool_failures=len(self.tally.failed),
        )
