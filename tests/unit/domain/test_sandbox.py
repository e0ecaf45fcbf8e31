"""What a sandbox may be opened on, and what it gets of the host."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multicooker.domain.sandbox import (
    Place,
    SandboxSettings,
    git_config,
    passed_on,
    refused,
    too_broad,
)

HOME = "/home/you"


@pytest.mark.parametrize(
    ("folder", "why"),
    [
        ("/home/you", "home folder"),
        ("/", "home folder is in it"),
        ("/home", "home folder is in it"),
        ("/etc", "system"),
        ("/tmp", "system"),
        ("/Users", "system"),
        ("/home/you/Documents", "heap"),
        ("/home/you/Library", "heap"),
        ("/home/you/.config", "keys"),
        ("/home/you/.claude", "keys"),
        ("/home/you/.ssh", "keys"),
        ("/home/you/.ssh/keys", "keys"),
    ],
)
def test_a_broad_place_is_refused_with_its_reason(folder: str, why: str) -> None:
    assert why in too_broad(folder, HOME)


@pytest.mark.parametrize(
    "folder",
    [
        "/home/you/bakery",
        "/home/you/Documents/bakery",
        "/home/you/.config/nvim",
        "/home/you/.dotfiles",
        "/home/you-too",
        "/tmp/bakery",
        "/srv/www",
        "/work",
        "/srv/bob",
    ],
)
def test_a_project_is_no_broad_place(folder: str) -> None:
    assert too_broad(folder, HOME) == ""


def test_github_tokens_are_always_refused_and_others_by_pattern() -> None:
    variables = ["PATH", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "BANK_PROD_KEY", "prod_key"]

    assert refused(variables, []) == ("GH_ENTERPRISE_TOKEN", "GITHUB_TOKEN")
    assert refused(variables, ["*_PROD_*"]) == (
        "BANK_PROD_KEY",
        "GH_ENTERPRISE_TOKEN",
        "GITHUB_TOKEN",
    )
    assert refused(["PATH", "HOME"], ["?ATHS", "X*"]) == ()


def test_only_the_terminal_and_the_clock_are_passed_on() -> None:
    variables = {
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "TZ": "Europe/Berlin",
        "LANG": "de_DE.UTF-8",
        "ANTHROPIC_API_KEY": "sk",
        "PATH": "/bin",
    }

    assert passed_on(variables) == {
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "TZ": "Europe/Berlin",
    }


@pytest.mark.parametrize("value", ["", "x\nEVIL=1", "$(id)", "/etc/passwd", "a" * 100])
def test_a_variable_with_another_value_than_usual_is_not_passed_on(value: str) -> None:
    assert passed_on({"TERM": value, "TZ": value}) == {}


def test_the_same_folder_flavor_and_profile_is_the_same_sandbox() -> None:
    one = Place(folder="/home/you/Bäckerei & Söhne", flavor="claude")
    ids = {
        one.id,
        Place(folder="/srv/Bäckerei & Söhne", flavor="claude").id,
        Place(folder=one.folder, flavor="codex").id,
        Place(folder=one.folder, flavor="claude", profile="work").id,
    }

    assert one.id == Place(folder=one.folder, flavor="claude").id
    assert one.id.startswith("b-ckerei-s-hne-claude-")
    assert one.project == "Bäckerei & Söhne"
    assert len(ids) == 4


@given(st.text(min_size=1))
def test_a_sandboxs_id_is_a_name_for_files_and_containers(name: str) -> None:
    place = Place(folder=f"/x/{name}", flavor="claude").id

    assert all(char.isascii() and (char.isalnum() or char == "-") for char in place)
    assert place[0].isalnum()
    assert len(place) < 60


@pytest.mark.parametrize(("flavor", "profile"), [("../x", None), ("claude", "a b")])
def test_a_sandbox_of_an_odd_name_is_refused(flavor: str, profile: str | None) -> None:
    with pytest.raises(ValueError, match="is not a name"):
        Place(folder="/x", flavor=flavor, profile=profile)


@pytest.mark.parametrize("pattern", ["", "A B", "[A-Z]*", "A=1"])
def test_a_pattern_that_is_no_name_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="not the name of a variable"):
        SandboxSettings(refuse=(pattern,))


@pytest.mark.parametrize("every", [0, 86401])
def test_looks_too_often_or_too_seldom_are_refused(every: int) -> None:
    with pytest.raises(ValueError, match="between 1s and 24h"):
        SandboxSettings(every=every)


def read_back(config: Path, key: str) -> str:
    ran = subprocess.run(
        ["git", "config", "--file", str(config), "--get", key],
        check=False,
        capture_output=True,
        text=True,
    )
    return ran.stdout.removesuffix("\n")


@pytest.mark.parametrize(
    "name", ["Ada", 'Ada "The Countess" Lovelace', "back\\slash", "# no ; comment", "Ærøskøbing"]
)
def test_an_identity_is_what_git_reads_back(name: str, tmp_path: Path) -> None:
    config = tmp_path / "gitconfig"
    config.write_text(git_config(name, "ada@example.com"), encoding="utf-8")

    assert read_back(config, "user.name") == name
    assert read_back(config, "user.email") == "ada@example.com"
    assert read_back(config, "safe.directory") == "/workspace"


def test_an_identity_cannot_bring_more_than_itself(tmp_path: Path) -> None:
    config = tmp_path / "gitconfig"
    evil = 'x"\n[core]\n\tpager = evil\n[user]\n\tname = "y'
    config.write_text(git_config(evil, ""), encoding="utf-8")

    assert read_back(config, "core.pager") == ""
    assert read_back(config, "user.email") == ""


def test_without_an_identity_git_is_told_of_none() -> None:
    assert "user" not in git_config("", "")
