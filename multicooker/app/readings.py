"""What a cell's CLI told of its own run."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from multicooker.app.kitchen import Kitchen
from multicooker.domain.display import display_line
from multicooker.domain.mask import Mask
from multicooker.domain.reading import Conversation, Reading, Speaker
from multicooker.domain.round import Cell
from multicooker.domain.usage import COST_DIGITS, TIME_DIGITS, Usage
from multicooker.pipeline.collect.sessions import corrected

_SUMMED = ("input_tokens", "cached_tokens", "output_tokens", "turns", "seconds")
_MOST_MODELS = 8
_LONGEST_NAME = 80


def read(
    kitchen: Kitchen, cell: Cell, log: bytes, said: Sequence[Conversation], mask: Mask
) -> Reading | None:
    """Return what a dead cell's log tells, None where nobody understands it.

    `log` is as the engine gave it; the reading has nothing in it that `mask` hides. What the log
    does not tell of tokens, models and version is filled in from `said`, which `transcripts.keep`
    found, and from the plan.
    """
    dialect = kitchen.dialects.named(cell.dialect) if cell.dialect else None
    if dialect is None:
        return None
    found = corrected(dialect.read(log, now=kitchen.clock.now()), said)
    return dataclasses.replace(
        found,
        detail=mask.text(found.detail),
        answer=mask.text(_last_message(found.answer, said)),
        notes=tuple(mask.text(note) for note in found.notes),
        usage=_completed(found.usage or Usage(), cell, said, mask),
    )


def _last_message(told: str, said: Sequence[Conversation]) -> str:
    """Return the last message; without what a broken attempt at it left in the stream before it."""
    spoken = [it.text for talk in said for it in talk.said if it.speaker is Speaker.ASSISTANT]
    return spoken[-1] if spoken and told.endswith(spoken[-1]) else told


def _completed(usage: Usage, cell: Cell, said: Sequence[Conversation], mask: Mask) -> Usage:
    """Fill in what only the session files and the plan know."""
    told = [it.usage for it in said if it.usage is not None]
    models = dict.fromkeys(it.model for it in said if it.model)
    models |= dict.fromkeys(model for it in told for model in it.models)
    version = next((it.version for it in said if it.version), "") or cell.version
    sums = {
        name: round(sum(known), TIME_DIGITS)
        for name in _SUMMED
        if getattr(usage, name) is None
        and (known := [value for it in told if (value := getattr(it, name)) is not None])
    }
    return dataclasses.replace(
        usage,
        models=tuple(_name(it, mask) for it in usage.models or tuple(models))[:_MOST_MODELS],
        cost_usd=None if usage.cost_usd is None else round(usage.cost_usd, COST_DIGITS),
        cli_version=_name(usage.cli_version or version, mask),
        **sums,
    )


def _name(name: str, mask: Mask) -> str:
    """Return a name that a cell told, as one that can stand in a record."""
    return display_line(mask.text(name[:_LONGEST_NAME]), _LONGEST_NAME)
