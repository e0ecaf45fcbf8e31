"""Images on the engine: found, pulled, imported, removed."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from multicooker.adapters.docker import answers, failure
from multicooker.adapters.docker.client import call
from multicooker.adapters.docker.process import DockerProcess, ask

_CHANGE_SECONDS = 600.0
_REGISTRY_SECONDS = 20.0
"""Seconds a registry has for its first word; a network without one often just swallows packets."""
_MOST_LINE_BYTES = 4096


def present(tags: Sequence[str], *, seconds: float) -> dict[str, str]:
    """Return image id by tag, for the tags that are present."""
    if not tags:
        return {}
    text = ask(
        ("image", "inspect", "--format", answers.IMAGE_FORMAT, *tags),
        what="looking for images",
        seconds=seconds,
        tolerate=failure.only_missing,
    )
    return answers.image_ids(text, tags)


def pull(image: str) -> bool:
    """Return True once the image is there, False where no registry answers or none has it."""
    what = f"pulling {image}"
    last = ""
    with DockerProcess(("image", "pull", image), what=what, merged=True) as process:
        guard = _killer(process, _REGISTRY_SECONDS)
        for line in process.lines(limit=_MOST_LINE_BYTES):
            if not last:
                guard.cancel()
                guard = _killer(process, _CHANGE_SECONDS)
            last = line or last
        guard.cancel()
        if process.code() == 0:
            return True
    error = failure.failed(what, last)
    if error.hint:  # not the registry is silent but the engine
        raise error
    return False


def load_base(archive: str, tag: str) -> None:
    """Make an image of a root file system in a tar file."""
    call(
        f"importing {archive}",
        lambda client: client.image.import_(archive, tag=tag),
        seconds=_CHANGE_SECONDS,
    )


def tag(image: str, name: str) -> None:
    """Call an image by one more name, whatever had that name before."""
    ask(("image", "tag", image, name), what=f"tagging {image}", seconds=_CHANGE_SECONDS)


def remove(tags: Sequence[str]) -> None:
    """Remove images, those in use or not there excepted."""
    if tags:
        ask(
            ("image", "rm", *tags),
            what="removing images",
            seconds=_CHANGE_SECONDS,
            tolerate=failure.only_missing_or_in_use,
        )


def _killer(process: DockerProcess, seconds: float) -> threading.Timer:
    timer = threading.Timer(seconds, process.kill)
    timer.daemon = True
    timer.start()
    return timer
