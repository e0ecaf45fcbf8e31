"""Every error a user can meet, each kind with its own exit code.

Exit codes live here and nowhere else, so that they stay unique; `docs/reference/exit-codes.md` is
generated from this module. A message says what happened and why; the hint says what to do.
"""

from __future__ import annotations

from typing import ClassVar

EXIT_OK = 0
EXIT_CHECK_FAILED = 1
"""`doctor` or `flavor check` found something that does not work."""
EXIT_BUG = 70
"""multicooker itself failed."""
EXIT_INTERRUPTED = 130
EXIT_PIPE = 141
"""Whoever read the output is gone, as with `| head`."""


class MulticookerError(Exception):
    """Something went wrong in a way that a user can understand and act on."""

    exit_code: ClassVar[int] = 1
    summary: ClassVar[str] = "something went wrong"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class BadInputError(MulticookerError):
    """A name, option or file of the user's is not acceptable; nothing was started."""

    exit_code = 2
    summary = "bad input: a name, an option or a file is not acceptable; nothing was started"


class NoVerdictError(MulticookerError):
    """The cook ended without a verdict: nothing to judge, or no ballot that counts."""

    exit_code = 3
    summary = "the cook ended without a verdict: nothing to judge, or no ballot that counts"


class BusyError(MulticookerError):
    """Another process is cooking this task right now."""

    exit_code = 4
    summary = "another process is cooking this task"


class CredentialsError(MulticookerError):
    """A credential is missing, malformed or about to expire."""

    exit_code = 5
    summary = "a credential is missing, malformed or about to expire"


class StateError(MulticookerError):
    """A file that multicooker wrote is damaged or comes from another version."""

    exit_code = 7
    summary = "a file that multicooker wrote is damaged or from another version"


class BuildError(MulticookerError):
    """An image could not be built or its base could not be obtained."""

    exit_code = 8
    summary = "an image could not be built, or its base could not be obtained"


class DiskError(MulticookerError):
    """The disk refused: full, read-only or failing."""

    exit_code = 9
    summary = "the disk refused: full, read-only or failing"


class EngineError(MulticookerError):
    """The container engine is missing, unreachable or refused a request."""

    exit_code = 69
    summary = "the container engine is missing, unreachable or refused a request"


class CancelledError(MulticookerError):
    """The user stopped the cook; what was finished is kept."""

    exit_code = EXIT_INTERRUPTED
    summary = "stopped by the user; finished cells are kept and `cook` goes on from there"


def all_error_types() -> tuple[type[MulticookerError], ...]:
    """Return every documented error type, ordered by exit code."""
    return tuple(sorted(MulticookerError.__subclasses__(), key=lambda kind: kind.exit_code))
