"""What only a CLI's session files tell of how its run went."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from multicooker.domain.reading import Conversation, Reading
from multicooker.domain.usage import Usage
from multicooker.pipeline.collect.dialects.tally import notes_on, verdict_on


def corrected(reading: Reading, said: Sequence[Conversation]) -> Reading:
    """Return a reading that knows of failed tool calls which the event stream called good."""
    told = [it.usage for it in said if it.usage is not None]
    failed = sum(it.tool_failures or 0 for it in told)
    usage = reading.usage or Usage()
    if not failed or usage.tool_failures:
        return reading
    calls = sum(it.tool_calls or 0 for it in told)
    exit_class, detail = reading.exit_class, reading.detail
    if reading.ended and exit_class is None:
        exit_class, found = verdict_on(failed=failed, worked=calls - failed)
        detail = found or detail
    return dataclasses.replace(
        reading,
        exit_class=exit_class,
        detail=detail,
        notes=(*reading.notes, *notes_on(failed=failed, calls=calls)),
        usage=dataclasses.replace(usage, tool_calls=calls, tool_failures=failed),
    )
