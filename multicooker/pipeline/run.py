"""Cells x engine x clock → endings. Executes what `plan` decided and decides nothing itself.

One loop looks at the engine's events, the clock and the user's wish to stop; there is no thread
per cell, so fifty cells cost what one costs and a fake clock tests every timeout in no time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from multicooker.domain.outcome import CellState, EndCause, Ending, Exit
from multicooker.domain.round import Cell, Project
from multicooker.errors import EngineError
from multicooker.ports import CellRow, Clock, ContainerEngine, Stopper, Watch

_TICK = 0.5
"""Seconds between looks at the clock and at the user's wish to stop."""
_SETTLE = 0.1
"""Seconds to wait for further deaths, so that cells ending together cost one inspect."""
_CONFIRM = 10.0
"""Seconds without news after which running cells are inspected: events can be missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observer:
    """Who hears of the run while it goes on; every part may be left out."""

    changed: Callable[[str, CellState, Ending | None], None] = lambda *_: None
    """A cell entered a state; the ending comes with `ENDED`."""
    rows: Callable[[Sequence[CellRow]], None] = lambda _: None
    """All cells, once per tick."""
    size: Callable[[Cell], int] = lambda _: 0
    """Bytes a cell has written so far."""
    last_lines: Callable[[Sequence[str]], Mapping[str, str]] = lambda _: {}
    """Last log line of running cells."""


def run(
    cells: Sequence[Cell],
    *,
    project: Project,
    engine: ContainerEngine,
    clock: Clock,
    jobs: int,
    stopped: Stopper,
    observer: Observer,
) -> tuple[Ending, ...]:
    """Run cells, at most `jobs` at once, and return how each ended, in the order given.

    A cell that fails never stops the others. Raises EngineError only where the engine itself is
    gone; the cells' containers are left for the caller to read and to remove.
    """
    state = _Run(
        cells={cell.name: cell for cell in cells},
        project=project,
        engine=engine,
        clock=clock,
        observer=observer,
        queue=[cell.name for cell in cells],
    )
    with engine.watch(project) as watch:
        while len(state.endings) < len(cells):
            if stopped():
                state.cancel()
                break
            state.start(jobs)
            state.stop_late()
            state.listen(watch)
            state.show()
        state.show()
    return tuple(state.endings[cell.name] for cell in cells)


@dataclass(slots=True, kw_only=True)
class _Run:
    """What is known about the cells while they run."""

    cells: Mapping[str, Cell]
    project: Project
    engine: ContainerEngine
    clock: Clock
    observer: Observer
    queue: list[str]
    started: dict[str, float] = field(default_factory=dict)
    endings: dict[str, Ending] = field(default_factory=dict)
    news: float = 0.0
    """When the engine was last heard of, on the monotonic clock."""

    @property
    def running(self) -> list[str]:
        """Return the cells that were started and have not ended."""
        return [name for name in self.started if name not in self.endings]

    def start(self, jobs: int) -> None:
        """Start as many queued cells as there are free places."""
        free = jobs - len(self.running)
        batch, self.queue = self.queue[:free], self.queue[free:]
        if not batch:
            return
        for name in batch:
            self.observer.changed(name, CellState.STARTING, None)
        self._up(batch)

    def _up(self, batch: list[str]) -> None:
        error = self._try(batch, recreate=True)
        if not error:
            for name in batch:
                self.observer.changed(name, CellState.RUNNING, None)
            return
        if len(batch) == 1:
            self._not_started(batch[0], error)
            return
        # One bad cell makes compose give up on the whole batch: find out which, one at a time.
        # What it was doing to the others may still be on its way, so a second try may fare better.
        for name in batch:
            alone = self._try([name], recreate=False) and self._try([name], recreate=True)
            if alone:
                self._not_started(name, alone)
            else:  # at once, while others are tried: it may wait for its credential
                self.observer.changed(name, CellState.RUNNING, None)

    def _try(self, batch: list[str], *, recreate: bool) -> str:
        """Start cells; return why they could not be started, '' where they were."""
        try:
            self.engine.up(self.project, batch, recreate=recreate)
        except EngineError as error:
            return error.message
        self.news = self.clock.monotonic()
        self.started |= dict.fromkeys(batch, self.news)
        return ""

    def _not_started(self, name: str, error: str) -> None:
        self._end(name, EndCause.NOT_STARTED, Exit(code=None, error=error))

    def listen(self, watch: Watch) -> None:
        """Wait a tick for news, then confirm by inspect what the news say."""
        if not self.running:
            return
        dead: set[str] = set()
        event = watch.next(_TICK)
        while event is not None:
            if event.action == "die":
                dead.add(event.cell)
            if dead.issuperset(self.running):
                break  # nobody is left whose death could follow
            event = watch.next(_SETTLE)
        now = self.clock.monotonic()
        if not dead and now - self.news < _CONFIRM:
            return
        self.news = now
        self._confirm([name for name in self.running if not dead or name in dead])

    def _confirm(self, names: Sequence[str], cause: EndCause = EndCause.ENDED) -> None:
        for name, ended in self.engine.exits(self.project, names).items():
            if ended.gone:
                spent = round(self.clock.monotonic() - self.started[name], 3)
                self._end(name, cause, replace(ended, seconds=spent))
                continue
            never_ran = ended.code is None and bool(ended.error)
            self._end(name, EndCause.NOT_STARTED if never_ran else cause, ended)

    def stop_late(self) -> None:
        """Stop cells whose time is up."""
        now = self.clock.monotonic()
        late = [
            name for name in self.running if now - self.started[name] >= self.cells[name].timeout
        ]
        if late:
            self._stop(late, EndCause.TIMED_OUT)

    def cancel(self) -> None:
        """Stop what runs, and end everything that has not ended as cancelled."""
        if self.running:
            self._confirm(self.running)  # what ended by itself meanwhile keeps its own ending
        if self.running:
            self._stop(self.running, EndCause.CANCELLED)
        for name in self.cells:
            if name not in self.endings:
                self._end(name, EndCause.CANCELLED, Exit(code=None))

    def _stop(self, names: Sequence[str], cause: EndCause) -> None:
        for name in names:
            self.observer.changed(name, CellState.STOPPING, None)
        grace = max(self.cells[name].grace for name in names)
        self.engine.stop(self.project, names, grace=grace)
        self._confirm(names, cause)

    def _end(self, name: str, cause: EndCause, ended: Exit) -> None:
        ending = Ending(cell=name, cause=cause, exit=ended)
        self.endings[name] = ending
        self.observer.changed(name, CellState.ENDED, ending)

    def show(self) -> None:
        """Tell whoever watches where every cell is."""
        now = self.clock.monotonic()
        lines = self.observer.last_lines(self.running)
        self.observer.rows([self._row(cell, now, lines) for cell in self.cells.values()])

    def _row(self, cell: Cell, now: float, lines: Mapping[str, str]) -> CellRow:
        ending = self.endings.get(cell.name)
        begun = self.started.get(cell.name)
        seconds = now - begun if begun is not None else 0.0
        return CellRow(
            name=cell.name,
            flavor=cell.flavor,
            state=self._state(cell.name),
            seconds=ending.exit.seconds if ending else seconds,
            timeout=cell.timeout,
            bytes_written=self.observer.size(cell),
            last_line=lines.get(cell.name, ""),
        )

    def _state(self, name: str) -> str:
        if name in self.endings:
            return _how(self.endings[name])
        return CellState.RUNNING if name in self.started else CellState.QUEUED


def _how(ending: Ending) -> str:
    """Return what is known about an end before its output was looked at."""
    if ending.cause is not EndCause.ENDED:
        return ending.cause
    if ending.exit.gone:
        return "gone"
    return f"exit {ending.exit.code}" if ending.exit.code else CellState.ENDED
