"""One process at a time renews a login; the kernel lets go when the process dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from multicooker.adapters.credentials import private
from multicooker.adapters.folder import files
from multicooker.adapters.folder.disk import Disk, disk_errors
from multicooker.errors import BusyError

_OPEN = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_PATIENCE = 600.0
_PAUSE = 0.1


@contextmanager
def alone(config: str, login: str, *, patience: float = _PATIENCE) -> Iterator[None]:
    """Hold a login's lock, waiting for whoever has it; BusyError after `patience` seconds."""
    with private.folder(config, make=True) as root:
        with disk_errors(f"{config}/locks/{login}"):
            folder = files.make_folders(root, ("locks",), private=True, disk=Disk())
            try:
                lock = os.open(login, _OPEN, 0o600, dir_fd=folder)
                Disk().give_to_owner_of(folder, lock)
            finally:
                os.close(folder)
        try:
            _wait(lock, login, patience)
            yield
        finally:
            os.close(lock)


def _wait(lock: int, login: str, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise BusyError(
                    f"{login}: another process renews this login, for {patience:g} s now",
                    hint="look what it is doing, or stop it, and run the command again",
                ) from None
            time.sleep(_PAUSE)
        else:
            return
