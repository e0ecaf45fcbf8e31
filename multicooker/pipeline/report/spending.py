"""What every cell used: as a record for programs, and as rows that belong behind the reveal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from multicooker.domain.cook import CookSpec
from multicooker.domain.flavor import Role
from multicooker.domain.outcome import CellStatus, CookStatus
from multicooker.domain.usage import COST_DIGITS, TIME_DIGITS, CellUsage, CookUsage, Usage
from multicooker.pipeline.report.words import OUTCOMES, moment, money

_SAFE_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*", re.ASCII)
_SUMS = (
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "turns",
    "tool_calls",
    "tool_failures",
    "seconds",
)
MAX_LINKS = 3
"""Transcripts of one cell that are linked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """One cell's row. Empty fields are what it does not say."""

    name: str
    what: str
    """Role and flavor."""
    outcome: str
    models: tuple[str, ...]
    version: str
    tokens_in: str
    cached: str
    tokens_out: str
    cost: str
    turns: str
    tools: str
    failures: str
    credential: str
    transcripts: tuple[str, ...]
    """Relative links."""


def usage_of(status: CookStatus, spec: CookSpec) -> CookUsage:
    """Return what `usage.json` says of a cook as it stands."""
    models = _asked(spec)
    cells = {
        cell.name: CellUsage(
            role=str(cell.role),
            owner=cell.owner,
            flavor=cell.flavor,
            model=models.get((cell.role, cell.owner), ""),
            credential=cell.credential,
            usage=cell.usage,
        )
        for cell in status.cells
        if cell.usage is not None
    }
    flavors = sorted({cell.flavor for cell in cells.values()})
    totals = {
        name: _total(cell.usage for cell in cells.values() if cell.flavor == name)
        for name in flavors
    }
    return CookUsage(round=status.round, cells=cells, totals=totals)


def spending(
    cells: Sequence[CellStatus], transcripts: Mapping[str, Sequence[str]]
) -> tuple[Spent, ...]:
    """Return a row for each cell that has something to say; paths of transcripts are by cell."""
    return tuple(
        _row(cell, transcripts.get(cell.name, ()))
        for cell in cells
        if cell.usage is not None or cell.credential
    )


def _row(cell: CellStatus, transcripts: Sequence[str]) -> Spent:
    usage = cell.usage or Usage()
    outcome = OUTCOMES[cell.exit_class] if cell.exit_class else ""
    until = f" (until {moment(cell.resets_at)})" if cell.resets_at else ""
    failures = usage.tool_failures
    return Spent(
        name=cell.owner,
        what=f"{cell.role}, {cell.flavor}",
        outcome=f"{outcome}{until}",
        models=usage.models,
        version=usage.cli_version,
        tokens_in=_number(usage.input_tokens),
        cached=_number(usage.cached_tokens),
        tokens_out=_number(usage.output_tokens),
        cost=money(usage.cost_usd),
        turns=_number(usage.turns),
        tools=_number(usage.tool_calls),
        failures=f"{failures:,} failed" if failures else "",
        credential=cell.credential,
        transcripts=tuple(path for path in transcripts if _SAFE_PATH.fullmatch(path))[:MAX_LINKS],
    )


def _asked(spec: CookSpec) -> dict[tuple[Role, str], str]:
    participants = {(Role.PARTICIPANT, it.name): it.model or "" for it in spec.participants}
    return participants | {(Role.JUDGE, it.name): it.model or "" for it in spec.judges}


def _total(every: Iterable[Usage]) -> Usage:
    usages = tuple(every)
    sums = {
        name: round(sum(known), TIME_DIGITS)
        for name in _SUMS
        if (known := [it for usage in usages if (it := getattr(usage, name)) is not None])
    }
    costs = [usage.cost_usd for usage in usages if usage.cost_usd is not None]
    models = dict.fromkeys(model for usage in usages for model in usage.models)
    return Usage(
        cost_usd=round(sum(costs), COST_DIGITS) if costs else None,
        models=tuple(models),
        cli_version=", ".join(sorted({it.cli_version for it in usages if it.cli_version})),
        **sums,
    )


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"
