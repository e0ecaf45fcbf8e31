"""A sandbox: one folder of the user's, one CLI, and a login's state that outlives both."""

from __future__ import annotations

import fnmatch
import hashlib
import posixpath
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from multicooker.domain.cook import STRICT, check_name

ALWAYS_REFUSED = ("GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN")
"""Variables that open far more than one folder: nobody starts an agent beside them by accident."""
PASSED_ON = {
    "TERM": r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}",
    "COLORTERM": r"[A-Za-z0-9]{1,32}",
    "TZ": r"[A-Za-z][A-Za-z0-9/_+-]{0,63}",
}
"""The variables of the host's that a sandbox gets, and how their values look."""

_MOST_SECONDS = 86400
_SLUG = 24
_SYSTEM = frozenset(
    {"/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/media", "/mnt", "/opt", "/proc"}
    | {"/root", "/run", "/sbin", "/srv", "/sys", "/usr", "/usr/local", "/var"}
    | {"/tmp", "/var/tmp"}  # noqa: S108  # refused, not used
    | {"/Applications", "/Library", "/System", "/Users", "/Volumes"}
    | {"/private", "/private/etc", "/private/tmp", "/private/var"}
)
_HEAPS = frozenset({"Desktop", "Documents", "Downloads", "Library", "Movies", "Music", "Pictures"})
_SECRETS = frozenset(
    {".aws", ".claude", ".codex", ".config", ".docker", ".gemini", ".gnupg", ".kube", ".local"}
    | {".password-store", ".ssh"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """What holds for every sandbox of a user's."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT
    refuse: tuple[str, ...] = ()
    """Names of variables, with `*` and `?`, beside which no sandbox starts."""
    inbox: str = ""
    """Folder for Markdown of conversations; empty: one per project, below the user's data."""
    every: int = 600
    """Seconds between two looks for new conversations; takes `90s`, `10m` or `1h`."""

    def __post_init__(self) -> None:
        """Refuse patterns that are no names, and looks too often or too seldom."""
        for pattern in self.refuse:
            if re.fullmatch(r"[A-Za-z0-9_*?]+", pattern, re.ASCII) is None:
                raise ValueError(
                    f"refuse: {pattern!r} is not the name of a variable, with * and ? at most"
                )
        if not 1 <= self.every <= _MOST_SECONDS:
            raise ValueError("every must lie between 1s and 24h")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The user's own `config.yaml`."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT
    sandbox: SandboxSettings = field(default_factory=SandboxSettings)
    """What holds for every sandbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What of a sandbox's conversations is in the inbox already."""

    version: int = 1
    sessions: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of a session file by the SHA-256 of its path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which sandbox it is: the same folder, flavor and profile is the same one again."""

    folder: str
    """Absolute, without links."""
    flavor: str
    profile: str | None = None

    def __post_init__(self) -> None:
        """Refuse names that are not safe."""
        check_name("flavor", self.flavor)
        if self.profile is not None:
            check_name("profile", self.profile)

    @property
    def project(self) -> str:
        """Return the folder's own name."""
        return posixpath.basename(self.folder)

    @property
    def id(self) -> str:
        """Return a name for files and containers: readable, and unique by its end."""
        whole = "\0".join((self.folder, self.flavor, self.profile or ""))
        digest = hashlib.sha256(whole.encode("utf-8", "surrogateescape")).hexdigest()[:8]
        slug = re.sub(r"[^a-z0-9]+", "-", self.project.lower())[:_SLUG].strip("-")
        return f"{slug or 'project'}-{self.flavor}-{digest}"


def refused(variables: Collection[str], patterns: Collection[str]) -> tuple[str, ...]:
    """Return the names of variables that no sandbox starts beside."""
    every = (*ALWAYS_REFUSED, *patterns)
    return tuple(
        name
        for name in sorted(variables)
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in every)
    )


def passed_on(variables: Mapping[str, str]) -> dict[str, str]:
    """Return what of the host's environment a sandbox gets: how its terminal and clock are."""
    return {
        name: variables[name]
        for name, pattern in PASSED_ON.items()
        if re.fullmatch(pattern, variables.get(name, ""), re.ASCII)
    }


def too_broad(folder: str, home: str) -> str:
    """Return why a folder is no single project, '' where it may be one; both absolute paths."""
    inside = f"{folder.rstrip('/')}/"
    if folder == home:
        return "it is your home folder, with every key and login in it"
    if f"{home}/".startswith(inside):
        return "your home folder is in it"
    if folder in _SYSTEM:
        return "it belongs to the system"
    first, _, rest = folder.removeprefix(f"{home}/").partition("/")
    if folder.startswith(f"{home}/"):
        if first in _HEAPS and not rest:
            return "it is a heap of everything"
        if first in {".ssh", ".gnupg", ".password-store"} or (first in _SECRETS and not rest):
            return "keys and logins are in it"
    return ""


def git_config(name: str, email: str) -> str:
    """Return a git configuration with an identity and nothing else of the user's."""
    lines = ["[safe]", "\tdirectory = /workspace"]
    entries = [("name", name), ("email", email)]
    if any(value for _, value in entries):
        lines.append("[user]")
        lines += [f"\t{key} = {_git_value(value)}" for key, value in entries if value]
    return "\n".join(lines) + "\n"


def _git_value(text: str) -> str:
    plain = "".join(char for char in text if char.isprintable())
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
