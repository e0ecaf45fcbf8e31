"""Three cells that do nothing, each with a network of its own: what a cook adds to compose."""

from __future__ import annotations

from pathlib import Path

from benchmarks.cooks import (
    bare_copy,
    counted_calls,
    empty_outputs,
    multicooker,
    noop_cook,
    noop_spec,
    up_and_down,
)
from benchmarks.program import in_turns
from benchmarks.table import Row, compared

_CELLS = 3
_MOST_CALLS = 10


def measure(scratch: Path, *, rounds: int) -> list[Row]:
    """Return the ratio against bare compose, and how many docker clients were started."""
    cooks = scratch / "cooks"
    spec = noop_spec(_CELLS, network="open")

    cook = noop_cook(cooks, "first", spec)
    multicooker(cooks, "cook", "first", "--no-judge")  # builds the image
    bare = bare_copy(cook, scratch / "bare")

    def ours(number: int) -> float:
        noop_cook(cooks, f"noop{number}", spec)
        return multicooker(cooks, "cook", f"noop{number}", "--no-judge")

    def against(_: int) -> float:
        empty_outputs(bare)
        return up_and_down(bare)

    mine, theirs = in_turns(
        {"cook --no-judge": ours, "docker compose up, down": against}, rounds=rounds
    )
    noop_cook(cooks, "counted", spec)
    calls = counted_calls(cooks, ("cook", "counted", "--no-judge"), scratch=scratch)
    return [
        compared(f"{_CELLS} no-op cells", mine, theirs, aim=1.3),
        Row(
            what="- docker clients started",
            ours=f"{calls}",
            against="2",
            value=calls,
            aim=_MOST_CALLS,
            unit="",
            rounds=1,
        ),
    ]
