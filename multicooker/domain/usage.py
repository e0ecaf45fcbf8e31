"""What a CLI reports about its own run."""

from __future__ import annotations

from dataclasses import dataclass


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
