"""Whatever goes wrong becomes one message and one exit code, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from multicooker import errors
from tests.unit.cli.calls import answering

ROOT = Path(__file__).parents[3]
PROGRAM = Path(__file__).with_name("scripted_program.py")
PASSWORD = "correct horse"  # noqa: S105  # stands for one in a variable of a frame


@pytest.mark.parametrize("kind", errors.all_error_types())
def test_an_error_is_what_happened_and_what_to_do(kind: type[errors.MulticookerError]) -> None:
    ended = answering(cook=kind("what happened", hint="what to do"))("cook", "landing")
    assert ended.exit_code == kind.exit_code
    assert ended.stderr == "error: what happened\n  what to do\n"
    assert ended.stdout == ""


def test_a_hint_of_several_lines_stays_below_its_error() -> None:
    error = errors.BuildError("it broke:\nline 2", hint="do this\nor that")
    ended = answering(build=error)("build")
    assert ended.stderr == "error: it broke:\nline 2\n  do this\n  or that\n"


def test_an_error_cannot_act_on_the_terminal() -> None:
    error = errors.BadInputError("bad \x1b]0;evil\x07 \x9b2J name\r", hint="\x1b[2J")
    ended = answering(cook=error)("cook", "landing")
    assert all(byte >= 0x20 or byte == 0x0A for byte in ended.stderr_bytes)
    assert "\\x1b]0;evil\\x07 \\x9b2J name\\r" in ended.stderr


def test_a_cook_without_a_verdict_ends_with_3_and_an_unhealthy_doctor_with_1() -> None:
    no_verdict = errors.NoVerdictError("nothing to judge")
    assert answering(cook=no_verdict)("cook", "landing").exit_code == 3
    assert answering()("doctor").exit_code == 1
    assert answering()("flavor", "check", "demo").exit_code == 0
    assert answering()("cook", "landing").exit_code == 0


def _fail_with_a_secret(_kitchen: object) -> object:
    password = PASSWORD
    return dict[int, str]()[len(password)]


def test_a_bug_is_one_line_without_a_traceback() -> None:
    ended = answering(cook=_fail_with_a_secret)("cook", "landing")
    assert ended.exit_code == 70
    assert ended.stderr == (
        "error: this is a bug in multicooker: KeyError: 13\n"
        "  run again with --debug, and report what it prints\n"
    )


@pytest.mark.parametrize("words", [("--debug", "cook", "landing"), ("cook", "landing", "--debug")])
def test_debug_shows_where_a_bug_is_and_no_variables(words: tuple[str, ...]) -> None:
    ended = answering(cook=_fail_with_a_secret)(*words)
    assert ended.exit_code == 70
    assert "_fail_with_a_secret" in ended.stderr
    assert PASSWORD not in ended.stderr


@pytest.mark.parametrize("verb", ["cook", "judge"])
def test_an_interrupted_cook_says_how_to_go_on_and_how_to_clean_up(verb: str) -> None:
    ended = answering(**{verb: KeyboardInterrupt()})(verb, "landing")
    assert ended.exit_code == 130
    assert ended.stderr == (
        f"error: interrupted\n  go on with `multicooker {verb} landing`;"
        " `multicooker clean landing` removes what may be left on the engine\n"
    )


def test_ctrl_c_is_how_one_leaves_a_log_and_no_error() -> None:
    ended = answering(logs=_lines_until_ctrl_c)("logs", "landing", "-f")
    assert (ended.exit_code, ended.stdout, ended.stderr) == (130, "saffron │ a line\n", "")


def _lines_until_ctrl_c(_kitchen: object) -> Iterator[tuple[str, str]]:
    yield "saffron", "a line"
    raise KeyboardInterrupt


def test_interrupting_what_only_looks_needs_no_advice() -> None:
    ended = answering(status=KeyboardInterrupt())("status", "landing")
    assert (ended.exit_code, ended.stderr) == (130, "error: interrupted\n")


def test_a_missing_argument_says_which_and_where_help_is() -> None:
    ended = answering()("cook")
    assert ended.exit_code == 2
    assert ended.stderr.startswith("error: Missing argument 'TASK'")
    assert "see `multicooker cook --help`" in ended.stderr


def _run(words: str) -> subprocess.CompletedProcess[str]:
    script = f'exec 2>&1; "{sys.executable}" "{PROGRAM}" {words}'
    return subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=False, timeout=60, cwd=ROOT
    )


def test_a_reader_that_is_gone_ends_the_program_silently() -> None:
    ended = _run('endless-logs | head -n 1; exit "${PIPESTATUS[0]}"')
    assert (ended.returncode, ended.stdout) == (141, "saffron │ again\n")


def test_a_full_disk_behind_stdout_is_told_on_stderr() -> None:
    for words in ("status", "status --json"):
        ended = _run(f"{words} >/dev/full")
        assert ended.returncode == 9
        assert ended.stdout == "error: the output cannot be written: no space left\n"


def _run_real(words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    script = f'exec 2>&1; cd "{folder}"; {words.format(program=f"{sys.executable} -m multicooker")}'
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environment,
    )


@pytest.mark.parametrize("words", ["", "--help", "cook --help", "--json", "completion bash"])
def test_a_full_disk_behind_the_real_program_is_told_once(tmp_path: Path, words: str) -> None:
    ended = _run_real(f"{{program}} {words} >/dev/full", tmp_path)
    assert ended.returncode == 9
    assert ended.stdout == "error: the output cannot be written: no space left\n"


@pytest.mark.parametrize("words", ["", "status x", "-C rel", "-C rel cook x"])
def test_a_folder_that_was_removed_under_ones_feet_is_told(tmp_path: Path, words: str) -> None:
    (tmp_path / "gone").mkdir()
    ended = _run_real(f"rmdir ../gone; {{program}} {words}", tmp_path / "gone")
    assert ended.returncode == 2
    assert ended.stdout.startswith("error: the folder you are in is gone\n")


def test_a_closed_stdout_stops_nothing() -> None:
    ended = _run("status >&-")
    assert (ended.returncode, ended.stdout) == (0, "")


def test_a_terminal_that_knows_few_characters_is_shown_escapes_for_the_others() -> None:
    ended = _run("logs-in-latin-1 | iconv -f latin1 -t utf-8")
    assert ended.stdout == "saffron \\u2502 été\n"
