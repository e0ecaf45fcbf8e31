"""The folder that holds every cook."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from multicooker.adapters.folder.workspace import CookFolder, find_cook
from multicooker.adapters.system import invoking_user
from multicooker.domain.cook import check_name
from multicooker.errors import BadInputError, DiskError
from multicooker.ports import Cooks, Workspace


def nearest_cooks(start: Path) -> Path:
    """Return the nearest `cooks/` from `start` upward; `start/cooks` where there is none."""
    for folder in (start, *start.parents):
        if (folder / "cooks").is_dir():
            return folder / "cooks"
    return start / "cooks"


def _give_to_owner_of(parent: Path, folder: Path) -> None:
    """Let a cook that root makes among somebody's cooks be that somebody's."""
    owner = parent.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.chown(folder, owner.st_uid, owner.st_gid)


class CooksFolder:
    """`ports.Cooks` on disk."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    @property
    def root(self) -> str:
        return str(self._root)

    def tasks(self) -> tuple[str, ...]:
        """Return the folders that hold a brief, sorted; links are not followed."""
        try:
            entries = sorted(os.scandir(self._root), key=lambda entry: entry.name)
        except OSError:
            return ()
        return tuple(
            entry.name
            for entry in entries
            if entry.is_dir(follow_symlinks=False)
            and (self._root / entry.name / "BRIEF.md").exists()
        )

    def open(self, task: str) -> Workspace:
        """Return a cook; BadInputError for a bad name, a link, or where there is none."""
        return find_cook(self._root, task)

    def create(self, task: str) -> Workspace:
        """Make a new cook's folder; BadInputError where the name is bad or taken."""
        try:
            check_name("task", task)
        except ValueError as error:
            raise BadInputError(str(error)) from error
        folder = self._root / task
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            folder.mkdir()
            _give_to_owner_of(self._root, folder)
        except FileExistsError as error:
            raise BadInputError(f"{folder} is there already", hint="choose another name") from error
        except OSError as error:
            raise DiskError(f"{folder}: {error.strerror}") from error
        return CookFolder(folder)

    @contextmanager
    def scratch(self) -> Iterator[Cooks]:
        """Open an empty folder for cooks that is gone when it is closed."""
        with tempfile.TemporaryDirectory(prefix="multicooker-") as folder:
            yield CooksFolder(Path(folder))

    def user(self, task: str) -> str:
        """Return `uid:gid` that the task's cells run as, never root."""
        return invoking_user(self._root / task)
