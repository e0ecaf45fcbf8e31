"""JSON Schemas of the files that users write and programs read, made from the domain's classes.

Made here rather than by pydantic, so that the shipped files do not change with its version and say
what only this package knows: units as text, optional top-level keys, docstrings of attributes.
"""

from __future__ import annotations

import ast
import dataclasses
import enum
import inspect
import itertools
import json
import re
import textwrap
import types
import typing
from collections.abc import Mapping
from typing import Any

from multicooker.domain import ballot, cook, flavor, outcome, usage
from multicooker.pipeline.load import shape, units

_Schema = dict[str, Any]

_SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
_NAME: _Schema = {"pattern": f"^{cook.NAME_PATTERN}$"}
_VERSION: _Schema = {"pattern": f"^{cook.VERSION_PATTERN}$"}
_TIGHTER: dict[tuple[type, str], _Schema] = {
    (cook.CookSpec, "participants"): {"minItems": 1, "maxItems": cook.MAX_PARTICIPANTS},
    (cook.CookSpec, "judges"): {"maxItems": cook.MAX_JUDGES},
    (cook.Auth, "profile"): _NAME,
    (cook.Participant, "name"): _NAME,
    (cook.Participant, "flavor"): _NAME,
    (cook.Participant, "version"): _VERSION,
    (cook.Judge, "name"): _NAME,
    (cook.Judge, "flavor"): _NAME,
    (cook.Judge, "version"): _VERSION,
    (cook.Dimension, "name"): _NAME,
    (cook.Rubric, "dimensions"): {"minItems": 1},
    (flavor.Credential, "provider"): _NAME,
    (flavor.Credential, "sources"): {"minItems": 1},
    (flavor.Flavor, "name"): _NAME,
    (flavor.Flavor, "roles"): {"minItems": 1},
    (ballot.Score, "score"): {"minimum": cook.MIN_SCORE, "maximum": cook.MAX_SCORE},
}
"""What the classes' invariants say and their types do not."""


def schemas() -> dict[str, str]:
    """Return JSON Schema texts (draft 2020-12) by file name."""
    cook_schema = _Maker(by_hand=True).whole(cook.CookSpec, "cook.yaml")
    del cook_schema["required"]  # a key that is absent has the cook's default
    made = {
        "cook.schema.json": cook_schema,
        "flavor.schema.json": _Maker(by_hand=True).whole(flavor.Flavor, "flavor.yaml"),
        "ballot.schema.json": _Maker(by_hand=False).whole(ballot.Ballot, "ballot.json"),
        "status.schema.json": _Maker(by_hand=False).whole(outcome.CookStatus, "status.json"),
        "event.schema.json": _Maker(by_hand=False).whole(outcome.Event, "a line of events.jsonl"),
        "usage.schema.json": _Maker(by_hand=False).whole(usage.CookUsage, "usage.json"),
        "verdict.schema.json": _Maker(by_hand=False).whole(ballot.Verdict, "verdict.json"),
    }
    return {
        name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in made.items()
    }


class _Maker:
    """Makes one schema; `by_hand` files have defaults and units, the others are always whole."""

    def __init__(self, *, by_hand: bool) -> None:
        self._by_hand = by_hand
        self._definitions: dict[str, _Schema] = {}

    def whole(self, kind: type, title: str) -> _Schema:
        schema = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": title,
            **self._record(kind),
        }
        if self._definitions:
            schema["$defs"] = dict(sorted(self._definitions.items()))
        return schema

    def _of(self, kind: shape.Kind) -> _Schema:
        if kind in _SCALARS:
            return {"type": _SCALARS[kind]}
        if shape.origin(kind) is types.UnionType:
            return {"anyOf": [self._of(part) for part in typing.get_args(kind)]}
        if shape.origin(kind) is tuple:
            return {"type": "array", "items": self._of(shape.item(kind))}
        if shape.origin(kind) is Mapping:
            return {"type": "object", "additionalProperties": self._of(shape.item(kind))}
        if kind.__name__ not in self._definitions:
            self._definitions[kind.__name__] = self._defined(kind)
        return {"$ref": f"#/$defs/{kind.__name__}"}

    def _defined(self, kind: type) -> _Schema:
        if issubclass(kind, enum.StrEnum):
            values = [member.value for member in kind]
            return {"description": _words(kind.__doc__), "type": "string", "enum": values}
        record = self._record(kind)
        if self._by_hand and (key := shape.shorthand(kind)):
            scalar = self._of(shape.at(kind, (key,)))
            return {"description": record.pop("description"), "anyOf": [scalar, record]}
        return record

    def _record(self, kind: type) -> _Schema:
        docs = _attribute_docs(kind)
        properties = {
            name: self._field(kind, name, docs.get(name, "")) for name in shape.fields(kind)
        }
        schema: _Schema = {
            "description": _words(kind.__doc__),
            "type": "object",
            "properties": properties,
        }
        if required := list(shape.required(kind) if self._by_hand else properties):
            schema["required"] = required
        if hasattr(kind, "__pydantic_config__"):  # what comes from outside has no other keys
            schema["additionalProperties"] = False
        return schema

    def _field(self, kind: type, name: str, description: str) -> _Schema:
        hint = shape.fields(kind)[name]
        schema = self._of(hint)
        if self._by_hand and shape.bare(hint) is int:
            schema = _with_unit(name, schema)
        schema |= _TIGHTER.get((kind, name), {})
        if name == "version" and (version := shape.file_version(kind)) is not None:
            schema["enum"] = [version]
        if self._by_hand:
            schema |= _plain_default(kind, name)
        return schema | ({"description": description} if description else {})


def _with_unit(name: str, schema: _Schema) -> _Schema:
    if (unit := units.of(name)) is None:
        return schema
    text = {"type": "string", "pattern": f"^{unit.pattern}$"}
    return {"anyOf": [*schema.get("anyOf", [schema]), text]}


def _plain_default(kind: type, name: str) -> _Schema:
    field = next(field for field in dataclasses.fields(kind) if field.name == name)
    default = field.default
    factory: shape.Kind = field.default_factory
    if key := shape.shorthand(factory):
        default = getattr(factory(), key)
    return {"default": default} if isinstance(default, str | int | float) else {}


def _attribute_docs(kind: type) -> dict[str, str]:
    """Return what the string below each attribute says."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    statements = body.body if isinstance(body, ast.ClassDef) else []
    docs = {}
    for before, after in itertools.pairwise(statements):
        match before, after:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                docs[name] = _words(text)
    return docs


def _words(text: str | None) -> str:
    """Return a docstring in one line, for readers who know JSON rather than Python."""
    return re.sub(r"\bNone\b", "null", " ".join((text or "").split()))
