"""Cells run to their ends on a fake engine and a fake clock."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence

import pytest

from multicooker.domain.outcome import CellState, EndCause, Ending
from multicooker.domain.round import Cell, Project
from multicooker.errors import EngineError
from multicooker.pipeline.plan import default_spec
from multicooker.pipeline.run import Observer, run
from multicooker.ports import CellRow, Watch
from tests.fakes.clock import FakeClock
from tests.fakes.engine import CannotStart, Ends, FakeEngine, Hangs, Script
from tests.known_flavors import KNOWN
from tests.unit.pipeline.test_plan import PROJECT, planned

TEMPLATE = planned(default_spec(KNOWN, {})).participants[0]


def cells(*names: str, timeout: int = 100) -> tuple[Cell, ...]:
    return tuple(
        dataclasses.replace(TEMPLATE, name=name, owner=name, timeout=timeout, grace=5)
        for name in names
    )


class Kitchen:
    """A fake engine on a fake clock, and what an observer heard."""

    def __init__(self, **scripts: Script) -> None:
        self.clock = FakeClock()
        self.engine = FakeEngine(clock=self.clock, scripts=scripts)
        self.heard: list[tuple[str, CellState]] = []
        self.rows: list[Sequence[CellRow]] = []
        self.stop_after: float | None = None

    def run(self, wanted: tuple[Cell, ...], *, jobs: int = 10) -> dict[str, Ending]:
        endings = run(
            wanted,
            project=PROJECT,
            engine=self.engine,
            clock=self.clock,
            jobs=jobs,
            stopped=self._stopped,
            observer=Observer(
                changed=lambda name, state, _: self.heard.append((name, state)),
                rows=self.rows.append,
                size=lambda _: 7,
                last_lines=lambda names: dict.fromkeys(names, "hello"),
            ),
        )
        assert [ending.cell for ending in endings] == [cell.name for cell in wanted]
        return {ending.cell: ending for ending in endings}

    def _stopped(self) -> bool:
        return (
            self.stop_after is not None and self.clock.monotonic() - self.begun >= self.stop_after
        )

    @property
    def begun(self) -> float:
        return FakeClock().monotonic()

    def most_at_once(self) -> int:
        running, most = 0, 0
        for _, state in self.heard:
            running += {CellState.STARTING: 1, CellState.ENDED: -1}.get(state, 0)
            most = max(most, running)
        return most


def test_every_cell_ends_with_what_the_engine_says() -> None:
    kitchen = Kitchen(a=Ends(after=2), b=Ends(after=1, code=3), c=Ends(code=137, oom=True))
    found = kitchen.run(cells("a", "b", "c"))
    assert {name: ending.cause for name, ending in found.items()} == dict.fromkeys(
        "abc", EndCause.ENDED
    )
    assert [found[name].exit.code for name in "abc"] == [0, 3, 137]
    assert found["c"].exit.oom_killed
    assert found["a"].exit.seconds == 2


def test_a_run_is_over_the_moment_its_last_cell_ends() -> None:
    kitchen = Kitchen(a=Ends(after=2), b=Ends(after=1), c=Ends(after=2))
    kitchen.run(cells("a", "b", "c"))
    assert kitchen.clock.monotonic() - kitchen.begun == 2


def test_a_cell_over_its_time_is_stopped_and_told_so() -> None:
    kitchen = Kitchen(a=Hangs(), b=Ends(after=50))
    found = kitchen.run(cells("a", "b", timeout=20))
    assert found["a"].cause is EndCause.TIMED_OUT
    assert found["b"].cause is EndCause.TIMED_OUT
    assert 20 <= found["a"].exit.seconds <= 22


def test_a_cell_that_ignores_the_stop_is_killed_after_its_grace() -> None:
    kitchen = Kitchen(a=Hangs(ignores_stop=True))
    found = kitchen.run(cells("a", timeout=20))
    assert found["a"].cause is EndCause.TIMED_OUT
    assert found["a"].exit.code == 137
    assert found["a"].exit.seconds <= 20 + 5 + 2


def test_a_cell_that_ends_in_time_is_not_called_late() -> None:
    found = Kitchen(a=Ends(after=19)).run(cells("a", timeout=20))
    assert found["a"].cause is EndCause.ENDED


def test_one_that_cannot_start_is_found_out_and_stops_nobody() -> None:
    kitchen = Kitchen(a=Ends(after=3), b=CannotStart("no such device"), c=Ends(after=1))
    found = kitchen.run(cells("a", "b", "c"))
    assert found["b"].cause is EndCause.NOT_STARTED
    assert "no such device" in found["b"].exit.error
    assert found["a"].cause is EndCause.ENDED
    assert found["c"].cause is EndCause.ENDED


def test_a_cell_that_runs_is_told_before_others_of_its_batch_are_tried_again() -> None:
    kitchen = Kitchen(a=Ends(after=3), b=CannotStart("no such device"), c=Ends(after=1))
    kitchen.run(cells("a", "b", "c"))
    told = [kitchen.heard.index(it) for it in (("a", CellState.RUNNING), ("b", CellState.ENDED))]
    assert told == sorted(told)


def test_a_single_cell_that_cannot_start_ends_the_run() -> None:
    found = Kitchen(a=CannotStart("nope")).run(cells("a"))
    assert found["a"].cause is EndCause.NOT_STARTED


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_never_more_than_jobs_run_at_once_and_all_get_their_turn_in_order(jobs: int) -> None:
    kitchen = Kitchen(**{name: Ends(after=2) for name in "abcdef"})
    found = kitchen.run(cells(*"abcdef"), jobs=jobs)
    assert len(found) == 6
    assert kitchen.most_at_once() == jobs
    started = [name for name, state in kitchen.heard if state is CellState.RUNNING]
    assert started == list("abcdef")


def test_waiting_for_a_place_does_not_count_as_time() -> None:
    kitchen = Kitchen(a=Ends(after=15), b=Ends(after=15))
    found = kitchen.run(cells("a", "b", timeout=20), jobs=1)
    assert {ending.cause for ending in found.values()} == {EndCause.ENDED}


def test_a_stop_ends_what_runs_and_what_waits_and_keeps_what_ended() -> None:
    kitchen = Kitchen(a=Ends(after=1), b=Hangs(), c=Ends())
    kitchen.stop_after = 10
    found = kitchen.run(cells("a", "b", "c"), jobs=1)
    assert found["a"].cause is EndCause.ENDED
    assert found["b"].cause is EndCause.CANCELLED
    assert found["b"].exit.code == 143
    assert found["c"].cause is EndCause.CANCELLED
    assert found["c"].exit.code is None


def test_what_ends_in_the_moment_of_a_stop_keeps_its_own_ending() -> None:
    kitchen = Kitchen(a=Ends(after=0))
    kitchen.stop_after = 0
    kitchen.engine.up(PROJECT, ["a"])
    found = kitchen.run(cells("a"))
    assert found["a"].cause is EndCause.CANCELLED
    kitchen = Kitchen(a=Ends(after=5), b=Hangs())
    kitchen.stop_after = 5
    found = kitchen.run(cells("a", "b"))
    assert found["a"].cause is EndCause.ENDED
    assert found["b"].cause is EndCause.CANCELLED


def test_cells_that_end_together_cost_one_inspect() -> None:
    kitchen = Kitchen(**{name: Ends(after=1) for name in "abc"})
    kitchen.run(cells(*"abc"))
    assert [call for call in kitchen.engine.calls if call[0] == "exits"] == [
        ("exits", "a", "b", "c")
    ]


@dataclasses.dataclass(slots=True)
class DeafEngine(FakeEngine):
    """An engine whose event stream tells nothing; its cell is stopped from outside after 30 s."""

    @contextlib.contextmanager
    def watch(self, project: Project) -> Iterator[Watch]:
        engine = self

        class Deaf:
            def next(self, timeout: float) -> None:
                engine.clock.sleep(timeout)
                if engine.clock.monotonic() > 30:
                    engine.stop(project, ["a"], grace=1)

        yield Deaf()


def test_an_end_whose_event_was_missed_is_found_by_looking() -> None:
    kitchen = Kitchen()
    kitchen.engine = DeafEngine(clock=kitchen.clock, scripts={"a": Hangs()})
    found = kitchen.run(cells("a", timeout=1000))
    assert found["a"].cause is EndCause.ENDED
    assert kitchen.clock.monotonic() < 45


def test_a_container_removed_by_hand_ends_its_cell() -> None:
    kitchen = Kitchen(a=Hangs(), b=Ends(after=30))
    seen: list[str] = []

    def rows(found: Sequence[CellRow]) -> None:
        if not seen and found[0].state == "running":
            seen.append("removed")
            kitchen.engine.remove_by_hand(PROJECT, "a")

    endings = run(
        cells("a", "b"),
        project=PROJECT,
        engine=kitchen.engine,
        clock=kitchen.clock,
        jobs=2,
        stopped=lambda: False,
        observer=Observer(rows=rows),
    )
    assert "gone" in endings[0].exit.error
    assert endings[0].cause is EndCause.ENDED
    assert endings[0].exit.seconds > 0
    assert endings[1].cause is EndCause.ENDED


def test_an_engine_that_goes_away_is_the_engines_error_not_the_cells() -> None:
    kitchen = Kitchen(a=Hangs())
    wanted = cells("a")

    def rows(_: Sequence[CellRow]) -> None:
        kitchen.engine.down = "cannot reach the engine"

    with pytest.raises(EngineError, match="cannot reach"):
        run(
            wanted,
            project=PROJECT,
            engine=kitchen.engine,
            clock=kitchen.clock,
            jobs=1,
            stopped=lambda: False,
            observer=Observer(rows=rows),
        )


def test_whoever_watches_sees_states_times_sizes_and_last_lines() -> None:
    kitchen = Kitchen(a=Ends(after=3), b=Hangs(ignores_stop=True), c=Ends(after=1, code=9))
    kitchen.run(cells("a", "b", "c", timeout=10), jobs=2)
    states: dict[str, list[str]] = {row.name: [] for row in kitchen.rows[0]}
    for look in kitchen.rows:
        for row in look:
            if not states[row.name] or states[row.name][-1] != row.state:
                states[row.name].append(row.state)
    assert states["a"] == ["running", "ended"]
    assert states["b"] == ["running", "timed_out"]
    assert states["c"] == ["queued", "running", "exit 9"]
    row = kitchen.rows[0][0]
    assert (row.bytes_written, row.last_line, row.timeout) == (7, "hello", 10)


def test_nobody_has_to_watch() -> None:
    endings = run(
        cells("a"),
        project=PROJECT,
        engine=FakeEngine(clock=(clock := FakeClock())),
        clock=clock,
        jobs=1,
        stopped=lambda: False,
        observer=Observer(),
    )
    assert endings[0].cause is EndCause.ENDED
