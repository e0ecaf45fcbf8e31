"""Chance without surprises."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Reversed:
    """`ports.Randomness`: always the other way round, so that order is never kept by accident."""

    def shuffled(self, items: Iterable[str]) -> tuple[str, ...]:
        return tuple(items)[::-1]


@dataclass(slots=True)
class Seeded:
    """`ports.Randomness`: the same fair shuffles in every run of a test."""

    seed: int = 1
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311  # a test wants the same chance again

    def shuffled(self, items: Iterable[str]) -> tuple[str, ...]:
        order = list(items)
        self._random.shuffle(order)
        return tuple(order)
