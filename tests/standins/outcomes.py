"""How cells of the real CLIs end, by what befalls them: `make outcomes` writes the page of it.

Each place in its table was really run: a cell of that flavor in that scenario, at the stand-ins.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.standins.cases import CASES, KILLED, Case, scenario
from tests.standins.logins import all_logins
from tests.standins.server import provider_of
from tests.standins.stage import FLAVORS, Stage, build_images, stage
from tests.standins.wire import Request

PAGE = Path(__file__).parents[2] / "docs/reference/outcomes.md"
LIMITS = {"timeout": "45s", "grace": "5s"}
RETRIES = {"environment": {"CLAUDE_CODE_MAX_RETRIES": "2"}}
"""Of ten, as the CLI has it; with all of them a row would take minutes."""
SMALL = {"memory": "1g", "cpus": 2, "pids": 256}
_AT_ONCE = 9
"""Scenarios in one cook: 27 of the 50 participants that a cook may have."""
_SHORT_HOURS = 0.05
_LONGEST = 150
_WHEN = re.compile(
    r"(?:(?:on |at )?[A-Z][a-z]{2} \d{1,2}(?:st|nd|rd|th)?,? (?:\d{4},? )?)?(?:at )?"
    r"\d{1,2}(?::\d\d)? ?[ap]m\b(?: \(UTC\))?|\d{5,}ms",
    re.IGNORECASE,
)
"""Times in a CLI's own words, which would make every page another one."""

Cells = Mapping[str, Mapping[str, Any]]
"""What status.json tells of each cell, by `<scenario>-<flavor>`."""

_TOP = """\
# Outcomes

<!-- Made by `make outcomes`. -->

How a cell ends, by what befalls it: the class, and below it what `status` and the report say. The
class is read from the CLI's own events, and from its exit code only where there are none.

Every place was really run, on {date}, with {versions},
against scripted stand-ins of their providers. *time* stands for the one that a CLI names; where it
says until, status.json has it as `resets_at`.

| what happens | {flavors} |
|---|{rule}
"""
_BOTTOM = """
CLIs try again by themselves before they give up: claude ten times (two here, for nobody wants to
wait), codex five times, gemini three times. No outcome tells how often.
"""


def main() -> int:
    """Run everything, and print the page or write it."""
    parser = argparse.ArgumentParser(prog="python -m tests.standins.outcomes", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name} instead")
    write = parser.parse_args().write
    build_images((*FLAVORS, "demo"))
    with tempfile.TemporaryDirectory(prefix="multicooker-outcomes-") as folder:
        cells = run(Path(folder))
    text = page(cells)
    if write:
        PAGE.write_text(text, encoding="utf-8")
        _tell(f"written: {PAGE}")
    else:
        sys.stdout.write(text)
    return 0


def run(root: Path) -> Cells:
    """Cook every scenario with every flavor, and return what became of the cells."""
    found: dict[str, Mapping[str, Any]] = {}
    killer = _Killer()
    with stage(root, scenario=scenario(), on_request=killer.look) as it:
        order = sorted(CASES, key=lambda case: not case.slow)
        for start in range(0, len(order), _AT_ONCE):
            cases = order[start : start + _AT_ONCE]
            _tell(f"cooking: {', '.join(case.name for case in cases)}")
            found |= cook(it, f"cases{start}", [case.name for case in cases])
        for name, hours in (("login-ends-soon", _SHORT_HOURS), ("no-login", None)):
            _tell(f"cooking: {name}")
            _change_logins(it, hours)
            found |= cook(it, name, [name], others=[{"name": "demo", "flavor": "demo"}])
    return found


def cook(
    it: Stage, task: str, models: Iterable[str], *, others: Sequence[Mapping[str, Any]] = ()
) -> Cells:
    """Cook with one cell of each flavor for each model, and return what became of all cells."""
    participants = [
        {"name": f"{model}-{flavor}", "flavor": flavor, "model": model, "resources": SMALL}
        for model in models
        for flavor in FLAVORS
    ]
    spec = {"participants": [*participants, *others], "judges": [], "limits": LIMITS}
    folder = it.lay(task, spec, services={str(each["name"]): RETRIES for each in participants})
    ran = it.run("--quiet", "cook", task, "--no-judge", "--jobs", "4", seconds=900)
    status = folder / "status.json"
    if not status.exists():
        raise RuntimeError(f"{task} was not cooked:\n{ran.stderr}")
    cells = json.loads(status.read_text(encoding="utf-8"))["cells"]
    return {cell["name"]: cell for cell in cells}


def _change_logins(it: Stage, hours: float | None) -> None:
    for login in all_logins(hours=hours or 0).values():
        (it.home / login.path).unlink(missing_ok=True)
        if hours is not None:
            login.write(it.home)


class _Killer:
    """Kills the cells of one scenario as soon as they ask their model."""

    def __init__(self) -> None:
        self._killed: set[str] = set()

    def look(self, request: Request) -> None:
        """Look at a request that came in."""
        provider = provider_of(request.host)
        flavor = next((name for name, each in FLAVORS.items() if each is provider), "")
        if request.model == KILLED.name and flavor not in self._killed:
            self._killed.add(flavor)
            threading.Thread(target=_kill, args=(f"{KILLED.name}-{flavor}",)).start()


def _kill(cell: str) -> None:
    label = f"label=dev.multicooker.cell={cell}"
    listed = subprocess.run(
        ("docker", "ps", "--quiet", "--filter", label), capture_output=True, text=True, check=True
    )
    subprocess.run(
        ("docker", "kill", *listed.stdout.split()), stdout=subprocess.DEVNULL, check=True
    )


def page(cells: Cells) -> str:
    """Return the page in Markdown."""
    more = (
        Case(name="login-ends-soon", what="The login ends before the cell's time", turns=()),
        Case(name="no-login", what="There is no login", turns=()),
    )
    rows = [
        f"| {case.what} | "
        + " | ".join(_place(cells[f"{case.name}-{flavor}"]) for flavor in FLAVORS)
        for case in (*CASES, *more)
    ]
    versions = [f"{flavor} {_version(cells, flavor)}" for flavor in FLAVORS]
    top = _TOP.format(
        date=time.strftime("%d %B %Y", time.gmtime()).lstrip("0"),
        versions=f"{', '.join(versions[:-1])} and {versions[-1]}",
        flavors=" | ".join(FLAVORS),
        rule="---|" * len(FLAVORS),
    )
    return top.rstrip("\n") + "\n" + "".join(f"{row} |\n" for row in rows) + _BOTTOM


def _place(cell: Mapping[str, Any]) -> str:
    """Return one place of the table."""
    detail = _WHEN.sub("*time*", " ".join(cell["detail"].split()))
    if len(detail) > _LONGEST:
        detail = detail[:_LONGEST].rsplit(" ", 1)[0] + " …"
    for sign in ("\\", "|", "<", "[", "_"):
        detail = detail.replace(sign, f"\\{sign}")
    until = " until *time*" if cell["resets_at"] else ""
    return f"`{cell['exit_class']}`{until}<br>{detail}"


def _version(cells: Cells, flavor: str) -> str:
    return str((cells[f"works-{flavor}"]["usage"] or {}).get("cli_version", ""))


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
