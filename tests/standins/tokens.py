"""OAuth as the providers do it: a refresh token is good once, and its answer brings the next."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qsl

from tests.standins.wire import Request

LIFETIME = 28_800
"""Seconds an access token is good for."""


class Denial(StrEnum):
    """Why a token endpoint says no; a provider's dialect has its own words for it."""

    UNKNOWN_GRANT = "unknown_grant"
    MISSING = "missing"
    REUSED = "reused"
    REVOKED = "revoked"


@dataclass(slots=True)
class TokenOffice:
    """Hands out tokens.

    `good` is the access tokens that are let in, None for any; what the office hands out joins it.
    Each refresh token is taken once, and none where `revoked`. `refreshes` is every refresh token
    that was shown, `codes` every authorization code.
    """

    good: set[str] | None = None
    revoked: bool = False
    refreshes: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    _spent: set[str] = field(default_factory=set)
    _issued: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def lets_in(self, bearer: str) -> bool:
        """Tell whether a request with this token is answered."""
        return bool(bearer) and (self.good is None or bearer in self.good)

    def grant(self, request: Request) -> Mapping[str, object] | Denial:
        """Return the tokens a request to the token endpoint gets, or why it gets none."""
        form = _form(request)
        with self._lock:
            match form.get("grant_type"):
                case "refresh_token":
                    return self._refresh(form.get("refresh_token", ""))
                case "authorization_code" if form.get("code"):
                    self.codes.append(form["code"])
                    return self._issue()
        return Denial.UNKNOWN_GRANT

    def _refresh(self, token: str) -> Mapping[str, object] | Denial:
        self.refreshes.append(token)
        if not token:
            return Denial.MISSING
        if self.revoked:
            return Denial.REVOKED
        if token in self._spent:
            return Denial.REUSED
        self._spent.add(token)
        return self._issue()

    def _issue(self) -> Mapping[str, object]:
        self._issued += 1
        access = f"standin-access-{self._issued}"
        if self.good is not None:
            self.good.add(access)
        return {
            "token_type": "Bearer",
            "access_token": access,
            "refresh_token": f"standin-refresh-{self._issued}",
            "expires_in": LIFETIME,
        }


def _form(request: Request) -> dict[str, str]:
    """Return the fields of a body, JSON or form."""
    if isinstance(request.body, dict):
        return {name: str(value) for name, value in request.body.items()}
    return dict(parse_qsl(request.body)) if isinstance(request.body, str) else {}
