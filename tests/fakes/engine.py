r"""A container engine in memory, whose cells follow scripts on a fake clock.

    engine = FakeEngine(
        clock=clock,
        scripts={
            "alice": Ends(after=2.0, writes={"index.html": b"<h1>"}, log=b"done\n"),
            "bob": Hangs(),
            "carol": CannotStart("exec: not found"),
        },
        write=lambda cell, path, data: workspace.write(f"work/{cell}/out/{path}", data),
    )

Nothing happens by itself: time passes only in `watch(...).next(timeout)`, which moves the clock to
the next event or by the timeout, and in `stop`, where a cell that ignores it takes all its grace.
Held to the same contract as the real engine by tests/contract/test_engine_contract.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from multicooker.domain.outcome import Exit
from multicooker.domain.round import Project
from multicooker.errors import BuildError, EngineError
from multicooker.ports import BuildRequest, CellEvent, EngineInfo, Watch
from tests.fakes.cell_scripts import CannotStart, Does, Ends, Hangs, Receives, Script
from tests.fakes.engine_guests import FakeGuests

__all__ = ["CannotStart", "Does", "Ends", "FakeEngine", "Hangs", "Receives", "Script"]

TERMINATED = 143
KILLED = 137
GONE = Exit(code=None, gone=True, error="the container is gone: somebody removed it")
INFO = EngineInfo(
    version="26.1.5",
    compose_version="2.26.1",
    context="default",
    cpus=4,
    memory=16 * 1024**3,
    storage_driver="overlay2",
    runtimes=("runc",),
)


@dataclass(slots=True, kw_only=True)
class _Container:
    script: Script
    started: float
    ended: Exit | None = None
    printed: bytes = b""
    """By a cell that was given something."""


@dataclass(slots=True, kw_only=True)
class FakeEngine(FakeGuests):
    """`ports.ContainerEngine`: scripts by cell name; a cell without one ends at once, well.

    `calls` lists every call as (verb, *what it was about), for tests that count what is started.
    Setting `down` to a reason makes every call fail with it, and an open watch break.
    """

    scripts: Mapping[str, Script] = field(default_factory=dict)
    write: Callable[[str, str, bytes], None] = lambda _cell, _path, _data: None
    engine_info: EngineInfo = INFO
    merged_files: Mapping[str, object] = field(default_factory=dict)
    """What `merged` returns."""
    present: dict[str, str] = field(default_factory=dict)
    """Image id by tag."""
    registry: frozenset[str] = frozenset()
    """Images that a pull finds."""
    broken_builds: Mapping[str, str] = field(default_factory=dict)
    """The last lines of builds that fail, by tag."""
    builds: list[BuildRequest] = field(default_factory=list)
    given: dict[tuple[str, str], dict[str, bytes]] = field(default_factory=dict)
    """Files that were given, by project and cell."""
    _containers: dict[tuple[str, str], _Container] = field(default_factory=dict)
    _events: list[tuple[str, CellEvent]] = field(default_factory=list)

    def info(self) -> EngineInfo:
        self._called("info")
        return self.engine_info

    def merged(self, project: Project) -> Mapping[str, object]:
        self._called("merged", project.name)
        return self.merged_files

    def images(self, tags: Sequence[str]) -> Mapping[str, str]:
        self._called("images", *tags)
        return {tag: self.present[tag] for tag in tags if tag in self.present}

    def pull(self, image: str) -> bool:
        self._called("pull", image)
        if image in self.registry:
            self._make_image(image)
        return image in self.registry

    def load_base(self, archive: str, tag: str) -> None:
        self._called("load_base", archive, tag)
        self._make_image(tag)

    def tag(self, image: str, name: str) -> None:
        self._called("tag", image, name)
        if image not in self.present:
            raise EngineError(f"tagging {image}: no such image")
        self.present[name] = self.present[image]

    def build(self, request: BuildRequest) -> None:
        self._called("build", request.tag)
        self.builds.append(request)
        if request.tag in self.broken_builds:
            raise BuildError(f"building {request.tag} failed: {self.broken_builds[request.tag]}")
        if request.base not in self.present:
            raise BuildError(f"building {request.tag} failed: {request.base} is not there")
        self._make_image(request.tag)

    def up(self, project: Project, cells: Sequence[str], *, recreate: bool = False) -> None:
        self._called("up", *cells)
        reasons = []
        for cell in cells:
            old = self._containers.get((project.name, cell))
            if old is not None and old.ended is None and not recreate:
                continue
            if (error := self._start(project, cell)) is not None:
                reasons.append(f"{cell}: {error}")
        if reasons:
            raise EngineError(f"starting {', '.join(cells)}: {'; '.join(reasons)}")

    @contextmanager
    def watch(self, project: Project) -> Iterator[Watch]:
        self._called("watch", project.name)
        yield _FakeWatch(engine=self, project=project, seen=len(self._events))

    def exits(self, project: Project, cells: Sequence[str]) -> Mapping[str, Exit]:
        self._called("exits", *cells)
        self.settle()
        found = {cell: self._containers.get((project.name, cell)) for cell in cells}
        exits = {cell: one.ended if one is not None else GONE for cell, one in found.items()}
        return {cell: ended for cell, ended in exits.items() if ended is not None}

    def stop(self, project: Project, cells: Sequence[str], *, grace: int) -> None:
        self._called("stop", *cells)
        running = [(cell, one) for cell in cells if (one := self._alive(project, cell)) is not None]
        stubborn = [one for _, one in running if _is_stubborn(one.script)]
        if stubborn:
            self.clock.sleep(grace)
        for cell, one in running:
            if one.ended is None:
                self._end(project.name, cell, one, KILLED if one in stubborn else TERMINATED)

    def logs(self, project: Project, cell: str, *, limit: int) -> bytes:
        self._called("logs", cell)
        self.settle()
        if (project.name, cell) not in self._containers:
            raise EngineError(f"the log of {cell}: no such container")
        return self._log(project, cell)[-limit:] if limit else b""

    def last_lines(self, project: Project, cells: Sequence[str]) -> Mapping[str, str]:
        self._called("last_lines", *cells)
        self.settle()
        lines = {cell: self._lines(project, cell) for cell in cells}
        return {cell: found[-1] for cell, found in lines.items() if found}

    def follow(self, project: Project, cells: Sequence[str]) -> Iterator[tuple[str, str]]:
        self._called("follow", *cells)
        for cell in cells:
            one = self._alive(project, cell)
            if one is not None and isinstance(one.script, Ends):
                self.clock.sleep(max(one.started + one.script.after - self.clock.monotonic(), 0.0))
                self.settle()
            yield from ((cell, line) for line in self._lines(project, cell))

    def remove(self, project: Project) -> tuple[str, ...]:
        self._called("remove", project.name)
        self.settle()
        keys = [key for key in self._containers if key[0] == project.name]
        for name, cell in keys:
            one = self._containers[name, cell]
            if one.ended is None:
                self._end(name, cell, one, KILLED)
            del self._containers[name, cell]
        return tuple(project.container(cell) for _, cell in keys)

    def remove_images(self, tags: Sequence[str]) -> None:
        self._called("remove_images", *tags)
        for tag in tags:
            self.present.pop(tag, None)

    def remove_by_hand(self, project: Project, cell: str) -> None:
        """Do what `docker rm -f` of somebody else does."""
        one = self._containers.pop((project.name, cell))
        if one.ended is None:
            self._end(project.name, cell, one, KILLED)

    def settle(self) -> None:
        """End the cells whose time has come by the clock, in the order of their times."""
        now = self.clock.monotonic()
        due = [(at, key) for at, key in self._due() if at <= now]
        for _, (name, cell) in due:
            one = self._containers[name, cell]
            if isinstance(one.script, Ends):
                self._finish(name, cell, one, one.script)

    def next_end(self) -> float | None:
        """Return when the next cell ends by its script, on the monotonic clock."""
        return next((at for at, _ in self._due()), None)

    def events_since(self, seen: int, project: Project) -> list[tuple[int, CellEvent]]:
        """Return (index, event) of the project's events from index `seen` on."""
        found = enumerate(self._events[seen:], start=seen)
        return [(index, event) for index, (name, event) in found if name == project.name]

    def give(self, project: Project, cell: str, path: str, data: bytes) -> None:
        self._called("give", cell, path)
        one = self._alive(project, cell)
        if one is None:
            raise EngineError(f"giving {path} to {cell}: its container is not running")
        self.given.setdefault((project.name, cell), {})[path] = data
        if isinstance(one.script, Receives) and one.script.path == path:
            one.printed = data + b" 600\n"
            one.ended = Exit(code=0, seconds=self.clock.monotonic() - one.started)
            self._tell(project.name, cell, "die")

    def _due(self) -> list[tuple[float, tuple[str, str]]]:
        return sorted(
            (one.started + one.script.after, key)
            for key, one in self._containers.items()
            if one.ended is None and isinstance(one.script, Ends)
        )

    def _start(self, project: Project, cell: str) -> str | None:
        script = self.scripts.get(cell, Ends())
        one = _Container(script=script, started=self.clock.monotonic())
        self._containers[project.name, cell] = one
        if isinstance(script, CannotStart):
            one.ended = Exit(code=None, error=script.error)
            return script.error
        self._tell(project.name, cell, "start")
        if isinstance(script, Hangs):
            self._write(cell, script.writes)
        return None

    def _finish(self, name: str, cell: str, one: _Container, script: Ends) -> None:
        self._write(cell, script.writes)
        if script.oom:
            self._tell(name, cell, "oom")
        one.ended = Exit(code=script.code, oom_killed=script.oom, seconds=script.after)
        self._tell(name, cell, "die")

    def _end(self, name: str, cell: str, one: _Container, code: int) -> None:
        one.ended = Exit(code=code, seconds=self.clock.monotonic() - one.started)
        self._tell(name, cell, "die")

    def _tell(self, name: str, cell: str, action: str) -> None:
        self._events.append((name, CellEvent(cell=cell, action=action)))

    def _write(self, cell: str, files: Mapping[str, bytes]) -> None:
        for path, data in files.items():
            self.write(cell, path, data)

    def _alive(self, project: Project, cell: str) -> _Container | None:
        self.settle()
        one = self._containers.get((project.name, cell))
        return one if one is not None and one.ended is None else None

    def _log(self, project: Project, cell: str) -> bytes:
        one = self._containers.get((project.name, cell))
        if one is None or isinstance(one.script, (CannotStart, Receives)):
            return b"" if one is None else one.printed
        return one.script.log

    def _lines(self, project: Project, cell: str) -> list[str]:
        text = self._log(project, cell).decode("utf-8", "replace")
        return text.removesuffix("\n").split("\n") if text else []

    def _make_image(self, tag: str) -> None:
        self.present[tag] = f"sha256:{hashlib.sha256(tag.encode()).hexdigest()}"


@dataclass(slots=True, kw_only=True)
class _FakeWatch:
    engine: FakeEngine
    project: Project
    seen: int

    def next(self, timeout: float) -> CellEvent | None:
        self.engine.check()
        self.engine.settle()
        event = self._pending()
        if event is not None:
            return event
        clock, at = self.engine.clock, self.engine.next_end()
        wait = timeout if at is None else min(timeout, at - clock.monotonic())
        clock.sleep(max(wait, 0.0))
        self.engine.settle()
        return self._pending()

    def _pending(self) -> CellEvent | None:
        events = self.engine.events_since(self.seen, self.project)
        if not events:
            return None
        index, event = events[0]
        self.seen = index + 1
        return event


def _is_stubborn(script: Script) -> bool:
    return isinstance(script, Hangs) and script.ignores_stop
