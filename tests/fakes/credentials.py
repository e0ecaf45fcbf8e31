"""Logins in memory; held to the same contract as those of this machine (tests/contract)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from multicooker.domain.credential import MAX_CREDENTIAL
from multicooker.errors import CredentialsError


@dataclass(slots=True, kw_only=True)
class FakeCredentials:
    """`ports.Credentials`: what each source holds, and why some cannot be read."""

    held: dict[str, bytes] = field(default_factory=dict)
    broken: dict[str, CredentialsError] = field(default_factory=dict)
    """What reading a source raises."""
    tokens_held: dict[str, str] = field(default_factory=dict)
    closed_for: set[str] = field(default_factory=set)
    """Users (`uid:gid`) for whom no mounted file opens."""
    keychain: bool = False
    """Whether this machine has one."""
    held_alone: list[str] = field(default_factory=list)
    """Logins that were held for a renewal, in order."""
    read_sources: list[str] = field(default_factory=list)

    def has(self, source: str) -> bool:
        return source in self.held or source in self.broken

    def read(self, source: str) -> bytes:
        self.read_sources.append(source)
        if source in self.broken:
            raise self.broken[source]
        data = self.held.get(source)
        if data is None:
            raise CredentialsError(f"there is no credential at {source}")
        if not data:
            raise CredentialsError(f"the credential {source} is empty")
        if len(data) > MAX_CREDENTIAL:
            raise CredentialsError(
                f"the credential {source} is larger than 1 MiB", hint="move it away"
            )
        return data

    def path(self, source: str) -> str | None:
        kind, _, place = source.partition(":")
        return place.replace("~", "/home/you", 1) if kind == "file" else None

    def where(self, source: str) -> str:
        kind, _, place = source.partition(":")
        if kind == "file":
            return place
        return f'the Keychain entry "{place}"' if self.keychain else ""

    def opens_for(self, source: str, user: str) -> bool:
        return source in self.held and user not in self.closed_for

    @contextmanager
    def alone(self, login: str) -> Iterator[None]:
        self.held_alone.append(login)
        yield

    def has_token(self, name: str) -> bool:
        return name in self.tokens_held

    def tokens(self) -> tuple[str, ...]:
        return tuple(sorted(self.tokens_held))

    def token(self, name: str) -> str | None:
        token = self.tokens_held.get(name)
        if token == "":
            raise CredentialsError(f"the token of {name} is empty")
        return token

    def keep_token(self, name: str, token: str) -> str:
        self.tokens_held[name] = token
        return f"~/.config/multicooker/tokens/{name}"

    def forget_token(self, name: str) -> bool:
        return self.tokens_held.pop(name, None) is not None
