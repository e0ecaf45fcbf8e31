"""The few calls that write to a disk, behind one door: a test can let any of them fail."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from multicooker.domain.display import display_line
from multicooker.errors import DiskError

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
PUBLIC_FILE = 0o644
PUBLIC_EXECUTABLE = 0o755
PUBLIC_FOLDER = 0o755

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_APPEND = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

_HINTS = {
    errno.ENOSPC: "free some space and run the same command again; what was there is unchanged",
    errno.EDQUOT: "free some of your quota and run the same command again",
    errno.EROFS: "the file system is read-only: remount it, or keep the cooks on another one",
    errno.EIO: "the disk is failing: look at the kernel's log before you go on",
    errno.EACCES: "look at the owner and mode of that folder (`ls -ld`)",
    errno.EPERM: "look at the owner and mode of that folder (`ls -ld`)",
    errno.ELOOP: "a symbolic link lies there, and links are not followed: remove it",
    errno.EMFILE: "raise the limit of open files (`ulimit -n 4096`) and run again",
}


class Disk:
    """Everything that makes or changes something, one call each; removing is not among it.

    Nothing is ever more open than its final mode: files start as 0600 and folders as 0700,
    whatever the umask, and only then get the wider mode that was asked for.
    """

    def create(self, name: str, folder: int) -> int:
        """Create a file that was not there; return its descriptor."""
        return os.open(name, _CREATE, PRIVATE_FILE, dir_fd=folder)

    def open_to_append(self, name: str, folder: int) -> int:
        return os.open(name, _APPEND, PRIVATE_FILE, dir_fd=folder)

    def write(self, file: int, data: bytes | memoryview) -> None:
        """Write all of it."""
        written = os.write(file, data)
        while written < len(data):
            written += os.write(file, data[written:])

    def truncate(self, file: int, size: int) -> None:
        os.ftruncate(file, size)

    def sync(self, file: int) -> None:
        os.fsync(file)

    def set_mode(self, file: int, mode: int) -> None:
        os.fchmod(file, mode)

    def set_owner(self, file: int, uid: int, gid: int) -> None:
        os.fchown(file, uid, gid)

    def give_to_owner_of(self, folder: int, file: int) -> None:
        """Let a file or folder that root made belong to whose folder it lies in."""
        if os.geteuid() == 0 and (owner := os.fstat(folder)).st_uid != 0:
            self.set_owner(file, owner.st_uid, owner.st_gid)

    def set_times(self, file: int, nanoseconds: int) -> None:
        os.utime(file, ns=(nanoseconds, nanoseconds))

    def make_folder(self, name: str, folder: int) -> None:
        os.mkdir(name, PRIVATE_FOLDER, dir_fd=folder)

    def rename(self, source: str, source_folder: int, target: str, target_folder: int) -> None:
        os.rename(source, target, src_dir_fd=source_folder, dst_dir_fd=target_folder)


def disk_error(path: str, error: OSError) -> DiskError:
    """Return what to tell a user whose disk refused."""
    why = error.strerror or str(error)
    return DiskError(f"{display_line(path)}: {why}", hint=_HINTS.get(error.errno or 0, ""))


@contextmanager
def disk_errors(path: str) -> Iterator[None]:
    """Turn whatever the system refuses into a DiskError about `path`."""
    try:
        yield
    except OSError as error:
        raise disk_error(path, error) from error
