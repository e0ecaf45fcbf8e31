"""Fragments become a changelog, and none is lost for a typo in its name."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

from tests.docs.console import ROOT

FRAGMENTS = [path for path in (ROOT / "changelog.d").iterdir() if path.name != "README.md"]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]
TYPES = [kind["directory"] for kind in SETTINGS["type"]]


def test_every_fragment_has_a_slug_or_an_issue_and_a_known_type() -> None:
    pattern = re.compile(rf"(?:\+[a-z0-9-]+|[0-9]+)\.(?:{'|'.join(TYPES)})\.md")
    assert [path.name for path in FRAGMENTS if not pattern.fullmatch(path.name)] == []


def test_a_fragment_is_one_paragraph_of_sentences() -> None:
    for path in FRAGMENTS:
        text = path.read_text(encoding="utf-8")
        assert re.fullmatch(r"[A-Z`][^\n]+\.\n", text), path.name


def test_a_draft_holds_every_fragment() -> None:
    draft = subprocess.run(
        [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "9.9.9"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout
    assert draft.startswith("## 9.9.9 (")
    for path in FRAGMENTS:
        assert path.read_text(encoding="utf-8").strip() in draft, path.name


def test_the_changelog_has_the_place_where_a_version_goes() -> None:
    text = (ROOT / SETTINGS["filename"]).read_text(encoding="utf-8")
    assert text.startswith("# Changelog\n")
    assert text.count("<!-- towncrier release notes start -->\n") == 1


def test_the_page_about_fragments_names_every_type() -> None:
    page = (ROOT / "changelog.d" / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"`([a-z]+)`(?:,|\.\n)", page) == TYPES
