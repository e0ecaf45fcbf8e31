"""The container engine of this machine, through the docker client."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

from multicooker.adapters.docker import (
    answers,
    building,
    errands,
    failure,
    giving,
    images,
    logs,
    visits,
    volumes,
)
from multicooker.adapters.docker.client import by_files, by_label, call
from multicooker.adapters.docker.events import EventStream
from multicooker.adapters.docker.process import DockerProcess, ask
from multicooker.domain.outcome import Exit
from multicooker.domain.round import Project
from multicooker.errors import EngineError
from multicooker.ports import BuildRequest, EngineInfo, Errand, Visit, Visited, Watch

_PATIENCE = 10.0
_UP_SECONDS = 600.0
_REMOVE_SECONDS = 120.0
_STOP_MARGIN = 10.0
"""Seconds beyond the grace that a stop may take before the cells are killed."""
_SWEEP_PAUSE = 0.3
_QUIET_SWEEPS = 2
_MOST_SWEEPS = 20
_REMOVED = re.compile(r"\s*(?:Container|Network|Volume) +(\S+) +Removed\b")


class DockerEngine:
    """A `ports.ContainerEngine` on the engine that the user's docker client talks to.

    Cheap to make: nothing is started or imported before the first call. `patience` is how many
    seconds the engine may take to answer a question; what changes something has longer bounds.
    """

    def __init__(self, *, patience: float = _PATIENCE) -> None:
        self._patience = patience
        self._info: EngineInfo | None = None
        self._runtimes: dict[str, str] = {}
        """By runtime, why no container starts with it."""
        self._up_ended: dict[str, bool] = {}
        """By project, whether this object's last `up` ended, or was interrupted and may go on."""

    def info(self) -> EngineInfo:
        argv = ("info", "--format", "{{json .}}")
        with DockerProcess(argv, what="docker info", seconds=self._patience) as process:
            # The library takes longer to import than the engine to answer: do both at once.
            import python_on_whales  # noqa: F401  # for its being imported

            self._info = answers.engine_info(process.output())
        return self._info

    def merged(self, project: Project) -> Mapping[str, object]:
        found: Mapping[str, object] = call(
            "compose.yaml with compose.override.yaml",
            lambda client: client.compose.config(return_json=True),
            seconds=self._patience,
            view=by_files(project, judges=True),
        )
        return found

    def images(self, tags: Sequence[str]) -> Mapping[str, str]:
        return images.present(tags, seconds=self._patience)

    def pull(self, image: str) -> bool:
        return images.pull(image)

    def load_base(self, archive: str, tag: str) -> None:
        images.load_base(archive, tag)

    def tag(self, image: str, name: str) -> None:
        images.tag(image, name)

    def build(self, request: BuildRequest) -> None:
        building.build(request, builder=(self._info or self.info()).context)

    def up(self, project: Project, cells: Sequence[str], *, recreate: bool = False) -> None:
        self._up_ended[project.name] = False
        try:
            call(
                f"starting {', '.join(cells)}",
                lambda client: client.compose.up(
                    list(cells),
                    detach=True,
                    dependencies=False,
                    no_build=True,
                    pull="never",
                    recreate=recreate,
                    force_recreate=recreate,
                    quiet=True,
                ),
                seconds=_UP_SECONDS,
                view=by_files(project, judges=False),
            )
        except EngineError:
            self._up_ended[project.name] = True
            raise
        self._up_ended[project.name] = True

    def watch(self, project: Project) -> AbstractContextManager[Watch]:
        return EventStream(project)

    def exits(self, project: Project, cells: Sequence[str]) -> Mapping[str, Exit]:
        if not cells:
            return {}
        names = {cell: project.container(cell) for cell in cells}
        argv = ("inspect", "--type", "container", "--format", answers.STATE_FORMAT)
        text = ask(
            (*argv, *names.values()),
            what="looking at the cells",
            seconds=self._patience,
            tolerate=failure.only_missing,
        )
        return answers.exits(text, names)

    def stop(self, project: Project, cells: Sequence[str], *, grace: int) -> None:
        if not cells:
            return
        names = [project.container(cell) for cell in cells]
        what = f"stopping {', '.join(cells)}"
        try:
            ask(
                ("stop", "-t", str(grace), *names),
                what=what,
                seconds=grace + _STOP_MARGIN,
                tolerate=failure.only_missing,
            )
        except EngineError:
            ask(
                ("kill", *names),
                what=what,
                seconds=_STOP_MARGIN,
                tolerate=failure.only_missing_or_dead,
            )

    def logs(self, project: Project, cell: str, *, limit: int) -> bytes:
        return logs.tail(project, cell, limit=limit)

    def last_lines(self, project: Project, cells: Sequence[str]) -> Mapping[str, str]:
        return logs.last_lines(project, cells) if cells else {}

    def follow(self, project: Project, cells: Sequence[str]) -> Iterator[tuple[str, str]]:
        return logs.follow(project, cells) if cells else iter(())

    def remove(self, project: Project) -> tuple[str, ...]:
        removed = self._sweep(project)
        ended = self._up_ended.get(project.name)
        if ended is False or (ended is None and removed):
            removed += self._sweep_late_ones(project)
        return tuple(dict.fromkeys(removed))

    def remove_images(self, tags: Sequence[str]) -> None:
        images.remove(tags)

    def give(self, project: Project, cell: str, path: str, data: bytes) -> None:
        giving.give(project.container(cell), path, data, what=f"giving {path} to {cell}")

    def volumes(self, names: Sequence[str]) -> tuple[str, ...]:
        return volumes.present(names, seconds=self._patience)

    def volumes_like(self, beginning: str) -> tuple[str, ...]:
        return volumes.like(beginning, seconds=self._patience)

    def remove_volumes(self, names: Sequence[str]) -> tuple[str, ...]:
        return volumes.remove(names, seconds=self._patience)

    def errand(self, errand: Errand) -> bytes:
        return errands.run(errand)

    def attend(self, visit: Visit) -> int:
        return visits.attend(visit, seconds=self._patience)

    def visits(self) -> tuple[Visited, ...]:
        return visits.all_visits(seconds=self._patience)

    def end_visit(self, name: str, *, grace: int) -> bool:
        return visits.end(name, grace=grace, seconds=self._patience)

    def runtime_works(self, runtime: str, image: str) -> str:
        if runtime not in self._runtimes:
            self._runtimes[runtime] = errands.why_runtime_fails(runtime, image)
        return self._runtimes[runtime]

    def _sweep_late_ones(self, project: Project) -> list[str]:
        """Sweep until nothing more turns up.

        A compose that was left behind by an interrupt or a kill goes on creating for a moment.
        """
        removed: list[str] = []
        quiet = 0
        for _ in range(_MOST_SWEEPS):
            time.sleep(_SWEEP_PAUSE)
            found = self._sweep(project)
            removed += found
            quiet = 0 if found else quiet + 1
            if quiet == _QUIET_SWEEPS:
                break
        return removed

    def _sweep(self, project: Project) -> list[str]:
        """Kill and remove, in one process, everything that has the project's label."""
        lines = call(
            f"removing the cells of {project.task}",
            lambda client: list(
                client.compose.down(remove_orphans=True, volumes=True, timeout=0, stream_logs=True)
            ),
            seconds=_REMOVE_SECONDS,
            view=by_label(project),
        )
        text = [line.decode("utf-8", "replace") for _, line in lines]
        return [found.group(1) for line in text if (found := _REMOVED.match(line))]
