"""Flavors → images on the engine, each built once."""

from __future__ import annotations

from collections.abc import Sequence

from multicooker.app.kitchen import Kitchen
from multicooker.app.results import BuiltImage
from multicooker.domain.flavor import KnownFlavor
from multicooker.ports import BuildRequest


def ensure_images(
    kitchen: Kitchen,
    flavors: Sequence[KnownFlavor],
    *,
    ca_bundle: str | None,
    rebuild: bool,
) -> tuple[BuiltImage, ...]:
    """Build the images that are not there yet, one after the other; BuildError where one fails."""
    present = kitchen.engine.images([entry.image for entry in flavors])
    return tuple(
        BuiltImage(
            flavor=entry.flavor.name,
            tag=entry.image,
            base=entry.flavor.base.name,
            built=False,
            how=("already there",),
            seconds=0.0,
        )
        if entry.image in present and not rebuild
        else _build(kitchen, entry, ca_bundle=ca_bundle, fresh=rebuild)
        for entry in flavors
    )


def _build(
    kitchen: Kitchen, entry: KnownFlavor, *, ca_bundle: str | None, fresh: bool
) -> BuiltImage:
    begun = kitchen.clock.monotonic()
    how: list[str] = []

    def tell(line: str) -> None:
        how.append(line)
        kitchen.progress.note(line)

    kitchen.progress.note(f"building {entry.image}")
    base = kitchen.bases.ensure(
        entry.flavor.base, engine=kitchen.engine, ca_bundle=ca_bundle, tell=tell
    )
    kitchen.engine.build(
        BuildRequest(
            tag=entry.image,
            folder=entry.folder,
            base=base,
            labels={"dev.multicooker.flavor": entry.flavor.name},
            ca_bundle=ca_bundle,
            fresh=fresh,
        )
    )
    return BuiltImage(
        flavor=entry.flavor.name,
        tag=entry.image,
        base=base,
        built=True,
        how=tuple(how),
        seconds=round(kitchen.clock.monotonic() - begun, 3),
    )
