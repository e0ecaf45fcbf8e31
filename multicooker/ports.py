"""What the core needs from the world, as small protocols; `adapters/` has the real ones.

Each fake in `tests/fakes/` passes the same contract suite as the real thing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from multicooker.domain.flavor import BaseImage, CredentialSource, KnownFlavor
from multicooker.domain.outcome import Exit, Harvest
from multicooker.domain.round import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineInfo:
    """What an engine says of itself."""

    version: str
    compose_version: str
    context: str
    cpus: int
    memory: int
    """Bytes."""
    storage_driver: str
    runtimes: tuple[str, ...] = ()
    address_pools: tuple[str, ...] = ()
    """Configured pools, `base/size`; empty where the engine uses its defaults."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CellEvent:
    """Something the engine told about one cell's container."""

    cell: str
    action: str
    """`start`, `oom` or `die`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest:
    """One image to make."""

    tag: str
    folder: str
    """Holds `Dockerfile.base`; nothing else of it reaches the build, whose context is empty."""
    base: str
    """Image that replaces the Dockerfile's FROM, present on the engine."""
    labels: Mapping[str, str]
    ca_bundle: str | None = None
    """PEM file passed as the build secret `ca_bundle`."""
    fresh: bool = False


class Watch(Protocol):
    """An open stream of one project's container events."""

    def next(self, timeout: float) -> CellEvent | None:
        """Return the next event, or None after `timeout` seconds; EngineError when it broke."""


class ContainerEngine(Protocol):
    """A container engine with Compose v2. Every call is bounded in time; all raise EngineError."""

    def info(self) -> EngineInfo: ...

    def merged(self, project: Project) -> Mapping[str, object]:
        """Return compose.yaml and its override as compose itself merges them."""

    def images(self, tags: Sequence[str]) -> Mapping[str, str]:
        """Return image id by tag, for the tags that are present."""

    def pull(self, image: str) -> bool:
        """Pull an image; False where no registry answers or none has it."""

    def load_base(self, archive: str, tag: str) -> None:
        """Make an image of a root file system in a tar file."""

    def build(self, request: BuildRequest) -> None:
        """Build one image; BuildError with the build's last lines where it fails."""

    def up(self, project: Project, cells: Sequence[str], *, recreate: bool = False) -> None:
        """Create and start cells in the background; raises when any of them could not start."""

    def watch(self, project: Project) -> AbstractContextManager[Watch]:
        """Open the event stream; events from the moment of this call on are seen."""

    def exits(self, project: Project, cells: Sequence[str]) -> Mapping[str, Exit]:
        """Inspect cells; only those that are dead or could not start are in the result."""

    def stop(self, project: Project, cells: Sequence[str], *, grace: int) -> None:
        """Stop politely, kill after `grace` seconds; returns when they are dead."""

    def logs(self, project: Project, cell: str, *, limit: int) -> bytes:
        """Return a cell's log, at most its last `limit` bytes."""

    def last_lines(self, project: Project, cells: Sequence[str]) -> Mapping[str, str]:
        """Return each cell's last log line, raw."""

    def follow(self, project: Project, cells: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yield (cell, raw line) of the logs so far and from now on, until the cells end."""

    def remove(self, project: Project) -> tuple[str, ...]:
        """Kill and remove every container, network and volume labelled as the project's."""

    def remove_images(self, tags: Sequence[str]) -> None:
        """Remove images, those in use excepted."""


class BaseImages(Protocol):
    """Where flavors' images start from, with or without a registry."""

    def ensure(
        self,
        base: BaseImage,
        *,
        engine: ContainerEngine,
        ca_bundle: str | None,
        tell: Callable[[str], None],
    ) -> str:
        """Return an image on the engine to build FROM; `tell` hears which way it was made."""


class Clock(Protocol):
    """Time."""

    def now(self) -> datetime:
        """Return the wall-clock time, in UTC."""

    def monotonic(self) -> float:
        """Return seconds that never jump."""

    def sleep(self, seconds: float) -> None: ...


class Randomness(Protocol):
    """Chance."""

    def shuffled(self, items: Iterable[str]) -> tuple[str, ...]:
        """Return the items in an order nobody can foresee."""


class Credentials(Protocol):
    """The owner's logins on this host."""

    def has(self, source: CredentialSource) -> bool: ...

    def read(self, source: CredentialSource) -> bytes:
        """Return the credential; CredentialsError where it is missing or unreadable."""


class Resources(Protocol):
    """Templates and flavors."""

    def template(self, name: str) -> str:
        """Return a template's text by its path below `templates/`; KeyError if there is none."""

    def templates_root(self) -> str:
        """Return the absolute path of `templates/`."""

    def flavors(self, cook_folder: str | None = None) -> Mapping[str, KnownFlavor]:
        """Return every known flavor by name: the cook's own, packages', built in."""

    def problems(self, cook_folder: str | None = None) -> Mapping[str, str]:
        """Return why flavors that were found do not load, by name; `flavors` lacks them."""

    def flavor(self, name: str, cook_folder: str | None = None) -> KnownFlavor:
        """Return one flavor; BadInputError where it is unknown or does not load."""

    def folder(self, name: str, cook_folder: str | None = None) -> str:
        """Return where a flavor lies, whether it loads or not; BadInputError where unknown."""

    def readme(self, known: KnownFlavor) -> str:
        """Return a flavor's README.md; a stranger may have written it."""

    def skeleton(self) -> Mapping[str, bytes]:
        """Return the files a new flavor starts from; `__NAME__` in them stands for its name."""

    def files(self, known: KnownFlavor) -> Mapping[str, bytes]:
        """Return what is mounted at /opt/cell: relative path to content."""


class Workspace(Protocol):
    """One cook folder. Paths are relative to it; links are never followed on the way."""

    @property
    def folder(self) -> str:
        """Return the absolute path of the cook folder."""

    def exists(self, path: str) -> bool: ...

    def read_text(self, path: str, *, limit: int) -> str:
        """Return a regular file's UTF-8 text; BadInputError names what is wrong with it."""

    def read_bytes(self, path: str, *, limit: int) -> bytes:
        """Return a regular file's bytes; BadInputError names what is wrong with it."""

    def write(
        self, path: str, data: str | bytes, *, private: bool = True, owner: str | None = None
    ) -> None:
        """Replace a file atomically and durably; private ones are 0600, the rest 0644.

        `owner` is `uid:gid` where root invokes and a cell has to read a private file.
        """

    def append(self, path: str, line: str) -> None:
        """Append one line to a private file."""

    def make_folder(self, path: str, *, owner: str | None = None, private: bool = True) -> None:
        """Create a folder and its parents; `owner` is `uid:gid` where root invokes."""

    def names(self, path: str) -> tuple[str, ...]:
        """Return the sorted names in a folder; empty where there is none."""

    def size(self, path: str) -> int:
        """Return the bytes of regular files below a folder, as far as a bounded look sees."""

    def fingerprint(self, path: str) -> str:
        """Return SHA-256 over the names and contents of a file or folder; '' where absent."""

    def copy_clean(self, source: str, target: str, *, max_bytes: int, max_files: int) -> Harvest:
        """Copy regular files with an O_NOFOLLOW walk into a new folder, and hash them."""

    def survey(self, path: str) -> Harvest:
        """Walk a folder the same way without copying: what is there now, hashed."""

    def rename(self, source: str, target: str) -> None:
        """Move a file or folder within the cook, durably; the target must not exist."""

    def remove(self, path: str) -> None:
        """Remove a file or a whole folder, however hostile; nothing where absent."""

    def lock(self) -> AbstractContextManager[None]:
        """Hold the cook; BusyError (who, since when) where another process holds it."""

    def holder(self) -> int | None:
        """Return the pid that holds the cook now, None where nobody does."""


class Cooks(Protocol):
    """The folder that holds every cook."""

    @property
    def root(self) -> str:
        """Return its absolute path."""

    def tasks(self) -> tuple[str, ...]:
        """Return the sorted names of the folders that are cooks (they hold a BRIEF.md)."""

    def open(self, task: str) -> Workspace:
        """Return a cook; BadInputError for a bad name, a link, or where there is none."""

    def create(self, task: str) -> Workspace:
        """Make a new cook's folder; BadInputError where the name is taken."""

    def user(self, task: str) -> str:
        """Return `uid:gid` that the task's cells run as, never root."""

    def scratch(self) -> AbstractContextManager[Cooks]:
        """Open an empty folder for cooks that is gone when it is closed."""


class Progress(Protocol):
    """Somebody who wants to watch. Called often; must not raise."""

    @property
    def live(self) -> bool:
        """Return True where last lines and sizes are seen, so that gathering them is worth it."""

    def note(self, text: str) -> None:
        """Tell one line."""

    def stage(self, name: str) -> None:
        """Tell that a stage of the product sentence begins."""

    def cells(self, rows: Sequence[CellRow]) -> None:
        """Tell where every cell of the running round is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRow:
    """One row of the live table."""

    name: str
    flavor: str
    state: str
    seconds: float
    timeout: int
    bytes_written: int
    last_line: str
    """Raw: whoever shows it must neutralise it."""


Stopper = Callable[[], bool]
"""Returns True once the user asked to stop."""
