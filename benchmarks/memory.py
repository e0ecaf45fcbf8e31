"""What fifty cells at once cost in memory of our own. Reads /proc, so it needs Linux."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cooks import multicooker, noop_cook, noop_spec
from benchmarks.program import MULTICOOKER, environment
from benchmarks.table import Row

_CELLS = 50
_MOST_MEGABYTES = 100.0
_LOOK_SECONDS = 0.02
_KIB = 1024
_PROC = Path("/proc")


@dataclass(slots=True)
class Peaks:
    """Highest resident memory seen, in KiB."""

    own: int = 0
    clients: int = 0
    """All docker clients of one moment together."""
    most_clients: int = 0


def measure(scratch: Path) -> list[Row]:
    """Return our peak memory while fifty cells run; no row where there is no /proc."""
    if not (_PROC / "self/status").exists():
        return []
    cooks = scratch / "cooks"
    noop_cook(cooks, "first", noop_spec(1, network="none"))
    multicooker(cooks, "cook", "first", "--no-judge")  # builds the image
    noop_cook(cooks, "fifty", noop_spec(_CELLS, network="none"))
    argv = [MULTICOOKER, "--quiet", "--cooks", str(cooks)]
    argv += ["cook", "fifty", "--no-judge", "--jobs", str(_CELLS)]
    peaks = _watched(argv)
    clients = f"at most {peaks.most_clients} docker clients, {peaks.clients / _KIB:.0f} MB together"
    return [
        Row(
            what=f"memory with {_CELLS} cells at once",
            ours="multicooker's own process",
            against=f"beside it {clients}",
            value=peaks.own / _KIB,
            aim=_MOST_MEGABYTES,
            unit=" MB",
            rounds=1,
        )
    ]


def _watched(argv: list[str]) -> Peaks:
    """Run a command and return what it and its children held at most."""
    peaks = Peaks()
    with subprocess.Popen(argv, env=environment(), stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            # Its own peak is kept by the kernel, so that no moment between two looks is missed.
            peaks.own = max(peaks.own, _kib(process.pid, "VmHWM"))
            clients = [_kib(pid, "VmRSS") for pid in _below(process.pid)]
            peaks.clients = max(peaks.clients, sum(clients))
            peaks.most_clients = max(peaks.most_clients, len(clients))
            time.sleep(_LOOK_SECONDS)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, argv)
    return peaks


def _below(pid: int) -> Iterator[int]:
    """Yield the processes that a process started, and those that they started."""
    with suppress(OSError):
        for task in (_PROC / str(pid) / "task").iterdir():
            for child in (task / "children").read_text().split():
                yield int(child)
                yield from _below(int(child))


def _kib(pid: int, field: str) -> int:
    with suppress(OSError):
        for line in (_PROC / str(pid) / "status").read_text().splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1])
    return 0
