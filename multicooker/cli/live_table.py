"""The table a person watches while cells run."""

from __future__ import annotations

import io
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TextIO

from rich.console import Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from multicooker.cli import look
from multicooker.cli.signals import STOPPING
from multicooker.domain.display import display_line
from multicooker.ports import CellRow

_PER_SECOND = 4
_AROUND = 4
"""Lines on the screen that are not rows: header, summary, wish to stop, the cursor's own."""
_ORDER = {"running": 0, "stopping": 0, "starting": 1, "queued": 2}
_LATE = 0.8
"""Share of its time after which a cell's clock turns yellow."""
_TICKING = frozenset({"running", "stopping", "starting"})


class _Forgiving(io.StringIO):
    """Writes to a stream; a terminal that was closed in the meantime stops nothing."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    def write(self, text: str, /) -> int:
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


class LiveTable:
    """Progress on a terminal: headings stay, the table below them lives until its stage ends.

    The cursor is never hidden and no terminal mode is changed, so that a kill at any moment
    leaves a terminal that works.
    """

    live = True

    def __init__(
        self, stream: TextIO, *, color: bool, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = look.Screen(stream, color=color, into=_Forgiving(stream))
        self._monotonic = monotonic
        self._live: Live | None = None
        self._waiting_sign = Spinner("dots")
        self._running_sign = Spinner("dots")
        self._rows: tuple[CellRow, ...] = ()
        self._told = self._began = monotonic()
        self._stopping = False

    def note(self, text: str) -> None:
        """Print one line above the table."""
        self._console.print(look.line(text, indent=2), soft_wrap=True)

    def stage(self, name: str) -> None:
        """End the table of the stage before, print the heading, and start anew."""
        self.close()
        self._rows = ()
        self._began = self._monotonic()
        self._console.print(look.line(look.safe("● ", "cyan"), look.title(name)))
        self._open()

    def cells(self, rows: Sequence[CellRow]) -> None:
        """Take where every cell is; it is drawn at the next tick."""
        self._rows = tuple(rows)
        self._told = self._monotonic()
        if self._live is None:
            self._open()

    def stopping(self) -> None:
        """Let the next tick say that the cook is stopping."""
        self._stopping = True

    def close(self) -> None:
        """Draw the table a last time, whole, and leave it."""
        if self._live is None:
            return
        ended, self._live = self._live, None
        ended.transient = not self._rows
        ended.stop()

    def _open(self) -> None:
        self._live = Live(
            console=self._console,
            get_renderable=self._draw,
            refresh_per_second=_PER_SECOND,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start(refresh=bool(self._rows))

    def _draw(self) -> RenderableType:
        parts: list[RenderableType] = [self._table() if self._rows else self._waiting()]
        if self._stopping:
            parts.append(Text(f"  {STOPPING}", "yellow"))
        if self._live is not None:
            # The cursor rests on a line of its own: a `^C` echoed after a full line would wrap.
            parts.append(Text(""))
        return Group(*parts)

    def _waiting(self) -> RenderableType:
        spent = look.clock(self._monotonic() - self._began)
        self._waiting_sign.update(text=Text(spent, "dim"))
        return self._waiting_sign

    def _table(self) -> RenderableType:
        shown, hidden = self._fitting()
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", expand=True)
        for header in ("", "cell", "flavor", "state"):
            table.add_column(header, no_wrap=True)
        for header in ("time", "written"):
            table.add_column(header, no_wrap=True, justify="right")
        table.add_column("last line", no_wrap=True, overflow="ellipsis", ratio=1)
        for row in shown:
            table.add_row(*self._cells_of(row))
        if not hidden:
            return table
        counts = Counter(row.state for row in hidden)
        told = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
        return Group(table, look.safe(f"  … and {len(hidden)} more: {told}", "dim"))

    def _fitting(self) -> tuple[Sequence[CellRow], Sequence[CellRow]]:
        """Return the rows that fit on the screen, those that run first, and the rest."""
        room = max(self._console.height - _AROUND, 3)
        if self._live is None or len(self._rows) <= room:
            return self._rows, ()
        by_interest = sorted(self._rows, key=lambda row: _ORDER.get(row.state, len(_ORDER)))
        return by_interest[: room - 1], by_interest[room - 1 :]

    def _cells_of(self, row: CellRow) -> tuple[RenderableType, ...]:
        ticking = row.state in _TICKING and self._live is not None
        seconds = row.seconds + (self._monotonic() - self._told if ticking else 0.0)
        late = row.timeout and seconds > _LATE * row.timeout
        spent = look.clock(seconds) if row.state != "queued" else "-"
        return (
            self._running_sign if ticking else Text(" "),
            look.safe(row.name),
            look.safe(row.flavor, "dim"),
            look.state(row.state),
            Text(f"{spent} / {look.clock(row.timeout)}", "yellow" if late and ticking else ""),
            Text(look.size(row.bytes_written)),
            Text(display_line(row.last_line, self._console.width), "dim"),
        )
