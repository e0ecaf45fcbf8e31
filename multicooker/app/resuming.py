"""What of an earlier try still counts: outcomes, the seal, the verdict."""

from __future__ import annotations

from collections.abc import Sequence

from multicooker.app import judging, reporting, sealing
from multicooker.app.journal import outcome_of
from multicooker.app.kitchen import Kitchen
from multicooker.app.opening import Opened
from multicooker.domain.flavor import Role
from multicooker.domain.outcome import (
    CellState,
    CellStatus,
    CookState,
    CookStatus,
    EndCause,
    Ending,
    Exit,
    ExitClass,
    Outcome,
)
from multicooker.domain.round import Cell
from multicooker.errors import BadInputError, DiskError
from multicooker.pipeline.collect import outcome as collect


def kept(status: CookStatus | None, opened: Opened) -> tuple[Outcome, ...]:
    """Return the outcomes of an earlier try that need no second one."""
    if status is None or status.fingerprint != opened.fingerprint:
        return ()
    cells = {cell.owner: cell for cell in opened.round.participants}
    known = [
        (cells[entry.owner], entry)
        for entry in status.cells
        if entry.role is Role.PARTICIPANT and entry.owner in cells
    ]
    if opened.workspace.exists(sealing.MANIFEST):
        found = [outcome_of(entry) for _, entry in known]
        return tuple(
            outcome
            for outcome in found
            if outcome is not None and outcome.exit_class is not ExitClass.SKIPPED
        )
    found = [_finished(opened, cell, entry) for cell, entry in known]
    return tuple(
        outcome for outcome in found if outcome is not None and outcome.exit_class is ExitClass.OK
    )


def is_done(status: CookStatus, opened: Opened) -> bool:
    """Tell whether there is a verdict on what is asked for now.

    One without participants that were skipped is none: their owner may have logged in since.
    """
    skipped = [cell.owner for cell in status.cells if cell.exit_class is ExitClass.SKIPPED]
    return (
        status.state is CookState.DONE
        and not skipped
        and status.fingerprint == opened.fingerprint
        and opened.workspace.exists(reporting.VERDICT)
    )


def todo(opened: Opened, already: Sequence[Outcome], *, refused: bool = False) -> tuple[Cell, ...]:
    """Return the participants' cells that are still to run; or that would be, but are refused."""
    done = {outcome.owner for outcome in already}
    left = [cell for cell in opened.round.participants if cell.owner not in done]
    return tuple(cell for cell in left if (cell.name in opened.logins.refused) is refused)


def check_same_task(opened: Opened, sealed: sealing.Sealed) -> None:
    """Refuse to judge what was made from another brief, raw/ or by other participants."""
    if sealed.seal.made_from not in {"", opened.made_from}:
        raise BadInputError(
            f"{opened.task}: BRIEF.md, raw/ or the participants in cook.yaml are not those the"
            " sealed submissions were made from",
            hint=f"put them back, or make new submissions with `multicooker cook {opened.task}`:"
            " it keeps these under rounds/",
        )


def note_on_verdict(kitchen: Kitchen, opened: Opened) -> str:
    """Say whether the verdict that is there is one by the judges and rubric asked for now."""
    verdict = reporting.read_verdict(opened.workspace)
    sealed = sealing.read_seal(opened.workspace, check=False)
    if verdict is None or sealed is None:
        return "already cooked from the same inputs; `--fresh` cooks again and keeps this one"
    asked = {cell.owner: cell for cell in opened.round.judges}
    heard = {cast.judge for cast in verdict.ballots}
    silent = {absence.name for absence in verdict.missing_judges}
    same = asked.keys() == heard | silent and all(
        judging.recalled(kitchen, opened, asked[name], sealed) for name in heard
    )
    if same:
        return "already cooked from the same inputs; `--fresh` cooks again and keeps this one"
    return (
        "already cooked, but judged by other judges, another rubric or another JUDGE_BRIEF.md"
        f" than now: `multicooker judge {opened.task}` judges the same submissions anew"
    )


def _holds_something(opened: Opened, folder: str) -> bool:
    """Tell whether a cell left anything; where it closed the folder to everybody, nothing."""
    try:
        return bool(opened.workspace.names(folder))
    except DiskError:
        return False


def _finished(opened: Opened, cell: Cell, entry: CellStatus) -> Outcome | None:
    """Return the outcome of a cell that was not sealed yet, None where it is to run again."""
    folder = f"{cell.folder}/out"
    if entry.state is not CellState.ENDED or not _holds_something(opened, folder):
        return None
    if entry.exit_class is not None or entry.exit_code is None:
        return outcome_of(entry)
    if cell.dialect:
        return None  # nobody read what its CLI told of its end, and exit codes tell too little
    # Its process was killed between the cell's end and the look at what it wrote.
    limits, survey = opened.spec.limits, opened.workspace.survey(folder)
    if survey.size > limits.output_bytes or len(survey.files) > limits.output_files:
        return None
    ended = Exit(code=entry.exit_code, seconds=entry.seconds)
    return collect(cell, Ending(cell=cell.name, cause=EndCause.ENDED, exit=ended), survey)
