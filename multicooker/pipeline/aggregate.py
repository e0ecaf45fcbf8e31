"""Ballots → `Verdict`: weighted means with their spread, and how much may be said of them.

All arithmetic is exact (fractions), so neither the order of ballots nor the names of labels can
move a rounding error across a threshold. `docs/explanation/verdict.md` explains the rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from multicooker.domain.ballot import (
    Absence,
    CastBallot,
    DimensionStanding,
    Seal,
    SealKey,
    Standing,
    Submission,
    Verdict,
    VerdictLevel,
    points,
)
from multicooker.domain.cook import Rubric
from multicooker.domain.display import display_line
from multicooker.domain.flavor import Role
from multicooker.domain.outcome import Outcome
from multicooker.errors import NoVerdictError

WINNING_LEAD = Fraction(1, 2)
"""Points a winner is ahead, even without the judge who puts it furthest ahead."""
LEANING_LEAD = Fraction(1, 5)
"""Points a leaning is ahead."""

Totals = Mapping[str, Mapping[str, Fraction]]
"""Judge → label → that judge's weighted total."""


def aggregate(
    *,
    task: str,
    round_number: int,
    made: str,
    ballots: Sequence[CastBallot],
    rubric: Rubric,
    seal: Seal,
    key: SealKey,
    families: Mapping[str, str],
    outcomes: Sequence[Outcome],
    missing_judges: Sequence[Absence],
    missing_participants: Sequence[Absence],
) -> Verdict:
    """Return the verdict over ballots that `read_ballot` accepted, one per judge.

    `families` maps each participant to its flavor's family; `made` is UTC, ISO 8601. Raises
    NoVerdictError where nothing was sealed or no ballot counts.
    """
    cast = tuple(sorted(ballots, key=lambda ballot: ballot.judge))
    _check_something_counts(task, cast, seal, missing_judges)
    table = _Table(cast, rubric, seal, {it: families.get(who, "") for it, who in _authors(key)})
    level, leaders, why = _level(table)
    best = table.ranked[:2]
    return Verdict(
        task=task,
        round=round_number,
        made=made,
        level=level,
        leaders=leaders,
        margin=float(table.means[best[0]] - table.means[best[1]]) if best[1:] else None,
        why=(*why, *_unfinished(leaders, seal)),
        standings=tuple(table.standing(seal.submission(label)) for label in table.ranked),
        ballots=cast,
        missing_judges=tuple(missing_judges),
        missing_participants=tuple(missing_participants),
        weights={name: float(share) for name, share in table.shares.items()},
        authors=dict(_authors(key)),
        outcomes=tuple(outcomes),
        sealed={
            label: outcome.exit_class
            for label, participant in _authors(key)
            for outcome in outcomes
            if outcome.role is Role.PARTICIPANT and outcome.owner == participant
        },
    )


def _authors(key: SealKey) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(key.participants.items(), key=lambda item: _place(item[0])))


def _check_something_counts(
    task: str, ballots: Sequence[CastBallot], seal: Seal, missing: Sequence[Absence]
) -> None:
    if not seal.submissions:
        raise NoVerdictError(
            f"{task}: nothing was handed in, so there is nothing to judge",
            hint=f"see `multicooker logs {task}`, then `multicooker cook {task}` again",
        )
    if not ballots:
        reasons = "; ".join(f"{judge.name}: {judge.reason}" for judge in missing)
        raise NoVerdictError(
            f"{task}: no ballot counts ({display_line(reasons, 600) or 'there is no judge'})",
            hint=f"`multicooker judge {task}` judges the same submissions again",
        )


class _Table:
    """Every score, exact, and what follows from it by arithmetic alone."""

    def __init__(
        self,
        ballots: Sequence[CastBallot],
        rubric: Rubric,
        seal: Seal,
        author_families: Mapping[str, str],
    ) -> None:
        self._author_families = author_families
        self.judge_families = {ballot.judge: ballot.family for ballot in ballots}
        self.shares = _shares(rubric)
        self._scores = {
            (cast.judge, score.label, score.dimension): Fraction(score.score)
            for cast in ballots
            for score in cast.ballot.scores
        }
        labels = [submission.label for submission in seal.submissions]
        self.totals: Totals = {
            judge: {label: self._total(judge, label) for label in labels}
            for judge in self.judge_families
        }
        self.means = {
            label: _mean([self.totals[judge][label] for judge in self.totals]) for label in labels
        }
        self.ranked = sorted(labels, key=lambda label: (-self.means[label], *_place(label)))

    def _total(self, judge: str, label: str) -> Fraction:
        return sum(
            (share * self._scores[judge, label, name] for name, share in self.shares.items()),
            start=Fraction(),
        )

    def is_own(self, judge: str, label: str) -> bool:
        """Return whether the judge is of the family of the label's author."""
        return self._author_families.get(label) == self.judge_families[judge]

    def standing(self, submission: Submission) -> Standing:
        label = submission.label
        totals = {judge: self.totals[judge][label] for judge in self.totals}
        own = tuple(judge for judge in totals if self.is_own(judge, label))
        others = [total for judge, total in totals.items() if judge not in own]
        return Standing(
            label=label,
            mean=float(self.means[label]),
            spread=float(max(totals.values()) - min(totals.values())),
            dimensions=tuple(self._dimension(label, name) for name in self.shares),
            totals={judge: float(total) for judge, total in totals.items()},
            self_judged=own,
            mean_without_self=float(_mean(others)) if others else None,
            partial=submission.partial,
        )

    def _dimension(self, label: str, name: str) -> DimensionStanding:
        scores = [self._scores[judge, label, name] for judge in self.totals]
        return DimensionStanding(
            dimension=name, mean=float(_mean(scores)), spread=float(max(scores) - min(scores))
        )

    def lead(self, label: str, rival: str) -> _Lead:
        """Compare two labels judge by judge, which takes every judge's severity out."""
        leads = {judge: own[label] - own[rival] for judge, own in self.totals.items()}
        unbiased = [
            points
            for judge, points in leads.items()
            if self.is_own(judge, rival) or not self.is_own(judge, label)
        ]
        return _Lead(
            label=label,
            rival=rival,
            judges=len(leads),
            ahead=sum(points > 0 for points in leads.values()),
            points=_mean(list(leads.values())),
            sober=_mean(sorted(leads.values())[:-1] or list(leads.values())),
            unbiased=_mean(unbiased) if unbiased else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lead:
    """By how much one label is ahead of another, seen in three ways."""

    label: str
    rival: str
    judges: int
    ahead: int
    """Judges who put the label strictly ahead."""
    points: Fraction
    """Mean over all judges."""
    sober: Fraction
    """Mean without the judge who puts the label furthest ahead."""
    unbiased: Fraction | None
    """Mean without judges of the label's own family (unless it is the rival's, too)."""

    def doubts(self) -> Iterator[str]:
        """Yield what keeps this lead from making a winner."""
        if self.ahead < self.judges:
            others = self.judges - self.ahead
            yield f"{others} of {self.judges} judges did not put {self.label} above {self.rival}"
        if self.sober < WINNING_LEAD:
            yield (
                f"without its keenest judge {self.label} is {_points(self.sober)} from"
                f" {self.rival}; a winner is at least {_points(WINNING_LEAD)} ahead"
            )
        if self.unbiased is None:
            yield (
                f"every judge is of an author's own family where {self.label} meets {self.rival}"
            )

    def leans(self) -> bool:
        """Return whether this lead is more than too close to call."""
        return (
            2 * self.ahead > self.judges
            and self.points >= LEANING_LEAD
            and (self.unbiased is None or self.unbiased > 0)
        )

    def closeness(self) -> str:
        """Say why the rival is within reach."""
        if self.unbiased is not None and self.unbiased <= 0 < self.points:
            return (
                f"{self.rival} is within reach: without judges of an author's own family,"
                f" {self.label} is not ahead of it"
            )
        return (
            f"{self.rival} is within reach: {_points(self.points)} behind {self.label},"
            f" and {self.ahead} of {self.judges} judges put {self.label} above it"
        )


def _level(table: _Table) -> tuple[VerdictLevel, tuple[str, ...], tuple[str, ...]]:
    """Return the level, the labels it is about in order, and the reasons in plain words."""
    best = tuple(
        label for label in table.ranked if table.means[label] == table.means[table.ranked[0]]
    )
    if len(table.ranked) == 1:
        why = ("only one submission: scored, not compared",)
        return VerdictLevel.SINGLE_OPINION, best, why
    if len(table.totals) == 1:
        return VerdictLevel.SINGLE_OPINION, best, ("only one judge's ballot counts",)
    leads = [table.lead(label, rival) for label in best for rival in table.ranked if rival != label]
    close = [lead for lead in leads if not lead.leans()]
    if close:
        within = {*best, *(lead.rival for lead in close)}
        reach = tuple(lead.closeness() for lead in close if lead.label == best[0])
        return VerdictLevel.TOO_CLOSE, tuple(sorted(within, key=_place)), reach
    doubts = tuple(doubt for lead in leads for doubt in lead.doubts())
    if len(set(table.judge_families.values())) == 1:
        doubts = ("all judges are of one family, which may share its taste", *doubts)
    agreed = f"{_first_places(table, best[0])} of {len(table.totals)} judges put {best[0]} first"
    if doubts:
        return VerdictLevel.LEANING, best, (agreed, *doubts)
    nearest = min(leads, key=lambda lead: lead.sober)
    sure = f"even without its keenest judge it is {_points(nearest.sober)} ahead"
    return VerdictLevel.WINNER, best, (agreed, sure)


def _first_places(table: _Table, label: str) -> int:
    return sum(
        all(own[label] > total for rival, total in own.items() if rival != label)
        for own in table.totals.values()
    )


def _unfinished(leaders: Sequence[str], seal: Seal) -> Iterator[str]:
    for label in leaders:
        if seal.submission(label).partial:
            yield f"{label} is unfinished: its cell did not end well"


def _shares(rubric: Rubric) -> dict[str, Fraction]:
    """Return exact shares of the weights as written: 0.1 is a tenth, not its nearest float."""
    weights = {it.name: Fraction(repr(it.weight)) for it in rubric.dimensions}
    whole = sum(weights.values())
    return {name: weight / whole for name, weight in weights.items()}


def _place(label: str) -> tuple[int, str]:
    """Order labels as they are given out: Z before AA."""
    return len(label), label


def _mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, start=Fraction()) / len(values)


def _points(exact: Fraction) -> str:
    return f"{points(float(exact))} points"
