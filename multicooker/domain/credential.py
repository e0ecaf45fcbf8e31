"""A login that was read: what a cell gets of it, how long it lives, and what must never be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from multicooker.domain.mask import Mask

MAX_CREDENTIAL = 1024**2
"""Bytes; what is larger is no login."""

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_DAYS_FROM = 2 * _DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedCredential:
    """One login, taken apart. Its representation shows none of its values."""

    cell_bytes: bytes = field(repr=False)
    """The file that a cell gets: without refresh token, and without what was not asked for."""
    expires: datetime | None
    """End of the access token's life, in UTC; None where the file does not tell."""
    account: str = ""
    """Kind of account in the vendor's word, such as `max`; empty where the file does not tell."""
    has_refresh: bool = False
    """True where its CLI can renew it."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Everything in the file that opens something, the longest first."""
    identity: tuple[str, ...] = field(default=(), repr=False)
    """Names and numbers of whom it belongs to, the longest first."""

    def seconds_left(self, now: datetime) -> float | None:
        """Return how long it lives from now on, None where the file does not tell."""
        return None if self.expires is None else (self.expires - now).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a cell does not get its login, and so is not started."""

    reason: str
    """One line without any value; raw: whoever shows it must neutralise it."""
    fix: str
    """The one command or sentence that helps."""

    def __str__(self) -> str:
        """Return both, such that a command and a sentence read right."""
        return f"{self.reason}; to mend it: {self.fix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """What is piped into a running cell."""

    path: str
    """Absolute, in the cell."""
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logins:
    """The logins of some cells, read and checked. By cell name, but for `files`."""

    refused: Mapping[str, Refusal] = field(default_factory=dict)
    described: Mapping[str, str] = field(default_factory=dict)
    """What a cell uses: `snapshot of ~/.acme/auth.json (max), until 14:05 UTC`. Never a value."""
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """What is laid out below `.auth/` for them, by path relative to the cook folder."""
    piped: Mapping[str, Gift] = field(default_factory=dict)
    mask: Mask = field(default_factory=Mask)
    """Hides everything that was read."""


def login_volume(flavor: str, profile: str | None) -> str:
    """Return the name of the volume that holds a login of a flavor's own."""
    return f"mc-{flavor}-auth-{profile}" if profile else f"mc-{flavor}-auth"


def token_name(flavor: str, profile: str | None) -> str:
    """Return the name a long-lived token is kept under."""
    return f"{flavor}.{profile}" if profile else flavor


def in_words(seconds: float) -> str:
    """Return a length of time as people say it: `40 s`, `12 min`, `6 h 12 min`, `3 days`."""
    whole = int(abs(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min"
    if whole < _DAYS_FROM:
        minutes = whole % _HOUR // _MINUTE
        return f"{whole // _HOUR} h {minutes} min" if minutes else f"{whole // _HOUR} h"
    return f"{whole // _DAY} days"


def life_in_words(expires: datetime | None, now: datetime) -> str:
    """Return when a login ends: `expires in 6 h 12 min`, `expired 3 days ago`."""
    if expires is None:
        return "does not say when it expires"
    left = (expires - now).total_seconds()
    return f"expires in {in_words(left)}" if left > 0 else f"expired {in_words(left)} ago"
