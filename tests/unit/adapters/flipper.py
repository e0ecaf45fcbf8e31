"""Swaps two names for ever, as fast as it can: `flipper.py FOLDER ONE OTHER [ONE OTHER …]`.

A program of its own, so that it flips while the walk walks. Says one line when it has begun.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable

_EXCHANGE = 2


def _swapper() -> Callable[[int, str, str], None]:
    """Return the system's atomic exchange where it has one, else three renames."""
    try:
        exchange = ctypes.CDLL(None).renameat2
    except AttributeError:
        return _three_renames

    def swap(folder: int, one: str, other: str) -> None:
        exchange(folder, one.encode(), folder, other.encode(), _EXCHANGE)

    return swap


def _three_renames(folder: int, one: str, other: str) -> None:
    for source, target in ((one, "aside"), (other, one), ("aside", other)):
        os.rename(source, target, src_dir_fd=folder, dst_dir_fd=folder)


def main() -> None:
    folder = os.open(sys.argv[1], os.O_RDONLY)
    pairs = list(zip(sys.argv[2::2], sys.argv[3::2], strict=True))
    swap = _swapper()
    sys.stdout.write("flipping\n")
    sys.stdout.flush()
    while True:
        for one, other in pairs:
            swap(folder, one, other)


if __name__ == "__main__":
    main()
