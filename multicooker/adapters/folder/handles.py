"""Folders as descriptors: every step of a path is taken on its own and never through a link."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from multicooker.domain.display import display_line
from multicooker.errors import BadInputError

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
"""O_NONBLOCK: opening a pipe nobody writes to must not wait for ever."""

_WINDOW = 32


def parts_of(path: str) -> tuple[str, ...]:
    """Split a path relative to the cook folder; BadInputError where it would leave it."""
    if path in {"", "."}:
        return ()
    parts = tuple(path.split("/"))
    if "\0" in path or any(part in {"", ".", ".."} for part in parts):
        raise BadInputError(f"{path!r} is not a path inside the cook folder")
    return parts


def kind_of(mode: int) -> str:
    """Return what a mode says something is, in a user's words."""
    if stat.S_ISLNK(mode):
        return "symbolic link"
    if stat.S_ISDIR(mode):
        return "folder"
    if stat.S_ISFIFO(mode):
        return "pipe"
    if stat.S_ISSOCK(mode):
        return "socket"
    return "file" if stat.S_ISREG(mode) else "device"


def mode_of(name: str, folder: int) -> int:
    """Return the mode of a name in an open folder; of a link, not of where it leads."""
    return os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode


def open_below(root: int, parts: Sequence[str]) -> int:
    """Open a folder step by step; BadInputError where a step is not a folder."""
    here = os.dup(root)
    for depth in range(len(parts)):
        try:
            deeper = step(here, parts[: depth + 1])
        finally:
            os.close(here)
        here = deeper
    return here


def step(parent: int, parts: Sequence[str]) -> int:
    """Open the last of `parts` in its open parent; BadInputError where it is not a folder."""
    try:
        return os.open(parts[-1], FOLDER, dir_fd=parent)
    except OSError:
        _refuse_what_is_no_folder(parent, parts)
        raise


def _refuse_what_is_no_folder(parent: int, parts: Sequence[str]) -> None:
    with suppress(OSError):
        kind = kind_of(mode_of(parts[-1], parent))
        if kind != "folder":
            raise BadInputError(
                f"{display_line('/'.join(parts))}: is a {kind} where a folder belongs",
                hint="put a real folder there, or remove it",
            )


@contextmanager
def opened(root: int, parts: Sequence[str]) -> Iterator[int]:
    """Hold a folder below `root` open."""
    folder = open_below(root, parts)
    try:
        yield folder
    finally:
        os.close(folder)


class Descent:
    """A way down a tree of any depth that keeps few folders open.

    Going to a folder near the last one costs one call per step; at most 32 descriptors are held,
    those nearest to where it is. The root's descriptor stays its owner's.
    """

    def __init__(self, root: int) -> None:
        self._root = root
        self._parts: list[str] = []
        self._open: list[int | None] = []

    def close(self) -> None:
        self._rise_to(0)

    def at(self, path: str) -> int:
        """Return the descriptor of a folder, good until the next call."""
        parts = path.split("/") if path else []
        shared = 0
        while shared < min(len(parts), len(self._parts)) and parts[shared] == self._parts[shared]:
            shared += 1
        self._rise_to(shared)
        level = shared
        while level and self._open[level - 1] is None:
            level -= 1
        nearest = self._open[level - 1] if level else self._root
        here = self._root if nearest is None else nearest
        for depth in range(level, len(parts)):
            here = os.open(parts[depth], FOLDER, dir_fd=here)
            self._keep(depth, parts[depth], here)
        return here

    def _keep(self, depth: int, part: str, folder: int) -> None:
        if depth < len(self._parts):
            self._open[depth] = folder
        else:
            self._parts.append(part)
            self._open.append(folder)
        if depth >= _WINDOW:
            self._close(depth - _WINDOW)

    def _rise_to(self, depth: int) -> None:
        for level in range(depth, len(self._open)):
            self._close(level)
        del self._parts[depth:]
        del self._open[depth:]

    def _close(self, level: int) -> None:
        folder = self._open[level]
        if folder is not None:
            os.close(folder)
            self._open[level] = None
