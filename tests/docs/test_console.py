"""What README and docs show is what happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.console import ROOT, Command, play, rewritten, steps

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def pages(*, needs_engine: bool) -> list[str]:
    """Return the pages with a command that needs the engine, or with one that does not."""
    return [
        str(page.relative_to(ROOT))
        for page in PAGES
        if any(
            isinstance(step, Command) and step.needs_engine is needs_engine
            for step in steps(page.read_text(encoding="utf-8"))
        )
    ]


def check(name: str, home: Path, *, engine: bool, update: bool) -> None:
    page = ROOT / name
    text = page.read_text(encoding="utf-8")
    found = play(text, home, engine=engine)
    if update:
        page.write_text(rewritten(text, found), encoding="utf-8")
    told = "\n".join(difference.told(page) for difference in found)
    assert not found, f"{told}\n--update-golden writes what was printed; put `...` back by hand"


@pytest.mark.parametrize("name", pages(needs_engine=False))
def test_what_a_page_shows_happens(name: str, tmp_path: Path, *, update_golden: bool) -> None:
    check(name, tmp_path, engine=False, update=update_golden)


@pytest.mark.docker
@pytest.mark.parametrize("name", pages(needs_engine=True))
def test_what_a_page_shows_happens_on_the_engine(
    name: str, tmp_path: Path, *, update_golden: bool
) -> None:
    check(name, tmp_path, engine=True, update=update_golden)


def test_every_console_block_is_found() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if line.startswith("$ ")]
        typed = [step.typed for step in steps(text) if isinstance(step, Command)]
        assert [f"$ {words}" for words in typed] == lines, page
        assert ("```console" in text) is bool(typed), page


def block(*lines: str, before: str = "") -> str:
    return "\n".join([before, "```console", *lines, "```", ""])


@pytest.mark.parametrize(
    ("lines", "printed"),
    [
        (("$ echo two", "one"), "two\n"),
        (("$ echo one; exit 3", "one"), "one\n"),
        (("$ printf 'one\\n\\ntwo\\n'", "one", "two"), "one\n\ntwo\n"),
        (("$ echo one", "one", "...", "two"), "one\n"),
        (("$ seq 3", "1...3"), "1\n2\n3\n"),
        (("$ echo here, $HOME", "here, /home/me"), "here, /home/you\n"),
    ],
)
def test_what_differs_is_told(lines: tuple[str, ...], printed: str, tmp_path: Path) -> None:
    (found,) = play(block(*lines), tmp_path, engine=False)
    assert found.printed == printed
    assert f"page.md:3: {lines[0]}" in found.told(Path("page.md"))


@pytest.mark.parametrize(
    "lines",
    [
        ("$ echo $HOME; pwd", "/home/you", "/home/you"),
        ("$ echo 09:59:01 3b9ef52878a4", "12:30:00 0f3a9c21d5e4"),
        ("$ echo leaning to A", "leaning to C"),
        ("$ seq 9", "...", "1", "...", "2", "...", "9", "...", "$ echo told >&2", "told"),
        ("$ echo found 12 files in 3 s", "found ... files in ..."),
    ],
)
def test_what_differs_by_nature_is_the_same(lines: tuple[str, ...], tmp_path: Path) -> None:
    assert play(block(*lines), tmp_path, engine=False) == []


def test_a_block_for_the_engine_is_played_with_the_engine_only(tmp_path: Path) -> None:
    text = block("$ false", before="<!-- docker -->")
    assert play(text, tmp_path, engine=False) == []
    assert [found.code for found in play(text, tmp_path, engine=True)] == [1]


def test_a_file_that_a_page_shows_is_written(tmp_path: Path) -> None:
    text = "<!-- file: notes/one.md -->\n\n```markdown\n# One\n```\n"
    assert play(text + block("$ cat notes/one.md", "# One"), tmp_path, engine=False) == []


def test_a_console_block_without_a_command_is_refused() -> None:
    with pytest.raises(ValueError, match="line 3: a console block begins with"):
        list(steps(block("error: this is only output")))


def test_an_update_puts_what_was_printed_into_the_page(tmp_path: Path) -> None:
    text = block("$ echo one", "two", "$ true", "$ echo three", "four") + "the end\n"
    done = rewritten(text, play(text, tmp_path, engine=False))
    assert done == block("$ echo one", "one", "$ true", "$ echo three", "three") + "the end\n"
