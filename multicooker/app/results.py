"""What each verb returns: plain values, shown as text or as JSON from the same value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from multicooker.domain.ballot import Verdict
from multicooker.domain.outcome import CookStatus, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class CookSummary:
    """One cook in the overview."""

    task: str
    state: str
    verdict: str
    updated: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewResult:
    """Bare `multicooker`: where you are."""

    cooks_folder: str
    cooks: tuple[CookSummary, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewResult:
    """`new`: what was made."""

    task: str
    folder: str
    created: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One generated file that differs from what is on disk."""

    path: str
    diff: str
    """Unified diff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderResult:
    """`render`: what changed (or, with `--diff`, would change)."""

    task: str
    folder: str
    plan: tuple[str, ...]
    """One line per cell."""
    changes: tuple[FileChange, ...]
    written: bool


class Level(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of `doctor` or `flavor check`."""

    name: str
    level: Level
    detail: str
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorResult:
    """`doctor`: every check, the ones that hold included."""

    checks: tuple[Check, ...]

    @property
    def healthy(self) -> bool:
        """Return True where nothing failed."""
        return all(check.level is not Level.FAIL for check in self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltImage:
    """One flavor's image after `build`."""

    flavor: str
    tag: str
    base: str
    built: bool
    """False where the image was there already."""
    how: tuple[str, ...]
    """What was told on the way: which base was taken and why."""
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult:
    """`build`: every image a cook needs."""

    images: tuple[BuiltImage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CookPlan:
    """`cook --dry-run`: what would happen."""

    task: str
    jobs: int
    jobs_why: str
    steps: tuple[str, ...]
    cells: tuple[str, ...]
    notes: tuple[str, ...] = ()
    """Defaults taken, and who is left out of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CookResult:
    """`cook`, `judge` and `report`: how the cook stands now."""

    task: str
    folder: str
    round: int
    state: str
    outcomes: tuple[Outcome, ...]
    notes: tuple[str, ...]
    """Things worth saying: defaults taken, cells kept from before, how many at once and why."""
    verdict: Verdict | None = None
    report: str = ""
    """Absolute path of report.html; empty where there is none."""
    leaderboard: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusResult:
    """`status`: the cook's own record, and whether somebody is cooking it now."""

    status: CookStatus
    alive: bool
    report: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelResult:
    """`cancel`: what was stopped."""

    task: str
    was_running: bool
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanResult:
    """`clean`: what was removed."""

    task: str
    engine: tuple[str, ...]
    """Containers, networks and volumes."""
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlavorSummary:
    """One flavor in `flavor list`."""

    name: str
    summary: str
    source: str
    roles: tuple[str, ...]
    credentials: str
    """`found`, `none needed`, or what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlavorList:
    """`flavor list`."""

    flavors: tuple[FlavorSummary, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlavorDetail:
    """`flavor show`."""

    name: str
    summary: str
    source: str
    folder: str
    image: str
    readme: str
    models: tuple[str, ...]
    options: tuple[str, ...]
    """`name: value, value` per switch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlavorCheckResult:
    """`flavor check`."""

    name: str
    checks: tuple[Check, ...]

    @property
    def healthy(self) -> bool:
        """Return True where nothing failed."""
        return all(check.level is not Level.FAIL for check in self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionScript:
    """`completion`: what to give to the shell."""

    shell: str
    script: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxRow:
    """One sandbox in `sandbox --list`."""

    name: str
    """Its container's."""
    folder: str
    flavor: str
    profile: str
    """Empty for the login without one."""
    kind: str
    """`cli`, `shell` or `print`."""
    running: bool
    started: str
    """UTC, ISO 8601; empty where it never ran."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxList:
    """`sandbox --list`."""

    sandboxes: tuple[SandboxRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxStopped:
    """`sandbox --stop`: which were ended."""

    folder: str
    stopped: tuple[SandboxRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginStatus:
    """One login that is there, or a flavor that has none."""

    flavor: str
    profile: str
    """Empty for the login without one."""
    mode: str
    """How a cell would get it: `snapshot`, `bind`, `volume`, `token`; empty where there is none."""
    source: str
    """Where it is, in words; empty where there is none."""
    account: str
    """Kind of account, in the vendor's word; empty where the login does not say."""
    expires: str
    """End of the access token's life: UTC, ISO 8601; empty where the login does not say."""
    life: str
    """The same in words."""
    used: bool
    """True where a cook that says nothing about `auth` would use it."""
    problem: str = ""
    """Why it cannot be used."""
    fix: str = ""
    """What helps."""
    notice: str = ""
    """What people should know before they rely on the flavor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthStatus:
    """`auth status`: every login of every flavor that needs one."""

    logins: tuple[LoginStatus, ...]
    notes: tuple[str, ...] = ()
    """What could not be looked at, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginResult:
    """`login`: what is there now."""

    flavor: str
    profile: str
    source: str
    """Where it is, in words."""
    account: str
    life: str
    auth: str
    """What to write behind `auth:` in cook.yaml to use it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutResult:
    """`logout`: what was removed."""

    flavor: str
    profile: str
    removed: tuple[str, ...]
    """Empty where there was nothing."""
