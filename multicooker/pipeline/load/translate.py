"""Pydantic's errors in the words of the user's file: place, what is expected, what stands there."""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from multicooker.pipeline.load import problems, shape
from multicooker.pipeline.load.problems import Path, Problem
from multicooker.pipeline.load.strict_yaml import Document

_MOST = 100
"""More errors than this are not worth translating: ten are shown."""

_MISSING = "is missing"
_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "dataclass_type": "a mapping",
}


def translated(
    error: ValidationError, *, kind: type, document: Document, told: Collection[Path]
) -> list[Problem]:
    """Return each error once, leaving out what may only follow from problems already told."""
    details = error.errors(include_url=False, include_input=False)
    located: list[tuple[Path, Mapping[str, Any]]] = [
        (_path(detail["loc"], document), dict(detail)) for detail in details
    ]
    around = {path[:length] for path in told for length in range(len(path))}
    located = [
        (path, detail)
        for path, detail in located
        if not any(path[:length] in told for length in range(len(path) + 1))
        and not (detail["type"] == "value_error" and path in around)
    ]
    located.sort(key=lambda pair: document.line(pair[0]))
    return _Translator(kind, document).problems(located[:_MOST])


def _path(location: tuple[str | int, ...], document: Document) -> Path:
    """Return the place in the file; a shorthand's place ends where the scalar stands."""
    path: list[str | int] = []
    data: Any = document.root
    for step in location:
        if step == "[key]" or not isinstance(data, dict | list):
            continue
        path.append(step)
        data = data.get(step) if isinstance(data, dict) else data[int(step)]
    return tuple(path)


class _Translator:
    def __init__(self, kind: type, document: Document) -> None:
        self._kind = kind
        self._document = document
        self._guesses: set[Path] = set()

    def problems(self, located: list[tuple[Path, Mapping[str, Any]]]) -> list[Problem]:
        found = [self._problem(path, detail) for path, detail in located]
        # A key is not also missing where its misspelling is told.
        return [p for p in found if p.reason != _MISSING or p.path not in self._guesses]

    def _problem(self, path: Path, detail: Mapping[str, Any]) -> Problem:
        if detail["type"] == "value_error":
            reason = problems.brief(str(detail["ctx"]["error"]))
            path = self._blamed(path, reason)
        else:
            reason = self._reason(path, detail)
        return Problem(line=self._document.line(path), path=path, reason=reason)

    def _reason(self, path: Path, detail: Mapping[str, Any]) -> str:
        match detail["type"]:
            case "missing":
                return _MISSING
            case "unexpected_keyword_argument":
                return self._unknown_key(path)
            case "enum":
                return self._not_a_choice(path)
            case "dataclass_type" if words := _words(shape.at(self._kind, path)):
                return self._another_type(path, f"{' or '.join(words)} or a mapping")
            case kind:
                return self._another_type(path, _EXPECTED.get(kind, "another value"))

    def _unknown_key(self, path: Path) -> str:
        owner, word = path[:-1], str(path[-1])
        known = shape.fields(shape.at(self._kind, owner))
        if guess := problems.closest(word, known):
            self._guesses.add((*owner, guess))
            return f'unknown key; did you mean "{guess}"?'
        return f"unknown key; there are {', '.join(known)}"

    def _not_a_choice(self, path: Path) -> str:
        words = _words(shape.at(self._kind, path))
        reason = f"{' or '.join(words)} is expected, not {self._what_stands(path)}"
        value = self._value(path)
        guess = problems.closest(value, words) if isinstance(value, str) else None
        return f'{reason}; did you mean "{guess}"?' if guess else reason

    def _another_type(self, path: Path, expected: str) -> str:
        what = self._what_stands(path)
        reason = f"{expected} is expected, not {what}"
        match self._value(path), expected:
            case None, "a list":
                return f"{reason}; an empty list is written []"
            case bool() | int() | float(), "text":
                return f'{reason}; quote it ("{what}")'
        return reason

    def _what_stands(self, path: Path) -> str:
        match self._value(path):
            case dict():
                return "a mapping"
            case list():
                return "a list"
            case str(text):
                return problems.shown(text)
        return self._document.marks[path].source or "nothing"

    def _value(self, path: Path) -> object:
        value: Any = self._document.root
        for step in path:
            value = value[step]
        return value

    def _blamed(self, path: Path, message: str) -> Path:
        """Return the place within `path` that an invariant's message speaks of."""
        data: Any = self._value(path)
        if not isinstance(data, dict):  # only dataclasses have invariants: a shorthand of one
            return path
        named = {key for key in data if re.search(rf"\b{re.escape(key)}\b", message)}
        quoted = [way for way, text in _texts(data, depth=3) if repr(text) in message]
        quoted = [way for way in quoted if way[0] in named] or quoted
        if quoted:
            return path + quoted[-1]
        return (*path, *named) if len(named) == 1 else path


def _words(kind: shape.Kind) -> tuple[str, ...]:
    """Return the words that a choice, or a shorthand for one, takes; () for anything else."""
    if key := shape.shorthand(kind):
        kind = shape.at(kind, (key,))
    if isinstance(kind, type) and issubclass(kind, enum.StrEnum):
        return tuple(choice.value for choice in kind)
    return ()


def _texts(data: object, *, depth: int) -> Iterator[tuple[Path, str]]:
    """Yield every text in some data, keys included, with the way to it."""
    entries: Any = ()
    if depth and isinstance(data, dict):
        entries = data.items()
    elif depth and isinstance(data, list):
        entries = enumerate(data)
    for step, entry in entries:
        if isinstance(step, str):
            yield (step,), step
        if isinstance(entry, str):
            yield (step,), entry
        for way, text in _texts(entry, depth=depth - 1):
            yield (step, *way), text
