"""Verbs about flavors: list, show, new, check."""

from __future__ import annotations

from multicooker.app.flavor.check import flavor_check
from multicooker.app.flavor.new import flavor_new
from multicooker.app.kitchen import Kitchen
from multicooker.app.logins import finding
from multicooker.app.results import FlavorDetail, FlavorList, FlavorSummary
from multicooker.domain.flavor import KnownFlavor

__all__ = ["flavor_check", "flavor_list", "flavor_new", "flavor_show"]


def flavor_list(kitchen: Kitchen) -> FlavorList:
    """Return every flavor, where it comes from, and whether its credentials are here."""
    known = kitchen.resources.flavors(None)
    return FlavorList(
        flavors=tuple(
            FlavorSummary(
                name=name,
                summary=entry.flavor.summary,
                source=entry.source,
                roles=tuple(str(role) for role in entry.flavor.roles),
                credentials=_credentials(kitchen, entry),
            )
            for name, entry in sorted(known.items())
        ),
        problems=tuple(
            f"{name}: {problem}" for name, problem in sorted(kitchen.resources.problems().items())
        ),
    )


def flavor_show(kitchen: Kitchen, *, name: str) -> FlavorDetail:
    """Return one flavor with its README."""
    entry = kitchen.resources.flavor(name)
    return FlavorDetail(
        name=name,
        summary=entry.flavor.summary,
        source=entry.source,
        folder=entry.folder,
        image=entry.image,
        readme=kitchen.resources.readme(entry),
        models=entry.flavor.models,
        options=tuple(
            f"{option}: {', '.join(values) or 'any'}"
            for option, values in sorted(entry.flavor.options.items())
        ),
    )


def _credentials(kitchen: Kitchen, entry: KnownFlavor) -> str:
    credential = entry.flavor.credential
    if credential is None:
        return "none needed"
    if finding.first(kitchen, credential) is not None:
        return "found"
    return f"missing: {', '.join(finding.places(kitchen, credential))}"
