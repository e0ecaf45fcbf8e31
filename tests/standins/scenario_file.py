"""A scenario from YAML; `scenario.py` shows the format."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.standins.scenario import (
    Act,
    Ballot,
    Fault,
    FaultKind,
    Provider,
    Scenario,
    Talk,
    Turn,
)


def load_scenario(path: Path) -> Scenario:
    """Read a scenario; TypeError or ValueError tell what is wrong with it."""
    return parse_scenario(path.read_text(encoding="utf-8"))


def parse_scenario(text: str) -> Scenario:
    """Read a scenario from the text of a YAML file."""
    return Scenario(talks=tuple(_talk(item) for item in yaml.safe_load(text)["talks"]))


def _talk(item: Mapping[str, Any]) -> Talk:
    given = dict(item)
    if "provider" in given:
        given["provider"] = Provider(given["provider"])
    given["turns"] = tuple(_act(turn) for turn in given["turns"])
    return Talk(**given)


def _act(item: Mapping[str, Any]) -> Act:
    given = dict(item)
    if "ballot" in given:
        return Ballot(**(given["ballot"] or {}))
    if "fault" in given:
        fault = dict(given["fault"])
        fault["kind"] = FaultKind(fault.get("kind", FaultKind.STATUS))
        return Fault(**fault)
    if "write" in given:
        given["write"] = (given["write"]["path"], given["write"]["content"])
    return Turn(**given)
