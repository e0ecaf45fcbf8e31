"""Where a flavor's image starts from: this engine, a registry, or this machine's packages."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from multicooker.adapters.images.bare import make_bare
from multicooker.adapters.images.debian import bootstrap
from multicooker.domain.flavor import BaseImage
from multicooker.errors import BuildError

_RECIPE = 2
"""Raise it when bases are made differently: those made before are then made again."""


class Shelf(Protocol):
    """The part of `ports.ContainerEngine` that bases need."""

    def images(self, tags: Sequence[str]) -> Mapping[str, str]: ...
    def pull(self, image: str) -> bool: ...
    def load_base(self, archive: str, tag: str) -> None: ...
    def tag(self, image: str, name: str) -> None: ...


class Maker(Protocol):
    """Makes a root file system in `folder`, which is private and removed afterwards."""

    def __call__(
        self, base: BaseImage, *, folder: str, ca_bundle: str | None, tell: Callable[[str], None]
    ) -> tuple[str, str]:
        """Return (path of a tar file, how it was made); BuildError where it cannot be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bases:
    """`ports.BaseImages`: takes what is there, else pulls, else makes."""

    bare: Maker = make_bare
    debian: Maker = bootstrap

    def ensure(
        self,
        base: BaseImage,
        *,
        engine: Shelf,
        ca_bundle: str | None,
        tell: Callable[[str], None],
    ) -> str:
        """Return an image on the engine to build FROM; BuildError says how to get one by hand.

        What is on the engine is taken without any network. Otherwise a bare base is made first and
        pulled where that fails; any other is pulled first, because a bootstrap takes a minute.
        """
        own = made_tag(base)
        there = engine.images([own, base.name, _stand_in(base)])
        if own in there:
            tell(f"base {base.name}: {own}, made here before")
            if base.name not in there:
                _lend_name(base, engine=engine, tell=tell)
            return own
        # A stand-in was made for another declaration: it may lack what this one asks for.
        if base.name in there and there[base.name] != there.get(_stand_in(base)):
            tell(f"base {base.name}: on the engine already")
            return base.name
        reasons = []
        for make in (True, False) if base.bare else (False, True):
            try:
                if make:
                    return self._make(base, engine=engine, ca_bundle=ca_bundle, tell=tell)
                return _pull(base, engine=engine, tell=tell)
            except BuildError as error:
                reasons.append(error.message)
        raise BuildError(
            f"there is no base image {base.name}: {'; '.join(reasons)}",
            hint=f"`docker pull {base.name}` on a network that reaches a registry, or name a"
            " registry mirror in the engine's daemon.json, or build as root on Debian or Ubuntu",
        )

    def _make(
        self,
        base: BaseImage,
        *,
        engine: Shelf,
        ca_bundle: str | None,
        tell: Callable[[str], None],
    ) -> str:
        if not base.debian:
            raise BuildError("the flavor names no Debian packages that would make one")
        own = made_tag(base)
        maker = self.bare if base.bare else self.debian
        with tempfile.TemporaryDirectory(prefix="multicooker-base-") as folder:
            archive, how = maker(base, folder=folder, ca_bundle=ca_bundle, tell=tell)
            engine.load_base(archive, own)
        why = "needs no registry" if base.bare else "no registry gave it"
        tell(f"base {base.name}: {own}, made {how}: {why}")
        _lend_name(base, engine=engine, tell=tell)
        return own


def made_tag(base: BaseImage) -> str:
    """Return the tag under which a base made here is kept: the same declaration, the same tag."""
    declared = json.dumps([_RECIPE, asdict(base)], sort_keys=True).encode()
    return f"{_repository(base)}:{hashlib.sha256(declared).hexdigest()[:12]}"


def _stand_in(base: BaseImage) -> str:
    """Return the second tag of a base made here that has the declared name: a mark, no real one."""
    return f"{_repository(base)}:stand-in"


def _repository(base: BaseImage) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", base.name.lower()).strip("-")[:60].rstrip("-") or "image"
    return f"mc-base-{slug}"


def _lend_name(base: BaseImage, *, engine: Shelf, tell: Callable[[str], None]) -> None:
    """Give a base made here the declared name, so that `docker build` alone finds it, too.

    Only where no registry gave the real one: a bare base is made without asking. A digest is a
    promise of what is in it.
    """
    if base.bare or "@" in base.name:
        return
    for name in (_stand_in(base), base.name):
        engine.tag(made_tag(base), name)
    tell(f"base {base.name}: it stands in for that name until `docker pull {base.name}` works")


def _pull(base: BaseImage, *, engine: Shelf, tell: Callable[[str], None]) -> str:
    if not engine.pull(base.name):
        raise BuildError("no registry gave it")
    tell(f"base {base.name}: pulled from a registry")
    return base.name
