"""Our own folder among the user's settings: closed to everyone else, never through a link."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from multicooker.adapters.folder import files
from multicooker.adapters.folder.disk import Disk, disk_errors
from multicooker.adapters.folder.handles import step

_FOLLOWED = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


@contextmanager
def folder(path: str, *, make: bool) -> Iterator[int]:
    """Hold the folder open; FileNotFoundError where it is not there and not to be made.

    The way to it may lead through links, as `~/.config` often is one; the folder itself is none.
    """
    base, _, name = path.rpartition("/")
    above = _above(base, path) if make else os.open(base, _FOLLOWED)
    try:
        here = _made(above, name, path) if make else step(above, (name,))
        try:
            yield here
        finally:
            os.close(here)
    finally:
        os.close(above)


def _made(above: int, name: str, path: str) -> int:
    with disk_errors(path):
        return files.make_folders(above, (name,), private=True, disk=Disk())


def _above(base: str, path: str) -> int:
    """Open the folder around, made where it is missing, for whose home it lies in."""
    there = Path(base)
    missing = []
    with disk_errors(path):
        while not there.is_dir():
            missing.append(there.name)
            there = there.parent
        root = os.open(there, _FOLLOWED)
        try:
            return files.make_folders(root, tuple(reversed(missing)), private=True, disk=Disk())
        finally:
            os.close(root)
