"""What session files tell that the event stream does not."""

from __future__ import annotations

import pytest

from multicooker.domain.outcome import ExitClass
from multicooker.domain.reading import Conversation, Reading
from multicooker.domain.usage import Usage
from multicooker.pipeline.collect.dialects import BUILT_IN
from multicooker.pipeline.collect.sessions import corrected
from tests.unit.pipeline.collect.recorded import NOW, log, sessions

ONE = "it says that all is well, but its one tool call failed"


def talk(calls: int, failures: int) -> Conversation:
    return Conversation(id="x", usage=Usage(tool_calls=calls, tool_failures=failures))


@pytest.mark.parametrize("flavor", ["claude", "codex", "gemini"])
def test_a_run_whose_every_command_failed_is_no_good_whatever_its_cli_says(flavor: str) -> None:
    dialect = BUILT_IN[flavor]
    told = dialect.conversations(sessions(flavor, "command_fails"))
    found = corrected(dialect.read(log(flavor, "command_fails"), now=NOW), told)
    assert (found.exit_class, found.detail) == (ExitClass.ERROR, ONE)
    assert found.notes == ("1 of 1 tool calls failed",)
    assert found.usage is not None
    assert (found.usage.tool_calls, found.usage.tool_failures) == (1, 1)


def test_where_something_worked_it_is_a_note() -> None:
    good = Reading(ended=True, notes=("one",), usage=Usage(tool_calls=5, tool_failures=0))
    found = corrected(good, (talk(3, 1), talk(2, 1), Conversation(id="y")))
    assert (found.exit_class, found.detail) == (None, "")
    assert found.notes == ("one", "2 of 5 tool calls failed")


@pytest.mark.parametrize(
    ("reading", "exit_class", "detail"),
    [
        (Reading(ended=False, detail="a line"), None, "a line"),
        (
            Reading(ended=True, exit_class=ExitClass.RATE_LIMITED, detail="no more"),
            ExitClass.RATE_LIMITED,
            "no more",
        ),
    ],
)
def test_what_the_cli_told_of_its_end_stays(
    reading: Reading, exit_class: ExitClass | None, detail: str
) -> None:
    found = corrected(reading, (talk(1, 1),))
    assert (found.exit_class, found.detail) == (exit_class, detail)
    assert found.usage == Usage(tool_calls=1, tool_failures=1)


@pytest.mark.parametrize("told", [(), (talk(4, 0),), (Conversation(id="x"),)])
def test_without_failures_nothing_changes(told: tuple[Conversation, ...]) -> None:
    reading = Reading(ended=True, usage=Usage(tool_calls=9))
    assert corrected(reading, told) is reading


def test_failures_that_the_stream_told_are_not_counted_anew() -> None:
    reading = Reading(ended=True, usage=Usage(tool_calls=9, tool_failures=1))
    assert corrected(reading, (talk(3, 3),)) is reading
