"""The owner's logins on this host, read and never written."""

from __future__ import annotations

import os
import resource
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field

from multicooker.domain.flavor import CredentialSource
from multicooker.errors import CredentialsError

MAX_BYTES = 1024**2

_OPEN_TO_ALL = stat.S_IROTH | stat.S_IWOTH


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCredentials:
    """`ports.Credentials` for `file:~/…` and `file:/…` sources.

    Links are followed: many people keep their dotfiles elsewhere. What counts is the file at the
    end: regular, not empty, at most 1 MiB, the user's own or root's, closed to everyone else.
    A file's content never appears in a message.
    """

    home: str = field(default_factory=lambda: os.path.expanduser("~"))  # noqa: PTH111  # a string
    owners: frozenset[int] = field(default_factory=lambda: _trusted_owners(os.environ))

    def has(self, source: CredentialSource) -> bool:
        """Return True where a file is there; `read` tells whether it can be used."""
        try:
            return stat.S_ISREG(os.stat(self._path(source)).st_mode)  # noqa: PTH116  # a string
        except (OSError, ValueError, CredentialsError):  # ValueError: a NUL in the path
            return False

    def read(self, source: CredentialSource) -> bytes:
        """Return a credential file's bytes; CredentialsError says what is wrong and the fix."""
        path = self._path(source)
        _no_core_dumps()
        # O_NONBLOCK: opening a FIFO must not wait for somebody to write to it.
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (OSError, ValueError) as error:
            raise _cannot_open(path, error) from error
        try:
            self._check(path, os.fstat(descriptor))
            with os.fdopen(descriptor, "rb", closefd=False) as stream:
                data = stream.read(MAX_BYTES + 1)
        except OSError as error:
            raise _cannot_open(path, error) from error
        finally:
            os.close(descriptor)
        if not data:
            raise CredentialsError(f"the credential {path} is empty", hint="log in again")
        if len(data) > MAX_BYTES:
            raise _too_large(path)
        return data

    def _path(self, source: CredentialSource) -> str:
        path = source.source.removeprefix("file:")
        if path.startswith("~/"):
            return f"{self.home}/{path[2:]}"
        if path.startswith("/"):
            return path
        raise CredentialsError(
            f"the credential source {source.source!r} names no place",
            hint="flavor.yaml: credentials: source: use file:~/… or file:/…",
        )

    def _check(self, path: str, found: os.stat_result) -> None:
        if stat.S_ISDIR(found.st_mode):
            raise CredentialsError(
                f"the credential {path} is a folder",
                hint="move it away and log in again",
            )
        if not stat.S_ISREG(found.st_mode):
            raise CredentialsError(
                f"the credential {path} is no regular file", hint="remove it and log in again"
            )
        if found.st_size > MAX_BYTES:
            raise _too_large(path)
        if found.st_uid not in self.owners:
            raise CredentialsError(
                f"the credential {path} belongs to another user (uid {found.st_uid})",
                hint=f"if it is yours: `chown {os.geteuid()} {path}`; otherwise log in again",
            )
        if found.st_mode & _OPEN_TO_ALL:
            raise CredentialsError(
                f"the credential {path} is open to other users of this machine"
                f" (mode {stat.S_IMODE(found.st_mode):04o})",
                hint=f"`chmod 600 {path}`",
            )


def _no_core_dumps() -> None:
    """Keep what is read from now on out of any core dump, should this process crash."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))


def _trusted_owners(environment: Mapping[str, str]) -> frozenset[int]:
    """Return the user, root, and under sudo the user who called it."""
    owners = {os.geteuid(), 0}
    caller = environment.get("SUDO_UID", "")
    if os.geteuid() == 0 and caller.isascii() and caller.isdigit():
        owners.add(int(caller))
    return frozenset(owners)


def _cannot_open(path: str, error: OSError | ValueError) -> CredentialsError:
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return CredentialsError(f"there is no credential at {path}", hint="log in")
    reason = (error.strerror or "") if isinstance(error, OSError) else "not a path"
    return CredentialsError(
        f"the credential {path!r} cannot be read: {reason}",
        hint="make it readable for the user who runs multicooker, and only for that user",
    )


def _too_large(path: str) -> CredentialsError:
    return CredentialsError(
        f"the credential {path} is larger than {MAX_BYTES // 1024**2} MiB: this is no login",
        hint="move it away and log in again",
    )
