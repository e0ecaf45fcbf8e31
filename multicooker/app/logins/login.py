"""Verbs that make a login of its own for multicooker, apart from this host's, and remove it."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from multicooker.app import building, opening
from multicooker.app.kitchen import Kitchen
from multicooker.app.logins import finding, renewing
from multicooker.app.logins.finding import Found
from multicooker.app.logins.renewing import Surroundings
from multicooker.app.results import LoginResult, LogoutResult
from multicooker.domain.cook import Auth, AuthMode
from multicooker.domain.credential import life_in_words, login_volume, token_name
from multicooker.domain.flavor import Flavor, KnownFlavor
from multicooker.domain.round import Tmpfs
from multicooker.domain.sandbox import passed_on
from multicooker.errors import BadInputError, CredentialsError, EngineError
from multicooker.pipeline.load.credential import from_token
from multicooker.pipeline.plan import CA_BUNDLE, ca_environment
from multicooker.ports import Visit

_MIB = 1024**2
_CA = f"/run/{CA_BUNDLE}"
_AFTER_CA = 'while [ ! -e "$0" ]; do sleep 0.1; done; exec "$@"'
"""The CA arrives once the container runs, and a CLI reads it when it starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginReady:
    """A login that only lacks the person."""

    known: KnownFlavor
    profile: str | None
    visit: Visit
    existed: bool
    """True where its volume was there before."""


def login_ready(
    kitchen: Kitchen, *, flavor: str, profile: str | None, task: str | None, attended: bool
) -> LoginReady:
    """Make image and volume ready for a login; with `task`, by the network of that cook.

    BadInputError where the flavor keeps no login in a volume, or nobody is there: `attended` tells
    whether somebody is at a terminal.
    """
    known, around = _surroundings(kitchen, flavor, task)
    credential = known.flavor.credential
    if credential is None or AuthMode.VOLUME not in credential.modes:
        raise _no_such_login(known.flavor, AuthMode.VOLUME)
    if not attended:
        token = ", or keep a token with --token" if AuthMode.TOKEN in credential.modes else ""
        raise BadInputError("nobody is at a terminal", hint=f"log in at one{token}")
    building.ensure_images(kitchen, (known,), ca_bundle=around.ca_bundle, rebuild=False)
    volume = login_volume(flavor, profile)
    existed = bool(kitchen.engine.volumes([volume]))
    renewing.repair(kitchen, known, volume, around.user)
    return LoginReady(
        known=known,
        profile=profile,
        visit=_visit(kitchen, known, profile, around),
        existed=existed,
    )


def login(kitchen: Kitchen, ready: LoginReady) -> LoginResult:
    """Give the terminal to the CLI's own login, and look what became of it.

    CredentialsError where nobody is logged in afterwards; a volume that was new is gone then.
    """
    auth = Auth(mode=AuthMode.VOLUME, profile=ready.profile)
    found = None
    try:
        kitchen.engine.attend(ready.visit)  # its exit code says little: the login itself counts
        found = _alive(kitchen, finding.find(kitchen, ready.known, auth, ca_bundle=None))
    except CredentialsError as error:
        fix = finding.fix(ready.known.flavor, auth)
        raise CredentialsError(
            f"not logged in: {error.message}", hint=f"try again: {fix}"
        ) from None
    finally:
        if found is None and not ready.existed:
            with suppress(EngineError):
                name = ready.known.flavor.name
                kitchen.engine.remove_volumes([login_volume(name, ready.profile)])
    return _result(kitchen, ready.known.flavor, auth, found, where=found.where)


def login_token(
    kitchen: Kitchen, *, flavor: str, profile: str | None, ask: Callable[[str], str]
) -> LoginResult:
    """Check a long-lived token and keep it; `ask` gets it, told what makes one."""
    known = kitchen.resources.flavor(flavor)
    credential = known.flavor.credential
    if (
        credential is None
        or credential.long_token is None
        or AuthMode.TOKEN not in credential.modes
    ):
        raise _no_such_login(known.flavor, AuthMode.TOKEN)
    token = ask(f"Long-lived token of {flavor} ({credential.long_token.login})").strip()
    try:
        loaded = from_token(token, credential, now=kitchen.clock.now())
        found = _alive(kitchen, Found(where="the token", loaded=loaded, data=b""))
    except CredentialsError as error:
        raise CredentialsError(error.message, hint=credential.long_token.login) from None
    place = kitchen.credentials.keep_token(token_name(flavor, profile), token)
    auth = Auth(mode=AuthMode.TOKEN, profile=profile)
    return _result(kitchen, known.flavor, auth, found, where=place)


def logout(kitchen: Kitchen, *, flavor: str, profile: str | None, token: bool) -> LogoutResult:
    """Remove a login that was made here; the one of this host stays."""
    kitchen.resources.flavor(flavor)
    removed: tuple[str, ...] = ()
    if token:
        if kitchen.credentials.forget_token(token_name(flavor, profile)):
            removed = ("the long-lived token",)
    else:
        gone = kitchen.engine.remove_volumes([login_volume(flavor, profile)])
        removed = tuple(f"volume {name}" for name in gone)
    return LogoutResult(flavor=flavor, profile=profile or "", removed=removed)


def _surroundings(
    kitchen: Kitchen, flavor: str, task: str | None
) -> tuple[KnownFlavor, Surroundings]:
    if task is None:
        user = kitchen.home.user(kitchen.home.folder)
        return kitchen.resources.flavor(flavor), Surroundings(user=user)
    opened = opening.open_cook(kitchen, task)
    spec = opened.spec
    around = Surroundings(
        user=opened.round.user, hosts=spec.network.resolve, ca_bundle=spec.ca_bundle
    )
    return kitchen.resources.flavor(flavor, opened.workspace.folder), around


def _visit(
    kitchen: Kitchen, known: KnownFlavor, profile: str | None, around: Surroundings
) -> Visit:
    flavor, bundle = known.flavor, around.ca_bundle
    waits = ("/bin/sh", "-c", _AFTER_CA, _CA) if bundle is not None else ()
    variables = ca_environment(flavor, _CA) if bundle is not None else {}
    return Visit(
        name=f"mc-login-{flavor.name}-{profile}" if profile else f"mc-login-{flavor.name}",
        image=known.image,
        argv=(*waits, *flavor.login_command),
        user=around.user,
        environment={
            "HOME": "/root",  # a uid without passwd entry would get / and could not write there
            "TMPDIR": "/tmp",  # noqa: S108  # inside the container it is a private tmpfs
            **passed_on(kitchen.home.variables()),
            **variables,
        },
        volumes={login_volume(flavor.name, profile): flavor.state[0]},
        tmpfs=_tmpfs(flavor),
        workdir="/root",
        hosts=around.hosts,
        gifts={_CA: kitchen.resources.ca_bundle(bundle)} if bundle is not None else {},
    )


def _tmpfs(flavor: Flavor) -> tuple[Tmpfs, ...]:
    beside = {posixpath.dirname(finding.credential_of(flavor).target)}
    folders = sorted((beside | set(flavor.state)) - {"/root", flavor.state[0]})
    return (
        Tmpfs(target="/tmp", size=256 * _MIB, mode="1777", own=False),  # noqa: S108  # in it
        Tmpfs(target="/run", size=8 * _MIB, executable=False),
        Tmpfs(target="/root", size=256 * _MIB),
        *(Tmpfs(target=folder, size=64 * _MIB) for folder in folders),
    )


def _alive(kitchen: Kitchen, found: Found) -> Found:
    now = kitchen.clock.now()
    left = found.loaded.seconds_left(now)
    if left is not None and left <= 0:
        raise CredentialsError(f"{found.where} {life_in_words(found.loaded.expires, now)}")
    return found


def _result(
    kitchen: Kitchen, flavor: Flavor, auth: Auth, found: Found, *, where: str
) -> LoginResult:
    profile = f"{{mode: {auth.effective}, profile: {auth.profile}}}"
    return LoginResult(
        flavor=flavor.name,
        profile=auth.profile or "",
        source=where,
        account=found.loaded.account,
        life=life_in_words(found.loaded.expires, kitchen.clock.now()),
        auth=profile if auth.profile else str(auth.effective),
    )


def _no_such_login(flavor: Flavor, mode: AuthMode) -> BadInputError:
    if flavor.credential is None:
        return BadInputError(f"{flavor.name} needs no login")
    what = "long-lived tokens" if mode is AuthMode.TOKEN else "login of its own in a volume"
    modes = ", ".join(flavor.credential.modes)
    # What logs in where another way is open: in a volume, or else on this host.
    volume = mode is AuthMode.TOKEN and AuthMode.VOLUME in flavor.credential.modes
    way = finding.fix(flavor, Auth(mode=AuthMode.VOLUME if volume else AuthMode.SNAPSHOT))
    hint = f"log in with `{way}`"
    return BadInputError(f"{flavor.name} has no {what}; there is {modes}", hint=hint)
