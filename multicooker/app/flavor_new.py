"""`flavor new`: a flavor folder to edit, where it is found afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from multicooker.adapters import flavor_folder
from multicooker.app.kitchen import Kitchen
from multicooker.app.results import NewResult
from multicooker.domain.cook import check_name
from multicooker.errors import BadInputError

PLACEHOLDER = b"__NAME__"


def flavor_new(
    kitchen: Kitchen,
    *,
    name: str,
    write: Callable[[str, Mapping[str, bytes]], None] = flavor_folder.write,
) -> NewResult:
    """Copy the skeleton to `flavors/<name>/` next to the cooks; BadInputError where it is taken."""
    try:
        check_name("flavor", name)
    except ValueError as error:
        raise BadInputError(str(error)) from error
    known = kitchen.resources.flavors().get(name)
    if known is not None:
        raise BadInputError(
            f"there is a flavor {name!r} already ({known.source}: {known.folder})",
            hint="choose another name: a new one of this name would hide it",
        )
    folder = f"{Path(kitchen.cooks.root).parent}/flavors/{name}"
    skeleton = kitchen.resources.skeleton()
    files = {path: data.replace(PLACEHOLDER, name.encode()) for path, data in skeleton.items()}
    write(folder, files)
    return NewResult(task=name, folder=folder, created=tuple(files))
