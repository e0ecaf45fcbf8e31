"""Programs are bounded in time, and nothing of them is left."""

from __future__ import annotations

import fcntl
import sys
import time
from pathlib import Path

from multicooker.adapters import processes
from multicooker.adapters.flavors.shell import syntax_problem


def python(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", code]


def test_output_errors_and_code_are_told_apart() -> None:
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    ran = processes.run(python(code), timeout=30)
    assert (ran.code, ran.output, ran.errors, ran.ok) == (3, "out\n", "err\n", False)


def test_input_is_given() -> None:
    assert processes.run(["cat"], timeout=30, given=b"\xff text").output == "\ufffd text"


def test_a_program_that_ends_before_it_reads_is_no_error() -> None:
    assert processes.run(["true"], timeout=30, given=b"x" * 1_000_000).ok


def test_a_missing_program_is_a_result_and_no_exception() -> None:
    ran = processes.run(["mc-no-such-program"], timeout=30)
    assert ran.code == processes.NOT_STARTED
    assert ran.why == "mc-no-such-program: No such file or directory"


STUBBORN = """
import fcntl, os, signal, sys, time
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    held = open(sys.argv[1], "w")
    fcntl.flock(held, fcntl.LOCK_EX)
    for stream in (0, 1, 2):
        os.close(stream)
time.sleep(60)
"""


def test_a_program_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    held = tmp_path / "held"
    begun = time.monotonic()
    ran = processes.run([*python(STUBBORN), str(held)], timeout=1)
    assert (ran.code, ran.why) == (processes.TIMED_OUT, "it took longer than 1 s")
    with held.open() as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)  # free as soon as the child is dead
    assert time.monotonic() - begun < 30


def test_reasons_are_short_and_prefer_what_is_marked_as_an_error() -> None:
    errors = "I: one\nE: nothing works\nI: two\n" + "E: " + "x" * 500 + "\nE: three\n"
    why = processes.Ran(code=1, errors=errors).why
    assert why.startswith("E: nothing works; E: xxx")
    assert len(why) < 450


def test_a_silent_failure_is_told_by_its_code() -> None:
    assert processes.Ran(code=25).why == "exit code 25"


def test_shell_scripts_are_read_and_not_run(tmp_path: Path) -> None:
    assert syntax_problem(f"touch {tmp_path}/ran\n".encode()) == ""
    assert not (tmp_path / "ran").exists()
    assert "yntax error" in syntax_problem(b"if true; then\n")
