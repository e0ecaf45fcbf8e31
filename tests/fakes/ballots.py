"""Ballots, seals and keys for tests, made from a small table of scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from multicooker.domain.ballot import (
    Absence,
    Ballot,
    CastBallot,
    Evidence,
    Score,
    Seal,
    SealKey,
    Submission,
    Verdict,
)
from multicooker.domain.cook import Dimension, Rubric
from multicooker.domain.flavor import Role
from multicooker.domain.outcome import ExitClass, FileEntry, Outcome
from multicooker.pipeline.aggregate import aggregate

Scores = Mapping[str, Sequence[int]]
"""Label to its score in each dimension."""


def rubric_of(*weights: float) -> Rubric:
    """Return a rubric with one dimension per weight: `d0`, `d1`, …."""
    return Rubric(
        dimensions=tuple(
            Dimension(name=f"d{position}", means=f"Meaning {position}", weight=weight)
            for position, weight in enumerate(weights)
        )
    )


def cast(
    judge: str, scores: Scores, *, family: str | None = None, reason: str = "Seen."
) -> CastBallot:
    """Return one judge's ballot; a judge's family is its own name unless told otherwise."""
    return CastBallot(
        judge=judge,
        flavor=judge,
        family=judge if family is None else family,
        ballot=Ballot(
            scores=tuple(
                Score(
                    label=label,
                    dimension=f"d{position}",
                    evidence=(Evidence(file="index.html", quote="Fresh bread"),),
                    reason=reason,
                    score=score,
                )
                for label, row in scores.items()
                for position, score in enumerate(row)
            )
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cooked:
    """Everything `aggregate` takes, with defaults that say nothing special."""

    ballots: Sequence[CastBallot]
    rubric: Rubric = field(default_factory=lambda: rubric_of(1.0))
    authors: Mapping[str, str]
    families: Mapping[str, str] = field(default_factory=dict)
    partial: frozenset[str] = frozenset()
    missing_judges: tuple[Absence, ...] = ()
    missing_participants: tuple[Absence, ...] = ()

    def seal(self) -> Seal:
        """Return a seal with one small file per label."""
        return Seal(
            round=1,
            made="2026-11-21T12:00:00+00:00",
            submissions=tuple(
                Submission(
                    label=label,
                    files=(FileEntry(path="index.html", size=1200, sha256="ab" * 32),),
                    partial=label in self.partial,
                )
                for label in self.authors
            ),
        )

    def outcomes(self) -> tuple[Outcome, ...]:
        """Return how each participant's cell ended."""
        return tuple(
            Outcome(
                cell=participant,
                role=Role.PARTICIPANT,
                owner=participant,
                exit_class=ExitClass.TIMED_OUT if label in self.partial else ExitClass.OK,
                exit_code=0,
                seconds=61.5,
            )
            for label, participant in self.authors.items()
        )

    def verdict(self) -> Verdict:
        """Return what `aggregate` makes of it."""
        return aggregate(
            task="landing",
            round_number=1,
            made="2026-11-21T12:34:56+00:00",
            ballots=self.ballots,
            rubric=self.rubric,
            seal=self.seal(),
            key=SealKey(participants=self.authors),
            families=self.families,
            outcomes=self.outcomes(),
            missing_judges=self.missing_judges,
            missing_participants=self.missing_participants,
        )
