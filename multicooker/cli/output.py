"""Everything the program prints goes through here; nothing else prints."""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path
from typing import TextIO

import click

from multicooker.cli import envelope
from multicooker.cli.envelope import Failure
from multicooker.domain.display import display_line, display_text
from multicooker.errors import DiskError

_CELL_COLORS = ("cyan", "magenta", "yellow", "green", "blue", "bright_cyan", "bright_magenta")
_WIDEST_NAME = 20
_MOST_TYPED = 1024**2


def show(result: object, *, verb: str, json: bool, color: bool, cooks: str | None = None) -> None:
    """Print a verb's result on stdout; `cooks` is the folder of cooks that was named."""
    if json:
        _echo(envelope.success(verb, result))
        return
    from rich.text import Text

    from multicooker.cli.look import NextStep, Screen
    from multicooker.cli.views import view

    drawn = io.StringIO()
    screen = Screen(sys.stdout, color=color, into=drawn)
    for shown in view(result, verb):
        part = shown.drawn(cooks) if isinstance(shown, NextStep) else shown
        screen.print(part, soft_wrap=isinstance(part, Text))
    lines = [line.rstrip() for line in drawn.getvalue().split("\n")]
    _echo("\n".join(lines), color=True, nl=False)


def fail(failure: Failure, *, verb: str, json: bool, color: bool) -> None:
    """Print why a call failed: for programs on stdout, for people on stderr."""
    if json:
        _echo(envelope.failure(verb, failure))
        return
    label = click.style("error:", fg="red", bold=True)
    allowed = None if color else False
    _echo(f"{label} {display_text(failure.message)}", err=True, color=allowed)
    for line in display_text(failure.hint).splitlines():
        _echo(f"  {line}", err=True, color=allowed)


def trace(error: BaseException) -> None:
    """Print a traceback on stderr, without the values of any variable."""
    import traceback

    _echo(display_text("".join(traceback.format_exception(error))), err=True, nl=False)


def tell(text: str) -> None:
    """Print one line of progress on stderr; a terminal that is gone stops nothing."""
    try:
        _echo(display_line(text), err=True)
    except OSError:
        return


def tell_now(text: str) -> None:
    """Print one line of ours on stderr from a signal handler: past every buffer and lock."""
    try:
        os.write(2, f"{text}\n".encode())
    except OSError:
        return


class LogPrinter:
    """Prints cells' lines as they come, each after its cell's name."""

    def __init__(self, *, verb: str, json: bool, color: bool) -> None:
        self._verb = verb
        self._json = json
        self._color = None if color else False
        self._colors: dict[str, str] = {}
        self._width = 0

    def show(self, cell: str, line: str) -> None:
        """Print one line."""
        if self._json:
            _echo(envelope.success(self._verb, {"cell": cell, "line": line}))
            return
        at = len(self._colors) % len(_CELL_COLORS)
        color = self._colors.setdefault(cell, _CELL_COLORS[at])
        self._width = max(self._width, min(len(cell), _WIDEST_NAME))
        name = click.style(f"{display_line(cell):{self._width}} │", fg=color)
        _echo(f"{name} {display_line(line)}", color=self._color)


def can_ask() -> bool:
    """Return True where somebody sits at the terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def has_terminal() -> bool:
    """Return True where a person can work: what is typed and what is shown is a terminal's."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask(question: str) -> None:
    """Go on only after a yes; click.Abort otherwise."""
    click.confirm(question, abort=True, err=True)


def ask_hidden(question: str) -> str:
    """Return what is typed, unseen; where nobody types, what standard input holds."""
    if can_ask():
        typed: str = click.prompt(display_line(question), hide_input=True, err=True)
        return typed
    # One byte more than anybody takes: what was cut would pass for something whole.
    return sys.stdin.buffer.read(_MOST_TYPED + 1).decode("utf-8", "replace")


def prepare() -> None:
    """Make both outputs such that printing to them fails only where that matters."""
    # `>&-` starts a program without any; Python then has None in their places.
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            # What a terminal's encoding does not know is shown as an escape.
            reconfigure(errors="backslashreplace")


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def flush() -> None:
    """Write out what is buffered, while a failure to do so can still be told."""
    _echo("", nl=False)
    _echo("", nl=False, err=True)


def abandon() -> None:
    """Give up an output that nobody reads, so that Python's own last flush is silent."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def full() -> DiskError:
    """Return what to tell where an output takes no more."""
    return DiskError("the output cannot be written: no space left")


def _echo(text: str, *, nl: bool = True, err: bool = False, color: bool | None = None) -> None:
    """Print and flush; a closed terminal is told as what it is, a pipe without a reader."""
    try:
        click.echo(text, nl=nl, err=err, color=color)
    except OSError as error:
        if error.errno == errno.EIO:
            raise BrokenPipeError(*error.args) from error
        if error.errno == errno.ENOSPC:
            raise full() from error
        raise
