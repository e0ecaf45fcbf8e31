"""The engine's stream of container events for one project."""

from __future__ import annotations

import threading
import time
from queue import Empty, SimpleQueue
from typing import Self

from multicooker.adapters.docker.answers import parsed
from multicooker.adapters.docker.process import DockerProcess
from multicooker.domain.round import Project
from multicooker.errors import EngineError
from multicooker.ports import CellEvent

PROJECT_LABEL = "com.docker.compose.project"
_SERVICE_LABEL = "com.docker.compose.service"
_ACTIONS = ("start", "oom", "die")
_MOST_BYTES = 65536
_LOOK_BACK = 0.25
"""Seconds before the call from which events are told, for clocks that differ a little.

The stream itself opens some 20 ms after the call, and nothing starts as fast; more would tell again
how the cells of the last round died. Whoever hears of a death confirms it by inspect anyway.
"""


class EventStream:
    """`docker events`, read by a thread into a queue; both end with the `with` block."""

    def __init__(self, project: Project) -> None:
        self._events: SimpleQueue[CellEvent | None] = SimpleQueue()
        self._last_words: list[str] = []
        self._process = DockerProcess(_argv(project), what="docker events", merged=True)
        self._reader = threading.Thread(target=self._read, name="docker events", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._reader.join()
        self._process.close()

    def next(self, timeout: float) -> CellEvent | None:
        """Return the next event, or None after `timeout` seconds; EngineError when it broke."""
        try:
            event = self._events.get(timeout=max(timeout, 0.0))
        except Empty:
            return None
        if event is None:
            self._events.put(None)  # broken is broken, however often one asks
            reason = "; ".join(self._last_words) or "it ended"
            raise EngineError(
                f"the engine's stream of events broke: {reason}",
                hint="see whether `docker info` answers; `cook` again goes on where it stopped",
            )
        return event

    def _read(self) -> None:
        try:
            for line in self._process.lines(limit=_MOST_BYTES):
                event = _event(line)
                if event is not None:
                    self._events.put(event)
                elif not line.startswith("{"):
                    self._last_words = [*self._last_words, line][-3:]
        finally:
            self._events.put(None)


def _argv(project: Project) -> list[str]:
    since = f"{time.time() - _LOOK_BACK:.3f}"
    argv = ["events", "--since", since, "--format", "{{json .}}"]
    filters = ["type=container", f"label={PROJECT_LABEL}={project.name}"]
    filters += [f"event={action}" for action in _ACTIONS]
    return argv + [part for wanted in filters for part in ("--filter", wanted)]


def _event(line: str) -> CellEvent | None:
    if not line.startswith("{"):
        return None
    found = parsed(line)
    cell = found.get("Actor", {}).get("Attributes", {}).get(_SERVICE_LABEL)
    action = found.get("Action") or found.get("status")
    return CellEvent(cell=cell, action=action) if cell and action in _ACTIONS else None
