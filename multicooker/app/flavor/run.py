"""`flavor check --run`: what only shows on the engine, in cells as hardened as those of a cook."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from multicooker.app import building, cooking, opening, rendering, reporting, running
from multicooker.app.flavor.checks import doubtful, failed, fine
from multicooker.app.journal import Journal, read_status, stamp
from multicooker.app.kitchen import Kitchen
from multicooker.app.opening import BRIEF, SPEC, Opened
from multicooker.app.results import Check, Level
from multicooker.domain.display import display_line
from multicooker.domain.flavor import Flavor, KnownFlavor, Role
from multicooker.domain.outcome import (
    CellStatus,
    CookState,
    CookStatus,
    EndCause,
    Ending,
    ExitClass,
)
from multicooker.domain.round import Cell
from multicooker.errors import CancelledError, EngineError, MulticookerError
from multicooker.ports import Workspace

_DEMO = "demo"
"""Cooks something to judge where the flavor itself cannot without a login."""
_SECONDS = 120
"""In which a cell has to end by itself: there is nearly nothing to do, or nobody to do it for."""
_PROBE = "cook/cell/probe.sh"
_PROBLEM = "problem: "
_SAYS = "says: "
_NOT_FOUND = frozenset({126, 127})
"""Exit codes of a shell that cannot run what it is told to."""
_NOT_BY_ITSELF = frozenset(
    {
        ExitClass.COULD_NOT_START,
        ExitClass.KILLED,
        ExitClass.OUT_OF_MEMORY,
        ExitClass.SKIPPED,
        ExitClass.TIMED_OUT,
    }
)
_WIDTH = 200
_MOST_LOG = 64 * 1024**2
"""More than `limits.log_bytes` keeps."""
_BRIEF_TEXT = "# A note\n\nWrite one sentence about bread to note.txt.\n"


def run_flavor(kitchen: Kitchen, *, name: str) -> tuple[Check, ...]:
    """Build a flavor's image, look around in a cell of it, and cook with it, all in a place aside.

    A flavor that needs no login has to do everything that it claims. One that needs a login is
    run without any and without network: it has to say so and to end.
    """
    known = kitchen.resources.flavor(name)
    image = _image(kitchen, known)
    if image.level is Level.FAIL:
        return (image,)
    with kitchen.cooks.scratch() as cooks:
        aside = replace(kitchen, cooks=cooks)
        trial = _Trial(kitchen=aside, flavor=known.flavor)
        return (image, *trial.look_around(), *trial.cook())


def _image(kitchen: Kitchen, known: KnownFlavor) -> Check:
    try:
        (image,) = building.ensure_images(kitchen, (known,), ca_bundle=None, rebuild=False)
    except CancelledError:
        raise
    except MulticookerError as error:
        return _refused("image", error)
    return fine("image", f"{image.tag} is built" if image.built else f"{image.tag} was there")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """One flavor in cooks that exist for this alone."""

    kitchen: Kitchen
    flavor: Flavor

    def look_around(self) -> Iterator[Check]:
        """Run a cell in which a script of ours stands in for the flavor's entrypoint."""
        opened = _probing(self._opened("probe"), self.flavor, self.kitchen)
        cell = next(cell for cell in opened.round.cells if cell.flavor == self.flavor.name)
        try:
            rendering.write(self.kitchen, opened, rendering.rendered(self.kitchen, opened))
            ran = running.run_cells(
                self.kitchen, opened, _journal(self.kitchen, opened), [cell], jobs=1
            )
        except CancelledError:
            raise
        except MulticookerError as error:
            yield _refused("cell", error)
            return
        finally:
            running.sweep(self.kitchen, opened)
        log = _log(opened.workspace, cell.name)
        yield _cell(ran[cell.name].ending, log)
        if self.flavor.version and self.flavor.version_command:
            yield _version(self.flavor, log)

    def cook(self) -> Iterator[Check]:
        """Cook and judge with the flavor, and tell what came of each of its cells."""
        workspace = self._opened("trial").workspace
        stopped: MulticookerError = EngineError("its cell was not run")
        try:
            cooking.cook(
                self.kitchen,
                task="trial",
                judge=True,
                rebuild=False,
                fresh=False,
                jobs=1,
                timeout=None,
            )
        except CancelledError:
            raise
        except MulticookerError as error:
            stopped = error
        cells = _cells(workspace, self.flavor)
        for role in self.flavor.roles:
            ended = cells.get(role)
            if ended is not None and ended.exit_class is not None:
                yield self._ended(ended, workspace, stopped)
            else:
                # The cook that a hint may speak of is gone by then.
                yield failed(str(role), "; ".join(stopped.message.splitlines()))

    def _opened(self, task: str) -> Opened:
        """Make a cook of the flavor and plan it."""
        workspace = self.kitchen.cooks.create(task)
        workspace.write(BRIEF, _BRIEF_TEXT, private=False)
        workspace.write(SPEC, json.dumps(_spec(self.flavor, task)), private=False)
        return opening.open_cook(self.kitchen, task)

    def _ended(self, cell: CellStatus, workspace: Workspace, stopped: MulticookerError) -> Check:
        log = _log(workspace, cell.name)
        told = f"{cell.exit_class}: {cell.detail}"
        last = (
            f"its last words: {display_line(_last(log), _WIDTH)}"
            if _last(log)
            else "it says nothing"
        )
        name = str(cell.role)
        if cell.exit_code in _NOT_FOUND:
            return failed(name, f"{told}; {last}", "is what the entrypoint runs in the image?")
        if cell.exit_class in _NOT_BY_ITSELF:
            return failed(name, f"{told}; {last}", "it has to end by itself, and say why")
        if self.flavor.credential is not None:
            return _without_login(cell, told, last, log)
        if cell.exit_class is not ExitClass.OK:
            return failed(name, f"{told}; {last}", "it needs no login, so it has to do its work")
        if cell.role is Role.JUDGE and not reporting.read_verdict(workspace):
            why = "; ".join(stopped.message.splitlines())
            return failed(name, why, "docs/reference/cell-protocol.md tells what a judge writes")
        return fine(name, told)


def _spec(flavor: Flavor, task: str) -> dict[str, object]:
    """Return the cook.yaml of a cook in which the flavor does all that it claims."""
    alone = Role.PARTICIPANT in flavor.roles and flavor.credential is None
    cooks = [flavor.name] if Role.PARTICIPANT in flavor.roles else []
    judges = [flavor.name] if Role.JUDGE in flavor.roles else []
    if judges and not alone:
        cooks.append(_DEMO)
    return {
        "participants": [
            {"name": f"{task}-{at}", "flavor": name} for at, name in enumerate(cooks, start=1)
        ],
        "judges": [{"name": task, "flavor": name} for name in judges],
        "auth": "none",
        "network": "none",
        "limits": {"timeout": _SECONDS, "judge_timeout": _SECONDS, "grace": 5},
    }


def _probing(opened: Opened, flavor: Flavor, kitchen: Kitchen) -> Opened:
    """Put the probe in the place of the flavor's entrypoint."""
    script = kitchen.resources.template(_PROBE)
    sessions = (flavor.sessions,) if flavor.sessions else ()
    folders = ("/work/out", "/root", "/tmp", *flavor.state, *sessions)  # noqa: S108  # in the cell
    argv = ("/bin/sh", "-c", script, "probe", *folders, "--", *flavor.version_command)

    def probing(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
        return tuple(
            replace(cell, entrypoint=argv) if cell.flavor == flavor.name else cell for cell in cells
        )

    planned = opened.round
    changed = replace(
        planned, participants=probing(planned.participants), judges=probing(planned.judges)
    )
    return replace(opened, round=changed)


def _journal(kitchen: Kitchen, opened: Opened) -> Journal:
    now = stamp(kitchen.clock.now())
    status = CookStatus(
        task=opened.task,
        project=opened.project.name,
        state=CookState.COOKING,
        round=1,
        started=now,
        updated=now,
        pid=kitchen.pid,
        fingerprint=opened.fingerprint,
    )
    return Journal(opened.workspace, kitchen.clock, status)


def _cell(ending: Ending, log: str) -> Check:
    """Tell what the probe found."""
    if ending.cause is not EndCause.ENDED or ending.exit.code != 0:
        why = ending.exit.error or _last(log) or f"exit code {ending.exit.code}"
        return failed(
            "cell",
            f"a script does not run in it: {display_line(why, _WIDTH)}",
            "the image needs /bin/sh and the tools that come with it",
        )
    problems = [
        line.removeprefix(_PROBLEM) for line in log.splitlines() if line.startswith(_PROBLEM)
    ]
    if problems:
        return failed(
            "cell", display_line("; ".join(problems), _WIDTH), "see its Dockerfile.base and state"
        )
    return fine("cell", "not root, a read-only root file system, and its folders can be written to")


def _version(flavor: Flavor, log: str) -> Check:
    """Compare what the CLI says of itself with the version that is pinned."""
    said = display_line(log.partition(_SAYS)[2].strip(), _WIDTH)
    if re.search(rf"(?<![0-9.]){re.escape(flavor.version)}(?![0-9]|[.+-][0-9A-Za-z])", said):
        return fine("cli", said)
    return failed(
        "cli",
        f"`{' '.join(flavor.version_command)}` says {said or 'nothing'}, not {flavor.version}",
        "install ${VERSION} in Dockerfile.base",
    )


def _without_login(cell: CellStatus, told: str, last: str, log: str) -> Check:
    """Tell how a cell ended that needs a login and has none."""
    name = str(cell.role)
    if not log.strip():
        return failed(
            name, f"without a login: {told}; it says nothing", "print a line that says why"
        )
    if cell.exit_class is ExitClass.AUTH_EXPIRED:
        return fine(name, f"without a login: {told}")
    return doubtful(
        name,
        f"without a login: {told}; {last}",
        "end with 77, so that its user is told to log in",
    )


def _cells(workspace: Workspace, flavor: Flavor) -> dict[Role, CellStatus]:
    status = read_status(workspace)
    cells = status.cells if status is not None else ()
    return {cell.role: cell for cell in cells if cell.flavor == flavor.name}


def _log(workspace: Workspace, cell: str) -> str:
    path = f"logs/{cell}.log"
    if not workspace.exists(path):
        return ""
    return workspace.read_bytes(path, limit=_MOST_LOG).decode("utf-8", "replace")


def _last(log: str) -> str:
    lines = log.strip().splitlines()
    return lines[-1] if lines else ""


def _refused(name: str, error: MulticookerError) -> Check:
    return failed(name, "; ".join(error.message.splitlines()), error.hint)
