"""What a flavor's `flavor.yaml` says: how to run one CLI in a container."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import ClassVar

from multicooker.domain.cook import (
    STRICT,
    AuthMode,
    check_name,
    check_service_name,
    check_version,
)


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
class LongToken:
    """A token that lives long and was made for this."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT
    login: str
    """The command that makes one, e.g. `claude setup-token`."""
    form: str
    """The credential file as a JSON object in which the texts `$token`, `$now` (ISO time) and
    `$never` (the year 2100, in milliseconds since 1970) stand in their places."""

    def __post_init__(self) -> None:
        """Refuse forms that make no credential."""
        try:
            form = json.loads(self.form)
        except (ValueError, RecursionError) as error:
            raise ValueError("form is not JSON") from error
        if not isinstance(form, dict) or '"$token"' not in self.form:
            raise ValueError('form must be a JSON object with "$token" where the token belongs')


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """The login of one CLI: where its owner has it, what a cell gets of it, and where.

    Places inside the file are JSON pointers (RFC 6901); `@jwt` steps into a JWT's payload.
    """

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT
    provider: str
    """Whose it is; names `/run/secrets/<provider>` in mode `pipe`."""
    sources: tuple[str, ...]
    """`keychain:<service>` or `file:<path>`, the first that is there; `~` and `${X:-~/.x}` work."""
    target: str
    """Absolute path in the cell where the CLI looks for it."""
    modes: tuple[AuthMode, ...] = (AuthMode.SNAPSHOT, AuthMode.PIPE)
    """Ways it may get there."""
    keep: tuple[str, ...] = ()
    """What of the file a cell gets; empty: the whole file, byte for byte."""
    fill: Mapping[str, str] = field(default_factory=dict)
    """What a cell gets in place of something that is not kept; `$now` is the ISO time."""
    token: str = ""
    """Where the access token is."""
    refresh: str = ""
    """Where the refresh token is, which never leaves the host."""
    expires: str = ""
    """Where the end of the access token's life is: seconds or milliseconds since 1970."""
    account: str = ""
    """Where the kind of account is, for `multicooker auth status`."""
    identity: tuple[str, ...] = ()
    """Names and numbers of the account, blanked in logs and transcripts."""
    long_token: LongToken | None = None
    """Where there are tokens made for this: how one becomes the file."""

    def __post_init__(self) -> None:
        """Refuse sources and targets that mean nothing."""
        check_name("provider", self.provider)
        self._check_sources()
        outside = not self.target.startswith("/root/") or ".." in self.target.split("/")
        if outside or ":" in self.target:
            raise ValueError(f"credential target {self.target!r} must lie below /root/")
        single = (self.token, self.refresh, self.expires, self.account)
        named = (place for place in single if place)
        for pointer in (*self.keep, *self.fill, *self.identity, *named):
            if not pointer.startswith("/"):
                raise ValueError(f"{pointer!r} is not a JSON pointer: it starts with /")
        for pointer in (*self.keep, *self.fill):
            if "@jwt" in pointer.split("/"):
                raise ValueError(f"{pointer!r} lies inside a token; only whole ones pass")
        if self.keep and self.token and not _covers(self.keep, self.token):
            raise ValueError(f"keep: the place of the token, {self.token}, is not in it")
        if AuthMode.TOKEN in self.modes and self.long_token is None:
            raise ValueError("modes: token needs long_token, which says how one is made")

    def _check_sources(self) -> None:
        if not self.sources:
            raise ValueError("sources: there are none; name at least one file: or keychain:")
        for source in self.sources:
            kind, _, rest = source.partition(":")
            if kind not in {"file", "keychain"} or not rest:
                raise ValueError(
                    f"credential source {source!r} must start with 'file:' or 'keychain:'"
                )
        in_files = any(source.startswith("file:") for source in self.sources)
        if AuthMode.BIND in self.modes and not in_files:
            raise ValueError("modes: bind needs a file: among the sources")


def _covers(places: tuple[str, ...], wanted: str) -> bool:
    return any(wanted == place or wanted.startswith(f"{place}/") for place in places)


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
    version: str = ""
    """Version of the CLI that its Dockerfile.base installs; a cook may name another."""
    version_command: tuple[str, ...] = ()
    """Program and words that print it inside its image, e.g. `[claude, --version]`."""
    credential: Credential | None = None
    """Its owner's login; none where it needs none."""
    login: str = ""
    """The one command that logs its owner in on this host; shown where a credential is missing."""
    login_command: tuple[str, ...] = ()
    """The same inside its image, for `multicooker login`: an interactive program and its words."""
    renew: tuple[str, ...] = ()
    """A command inside its image that makes the CLI renew a login in a volume; asks nothing."""
    notice: str = ""
    """What people should know before they rely on it, in one line for `doctor`."""
    hosts: tuple[str, ...] = ()
    """Hosts the CLI must reach; none means its cells run without any network."""
    ca_variables: tuple[str, ...] = ()
    """Variables, besides the usual ones, by which it learns of a CA bundle's path."""
    state: tuple[str, ...] = ()
    """Folders below /root that the CLI writes to; the first one is its home in a login volume."""
    sessions: str = ""
    """Folder below /root where the CLI keeps what was said: the source of transcripts."""
    dialect: str = ""
    """Which reader understands its event stream and its session files; empty: it has none."""
    models: tuple[str, ...] = ()
    """Models it takes; empty means that any name is passed on."""
    efforts: tuple[str, ...] = ()
    """Efforts it takes; empty means that any word is passed on."""
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Switches for `cook.yaml`'s `options:` and the values each takes; empty means any."""

    def __post_init__(self) -> None:
        """Refuse names that are not safe and flavors that can do nothing."""
        check_service_name("flavor", self.name)  # a participant may be named after it
        if self.dialect:
            check_name("dialect", self.dialect)
        if self.version:
            check_version(self.version)
        if not self.roles:
            raise ValueError("a flavor needs at least one role: participant or judge")
        if self.credential and AuthMode.VOLUME in self.credential.modes:
            self._check_volume(self.credential)
        for option in self.options:
            check_name("option", option)  # it becomes part of a variable's name
        self._check_places()

    def _check_volume(self, credential: Credential) -> None:
        if not self.login_command:
            raise ValueError("credential.modes: volume needs a login_command that logs in there")
        if not self.state or not credential.target.startswith(f"{self.state[0]}/"):
            raise ValueError(
                "credential.modes: volume needs the credential's target in the first of the state"
                " folders, which is what the volume holds"
            )

    def _check_places(self) -> None:
        for folder in (*self.state, *((self.sessions,) if self.sessions else ())):
            if not folder.startswith("/root/") or ".." in folder.split("/") or ":" in folder:
                raise ValueError(f"state folder {folder!r} must lie below /root/")
        for host in self.hosts:
            if re.fullmatch(r"[A-Za-z0-9*][A-Za-z0-9.-]*", host) is None:
                raise ValueError(f"{host!r} is not a host name")
        for variable in self.ca_variables:
            if re.fullmatch(r"[A-Z][A-Z0-9_]*", variable) is None:
                raise ValueError(f"{variable!r} is not the name of a variable")


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
        """Return the image tag that this exact folder builds at this version."""
        version = self.flavor.version
        made_of = f"{self.fingerprint}\0{version}".encode()
        digest = hashlib.sha256(made_of).hexdigest() if version else self.fingerprint
        return f"mc-{self.flavor.name}-base:{digest[:12]}"

    def at(self, version: str | None) -> KnownFlavor:
        """Return the same flavor with another version of its CLI; None keeps the pinned one."""
        if version is None:
            return self
        return replace(self, flavor=replace(self.flavor, version=version))
