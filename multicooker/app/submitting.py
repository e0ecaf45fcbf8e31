"""Participants' cells → sealed submissions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from multicooker.app import rendering, resuming, running, sealing
from multicooker.app.journal import Journal
from multicooker.app.kitchen import Kitchen
from multicooker.app.logins import skipping
from multicooker.app.opening import Opened
from multicooker.domain.outcome import (
    CookState,
    EndCause,
    ExitClass,
    Harvest,
    Outcome,
)
from multicooker.errors import CancelledError
from multicooker.pipeline.collect import outcome as collect
from multicooker.pipeline.report.words import counted


def cook_and_seal(
    kitchen: Kitchen,
    opened: Opened,
    journal: Journal,
    kept: Sequence[Outcome],
    *,
    earlier: sealing.Sealed | None,
    jobs: int,
) -> sealing.Sealed:
    """Run the participants that have not ended yet, and seal what all of them handed in.

    Whoever is kept from before and was no part of the `earlier` seal is none of the new one: what
    was withheld for a credential in it would pass now that its owner's login is not read.
    """
    workspace = opened.workspace
    stay_out = _stay_out(kept, earlier)
    kitchen.progress.stage("run")
    journal.state(CookState.COOKING)
    sealing.unseal(workspace)
    todo = resuming.todo(opened, kept)
    for cell in todo:
        rendering.make_writable(workspace, cell, opened.round.user, empty=True)
    ran = running.run_cells(kitchen, opened, journal, todo, jobs=jobs) if todo else {}
    kitchen.progress.stage("seal")
    harvests = _harvest(kitchen, opened, ran, stay_out)
    outcomes = _outcomes(opened, journal, kept, ran, harvests)
    if any(outcome.exit_class is ExitClass.CANCELLED for outcome in outcomes):
        raise CancelledError(
            "stopped: what was finished is kept",
            hint=f"go on with `multicooker cook {opened.task}`",
        )
    sealed = sealing.seal(kitchen, opened, outcomes, harvests, stay_out=stay_out)
    journal.state(CookState.SEALED, detail=counted(len(sealed.labels), "submission"))
    return sealed


def _stay_out(kept: Sequence[Outcome], earlier: sealing.Sealed | None) -> dict[str, str]:
    """Return who of those kept was not sealed, and why."""
    owners = {outcome.owner for outcome in kept}
    absent = earlier.key.absent if earlier is not None else ()
    return {it.name: it.reason for it in absent if it.name in owners}


def _harvest(
    kitchen: Kitchen,
    opened: Opened,
    ran: Mapping[str, running.Ran],
    stay_out: Mapping[str, str],
) -> dict[str, Harvest]:
    """Copy what was handed in, by owner.

    In an order nobody can foresee: a copy's inode number and times tell when it was made.
    """
    never_ran = {name for name, one in ran.items() if one.ending.cause is EndCause.NOT_STARTED}
    never_ran |= opened.logins.refused.keys()
    taken = [cell for cell in opened.round.participants if cell.name not in never_ran]
    owners = [cell.owner for cell in taken if cell.owner not in stay_out]
    return {owner: sealing.harvest(opened, owner) for owner in kitchen.randomness.shuffled(owners)}


def _outcomes(
    opened: Opened,
    journal: Journal,
    kept: Sequence[Outcome],
    ran: Mapping[str, running.Ran],
    harvests: Mapping[str, Harvest],
) -> list[Outcome]:
    """Return and record how every participant's cell ended, in the order of cook.yaml."""
    known = {outcome.owner: outcome for outcome in kept}
    known |= skipping.skip(opened, journal, resuming.todo(opened, kept, refused=True))
    told = {cell.name for cell in journal.status.cells if cell.exit_class is not None}
    for cell in opened.round.participants:
        if cell.name in ran:
            found = ran[cell.name]
            harvest = harvests.get(cell.owner)
            known[cell.owner] = collect(cell, found.ending, harvest, found.reading)
        if cell.name not in told:
            size = harvests[cell.owner].size if cell.owner in harvests else 0
            journal.outcome(known[cell.owner], bytes_written=size)
    return [known[cell.owner] for cell in opened.round.participants]
