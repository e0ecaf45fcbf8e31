"""Which logins there are, how long they live, and what would be used."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime

from multicooker.app.kitchen import Kitchen
from multicooker.app.logins import finding, probing
from multicooker.app.logins.finding import Found
from multicooker.app.results import AuthStatus, LoginStatus
from multicooker.domain.cook import Auth, AuthMode, check_name
from multicooker.domain.credential import life_in_words, login_volume
from multicooker.domain.flavor import Flavor, KnownFlavor
from multicooker.errors import CredentialsError, EngineError


def auth_status(kitchen: Kitchen) -> AuthStatus:
    """Read every login there is and say what is in the way of those that cannot be used."""
    logins, notes = survey(kitchen, kitchen.resources.flavors(None))
    return AuthStatus(logins=tuple(logins), notes=tuple(notes))


def survey(
    kitchen: Kitchen, known: Mapping[str, KnownFlavor]
) -> tuple[list[LoginStatus], list[str]]:
    """Return the logins of flavors that need one, by flavor, and what could not be looked at.

    The login of this host may ask for a permission (macOS's Keychain does). Nothing is built,
    made or renewed for a look.
    """
    look = _Look(kitchen)
    rows = [row for _, entry in sorted(known.items()) for row in look.rows(entry)]
    return rows, look.notes


class _Look:
    def __init__(self, kitchen: Kitchen) -> None:
        self._kitchen = kitchen
        self.notes: list[str] = []
        self._engine_answers = True

    def rows(self, known: KnownFlavor) -> Iterator[LoginStatus]:
        """Yield a row for every login of a flavor; one that says so where there is none."""
        if known.flavor.credential is None:
            return
        ways = [*self._on_host(known.flavor), *self._in_volumes(known.flavor)]
        ways += self._tokens(known.flavor)
        found = [row for auth in ways if (row := self._row(known, auth)) is not None]
        if not found:
            yield self._none(known.flavor)
        # A profile is used by those who name it.
        used = next((row for row in found if not row.profile), None)
        for row in found:
            yield dataclasses.replace(row, used=row is used)

    def _on_host(self, flavor: Flavor) -> Iterator[Auth]:
        credential = finding.credential_of(flavor)
        for mode in (AuthMode.SNAPSHOT, AuthMode.BIND):
            only_files = mode is AuthMode.BIND
            if mode in credential.modes and finding.first(
                self._kitchen, credential, files_only=only_files
            ):
                yield Auth(mode=mode)
                return

    def _in_volumes(self, flavor: Flavor) -> Iterator[Auth]:
        if AuthMode.VOLUME not in finding.credential_of(flavor).modes or not self._engine_answers:
            return
        name = login_volume(flavor.name, None)
        try:
            found = self._kitchen.engine.volumes_like(name)
        except EngineError as error:
            self._engine_answers = False
            self.notes.append(f"logins in volumes were not looked at: {error.message}")
            return
        for volume in found:
            profile = volume.removeprefix(name).removeprefix("-")
            if volume == name or (volume[len(name)] == "-" and _is_profile(profile)):
                yield Auth(mode=AuthMode.VOLUME, profile=profile or None)

    def _tokens(self, flavor: Flavor) -> Iterator[Auth]:
        if AuthMode.TOKEN not in finding.credential_of(flavor).modes:
            return
        with suppress(CredentialsError):  # reading one says the same, and how to help it
            for name in self._kitchen.credentials.tokens():
                owner, dot, profile = name.partition(".")
                if owner == flavor.name and (not dot or _is_profile(profile)):
                    yield Auth(mode=AuthMode.TOKEN, profile=profile or None)

    def _row(self, known: KnownFlavor, auth: Auth) -> LoginStatus | None:
        """Return what is told of a login, None for a volume without one."""
        flavor = known.flavor
        row = LoginStatus(
            flavor=flavor.name,
            profile=auth.profile or "",
            mode=auth.effective,
            source=self._source(flavor, auth),
            account="",
            expires="",
            life="",
            used=False,
            notice=flavor.notice,
        )
        try:
            if finding.is_in_volume(auth) and not self._kitchen.engine.images([known.image]):
                fix = f"multicooker build --flavor {flavor.name}"
                life = "not looked at: its image is not built"
                return dataclasses.replace(row, life=life, fix=fix)
            found = finding.find(self._kitchen, known, auth, ca_bundle=None)
        except finding.NobodyError:
            return None
        except EngineError as error:
            return dataclasses.replace(row, problem=error.message, fix=error.hint)
        except CredentialsError as error:
            fix = error.hint or finding.fix(flavor, auth)
            return dataclasses.replace(row, problem=error.message, fix=fix)
        return self._read(row, known, auth, found)

    def _read(self, row: LoginStatus, known: KnownFlavor, auth: Auth, found: Found) -> LoginStatus:
        loaded, now = found.loaded, self._kitchen.clock.now()
        left = loaded.seconds_left(now)
        life = life_in_words(loaded.expires, now)
        if finding.is_in_volume(auth) and loaded.has_refresh and known.flavor.renew:
            life += "; renewed before a cook that needs it"
            problem = ""
        else:
            problem = life if left is not None and left <= 0 else ""
        return dataclasses.replace(
            row,
            source=found.where,
            account=loaded.account,
            expires=_stamp(loaded.expires) if loaded.expires else "",
            life=life,
            problem=problem,
            fix=finding.fix(known.flavor, auth) if problem else "",
        )

    def _source(self, flavor: Flavor, auth: Auth) -> str:
        if finding.is_in_volume(auth):
            return f"volume {login_volume(flavor.name, auth.profile)}"
        if auth.mode is AuthMode.TOKEN:
            return "long-lived token"
        credential = finding.credential_of(flavor)
        source = finding.first(self._kitchen, credential, files_only=auth.mode is AuthMode.BIND)
        return self._kitchen.credentials.where(source) if source else ""

    def _none(self, flavor: Flavor) -> LoginStatus:
        skipped = probing.missing(self._kitchen, flavor)
        return LoginStatus(
            flavor=flavor.name,
            profile="",
            mode="",
            source="",
            account="",
            expires="",
            life="",
            used=False,
            problem=skipped.reason,
            fix=skipped.fix,
            notice=flavor.notice,
        )


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _is_profile(name: str) -> bool:
    try:
        check_name("profile", name)
    except ValueError:
        return False
    return True
