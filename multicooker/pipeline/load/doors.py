"""The untrusted doors: a YAML file of the user's becomes a domain value, or one clear refusal.

Pydantic validates the domain's own dataclasses in JSON mode, where objects and arrays become
dataclasses and tuples, and nothing else is converted.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from multicooker.pipeline.load import problems, shape, strict_yaml, translate, units
from multicooker.pipeline.load.problems import Path, Problem
from multicooker.pipeline.load.strict_yaml import Document

Value = TypeVar("Value")


def read(
    kind: type[Value], text: str, *, place: str, defaults: Mapping[str, object], page: str
) -> Value:
    """Return a file's value; top-level keys that are not in it come from `defaults`."""
    document = strict_yaml.parse(text, place=place)
    wanted: shape.Kind = kind
    converter = _Converter(document)
    given = {
        key: converter.converted(shape.below(kind, key), data, (key,))
        for key, data in document.root.items()
    }
    found = [*document.problems, *converter.problems]
    try:
        value: Value = _adapter(wanted).validate_json(json.dumps({**defaults, **given}))
    except ValidationError as error:
        told = {problem.path for problem in found}
        found += translate.translated(error, kind=kind, document=document, told=told)
    else:
        if not found:
            return value
    raise problems.refusal(place, found, hint=f"every key is described in {page}")


@functools.cache
def _adapter(kind: shape.Kind) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


class _Converter:
    """Makes numbers of `30m` and `4g`, and mappings of shorthands, where such are taken."""

    def __init__(self, document: Document) -> None:
        self.problems: list[Problem] = []
        self._document = document
        self._told = {problem.path for problem in document.problems}

    def converted(self, kind: shape.Kind, data: object, path: Path) -> object:
        """Return the data with its lexical units read and its shorthands written out."""
        if isinstance(data, list):
            return [self._below(kind, entry, path, at) for at, entry in enumerate(data)]
        if isinstance(data, dict):
            return {key: self._below(kind, entry, path, key) for key, entry in data.items()}
        if isinstance(data, str) and shape.bare(kind) is int and path not in self._told:
            return self._number(data, path)
        if data is not None and (key := shape.shorthand(kind)):
            return {key: data}
        return data

    def _below(self, kind: shape.Kind, data: object, path: Path, step: str | int) -> object:
        return self.converted(shape.below(kind, step), data, (*path, step))

    def _number(self, text: str, path: Path) -> object:
        if (unit := units.of(str(path[-1]))) is None:
            return text
        try:
            return unit.read(text)
        except ValueError as error:
            reason = f"{problems.shown(text)} is not understood; {error}"
            line = self._document.line(path)
            self.problems.append(Problem(line=line, path=path, reason=reason))
            return text
