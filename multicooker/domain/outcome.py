"""What happened: to a cell, to a cook, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from multicooker.domain.flavor import Role
from multicooker.domain.usage import Usage


class ExitClass(StrEnum):
    """How a cell ended."""

    OK = "ok"
    ARTIFACT_MISSING = "artifact_missing"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    CRASHED = "crashed"
    KILLED = "killed"
    """Somebody else ended it: it stopped in mid-work, without its last word."""
    COULD_NOT_START = "could_not_start"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    """Its login could not be used, so it was never started."""
    RATE_LIMITED = "rate_limited"
    AUTH_EXPIRED = "auth_expired"
    REFUSED = "refused"
    """The model refused the task."""
    ERROR = "error"
    """The CLI itself tells that it failed."""


class CellState(StrEnum):
    """Where a cell is right now."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    ENDED = "ended"


class CookState(StrEnum):
    """Where a cook is right now."""

    NEW = "new"
    BUILDING = "building"
    COOKING = "cooking"
    SEALED = "sealed"
    JUDGING = "judging"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """How a container really ended, as the engine tells it by inspect."""

    code: int | None
    """None where it never ran."""
    oom_killed: bool = False
    error: str = ""
    """The engine's own words where it could not start."""
    seconds: float = 0.0
    gone: bool = False
    """It ran, and somebody removed it: nobody knows how it ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What happened to one cell."""

    cell: str
    role: Role
    owner: str
    exit_class: ExitClass
    exit_code: int | None
    seconds: float
    detail: str = ""
    """One line for the user: the evidence for the class."""
    oom_seen: bool = False
    """Memory ran out for some process, even where the cell went on."""
    resets_at: str = ""
    """Where it is `rate_limited` and its provider said so: UTC, ISO 8601 with seconds."""
    usage: Usage | None = None
    """What the cell reports of itself; None where it reports nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """One regular file of a submission."""

    path: str
    """Relative, `/`-separated; undecodable bytes as surrogate escapes."""
    size: int
    sha256: str
    executable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """Something in an output folder that was not collected, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """What the safe walk of one output folder copied and what it left."""

    files: tuple[FileEntry, ...]
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[str, ...] = ()
    """Things a reader should know, e.g. names that collide on another system."""
    refused: str = ""
    """Why nothing of it may be used (a budget was exceeded); empty when it may."""

    @property
    def size(self) -> int:
        """Return the sum of the files' sizes in bytes."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class CellStatus:
    """One cell in `status.json`."""

    name: str
    role: Role
    owner: str
    flavor: str
    state: CellState
    exit_class: ExitClass | None = None
    exit_code: int | None = None
    seconds: float = 0.0
    timeout: int = 0
    bytes_written: int = 0
    detail: str = ""
    credential: str = ""
    """Which credential it used, in words; never its value."""
    resets_at: str = ""
    """Where it is `rate_limited` and its provider said so: UTC, ISO 8601 with seconds."""
    usage: Usage | None = None
    """What the cell reports of itself; null where it reports nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CookStatus:
    """The whole of `status.json`."""

    version: int = 1
    task: str
    project: str
    state: CookState
    round: int
    started: str
    """UTC, ISO 8601 with seconds."""
    updated: str
    pid: int
    """Process that cooks, or that cooked last."""
    fingerprint: str
    """SHA-256 over everything that went into the participants' cells."""
    detail: str = ""
    cells: tuple[CellStatus, ...] = ()
    verdict: str = ""
    """`winner`, `leaning`, `too close to call`, `single opinion`, or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of `events.jsonl`."""

    version: int = 1
    seq: int
    time: str
    event: str
    """`cook.<state>` or `cell.<state>` where one is entered; `cell.outcome` with how it ended."""
    cell: str = ""
    data: Mapping[str, str | int | float | bool] = field(default_factory=dict)


class EndCause(StrEnum):
    """Why a cell is not running any more."""

    ENDED = "ended"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    NOT_STARTED = "not_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What `run` hands to `collect`: the engine's facts and our own clock's."""

    cell: str
    cause: EndCause
    exit: Exit
