"""The reveal: who cooked and who judged what; the only part of a report that names anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from multicooker.domain.ballot import Absence, Standing, Verdict, points
from multicooker.domain.cook import CookSpec, Participant
from multicooker.domain.flavor import Role
from multicooker.domain.outcome import Outcome
from multicooker.pipeline.report.panel import numbered
from multicooker.pipeline.report.spending import Spent
from multicooker.pipeline.report.words import OUTCOMES, duration, listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who is behind a label."""

    label: str
    name: str
    flavor: str
    model: str
    outcome: str
    detail: str
    duration: str
    mean: str
    without_own: str
    """The mean without judges of the same family; empty where no judge is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedJudge:
    """Who is behind a judge's number."""

    number: int
    name: str
    flavor: str
    family: str
    own: str
    """Labels of the judge's own family."""
    repaired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reveal:
    """Everything that may be read only after the verdict."""

    authors: tuple[Author, ...]
    judges: tuple[NamedJudge, ...]
    missing_participants: tuple[Absence, ...]
    missing_judges: tuple[Absence, ...]
    spent: tuple[Spent, ...] = ()
    """What each cell used."""


def reveal_of(verdict: Verdict, spec: CookSpec | None, spent: Sequence[Spent] = ()) -> Reveal:
    """Return who is who; flavors and models as far as the spec still knows the participants."""
    participants = {it.name: it for it in spec.participants} if spec else {}
    outcomes = {it.owner: it for it in verdict.outcomes if it.role is Role.PARTICIPANT}
    return Reveal(
        authors=tuple(_author(it, verdict, participants, outcomes) for it in verdict.standings),
        judges=tuple(
            NamedJudge(
                number=number,
                name=cast.judge,
                flavor=cast.flavor,
                family=cast.family,
                own=listed([it.label for it in verdict.standings if cast.judge in it.self_judged]),
                repaired=cast.repaired,
            )
            for number, cast in numbered(verdict)
        ),
        missing_participants=verdict.missing_participants,
        missing_judges=verdict.missing_judges,
        spent=tuple(spent),
    )


def _author(
    standing: Standing,
    verdict: Verdict,
    participants: Mapping[str, Participant],
    outcomes: Mapping[str, Outcome],
) -> Author:
    name = verdict.authors[standing.label]
    participant, outcome = participants.get(name), outcomes.get(name)
    return Author(
        label=standing.label,
        name=name,
        flavor=participant.flavor if participant else "",
        model=_model(participant, outcome),
        outcome=OUTCOMES[outcome.exit_class] if outcome else "",
        detail=outcome.detail if outcome else "",
        duration=duration(outcome.seconds) if outcome else "",
        mean=points(standing.mean),
        without_own=_without_own(standing),
    )


def _model(participant: Participant | None, outcome: Outcome | None) -> str:
    """Return the model that was asked for, or else the main one that was used; and the effort."""
    used = outcome.usage.models[:1] if outcome and outcome.usage else ()
    asked = participant.model if participant else None
    effort = participant.effort if participant else None
    return ", ".join(part for part in (asked or "".join(used), effort) if part)


def _without_own(standing: Standing) -> str:
    if not standing.self_judged:
        return ""
    if standing.mean_without_self is None:
        return "no other judge"
    return points(standing.mean_without_self)
