"""Output that somebody hostile wrote, and ways to look at what became of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from multicooker.adapters.folder.workspace import CookFolder
from multicooker.domain.outcome import Harvest
from tests.fakes.disk import AttendedDisk

PLENTY = 1 << 40
BIG = 2 * 1024**2
"""A file of this many bytes takes several turns of a thread."""


def hostile_output(cook: Path) -> Iterator[Path]:
    """Yield the folder `out` of a cook; in the end it and its copy `A` let themselves remove."""
    folder = cook / "out"
    folder.mkdir()
    yield folder
    for name in ("out", "A"):
        CookFolder(cook).remove(name)
        assert not (cook / name).exists()


def seal(cook: Path, *, disk: AttendedDisk | None = None, files: int = 100_000) -> Harvest:
    workspace = CookFolder(cook, disk=disk)
    return workspace.copy_clean("out", "A", max_bytes=PLENTY, max_files=files)


def dropped(harvest: Harvest) -> dict[str, str]:
    return {entry.path: entry.reason for entry in harvest.dropped}


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


@contextmanager
def nested(folder: Path, names: list[str]) -> Iterator[int]:
    """Make folders within folders, deeper than any path is long; yield the innermost."""
    here = os.open(folder, os.O_RDONLY)
    for name in names:
        os.mkdir(name, dir_fd=here)
        deeper = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    try:
        yield here
    finally:
        os.close(here)
