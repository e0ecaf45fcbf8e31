"""A program in a terminal of its own, with somebody in front of it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

PATIENCE = 60.0
"""Seconds that a program may take for anything it is waited for, on a busy machine."""
_ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-Z\\-_]|[()].)")
_MOVES = re.compile(r"\x1b\[\d*[CG]")
"""A program that draws moves the cursor instead of printing blanks."""


class Terminal:
    """A context manager: what is still there when it is left is hung up and killed."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        size: tuple[int, int] = (40, 120),
    ) -> None:
        self.screen = ""
        """All that was printed so far, as it came."""
        self._waited = 0
        self._ours, theirs = pty.openpty()
        self.resize(*size)
        self.before = termios.tcgetattr(theirs)
        # --ctty: the terminal is the program's own, so that its size and its keys' signals reach it
        # env: who runs the tests under nohup hands on that hang-ups are ignored
        hears = ("env", "--default-signal=HUP")
        self.process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", *hears, *argv],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=env,
            cwd=cwd,
        )
        self._theirs = theirs

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._theirs)
        os.close(self._ours)

    @property
    def text(self) -> str:
        """Return what was printed without the escapes."""
        return _ESCAPES.sub("", _MOVES.sub(" ", self.screen))

    def resize(self, rows: int, columns: int) -> None:
        """Give the terminal another size; whoever reads it is told by a signal."""
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._ours, keys.encode())

    def until(self, text: str, *, seconds: float = PATIENCE) -> str:
        """Wait until it printed a text after the last one that was waited for; return up to it."""
        deadline = time.monotonic() + seconds
        begun = self._waited
        while (at := self.text.find(text, begun)) < 0:
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"no {text!r} in:\n{self.text}")
        self._waited = at + len(text)
        return self.text[begun : self._waited]

    def wait(self, *, seconds: float = PATIENCE) -> int:
        """Read to the program's end and return its exit code."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            self._read(0.05)
            if time.monotonic() > deadline:
                raise AssertionError(f"it does not end:\n{self.text}")
        while self._read(0.05):
            pass
        return self.process.returncode

    def wait_a_little(self) -> None:
        """Read what comes within a moment."""
        self._read(0.2)

    def is_as_before(self) -> bool:
        """Tell whether the terminal's settings are those it began with."""
        return termios.tcgetattr(self._theirs) == self.before

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._ours], [], [], max(seconds, 0.0))
        if not ready:
            return False
        self.screen += os.read(self._ours, 65536).decode("utf-8", "replace")
        return True
