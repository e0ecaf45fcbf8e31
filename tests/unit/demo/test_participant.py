"""The demo participant makes a real page out of a brief, in three clearly different ways."""

from __future__ import annotations

import csv
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.demo.stage import LANDING, STYLES, Page, cook, pages


def page(folder: Path) -> Page:
    return Page((folder / "index.html").read_text(encoding="utf-8"))


def facts() -> list[str]:
    cells = []
    for name in ("bread.csv", "hours.csv"):
        with (LANDING / "raw" / name).open(encoding="utf-8") as stream:
            cells += [cell for row in list(csv.reader(stream))[1:] for cell in row]
    return cells


def test_three_styles_make_three_clearly_different_pages(tmp_path: Path) -> None:
    work = pages(tmp_path)
    words = [set(page(work / "submissions" / label).text.split()) for label in "ABC"]
    for one, other in combinations(words, 2):
        assert len(one & other) / len(one | other) < 0.5
    files = [{path.name for path in (work / "submissions" / label).iterdir()} for label in "ABC"]
    assert files == [
        {"index.html", "style.css", "logo.svg", "NOTES.md"},
        {"index.html"},
        {"index.html", "flash.css", "logo.svg"},
    ]


def test_the_careful_page_holds_every_fact_and_the_others_only_some(tmp_path: Path) -> None:
    work = pages(tmp_path)
    texts = [page(work / "submissions" / label).text for label in "ABC"]
    held = [sum(fact in text for fact in facts()) / len(facts()) for text in texts]
    assert held[0] == 1
    assert 0.1 < held[1] < 0.7
    assert 0.05 < held[2] < held[1]


def test_the_careful_page_is_accessible_and_closed_in_itself(tmp_path: Path) -> None:
    cook("careful", tmp_path / "out", raw=LANDING / "raw")
    found = page(tmp_path / "out")
    ids = found.values("id")
    assert len(ids) == len(set(ids))
    for target in found.values("href") + found.values("src"):
        here, _, part = target.partition("#")
        assert target.startswith("mailto:") or (tmp_path / "out" / here).exists()
        assert not part or part in ids
    assert found.count("h1") == found.count("main") == found.count("nav") == 1
    assert found.count("img") == len([alt for alt in found.values("alt") if alt])
    assert "width=device-width, initial-scale=1" in found.values("content")


def test_the_careful_page_uses_the_palette_by_lightness(tmp_path: Path) -> None:
    cook("careful", tmp_path / "out", raw=LANDING / "raw")
    style = (tmp_path / "out" / "style.css").read_text(encoding="utf-8")
    assert "--ink: #4a2c1a; --paper: #fbf4e6; --card: #fffdf8; --accent: #b8430f" in style


def test_the_same_brief_makes_the_same_files(tmp_path: Path) -> None:
    one, other = pages(tmp_path / "one"), pages(tmp_path / "other")
    for path in sorted((one / "submissions").rglob("*.*")):
        twin = other / path.relative_to(one)
        assert path.read_bytes() == twin.read_bytes()


def test_the_log_tells_every_step_in_lines(tmp_path: Path) -> None:
    log = cook("careful", tmp_path / "out", raw=LANDING / "raw").splitlines()
    assert log[0].startswith("reading the brief (")
    assert "setting out: Opening hours" in log
    assert log[-1] == "done"
    assert len(log) > 10


@pytest.mark.parametrize(
    ("brief", "title", "headings"),
    [
        ("# Tea house\n\nLead.\n\n## Menu\n\n- green\n- black\n\n## Story\n\nOld.", "Tea house", 2),
        (
            "# T\n\nLead.\n\n## Must have\n\n- hours, all\n- a map\n\n## Must not\n\n- shout\n",
            "T",
            2,
        ),
        ("Make a page about Tea. Then rest.", "Tea", 1),
        ("\ufeff# A site for the Harbour\n\n- **One**: a\n- **One**: b\n", "Harbour", 2),
        ("# Übersicht\n\n- **Öffnung**: x\n- **开放**: y\n- **Main**: z\n", "Übersicht", 3),
        ("\n\n\n", "Untitled", 0),
    ],
)
def test_a_brief_without_material_becomes_a_page_of_its_own_words(
    tmp_path: Path, brief: str, title: str, headings: int
) -> None:
    (tmp_path / "BRIEF.md").write_text(brief, encoding="utf-8")
    for style in STYLES:
        cook(style, tmp_path / style, brief=tmp_path / "BRIEF.md", raw=tmp_path / "none")
    found = page(tmp_path / "careful")
    assert found.text.strip().startswith(title)
    assert found.count("h2") == headings
    assert len(found.values("id")) == len(set(found.values("id")))


BRIEFS = st.lists(
    st.sampled_from(
        ["# ", "## ", "- ", "- **", "**: ", "1. ", "\n", "\n\n", "`raw/x.csv`", "<script>", "</p>",
         '"onload="x', "&amp;", "a", "Bread ", "é", "🙂", "$(id)", "\\", "\t", "%s", "@",
         "a@b.example"]
    ),
    max_size=30,
).map("".join)  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(brief=BRIEFS, cells=BRIEFS)
def test_nothing_in_a_brief_or_its_material_becomes_markup(brief: str, cells: str) -> None:
    with TemporaryDirectory() as name:
        top = Path(name)
        (top / "raw").mkdir()
        (top / "BRIEF.md").write_text(brief or "x", encoding="utf-8")
        (top / "raw" / "x.csv").write_text(cells or "x", encoding="utf-8")
        (top / "raw" / "y z.md").write_text(brief + cells + "x", encoding="utf-8")
        for style in STYLES:
            cook(style, top / style, brief=top / "BRIEF.md", raw=top / "raw")
            found = page(top / style)
            assert found.count("script") == 0
            assert found.values("onload") == []
