"""Planning and rendering of more participants than a cook may have, in this process.

Processor time, as nothing in it waits: how busy the machine is must not bend its shape.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping

from benchmarks.table import Row, Times
from multicooker.adapters.flavors.resources import PackagedResources
from multicooker.domain.cook import MAX_PARTICIPANTS, CookSpec, Participant
from multicooker.domain.flavor import KnownFlavor
from multicooker.domain.round import Project
from multicooker.pipeline import load
from multicooker.pipeline.plan import default_spec, plan
from multicooker.pipeline.render import render

_SIZES = (250, 500, 1000)
_MOST_SECONDS = 2.0
_MOST_GROWTH = 1.25
"""Of the time per participant, from the smallest size to the largest."""


def measure(*, rounds: int) -> list[Row]:
    """Return the time of the largest size, and how the time per participant grows up to it."""
    resources = PackagedResources(load_flavor=lambda text, place: load.flavor(text, place=place))
    known = resources.flavors()
    taken: dict[int, list[float]] = {size: [] for size in _SIZES}
    for number in range(rounds + 1):
        for size in _SIZES:
            seconds = _render(resources, known, size)
            if number:  # the first round compiles the templates
                taken[size].append(seconds)
    times = [Times(what=f"{size:,} participants", seconds=tuple(taken[size])) for size in _SIZES]
    smallest, largest = times[0], times[-1]
    shape = Row(
        what="- its growth per participant",
        ours=str(largest),
        against="; ".join(map(str, times[:-1])),
        value=largest.median / smallest.median / (_SIZES[-1] / _SIZES[0]),
        aim=_MOST_GROWTH,
        unit="x",
        rounds=rounds,
    )
    total = Row(
        what="plan and render",
        ours=str(largest),
        against="",
        value=largest.median,
        aim=_MOST_SECONDS,
        unit=" s",
        rounds=rounds,
    )
    return [total, shape]


def _render(resources: PackagedResources, known: Mapping[str, KnownFlavor], size: int) -> float:
    """Plan cooks of the allowed size, make one round of them, render it; return the seconds."""
    project = Project(name="mc-bench-00000000", folder="/bench", task="bench")
    specs = [
        _spec(known, range(start, min(start + MAX_PARTICIPANTS, size)))
        for start in range(0, size, MAX_PARTICIPANTS)
    ]
    begun = time.process_time()
    rounds = [
        plan(
            spec, known=known, project=project, number=1, user="1000:1000", has_raw=True, locate=str
        )
        for spec in specs
    ]
    cells = tuple(cell for part in rounds for cell in part.participants)
    whole = dataclasses.replace(rounds[0], participants=cells)
    files = render(whole, specs[0], template=resources.template)
    seconds = time.process_time() - begun
    if len(files) != size + 1:  # a prompt each, and the compose file
        raise AssertionError(len(files))
    return seconds


def _spec(known: Mapping[str, KnownFlavor], numbers: range) -> CookSpec:
    return dataclasses.replace(
        default_spec(known, {}),
        participants=tuple(
            Participant(name=f"cell{number}", flavor="demo", model="quick") for number in numbers
        ),
    )
