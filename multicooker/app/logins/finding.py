"""Where a flavor's login is, and what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from multicooker.app import building
from multicooker.app.kitchen import Kitchen
from multicooker.domain.cook import Auth, AuthMode
from multicooker.domain.credential import (
    MAX_CREDENTIAL,
    LoadedCredential,
    login_volume,
    token_name,
)
from multicooker.domain.flavor import Credential, Flavor, KnownFlavor
from multicooker.errors import CredentialsError, EngineError
from multicooker.pipeline.load.credential import from_token, read_credential
from multicooker.ports import Errand

_PLACE = "/login"
"""Where errands see a volume; below /root only root could reach it."""
_READ = """
[ -e "$1" ] && [ ! -L "$1" ] || { echo "No such file" >&2; exit 1; }
[ -f "$1" ] || { echo "it is no regular file" >&2; exit 1; }
exec cat "$1"
"""
"""A sandbox on the host's login leaves a link to its memory; an agent in it may leave anything."""
_HOSTS = frozenset({AuthMode.SNAPSHOT, AuthMode.BIND, AuthMode.PIPE})
_TRAPS = ("it is no regular file", "it printed more than")


class NobodyError(CredentialsError):
    """The volume is there, and nobody logged in in it: a sandbox used the host's login, say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A login that is there and well-formed."""

    where: str
    """In words."""
    loaded: LoadedCredential
    data: bytes = field(repr=False)
    """The whole file, with what no cell gets; empty for a token."""


def find(kitchen: Kitchen, known: KnownFlavor, auth: Auth, *, ca_bundle: str | None) -> Found:
    """Return the login a flavor's cells use; CredentialsError, with a hint where one helps."""
    if auth.effective is AuthMode.TOKEN:
        return _token(kitchen, known.flavor, auth.profile)
    if is_in_volume(auth):
        return in_volume(kitchen, known, auth.profile, ca_bundle=ca_bundle)
    return _on_host(kitchen, known.flavor, files_only=auth.effective is AuthMode.BIND)


def is_in_volume(auth: Auth) -> bool:
    """Tell whether a way of auth takes the login from a volume of its own."""
    return auth.effective is AuthMode.VOLUME or (
        auth.effective is AuthMode.PIPE and auth.profile is not None
    )


def is_on_host(auth: Auth) -> bool:
    """Tell whether a way of auth takes this host's own login, where its CLI keeps it."""
    return auth.effective in _HOSTS and auth.profile is None


def credential_of(flavor: Flavor) -> Credential:
    """Return what a flavor's login is; CredentialsError where it needs none."""
    if flavor.credential is None:
        raise CredentialsError(f"{flavor.name} needs no login")
    return flavor.credential


def fix(flavor: Flavor, auth: Auth) -> str:
    """Return the one command that makes the login that is asked for, or makes it anew."""
    profile = f" --profile {auth.profile}" if auth.profile else ""
    if auth.effective is AuthMode.TOKEN:
        return f"multicooker login {flavor.name}{profile} --token"
    if is_in_volume(auth):
        return f"multicooker login {flavor.name}{profile}"
    return flavor.login or f"multicooker flavor show {flavor.name}"


def _on_host(kitchen: Kitchen, flavor: Flavor, *, files_only: bool) -> Found:
    """Read the first of the flavor's places on this host that holds something."""
    credential = credential_of(flavor)
    source = first(kitchen, credential, files_only=files_only)
    if source is None:
        raise CredentialsError(nowhere(kitchen, flavor, credential, files_only=files_only))
    where = kitchen.credentials.where(source)
    data = kitchen.credentials.read(source)
    return Found(where=where, loaded=_read(kitchen, credential, where, data), data=data)


def nowhere(
    kitchen: Kitchen, flavor: Flavor, credential: Credential, *, files_only: bool = False
) -> str:
    """Say that a flavor has no login on this host, and where it was looked for."""
    looked = " and ".join(places(kitchen, credential, files_only=files_only))
    return f"no login of {flavor.name} on this host; looked at {looked}"


def first(kitchen: Kitchen, credential: Credential, *, files_only: bool = False) -> str | None:
    """Return the first source that holds something, None where none does; asks nobody."""
    there = (
        source
        for source in _sources(credential, files_only=files_only)
        if kitchen.credentials.has(source)
    )
    return next(there, None)


def places(kitchen: Kitchen, credential: Credential, *, files_only: bool = False) -> list[str]:
    """Return in words where a login could be on this machine."""
    words = map(kitchen.credentials.where, _sources(credential, files_only=files_only))
    return [place for place in words if place] or ["nothing: this machine has no such place"]


def in_volume(
    kitchen: Kitchen, known: KnownFlavor, profile: str | None, *, ca_bundle: str | None
) -> Found:
    """Read the login that was made in a volume; a look never makes one."""
    volume, credential = login_volume(known.flavor.name, profile), credential_of(known.flavor)
    if not kitchen.engine.volumes([volume]):
        raise CredentialsError(f"there is no volume {volume}")
    building.ensure_images(kitchen, (known,), ca_bundle=ca_bundle, rebuild=False)
    path = f"{_PLACE}/{inside(known.flavor)}"
    # Only root may read what a login made as root; it has no network and changes nothing.
    errand = Errand(
        image=known.image,
        argv=("/bin/sh", "-c", _READ, "cat", path),
        volumes={volume: _PLACE},
        most=MAX_CREDENTIAL,
    )
    try:
        data = kitchen.engine.errand(errand)
    except EngineError as error:
        if "No such file" in error.message:
            raise NobodyError(f"nobody logged in in the volume {volume}") from None
        trap = next((words for words in _TRAPS if words in error.message), None)
        if trap is None:
            raise
        raise CredentialsError(
            f"what lies in the place of a login in the volume {volume} is none: {trap}",
        ) from None
    where = f"volume {volume}"
    return Found(where=where, loaded=_read(kitchen, credential, where, data), data=data)


def inside(flavor: Flavor) -> str:
    """Return the credential's path below a login volume."""
    return credential_of(flavor).target.removeprefix(f"{flavor.state[0]}/")


def _token(kitchen: Kitchen, flavor: Flavor, profile: str | None) -> Found:
    credential = credential_of(flavor)
    token = kitchen.credentials.token(token_name(flavor.name, profile))
    whose = f"{flavor.name}, profile {profile}" if profile else flavor.name
    if token is None:
        raise CredentialsError(f"no long-lived token is kept for {whose}")
    where = f"long-lived token of {whose}"
    try:
        loaded = from_token(token, credential, now=kitchen.clock.now())
    except CredentialsError as error:
        raise CredentialsError(f"{where}: {error.message}") from None
    return Found(where=where, loaded=loaded, data=b"")


def _read(kitchen: Kitchen, credential: Credential, where: str, data: bytes) -> LoadedCredential:
    try:
        return read_credential(data, credential, now=kitchen.clock.now())
    except CredentialsError as error:
        raise CredentialsError(f"{where}: {error.message}") from None


def _sources(credential: Credential, *, files_only: bool) -> Iterator[str]:
    for source in credential.sources:
        if not files_only or source.startswith("file:"):
            yield source
