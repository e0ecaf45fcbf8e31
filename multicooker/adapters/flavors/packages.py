"""Flavors that installed packages bring: entry points of the group `multicooker.flavors`.

An entry point's name is the flavor's; its value is a module whose folder holds the flavor's files.
A flavor is data, so the package is found and never imported: none of its code runs here.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

GROUP = "multicooker.flavors"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagedFlavor:
    """One name some package claims. Either `folder` or `problem` is set."""

    package: str
    folder: str = ""
    problem: str = ""


def packaged_flavors() -> Mapping[str, PackagedFlavor]:
    """Return what packages bring, by flavor name; a name two bring is a problem naming both."""
    claims: dict[str, list[EntryPoint]] = {}
    for entry_point in entry_points(group=GROUP):
        claims.setdefault(entry_point.name, []).append(entry_point)
    return {name: _claimed(name, points) for name, points in sorted(claims.items())}


def _claimed(name: str, points: Sequence[EntryPoint]) -> PackagedFlavor:
    packages = sorted({_package(point) for point in points})
    both = " and ".join(packages)
    if len({(_package(point), point.value) for point in points}) > 1:
        problem = f"flavor {name!r} is brought twice, by {both}: uninstall one of them"
        return PackagedFlavor(package=both, problem=problem)
    folder = _module_folder(points[0].value)
    if folder is None:
        problem = f"flavor {name!r}: {both} names {points[0].value!r}, which is no folder here"
        return PackagedFlavor(package=both, problem=problem)
    return PackagedFlavor(package=both, folder=folder)


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "an unnamed package"


def _module_folder(module: str) -> str | None:
    """Return the folder of a dotted module, None where there is none (missing, or a zip)."""
    top, *below = module.split(".")
    if not all(name.isidentifier() for name in (top, *below)):
        return None
    # importlib.util.find_spec and importlib.resources would import what stands above `below`.
    for finder in sys.meta_path:
        spec = finder.find_spec(top, None)
        if spec is not None:
            folders = [Path(place, *below) for place in spec.submodule_search_locations or ()]
            return next((str(folder.resolve()) for folder in folders if folder.is_dir()), None)
    return None
