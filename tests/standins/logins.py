"""Logins of three vendors that open nothing, as their CLIs keep them in a home folder."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.standins.scenario import Provider

MARK = "MCCANARY"
"""Stands in every secret of every login, and in none of what a cell may tell."""
HOURS = 8
_OPENAI = "https://api.openai.com/auth"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """One login: a file, the token its CLI has to send, and what must be found nowhere else."""

    provider: Provider
    path: str
    """Relative to the home folder."""
    content: Mapping[str, object] = field(repr=False)
    bearer: str = field(repr=False)
    canaries: tuple[str, ...] = field(repr=False)
    """Pieces of its secrets and of whom it belongs to, each as it would show in a text."""

    def write(self, home: Path) -> Path:
        """Write the file as the CLI does, 0600 in a 0700 folder, and return its path."""
        file = home / self.path
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(json.dumps(self.content), encoding="utf-8")
        return file


def all_logins(*, hours: float = HOURS) -> Mapping[Provider, Login]:
    """Return one login of each vendor, good for so many hours."""
    now = int(time.time())
    end = now + int(hours * 3600)
    found = (_claude(end), _codex(now, end), _gemini(end))
    return {login.provider: login for login in found}


def _claude(end: int) -> Login:
    token = f"sk-ant-oat01-{MARK}-claude-access"
    refresh = f"sk-ant-ort01-{MARK}-claude-refresh"
    oauth = {
        "accessToken": token,
        "refreshToken": refresh,
        "expiresAt": end * 1000,
        "scopes": ["user:inference", "user:profile"],
        "subscriptionType": "max",
        "rateLimitTier": "default_claude_max_5x",
    }
    other = f"{MARK}-of-another-server"
    return Login(
        provider=Provider.ANTHROPIC,
        path=".claude/.credentials.json",
        content={"claudeAiOauth": oauth, "mcpOAuth": {"elsewhere": {"accessToken": other}}},
        bearer=token,
        canaries=(token, refresh, other),
    )


def _codex(now: int, end: int) -> Login:
    account, person = "acc-mccanary-0001", "codex-mccanary@example.com"
    owner = {"chatgpt_account_id": account, "chatgpt_plan_type": "pro"}
    token = _jwt({"exp": end, "sub": "user-mccanary", _OPENAI: owner}, f"{MARK}-codex-access")
    identity = _jwt({"email": person, _OPENAI: owner}, f"{MARK}-codex-id")
    refresh = f"rt-{MARK}-codex-refresh"
    return Login(
        provider=Provider.OPENAI,
        path=".codex/auth.json",
        content={
            "auth_mode": "chatgpt",
            "OPENAI_API_KEY": None,
            "tokens": {
                "id_token": identity,
                "access_token": token,
                "refresh_token": refresh,
                "account_id": account,
            },
            "last_refresh": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        },
        bearer=token,
        canaries=(f"{MARK}-codex-access", f"{MARK}-codex-id", refresh, account, person),
    )


def _gemini(end: int) -> Login:
    token, refresh = f"ya29.{MARK}-gemini-access", f"1//{MARK}-gemini-refresh"
    person = "gemini-mccanary@example.com"
    return Login(
        provider=Provider.GOOGLE,
        path=".gemini/oauth_creds.json",
        content={
            "access_token": token,
            "refresh_token": refresh,
            "scope": "https://www.googleapis.com/auth/cloud-platform",
            "token_type": "Bearer",
            "id_token": _jwt({"email": person}, f"{MARK}-gemini-id"),
            "expiry_date": end * 1000,
        },
        bearer=token,
        canaries=(token, refresh, f"{MARK}-gemini-id", person),
    )


def _jwt(payload: Mapping[str, object], signature: str) -> str:
    head, body = (_base64(part) for part in ({"alg": "none"}, payload))
    return f"{head}.{body}.{signature}"


def _base64(value: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
