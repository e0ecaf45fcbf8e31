"""What the three dialects share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.standins.talking import Script
from tests.standins.tokens import TokenOffice


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The script that is played and the office that knows the tokens."""

    script: Script
    tokens: TokenOffice


def unique(prefix: str) -> str:
    """Return an id that no other answer has; CLIs drop what has the id of something earlier."""
    return f"{prefix}_{uuid4().hex[:24]}"


def text_of(content: object) -> str:
    """Return the text of a content: a string, a list of parts, a part, or nothing."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(text_of(part) for part in content)
    if isinstance(content, dict):
        named = (content.get(name) for name in ("text", "output", "content", "error"))
        return text_of(next((value for value in named if value), None))
    return ""


def sample(schema: Mapping[str, Any] | None) -> Any:
    """Return something small that fits a plain JSON Schema; `ok` where there is none."""
    schema = schema or {}
    if schema.get("enum"):
        return schema["enum"][0]
    kind = str(schema.get("type", "string")).lower()
    if kind == "object":
        return {name: sample(part) for name, part in schema.get("properties", {}).items()}
    plain: dict[str, Any] = {"array": [], "boolean": False, "integer": 0, "number": 0}
    return plain.get(kind, "ok")
