"""How many cells run at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from multicooker.domain.round import Cell
from multicooker.ports import EngineInfo

_CELLS_PER_CPU = 2
"""Coding agents mostly wait for their provider, so one CPU serves two."""
_MEMORY_SHARE = 0.9
"""What of the engine's memory all cells may take together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """How many cells run at once, and what decided it."""

    count: int
    why: str


def decide_jobs(
    cells: Sequence[Cell],
    *,
    engine: Callable[[], EngineInfo],
    from_spec: int | None,
    asked: int | None,
) -> Jobs:
    """Return how many cells run at once: asked, written in cook.yaml, or what the engine bears.

    The engine is only asked where it decides.
    """
    if asked is not None:
        return Jobs(count=asked, why="asked for with --jobs")
    if from_spec is not None:
        return Jobs(count=from_spec, why="limits.jobs in cook.yaml")
    info = engine()
    memory = max((cell.resources.memory for cell in cells), default=1)
    by_memory = max(1, int(info.memory * _MEMORY_SHARE) // memory)
    by_cpus = max(1, info.cpus * _CELLS_PER_CPU)
    if by_memory < by_cpus:
        return Jobs(count=by_memory, why=f"the engine's memory, {info.memory / 1024**3:.1f} GiB")
    return Jobs(count=by_cpus, why=f"the engine's {info.cpus} CPUs, {_CELLS_PER_CPU} cells each")
