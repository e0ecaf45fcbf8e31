"""Small pieces that screens are made of: safe words, times, sizes, tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TextIO

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from multicooker.cli.aiming import aimed
from multicooker.domain.display import display_line

_PAPER = 4096
"""Columns where no terminal cuts the lines."""
_STYLES = {
    "ok": "green",
    "done": "green",
    "winner": "bold green",
    "leaning": "green",
    "running": "cyan",
    "cooking": "cyan",
    "judging": "cyan",
    "building": "cyan",
    "starting": "cyan",
    "stopping": "yellow",
    "queued": "dim",
    "ended": "dim",
    "new": "dim",
    "sealed": "cyan",
    "warn": "yellow",
    "cancelled": "yellow",
    "interrupted": "yellow",
    "rate_limited": "yellow",
    "skipped": "yellow",
    "too close to call": "yellow",
    "single opinion": "yellow",
}
_FAILED = frozenset(
    ("fail", "failed", "crashed", "timed_out", "out_of_memory", "could_not_start",
     "artifact_missing", "auth_expired", "killed", "refused", "error")
)  # fmt: skip


class Screen(Console):
    """A console that takes nothing in a text for markup, and never hides the cursor."""

    def __init__(self, stream: TextIO, *, color: bool, into: TextIO | None = None) -> None:
        """Draw what fits `stream`; onto it, or `into` something else."""
        seen = stream.isatty()
        super().__init__(
            file=into or stream,
            width=None if seen else _PAPER,
            force_terminal=True if seen else None,
            color_system="auto" if color else None,
            no_color=not color,
            highlight=False,
            markup=False,
            emoji=False,
        )

    def show_cursor(self, show: bool = True) -> bool:  # noqa: FBT001, FBT002  # rich's signature
        """Change nothing: a kill must not leave a terminal without its cursor."""
        del show
        return False


def safe(text: str, style: str = "") -> Text:
    """Return a stranger's text as one line that cannot act."""
    return Text(display_line(text), style=style)


def state(word: str) -> Text:
    """Return a state, level or outcome in its colour."""
    return safe(word, "red" if word in _FAILED else _STYLES.get(word, ""))


def line(*parts: str | Text, indent: int = 0) -> Text:
    """Return parts side by side; plain strings are a stranger's and made safe."""
    whole = Text(" " * indent)
    for part in parts:
        whole.append_text(part if isinstance(part, Text) else safe(part))
    return whole


def title(text: str) -> Text:
    """Return a heading."""
    return safe(text, "bold")


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What to type next."""

    command: str
    why: str

    def drawn(self, cooks: str | None) -> Text:
        """Return its line; a command of ours finds the folder of cooks that was named, too."""
        command = aimed(self.command, cooks)
        why = f"  {self.why}" if self.why else ""
        return line(Text("next    ", "dim"), safe(command, "bold"), safe(why, "dim"))


Part = RenderableType | NextStep
"""One part of a screen."""


def next_step(command: str, why: str = "") -> NextStep:
    """Return what to type next."""
    return NextStep(command=command, why=why)


def table(
    headers: Sequence[str], rows: Iterable[Sequence[str | Text]], *, right: Sequence[str] = ()
) -> Table:
    """Return rows under headers; the columns named in `right` hold numbers."""
    made = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    made.add_column("", width=1)  # indents the table under its heading
    for header in headers:
        made.add_column(
            safe(header), justify="right" if header in right else "left", overflow="fold"
        )
    for row in rows:
        made.add_row("", *(cell if isinstance(cell, Text) else safe(cell) for cell in row))
    return made


def clock(seconds: float) -> str:
    """Return `0:07`, `12:30` or `2:00:00`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def size(count: int) -> str:
    """Return bytes as `0 B`, `12 kB` or `3.4 MB`."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":  # noqa: PLR2004  # SI units go by thousands
            break
        amount /= 1000
    few = 10 if unit not in ("B", "kB") else 0
    return f"{amount:.1f} {unit}" if amount < few else f"{amount:.0f} {unit}"
