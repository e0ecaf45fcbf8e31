"""Every flavor that comes with the program keeps the contract that it asks of others."""

from __future__ import annotations

from pathlib import Path

import pytest

from multicooker.app.flavor.check import check_flavor
from multicooker.app.results import Check, Level

TEMPLATES = Path(__file__).parents[2] / "templates" / "cook" / "participants"
BUILT_IN = sorted(path.name for path in TEMPLATES.iterdir() if not path.name.startswith("_"))
EXAMPLE = Path(__file__).parent / "example_flavor_package" / "multicooker_echo"


def shortcomings(folder: Path, name: str) -> list[Check]:
    checks = check_flavor(str(folder), name=name).checks
    return [check for check in checks if check.level is not Level.OK]


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_flavor_keeps_the_contract(name: str) -> None:
    assert shortcomings(TEMPLATES / name, name) == []


def test_the_example_package_keeps_the_contract() -> None:
    assert shortcomings(EXAMPLE, "echo") == []


def test_there_are_flavors_to_check() -> None:
    assert "demo" in BUILT_IN
