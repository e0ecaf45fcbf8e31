"""Verbs that only look: overview, status, logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from multicooker.app import opening, reporting
from multicooker.app.journal import read_status
from multicooker.app.kitchen import Kitchen
from multicooker.app.results import CookSummary, OverviewResult, StatusResult
from multicooker.domain.mask import Mask
from multicooker.domain.outcome import CookState, CookStatus
from multicooker.errors import BadInputError, MulticookerError
from multicooker.ports import Dialect, Workspace

_MAX_LOG = 1024**3


def overview(kitchen: Kitchen) -> OverviewResult:
    """Return the cooks here and how they stand."""
    return OverviewResult(
        cooks_folder=kitchen.cooks.root,
        cooks=tuple(_summary(kitchen, task) for task in kitchen.cooks.tasks()),
    )


def status(kitchen: Kitchen, *, task: str) -> StatusResult:
    """Return a cook's record and whether a process cooks it now."""
    workspace = kitchen.cooks.open(task)
    found = read_status(workspace)
    if found is None:
        raise BadInputError(
            f"{task} was not cooked yet", hint=f"`multicooker cook {task}` cooks it"
        )
    report = f"{workspace.folder}/{reporting.REPORT}" if workspace.exists(reporting.REPORT) else ""
    return StatusResult(status=found, alive=workspace.holder() is not None, report=report)


def logs(
    kitchen: Kitchen, *, task: str, cells: tuple[str, ...], follow: bool, raw: bool = False
) -> Iterator[tuple[str, str]]:
    """Yield (cell, line): live from the engine with `follow`, else what was kept.

    Lines of CLIs that we understand are in words, unless `raw`. Nothing of it may act on a
    screen before it is made safe; what has the shape of a token is blanked here.
    """
    workspace = kitchen.cooks.open(task)
    found = read_status(workspace)
    known = tuple(cell.name for cell in found.cells) if found else ()
    wanted = tuple(_cell_name(name, known) for name in cells) or known
    if follow and workspace.holder() is not None:
        lines = kitchen.engine.follow(opening.project_of(workspace, task), wanted)
    else:
        lines = _kept_lines(workspace, wanted)
    readers = {} if raw or found is None else _readers(kitchen, workspace, found)
    return _told(lines, readers)


def in_words(dialect: Dialect | None, line: str) -> tuple[str, ...]:
    """Return a log line as a person wants to read it; () where it says nothing."""
    return (line,) if dialect is None else dialect.tell(line)


def _readers(
    kitchen: Kitchen, workspace: Workspace, status: CookStatus
) -> Mapping[str, Dialect | None]:
    """Return the reader of each cell's log."""
    known = kitchen.resources.flavors(workspace.folder)
    spoken = {name: entry.flavor.dialect for name, entry in known.items()}
    return {cell.name: kitchen.dialects.named(spoken.get(cell.flavor, "")) for cell in status.cells}


def _told(
    lines: Iterator[tuple[str, str]], readers: Mapping[str, Dialect | None]
) -> Iterator[tuple[str, str]]:
    mask = Mask()  # the values themselves are known only where the cook runs
    for cell, line in lines:
        for words in in_words(readers.get(cell), line):
            yield cell, mask.text(words)


def _cell_name(name: str, known: tuple[str, ...]) -> str:
    for candidate in (name, f"judge-{name}"):
        if candidate in known:
            return candidate
    listed = ", ".join(known) or "none yet"
    raise BadInputError(f"no cell is named {name!r}", hint=f"cells: {listed}")


def _kept_lines(workspace: Workspace, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name in names:
        path = f"logs/{name}.log"
        if workspace.exists(path):
            text = workspace.read_bytes(path, limit=_MAX_LOG).decode("utf-8", "replace")
            for line in text.removesuffix("\n").split("\n") if text else ():
                yield name, line


def _summary(kitchen: Kitchen, task: str) -> CookSummary:
    try:
        workspace = kitchen.cooks.open(task)
        found = read_status(workspace)
    except MulticookerError as error:
        return CookSummary(task=task, state=error.message, verdict="", updated="")
    if found is None:
        return CookSummary(task=task, state=str(CookState.NEW), verdict="", updated="")
    state = str(found.state)
    if found.state in {CookState.BUILDING, CookState.COOKING, CookState.JUDGING} and (
        workspace.holder() is None
    ):
        state = f"{state}, interrupted"
    return CookSummary(task=task, state=state, verdict=found.verdict, updated=found.updated)
