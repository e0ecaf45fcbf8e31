"""Removing what a cell left, however hostile."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from multicooker.adapters.folder.files import SHELF
from multicooker.adapters.folder.workspace import CookFolder
from multicooker.errors import DiskError
from tests.fakes.disk import FailingDisk


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "out").mkdir()
    yield tmp_path / "out"
    CookFolder(tmp_path).remove("out")


def test_a_tree_deeper_than_any_limit_is_removed(tmp_path: Path, tree: Path) -> None:
    here = os.open(tree, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=here)
        os.close(os.open("f", os.O_CREAT | os.O_WRONLY, dir_fd=here))
        deeper = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)
    before = len(list(Path("/dev/fd").iterdir()))
    CookFolder(tmp_path).remove("out")
    assert len(list(Path("/dev/fd").iterdir())) == before
    assert CookFolder(tmp_path).names("") == (SHELF,)
    assert CookFolder(tmp_path).names(SHELF) == ()


def test_closed_folders_and_strange_names_are_removed(tmp_path: Path, tree: Path) -> None:
    for name in ("-rf", "a\nb", "\udcff", " ", "\u202e", "*"):
        (tree / "closed" / name).mkdir(parents=True)
        (tree / "closed" / name / "file").touch()
    os.mkfifo(tree / "closed" / "pipe")
    for folder in ("closed/-rf", "closed"):
        (tree / folder).chmod(0)
    (tree / "read-only").mkdir()
    (tree / "read-only" / "file").touch()
    (tree / "read-only" / "folder").mkdir()
    (tree / "read-only").chmod(0o500)
    CookFolder(tmp_path).remove("out")
    assert not tree.exists()


def test_nothing_behind_a_link_is_removed_or_changed(tmp_path: Path, tree: Path) -> None:
    keep = tmp_path / "keep"
    keep.mkdir()
    (keep / "file").write_bytes(b"mine")
    keep.chmod(0o500)
    (tree / "link").symlink_to(keep)
    (tree / "file").symlink_to(keep / "file")
    (tree / "twin").hardlink_to(keep / "file")
    CookFolder(tmp_path).remove("out")
    assert (keep / "file").read_bytes() == b"mine"
    assert keep.stat().st_mode & 0o777 == 0o500
    keep.chmod(0o700)


def test_a_folder_that_cannot_be_moved_aside_is_removed_where_it_is(
    tmp_path: Path, tree: Path
) -> None:
    (tree / "a" / "b" / "c").mkdir(parents=True)
    (tree / "a" / "file").touch()
    CookFolder(tmp_path, disk=FailingDisk(fails_at=1, error=28)).remove("out")
    assert not tree.exists()


def test_what_cannot_be_removed_is_told(tmp_path: Path, tree: Path) -> None:
    busy = Path("/proc/self")  # a file system that refuses everybody, root too
    if not busy.is_dir():
        busy = Path("/dev/fd")
    with pytest.raises(DiskError) as caught:
        CookFolder(busy.resolve()).remove("fd")
    assert caught.value.message.startswith("fd: ")
    assert tree.is_dir()
    assert tmp_path.is_dir()
