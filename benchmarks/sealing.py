"""Sealing a large output against copying it with `cp -a`; `seal.py` does the work."""

from __future__ import annotations

from pathlib import Path

from benchmarks import seal
from benchmarks.table import Row, Times, compared

_KIB = 1024
_MOST_MEGABYTES = 150.0


def measure(scratch: Path, *, files: int, gigabytes: float, rounds: int) -> list[Row]:
    """Return the ratio of the times, and our peak memory."""
    (scratch / "out").mkdir()
    seal.make_tree(scratch / "out", files=files, gigabytes=gigabytes, big=1)
    theirs, ours, peak = seal.measure(scratch, rounds)
    what = f"sealing {files:,} files + {gigabytes:g} GB"
    return [
        compared(
            what,
            Times(what="seal, every byte hashed", seconds=tuple(ours)),
            Times(what="cp -a", seconds=tuple(theirs)),
            aim=seal.REACH,
        ),
        Row(
            what="- its peak memory",
            ours="resident",
            against="",
            value=peak / _KIB,
            aim=_MOST_MEGABYTES,
            unit=" MB",
            rounds=rounds,
        ),
    ]
