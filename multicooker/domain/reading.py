"""What a CLI said: in its event stream while it ran, and in the session files it kept."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from multicooker.domain.outcome import ExitClass
from multicooker.domain.usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a dialect reader makes of everything that one cell printed."""

    ended: bool
    """True where the CLI's last event was seen: it ended by itself and told how."""
    exit_class: ExitClass | None = None
    """How it ended by its own word; None where nothing is wrong, or nothing is known."""
    detail: str = ""
    """One line: the evidence. Raw: whoever shows it must neutralise it."""
    resets_at: str = ""
    """UTC, ISO 8601 with seconds; where a usage limit was met and its end was told."""
    usage: Usage | None = None
    answer: str = ""
    """The last message, or the structured answer as JSON; what a judge's ballot is read from."""
    notes: tuple[str, ...] = ()
    """Worth telling, though nothing failed: permissions denied, commands that failed."""


class Speaker(StrEnum):
    """Who an entry of a transcript is of."""

    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One entry of a transcript. Raw text: hostile."""

    speaker: Speaker
    text: str = ""
    tool: str = ""
    """The tool's name where it was called."""
    call: str = ""
    """What the tool was called with, as text."""
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One session of a CLI's, as its own files tell it."""

    id: str
    started: str = ""
    """UTC, ISO 8601."""
    model: str = ""
    version: str = ""
    """Of the CLI, as it tells it."""
    usage: Usage | None = None
    """What its files tell, for a cell that was ended before it could sum up."""
    said: tuple[Said, ...] = ()
