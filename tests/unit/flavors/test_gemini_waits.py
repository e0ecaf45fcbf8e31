"""gemini's entrypoint ends the CLI where it would sleep for hours, and where it is told to stop."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.unit.flavors.stage import Stage

HALF_DONE = 'trap "echo stopped; exit 0" TERM; echo half >half.txt'
SLEEPS = "sleep 60 >/dev/null 2>&1 & wait $!"


def waits(milliseconds: str) -> str:
    told = f"Attempt 1 failed: You have exhausted your capacity. Retrying after {milliseconds}ms..."
    return f"echo '{told}' >&2"


@pytest.mark.parametrize("milliseconds", ["60001", "12060447", "99999999999999999999"])
def test_a_long_sleep_is_ended_as_a_usage_limit(milliseconds: str, tmp_path: Path) -> None:
    stage = Stage(flavor="gemini", root=tmp_path / "s")
    told = stage.run("participant", behaviour=f"{HALF_DONE}; {waits(milliseconds)}; {SLEEPS}")
    assert told.code == 75
    said, last = told.errors.splitlines()
    assert "its usage limit is reached" in said
    assert f"Retrying after {milliseconds}ms" in last, "the log's reader takes its cause from it"
    assert (stage.root / "out" / "half.txt").read_text() == "half\n"


@pytest.mark.parametrize("milliseconds", ["60000", "5123", "0", "", "12x", "-90000", "9 9"])
def test_a_short_one_is_waited_for(milliseconds: str, tmp_path: Path) -> None:
    told = Stage(flavor="gemini", root=tmp_path / "s").run(
        "participant", behaviour=f"{waits(milliseconds)}; exit 3"
    )
    assert told.code == 3
    assert "usage limit" not in told.errors


def test_a_cli_that_makes_its_own_end_of_the_pipe_impatient_is_read_all_the_same(
    tmp_path: Path,
) -> None:
    impatient = "import fcntl, os; fcntl.fcntl(2, fcntl.F_SETFL, os.O_NONBLOCK)"
    told = Stage(flavor="gemini", root=tmp_path / "s").run(
        "participant",
        behaviour=f"{HALF_DONE}; python3 -c '{impatient}'; echo warned >&2; sleep 0.2;"
        f" {waits('90000')}; {SLEEPS}",
    )
    assert told.code == 75


def test_all_that_the_cli_says_is_passed_on_as_it_is(tmp_path: Path) -> None:
    told = Stage(flavor="gemini", root=tmp_path / "s").run(
        "judge",
        behaviour=r"""printf 'one\\n\ttwo%%s  \nlast without an end' >&2; printf '{"a": 1}'""",
    )
    assert told.code == 0
    assert told.output == '{"a": 1}'
    assert told.errors == "one\\n\ttwo%s  \nlast without an end\n"


def test_being_stopped_is_not_being_done(tmp_path: Path) -> None:
    stage = Stage(flavor="gemini", root=tmp_path / "s")
    process = stage.start("participant", behaviour=f"{HALF_DONE}; echo works; {SLEEPS}")
    assert process.stdout is not None
    assert process.stdout.readline() == "works\n"
    process.send_signal(signal.SIGTERM)
    told = stage.finish(process)
    assert told.code == 143
    assert told.output.endswith("stopped\n")
    assert (stage.root / "out" / "half.txt").read_text() == "half\n"


def test_what_the_cli_leaves_running_holds_nobody_up(tmp_path: Path) -> None:
    told = Stage(flavor="gemini", root=tmp_path / "s").run(
        "participant", behaviour="sleep 60 >/dev/null 2>&1 & echo warned >&2"
    )
    assert (told.code, told.errors) == (0, "warned\n")
