"""The new folder that receives a walk's copies."""

from __future__ import annotations

from multicooker.adapters.folder.disk import PUBLIC_EXECUTABLE, PUBLIC_FILE, PUBLIC_FOLDER, Disk
from multicooker.adapters.folder.handles import Descent

EPOCH = 946_684_800 * 10**9
"""1 January 2000: a time that tells nothing about who was done when."""


class Copy:
    """A tree that is being filled, folder by folder; private until each folder is complete."""

    def __init__(self, root: int, disk: Disk) -> None:
        self._disk = disk
        self._descent = Descent(root)
        self._root = root
        self._here = root

    def close(self) -> None:
        self._descent.close()

    def enter(self, path: str) -> None:
        self._here = self._descent.at(path)

    def leave(self) -> None:
        """Finish the folder that was entered; nothing may be made in it any more."""
        self._disk.give_to_owner_of(self._root, self._here)
        self._disk.set_mode(self._here, PUBLIC_FOLDER)
        self._disk.set_times(self._here, EPOCH)

    def make_folder(self, name: str) -> None:
        self._disk.make_folder(name, self._here)

    def create(self, name: str) -> int:
        return self._disk.create(name, self._here)

    def write(self, file: int, data: bytes) -> None:
        self._disk.write(file, data)

    def finish(self, file: int, *, executable: bool) -> None:
        """Give a complete copy its mode and time."""
        self._disk.give_to_owner_of(self._root, file)
        self._disk.set_mode(file, PUBLIC_EXECUTABLE if executable else PUBLIC_FILE)
        self._disk.set_times(file, EPOCH)
