"""Runs cells of a round on the engine and keeps the record while they go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from multicooker.app import readings, rendering, transcripts
from multicooker.app.journal import Journal
from multicooker.app.kitchen import Kitchen
from multicooker.app.opening import Opened
from multicooker.domain.outcome import CellState, EndCause, Ending
from multicooker.domain.reading import Reading
from multicooker.domain.round import Cell
from multicooker.errors import EngineError
from multicooker.pipeline.plan import Jobs, decide_jobs
from multicooker.pipeline.run import Observer, run

CANCEL = ".cancel"
"""Its presence asks the cooking process to stop."""
_LOOK = 2.0
"""Seconds between looks at what only a person watching wants: last lines, bytes."""


def how_many(kitchen: Kitchen, opened: Opened, cells: Sequence[Cell], *, asked: int | None) -> Jobs:
    """Return how many cells run at once and why."""
    from_spec = opened.spec.limits.jobs
    return decide_jobs(cells, engine=kitchen.engine.info, from_spec=from_spec, asked=asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One cell that was run, or tried to."""

    ending: Ending
    reading: Reading | None = None
    """What its CLI told; None where nobody understands its log."""


def run_cells(
    kitchen: Kitchen, opened: Opened, journal: Journal, cells: Sequence[Cell], *, jobs: int
) -> Mapping[str, Ran]:
    """Run cells to their ends, keep what they said, and return what is known, by cell name."""
    workspace = opened.workspace
    journal.add_cells(cells, credentials=opened.logins.described)

    def stopped() -> bool:
        return kitchen.stopped() or workspace.exists(CANCEL)

    watching = _Watching(kitchen, opened)
    by_name = {cell.name: cell for cell in cells}

    def changed(name: str, state: CellState, ending: Ending | None) -> None:
        journal.cell(name, state, ending)
        if state is CellState.RUNNING:
            _hand_over(kitchen, opened, by_name[name])
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
    return {
        ending.cell: Ran(
            ending=ending, reading=_keep(kitchen, opened, by_name[ending.cell], ending)
        )
        for ending in endings
    }


def _hand_over(kitchen: Kitchen, opened: Opened, cell: Cell) -> None:
    """Pipe a running cell its credential, where that is how it gets it."""
    gift = opened.logins.piped.get(cell.name)
    if gift is None:
        return
    # A cell that is dead already has an ending that says why.
    with suppress(EngineError):
        kitchen.engine.give(opened.project, cell.name, gift.path, gift.data)


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
            found = self._kitchen.engine.last_lines(self._opened.project, names)
            for cell in cells:
                self._lines[cell.name] = self._in_words(cell, found.get(cell.name, ""))

    def _in_words(self, cell: Cell, line: str) -> str:
        """Return a line in the words of its dialect; what it was before where it says nothing."""
        dialect = self._kitchen.dialects.named(cell.dialect) if cell.dialect else None
        words = dialect.tell(line) if dialect is not None else (line,)
        said = words[-1] if words else self._lines.get(cell.name, "")
        return self._opened.logins.mask.text(said)

    def ended(self, cell: Cell) -> None:
        """Have it looked at once more: what it wrote at its very end was not seen yet."""
        self._ended.append(cell)

    def size(self, cell: Cell) -> int:
        return self._sizes.get(cell.name, 0)


def _keep(kitchen: Kitchen, opened: Opened, cell: Cell, ending: Ending) -> Reading | None:
    """Keep a cell's log and transcript, without secrets; return what its CLI told."""
    if ending.cause is EndCause.NOT_STARTED:
        return None
    mask = opened.logins.mask
    # A cell may have closed its folders to everybody; what it left is looked at all the same.
    rendering.make_writable(opened.workspace, cell, opened.round.user)
    data = _log(kitchen, opened, cell)
    opened.workspace.make_folder("logs")
    opened.workspace.write(f"logs/{cell.name}.log", mask.data(data))
    said = transcripts.keep(kitchen, opened, cell, mask)
    return readings.read(kitchen, cell, data, said, mask)


def _log(kitchen: Kitchen, opened: Opened, cell: Cell) -> bytes:
    limit = opened.spec.limits.log_bytes
    try:
        data = kitchen.engine.logs(opened.project, cell.name, limit=limit)
    except EngineError as error:
        return f"(the engine gave no log: {error.message})\n".encode()
    if len(data) >= limit:
        # A line that lost its beginning may hold a piece of a secret that nobody recognises.
        whole = data[data.find(b"\n") + 1 :]
        return b"(truncated: this is the end of a longer log)\n" + whole
    return data
