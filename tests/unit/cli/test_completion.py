"""The shell completes verbs, tasks, cells and flavors, and is never offered a hostile name."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from multicooker.cli.main import cli
from tests.unit.cli.calls import Caller


def offered(*words: str) -> list[str]:
    """Return what bash would offer for the last word."""
    typed = {
        "_MULTICOOKER_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(("multicooker", *words)),
        "COMP_CWORD": str(len(words)),
    }
    ended = CliRunner().invoke(cli, (), obj=Caller().invocation(), env=typed)
    return [line.split(",", 1)[1] for line in ended.stdout.split()]


@pytest.fixture(autouse=True)
def cooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "cooks"
    for task in ("landing", "logo", "Bad Name", "x;rm"):
        (root / task).mkdir(parents=True)
        (root / task / "BRIEF.md").touch()
    (root / "no-brief").mkdir()
    (root / "landing" / "work" / "saffron").mkdir(parents=True)
    (root / "landing" / "judging" / "strict").mkdir(parents=True)
    (tmp_path / "flavors" / "aider").mkdir(parents=True)
    (root / "landing" / "deeper").mkdir()
    monkeypatch.chdir(root / "landing" / "deeper")
    return root


def test_commands_are_offered() -> None:
    assert offered("co") == ["cook", "completion"]
    assert offered("flavor", "s") == ["show"]


def test_tasks_are_the_cooks_upward_from_here_and_only_good_names() -> None:
    assert offered("cook", "") == ["landing", "logo"]
    assert offered("cook", "lo") == ["logo"]


@pytest.mark.parametrize("words", [("-C", "{}", "cook", "l"), ("cook", "-C", "{}", "l")])
def test_tasks_come_from_the_folder_that_was_told(words: tuple[str, ...], tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "lemon").mkdir(parents=True)
    (elsewhere / "lemon" / "BRIEF.md").touch()
    assert offered(*(word.format(elsewhere) for word in words)) == ["lemon"]


def test_cells_are_those_of_the_task_on_the_line() -> None:
    assert offered("logs", "landing", "") == ["judge-strict", "saffron"]
    assert offered("logs", "logo", "") == []


def test_flavors_are_the_built_in_ones_and_those_next_to_the_cooks() -> None:
    assert {"aider", "demo"} <= set(offered("flavor", "show", ""))
    assert offered("flavor", "show", "ai") == ["aider"]
    assert not [name for name in offered("flavor", "show", "") if name.startswith("_")]


def test_where_no_cooks_are_nothing_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert offered("-C", str(tmp_path / "gone"), "cook", "") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_calls_the_program(shell: str) -> None:
    script = Caller()("completion", shell).stdout
    assert f"_MULTICOOKER_COMPLETE={shell}_complete" in script
    assert "multicooker" in script


def test_bash_takes_its_script() -> None:
    bash = shutil.which("bash")
    assert bash is not None
    script = Caller()("completion", "bash").stdout
    subprocess.run([bash, "-n"], input=script, text=True, check=True)


def test_a_shell_that_is_none_of_them_is_refused() -> None:
    assert Caller()("completion", "tcsh").exit_code == 2
