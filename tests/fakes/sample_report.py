"""A cook that went well enough to be worth reading about: what a report is made from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

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
from multicooker.domain.cook import CookSpec, Dimension, Judge, Participant, Rubric
from multicooker.domain.flavor import Role
from multicooker.domain.outcome import ExitClass, FileEntry, Outcome
from multicooker.pipeline.aggregate import aggregate
from multicooker.pipeline.report.spending import Spent

BRIEF = """# A landing page for Salt & Ember

Salt & Ember is a small neighbourhood bakery with one wood-fired oven. In ten seconds the page
should tell what there is to eat, when the door is open and where it is.

- Today's bread: every loaf with its weight and price.
- Opening hours: all seven days.
"""

SPEC = CookSpec(
    participants=(
        Participant(name="saffron", flavor="demo", model="careful"),
        Participant(name="thyme", flavor="demo", model="quick", effort="low"),
        Participant(name="pepper", flavor="other", model="flashy"),
        Participant(name="juniper", flavor="other"),
    ),
    judges=(
        Judge(name="north", flavor="demo"),
        Judge(name="south", flavor="other"),
        Judge(name="west", flavor="third"),
        Judge(name="east", flavor="third"),
    ),
    rubric=Rubric(
        dimensions=(
            Dimension(
                name="completeness",
                weight=35,
                means="Every part the brief asks for is there, with everything it should hold.",
                anchors={"1": "Hardly anything.", "10": "All of it, easy to find."},
            ),
            Dimension(name="accuracy", weight=25, means="Nothing is invented."),
            Dimension(name="design", weight=20, means="Warm and calm."),
            Dimension(name="craft", weight=20, means="Clean code that opens anywhere."),
        )
    ),
)
AUTHORS = {"A": "thyme", "B": "saffron", "C": "pepper"}
FAMILIES = {"saffron": "demo", "thyme": "demo", "pepper": "other"}
_SCORES = {
    "north": {"A": (6, 7, 5, 6), "B": (9, 9, 8, 9), "C": (5, 4, 7, 5)},
    "south": {"A": (6, 6, 6, 5), "B": (8, 8, 7, 8), "C": (6, 5, 8, 6)},
    "west": {"A": (7, 8, 5, 6), "B": (9, 10, 8, 9), "C": (4, 3, 6, 4)},
}
_WORDS = {
    "A": ("Two of the seven days are missing from the opening hours.", "Open Tuesday to Saturday"),
    "B": ("Every loaf is listed with its weight and its price.", "Country loaf, 900 g, 6.20"),
    "C": ("The page talks about a baker who is not in the material.", "Meet Giovanni, our baker"),
}
_FILES = {
    "A": {"index.html": 4213, "style.css": 1320},
    "B": {"index.html": 11804, "style.css": 6240, "logo.svg": 1875, "README.md": 640},
    "C": {"index.html": 9120, "assets/hero.png": 481_200, "assets/app.js": 20_311},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What `report_html` takes, ready to be changed."""

    spec: CookSpec = SPEC
    brief: str = BRIEF
    seal: Seal
    verdict: Verdict
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    spent: tuple[Spent, ...] = ()

    def text_of(self, label: str, path: str) -> str | None:
        """Return a sealed file's text."""
        return self.texts.get((label, path))


def sample() -> Sample:
    """Return a cook of three submissions and three judges that has a winner."""
    seal = Seal(
        round=1,
        made="2026-11-21T16:01:30+00:00",
        submissions=tuple(
            Submission(
                label=label,
                files=tuple(
                    FileEntry(path=path, size=size, sha256=f"{size:x}".rjust(64, "7"))
                    for path, size in files.items()
                ),
                partial=label == "C",
            )
            for label, files in _FILES.items()
        ),
    )
    verdict = aggregate(
        task="landing",
        round_number=1,
        made="2026-11-21T16:03:12+00:00",
        ballots=[_cast(judge) for judge in _SCORES],
        rubric=SPEC.rubric,
        seal=seal,
        key=SealKey(participants=AUTHORS),
        families=FAMILIES,
        outcomes=[
            _outcome("saffron", ExitClass.OK, 412.3),
            _outcome("thyme", ExitClass.OK, 38.4),
            _outcome("pepper", ExitClass.TIMED_OUT, 1800.2, "stopped after 30m"),
        ],
        missing_judges=[
            Absence(
                name="east", reason="ballot refused: A x craft: score 11 is not between 1 and 10"
            )
        ],
        missing_participants=[Absence(name="juniper", reason="out/ was empty")],
    )
    texts = {
        (label, path): f"<!doctype html>\n<title>Salt & Ember</title>\n<p>{_WORDS[label][1]}</p>\n"
        for label in _FILES
        for path in ("index.html", "README.md")
    }
    return Sample(seal=seal, verdict=verdict, texts=texts)


def _cast(judge: str) -> CastBallot:
    scores = tuple(
        Score(
            label=label,
            dimension=dimension.name,
            evidence=(Evidence(file="index.html", quote=_WORDS[label][1]),),
            reason=_WORDS[label][0],
            score=score,
        )
        for label, row in _SCORES[judge].items()
        for dimension, score in zip(SPEC.rubric.dimensions, row, strict=True)
    )
    flavor = next(it.flavor for it in SPEC.judges if it.name == judge)
    return CastBallot(
        judge=judge,
        flavor=flavor,
        family=flavor,
        ballot=Ballot(scores=scores, summary="B is the one I would put online today."),
        repaired=judge == "south",
    )


def _outcome(owner: str, exit_class: ExitClass, seconds: float, detail: str = "") -> Outcome:
    return Outcome(
        cell=owner,
        role=Role.PARTICIPANT,
        owner=owner,
        exit_class=exit_class,
        exit_code=0,
        seconds=seconds,
        detail=detail,
    )


def with_verdict(base: Sample, **changes: object) -> Sample:
    """Return the sample with fields of its verdict replaced."""
    return replace(base, verdict=replace(base.verdict, **changes))  # type: ignore[arg-type]  # any field
