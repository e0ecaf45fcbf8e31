"""Progress for people: a live table in a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from multicooker.cli import output
from multicooker.cli.signals import STOPPING
from multicooker.ports import CellRow, Progress


class Watcher(Progress, Protocol):
    """A progress that can be closed, and that hears of the wish to stop."""

    def stopping(self) -> None:
        """Hear that the user wants to stop. Called from a signal handler."""

    def close(self) -> None:
        """Leave the terminal as it should stay."""


def watcher(*, silent: bool, color: bool) -> Watcher:
    """Return the progress that fits where stderr goes."""
    if silent:
        return Silence()
    screen = sys.stderr
    if not screen.isatty():
        return Lines()
    from multicooker.cli.live_table import LiveTable

    return LiveTable(screen, color=color)


class Silence:
    """Progress for `--quiet` and `--json`."""

    live = False

    def note(self, text: str) -> None: ...

    def stage(self, name: str) -> None: ...

    def cells(self, rows: Sequence[CellRow]) -> None: ...

    def stopping(self) -> None: ...

    def close(self) -> None: ...


class Lines:
    """One line per change of state, for logs and pipes."""

    live = False

    def __init__(self) -> None:
        self._states: dict[str, str] = {}

    def note(self, text: str) -> None:
        """Tell one line."""
        self._tell(text)

    def stage(self, name: str) -> None:
        """Tell that a stage begins."""
        self._states.clear()
        self._tell(f"== {name}")

    def cells(self, rows: Sequence[CellRow]) -> None:
        """Tell the cells whose state changed."""
        for row in rows:
            if row.state != self._states.get(row.name, "queued"):
                self._tell(f"{row.name} {row.state}")
            self._states[row.name] = row.state

    def stopping(self) -> None:
        """Tell that it is stopping."""
        output.tell_now(STOPPING)

    def close(self) -> None:
        """Nothing is left open."""

    def _tell(self, text: str) -> None:
        output.tell(f"{datetime.now().astimezone():%H:%M:%S} {text}")
