"""What a cell's CLI told of its own run."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from multicooker.app.kitchen import Kitchen
from multicooker.domain.mask import Mask
from multicooker.domain.reading import Conversation, Reading
from multicooker.domain.round import Cell
from multicooker.domain.usage import Usage


def read(
    kitchen: Kitchen, cell: Cell, log: bytes, said: Sequence[Conversation], mask: Mask
) -> Reading | None:
    """Return what a dead cell's log tells, None where nobody understands it.

    `log` is as the engine gave it; the reading has nothing in it that `mask` hides. What the log
    does not tell of models and version is filled in from `said` (what `transcripts.keep` found)
    and from the plan.
    """
    dialect = kitchen.dialects.named(cell.dialect) if cell.dialect else None
    if dialect is None:
        return None
    found = dialect.read(log, now=kitchen.clock.now())
    return dataclasses.replace(
        found,
        detail=mask.text(found.detail),
        answer=mask.text(found.answer),
        notes=tuple(mask.text(note) for note in found.notes),
        usage=_completed(found.usage or Usage(), cell, said),
    )


def _completed(usage: Usage, cell: Cell, said: Sequence[Conversation]) -> Usage:
    models = usage.models or tuple(dict.fromkeys(it.model for it in said if it.model))
    told = next((it.version for it in said if it.version), "")
    return dataclasses.replace(
        usage, models=models, cli_version=usage.cli_version or told or cell.version
    )
