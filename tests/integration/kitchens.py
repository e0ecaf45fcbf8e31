"""Cooks in a temporary folder, cooked on the real engine."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from multicooker.app.kitchen import Kitchen
from multicooker.app.real import real_kitchen
from multicooker.app.results import CookResult
from multicooker.app.verbs import cook
from multicooker.ports import CellRow

SMALL = "resources: {memory: 64m, cpus: 1, pids: 64}"
BRIEF = (
    "# A page for the bakery\n\nMake a landing page.\n\n## Must have\n\n- Opening hours\n- Prices\n"
)


@dataclass(slots=True)
class Watcher:
    """A progress that remembers, and can ask to stop once a cell runs."""

    notes: list[str] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    running: threading.Event = field(default_factory=threading.Event)
    live: bool = False

    def note(self, text: str) -> None:
        self.notes.append(text)

    def stage(self, name: str) -> None:
        self.stages.append(name)

    def cells(self, rows: Sequence[CellRow]) -> None:
        if any(row.state == "running" for row in rows):
            self.running.set()


def kitchen_in(cooks: Path, watcher: Watcher | None = None, *, stop: bool = False) -> Kitchen:
    """Return this machine's kitchen; with `stop`, the user stops as soon as a cell runs."""
    seen = watcher or Watcher()
    return real_kitchen(
        cooks=str(cooks),
        progress=seen,
        stopped=seen.running.is_set if stop else lambda: False,
    )


def make_cook(cooks: Path, task: str, spec: str = "", brief: str = BRIEF) -> Path:
    """Write a cook's folder by hand, as a user would."""
    folder = cooks / task
    folder.mkdir(parents=True)
    (folder / "BRIEF.md").write_text(brief, encoding="utf-8")
    if spec:
        (folder / "cook.yaml").write_text(spec, encoding="utf-8")
    return folder


def participants(*behaviours: str) -> str:
    """Return a cook.yaml with one demo participant per behaviour, named after it."""
    lines = ["participants:"]
    for behave in behaviours:
        lines.append(f"  - name: {behave}")
        lines.append("    flavor: demo")
        lines.append(f"    options: {{behave: {behave}, pace: none}}")
        lines.append(f"    {SMALL}")
    return "\n".join(lines) + "\n"


def judges(*behaviours: str) -> str:
    """Return a judges section with one demo judge per behaviour, named after it."""
    lines = ["judges:"] if behaviours else ["judges: []"]
    for behave in behaviours:
        lines.append(f"  - name: {behave}")
        lines.append("    flavor: demo")
        lines.append(f"    options: {{behave: {behave}, pace: none}}")
        lines.append(f"    {SMALL}")
    return "\n".join(lines) + "\n"


def cook_it(
    kitchen: Kitchen,
    task: str,
    *,
    judge: bool = True,
    fresh: bool = False,
    jobs: int | None = None,
    timeout: int | None = None,
) -> CookResult:
    """Run the whole job."""
    return cook(
        kitchen, task=task, judge=judge, rebuild=False, fresh=fresh, jobs=jobs, timeout=timeout
    )
