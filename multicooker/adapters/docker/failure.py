"""What the docker client said, as an error that a user can act on."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from multicooker.domain.display import display_line
from multicooker.errors import EngineError

_MOST_LINES = 4
_MOST_COLUMNS = 400
_PROGRESS = re.compile(
    r"(Container|Network|Volume|Image|Service) +\S+ +\w+( .*)?|exit status [0-9]+"
)
_WARNING = re.compile(r"time=\S+ level=warning .*|Warning: .*")
_NOISE = re.compile(r"^(Error response from daemon: |ERROR: |Error: )+")
_PLACE = re.compile(r"\b((?:unix|tcp|https?|ssh|npipe|fd)://[^\s:\"'?]+(?::\d+)?[^\s:\"'?]*)")

_DENIED = "permission denied while trying to connect"
_UNREACHABLE = (
    "cannot connect to the docker daemon",
    "is the docker daemon running",
    "failed to connect to the docker api",
    "error during connect",
    "error while dialing",
)
_UNREACHABLE_CONTEXT = re.compile(r"context .*(not found|does not exist)")
_NO_COMPOSE = re.compile(
    r"'compose' is not a docker command|unknown command: docker compose"
    r"|unknown shorthand flag: 'f' in -f|unknown flag: --(file|project-name|profile|env-file)"
)
_NO_BUILDX = re.compile(r"'buildx' is not a docker command|unknown command: docker buildx")
_MISSING = re.compile(
    r"no such (container|object|image|network|volume|service)|network \S+ not found", re.IGNORECASE
)
_LEAVING = re.compile(r"removal of container \S+ is already in progress", re.IGNORECASE)
_EXISTING = re.compile(r"already exists", re.IGNORECASE)
_NOT_RUNNING = re.compile(r"is not running", re.IGNORECASE)
_IN_USE = re.compile(r"conflict: ", re.IGNORECASE)


def not_installed() -> EngineError:
    """Return the error for a machine without a docker client."""
    return EngineError(
        "no docker client is installed: `docker` is not on PATH",
        hint="install Docker Engine or Docker Desktop, with Compose v2; `docker info` has to work",
    )


def timed_out(what: str, seconds: float) -> EngineError:
    """Return the error for an engine that takes longer than it may."""
    return EngineError(
        f"{what}: no answer from the container engine within {seconds:g} s ({_asked()})",
        hint="see whether `docker info` answers; restarting the engine helps where it hangs",
    )


def failed(what: str, text: str) -> EngineError:
    """Return the error for what a docker process wrote to its standard error."""
    lowered = text.lower()
    if _DENIED in lowered:
        return EngineError(
            f"this user may not use the container engine at {_place(text)}",
            hint="add the user to the `docker` group and log in again, or use rootless Docker",
        )
    if any(phrase in lowered for phrase in _UNREACHABLE) or _UNREACHABLE_CONTEXT.search(lowered):
        return EngineError(
            f"no container engine is reachable at {_place(text)}: {_words(text)}",
            hint="start the engine, or point DOCKER_HOST or `docker context use` to one that runs",
        )
    if _NO_COMPOSE.search(text):
        return EngineError(
            f"{what}: the docker client has no Compose v2",
            hint="install the docker compose plugin; `docker compose version` has to work",
        )
    if _NO_BUILDX.search(text):
        return EngineError(
            f"{what}: the docker client has no buildx",
            hint="install the docker buildx plugin; `docker buildx version` has to work",
        )
    return EngineError(f"{what}: {_words(text)}")


def only_missing(text: str) -> bool:
    """Return True where all complaints are about things that are not there."""
    return _only(text, _MISSING)


def only_existing(text: str) -> bool:
    """Return True where all complaints are about things that are there already."""
    return _only(text, _EXISTING)


def only_missing_or_leaving(text: str) -> bool:
    """Return True where all complaints are about things that are not there, or soon will not be."""
    return _only(text, _MISSING, _LEAVING)


def only_missing_or_dead(text: str) -> bool:
    """Return True where all complaints are about things that are not there or do not run."""
    return _only(text, _MISSING, _NOT_RUNNING)


def only_missing_or_in_use(text: str) -> bool:
    """Return True where all complaints are about things that are not there or still in use."""
    return _only(text, _MISSING, _IN_USE)


def complaints(text: str) -> tuple[str, ...]:
    """Return the lines that are neither empty, nor progress, nor warnings beside other lines."""
    lines = tuple(line for line in _lines(text) if not _PROGRESS.fullmatch(line))
    return tuple(line for line in lines if not _WARNING.fullmatch(line)) or lines


def _only(text: str, *kinds: re.Pattern[str]) -> bool:
    lines = complaints(text)
    return bool(lines) and all(any(kind.search(line) for kind in kinds) for line in lines)


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.strip())


def _words(text: str) -> str:
    lines = [_NOISE.sub("", line) for line in complaints(text)[-_MOST_LINES:]]
    return display_line("; ".join(lines) or "it gave no reason", _MOST_COLUMNS)


def _place(text: str) -> str:
    found = _PLACE.search(text)
    return display_line(found.group(1), _MOST_COLUMNS) if found else _asked()


def _asked() -> str:
    """Return which engine the user's settings ask for; they name places and hold no secrets."""
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        if value := os.environ.get(name):
            return display_line(f"{name}={_without_login(value)}", _MOST_COLUMNS)
    return "the docker client's current context"


def _without_login(place: str) -> str:
    return re.sub(r"//[^/@]*@", "//", place)
