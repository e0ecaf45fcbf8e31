"""The files we write ourselves come back as they were, or are refused with what to do."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multicooker.domain.ballot import (
    Absence,
    Ballot,
    CastBallot,
    DimensionStanding,
    Evidence,
    RecordedBallot,
    Score,
    Seal,
    SealKey,
    Standing,
    Submission,
    Verdict,
    VerdictLevel,
)
from multicooker.domain.flavor import Role
from multicooker.domain.outcome import CookStatus, Event, ExitClass, FileEntry, Outcome
from multicooker.errors import StateError
from multicooker.pipeline import load
from tests.unit.pipeline.load.strategies import events, names, seals, statuses

CAST = CastBallot(
    judge="north",
    flavor="demo",
    family="demo",
    ballot=Ballot(
        scores=(
            Score(
                label="A",
                dimension="craft",
                evidence=(Evidence(file="index.html", quote="<h1>\x1b[2J é 🙂"),),
                reason="Well made.",
                score=7,
            ),
        ),
        summary="One stands out.",
    ),
)
VERDICT = Verdict(
    task="landing",
    round=1,
    made="2026-01-01T00:00:00Z",
    level=VerdictLevel.TOO_CLOSE,
    leaders=("A", "B"),
    margin=None,
    why=("Only one judge.",),
    standings=(
        Standing(
            label="A",
            mean=7.0,
            spread=0.1,
            dimensions=(DimensionStanding(dimension="craft", mean=7.0, spread=0.0),),
            totals={"north": 7.0},
            self_judged=("north",),
        ),
    ),
    ballots=(CAST,),
    missing_judges=(Absence(name="south", reason="timed out"),),
    weights={"craft": 1.0},
    authors={"A": "saffron"},
    outcomes=(
        Outcome(
            cell="saffron",
            role=Role.PARTICIPANT,
            owner="saffron",
            exit_class=ExitClass.OK,
            exit_code=0,
            seconds=1.5,
        ),
    ),
    sealed={"A": ExitClass.OK},
)
SEAL = Seal(
    round=1,
    made="2026-01-01T00:00:00Z",
    submissions=(Submission(label="A", files=(FileEntry(path="a", size=1, sha256="0"),)),),
)


@settings(max_examples=40, deadline=None)
@given(seals)
def test_a_seal_comes_back_as_it_was_with_any_file_name(seal: Seal) -> None:
    assert load.seal(load.to_json(seal), place="manifest.json") == seal


@settings(max_examples=40, deadline=None)
@given(statuses)
def test_a_status_comes_back_as_it_was(status: CookStatus) -> None:
    text = load.to_json(status)

    assert load.cook_status(text, place="status.json") == status
    assert load.to_json(load.cook_status(text, place="status.json")) == text


@settings(max_examples=20, deadline=None)
@given(statuses)
def test_a_status_of_before_there_were_logins_and_usage_still_loads(status: CookStatus) -> None:
    data = json.loads(load.to_json(status))
    for cell in data["cells"]:
        for key in ("credential", "resets_at", "usage"):
            del cell[key]

    found = load.cook_status(json.dumps(data), place="status.json")

    assert found == dataclasses.replace(
        status,
        cells=tuple(
            dataclasses.replace(cell, credential="", resets_at="", usage=None)
            for cell in status.cells
        ),
    )


def test_a_verdict_of_before_there_was_usage_still_loads() -> None:
    data = json.loads(load.to_json(VERDICT))
    for outcome in data["outcomes"]:
        for key in ("resets_at", "usage"):
            del outcome[key]

    assert load.verdict(json.dumps(data), place="verdict.json") == VERDICT


@settings(max_examples=60, deadline=None)
@given(events)
def test_an_event_is_one_line_of_ascii_and_comes_back_as_it_was(event: Event) -> None:
    line = load.to_line(event)

    assert line.isascii()
    assert line.isprintable()
    found = load.event(line, place="events.jsonl")
    assert found == event
    assert {key: type(value) for key, value in found.data.items()} == {
        key: type(value) for key, value in event.data.items()
    }


@settings(max_examples=20, deadline=None)
@given(st.dictionaries(names, names))
def test_a_key_comes_back_as_it_was(participants: dict[str, str]) -> None:
    key = SealKey(participants=participants)

    assert load.seal_key(load.to_json(key), place="key.json") == key


def test_a_verdict_and_a_cast_ballot_come_back_as_they_were() -> None:
    recorded = RecordedBallot(seal="2026", cast=CAST)

    assert load.verdict(load.to_json(VERDICT), place="verdict.json") == VERDICT
    assert load.recorded_ballot(load.to_json(recorded), place="cast.json") == recorded


def test_json_is_indented_in_the_order_of_the_fields_with_words_for_choices() -> None:
    text = load.to_json(VERDICT)

    assert text.startswith('{\n  "version": 1,\n  "task": "landing",\n  "round": 1,\n')
    assert '\n  "level": "too close to call",\n' in text
    assert text.endswith("\n}\n")
    assert text.isascii()
    assert "\x1b" not in text


def test_a_file_name_that_is_not_utf8_survives() -> None:
    name = os.fsdecode(b"caf\xe9\xff.txt")
    seal = Seal(
        round=1,
        made="",
        submissions=(Submission(label="A", files=(FileEntry(path=name, size=0, sha256=""),)),),
    )

    text = load.to_json(seal).encode("utf-8").decode("utf-8")
    (submission,) = load.seal(text, place="manifest.json").submissions
    assert os.fsencode(submission.files[0].path) == b"caf\xe9\xff.txt"


def test_a_key_that_was_added_with_a_default_may_be_missing() -> None:
    data = json.loads(load.to_json(SEAL))
    del data["submissions"][0]["partial"]

    assert load.seal(json.dumps(data), place="manifest.json") == SEAL


def test_a_whole_number_is_taken_for_a_number_with_a_fraction() -> None:
    found = load.verdict(load.to_json(VERDICT).replace("7.0", "7"), place="verdict.json")

    assert found == VERDICT
    assert type(found.standings[0].mean) is float


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"made": "2026-01-01T00:00:00Z"', '"made": 7', "made: text is expected"),
        ('"round": 1', '"round": 1.0', "round: a whole number is expected"),
        ('"round": 1', '"round": true', "round: a whole number is expected"),
        ('"round": 1', '"round": null', "round: a whole number is expected"),
        ('"round": 1,', "", "round is missing"),
        ('"round": 1', '"round": 1, "rnd\\u001b": 1', r"unknown key 'rnd\x1b'"),
        ('"round": 1', '"round": 1, "round": 2', "a key stands twice"),
        ('"round": 1', '"round": ' + "1" * 5000, "digits"),
        ('"margin": null', '"margin": "1"', "margin: a number is expected"),
        ('"margin": null', '"margin": NaN', "NaN is no number"),
        ('"margin": null', '"margin": -Infinity', "-Infinity is no number"),
        ('"margin": null', '"margin": 1e999', "margin: a number is expected"),
        ('"margin": null', '"margin": false', "margin: a number is expected"),
        (
            '"too close to call"',
            '"too\\u001b"',
            r"level: 'too\x1b' is none of winner, leaning, too close to call, single opinion",
        ),
        ('"too close to call"', "3", "level: text is expected"),
        ('"craft": 1.0', '"craft": "1"', "weights.craft: a number is expected"),
        ('"craft": 1.0', '"cr aft": []', "weights.'cr aft': a number is expected"),
        ('"oom_seen": false', '"oom_seen": 0', "outcomes.0.oom_seen: true or false is expected"),
        (
            '"score": 7',
            '"score": 77',
            "ballots.0.ballot.scores.0: score 77 is not between 1 and 10",
        ),
        ('"leaders": [', '"leaders": 1, "x": [', "unknown key 'x'"),
        ('"version": 1', '"version": "1"', "version: is missing"),
    ],
)
def test_a_damaged_verdict_is_refused_with_place_and_reason(
    old: str, new: str, reason: str
) -> None:
    text = load.to_json(VERDICT)
    assert old in text

    with pytest.raises(StateError) as caught:
        load.verdict(text.replace(old, new, 1), place="cooks/t/verdict.json")

    assert caught.value.message.startswith("cooks/t/verdict.json: damaged: ")
    assert reason in caught.value.message
    assert "multicooker judge TASK" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Expecting value"),
        ("\0" * 100, "Expecting value"),
        ("[]", "a mapping is expected"),
        ("null", "a mapping is expected"),
        ("{}", "version: is missing"),
        ("\ufeff{}", "BOM"),
        ("[" * 200_000, "nested too deep"),
        ('{"version": 1, "submissions": {}}', "is missing"),
        (
            '{"version": 1, "round": 1, "made": "", "submissions": {}}',
            "submissions: a list is expected",
        ),
        (
            '{"version": 1, "round": 1, "made": "", "submissions": [1]}',
            "submissions.0: a mapping is expected",
        ),
    ],
)
def test_what_is_no_seal_is_refused(text: str, reason: str) -> None:
    with pytest.raises(StateError) as caught:
        load.seal(text, place="manifest.json")

    assert reason in caught.value.message
    assert "--fresh" in caught.value.hint


def test_a_mapping_is_not_a_list() -> None:
    with pytest.raises(StateError, match="participants: a mapping is expected"):
        load.seal_key('{"version": 1, "participants": ["A"]}', place="key.json")


def test_another_version_is_told_apart_from_damage() -> None:
    with pytest.raises(StateError) as caught:
        load.cook_status('{"version": 2, "news": []}', place="cooks/t/status.json")

    assert caught.value.message == (
        "cooks/t/status.json: it is of version 2; this multicooker reads version 1"
    )
    assert caught.value.hint.startswith("Use the multicooker that wrote it, or else: ")


def test_a_file_that_ends_anywhere_is_refused() -> None:
    text = load.to_json(SEAL)

    for end in range(len(text) - 2):
        with pytest.raises(StateError):
            load.seal(text[:end], place="manifest.json")


@settings(max_examples=100, deadline=None)
@given(st.text() | st.binary().map(lambda data: data.decode("utf-8", "surrogateescape")))
def test_any_line_is_an_event_or_refused(text: str) -> None:
    with pytest.raises(StateError, match=r"events\.jsonl"):
        load.event(text, place="events.jsonl")


def test_looking_at_our_own_files_imports_neither_pydantic_nor_yaml() -> None:
    code = "import multicooker.pipeline.load, sys; print({'yaml', 'pydantic'} & {*sys.modules})"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout == "set()\n"
