"""Labels by chance, and a manifest that commits what was handed in."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multicooker.adapters.system import SystemRandomness
from multicooker.domain.ballot import Seal, label_at
from multicooker.domain.flavor import Role
from multicooker.domain.outcome import Dropped, ExitClass, FileEntry, Harvest, Outcome
from multicooker.pipeline.anonymize import draw_key, make_seal, sealable, verify
from tests.fakes.randomness import Reversed, Seeded

INDEX = FileEntry(path="index.html", size=5, sha256="a" * 64)
RUN = FileEntry(path="bin/run", size=6, sha256="b" * 64, executable=True)
FULL = Harvest(files=(RUN, INDEX))
MADE = "2026-01-02T03:04:05+00:00"


def outcome(exit_class: ExitClass, detail: str = "") -> Outcome:
    return Outcome(
        cell="a",
        role=Role.PARTICIPANT,
        owner="a",
        exit_class=exit_class,
        exit_code=0,
        seconds=1.0,
        detail=detail,
    )


@pytest.mark.parametrize("exit_class", list(ExitClass))
def test_whatever_was_handed_in_is_sealed_unless_it_was_cancelled_or_never_started(
    exit_class: ExitClass,
) -> None:
    out = {
        ExitClass.CANCELLED: "cancelled",
        ExitClass.COULD_NOT_START: "could not start",
        ExitClass.SKIPPED: "skipped",
    }
    assert sealable(outcome(exit_class), FULL) == out.get(exit_class, "")


@pytest.mark.parametrize(
    ("harvest", "reason"),
    [
        (None, "nothing was collected"),
        (Harvest(files=()), "handed in nothing"),
        (
            Harvest(files=(), refused="more than 3 files"),
            "its output cannot be used: more than 3 files",
        ),
    ],
)
def test_who_handed_nothing_in_stays_out(harvest: Harvest | None, reason: str) -> None:
    assert sealable(outcome(ExitClass.OK), harvest) == reason


@pytest.mark.parametrize(
    ("exit_class", "detail", "reason"),
    [
        (ExitClass.AUTH_EXPIRED, "Not logged in", "handed in nothing: Not logged in"),
        (
            ExitClass.TIMED_OUT,
            "stopped after its 45 s",
            "handed in nothing: stopped after its 45 s",
        ),
        (ExitClass.CRASHED, "", "handed in nothing"),
        (ExitClass.ARTIFACT_MISSING, "missing: index.html", "handed in nothing"),
    ],
)
def test_how_a_cell_ended_that_handed_nothing_in_is_said(
    exit_class: ExitClass, detail: str, reason: str
) -> None:
    assert sealable(outcome(exit_class, detail), Harvest(files=())) == reason


def test_why_a_cell_could_not_start_is_said() -> None:
    assert sealable(outcome(ExitClass.COULD_NOT_START, "no image"), None) == (
        "could not start: no image"
    )


def test_labels_follow_the_draw_and_not_the_participants() -> None:
    key = draw_key(["claude", "codex", "gemini"], Reversed())
    assert dict(key.participants) == {"A": "gemini", "B": "codex", "C": "claude"}


@given(names=st.lists(st.text(min_size=1), unique=True, max_size=60), seed=st.integers())
def test_every_participant_gets_one_label(names: list[str], seed: int) -> None:
    key = draw_key(names, Seeded(seed))
    assert sorted(key.participants.values()) == sorted(names)
    assert list(key.participants) == [label_at(place) for place in range(len(names))]


def test_every_order_is_as_likely_as_any_other() -> None:
    """1,000 draws of three; chi-square with 5 degrees of freedom, wrong once in a million runs."""
    names = ["claude", "codex", "gemini"]
    draws = Counter(
        tuple(draw_key(names, SystemRandomness()).participants.values()) for _ in range(1000)
    )
    expected = 1000 / 6
    orders = list(itertools.permutations(names))
    chi_square = sum((draws[order] - expected) ** 2 / expected for order in orders)
    assert chi_square < 35.9
    assert sum(draws.values()) == 1000


def test_a_seal_names_files_by_label_and_marks_what_is_partial() -> None:
    key = draw_key(["claude", "codex"], Reversed())
    harvests = {"claude": FULL, "codex": Harvest(files=(INDEX,)), "left-out": FULL}
    seal = make_seal(key, harvests, {"claude"}, round_number=2, made=MADE)
    assert (seal.round, seal.made) == (2, MADE)
    found = [(entry.label, entry.files, entry.partial) for entry in seal.submissions]
    assert found == [("A", (INDEX,), False), ("B", (RUN, INDEX), True)]


def test_no_name_of_a_participant_is_in_a_seal() -> None:
    key = draw_key(["claude", "codex"], Reversed())
    seal = make_seal(key, {"claude": FULL, "codex": FULL}, set(), round_number=1, made=MADE)
    assert not [name for name in ("claude", "codex") if name in repr(seal)]


def test_submissions_stand_in_the_order_of_labels_beyond_z() -> None:
    names = [f"p{number}" for number in range(30)]
    key = draw_key(names, Seeded())
    mixed = dataclasses.replace(key, participants=dict(sorted(key.participants.items())))
    seal = make_seal(mixed, dict.fromkeys(names, FULL), set(), round_number=1, made=MADE)
    labels = [entry.label for entry in seal.submissions]
    assert labels == [label_at(place) for place in range(30)]
    assert labels[-4:] == ["AA", "AB", "AC", "AD"]


@pytest.fixture
def seal() -> Seal:
    key = draw_key(["claude", "codex"], Reversed())
    return make_seal(key, {"claude": FULL, "codex": FULL}, set(), round_number=1, made=MADE)


def test_what_is_unchanged_is_verified(seal: Seal) -> None:
    assert verify(seal, {"A": FULL, "B": Harvest(files=(INDEX, RUN))}) == ()


@pytest.mark.parametrize(
    ("survey", "changes"),
    [
        (
            Harvest(files=(RUN, dataclasses.replace(INDEX, sha256="c" * 64))),
            ("B/index.html: has another content",),
        ),
        (
            Harvest(files=(RUN, dataclasses.replace(INDEX, size=6))),
            ("B/index.html: has another content",),
        ),
        (
            Harvest(files=(*FULL.files, dataclasses.replace(INDEX, path="new\x1b"))),
            ("B/new\\x1b: was added",),
        ),
        (Harvest(files=(RUN,)), ("B/index.html: is gone",)),
        (
            Harvest(files=(dataclasses.replace(RUN, executable=False), INDEX)),
            ("B/bin/run: is not executable any more",),
        ),
        (
            Harvest(files=(RUN, dataclasses.replace(INDEX, executable=True))),
            ("B/index.html: is executable now",),
        ),
        (
            Harvest(
                files=(INDEX,), dropped=(Dropped(path="bin/run", reason="symbolic link to x"),)
            ),
            ("B/bin/run: symbolic link to x",),
        ),
        (
            Harvest(files=(), refused="there is no such folder"),
            ("B: cannot be read: there is no such folder",),
        ),
        (Harvest(files=()), ("B/bin/run: is gone", "B/index.html: is gone")),
    ],
)
def test_every_change_since_sealing_is_named(
    seal: Seal, survey: Harvest, changes: tuple[str, ...]
) -> None:
    assert verify(seal, {"A": FULL, "B": survey}) == changes


def test_missing_and_foreign_submissions_are_named(seal: Seal) -> None:
    assert verify(seal, {"A": FULL, "Z": FULL}) == ("B: is missing", "Z: was not sealed")
