"""One cook folder on a disk; everything in it is reached without following a link."""

from __future__ import annotations

import difflib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from multicooker.adapters.folder import files, lock, removal, surveys
from multicooker.adapters.folder.disk import (
    PRIVATE_FOLDER,
    PUBLIC_FOLDER,
    Disk,
    disk_error,
    disk_errors,
)
from multicooker.adapters.folder.handles import FOLDER, mode_of, opened, parts_of
from multicooker.adapters.folder.ledger import Budget
from multicooker.adapters.folder.measure import bytes_below
from multicooker.adapters.system import SystemClock
from multicooker.domain.cook import check_name
from multicooker.domain.outcome import Harvest
from multicooker.errors import BadInputError
from multicooker.ports import Clock


def find_cook(cooks: Path, task: str) -> CookFolder:
    """Return the cook of a task; BadInputError for a bad name, a link, or where there is none."""
    try:
        check_name("task", task)
    except ValueError as error:
        raise BadInputError(str(error)) from error
    # Two ways to the same folder must be one cook: containers and networks are named by its path.
    folder = cooks.resolve() / task
    try:
        mode = folder.lstat().st_mode
    except FileNotFoundError as error:
        raise BadInputError(f"{folder}: there is no such cook", hint=_near(cooks, task)) from error
    except OSError as error:
        raise BadInputError(f"{folder}: {error.strerror}") from error
    if stat.S_ISLNK(mode):
        raise BadInputError(
            f"{folder}: is a symbolic link; a cook is a real folder",
            hint="move the folder itself there",
        )
    if not stat.S_ISDIR(mode):
        raise BadInputError(f"{folder}: is not a folder")
    return CookFolder(folder)


def _near(cooks: Path, task: str) -> str:
    with suppress(OSError):
        near = difflib.get_close_matches(task, sorted(entry.name for entry in cooks.iterdir()), n=1)
        if near:
            return f"did you mean {near[0]}?"
    return f"`multicooker new {task}` makes it"


class CookFolder:
    """The workspace of one cook.

    What we write appears under its name complete and flushed, or not at all; `append`ed lines and
    copied submissions are not flushed one by one.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock | None = None,
        disk: Disk | None = None,
    ) -> None:
        self._folder = folder.absolute()
        self._clock = clock or SystemClock()
        self._disk = disk or Disk()

    @property
    def folder(self) -> str:
        return str(self._folder)

    @contextmanager
    def _root(self) -> Iterator[int]:
        try:
            root = os.open(self._folder, FOLDER)
        except (NotADirectoryError, FileNotFoundError) as error:
            raise BadInputError(f"{self._folder}: is not a folder") from error
        except OSError as error:
            raise disk_error(str(self._folder), error) from error
        try:
            yield root
        finally:
            os.close(root)

    def exists(self, path: str) -> bool:
        """Tell whether there is anything of that name, be it a link; not through a link."""
        parts = parts_of(path)
        with (
            self._root() as root,
            disk_errors(path),
            suppress(BadInputError, FileNotFoundError),
            opened(root, parts[:-1]) as folder,
        ):
            mode_of(parts[-1] if parts else ".", folder)
            return True
        return False

    def read_text(self, path: str, *, limit: int) -> str:
        """As the port says; an empty file is refused, a byte order mark is left out."""
        return files.as_text(path, self.read_bytes(path, limit=limit))

    def read_bytes(self, path: str, *, limit: int) -> bytes:
        with self._root() as root:
            return files.read_bytes(root, path, limit)

    def pieces(self, path: str, *, size: int, overlap: int) -> Iterator[bytes]:
        with self._root() as root:
            yield from files.pieces(root, path, size, overlap)

    def write(
        self, path: str, data: str | bytes, *, private: bool = True, owner: str | None = None
    ) -> None:
        """As the port says; missing folders on the way are made, as private as the file."""
        content = data.encode() if isinstance(data, str) else data
        to = files.owner_of(owner)
        with self._root() as root:
            files.write(root, path, content, private=private, disk=self._disk, owner=to)

    def append(self, path: str, line: str) -> None:
        with self._root() as root:
            files.append(root, path, line, disk=self._disk)

    def make_folder(self, path: str, *, owner: str | None = None, private: bool = True) -> None:
        """As the port says; a folder that is there gets the mode asked for."""
        with self._root() as root, disk_errors(path):
            folder = self._made(root, parts_of(path), private=private)
            try:
                to = files.owner_of(owner)
                if private:
                    _check_owner(path, folder, root, to)
                mode = PRIVATE_FOLDER if private else PUBLIC_FOLDER
                if stat.S_IMODE(os.fstat(folder).st_mode) != mode:
                    self._disk.set_mode(folder, mode)
                if to is not None:
                    self._disk.set_owner(folder, to.uid, to.gid)
            finally:
                os.close(folder)

    def _made(self, root: int, parts: tuple[str, ...], *, private: bool) -> int:
        """Open a folder, made where it is missing, whatever a cell made of its mode."""
        try:
            return files.make_folders(root, parts, private=private, disk=self._disk)
        except PermissionError:
            with opened(root, parts[:-1]) as above:
                folder = removal.open_closed(parts[-1], above)
            if folder is None:
                raise
            return folder

    def names(self, path: str) -> tuple[str, ...]:
        with (
            self._root() as root,
            disk_errors(path),
            suppress(FileNotFoundError),
            opened(root, parts_of(path)) as folder,
        ):
            return tuple(sorted(files.names_in(folder)))
        return ()

    def size(self, path: str) -> int:
        with (
            self._root() as root,
            suppress(OSError, BadInputError),
            opened(root, parts_of(path)) as folder,
        ):
            return bytes_below(folder)
        return 0

    def fingerprint(self, path: str) -> str:
        with self._root() as root, disk_errors(path):
            return surveys.fingerprint(root, path, disk=self._disk)

    def copy_clean(self, source: str, target: str, *, max_bytes: int, max_files: int) -> Harvest:
        budget = Budget(max_bytes=max_bytes, max_files=max_files)
        with self._root() as root, disk_errors(target):
            return surveys.copy_clean(root, source, target, budget, disk=self._disk)

    def survey(
        self, path: str, *, max_bytes: int = 64 * 1024**3, max_files: int = 1_000_000
    ) -> Harvest:
        budget = Budget(max_bytes=max_bytes, max_files=max_files)
        with self._root() as root, disk_errors(path):
            return surveys.survey(root, path, budget, disk=self._disk)

    def rename(self, source: str, target: str) -> None:
        with self._root() as root, disk_errors(source):
            surveys.move(root, source, target, disk=self._disk)

    def remove(self, path: str) -> None:
        with self._root() as root, disk_errors(path):
            surveys.take_away(root, path, disk=self._disk)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """As the port says; what dead processes left unfinished is swept first."""
        with (
            self._root() as root,
            lock.held(root, self._folder.name, clock=self._clock, disk=self._disk),
        ):
            files.sweep(root)
            yield

    def holder(self) -> int | None:
        with self._root() as root, disk_errors(lock.LOCK):
            return lock.holder(root)


def _check_owner(path: str, folder: int, root: int, to: files.Owner | None) -> None:
    """Refuse a private folder that a stranger made: its mode would be the stranger's to change."""
    found = os.fstat(folder).st_uid
    ours = {os.geteuid(), os.fstat(root).st_uid, *(() if to is None else (to.uid,))}
    if found not in ours:
        raise BadInputError(
            f"{path}: belongs to somebody else (uid {found})",
            hint="remove it, or run as its owner",
        )
