"""Whatever happens while we write: the old or the new is there, private at every instant."""

from __future__ import annotations

import errno
import json
import os
import resource
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ParamSpec

import pytest

from multicooker.adapters.folder.files import SHELF
from multicooker.adapters.folder.workspace import CookFolder
from multicooker.errors import BadInputError, DiskError
from tests.fakes.disk import AttendedDisk, FailingDisk

ERRORS = [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EACCES]
OLD, NEW = '{"state": "old"}', '{"state": "new", "and": "longer"}'
P = ParamSpec("P")
TORTURE = Path(__file__).with_name("torture_writer.py")


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def all_modes(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode)
        for path in folder.rglob("*")
    }


@pytest.mark.usefixtures("umask")
def test_private_things_are_private_at_every_instant_under_any_umask(tmp_path: Path) -> None:
    looks = 0

    def look(_: str) -> None:
        nonlocal looks
        looks += 1
        opened = {path: oct(mode) for path, mode in all_modes(tmp_path).items() if mode & 0o077}
        assert opened == {}

    workspace = CookFolder(tmp_path, disk=AttendedDisk(after=look))
    workspace.make_folder(".auth/claude")
    workspace.write(".auth/claude/credentials.json", "secret")
    workspace.write(".auth/claude/credentials.json", "newer secret")
    workspace.write(".seal/key.json", "{}")
    workspace.append("events.jsonl", "{}")
    with workspace.lock():
        pass
    assert looks > 20
    assert all_modes(tmp_path) == {
        ".auth": 0o700,
        ".auth/claude": 0o700,
        ".auth/claude/credentials.json": 0o600,
        ".seal": 0o700,
        ".seal/key.json": 0o600,
        ".lock": 0o600,
        SHELF: 0o700,
        "events.jsonl": 0o600,
    }


@pytest.mark.usefixtures("umask")
def test_public_things_have_their_modes_under_any_umask(tmp_path: Path) -> None:
    workspace = CookFolder(tmp_path)
    workspace.write("work/a/in/PROMPT.md", "x", private=False)
    (tmp_path / "work/a/out").mkdir()
    (tmp_path / "work/a/out").chmod(0o700)
    (tmp_path / "work/a/out/f").write_bytes(b"x")
    (tmp_path / "work/a/out/f").chmod(0o600)
    workspace.copy_clean("work/a/out", "copy", max_bytes=9, max_files=9)
    modes = all_modes(tmp_path)
    assert [modes[path] for path in ("work", "work/a", "work/a/in", "copy")] == [0o755] * 4
    assert [modes[path] for path in ("work/a/in/PROMPT.md", "copy/f")] == [0o644] * 2


def test_a_copy_is_nobody_elses_to_read_until_it_is_complete(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    for name in ("a", "b"):
        (tmp_path / "out" / name).write_bytes(b"x")
    seen = []
    disk = AttendedDisk(after=lambda _: seen.append(all_modes(tmp_path).get("copy")))
    CookFolder(tmp_path, disk=disk).copy_clean("out", "copy", max_bytes=9, max_files=9)
    assert set(seen[:-2]) == {0o700}
    assert seen[-1] == 0o755


@pytest.mark.parametrize("error", ERRORS)
def test_a_write_that_fails_anywhere_leaves_the_old_or_the_new(tmp_path: Path, error: int) -> None:
    outcomes = []
    for fails_at in range(1, 100):
        cook = tmp_path / str(fails_at)
        CookFolder(_made(cook)).write("state/status.json", OLD)
        disk = FailingDisk(fails_at=fails_at, error=error)
        workspace = CookFolder(cook, disk=disk)
        refused = _refused(workspace.write, "state/status.json", NEW)
        if refused is None:
            break
        assert refused.message == f"state/status.json: {os.strerror(error)}"
        assert refused.hint
        outcomes.append(json.loads(workspace.read_text("state/status.json", limit=99))["state"])
        assert workspace.names(SHELF) == ()
        CookFolder(cook).write("state/status.json", NEW)
        assert workspace.read_text("state/status.json", limit=99) == NEW
    # create, write, mode, sync, rename; only the last sync comes after the new one is in place.
    assert outcomes == ["old"] * 5 + ["new"]


@pytest.mark.parametrize("error", ERRORS)
def test_an_append_that_fails_anywhere_leaves_whole_lines(tmp_path: Path, error: int) -> None:
    for fails_at in range(1, 100):
        cook = _made(tmp_path / str(fails_at))
        (cook / "events.jsonl").write_text("one\nhal")
        workspace = CookFolder(cook, disk=FailingDisk(fails_at=fails_at, error=error))
        refused = _refused(workspace.append, "events.jsonl", "two")
        if refused is None:
            assert fails_at == 5
            break
        CookFolder(cook).append("events.jsonl", "two")
        assert workspace.read_text("events.jsonl", limit=99) == "one\ntwo\n"


@pytest.mark.parametrize("error", ERRORS)
def test_a_copy_that_fails_anywhere_leaves_nothing_and_can_be_made_again(
    tmp_path: Path, error: int
) -> None:
    out = _made(tmp_path / "out")
    (out / "folder").mkdir()
    (out / "folder" / "small").write_bytes(b"small")
    (out / "big").write_bytes(os.urandom(3 * 1024**2))
    failures = 0
    for fails_at in range(1, 100):
        disk = FailingDisk(fails_at=fails_at, error=error)
        workspace = CookFolder(tmp_path, disk=disk)
        refused = _refused(workspace.copy_clean, "out", "copies/A", max_bytes=1 << 30, max_files=9)
        if refused is None:
            break
        failures += 1
        assert refused.message == f"copies/A: {os.strerror(error)}"
        assert workspace.names("copies") == ()
    assert failures > 15
    survey = CookFolder(tmp_path).survey("copies/A")
    assert [(file.path, file.size) for file in survey.files] == [
        ("big", 3 * 1024**2),
        ("folder/small", 5),
    ]


@pytest.mark.parametrize("error", ERRORS)
def test_making_and_moving_that_fail_anywhere_can_be_done_again(tmp_path: Path, error: int) -> None:
    for fails_at in range(1, 100):
        cook = _made(tmp_path / str(fails_at))
        (cook / "verdict.json").write_text("{}")
        workspace = CookFolder(cook, disk=FailingDisk(fails_at=fails_at, error=error))
        refused = _refused(workspace.make_folder, "work/a/out") or _refused(
            workspace.rename, "verdict.json", "rounds/1/verdict.json"
        )
        if refused is None:
            assert fails_at > 10
            break
        healthy = CookFolder(cook)
        healthy.make_folder("work/a/out")
        if healthy.exists("verdict.json"):
            healthy.rename("verdict.json", "rounds/1/verdict.json")
        assert workspace.read_text("rounds/1/verdict.json", limit=9) == "{}"
        assert workspace.names("work/a") == ("out",)


def test_a_limit_on_files_sizes_in_the_middle_of_a_write_keeps_the_old(tmp_path: Path) -> None:
    workspace = CookFolder(tmp_path)
    workspace.write("status.json", OLD)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        refused = _refused(workspace.write, "status.json", "x" * 2000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert refused is not None
    assert refused.message == f"status.json: {os.strerror(errno.EFBIG)}"
    assert workspace.read_text("status.json", limit=99) == OLD


def test_the_cook_folder_itself_is_no_file_to_write(tmp_path: Path) -> None:
    for call in (CookFolder(tmp_path).write, CookFolder(tmp_path).append):
        with pytest.raises(BadInputError, match="is a folder, not a file"):
            call("", "x")


def test_a_file_that_is_closed_to_us_says_so(tmp_path: Path) -> None:
    (tmp_path / "BRIEF.md").write_text("hello")
    (tmp_path / "BRIEF.md").chmod(0)
    workspace = CookFolder(tmp_path)
    if os.geteuid() == 0:  # root reads everything
        assert workspace.read_text("BRIEF.md", limit=99) == "hello"
    else:
        with pytest.raises(BadInputError, match=r"BRIEF\.md: cannot be read: Permission denied"):
            workspace.read_text("BRIEF.md", limit=99)


def test_a_lock_that_cannot_be_written_is_not_held(tmp_path: Path) -> None:
    workspace = CookFolder(tmp_path, disk=FailingDisk(fails_at=3, error=errno.EIO))
    with pytest.raises(DiskError, match=r"\.lock: Input/output error"), workspace.lock():
        raise AssertionError("held")
    assert workspace.holder() is None


def test_killing_the_writer_at_any_moment_tears_nothing(tmp_path: Path) -> None:
    kills = 50
    command = [sys.executable, str(TORTURE), str(tmp_path), str(kills)]
    report = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    counted = json.loads(report.stdout)
    assert counted["kills"] == kills
    assert counted["torn"] == 0
    assert counted["contents"] > 1
    workspace = CookFolder(tmp_path)
    with workspace.lock():
        assert workspace.names(SHELF) == ()


def test_the_lock_sweeps_what_the_dead_left_and_nothing_of_the_living(tmp_path: Path) -> None:
    shelf = _made(tmp_path / SHELF)
    with subprocess.Popen(["true"]) as dead:
        dead.wait()
    (shelf / f"{dead.pid}-file").write_text("x")
    (shelf / f"{dead.pid}-folder" / "inner").mkdir(parents=True)
    (shelf / "strange").write_text("x")
    (shelf / f"{os.getppid()}-file").write_text("x")
    workspace = CookFolder(tmp_path)
    with workspace.lock():
        assert workspace.names(SHELF) == (f"{os.getppid()}-file",)


def test_a_shelf_that_is_a_link_is_not_written_through(tmp_path: Path) -> None:
    elsewhere = _made(tmp_path / "elsewhere")
    cook = _made(tmp_path / "cook")
    (cook / SHELF).symlink_to(elsewhere)
    with pytest.raises(BadInputError, match=r"\.tmp: is a symbolic link"):
        CookFolder(cook).write("a", "x")
    assert list(elsewhere.iterdir()) == []


def test_a_private_folder_of_a_stranger_is_refused(tmp_path: Path) -> None:
    auth = _made(tmp_path / ".auth")
    if os.geteuid() == 0:
        os.chown(auth, 12345, 12345)
        with pytest.raises(BadInputError, match=r"\.auth: belongs to somebody else \(uid 12345\)"):
            CookFolder(tmp_path).make_folder(".auth")
        CookFolder(tmp_path).make_folder(".auth", owner="12345:12345")
    else:
        with pytest.raises(PermissionError):  # then nobody but root can bring this about
            os.chown(auth, 12345, 12345)


def test_root_gives_away_what_it_makes_for_somebody(tmp_path: Path) -> None:
    workspace = CookFolder(tmp_path)
    workspace.make_folder("work/a/out", owner="1234:1235")
    workspace.write(".auth/a", "x", owner="1234:1235")
    expected = (1234, 1235) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    for path in ("work/a/out", ".auth/a"):
        status = (tmp_path / path).stat()
        assert (status.st_uid, status.st_gid) == expected


def test_what_root_makes_in_somebodys_cook_is_somebodys(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(tmp_path, 1234, 1235)
    workspace = CookFolder(tmp_path)
    with workspace.lock():
        workspace.write("logs/a.log", "x")
        workspace.append("events.jsonl", "{}")
        workspace.make_folder("work/a/out/inner")
        workspace.write("work/a/out/inner/index.html", "x")
        workspace.copy_clean("work/a/out", ".seal/new/a", max_bytes=99, max_files=9)
        workspace.rename(".seal/new/a", "submissions/A")
    expected = (1234, 1235) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    found = {str(path): path.lstat() for path in tmp_path.rglob("*")}
    assert len(found) > 10
    strange = [path for path, it in found.items() if (it.st_uid, it.st_gid) != expected]
    assert strange == []


def _refused(call: Callable[P, object], *args: P.args, **named: P.kwargs) -> DiskError | None:
    try:
        call(*args, **named)
    except DiskError as error:
        return error
    return None


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
