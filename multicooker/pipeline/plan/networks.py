"""Whether the engine has a network for every cell that needs one."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from multicooker.domain.cook import NetworkMode
from multicooker.domain.round import Cell

DEFAULT_NETWORKS = 31
"""Networks that an engine with default address pools can make, all that runs on it together."""
FEW = 8
"""Open cells up to here find room in any usual pools."""
_SHARE = 0.75
"""Of the networks, what a cook may count on: others take theirs from the same pools."""
_POOL = re.compile(r"(?P<base>[0-9.]{7,15}/\d{1,2})/(?P<size>\d{1,2})")
"""Cells have IPv4 networks."""


def open_cells(cells: Sequence[Cell]) -> int:
    """Return how many cells have a network of their own."""
    return sum(cell.network is NetworkMode.OPEN for cell in cells)


def room(pools: Sequence[str]) -> int | None:
    """Return how many networks pools (`base/size`) make; None where they do not tell."""
    return sum(map(_networks, pools)) or None


def is_tight(wanted: int, pools: Sequence[str]) -> bool:
    """Tell whether so many networks may not all be had, what others take considered."""
    return wanted > FEW and wanted > _SHARE * (room(pools) or DEFAULT_NETWORKS)


def _networks(pool: str) -> int:
    found = _POOL.fullmatch(pool)
    if found is None:
        return 0
    try:
        base = ipaddress.IPv4Network(found["base"], strict=False)
    except ValueError:
        return 0
    size = int(found["size"])
    return 2 ** (size - base.prefixlen) if base.prefixlen <= size <= base.max_prefixlen else 0
