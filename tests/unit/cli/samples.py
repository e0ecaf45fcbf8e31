"""A result of every verb, as the docs show it and as the tests expect it."""

from __future__ import annotations

from multicooker.app import results
from multicooker.app.results import Check, Level
from multicooker.domain.ballot import (
    Absence,
    DimensionStanding,
    Standing,
    Verdict,
    VerdictLevel,
)
from multicooker.domain.flavor import Role
from multicooker.domain.outcome import (
    CellState,
    CellStatus,
    CookState,
    CookStatus,
    ExitClass,
    Outcome,
)

FOLDER = "/home/you/cooks/landing"
REPORT = f"{FOLDER}/report.html"

OVERVIEW = results.OverviewResult(
    cooks_folder="/home/you/cooks",
    cooks=(
        results.CookSummary(
            task="landing", state="done", verdict="winner", updated="2026-11-21T12:30:00Z"
        ),
        results.CookSummary(task="logo", state="new", verdict="", updated=""),
    ),
)
NEW = results.NewResult(task="landing", folder=FOLDER, created=("BRIEF.md", "cook.yaml", "raw/"))
RENDER = results.RenderResult(
    task="landing",
    folder=FOLDER,
    plan=("saffron: participant demo, 1800 s, 2 CPUs, 4 GiB, network open",),
    changes=(
        results.FileChange(
            path="compose.yaml",
            diff="--- compose.yaml\n+++ compose.yaml\n -1 +1 \n-cpus: 1\n+cpus: 2\n",
        ),
    ),
    written=False,
)
DOCTOR = results.DoctorResult(
    checks=(
        Check(name="engine", level=Level.OK, detail="docker 26.1.5"),
        Check(
            name="login: claude",
            level=Level.WARN,
            detail="no credential at ~/.claude/.credentials.json",
            fix="claude /login",
        ),
        Check(
            name="memory",
            level=Level.FAIL,
            detail="2 GiB, and one cell needs 4 GiB",
            fix="give the engine more memory, or lower resources.memory in cook.yaml",
        ),
    )
)
BUILD = results.BuildResult(
    images=(
        results.BuiltImage(
            flavor="demo",
            tag="mc-demo-base:0f3a9c21d5e4",
            base="mc-bare-demo:5d1f",
            built=True,
            how=("no registry answers", "made from Debian packages"),
            seconds=3.2,
        ),
    )
)
PLAN = results.CookPlan(
    task="landing",
    jobs=2,
    jobs_why="2 CPUs",
    steps=("render compose.yaml", "build mc-demo-base:0f3a9c21d5e4 unless it is there"),
    cells=("saffron: participant demo, 1800 s, 2 CPUs, 4 GiB, network open",),
)


def outcome(
    name: str, exit_class: ExitClass = ExitClass.OK, *, seconds: float = 12.5, detail: str = ""
) -> Outcome:
    return Outcome(
        cell=name,
        role=Role.PARTICIPANT,
        owner=name,
        exit_class=exit_class,
        exit_code=0 if exit_class is ExitClass.OK else 1,
        seconds=seconds,
        detail=detail,
    )


def standing(label: str, mean: float, **more: object) -> Standing:
    fields: dict[str, object] = {
        "label": label,
        "mean": mean,
        "spread": 0.5,
        "dimensions": (
            DimensionStanding(dimension="clarity", mean=mean + 0.5, spread=1.0),
            DimensionStanding(dimension="craft", mean=mean - 0.5, spread=0.0),
        ),
        "totals": {"judge-one": mean},
    }
    return Standing(**{**fields, **more})  # type: ignore[arg-type]  # fields by name, some replaced


VERDICT = Verdict(
    task="landing",
    round=1,
    made="2026-11-21T12:30:00Z",
    level=VerdictLevel.WINNER,
    leaders=("B",),
    margin=2.25,
    why=("both judges put B first",),
    standings=(
        standing("B", 8.5),
        standing("A", 6.25, partial=True),
        standing("C", 4.0, self_judged=("judge-one",), mean_without_self=3.75),
    ),
    ballots=(),
    missing_judges=(Absence(name="strict", reason="no ballot: rate_limited"),),
    weights={"clarity": 0.5, "craft": 0.5},
    authors={"A": "saffron", "B": "basil", "C": "mint"},
)
COOK = results.CookResult(
    task="landing",
    folder=FOLDER,
    round=1,
    state="done",
    outcomes=(
        outcome("saffron", ExitClass.TIMED_OUT, seconds=1800.0, detail="30m were up"),
        outcome("basil"),
        outcome("mint"),
    ),
    notes=("at most 2 cells at once: 2 CPUs",),
    verdict=VERDICT,
    report=REPORT,
    leaderboard=f"{FOLDER}/leaderboard.md",
)
SEALED = results.CookResult(
    task="landing",
    folder=FOLDER,
    round=1,
    state="sealed",
    outcomes=(outcome("basil"), outcome("mint", ExitClass.CRASHED, detail="exit code 1")),
    notes=(),
)
STATUS = results.StatusResult(
    status=CookStatus(
        task="landing",
        project="mc-landing-1f2e3d4c",
        state=CookState.COOKING,
        round=1,
        started="2026-11-21T12:00:00Z",
        updated="2026-11-21T12:01:00Z",
        pid=4242,
        fingerprint="5f2b",
        cells=(
            CellStatus(
                name="saffron",
                role=Role.PARTICIPANT,
                owner="saffron",
                flavor="demo",
                state=CellState.RUNNING,
                seconds=61.0,
                timeout=1800,
                bytes_written=12_345,
            ),
            CellStatus(
                name="basil",
                role=Role.PARTICIPANT,
                owner="basil",
                flavor="demo",
                state=CellState.ENDED,
                exit_class=ExitClass.OK,
                exit_code=0,
                seconds=12.5,
                timeout=1800,
                bytes_written=2_500_000,
            ),
        ),
    ),
    alive=True,
)
LOG = (("saffron", "reading the brief"), ("basil", "writing index.html"))
CANCEL = results.CancelResult(task="landing", was_running=True, removed=())
CLEAN = results.CleanResult(
    task="landing", engine=("mc-landing-1f2e3d4c-saffron-1",), files=("work/",)
)
AUTH = results.AuthStatus(
    logins=(
        results.LoginStatus(
            flavor="claude",
            profile="",
            mode="snapshot",
            source="~/.claude/.credentials.json",
            account="max",
            expires="2026-11-21T18:12:00Z",
            life="expires in 6 h 12 min",
            used=True,
        ),
        results.LoginStatus(
            flavor="claude",
            profile="work",
            mode="volume",
            source="volume mc-claude-auth-work",
            account="team",
            expires="2026-11-18T12:00:00Z",
            life="expired 3 days ago",
            used=False,
            problem="expired 3 days ago",
            fix="multicooker login claude --profile work",
        ),
        results.LoginStatus(
            flavor="gemini",
            profile="",
            mode="",
            source="",
            account="",
            expires="",
            life="",
            used=False,
            problem="no login found; looked at ~/.gemini/oauth_creds.json",
            fix="gemini",
            notice="Google ended consumer logins in June 2026.",
        ),
    ),
    notes=("logins in volumes were not looked at: no container engine answers",),
)
LOGIN = results.LoginResult(
    flavor="claude",
    profile="",
    source="volume mc-claude-auth",
    account="max",
    life="expires in 7 h 59 min",
    auth="volume",
)
LOGIN_TOKEN = results.LoginResult(
    flavor="claude",
    profile="work",
    source="~/.config/multicooker/tokens/claude.work",
    account="",
    life="does not say when it expires",
    auth="{mode: token, profile: work}",
)
LOGOUT = results.LogoutResult(flavor="claude", profile="", removed=("volume mc-claude-auth",))
_SANDBOX = results.SandboxRow(
    name="mc-sandbox-bakery-claude-8823319d",
    folder="/home/you/code/bakery",
    flavor="claude",
    profile="",
    kind="cli",
    running=True,
    started="2026-11-21T08:46:31.203117215Z",
)
SANDBOXES = results.SandboxList(
    sandboxes=(
        _SANDBOX,
        results.SandboxRow(
            name="mc-sandbox-cafe-claude-1f0c22aa-shell",
            folder="/home/you/code/cafe",
            flavor="claude",
            profile="work",
            kind="shell",
            running=False,
            started="2026-11-21T07:02:11Z",
        ),
    )
)
SANDBOX_STOPPED = results.SandboxStopped(folder="/home/you/code/bakery", stopped=(_SANDBOX,))
FLAVORS = results.FlavorList(
    flavors=(
        results.FlavorSummary(
            name="demo",
            summary="Cooks without any account",
            source="built-in",
            roles=("participant", "judge"),
            credentials="none needed",
        ),
    ),
    problems=("flavors/broken/flavor.yaml: roles: is missing",),
)
FLAVOR = results.FlavorDetail(
    name="demo",
    summary="Cooks without any account",
    source="built-in",
    folder="/usr/lib/multicooker/demo",
    image="mc-demo-base:0f3a9c21d5e4",
    readme="# demo\n\nNeeds no login.\n",
    models=(),
    options=("style: plain, bold",),
)
FLAVOR_NEW = results.NewResult(
    task="aider", folder="/home/you/flavors/aider", created=("flavor.yaml", "Dockerfile.base")
)
FLAVOR_CHECK = results.FlavorCheckResult(
    name="demo", checks=(Check(name="files", level=Level.OK, detail="4 of 4"),)
)
