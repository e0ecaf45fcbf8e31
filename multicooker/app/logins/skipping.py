"""Cells that are not started because their login cannot be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from multicooker.app.journal import Journal
from multicooker.app.opening import Opened
from multicooker.domain.outcome import ExitClass, Outcome
from multicooker.domain.round import Cell


def skip(opened: Opened, journal: Journal, cells: Sequence[Cell]) -> Mapping[str, Outcome]:
    """Record those of the cells that are refused; return their outcomes by owner."""
    refused = [cell for cell in cells if cell.name in opened.logins.refused]
    journal.add_cells(refused)
    outcomes = {}
    for cell in refused:
        outcomes[cell.owner] = Outcome(
            cell=cell.name,
            role=cell.role,
            owner=cell.owner,
            exit_class=ExitClass.SKIPPED,
            exit_code=None,
            seconds=0.0,
            detail=str(opened.logins.refused[cell.name]),
        )
        journal.outcome(outcomes[cell.owner], bytes_written=0)
    return outcomes
