"""Verbs that stop and remove: cancel, clean."""

from __future__ import annotations

from contextlib import suppress

from multicooker.app import opening, running
from multicooker.app.journal import Journal, read_status
from multicooker.app.kitchen import Kitchen
from multicooker.app.results import CancelResult, CleanResult
from multicooker.app.rounds import RESULTS
from multicooker.domain.cook import Limits
from multicooker.domain.outcome import CookState
from multicooker.errors import BadInputError, BusyError
from multicooker.ports import Workspace

_WAIT = 30.0
"""Seconds past the grace period that a cooking process gets to stop by itself."""
_GENERATED = (".cells", ".auth", running.CANCEL)
_EVERYTHING = (*RESULTS, "rounds", "events.jsonl", "compose.yaml", ".tmp")
_OVER = frozenset({CookState.NEW, CookState.SEALED, CookState.DONE, CookState.FAILED})


def cancel(kitchen: Kitchen, *, task: str) -> CancelResult:
    """Stop a cook from outside: ask its process first, then remove what is left."""
    workspace = kitchen.cooks.open(task)
    was_running = workspace.holder() is not None
    if was_running:
        _ask_to_stop(kitchen, workspace, task)
    with workspace.lock():
        removed = kitchen.engine.remove(opening.project_of(workspace, task))
        workspace.remove(".auth")
        workspace.remove(running.CANCEL)
        found = read_status(workspace)
        if found is not None and found.state not in _OVER:
            journal = Journal(workspace, kitchen.clock, found)
            if found.state is not CookState.CANCELLED:
                journal.state(CookState.CANCELLED, detail="stopped with `multicooker cancel`")
    return CancelResult(task=task, was_running=was_running, removed=removed)


def clean(kitchen: Kitchen, *, task: str, everything: bool) -> CleanResult:
    """Remove what a cook left on the engine and what a render writes; with `everything` all of it.

    The user's own files (brief, cook.yaml, override, raw/) are never touched.
    """
    workspace = kitchen.cooks.open(task)
    with workspace.lock():
        removed = kitchen.engine.remove(opening.project_of(workspace, task))
        doomed = _GENERATED + (_EVERYTHING if everything else ())
        files = tuple(sorted({path for path in doomed if workspace.exists(path)}))
        for path in doomed:
            workspace.remove(path)
    return CleanResult(task=task, engine=removed, files=files)


def _ask_to_stop(kitchen: Kitchen, workspace: Workspace, task: str) -> None:
    workspace.write(running.CANCEL, "")  # empty: it must find its place on a full disk
    grace = Limits().grace
    with suppress(BadInputError):  # cook.yaml may be half edited: cells must stop all the same
        grace = opening.open_cook(kitchen, task).spec.limits.grace
    patience = kitchen.clock.monotonic() + grace + _WAIT
    while workspace.holder() is not None:
        if kitchen.clock.monotonic() > patience:
            raise BusyError(
                f"{task}: process {workspace.holder()} did not stop in time",
                hint="end that process, then run `multicooker cancel` again",
            )
        kitchen.clock.sleep(0.1)
