"""What cells print: kept whole up to a limit, their last lines, or as it comes.

All of it is what a stranger's program wrote, so nothing here trusts its size or its content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from multicooker.adapters.docker import failure
from multicooker.adapters.docker.process import DockerProcess
from multicooker.domain.round import Project

_LOG_SECONDS = 120.0
_LINE_SECONDS = 20.0
_MOST_LINE_BYTES = 262144
_COMPOSE_CLEARS = re.compile(r"^(\x1b\[\d*K)+")
_REPLICA = "-1"


def tail(project: Project, cell: str, *, limit: int) -> bytes:
    """Return the last `limit` bytes of a cell's two streams, in the order they were written."""
    what = f"the log of {cell}"
    argv = ("logs", project.container(cell))
    with DockerProcess(argv, what=what, seconds=_LOG_SECONDS, merged=True) as process:
        data = process.tail(limit=limit)
        if process.code() != 0:
            raise failure.failed(what, data.decode("utf-8", "replace"))
        return data


def last_lines(project: Project, cells: Sequence[str]) -> dict[str, str]:
    """Return each cell's last line, in one process for all; cells that wrote none are left out."""
    # Two, because compose leaves out a line that has not ended yet.
    argv = _argv(project, "--tail", "2", *cells)
    what = "the last lines"
    with DockerProcess(argv, what=what, seconds=_LINE_SECONDS, merged=True) as process:
        return dict(_of_cells(process.lines(limit=_MOST_LINE_BYTES), cells))


def follow(project: Project, cells: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (cell, line) until the cells have ended; closing the iterator ends the process."""
    argv = _argv(project, "--follow", *cells)
    with DockerProcess(argv, what="the logs", merged=True) as process:
        complaints: list[str] = []
        yield from _of_cells(process.lines(limit=_MOST_LINE_BYTES), cells, rest=complaints)
        if process.code() != 0:
            raise failure.failed("the logs", "\n".join(complaints))


def _argv(project: Project, *options: str) -> list[str]:
    # No files: compose goes by labels, so a log can be read whatever became of compose.yaml.
    return [
        *("compose", "--env-file", "/dev/null", "--project-name", project.name),
        *("logs", "--no-color", *options),
    ]


def _of_cells(
    lines: Iterator[str], cells: Sequence[str], rest: list[str] | None = None
) -> Iterator[tuple[str, str]]:
    """Yield (cell, line) of what compose prefixes with `<cell>-1 | `."""
    known = set(cells)
    for line in lines:
        # Compose writes the prefix before anything of the cell's, so no cell can pose as another.
        prefix, bar, text = _COMPOSE_CLEARS.sub("", line).partition("|")
        cell = prefix.rstrip().removesuffix(_REPLICA)
        if bar and cell in known:
            yield cell, text.removeprefix(" ")
        elif rest is not None:
            rest.append(line)
            del rest[:-8]
