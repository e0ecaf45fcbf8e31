"""One process per cook, and the kernel as the judge of who is alive."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from multicooker.adapters.folder.workspace import CookFolder
from multicooker.errors import BadInputError, BusyError, DiskError, StateError
from tests.fakes.disk import AttendedDisk

HOLD = """
import subprocess, sys
from pathlib import Path
from multicooker.adapters.folder.workspace import CookFolder
with CookFolder(Path(sys.argv[1])).lock():
    child = subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL)
    print(child.pid, flush=True)
    sys.stdin.read()
"""


def test_another_process_is_named_within_a_second_and_its_death_frees_the_lock(
    tmp_path: Path,
) -> None:
    workspace = CookFolder(tmp_path / "landing")
    (tmp_path / "landing").mkdir()
    command = [sys.executable, "-c", HOLD, workspace.folder]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        try:
            assert workspace.holder() == process.pid
            started = time.monotonic()
            with pytest.raises(BusyError) as caught, workspace.lock():
                raise AssertionError("held twice")
            assert time.monotonic() - started < 1
            said = caught.value.message
            assert said.startswith(f"landing is being cooked by process {process.pid} since 20")
            assert "multicooker cancel landing" in caught.value.hint
            process.kill()
            process.wait()
            os.kill(child, 0)  # its child lives on, and does not hold the lock
            assert workspace.holder() is None
            with workspace.lock():
                assert workspace.holder() == os.getpid()
        finally:
            os.kill(child, signal.SIGKILL)


def test_a_look_at_the_holder_never_takes_the_lock_from_somebody_who_wants_it(
    tmp_path: Path,
) -> None:
    look = (
        "import sys; from pathlib import Path; from multicooker.adapters.folder.workspace import"
        " CookFolder\nprint(flush=True)\nwhile True: CookFolder(Path(sys.argv[1])).holder()"
    )
    workspace = CookFolder(tmp_path)
    command = [sys.executable, "-c", look, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as looker:
        assert looker.stdout is not None
        looker.stdout.readline()
        try:
            for _ in range(200):
                with workspace.lock():
                    pass
        finally:
            looker.kill()


def test_the_lock_of_a_dead_process_says_nothing(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text("1 2026-01-01T00:00:00+00:00\n")
    assert CookFolder(tmp_path).holder() is None


@pytest.mark.parametrize("text", ["", "-1 \x1b[2J", "999999999 2026-01-01"])
def test_a_held_lock_that_names_nobody_alive_is_still_held(tmp_path: Path, text: str) -> None:
    workspace = CookFolder(tmp_path)
    with workspace.lock():
        (tmp_path / ".lock").write_text(text)
        with pytest.raises(StateError, match=r"\.lock: is held, and does not say by whom"):
            workspace.holder()
        with pytest.raises(BusyError, match=r"by another process$"), workspace.lock():
            raise AssertionError("held twice")


def test_a_lock_that_is_no_file_is_refused(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    lock = tmp_path / ".lock"
    workspace = CookFolder(tmp_path)

    lock.symlink_to(victim)
    with pytest.raises(DiskError) as caught, workspace.lock():
        raise AssertionError("held")
    assert "link" in caught.value.hint
    with pytest.raises(DiskError):
        workspace.holder()
    lock.unlink()

    os.mkfifo(lock)
    with pytest.raises(BadInputError, match=r"\.lock: is not a file"), workspace.lock():
        raise AssertionError("held")
    with pytest.raises(BadInputError, match=r"\.lock: is not a file"):
        workspace.holder()
    lock.unlink()

    lock.mkdir()
    with pytest.raises(DiskError), workspace.lock():
        raise AssertionError("held")
    with pytest.raises(BadInputError):
        workspace.holder()
    assert victim.read_text() == "untouched"


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT])
def test_on_a_full_disk_the_lock_holds_so_that_room_can_be_made(tmp_path: Path, error: int) -> None:
    def refuse(operation: str) -> None:
        if operation == "write":
            raise OSError(error, os.strerror(error))

    full = CookFolder(tmp_path, disk=AttendedDisk(before=refuse))
    (tmp_path / "work").mkdir()
    with full.lock():
        with pytest.raises(BusyError), CookFolder(tmp_path).lock():
            pass
        full.remove("work")
    assert not (tmp_path / "work").exists()
