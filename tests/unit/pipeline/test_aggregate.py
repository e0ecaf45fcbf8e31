from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from statistics import fmean

import pytest

from multicooker.domain.ballot import Absence, Verdict, VerdictLevel
from multicooker.domain.outcome import ExitClass
from multicooker.errors import NoVerdictError
from tests.fakes.ballots import Cooked, cast, rubric_of

AUTHORS = {"A": "ann", "B": "ben", "C": "cy"}


def verdict_of(
    *rows: Sequence[int],
    families: Sequence[str] | None = None,
    author_families: Mapping[str, str] | None = None,
) -> Verdict:
    """Return the verdict over judges j0, j1, …, each giving A, B, … one score."""
    labels = "ABC"[: len(rows[0])]
    ballots = [
        cast(
            f"j{position}",
            {label: [score] for label, score in zip(labels, row, strict=True)},
            family=families[position] if families else None,
        )
        for position, row in enumerate(rows)
    ]
    authors = {label: AUTHORS[label] for label in labels}
    return Cooked(ballots=ballots, authors=authors, families=author_families or {}).verdict()


def test_means_are_weighted_over_dimensions_and_plain_over_judges() -> None:
    verdict = Cooked(
        ballots=[cast("x", {"A": [10, 4], "B": [5, 5]}), cast("y", {"A": [6, 8], "B": [5, 5]})],
        rubric=rubric_of(3, 1),
        authors={"A": "ann", "B": "ben"},
    ).verdict()
    first = verdict.standings[0]
    assert (first.label, first.mean, first.spread) == ("A", 7.5, 2.0)
    assert first.totals == {"x": 8.5, "y": 6.5}
    assert [(it.dimension, it.mean, it.spread) for it in first.dimensions] == [
        ("d0", 8.0, 4.0),
        ("d1", 6.0, 4.0),
    ]
    assert verdict.weights == {"d0": 0.75, "d1": 0.25}
    assert verdict.margin == 2.5


def test_weights_count_as_they_are_written() -> None:
    ballots = [cast(judge, {"A": [8, 5, 5], "B": [5, 7, 7]}) for judge in "xy"]
    verdict = Cooked(
        ballots=ballots, rubric=rubric_of(0.4, 0.3, 0.3), authors={"A": "ann", "B": "ben"}
    ).verdict()
    assert [standing.mean for standing in verdict.standings] == [6.2, 6.2]
    assert verdict.margin == 0.0
    assert verdict.leaders == ("A", "B")


@pytest.mark.parametrize(
    ("rows", "level", "leaders"),
    [
        (([8, 6, 5], [9, 7, 8], [7, 6, 6]), VerdictLevel.WINNER, "A"),
        (([5, 6], [5, 6]), VerdictLevel.WINNER, "B"),
        (([8, 6], [9, 9], [7, 6]), VerdictLevel.LEANING, "A"),
        (([8, 6], [9, 4], [7, 8]), VerdictLevel.LEANING, "A"),
        (([6, 5], [6, 5], [6, 5], [5, 6], [5, 6]), VerdictLevel.LEANING, "A"),
        (([8, 7], [6, 7]), VerdictLevel.TOO_CLOSE, "AB"),
        (([9, 4], [6, 7]), VerdictLevel.TOO_CLOSE, "AB"),
        (([7, 7], [7, 7]), VerdictLevel.TOO_CLOSE, "AB"),
        (([9, 7, 3], [6, 7, 3], [6, 7, 3]), VerdictLevel.TOO_CLOSE, "AB"),
        (([7, 7, 6], [7, 7, 6]), VerdictLevel.TOO_CLOSE, "AB"),
        (([7, 7, 7], [7, 7, 6], [7, 7, 7]), VerdictLevel.TOO_CLOSE, "ABC"),
        (([7, 10, 6], [7, 5, 6], [7, 6, 6]), VerdictLevel.TOO_CLOSE, "ABC"),
    ],
)
def test_level_and_leaders(
    rows: Sequence[Sequence[int]], level: VerdictLevel, leaders: str
) -> None:
    verdict = verdict_of(*rows)
    assert (verdict.level, "".join(verdict.leaders)) == (level, leaders)
    assert verdict.why


def test_a_lead_that_rests_on_one_keen_judge_is_no_winner() -> None:
    ballots = [
        cast("x", {"A": [10, 10], "B": [2, 2]}),
        cast("y", {"A": [7, 7], "B": [7, 6]}),
        cast("z", {"A": [7, 7], "B": [7, 6]}),
    ]
    verdict = Cooked(
        ballots=ballots, rubric=rubric_of(3, 1), authors={"A": "ann", "B": "ben"}
    ).verdict()
    assert verdict.margin is not None
    assert verdict.margin > 2
    assert verdict.level is VerdictLevel.LEANING
    assert verdict.why == (
        "3 of 3 judges put A first",
        "without its keenest judge A is 0.25 points from B; a winner is at least 0.50 points ahead",
    )


def test_half_a_point_without_the_keenest_judge_is_enough_for_a_winner() -> None:
    ballots = [cast(judge, {"A": [7, 7], "B": [7, 6]}) for judge in "xyz"]
    verdict = Cooked(
        ballots=ballots, rubric=rubric_of(1, 1), authors={"A": "ann", "B": "ben"}
    ).verdict()
    assert verdict.level is VerdictLevel.WINNER


def test_equal_means_stand_in_order_of_label() -> None:
    ballots = [cast(judge, {"B": [7], "A": [7], "C": [9]}) for judge in "xy"]
    authors = {"B": "ben", "C": "cy", "A": "ann"}
    verdict = Cooked(ballots=ballots, authors=authors).verdict()
    assert [standing.label for standing in verdict.standings] == ["C", "A", "B"]


def test_the_reasons_of_a_winner_are_told() -> None:
    assert verdict_of([8, 6, 5], [9, 7, 8], [7, 6, 6]).why == (
        "3 of 3 judges put A first",
        "even without its keenest judge it is 1.00 points ahead",
    )


def test_the_reasons_of_a_leaning_and_of_a_close_call_are_told() -> None:
    assert verdict_of([8, 6], [9, 9], [7, 6]).why[:2] == (
        "2 of 3 judges put A first",
        "1 of 3 judges did not put A above B",
    )
    assert verdict_of([8, 7], [6, 7]).why == (
        "B is within reach: 0.00 points behind A, and 1 of 2 judges put A above it",
    )


def test_judges_of_one_family_make_no_winner() -> None:
    verdict = verdict_of([9, 5], [9, 5], families=["demo", "demo"])
    assert verdict.level is VerdictLevel.LEANING
    assert verdict.why[1] == "all judges are of one family, which may share its taste"


def test_a_judge_of_the_authors_family_is_marked_and_left_out_beside_the_mean() -> None:
    verdict = verdict_of(
        [10, 5], [7, 5], families=["red", "blue"], author_families={"ann": "red", "ben": "green"}
    )
    first, second = verdict.standings
    assert (first.self_judged, first.mean, first.mean_without_self) == (("j0",), 8.5, 7.0)
    assert (second.self_judged, second.mean_without_self) == ((), 5.0)


def test_where_every_judge_is_family_no_mean_is_left() -> None:
    verdict = verdict_of(
        [9, 5], [8, 5], families=["red", "red"], author_families={"ann": "red", "ben": "blue"}
    )
    assert verdict.standings[0].mean_without_self is None
    assert verdict.level is VerdictLevel.LEANING
    assert "every judge is of an author's own family where A meets B" in verdict.why


@pytest.mark.parametrize("of_others", [[5, 6], [6, 6]])
def test_a_lead_that_only_the_own_family_sees_is_too_close(of_others: list[int]) -> None:
    verdict = verdict_of(
        [10, 5],
        [9, 5],
        of_others,
        families=["red", "red", "blue"],
        author_families={"ann": "red", "ben": "green"},
    )
    assert verdict.level is VerdictLevel.TOO_CLOSE
    assert verdict.why == (
        "B is within reach: without judges of an author's own family, A is not ahead of it",
    )


def test_an_own_judge_who_prefers_the_rival_makes_the_rival_stronger_not_weaker() -> None:
    verdict = verdict_of(
        [7, 9], [6, 9], families=["red", "blue"], author_families={"ann": "red", "ben": "blue"}
    )
    assert (verdict.level, verdict.leaders) == (VerdictLevel.WINNER, ("B",))


def test_a_family_that_judges_only_its_own_does_not_count_against_any_of_them() -> None:
    verdict = verdict_of(
        [9, 5],
        [9, 5],
        [5, 6],
        families=["red", "red", "blue"],
        author_families={"ann": "red", "ben": "red"},
    )
    assert verdict.level is VerdictLevel.LEANING


@pytest.mark.parametrize(("row", "leaders"), [([8, 6, 5], ("A",)), ([8, 8, 5], ("A", "B"))])
def test_one_judge_is_a_single_opinion(row: Sequence[int], leaders: tuple[str, ...]) -> None:
    verdict = verdict_of(row)
    assert (verdict.level, verdict.leaders) == (VerdictLevel.SINGLE_OPINION, leaders)
    assert verdict.why == ("only one judge's ballot counts",)
    assert verdict.margin is not None


def test_one_submission_is_scored_and_not_compared() -> None:
    verdict = verdict_of([8], [6])
    assert (verdict.level, verdict.leaders) == (VerdictLevel.SINGLE_OPINION, ("A",))
    assert verdict.margin is None
    assert verdict.why == ("only one submission: scored, not compared",)
    assert verdict.standings[0].mean == 7.0


def test_an_unfinished_leader_is_named() -> None:
    verdict = Cooked(
        ballots=[cast("x", {"A": [9], "B": [5]}), cast("y", {"A": [9], "B": [5]})],
        authors={"A": "ann", "B": "ben"},
        partial=frozenset("A"),
    ).verdict()
    assert verdict.why[-1] == "A is unfinished: its cell did not end well"
    assert verdict.standings[0].partial
    assert verdict.sealed == {"A": ExitClass.TIMED_OUT, "B": ExitClass.OK}


def test_the_verdict_carries_what_it_was_made_from() -> None:
    judge = Absence(name="z", reason="no ballot")
    participant = Absence(name="dee", reason="nothing in out/")
    cooked = Cooked(
        ballots=[cast("y", {"A": [9], "B": [5]}), cast("x", {"A": [9], "B": [5]})],
        authors={"B": "ben", "A": "ann"},
        missing_judges=(judge,),
        missing_participants=(participant,),
    )
    verdict = cooked.verdict()
    assert [ballot.judge for ballot in verdict.ballots] == ["x", "y"]
    assert (verdict.missing_judges, verdict.missing_participants) == ((judge,), (participant,))
    assert list(verdict.authors.items()) == [("A", "ann"), ("B", "ben")]
    assert verdict.outcomes == cooked.outcomes()
    assert (verdict.task, verdict.round) == ("landing", 1)


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ((), "no ballot counts (there is no judge)"),
        ((Absence(name="x", reason="timed\x1b out"),), "no ballot counts (x: timed\\x1b out)"),
    ],
)
def test_without_a_ballot_there_is_no_verdict(missing: tuple[Absence, ...], words: str) -> None:
    with pytest.raises(NoVerdictError) as caught:
        Cooked(ballots=[], authors={"A": "ann"}, missing_judges=missing).verdict()
    assert words in caught.value.message
    assert "multicooker judge landing" in caught.value.hint


def test_without_a_submission_there_is_no_verdict() -> None:
    with pytest.raises(NoVerdictError, match="nothing was handed in"):
        Cooked(ballots=[cast("x", {})], authors={}).verdict()


def simulated(chance: random.Random, *, judges: int, talent: float) -> tuple[str, Verdict]:
    """Return who is truly best among three and the verdict of noisy, self-preferring judges."""
    quality = {label: chance.gauss(0, talent) for label in AUTHORS}
    ballots = []
    for judge, home in zip(range(judges), ["ann", "ben", "cy"], strict=False):
        severity, fondness = chance.gauss(0, 0.45), abs(chance.gauss(0.5, 0.4))
        scores = {}
        for label, author in AUTHORS.items():
            seen = (
                6.5 + quality[label] + severity + chance.gauss(0, 0.7) + fondness * (home == author)
            )
            scores[label] = [max(1, min(10, round(seen + chance.gauss(0, 0.8)))) for _ in range(4)]
        ballots.append(cast(f"j{judge}", scores, family=home))
    families = {author: author for author in AUTHORS.values()}
    cooked = Cooked(
        ballots=ballots, rubric=rubric_of(1, 1, 1, 1), authors=AUTHORS, families=families
    )
    return max(quality, key=quality.__getitem__), cooked.verdict()


@pytest.mark.parametrize(
    ("judges", "talent", "most"), [(3, 0.7, 0.06), (2, 0.7, 0.10), (3, 0.0, 0.10)]
)
def test_in_a_world_where_the_best_is_known_winners_are_seldom_wrong(
    judges: int, talent: float, most: float
) -> None:
    chance = random.Random(7)  # noqa: S311  # a simulation that must be the same every time
    cooks = [simulated(chance, judges=judges, talent=talent) for _ in range(150)]
    wrong = [
        verdict.level is VerdictLevel.WINNER and verdict.leaders != (best,)
        for best, verdict in cooks
    ]
    assert fmean(wrong) <= most
