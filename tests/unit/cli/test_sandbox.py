"""The sandbox verb: what is typed, by which name, and who has the terminal meanwhile."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from multicooker.app import results
from multicooker.app.sandbox.wish import SandboxEnd, SandboxWish
from multicooker.cli import signals
from multicooker.cli.sandbox import called
from tests.terminals import Terminal
from tests.unit.cli.calls import Caller, answering

ROOT = Path(__file__).parents[3]


def wished(*words: str, caller: Caller | None = None) -> SandboxWish:
    """Return what the verb heard of a call that prints."""
    chosen = caller or Caller()
    ended = chosen("sandbox", "--print", "hi", *words)
    assert ended.exit_code == 0, ended.stderr
    ((_, _, asked),) = [heard for heard in chosen.verbs.heard if heard[0] == "sandbox"]
    wish = asked["wish"]
    assert isinstance(wish, SandboxWish)
    return wish


def test_every_word_reaches_the_verb(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("PEM", encoding="utf-8")

    wish = wished(
        *("code/bakery", "--flavor", "claude", "--profile", "work", "--rebuild", "--fresh-creds"),
        *("--inbox", "~/notes", "--every", "90s", "--ca-bundle", str(bundle)),
        *("--resolve", "a.example=192.0.2.1", "--resolve", "b.example=2001:db8::1"),
        *("--", "--model", "opus", "--", "-x"),
    )

    assert wish == SandboxWish(
        folder="code/bakery",
        flavor="claude",
        profile="work",
        rebuild=True,
        fresh_login=True,
        prompt="hi",
        inbox="~/notes",
        every=90,
        resolve={"a.example": "192.0.2.1", "b.example": "2001:db8::1"},
        ca_bundle=str(bundle),
        args=("--model", "opus", "--", "-x"),
    )


def test_words_for_the_cli_are_no_folder() -> None:
    wish = wished("--", "--continue")

    assert (wish.folder, wish.args) == (None, ("--continue",))


@pytest.mark.parametrize(
    "words",
    [
        ("--flavor", "../x"),
        ("--profile", "a b"),
        ("--resolve", "a.example"),
        ("--resolve", "a.example=nowhere"),
        ("--ca-bundle", "/no/such/file"),
        ("--every", "often"),
        ("one", "two"),
        ("--detach",),
        ("--shell",),
    ],
)
def test_words_that_mean_nothing_start_nothing(words: tuple[str, ...]) -> None:
    caller = Caller()

    assert caller("sandbox", "--print", "hi", *words).exit_code == 2
    assert caller.verbs.heard == []


def test_the_exit_code_is_the_clis() -> None:
    caller = answering(visit_sandbox=SandboxEnd(code=9, running=False, exported=0))

    assert caller("sandbox", "--print", "hi").exit_code == 9


def test_without_a_terminal_it_says_what_else_there_is() -> None:
    caller = Caller()

    ended = caller("sandbox")

    assert ended.exit_code == 2
    assert "--print PROMPT" in ended.stderr
    assert caller.verbs.heard == []


def test_a_detached_one_needs_no_terminal() -> None:
    caller = Caller()

    assert caller("sandbox", "--detach").exit_code == 0
    assert [heard[0] for heard in caller.verbs.heard] == ["sandbox", "visit_sandbox"]


def test_a_visit_has_no_json() -> None:
    assert Caller()("sandbox", "--print", "hi", "--json").exit_code == 2


def test_the_list_shows_what_runs_and_since_when() -> None:
    shown = Caller()("sandbox", "--list").stdout

    assert "/home/you/code/bakery" in shown
    assert "2026-11-21T08:46:31" in shown
    assert "running" in shown
    empty = results.SandboxList(sandboxes=())
    assert "no sandbox runs" in answering(sandbox_list=empty)("sandbox", "--list").stdout


def test_a_stop_names_what_it_ended() -> None:
    caller = Caller()

    assert "stopped claude (cli) in /home/you/code/bakery" in caller("sandbox", "--stop").stdout
    nothing = results.SandboxStopped(folder="/home/you/x", stopped=())
    quiet = answering(sandbox_stop=nothing)
    assert "no sandbox runs in /home/you/x" in quiet("sandbox", "--stop", "x").stdout
    ((_, _, asked),) = quiet.verbs.heard
    assert asked["wish"].folder == "x"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("/usr/local/bin/multicooker", ["-c"]),
        ("/home/you/bin/sandbox", ["sandbox", "-c"]),
        ("claude-sandbox", ["sandbox", "--flavor", "claude", "-c"]),
        ("my-own-sandbox", ["sandbox", "--flavor", "my-own", "-c"]),
        ("-sandbox", ["-c"]),
        ("Claude-sandbox", ["-c"]),
    ],
)
def test_a_link_to_the_program_is_a_verb_by_its_name(name: str, words: list[str]) -> None:
    assert called([name, "-c"]) == words


def test_a_real_link_is_that_verb(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from multicooker.__main__ import main\nmain()\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    link = tmp_path / "claude-sandbox"
    link.symlink_to(program)

    with Terminal([str(link), "--help"]) as terminal:
        assert terminal.wait() == 0

    assert "Usage: multicooker sandbox" in terminal.text


# --- who hears signals while somebody else has the terminal -----------------------------------


def lent(*numbers: signal.Signals) -> bool:
    """Send ourselves signals while the terminal is lent; tell whether that interrupted."""
    waits = threading.Event()
    try:
        with signals.lent_terminal():
            for number in numbers:
                os.kill(os.getpid(), number)
            waits.wait(0.01)
    except KeyboardInterrupt:
        return True
    return False


@pytest.mark.parametrize(
    ("numbers", "interrupted"),
    [
        ((signal.SIGINT,), False),
        ((signal.SIGINT, signal.SIGINT), False),
        ((signal.SIGINT, signal.SIGINT, signal.SIGINT), True),
        ((signal.SIGHUP, signal.SIGHUP, signal.SIGHUP, signal.SIGHUP), False),
        ((signal.SIGTERM,), True),
    ],
)
def test_signals_are_for_the_program_that_has_the_terminal_but_for_a_stop(
    numbers: tuple[signal.Signals, ...], *, interrupted: bool
) -> None:
    assert lent(*numbers) is interrupted


def test_afterwards_signals_mean_what_they_meant() -> None:
    before: list[Callable[..., object] | int | None] = [
        signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    ]

    lent()

    after = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    assert after == before
