"""Run a program: argv only, bounded in time, its whole process group gone afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

TIMED_OUT = 124
NOT_STARTED = 127

_LINES = 2
_WIDTH = 200
_POLITE_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a program ended. A code of 124 means too long, 127 that it did not start."""

    code: int
    output: str = ""
    errors: str = ""

    @property
    def ok(self) -> bool:
        """Return True where it ended well."""
        return self.code == 0

    @property
    def why(self) -> str:
        """Return what it said of its failure on one line of a bearable length."""
        lines = [line.strip() for line in (self.errors or self.output).splitlines() if line.strip()]
        told = [line for line in lines if line.startswith(("E:", "error:"))][:_LINES]
        shown = [line[:_WIDTH] for line in told or lines[-_LINES:]]
        return "; ".join(shown) or f"exit code {self.code}"


def run(
    argv: Sequence[str], *, timeout: float, folder: str | None = None, given: bytes = b""
) -> Ran:
    """Run a program with `given` on its standard input; never raises for what it does."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        # Its own session: a Ctrl-C meant for us must not reach half of its children.
        process = subprocess.Popen(
            argv,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        return Ran(code=NOT_STARTED, errors=f"{argv[0]}: {error.strerror}")
    with process:
        try:
            output, errors = process.communicate(given, timeout=timeout)
        except subprocess.TimeoutExpired:
            _end(process)
            return Ran(code=TIMED_OUT, errors=f"it took longer than {timeout:g} s")
        except BaseException:
            _end(process)
            raise
    return Ran(code=process.returncode, output=_text(output), errors=_text(errors))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask the group to end, so that it can clean up; then see to it, children included."""
    for way in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, way)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=_POLITE_SECONDS)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
