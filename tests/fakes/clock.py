"""A clock that moves when it is told to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(slots=True)
class FakeClock:
    """`ports.Clock`: sleeping takes no time but moves both clocks on."""

    wall: datetime = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    elapsed: float = 0.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.elapsed += seconds

    def jump(self, seconds: float) -> None:
        """Set the wall clock on or back, as a correction of the time does."""
        self.wall += timedelta(seconds=seconds)
