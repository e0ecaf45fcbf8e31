"""What cells used: as usage.json, and behind the reveal of both reports."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from multicooker.domain.cook import Judge, Participant
from multicooker.domain.flavor import Role
from multicooker.domain.outcome import CellState, CellStatus, CookState, CookStatus, ExitClass
from multicooker.domain.usage import CellUsage, CookUsage, Usage
from multicooker.pipeline.report.spending import spending, usage_of
from multicooker.pipeline.report.words import OUTCOMES, money
from tests.fakes.report_pages import Nodes, board_of, page_of, visible
from tests.fakes.sample_report import SPEC, Sample, sample

MUCH = Usage(
    input_tokens=1_234_567,
    cached_tokens=1_200_345,
    output_tokens=45_678,
    cost_usd=3.4567,
    turns=41,
    tool_calls=63,
    tool_failures=2,
    seconds=12.5,
    models=("big-model", "small-model"),
    cli_version="2.1.329",
)
NOTHING = " \u2013"
LITTLE = Usage(output_tokens=60, tool_failures=0, models=("big-model",), cli_version="2.2.0")


def cell(name: str, usage: Usage | None = None, **fields: object) -> CellStatus:
    judge = name.startswith("judge-")
    known: dict[str, object] = {
        "name": name,
        "role": Role.JUDGE if judge else Role.PARTICIPANT,
        "owner": name.removeprefix("judge-"),
        "flavor": "acme",
        "state": CellState.ENDED,
        "exit_class": ExitClass.OK,
        "usage": usage,
    }
    return CellStatus(**{**known, **fields})  # type: ignore[arg-type]  # fields of CellStatus


CELLS = (
    cell("saffron", MUCH, credential="snapshot of ~/.acme/auth.json (max)"),
    cell(
        "thyme",
        None,
        exit_class=ExitClass.RATE_LIMITED,
        resets_at="2026-11-21T10:20:00Z",
        credential="a token made for this",
    ),
    cell("pepper", flavor="demo"),
    cell("judge-north", LITTLE),
    cell("judge-south", replace(MUCH, cost_usd=None), flavor="other", exit_class=None),
)
LINKS = {
    "saffron": ("transcripts/saffron/1.md", "transcripts/saffron/2.md"),
    "judge-north": ("transcripts/judge-north/1.md", "transcripts/judge-north/a b.md"),
    "judge-south": tuple(f"transcripts/judge-south/{at}.md" for at in range(9)),
}


def status(*cells: CellStatus) -> CookStatus:
    return CookStatus(
        task="landing",
        project="mc-landing-0",
        state=CookState.DONE,
        round=2,
        started="",
        updated="",
        pid=1,
        fingerprint="",
        cells=cells,
    )


def shown() -> Sample:
    return replace(sample(), spent=spending(CELLS, LINKS))


def test_the_record_has_every_cell_that_tells_and_sums_per_flavor() -> None:
    spec = replace(
        SPEC,
        participants=(Participant(name="saffron", flavor="acme", model="big"),),
        judges=(Judge(name="north", flavor="acme", model="small"),),
    )
    assert usage_of(status(*CELLS), spec) == CookUsage(
        round=2,
        cells={
            "saffron": CellUsage(
                role="participant",
                owner="saffron",
                flavor="acme",
                model="big",
                credential="snapshot of ~/.acme/auth.json (max)",
                usage=MUCH,
            ),
            "judge-north": CellUsage(
                role="judge", owner="north", flavor="acme", model="small", usage=LITTLE
            ),
            "judge-south": CellUsage(
                role="judge", owner="south", flavor="other", usage=replace(MUCH, cost_usd=None)
            ),
        },
        totals={
            "acme": replace(
                MUCH, output_tokens=45_738, cost_usd=3.4567, cli_version="2.1.329, 2.2.0"
            ),
            "other": replace(MUCH, cost_usd=None),
        },
    )
    assert usage_of(status(), spec) == CookUsage(round=2)


def test_totals_are_as_short_as_they_read() -> None:
    spent = Usage(cost_usd=0.1, seconds=0.1)
    (total,) = usage_of(status(*(cell(it, spent) for it in ("a", "b", "c"))), SPEC).totals.values()
    assert (total.cost_usd, total.seconds) == (0.3, 0.3)


def test_the_reveal_tells_what_each_cell_took() -> None:
    words = visible(page_of(shown())).partition("What it took")[2]
    assert (
        "saffron participant, acme transcript 1 transcript 2 finished"
        " snapshot of ~/.acme/auth.json (max) big-model small-model CLI 2.1.329"
        " 1,234,567 in 1,200,345 cached 45,678 out $3.46 41 63 2 failed"
    ) in words
    assert (
        "thyme participant, acme hit a usage limit (until 21 November 2026, 10:20 UTC)"
        f" a token made for this{5 * NOTHING}"
    ) in words
    assert f"north judge, acme transcript finished big-model CLI 2.2.0{NOTHING} 60 out" in words
    assert "Cost is at list price, also where a subscription paid." in words
    assert "pepper" not in words.partition("Participants that do not count")[0]


def test_nobody_learns_who_took_what_before_the_reveal() -> None:
    before = page_of(shown()).partition('<details class="reveal">')[0]
    words = html.unescape(re.sub(r"<style>.*?</style>", "", before, flags=re.DOTALL))
    for told in ("What it took", "transcript", "big-model", "1,234,567", "auth.json"):
        assert told not in words
        assert told not in board_of(shown()).partition("## Reveal")[0]


def test_a_cook_whose_cells_tell_nothing_has_no_such_part() -> None:
    nothing = replace(sample(), spent=spending((cell("pepper"),), {}))
    assert nothing.spent == ()
    assert "What it took" not in page_of(nothing)
    assert "list price" not in board_of(nothing)


def test_only_plain_paths_are_linked_and_not_too_many() -> None:
    nodes = Nodes(page_of(shown()))
    links = [value for _, name, value in nodes.attributes if value.startswith("transcripts/")]
    assert links == [
        "transcripts/saffron/1.md",
        "transcripts/saffron/2.md",
        "transcripts/judge-north/1.md",
        *(f"transcripts/judge-south/{at}.md" for at in range(3)),
    ]


def test_the_leaderboard_has_the_same_as_a_table() -> None:
    reveal = board_of(shown()).partition("## Reveal")[2]
    assert (
        "| saffron | participant, acme | finished | big-model, small-model | 2.1.329 | 1,234,567 |"
        " 1,200,345 | 45,678 | \\$3.46 | 41 | 63 | 2 failed |"
    ) in reveal
    assert "| [1](transcripts/saffron/1.md) [2](transcripts/saffron/2.md) |" in reveal


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "![x](http://evil.example)", "\x1b[2J"]
)
def test_what_cells_tell_of_themselves_does_nothing(text: str) -> None:
    usage = replace(LITTLE, models=(text,), cli_version=text)
    spent = spending((cell("saffron", usage, credential=text, owner=text),), {})
    it = replace(sample(), spent=spent)
    nodes = Nodes(page_of(it))
    assert not {"script", "img"} & set(nodes.tags)
    assert "\x1b" not in page_of(it) + board_of(it)
    assert "<script" not in board_of(it)
    assert "![" not in board_of(it).partition("## Reveal")[2]


@pytest.mark.parametrize(
    ("dollars", "words"),
    [(None, ""), (0.0, "$0.00"), (0.00315, "$0.0032"), (0.01, "$0.01"), (1234.5, "$1,234.50")],
)
def test_money_has_as_many_digits_as_it_needs(dollars: float | None, words: str) -> None:
    assert money(dollars) == words


def test_every_outcome_has_words() -> None:
    assert set(OUTCOMES) == set(ExitClass)
