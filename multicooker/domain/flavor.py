"""What a flavor's `flavor.yaml` says: how to run one CLI in a container."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from multicooker.domain.cook import STRICT, check_name


class Role(StrEnum):
    """What a cell is for."""

    PARTICIPANT = "participant"
    JUDGE = "judge"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseImage:
    """Where the flavor's image starts from."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT
    name: str
    """What `Dockerfile.base` starts FROM where a registry answers, e.g. `node:22-slim`."""
    debian: tuple[str, ...] = ()
    """Debian packages that make an equivalent base where none does."""
    bare: bool = False
    """True: the packages' files alone make the base (static binaries), made first and in
    seconds; False: a whole minimal Debian root, made only when no registry answers."""

    def __post_init__(self) -> None:
        """Refuse what docker or apt would read as an option or as something else."""
        if re.fullmatch(r"[a-z0-9][A-Za-z0-9._/:@-]*", self.name) is None:
            raise ValueError(f"{self.name!r} is not an image name")
        for package in self.debian:
            if re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", package) is None:
                raise ValueError(f"{package!r} is not the name of a Debian package")


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialSource:
    """One credential file of the owner's and where the CLI looks for it."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT
    source: str
    """`file:~/.x/auth.json`."""
    target: str
    """Absolute path in the cell, read-only."""

    def __post_init__(self) -> None:
        """Refuse sources and targets that mean nothing."""
        if not self.source.startswith("file:"):
            raise ValueError(f"credential source {self.source!r} must start with 'file:'")
        outside = not self.target.startswith("/root/") or ".." in self.target.split("/")
        if outside or ":" in self.target:
            raise ValueError(f"credential target {self.target!r} must lie below /root/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavor:
    """Everything the program knows about one CLI."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT
    name: str
    """The same as its folder's."""
    summary: str
    """One line for `multicooker flavor list`."""
    family: str
    """The vendor; a judge of the same family as a participant scores its own."""
    roles: tuple[Role, ...]
    """What its entrypoint can be run as."""
    base: BaseImage
    """Where its image starts from."""
    credentials: tuple[CredentialSource, ...] = ()
    """Its owner's login on this host; empty where it needs none."""
    login: str = ""
    """The one command that logs its owner in; shown where a credential is missing."""
    hosts: tuple[str, ...] = ()
    """Hosts the CLI must reach; none means its cells run without any network."""
    state: tuple[str, ...] = ()
    """Folders below /root that the CLI writes to."""
    models: tuple[str, ...] = ()
    """Models it takes; empty means that any name is passed on."""
    efforts: tuple[str, ...] = ()
    """Efforts it takes; empty means that any word is passed on."""
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Switches for `cook.yaml`'s `options:` and the values each takes; empty means any."""

    def __post_init__(self) -> None:
        """Refuse names that are not safe and flavors that can do nothing."""
        check_name("flavor", self.name)
        if not self.roles:
            raise ValueError("a flavor needs at least one role: participant or judge")
        for folder in self.state:
            if not folder.startswith("/root/") or ".." in folder.split("/") or ":" in folder:
                raise ValueError(f"state folder {folder!r} must lie below /root/")
        for host in self.hosts:
            if re.fullmatch(r"[A-Za-z0-9*][A-Za-z0-9.-]*", host) is None:
                raise ValueError(f"{host!r} is not a host name")
        for option in self.options:
            check_name("option", option)  # it becomes part of a variable's name


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFlavor:
    """A flavor together with where it was found."""

    flavor: Flavor
    folder: str
    """Absolute path of the folder that holds its four files."""
    source: str
    """`this cook`, `this project`, the package that brings it, or `built-in`."""
    fingerprint: str
    """SHA-256 over what its image is made from: Dockerfile.base and the declared base."""

    @property
    def image(self) -> str:
        """Return the image tag that this exact folder builds."""
        return f"mc-{self.flavor.name}-base:{self.fingerprint[:12]}"
