"""`flavor new`: a flavor folder to edit, where it is found afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from multicooker.adapters.flavors import folder as flavor_folder
from multicooker.app.kitchen import Kitchen
from multicooker.app.results import NewResult
from multicooker.domain.cook import check_name
from multicooker.errors import BadInputError
from multicooker.ports import Cooks, Resources

PLACEHOLDER = b"__NAME__"
SCHEMA = b"__SCHEMA__"
"""Where the schema lies that editors complete and check a flavor.yaml by."""


def flavor_new(kitchen: Kitchen, *, name: str) -> NewResult:
    """Copy the skeleton to `flavors/<name>/` next to the cooks; BadInputError where it is taken."""
    return make_flavor(name, cooks=kitchen.cooks, resources=kitchen.resources)


def make_flavor(
    name: str,
    *,
    cooks: Cooks,
    resources: Resources,
    write: Callable[[str, Mapping[str, bytes]], None] = flavor_folder.write,
) -> NewResult:
    """Do what `flavor_new` says, with nothing but the ports it needs."""
    try:
        check_name("flavor", name)
    except ValueError as error:
        raise BadInputError(str(error)) from error
    known = resources.flavors().get(name)
    if known is not None:
        raise BadInputError(
            f"there is a flavor {name!r} already ({known.source}: {known.folder})",
            hint="choose another name: a new one of this name would hide it",
        )
    folder = f"{Path(cooks.root).parent}/flavors/{name}"
    skeleton = resources.skeleton()
    schema = f"{resources.templates_root()}/cook/flavor.schema.json".encode()
    files = {
        path: data.replace(PLACEHOLDER, name.encode()).replace(SCHEMA, schema)
        for path, data in skeleton.items()
    }
    write(folder, files)
    return NewResult(task=name, folder=folder, created=tuple(files))
