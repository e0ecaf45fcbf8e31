"""A cook of many cells, and an engine that has too few networks for them."""

from __future__ import annotations

import dataclasses

import pytest

from multicooker.app.results import CookPlan
from multicooker.app.verbs import plan_cook
from multicooker.errors import EngineError
from tests.fakes.engine import Ends
from tests.fakes.kitchen import FakeKitchen
from tests.known_flavors import ACME, KNOWN
from tests.unit.app.test_admitting import cook_it, log_in

SMALL = "10.10.0.0/24/28"
"""Room for 16 networks."""
OVERRIDE = "services: {}\n"


def kitchen(cells: int, *pools: str, **files: str) -> FakeKitchen:
    """Return a kitchen with a cook of that many cells with a network, and one without."""
    names = ", ".join(f"{{name: cook-{at}, flavor: acme}}" for at in range(cells))
    spec = f"participants: [{{name: demo, flavor: demo}}, {names}]\njudges: []\n"
    fake = FakeKitchen(**{"cook.yaml": spec, **files})
    fake.resources = dataclasses.replace(fake.resources, known={**KNOWN, "acme": ACME})
    log_in(fake)
    fake.engine.engine_info = dataclasses.replace(fake.engine.engine_info, address_pools=pools)
    return fake


def planned(fake: FakeKitchen) -> CookPlan:
    return plan_cook(
        fake.kitchen,
        task=fake.task,
        judge=True,
        rebuild=False,
        fresh=False,
        jobs=2,
        timeout=None,
    )


def told(fake: FakeKitchen) -> list[str]:
    return [note for note in planned(fake).notes if "network each" in note]


@pytest.mark.parametrize(("cells", "notes"), [(8, 0), (23, 0), (24, 1), (40, 1)])
def test_default_pools_are_told_where_they_may_not_do(cells: int, notes: int) -> None:
    found = told(kitchen(cells))
    assert len(found) == notes
    for note in found:
        assert f"{cells} cells need a network each, and the engine's default pools make 31" in note
        assert "`default-address-pools`" in note


def test_what_cannot_fit_is_refused_before_anything_is_built() -> None:
    fake = kitchen(17, SMALL)
    for verb in (planned, cook_it):
        with pytest.raises(EngineError, match=r"17 cells need a network each, .* pools make 16"):
            verb(fake)
    assert not [call for call in fake.engine.calls if call[0] in {"up", "build"}]
    assert len(told(kitchen(16, SMALL))) == 1
    assert told(kitchen(12, SMALL)) == []


def test_an_override_may_bring_networks_of_its_own() -> None:
    (note,) = told(kitchen(17, SMALL, **{"compose.override.yaml": OVERRIDE}))
    assert "pools make 16" in note


def test_cells_that_are_skipped_need_no_network() -> None:
    fake = kitchen(17, SMALL)
    fake.credentials = dataclasses.replace(fake.credentials, held={})
    assert told(fake) == []


def test_an_engine_that_does_not_answer_is_no_hindrance_to_a_plan() -> None:
    fake = kitchen(40)
    fake.engine.down = "cannot reach the engine"
    assert told(fake) == []


def test_a_cook_tells_it_before_it_starts_and_in_the_end() -> None:
    fake = kitchen(30)
    fake.engine.scripts = {"demo": Ends(after=1, writes={"index.html": b"<p>hello</p>"})}
    result = cook_it(fake, with_judges=False)
    assert len([note for note in result.notes if "network each" in note]) == 1
    assert len([note for note in fake.progress.notes if "network each" in note]) == 1
