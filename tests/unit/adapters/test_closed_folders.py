"""Folders that a cell closed to everybody, by users for whom modes count."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from multicooker.adapters.folder.workspace import CookFolder
from multicooker.errors import DiskError

NOBODY = 65534


@contextmanager
def as_anybody(folder: Path) -> Iterator[None]:
    """Be somebody who owns the folder and is not root, who may look into everything."""
    if os.geteuid() != 0:
        yield
        return
    os.chown(folder, NOBODY, NOBODY)
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@pytest.fixture
def cook() -> Iterator[Path]:
    # Not pytest's own: the way there is open to root alone where root runs the tests.
    folder = Path(tempfile.mkdtemp(prefix="multicooker-test-"))
    with as_anybody(folder):
        yield folder
        for path in sorted(folder.rglob("*")):
            if path.is_dir():
                path.chmod(stat.S_IRWXU)
    shutil.rmtree(folder)


def test_a_folder_that_a_cell_closed_is_opened_when_it_is_made_ready(cook: Path) -> None:
    workspace = CookFolder(cook)
    workspace.write("work/a/out/index.html", "<h1>")
    out = cook / "work" / "a" / "out"
    out.chmod(0)
    with pytest.raises(DiskError, match="Permission denied"):
        workspace.copy_clean("work/a/out", "A", max_bytes=100, max_files=10)
    workspace.make_folder("work/a/out")
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    copied = workspace.copy_clean("work/a/out", "A", max_bytes=100, max_files=10)
    assert [file.path for file in copied.files] == ["index.html"]


def test_what_is_no_folder_or_lies_behind_a_closed_one_stays_as_it_is(cook: Path) -> None:
    workspace = CookFolder(cook)
    (cook / "closed" / "inner").mkdir(parents=True)
    (cook / "closed").chmod(0)
    with pytest.raises(DiskError, match="Permission denied"):
        workspace.make_folder("closed/inner")
    assert stat.S_IMODE((cook / "closed").stat().st_mode) == 0
