"""The event stream of `claude -p --output-format stream-json --verbose`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from multicooker.domain.outcome import ExitClass
from multicooker.domain.reading import Conversation, Reading
from multicooker.domain.usage import Usage
from multicooker.pipeline.collect.dialects import claude_sessions, moments, words
from multicooker.pipeline.collect.dialects.events import (
    Fields,
    amount,
    dumped,
    events,
    fields,
    in_one_line,
    items,
    parsed,
    summed,
    text,
    whole,
)
from multicooker.pipeline.collect.dialects.tally import Tally

_NOT_LET_IN = frozenset({"authentication_failed", "oauth_org_not_allowed"})
_TOO_MUCH = 429
_FORBIDDEN = frozenset({401, 403})
_NO_MODEL = "<synthetic>"
"""Named by messages that the CLI makes up itself."""
_VERBS = {
    "Write": "wrote",
    "Edit": "edited",
    "MultiEdit": "edited",
    "NotebookEdit": "edited",
    "Read": "read",
}


class ClaudeDialect:
    """`ports.Dialect` of Claude Code."""

    def read(self, log: bytes, *, now: datetime) -> Reading:
        """Return what its events tell; `result` is the last one, and says success of anything."""
        run = _Run()
        for event in events(log):
            run.hear(event)
        return run.reading(now)

    def tell(self, line: str) -> tuple[str, ...]:
        """Return what is said and done; of failures, what the CLI waits for or gave up on."""
        event = parsed(line) if line.startswith("{") else None
        if event is None:
            return () if line.startswith("{") else (line,)
        return _told(event)

    def conversations(self, files: Mapping[str, bytes]) -> tuple[Conversation, ...]:
        """Return its sessions, and those of agents that it sent out."""
        return claude_sessions.conversations(files)


def _told(event: Fields) -> tuple[str, ...]:
    kind = text(event.get("type"))
    told: list[str] = []
    for part in items(fields(event, "message").get("content")):
        if kind == "assistant" and part.get("type") == "text":
            told += words.said(text(part.get("text")))
        elif kind == "assistant" and part.get("type") == "tool_use":
            told.append(words.did(text(part.get("name")), fields(part, "input"), _VERBS))
        elif part.get("type") == "tool_result" and part.get("is_error") is True:
            told.append(f"failed: {in_one_line(claude_sessions.result_text(part))}")
    if kind == "system" and event.get("subtype") == "api_retry":
        wait = (amount(event.get("retry_delay_ms")) or 0) / 1000
        told.append(f"{text(event.get('error')) or 'no answer'}: tries again in {wait:.1f} s")
    if kind == "rate_limit_event" and fields(event, "rate_limit_info").get("status") == "rejected":
        told.append("its usage limit is reached")
    return tuple(told)


@dataclass(slots=True)
class _Run:
    """What was heard so far."""

    model: str = ""
    version: str = ""
    result: Fields | None = None
    error: Fields = field(default_factory=dict)
    """The last message in which the CLI itself told of an error."""
    limit: Fields = field(default_factory=dict)
    """The limit that was met."""
    plain: str = ""
    spent: dict[str, Fields] = field(default_factory=dict)
    models: dict[str, None] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)

    def hear(self, event: Fields | str) -> None:
        if isinstance(event, str):
            self.plain = event
            return
        kind = text(event.get("type"))
        if kind == "system" and event.get("subtype") == "init":
            self.model = text(event.get("model"))
            self.version = text(event.get("claude_code_version"))
        elif kind == "assistant":
            self._answered(event)
        elif kind == "user":
            self._used(fields(event, "message"))
        elif kind == "rate_limit_event":
            info = fields(event, "rate_limit_info")
            self.limit = info if info.get("status") == "rejected" else {}
        elif kind == "result":
            self.result = event

    def _used(self, message: Fields) -> None:
        for part in items(message.get("content")):
            if part.get("type") == "tool_result":
                failed = part.get("is_error") is True
                self.tally.ended(text(part.get("tool_use_id")), failed=failed)

    def _answered(self, event: Fields) -> None:
        # Whatever looked like the last event, something of the CLI's came after it.
        self.result = None
        message = fields(event, "message")
        self.error = event if event.get("error") else {}
        model = text(message.get("model"))
        if model and model != _NO_MODEL:
            self.models[model] = None
            self.spent[text(message.get("id"))] = fields(message, "usage")
        for part in items(message.get("content")):
            if part.get("type") == "tool_use":
                self.tally.called(text(part.get("id")), text(part.get("name")))

    def reading(self, now: datetime) -> Reading:
        if self.result is None:
            return Reading(ended=False, detail=in_one_line(self.plain), usage=self._usage({}))
        result = self.result
        exit_class, detail = self._failure(result) or self.tally.verdict
        limited = exit_class is ExitClass.RATE_LIMITED
        structured = result.get("structured_output")
        answer = text(result.get("result")) if structured is None else dumped(structured)
        failed = result.get("is_error") is not False
        return Reading(
            ended=True,
            exit_class=exit_class,
            detail=detail,
            resets_at=self._resets_at(detail, now) if limited else "",
            usage=self._usage(result),
            answer="" if failed else answer,
            notes=self._notes(result),
        )

    def _failure(self, result: Fields) -> tuple[ExitClass, str] | None:
        """Return how it failed, None where it did not; `subtype` is "success" for most failures."""
        if result.get("is_error") is False:
            return None
        reason = text(result.get("terminal_reason"))
        why = "" if reason in {"api_error", "completed"} else reason
        told = in_one_line(text(result.get("result"))) or text(result.get("subtype"))
        detail = ": ".join(part for part in (why, told) if part)
        error = text(self.error.get("error"))
        limits = {text(it.get("api_error")) for it in (result, self.error)}
        status = whole(result.get("api_error_status"))
        if error == "rate_limit" or "usage_limit_reached" in limits or status == _TOO_MUCH:
            return ExitClass.RATE_LIMITED, detail
        if error in _NOT_LET_IN or status in _FORBIDDEN:
            return ExitClass.AUTH_EXPIRED, detail
        if result.get("stop_reason") == "refusal":
            return ExitClass.REFUSED, detail
        return ExitClass.ERROR, detail

    def _resets_at(self, detail: str, now: datetime) -> str:
        told = fields(self.error, "api_error_params", "rate_limit_info")
        for info in (self.limit, told):
            if stamp := moments.from_epoch(amount(info.get("resetsAt")), now):
                return stamp
        return moments.from_words(detail, now)

    def _notes(self, result: Fields) -> tuple[str, ...]:
        denied = dict.fromkeys(
            text(it.get("tool_name")) or "a tool" for it in items(result.get("permission_denials"))
        )
        stops = whole(result.get("safety_stops"))
        notes = list(self.tally.notes)
        if denied:
            notes.append(f"was not allowed to use {', '.join(denied)}")
        if stops:
            notes.append(f"safeguards stopped {stops} of its answers")
        return tuple(notes)

    def _usage(self, result: Fields) -> Usage:
        """Return the sums of the last event; without one, what the answers tell of their input."""
        per_model = {name: fields(it) for name, it in fields(result, "modelUsage").items()}
        if per_model:
            keys = ("inputTokens", "cacheReadInputTokens", "cacheCreationInputTokens")
            spent, cached, out = list(per_model.values()), keys[1], "outputTokens"
        else:
            keys = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
            spent, cached, out = list(self.spent.values()), keys[1], ""
        main = [self.model] if self.model in per_model else []
        milliseconds = amount(result.get("duration_ms"))
        return Usage(
            input_tokens=summed(*(whole(it.get(key)) for it in spent for key in keys)),
            cached_tokens=summed(*(whole(it.get(cached)) for it in spent)),
            # An answer in the stream has the count of its first moment.
            output_tokens=summed(*(whole(it.get(out)) for it in spent)) if out else None,
            cost_usd=amount(result.get("total_cost_usd")),
            turns=whole(result.get("num_turns")) or len(self.spent) or None,
            tool_calls=len(self.tally.names),
            tool_failures=len(self.tally.failed),
            seconds=None if milliseconds is None else milliseconds / 1000,
            models=tuple(dict.fromkeys((*main, *(per_model or self.models)))),
            cli_version=self.version,
        )
