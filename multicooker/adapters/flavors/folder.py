"""Flavor folders on disk: read within bounds, written whole or not at all."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from multicooker.errors import BadInputError, DiskError

FOUR_FILES = ("flavor.yaml", "Dockerfile.base", "entrypoint.sh", "README.md")
"""What every flavor folder holds."""
UNMOUNTED = frozenset(FOUR_FILES) - {"entrypoint.sh"}
"""Files that tell about a flavor or make its image; a cell does not see them."""

MAX_FILES = 200
MAX_FILE_BYTES = 1024**2
MAX_BYTES = 4 * 1024**2
MAX_DEPTH = 6

_PYTHONS_OWN = frozenset({"__pycache__", "__init__.py"})
"""Lie in the folder where a Python package brings a flavor."""


def read(folder: str) -> Mapping[str, bytes]:
    """Return a flavor's files by path relative to `folder`, sorted, names with `/`.

    Hidden files and Python's own are no part of a flavor. Links, special files and folders
    larger than the bounds above raise BadInputError with the path.
    """
    if os.path.islink(folder):  # noqa: PTH114  # strings: a path may be hostile, never a Path
        raise BadInputError(f"{folder}: is a link; a flavor is a real folder")
    files: dict[str, bytes] = {}
    left = MAX_BYTES
    for path in _regular_files(folder, "", 0):
        if len(files) == MAX_FILES:
            raise BadInputError(f"{folder}: holds more than {MAX_FILES} files")
        data = _read_file(f"{folder}/{path}")
        left -= len(data)
        if left < 0:
            raise BadInputError(f"{folder}: holds more than {MAX_BYTES // 1024**2} MiB")
        files[path] = data
    return dict(sorted(files.items()))


def _regular_files(root: str, below: str, depth: int) -> Iterator[str]:
    """Yield relative paths; stops at the first thing that may not be there."""
    if depth > MAX_DEPTH:
        raise BadInputError(f"{root}: has folders nested deeper than {MAX_DEPTH}")
    try:
        entries = sorted(os.scandir(f"{root}/{below}"), key=lambda entry: entry.name)
    except OSError as error:
        raise BadInputError(f"{root}/{below}: {error.strerror}") from error
    for entry in entries:
        if entry.name.startswith(".") or entry.name in _PYTHONS_OWN:
            continue
        path = f"{below}{entry.name}"
        if _is_folder(root, path, entry):
            yield from _regular_files(root, f"{path}/", depth + 1)
        else:
            yield path


def _is_folder(root: str, path: str, entry: os.DirEntry[str]) -> bool:
    """Return True for a folder, False for a regular file; refuse everything else."""
    if not entry.name.isprintable():  # also what is not UTF-8 on disk
        raise BadInputError(f"{root}: {path!r} has a name that cannot be printed")
    if entry.is_symlink():
        raise BadInputError(f"{root}/{path}: is a link; a flavor holds regular files only")
    if entry.is_dir(follow_symlinks=False):
        return True
    if entry.is_file(follow_symlinks=False):
        return False
    raise BadInputError(f"{root}/{path}: is no regular file")


def _read_file(path: str) -> bytes:
    # O_NONBLOCK: a FIFO put there since the look must not hang us.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(path, flags), "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise BadInputError(f"{path}: is no regular file")
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise BadInputError(f"{path}: {error.strerror}") from error
    if len(data) > MAX_FILE_BYTES:
        raise BadInputError(f"{path}: is larger than {MAX_FILE_BYTES // 1024**2} MiB")
    return data


def write(folder: str, files: Mapping[str, bytes]) -> None:
    """Make a new folder with these files, all or nothing; BadInputError where it exists."""
    target = Path(folder)
    if os.path.lexists(target):
        raise BadInputError(f"{folder}: is there already", hint="choose another name")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise DiskError(f"{target.parent}: {error.strerror}") from error
    try:
        for path, data in files.items():
            (draft / path).parent.mkdir(parents=True, exist_ok=True)
            (draft / path).write_bytes(data)
        draft.chmod(0o755)
        draft.rename(target)
    except OSError as error:
        raise DiskError(f"{folder}: {error.strerror}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
