"""Copies of hostile output: exact, plain, and all or nothing."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import resource
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from multicooker.adapters.folder.safe_copy import EPOCH
from multicooker.adapters.folder.workspace import CookFolder
from multicooker.errors import DiskError
from tests.fakes.disk import AttendedDisk
from tests.unit.adapters.hostile import BIG, hostile_output, open_files, seal


@pytest.fixture
def out(tmp_path: Path) -> Iterator[Path]:
    yield from hostile_output(tmp_path)


def test_a_hard_link_counts_as_a_file_of_its_own(tmp_path: Path, out: Path) -> None:
    (out / "a").write_bytes(b"12345")
    for number in range(4):
        (out / f"link{number}").hardlink_to(out / "a")
    assert seal(tmp_path).size == 25
    copies = [path.stat() for path in (tmp_path / "A").iterdir()]
    assert len({status.st_ino for status in copies}) == 5
    assert {status.st_nlink for status in copies} == {1}
    refused = CookFolder(tmp_path).copy_clean("out", "B", max_bytes=24, max_files=9)
    assert refused.refused == "more than 24 bytes, going by its files' sizes"


def test_ten_thousand_links_to_one_large_file_are_refused(tmp_path: Path, out: Path) -> None:
    with (out / "0").open("wb") as stream:
        stream.truncate(1 << 30)
    for number in range(1, 10_000):
        os.link(out / "0", out / str(number))
    harvest = CookFolder(tmp_path).copy_clean("out", "A", max_bytes=1 << 29, max_files=20_000)
    assert harvest.refused == "more than 536,870,912 bytes, going by its files' sizes"


def test_archives_stay_archives(tmp_path: Path, out: Path) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../escape", b"\0" * BIG)
    (out / "bomb.zip").write_bytes(bomb.getvalue())
    harvest = seal(tmp_path)
    assert [file.path for file in harvest.files] == ["bomb.zip"]
    assert (tmp_path / "A" / "bomb.zip").read_bytes() == bomb.getvalue()


def test_attributes_owners_and_times_are_not_copied(tmp_path: Path, out: Path) -> None:
    (out / "sub").mkdir()
    for path in (out / "file", out / "sub" / "big"):
        path.write_bytes(b"x" * BIG)
    with suppress(OSError):  # not every file system has them
        os.setxattr(out / "file", "user.tell", b"tale")
    if os.geteuid() == 0:
        os.chown(out / "file", 1234, 1234)
    seal(tmp_path)
    for path in (tmp_path / "A", *(tmp_path / "A").rglob("*")):
        status = path.stat()
        assert (status.st_uid, status.st_gid) == (os.geteuid(), os.getegid())
        assert status.st_mtime_ns == EPOCH
        assert os.listxattr(path) == []


@pytest.mark.parametrize("size", [1000, BIG])
@pytest.mark.parametrize("new_size", [0, 500, BIG * 2])
def test_a_file_that_changes_its_size_meanwhile_is_hashed_as_copied(
    tmp_path: Path, out: Path, size: int, new_size: int
) -> None:
    """The size is taken when a file is opened; what comes after that is not waited for."""
    (out / "a").write_bytes(b"x")
    (out / "log").write_bytes(os.urandom(size))

    def change(operation: str) -> None:
        if operation == "write" and (out / "log").stat().st_size == size:
            os.truncate(out / "log", new_size)

    harvest = seal(tmp_path, disk=AttendedDisk(after=change))
    copied = (tmp_path / "A" / "log").read_bytes()
    log = harvest.files[1]
    assert (log.size, log.sha256) == (len(copied), hashlib.sha256(copied).hexdigest())


def test_a_file_that_keeps_growing_is_cut_at_its_size_and_noted(tmp_path: Path, out: Path) -> None:
    (out / "log").write_bytes(b"y" * BIG)

    def grow(operation: str) -> None:
        if operation == "write":
            with (out / "log").open("ab") as stream:
                stream.write(b"more")

    harvest = seal(tmp_path, disk=AttendedDisk(before=grow))
    assert harvest.files[0].size == BIG
    assert harvest.files[0].sha256 == hashlib.sha256(b"y" * BIG).hexdigest()
    assert harvest.notes == ("log grew while it was read: its first 2,097,152 bytes are taken",)


def test_files_of_all_sizes_are_copied_whole(tmp_path: Path, out: Path) -> None:
    """Small ones on the spot, larger ones on threads in batches, huge ones on two threads each."""
    sizes = [0, 1, 4096, 32 * 1024 - 1, 32 * 1024, BIG + 7, 16 * 1024**2 + 3]
    for number in range(21):
        (out / str(number)).write_bytes(os.urandom(sizes[number % 7]))
    harvest = seal(tmp_path)
    for file in harvest.files:
        data = (out / file.path).read_bytes()
        assert (tmp_path / "A" / file.path).read_bytes() == data
        assert (file.size, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert len(harvest.files) == 21


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize("operation", ["create", "write", "make_folder", "set_times"])
def test_an_interrupted_copy_leaves_no_copy_no_thread_and_no_open_file(
    tmp_path: Path, out: Path, operation: str, interruption: type[BaseException]
) -> None:
    for number in range(20):
        (out / f"big{number}").write_bytes(b"x" * BIG)
    (out / "folder").mkdir()
    (out / "folder" / "small").write_bytes(b"x")
    main = threading.current_thread()
    armed: list[Callable[[], None]] = []

    def interrupt(found: str) -> None:
        if found == operation and armed and threading.current_thread() is main:
            raise interruption
        armed.append(lambda: None)

    before = open_files(), threading.active_count()
    with pytest.raises(interruption):
        seal(tmp_path, disk=AttendedDisk(before=interrupt))
    assert (open_files(), threading.active_count()) == before
    assert not (tmp_path / "A").exists()


def test_too_few_descriptors_are_our_trouble_and_no_participants(tmp_path: Path, out: Path) -> None:
    (out / "folder" / "inner").mkdir(parents=True)
    (out / "folder" / "inner" / "small").write_bytes(b"x")
    (out / "big").write_bytes(b"x" * BIG)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    before = open_files()
    troubles = []
    for more in range(1, 40):
        resource.setrlimit(resource.RLIMIT_NOFILE, (before + more, hard))
        try:
            harvest = seal(tmp_path)
        except DiskError as error:
            troubles.append(error)
        else:
            assert ([len(harvest.files), harvest.dropped]) == [2, ()]
            break
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert open_files() == before
        CookFolder(tmp_path).remove("A")
    assert len(troubles) > 5
    assert all(os.strerror(errno.EMFILE) in error.message for error in troubles)
    assert all("ulimit" in error.hint for error in troubles)
