"""python-on-whales clients whose every call is bounded in time and sees a scrubbed environment.

The library has a knob for neither, but lets us say how the client is called: as
`timeout … env -u NAME … docker`, which puts names into the argument list and never a value.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from multicooker.adapters.docker import bounded, environment, failure
from multicooker.domain.round import Project
from multicooker.errors import EngineError

if TYPE_CHECKING:
    from python_on_whales import DockerClient

JUDGE_PROFILE = "judge"
_FILES = ("compose.yaml", "compose.override.yaml")
_NO_FILE = "/dev/null"
_KILLED = (-9, 137)

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeView:
    """What compose looks at: the project's files, or without any whatever bears its label."""

    name: str
    folder: str | None = None
    files: tuple[Path, ...] = ()
    profiles: tuple[str, ...] = ()


def by_files(project: Project, *, judges: bool) -> ComposeView:
    """Return the view of the compose file and, where there is one, the user's override.

    Judges are behind a profile; a judge that is named in `up` needs none, and with it compose
    would create the judges' networks for the participants' round already.
    """
    base, override = (Path(project.folder, name) for name in _FILES)
    return ComposeView(
        name=project.name,
        folder=project.folder,
        files=(base, override) if override.is_file() else (base,),
        profiles=(JUDGE_PROFILE,) if judges else (),
    )


def by_label(project: Project) -> ComposeView:
    """Return the view without files: with a project name alone, compose looks for none."""
    return ComposeView(name=project.name)


def call(
    what: str,
    action: Callable[[DockerClient], _Answer],
    *,
    seconds: float,
    view: ComposeView | None = None,
) -> _Answer:
    """Return what `action` gets from a client; EngineError where it fails or takes too long."""
    from python_on_whales import ClientNotFoundError
    from python_on_whales.exceptions import DockerException

    begun = time.monotonic()
    try:
        return action(_client(seconds, view))
    except ClientNotFoundError:
        raise failure.not_installed() from None
    except DockerException as error:
        if error.return_code in _KILLED and time.monotonic() - begun >= seconds:
            raise failure.timed_out(what, seconds) from None
        # The library's own text repeats the whole command line: only docker's words go on.
        raise failure.failed(what, error.stderr or "") from None
    except UnicodeDecodeError as error:
        # The library decodes strictly what docker quotes from files that anybody wrote.
        raise failure.failed(what, error.object.decode("utf-8", "replace")) from None
    except OSError as error:
        raise EngineError(f"{what}: docker did not start: {error.strerror}") from error


def _client(seconds: float, view: ComposeView | None) -> DockerClient:
    from python_on_whales import DockerClient

    if shutil.which("docker") is None:
        raise failure.not_installed()
    unset = [part for name in environment.dropped() for part in ("-u", name)]
    how = [*_bound(seconds), "env", *unset, "docker"]
    if view is None:
        return DockerClient(client_call=how, client_type="docker")
    return DockerClient(
        client_call=how,
        client_type="docker",
        compose_project_name=view.name,
        compose_project_directory=view.folder,
        compose_files=list(view.files),
        compose_profiles=list(view.profiles),
        compose_env_files=[_NO_FILE],
    )


def _bound(seconds: float) -> list[str]:
    timeout = shutil.which("timeout") or shutil.which("gtimeout")
    if timeout is None:
        return [sys.executable, "-I", "-S", bounded.__file__, f"{seconds:g}"]
    # KILL at once: on TERM the client goes and leaves a busy compose plugin behind.
    return [timeout, "-s", "KILL", f"{seconds:g}"]
