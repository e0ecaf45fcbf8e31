"""Looks whether every cell can get its network, before minutes go into images and other cells."""

from __future__ import annotations

from collections.abc import Sequence

from multicooker.app.kitchen import Kitchen
from multicooker.app.opening import Opened, override_text
from multicooker.domain.round import Cell
from multicooker.errors import EngineError
from multicooker.pipeline.plan import networks

_MORE = (
    "`default-address-pools` in the engine's settings makes more; `docker network prune` removes"
    " those nobody uses"
)


def check_room(kitchen: Kitchen, opened: Opened, cells: Sequence[Cell]) -> tuple[str, ...]:
    """Return what to tell of too little room for the networks of cells, nothing where there is.

    Every cell's network stays until the cook ends, however many run at once. EngineError where
    the engine's own pools cannot hold them, unless the user's override may give them others.
    """
    going = [cell for cell in cells if cell.name not in opened.logins.refused]
    wanted = networks.open_cells(going)
    if wanted <= networks.FEW:
        return ()
    try:
        pools = kitchen.engine.info().address_pools
    except EngineError:  # whoever needs it next says so
        return ()
    if not networks.is_tight(wanted, pools):
        return ()
    there = networks.room(pools)
    if there is not None and wanted > there and not override_text(opened.workspace):
        raise EngineError(
            f"{wanted} cells need a network each, and the engine's address pools make {there}",
            hint=_MORE,
        )
    most = f"pools make {there}" if there else f"default pools make {networks.DEFAULT_NETWORKS}"
    told = f"{wanted} cells need a network each, and the engine's {most} for all that runs on it"
    return (f"{told}; cells that find none left cannot start: {_MORE}",)
