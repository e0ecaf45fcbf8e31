"""Whole folders below a cook folder: fingerprinted, surveyed, copied clean, taken away."""

from __future__ import annotations

import os
import stat
from contextlib import suppress

from multicooker.adapters.folder.disk import Disk
from multicooker.adapters.folder.files import complaint, make_folders, shelf
from multicooker.adapters.folder.handles import FILE, kind_of, mode_of, open_below, opened, parts_of
from multicooker.adapters.folder.ledger import Budget, refusal
from multicooker.adapters.folder.pump import pump
from multicooker.adapters.folder.removal import remove_entry
from multicooker.adapters.folder.safe_walk import fingerprint_of, walk
from multicooker.domain.outcome import Harvest
from multicooker.errors import BadInputError, StateError


def survey(root: int, path: str, budget: Budget, *, disk: Disk) -> Harvest:
    """Hash what is in a folder; refused where there is no such folder."""
    try:
        with opened(root, parts_of(path)) as folder:
            return walk(folder, budget, disk=disk)
    except FileNotFoundError:
        return refusal("there is no such folder")
    except BadInputError as error:
        return refusal(error.message)


def copy_clean(root: int, source: str, target: str, budget: Budget, *, disk: Disk) -> Harvest:
    """Copy a folder; nothing is left of the copy where it was refused or failed."""
    inside, parts = parts_of(source), parts_of(target)
    if not parts or parts[: len(inside)] == inside:
        raise BadInputError(f"{target}: lies inside of {source}, of which it should be a copy")
    try:
        origin = open_below(root, inside)
    except FileNotFoundError:
        return refusal("there is no such folder")
    except BadInputError as error:
        return refusal(error.message)
    try:
        parent = make_folders(root, parts[:-1], private=True, disk=disk)
        try:
            return _copy(origin, parent, target, budget, disk=disk)
        finally:
            os.close(parent)
    finally:
        os.close(origin)


def _copy(origin: int, parent: int, target: str, budget: Budget, *, disk: Disk) -> Harvest:
    name = target.rpartition("/")[2]
    try:
        disk.make_folder(name, parent)
    except FileExistsError as error:
        raise StateError(f"{target}: is there already", hint="remove it first") from error
    complete = False
    try:
        with opened(parent, (name,)) as copy:
            disk.give_to_owner_of(parent, copy)
            harvest = walk(origin, budget, disk=disk, target=copy)
        complete = not harvest.refused
        return harvest
    finally:
        if not complete:
            remove_entry(name, parent)


def fingerprint(root: int, path: str, *, disk: Disk) -> str:
    """Return SHA-256 over a file's content or a folder's names and contents; '' where absent.

    Links inside count with where they lead; git data does not count, as git rewrites it at a look.
    """
    parts = parts_of(path)
    try:
        with opened(root, parts[:-1]) as parent:
            name = parts[-1] if parts else "."
            mode = mode_of(name, parent)
            if stat.S_ISREG(mode):
                return _hash_of_file(parent, name, disk=disk)
            if not stat.S_ISDIR(mode):
                raise complaint(path, f"is a {kind_of(mode)}, neither a file nor a folder")
        with opened(root, parts) as folder:
            harvest = walk(folder, Budget(), disk=disk)
    except FileNotFoundError:
        return ""
    if harvest.refused:
        raise complaint(path, harvest.refused)
    return fingerprint_of(harvest)


def _hash_of_file(parent: int, name: str, *, disk: Disk) -> str:
    file = os.open(name, FILE, dir_fd=parent)
    try:
        return pump(file, None, os.fstat(file).st_size, disk=disk)[1]
    finally:
        os.close(file)


def take_away(root: int, path: str, *, disk: Disk) -> None:
    """Remove a file or folder. A folder vanishes at once and is then removed bit by bit.

    Where it cannot be moved aside, as on a full disk, it is removed where it is.
    """
    parts = parts_of(path)
    if not parts:
        raise BadInputError("the cook folder itself cannot be removed")
    with suppress(FileNotFoundError), opened(root, parts[:-1]) as folder:
        if stat.S_ISDIR(mode_of(parts[-1], folder)):
            _move_and_remove(root, folder, parts[-1], disk=disk)
        remove_entry(parts[-1], folder)


def _move_and_remove(root: int, folder: int, name: str, *, disk: Disk) -> None:
    moved = False
    try:
        with shelf(root, disk) as (place, unfinished):
            disk.rename(name, folder, unfinished, place)
            moved = True
            remove_entry(unfinished, place)
    except (OSError, BadInputError):
        if moved:
            raise


def move(root: int, source: str, target: str, *, disk: Disk) -> None:
    """Rename durably; StateError where the target exists or the source does not."""
    origin, goal = parts_of(source), parts_of(target)
    if not origin or not goal:
        raise BadInputError("the cook folder itself cannot be moved")
    try:
        with opened(root, origin[:-1]) as giver:
            mode_of(origin[-1], giver)
            _move(root, giver, origin[-1], goal, disk=disk)
    except FileNotFoundError as error:
        raise StateError(f"{source}: is not there") from error


def _move(root: int, giver: int, name: str, goal: tuple[str, ...], *, disk: Disk) -> None:
    taker = make_folders(root, goal[:-1], private=True, disk=disk)
    try:
        with suppress(FileNotFoundError):
            mode_of(goal[-1], taker)
            raise StateError(f"{'/'.join(goal)}: is there already", hint="remove it first")
        disk.rename(name, giver, goal[-1], taker)
        disk.sync(taker)
        disk.sync(giver)
    finally:
        os.close(taker)
