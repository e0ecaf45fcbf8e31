"""A small, unsurprising part of YAML: text in, plain values with their lines out.

PyYAML scans and parses; nothing of its constructor runs. Whatever two YAML readers could
see differently (`no`, `12:30`, `1e3`, dates, aliases, tags, keys given twice) is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import yaml
from yaml import events

from multicooker.pipeline.load import problems, scalars
from multicooker.pipeline.load.problems import Path, Problem

MAX_BYTES = 256 * 1024
MAX_DEPTH = 40
MAX_VALUES = 5_000

_HINT = "YAML is read strictly here: when in doubt, put text in double quotes and indent by spaces"
_NOT_IN_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")

_IN_PLAIN_WORDS = {
    r"character '\t'": "a tab stands where YAML allows only spaces; indent and separate by spaces",
    "cannot start any token": 'a value cannot begin with this character; put it in "quotes"',
    "mapping values are not allowed": 'a second ":" in one line; put the text in "quotes", or'
    " look at the indentation",
    "could not find expected ':'": 'a key without ":", or a text without its closing quote',
    "but found ':'": 'a key is missing before ":"',
    "expected <block end>": "the indentation does not fit the lines above",
    "sequence entries are not allowed": 'a "- " does not fit here; look at the indentation',
    "expected '<document start>'": "something follows after the end of the document",
    "found unexpected end of stream": "the closing quote is missing",
    "'<stream end>'": "a closing bracket or a value is missing",
    "expected ',' or": 'a "," or a closing bracket is missing, or a text needs "quotes"',
}
_SHOWN_WHERE_IT_BEGINS = ("could not find expected ':'", "end of stream", "'<stream end>'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where a value stands and, for a scalar, what is written there."""

    line: int
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A parsed file. Values are dict, list, str, int, float, bool and None."""

    root: dict[str, object]
    marks: dict[Path, Mark]
    """Every value's place; of a mapping's values, the line of the key."""
    problems: list[Problem] = field(default_factory=list)
    """What must be corrected but did not hinder reading on."""

    def line(self, path: Path) -> int:
        """Return the line of a path or of the closest thing around it."""
        while path not in self.marks:
            path = path[:-1]
        return self.marks[path].line


def parse(text: str, *, place: str) -> Document:
    """Read a file whose top is a mapping; BadInputError where that cannot be done."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    try:
        _check_characters(text)
        return _Reader(text).document()
    except _UnreadableError as error:
        raise problems.refusal(place, [error.problem], hint=_HINT) from None


class _UnreadableError(Exception):
    """Reading cannot go on."""

    def __init__(self, line: int, reason: str, path: Path = ()) -> None:
        super().__init__(reason)
        self.problem = Problem(line=line, path=path, reason=reason)


def _check_characters(text: str) -> None:
    if len(text) > MAX_BYTES or len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise _UnreadableError(1, f"the file is larger than {MAX_BYTES // 1024} KiB")
    if bad := _SURROGATE.search(text) or _NOT_IN_TEXT.search(text):
        line = text.count("\n", 0, bad.start()) + 1
        reason = f"the character {bad[0]!a} is not allowed in this file"
        raise _UnreadableError(line, reason)


class _Reader:
    """Builds plain values from PyYAML's events; recursion is bounded by MAX_DEPTH."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._loader = yaml.SafeLoader(text)
        self._values = 0
        self._marks: dict[Path, Mark] = {}
        self._problems: list[Problem] = []

    def document(self) -> Document:
        """Read the one document there may be."""
        self._next()  # the start of the stream
        start = self._next()
        if isinstance(start, events.StreamEndEvent):
            raise _UnreadableError(1, "a mapping is expected, but the file is empty")
        if start.start_mark and self._text.startswith("%", start.start_mark.index):
            raise _UnreadableError(_line(start), "directives (lines with %) are not allowed")
        top = self._next()
        root = self._value(top, (), _line(top))
        if not isinstance(root, dict):
            what = "a list" if isinstance(root, list) else "a single value"
            raise _UnreadableError(_line(top), f"a mapping is expected, not {what}")
        self._next()  # the end of the document
        if not isinstance(after := self._next(), events.StreamEndEvent):
            raise _UnreadableError(_line(after), "a second document begins; one is allowed")
        return Document(root=root, marks=self._marks, problems=self._problems)

    def _next(self) -> events.Event:
        try:
            return self._loader.get_event()  # type: ignore[no-any-return, no-untyped-call]  # untyped upstream
        except yaml.MarkedYAMLError as error:
            raise _told(error) from None
        except (ValueError, OverflowError):  # PyYAML's own: "\UFFFFFFFF", %YAML 1.<5,000 digits>
            line = self._loader.line + 1
            raise _UnreadableError(line, "an escape or a version is out of range") from None

    def _value(self, event: events.Event, path: Path, line: int) -> object:
        self._refuse_indirection(event, path)
        if len(path) > MAX_DEPTH:
            raise _UnreadableError(_line(event), f"nested deeper than {MAX_DEPTH} levels")
        self._values += 1
        if self._values > MAX_VALUES:
            raise _UnreadableError(_line(event), f"more than {MAX_VALUES} values in one file")
        if isinstance(event, events.ScalarEvent):
            return self._scalar(event, path, line)
        self._marks[path] = Mark(line=line)
        if isinstance(event, events.MappingStartEvent):
            return self._mapping(path)
        return self._sequence(path)

    def _refuse_indirection(self, event: events.Event, path: Path) -> None:
        if isinstance(event, events.AliasEvent):
            raise _UnreadableError(_line(event), "aliases (*name) are not allowed", path)
        if getattr(event, "anchor", None) is not None:
            raise _UnreadableError(_line(event), "anchors (&name) are not allowed", path)
        if getattr(event, "tag", None) is not None:
            raise _UnreadableError(_line(event), "tags (!name) are not allowed", path)

    def _mapping(self, path: Path) -> dict[str, object]:
        found: dict[str, object] = {}
        while not isinstance(event := self._next(), events.MappingEndEvent):
            key = self._key(event, path)
            below, line = (*path, key), _line(event)
            kept_marks = self._marks
            if key in found:
                reason = f"this key stands twice; first in line {self._marks[below].line}"
                self._problems.append(Problem(line=line, path=below, reason=reason))
                self._marks = {}  # what stands below the second one must not hide the first
            elif reason := scalars.unfit(key):
                self._problems.append(Problem(line=line, path=below, reason=reason))
            value = self._value(self._next(), below, line)
            self._marks = kept_marks
            if not scalars.unfit(key):
                found.setdefault(key, value)
        return found

    def _key(self, event: events.Event, path: Path) -> str:
        self._refuse_indirection(event, path)
        if not isinstance(event, events.ScalarEvent):
            reason = 'a key must be text; put text with { or [ in "quotes"'
            raise _UnreadableError(_line(event), reason, path)
        if event.style is None and event.value == "<<":
            raise _UnreadableError(_line(event), "merge keys (<<) are not allowed", path)
        if event.value == "":
            raise _UnreadableError(_line(event), 'a key is missing before ":"', path)
        return str(event.value)

    def _sequence(self, path: Path) -> list[object]:
        found: list[object] = []
        while not isinstance(event := self._next(), events.SequenceEndEvent):
            found.append(self._value(event, (*path, len(found)), _line(event)))
        return found

    def _scalar(self, event: events.ScalarEvent, path: Path, line: int) -> object:
        text = str(event.value)
        plain = event.style is None
        self._marks[path] = Mark(line=line, source=text if plain else None)
        if reason := scalars.unfit(text) or (scalars.ambiguity(text) if plain else ""):
            self._problems.append(Problem(line=line, path=path, reason=reason))
            return ""
        return scalars.typed(text) if plain else text


def _line(event: events.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _told(error: yaml.MarkedYAMLError) -> _UnreadableError:
    problem = error.problem or "this is not YAML"
    mark = error.problem_mark
    if error.context_mark and any(words in problem for words in _SHOWN_WHERE_IT_BEGINS):
        mark = error.context_mark
    reason = next((said for words, said in _IN_PLAIN_WORDS.items() if words in problem), problem)
    return _UnreadableError(mark.line + 1 if mark else 1, reason)
