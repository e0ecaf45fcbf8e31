"""What the core needs from the world, as small protocols; `adapters/` has the real ones.

Each fake in `tests/fakes/` passes the same contract suite as the real thing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from multicooker.domain.cook import NetworkMode
from multicooker.domain.cook import Resources as CellResources
from multicooker.domain.flavor import BaseImage, KnownFlavor
from multicooker.domain.outcome import Exit, Harvest
from multicooker.domain.reading import Conversation, Reading
from multicooker.domain.round import Mount, Project, Tmpfs


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
    args: Mapping[str, str] = field(default_factory=dict)
    """Build arguments besides `BASE`; they stay readable in the image: nothing secret."""
    ca_bundle: str | None = None
    """PEM file passed as the build secret `ca_bundle`."""
    npmrc: str | None = None
    """npm's settings file of the invoking user, passed as the build secret `npmrc`."""
    fresh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloads:
    """What the invoking user's own programs download with, as far as image builds need it."""

    ca_bundle: str | None = None
    """PEM file of authorities, where cook.yaml names none."""
    ca_origin: str = ""
    """The variable that names it."""
    npmrc: str | None = None
    """npm's settings file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One container that does one small thing, without network unless `network`, and is gone."""

    image: str
    argv: tuple[str, ...]
    user: str = "0:0"
    """`uid:gid`; root only where ownership itself is the errand."""
    volumes: Mapping[str, str] = field(default_factory=dict)
    """Volume name to absolute path in the container; made where it is not there."""
    read_only: bool = True
    """The volumes too."""
    input: bytes = b""
    network: bool = False
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Host name to address, with `network`."""
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    """Host path to path in the container, read-only."""
    seconds: float = 60.0
    most: int = 64 * 1024**2
    """Bytes of output that are taken; more is an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One container that a person works in: a login, a sandbox. Hardened like a cell."""

    name: str
    """The container's; one that runs under it already is attached to."""
    image: str
    argv: tuple[str, ...]
    user: str
    environment: Mapping[str, str] = field(default_factory=dict)
    volumes: Mapping[str, str] = field(default_factory=dict)
    """Volume name to path in the container, read-write; made where it is not there."""
    binds: tuple[Mount, ...] = ()
    """Sources are absolute paths of the host."""
    tmpfs: tuple[Tmpfs, ...] = ()
    workdir: str = "/workspace"
    labels: Mapping[str, str] = field(default_factory=dict)
    network: NetworkMode = NetworkMode.OPEN
    hosts: Mapping[str, str] = field(default_factory=dict)
    resources: CellResources = field(default_factory=CellResources)
    runtime: str = ""
    """Empty: the engine's own default."""
    tty: bool = True
    """False: standard input and output are passed through as they are."""
    input: bytes | None = None
    """What its standard input is, without a terminal; None: the user's own."""
    detach: bool = False
    """Start it and do not attach."""
    gifts: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Path in the container to content, given once it runs; below a tmpfs of its own."""


DETACH_KEYS = "ctrl-q,ctrl-q"
"""What a person presses to leave a visit that goes on; as docker writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """A visit's container as the engine has it."""

    name: str
    labels: Mapping[str, str]
    running: bool
    started: str
    """UTC, ISO 8601; empty where it never ran."""


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

    def tag(self, image: str, name: str) -> None:
        """Call an image by one more name, whatever had that name before."""

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

    def give(self, project: Project, cell: str, path: str, data: bytes) -> None:
        """Write a file into a running cell, by its own user, whole or not at all; mode 0600."""

    def volumes(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return those of the named volumes that are there."""

    def volumes_like(self, beginning: str) -> tuple[str, ...]:
        """Return the volumes whose names begin so, sorted."""

    def remove_volumes(self, names: Sequence[str]) -> tuple[str, ...]:
        """Remove volumes; returns those that were there and are gone."""

    def errand(self, errand: Errand) -> bytes:
        """Run a container to its end and return what it printed; EngineError where it failed.

        Nothing of it stays: no container, no log, and nothing it printed is logged anywhere.
        """

    def attend(self, visit: Visit) -> int:
        """Run a container in the user's terminal, or attach to it; return its exit code.

        Where the user detaches it goes on, and the result is 0.
        """

    def visits(self) -> tuple[Visited, ...]:
        """Return the visits there are, by name: those that run, and those that ended alone."""

    def end_visit(self, name: str, *, grace: int) -> bool:
        """Stop a visit, kill it after `grace` seconds and remove it; False where there is none."""

    def runtime_works(self, runtime: str, image: str) -> str:
        """Run a container with another runtime; '' where that works, else why it does not."""


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
    """The owner's logins on this host.

    A source is `file:<path>` or `keychain:<service>` as in `flavor.yaml`. Tokens made for this
    are kept apart, by `<flavor>` or `<flavor>.<profile>`. No message ever holds a value.
    """

    def has(self, source: str) -> bool:
        """Tell whether something is there; asks nobody for a password."""

    def read(self, source: str) -> bytes:
        """Return the credential; CredentialsError where it is missing or unreadable.

        Its hint is empty where logging in is what helps.
        """

    def path(self, source: str) -> str | None:
        """Return the absolute path of a `file:` source, None for any other."""

    def where(self, source: str) -> str:
        """Return a source's place in words; '' where this machine has no such place."""

    def opens_for(self, source: str, user: str) -> bool:
        """Tell whether the file of a source can be read by `uid:gid` once it is mounted."""

    def alone(self, login: str) -> AbstractContextManager[None]:
        """Hold a login that is about to be renewed, waiting while another process does."""

    def has_token(self, name: str) -> bool:
        """Tell whether a token is kept; asks nobody."""

    def tokens(self) -> tuple[str, ...]:
        """Return the names under which tokens are kept, sorted."""

    def token(self, name: str) -> str | None:
        """Return a kept token, None where there is none; CredentialsError where it is unusable."""

    def keep_token(self, name: str, token: str) -> str:
        """Keep a token, replacing an earlier one; return where it is now, in words."""

    def forget_token(self, name: str) -> bool:
        """Remove a kept token; False where there was none."""


class Dialect(Protocol):
    """Understands what one CLI prints and keeps. Input is hostile; nothing here may raise."""

    def read(self, log: bytes, *, now: datetime) -> Reading:
        """Return what a cell's log (its stdout and stderr, maybe without its beginning) tells.

        `now`, in UTC, is when the cell was seen to be over: CLIs say "try again at 5:46 AM".
        """

    def tell(self, line: str) -> tuple[str, ...]:
        """Return one log line in words, for a person who watches; raw; () where it says nothing."""

    def conversations(self, files: Mapping[str, bytes]) -> tuple[Conversation, ...]:
        """Return what the CLI's session files hold; by their path below its sessions folder."""


class Dialects(Protocol):
    """The dialect readers there are: built in, and brought by packages."""

    def named(self, name: str) -> Dialect | None:
        """Return a reader by name, None where there is none of that name."""

    def names(self) -> tuple[str, ...]:
        """Return the names there are, sorted."""


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

    def ca_bundle(self, path: str) -> bytes:
        """Return the PEM file at `path` with this machine's own CAs; BadInputError with why not."""


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

    def pieces(self, path: str, *, size: int, overlap: int) -> Iterator[bytes]:
        """Yield a regular file in pieces of `size` bytes, each led by the last `overlap` before."""

    def write(
        self, path: str, data: str | bytes, *, private: bool = True, owner: str | None = None
    ) -> None:
        """Replace a file atomically and durably; private ones are 0600, the rest 0644.

        `owner` is `uid:gid` where root invokes and a cell has to read a private file.
        """

    def append(self, path: str, line: str) -> None:
        """Append one line to a private file."""

    def make_folder(self, path: str, *, owner: str | None = None, private: bool = True) -> None:
        """Create a folder and its parents; `owner` is `uid:gid` where root invokes.

        One that is there gets the mode asked for, also where a cell has closed it to everybody.
        """

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


class Inbox(Protocol):
    """A folder of the user's where notes are left, among whatever else is in it."""

    @property
    def folder(self) -> str:
        """Return its absolute path."""

    def write(self, path: str, data: bytes, *, owner: str | None = None) -> None:
        """Write or replace a note by its plain name, whole or not at all; mode 0600.

        `owner` is `uid:gid` where root invokes.
        """


class Home(Protocol):
    """The user's own machine around the cooks: what a sandbox starts from and leaves there."""

    @property
    def folder(self) -> str:
        """Return the user's home folder, absolute and without links."""

    def variables(self) -> Mapping[str, str]:
        """Return the environment that multicooker was called with."""

    def project(self, path: str | None) -> str:
        """Return a folder, absolute and without links; None means the one the user is in.

        BadInputError where it is none.
        """

    def user(self, folder: str) -> str:
        """Return `uid:gid` that a container with this folder runs as, never root."""

    def may_write(self, folder: str, user: str) -> bool:
        """Tell whether `uid:gid` may write in a folder, by its owner and mode."""

    def git_identity(self, folder: str) -> tuple[str, str]:
        """Return name and email that the user's git has for work in a folder; '' where unset."""

    def settings(self) -> tuple[str, str] | None:
        """Return path and text of the user's `config.yaml`, None where there is none."""

    def desk(self, name: str) -> Workspace:
        """Return the private folder that is kept of one sandbox, made where it is not there."""

    def inbox(self, path: str, project: str) -> Inbox:
        """Return a folder to leave Markdown in, made where it is not there.

        `path` empty means one per project, below the user's data.
        """

    def regularly(self, seconds: float, action: Callable[[], None]) -> AbstractContextManager[None]:
        """Call something again and again, beside the block; it must not raise."""


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
