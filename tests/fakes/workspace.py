"""A cook folder in memory; held to the same contract as the one on a disk (tests/contract).

Links, pipes and holes are nodes like files, so that hostile output needs no real disk.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from multicooker.adapters.folder.files import as_text, complaint, too_large
from multicooker.adapters.folder.handles import parts_of
from multicooker.adapters.folder.ledger import Budget, Ledger, OverBudgetError, refusal
from multicooker.adapters.folder.safe_walk import (
    GIT_REASON,
    fingerprint_of,
    is_git,
    kind_reason,
    link_reason,
)
from multicooker.domain.outcome import Harvest
from multicooker.errors import BadInputError, BusyError, StateError

LINK = "symbolic link"


@dataclass(slots=True, kw_only=True)
class Node:
    """Anything that has a name: a file, a folder, a link or a pipe."""

    kind: str
    data: bytes = b""
    mode: int = 0o600
    children: dict[str, Node] = field(default_factory=dict)
    target: str = ""
    hole: int = 0
    """Bytes that a file claims on top of its data."""

    @property
    def size(self) -> int:
        return len(self.data) + self.hole


class FakeWorkspace:
    """`ports.Workspace` in memory."""

    def __init__(
        self, folder: str = "/cooks/landing", files: Mapping[str, str | bytes] | None = None
    ) -> None:
        self.root = Node(kind="folder", mode=0o755)
        self.owners: dict[str, str] = {}
        self.held_by: int | None = None
        self._folder = folder
        for path, data in (files or {}).items():
            self.write(path, data)

    @property
    def folder(self) -> str:
        return self._folder

    def plant(self, path: str, node: Node) -> None:
        """Put a node where a stranger would, whatever is there."""
        *folders, name = path.split("/")
        self._made(tuple(folders), mode=0o755).children[name] = node

    def find(self, path: str) -> Node | None:
        """Return the node at a path, a link itself; BadInputError where a link is on the way."""
        node = self.root
        parts = parts_of(path)
        for depth, part in enumerate(parts):
            if node.kind != "folder":
                raise _no_folder(parts[:depth], node)
            if part not in node.children:
                return None
            node = node.children[part]
        return node

    def exists(self, path: str) -> bool:
        parts_of(path)
        with suppress(BadInputError):
            return self.find(path) is not None
        return False

    def read_text(self, path: str, *, limit: int) -> str:
        return as_text(path, self.read_bytes(path, limit=limit))

    def read_bytes(self, path: str, *, limit: int) -> bytes:
        node = self.find(path)
        if node is None:
            raise complaint(path, "there is no such file")
        if node.kind == LINK:
            raise complaint(path, "is a symbolic link; links are not followed")
        if node.kind != "file":
            raise complaint(path, f"is a {node.kind}, not a file")
        if node.size > limit:
            raise too_large(path, node.size, limit)
        return node.data + b"\0" * node.hole

    def pieces(self, path: str, *, size: int, overlap: int) -> Iterator[bytes]:
        data = self.read_bytes(path, limit=2**40)
        for at in range(0, len(data), size):
            yield data[max(0, at - overlap) : at + size]

    def write(
        self, path: str, data: str | bytes, *, private: bool = True, owner: str | None = None
    ) -> None:
        *folders, name = parts_of(path) or ("",)
        parent = self._made(tuple(folders), mode=0o700 if private else 0o755)
        there = parent.children.get(name) if name else self.root
        if there is not None and there.kind == "folder":
            raise complaint(path, "is a folder where a file belongs")
        content = data.encode() if isinstance(data, str) else data
        mode = 0o600 if private else 0o644
        parent.children[name] = Node(kind="file", data=content, mode=mode)
        if owner is not None:
            self.owners[path] = owner

    def append(self, path: str, line: str) -> None:
        there = self.find(path)
        if there is not None and there.kind != "file":
            raise complaint(path, f"is a {there.kind}, not a file")
        before = there.data if there else b""
        whole = before[: before.rfind(b"\n") + 1]
        self.write(path, whole + f"{line}\n".encode())

    def make_folder(self, path: str, *, owner: str | None = None, private: bool = True) -> None:
        mode = 0o700 if private else 0o755
        self._made(parts_of(path), mode=mode).mode = mode
        if owner is not None:
            self.owners[path] = owner

    def names(self, path: str) -> tuple[str, ...]:
        node = self.find(path)
        if node is None:
            return ()
        if node.kind != "folder":
            raise _no_folder(parts_of(path), node)
        return tuple(sorted(node.children))

    def size(self, path: str) -> int:
        with suppress(BadInputError):
            node = self.find(path)
            if node is not None and node.kind == "folder":
                return sum(inner.size for _, inner in _files(node, ""))
        return 0

    def fingerprint(self, path: str) -> str:
        node = self.find(path)
        if node is None:
            return ""
        if node.kind == "file":
            return hashlib.sha256(node.data + b"\0" * node.hole).hexdigest()
        if node.kind != "folder":
            raise complaint(path, f"is a {node.kind}, neither a file nor a folder")
        return fingerprint_of(_harvest(node, Budget()))

    def copy_clean(self, source: str, target: str, *, max_bytes: int, max_files: int) -> Harvest:
        inside, parts = parts_of(source), parts_of(target)
        if not parts or parts[: len(inside)] == inside:
            raise BadInputError(f"{target}: lies inside of {source}, of which it should be a copy")
        harvest = self.survey(source, max_bytes=max_bytes, max_files=max_files)
        if harvest.refused:
            return harvest
        parent = self._made(parts[:-1], mode=0o700)
        if parts[-1] in parent.children:
            raise StateError(f"{target}: is there already", hint="remove it first")
        origin = self.find(source)
        assert origin is not None
        parent.children[parts[-1]] = _clean(origin)
        return harvest

    def survey(
        self, path: str, *, max_bytes: int = 64 * 1024**3, max_files: int = 1_000_000
    ) -> Harvest:
        try:
            node = self.find(path)
            if node is not None and node.kind != "folder":
                raise _no_folder(parts_of(path), node)
        except BadInputError as error:
            return refusal(error.message)
        if node is None:
            return refusal("there is no such folder")
        return _harvest(node, Budget(max_bytes=max_bytes, max_files=max_files))

    def rename(self, source: str, target: str) -> None:
        origin, goal = parts_of(source), parts_of(target)
        if not origin or not goal:
            raise BadInputError("the cook folder itself cannot be moved")
        node = self.find(source)
        if node is None:
            raise StateError(f"{source}: is not there")
        taker = self._made(goal[:-1], mode=0o700)
        if goal[-1] in taker.children:
            raise StateError(f"{target}: is there already", hint="remove it first")
        taker.children[goal[-1]] = node
        del self._made(origin[:-1], mode=0o700).children[origin[-1]]

    def remove(self, path: str) -> None:
        parts = parts_of(path)
        if not parts:
            raise BadInputError("the cook folder itself cannot be removed")
        if self.find(path) is not None:
            del self._made(parts[:-1], mode=0o700).children[parts[-1]]

    @contextmanager
    def lock(self) -> Iterator[None]:
        if self.held_by is not None:
            task = self._folder.rpartition("/")[2]
            raise BusyError(
                f"{task} is being cooked by process {self.held_by} since 2026-01-02T03:04:05+00:00"
            )
        self.held_by = os.getpid()
        try:
            yield
        finally:
            self.held_by = None

    def holder(self) -> int | None:
        return self.held_by

    def _made(self, parts: tuple[str, ...], *, mode: int) -> Node:
        node = self.root
        for depth, part in enumerate(parts):
            node = node.children.setdefault(part, Node(kind="folder", mode=mode))
            if node.kind != "folder":
                raise _no_folder(parts[: depth + 1], node)
        return node


def _no_folder(parts: tuple[str, ...], node: Node) -> BadInputError:
    return BadInputError(f"{'/'.join(parts)}: is a {node.kind} where a folder belongs")


def _files(folder: Node, prefix: str) -> Iterator[tuple[str, Node]]:
    for name, node in folder.children.items():
        if node.kind == "folder":
            yield from _files(node, f"{prefix}{name}/")
        elif node.kind == "file":
            yield prefix + name, node


def _harvest(folder: Node, budget: Budget) -> Harvest:
    ledger = Ledger(budget=budget)
    try:
        _take_in(ledger, folder, "")
    except OverBudgetError as error:
        return refusal(str(error))
    return ledger.harvest()


def _take_in(ledger: Ledger, folder: Node, prefix: str) -> None:
    ledger.note_twins(prefix, folder.children)
    for name, node in folder.children.items():
        path = prefix + name
        ledger.meet(path)
        if is_git(name):
            ledger.drop(path, GIT_REASON)
        elif node.kind == "file":
            ledger.spend(node.size)
            content = node.data + b"\0" * node.hole
            digest = hashlib.sha256(content).hexdigest()
            ledger.take(path, node.size, digest, executable=bool(node.mode & 0o111))
        elif node.kind == "folder":
            ledger.descend(path.count("/") + 1)
            _take_in(ledger, node, f"{path}/")
        elif node.kind == LINK:
            ledger.drop(path, link_reason(node.target))
        else:
            ledger.drop(path, kind_reason(node.kind))


def _clean(folder: Node) -> Node:
    """Return what a clean copy of a folder is made of."""
    copy = Node(kind="folder", mode=0o755)
    for name, node in folder.children.items():
        if is_git(name):
            continue
        if node.kind == "folder":
            copy.children[name] = _clean(node)
        elif node.kind == "file":
            mode = 0o755 if node.mode & 0o111 else 0o644
            copy.children[name] = Node(kind="file", data=node.data, mode=mode, hole=node.hole)
    return copy
