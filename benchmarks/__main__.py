"""Measures everything in one run and prints one table: `make bench`."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    first_request,
    image_sizes,
    memory,
    noop_cook,
    rendering,
    sealing,
    startup,
    whole_job,
)
from benchmarks.table import Row, table

_Measure = Callable[[], list[Row]]


def main() -> int:
    """Measure what was asked for; 1 where an aim is missed."""
    asked = _asked()
    rounds: int = asked.rounds
    scratch = Path(tempfile.mkdtemp(prefix="multicooker-bench-", dir=asked.folder))
    files, gigabytes = (100_000, 5.0) if asked.full else (20_000, 1.0)
    measures: dict[str, _Measure] = {
        "start": lambda: startup.measure(rounds=3 * rounds),
        "noop": lambda: noop_cook.measure(scratch / "noop", rounds=rounds),
        "job": lambda: whole_job.measure(scratch / "job", rounds=rounds),
        "render": lambda: rendering.measure(rounds=rounds),
        "seal": lambda: sealing.measure(
            scratch / "seal", files=files, gigabytes=gigabytes, rounds=2
        ),
        "memory": lambda: memory.measure(scratch / "memory"),
        "request": lambda: first_request.measure(scratch / "request", rounds=2 * rounds),
        "images": lambda: image_sizes.measure(scratch / "images"),
    }
    rows: list[Row] = []
    machine = _machine()
    try:
        for name, measure in measures.items():
            if not asked.only or name in asked.only:
                _tell(f"measuring: {name}")
                (scratch / name).mkdir()
                rows += measure()
    finally:
        shutil.rmtree(scratch)
    print(f"{machine}\n\n{table(rows)}")
    return 0 if all(row.holds for row in rows) else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each is done (5)")
    parser.add_argument("--full", action="store_true", help="seal 100,000 files + 5 GB")
    parser.add_argument("--folder", help="where to work (default: the temporary folder)")
    parser.add_argument(
        "--only",
        action="append",
        help="start, noop, job, render, seal, memory, request, images",
    )
    return parser.parse_args()


def _machine() -> str:
    versions = [
        subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()
        for argv in (
            ("docker", "version", "--format", "Engine {{.Server.Version}}"),
            ("docker", "compose", "version", "--short"),
        )
    ]
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return (
        f"{os.cpu_count()} CPUs, load {load} before; {versions[0]}, Compose {versions[1]},"
        f" Python {platform.python_version()}"
    )


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
