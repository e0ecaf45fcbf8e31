"""The clock, chance, and who we are."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

_LAST_RESORT = "1000:1000"


class SystemClock:
    """The computer's clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class SystemRandomness:
    """The kernel's source of chance: nobody can foresee it, and it takes no seed."""

    def shuffled(self, items: Iterable[str]) -> tuple[str, ...]:
        order = list(items)
        secrets.SystemRandom().shuffle(order)
        return tuple(order)


def is_alive(pid: int) -> bool:
    """Return whether a process of this id exists, whoever owns it."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def invoking_user(folder: Path) -> str:
    """Return `uid:gid` for whom cells run: the person behind this process, never root.

    Where root invokes, that is who called sudo, else the owner of `folder`, else 1000:1000.
    """
    status = folder.stat()
    return user_behind(
        ids=(os.getuid(), os.getgid()), environ=os.environ, owner=(status.st_uid, status.st_gid)
    )


def user_behind(*, ids: tuple[int, int], environ: Mapping[str, str], owner: tuple[int, int]) -> str:
    """Decide `uid:gid` from a process's ids, its environment and a folder's owner."""
    for uid, gid in (ids, _sudo_ids(environ), owner):
        if uid > 0:
            return f"{uid}:{gid}"
    return _LAST_RESORT


def _sudo_ids(environ: Mapping[str, str]) -> tuple[int, int]:
    """Return who called sudo; 0, 0 where nobody did or the variables are not numbers."""
    uid, gid = environ.get("SUDO_UID", ""), environ.get("SUDO_GID", "")
    if not (uid.isascii() and uid.isdigit() and gid.isascii() and gid.isdigit()):
        return 0, 0
    return int(uid), int(gid)
