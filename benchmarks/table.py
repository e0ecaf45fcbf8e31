"""Measured times → rows → one table in Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long the same thing took, round by round."""

    what: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Return the median, in seconds."""
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        """Return `what: median (min-max) s`."""
        low, high = min(self.seconds), max(self.seconds)
        return f"{self.what}: {self.median:.2f} ({low:.2f}-{high:.2f}) s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement and its aim: `value` should be at most `aim`."""

    what: str
    ours: str
    against: str
    value: float
    aim: float
    unit: str
    rounds: int
    spread: str = ""
    """Lowest and highest value of single rounds."""

    @property
    def holds(self) -> bool:
        """Return whether the aim is met."""
        return self.value <= self.aim

    def cells(self) -> tuple[str, ...]:
        """Return what the table shows, column by column."""
        return (
            self.what,
            self.ours,
            self.against,
            f"**{_number(self.value)}{self.unit}**{self.spread}",
            f"≤ {_number(self.aim)}{self.unit}",
            "yes" if self.holds else "NO",
            str(self.rounds),
        )


HEADER = ("what", "ours", "against", "value (min-max)", "aim", "holds", "rounds")


def compared(what: str, ours: Times, against: Times, *, aim: float) -> Row:
    """Return the ratio of two medians; its spread is that of the rounds' own ratios."""
    pairs = zip(ours.seconds, against.seconds, strict=True)
    ratios = [mine / theirs for mine, theirs in pairs]
    return Row(
        what=what,
        ours=str(ours),
        against=str(against),
        value=ours.median / against.median,
        aim=aim,
        unit="x",
        rounds=len(ratios),
        spread=f" ({min(ratios):.2f}-{max(ratios):.2f})",
    )


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a table in Markdown, its columns aligned."""
    lines = [HEADER, *(row.cells() for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(HEADER))]
    rule = tuple("-" * width for width in widths)
    return "\n".join(
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in (HEADER, rule, *lines[1:])
    )


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
