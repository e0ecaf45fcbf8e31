from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from multicooker.domain.ballot import Verdict, VerdictLevel
from multicooker.domain.cook import MAX_SCORE
from tests.fakes.ballots import Cooked, cast, rubric_of

Cells = Mapping[tuple[int, str, int], int]
"""(judge, label, dimension) → score."""

SURENESS = {VerdictLevel.TOO_CLOSE: 0, VerdictLevel.LEANING: 1, VerdictLevel.WINNER: 2}
FAMILIES = st.sampled_from(["red", "blue", "green"])


@dataclass(frozen=True, kw_only=True)
class World:
    """A drawn cook: its scores by cell, and who is of which family."""

    labels: str
    weights: tuple[float, ...]
    cells: Cells
    judge_families: tuple[str, ...]
    author_families: Mapping[str, str]

    def cooked(self, *, judges: list[int] | None = None, renamed: str = "") -> Cooked:
        """Return what `aggregate` takes, with the judges in the given order."""
        name = dict(zip(self.labels, renamed or self.labels, strict=True))
        order = range(len(self.judge_families)) if judges is None else judges
        return Cooked(
            ballots=[
                cast(
                    f"j{judge}",
                    {name[label]: self.row(judge, label) for label in self.labels},
                    family=self.judge_families[judge],
                )
                for judge in order
            ],
            rubric=rubric_of(*self.weights),
            authors={name[label]: f"author-of-{label}" for label in self.labels},
            families={f"author-of-{it}": family for it, family in self.author_families.items()},
        )

    def row(self, judge: int, label: str) -> list[int]:
        """Return one judge's scores of one label."""
        return [self.cells[judge, label, position] for position in range(len(self.weights))]


@st.composite
def worlds(draw: st.DrawFn, *, min_judges: int = 1, top: int = MAX_SCORE) -> World:
    labels = "ABCD"[: draw(st.integers(1, 4))]
    weights = tuple(
        draw(st.lists(st.sampled_from([0.1, 0.3, 0.5, 1.0, 2.5]), min_size=1, max_size=3))
    )
    judges = draw(st.integers(min_judges, 4))
    score = st.integers(1, top)
    return World(
        labels=labels,
        weights=weights,
        cells={
            (judge, label, position): draw(score)
            for judge in range(judges)
            for label in labels
            for position in range(len(weights))
        },
        judge_families=tuple(draw(FAMILIES) for _ in range(judges)),
        author_families={label: draw(FAMILIES) for label in labels},
    )


def order_of(verdict: Verdict) -> list[str]:
    return [standing.label for standing in verdict.standings]


@given(worlds(), st.randoms())
def test_the_order_of_ballots_changes_nothing(world: World, chance: random.Random) -> None:
    judges = list(range(len(world.judge_families)))
    chance.shuffle(judges)
    assert world.cooked(judges=judges).verdict() == world.cooked().verdict()


@given(worlds(), st.permutations("WXYZ"))
def test_other_labels_change_nothing_but_the_labels(world: World, names: list[str]) -> None:
    renamed = "".join(names[: len(world.labels)])
    new_name = dict(zip(world.labels, renamed, strict=True))
    old, new = world.cooked().verdict(), world.cooked(renamed=renamed).verdict()
    assert (new.level, new.margin) == (old.level, old.margin)
    assert set(new.leaders) == {new_name[label] for label in old.leaders}
    by_label = {standing.label: standing for standing in new.standings}
    for standing in old.standings:
        same = by_label[new_name[standing.label]]
        assert replace(same, label=standing.label) == standing


@given(worlds(), st.data())
def test_a_higher_score_never_harms_the_label_that_gets_it(
    world: World, data: st.DataObject
) -> None:
    cell = data.draw(st.sampled_from(sorted(world.cells)))
    assume(world.cells[cell] < MAX_SCORE)
    label = cell[1]
    raised = replace(world, cells={**world.cells, cell: world.cells[cell] + 1})
    before, after = world.cooked().verdict(), raised.cooked().verdict()
    mean = {it.label: it.mean for it in before.standings}[label]
    assert {it.label: it.mean for it in after.standings}[label] > mean
    assert order_of(after).index(label) <= order_of(before).index(label)
    if label in before.leaders:
        assert label in after.leaders
    if before.leaders == (label,) and before.level in SURENESS:
        assert after.leaders == (label,)
        assert SURENESS[after.level] >= SURENESS[before.level]


@given(worlds(), st.sampled_from([0.125, 2.0, 10.0, 40.0]))
def test_weights_are_free_of_scale(world: World, factor: float) -> None:
    scaled = replace(world, weights=tuple(round(weight * factor, 6) for weight in world.weights))
    old, new = world.cooked().verdict(), scaled.cooked().verdict()
    assert new.standings == old.standings
    assert (new.level, new.leaders, new.why) == (old.level, old.leaders, old.why)
    assert sum(new.weights.values()) == pytest.approx(1)


@given(worlds(min_judges=2), st.data())
def test_any_one_ballot_may_be_missing(world: World, data: st.DataObject) -> None:
    judges = list(range(len(world.judge_families)))
    judges.remove(data.draw(st.sampled_from(judges)))
    verdict = world.cooked(judges=judges).verdict()
    assert verdict.leaders
    assert verdict.why


@given(worlds(top=7), st.integers(1, 3), st.data())
def test_a_milder_judge_changes_neither_order_nor_margin_nor_level(
    world: World, mildness: int, data: st.DataObject
) -> None:
    judge = data.draw(st.integers(0, len(world.judge_families) - 1))
    milder = replace(
        world,
        cells={cell: score + mildness * (cell[0] == judge) for cell, score in world.cells.items()},
    )
    old, new = world.cooked().verdict(), milder.cooked().verdict()
    assert order_of(new) == order_of(old)
    assert (new.level, new.leaders, new.why) == (old.level, old.leaders, old.why)
    assert new.margin == pytest.approx(old.margin) if old.margin is not None else new.margin is None


@settings(max_examples=50)
@given(worlds())
def test_leaders_are_labels_and_the_best_is_among_them(world: World) -> None:
    verdict = world.cooked().verdict()
    assert order_of(verdict)[0] in verdict.leaders
    assert set(verdict.leaders) <= set(world.labels)
    assert (len(verdict.leaders) >= 2) or verdict.level is not VerdictLevel.TOO_CLOSE
    for standing in verdict.standings:
        assert 1 <= standing.mean <= MAX_SCORE
        assert set(standing.self_judged) <= set(standing.totals)
