"""The user's own machine around the cooks: folders, environment, git identity."""

from __future__ import annotations

import os
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from multicooker.adapters.folder.files import owner_of
from multicooker.adapters.folder.workspace import CookFolder
from multicooker.adapters.system import invoking_user
from multicooker.domain.display import display_line
from multicooker.errors import BadInputError, DiskError
from multicooker.ports import Inbox, Workspace

_GIT_SECONDS = 5.0
_MOST_SETTINGS = 1024**2
_PRIVATE = 0o700
_NOTE = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class UserHome:
    """`ports.Home` of whoever runs this process."""

    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    @property
    def folder(self) -> str:
        return os.path.realpath(self._home)

    def variables(self) -> Mapping[str, str]:
        return dict(self.environment)

    def project(self, path: str | None) -> str:
        """Return a folder; BadInputError for what is none, or what no container could mount."""
        try:
            folder = os.path.realpath(path if path is not None else Path.cwd(), strict=True)
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            reason = getattr(error, "strerror", None) or "not a path"
            raise BadInputError(
                f"{display_line(path or 'the current folder')}: {reason}"
            ) from error
        if not Path(folder).is_dir():
            raise BadInputError(f"{display_line(folder)}: is not a folder")
        if not folder.isprintable():
            raise BadInputError(
                f"{display_line(folder)}: its name is no plain text, and the engine mounts no such"
                " folder",
                hint="rename it",
            )
        return folder

    def user(self, folder: str) -> str:
        return invoking_user(Path(folder))

    def may_write(self, folder: str, user: str) -> bool:
        uid, gid = map(int, user.split(":"))
        found = Path(folder).stat()
        if found.st_uid == uid:
            return bool(found.st_mode & stat.S_IWUSR)
        return bool(found.st_mode & (stat.S_IWGRP if found.st_gid == gid else stat.S_IWOTH))

    def git_identity(self, folder: str) -> tuple[str, str]:
        """As the port says; only files of the user's own are asked, never the folder's."""
        return self._git(folder, "user.name"), self._git(folder, "user.email")

    def settings(self) -> tuple[str, str] | None:
        path = self._below("XDG_CONFIG_HOME", ".config") / "config.yaml"
        try:
            # O_NONBLOCK: opening a FIFO must not wait for somebody to write to it.
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise BadInputError(f"{path}: {error.strerror}") from error
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise BadInputError(f"{path}: is not a file")
            with os.fdopen(descriptor, "rb", closefd=False) as stream:
                data = stream.read(_MOST_SETTINGS + 1)
        finally:
            os.close(descriptor)
        if len(data) > _MOST_SETTINGS:
            raise BadInputError(f"{path}: is larger than 1 MiB")
        try:
            return str(path), data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadInputError(f"{path}: is not UTF-8") from error

    def desk(self, name: str) -> Workspace:
        return CookFolder(_made(self._below("XDG_STATE_HOME", ".local/state") / "sandbox" / name))

    def inbox(self, path: str, project: str) -> Inbox:
        if path == "~" or path.startswith("~/"):
            path = f"{self._home}{path[1:]}"
        default = self._below("XDG_DATA_HOME", ".local/share") / "inbox" / (project or "project")
        return InboxFolder(_made(Path(path).absolute() if path else default))

    @contextmanager
    def regularly(self, seconds: float, action: Callable[[], None]) -> Iterator[None]:
        """As the port says; a call that has begun is waited for when the block ends."""
        over = threading.Event()

        def run() -> None:
            while not over.wait(seconds):
                action()

        thread = threading.Thread(target=run, name="regularly", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    @property
    def _home(self) -> str:
        return self.environment.get("HOME") or os.path.expanduser("~")  # noqa: PTH111  # a string

    def _below(self, variable: str, default: str) -> Path:
        """Return our folder below one of the XDG folders; a relative one is to be ignored."""
        given = self.environment.get(variable, "")
        base = Path(given) if given.startswith("/") else Path(self._home, default)
        return base / "multicooker"

    def _git(self, folder: str, key: str) -> str:
        argv = ("git", "-C", folder, "config", "--global", "--includes", "--get", key)
        try:
            ran = subprocess.run(
                argv,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=_GIT_SECONDS,
                env=dict(self.environment),
            )
        except (OSError, subprocess.TimeoutExpired):  # no git, no identity
            return ""
        return ran.stdout.decode("utf-8", "replace").strip() if ran.returncode == 0 else ""


class InboxFolder:
    """`ports.Inbox` on a disk. Nothing but notes is ever in it: it may be synchronised."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def folder(self) -> str:
        return str(self._folder)

    def write(self, path: str, data: bytes, *, owner: str | None = None) -> None:
        """As the port says; a link in the note's place is replaced, not followed."""
        place = self._folder / Path(path).name
        part = place.with_name(f".{place.name}.{os.getpid()}.part")
        to = owner_of(owner)
        try:
            part.unlink(missing_ok=True)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _NOTE)
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(data)
                    if to is not None:
                        os.fchown(descriptor, to.uid, to.gid)
                part.replace(place)
            finally:
                part.unlink(missing_ok=True)
        except OSError as error:
            raise DiskError(f"{place}: {error.strerror}") from error


def _made(folder: Path) -> Path:
    """Make a folder that only its user may enter; one that is there stays as it is."""
    owner = _nearest(folder).stat()
    try:
        for missing in reversed([it for it in (folder, *folder.parents) if not it.exists()]):
            missing.mkdir(mode=_PRIVATE)
            if os.geteuid() == 0 and owner.st_uid != 0:
                os.chown(missing, owner.st_uid, owner.st_gid)
    except OSError as error:
        raise DiskError(f"{folder}: {error.strerror}") from error
    return folder


def _nearest(folder: Path) -> Path:
    """Return the folder itself, or the nearest above that is there."""
    return next(place for place in (folder, *folder.parents) if place.exists())
