"""Every cell's login: found, checked before anything starts, and handed over."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from multicooker.app.kitchen import Kitchen
from multicooker.app.logins import finding, renewing
from multicooker.app.logins.finding import Found
from multicooker.app.opening import Opened
from multicooker.domain.cook import Auth, AuthMode
from multicooker.domain.credential import Gift, Logins, Refusal, in_words, life_in_words
from multicooker.domain.flavor import Credential, KnownFlavor
from multicooker.domain.mask import Mask
from multicooker.domain.round import Cell
from multicooker.errors import CredentialsError
from multicooker.pipeline.plan import SECRETS, credential_path

MARGIN = 300.0
"""Seconds a login must live on after its cell's last moment."""


def check(kitchen: Kitchen, opened: Opened, cells: Collection[Cell]) -> Logins:
    """Read the logins of cells and refuse those whose login does not last; starts nothing.

    A login in a volume is renewed first where that is needed. EngineError where the engine does
    not answer and a login lies in a volume.
    """
    checked = _Checked(kitchen, opened)
    for cell in cells:
        if cell.auth.mode is not AuthMode.NONE:
            checked.add(cell, needs=max(map(_needed, _sharing(cell, cells))))
    return checked.logins()


def lay_out(opened: Opened, found: Logins) -> None:
    """Write what cells get of their logins into `.auth/`, readable by the cells' user alone."""
    workspace, user = opened.workspace, opened.round.user
    for path, data in found.files.items():
        workspace.make_folder(".auth", owner=user)
        workspace.make_folder(posixpath.dirname(path), owner=user)
        workspace.write(path, data, owner=user)


class _Checked:
    """The logins so far; one that several cells share is read once."""

    def __init__(self, kitchen: Kitchen, opened: Opened) -> None:
        self._kitchen = kitchen
        self._opened = opened
        self._found: dict[tuple[str, Auth], Found | Refusal] = {}
        self._refused: dict[str, Refusal] = {}
        self._described: dict[str, str] = {}
        self._files: dict[str, bytes] = {}
        self._piped: dict[str, Gift] = {}

    def add(self, cell: Cell, *, needs: float) -> None:
        """Read a cell's login; `needs` is how many seconds the longest of its sharers does."""
        known = self._opened.known[cell.flavor].at(cell.version or None)
        found = self._find(known, cell.auth, needs)
        if isinstance(found, Found):
            found = self._too_short(known, cell, found) or found
        if isinstance(found, Refusal):
            self._refused[cell.name] = found
            return
        self._described[cell.name] = _described(cell.auth, found, self._kitchen.clock.now())
        self._hand(cell, finding.credential_of(known.flavor), found)

    def logins(self) -> Logins:
        """Return them all."""
        read = [found.loaded for found in self._found.values() if isinstance(found, Found)]
        return Logins(
            refused=self._refused,
            described=self._described,
            files=self._files,
            piped=self._piped,
            mask=Mask(
                secrets=_all(one.secrets for one in read),
                identity=_all(one.identity for one in read),
            ),
        )

    def _find(self, known: KnownFlavor, auth: Auth, needs: float) -> Found | Refusal:
        key = known.flavor.name, auth
        if key not in self._found:
            try:
                self._found[key] = self._read(known, auth, needs)
            except CredentialsError as error:
                fix = error.hint or finding.fix(known.flavor, auth)
                self._found[key] = Refusal(reason=error.message, fix=fix)
        return self._found[key]

    def _read(self, known: KnownFlavor, auth: Auth, needs: float) -> Found:
        spec = self._opened.spec
        found = finding.find(self._kitchen, known, auth, ca_bundle=spec.ca_bundle)
        if auth.effective is AuthMode.BIND:
            self._check_mount(known)
        left = found.loaded.seconds_left(self._kitchen.clock.now())
        if not finding.is_in_volume(auth) or left is None or left > needs:
            return found
        around = renewing.Surroundings(
            user=self._opened.round.user, hosts=spec.network.resolve, ca_bundle=spec.ca_bundle
        )
        return renewing.renewed(self._kitchen, known, auth.profile, around, needs=needs)

    def _check_mount(self, known: KnownFlavor) -> None:
        """Refuse to bind a file that the cells' user cannot read."""
        credential, user = finding.credential_of(known.flavor), self._opened.round.user
        source = finding.first(self._kitchen, credential, files_only=True)
        if source is not None and not self._kitchen.credentials.opens_for(source, user):
            raise CredentialsError(
                f"{self._kitchen.credentials.where(source)} is not readable for uid"
                f" {user.partition(':')[0]}, who the cells run as",
                hint="use `auth: snapshot`, which copies it",
            )

    def _too_short(self, known: KnownFlavor, cell: Cell, found: Found) -> Refusal | None:
        now = self._kitchen.clock.now()
        left = found.loaded.seconds_left(now)
        if left is None or left > _needed(cell):
            return None
        reason = f"the login ({found.where}) {life_in_words(found.loaded.expires, now)}"
        if left > 0:
            reason += f", and the cell may need it for {in_words(_needed(cell))}"
        return Refusal(reason=reason, fix=finding.fix(known.flavor, cell.auth))

    def _hand(self, cell: Cell, credential: Credential, found: Found) -> None:
        if cell.auth.mode is AuthMode.PIPE:
            path = f"{SECRETS}/{credential.provider}"
            self._piped[cell.name] = Gift(path=path, data=found.loaded.cell_bytes)
        elif cell.auth.mode is not AuthMode.BIND:
            path = credential_path(cell.flavor, cell.auth, credential)
            self._files[path] = found.loaded.cell_bytes


def _needed(cell: Cell) -> float:
    """Return how many seconds from now a cell's login has to live."""
    return cell.timeout + cell.grace + MARGIN


def _sharing(cell: Cell, cells: Collection[Cell]) -> list[Cell]:
    return [one for one in cells if (one.flavor, one.auth) == (cell.flavor, cell.auth)]


def _described(auth: Auth, found: Found, now: datetime) -> str:
    how = {
        AuthMode.SNAPSHOT: "snapshot of ",
        AuthMode.BIND: "read-only bind of ",
        AuthMode.PIPE: "piped from ",
    }.get(auth.effective, "")
    account = f" ({found.loaded.account})" if found.loaded.account else ""
    return f"{how}{found.where}{account}{_until(found.loaded.expires, now)}"


def _until(expires: datetime | None, now: datetime) -> str:
    if expires is None:
        return ""
    day = "" if expires.astimezone(UTC).date() == now.astimezone(UTC).date() else "%Y-%m-%d "
    return expires.astimezone(UTC).strftime(f", until {day}%H:%M UTC")


def _all(found: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(sorted({text for texts in found for text in texts}))
