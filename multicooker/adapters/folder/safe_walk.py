"""The walk over folders that somebody else filled: hashes, optionally copies, follows nothing.

Every step is taken through a folder's descriptor with O_NOFOLLOW, and what counts is what the
opened file says of itself, not its name. So a link, a pipe, a device or a folder that is swapped
for a link while we look can neither lead us out nor keep us waiting. A file is read up to the size
it had when it was opened; the hash is always of exactly the bytes that were copied.

A hard link is a file like any other: it is copied as a file of its own and its size counts each
time. Copies get modes 0644 or 0755, one fixed time, and nothing else: no owner, no extended
attributes, no set-user-id bit. They are not flushed to the disk one by one: whoever relies on
them after a crash of the machine surveys them again and compares the hashes.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from contextlib import closing
from dataclasses import dataclass

from multicooker.adapters.folder.disk import Disk
from multicooker.adapters.folder.handles import FILE, Descent, kind_of
from multicooker.adapters.folder.ledger import Budget, Ledger, OverBudgetError, refusal
from multicooker.adapters.folder.pump import Pumps, pump
from multicooker.adapters.folder.safe_copy import Copy
from multicooker.domain.display import display_line
from multicooker.domain.outcome import Harvest

_WORTH_A_THREAD = 32 * 1024
"""Bytes from which hashing takes longer than handing a file over."""
_MAX_LINK = 200
_ANY_EXECUTE = 0o111

_THEIR_DOING = frozenset(
    {
        errno.EACCES,
        errno.EPERM,
        errno.ELOOP,
        errno.ENOTDIR,
        errno.ENOENT,
        errno.EINVAL,
        errno.ENXIO,
        errno.ENODEV,
        errno.EAGAIN,
        errno.ETXTBSY,
    }
)
"""Errors that an output folder can bring about; any other is our machine's and ends the walk."""

_SWAPPED = frozenset({errno.ELOOP, errno.ENOTDIR, errno.ENOENT, errno.EINVAL})


def walk(root: int, budget: Budget, *, disk: Disk, target: int | None = None) -> Harvest:
    """Survey the open folder `root`; copy it into the open, empty folder `target` if given.

    A harvest that is `refused` lists nothing, and what was copied so far must be removed.
    OSError where this machine, not the folder, is the trouble.
    """
    with closing(_Walk(root, Ledger(budget=budget), disk=disk, target=target)) as tour:
        try:
            return tour.harvest()
        except OverBudgetError as error:
            return refusal(str(error))


def fingerprint_of(harvest: Harvest) -> str:
    """Return SHA-256 over the sorted names and contents, and over what was left out and why."""
    digest = hashlib.sha256()
    for file in harvest.files:
        digest.update(f"{file.path}\0{file.sha256}\0".encode("utf-8", "surrogateescape"))
    for dropped in harvest.dropped:
        digest.update(f"{dropped.path}\0\0{dropped.reason}\0".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def link_reason(target: str) -> str:
    """Return why a symbolic link is dropped."""
    return f"symbolic link to {display_line(target, _MAX_LINK)}, not followed"


def kind_reason(kind: str) -> str:
    """Return why a pipe, a socket or a device is dropped."""
    return f"{kind}, not a file"


GIT_REASON = "git data: it could run commands on the computer of whoever looks at it"


def is_git(name: str) -> bool:
    """Return whether git would take a folder or file of this name for a repository."""
    return name.lower() == ".git"


class _Walk:
    def __init__(self, root: int, ledger: Ledger, *, disk: Disk, target: int | None) -> None:
        self._ledger = ledger
        self._disk = disk
        self._source = Descent(root)
        self._copy = None if target is None else Copy(target, disk)
        self._pumps = Pumps()

    def close(self) -> None:
        self._pumps.close()
        self._source.close()
        if self._copy is not None:
            self._copy.close()

    def harvest(self) -> Harvest:
        ahead = [""]
        while ahead:
            ahead.extend(reversed(self._folder(ahead.pop())))
        self._pumps.finish()
        return self._ledger.harvest()

    def _folder(self, path: str) -> list[str]:
        """Take in one folder; return the folders in it, which come next."""
        if self._copy is not None:
            self._copy.enter(path)
        folders: list[str] = []
        try:
            here = self._source.at(path)
            entries = self._listing(here, f"{path}/" if path else "")
        except OSError as error:
            self._unreadable(path or ".", error)
        else:
            for full, entry in entries:
                if self._entry(here, full, entry):
                    folders.append(full)
        if self._copy is not None:
            self._copy.leave()
        return folders

    def _listing(self, here: int, prefix: str) -> list[tuple[str, os.DirEntry[str]]]:
        found: list[tuple[str, os.DirEntry[str]]] = []
        with os.scandir(here) as entries:
            for entry in entries:
                full = prefix + entry.name
                self._ledger.meet(full)
                found.append((full, entry))
        found.sort(key=lambda pair: pair[0])
        self._ledger.note_twins(prefix, [entry.name for _, entry in found])
        return found

    def _entry(self, here: int, full: str, entry: os.DirEntry[str]) -> bool:
        """Take in one entry; return whether it is a folder to go into."""
        kind = self._kind(here, full, entry)
        if kind == "file":
            self._file(here, full, entry.name)
        elif kind == "folder":
            self._ledger.descend(full.count("/") + 1)
            if self._copy is not None:
                self._copy.make_folder(entry.name)
        return kind == "folder"

    def _kind(self, here: int, full: str, entry: os.DirEntry[str]) -> str:
        """Return `file`, `folder`, or nothing once it has been dropped."""
        try:
            if is_git(entry.name):
                self._ledger.drop(full, GIT_REASON)
            elif entry.is_file(follow_symlinks=False):
                return "file"
            elif entry.is_dir(follow_symlinks=False):
                return "folder"
            elif entry.is_symlink():
                self._ledger.drop(full, link_reason(os.readlink(entry.name, dir_fd=here)))
            else:
                kind = kind_of(entry.stat(follow_symlinks=False).st_mode)
                self._ledger.drop(full, kind_reason(kind))
        except OSError as error:
            self._unreadable(full, error)
        return ""

    def _file(self, here: int, full: str, name: str) -> None:
        try:
            source = os.open(name, FILE, dir_fd=here)
        except OSError as error:
            self._unreadable(full, error)
            return
        job = None
        try:
            status = os.fstat(source)
            if not stat.S_ISREG(status.st_mode):
                kind = kind_of(status.st_mode)
                self._ledger.drop(full, f"turned into a {kind} while it was looked at")
                return
            self._ledger.spend(status.st_size)
            if status.st_size < _WORTH_A_THREAD:
                self._small(source, full, status)
            else:
                job = self._job(source, full, status)
        finally:
            if job is None:
                os.close(source)
        if job is not None:
            self._pumps.submit(job)

    def _small(self, source: int, full: str, status: os.stat_result) -> None:
        size = status.st_size
        data = os.read(source, size + 1)
        while len(data) < size and (more := os.read(source, size - len(data))):
            data += more
        executable = bool(status.st_mode & _ANY_EXECUTE)
        kept = data[:size]
        if self._copy is not None:
            target = self._copy.create(full.rpartition("/")[2])
            try:
                self._copy.write(target, kept)
                self._copy.finish(target, executable=executable)
            finally:
                os.close(target)
        digest = hashlib.sha256(kept).hexdigest()
        self._ledger.take(full, len(kept), digest, executable=executable)
        if len(data) != size:
            self._ledger.note_unsteady(full, size, len(data))

    def _job(self, source: int, full: str, status: os.stat_result) -> _Job:
        target = None if self._copy is None else self._copy.create(full.rpartition("/")[2])
        return _Job(walk=self, source=source, target=target, path=full, status=status)

    def pump(self, job: _Job) -> None:
        """Take in one file, on a thread."""
        expected = job.status.st_size
        executable = bool(job.status.st_mode & _ANY_EXECUTE)
        size, digest = pump(
            job.source, job.target, expected, disk=self._disk, stop=self._pumps.stop
        )
        found = size + len(os.read(job.source, 1))
        if self._copy is not None and job.target is not None:
            self._copy.finish(job.target, executable=executable)
        self._ledger.take(job.path, size, digest, executable=executable)
        if found != expected:
            self._ledger.note_unsteady(job.path, expected, found)

    def _unreadable(self, path: str, error: OSError) -> None:
        if error.errno not in _THEIR_DOING:
            raise error
        if error.errno in _SWAPPED:
            self._ledger.drop(path, "changed while it was looked at")
        else:
            self._ledger.drop(path, f"unreadable: {error.strerror}")


@dataclass(slots=True, kw_only=True)
class _Job:
    walk: _Walk
    source: int
    target: int | None
    path: str
    status: os.stat_result

    @property
    def size(self) -> int:
        return self.status.st_size

    def run(self) -> None:
        self.walk.pump(self)

    def close(self) -> None:
        os.close(self.source)
        if self.target is not None:
            os.close(self.target)
