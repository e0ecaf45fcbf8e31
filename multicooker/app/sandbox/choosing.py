"""Which flavor a sandbox runs, and with which login."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from multicooker.app.kitchen import Kitchen
from multicooker.app.logins import finding, probing
from multicooker.app.logins.finding import Found
from multicooker.app.sandbox.wish import SandboxWish
from multicooker.domain.cook import Auth, AuthMode
from multicooker.domain.credential import Gift, life_in_words
from multicooker.domain.flavor import Flavor, KnownFlavor
from multicooker.domain.mask import Mask
from multicooker.errors import BadInputError, CredentialsError
from multicooker.pipeline.plan import SECRETS


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxLogin:
    """How the CLI gets in."""

    told: str
    """In words; never a value."""
    gift: Gift | None = None
    """None where it is in the volume already, or where none is needed."""
    mask: Mask = field(default_factory=Mask)


def choose(kitchen: Kitchen, wish: SandboxWish) -> tuple[KnownFlavor, SandboxLogin]:
    """Return the flavor that is wished for, or else the first that somebody is logged in to.

    Tells what is left out, and how to add it. CredentialsError where nothing is left.
    """
    if wish.flavor is not None:
        known = kitchen.resources.flavor(wish.flavor)
        if not _can(known.flavor):
            raise BadInputError(
                f"{wish.flavor} has no sandbox: its flavor.yaml names no `state`",
                hint="`multicooker flavor list` shows what there is",
            )
        return known, login(kitchen, known, wish)
    every = kitchen.resources.flavors(None)
    able = {name: entry for name, entry in every.items() if _can(entry.flavor)}
    found = probing.probe(kitchen, able)
    refused: list[tuple[str, str]] = []
    for one in found.skipped:
        kitchen.progress.note(f"skipped {one}")
        refused.append((f"{one.flavor}: {one.reason}", one.fix))
    for name in found.usable:
        try:
            return able[name], login(kitchen, able[name], wish)
        except CredentialsError as error:
            kitchen.progress.note(f"skipped {name}: {error.message}; to add it: {error.hint}")
            refused.append((f"{name}: {error.message}", error.hint))
    raise CredentialsError(
        "\n".join(["nobody is logged in", *(reason for reason, _ in refused)]),
        hint="log in to one of them: " + "; ".join(dict.fromkeys(fix for _, fix in refused)),
    )


def login(kitchen: Kitchen, known: KnownFlavor, wish: SandboxWish) -> SandboxLogin:
    """Return the login in the volume, or else the host's, or else a kept token.

    CredentialsError, with what helps, where there is none that opens anything.
    """
    if known.flavor.credential is None:
        return SandboxLogin(told="no login needed")
    reasons: list[str] = []
    for auth in _ways(wish):
        try:
            found = finding.find(kitchen, known, auth, ca_bundle=wish.ca_bundle)
            return _handed(kitchen, known.flavor, auth, found)
        except CredentialsError as error:
            reasons.append(error.message)
    if wish.shell:
        return SandboxLogin(told=f"nobody is logged in: {'; '.join(reasons)}")
    fix = finding.fix(known.flavor, Auth(profile=wish.profile))
    raise CredentialsError("; ".join(reasons), hint=fix)


def _can(flavor: Flavor) -> bool:
    return bool(flavor.state)


def _ways(wish: SandboxWish) -> Iterator[Auth]:
    if not wish.fresh_login:
        yield Auth(mode=AuthMode.VOLUME, profile=wish.profile)
    if wish.profile is None:  # the host's own login is nobody's profile
        yield Auth(mode=AuthMode.SNAPSHOT)
    yield Auth(mode=AuthMode.TOKEN, profile=wish.profile)


def _handed(kitchen: Kitchen, flavor: Flavor, auth: Auth, found: Found) -> SandboxLogin:
    loaded, now = found.loaded, kitchen.clock.now()
    renews = auth.effective is AuthMode.VOLUME and loaded.has_refresh
    left = loaded.seconds_left(now)
    if left is not None and left <= 0 and not renews:
        raise CredentialsError(f"the login ({found.where}) {life_in_words(loaded.expires, now)}")
    account = f" ({loaded.account})" if loaded.account else ""
    life = "" if left is None or renews else f", which {life_in_words(loaded.expires, now)}"
    gift = None
    if auth.effective is not AuthMode.VOLUME and flavor.credential is not None:
        path = f"{SECRETS}/{flavor.credential.provider}"
        gift = Gift(path=path, data=loaded.cell_bytes)
    return SandboxLogin(
        told=f"{found.where}{account}{life}",
        gift=gift,
        mask=Mask(secrets=loaded.secrets, identity=loaded.identity),
    )
