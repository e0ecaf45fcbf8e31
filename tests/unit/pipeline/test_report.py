from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pytest
from jinja2 import UndefinedError

from multicooker.domain.ballot import (
    Ballot,
    Evidence,
    Score,
    Seal,
    Submission,
    Verdict,
    VerdictLevel,
)
from multicooker.domain.cook import CookSpec, Dimension, Participant, Rubric
from multicooker.domain.outcome import FileEntry
from multicooker.domain.usage import Usage
from multicooker.pipeline.report import leaderboard_md, report_html
from multicooker.pipeline.report.panel import MAX_EVIDENCE
from multicooker.pipeline.report.reveal import reveal_of
from multicooker.pipeline.report.shelf import MAX_EXCERPT, MAX_EXCERPTS, MAX_FILES, MAX_LOOKS
from multicooker.pipeline.report.view import MAX_BRIEF
from multicooker.pipeline.report.words import duration, headline, listed, moment, size
from tests.fakes.ballots import Cooked, cast, rubric_of
from tests.fakes.report_pages import LEADERBOARD, REPORT, Nodes, board_of, page_of, visible
from tests.fakes.sample_report import sample, with_verdict


def test_the_reveal_tells_who_cooked_with_what_and_how_it_ended() -> None:
    reveal = page_of(sample()).partition('<section id="reveal"')[2]
    assert '<details class="reveal">' in reveal
    text = html.unescape(re.sub(r"<[^>]+>", " ", reveal))
    words = " ".join(text.split())
    assert "B saffron demo careful finished 6 min 52 s 8.55 8.43" in words
    assert "A thyme demo quick, low finished 38.4 s 6.17" in words
    assert "C pepper other flashy ran out of time stopped after 30m 30 min 0 s 5.15 4.65" in words
    assert "south other other C accepted after one repair" in words
    assert "juniper : out/ was empty" in words
    assert "east : ballot refused: A x craft" in words


@pytest.mark.parametrize(
    ("asked", "used", "shown"),
    [
        ({}, ("big-model", "small-model"), "big-model"),
        ({"effort": "low"}, ("big-model",), "big-model, low"),
        ({"model": "careful"}, ("big-model",), "careful"),
        ({}, (), ""),
    ],
)
def test_whoever_named_no_model_is_shown_with_the_one_it_used(
    asked: dict[str, str], used: tuple[str, ...], shown: str
) -> None:
    base = sample()
    outcomes = tuple(replace(it, usage=Usage(models=used)) for it in base.verdict.outcomes)
    participants = (Participant(name="saffron", flavor="demo", **asked),)  # type: ignore[arg-type]  # its fields
    spec = replace(base.spec, participants=participants)
    authors = reveal_of(replace(base.verdict, outcomes=outcomes), spec).authors
    assert [author.model for author in authors if author.name == "saffron"] == [shown]


def test_the_page_tells_the_verdict_its_reasons_and_what_was_said() -> None:
    words = visible(page_of(sample()))
    assert "B wins, 2.38 points ahead of A." in words
    assert "3 of 3 judges put B first" in words
    assert "1 participant and 1 judge not counted" in words
    assert "Every loaf is listed with its weight and its price." in words
    assert "Country loaf, 900 g, 6.20 index.html" in words
    assert "B is the one I would put online today." in words
    assert "3 files, 498.7 KiB unfinished" in words
    assert "# A landing page for Salt & Ember" in words
    assert "completeness 35 %" in words
    assert "1 Hardly anything. 10 All of it, easy to find." in words


def test_files_are_linked_only_where_every_part_of_the_path_is_plain() -> None:
    base = sample()
    paths = (
        "index.html",
        "assets/app.js",
        "../up.html",
        ".hidden",
        "a b.txt",
        "a/../b",
        "x%2e",
        "é.txt",
        "c:d",
        "-rf",
        "a//b",
        "index.html\n",
    )
    files = tuple(FileEntry(path=path, size=1, sha256="0") for path in paths)
    seal = replace(base.seal, submissions=(Submission(label="A", files=files),))
    nodes = Nodes(page_of(replace(base, seal=seal)))
    links = [value for _, name, value in nodes.attributes if name == "href" and value[0] != "#"]
    entry = "submissions/A/index.html"
    assert links == [entry, entry, "submissions/A/assets/app.js"]


def many_files(count: int, *, size_of: int = 10) -> Seal:
    files = tuple(
        FileEntry(path=f"f{number:03}.txt", size=size_of, sha256="0") for number in range(count)
    )
    return Seal(round=1, made="", submissions=(Submission(label="A", files=files),))


def asked(seal: Seal, texts: Mapping[str, str]) -> tuple[list[str], str]:
    """Return which files of A were looked into, and the page."""
    looks: list[str] = []

    def text_of(_label: str, path: str) -> str | None:
        looks.append(path)
        return texts.get(path)

    base = sample()
    page = report_html(
        base.verdict, seal=seal, spec=base.spec, brief="", text_of=text_of, template=REPORT
    )
    return looks, page


def test_only_a_few_files_are_listed_and_looked_into() -> None:
    looks, page = asked(many_files(500), {})
    assert len(looks) == MAX_LOOKS
    assert page.count('<td class="path">') == MAX_FILES
    assert f"and {500 - MAX_FILES} more" in page
    assert 'class="excerpt"' not in page


def test_excerpts_are_few_and_short_and_never_of_large_files() -> None:
    texts = {f"f{number:03}.txt": "x" * 5000 for number in range(20)}
    _, page = asked(many_files(20), texts)
    assert page.count('class="excerpt"') == MAX_EXCERPTS
    assert page.count("x" * MAX_EXCERPT) == MAX_EXCERPTS
    assert "x" * (MAX_EXCERPT + 1) not in page
    assert page.count("… cut here") == MAX_EXCERPTS
    looks, _ = asked(many_files(20, size_of=10**6), texts)
    assert looks == []


def test_what_judges_quoted_is_shown_first_then_what_a_reader_opens_first() -> None:
    paths = ("a.txt", "README.md", "index.html", "cited.txt")
    files = tuple(FileEntry(path=path, size=5, sha256="0") for path in paths)
    seal = Seal(round=1, made="", submissions=(Submission(label="A", files=files),))
    base = sample()
    ballots = tuple(
        replace(it, ballot=Ballot(scores=tuple(_citing(it.ballot.scores, "cited.txt"))))
        for it in base.verdict.ballots
    )
    page = page_of(
        replace(
            with_verdict(base, ballots=ballots),
            seal=seal,
            texts={("A", path): "text" for path in paths},
        )
    )
    assert re.findall(r'class="excerpt"><summary>(.*?)<', page) == [
        "cited.txt",
        "README.md",
        "index.html",
        "a.txt",
    ]
    assert "In general" not in page


def _citing(scores: Sequence[Score], path: str) -> Iterator[Score]:
    for score in scores:
        yield replace(score, evidence=(Evidence(file=path, quote=""),) * (MAX_EVIDENCE + 2))


def test_surplus_evidence_is_counted_and_empty_quotes_are_not_shown() -> None:
    base = sample()
    ballots = tuple(
        replace(it, ballot=Ballot(scores=tuple(_citing(it.ballot.scores, "x.png"))))
        for it in base.verdict.ballots
    )
    page = page_of(with_verdict(base, ballots=ballots))
    assert page.count("and 2 more") == 36
    assert "<blockquote>" not in page


def test_a_long_brief_is_cut() -> None:
    page = page_of(replace(sample(), brief="w" * (MAX_BRIEF + 1)))
    assert "w" * MAX_BRIEF in page
    assert "w" * (MAX_BRIEF + 1) not in page
    assert "… cut here" in page


def test_a_submission_without_files_says_so() -> None:
    seal = Seal(round=1, made="", submissions=(Submission(label="A", files=()),))
    assert "no files" in page_of(replace(sample(), seal=seal))


def test_an_old_verdict_is_shown_under_a_spec_that_has_moved_on() -> None:
    other = CookSpec(
        participants=(Participant(name="new", flavor="demo"),),
        judges=(),
        rubric=Rubric(dimensions=(Dimension(name="other", means="Something else."),)),
    )
    base = sample()
    words = visible(page_of(replace(with_verdict(base, outcomes=()), spec=other)))
    assert "completeness 35 %" in words
    assert "saffron" in words
    assert "Something else." not in words


def verdict_of(*rows: Sequence[int]) -> Verdict:
    authors = dict(zip("ABC", ("ann", "ben", "cy"), strict=True))
    labels = "ABC"[: len(rows[0])]
    return Cooked(
        ballots=[
            cast(f"j{number}", {label: [score] for label, score in zip(labels, row, strict=True)})
            for number, row in enumerate(rows)
        ],
        rubric=rubric_of(1),
        authors={label: authors[label] for label in labels},
    ).verdict()


@pytest.mark.parametrize(
    ("rows", "sentence", "ranks"),
    [
        (([9, 7, 5], [9, 7, 5]), "A wins, 2.00 points ahead of B.", "123"),
        (([9, 7], [9, 7], [6, 7]), "The judges lean towards A, 1.00 points ahead of B.", "12"),
        (([7, 7, 2], [7, 7, 2]), "Too close to call between A and B.", "≈≈3"),
        (([7, 7, 7], [7, 7, 7]), "Too close to call between A, B and C.", "≈≈≈"),
        (([5, 8],), "One judge prefers B, 3.00 points ahead of A.", "12"),
        (([8, 8, 4],), "One judge puts A and B level.", "113"),
        (([8], [7]), "One submission, scored 7.50 of 10.", "1"),
    ],
)
def test_the_verdict_in_one_sentence(
    rows: Sequence[Sequence[int]], sentence: str, ranks: str
) -> None:
    verdict = verdict_of(*rows)
    assert headline(verdict) == sentence
    board = leaderboard_md(verdict, template=LEADERBOARD)
    assert f"**{sentence}**" in board
    assert "".join(re.findall(r"^\| ([\d≈]) \|", board, re.MULTILINE)) == ranks
    page = report_html(
        verdict,
        seal=Seal(round=1, made="", submissions=()),
        spec=sample().spec,
        brief="",
        text_of=lambda *_: None,
        template=REPORT,
    )
    assert sentence in page


def test_the_leaderboard_is_what_a_reader_expects() -> None:
    board = board_of(sample())
    assert board.startswith(
        "# landing: winner\n\n**B wins, 2.38 points ahead of A.**\n\n- 3 of 3 judges put B first\n"
    )
    assert "| 3 | C (unfinished) | 5.15 | 2.00 | 5.00 | 4.00 | 7.00 | 5.00 |\n" in board
    assert "| B | saffron | finished | 6 min 52 s | 8.43 |\n" in board
    assert "- juniper: out/ was empty\n" in board


def test_without_absences_the_leaderboard_does_not_speak_of_any() -> None:
    board = board_of(with_verdict(sample(), missing_judges=(), missing_participants=()))
    assert "not count" not in board


def test_where_every_judge_is_family_no_other_mean_is_told() -> None:
    base = sample()
    standings = tuple(replace(it, mean_without_self=None) for it in base.verdict.standings)
    assert "no other judge" in board_of(with_verdict(base, standings=standings))


@pytest.mark.parametrize("template", ["{{ board.tsak }}", "{{ nothing }}"])
def test_a_template_that_asks_for_what_is_not_there_fails(template: str) -> None:
    with pytest.raises(UndefinedError):
        leaderboard_md(sample().verdict, template=template)


def test_a_page_without_a_style_sheet_allows_none() -> None:
    it = sample()
    policy = report_html(
        it.verdict,
        seal=it.seal,
        spec=it.spec,
        brief="",
        text_of=it.text_of,
        template="{{ style_hash }}",
    )
    assert policy == f"sha256-{base64.b64encode(hashlib.sha256(b'').digest()).decode()}"


def test_every_level_has_its_colour() -> None:
    for level in VerdictLevel:
        slug = {"too close to call": "close", "single opinion": "single"}.get(level, str(level))
        page = page_of(with_verdict(sample(), level=level))
        assert f'<body class="{slug}">' in page
        assert f".{slug} {{ --level" in page


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1,023 bytes"),
        (1024, "1.0 KiB"),
        (5 * 1024**2, "5.0 MiB"),
        (3 * 1024**4, "3.0 TiB"),
        (9000 * 1024**4, "9,000.0 TiB"),
    ],
)
def test_sizes(count: int, said: str) -> None:
    assert size(count) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.04, "0.0 s"),
        (59.4, "59.4 s"),
        (59.6, "1 min 0 s"),
        (3599, "59 min 59 s"),
        (7260, "2 h 1 min"),
    ],
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_moments_and_lists() -> None:
    assert moment("2026-11-01T06:03:12+00:00") == "1 November 2026, 06:03 UTC"
    assert moment("yesterday") == "yesterday"
    assert (listed([]), listed(["A"]), listed(["A", "B", "C"])) == ("", "A", "A, B and C")
