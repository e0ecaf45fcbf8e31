"""The main job: from an opened cook to sealed submissions, and on to a verdict."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from multicooker.app import (
    building,
    judging,
    networking,
    opening,
    overriding,
    rendering,
    reporting,
    resuming,
    running,
    sealing,
    submitting,
)
from multicooker.app.journal import Journal, read_status, stamp
from multicooker.app.kitchen import Kitchen
from multicooker.app.logins import admitting
from multicooker.app.opening import Opened
from multicooker.app.results import CookPlan, CookResult
from multicooker.app.rounds import archive, archive_judging, has_result, keep_inputs, last_number
from multicooker.domain.flavor import Role
from multicooker.domain.outcome import (
    CookState,
    CookStatus,
    Outcome,
)
from multicooker.domain.round import Cell
from multicooker.errors import BadInputError, CancelledError, MulticookerError
from multicooker.pipeline.render import COMPOSE

_UNFINISHED = frozenset({CookState.BUILDING, CookState.COOKING, CookState.JUDGING})


def cook(
    kitchen: Kitchen,
    *,
    task: str,
    judge: bool,
    rebuild: bool,
    fresh: bool,
    jobs: int | None,
    timeout: int | None,
) -> CookResult:
    """Render, build, run, seal, judge and report; goes on where an earlier cook stopped."""
    workspace = kitchen.cooks.open(task)
    with workspace.lock():
        opened, journal, kept = _begin(kitchen, task, judge=judge, fresh=fresh, timeout=timeout)
        if resuming.is_done(journal.status, opened):
            note = resuming.note_on_verdict(kitchen, opened)
            return reporting.result(opened, journal, notes=(*opened.notes, note))
        for note in opened.notes:
            kitchen.progress.note(note)
        try:
            notes = _work(kitchen, opened, journal, kept, judge=judge, rebuild=rebuild, jobs=jobs)
        except (MulticookerError, KeyboardInterrupt) as error:
            _give_up(journal, error)
            raise
        finally:
            running.sweep(kitchen, opened)
            reporting.write_usage(opened, journal)
        return reporting.result(opened, journal, notes=(*opened.notes, *notes))


def judge(kitchen: Kitchen, *, task: str, jobs: int | None) -> CookResult:
    """Let the judges vote anew on what is sealed; the earlier vote is kept under rounds/."""
    workspace = kitchen.cooks.open(task)
    with workspace.lock():
        opened, journal, sealed = _sealed(kitchen, task)
        resuming.check_same_task(opened, sealed)
        judges = opened.round.judges
        if not judges:
            raise BadInputError("cook.yaml: judges: there are none", hint="add at least one judge")
        running.sweep(kitchen, opened)  # what a killed process left running
        opened = admitting.admit_early(kitchen, opened, judges)
        try:
            rendering.write(kitchen, opened, rendering.rendered(kitchen, opened))
            _make_ready(kitchen, opened, judges, rebuild=False)
            opened = admitting.admit(kitchen, opened, judges)
            decided = running.how_many(kitchen, opened, judges, asked=jobs)
            if workspace.exists(reporting.VERDICT):
                archive_judging(workspace, opened.round.number)
            keep_inputs(workspace)
            judging.judge_sealed(kitchen, opened, journal, sealed, jobs=decided.count)
        except (MulticookerError, KeyboardInterrupt) as error:
            if journal.status.state is CookState.JUDGING:  # else the earlier vote still stands
                _give_up(journal, error)
            raise
        finally:
            running.sweep(kitchen, opened)
            reporting.write_usage(opened, journal)
        return reporting.result(opened, journal, notes=opened.notes)


def report(kitchen: Kitchen, *, task: str) -> CookResult:
    """Write leaderboard.md and report.html anew from verdict.json."""
    opened, journal, _ = _sealed(kitchen, task)
    reporting.rewrite(kitchen, opening.as_judged(kitchen, opened))
    return reporting.result(opened, journal, notes=())


def plan_cook(
    kitchen: Kitchen,
    *,
    task: str,
    judge: bool,
    rebuild: bool,
    fresh: bool,
    jobs: int | None,
    timeout: int | None,
) -> CookPlan:
    """Return what `cook` would do, without doing any of it."""
    workspace = kitchen.cooks.open(task)
    status = read_status(workspace)
    opened = opening.open_cook(kitchen, task, timeout=timeout)
    kept = () if fresh else resuming.kept(status, opened)
    decided = running.how_many(kitchen, opened, opened.round.participants, asked=jobs)
    cells: tuple[Cell, ...] = ()
    tight: tuple[str, ...] = ()
    if not fresh and status and resuming.is_done(status, opened):
        steps = [resuming.note_on_verdict(kitchen, opened)]
    else:
        asked = _asked(opened, kept, judge=judge)
        opened = admitting.admit_early(kitchen, opened, asked, kept=bool(kept))
        todo = resuming.todo(opened, kept)
        judges = tuple(cell for cell in asked if cell.role is Role.JUDGE)
        steps = _steps(opened, kept, todo, judges, rebuild=rebuild)
        cells = (*todo, *judges)
        tight = networking.check_room(kitchen, opened, cells)
        if status and (fresh or status.fingerprint != opened.fingerprint):
            steps.insert(0, f"move round {status.round} under rounds/")
    return CookPlan(
        task=task,
        jobs=decided.count,
        jobs_why=decided.why,
        steps=tuple(steps),
        cells=tuple(str(cell) for cell in cells),
        notes=(*opened.notes, *tight),
    )


def _steps(
    opened: Opened,
    kept: Sequence[Outcome],
    todo: Sequence[Cell],
    judges: Sequence[Cell],
    *,
    rebuild: bool,
) -> list[str]:
    steps = ["render compose.yaml"]
    steps += [
        f"build {entry.image}" if rebuild else f"build {entry.image} unless it is there"
        for entry in opened.used((*opened.round.participants, *judges))
    ]
    steps += [f"keep {outcome.owner}: {outcome.exit_class} from before" for outcome in kept]
    steps += [f"run {cell.name}" for cell in todo]
    steps += [f"skip {name}: {it}" for name, it in opened.logins.refused.items()]
    if todo or not opened.workspace.exists(sealing.MANIFEST):
        steps.append("seal the submissions under random labels")
    steps += [f"run {cell.name}" for cell in judges]
    return [*steps, "report"] if judges else steps


def _begin(
    kitchen: Kitchen, task: str, *, judge: bool, fresh: bool, timeout: int | None
) -> tuple[Opened, Journal, tuple[Outcome, ...]]:
    """Open the cook and decide what of an earlier one counts."""
    workspace = kitchen.cooks.open(task)
    workspace.remove(running.CANCEL)
    workspace.remove(".auth")  # copies that a killed process left, whatever its record says
    status = read_status(workspace)
    number = status.round if status else 1
    opened = opening.open_cook(kitchen, task, number=number, timeout=timeout)
    if fresh or status is None or not resuming.is_done(status, opened):
        kept = () if fresh else resuming.kept(status, opened)
        asked = _asked(opened, kept, judge=judge)
        opened = admitting.admit_early(kitchen, opened, asked, kept=bool(kept))
    if status is None and has_result(workspace):
        number = last_number(workspace) + 1  # its record is gone, what it made is not
        earlier = True
    else:
        earlier = status is not None and (fresh or status.fingerprint != opened.fingerprint)
    if earlier:
        running.sweep(kitchen, opened)  # nothing may write into what is moved
        _check_first(kitchen, opened, opened.round.cells if judge else opened.round.participants)
        archive(workspace, number)
        opened = dataclasses.replace(
            opened, round=dataclasses.replace(opened.round, number=number + 1)
        )
        status = None
    if status is None:
        status = _new_status(kitchen, opened)
    journal = Journal(workspace, kitchen.clock, status)
    if status.state in _UNFINISHED:
        # Its process died: what it left running is swept before anything is started.
        running.sweep(kitchen, opened)
    return opened, journal, resuming.kept(status, opened)


def _asked(opened: Opened, kept: Sequence[Outcome], *, judge: bool) -> tuple[Cell, ...]:
    """Return the cells that need a login now."""
    judges = opened.round.judges if judge else ()
    willing = [cell for cell in judges if cell.name not in opened.logins.refused]
    return (*resuming.todo(opened, kept), *willing)


def _check_first(kitchen: Kitchen, opened: Opened, wanted: Sequence[Cell]) -> None:
    """Find out what would refuse to cook, while the earlier result is still in its place."""
    networking.check_room(kitchen, opened, wanted)
    files = rendering.rendered(kitchen, opened)
    opened.workspace.write(COMPOSE, files[COMPOSE], private=False)
    _make_ready(kitchen, opened, wanted, rebuild=False)


def _make_ready(kitchen: Kitchen, opened: Opened, wanted: Sequence[Cell], *, rebuild: bool) -> None:
    """See to it that cells could start: their images are there, and compose takes the override."""
    building.ensure_images(
        kitchen, opened.used(wanted), ca_bundle=opened.spec.ca_bundle, rebuild=rebuild
    )
    overriding.check_merged(kitchen, opened, wanted)


def _sealed(kitchen: Kitchen, task: str) -> tuple[Opened, Journal, sealing.Sealed]:
    """Open a cook whose submissions are sealed; BadInputError where they are not."""
    workspace = kitchen.cooks.open(task)
    status = read_status(workspace)
    sealed = sealing.read_seal(workspace, check=True)
    again = " --fresh" if workspace.exists(reporting.VERDICT) else ""
    if status is None or sealed is None:
        raise BadInputError(
            f"{task} has no sealed submissions", hint=f"`multicooker cook {task}{again}` makes them"
        )
    opened = opening.open_cook(kitchen, task, number=status.round)
    return opened, Journal(workspace, kitchen.clock, status), sealed


def _work(
    kitchen: Kitchen,
    opened: Opened,
    journal: Journal,
    kept: Sequence[Outcome],
    *,
    judge: bool,
    rebuild: bool,
    jobs: int | None,
) -> tuple[str, ...]:
    progress = kitchen.progress
    tight = networking.check_room(kitchen, opened, _asked(opened, kept, judge=judge))
    for note in tight:
        progress.note(note)
    progress.stage("render")
    rendering.write(kitchen, opened, rendering.rendered(kitchen, opened))
    keep_inputs(opened.workspace)
    progress.stage("build")
    journal.state(CookState.BUILDING)
    wanted = opened.round.cells if judge else opened.round.participants
    _make_ready(kitchen, opened, wanted, rebuild=rebuild)
    asked = _asked(opened, kept, judge=judge)
    opened = admitting.admit(kitchen, opened, asked, kept=bool(kept))
    decided = running.how_many(kitchen, opened, opened.round.participants, asked=jobs)
    notes = [*tight, f"at most {decided.count} cells at once: {decided.why}"]
    notes += [f"{outcome.owner}: kept from before ({outcome.exit_class})" for outcome in kept]
    sealed = sealing.read_seal(opened.workspace, check=True)
    todo = resuming.todo(opened, kept)
    if sealed is None or todo:
        sealed = submitting.cook_and_seal(
            kitchen, opened, journal, kept, earlier=sealed, jobs=decided.count
        )
    if judge and opened.round.judges:
        if todo:  # time has passed, and a login that was too short may have been renewed
            opened = admitting.admit_anew(kitchen, opened, opened.round.judges)
        judging.judge_sealed(kitchen, opened, journal, sealed, jobs=decided.count)
    elif judge:
        notes.append("no judges in cook.yaml: sealed, not judged")
    return tuple(notes)


def _give_up(journal: Journal, error: BaseException) -> None:
    """Record why a cook ended early."""
    if isinstance(error, (KeyboardInterrupt, CancelledError)):
        journal.state(CookState.CANCELLED, detail="stopped by the user")
    else:
        journal.state(CookState.FAILED, detail=str(error).splitlines()[0])


def _new_status(kitchen: Kitchen, opened: Opened) -> CookStatus:
    now = stamp(kitchen.clock.now())
    return CookStatus(
        task=opened.task,
        project=opened.project.name,
        state=CookState.NEW,
        round=opened.round.number,
        started=now,
        updated=now,
        pid=kitchen.pid,
        fingerprint=opened.fingerprint,
    )
