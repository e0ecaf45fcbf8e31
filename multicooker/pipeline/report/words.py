"""Values as words a reader wants: numbers, sizes, times and the verdict in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from multicooker.domain.ballot import Verdict, VerdictLevel, points
from multicooker.domain.outcome import ExitClass

OUTCOMES = {
    ExitClass.OK: "finished",
    ExitClass.ARTIFACT_MISSING: "something required is missing",
    ExitClass.TIMED_OUT: "ran out of time",
    ExitClass.OUT_OF_MEMORY: "ran out of memory",
    ExitClass.CRASHED: "crashed",
    ExitClass.KILLED: "was ended by somebody",
    ExitClass.COULD_NOT_START: "could not start",
    ExitClass.CANCELLED: "was stopped",
    ExitClass.RATE_LIMITED: "hit a usage limit",
    ExitClass.AUTH_EXPIRED: "its login was not accepted",
    ExitClass.SKIPPED: "was not started: no login",
    ExitClass.REFUSED: "its model refused",
    ExitClass.ERROR: "its CLI failed",
}
_CENT = 0.01
_MINUTE = 60
_KIB = 1024


def headline(verdict: Verdict) -> str:
    """Return the verdict in one sentence that names labels only."""
    leaders, first = listed(verdict.leaders), verdict.standings[0]
    if verdict.margin is None:
        return f"One submission, scored {points(first.mean)} of 10."
    if verdict.level is VerdictLevel.TOO_CLOSE:
        return f"Too close to call between {leaders}."
    if len(verdict.leaders) > 1:
        return f"One judge puts {leaders} level."
    lead = f"{points(verdict.margin)} points ahead of {verdict.standings[1].label}"
    if verdict.level is VerdictLevel.WINNER:
        return f"{leaders} wins, {lead}."
    if verdict.level is VerdictLevel.LEANING:
        return f"The judges lean towards {leaders}, {lead}."
    return f"One judge prefers {leaders}, {lead}."


def listed(words: Sequence[str]) -> str:
    """Return `A`, `A and B` or `A, B and C`."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def size(count: int) -> str:
    """Return a number of bytes as people say it."""
    if count < _KIB:
        return counted(count, "byte")
    amount, units = count / _KIB, ["KiB", "MiB", "GiB", "TiB"]
    while amount >= _KIB and units[1:]:
        amount /= _KIB
        units.pop(0)
    return f"{amount:,.1f} {units[0]}"


def duration(seconds: float) -> str:
    """Return a time span as people say it."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(whole, _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def moment(stamp: str) -> str:
    """Return an ISO 8601 stamp as a date and time; as it is where it is none."""
    try:
        return f"{datetime.fromisoformat(stamp):%d %B %Y, %H:%M} UTC".lstrip("0")
    except ValueError:
        return stamp


def money(dollars: float | None) -> str:
    """Return an amount of US dollars, with as many digits as it needs to be something."""
    if dollars is None:
        return ""
    return f"${dollars:,.2f}" if dollars >= _CENT or not dollars else f"${dollars:.4f}"


def counted(count: int, noun: str) -> str:
    """Return `1 file` or `2 files`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
