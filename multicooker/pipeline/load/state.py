"""The files we wrote ourselves: JSON to and from domain values, exactly, or StateError.

Pydantic is no help here: it refuses the surrogate escapes that stand for undecodable bytes in file
names, and the verbs that only look (`status`, `logs`) should not pay for its import.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import json
import math
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

from multicooker.errors import StateError
from multicooker.pipeline.load import problems, shape
from multicooker.pipeline.load.problems import Path

Value = TypeVar("Value")
Json = Any
"""What `json` reads: dicts, lists and scalars that nobody has looked at yet."""

_Decoder = Callable[[Json], Any]


def to_json(value: object) -> str:
    """Return a domain value as indented JSON in ASCII, ending in a newline."""
    return json.dumps(plain(value), indent=2, allow_nan=False) + "\n"


def to_line(value: object) -> str:
    """Return a domain value as one line of JSON in ASCII, without the newline."""
    return json.dumps(plain(value), separators=(",", ":"), allow_nan=False)


def read(kind: type[Value], text: str, *, place: str, hint: str) -> Value:
    """Return what a file of ours holds; StateError where it is damaged or of another version."""
    wanted: shape.Kind = kind
    try:
        data = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse_constant)
        _check_version(kind, data)
        value: Value = _decoder(wanted)(data)
    except _VersionError as error:
        raise StateError(
            f"{place}: {error}",
            hint=f"Use the multicooker that wrote it, or else: {hint}",
        ) from None
    except (ValueError, RecursionError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else str(error)
        raise StateError(f"{place}: damaged: {reason}", hint=hint) from None
    return value


class _VersionError(Exception):
    """The file speaks of another version than this program does."""


class _DamagedError(ValueError):
    """A value is not what its type says; callers add their steps of the path on its way up."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path: Path = ()

    def __str__(self) -> str:
        where = problems.dotted(self.path)
        return f"{where}: {self.reason}" if where else self.reason


def plain(value: object) -> Json:
    """Return a domain value as dicts, lists and scalars, in the order of its fields."""
    if isinstance(value, enum.StrEnum):
        return value.value
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, tuple | list):
        return [plain(entry) for entry in value]
    if isinstance(value, Mapping):
        return {key: plain(entry) for key, entry in value.items()}
    kind: shape.Kind = type(value)
    return {name: plain(getattr(value, name)) for name in _names(kind)}


@functools.cache
def _names(kind: shape.Kind) -> tuple[str, ...]:
    return tuple(shape.fields(kind))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _check_version(kind: type, data: object) -> None:
    ours = shape.file_version(kind)
    if ours is None or not isinstance(data, dict):
        return
    theirs = data.get("version")
    if type(theirs) is int and theirs != ours:
        raise _VersionError(f"it is of version {theirs}; this multicooker reads version {ours}")
    if theirs != ours:
        raise ValueError("version: is missing")


@functools.cache
def _decoder(kind: shape.Kind) -> _Decoder:
    """Return a function from plain data to the value; it raises ValueError."""
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _record(kind)
    if isinstance(kind, type) and issubclass(kind, enum.StrEnum):
        return _choice(kind)
    if shape.origin(kind) is tuple:
        return _list(_decoder(shape.item(kind)))
    if shape.origin(kind) is Mapping:
        return _mapping(_decoder(shape.item(kind)))
    if shape.origin(kind) is types.UnionType:
        return _either(tuple(_decoder(part) for part in typing.get_args(kind)))
    return _scalar(kind)


def _record(kind: type) -> _Decoder:
    parts = {name: _decoder(hint) for name, hint in shape.fields(kind).items()}
    needed = frozenset(shape.required(kind))

    def decode(raw: Json) -> object:
        _expect(raw, dict, "a mapping")
        for key in raw.keys() - parts.keys():
            raise _DamagedError(f"unknown key {problems.shown(key)}")
        for key in needed - raw.keys():
            raise _DamagedError(f"{key} is missing")
        values = {key: _at(key, parts[key], entry) for key, entry in raw.items()}
        try:
            return kind(**values)
        except ValueError as error:  # an invariant of the domain's
            raise _DamagedError(str(error)) from None

    return decode


def _list(part: _Decoder) -> _Decoder:
    def decode(raw: Json) -> object:
        _expect(raw, list, "a list")
        return tuple(_at(position, part, entry) for position, entry in enumerate(raw))

    return decode


def _mapping(part: _Decoder) -> _Decoder:
    def decode(raw: Json) -> object:
        _expect(raw, dict, "a mapping")
        return {key: _at(key, part, entry) for key, entry in raw.items()}

    return decode


def _choice(kind: type[enum.StrEnum]) -> _Decoder:
    members = {member.value: member for member in kind}

    def decode(raw: Json) -> object:
        _expect(raw, str, "text")
        if raw not in members:
            raise _DamagedError(f"{problems.shown(raw)} is none of {', '.join(members)}")
        return members[raw]

    return decode


def _either(parts: tuple[_Decoder, ...]) -> _Decoder:
    def decode(raw: Json) -> object:
        errors = []
        for part in parts:
            try:
                return part(raw)
            except _DamagedError as error:
                errors.append(error)
        raise errors[0]

    return decode


def _scalar(kind: type) -> _Decoder:
    what = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}

    def decode(raw: Json) -> object:
        if kind is float and type(raw) in {int, float} and math.isfinite(raw):
            return float(raw)
        if type(raw) is not kind or kind is float:
            raise _DamagedError(f"{what.get(kind, 'null')} is expected")
        return raw

    return decode


def _expect(raw: Json, kind: type, what: str) -> None:
    if not isinstance(raw, kind):
        raise _DamagedError(f"{what} is expected")


def _at(step: str | int, part: _Decoder, raw: Json) -> object:
    try:
        return part(raw)
    except _DamagedError as error:
        error.path = (step, *error.path)
        raise
