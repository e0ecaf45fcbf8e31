"""collect: how a cell ended + what it printed + what lies in its output folder → its outcome.

The causes we know from our own clock come first (stopped, timed out, never started). Then memory:
the engine's flag decides, not the exit code, because a child that was killed for memory can leave
a cell that ends with 0 and half an answer. Then what the CLI itself told, where a dialect reader
understands it: CLIs end with 0 after the worst of failures. Then the codes of the cell protocol,
then the files.
"""

from __future__ import annotations

from multicooker.domain.display import display_line
from multicooker.domain.outcome import EndCause, Ending, ExitClass, Harvest, Outcome
from multicooker.domain.reading import Reading
from multicooker.domain.round import Cell

EXIT_BAD_INPUT = 64
EXIT_RATE_LIMITED = 75
EXIT_AUTH_EXPIRED = 77
_SIGNALS = {
    1: "SIGHUP",
    2: "SIGINT",
    3: "SIGQUIT",
    4: "SIGILL",
    6: "SIGABRT",
    7: "SIGBUS",
    8: "SIGFPE",
    9: "SIGKILL",
    11: "SIGSEGV",
    13: "SIGPIPE",
    14: "SIGALRM",
    15: "SIGTERM",
    24: "SIGXCPU",
    25: "SIGXFSZ: a file grew over the limit",
    31: "SIGSYS",
}
"""As Linux numbers them, wherever we run: cells are Linux. A cell ends with 128 + number."""
_PROTOCOL = frozenset({EXIT_BAD_INPUT, EXIT_RATE_LIMITED, EXIT_AUTH_EXPIRED})
_CUT_OFF = frozenset({0, 130, 137, 143})
"""How a CLI ends that somebody told to: by the signal's code, or with 0 as if all were well."""
_DETAIL_WIDTH = 300
_MAX_MISSING = 5


def outcome(
    cell: Cell, ending: Ending, harvest: Harvest | None, reading: Reading | None = None
) -> Outcome:
    """Decide how a cell ended.

    `harvest` is None where nothing was collected, `reading` where nobody understands its log.
    """
    found = _by_cause(cell, ending) or _by_reading(ending, reading) or _by_exit(ending)
    exit_class, detail = found or _by_files(cell, harvest)
    if reading is not None and (said := _besides(exit_class, reading)):
        detail = f"{detail}; {said}"
    return Outcome(
        cell=cell.name,
        role=cell.role,
        owner=cell.owner,
        exit_class=exit_class,
        exit_code=ending.exit.code,
        seconds=ending.exit.seconds,
        detail=display_line(detail, _DETAIL_WIDTH),
        oom_seen=ending.exit.oom_killed,
        resets_at=reading.resets_at if reading is not None else "",
        usage=reading.usage if reading is not None else None,
    )


def _by_cause(cell: Cell, ending: Ending) -> tuple[ExitClass, str] | None:
    if ending.cause is EndCause.CANCELLED:
        return ExitClass.CANCELLED, "stopped by the user"
    if ending.cause is EndCause.TIMED_OUT:
        return ExitClass.TIMED_OUT, f"stopped after its {cell.timeout:,} s"
    never_ran = ending.exit.code is None and not ending.exit.gone
    if ending.cause is EndCause.NOT_STARTED or never_ran:
        return ExitClass.COULD_NOT_START, ending.exit.error or "the engine did not start it"
    if ending.exit.oom_killed:
        limit = f"its {cell.resources.memory // 1024**2:,} MiB of memory"
        if ending.exit.code == 0:
            return ExitClass.OUT_OF_MEMORY, f"a process in it ran out of {limit}; it ended with 0"
        return ExitClass.OUT_OF_MEMORY, f"ran out of {limit}"
    return None


def _by_reading(ending: Ending, reading: Reading | None) -> tuple[ExitClass, str] | None:
    """Return what the CLI told of its end; None where it told nothing bad, or nobody knows."""
    if reading is None or ending.exit.gone:
        return None
    if reading.exit_class is not None:
        return reading.exit_class, reading.detail
    code = ending.exit.code
    if reading.ended or code in _PROTOCOL or code is None:
        return None
    ended = f"without its last word, with exit code {code}{_signal_of(code)}"
    if code in _CUT_OFF:
        return ExitClass.KILLED, f"stopped in mid-work, {ended}"
    said = f": {reading.detail}" if reading.detail else ""
    return ExitClass.CRASHED, f"ended {ended}{said}"


def _besides(exit_class: ExitClass, reading: Reading) -> str:
    """Return what the CLI told besides that which its class says already."""
    if exit_class is ExitClass.OK:
        return "; ".join(reading.notes)
    if exit_class in {ExitClass.TIMED_OUT, ExitClass.OUT_OF_MEMORY} and reading.exit_class:
        return reading.detail
    return ""


def _by_exit(ending: Ending) -> tuple[ExitClass, str] | None:
    if ending.exit.gone:
        return ExitClass.CRASHED, ending.exit.error
    code = ending.exit.code
    if not code:
        return None
    if code == EXIT_RATE_LIMITED:
        return ExitClass.RATE_LIMITED, "its service refuses more for now (exit code 75)"
    if code == EXIT_AUTH_EXPIRED:
        return (
            ExitClass.AUTH_EXPIRED,
            "its login is missing, or not accepted any more (exit code 77)",
        )
    if code == EXIT_BAD_INPUT:
        return ExitClass.CRASHED, "it refused its input (exit code 64)"
    return ExitClass.CRASHED, f"ended with exit code {code}{_signal_of(code)}"


def _signal_of(code: int) -> str:
    name = _SIGNALS.get(code - 128)
    return f" ({name})" if name else ""


def _by_files(cell: Cell, harvest: Harvest | None) -> tuple[ExitClass, str]:
    if harvest is None:
        return ExitClass.ARTIFACT_MISSING, "nothing was collected"
    if harvest.refused:
        return ExitClass.ARTIFACT_MISSING, f"its output cannot be used: {harvest.refused}"
    if not harvest.files:
        left = f"; {_left_out(harvest)}" if harvest.dropped else ""
        return ExitClass.ARTIFACT_MISSING, f"handed in nothing{left}"
    missing = [path for path in cell.required if not _has(harvest, path)]
    if missing:
        named = ", ".join(_missing(harvest, path) for path in missing[:_MAX_MISSING])
        more = f" and {len(missing) - _MAX_MISSING} more" if len(missing) > _MAX_MISSING else ""
        return ExitClass.ARTIFACT_MISSING, f"missing: {named}{more}"
    what = "1 file" if len(harvest.files) == 1 else f"{len(harvest.files):,} files"
    return ExitClass.OK, f"{what}, {harvest.size:,} bytes"


def _has(harvest: Harvest, path: str) -> bool:
    """Tell whether a required path was handed in: a file, or a folder with a file in it."""
    return any(file.path == path or file.path.startswith(f"{path}/") for file in harvest.files)


def _missing(harvest: Harvest, path: str) -> str:
    for dropped in harvest.dropped:
        if dropped.path == path:
            return f"{path} ({dropped.reason})"
        if path.startswith(f"{dropped.path}/"):
            return f"{path} ({display_line(dropped.path)}: {dropped.reason})"
    return path


def _left_out(harvest: Harvest) -> str:
    first = harvest.dropped[0]
    more = f" and {len(harvest.dropped) - 1:,} more" if len(harvest.dropped) > 1 else ""
    return f"left out {display_line(first.path)} ({first.reason}){more}"
