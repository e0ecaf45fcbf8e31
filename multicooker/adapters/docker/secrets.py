"""What a build needs and no image may hold, as files that buildx mounts while a RUN runs."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from multicooker.errors import BuildError
from multicooker.ports import BuildRequest

_VARIABLE = re.compile(r"(?<!\\)\$\{([^${}]+)\}")


def build_secrets(
    request: BuildRequest, *, folder: Path, environ: Mapping[str, str]
) -> dict[str, Path]:
    """Return path by secret; what has to be written goes into `folder`, which is private."""
    secrets = {}
    if request.ca_bundle is not None:
        bundle = Path(request.ca_bundle).expanduser()
        _read(bundle, "ca_bundle", hint="cook.yaml: ca_bundle: name a PEM file on this machine")
        secrets["ca_bundle"] = bundle
    if request.npmrc is not None:
        secrets["npmrc"] = _npmrc(Path(request.npmrc), folder=folder, environ=environ)
    return secrets


def _npmrc(path: Path, *, folder: Path, environ: Mapping[str, str]) -> Path:
    """Return a file that says the same where the user's variables are unknown."""
    text = _read(path, "npm settings file", hint="make it readable, or move it away")
    filled = _VARIABLE.sub(lambda found: environ.get(found[1], found[0]), text)
    if filled == text:
        return path
    copy = folder / "npmrc"
    descriptor = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as stream:
        stream.write(filled)
    return copy


def _read(path: Path, what: str, *, hint: str) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise BuildError(f"the {what} {path} cannot be read: {reason}", hint=hint) from error
