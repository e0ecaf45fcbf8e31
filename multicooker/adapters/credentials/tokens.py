"""Long-lived tokens made for this: in the keyring where there is one, else in files of mode 0600.

`tokens/<name>` holds a token; an empty `keyring/<name>` says that the keyring does, so that
nobody is asked to unlock one for nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from multicooker.adapters.credentials import files as credential_files
from multicooker.adapters.credentials import keyring, private
from multicooker.adapters.folder import files
from multicooker.adapters.folder.disk import Disk, disk_errors
from multicooker.adapters.folder.handles import FILE, step
from multicooker.domain.credential import MAX_CREDENTIAL
from multicooker.errors import BadInputError, CredentialsError

_TOKENS = "tokens"
_KEYRING = "keyring"
_OTHERS = 0o077
"""Mode bits of anybody but the owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The tokens of one user."""

    folder: str
    """Absolute path of our folder among the user's settings."""
    home: str
    owners: frozenset[int]

    def has(self, name: str) -> bool:
        """Tell whether one is kept."""
        return self._there(_TOKENS, name) or self._there(_KEYRING, name)

    def names(self) -> tuple[str, ...]:
        """Return the names of those that are kept, sorted."""
        found: set[str] = set()
        for folder in (_TOKENS, _KEYRING):
            with suppress(OSError), self._opened(folder) as place:
                found.update(files.names_in(place))
        return tuple(sorted(found))

    def read(self, name: str) -> str | None:
        """Return a token, None where none is kept; CredentialsError where it cannot be used."""
        if self._there(_TOKENS, name):
            return self._from_file(name)
        if not self._there(_KEYRING, name):
            return None
        token = keyring.lookup(name)
        if not token:
            place = keyring.named() or "a keyring that is not here"
            raise CredentialsError(f"the token of {name} is in {place}, which does not give it out")
        return token

    def keep(self, name: str, token: str) -> str:
        """Keep a token; return where it is now, in words."""
        place = keyring.named()
        if place and keyring.store(name, token):
            self._write(_KEYRING, name, "")
            self._remove(_TOKENS, name)
            return place
        self._write(_TOKENS, name, token)
        self._remove(_KEYRING, name)
        path = f"{self.folder}/{_TOKENS}/{name}"
        return f"~{path.removeprefix(self.home)}" if path.startswith(f"{self.home}/") else path

    def forget(self, name: str) -> bool:
        """Remove a token; False where there was none."""
        in_keyring = self._there(_KEYRING, name) and keyring.remove(name)
        markers = [self._remove(folder, name) for folder in (_TOKENS, _KEYRING)]
        return in_keyring or any(markers)

    def _from_file(self, name: str) -> str:
        path = f"{self.folder}/{_TOKENS}/{name}"
        with self._opened(_TOKENS) as folder:
            self._check_folder(folder)
            try:
                file = os.open(name, FILE, dir_fd=folder)
            except OSError as error:
                raise CredentialsError(
                    f"the token {path} cannot be read: {error.strerror}",
                    hint=f"remove it and keep the token again: {path}",
                ) from error
            try:
                found = os.fstat(file)
                credential_files.check(path, found, owners=self.owners, open_to=_OTHERS)
                with os.fdopen(file, "rb", closefd=False) as stream:
                    text = stream.read(MAX_CREDENTIAL).decode("utf-8", "replace").strip()
            finally:
                os.close(file)
        if not text:
            raise CredentialsError(f"the token {path} is empty")
        return text

    def _check_folder(self, folder: int) -> None:
        found = os.fstat(folder)
        if found.st_mode & _OTHERS or found.st_uid not in self.owners:
            raise CredentialsError(
                f"the folder {self.folder}/{_TOKENS} is open to other users of this machine",
                hint=f"`chmod 700 {self.folder}/{_TOKENS}`",
            )

    def _there(self, folder: str, name: str) -> bool:
        try:
            with self._opened(folder) as place:
                os.stat(name, dir_fd=place, follow_symlinks=False)
        except OSError:
            return False
        return True

    def _write(self, folder: str, name: str, text: str) -> None:
        with private.folder(self.folder, make=True) as root:
            files.write(root, f"{folder}/{name}", text.encode(), private=True, disk=Disk())

    def _remove(self, folder: str, name: str) -> bool:
        path = f"{self.folder}/{folder}/{name}"
        with disk_errors(path), suppress(FileNotFoundError), self._opened(folder) as place:
            os.unlink(name, dir_fd=place)
            return True
        return False

    @contextmanager
    def _opened(self, folder: str) -> Iterator[int]:
        """Hold a folder open; FileNotFoundError where it is not there."""
        try:
            with private.folder(self.folder, make=False) as root:
                place = step(root, (folder,))
        except BadInputError as error:
            raise CredentialsError(f"{self.folder}/{error.message}", hint=error.hint) from error
        try:
            yield place
        finally:
            os.close(place)
