"""The owner's logins on this host: read and never written; and long-lived tokens, which are kept.

Under sudo all of it is of the user who called sudo.
"""

from __future__ import annotations

import os
import platform
import pwd
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from multicooker.adapters.credentials import files, keychain
from multicooker.adapters.credentials.locks import alone
from multicooker.adapters.credentials.tokens import Tokens
from multicooker.errors import CredentialsError

__all__ = ["HostCredentials"]


def _home() -> str:
    """Return the home of the user behind this process."""
    caller = os.environ.get("SUDO_UID", "")
    if os.geteuid() == 0 and caller.isascii() and caller.isdigit():
        try:
            return pwd.getpwuid(int(caller)).pw_dir
        except (KeyError, OverflowError):  # nobody this machine knows
            return os.path.expanduser("~")  # noqa: PTH111  # a string
    return os.path.expanduser("~")  # noqa: PTH111  # a string


@dataclass(frozen=True, slots=True, kw_only=True)
class HostCredentials:
    """`ports.Credentials` of this machine. An empty hint means: logging in is what helps."""

    home: str = field(default_factory=_home)
    owners: frozenset[int] = field(default_factory=lambda: files.trusted_owners(os.environ))
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    def has(self, source: str) -> bool:
        """Tell whether something is there; `read` tells whether it can be used."""
        kind, place = self._parted(source)
        if kind == "keychain":
            return keychain.has(place)
        try:
            return files.is_file(self._path(place))
        except CredentialsError:
            return False

    def read(self, source: str) -> bytes:
        """Return a login's bytes; CredentialsError says what is wrong, and the fix."""
        kind, place = self._parted(source)
        files.no_core_dumps()
        if kind == "keychain":
            return keychain.read(place)
        return files.read(self._path(place), owners=self.owners)

    def path(self, source: str) -> str | None:
        """Return the absolute path of a `file:` source; None where it names none."""
        kind, place = self._parted(source)
        try:
            return self._path(place) if kind == "file" else None
        except CredentialsError:
            return None

    def where(self, source: str) -> str:
        """Return a source's place in words; '' for a keychain where there is none."""
        kind, place = self._parted(source)
        if kind == "keychain":
            return f'the Keychain entry "{place}"' if keychain.program() else ""
        path = self.path(source)
        if path is None:
            return files.unresolved(place, self.environment)
        return f"~{path.removeprefix(self.home)}" if path.startswith(f"{self.home}/") else path

    def opens_for(self, source: str, user: str) -> bool:
        """Tell whether a mounted file could be read by `uid:gid`."""
        path = self.path(source)
        if path is None:
            return False
        # Docker Desktop shares files as whoever asks; only Linux mounts what really is.
        return platform.system() == "Darwin" or files.opens_for(path, user)

    def alone(self, login: str) -> AbstractContextManager[None]:
        """Hold a login, waiting for whoever holds it; BusyError after ten minutes."""
        return alone(self._config(), login)

    def has_token(self, name: str) -> bool:
        """Tell whether a token is kept; asks nobody."""
        return self._tokens().has(name)

    def tokens(self) -> tuple[str, ...]:
        """Return the names of kept tokens; asks nobody."""
        return self._tokens().names()

    def token(self, name: str) -> str | None:
        """Return a kept token; CredentialsError where it is there and unusable."""
        files.no_core_dumps()
        return self._tokens().read(name)

    def keep_token(self, name: str, token: str) -> str:
        """Keep a token in the keyring where that works, else in a file of mode 0600."""
        files.no_core_dumps()
        return self._tokens().keep(name, token)

    def forget_token(self, name: str) -> bool:
        """Remove a token from wherever it is kept."""
        return self._tokens().forget(name)

    def _parted(self, source: str) -> tuple[str, str]:
        kind, _, place = source.partition(":")
        return kind, place

    def _path(self, place: str) -> str:
        return files.absolute(place, home=self.home, environment=self.environment)

    def _tokens(self) -> Tokens:
        return Tokens(folder=self._config(), home=self.home, owners=self.owners)

    def _config(self) -> str:
        """Return the folder of our own in which tokens are kept."""
        chosen = self.environment.get("XDG_CONFIG_HOME", "")
        base = chosen if chosen.startswith("/") else f"{self.home}/.config"
        return f"{base}/multicooker"
