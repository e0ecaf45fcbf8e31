"""What a cook on a stage leaves where it should leave nothing: files, logins and the engine."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.standins.stage import Stage

Logins = Mapping[Path, tuple[bytes, int]]
"""Each login's bytes and time, by its file."""


def logins(it: Stage) -> Logins:
    """Return the logins as they are now."""
    files = (it.home / login.path for login in it.logins.values())
    return {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in files}


def wrong(it: Stage, folder: Path, before: Logins) -> Iterator[str]:
    """Yield what should not be, in a cook's folder and in what the stand-ins saw."""
    yield from (str(problem) for problem in it.standin.problems)
    for provider, login in it.logins.items():
        asked = it.standin.asked(provider)
        if not asked or any(request.bearer != login.bearer for request in asked):
            yield f"{provider}: its model was asked {len(asked)} times, not always with its login"
    if logins(it) != before:
        yield "the logins were changed"
    for file in files(folder):
        if any(canary.encode() in file.read_bytes() for canary in it.canaries):
            yield f"{file} holds a piece of a login"


def right(it: Stage, folder: Path) -> Iterator[str]:
    """Yield what it means that `wrong` found nothing."""
    asked = sum(len(it.standin.asked(provider)) for provider in it.logins)
    yield f"the models were asked {asked} times, each with its login's token, never with an API key"
    yield f"no piece of a login is in any of the cook's {len(list(files(folder)))} files"
    yield "the logins are what they were, to the byte and the moment"


def files(folder: Path) -> Iterator[Path]:
    """Yield every file in a folder."""
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def left(project: str, network: str) -> str:
    """Return what the engine holds of a compose project and of a stage's network."""
    mine = ("--quiet", "--filter", f"label=com.docker.compose.project={project}")
    asked = (
        ("ps", "--all", *mine),
        ("network", "ls", *mine),
        ("volume", "ls", *mine),
        ("network", "ls", "--quiet", "--filter", f"name={network}"),
    )
    ran = (subprocess.run(("docker", *argv), capture_output=True, check=True) for argv in asked)
    return " ".join(word for each in ran for word in each.stdout.decode().split())
