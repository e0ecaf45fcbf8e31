"""Starts what is measured, and times it: whole processes, from their start to their end."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.table import Times

MULTICOOKER = str(Path(sys.executable).with_name("multicooker"))

Job = Callable[[int], float]
"""Does one round, given its number, and returns the seconds it took; its set-up is not in them."""


def environment() -> dict[str, str]:
    """Return this environment without settings that would slow Python or steer compose.

    PYTHONDONTWRITEBYTECODE above all: without byte code every start compiles every module.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "COMPOSE_"))
    }


def run(
    argv: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> float:
    """Run a command to its end and return its seconds; CalledProcessError shows its last words."""
    with tempfile.TemporaryFile() as complaints:
        begun = time.perf_counter()
        code = subprocess.run(
            argv,
            cwd=cwd,
            env=environment() if env is None else env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            check=False,
        ).returncode
        seconds = time.perf_counter() - begun
        if code != 0:
            complaints.seek(0)
            sys.stderr.write(complaints.read()[-4096:].decode("utf-8", "replace"))
            raise subprocess.CalledProcessError(code, argv)
    return seconds


def in_turns(
    ours: tuple[str, Job], against: tuple[str, Job], *, rounds: int
) -> tuple[Times, Times]:
    """Run two jobs A B A B …, so that what else the machine does falls on both.

    The first round is not counted: it compiles byte code and fills caches.
    """
    seconds: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for kept, (_, job) in zip(seconds, (ours, against), strict=True):
            kept.append(job(number))
    return (
        Times(what=ours[0], seconds=tuple(seconds[0][1:])),
        Times(what=against[0], seconds=tuple(seconds[1][1:])),
    )
