"""Pages lead where they say, name commands that exist, and stay as short as promised."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from multicooker.cli.main import cli
from multicooker.cli.options import COMMON
from tests.docs.console import ROOT

PAGES = [
    ROOT / "README.md",
    ROOT / "SECURITY.md",
    ROOT / "CHANGELOG.md",
    ROOT / "changelog.d/README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "benchmarks").rglob("*.md")),
]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
HELP = ("-h", "--help")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def without_fences(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(text: str) -> set[str]:
    """Return the headings of a page as links name them."""
    titles = re.findall(r"^#+ (.+)$", without_fences(text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", NAMES)
def test_every_link_inside_the_project_leads_somewhere(name: str) -> None:
    text = without_fences(read(name))
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    broken = []
    for link in links:
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = ((ROOT / name).parent / path).resolve() if path else ROOT / name
        leads = target.is_relative_to(ROOT) and target.exists()
        if not leads or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            broken.append(link)
    assert broken == []


def test_the_map_of_the_documentation_leads_to_every_page() -> None:
    linked = set(re.findall(r"\]\(([^)#\s]+)\)", read("docs/README.md")))
    pages = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
    assert pages - linked == {"README.md"}


def shown_calls(text: str) -> Iterator[str]:
    """Yield the `multicooker …` commands of a page, from fences and from the text."""
    for fence in re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield from re.findall(r"^(?:\$ )?(multicooker .*)$", fence, re.MULTILINE)
    yield from re.findall(r"`(multicooker [^`]+)`", without_fences(text))


def wrong_words(call: str) -> list[str]:
    """Return the subcommands and options of a call that the program does not have."""
    words = iter(re.split(r" [#|>]|;| -- ", call, maxsplit=1)[0].split()[1:])
    command: click.Command = cli
    wrong: list[str] = []
    for word in words:
        if isinstance(command, click.Group) and re.fullmatch(r"[a-z]+", word):
            if word not in command.commands:
                return [*wrong, word]
            command = command.commands[word]
        elif word.startswith("-") and word not in HELP:
            name, given, _ = word.partition("=")
            options = [param for param in (*command.params, *COMMON) if name in param.opts]
            wrong += [] if options else [word]
            if options and not given and not getattr(options[0], "is_flag", False):
                next(words, None)  # its value
    return wrong


@pytest.mark.parametrize("name", NAMES)
def test_every_command_that_a_page_names_exists(name: str) -> None:
    wrong = {call: words for call in shown_calls(read(name)) if (words := wrong_words(call))}
    assert wrong == {}


@pytest.mark.parametrize(
    ("call", "wrong"),
    [
        ("multicooker coock landing", ["coock"]),
        ("multicooker cook landing --no-juge | head", ["--no-juge"]),
        ("multicooker flavor frobnicate x", ["frobnicate"]),
        ("multicooker render TASK --diff --json # --really", []),
        ("multicooker -C elsewhere logs <task> -f", []),
        ("multicooker sandbox --flavor claude -- --not-ours", []),
        ("multicooker --version", []),
    ],
)
def test_a_command_that_does_not_exist_is_found(call: str, wrong: list[str]) -> None:
    assert wrong_words(call) == wrong


def fences(language: str) -> list[str]:
    """Return the blocks of one language on all pages."""
    pattern = rf"^```{language}\n(.*?)^```$"
    return [
        block
        for name in NAMES
        for block in re.findall(pattern, read(name), re.MULTILINE | re.DOTALL)
    ]


def test_examples_are_what_their_language_says() -> None:
    for block in fences("json"):
        whole = block.lstrip().startswith("{\n")
        for text in [block] if whole else block.splitlines():
            json.loads(text)
    for block in fences("toml"):
        tomllib.loads(block)
    for block in fences("yaml"):
        yaml.safe_load(block)
    for block in fences("python"):
        compile(block, "page", "exec")
    assert min(len(fences(language)) for language in ("json", "toml", "yaml", "python")) > 0


@pytest.mark.parametrize(("name", "most"), [("README.md", 120), ("AGENTS.md", 40)])
def test_what_everybody_reads_is_short(name: str, most: int) -> None:
    assert len(read(name).splitlines()) <= most


def test_every_make_target_that_a_page_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    named = {
        target
        for name in [*NAMES, "AGENTS.md"]
        for target in re.findall(r"(?:^|`)make ([a-z-]+)", read(name), re.MULTILINE)
    }
    assert named >= {"demo", "test"}
    assert named <= targets


def test_every_path_that_agents_are_told_exists() -> None:
    told = re.findall(
        r"`((?:docs|tests|multicooker|cli|domain|templates)/[\w./-]+)", read("AGENTS.md")
    )
    homes = (ROOT, ROOT / "multicooker")
    assert told != []
    assert [path for path in told if not any((home / path).exists() for home in homes)] == []


def test_pages_name_tests_that_exist() -> None:
    for name in NAMES:
        for path in re.findall(r"`(tests/[\w./-]+)`", read(name)):
            assert Path(ROOT, path).exists(), f"{name}: {path}"
