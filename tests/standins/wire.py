"""What goes in and out of a stand-in: requests as they are recorded, answers as they are sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

API_KEY_HEADERS = ("x-api-key", "x-goog-api-key", "api-key", "openai-api-key")

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, as it was received.

    `at` is seconds of the epoch; `headers` have lower-case names; `body` is what JSON held, the
    text where it is no JSON, None where there is none; `query` holds one value of each name.
    """

    at: float
    host: str
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    @property
    def authorization(self) -> str:
        """The whole header; empty where there is none."""
        return self.headers.get("authorization", "")

    @property
    def bearer(self) -> str:
        """The token behind `Bearer`; empty where there is none."""
        scheme, _, token = self.authorization.partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    @property
    def betas(self) -> tuple[str, ...]:
        """What `anthropic-beta` lists."""
        listed = self.headers.get("anthropic-beta", "")
        return tuple(part.strip() for part in listed.split(",") if part.strip())

    @property
    def api_keys(self) -> tuple[str, ...]:
        """Where an API key was sent: names of headers, `?key`."""
        sent = [name for name in API_KEY_HEADERS if self.headers.get(name)]
        return (*sent, *(["?key"] if "key" in self.query else []))

    @property
    def model(self) -> str:
        """The model asked for; empty where the request names none."""
        named = self.body.get("model") if isinstance(self.body, dict) else None
        return named if isinstance(named, str) else ""

    def line(self) -> str:
        """Return the request in one line, without any credential."""
        how = "bearer" if self.bearer else "no bearer"
        keys = f" API KEY in {', '.join(self.api_keys)}" if self.api_keys else ""
        return f"{self.method} {self.host}{self.path} {self.model or '-'} ({how}{keys})"


class End(StrEnum):
    """How a stream ends."""

    WHOLE = "whole"
    CUT = "cut"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A reply with a length."""

    status: int = 200
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A reply in chunks, server-sent events as a rule, with `delay` seconds before each."""

    frames: tuple[bytes, ...]
    delay: float = 0.0
    end: End = End.WHOLE
    headers: Headers = ()
    kind: str = "text/event-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """No reply at all, until somebody leaves."""


Reply = Answer | Stream | Silence


def json_answer(value: object, status: int = 200, headers: Headers = ()) -> Answer:
    """Return `value` as JSON."""
    typed = (("Content-Type", "application/json"), *headers)
    return Answer(status=status, headers=typed, body=json.dumps(value).encode())


def frame(value: object, event: str = "") -> bytes:
    """Return one server-sent event."""
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {json.dumps(value)}\n\n".encode()
