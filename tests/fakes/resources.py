"""Templates and flavors in memory; held to the same contract as folders (tests/contract)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from multicooker.domain.flavor import KnownFlavor
from multicooker.errors import BadInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeResources:
    """`ports.Resources`: every cook knows the same flavors."""

    known: Mapping[str, KnownFlavor] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)
    """Why flavors do not load, by name."""
    mounted: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    """Files at /opt/cell by flavor; an entrypoint alone where it names none."""
    templates: Mapping[str, str] = field(default_factory=dict)
    bundles: Mapping[str, bytes] = field(default_factory=dict)
    """PEM files of this machine, by path."""
    root: str = "/templates"
    new: Mapping[str, bytes] = field(
        default_factory=lambda: {"flavor.yaml": b"name: __NAME__\n", "entrypoint.sh": b"exit 0\n"}
    )

    def template(self, name: str) -> str:
        if name.startswith("/") or ".." in name.split("/"):
            raise BadInputError(f"template {name!r} lies outside the templates")
        return self.templates[name]

    def templates_root(self) -> str:
        return self.root

    def flavors(self, cook_folder: str | None = None) -> Mapping[str, KnownFlavor]:
        del cook_folder
        return {name: entry for name, entry in self.known.items() if name not in self.broken}

    def problems(self, cook_folder: str | None = None) -> Mapping[str, str]:
        del cook_folder
        return self.broken

    def flavor(self, name: str, cook_folder: str | None = None) -> KnownFlavor:
        if name in self.broken:
            raise BadInputError(self.broken[name])
        known = self.flavors(cook_folder).get(name)
        if known is None:
            raise BadInputError(f"there is no flavor {name!r}", hint="`multicooker flavor list`")
        return known

    def folder(self, name: str, cook_folder: str | None = None) -> str:
        if name in self.broken:
            return f"/flavors/{name}"
        return self.flavor(name, cook_folder).folder

    def files(self, known: KnownFlavor) -> Mapping[str, bytes]:
        return self.mounted.get(known.flavor.name, {"entrypoint.sh": b"#!/bin/sh\n"})

    def ca_bundle(self, path: str) -> bytes:
        if path not in self.bundles:
            raise BadInputError(f"cook.yaml: ca_bundle: {path}: No such file or directory")
        return self.bundles[path]

    def readme(self, known: KnownFlavor) -> str:
        return f"# {known.flavor.name}\n\n{known.flavor.login or 'No login needed.'}\n"

    def skeleton(self) -> Mapping[str, bytes]:
        return self.new
