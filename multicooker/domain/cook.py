"""What a user asks for: the parsed `cook.yaml`."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

NAME_PATTERN = r"[a-z0-9][a-z0-9_-]{0,39}"
"""Names of tasks, participants, judges, dimensions and flavors: 1 to 40 characters."""

VERSION_PATTERN = r"[0-9]+(\.[0-9]+){1,3}([-+.][0-9A-Za-z.-]{1,60})?"
"""Versions of CLIs, as npm writes them: `1.2.3`, `1.2.3-beta.4`."""

STRICT: Mapping[str, object] = {"extra": "forbid", "strict": True}
"""Read by the untrusted doors only; the domain itself knows no validation library."""

MAX_PARTICIPANTS = 50
MAX_JUDGES = 12
MAX_DIMENSIONS = 24
MIN_SCORE = 1
MAX_SCORE = 10

_RESERVED_NAMES = frozenset({"con", "prn", "aux", "nul"})


def check_name(what: str, name: str) -> None:
    """Raise ValueError unless `name` is safe as a file, service and label everywhere."""
    if re.fullmatch(NAME_PATTERN, name, re.ASCII) is None or name in _RESERVED_NAMES:
        raise ValueError(
            f"{what} {name!r} is not a name: use 1 to 40 of a-z, 0-9, - and _,"
            " starting with a letter or digit"
        )


def check_service_name(what: str, name: str) -> None:
    """Raise ValueError unless `name` can be a compose service, too."""
    check_name(what, name)
    if name.startswith("x-"):
        raise ValueError(f"{what} {name!r} is not a name: compose skips what begins with x-")


def check_version(version: str) -> None:
    """Raise ValueError unless `version` is one version, as npm writes it."""
    if re.fullmatch(VERSION_PATTERN, version, re.ASCII) is None:
        raise ValueError(f"version {version!r} is not one version: write it out, such as 1.2.3")


class NetworkMode(StrEnum):
    """How far a cell's packets get."""

    OPEN = "open"
    NONE = "none"


class AuthMode(StrEnum):
    """How a cell gets its owner's credential."""

    SNAPSHOT = "snapshot"
    """A copy of the host's login without its refresh token, mounted read-only."""
    BIND = "bind"
    """The host's file itself, mounted read-only."""
    VOLUME = "volume"
    """A copy, likewise, of the login that `multicooker login` made in a volume."""
    PIPE = "pipe"
    """The same copy, piped into the running cell's memory; nothing of it on any disk."""
    TOKEN = "token"  # noqa: S105  # a mode's name
    """A long-lived token made for this."""
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """Which of its owner's logins a cell uses, and how it gets there."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT
    __shorthand__: ClassVar[str] = "mode"
    mode: AuthMode | None = None
    """None means `snapshot`, or `volume` where a profile is named."""
    profile: str | None = None
    """A further account of one vendor, made by `multicooker login --profile`."""

    def __post_init__(self) -> None:
        """Refuse profiles in modes that only know the host's one login."""
        if self.profile is None:
            return
        check_name("profile", self.profile)
        if self.mode in {AuthMode.SNAPSHOT, AuthMode.BIND, AuthMode.NONE}:
            raise ValueError(
                f"profile is for the modes volume, token and pipe: {self.mode} takes the login"
                " of this host, and there is only one"
            )

    @property
    def effective(self) -> AuthMode:
        """Return the mode, decided."""
        if self.mode is not None:
            return self.mode
        return AuthMode.SNAPSHOT if self.profile is None else AuthMode.VOLUME


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How far the cells' packets get, and where to."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT
    __shorthand__: ClassVar[str] = "mode"
    mode: NetworkMode = NetworkMode.OPEN
    """`open` or `none`."""
    resolve: Mapping[str, str] = field(default_factory=dict)
    """Host name to IP address: for providers that are reached through a server of one's own."""

    def __post_init__(self) -> None:
        """Refuse what is no host name and what is no address."""
        for host, address in self.resolve.items():
            if re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", host) is None:
                raise ValueError(f"resolve: {host!r} is not a host name")
            if not _is_address(address):
                raise ValueError(f"resolve: {address!r} is not an IP address")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text  # a scope of this host's, and any text may follow it


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What one cell may use at most."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT
    memory: int = 4 * 1024**3
    """Bytes; `cook.yaml` takes `512m` or `4g`."""
    cpus: float = 2.0
    """Processors' worth of time; fractions are fine."""
    pids: int = 512
    """Processes and threads."""

    def __post_init__(self) -> None:
        """Hold the limits within what an engine accepts."""
        if not 16 * 1024**2 <= self.memory <= 1024**4:
            raise ValueError("memory must lie between 16m and 1024g")
        if not 0.1 <= self.cpus <= 256:  # noqa: PLR2004  # the bounds read best in place
            raise ValueError("cpus must lie between 0.1 and 256")
        if not 16 <= self.pids <= 65536:  # noqa: PLR2004  # the bounds read best in place
            raise ValueError("pids must lie between 16 and 65536")


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """A named competitor: one flavor, optionally with a model and its own limits."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT
    name: str
    """Unique among the participants; judges never see it."""
    flavor: str
    """Which CLI cooks: a flavor that `multicooker flavor list` shows."""
    model: str | None = None
    """None means the CLI's own choice."""
    effort: str | None = None
    """How hard the model thinks, in the CLI's own words; None means its own choice."""
    timeout: int | None = None
    """Seconds; None means the cook's `limits.timeout`."""
    resources: Resources | None = None
    """None means the defaults of `resources`."""
    network: NetworkMode | None = None
    """None means the cook's `network`."""
    auth: Auth | None = None
    """None means the cook's `auth`."""
    version: str | None = None
    """Version of the CLI; None means the one its flavor pins."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Switches the flavor declares in its `flavor.yaml`."""

    def __post_init__(self) -> None:
        """Refuse names that are not safe and timeouts that are not positive."""
        check_service_name("participant", self.name)
        check_name("flavor", self.flavor)
        _check_timeout(self.timeout)
        if self.version is not None:
            check_version(self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """A named reader of sealed submissions."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT
    name: str
    """Unique among the judges."""
    flavor: str
    """Which CLI judges: a flavor that `multicooker flavor list` shows."""
    model: str | None = None
    """None means the CLI's own choice."""
    effort: str | None = None
    """How hard the model thinks, in the CLI's own words; None means its own choice."""
    timeout: int | None = None
    """Seconds; None means the cook's `limits.judge_timeout`."""
    resources: Resources | None = None
    """None means the defaults of `resources`."""
    auth: Auth | None = None
    """None means the cook's `auth`."""
    version: str | None = None
    """Version of the CLI; None means the one its flavor pins."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Switches the flavor declares in its `flavor.yaml`."""

    def __post_init__(self) -> None:
        """Refuse names that are not safe and timeouts that are not positive."""
        check_name("judge", self.name)
        check_name("flavor", self.flavor)
        _check_timeout(self.timeout)
        if self.version is not None:
            check_version(self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """One thing that is scored, 1 to 10."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT
    name: str
    """Unique in the rubric."""
    means: str
    """What a judge should look at, in one or two sentences."""
    weight: float = 1.0
    """Its share of the total is this over the sum of all weights."""
    anchors: Mapping[str, str] = field(default_factory=dict)
    """Score (as text, 1 to 10) to what earns it."""

    def __post_init__(self) -> None:
        """Refuse weights that do not weigh and anchors outside the scale."""
        check_name("dimension", self.name)
        if not 0 < self.weight <= 1000:  # noqa: PLR2004  # the bounds read best in place
            raise ValueError("weight must be above 0 and at most 1000")
        scale = {str(score) for score in range(MIN_SCORE, MAX_SCORE + 1)}
        for score in self.anchors:
            if score not in scale:
                raise ValueError(f"anchor {score!r} is not a score from {MIN_SCORE} to {MAX_SCORE}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """What judges score."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT
    dimensions: tuple[Dimension, ...]
    """What is scored, each by itself."""

    def __post_init__(self) -> None:
        """Refuse an empty rubric and dimensions of one name."""
        if not 1 <= len(self.dimensions) <= MAX_DIMENSIONS:
            raise ValueError(f"a rubric has 1 to {MAX_DIMENSIONS} dimensions")
        _check_unique("dimension", [dimension.name for dimension in self.dimensions])

    def shares(self) -> dict[str, float]:
        """Return each dimension's share of the total; the shares sum to 1."""
        whole = sum(dimension.weight for dimension in self.dimensions)
        return {dimension.name: dimension.weight / whole for dimension in self.dimensions}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """What a participant must hand in."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT
    required: tuple[str, ...] = ()
    """Paths relative to `/work/out`; a missing one makes the outcome `artifact_missing`."""

    def __post_init__(self) -> None:
        """Refuse paths that leave the folder."""
        for path in self.required:
            parts = path.split("/")
            if not path or path.startswith("/") or ".." in parts or "." in parts or "" in parts:
                raise ValueError(f"{path!r} is not a path inside the output folder")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds that hold for every cell of a cook."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT
    timeout: int = 1800
    """Seconds of wall-clock time per participant; `cook.yaml` takes `90s`, `30m` or `2h`."""
    judge_timeout: int = 900
    """Seconds of wall-clock time per judge; takes the same units."""
    grace: int = 10
    """Seconds between the polite stop and the kill."""
    output_bytes: int = 2 * 1024**3
    """How much of one participant's output is sealed; more refuses the submission."""
    output_files: int = 100_000
    """How many files of one participant are sealed; more refuses the submission."""
    log_bytes: int = 8 * 1024**2
    """How much of a cell's log is kept, counted from its end."""
    jobs: int | None = None
    """Cells at once; None lets the engine's CPUs and memory decide."""

    def __post_init__(self) -> None:
        """Refuse bounds that bound nothing."""
        _check_timeout(self.timeout)
        _check_timeout(self.judge_timeout, key="judge_timeout")
        if not 0 <= self.grace <= 600:  # noqa: PLR2004  # the bounds read best in place
            raise ValueError("grace must lie between 0 and 600 seconds")
        if self.output_bytes < 1 or self.output_files < 1 or self.log_bytes < 1:
            raise ValueError("output_bytes, output_files and log_bytes must be positive")
        if self.jobs is not None and not 1 <= self.jobs <= 1000:  # noqa: PLR2004  # bounds in place
            raise ValueError("jobs must lie between 1 and 1000")


@dataclass(frozen=True, slots=True, kw_only=True)
class CookSpec:
    """The whole parsed `cook.yaml`."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT
    participants: tuple[Participant, ...]
    """Who cooks, each in a container of its own."""
    judges: tuple[Judge, ...]
    """Who scores the sealed submissions; an empty list asks for no verdict."""
    rubric: Rubric
    """What judges score."""
    outputs: Outputs = field(default_factory=Outputs)
    """What a participant must hand in."""
    limits: Limits = field(default_factory=Limits)
    """Bounds that hold for every cell."""
    network: Network = field(default_factory=Network)
    """How far the cells' packets get, unless a participant says otherwise."""
    auth: Auth = field(default_factory=Auth)
    """How cells get their owner's credentials, unless a participant or judge says otherwise."""
    ca_bundle: str | None = None
    """A PEM file on the host that image builds and cells trust, for networks that inspect TLS."""

    def __post_init__(self) -> None:
        """Refuse cooks without participants, with too many, or with names used twice."""
        if not 1 <= len(self.participants) <= MAX_PARTICIPANTS:
            raise ValueError(f"a cook has 1 to {MAX_PARTICIPANTS} participants")
        if len(self.judges) > MAX_JUDGES:
            raise ValueError(f"a cook has at most {MAX_JUDGES} judges")
        _check_unique("participant", [participant.name for participant in self.participants])
        _check_unique("judge", [judge.name for judge in self.judges])


def _check_timeout(seconds: int | None, *, key: str = "timeout") -> None:
    if seconds is not None and not 1 <= seconds <= 7 * 86400:
        raise ValueError(f"{key} must lie between 1s and 168h")


def _check_unique(what: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two of the {what}s are named {name!r}: each needs its own name")
