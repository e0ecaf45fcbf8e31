"""What a CLI reports about its own run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

COST_DIGITS = 6
TIME_DIGITS = 3
"""Digits after the point that are kept of dollars and seconds: sums of floats have many more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens, cost and turns as a cell reports them of itself; None: it does not say."""

    input_tokens: int | None = None
    """All that went in, cached ones included."""
    cached_tokens: int | None = None
    """Those of the input that came from the provider's cache."""
    output_tokens: int | None = None
    """Those that were thought but not said included."""
    cost_usd: float | None = None
    """At list price, also where a subscription paid."""
    turns: int | None = None
    tool_calls: int | None = None
    tool_failures: int | None = None
    seconds: float | None = None
    """By the CLI's own clock."""
    models: tuple[str, ...] = ()
    """Really used, the main one first."""
    cli_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellUsage:
    """What one cell used."""

    role: str
    """`participant` or `judge`."""
    owner: str
    """The participant's or judge's name."""
    flavor: str
    model: str = ""
    """The model that was asked for; empty: the CLI's own choice."""
    credential: str = ""
    """Which credential it used, in words; never its value."""
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class CookUsage:
    """The whole of `usage.json`."""

    version: int = 1
    round: int
    price: str = "list"
    """What `cost_usd` is: the price without any subscription, whoever paid."""
    cells: Mapping[str, CellUsage] = field(default_factory=dict)
    """By cell; those that report nothing are left out."""
    totals: Mapping[str, Usage] = field(default_factory=dict)
    """By flavor: the sums of what its cells report."""
