"""The JSON a program reads: one object per line, the same keys for every verb."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass

VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a call ended without a result."""

    code: int
    """The exit code."""
    kind: str
    """A word to switch on: `usage`, `bug`, `interrupted`, or an error's name as `bad_input`."""
    message: str
    hint: str = ""


def success(verb: str, data: object) -> str:
    """Return the line for a verb's result."""
    return _line({"version": VERSION, "verb": verb, "ok": True, "data": data})


def failure(verb: str, error: Failure) -> str:
    """Return the line for a call that failed."""
    return _line({"version": VERSION, "verb": verb, "ok": False, "error": error})


def _line(envelope: Mapping[str, object]) -> str:
    # ASCII only: what containers printed cannot reach the terminal as control characters.
    return json.dumps(envelope, default=_plain, ensure_ascii=True, allow_nan=False)


def _plain(value: object) -> dict[str, object]:
    """Return a result's fields and computed properties, or a mapping, as a dict."""
    if isinstance(value, Mapping):
        return dict(value)
    if not dataclasses.is_dataclass(value):
        raise TypeError(f"{type(value).__name__} is no part of a result")
    names = [field.name for field in dataclasses.fields(value)]
    names += [name for name, member in vars(type(value)).items() if isinstance(member, property)]
    return {name: getattr(value, name) for name in names}
