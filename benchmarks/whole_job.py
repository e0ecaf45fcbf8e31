"""From `new` to the report, with cells that really cook and judge."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmarks.cooks import HERE, bare_copy, empty_outputs, multicooker, up_and_down
from benchmarks.program import in_turns
from benchmarks.table import Row, compared

_EXAMPLE = HERE.parent / "cooks" / "landing"
_COOKS = ("careful", "quick", "flashy")
_JUDGES = ("strict", "kind")


def measure(scratch: Path, *, rounds: int) -> list[Row]:
    """Return the ratios against bare compose: the participants alone, and the judges as well."""
    cooks = scratch / "cooks"
    _cook(cooks, "first")  # builds the image
    bare = bare_copy(cooks / "first", scratch / "bare")

    def participants(_: int) -> float:
        empty_outputs(bare)
        return up_and_down(bare)

    def all_cells(_: int) -> float:
        empty_outputs(bare)
        return up_and_down(bare, judges=[f"judge-{name}" for name in _JUDGES])

    mine, least, same = in_turns(
        {
            "new, cook: judged and reported": lambda number: _cook(cooks, f"job{number}"),
            "docker compose up, down: participants": participants,
            "up, up judge-…, down": all_cells,
        },
        rounds=rounds,
    )
    what = f"whole job, {len(_COOKS)} demo participants, {len(_JUDGES)} judges"
    return [
        compared(what, mine, least, aim=3),
        compared("- against all its cells by hand", mine, same, aim=3),
    ]


def _cook(cooks: Path, task: str) -> float:
    """Do the whole job on the example's brief and return the seconds in multicooker."""
    cooks.mkdir(exist_ok=True)
    seconds = multicooker(cooks, "new", task)
    folder = cooks / task
    shutil.copyfile(_EXAMPLE / "BRIEF.md", folder / "BRIEF.md")
    shutil.copytree(_EXAMPLE / "raw", folder / "raw", dirs_exist_ok=True)
    (folder / "cook.yaml").write_text(_spec(), encoding="utf-8")
    seconds += multicooker(cooks, "cook", task)
    if not (folder / "report.html").is_file():
        raise FileNotFoundError(folder / "report.html")
    return seconds


def _spec() -> str:
    """Return a cook.yaml whose cells make no pauses for people who watch."""
    lines = []
    for role, models in (("participants", _COOKS), ("judges", _JUDGES)):
        lines.append(f"{role}:")
        for model in models:
            lines.append(f"  - {{name: {model}, flavor: demo, model: {model},")
            lines.append("     options: {pace: none}, resources: {memory: 256m, cpus: 1}}")
    return "\n".join(lines) + "\n"
