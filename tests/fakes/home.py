"""The user's own machine in memory; held to the same contract as the real one (tests/contract)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from multicooker.errors import BadInputError
from multicooker.ports import Inbox, Workspace
from tests.fakes.workspace import FakeWorkspace


@dataclass(slots=True, kw_only=True)
class FakeHome:
    """`ports.Home` with one project in it. What is called regularly is called once, at the end."""

    folder: str = "/home/you"
    environment: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ("/home/you/bakery",)
    """Those that are there; the first one is where the user is."""
    uid_gid: str = "1000:1000"
    owner: str = "1000:1000"
    """Of every folder."""
    git: tuple[str, str] = ("Ada", "ada@example.com")
    config: str | None = None
    desks: dict[str, FakeWorkspace] = field(default_factory=dict)
    inboxes: dict[str, FakeWorkspace] = field(default_factory=dict)
    intervals: list[float] = field(default_factory=list)

    def variables(self) -> Mapping[str, str]:
        return self.environment

    def project(self, path: str | None) -> str:
        folder = path or self.folders[0]
        if folder not in self.folders:
            raise BadInputError(f"{folder}: No such file or directory")
        return folder

    def user(self, folder: str) -> str:
        del folder
        return self.uid_gid

    def may_write(self, folder: str, user: str) -> bool:
        del folder
        return user == self.owner

    def git_identity(self, folder: str) -> tuple[str, str]:
        del folder
        return self.git

    def settings(self) -> tuple[str, str] | None:
        path = f"{self.folder}/.config/multicooker/config.yaml"
        return None if self.config is None else (path, self.config)

    def desk(self, name: str) -> Workspace:
        place = f"{self.folder}/.local/state/multicooker/sandbox/{name}"
        return self.desks.setdefault(name, FakeWorkspace(place))

    def inbox(self, path: str, project: str) -> Inbox:
        place = path or f"{self.folder}/.local/share/multicooker/inbox/{project}"
        if place.startswith("~/"):
            place = f"{self.folder}{place[1:]}"
        return self.inboxes.setdefault(place, FakeWorkspace(place))

    @contextmanager
    def regularly(self, seconds: float, action: Callable[[], None]) -> Iterator[None]:
        self.intervals.append(seconds)
        try:
            yield
        finally:
            action()
