"""What a user wants of a sandbox, and what was made ready for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from multicooker.domain.flavor import KnownFlavor
from multicooker.domain.mask import Mask
from multicooker.domain.sandbox import Place
from multicooker.ports import Inbox, Visit, Workspace

FOLDER_LABEL = "dev.multicooker.sandbox.folder"
FLAVOR_LABEL = "dev.multicooker.sandbox.flavor"
PROFILE_LABEL = "dev.multicooker.sandbox.profile"
KIND_LABEL = "dev.multicooker.sandbox.kind"


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxWish:
    """The command line of `sandbox`."""

    folder: str | None = None
    """None means the folder the user is in."""
    flavor: str | None = None
    """None means one that runs there already, or else the first that somebody is logged in to."""
    profile: str | None = None
    rebuild: bool = False
    fresh_login: bool = False
    """Take the host's login, whatever the volume holds."""
    prompt: str | None = None
    """Answer this and end; `-` reads it from standard input."""
    detach: bool = False
    shell: bool = False
    inbox: str | None = None
    every: int | None = None
    """Seconds."""
    resolve: Mapping[str, str] = field(default_factory=dict)
    ca_bundle: str | None = None
    args: tuple[str, ...] = ()
    """For the CLI itself."""

    @property
    def kind(self) -> str:
        """Return what runs: one of each goes on at a time, but for `print`."""
        if self.prompt is not None:
            return "print"
        return "shell" if self.shell else "cli"


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxReady:
    """A sandbox of which everything is there but the visit itself."""

    place: Place
    known: KnownFlavor
    user: str
    """`uid:gid`."""
    visit: Visit
    desk: Workspace
    inbox: Inbox
    every: int
    """Seconds."""
    mask: Mask = field(default_factory=Mask)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxEnd:
    """How a visit ended."""

    code: int
    """The CLI's own exit code; 0 where it goes on."""
    running: bool
    exported: int
    """Conversations that are new or longer in the inbox."""
