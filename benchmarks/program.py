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


def in_turns(jobs: Mapping[str, Job], *, rounds: int) -> tuple[Times, ...]:
    """Run jobs A B C A B C …, so that what else the machine does falls on all of them.

    The first round is not counted: it compiles byte code and fills caches.
    """
    seconds: dict[str, list[float]] = {what: [] for what in jobs}
    for number in range(rounds + 1):
        for what, job in jobs.items():
            seconds[what].append(job(number))
    return tuple(Times(what=what, seconds=tuple(taken[1:])) for what, taken in seconds.items())
