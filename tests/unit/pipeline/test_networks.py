"""How many networks an engine has for cells."""

from __future__ import annotations

import pytest

from multicooker.pipeline.plan import networks


@pytest.mark.parametrize(
    ("pools", "many"),
    [
        ((), None),
        (("10.10.0.0/16/24",), 256),
        (("10.10.0.0/16/24", "172.30.0.0/16/16"), 257),
        (("10.10.1.5/24/28",), 16),
        (("10.10.0.0/24/16",), None),
        (("10.10.0.0/99/99",), None),
        (("10.10.0.999/16/24",), None),
        (("fd00::/48/64",), None),
        (("None/None",), None),
    ],
)
def test_pools_tell_how_many_networks_they_make(pools: tuple[str, ...], many: int | None) -> None:
    assert networks.room(pools) == many


@pytest.mark.parametrize(
    ("wanted", "pools", "tight"),
    [
        (23, (), False),
        (24, (), True),
        (192, ("10.10.0.0/16/24",), False),
        (193, ("10.10.0.0/16/24",), True),
        (8, ("10.10.0.0/28/30",), False),
        (9, ("10.10.0.0/28/30",), True),
    ],
)
def test_a_cook_may_not_count_on_every_network(
    wanted: int, pools: tuple[str, ...], *, tight: bool
) -> None:
    assert networks.is_tight(wanted, pools) is tight
