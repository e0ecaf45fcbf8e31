"""How a cell ended, decided from the engine's facts, our clock and its files."""

from __future__ import annotations

import dataclasses
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multicooker.domain.cook import NetworkMode, Resources
from multicooker.domain.flavor import Role
from multicooker.domain.outcome import (
    Dropped,
    EndCause,
    Ending,
    Exit,
    ExitClass,
    FileEntry,
    Harvest,
)
from multicooker.domain.reading import Reading
from multicooker.domain.round import Cell
from multicooker.domain.usage import Usage
from multicooker.pipeline.collect import outcome

CELL = Cell(
    name="claude",
    role=Role.PARTICIPANT,
    owner="claude",
    flavor="claude",
    family="anthropic",
    image="mc/claude",
    timeout=1800,
    grace=10,
    resources=Resources(memory=512 * 1024**2),
    network=NetworkMode.NONE,
    environment={},
    mounts=(),
    tmpfs=(),
    folder="work/claude",
    required=("index.html", "assets"),
)
JUDGE = dataclasses.replace(
    CELL, name="judge-demo", role=Role.JUDGE, owner="demo", required=("ballot.json",)
)


def harvest(*paths: str, dropped: tuple[Dropped, ...] = ()) -> Harvest:
    files = tuple(FileEntry(path=path, size=5, sha256="0" * 64) for path in paths)
    return Harvest(files=files, dropped=dropped)


GOOD = harvest("index.html", "assets/style.css")


def ending(
    code: int | None = 0, *, cause: EndCause = EndCause.ENDED, oom: bool = False, error: str = ""
) -> Ending:
    facts = Exit(code=code, oom_killed=oom, error=error, seconds=12.5)
    return Ending(cell=CELL.name, cause=cause, exit=facts)


@pytest.mark.parametrize(
    ("end", "found", "expected", "detail"),
    [
        (ending(), GOOD, ExitClass.OK, "2 files, 10 bytes"),
        (
            ending(None, cause=EndCause.CANCELLED),
            None,
            ExitClass.CANCELLED,
            "stopped by the user",
        ),
        (ending(143, cause=EndCause.CANCELLED), GOOD, ExitClass.CANCELLED, "stopped by the user"),
        (
            ending(0, cause=EndCause.TIMED_OUT),
            GOOD,
            ExitClass.TIMED_OUT,
            "stopped after its 1,800 s",
        ),
        (
            ending(137, cause=EndCause.TIMED_OUT, oom=True),
            GOOD,
            ExitClass.TIMED_OUT,
            "stopped after its 1,800 s",
        ),
        (
            ending(127, cause=EndCause.NOT_STARTED, error="exec: no such file"),
            None,
            ExitClass.COULD_NOT_START,
            "exec: no such file",
        ),
        (
            Ending(
                cell=CELL.name,
                cause=EndCause.ENDED,
                exit=Exit(code=None, gone=True, error="somebody removed it", seconds=12.5),
            ),
            GOOD,
            ExitClass.CRASHED,
            "somebody removed it",
        ),
        (
            ending(None, cause=EndCause.ENDED),
            None,
            ExitClass.COULD_NOT_START,
            "the engine did not start it",
        ),
        (
            ending(137, oom=True),
            GOOD,
            ExitClass.OUT_OF_MEMORY,
            "ran out of its 512 MiB of memory",
        ),
        (
            ending(0, oom=True),
            GOOD,
            ExitClass.OUT_OF_MEMORY,
            "a process in it ran out of its 512 MiB of memory; it ended with 0",
        ),
        (
            ending(77, oom=True),
            GOOD,
            ExitClass.OUT_OF_MEMORY,
            "ran out of its 512 MiB of memory",
        ),
        (
            ending(75),
            GOOD,
            ExitClass.RATE_LIMITED,
            "its service refuses more for now (exit code 75)",
        ),
        (
            ending(77),
            None,
            ExitClass.AUTH_EXPIRED,
            "its login is missing, or not accepted any more (exit code 77)",
        ),
        (ending(64), GOOD, ExitClass.CRASHED, "it refused its input (exit code 64)"),
        (ending(1), GOOD, ExitClass.CRASHED, "ended with exit code 1"),
        (ending(137), GOOD, ExitClass.CRASHED, "ended with exit code 137 (SIGKILL)"),
        (ending(139), GOOD, ExitClass.CRASHED, "ended with exit code 139 (SIGSEGV)"),
        (
            ending(153),
            GOOD,
            ExitClass.CRASHED,
            "ended with exit code 153 (SIGXFSZ: a file grew over the limit)",
        ),
        (ending(255), GOOD, ExitClass.CRASHED, "ended with exit code 255"),
        (ending(), None, ExitClass.ARTIFACT_MISSING, "nothing was collected"),
        (ending(), harvest(), ExitClass.ARTIFACT_MISSING, "handed in nothing"),
        (
            ending(),
            Harvest(files=(), refused="more than 3 files"),
            ExitClass.ARTIFACT_MISSING,
            "its output cannot be used: more than 3 files",
        ),
        (
            ending(),
            harvest(dropped=(Dropped(path="index.html", reason="pipe, not a file"),)),
            ExitClass.ARTIFACT_MISSING,
            "handed in nothing; left out index.html (pipe, not a file)",
        ),
        (
            ending(),
            harvest(dropped=(Dropped(path="a\x1b", reason="pipe"), Dropped(path="b", reason="x"))),
            ExitClass.ARTIFACT_MISSING,
            "handed in nothing; left out a\\x1b (pipe) and 1 more",
        ),
        (
            ending(),
            harvest("index.htm"),
            ExitClass.ARTIFACT_MISSING,
            "missing: index.html, assets",
        ),
        (
            ending(),
            harvest(
                "index.html",
                dropped=(
                    Dropped(path="else", reason="pipe, not a file"),
                    Dropped(path="assets", reason="symbolic link to /etc, not followed"),
                ),
            ),
            ExitClass.ARTIFACT_MISSING,
            "missing: assets (symbolic link to /etc, not followed)",
        ),
    ],
)
def test_a_cell_is_classed_by_the_strongest_evidence(
    end: Ending, found: Harvest | None, expected: ExitClass, detail: str
) -> None:
    decided = outcome(CELL, end, found)
    assert (decided.exit_class, decided.detail) == (expected, detail)
    assert decided.oom_seen == end.exit.oom_killed
    assert (decided.exit_code, decided.seconds) == (end.exit.code, 12.5)
    assert (decided.cell, decided.owner, decided.role) == ("claude", "claude", Role.PARTICIPANT)


def test_a_required_file_behind_a_dropped_folder_says_why() -> None:
    cell = dataclasses.replace(CELL, required=("site/index.html",))
    found = harvest("x", dropped=(Dropped(path="site", reason="symbolic link to /, not followed"),))
    assert (
        outcome(cell, ending(), found).detail
        == "missing: site/index.html (site: symbolic link to /, not followed)"
    )


def test_a_long_list_of_missing_files_is_cut() -> None:
    cell = dataclasses.replace(CELL, required=tuple("abcdefg"))
    assert outcome(cell, ending(), harvest("x")).detail == "missing: a, b, c, d, e and 2 more"


def test_nothing_required_still_needs_something() -> None:
    cell = dataclasses.replace(CELL, required=())
    assert outcome(cell, ending(), harvest()).exit_class is ExitClass.ARTIFACT_MISSING
    assert outcome(cell, ending(), harvest("x")).detail == "1 file, 5 bytes"


def test_a_judge_must_hand_in_its_ballot() -> None:
    assert outcome(JUDGE, ending(), harvest("notes.md")).detail == "missing: ballot.json"
    good = outcome(JUDGE, ending(), harvest("ballot.json"))
    assert (good.exit_class, good.role) == (ExitClass.OK, Role.JUDGE)


@given(error=st.text(), path=st.text(), reason=st.text())
def test_a_detail_is_always_one_safe_line(error: str, path: str, reason: str) -> None:
    ends = [ending(None, cause=EndCause.NOT_STARTED, error=error), ending()]
    for end in ends:
        dropped = (Dropped(path=path, reason=reason),)
        detail = outcome(CELL, end, harvest(dropped=dropped)).detail
        assert sum(not unicodedata.combining(each) for each in detail) <= 301
        assert not [each for each in detail if ord(each) < 32 or 0x7F <= ord(each) < 0xA0]


# --- with what the CLI told ------------------------------------------------------------------

ENDED = Reading(ended=True)
CUT = Reading(ended=False)
LIMITED = Reading(
    ended=True,
    exit_class=ExitClass.RATE_LIMITED,
    detail="hit its limit\x1b",
    resets_at="2026-11-21T10:12:23Z",
    usage=Usage(turns=3),
)


@pytest.mark.parametrize(
    ("end", "found", "reading", "expected", "detail"),
    [
        (ending(), GOOD, ENDED, ExitClass.OK, "2 files, 10 bytes"),
        (ending(), GOOD, LIMITED, ExitClass.RATE_LIMITED, "hit its limit\\x1b"),
        (ending(1), None, LIMITED, ExitClass.RATE_LIMITED, "hit its limit\\x1b"),
        (
            ending(0, cause=EndCause.TIMED_OUT),
            GOOD,
            LIMITED,
            ExitClass.TIMED_OUT,
            "stopped after its 1,800 s; hit its limit\\x1b",
        ),
        (
            ending(0, cause=EndCause.TIMED_OUT),
            GOOD,
            CUT,
            ExitClass.TIMED_OUT,
            "stopped after its 1,800 s",
        ),
        (
            ending(137, oom=True),
            GOOD,
            CUT,
            ExitClass.OUT_OF_MEMORY,
            "ran out of its 512 MiB of memory",
        ),
        (
            ending(0),
            GOOD,
            CUT,
            ExitClass.KILLED,
            "stopped in mid-work, without its last word, with exit code 0",
        ),
        (
            ending(143),
            GOOD,
            CUT,
            ExitClass.KILLED,
            "stopped in mid-work, without its last word, with exit code 143 (SIGTERM)",
        ),
        (ending(2), GOOD, CUT, ExitClass.CRASHED, "ended without its last word, with exit code 2"),
        (
            ending(139),
            GOOD,
            dataclasses.replace(CUT, detail="no such flag"),
            ExitClass.CRASHED,
            "ended without its last word, with exit code 139 (SIGSEGV): no such flag",
        ),
        (
            ending(77),
            GOOD,
            CUT,
            ExitClass.AUTH_EXPIRED,
            "its login is missing, or not accepted any more (exit code 77)",
        ),
        (ending(1), GOOD, ENDED, ExitClass.CRASHED, "ended with exit code 1"),
        (ending(), harvest(), ENDED, ExitClass.ARTIFACT_MISSING, "handed in nothing"),
        (
            ending(),
            GOOD,
            dataclasses.replace(ENDED, notes=("1 of 2 tool calls failed", "x")),
            ExitClass.OK,
            "2 files, 10 bytes; 1 of 2 tool calls failed; x",
        ),
        (
            Ending(
                cell=CELL.name,
                cause=EndCause.ENDED,
                exit=Exit(code=None, gone=True, error="removed"),
            ),
            GOOD,
            CUT,
            ExitClass.CRASHED,
            "removed",
        ),
    ],
)
def test_the_word_of_the_cli_comes_after_the_clock_and_before_the_exit_code(
    end: Ending, found: Harvest | None, reading: Reading, expected: ExitClass, detail: str
) -> None:
    decided = outcome(CELL, end, found, reading)
    assert (decided.exit_class, decided.detail) == (expected, detail)
    assert (decided.usage, decided.resets_at) == (reading.usage, reading.resets_at)
