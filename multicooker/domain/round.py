"""What will run, decided before it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from multicooker.domain.cook import Auth, AuthMode, NetworkMode, Resources
from multicooker.domain.flavor import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A bind of a path in the cook folder into a cell."""

    source: str
    """Relative to the cook folder, without a leading `./`; absolute for a file of the host's."""
    target: str
    read_only: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Tmpfs:
    """A folder in memory, owned by the cell's user."""

    target: str
    size: int
    """Bytes."""
    mode: str = "0700"
    own: bool = True
    """Owned by the cell's uid:gid rather than by root."""
    executable: bool = True

    def options(self, user: str) -> str:
        """Return what docker and compose take: `target:options`, for a cell of `uid:gid`."""
        options = [f"size={self.size}", f"mode={self.mode}", "nosuid", "nodev"]
        if self.own:
            uid, gid = user.split(":")
            options += [f"uid={uid}", f"gid={gid}"]
        options.append("exec" if self.executable else "noexec")
        return f"{self.target}:{','.join(options)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One container of one round."""

    name: str
    """The compose service: `<participant>` or `judge-<judge>`."""
    role: Role
    owner: str
    """The participant's or judge's name."""
    flavor: str
    family: str
    image: str
    timeout: int
    """Seconds of wall-clock time."""
    grace: int
    resources: Resources
    network: NetworkMode
    environment: Mapping[str, str]
    mounts: tuple[Mount, ...]
    tmpfs: tuple[Tmpfs, ...]
    folder: str
    """Relative folder holding `in/` and `out/`."""
    required: tuple[str, ...] = ()
    auth: Auth = field(default_factory=lambda: Auth(mode=AuthMode.NONE))
    """Which login it uses; mode `none` where its flavor needs none."""
    version: str = ""
    """Version of the CLI; empty where the flavor names none."""
    entrypoint: tuple[str, ...] = ("/bin/sh", "/opt/cell/entrypoint.sh")
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Host name to address, besides what DNS says."""
    dialect: str = ""
    """Which reader understands what it prints; empty: none does."""

    def __str__(self) -> str:
        """Return the plan's line for this cell."""
        gib = self.resources.memory / 1024**3
        return (
            f"{self.name}: {self.role} {self.flavor}, {self.timeout} s, "
            f"{self.resources.cpus:g} CPUs, {gib:.3g} GiB, network {self.network}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The compose project of one cook folder."""

    name: str
    """`mc-<task>-<8 hex digits of the absolute path's hash>`."""
    folder: str
    """Absolute path of the cook folder."""
    task: str

    def container(self, cell: str) -> str:
        """Return the name compose gives to a cell's container."""
        return f"{self.name}-{cell}-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A numbered set of cells that run together."""

    project: Project
    number: int
    user: str
    """`uid:gid` of every cell, never root."""
    participants: tuple[Cell, ...]
    judges: tuple[Cell, ...] = ()

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Return every cell, participants first."""
        return self.participants + self.judges

    def __str__(self) -> str:
        """Return the plan: one line per cell."""
        return "\n".join(str(cell) for cell in self.cells)
