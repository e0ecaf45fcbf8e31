"""The walk over output that somebody hostile wrote."""

from __future__ import annotations

import hashlib
import itertools
import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multicooker.adapters.folder.measure import bytes_below
from multicooker.adapters.folder.workspace import CookFolder
from tests.fakes.disk import AttendedDisk
from tests.unit.adapters.hostile import dropped, hostile_output, nested, open_files, seal

FLIPPER = Path(__file__).with_name("flipper.py")
SECRET = b"what the host keeps to itself"


@pytest.fixture
def out(tmp_path: Path) -> Iterator[Path]:
    yield from hostile_output(tmp_path)


def test_nothing_leaks_while_names_are_swapped_for_links(tmp_path: Path, out: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "inner").write_bytes(SECRET)
    (out / "folder").mkdir()
    (out / "folder" / "inner").write_bytes(b"harmless")
    (out / "file").write_bytes(b"harmless")
    (out / "folder2").symlink_to(secrets)
    (out / "file2").symlink_to(secrets / "inner")
    stolen = hashlib.sha256(SECRET).hexdigest()
    command = [sys.executable, str(FLIPPER), str(out), "folder", "folder2", "file", "file2"]
    workspace = CookFolder(tmp_path)
    seen: set[tuple[str, ...]] = set()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as flipper:
        assert flipper.stdout is not None
        flipper.stdout.readline()
        try:
            for _ in range(1000):
                harvest = workspace.survey("out")
                assert stolen not in {file.sha256 for file in harvest.files}
                seen.add(tuple(file.path for file in harvest.files))
            for number in range(100):
                workspace.copy_clean("out", f"copy{number}", max_bytes=99, max_files=9)
        finally:
            flipper.kill()
    copied = {path.read_bytes() for path in tmp_path.glob("copy*/**/*") if path.is_file()}
    assert copied == {b"harmless"}
    assert not [path for path in tmp_path.glob("copy*/**/*") if path.is_symlink()]
    assert len(seen) > 2  # else nothing was swapped while we looked


@pytest.mark.parametrize(
    ("swap", "reason"),
    [
        ("link", "changed while it was looked at"),
        ("nothing", "changed while it was looked at"),
        ("pipe", "turned into a pipe while it was looked at"),
        ("folder", "turned into a folder while it was looked at"),
    ],
)
def test_a_file_that_changes_its_kind_after_it_was_listed_is_dropped(
    tmp_path: Path, out: Path, swap: str, reason: str
) -> None:
    (out / "a").write_bytes(b"x")
    victim = out / "b"
    victim.write_bytes(b"x")

    def change(operation: str) -> None:
        if operation == "create":
            victim.unlink()
            if swap == "link":
                victim.symlink_to("/etc/passwd")
            elif swap == "pipe":
                os.mkfifo(victim)
            elif swap == "folder":
                victim.mkdir()

    harvest = seal(tmp_path, disk=AttendedDisk(after=change))
    assert [file.path for file in harvest.files] == ["a"]
    assert dropped(harvest) == {"b": reason}


def test_a_folder_that_changes_its_kind_after_it_was_listed_is_dropped(
    tmp_path: Path, out: Path
) -> None:
    (out / "folder").mkdir()
    (out / "z").write_bytes(b"x")

    def change(operation: str) -> None:
        if operation == "create":
            (out / "folder").rmdir()
            (out / "folder").symlink_to("/etc")

    harvest = seal(tmp_path, disk=AttendedDisk(after=change))
    assert [file.path for file in harvest.files] == ["z"]
    assert dropped(harvest) == {"folder": "changed while it was looked at"}


def test_pipes_and_sockets_keep_nobody_waiting(tmp_path: Path, out: Path) -> None:
    for number in range(50):
        os.mkfifo(out / f"pipe{number}")
    started = time.monotonic()
    harvest = seal(tmp_path)
    assert time.monotonic() - started < 1
    assert len(harvest.dropped) == 50


def test_set_user_id_bits_are_cleared_and_devices_dropped(tmp_path: Path, out: Path) -> None:
    (out / "suid").write_bytes(b"#!/bin/sh")
    (out / "suid").chmod(0o6777)
    (out / "sticky").mkdir()
    (out / "sticky").chmod(0o3777)
    made = False
    with suppress(PermissionError):  # only root makes devices
        os.mknod(out / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
        made = True
    harvest = seal(tmp_path)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "A").iterdir()}
    assert modes == {"suid": 0o755, "sticky": 0o755}
    assert dropped(harvest) == ({"null": "device, not a file"} if made else {})
    assert made == (os.geteuid() == 0)


def test_a_file_of_8_tebibytes_that_is_all_hole_is_refused_at_once(
    tmp_path: Path, out: Path
) -> None:
    with (out / "sparse").open("wb") as stream:
        stream.truncate(8 * 1024**4)
    started = time.monotonic()
    harvest = CookFolder(tmp_path).copy_clean("out", "A", max_bytes=2 << 30, max_files=9)
    assert time.monotonic() - started < 1
    assert harvest.refused == "more than 2,147,483,648 bytes, going by its files' sizes"
    assert CookFolder(tmp_path).survey("out").refused
    assert not (tmp_path / "A").exists()


def test_paths_longer_than_the_system_allows_are_sealed_read_and_removed(
    tmp_path: Path, out: Path
) -> None:
    names = ["d" * 200] * 59 + ["e" * 255]
    with nested(out, names) as innermost:
        file = os.open("f" * 255, os.O_CREAT | os.O_WRONLY, 0o644, dir_fd=innermost)
        os.write(file, b"deep")
        os.close(file)
    workspace = CookFolder(tmp_path)
    harvest = seal(tmp_path)
    path = "/".join([*names, "f" * 255])
    assert [file.path for file in harvest.files] == [path]
    assert workspace.survey("A").files == harvest.files
    assert workspace.read_bytes(f"A/{path}", limit=9) == b"deep"
    workspace.remove("A")
    workspace.remove("out")
    assert workspace.names("") == (".tmp",)


def test_a_deep_and_bushy_tree_needs_few_descriptors(tmp_path: Path, out: Path) -> None:
    names = ["d"] * 250
    with nested(out, names):
        pass
    for depth in (1, 100, 249):
        (out / "/".join(names[:depth]) / "side").mkdir()
        (out / "/".join(names[:depth]) / "side" / "f").write_bytes(str(depth).encode())
    before = open_files()
    most = 0

    def look(_: str) -> None:
        nonlocal most
        most = max(most, open_files() - before)

    harvest = seal(tmp_path, disk=AttendedDisk(before=look))
    assert len(harvest.files) == 3
    assert 10 < most < 100
    assert open_files() == before


def test_what_cannot_be_read_is_told_and_the_rest_is_sealed(tmp_path: Path, out: Path) -> None:
    (out / "ok").write_bytes(b"x")
    (out / "closed").mkdir()
    (out / "closed" / "inner").write_bytes(b"x")
    (out / "locked").write_bytes(b"x")
    (out / "closed").chmod(0)
    (out / "locked").chmod(0)
    harvest = seal(tmp_path)
    if os.geteuid() == 0:  # root reads everything
        assert [file.path for file in harvest.files] == ["closed/inner", "locked", "ok"]
    else:
        assert [file.path for file in harvest.files] == ["ok"]
        assert dropped(harvest) == {
            "closed": "unreadable: Permission denied",
            "locked": "unreadable: Permission denied",
        }
    CookFolder(tmp_path).remove("out")
    assert not out.exists()


file_names = st.binary(min_size=1, max_size=40).filter(
    lambda name: not set(name) & {0, 0x2F} and name not in {b".", b".."} and name.lower() != b".git"
)


@given(names=st.sets(file_names, max_size=8))
def test_names_of_any_bytes_survive(
    tmp_path_factory: pytest.TempPathFactory, names: set[bytes]
) -> None:
    cook = tmp_path_factory.mktemp("cook")
    (cook / "out").mkdir()
    for name in names:
        Path(os.fsdecode(os.path.join(bytes(cook / "out"), name))).write_bytes(name)  # noqa: PTH118  # bytes
    harvest = seal(cook)
    assert {os.fsencode(file.path) for file in harvest.files} == names
    copies = {os.fsencode(path.name): path.read_bytes() for path in (cook / "A").iterdir()}
    assert copies == {name: name for name in names}
    assert all(note.isprintable() for note in harvest.notes)


def test_names_alone_can_be_too_much(tmp_path: Path, out: Path) -> None:
    names = ["d" * 250] * 240
    with nested(out, names) as innermost:
        for number in range(1200):
            os.close(os.open(f"{number}", os.O_CREAT | os.O_WRONLY, dir_fd=innermost))
    harvest = seal(tmp_path)
    assert harvest.refused == "names that alone take more than 67,108,864 characters"


def test_long_lists_of_notes_are_cut(tmp_path: Path, out: Path) -> None:
    for number in range(60):
        for name in (f"a{number}", f"A{number}"):
            (out / name).touch()
    notes = seal(tmp_path).notes
    assert len(notes) == 51
    assert notes[-1] == "and 10 more notes"


def test_long_lists_of_twins_are_cut(tmp_path: Path, out: Path) -> None:
    for letters in itertools.product("aA", "bB", "cC"):
        (out / "".join(letters)).touch()
    assert seal(tmp_path).notes == (
        "ABC, ABc, AbC, Abc, aBC and 3 more are one name on macOS and Windows",
    )


def test_a_live_look_at_the_size_ends_early_and_never_fails(tmp_path: Path, out: Path) -> None:
    (out / "closed").mkdir()
    (out / "closed").chmod(0)
    for number in range(20):
        (out / f"f{number}").write_bytes(b"x")
    assert CookFolder(tmp_path).size("out") == 20
    folder = os.open(out, os.O_RDONLY)
    try:
        assert bytes_below(folder, enough=10) in {9, 10}
    finally:
        os.close(folder)
