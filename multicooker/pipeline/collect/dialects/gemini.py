"""The event stream of `gemini -p --output-format stream-json`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from multicooker.domain.outcome import ExitClass
from multicooker.domain.reading import Conversation, Reading
from multicooker.domain.usage import Usage
from multicooker.pipeline.collect.dialects import gemini_sessions, moments, words
from multicooker.pipeline.collect.dialects.events import (
    Fields,
    amount,
    events,
    fields,
    in_one_line,
    parsed,
    text,
    whole,
)
from multicooker.pipeline.collect.dialects.tally import Tally

_CAUSES = (
    (
        ExitClass.RATE_LIMITED,
        re.compile(
            r"RESOURCE_EXHAUSTED|exhausted|quota|rate.limit|too many requests|\b429\b",
            re.IGNORECASE,
        ),
    ),
    (
        ExitClass.AUTH_EXPIRED,
        re.compile(
            r"UNAUTHENTICATED|PERMISSION_DENIED|\"code\": ?40[13]\b|authenticat|set an Auth method"
            r"|Manual authorization|invalid_grant|not eligible",
            re.IGNORECASE,
        ),
    ),
    (
        ExitClass.REFUSED,
        re.compile(r"safety|prohibited content|blocked due|RECITATION", re.IGNORECASE),
    ),
)
"""Messages are all that it tells; the first that fits."""
_NO_WAIT = timedelta()
_LONG = timedelta(minutes=1)
"""A wait that nobody sits through: it sleeps for hours, and tells only its standard error."""
_VERBS = {"write_file": "wrote", "replace": "edited", "read_file": "read"}
_NOISE = re.compile(
    r"\s|[})\]]|YOLO mode|Warning: |Ripgrep is not|Loaded cached|Error recording tool call"
    r"|Attempt \d+ failed(?: with status \d+)?\. Retrying with backoff"
)
"""Beginnings of lines of its standard error that tell a watcher nothing."""


class GeminiDialect:
    """`ports.Dialect` of Gemini CLI."""

    def read(self, log: bytes, *, now: datetime) -> Reading:
        """Return what its events tell; `result` is the last one."""
        run = _Run()
        for event in events(log):
            run.hear(event)
        return run.reading(now)

    def tell(self, line: str) -> tuple[str, ...]:
        """Return what is said and done, errors, and for how long it waits."""
        event = parsed(line) if line.startswith("{") else None
        if event is None:
            return () if line.startswith("{") or _NOISE.match(line) else (line,)
        kind = text(event.get("type"))
        if kind == "message" and event.get("role") == "assistant":
            return words.said(text(event.get("content")))
        if kind == "tool_use":
            given = fields(event, "parameters")
            return (words.did(text(event.get("tool_name")), given, _VERBS),)
        if kind == "tool_result" and event.get("status") == "error":
            return (f"failed: {in_one_line(_result(event))}",)
        if kind in {"error", "result"}:
            return words.said(_message(event))
        return ()

    def conversations(self, files: Mapping[str, bytes]) -> tuple[Conversation, ...]:
        """Return its sessions."""
        return gemini_sessions.conversations(files)


def _message(event: Fields) -> str:
    return text(event.get("message")) or text(fields(event, "error").get("message"))


def _result(event: Fields) -> str:
    return text(fields(event, "error").get("message")) or text(event.get("output"))


@dataclass(slots=True)
class _Run:
    """What was heard so far."""

    model: str = ""
    result: Fields | None = None
    error: str = ""
    plain: str = ""
    """The last line that says something, unless something went on after it."""
    wait: str = ""
    """The line that tells of a long wait, likewise."""
    answer: str = ""
    tally: Tally = field(default_factory=Tally)

    def hear(self, event: Fields | str) -> None:
        if isinstance(event, str):
            self._wrote(event)
            return
        kind = text(event.get("type"))
        if kind == "result":
            self.result = event
            return
        if kind == "error":
            self.error = text(event.get("message"))
            return
        if kind in {"init", "message", "tool_use", "tool_result"}:
            self.result, self.error, self.plain, self.wait = None, "", "", ""
            self._went_on(kind, event)

    def _wrote(self, line: str) -> None:
        if not _NOISE.match(line):
            self.plain = line
        if (moments.waiting(line) or _NO_WAIT) >= _LONG:
            self.wait = line
            self.result = None  # whatever looked like the last event, it goes on

    def _went_on(self, kind: str, event: Fields) -> None:
        key = text(event.get("tool_id"))
        if kind == "init":
            self.model = text(event.get("model"))
        elif kind == "tool_result":
            self.tally.ended(key, failed=event.get("status") == "error")
        elif kind == "tool_use":
            self.tally.called(key, text(event.get("tool_name")))
            self.answer = ""
        elif event.get("role") == "assistant":
            before = self.answer if event.get("delta") is True else ""
            self.answer = before + text(event.get("content"))

    def reading(self, now: datetime) -> Reading:
        exit_class, detail = self._class()
        limited = exit_class is ExitClass.RATE_LIMITED
        return Reading(
            ended=self.result is not None,
            exit_class=exit_class,
            detail=detail,
            resets_at=moments.from_words(f"{detail} {self.plain}", now) if limited else "",
            usage=self._usage(),
            answer=self.answer,
            notes=self.tally.notes,
        )

    def _class(self) -> tuple[ExitClass | None, str]:
        if self.result is None:
            return self._class_of_plain()
        if self.result.get("status") == "success":
            return self.tally.verdict
        message = in_one_line(_message(self.result) or self.error) or "it does not say why"
        return _cause(message) or ExitClass.ERROR, message

    def _class_of_plain(self) -> tuple[ExitClass | None, str]:
        """Return what its standard error tells where it did not get to its last event."""
        if self.wait:
            return ExitClass.RATE_LIMITED, in_one_line(self.wait)
        said = in_one_line(self.plain or self.error)
        short = moments.waiting(said) is not None
        return (None if short or not said else _cause(said)), said

    def _usage(self) -> Usage:
        stats = fields(self.result, "stats")
        models = [name for name, it in fields(stats, "models").items() if fields(it)]
        milliseconds = amount(stats.get("duration_ms"))
        return Usage(
            input_tokens=whole(stats.get("input_tokens")),
            cached_tokens=whole(stats.get("cached")),
            output_tokens=_output(stats),
            tool_calls=len(self.tally.names),
            tool_failures=len(self.tally.failed),
            seconds=None if milliseconds is None else milliseconds / 1000,
            models=tuple(models) or ((self.model,) if self.model else ()),
        )


def _cause(message: str) -> ExitClass | None:
    return next((kind for kind, pattern in _CAUSES if pattern.search(message)), None)


def _output(stats: Fields) -> int | None:
    """Return what came out, thoughts included: they are only in the sum of everything."""
    total, came_in = whole(stats.get("total_tokens")), whole(stats.get("input_tokens"))
    out = whole(stats.get("output_tokens"))
    if out is None or total is None or came_in is None:
        return out
    return max(out, total - came_in)
