"""Secrets and names that nobody may see."""

from __future__ import annotations

import base64
import json
import time
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multicooker.domain.mask import Mask

TOKEN = "sk+test/0123456789=ABCdef_ghi"  # noqa: S105  # made up, and shaped like no real one
MASK = Mask(secrets=(TOKEN,), identity=("me@home.example",))
JWT = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (f"Bearer {TOKEN}!", "Bearer [credential]!"),
        (TOKEN * 2, "[credential][credential]"),
        (quote(TOKEN, safe=""), "[credential]"),
        (quote(TOKEN, safe="").lower().replace("abcdef", "ABCdef"), "[credential]"),
        (TOKEN.encode().hex(), "[credential]"),
        (TOKEN.encode().hex().upper(), "[credential]"),
        (json.dumps({"x": TOKEN}).replace("/", "\\/"), '{"x": "[credential]"}'),
        ("mail me@home.example now", "mail [account] now"),
        ("me%40home.example", "[account]"),
        (base64.b64encode(b"me@home.example").decode(), "[account]"),
        (b"me@home.example".hex(), "[account]"),
        ("nothing here", "nothing here"),
        ("\ud800", "\ud800"),
    ],
)
def test_what_is_known_is_found_in_every_common_spelling(data: str, shown: str) -> None:
    assert MASK.text(data) == shown


@settings(max_examples=60, deadline=None)
@given(before=st.binary(max_size=9), after=st.binary(max_size=9), width=st.integers(24, 90))
def test_a_token_inside_something_encoded_in_base64_is_found(
    before: bytes, after: bytes, width: int
) -> None:
    encoded = base64.b64encode(before + TOKEN.encode() + after)
    wrapped = b"\n".join(encoded[at : at + width] for at in range(0, len(encoded), width))
    for form in (encoded, wrapped, wrapped.replace(b"\n", b"\\n"), encoded.translate(URL_SAFE)):
        assert MASK.holds_secret(form)
        assert b"[credential]" in MASK.data(form)


URL_SAFE = bytes.maketrans(b"+/", b"-_")


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=8, max_size=40))
def test_any_secret_is_hidden_and_all_else_stays(value: str) -> None:
    mask = Mask(secrets=(value,))
    assert mask.text(f"<{value}>") == "<[credential]>" or value in "[credential]"
    assert mask.holds_secret(json.dumps(value).encode())
    assert Mask().text("plain words, 1 < 2") == "plain words, 1 < 2"


@pytest.mark.parametrize(
    "token",
    [
        "sk-ant-oat01-" + "Ab-_9" * 12,
        "sk-ant-api03-" + "x" * 40,
        "sk-proj-" + "a1B2" * 12,
        "sk-" + "a1B2" * 12,
        "ya29." + "a0Af-_x" * 10,
        "1//0" + "g-_x" * 15,
        "AIza" + "Sy-_x" * 7,
        JWT,
    ],
)
@pytest.mark.parametrize("around", [" {} ", '"{}"', "\\n{}\\n", "x={}&y"])
def test_what_looks_like_a_token_is_hidden_without_being_known(token: str, around: str) -> None:
    shown = Mask().text(around.format(token))
    assert token[6:] not in shown
    assert "[credential]" in shown
    assert not Mask().holds_secret(token.encode())


@pytest.mark.parametrize(
    "text",
    ["sk-ant-", "task-manager-with-a-very-long-name-of-its-own", "eyJ.eyJ.", "1//0", "ya29."],
)
def test_what_only_begins_like_a_token_stays(text: str) -> None:
    assert Mask().text(text) == text


def test_what_is_too_short_to_mean_anything_is_not_hidden() -> None:
    mask = Mask(secrets=("", "short"), identity=("", "me"))
    assert mask.text("short of me") == "short of me"
    assert not mask.holds_secret(b"short")
    assert mask.overlap == 0


def test_pieces_that_overlap_enough_miss_nothing() -> None:
    data = b"x" * 5000 + TOKEN.encode().hex().encode() + b"y" * 5000
    step = 400
    pieces = [data[at : at + step + MASK.overlap] for at in range(0, len(data), step)]
    assert any(MASK.holds_secret(piece) for piece in pieces)


def test_a_mask_shows_nothing_of_what_it_hides() -> None:
    assert TOKEN not in repr(MASK)
    assert "home.example" not in repr(MASK)
    assert Mask(secrets=(TOKEN,), identity=("me@home.example",)) == MASK


@pytest.mark.parametrize(
    "piece", [b"eyJ", b"eyJaaaaaaaaaa.", b"sk-ant-", b"sk-", b"1//0", b"ya29.", b"AIza", b"c2s"]
)
def test_masking_takes_time_in_proportion(piece: bytes) -> None:
    mask = Mask(secrets=(TOKEN, "x" * 4000), identity=("me@home.example",))
    began = time.process_time()
    mask.data(piece * (1_000_000 // len(piece)))
    assert time.process_time() - began < 5
