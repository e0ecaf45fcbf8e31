"""Which flavors can be used here and now, and what the others lack."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass

from multicooker.app.kitchen import Kitchen
from multicooker.app.logins import finding
from multicooker.domain.cook import Auth, AuthMode
from multicooker.domain.credential import login_volume, token_name
from multicooker.domain.flavor import Flavor, KnownFlavor
from multicooker.errors import CredentialsError, EngineError


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A flavor that nobody is logged in to."""

    flavor: str
    reason: str
    fix: str

    def __str__(self) -> str:
        """Return what to tell."""
        return f"{self.flavor}: {self.reason}; to add it: {self.fix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What there is, by name of the flavor."""

    usable: Mapping[str, Auth]
    """The way that would be used; mode `none` for a flavor that needs no login."""
    skipped: tuple[Skipped, ...]


def probe(kitchen: Kitchen, known: Mapping[str, KnownFlavor]) -> Probe:
    """Look what every flavor has, without asking anybody for a password.

    In this order: this host's own login, one in a volume, a kept token. An engine that does not
    answer has no volumes.
    """
    usable: dict[str, Auth] = {}
    skipped: list[Skipped] = []
    volumes = _volumes(kitchen, known)
    for name, entry in sorted(known.items()):
        auth = _way(kitchen, entry, volumes)
        if auth is not None:
            usable[name] = auth
        else:
            skipped.append(missing(kitchen, entry.flavor))
    return Probe(usable=usable, skipped=tuple(skipped))


def missing(kitchen: Kitchen, flavor: Flavor) -> Skipped:
    """Return where a login of a flavor was looked for, and how to make one."""
    looked = " and ".join(finding.places(kitchen, finding.credential_of(flavor)))
    fix = finding.fix(flavor, Auth(mode=AuthMode.SNAPSHOT))
    return Skipped(flavor=flavor.name, reason=f"no login found; looked at {looked}", fix=fix)


def _volumes(kitchen: Kitchen, known: Mapping[str, KnownFlavor]) -> frozenset[str]:
    """Return the login volumes there are, asked for all at once."""
    named = [
        login_volume(name, None)
        for name, entry in sorted(known.items())
        if entry.flavor.credential and AuthMode.VOLUME in entry.flavor.credential.modes
    ]
    with suppress(EngineError):
        return frozenset(kitchen.engine.volumes(named))
    return frozenset()


def _way(kitchen: Kitchen, known: KnownFlavor, volumes: Collection[str]) -> Auth | None:
    """Return how a flavor's cells would get a login, None where there is none."""
    flavor = known.flavor
    credential = flavor.credential
    if credential is None:
        return Auth(mode=AuthMode.NONE)
    modes = credential.modes
    if AuthMode.SNAPSHOT in modes and finding.first(kitchen, credential) is not None:
        return Auth(mode=AuthMode.SNAPSHOT)
    in_volume = AuthMode.VOLUME in modes and login_volume(flavor.name, None) in volumes
    if in_volume and _holds_login(kitchen, known):
        return Auth(mode=AuthMode.VOLUME)
    if AuthMode.TOKEN in modes:
        with suppress(CredentialsError):
            if kitchen.credentials.has_token(token_name(flavor.name, None)):
                return Auth(mode=AuthMode.TOKEN)
    return None


def _holds_login(kitchen: Kitchen, known: KnownFlavor) -> bool:
    """Tell whether somebody logged in in the volume that is there: a sandbox makes it, too.

    Looking takes the flavor's image. Where that is not built yet the volume has the benefit of the
    doubt: it is looked into before its cells start.
    """
    with suppress(EngineError):
        if not kitchen.engine.images([known.image]):
            return True
        try:
            finding.in_volume(kitchen, known, None, ca_bundle=None)
        except CredentialsError:
            return False
    return True
