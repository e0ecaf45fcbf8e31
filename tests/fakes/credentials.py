"""Logins in memory; held to the same contract as files (tests/contract)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from multicooker.domain.flavor import CredentialSource
from multicooker.errors import CredentialsError

MAX_BYTES = 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeCredentials:
    """`ports.Credentials`: what each source (`file:~/…`) holds."""

    held: Mapping[str, bytes] = field(default_factory=dict)

    def has(self, source: CredentialSource) -> bool:
        return source.source in self.held

    def read(self, source: CredentialSource) -> bytes:
        data = self.held.get(source.source)
        if data is None:
            raise CredentialsError(f"there is no credential at {source.source}", hint="log in")
        if not data:
            raise CredentialsError(f"the credential {source.source} is empty", hint="log in again")
        if len(data) > MAX_BYTES:
            raise CredentialsError(
                f"the credential {source.source} is larger than 1 MiB", hint="log in again"
            )
        return data
