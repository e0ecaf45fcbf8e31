"""Lines of JSON that a stranger may have written: read what is sound, pass over the rest."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping

_START = b'{"type":"'
"""How an event begins that follows other output on the same line."""
_CHUNK = 16384
"""Engines pass a longer line on in pieces of so many bytes; between two of them, lines of the
other stream can get in."""
_LONGEST_TORN = 1024**2
_MOST_TRIES = 8
"""Lines that may stand between the pieces of one."""
_MOST_DIGITS = 15
"""Digits of a number that still means something."""

_LONGEST = 1000

Fields = Mapping[str, object]


def events(data: bytes) -> Iterator[Fields | str]:
    """Yield each line: an event as a mapping, anything else as its text; empty lines are not."""
    torn, tries = b"", 0
    for line in _lines(data):
        found = parsed(line) if line.startswith(b"{") else None
        if found is None and tries and (found := parsed(torn + line)) is not None:
            tries = 1
        tries -= tries > 0
        if found is not None:
            yield found
        elif line.startswith(b"{") and _CHUNK < len(line) <= _LONGEST_TORN:
            whole = len(line) // _CHUNK * _CHUNK
            torn, tries = line[:whole], _MOST_TRIES
            yield _text(line[whole:])
        else:
            yield from _glued(line)


def _lines(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        line = data[at:end].rstrip()
        at = end + 1
        if line:
            yield line


def _glued(line: bytes) -> Iterator[Fields | str]:
    """Yield the parts of a line in which an event follows words that had no line break."""
    begin = max(line.find(_START), 0)
    if line[:begin].strip():
        yield _text(line[:begin])
    found = parsed(line[begin:])
    yield _text(line[begin:]) if found is None else found


def parsed(line: bytes | str) -> Fields | None:
    """Return a line's JSON object, None where it is none."""
    try:
        found = json.loads(line, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def fields(value: object, *path: str) -> Fields:
    """Return the object at a path, empty where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def items(value: object) -> tuple[Fields, ...]:
    """Return a list's objects, none where it is no list."""
    return tuple(it for it in value if isinstance(it, dict)) if isinstance(value, list) else ()


def text(value: object) -> str:
    """Return a string, empty where it is none."""
    return value if isinstance(value, str) else ""


def whole(value: object) -> int | None:
    """Return a count, None where it is none."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**_MOST_DIGITS:
        return value
    return None


def amount(value: object) -> float | None:
    """Return an amount, None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < 10**_MOST_DIGITS and math.isfinite(value) else None


def summed(*values: int | None) -> int | None:
    """Return a sum of what is known, None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def dumped(value: object) -> str:
    """Return as JSON what came out of JSON; '' where it goes too deep."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return ""


def in_one_line(words: str) -> str:
    """Return the beginning of a message with its white space made single."""
    return " ".join(words[:_LONGEST].split())


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace")


def _no_number(_: str) -> None:
    """Read NaN and the infinities, which are no JSON, as null."""
