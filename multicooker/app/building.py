"""Flavors → images on the engine, each built once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

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
    request = _request(kitchen, entry, ca_bundle=ca_bundle, fresh=fresh, tell=tell)
    base = kitchen.bases.ensure(
        entry.flavor.base, engine=kitchen.engine, ca_bundle=request.ca_bundle, tell=tell
    )
    kitchen.engine.build(replace(request, base=base))
    return BuiltImage(
        flavor=entry.flavor.name,
        tag=entry.image,
        base=base,
        built=True,
        how=tuple(how),
        seconds=round(kitchen.clock.monotonic() - begun, 3),
    )


def _request(
    kitchen: Kitchen,
    entry: KnownFlavor,
    *,
    ca_bundle: str | None,
    fresh: bool,
    tell: Callable[[str], None],
) -> BuildRequest:
    """Return what is built; what its downloads take from the user's own settings is told."""
    own, flavor = kitchen.downloads, entry.flavor
    built_in = f"{kitchen.resources.templates_root()}/cook/participants/{flavor.name}"
    # Its token is the user's: no Dockerfile of somebody else's gets to see it.
    npmrc = own.npmrc if entry.folder == built_in else None
    if not flavor.base.bare:  # one that is made of static programs downloads nothing
        if ca_bundle is None and own.ca_bundle is not None:
            tell(f"downloads trust {own.ca_bundle}, too: {own.ca_origin} names it")
        if npmrc is not None:
            tell(f"npm downloads as {npmrc} says")
    return BuildRequest(
        tag=entry.image,
        folder=entry.folder,
        base=flavor.base.name,
        labels={"dev.multicooker.flavor": flavor.name},
        args={"VERSION": flavor.version} if flavor.version else {},
        ca_bundle=ca_bundle or own.ca_bundle,
        npmrc=npmrc,
        fresh=fresh,
    )
