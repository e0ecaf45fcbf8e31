"""Single files below a cook folder: guarded reads, and writes that leave the old or the new."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from secrets import token_hex
from typing import NamedTuple

from multicooker.adapters.folder.disk import (
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    PUBLIC_FILE,
    PUBLIC_FOLDER,
    Disk,
    disk_errors,
)
from multicooker.adapters.folder.handles import FILE, kind_of, mode_of, opened, parts_of, step
from multicooker.adapters.folder.removal import remove_entry
from multicooker.adapters.system import is_alive
from multicooker.domain.display import display_line
from multicooker.errors import BadInputError

SHELF = ".tmp"
"""Where unfinished files and folders on their way out lie; swept when the cook is locked."""

_TAIL = 64 * 1024


def read_bytes(root: int, path: str, limit: int) -> bytes:
    """Return a regular file's bytes; BadInputError says what is wrong with it."""
    parts = parts_of(path)
    if not parts:
        raise complaint(path, "is a folder, not a file")
    try:
        with opened(root, parts[:-1]) as folder:
            return _read(folder, parts[-1], path, limit)
    except FileNotFoundError as error:
        raise complaint(path, "there is no such file") from error
    except OSError as error:
        raise complaint(path, f"cannot be read: {error.strerror}") from error


def pieces(root: int, path: str, size: int, overlap: int) -> Iterator[bytes]:
    """Yield a regular file piece by piece, each beginning with the last `overlap` bytes before."""
    parts = parts_of(path) or ("",)
    try:
        with opened(root, parts[:-1]) as folder:
            _check_kind(path, mode_of(parts[-1] or ".", folder))
            file = os.open(parts[-1], FILE, dir_fd=folder)
        with os.fdopen(file, "rb", buffering=0) as stream:
            _check_kind(path, os.fstat(file).st_mode)
            tail = b""
            while more := stream.read(size):
                yield tail + more
                tail = (tail + more)[-overlap:] if overlap else b""
    except FileNotFoundError as error:
        raise complaint(path, "there is no such file") from error
    except OSError as error:
        raise complaint(path, f"cannot be read: {error.strerror}") from error


def _read(folder: int, name: str, path: str, limit: int) -> bytes:
    _check_kind(path, mode_of(name, folder))
    file = os.open(name, FILE, dir_fd=folder)
    with os.fdopen(file, "rb", buffering=0) as stream:
        status = os.fstat(file)
        _check_kind(path, status.st_mode)
        if status.st_size > limit:
            raise too_large(path, status.st_size, limit)
        data = b""
        while len(data) <= limit and (more := stream.read(limit + 1 - len(data))):
            data += more
    if len(data) > limit:
        raise too_large(path, len(data), limit)
    return data


def _check_kind(path: str, mode: int) -> None:
    if stat.S_ISLNK(mode):
        raise complaint(
            path, "is a symbolic link; links are not followed", "put the file itself there"
        )
    if not stat.S_ISREG(mode):
        raise complaint(path, f"is a {kind_of(mode)}, not a file")


def complaint(path: str, reason: str, hint: str = "") -> BadInputError:
    """Return what to tell about a file that cannot be used."""
    return BadInputError(f"{display_line(path) or '.'}: {reason}", hint=hint)


def too_large(path: str, size: int, limit: int) -> BadInputError:
    """Return what to tell about a file over its limit, both in bytes."""
    return complaint(path, f"is too large: {size:,} bytes where {limit:,} are the limit")


def as_text(path: str, data: bytes) -> str:
    """Decode a file's bytes; BadInputError where there are none or they are not UTF-8."""
    if not data:
        raise complaint(path, "is empty")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise complaint(
            path,
            f"is not UTF-8 text: byte 0x{data[error.start]:02x} in line {line}",
            "save it as UTF-8",
        ) from error


class Owner(NamedTuple):
    """Whom root gives something to."""

    uid: int
    gid: int


def owner_of(text: str | None) -> Owner | None:
    """Return who `uid:gid` is, None where we are not root and so cannot give anything away."""
    if text is None or os.geteuid() != 0:
        return None
    uid, _, gid = text.partition(":")
    return Owner(int(uid), int(gid))


def write(
    root: int,
    path: str,
    data: bytes,
    *,
    private: bool,
    disk: Disk,
    owner: Owner | None = None,
) -> None:
    """Replace a file; whatever happens, its old content or its new one is there."""
    parts = parts_of(path)
    if not parts:
        raise complaint(path, "is a folder, not a file")
    with disk_errors(path):
        folder = make_folders(root, parts[:-1], private=private, disk=disk)
        try:
            _refuse_folder(folder, parts[-1], path)
            with shelf(root, disk) as (place, unfinished):
                mode = PRIVATE_FILE if private else PUBLIC_FILE
                heir = owner or folder
                _write_aside(place, unfinished, data, mode=mode, heir=heir, disk=disk)
                _put(place, unfinished, folder, parts[-1], disk=disk)
        finally:
            os.close(folder)


def _refuse_folder(folder: int, name: str, path: str) -> None:
    with suppress(FileNotFoundError):
        if stat.S_ISDIR(mode_of(name, folder)):
            raise complaint(path, "is a folder where a file belongs", "move it away")


def _write_aside(
    place: int, name: str, data: bytes, *, mode: int, heir: Owner | int, disk: Disk
) -> None:
    """Write a file for an owner, or for whose folder (a descriptor) it will lie in."""
    file = disk.create(name, place)
    try:
        disk.write(file, data)
        if isinstance(heir, Owner):
            disk.set_owner(file, heir.uid, heir.gid)
        else:
            disk.give_to_owner_of(heir, file)
        disk.set_mode(file, mode)
        disk.sync(file)
    except BaseException:
        _discard(name, place)
        raise
    finally:
        os.close(file)


def _put(place: int, unfinished: str, folder: int, name: str, *, disk: Disk) -> None:
    try:
        disk.rename(unfinished, place, name, folder)
    except BaseException:
        _discard(unfinished, place)
        raise
    disk.sync(folder)


def _discard(name: str, folder: int) -> None:
    with suppress(OSError):
        os.unlink(name, dir_fd=folder)


def names_in(folder: int) -> list[str]:
    """Return the names in an open folder, in no order."""
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries]


@contextmanager
def shelf(root: int, disk: Disk) -> Iterator[tuple[int, str]]:
    """Hold the folder of unfinished things open, with a name in it that is nobody else's."""
    place = make_folders(root, (SHELF,), private=True, disk=disk)
    try:
        yield place, f"{os.getpid()}-{token_hex(8)}"
    finally:
        os.close(place)


def sweep(root: int) -> None:
    """Remove what processes that are no more left unfinished, as far as it lets itself remove."""
    with suppress(OSError), opened(root, (SHELF,)) as place:
        for name in names_in(place):
            pid = name.partition("-")[0]
            if not (pid.isascii() and pid.isdigit() and is_alive(int(pid))):
                remove_entry(name, place)


def append(root: int, path: str, line: str, *, disk: Disk) -> None:
    """Append a whole line to a private file; a half line that a crash left is cut off first."""
    parts = parts_of(path)
    if not parts:
        raise complaint(path, "is a folder, not a file")
    with disk_errors(path):
        folder = make_folders(root, parts[:-1], private=True, disk=disk)
        try:
            _append(folder, parts[-1], path, f"{line}\n".encode(), disk=disk)
        finally:
            os.close(folder)


def _append(folder: int, name: str, path: str, line: bytes, *, disk: Disk) -> None:
    with suppress(FileNotFoundError):
        _check_kind(path, mode_of(name, folder))
    file = disk.open_to_append(name, folder)
    try:
        _check_kind(path, os.fstat(file).st_mode)
        if stat.S_IMODE(os.fstat(file).st_mode) != PRIVATE_FILE:
            disk.set_mode(file, PRIVATE_FILE)
        disk.give_to_owner_of(folder, file)
        whole = _whole_lines(file)
        if whole != os.fstat(file).st_size:
            disk.truncate(file, whole)
        try:
            disk.write(file, line)
        except OSError:
            with suppress(OSError):
                os.ftruncate(file, whole)
            raise
    finally:
        os.close(file)


def _whole_lines(file: int) -> int:
    """Return the size up to and with the last line's end."""
    size = os.fstat(file).st_size
    start = max(0, size - _TAIL)
    return start + os.pread(file, size - start, start).rfind(b"\n") + 1


def make_folders(root: int, parts: tuple[str, ...], *, private: bool, disk: Disk) -> int:
    """Open a folder below `root` and make what is missing on the way."""
    here = os.dup(root)
    for depth in range(len(parts)):
        try:
            deeper = _step_or_make(here, parts[: depth + 1], private=private, disk=disk)
        finally:
            os.close(here)
        here = deeper
    return here


def _step_or_make(parent: int, parts: tuple[str, ...], *, private: bool, disk: Disk) -> int:
    with suppress(FileNotFoundError):
        return step(parent, parts)
    with suppress(FileExistsError):
        disk.make_folder(parts[-1], parent)
    folder = step(parent, parts)
    try:
        disk.give_to_owner_of(parent, folder)
        disk.set_mode(folder, PRIVATE_FOLDER if private else PUBLIC_FOLDER)
        disk.sync(parent)
    except BaseException:
        os.close(folder)
        raise
    return folder
