"""A login in a volume is renewed by its own CLI, once, before any cell starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from multicooker.app import finding
from multicooker.app.finding import Found
from multicooker.app.kitchen import Kitchen
from multicooker.domain.credential import login_volume
from multicooker.domain.flavor import Credential, KnownFlavor
from multicooker.errors import CredentialsError, EngineError
from multicooker.pipeline.load.credential import aged
from multicooker.pipeline.plan import ca_environment
from multicooker.ports import Errand

_PLACE = "/login"
_HOME = "/tmp"  # noqa: S108  # in the container it is a private tmpfs
_CA = f"{_HOME}/ca.pem"
_SECONDS = 180.0
_BY_ITSELF = 300.0
"""A CLI renews a login by itself where it has less than this left, in seconds."""

_RUN = 'umask 077; cat >"$0"; exec "$@" </dev/null >/dev/null 2>&1'
_PUT = 'umask 077; cat >"$1.new" && mv -f "$1.new" "$1"'
_REPAIR = """\
for place in "$1" "$1/$2"; do
    [ ! -e "$place" ] || [ "$(stat -c %u:%g "$place")" = "$3" ] || exec chown -Rh "$3" "$1"
done"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a CLI needs to know of where it runs."""

    user: str
    """`uid:gid` of the cells."""
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Host name to address, besides what DNS says."""
    ca_bundle: str | None = None
    """The cook's, as its cook.yaml names it."""


def renewed(
    kitchen: Kitchen,
    known: KnownFlavor,
    profile: str | None,
    around: Surroundings,
    *,
    needs: float,
) -> Found:
    """Return a volume's login, renewed where it lives for less than `needs` seconds and can be.

    One process of this host at a time: a refresh token works once. Whatever goes wrong, the file
    is afterwards the old one or a better one.
    """
    volume, credential = login_volume(known.flavor.name, profile), known.flavor.credential
    with kitchen.credentials.alone(volume):
        found = finding.in_volume(kitchen, known, profile, ca_bundle=around.ca_bundle)
        left = found.loaded.seconds_left(kitchen.clock.now())
        if credential is None or left is None or left > needs or not _can(known, found):
            return found
        old = aged(found.data, credential, now=kitchen.clock.now())
        if old is None and left > _BY_ITSELF:
            return found
        kitchen.progress.note(f"{known.flavor.name}: renewing the login in {found.where}")
        repair(kitchen, known, volume, around.user)
        return _renewed(kitchen, known, profile, around, found=found, old=old)


def repair(kitchen: Kitchen, known: KnownFlavor, volume: str, user: str) -> None:
    """Give a volume to `uid:gid` where it, or the login in it, is somebody else's."""
    credential = known.flavor.credential
    name = finding.inside(known.flavor, credential) if credential else "."
    kitchen.engine.errand(
        Errand(
            image=known.image,
            argv=("/bin/sh", "-c", _REPAIR, "repair", _PLACE, name, user),
            volumes={volume: _PLACE},
            read_only=False,
        )
    )


def _can(known: KnownFlavor, found: Found) -> bool:
    return bool(known.flavor.renew) and found.loaded.has_refresh


def _renewed(
    kitchen: Kitchen,
    known: KnownFlavor,
    profile: str | None,
    around: Surroundings,
    *,
    found: Found,
    old: bytes | None,
) -> Found:
    """Let the CLI renew the login; put back what was there where that makes nothing better."""
    better: Found | None = None
    try:
        if old is not None:
            _put(kitchen, known, profile, around, old)
        try:
            _run(kitchen, known, profile, around)
        except EngineError:
            kitchen.progress.note(f"{known.flavor.name}: its CLI could not renew the login")
        better = _better(kitchen, known, profile, found)
    finally:
        if better is None:
            _put(kitchen, known, profile, around, found.data)
    return better or found


def _better(
    kitchen: Kitchen, known: KnownFlavor, profile: str | None, found: Found
) -> Found | None:
    """Return what the CLI made of the login, None where that is no better than it was."""
    try:
        now = finding.in_volume(kitchen, known, profile, ca_bundle=None)
    except CredentialsError:  # a CLI blanks what its server rejects
        return None
    ends, before = now.loaded.expires, found.loaded.expires
    return now if ends is None or before is None or ends > before else None


def _run(kitchen: Kitchen, known: KnownFlavor, profile: str | None, around: Surroundings) -> None:
    flavor = known.flavor
    bundle = around.ca_bundle
    certificates = kitchen.resources.ca_bundle(bundle) if bundle is not None else b""
    kitchen.engine.errand(
        Errand(
            image=known.image,
            argv=("/bin/sh", "-c", _RUN, _CA, *flavor.renew),
            user=around.user,
            # The home must be writable, and the image's own is root's.
            volumes={login_volume(flavor.name, profile): _at_home(flavor.state[0])},
            read_only=False,
            input=certificates,
            network=True,
            hosts=around.hosts,
            environment={
                "HOME": _HOME,
                **(ca_environment(flavor, _CA) if bundle is not None else {}),
            },
            seconds=_SECONDS,
        )
    )


def _at_home(folder: str) -> str:
    return f"{_HOME}/{folder.removeprefix('/root/')}"


def _put(
    kitchen: Kitchen, known: KnownFlavor, profile: str | None, around: Surroundings, data: bytes
) -> None:
    credential: Credential | None = known.flavor.credential
    if credential is None:
        return
    path = f"{_PLACE}/{finding.inside(known.flavor, credential)}"
    kitchen.engine.errand(
        Errand(
            image=known.image,
            argv=("/bin/sh", "-c", _PUT, "put", path),
            user=around.user,
            volumes={login_volume(known.flavor.name, profile): _PLACE},
            read_only=False,
            input=data,
        )
    )
