"""Templates and flavors: from the checkout or the wheel, the user's folders and packages."""

from __future__ import annotations

import difflib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import multicooker
from multicooker.adapters import trust
from multicooker.adapters.flavors import folder as flavor_folder
from multicooker.adapters.flavors.packages import packaged_flavors
from multicooker.domain.flavor import BaseImage, Flavor, KnownFlavor
from multicooker.errors import BadInputError, StateError

MAX_TEMPLATE_BYTES = 1024**2
_SKELETON = "_skeleton"


class LoadFlavor(Protocol):
    """`pipeline.load.flavor`; adapters do not import stages."""

    def __call__(self, text: str, *, place: str) -> Flavor:
        """Return what the text of a flavor.yaml says; BadInputError with its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a flavor is looked for. Either `folder` or `problem` is set."""

    name: str
    source: str
    folder: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PackagedResources:
    """`ports.Resources` on disk."""

    load_flavor: LoadFlavor
    cooks: str | None = None
    """Where cooks live; the folder `flavors/` next to it holds the project's own flavors."""
    package: str = str(Path(multicooker.__file__).parent)

    def templates_root(self) -> str:
        """Return the wheel's `_templates`, else the checkout's `templates`.

        A checkout never has `_templates` next to its own package, so that an editable install
        reads the files a developer edits.
        """
        package = Path(self.package)
        for root in (package / "_templates", package.parent / "templates"):
            if root.is_dir():
                return str(root)
        raise StateError(
            "this installation holds no templates",
            hint="install multicooker again: `pipx reinstall multicooker`",
        )

    def template(self, name: str) -> str:
        """Return a template's text; KeyError where there is none, BadInputError outside."""
        root = Path(self.templates_root()).resolve()
        if name.startswith("/") or ".." in name.split("/") or "\0" in name:
            raise BadInputError(f"template {name!r} lies outside the templates")
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise BadInputError(f"template {name!r} is a link that leaves {root}")
        if not path.is_file():
            raise KeyError(name)
        if path.stat().st_size > MAX_TEMPLATE_BYTES:
            raise BadInputError(f"template {name!r} is larger than 1 MiB")
        return path.read_text(encoding="utf-8")

    def flavors(self, cook_folder: str | None = None) -> Mapping[str, KnownFlavor]:
        """Return every flavor that loads, by name; first match wins (see `_places`)."""
        return self._survey(cook_folder)[0]

    def problems(self, cook_folder: str | None = None) -> Mapping[str, str]:
        """Return why a flavor that was found does not load, by name.

        Such a flavor hides a later one of its name: what a user put first is never replaced
        silently. It breaks only the commands that ask for it.
        """
        return self._survey(cook_folder)[1]

    def flavor(self, name: str, cook_folder: str | None = None) -> KnownFlavor:
        """Return one flavor; BadInputError where it is unknown or does not load."""
        return self._load(self._place(name, cook_folder))

    def folder(self, name: str, cook_folder: str | None = None) -> str:
        """Return where a flavor lies, whether it loads or not; BadInputError where unknown."""
        place = self._place(name, cook_folder)
        if place.problem:
            raise BadInputError(place.problem)
        return place.folder

    def files(self, known: KnownFlavor) -> Mapping[str, bytes]:
        """Return the files a cell of this flavor sees at /opt/cell, by relative path."""
        files = flavor_folder.read(known.folder)
        return {path: data for path, data in files.items() if path not in flavor_folder.UNMOUNTED}

    def ca_bundle(self, path: str) -> bytes:
        """Return the PEM file at `path` with this machine's own CAs."""
        return trust.ca_bundle(path)

    def readme(self, known: KnownFlavor) -> str:
        """Return a flavor's README.md; what is not UTF-8 in it is replaced."""
        return flavor_folder.read(known.folder)["README.md"].decode("utf-8", "replace")

    def skeleton(self) -> Mapping[str, bytes]:
        """Return the files a new flavor starts from; `__NAME__` stands for its name."""
        return flavor_folder.read(f"{self._built_in()}/{_SKELETON}")

    def _built_in(self) -> str:
        return f"{self.templates_root()}/cook/participants"

    def _survey(self, cook_folder: str | None) -> tuple[dict[str, KnownFlavor], dict[str, str]]:
        known: dict[str, KnownFlavor] = {}
        problems: dict[str, str] = {}
        for place in self._places(cook_folder):
            if place.name in known or place.name in problems:
                continue
            try:
                known[place.name] = self._load(place)
            except BadInputError as error:
                problems[place.name] = error.message
        return known, problems

    def _places(self, cook_folder: str | None) -> Iterator[_Place]:
        """Yield where flavors are, in the order in which the first of a name wins."""
        if cook_folder is not None:
            yield from _folders(f"{cook_folder}/flavors", "this cook")
        if self.cooks is not None:
            yield from _folders(str(Path(self.cooks).parent / "flavors"), "this project")
        for name, found in packaged_flavors().items():
            yield _Place(
                name=name, source=found.package, folder=found.folder, problem=found.problem
            )
        yield from _folders(self._built_in(), "built-in")

    def _place(self, name: str, cook_folder: str | None) -> _Place:
        names = []
        for place in self._places(cook_folder):
            if place.name == name:
                return place
            names.append(place.name)
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "`multicooker flavor list` shows them all"
        raise BadInputError(f"there is no flavor {name!r}", hint=hint)

    def _load(self, place: _Place) -> KnownFlavor:
        if place.problem:
            raise BadInputError(place.problem)
        files = flavor_folder.read(place.folder)
        missing = [name for name in flavor_folder.FOUR_FILES if name not in files]
        if missing:
            raise BadInputError(
                f"{place.folder}: flavor {place.name!r} lacks {', '.join(missing)}",
                hint="`multicooker flavor check` says what a flavor needs",
            )
        where = f"{place.folder}/flavor.yaml"
        flavor = self.load_flavor(_text(files["flavor.yaml"], where), place=where)
        if flavor.name != place.name:
            raise BadInputError(
                f"{where}: name: {flavor.name!r} differs from the name it is found by,"
                f" {place.name!r}"
            )
        return KnownFlavor(
            flavor=flavor,
            folder=place.folder,
            source=place.source,
            fingerprint=image_fingerprint(flavor.base, files["Dockerfile.base"]),
        )


def image_fingerprint(base: BaseImage, dockerfile: bytes) -> str:
    """Return SHA-256 over what a flavor's image is made from, and nothing else.

    Its other files are mounted into cells: editing an entrypoint must not rebuild an image.
    """
    declared = json.dumps(asdict(base), sort_keys=True).encode()
    return hashlib.sha256(declared + b"\0" + dockerfile).hexdigest()


def _text(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInputError(f"{where}: is not UTF-8 (byte {error.start})") from error


def _folders(root: str, source: str) -> Iterator[_Place]:
    """Yield the flavor folders below `root`: `_…` and hidden ones are none, links are told."""
    try:
        entries = sorted(os.scandir(root), key=lambda entry: entry.name)
    except OSError:  # most cooks have no flavors of their own
        return
    for entry in entries:
        if entry.name.startswith(("_", ".")) or not (entry.is_symlink() or entry.is_dir()):
            continue
        yield _Place(name=entry.name, source=source, folder=entry.path)
