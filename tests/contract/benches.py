"""A workspace on a disk or in memory, with the hands of a stranger in its folder."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path
from typing import Protocol, Self

from multicooker.adapters.folder.workspace import CookFolder
from multicooker.ports import Workspace
from tests.fakes.workspace import LINK, FakeWorkspace, Node

LIMIT = 1000
"""Bytes that tests read at most."""


class Bench(Protocol):
    """A workspace, and the hands of a stranger in its folder."""

    workspace: Workspace

    def file(self, path: str, data: bytes = b"x", *, mode: int = 0o644) -> None: ...

    def link(self, path: str, target: str) -> None: ...

    def pipe(self, path: str) -> None: ...

    def socket(self, path: str) -> None: ...

    def hole(self, path: str, size: int) -> None: ...

    def close(self, path: str) -> None:
        """Take every permission away."""

    def mode(self, path: str) -> int: ...


class OnDisk:
    @classmethod
    def beside(cls, folder: Path) -> Self:
        """Return one whose cook folder is `landing` in an empty folder."""
        (folder / "landing").mkdir()
        return cls(folder / "landing")

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workspace: Workspace = CookFolder(folder)

    def _place(self, path: str) -> Path:
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def file(self, path: str, data: bytes = b"x", *, mode: int = 0o644) -> None:
        self._place(path).write_bytes(data)
        self._place(path).chmod(mode)

    def link(self, path: str, target: str) -> None:
        self._place(path).symlink_to(target)

    def pipe(self, path: str) -> None:
        os.mkfifo(self._place(path))

    def socket(self, path: str) -> None:
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(str(self._place(path)))

    def hole(self, path: str, size: int) -> None:
        with self._place(path).open("wb") as stream:
            stream.truncate(size)

    def close(self, path: str) -> None:
        (self.folder / path).chmod(0)

    def mode(self, path: str) -> int:
        return stat.S_IMODE((self.folder / path).lstat().st_mode)


class InMemory:
    @classmethod
    def beside(cls, folder: Path) -> Self:
        """Return one whose cook folder would be `landing` in that folder."""
        return cls(FakeWorkspace(str(folder / "landing")))

    def __init__(self, workspace: FakeWorkspace) -> None:
        self.fake = workspace
        self.workspace: Workspace = workspace

    def file(self, path: str, data: bytes = b"x", *, mode: int = 0o644) -> None:
        self.fake.plant(path, Node(kind="file", data=data, mode=mode))

    def link(self, path: str, target: str) -> None:
        self.fake.plant(path, Node(kind=LINK, target=target))

    def pipe(self, path: str) -> None:
        self.fake.plant(path, Node(kind="pipe"))

    def socket(self, path: str) -> None:
        self.fake.plant(path, Node(kind="socket"))

    def hole(self, path: str, size: int) -> None:
        self.fake.plant(path, Node(kind="file", hole=size))

    def close(self, path: str) -> None:
        node = self.fake.find(path)
        assert node is not None
        node.mode = 0

    def mode(self, path: str) -> int:
        node = self.fake.find(path)
        assert node is not None
        return node.mode
