"""A login in a volume is renewed by its own CLI, once, before any cell starts."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from multicooker.app.kitchen import Kitchen
from multicooker.app.logins import finding
from multicooker.app.logins.finding import Found
from multicooker.domain.credential import login_volume
from multicooker.domain.flavor import KnownFlavor
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
_REPAIR = """
[ ! -L "$1/$2" ] || rm "$1/$2"
for place in "$1" "$1/$2"; do
    [ ! -e "$place" ] || [ "$(stat -c %u:%g "$place")" = "$3" ] || exec chown -Rh "$3" "$1"
done
"""
"""A link in the login's place leads to a memory that is gone, and a new login must not follow."""


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
    volume = login_volume(known.flavor.name, profile)
    with kitchen.credentials.alone(volume):
        found = finding.in_volume(kitchen, known, profile, ca_bundle=around.ca_bundle)
        now = kitchen.clock.now()
        left = found.loaded.seconds_left(now)
        can = known.flavor.renew and found.loaded.has_refresh
        if left is None or left > needs or not can:
            return found
        old = aged(found.data, finding.credential_of(known.flavor), now=now)
        if old is None and left > _BY_ITSELF:
            return found
        kitchen.progress.note(f"{known.flavor.name}: renewing the login in {found.where}")
        repair(kitchen, known, volume, around.user)
        return _Renewal(kitchen, known, profile, around).of(found, old)


def repair(kitchen: Kitchen, known: KnownFlavor, volume: str, user: str) -> None:
    """Give a volume to `uid:gid` where it, or the login in it, is somebody else's."""
    login = finding.inside(known.flavor) if known.flavor.credential else "."
    kitchen.engine.errand(
        Errand(
            image=known.image,
            argv=("/bin/sh", "-c", _REPAIR, "repair", _PLACE, login, user),
            volumes={volume: _PLACE},
            read_only=False,
        )
    )


class _Renewal:
    """One go at renewing the login in one volume."""

    def __init__(
        self, kitchen: Kitchen, known: KnownFlavor, profile: str | None, around: Surroundings
    ) -> None:
        self._kitchen = kitchen
        self._known = known
        self._profile = profile
        self._around = around
        self._volume = login_volume(known.flavor.name, profile)

    def of(self, found: Found, old: bytes | None) -> Found:
        """Let the CLI renew the login; put back what was there where it did not."""
        fresh: Found | None = None
        try:
            if old is not None:
                self._put(old)
            with suppress(EngineError):  # what is in the file afterwards tells more than its code
                self._run()
            fresh = self._fresh(found)
        finally:
            if fresh is None:
                self._put(found.data)
        if fresh is None:
            name = self._known.flavor.name
            self._kitchen.progress.note(f"{name}: its CLI could not renew the login")
        return fresh or found

    def _fresh(self, found: Found) -> Found | None:
        """Return what the CLI made of the login, None where it is the same or nothing.

        New tokens are kept however long they live: the old ones may be spent.
        """
        try:
            now = finding.in_volume(self._kitchen, self._known, self._profile, ca_bundle=None)
        except CredentialsError:  # a CLI blanks what its server rejects
            return None
        return now if now.loaded.secrets != found.loaded.secrets else None

    def _run(self) -> None:
        flavor, bundle = self._known.flavor, self._around.ca_bundle
        trusted = self._kitchen.resources.ca_bundle(bundle) if bundle is not None else b""
        variables = ca_environment(flavor, _CA) if bundle is not None else {}
        self._kitchen.engine.errand(
            Errand(
                image=self._known.image,
                argv=("/bin/sh", "-c", _RUN, _CA, *flavor.renew),
                user=self._around.user,
                # A home that is writable: the image's own is root's.
                volumes={self._volume: f"{_HOME}/{flavor.state[0].removeprefix('/root/')}"},
                read_only=False,
                input=trusted,
                network=True,
                hosts=self._around.hosts,
                environment={"HOME": _HOME, **variables},
                seconds=_SECONDS,
            )
        )

    def _put(self, data: bytes) -> None:
        path = f"{_PLACE}/{finding.inside(self._known.flavor)}"
        self._kitchen.engine.errand(
            Errand(
                image=self._known.image,
                argv=("/bin/sh", "-c", _PUT, "put", path),
                user=self._around.user,
                volumes={self._volume: _PLACE},
                read_only=False,
                input=data,
            )
        )
