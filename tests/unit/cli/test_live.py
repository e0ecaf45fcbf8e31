"""Progress: plain lines where there is no terminal, nothing where nobody watches."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable

import pytest

from multicooker.cli import live, signals
from multicooker.cli.live_table import LiveTable
from multicooker.cli.look import clock, size
from multicooker.ports import CellRow


class FakeTerminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class ClosedTerminal(FakeTerminal):
    """A terminal whose window was closed."""

    def write(self, _text: str, /) -> int:
        raise OSError(5, "Input/output error")


def row(name: str, state: str = "running", *, seconds: float = 1.0, said: str = "") -> CellRow:
    return CellRow(
        name=name,
        flavor="demo",
        state=state,
        seconds=seconds,
        timeout=60,
        bytes_written=2_500_000,
        last_line=said,
    )


def plain(text: str) -> str:
    """Return a terminal's stream without what moves and colours."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Callable[[], tuple[LiveTable, FakeTerminal]]:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LINES", "12")

    def make() -> tuple[LiveTable, FakeTerminal]:
        stream = FakeTerminal()
        return LiveTable(stream, color=False, monotonic=lambda: 100.0), stream

    return make


def test_without_a_terminal_each_change_of_state_is_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = live.watcher(silent=False, color=False)
    lines.stage("run")
    lines.cells([row("saffron", "queued"), row("basil", "starting")])
    lines.cells([row("saffron", "running"), row("basil", "starting")])
    lines.cells([row("saffron", "running"), row("basil", "starting")])
    lines.note("a note")
    lines.close()
    told = capsys.readouterr()
    assert told.out == ""
    assert re.sub(r"\d\d:\d\d:\d\d ", "", told.err).splitlines() == [
        "== run",
        "basil starting",
        "saffron running",
        "a note",
    ]
    assert re.match(r"\d\d:\d\d:\d\d == run\n", told.err)


def test_a_new_stage_tells_its_cells_anew(capsys: pytest.CaptureFixture[str]) -> None:
    lines = live.Lines()
    for _ in range(2):
        lines.stage("run")
        lines.cells([row("saffron", "running")])
    assert capsys.readouterr().err.count("saffron running") == 2


def test_plain_lines_cannot_act_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    lines = live.Lines()
    lines.note("x\x1b[2J\r\x9b\x07\ny")
    lines.stage("\x1b]0;evil\x07")
    told = capsys.readouterr().err
    assert told.count("\n") == 2
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", told)


def test_silence_tells_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    silence = live.watcher(silent=True, color=True)
    silence.stage("run")
    silence.note("a note")
    silence.cells([row("saffron")])
    silence.stopping()
    silence.close()
    assert capfd.readouterr() == ("", "")
    assert not silence.live


def test_a_terminal_gets_the_live_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", FakeTerminal())
    assert live.watcher(silent=False, color=True).live


def test_the_wish_to_stop_is_told_at_once_past_all_buffers(
    capfd: pytest.CaptureFixture[str],
) -> None:
    live.Lines().stopping()
    assert capfd.readouterr().err == f"{signals.STOPPING}\n"


def test_the_last_table_stays_whole_even_where_it_did_not_fit(
    table: Callable[[], tuple[LiveTable, FakeTerminal]],
) -> None:
    shown, stream = table()
    shown.stage("run")
    shown.cells([row(f"cell-{at}", "ended") for at in range(30)])
    shown.close()
    assert [at for at in range(30) if f"cell-{at} " not in plain(stream.getvalue())] == []


def test_while_it_runs_the_table_fits_the_screen_and_running_cells_come_first(
    table: Callable[[], tuple[LiveTable, FakeTerminal]],
) -> None:
    shown, stream = table()
    many = [row(f"done-{at}", "ended") for at in range(30)]
    shown.cells([*many, *(row(f"later-{at}", "queued") for at in range(30)), row("busy")])
    told = plain(stream.getvalue())
    assert "busy" in told
    assert "… and 54 more: 30 ended, 24 queued" in told
    shown.close()


def test_a_running_cells_time_goes_on_between_two_ticks(
    table: Callable[[], tuple[LiveTable, FakeTerminal]],
) -> None:
    del table  # its environment is all that is needed
    moments = iter([0.0, 0.0])
    stream = FakeTerminal()
    shown = LiveTable(stream, color=False, monotonic=lambda: next(moments, 30.0))
    shown.cells([row("saffron", seconds=1.0), row("basil", "ended", seconds=2.0)])
    assert "0:31 / 1:00" in plain(stream.getvalue())
    assert "0:02 / 1:00" in plain(stream.getvalue())
    shown.close()


def test_a_note_during_the_table_stands_above_it(
    table: Callable[[], tuple[LiveTable, FakeTerminal]],
) -> None:
    shown, stream = table()
    shown.stage("build")
    shown.note("building \x1b[2J mc-demo")
    shown.close()
    assert "building \\x1b[2J mc-demo" in stream.getvalue()


def test_a_stage_without_cells_leaves_only_its_heading(
    table: Callable[[], tuple[LiveTable, FakeTerminal]],
) -> None:
    shown, stream = table()
    shown.stage("render")
    shown.close()
    shown.close()
    assert plain(stream.getvalue()).startswith("● render\n")


def test_a_terminal_that_was_closed_stops_nothing() -> None:
    shown = LiveTable(ClosedTerminal(), color=False)
    shown.stage("run")
    shown.note("a note")
    shown.cells([row("saffron")])
    shown.stopping()
    shown.close()


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.4, "0:00"), (61, "1:01"), (3599, "59:59"), (7325, "2:02:05")]
)
def test_times_read_as_a_clock(seconds: float, told: str) -> None:
    assert clock(seconds) == told


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (12_345, "12 kB"),
        (2_500_000, "2.5 MB"),
        (25_000_000, "25 MB"),
        (7_000_000_000_000, "7000 GB"),
    ],
)
def test_sizes_read_in_si_units(count: int, told: str) -> None:
    assert size(count) == told
