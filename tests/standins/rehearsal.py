"""The whole job with the real CLIs and nobody's account: `make rehearsal`.

claude, codex and gemini cook the example's brief, claude and codex judge. What their models say is
scripted and comes from stand-ins of the providers.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from tests.standins import traces
from tests.standins.scenario import JUDGING, Act, Ballot, Provider, Scenario, Talk, Turn
from tests.standins.stage import FLAVORS, PROGRAM, Stage, StageError, stage

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "cooks" / "landing"
TASK = EXAMPLE.name
CONSOLE = Console(highlight=False)
NO_STAGE = 69
"""Exit code where this machine has no place for a stage; what the set-up scripts use as well."""
CAST: Mapping[str, Any] = {
    "participants": [
        {"name": "saffron", "flavor": "claude"},
        {"name": "thyme", "flavor": "codex"},
        {"name": "pepper", "flavor": "gemini"},
    ],
    "judges": [{"name": "north", "flavor": "claude"}, {"name": "south", "flavor": "codex"}],
}
_BEFORE = """
A rehearsal: claude, codex and gemini cook {task}; claude and codex judge it, blind.
The CLIs and the cells are the real ones. No account is used: the logins are made up, and every host
of a provider is a scripted stand-in at {address}, on a network that leads nowhere else.
"""
_NORTH = {
    "completeness": {"Plum bun": 1, "Sunday": 2, "Tram 4": 1, "until noon": 1, r"logo\.svg": 1},
    "accuracy": {"06:30": 2, "1000 g": 2, "rested for two days": 2, "Golden Loaf": -2},
    "design": {"#fbf4e6": 2, "#b8430f": 1, "tabular-nums": 1, "!!": -2},
    "craft": {'lang="en"': 1, "viewport": 1, "alt=": 1, 'scope="col"': 2},
}
_SOUTH = {
    "completeness": {"Seed block": 1, "Saturday": 1, "mailto:": 1, "bicycles": 2},
    "accuracy": {"12 Linden Lane": 1, r"6\.40": 1, "08:00": 2, "every day!": -3},
    "design": {"max-width": 1, "#fffdf8": 2, "Impact": -2},
    "craft": {"<main>": 1, "<h1>": 1, "alt=": 2, "aria-label": 1},
}


def scenario() -> Scenario:
    """Return three unlike cooks, and two judges who look for different things."""
    careful = (
        Turn(say="I read the brief and the material.", run="cat /work/BRIEF.md /work/raw/*"),
        Turn(run="cp /work/raw/logo.svg logo.svg"),
        _dish("careful"),
        Turn(say="I count the prices.", run="grep -c 'class=\"price\">[0-9]' index.html"),
        Turn(say="Six loaves, seven days, three steps and the way there: it is done."),
    )
    quick = (
        Turn(run="head -20 /work/BRIEF.md"),
        _dish("quick"),
        Turn(say="A short page for people in a hurry."),
    )
    flashy = (_dish("flashy"), Turn(say="This will get attention!"))
    return Scenario(
        talks=(
            _judge(Provider.ANTHROPIC, 3, _NORTH),
            _judge(Provider.OPENAI, 4, _SOUTH),
            Talk(provider=Provider.ANTHROPIC, turns=careful),
            Talk(provider=Provider.OPENAI, turns=quick),
            Talk(provider=Provider.GOOGLE, turns=flashy),
        )
    )


def _dish(name: str) -> Act:
    page = (HERE / "dishes" / f"{name}.html").read_text(encoding="utf-8")
    return Turn(write=("index.html", page))


def _judge(provider: Provider, base: int, tastes: Mapping[str, Mapping[str, int]]) -> Talk:
    return Talk(when=JUDGING, provider=provider, turns=(Ballot(base=base, tastes=tastes),))


def main() -> int:
    """Rehearse; 0 where there is a verdict, and nothing was seen that should not be."""
    parser = argparse.ArgumentParser(prog="python -m tests.standins.rehearsal", description=__doc__)
    parser.add_argument("--folder", type=Path, help="a new folder to work in; default: temporary")
    root = _new(parser.parse_args().folder)
    try:
        built = subprocess.run((*PROGRAM, "build", *(f"-f{each}" for each in FLAVORS)), check=False)
        return built.returncode or rehearse(root)
    except StageError as error:
        say(f"no rehearsal: {error}")
        return NO_STAGE
    finally:
        for name in ("home", "bin"):
            shutil.rmtree(root / name, ignore_errors=True)


def _new(folder: Path | None) -> Path:
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="multicooker-rehearsal-"))
    folder.mkdir(parents=True)
    return folder.resolve()


def rehearse(root: Path) -> int:
    """Cook on a stage in this folder and tell how it went; return the exit code."""
    with stage(root, scenario=scenario()) as it:
        folder = _laid(it)
        say(_BEFORE.format(task=TASK, address=it.address))
        before = traces.logins(it)
        ended = it.run("cook", TASK, capture_output=False)
        if not (folder / "status.json").exists():
            return ended.returncode or 1
        wrong = tuple(traces.wrong(it, folder, before))
        right = tuple(traces.right(it, folder))
    status = json.loads((folder / "status.json").read_text(encoding="utf-8"))
    say("\nwhat each cell did; tokens in and out, price as listed")
    CONSOLE.print(table(status["cells"]))
    left = traces.left(status["project"], it.network)
    wrong = (*wrong, *([f"left on the engine: {left}"] if left else []))
    for line in wrong or (*right, "nothing is left on the engine but the images"):
        say(f"{'WRONG  ' if wrong else 'checked'} {line}")
    say(f"report  {folder / 'report.html'}")
    return ended.returncode or int(bool(wrong))


def _laid(it: Stage) -> Path:
    spec = yaml.safe_load((EXAMPLE / "cook.yaml").read_text(encoding="utf-8"))
    brief = (EXAMPLE / "BRIEF.md").read_text(encoding="utf-8")
    folder = it.lay(TASK, {**spec, **CAST}, brief=brief)
    shutil.copytree(EXAMPLE / "raw", folder / "raw")
    return folder


def say(text: str) -> None:
    """Print a line; what it names may be anything, so nothing in it is taken for a colour."""
    CONSOLE.print(text, markup=False, soft_wrap=True)


def table(cells: Sequence[Mapping[str, Any]]) -> Table:
    """Return what status.json tells of the cells."""
    found = Table(box=None, pad_edge=False)
    for at, name in enumerate(_COLUMNS):
        found.add_column(name, justify="right" if at >= _NUMBERS else "left", no_wrap=True)
    for cell in cells:
        values = (tell(cell, cell["usage"] or {}) for tell in _COLUMNS.values())
        found.add_row(*("" if value is None else str(value) for value in values))
    return found


_COLUMNS: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], object]] = {
    "cell": lambda cell, _: cell["name"],
    "CLI": lambda cell, used: f"{cell['flavor']} {used.get('cli_version', '')}",
    "outcome": lambda cell, _: cell["exit_class"],
    "time": lambda cell, _: f"{cell['seconds']:.1f} s",
    "turns": lambda _, used: used.get("turns"),
    "tools": lambda _, used: used.get("tool_calls"),
    "in": lambda _, used: used.get("input_tokens"),
    "out": lambda _, used: used.get("output_tokens"),
    "price": lambda _, used: _dollars(used.get("cost_usd")),
}
_NUMBERS = 3
"""The columns from here on are numbers."""


def _dollars(cost: float | None) -> str:
    return "" if cost is None else f"${cost:.4f}"


if __name__ == "__main__":
    sys.exit(main())
