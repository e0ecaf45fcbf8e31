"""Runs cells of a round on the engine and keeps the record while they go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from multicooker.app.journal import Journal
from multicooker.app.kitchen import Kitchen
from multicooker.app.opening import Opened
from multicooker.domain.cook import AuthMode
from multicooker.domain.outcome import CellState, EndCause, Ending
from multicooker.domain.round import Cell
from multicooker.errors import EngineError
from multicooker.pipeline.plan import Jobs, credential_path, decide_jobs
from multicooker.pipeline.run import Observer, run

CANCEL = ".cancel"
"""Its presence asks the cooking process to stop."""
_LOOK = 2.0
"""Seconds between looks at what only a person watching wants: last lines, bytes."""


def how_many(kitchen: Kitchen, opened: Opened, cells: Sequence[Cell], *, asked: int | None) -> Jobs:
    """Return how many cells run at once and why."""
    from_spec = opened.spec.limits.jobs
    return decide_jobs(cells, engine=kitchen.engine.info, from_spec=from_spec, asked=asked)


def run_cells(
    kitchen: Kitchen, opened: Opened, journal: Journal, cells: Sequence[Cell], *, jobs: int
) -> Mapping[str, Ending]:
    """Run cells to their ends, keep their logs, and return the endings by cell name."""
    workspace = opened.workspace
    journal.add_cells(cells)

    def stopped() -> bool:
        return kitchen.stopped() or workspace.exists(CANCEL)

    watching = _Watching(kitchen, opened)
    by_name = {cell.name: cell for cell in cells}

    def changed(name: str, state: CellState, ending: Ending | None) -> None:
        journal.cell(name, state, ending)
        if ending is not None and ending.exit.code is not None:
            watching.ended(by_name[name])

    endings = run(
        cells,
        project=opened.project,
        engine=kitchen.engine,
        clock=kitchen.clock,
        jobs=jobs,
        stopped=stopped,
        observer=Observer(
            changed=changed,
            rows=kitchen.progress.cells,
            size=watching.size,
            last_lines=watching.last_lines,
        ),
    )
    for ending in endings:
        if ending.cause is not EndCause.NOT_STARTED:
            _keep_log(kitchen, opened, ending.cell)
    return {ending.cell: ending for ending in endings}


def snapshot_credentials(kitchen: Kitchen, opened: Opened, cells: Sequence[Cell]) -> None:
    """Copy the credentials that cells need into `.auth/`, readable by the cells' user alone."""
    if opened.spec.auth is AuthMode.NONE:
        return
    workspace, user = opened.workspace, opened.round.user
    for entry in opened.used(cells):
        if not entry.flavor.credentials:
            continue
        workspace.make_folder(".auth", owner=user)
        workspace.make_folder(f".auth/{entry.flavor.name}", owner=user)
        for at, source in enumerate(entry.flavor.credentials):
            path = credential_path(entry.flavor.name, at)
            workspace.write(path, kitchen.credentials.read(source), owner=user)


def sweep(kitchen: Kitchen, opened: Opened) -> None:
    """Remove what a cook leaves on the engine, and its credentials."""
    opened.workspace.remove(".auth")
    opened.workspace.remove(CANCEL)
    kitchen.engine.remove(opened.project)


class _Watching:
    """Gathers what a person sees, and only while a person watches."""

    def __init__(self, kitchen: Kitchen, opened: Opened) -> None:
        self._kitchen = kitchen
        self._opened = opened
        self._looked = kitchen.clock.monotonic()
        self._lines: dict[str, str] = {}
        self._sizes: dict[str, int] = {}
        self._ended: list[Cell] = []

    def last_lines(self, names: Sequence[str]) -> Mapping[str, str]:
        if self._kitchen.progress.live:
            cells, self._ended = self._ended, []
            now = self._kitchen.clock.monotonic()
            if now - self._looked >= _LOOK:
                self._looked = now
                cells += [cell for cell in self._opened.round.cells if cell.name in names]
            if cells:
                self._look(cells)
        return self._lines

    def _look(self, cells: Sequence[Cell]) -> None:
        for cell in cells:
            self._sizes[cell.name] = self._opened.workspace.size(f"{cell.folder}/out")
        names = [cell.name for cell in cells]
        # A look is a courtesy: what matters is asked again elsewhere.
        with suppress(EngineError):
            self._lines |= self._kitchen.engine.last_lines(self._opened.project, names)

    def ended(self, cell: Cell) -> None:
        """Have it looked at once more: what it wrote at its very end was not seen yet."""
        self._ended.append(cell)

    def size(self, cell: Cell) -> int:
        return self._sizes.get(cell.name, 0)


def _keep_log(kitchen: Kitchen, opened: Opened, name: str) -> None:
    limit = opened.spec.limits.log_bytes
    try:
        data = kitchen.engine.logs(opened.project, name, limit=limit)
    except EngineError as error:
        data = f"(the engine gave no log: {error.message})\n".encode()
    if len(data) >= limit:
        data = b"(truncated: this is the end of a longer log)\n" + data
    opened.workspace.make_folder("logs")
    opened.workspace.write(f"logs/{name}.log", data)
