"""What is wrong with a file of the user's, and how it is told: file, line, dotted path, reason."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from multicooker.errors import BadInputError

Path = tuple[str | int, ...]
"""Keys and 0-based positions from the top of the file."""

MOST_SHOWN = 10
_LONGEST_VALUE = 60
_LONGEST_REASON = 320


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to correct."""

    line: int
    """1-based."""
    path: Path
    reason: str


def shown(text: str) -> str:
    """Return text that may be hostile as a short, quoted, printable word."""
    if len(text) > _LONGEST_VALUE:
        text = text[: _LONGEST_VALUE - 1] + "…"
    return repr(text)


def brief(reason: str) -> str:
    """Return a reason without its middle where that is long; its end says what would be right."""
    return reason if len(reason) <= _LONGEST_REASON else f"{reason[:160]} … {reason[-150:]}"


def dotted(path: Path) -> str:
    """Return a path as `participants.1.flavor`; strange keys are quoted and escaped."""
    return ".".join(
        str(step)
        if isinstance(step, int) or re.fullmatch(r"[A-Za-z0-9_-]{1,60}", step, re.ASCII)
        else shown(step)
        for step in path
    )


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that somebody who wrote `word` may have meant."""
    close = difflib.get_close_matches(word[:_LONGEST_VALUE].lower(), list(known), n=1, cutoff=0.6)
    return close[0] if close else None


def refusal(place: str, problems: Sequence[Problem], *, hint: str) -> BadInputError:
    """Return one error that tells every problem, one per line, in the order of the file."""
    ordered = sorted(problems, key=lambda problem: problem.line)
    lines = [_told(place, problem) for problem in ordered[:MOST_SHOWN]]
    if len(ordered) > MOST_SHOWN:
        lines.append(f"{place}: and more")
    return BadInputError("\n".join(lines), hint=hint)


def _told(place: str, problem: Problem) -> str:
    where = f"{dotted(problem.path)}: " if problem.path else ""
    return f"{place}:{problem.line}: {where}{brief(problem.reason)}"
