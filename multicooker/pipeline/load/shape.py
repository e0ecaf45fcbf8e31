"""What the domain's dataclasses are made of, for walking data along with their types."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Iterable, Mapping

Kind = typing.Any
"""A type as annotations name it: a class, `tuple[X, ...]`, `Mapping[str, X]`, `X | None`."""


@functools.cache
def fields(kind: type) -> Mapping[str, Kind]:
    """Return a dataclass's field names and their resolved types, in order."""
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def required(kind: type) -> tuple[str, ...]:
    """Return the names of a dataclass's fields that have no default."""
    return tuple(
        field.name
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    )


def shorthand(kind: Kind) -> str | None:
    """Return the key that a plain scalar may stand for in a record's place, None without one."""
    return getattr(bare(kind), "__shorthand__", None)


def file_version(kind: type) -> int | None:
    """Return which version of a file of ours a record is; None where it is no whole such file."""
    if fields(kind).get("version") is not int:
        return None
    (found,) = (field.default for field in dataclasses.fields(kind) if field.name == "version")
    return typing.cast("int", found)


def origin(kind: Kind) -> object:
    """Return what a type is a form of: `tuple`, `Mapping`, `UnionType`; None for a class."""
    return typing.get_origin(kind)


def bare(kind: Kind) -> Kind:
    """Return the type without its `| None`; unions of more stay as they are."""
    if origin(kind) is types.UnionType:
        rest = [part for part in typing.get_args(kind) if part is not types.NoneType]
        return rest[0] if len(rest) == 1 else kind
    return kind


def item(kind: Kind) -> Kind:
    """Return what a `tuple[X, ...]` or a `Mapping[str, X]` holds; None for anything else."""
    if origin(kind) is tuple:
        return typing.get_args(kind)[0]
    return typing.get_args(kind)[1] if origin(kind) is Mapping else None


def below(kind: Kind, step: str | int) -> Kind:
    """Return the type one step further down, None where the types know no such place."""
    kind = bare(kind)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return fields(kind).get(str(step))
    return item(kind)


def at(kind: Kind, path: Iterable[str | int]) -> Kind:
    """Return the type at a path, None where the types know no such place."""
    for step in path:
        kind = below(kind, step)
    return bare(kind)
