"""Who said what about whom: labels, the seal, ballots and the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from multicooker.domain.cook import MAX_SCORE, MIN_SCORE, STRICT
from multicooker.domain.outcome import ExitClass, FileEntry, Outcome


def label_at(position: int) -> str:
    """Return the label of a 0-based position: A … Z, AA, AB, …."""
    text = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def points(value: float) -> str:
    """Return a score or a distance as every screen and every page shows it."""
    return f"{value:.2f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One sealed, anonymous submission."""

    label: str
    files: tuple[FileEntry, ...]
    partial: bool = False
    """The cell did not end well, so this may be unfinished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """The manifest that commits a seal: what judges may see, by hash."""

    version: int = 1
    round: int
    made: str
    made_from: str = ""
    """SHA-256 over brief, raw/ and participants; judges are to see the same."""
    submissions: tuple[Submission, ...]

    def submission(self, label: str) -> Submission:
        """Return the submission of a label; KeyError where there is none."""
        for submission in self.submissions:
            if submission.label == label:
                return submission
        raise KeyError(label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """A judge or participant that does not count in the verdict, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SealKey:
    """The secret map from label to participant; never mounted anywhere."""

    version: int = 1
    participants: Mapping[str, str]
    absent: tuple[Absence, ...] = ()
    """Participants that handed nothing in that could be sealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where in a submission a judge saw what it says."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT
    file: str
    """Path inside the submission's folder."""
    quote: str = ""
    """Words that stand in the file; empty only for files that are not text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One judge's score of one label in one dimension, evidence first."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT
    label: str
    """The submission's folder: A, B, C, …"""
    dimension: str
    """A dimension's name, as in the rubric."""
    evidence: tuple[Evidence, ...]
    """What the score rests on, looked up before scoring."""
    reason: str
    """One or two sentences from the evidence to the score."""
    score: int
    """1 to 10, by the rubric's anchors."""

    def __post_init__(self) -> None:
        """Refuse scores off the scale."""
        if not MIN_SCORE <= self.score <= MAX_SCORE:
            raise ValueError(f"score {self.score} is not between {MIN_SCORE} and {MAX_SCORE}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """What one judge call answers: every label x dimension once."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT
    version: int = 1
    scores: tuple[Score, ...]
    """Every label and dimension exactly once."""
    summary: str = ""
    """What sets the submissions apart, in a few sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotRejected:
    """Why an answer is not a ballot; each problem is one line a judge can act on."""

    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CastBallot:
    """A ballot together with who cast it."""

    judge: str
    flavor: str
    family: str
    ballot: Ballot
    repaired: bool = False
    """It took the one repair turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedBallot:
    """A ballot that counts, bound to the seal it was cast on: an interrupted vote goes on."""

    version: int = 1
    seal: str
    """`made` of the seal."""
    question: str = ""
    """SHA-256 over what the judge was asked and as whom: rubric, briefs, flavor, model, …"""
    cast: CastBallot


class VerdictLevel(StrEnum):
    """How sure the verdict is."""

    WINNER = "winner"
    LEANING = "leaning"
    TOO_CLOSE = "too close to call"
    SINGLE_OPINION = "single opinion"


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionStanding:
    """Scores of one label in one dimension over the judges."""

    dimension: str
    mean: float
    spread: float
    """Highest minus lowest judge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One label in the verdict."""

    label: str
    mean: float
    """Weighted mean over dimensions and judges, 1 to 10."""
    spread: float
    """Highest minus lowest judge's weighted total."""
    dimensions: tuple[DimensionStanding, ...]
    totals: Mapping[str, float]
    """Judge to that judge's weighted total."""
    self_judged: tuple[str, ...] = ()
    """Judges of the same family as this label's author."""
    mean_without_self: float | None = None
    """The mean with those judges left out; None where nothing is left."""
    partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The whole of `verdict.json`."""

    version: int = 1
    task: str
    round: int
    made: str
    level: VerdictLevel
    leaders: tuple[str, ...]
    """The winning label, or every label that is too close to call."""
    margin: float | None
    """Points between first and second; None with a single submission."""
    why: tuple[str, ...]
    """Reasons for the level, one line each."""
    standings: tuple[Standing, ...]
    """Best mean first; equal means in order of label."""
    ballots: tuple[CastBallot, ...]
    missing_judges: tuple[Absence, ...] = ()
    missing_participants: tuple[Absence, ...] = ()
    weights: Mapping[str, float]
    """Dimension to its share of the total."""
    authors: Mapping[str, str]
    """The reveal: label to participant."""
    outcomes: tuple[Outcome, ...] = ()
    sealed: Mapping[str, ExitClass] = field(default_factory=dict)
    """Label to how its cell ended."""
