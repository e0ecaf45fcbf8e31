"""What the cells of a fake engine do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """A cell that runs for some seconds, writes its files at the end and exits with a code."""

    after: float = 0.0
    code: int = 0
    writes: Mapping[str, bytes] = field(default_factory=dict)
    log: bytes = b""
    oom: bool = False
    """Memory ran out for some process of it: an `oom` event, and the flag in its exit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangs:
    """A cell that writes its files at the start and runs until somebody stops it."""

    writes: Mapping[str, bytes] = field(default_factory=dict)
    log: bytes = b""
    ignores_stop: bool = False
    """It has to be killed, after all of its grace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receives:
    """A cell that waits until it is given a file, prints its content and mode, and ends."""

    path: str


@dataclass(frozen=True, slots=True)
class CannotStart:
    """A cell whose container the engine creates and cannot start."""

    error: str


Script = Ends | Hangs | Receives | CannotStart


@dataclass(frozen=True, slots=True, kw_only=True)
class Does:
    """What an errand or a visit does: takes some time, reads or writes files, prints, ends."""

    prints: bytes = b""
    complains: bytes = b""
    """To its standard error."""
    repeats: bool = False
    """Prints what it is given to read, too."""
    shows: str = ""
    """A file that it prints, too; where that is not there it fails with code 1."""
    writes: Mapping[str, bytes] = field(default_factory=dict)
    """Content by absolute path, below a volume."""
    after: float = 0.0
    code: int = 0
    stays: bool = False
    """A visit that goes on when the user has left it."""
