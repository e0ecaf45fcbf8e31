"""Participants' cells → sealed submissions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from multicooker.app import resuming, running, sealing
from multicooker.app.journal import Journal
from multicooker.app.kitchen import Kitchen
from multicooker.app.opening import Opened
from multicooker.domain.outcome import (
    CookState,
    EndCause,
    Ending,
    ExitClass,
    Harvest,
    Outcome,
)
from multicooker.errors import CancelledError
from multicooker.pipeline.collect import outcome as collect


def cook_and_seal(
    kitchen: Kitchen,
    opened: Opened,
    journal: Journal,
    kept: Sequence[Outcome],
    *,
    jobs: int,
) -> sealing.Sealed:
    """Run the participants that have not ended yet, and seal what all of them handed in."""
    workspace = opened.workspace
    kitchen.progress.stage("run")
    journal.state(CookState.COOKING)
    sealing.unseal(workspace)
    todo = resuming.todo(opened, kept)
    for cell in todo:
        workspace.remove(f"{cell.folder}/out")
        workspace.make_folder(f"{cell.folder}/out", owner=opened.round.user)
    endings = running.run_cells(kitchen, opened, journal, todo, jobs=jobs) if todo else {}
    kitchen.progress.stage("seal")
    harvests = _harvest(kitchen, opened, endings)
    outcomes = _outcomes(opened, journal, kept, endings, harvests)
    if any(outcome.exit_class is ExitClass.CANCELLED for outcome in outcomes):
        raise CancelledError(
            "stopped: what was finished is kept",
            hint=f"go on with `multicooker cook {opened.task}`",
        )
    sealed = sealing.seal(kitchen, opened, outcomes, harvests)
    journal.state(CookState.SEALED, detail=f"{len(sealed.labels)} submissions")
    return sealed


def _harvest(kitchen: Kitchen, opened: Opened, endings: Mapping[str, Ending]) -> dict[str, Harvest]:
    """Copy what was handed in, by owner.

    In an order nobody can foresee: a copy's inode number and times tell when it was made.
    """
    never_ran = {name for name, one in endings.items() if one.cause is EndCause.NOT_STARTED}
    owners = [cell.owner for cell in opened.round.participants if cell.name not in never_ran]
    return {owner: sealing.harvest(opened, owner) for owner in kitchen.randomness.shuffled(owners)}


def _outcomes(
    opened: Opened,
    journal: Journal,
    kept: Sequence[Outcome],
    endings: Mapping[str, Ending],
    harvests: Mapping[str, Harvest],
) -> list[Outcome]:
    """Return and record how every participant's cell ended, in the order of cook.yaml."""
    known = {outcome.owner: outcome for outcome in kept}
    told = {cell.name for cell in journal.status.cells if cell.exit_class is not None}
    for cell in opened.round.participants:
        if cell.name in endings:
            known[cell.owner] = collect(cell, endings[cell.name], harvests.get(cell.owner))
        if cell.name not in told:
            size = harvests[cell.owner].size if cell.owner in harvests else 0
            journal.outcome(known[cell.owner], bytes_written=size)
    return [known[cell.owner] for cell in opened.round.participants]
