"""What a cell may use up: the log, the time, the memory of whoever watches."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import termios
import threading
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from tests.compose_projects import docker
from tests.integration.stoves import Stove, until

pytestmark = pytest.mark.docker

MIB = 1024**2
KEPT = 100 * 1024
WAIT = "; touch /work/out/ready; until [ -e /work/out/go ]; do sleep 0.1; done"
LINE = "a line that comes again and again, " * 8
FLOODS = {
    "lines": f"yes '{LINE}' | head -c 64m",
    "oneline": "tr '\\0' x </dev/zero | head -c 128m",
    "nuls": "head -c 16m /dev/zero",
}
STARTED = "echo half >/work/out/index.html; touch /work/out/started; "


def peak_memory(process: subprocess.Popen[str]) -> int:
    """Return the most bytes that a process had in memory so far; 0 once it is gone."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
    except FileNotFoundError:
        return 0
    peaks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(peaks[0]) * 1024 if peaks else 0


class Terminal:
    """A terminal on which the program draws its table, read to its end by a thread."""

    def __init__(self) -> None:
        self._ours, self.theirs = pty.openpty()
        termios.tcsetwinsize(self.theirs, (40, 160))
        self.shown = bytearray()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        try:
            while data := os.read(self._ours, 65536):
                self.shown += data
        except OSError:
            return  # how a terminal ends whose other side was closed

    def close(self) -> None:
        os.close(self.theirs)
        self._reader.join(timeout=10)
        os.close(self._ours)


def held_by_the_engine(container: str) -> int:
    """Return how many bytes of a container's log there are."""
    argv = ["docker", "logs", container]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        stream = process.stdout
        assert stream is not None
        return sum(len(chunk) for chunk in iter(lambda: stream.read(MIB), b""))


def test_floods_of_words_are_cut_and_fill_neither_disk_nor_memory(tmp_path: Path) -> None:
    terminal = Terminal()
    peak = 0
    with Stove(tmp_path) as stove:
        cells = [stove.does(name, script + WAIT) for name, script in FLOODS.items()]
        limits = {"timeout": "100s", "log_bytes": "100k", "jobs": 3}
        folder = stove.lay("floods", {"participants": cells, "judges": [], "limits": limits})
        process = stove.start("cook", "floods", stderr=terminal.theirs)
        for cell in FLOODS:
            stove.wait_for("floods", cell, "ready")
        until(
            "the table to show a flood's last line", lambda: b"a line that comes" in terminal.shown
        )
        for cell in FLOODS:
            size = held_by_the_engine(stove.project("floods").container(cell))
            assert 0 < size <= 31 * MIB, f"{cell}: the engine holds {size} bytes"
        for cell in FLOODS:
            (folder / "work" / cell / "out" / "go").touch()

        def over() -> bool:
            nonlocal peak
            peak = max(peak, peak_memory(process))
            return process.poll() is not None

        until("the cook to end", over, seconds=60)
    terminal.close()
    assert process.returncode == 0
    assert 10 * MIB < peak < 200 * MIB
    for cell in FLOODS:
        log = (folder / "logs" / f"{cell}.log").read_bytes()
        assert log.startswith(b"(truncated"), cell
        # A line that lost its beginning is left out.
        assert KEPT - 1024 <= len(log) <= KEPT + 200, cell
    assert b"\0" * 1000 in (folder / "logs/nuls.log").read_bytes()
    assert b"\0" not in terminal.shown


def test_time_is_up_for_the_deaf_the_daemons_and_the_sleepers(tmp_path: Path) -> None:
    timeout, grace = 4, 2
    mark = f"mc-mark-{uuid4().hex}"
    forever = f": {mark}; trap '' TERM INT HUP; while :; do sleep 1 || :; done"
    daemon = f'(setsid sh -c "{forever}" >/dev/null 2>&1 </dev/null &) & '
    cells = {
        "deaf": f"trap '' TERM INT HUP; {daemon}{STARTED}while :; do sleep 1 || :; done",
        "leaver": f"{daemon}{STARTED}until [ -e go ]; do sleep 0.1; done",
        "sleeper": f"{STARTED}exec sleep 1000000",
        "empty": "exit 0",
    }
    with Stove(tmp_path) as stove:
        spec = {
            "participants": [stove.does(name, script) for name, script in cells.items()],
            "judges": [],
            "limits": {"timeout": timeout, "grace": grace, "jobs": 4},
        }
        folder = stove.lay("time", spec)
        process = stove.start("cook", "time")
        for cell in ("deaf", "leaver", "sleeper"):
            stove.wait_for("time", cell, "started")
        project = stove.project("time")
        for cell in ("deaf", "leaver"):
            # Both ran their daemon, or its absence in the end would prove nothing.
            until(f"the daemon of {cell}", partial(runs_in, project.container(cell), mark))
        (folder / "work/leaver/out/go").touch()
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        assert stove.left("time") == []
        assert still_running(mark) == []
        outcomes = stove.outcomes("time")
        seconds = {cell["name"]: cell["seconds"] for cell in stove.status("time")["cells"]}
    assert outcomes == {
        "deaf": "timed_out",
        "leaver": "ok",
        "sleeper": "timed_out",
        "empty": "artifact_missing",
    }
    assert timeout + grace <= seconds["deaf"] <= timeout + grace + 5
    assert timeout - 1 <= seconds["sleeper"] <= timeout + 2
    assert seconds["leaver"] < timeout
    assert sealed(folder) == {"deaf": True, "leaver": False, "sleeper": True}


def runs_in(container: str, mark: str) -> bool:
    """Tell whether a process in a container bears a mark."""
    return mark in docker("top", container)


def still_running(mark: str) -> list[str]:
    """Return the processes of this host, those of its containers included, that bear a mark."""
    return [
        process.name
        for process in Path("/proc").iterdir()
        if process.name.isdigit() and mark in _command_line(process)
    ]


def _command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_text(errors="replace")
    except OSError:
        return ""  # it ended while we looked


def sealed(folder: Path) -> dict[str, bool]:
    """Return whose output was sealed, and whether the seal says that it may be unfinished."""
    key = json.loads((folder / ".seal/key.json").read_text())["participants"]
    manifest = json.loads((folder / ".seal/manifest.json").read_text())
    for label in key:
        assert (folder / "submissions" / label / "index.html").read_text() == "half\n"
    return {key[entry["label"]]: entry["partial"] for entry in manifest["submissions"]}
