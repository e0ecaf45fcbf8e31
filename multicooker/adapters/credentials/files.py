"""Files that hold a login.

Links are followed: many people keep their dotfiles elsewhere. What counts is the file at the end:
regular, not empty, at most 1 MiB, the user's own or root's, closed to everyone else. A file's
content never appears in a message.
"""

from __future__ import annotations

import os
import re
import resource
import stat
from collections.abc import Mapping

from multicooker.domain.credential import MAX_CREDENTIAL
from multicooker.errors import CredentialsError

_OPEN_TO_ALL = stat.S_IROTH | stat.S_IWOTH
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*):-([^${}]*)\}")


def absolute(place: str, *, home: str, environment: Mapping[str, str]) -> str:
    """Return the path that `~/…`, `/…` or `${VARIABLE:-~/…}/…` stands for."""
    path = _VARIABLE.sub(lambda it: (environment.get(it[1]) or it[2]).rstrip("/"), place)
    if path.startswith("~/"):
        return f"{home}/{path[2:]}"
    if path.startswith("/"):
        return path
    raise CredentialsError(
        f"the credential source {place!r} names no place",
        hint="flavor.yaml: credential.sources: use file:~/…, file:/… or file:${VARIABLE:-~/…}/…",
    )


def unresolved(place: str, environment: Mapping[str, str]) -> str:
    """Return in words a place that is none, and the variable whose doing that is."""
    found = _VARIABLE.match(place)
    if found is None or not environment.get(found[1]):
        return place
    return f"{environment[found[1]]}{place[found.end() :]} ({found[1]} is no absolute path)"


def is_file(path: str) -> bool:
    """Return True where a file is there, be it through links."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116  # a string
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return False


def opens_for(path: str, user: str) -> bool:
    """Tell whether `uid:gid` may read a file; the folders on the way do not count in a mount."""
    try:
        found = os.stat(path)  # noqa: PTH116  # a string
    except (OSError, ValueError):
        return False
    uid, _, gid = user.partition(":")
    if found.st_uid == int(uid):
        return bool(found.st_mode & stat.S_IRUSR)
    bit = stat.S_IRGRP if found.st_gid == int(gid) else stat.S_IROTH
    return bool(found.st_mode & bit)


def read(path: str, *, owners: frozenset[int]) -> bytes:
    """Return a file's bytes; CredentialsError says what is wrong and the fix."""
    # O_NONBLOCK: opening a FIFO must not wait for somebody to write to it.
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise _cannot_open(path, error) from error
    try:
        check(path, os.fstat(descriptor), owners=owners)
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            data = stream.read(MAX_CREDENTIAL + 1)
    except OSError as error:
        raise _cannot_open(path, error) from error
    finally:
        os.close(descriptor)
    if not data:
        raise CredentialsError(f"the credential {path} is empty")
    if len(data) > MAX_CREDENTIAL:
        raise _too_large(path)
    return data


def check(
    path: str, found: os.stat_result, *, owners: frozenset[int], open_to: int = _OPEN_TO_ALL
) -> None:
    """Raise CredentialsError for what is no file of the user's, or has a mode bit of `open_to`."""
    if stat.S_ISDIR(found.st_mode):
        raise CredentialsError(
            f"the credential {path} is a folder", hint=f"move it away and log in again: {path}"
        )
    if not stat.S_ISREG(found.st_mode):
        raise CredentialsError(
            f"the credential {path} is no regular file", hint=f"remove it and log in again: {path}"
        )
    if found.st_size > MAX_CREDENTIAL:
        raise _too_large(path)
    if found.st_uid not in owners:
        raise CredentialsError(
            f"the credential {path} belongs to another user (uid {found.st_uid})",
            hint=f"if it is yours: `chown {os.geteuid()} {path}`; otherwise log in again",
        )
    if found.st_mode & open_to:
        raise CredentialsError(
            f"the credential {path} is open to other users of this machine"
            f" (mode {stat.S_IMODE(found.st_mode):04o})",
            hint=f"`chmod 600 {path}`",
        )


def no_core_dumps() -> None:
    """Keep what is read from now on out of any core dump, should this process crash."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))


def trusted_owners(environment: Mapping[str, str]) -> frozenset[int]:
    """Return the user, root, and under sudo the user who called it."""
    owners = {os.geteuid(), 0}
    caller = environment.get("SUDO_UID", "")
    if os.geteuid() == 0 and caller.isascii() and caller.isdigit():
        owners.add(int(caller))
    return frozenset(owners)


def _cannot_open(path: str, error: OSError | ValueError) -> CredentialsError:
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return CredentialsError(f"there is no credential at {path}")
    reason = (error.strerror or "") if isinstance(error, OSError) else "not a path"
    return CredentialsError(
        f"the credential {path!r} cannot be read: {reason}",
        hint="make it readable for the user who runs multicooker, and only for that user",
    )


def _too_large(path: str) -> CredentialsError:
    return CredentialsError(
        f"the credential {path} is larger than {MAX_CREDENTIAL // 1024**2} MiB: this is no login",
        hint=f"move it away and log in again: {path}",
    )
