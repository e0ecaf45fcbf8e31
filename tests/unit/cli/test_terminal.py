"""On a real terminal: the live table, Ctrl-C once and twice, and a terminal that is closed."""

from __future__ import annotations

import os
import pty
import select
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("scripted_program.py")
CTRL_C = b"\x03"
PATIENCE = 30.0


@dataclass(slots=True)
class Terminal:
    """One program that runs on a terminal of its own."""

    pid: int
    screen: int
    seen: bytes = b""

    def wait_for(self, text: str) -> None:
        """Read until a text is on the screen; fail where it never comes."""
        while text.encode() not in self.seen:
            ready, _, _ = select.select([self.screen], [], [], PATIENCE)
            assert ready, self.seen
            self.seen += os.read(self.screen, 65536)

    def press(self, keys: bytes) -> None:
        os.write(self.screen, keys)

    def close(self) -> None:
        """Close the window: the kernel hangs up on everything in it."""
        os.close(self.screen)
        self.screen = -1

    def exit_code(self) -> int:
        """Read to the end and return how the program ended."""
        with suppress(OSError):  # the kernel's way to say that the other side is gone
            while self.screen >= 0 and (more := os.read(self.screen, 65536)):
                self.seen += more
        _, status = os.waitpid(self.pid, 0)
        self.pid = -1
        return os.waitstatus_to_exitcode(status)


@contextmanager
def terminal(*words: str, environment: Mapping[str, str] | None = None) -> Iterator[Terminal]:
    argv = [sys.executable, str(PROGRAM), *words]
    known = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", **(environment or {})}
    known.pop("NO_COLOR", None)
    pid, screen = pty.fork()
    if pid == 0:
        os.execve(argv[0], argv, known)  # noqa: S606  # the child of a fork becomes the program
    opened = Terminal(pid, screen)
    try:
        yield opened
    finally:
        if opened.screen >= 0:
            os.close(opened.screen)
        if opened.pid > 0:
            os.kill(opened.pid, 9)
            os.waitpid(opened.pid, 0)


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """Return the file that a cook leaves when it was stopped politely."""
    return tmp_path / "left"


def test_the_table_shows_every_cell_and_no_cell_can_act_on_the_terminal() -> None:
    with terminal("cook") as opened:
        assert opened.exit_code() == 0
    screen = opened.seen
    assert b"saffron" in screen
    assert b"0:01 / 30:00" in screen
    assert b"12 kB" in screen
    for act in (b"\x1b[2J", b"\x1b]0;", b"\x07", b"\xc2\x9b", b"\r done"):
        assert act not in screen
    assert b"\\x1b[2J" in screen


def test_the_cursor_is_never_hidden_so_that_a_kill_leaves_a_good_terminal() -> None:
    with terminal("cook") as opened:
        opened.exit_code()
    assert b"\x1b[?25l" not in opened.seen


def test_no_color_leaves_the_table_without_colours() -> None:
    with terminal("cook", "--no-color") as opened:
        assert opened.exit_code() == 0
    assert b"\x1b[36m" not in opened.seen
    assert b"saffron" in opened.seen


def test_ctrl_c_stops_politely_and_says_how_to_go_on(left: Path) -> None:
    with terminal("cook-until-stopped", environment={"LEFT": str(left)}) as opened:
        opened.wait_for("saffron")
        opened.press(CTRL_C)
        opened.wait_for("press Ctrl-C again to kill")
        assert opened.exit_code() == 130
    assert left.read_text() == "stopped politely"
    assert b"go on with `multicooker cook landing`" in opened.seen


def test_a_second_ctrl_c_kills(left: Path) -> None:
    stubborn = {"LEFT": str(left), "SCENE": "stubborn"}
    with terminal("cook-until-stopped", environment=stubborn) as opened:
        opened.wait_for("saffron")
        opened.press(CTRL_C)
        opened.wait_for("stopping")
        opened.press(CTRL_C)
        assert opened.exit_code() == 130
    assert not left.exists()
    assert b"error: interrupted" in opened.seen.replace(b"\x1b[0m", b"").replace(
        b"\x1b[31m\x1b[1m", b""
    )


def test_closing_the_terminal_stops_politely_too(left: Path) -> None:
    with terminal("cook-until-stopped", environment={"LEFT": str(left)}) as opened:
        opened.wait_for("saffron")
        opened.close()
        assert opened.exit_code() in {130, 141}
    assert left.read_text() == "stopped politely"


def test_ctrl_c_in_json_mode_prints_one_envelope_and_nothing_else(left: Path) -> None:
    words = ("cook-until-stopped", "--json")
    with terminal(*words, environment={"LEFT": str(left), "SCENE": "announced"}) as opened:
        opened.wait_for("cooking")
        opened.press(CTRL_C)
        assert opened.exit_code() == 130
    assert opened.seen.count(b'"ok": false') == 1
    assert b"press Ctrl-C" not in opened.seen
