"""A real disk with somebody at its door: who looks at every call, or lets the n-th one fail."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from multicooker.adapters.folder.disk import Disk


def _nothing(_: str) -> None:
    """Do nothing."""


@dataclass(slots=True)
class AttendedDisk(Disk):
    """A disk that calls `before` and `after` every operation with the operation's name."""

    before: Callable[[str], None] = _nothing
    after: Callable[[str], None] = _nothing

    def create(self, name: str, folder: int) -> int:
        self.before("create")
        file = Disk.create(self, name, folder)
        self.after("create")
        return file

    def open_to_append(self, name: str, folder: int) -> int:
        self.before("open_to_append")
        file = Disk.open_to_append(self, name, folder)
        self.after("open_to_append")
        return file

    def write(self, file: int, data: bytes | memoryview) -> None:
        self.before("write")
        Disk.write(self, file, data)
        self.after("write")

    def truncate(self, file: int, size: int) -> None:
        self.before("truncate")
        Disk.truncate(self, file, size)
        self.after("truncate")

    def sync(self, file: int) -> None:
        self.before("sync")
        Disk.sync(self, file)
        self.after("sync")

    def set_mode(self, file: int, mode: int) -> None:
        self.before("set_mode")
        Disk.set_mode(self, file, mode)
        self.after("set_mode")

    def set_owner(self, file: int, uid: int, gid: int) -> None:
        self.before("set_owner")
        Disk.set_owner(self, file, uid, gid)
        self.after("set_owner")

    def set_times(self, file: int, nanoseconds: int) -> None:
        self.before("set_times")
        Disk.set_times(self, file, nanoseconds)
        self.after("set_times")

    def make_folder(self, name: str, folder: int) -> None:
        self.before("make_folder")
        Disk.make_folder(self, name, folder)
        self.after("make_folder")

    def rename(self, source: str, source_folder: int, target: str, target_folder: int) -> None:
        self.before("rename")
        Disk.rename(self, source, source_folder, target, target_folder)
        self.after("rename")


@dataclass(slots=True)
class FailingDisk(AttendedDisk):
    """A disk whose n-th operation, counted from 1, is refused; a write gets half way first."""

    fails_at: int = 0
    error: int = 0
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.before = self._count

    def _count(self, operation: str) -> None:
        self.seen.append(operation)
        if len(self.seen) == self.fails_at and operation != "write":
            raise OSError(self.error, os.strerror(self.error))

    def write(self, file: int, data: bytes | memoryview) -> None:
        self._count("write")
        if len(self.seen) == self.fails_at:
            Disk.write(self, file, data[: len(data) // 2])
            raise OSError(self.error, os.strerror(self.error))
        Disk.write(self, file, data)
