"""Lengths of time and sizes as people write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """How a number is written as text: digits and one letter."""

    factors: Mapping[str, int]
    advice: str

    @property
    def pattern(self) -> str:
        """Return the regular expression of the text, without anchors."""
        return f"(0|[1-9][0-9]{{0,11}})[{''.join(self.factors)}]"

    def read(self, text: str) -> int:
        """Return the number a text stands for; ValueError says how to write one."""
        if re.fullmatch(self.pattern, text, re.ASCII) is None:
            raise ValueError(self.advice)
        return int(text[:-1]) * self.factors[text[-1]]


DURATION = Unit(
    factors={"s": 1, "m": 60, "h": 3600},
    advice="write whole seconds, or a number with s, m or h, such as 90, 90s, 30m, 2h",
)
SIZE = Unit(
    factors={"k": 1024, "m": 1024**2, "g": 1024**3},
    advice="write whole bytes, or a number with k, m or g, such as 100k, 512m, 4g",
)

_UNITS = {
    "timeout": DURATION,
    "judge_timeout": DURATION,
    "grace": DURATION,
    "every": DURATION,
    "memory": SIZE,
    "output_bytes": SIZE,
    "log_bytes": SIZE,
}


def of(key: str) -> Unit | None:
    """Return the unit a key takes, None where it takes none."""
    return _UNITS.get(key)
