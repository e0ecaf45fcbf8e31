"""The page of outcomes is about the CLIs and scenarios as they are; `make outcomes` makes it."""

from __future__ import annotations

import re

import yaml

from multicooker.domain.outcome import ExitClass
from tests.docs.console import ROOT
from tests.standins.cases import CASES
from tests.standins.stage import FLAVORS

PAGE = (ROOT / "docs/reference/outcomes.md").read_text(encoding="utf-8")
PLACE = re.compile(r"(?<= )`(\w+)`(?: until \*time\*)?<br>")


def test_it_was_made_with_the_versions_that_flavors_pin() -> None:
    for flavor in FLAVORS:
        path = ROOT / "templates/cook/participants" / flavor / "flavor.yaml"
        assert f"{flavor} {yaml.safe_load(path.read_text())['version']}" in PAGE


def test_it_tells_an_outcome_of_each_flavor_in_every_scenario() -> None:
    rows = [line for line in PAGE.splitlines() if "<br>" in line]
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows[: len(CASES)]] == [
        case.what for case in CASES
    ]
    for row in rows:
        assert len(PLACE.findall(row)) == len(FLAVORS), row


def test_its_outcomes_are_those_that_there_are() -> None:
    told = set(PLACE.findall(PAGE))
    assert told <= set(ExitClass)
    assert {"ok", "rate_limited", "auth_expired", "refused", "error", "timed_out", "killed"} <= told
