"""The engine of this machine and its fake behave alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from multicooker.domain.outcome import Exit
from multicooker.domain.round import Project
from multicooker.errors import BuildError, EngineError
from multicooker.ports import BuildRequest, CellEvent, ContainerEngine, Watch
from tests.contract.engine_benches import Bench, bench, busybox_image
from tests.fakes.engine import CannotStart, Ends, Hangs

__all__ = ["bench", "busybox_image"]

PATIENCE = 30.0
"""Seconds that an event of a real cell may take on a busy machine."""
NOWHERE = "127.0.0.1:9/nothing:1"
TAG = "mc-test-engine-contract:1"


def events_until(watch: Watch, done: Callable[[list[CellEvent]], bool]) -> list[CellEvent]:
    """Return the events up to the one that makes `done` true; fails where none comes."""
    seen: list[CellEvent] = []
    while not done(seen):
        event = watch.next(PATIENCE)
        assert event is not None, f"no news after {seen}"
        seen.append(event)
    return seen


def deaths(events: list[CellEvent]) -> set[str]:
    return {event.cell for event in events if event.action == "die"}


def run_to_end(engine: ContainerEngine, project: Project, cells: list[str]) -> Mapping[str, Exit]:
    with engine.watch(project) as watch:
        engine.up(project, cells)
        events_until(watch, lambda seen: deaths(seen) == set(cells))
    return engine.exits(project, cells)


def test_the_engine_says_what_it_is(bench: Bench) -> None:
    info = bench.engine().info()

    assert info.version
    assert info.compose_version[0].isdigit()
    assert info.context
    assert info.cpus >= 1
    assert info.memory > 64 * 1024**2
    assert "runc" in info.runtimes


def test_cells_exit_with_their_own_codes(bench: Bench) -> None:
    engine, project = bench.project({"alice": Ends(code=0), "bob": Ends(code=75)})

    exits = run_to_end(engine, project, ["alice", "bob"])

    assert {cell: ended.code for cell, ended in exits.items()} == {"alice": 0, "bob": 75}
    assert not any(ended.oom_killed or ended.error for ended in exits.values())


def test_an_exit_tells_how_long_the_cell_ran(bench: Bench) -> None:
    engine, project = bench.project({"alice": Ends(after=0.3)})

    exits = run_to_end(engine, project, ["alice"])

    assert 0.25 <= exits["alice"].seconds < PATIENCE


def test_a_watch_tells_of_each_start_before_each_death(bench: Bench) -> None:
    engine, project = bench.project({"alice": Ends(), "bob": Ends(after=0.2)})

    with engine.watch(project) as watch:
        engine.up(project, ["alice", "bob"])
        seen = events_until(watch, lambda seen: deaths(seen) == {"alice", "bob"})

    for cell in ("alice", "bob"):
        actions = [event.action for event in seen if event.cell == cell]
        assert actions == ["start", "die"]


def test_a_watch_returns_none_when_nothing_happens_in_time(bench: Bench) -> None:
    engine, project = bench.project({"alice": Hangs()})

    with engine.watch(project) as watch:
        engine.up(project, ["alice"])
        events_until(watch, bool)

        assert watch.next(0.05) is None


def test_cells_that_run_are_not_among_the_exits(bench: Bench) -> None:
    engine, project = bench.project({"alice": Ends(), "bob": Hangs()})

    with engine.watch(project) as watch:
        engine.up(project, ["alice", "bob"])
        events_until(watch, lambda seen: deaths(seen) == {"alice"})

    assert set(engine.exits(project, ["alice", "bob"])) == {"alice"}


def test_a_stop_ends_cells_before_their_grace_is_over(bench: Bench) -> None:
    engine, project = bench.project({"alice": Hangs(), "bob": Hangs()})
    engine.up(project, ["alice", "bob"])

    engine.stop(project, ["alice", "bob"], grace=20)

    exits = engine.exits(project, ["alice", "bob"])
    assert [exits[cell].code for cell in ("alice", "bob")] == [143, 143]
    assert all(ended.seconds < 20 for ended in exits.values())


def test_a_cell_that_ignores_a_stop_is_killed_after_its_grace(bench: Bench) -> None:
    engine, project = bench.project({"alice": Hangs(ignores_stop=True, log=b"deaf\n")})
    engine.up(project, ["alice"])
    # Its trap is set before it prints.
    assert next(iter(engine.follow(project, ["alice"]))) == ("alice", "deaf")

    engine.stop(project, ["alice"], grace=1)

    ended = engine.exits(project, ["alice"])["alice"]
    assert ended.code == 137
    assert not ended.oom_killed
    assert ended.seconds >= 1


def test_stopping_what_ended_or_is_gone_is_no_error(bench: Bench) -> None:
    engine, project = bench.project({"alice": Ends(), "bob": Ends()})
    run_to_end(engine, project, ["alice", "bob"])
    bench.remove_by_hand(project, "bob")

    engine.stop(project, ["alice", "bob"], grace=1)

    assert engine.exits(project, ["alice"])["alice"].code == 0


def test_a_cell_that_cannot_start_raises_and_leaves_its_reason(bench: Bench) -> None:
    engine, project = bench.project({"alice": CannotStart("no-such-program")})

    with pytest.raises(EngineError, match="no-such-program"):
        engine.up(project, ["alice"])

    ended = engine.exits(project, ["alice"])["alice"]
    assert ended.code is None
    assert "no-such-program" in ended.error


def test_a_cell_that_somebody_removed_is_gone(bench: Bench) -> None:
    engine, project = bench.project({"alice": Hangs()})
    engine.up(project, ["alice"])

    bench.remove_by_hand(project, "alice")

    ended = engine.exits(project, ["alice"])["alice"]
    assert ended.code is None
    assert ended.gone
    assert "gone" in ended.error


def test_recreating_runs_a_cell_from_scratch(bench: Bench) -> None:
    engine, project = bench.project({"alice": Ends(code=3, log=b"once\n")})
    run_to_end(engine, project, ["alice"])

    with engine.watch(project) as watch:
        engine.up(project, ["alice"], recreate=True)
        events_until(watch, lambda seen: [event.action for event in seen][-2:] == ["start", "die"])

    assert engine.logs(project, "alice", limit=1000) == b"once\n"


def test_up_leaves_running_cells_alone(bench: Bench) -> None:
    engine, project = bench.project({"alice": Hangs(), "bob": Ends()})
    engine.up(project, ["alice"])

    with engine.watch(project) as watch:
        engine.up(project, ["alice", "bob"])
        seen = events_until(watch, lambda seen: deaths(seen) == {"bob"})

    assert not deaths(seen) & {"alice"}


def test_a_log_holds_the_bytes_as_they_were_printed(bench: Bench) -> None:
    printed = b"\x1b[2J\x00caf\xc3\xa9\r\nno newline at the end"
    engine, project = bench.project({"alice": Ends(log=printed)})
    run_to_end(engine, project, ["alice"])

    assert engine.logs(project, "alice", limit=1000) == printed


def test_a_log_is_cut_at_its_beginning(bench: Bench) -> None:
    engine, project = bench.project({"alice": Ends(log=b"first\nsecond\nthird\n")})
    run_to_end(engine, project, ["alice"])

    assert engine.logs(project, "alice", limit=9) == b"nd\nthird\n"
    assert engine.logs(project, "alice", limit=0) == b""


def test_the_log_of_a_cell_that_is_not_there_is_an_error(bench: Bench) -> None:
    engine, project = bench.project({"alice": Ends()})

    with pytest.raises(EngineError, match="alice"):
        engine.logs(project, "alice", limit=10)


def test_last_lines_are_those_of_each_cell(bench: Bench) -> None:
    scripts = {
        "alice": Ends(log=b"one\nbob-1  | two\n"),
        "bob": Ends(log=b"three\n"),
        "carol": Ends(),
    }
    engine, project = bench.project(scripts)
    run_to_end(engine, project, list(scripts))

    lines = engine.last_lines(project, list(scripts))

    assert lines == {"alice": "bob-1  | two", "bob": "three"}


def test_following_yields_each_cells_lines_in_order_until_it_ends(bench: Bench) -> None:
    scripts = {"alice": Ends(after=0.3, log=b"one\ntwo\n"), "bob": Ends(log=b"| three\n")}
    engine, project = bench.project(scripts)
    engine.up(project, list(scripts))

    lines = list(engine.follow(project, list(scripts)))

    assert [line for cell, line in lines if cell == "alice"] == ["one", "two"]
    assert [line for cell, line in lines if cell == "bob"] == ["| three"]


def test_removing_takes_what_runs_and_what_ended_and_names_it(bench: Bench) -> None:
    engine, project = bench.project({"alice": Ends(), "bob": Hangs()})
    engine.up(project, ["alice", "bob"])

    removed = engine.remove(project)

    assert {project.container("alice"), project.container("bob")} <= set(removed)
    assert all("gone" in ended.error for ended in engine.exits(project, ["alice", "bob"]).values())


def test_removing_what_is_not_there_removes_nothing(bench: Bench) -> None:
    engine, project = bench.project({"alice": Ends()})

    assert engine.remove(project) == ()


def test_no_cells_are_no_work(bench: Bench) -> None:
    engine, project = bench.project({"alice": Ends()})

    engine.stop(project, [], grace=1)
    assert engine.exits(project, []) == {}
    assert engine.last_lines(project, []) == {}
    assert list(engine.follow(project, [])) == []
    assert engine.images([]) == {}


def test_images_tells_those_that_are_there(bench: Bench) -> None:
    found = bench.engine().images(["mc-test-nowhere:1", bench.base, "mc-test-nowhere"])

    assert list(found) == [bench.base]
    assert found[bench.base].startswith("sha256:")


def test_a_pull_without_a_registry_is_false(bench: Bench) -> None:
    assert bench.engine().pull(NOWHERE) is False


def test_an_image_goes_by_every_name_it_was_given(bench: Bench) -> None:
    engine = bench.engine()

    engine.tag(bench.base, TAG)
    found = engine.images([bench.base, TAG])
    engine.remove_images([TAG])

    assert found[TAG] == found[bench.base]
    assert list(engine.images([bench.base, TAG])) == [bench.base]


def test_what_is_not_there_gets_no_name(bench: Bench) -> None:
    with pytest.raises(EngineError, match="mc-test-nowhere:1"):
        bench.engine().tag("mc-test-nowhere:1", TAG)


def test_an_image_is_built_and_removed(bench: Bench, tmp_path: Path) -> None:
    engine = bench.engine()
    request = build_request(tmp_path, base=bench.base, dockerfile="ARG BASE\nFROM ${BASE}\n")

    engine.build(request)
    assert TAG in engine.images([TAG])

    engine.remove_images([TAG, "mc-test-nowhere:1"])
    assert engine.images([TAG]) == {}


def test_a_build_on_a_base_that_is_not_there_fails(bench: Bench, tmp_path: Path) -> None:
    request = build_request(tmp_path, base=NOWHERE, dockerfile="ARG BASE\nFROM ${BASE}\n")

    with pytest.raises(BuildError, match=TAG):
        bench.engine().build(request)


def build_request(folder: Path, *, base: str, dockerfile: str) -> BuildRequest:
    (folder / "Dockerfile.base").write_text(dockerfile, encoding="utf-8")
    return BuildRequest(tag=TAG, folder=str(folder), base=base, labels={"dev.multicooker.x": "1"})
