"""A task is a name in the folder of cooks, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from multicooker.adapters.folder.workspace import find_cook
from multicooker.errors import BadInputError

BAD = [
    "../x",
    "/etc",
    "a/../../b",
    "a/b",
    "-rf",
    "--help",
    "",
    " ",
    ".",
    "..",
    ".hidden",
    "A",
    "é",
    "a b",
    "a:b",
    "a\n",
    "a\0b",
    "con",
    "nul",
    "x" * 41,
    "x" * 300,
    "٣",
]


def snapshot(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*"))


@pytest.fixture
def cooks(tmp_path: Path) -> Path:
    for name in ("cooks/landing", "cooks/api", "x", "b"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path / "cooks"


@pytest.mark.parametrize("task", BAD)
def test_what_is_no_name_is_refused_and_nothing_touched(cooks: Path, task: str) -> None:
    before = snapshot(cooks.parent)
    with pytest.raises(BadInputError, match="is not a name: use 1 to 40 of a-z, 0-9, - and _"):
        find_cook(cooks, task)
    assert snapshot(cooks.parent) == before


@pytest.mark.parametrize("task", ["landing", "a", "0", "x" * 40, "a-b_c"])
def test_a_folder_of_that_name_is_the_cook(cooks: Path, task: str) -> None:
    (cooks / task).mkdir(exist_ok=True)
    assert find_cook(cooks, task).folder == str(cooks / task)


def test_two_ways_to_the_cooks_lead_to_one_cook(cooks: Path) -> None:
    (cooks.parent / "way").symlink_to(cooks)
    assert find_cook(cooks.parent / "way", "landing").folder == str(cooks / "landing")


def test_a_cook_that_is_a_link_is_refused(cooks: Path) -> None:
    (cooks / "trap").symlink_to("/etc")
    with pytest.raises(BadInputError, match="trap: is a symbolic link; a cook is a real folder"):
        find_cook(cooks, "trap")


def test_a_cook_that_is_a_file_is_refused(cooks: Path) -> None:
    (cooks / "file").touch()
    with pytest.raises(BadInputError, match="file: is not a folder"):
        find_cook(cooks, "file")


def test_a_near_miss_is_helped(cooks: Path) -> None:
    with pytest.raises(BadInputError, match="landin: there is no such cook") as caught:
        find_cook(cooks, "landin")
    assert caught.value.hint == "did you mean landing?"
    with pytest.raises(BadInputError) as caught:
        find_cook(cooks, "other")
    assert caught.value.hint == "`multicooker new other` makes it"
    with pytest.raises(BadInputError, match="there is no such cook"):
        find_cook(cooks / "none", "landing")


def test_cooks_that_are_no_folder_are_told(cooks: Path) -> None:
    (cooks / "file").touch()
    with pytest.raises(BadInputError, match="landing: Not a directory"):
        find_cook(cooks / "file", "landing")


def test_a_cook_that_vanished_is_told(cooks: Path) -> None:
    workspace = find_cook(cooks, "landing")
    (cooks / "landing").rmdir()
    with pytest.raises(BadInputError, match="landing: is not a folder"):
        workspace.names("")
