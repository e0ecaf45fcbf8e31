"""What a walk has found so far, and when it is too much."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from multicooker.domain.display import display_line
from multicooker.domain.outcome import Dropped, FileEntry, Harvest

MAX_DEPTH = 256
"""Folders within folders."""
MAX_NAMES = 64 * 1024**2
"""Characters of all paths together: what a manifest of them would weigh."""
_MAX_NOTES = 50
_MAX_TWINS = 5


class OverBudgetError(Exception):
    """A walk found more than may be sealed; carries the reason for a user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much a walk may find; sizes are what files claim (holes count, each hard link counts)."""

    max_bytes: int = sys.maxsize
    max_files: int = sys.maxsize


@dataclass(slots=True, kw_only=True)
class Ledger:
    """Files, what was dropped, and notes, within a budget."""

    budget: Budget
    files: list[FileEntry] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _bytes: int = 0
    _files: int = 0
    _entries: int = 0
    _characters: int = 0

    def meet(self, path: str) -> None:
        """Count something that has a name, whatever it is."""
        self._entries += 1
        self._characters += len(path)
        if self._entries > 2 * self.budget.max_files + 1000:
            raise OverBudgetError(
                f"more than {self._entries - 1:,} files, folders and other things"
            )
        if self._characters > MAX_NAMES:
            raise OverBudgetError(f"names that alone take more than {MAX_NAMES:,} characters")

    def descend(self, depth: int) -> None:
        """Refuse folders that are nested too deeply."""
        if depth > MAX_DEPTH:
            raise OverBudgetError(f"folders nested more than {MAX_DEPTH} deep")

    def spend(self, size: int) -> None:
        """Count a file of `size` bytes before it is read."""
        self._files += 1
        self._bytes += size
        if self._files > self.budget.max_files:
            raise OverBudgetError(f"more than {self.budget.max_files:,} files")
        if self._bytes > self.budget.max_bytes:
            raise OverBudgetError(
                f"more than {self.budget.max_bytes:,} bytes, going by its files' sizes"
            )

    def take(self, path: str, size: int, sha256: str, *, executable: bool) -> None:
        """Note a file that is collected."""
        entry = FileEntry(path=path, size=size, sha256=sha256, executable=executable)
        self.files.append(entry)

    def note_unsteady(self, path: str, expected: int, found: int) -> None:
        """Note a file that changed its size while it was read."""
        how = "grew" if found > expected else "shrank"
        kept = min(expected, found)
        self.notes.append(
            f"{display_line(path)} {how} while it was read: its first {kept:,} bytes are taken"
        )

    def drop(self, path: str, reason: str) -> None:
        """Note something that is not collected."""
        self.dropped.append(Dropped(path=path, reason=reason))

    def note_twins(self, folder: str, names: Iterable[str]) -> None:
        """Note names that are one name where case or Unicode form does not count."""
        groups: dict[str, list[str]] = {}
        for name in names:
            groups.setdefault(folded(name), []).append(name)
        for twins in groups.values():
            if len(twins) > 1:
                where = f" in {display_line(folder)}" if folder else ""
                listed = ", ".join(display_line(name) for name in sorted(twins)[:_MAX_TWINS])
                more = f" and {len(twins) - _MAX_TWINS:,} more" if len(twins) > _MAX_TWINS else ""
                self.notes.append(f"{listed}{more}{where} are one name on macOS and Windows")

    def harvest(self) -> Harvest:
        """Return everything found, ordered by path."""
        notes = sorted(self.notes)
        if len(notes) > _MAX_NOTES:
            notes = [*notes[:_MAX_NOTES], f"and {len(notes) - _MAX_NOTES:,} more notes"]
        return Harvest(
            files=tuple(sorted(self.files, key=lambda file: file.path)),
            dropped=tuple(sorted(self.dropped, key=lambda dropped: dropped.path)),
            notes=tuple(notes),
        )


def folded(name: str) -> str:
    """Return what a file system that ignores case and Unicode form takes a name for."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def refusal(reason: str) -> Harvest:
    """Return the harvest of a folder that may not be used at all."""
    return Harvest(files=(), refused=reason)
