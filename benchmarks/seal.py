"""Sealing against `cp -a` of the same tree: seconds, their ratio, and our memory.

    .venv/bin/python benchmarks/seal.py [--files 100000] [--gigabytes 5] [--rounds 2]

Both copy the same tree, in turns, each time to a new place: ext4 is slow to reuse what was just
deleted, so nothing is deleted before the end. That needs room for 2 x rounds + 1 trees. Ours also
hashes every byte; its time is that of `copy_clean`, `cp`'s that of the whole process.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from multicooker.adapters.folder.workspace import CookFolder

REACH = 1.5
MEGABYTE = 1024**2


def make_tree(root: Path, *, files: int, gigabytes: float, big: int) -> None:
    """Write many small files (0 to 4 KiB, 100 to a folder) and a few big ones."""
    noise = os.urandom(4096)
    for number in range(files):
        folder = root / f"d{number // 10_000}" / f"e{number // 100}"
        if number % 100 == 0:
            folder.mkdir(parents=True)
        (folder / f"f{number}.txt").write_bytes(noise[: number % 4096])
    block = os.urandom(MEGABYTE)
    for number in range(big):
        with (root / f"big{number}").open("wb") as stream:
            for _ in range(int(gigabytes * 1024) // big):
                stream.write(block)


def seal_once(cook: Path, target: str) -> None:
    """Copy in this process; print seconds, peak memory in KiB and files."""
    started = time.perf_counter()
    harvest = CookFolder(cook).copy_clean("out", target, max_bytes=1 << 50, max_files=10_000_000)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert not harvest.refused, harvest.refused
    print(seconds, peak, len(harvest.files))


def measure(cook: Path, rounds: int) -> tuple[list[float], list[float], int]:
    """Return `cp`'s seconds, our seconds, and our peak memory in KiB."""
    theirs, ours, peak = [], [], 0
    for number in range(rounds):
        os.sync()
        started = time.perf_counter()
        subprocess.run(["cp", "-a", "out", f"cp{number}"], cwd=cook, check=True)
        theirs.append(time.perf_counter() - started)
        os.sync()
        command = [sys.executable, __file__, "--once", str(cook), f"ours{number}"]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        seconds, memory, _ = answer.split()
        ours.append(float(seconds))
        peak = max(peak, int(memory))
    return theirs, ours, peak


def main() -> int:
    """Measure, print the table, return 1 where the reach is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--gigabytes", type=float, default=5)
    parser.add_argument("--big", type=int, default=1, help="how many files hold the gigabytes")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--folder", help="where to make the trees (default: the temporary folder)")
    parser.add_argument("--once", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.once:
        seal_once(Path(asked.once[0]), asked.once[1])
        return 0
    cook = Path(tempfile.mkdtemp(prefix="multicooker-seal-", dir=asked.folder))
    try:
        (cook / "out").mkdir()
        make_tree(cook / "out", files=asked.files, gigabytes=asked.gigabytes, big=asked.big)
        theirs, ours, peak = measure(cook, asked.rounds)
    finally:
        shutil.rmtree(cook)
    ratio = statistics.median(ours) / statistics.median(theirs)
    print(f"sealing {asked.files:,} files + {asked.gigabytes:g} GB, {asked.rounds} rounds in turns")
    print(f"  cp -a    {statistics.median(theirs):7.2f} s   {[round(each, 2) for each in theirs]}")
    print(f"  seal     {statistics.median(ours):7.2f} s   {[round(each, 2) for each in ours]}")
    print(f"  ratio    {ratio:7.2f}     (reach: {REACH})")
    print(f"  memory   {peak / 1024:7.0f} MB  (reach: < 150)")
    return 0 if ratio <= REACH and peak < 150 * 1024 else 1


if __name__ == "__main__":
    sys.exit(main())
