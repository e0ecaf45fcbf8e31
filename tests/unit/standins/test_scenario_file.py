"""Scenarios from YAML."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.standins import scenario
from tests.standins.scenario import (
    Ballot,
    Fault,
    FaultKind,
    Provider,
    Scenario,
    Talk,
    Turn,
)
from tests.standins.scenario_file import load_scenario, parse_scenario

DOCUMENTED = Scenario(
    talks=(
        Talk(
            when="/work/submissions",
            provider=Provider.ANTHROPIC,
            model="opus",
            turns=(Ballot(base=5, likes={"<h2>": 2}),),
        ),
        Talk(
            turns=(
                Turn(say="I look around first.", run="ls -la"),
                Fault(status=529, times=2),
                Turn(write=("index.html", "<h1>Bakery</h1>")),
                Turn(say="Done.", delay=0.2),
            )
        ),
    )
)


def test_the_documented_example_is_read(tmp_path: Path) -> None:
    shown = re.search(r"^    talks:\n(?:    .*\n)+", scenario.__doc__ or "", re.MULTILINE)
    assert shown is not None
    path = tmp_path / "scenario.yaml"
    path.write_text(shown[0].replace("\n    ", "\n").removeprefix("    "), encoding="utf-8")
    assert load_scenario(path) == DOCUMENTED


def test_a_fault_names_its_kind_and_a_ballot_may_be_plain() -> None:
    text = "talks: [{turns: [{fault: {kind: usage_limit, resets_in: 60}}, {ballot: }]}]"
    assert parse_scenario(text) == Scenario.of(
        Fault(kind=FaultKind.USAGE_LIMIT, resets_in=60), Ballot()
    )


@pytest.mark.parametrize(
    ("turn", "error"),
    [
        ("{shout: loud}", TypeError),
        ("{fault: {kind: earthquake}}", ValueError),
        ("{ballot: {colour: red}}", TypeError),
        ("{write: {path: index.html}}", KeyError),
    ],
)
def test_what_the_vocabulary_does_not_know_is_refused(turn: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        parse_scenario(f"talks: [{{turns: [{turn}]}}]")
