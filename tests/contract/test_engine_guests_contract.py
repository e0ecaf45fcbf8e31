"""Volumes, errands, visits and gifts: the engine of this machine and its fake behave alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

from multicooker.errors import EngineError
from tests.contract.engine_benches import GIFTS, Bench, bench, busybox_image
from tests.fakes.engine import Does, Ends, Hangs, Receives

__all__ = ["bench", "busybox_image"]

PATIENCE = 30.0
VOLUME = "/volume"


# --- gifts to cells --------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"a token\n", b"0123456789abcde\n" * 16384])
def test_a_running_cell_is_given_a_file_that_only_it_may_read(bench: Bench, data: bytes) -> None:
    engine, project = bench.project({"alice": Receives(path="/tmp/gift")})

    with engine.watch(project) as watch:
        engine.up(project, ["alice"])
        engine.give(project, "alice", "/tmp/gift", data)
        while (event := watch.next(PATIENCE)) and event.action != "die":
            pass

    assert engine.logs(project, "alice", limit=10**6) == data + b" 600\n"


def test_what_does_not_run_is_given_nothing(bench: Bench) -> None:
    engine, project = bench.project({"alice": Ends(), "bob": Hangs()})
    with engine.watch(project) as watch:
        engine.up(project, ["alice"])
        while (event := watch.next(PATIENCE)) and event.action != "die":
            pass

    for cell in ("alice", "bob"):
        with pytest.raises(EngineError, match=f"giving /tmp/gift to {cell}"):
            engine.give(project, cell, "/tmp/gift", b"SECRET")


# --- volumes ---------------------------------------------------------------------------------


def test_volumes_are_there_once_an_errand_used_them_and_until_they_are_removed(
    bench: Bench,
) -> None:
    engine, used, other = bench.engine(), bench.volume(), bench.volume()
    assert engine.volumes([used, other]) == ()

    engine.errand(bench.errand(Does(), volumes={used: VOLUME}))

    assert engine.volumes([other, used]) == (used,)
    assert engine.remove_volumes([other, used]) == (used,)
    assert engine.volumes([used]) == ()
    assert engine.volumes([]) == engine.remove_volumes([]) == ()


def test_volumes_are_found_by_how_their_names_begin(bench: Bench) -> None:
    engine, volume = bench.engine(), bench.volume()
    assert engine.volumes_like(volume) == ()

    engine.errand(bench.errand(Does(), volumes={volume: VOLUME, f"x-{volume}": VOLUME + "2"}))

    assert engine.volumes_like(volume) == engine.volumes_like(volume[:-1]) == (volume,)
    assert engine.remove_volumes([volume, f"x-{volume}"]) == (volume, f"x-{volume}")


def test_removing_a_cook_leaves_the_volumes_of_logins(bench: Bench) -> None:
    volume = bench.volume()
    engine, project = bench.project({"alice": Hangs()})
    engine.up(project, ["alice"])
    engine.errand(bench.errand(Does(), volumes={volume: VOLUME}))

    engine.remove(project)

    assert engine.volumes([volume]) == (volume,)


# --- errands ---------------------------------------------------------------------------------


def test_an_errand_reads_what_it_is_given_and_tells_what_it_prints(bench: Bench) -> None:
    data = bytes(range(256)) * 4096
    errand = bench.errand(Does(prints=b"got: ", repeats=True))

    assert bench.engine().errand(replace(errand, input=data)) == b"got: " + data


def test_an_errand_need_not_read_what_it_is_given(bench: Bench) -> None:
    errand = bench.errand(Does(prints=b"no thanks"))

    assert bench.engine().errand(replace(errand, input=b"x" * 10**6)) == b"no thanks"


def test_what_an_errand_writes_into_a_volume_another_one_finds_there(bench: Bench) -> None:
    engine, volume = bench.engine(), bench.volume()
    place = f"{VOLUME}/login.json"
    writing = bench.errand(Does(writes={place: b"{}"}), volumes={volume: VOLUME})
    reading = bench.errand(Does(shows=place), volumes={volume: VOLUME})

    engine.errand(replace(writing, read_only=False))

    assert engine.errand(reading) == b"{}"


def test_an_errand_may_not_write_unless_it_was_made_to(bench: Bench) -> None:
    engine, volume = bench.engine(), bench.volume()
    writing = bench.errand(Does(writes={f"{VOLUME}/x": b"x"}), volumes={volume: VOLUME})

    with pytest.raises(EngineError, match="Read-only file system"):
        engine.errand(writing)


def test_an_errand_that_fails_is_an_error_with_its_complaint(bench: Bench) -> None:
    engine = bench.engine()

    with pytest.raises(EngineError, match="no such login"):
        engine.errand(bench.errand(Does(complains=b"no such login\n", code=4)))
    with pytest.raises(EngineError, match="exit code 4"):
        engine.errand(bench.errand(Does(code=4)))


def test_an_errand_takes_no_longer_than_it_may(bench: Bench) -> None:
    errand = bench.errand(Does(after=1000.0))

    with pytest.raises(EngineError, match="no answer"):
        bench.engine().errand(replace(errand, seconds=1.0))


def test_an_errand_prints_no_more_than_it_may(bench: Bench) -> None:
    engine = bench.engine()
    errand = bench.errand(Does(prints=b"12345"))

    assert engine.errand(replace(errand, most=5)) == b"12345"
    with pytest.raises(EngineError, match="more than 4 bytes"):
        engine.errand(replace(errand, most=4))


# --- visits ----------------------------------------------------------------------------------


def test_a_visit_has_the_users_own_output_and_its_exit_code(
    bench: Bench, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    visit = bench.visit(Does(prints=b"hello ", repeats=True, code=7))
    data = b"you\n" * 100_000

    assert bench.engine().attend(replace(visit, input=data)) == 7

    assert capfdbinary.readouterr().out == b"hello " + data


def test_nothing_is_left_of_a_visit_that_ended(bench: Bench) -> None:
    engine = bench.engine()
    visit = bench.visit(Does())

    engine.attend(visit)

    assert visit.name not in {one.name for one in engine.visits()}
    assert engine.end_visit(visit.name, grace=1) is False


def test_a_visit_is_given_its_gifts_while_it_runs(
    bench: Bench, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    gifts = {f"{GIFTS}/one": b"first ", f"{GIFTS}/two": b"second"}

    assert bench.engine().attend(bench.visit(Does(), gifts=gifts)) == 0

    assert capfdbinary.readouterr().out == b"first second"


def test_a_visit_that_ends_before_it_takes_its_gift_tells_its_own_code(bench: Bench) -> None:
    visit = replace(bench.visit(Does(code=5)), gifts={f"{GIFTS}/one": b"never taken"})

    assert bench.engine().attend(visit) == 5


def test_a_detached_visit_runs_on_until_it_is_ended(bench: Bench) -> None:
    engine = bench.engine()
    visit = replace(bench.visit(Does(stays=True)), detach=True, labels={"dev.multicooker.x": "a,b"})

    assert engine.attend(visit) == 0
    assert engine.attend(replace(visit, labels={})) == 0

    found = {one.name: one for one in engine.visits()}[visit.name]
    assert found.running
    assert found.started
    assert found.labels["dev.multicooker.x"] == "a,b"
    assert engine.end_visit(visit.name, grace=1) is True
    assert visit.name not in {one.name for one in engine.visits()}


def test_a_visit_that_ended_alone_makes_room_for_the_next(
    bench: Bench, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    engine = bench.engine()
    visit = bench.visit(Does(prints=b"again"))
    engine.attend(replace(visit, detach=True))
    while any(one.running for one in engine.visits() if one.name == visit.name):
        pass

    assert engine.attend(visit) == 0

    assert capfdbinary.readouterr().out == b"again"
    assert visit.name not in {one.name for one in engine.visits()}


# --- runtimes --------------------------------------------------------------------------------


def test_a_runtime_works_only_where_a_container_really_ran_with_it(bench: Bench) -> None:
    engine = bench.engine()

    assert engine.runtime_works("runc", bench.base) == ""
    assert "runtime" in engine.runtime_works("no-such-runtime", bench.base)
