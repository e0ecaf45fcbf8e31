"""What the templates print: every value decided here, nothing named before the reveal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from multicooker.domain.ballot import Seal, Standing, Verdict, VerdictLevel, points
from multicooker.domain.cook import MAX_SCORE, CookSpec, Dimension
from multicooker.pipeline.report.panel import JudgeRow, Voice, judge_rows, voices_of
from multicooker.pipeline.report.reveal import Reveal, reveal_of
from multicooker.pipeline.report.shelf import Handed, handed_of
from multicooker.pipeline.report.spending import Spent
from multicooker.pipeline.report.words import counted, headline, moment

TextOf = Callable[[str, str], str | None]
"""(label, path) → the file's text; None where it is binary, too large or missing."""

MAX_BRIEF = 6000
"""Characters of the brief that the report shows."""

_SLUGS = {
    VerdictLevel.WINNER: "winner",
    VerdictLevel.LEANING: "leaning",
    VerdictLevel.TOO_CLOSE: "close",
    VerdictLevel.SINGLE_OPINION: "single",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A mean in a table, and how strongly it is tinted."""

    mean: str
    spread: str
    tone: int
    """1 to 10."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Where things lie on the scale, in percent of its width."""

    mean: str
    low: str
    high: str
    dots: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One label in the standings."""

    label: str
    rank: str
    leading: bool
    partial: bool
    mean: str
    spread: str
    bar: Bar
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionHead:
    """One dimension of the rubric."""

    name: str
    share: str
    means: str
    anchors: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What both forms of the report show."""

    task: str
    round: int
    made: str
    level: str
    slug: str
    headline: str
    why: tuple[str, ...]
    leaders: tuple[str, ...]
    rows: tuple[Row, ...]
    shares: tuple[tuple[str, str], ...]
    """Dimension and its share of the total."""
    judges: tuple[JudgeRow, ...]
    not_counted: str
    """How many judges and participants are missing; empty where none is."""
    reveal: Reveal


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything in report.html."""

    board: Board
    brief: str
    brief_cut: bool
    rubric: tuple[DimensionHead, ...]
    voices: tuple[Voice, ...]
    handed: tuple[Handed, ...]


def board_of(
    verdict: Verdict, spec: CookSpec | None = None, *, spent: Sequence[Spent] = ()
) -> Board:
    """Return what leaderboard.md shows; flavors and models only where a spec is given."""
    return Board(
        task=verdict.task,
        round=verdict.round,
        made=moment(verdict.made),
        level=str(verdict.level),
        slug=_SLUGS[verdict.level],
        headline=headline(verdict),
        why=verdict.why,
        leaders=verdict.leaders,
        rows=tuple(_row(verdict, standing) for standing in verdict.standings),
        shares=tuple((name, _percent(share)) for name, share in verdict.weights.items()),
        judges=judge_rows(verdict),
        not_counted=_not_counted(verdict),
        reveal=reveal_of(verdict, spec, spent),
    )


def page_of(
    verdict: Verdict,
    *,
    seal: Seal,
    spec: CookSpec,
    brief: str,
    text_of: TextOf,
    spent: Sequence[Spent] = (),
) -> Page:
    """Return what report.html shows."""
    by_name = {dimension.name: dimension for dimension in spec.rubric.dimensions}
    return Page(
        board=board_of(verdict, spec, spent=spent),
        brief=brief[:MAX_BRIEF].strip(),
        brief_cut=len(brief) > MAX_BRIEF,
        rubric=tuple(
            _dimension_head(name, share, by_name.get(name))
            for name, share in verdict.weights.items()
        ),
        voices=voices_of(verdict),
        handed=handed_of(verdict, seal, text_of),
    )


def _row(verdict: Verdict, standing: Standing) -> Row:
    leading = standing.label in verdict.leaders
    return Row(
        label=standing.label,
        rank=_rank(verdict, standing),
        leading=leading,
        partial=standing.partial,
        mean=points(standing.mean),
        spread=points(standing.spread),
        bar=_bar(standing),
        cells=tuple(
            Cell(mean=points(it.mean), spread=points(it.spread), tone=round(it.mean))
            for it in standing.dimensions
        ),
    )


def _rank(verdict: Verdict, standing: Standing) -> str:
    """Return a place, or ≈ among labels that nobody can tell apart."""
    if verdict.level is VerdictLevel.TOO_CLOSE and standing.label in verdict.leaders:
        return "≈"
    return str(1 + sum(other.mean > standing.mean for other in verdict.standings))


def _bar(standing: Standing) -> Bar:
    totals = sorted(standing.totals.values())
    return Bar(
        mean=_along(standing.mean),
        low=_along(totals[0]),
        high=_along(totals[-1]),
        dots=tuple(_along(total) for total in totals),
    )


def _along(score: float) -> str:
    return f"{100 * score / MAX_SCORE:.1f}%"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _dimension_head(name: str, share: float, dimension: Dimension | None) -> DimensionHead:
    return DimensionHead(
        name=name,
        share=_percent(share),
        means=dimension.means if dimension else "",
        anchors=_anchors(dimension.anchors) if dimension else (),
    )


def _anchors(anchors: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(anchors.items(), key=lambda item: int(item[0])))


def _not_counted(verdict: Verdict) -> str:
    parts: Sequence[str] = [
        counted(len(absent), noun)
        for absent, noun in (
            (verdict.missing_participants, "participant"),
            (verdict.missing_judges, "judge"),
        )
        if absent
    ]
    return " and ".join(parts)
