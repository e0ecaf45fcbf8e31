"""Removing folders that somebody else filled: any depth, any name, any mode, no link followed."""

from __future__ import annotations

import itertools
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from multicooker.adapters.folder.handles import FOLDER, mode_of

_OWNER_ALL = 0o700
_AT_ONCE = 10_000


def remove_entry(name: str, folder: int) -> None:
    """Remove a file or a whole tree below the open folder; nothing where it is absent."""
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return
    except OSError:
        tree = _open_folder(name, folder)
        if tree is None:
            raise
        try:
            empty(tree)
        finally:
            os.close(tree)
        os.rmdir(name, dir_fd=folder)


def empty(folder: int) -> None:
    """Remove everything in an open folder.

    Folders within folders are first moved up into `folder` under names of our own, so that no
    depth needs more than two descriptors or a long path, and a run that was killed is simply
    started again.
    """
    token = secrets.token_hex(4)
    numbers = itertools.count()
    while names := _some_names(folder):
        for name in names:
            inner = _try_unlink(name, folder)
            if inner is None:
                continue
            try:
                _lift(inner, folder, token, numbers)
            finally:
                os.close(inner)
            os.rmdir(name, dir_fd=folder)


def _lift(inner: int, folder: int, token: str, numbers: itertools.count[int]) -> None:
    """Leave `inner` empty: its files are gone, its folders lie in `folder`."""
    while names := _some_names(inner):
        for name in names:
            deeper = _try_unlink(name, inner)
            if deeper is not None:
                os.close(deeper)
                os.rename(name, f"{token}-{next(numbers)}", src_dir_fd=inner, dst_dir_fd=folder)


def _some_names(folder: int) -> list[str]:
    with os.scandir(folder) as entries:
        return [entry.name for entry in itertools.islice(entries, _AT_ONCE)]


def _try_unlink(name: str, folder: int) -> int | None:
    """Unlink a name; return the open folder where it is one."""
    try:
        os.unlink(name, dir_fd=folder)
    except OSError:
        inner = _open_folder(name, folder)
        if inner is None:
            raise
        return inner
    return None


def _open_folder(name: str, folder: int) -> int | None:
    """Open a folder so that it can be emptied, whatever its mode; None where it is none."""
    with suppress(OSError):
        if not stat.S_ISDIR(mode_of(name, folder)):
            return None
    try:
        inner = os.open(name, FOLDER, dir_fd=folder)
    except PermissionError:
        _unlock(name, folder)
        inner = os.open(name, FOLDER, dir_fd=folder)
    with suppress(OSError):  # where this matters, what comes next fails and tells
        if os.fstat(inner).st_mode & _OWNER_ALL != _OWNER_ALL:
            os.fchmod(inner, _OWNER_ALL)
    return inner


def open_closed(name: str, folder: int) -> int | None:
    """Open a folder that is closed to its owner, and give it back to it; None for anything else."""
    with suppress(OSError):
        if mode_of(name, folder) & _OWNER_ALL != _OWNER_ALL:
            return _open_folder(name, folder)
    return None


def _unlock(name: str, folder: int) -> None:
    """Give the owner access to a folder that is closed to everybody, never through a link."""
    if os.chmod in os.supports_follow_symlinks:
        os.chmod(name, _OWNER_ALL, dir_fd=folder, follow_symlinks=False)
        return
    handle = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_DIRECTORY, dir_fd=folder)
    try:
        Path(f"/proc/self/fd/{handle}").chmod(_OWNER_ALL)
    finally:
        os.close(handle)
