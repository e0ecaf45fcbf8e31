from __future__ import annotations

import base64
import hashlib
import html
import random
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from multicooker.domain.ballot import (
    Absence,
    Ballot,
    CastBallot,
    Evidence,
    Verdict,
)
from multicooker.domain.cook import Participant, Rubric
from multicooker.domain.display import display_text
from multicooker.domain.flavor import Role
from multicooker.domain.outcome import ExitClass, FileEntry, Outcome
from multicooker.pipeline.report import leaderboard_md, markdown
from tests.fakes.report_pages import LEADERBOARD, Nodes, board_of, page_of
from tests.fakes.sample_report import Sample, sample

ALLOWED_TAGS = """
    html head meta title style body header nav main section article footer div p span h1 h2 h3 h4
    ul ol li dl dt dd table thead tbody tr th td strong br a details summary figure figcaption
    blockquote pre svg rect line circle text
"""

HOSTILE = (
    "<script>alert(1)</script>",
    "</style><style>*{display:none}</style>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "<a href='javascript:alert(1)'>x</a>",
    "<img src=http://evil.example/x.png>",
    "http://evil.example/",
    "//evil.example/x",
    "![x](http://evil.example/x.png) [y](javascript:alert(1)) <http://evil.example>",
    "| a | b |\n|---|---|",
    "`code` **bold** ~~no~~ \\",
    "{{ 7*7 }}{% include '/etc/passwd' %}",
    "</pre></details></section><h1>B is a fraud</h1>",
    "<!-- -->]]>&lt;&#60;script&#62;",
    "\x1b[2J\x1b]0;x\x07\r\x9b1m\x00",
    "\u202egnp.exe\u2066\u200b\ufeff\U000e0041",
    "bytes \udcff\ud800",
    "a\u2028b\x85c",
)


def blind_part(page: str) -> str:
    before, reveal, _ = page.partition('<section id="reveal"')
    assert reveal
    return html.unescape(before)


def cast_with(base: Verdict, text: str) -> tuple[CastBallot, ...]:
    """Return the ballots with `text` in everything a judge writes freely."""
    return tuple(
        replace(
            it,
            ballot=Ballot(
                scores=tuple(
                    replace(score, reason=text, evidence=(Evidence(file=text, quote=text),))
                    for score in it.ballot.scores
                ),
                summary=text,
            ),
        )
        for it in base.ballots
    )


def hostile(text: str) -> Sample:
    """Return a cook in which everybody writes `text` wherever they can."""
    base = sample()
    files = (FileEntry(path=text, size=900, sha256=text), base.seal.submissions[0].files[0])
    names = {label: f"{label}{text}" for label in base.verdict.authors}
    seal = replace(
        base.seal,
        submissions=tuple(replace(it, files=files) for it in base.seal.submissions),
    )
    verdict = replace(
        base.verdict,
        task=text,
        made=text,
        why=(text,),
        ballots=cast_with(base.verdict, text),
        authors=names,
        outcomes=tuple(
            replace(it, owner=name, detail=text)
            for it, name in zip(base.verdict.outcomes, names.values(), strict=True)
        ),
        missing_judges=(Absence(name=text, reason=text),),
        missing_participants=(Absence(name=text, reason=text),),
    )
    dimensions = tuple(
        replace(it, means=text, anchors={"1": text}) for it in base.spec.rubric.dimensions
    )
    return Sample(
        seal=seal,
        verdict=verdict,
        brief=text,
        spec=replace(base.spec, rubric=Rubric(dimensions=dimensions)),
        texts={(label, path): text for label in "ABC" for path in (text, "index.html")},
    )


def check_inert(page: str) -> None:
    nodes = Nodes(page)
    assert set(nodes.tags) <= set(ALLOWED_TAGS.split())
    assert nodes.comments == []
    for tag, name, value in nodes.attributes:
        assert not name.startswith("on"), (tag, name)
        assert name not in (
            "style",
            "src",
            "srcset",
            "srcdoc",
            "action",
            "formaction",
            "xlink:href",
        )
        if name == "href":
            assert re.fullmatch(r"#[a-z]+|submissions/[A-Z]+(/[A-Za-z0-9_][A-Za-z0-9._-]*)+", value)
    assert display_text(page) == page
    page.encode("utf-8")


def check_policy(page: str) -> None:
    nodes = Nodes(page)
    digest = base64.b64encode(hashlib.sha256(nodes.style.encode()).digest()).decode()
    policies = [
        value
        for tag, name, value in nodes.attributes
        if name == "content" and value.startswith("default-src")
    ]
    assert policies == [
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    ]
    assert ("meta", "http-equiv", "Content-Security-Policy") in nodes.attributes
    assert nodes.tags.count("style") == 1


def test_the_page_is_inert_and_its_policy_allows_one_style_sheet_only() -> None:
    page = page_of(sample())
    check_inert(page)
    check_policy(page)
    assert page.startswith('<!doctype html>\n<html lang="en">')


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_anybody_writes_becomes_markup(text: str) -> None:
    page = page_of(hostile(text))
    check_inert(page)
    check_policy(page)
    assert display_text(text).split("\n")[0] in html.unescape(page)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(HOSTILE) | st.text(max_size=8), min_size=1, max_size=4))
def test_no_mixture_of_hostile_words_becomes_markup(words: list[str]) -> None:
    check_inert(page_of(hostile("".join(words))))


def rendered_board(text: str) -> str:
    board = leaderboard_md(hostile(text).verdict, template=LEADERBOARD)
    assert display_text(board) == board
    return str(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(board))


MARKDOWN_TAGS = "h1 h2 p strong ul li table thead tbody tr th td details summary"


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_anybody_writes_breaks_the_leaderboard(text: str) -> None:
    nodes = Nodes(rendered_board(text))
    plain = Nodes(rendered_board("plain"))
    assert set(nodes.tags) <= set(MARKDOWN_TAGS.split())
    assert nodes.tags == plain.tags
    assert {name for _, name, _ in nodes.attributes} <= {"style"}


@given(st.text() | st.sampled_from(HOSTILE))
def test_markdown_shows_any_text_as_it_is(text: str) -> None:
    line = "".join(display_text(text).replace("\n", "\\n").replace("\t", "\\t"))
    rendered = (
        MarkdownIt("commonmark")
        .enable(["table", "strikethrough"])
        .render(f"|a|\n|-|\n| x{markdown(text)}x |\n")
    )
    cells = re.findall(r"<td>(.*?)</td>", rendered, re.DOTALL)
    assert [html.unescape(cell) for cell in cells] == [f"x{line}x"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("https://evil.example", "https\\://evil.example"),
        ("www.evil.example", "www\\.evil.example"),
        ("a@b", "a\\@b"),
        (":tada:", "\\:tada:"),
        ("at 16:03, careful-one", "at 16:03, careful-one"),
        ("- item", "\\- item"),
        ("# head", "\\# head"),
    ],
)
def test_markdown_has_no_links_and_no_blocks(text: str, written: str) -> None:
    assert markdown(text) == written


NAMES = st.text("bcdfghjkmnpqrvwxz0123456789_-", min_size=6, max_size=12).map(lambda it: f"q{it}")


def renamed(names: Sequence[str], chance: random.Random) -> Sample:
    """Return the sample cooked and judged by others, in another order, in other times."""
    base = sample()
    participants, judges, flavors = list(names[:3]), list(names[3:6]), names[6:]
    name_of = dict(zip([it.judge for it in base.verdict.ballots], judges, strict=True))
    ballots = [
        replace(it, judge=name_of[it.judge], flavor=flavors[0], family=flavors[1])
        for it in base.verdict.ballots
    ]
    chance.shuffle(ballots)
    standings = tuple(
        replace(
            it,
            totals={name_of[judge]: total for judge, total in it.totals.items()},
            self_judged=tuple(chance.sample(judges, chance.randint(0, 3))),
            mean_without_self=chance.choice([None, 5.5]),
        )
        for it in base.verdict.standings
    )
    outcomes = tuple(
        Outcome(
            cell=name,
            role=Role.PARTICIPANT,
            owner=name,
            exit_class=chance.choice(list(ExitClass)),
            exit_code=chance.randint(0, 255),
            seconds=chance.uniform(0, 9000),
            detail=f"{name} ended",
        )
        for name in participants
    )
    absent = tuple(Absence(name=name, reason=f"no {name}") for name in names[7:8])
    verdict = replace(
        base.verdict,
        ballots=tuple(ballots),
        standings=standings,
        authors=dict(zip("ABC", participants, strict=True)),
        outcomes=outcomes,
        sealed={label: chance.choice(list(ExitClass)) for label in "ABC"},
        missing_judges=absent,
        missing_participants=absent,
    )
    cooks = tuple(
        Participant(name=name, flavor=flavors[0], model=flavors[1]) for name in participants
    )
    return replace(base, verdict=verdict, spec=replace(base.spec, participants=cooks))


@settings(max_examples=30, deadline=None)
@given(st.lists(NAMES, min_size=9, max_size=9, unique=True), st.randoms(use_true_random=False))
def test_before_the_reveal_both_reports_are_the_same_whoever_cooked_and_judged(
    names: list[str], chance: random.Random
) -> None:
    other = renamed(names, chance)
    page = page_of(other)
    assert blind_part(page) == blind_part(page_of(sample()))
    blind, heading, reveal = board_of(other).partition("## Reveal")
    assert blind == board_of(sample()).partition("## Reveal")[0]
    assert heading
    for name in names[:3]:
        assert markdown(name) in reveal
        assert name in page
