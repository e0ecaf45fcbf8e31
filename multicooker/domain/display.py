"""Text from a stranger, made safe to show: in a terminal, in Markdown and in HTML alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

_PLAIN = re.compile(r"[\n\t\x20-\x7e]*")
_MOST_MARKS = 4
"""Combining marks on one character; more of them climb over the lines around."""
_EMPTY_LOOKING = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # fillers and blanks
    "\ufe00\ufe01\ufe02\ufe03\ufe04\ufe05\ufe06\ufe07"  # variation selectors; U+FE0F stays,
    "\ufe08\ufe09\ufe0a\ufe0b\ufe0c\ufe0d\ufe0e"  # as it makes emoji what they are
)
_MORE_SELECTORS = range(0xE0100, 0xE01F0)
_SURROGATE_ESCAPES = range(0xDC80, 0xDD00)
_HIGHEST_OF_FOUR_DIGITS = 0xFFFF


def display_text(text: str) -> str:
    r"""Return `text` with everything that could act or hide written out, e.g. `\x1b` or `\u202e`.

    Newlines and tabs stay. Controls, bidi and zero-width characters, unassigned ones and lone
    surrogates become escapes; a surrogate that stands for a byte is shown as that byte. The
    result encodes as UTF-8 and is still text: HTML and Markdown have to be escaped on top.
    """
    if _PLAIN.fullmatch(text):
        return text
    return "".join(_shown(text))


def display_line(text: str, width: int | None = None) -> str:
    """Return `text` as one safe line, cut to `width` terminal columns with an ellipsis.

    Newlines and tabs are written out too. Only as much of `text` is looked at as is shown.
    """
    pieces = (_NAMED.get(piece, piece) for piece in _shown(text))
    return "".join(pieces) if width is None else _cut(pieces, max(width, 1))


_NAMED = {"\n": "\\n", "\t": "\\t"}


def _shown(text: str) -> Iterator[str]:
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        yield char if _visible(char) and marks <= _MOST_MARKS else _escaped(char)


def _visible(char: str) -> bool:
    if char in "\n\t":
        return True
    if char in _EMPTY_LOOKING or ord(char) in _MORE_SELECTORS:
        return False
    return char.isprintable() or unicodedata.category(char) == "Zs"


def _escaped(char: str) -> str:
    code = ord(char)
    if code in _SURROGATE_ESCAPES:
        code -= 0xDC00
    if code == ord("\r"):
        return "\\r"
    if code <= 0xFF:  # noqa: PLR2004  # two hex digits
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _HIGHEST_OF_FOUR_DIGITS else f"\\U{code:08x}"


def _cut(pieces: Iterable[str], width: int) -> str:
    kept: list[tuple[str, int]] = []
    used = 0
    for piece in pieces:
        columns = _columns(piece)
        if used + columns > width:
            while kept and used > width - 1:
                used -= kept.pop()[1]
            return "".join(text for text, _ in kept) + "…"
        kept.append((piece, columns))
        used += columns
    return "".join(text for text, _ in kept)


def _columns(piece: str) -> int:
    if len(piece) > 1:
        return len(piece)
    if unicodedata.combining(piece):
        return 0
    return 2 if unicodedata.east_asian_width(piece) in "WF" else 1
