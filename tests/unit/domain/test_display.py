from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multicooker.domain.display import display_line, display_text

ANYTHING = st.text(st.characters() | st.characters(categories=["Cc", "Cf", "Cs", "Mn"]))
BIDI_AND_ZERO_WIDTH = [
    *map(chr, range(0x202A, 0x202F)),
    *map(chr, range(0x2066, 0x206A)),
    *map(chr, range(0x200B, 0x2010)),
    "\u061c",
    "\ufeff",
    "\u2028",
    "\u00ad",
    "\U000e0041",
    "\U000e0101",
    "\u3164",
]


@given(ANYTHING)
def test_shown_text_has_no_control_besides_newline_and_tab(text: str) -> None:
    shown = display_text(text)
    assert not [
        c for c in shown if unicodedata.category(c) in ("Cc", "Cf", "Cs") and c not in "\n\t"
    ]
    shown.encode("utf-8")


@given(ANYTHING)
def test_showing_twice_changes_nothing(text: str) -> None:
    assert display_text(display_text(text)) == display_text(text)


@given(ANYTHING, st.integers(1, 30))
def test_a_line_is_one_line_and_fits(text: str, width: int) -> None:
    line = display_line(text, width)
    assert "\n" not in line
    assert "\t" not in line
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in line)
    marks = sum(unicodedata.combining(c) > 0 for c in line)
    assert len(line) + wide - marks <= width


@pytest.mark.parametrize("char", BIDI_AND_ZERO_WIDTH)
def test_characters_that_turn_or_hide_text_are_written_out(char: str) -> None:
    assert char not in display_text(f"a{char}b")
    assert display_text(f"a{char}b").isascii()


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain\n\ttext", "plain\n\ttext"),
        ("é 漢字 🙂 ❤️", "é 漢字 🙂 ❤️"),
        ("\x1b[2Jx", "\\x1b[2Jx"),
        ("a\rb\x9b", "a\\rb\\x9b"),
        ("caf\udce9", "caf\\xe9"),
        ("\ud800", "\\ud800"),
        ("cod.\u202egpj", "cod.\\u202egpj"),
        ("\U000e0041", "\\U000e0041"),
        ("a" + "\u0301" * 6, "a" + "\u0301" * 4 + "\\u0301" * 2),
    ],
)
def test_text_is_shown_as(raw: str, shown: str) -> None:
    assert display_text(raw) == shown


@pytest.mark.parametrize(
    ("raw", "width", "shown"),
    [
        ("one\ntwo\tthree", None, "one\\ntwo\\tthree"),
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        ("漢字漢字", 5, "漢字…"),
        ("漢字", 1, "…"),
        ("abc\x1b", 5, "abc…"),
        ("e\u0301e\u0301", 2, "e\u0301e\u0301"),
        ("x", 0, "x"),
        ("", 4, ""),
    ],
)
def test_a_line_is_cut_by_columns(raw: str, width: int | None, shown: str) -> None:
    assert display_line(raw, width) == shown


def test_a_huge_line_is_only_read_as_far_as_it_is_shown() -> None:
    assert display_line("\x1b" * 50_000_000, 9) == "\\x1b\\x1b…"
