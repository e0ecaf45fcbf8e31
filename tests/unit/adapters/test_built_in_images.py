"""The Dockerfiles of claude, codex and gemini agree with each other and with flavor.yaml."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

PARTICIPANTS = Path(__file__).parents[3] / "templates/cook/participants"
FLAVORS = ("claude", "codex", "gemini")


def dockerfile(flavor: str) -> str:
    return (PARTICIPANTS / flavor / "Dockerfile.base").read_text(encoding="utf-8")


def shared(flavor: str) -> str:
    """Return the stages before the one that downloads the CLI."""
    begin, end = "ARG BASE=", "FROM fetch AS cli"
    text = dockerfile(flavor)
    return text[text.index(begin) : text.index(end)]


def declared(pattern: str, flavor: str) -> set[str]:
    return set(re.findall(pattern, dockerfile(flavor), re.MULTILINE))


def test_the_stages_that_are_made_once_are_the_same_to_the_byte() -> None:
    assert len({shared(flavor) for flavor in FLAVORS}) == 1


@pytest.mark.parametrize("flavor", FLAVORS)
def test_flavor_yaml_says_what_the_dockerfile_does(flavor: str) -> None:
    said = yaml.safe_load((PARTICIPANTS / flavor / "flavor.yaml").read_text(encoding="utf-8"))
    assert declared(r"^ARG VERSION=(.+)$", flavor) == {said["version"]}
    assert declared(r"^ARG BASE=(.+)$", flavor) == {said["base"]["name"]}
    assert declared(r'tools="(.+)"', flavor) == {" ".join(said["base"]["debian"])}


@pytest.mark.parametrize("flavor", FLAVORS)
def test_a_dockerfile_names_no_host(flavor: str) -> None:
    assert "://" not in dockerfile(flavor)
    assert not declared(r"^(# *syntax=.*)$", flavor)  # a frontend would come from a registry
