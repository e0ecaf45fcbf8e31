"""What the judges gave and said, under numbers that do not follow their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from multicooker.domain.ballot import CastBallot, Evidence, Score, Verdict, points

MAX_EVIDENCE = 5
"""Pieces of evidence per score that the report shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """One judge's weighted total of one label."""

    points: str
    tone: int
    first: bool
    """No other label got more from this judge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeRow:
    """One judge's totals, in the order of the standings."""

    number: int
    totals: tuple[Total, ...]
    mean: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One judge on one label in one dimension."""

    number: int
    score: int
    reason: str
    evidence: tuple[Evidence, ...]
    more: int
    """Pieces of evidence that are not shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What all judges said of one label in one dimension."""

    dimension: str
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """What all judges said of one label."""

    label: str
    topics: tuple[Topic, ...]


def numbered(verdict: Verdict) -> tuple[tuple[int, CastBallot], ...]:
    """Return the ballots numbered by what they say, so that no name shows in the order."""
    return tuple(enumerate(sorted(verdict.ballots, key=_contents), start=1))


def judge_rows(verdict: Verdict) -> tuple[JudgeRow, ...]:
    """Return one row per judge."""
    rows = []
    for number, cast in numbered(verdict):
        totals = [standing.totals[cast.judge] for standing in verdict.standings]
        rows.append(
            JudgeRow(
                number=number,
                totals=tuple(_total(total, totals) for total in totals),
                mean=points(fmean(totals)),
                summary=cast.ballot.summary.strip(),
            )
        )
    return tuple(rows)


def voices_of(verdict: Verdict) -> tuple[Voice, ...]:
    """Return what was said, by label in the order of the standings, then by dimension."""
    found = {
        (score.label, score.dimension, number): score
        for number, cast in numbered(verdict)
        for score in cast.ballot.scores
    }
    numbers = [number for number, _ in numbered(verdict)]
    return tuple(
        Voice(
            label=standing.label,
            topics=tuple(
                Topic(
                    dimension=name,
                    said=tuple(_said(it, found[standing.label, name, it]) for it in numbers),
                )
                for name in verdict.weights
            ),
        )
        for standing in verdict.standings
    )


def _contents(cast: CastBallot) -> list[tuple[str, str, int, str]]:
    return sorted((it.label, it.dimension, it.score, it.reason) for it in cast.ballot.scores)


def _total(total: float, totals: Sequence[float]) -> Total:
    return Total(points=points(total), tone=round(total), first=total == max(totals))


def _said(number: int, score: Score) -> Said:
    return Said(
        number=number,
        score=score.score,
        reason=score.reason.strip(),
        evidence=score.evidence[:MAX_EVIDENCE],
        more=max(len(score.evidence) - MAX_EVIDENCE, 0),
    )
