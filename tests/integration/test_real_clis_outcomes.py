"""How the real CLIs end, by what befalls them: a cell for each scenario and flavor."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.compose_projects import docker
from tests.integration.real_clis import (
    DONE,
    FLAVORS,
    WRITES,
    by_model,
    cell,
    cells_of,
    scenario,
)
from tests.standins.scenario import Fault, FaultKind, Turn
from tests.standins.stage import Stage, stage
from tests.standins.wire import Request

pytestmark = pytest.mark.docker

LIMIT_LASTS = 7200
SCENARIOS = {
    "fine": (WRITES, DONE),
    "command-fails": (Turn(run="ls /nowhere"), WRITES, DONE),
    "overloaded-once": (Fault(status=529, times=1), WRITES, DONE),
    "usage-limit": (Fault(kind=FaultKind.USAGE_LIMIT, resets_in=LIMIT_LASTS),),
    "limit-midway": (WRITES, Fault(kind=FaultKind.USAGE_LIMIT, resets_in=LIMIT_LASTS)),
    "expired": (Fault(status=401),),
    "refusal": (Fault(kind=FaultKind.REFUSAL),),
    "killed": (WRITES, Fault(kind=FaultKind.HANG)),
    "too-many": (Fault(status=429),),
    "forbidden": (Fault(status=403),),
    "down": (WRITES, Fault(status=500)),
    "garbled": (Fault(kind=FaultKind.MALFORMED),),
    "cut": (Fault(kind=FaultKind.CUT),),
    "hanging": (WRITES, Fault(kind=FaultKind.HANG)),
}
PATIENT = ("hanging", "down", "too-many", "forbidden", "garbled", "cut")
"""Where the CLIs try again for a while. They cook apart: an engine has networks for so many."""
EXPECTED = {
    # scenario: claude, codex, gemini
    "fine": ("ok", "ok", "ok"),
    "command-fails": ("ok", "ok", "ok"),
    "overloaded-once": ("ok", "ok", "ok"),
    "usage-limit": ("rate_limited", "rate_limited", "rate_limited"),
    "limit-midway": ("rate_limited", "rate_limited", "rate_limited"),
    "expired": ("auth_expired", "auth_expired", "auth_expired"),
    "refusal": ("refused", "refused", "refused"),
    "killed": ("killed", "killed", "killed"),
    "too-many": ("rate_limited", "rate_limited", "rate_limited"),
    "forbidden": ("auth_expired", "auth_expired", "auth_expired"),
    "down": ("error", "error", "error"),
    "garbled": ("error", "error", "error"),
    "cut": ("error", "error", "error"),
    "hanging": ("timed_out", "timed_out", "timed_out"),
}
_TIMEOUTS = {"hanging": "60s"}
EXIT_ZERO = {"fine", "command-fails", "overloaded-once"}

Cells = Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def cooked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cells, Path]]:
    """Cook every scenario with every flavor; yield the cells and where the cooks lie."""
    told: dict[str, Mapping[str, Any]] = {}
    plays = scenario(*by_model(SCENARIOS))
    root = tmp_path_factory.mktemp("outcomes")
    with stage(root, scenario=plays, on_request=Killer()) as there:
        for task, names in (
            ("prompt", tuple(name for name in SCENARIOS if name not in PATIENT)),
            ("patient", PATIENT),
        ):
            ran, folder = _cook(there, task, names)
            told.update(cells_of(folder))
            assert ran.returncode == 0, ran.stderr
        yield told, there.cooks


def _cook(
    there: Stage, task: str, names: tuple[str, ...]
) -> tuple[subprocess.CompletedProcess[str], Path]:
    participants = [
        cell(
            f"{flavor}-{name}", flavor, model=f"{flavor}-{name}", timeout=_TIMEOUTS.get(name, "5m")
        )
        for name in names
        for flavor in FLAVORS
    ]
    # By itself this CLI tries again for minutes; it is the same each time.
    impatient = {"environment": {"CLAUDE_CODE_MAX_RETRIES": "1"}}
    folder = there.lay(
        task,
        {"participants": participants, "judges": [], "limits": {"jobs": 12, "grace": "5s"}},
        services={f"claude-{name}": dict(impatient) for name in names},
    )
    return there.run("cook", task), folder


class Killer:
    """Stops cells from outside while they wait for the answer to their second request."""

    def __init__(self) -> None:
        self._asked: Counter[str] = Counter()

    def __call__(self, request: Request) -> None:
        self._asked[request.model] += 1
        if request.model.endswith("-killed") and self._asked[request.model] == 2:
            container = docker(
                "ps", "--quiet", "--filter", f"label=dev.multicooker.cell={request.model}"
            )
            docker("kill", "--signal=TERM", container)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_outcome_is_the_same_for_every_cli(name: str, cooked: tuple[Cells, Path]) -> None:
    cells, _ = cooked
    found = tuple(str(cells[f"{flavor}-{name}"]["exit_class"]) for flavor in FLAVORS)
    assert found == EXPECTED[name], [cells[f"{flavor}-{name}"]["detail"] for flavor in FLAVORS]


def test_no_outcome_but_ok_follows_from_a_code_that_says_so(cooked: tuple[Cells, Path]) -> None:
    cells, _ = cooked
    zero = {name for name, each in cells.items() if each["exit_code"] == 0}
    assert {f"{flavor}-{name}" for flavor in FLAVORS for name in EXIT_ZERO} <= zero
    # It ends with 0 whatever its provider says about the task.
    assert {"gemini-refusal", "gemini-garbled"} <= zero


@pytest.mark.parametrize("flavor", FLAVORS)
@pytest.mark.parametrize("name", ["usage-limit", "limit-midway"])
def test_a_usage_limit_is_told_with_its_end(
    name: str, flavor: str, cooked: tuple[Cells, Path]
) -> None:
    cells, _ = cooked
    reset = datetime.fromisoformat(cells[f"{flavor}-{name}"]["resets_at"])
    left = (reset - datetime.now(UTC)).total_seconds()
    # One rounds to minutes, and one adds some of its own.
    assert LIMIT_LASTS - 400 < left < LIMIT_LASTS * 1.3


@pytest.mark.parametrize("flavor", FLAVORS)
def test_what_was_made_before_the_end_is_kept(flavor: str, cooked: tuple[Cells, Path]) -> None:
    _, cooks = cooked
    for task, name in (("prompt", "killed"), ("prompt", "limit-midway"), ("patient", "hanging")):
        out = cooks / task / "work" / f"{flavor}-{name}" / "out"
        assert [path.name for path in out.iterdir()] == ["index.html"]


@pytest.mark.parametrize("flavor", FLAVORS)
def test_a_command_that_failed_is_counted_though_all_went_well(
    flavor: str, cooked: tuple[Cells, Path]
) -> None:
    usage = cooked[0][f"{flavor}-command-fails"]["usage"]
    assert usage["tool_calls"] == 2
    assert usage["tool_failures"] == 1


@pytest.mark.parametrize("flavor", FLAVORS)
def test_a_transcript_is_kept_of_everybody_who_said_something(
    flavor: str, cooked: tuple[Cells, Path]
) -> None:
    _, cooks = cooked
    for task, name in (("prompt", "fine"), ("prompt", "killed"), ("patient", "down")):
        (written,) = (cooks / task / "transcripts" / f"{flavor}-{name}").glob("*.md")
        assert "## user" in written.read_text(encoding="utf-8")
