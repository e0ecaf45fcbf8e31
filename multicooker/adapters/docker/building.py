"""One flavor's Dockerfile → an image on the engine, with buildx and without a registry."""

from __future__ import annotations

import csv
import io
import os
import re
import tempfile
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path

from multicooker.adapters.docker import failure
from multicooker.adapters.docker.process import DockerProcess
from multicooker.adapters.docker.secrets import build_secrets
from multicooker.domain.display import display_line
from multicooker.errors import BuildError, EngineError
from multicooker.ports import BuildRequest

DOCKERFILE = "Dockerfile.base"
_SECONDS = 3600.0
_MOST_LINE_BYTES = 16384
_LAST_LINES = 30
_KEPT_LINES = 100
_SAYS_NOTHING = re.compile(r"\s*\d+ \| .*|-+|#\d+ [\d.]*\s*|#\d+ ERROR: .*|\s*")
_REPEATED = "------"
_COMMAND = re.compile(r'process ".*" did not')
_COLUMNS = 200


def build(request: BuildRequest, *, builder: str) -> None:
    """Build the image; BuildError with the last lines where it fails.

    The build context is an empty folder: what an image holds comes from its Dockerfile alone, and
    no credential beside it can end up in a layer.
    """
    what = f"building {request.tag}"
    with tempfile.TemporaryDirectory(prefix="multicooker-") as folder:
        nothing = Path(folder, "nothing")
        nothing.mkdir()
        secrets = build_secrets(request, folder=Path(folder), environ=os.environ)
        argv = [*_argv(request, builder, secrets), str(nothing)]
        with DockerProcess(argv, what=what, seconds=_SECONDS, merged=True) as process:
            last = deque(process.lines(limit=_MOST_LINE_BYTES), maxlen=_KEPT_LINES)
            if process.code() == 0:
                return
    raise _error(request, what, last)


def _argv(request: BuildRequest, builder: str, secrets: Mapping[str, Path]) -> list[str]:
    # The builder of the engine itself: only that one finds a base that is nowhere but there.
    argv = ["buildx", "build", "--builder", builder, "--progress", "plain", "--load"]
    argv += ["--provenance=false", "--tag", request.tag]
    argv += ["--file", str(Path(request.folder, DOCKERFILE)), "--build-arg", f"BASE={request.base}"]
    for name, value in sorted(request.args.items()):
        argv += ["--build-arg", f"{name}={value}"]
    for name, value in sorted(request.labels.items()):
        argv += ["--label", f"{name}={value}"]
    for name, path in secrets.items():
        argv += ["--secret", _fields(f"id={name}", f"src={path}")]
    return [*argv, "--no-cache"] if request.fresh else argv


def _fields(*fields: str) -> str:
    """Return the fields as buildx reads them: as a line of CSV, so a path may hold a comma."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(fields)
    return line.getvalue()


def _error(request: BuildRequest, what: str, last: Iterable[str]) -> BuildError | EngineError:
    lines = telling(last)[-_LAST_LINES:]
    general = failure.failed(what, "\n".join(lines))
    if general.hint:  # the engine is at fault, not the Dockerfile
        return general
    shown = "\n".join(f"  {line}" for line in lines)
    return BuildError(
        f"{what} failed; its last lines:\n{shown}",
        hint=f"{Path(request.folder, DOCKERFILE)} is what was built, on {request.base}",
    )


def telling(lines: Iterable[str]) -> list[str]:
    """Return the lines of a failed build that say why, harmless to show.

    BuildKit ends with the failed step's last words once more, the Dockerfile around it and the
    command in full, which would leave no room for what the step itself said before.
    """
    found: list[str] = []
    repeated = False
    for line in lines:
        if line == _REPEATED:
            repeated = not repeated
        elif not repeated and not _SAYS_NOTHING.fullmatch(line):
            short = _COMMAND.sub('process "…" did not', line)
            found.append(display_line(short, _COLUMNS))
    return found
