"""Containers that do one small thing and are gone, however it went."""

from __future__ import annotations

import secrets
import time
from contextlib import suppress

from multicooker.adapters.docker import confinement, failure
from multicooker.adapters.docker.process import DockerProcess, ask
from multicooker.errors import EngineError
from multicooker.ports import Errand

_REMOVE_SECONDS = 30.0
_PAUSE = 0.5
_PROBE_SECONDS = 60.0


def run(errand: Errand, *, runtime: str = "") -> bytes:
    """Return what the errand's program printed; EngineError with its complaint where it failed."""
    name = f"mc-errand-{secrets.token_hex(8)}"
    argv = ["run", *confinement.errand_words(errand, name=name, runtime=runtime)]
    what = f"an errand in {errand.image}"
    with DockerProcess(argv, what=what, seconds=errand.seconds, feed=errand.input) as process:
        try:
            return process.taken(most=errand.most)
        finally:
            if process.interrupted():
                process.kill()
                _remove(name)


def why_runtime_fails(runtime: str, image: str) -> str:
    """Return why no container starts with a runtime, '' where one does: a list proves nothing."""
    probe = Errand(
        image=image, argv=("true",), user="65534:65534", network=True, seconds=_PROBE_SECONDS
    )
    try:
        run(probe, runtime=runtime)
    except EngineError as error:
        return error.message
    return ""


def _remove(name: str) -> None:
    """Remove a container whose client was killed, also one that the engine is about to make."""
    for pause in (0.0, _PAUSE):
        time.sleep(pause)
        with suppress(EngineError):  # what went wrong first is what is told
            ask(
                ("rm", "--force", "--volumes", name),
                what="removing an errand",
                seconds=_REMOVE_SECONDS,
                tolerate=failure.only_missing,
            )
