"""The contract for programs: `status.json` (replaced whole) and `events.jsonl` (appended)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from multicooker.domain.flavor import Role
from multicooker.domain.outcome import (
    CellState,
    CellStatus,
    CookState,
    CookStatus,
    EndCause,
    Ending,
    Event,
    Outcome,
)
from multicooker.domain.round import Cell
from multicooker.pipeline import load
from multicooker.ports import Clock, Workspace

STATUS = "status.json"
EVENTS = "events.jsonl"
_LIMIT = 16 * 1024**2


def read_status(workspace: Workspace) -> CookStatus | None:
    """Return the cook's record, None where it never ran; StateError where it is damaged."""
    if not workspace.exists(STATUS):
        return None
    return load.cook_status(
        record_text(workspace, STATUS, limit=_LIMIT), place=f"{workspace.folder}/{STATUS}"
    )


def record_text(workspace: Workspace, path: str, *, limit: int) -> str:
    """Return a file we wrote ourselves: emptied or garbled, it is damaged and no bad input."""
    return workspace.read_bytes(path, limit=limit).decode("utf-8", "replace")


def stamp(moment: datetime) -> str:
    """Return a moment as every file of ours writes it: UTC, ISO 8601, seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Journal:
    """Keeps the record of one cook while it runs."""

    def __init__(self, workspace: Workspace, clock: Clock, status: CookStatus) -> None:
        self._workspace = workspace
        self._clock = clock
        self._seq = _last_seq(workspace)
        self.status = status

    def state(self, state: CookState, *, detail: str = "", verdict: str = "") -> None:
        """Enter a state and tell it."""
        self.status = dataclasses.replace(self.status, state=state, detail=detail, verdict=verdict)
        self._save()
        self.tell(f"cook.{state}", **({"detail": detail} if detail else {}))

    def add_cells(
        self, cells: Sequence[Cell], *, credentials: Mapping[str, str] | None = None
    ) -> None:
        """Enter cells as queued, replacing what is known of cells of the same name.

        `credentials` says in words which credential a cell uses, by its name.
        """
        names = {cell.name for cell in cells}
        kept = tuple(cell for cell in self.status.cells if cell.name not in names)
        fresh = tuple(
            CellStatus(
                name=cell.name,
                role=cell.role,
                owner=cell.owner,
                flavor=cell.flavor,
                state=CellState.QUEUED,
                timeout=cell.timeout,
                credential=(credentials or {}).get(cell.name, ""),
            )
            for cell in cells
        )
        self.status = dataclasses.replace(self.status, cells=kept + fresh)
        self._save()

    def drop_cells(self, role: Role, *, but: AbstractSet[str]) -> None:
        """Forget cells of a role that is filled otherwise now."""
        kept = tuple(
            cell for cell in self.status.cells if cell.role is not role or cell.name in but
        )
        self.status = dataclasses.replace(self.status, cells=kept)

    def cell(self, name: str, state: CellState, ending: Ending | None = None) -> None:
        """Enter a cell's new state and tell it.

        That it ended well by itself is kept at once: after a kill, its outcome follows from it.
        """
        changes: dict[str, object] = {"state": state}
        if ending is not None and ending.cause is EndCause.ENDED and not ending.exit.oom_killed:
            changes |= {"exit_code": ending.exit.code, "seconds": round(ending.exit.seconds, 3)}
        self._replace(name, **changes)
        self.tell(f"cell.{state}", cell=name)

    def outcome(self, outcome: Outcome, *, bytes_written: int) -> None:
        """Enter how a cell ended and tell it."""
        self._replace(
            outcome.cell,
            state=CellState.ENDED,
            exit_class=outcome.exit_class,
            exit_code=outcome.exit_code,
            seconds=round(outcome.seconds, 3),
            bytes_written=bytes_written,
            detail=outcome.detail,
            resets_at=outcome.resets_at,
            usage=outcome.usage,
        )
        self.tell(
            "cell.outcome",
            cell=outcome.cell,
            exit_class=str(outcome.exit_class),
            seconds=round(outcome.seconds, 3),
        )

    def tell(self, event: str, *, cell: str = "", **data: str | float | bool) -> None:
        """Append one event."""
        self._seq += 1
        entry = Event(seq=self._seq, time=self._now(), event=event, cell=cell, data=data)
        self._workspace.append(EVENTS, load.to_line(entry))

    def _replace(self, name: str, **changes: object) -> None:
        cells = tuple(
            dataclasses.replace(cell, **changes) if cell.name == name else cell  # type: ignore[arg-type]  # keys are fields of CellStatus
            for cell in self.status.cells
        )
        self.status = dataclasses.replace(self.status, cells=cells)
        self._save()

    def _save(self) -> None:
        self.status = dataclasses.replace(self.status, updated=self._now())
        self._workspace.write(STATUS, load.to_json(self.status))

    def _now(self) -> str:
        return stamp(self._clock.now())


def outcome_of(cell: CellStatus) -> Outcome | None:
    """Return a recorded cell's outcome, None where it has not ended."""
    if cell.exit_class is None:
        return None
    return Outcome(
        cell=cell.name,
        role=cell.role,
        owner=cell.owner,
        exit_class=cell.exit_class,
        exit_code=cell.exit_code,
        seconds=cell.seconds,
        detail=cell.detail,
        resets_at=cell.resets_at,
        usage=cell.usage,
    )


def _last_seq(workspace: Workspace) -> int:
    if not workspace.exists(EVENTS):
        return 0
    lines = workspace.read_bytes(EVENTS, limit=1024**3).splitlines()
    # A kill in mid-write can tear the last line; numbering goes on after it all the same.
    return len(lines)
