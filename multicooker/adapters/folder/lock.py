"""The lock that keeps one cook to one process; the kernel lets go of it when the process dies."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from multicooker.adapters.folder.disk import Disk, disk_errors
from multicooker.adapters.folder.handles import FILE
from multicooker.adapters.system import is_alive
from multicooker.errors import BadInputError, BusyError, StateError
from multicooker.ports import Clock

LOCK = ".lock"

_OPEN = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_PATIENCE = 0.4
_PAUSE = 0.02


class Holder(NamedTuple):
    """Who holds a lock."""

    pid: int
    since: str


@contextmanager
def held(root: int, task: str, *, clock: Clock, disk: Disk) -> Iterator[None]:
    """Hold the lock; BusyError says who holds it, at the latest after half a second.

    Somebody who only looks (`holder`) takes the lock for a moment, hence the patience. The
    descriptor is closed on exec, so that no child of ours keeps the lock after we die.
    """
    with disk_errors(LOCK):
        file = os.open(LOCK, _OPEN, 0o600, dir_fd=root)
    try:
        _check(file)
        if not _wait_for(file, fcntl.LOCK_EX):
            raise _busy(task, _who(file))
        with disk_errors(LOCK), _full_disk_is_fine():
            disk.give_to_owner_of(root, file)
            disk.set_mode(file, 0o600)
            since = clock.now().isoformat(timespec="seconds")
            disk.truncate(file, 0)
            disk.write(file, f"{os.getpid()} {since}\n".encode())
        try:
            yield
        finally:
            with suppress(OSError):
                os.ftruncate(file, 0)
    finally:
        os.close(file)


@contextmanager
def _full_disk_is_fine() -> Iterator[None]:
    """Hold the lock all the same: on a full disk, `clean` is what makes room."""
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise


def holder(root: int) -> int | None:
    """Return the pid that holds the lock now; None where nobody does."""
    try:
        file = os.open(LOCK, FILE, dir_fd=root)
    except FileNotFoundError:
        return None
    try:
        _check(file)
        deadline = time.monotonic() + _PATIENCE
        while not _try(file, fcntl.LOCK_SH):
            who = _who(file)
            if who is not None:
                return who.pid
            if time.monotonic() > deadline:
                raise StateError(f"{LOCK}: is held, and does not say by whom")
            time.sleep(_PAUSE)
    finally:
        os.close(file)
    return None


def _check(file: int) -> None:
    if not stat.S_ISREG(os.fstat(file).st_mode):
        raise BadInputError(f"{LOCK}: is not a file", hint="remove it")


def _wait_for(file: int, how: int) -> bool:
    deadline = time.monotonic() + _PATIENCE
    while not _try(file, how):
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE)
    return True


def _try(file: int, how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _who(file: int) -> Holder | None:
    """Return what the file says; None where that is half written or of a process long gone."""
    pid, _, since = os.pread(file, 100, 0).decode("ascii", "replace").strip().partition(" ")
    if pid.isascii() and pid.isdigit() and is_alive(int(pid)):
        return Holder(int(pid), since)
    return None


def _busy(task: str, who: Holder | None) -> BusyError:
    by = f"process {who.pid} since {who.since}" if who else "another process"
    return BusyError(
        f"{task} is being cooked by {by}",
        hint=f"watch it with `multicooker logs -f {task}`, or stop it with"
        f" `multicooker cancel {task}`",
    )
