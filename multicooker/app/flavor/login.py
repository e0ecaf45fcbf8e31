"""What `flavor check` says about a flavor's login and about what its CLI tells and keeps."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator

from multicooker.app.flavor.checks import failed, fine
from multicooker.app.results import Check
from multicooker.domain.flavor import Credential, Flavor

_LOGIN = re.compile(r"\blog(ged)?[ -]?in\b|\baccount\b|\bsubscription\b", re.IGNORECASE)
_KEYS = b"_API_KEY"


def check_login(
    flavor: Flavor, *, readme: str, mounted: bytes, dialects: Collection[str]
) -> list[Check]:
    """Check all that has to do with accounts and conversations; `mounted` is what cells see."""
    checks = [_told(flavor, readme)]
    if flavor.credential is not None:
        problems = list(_problems(flavor, flavor.credential))
        ways = ", ".join(flavor.credential.modes)
        checks += problems or [fine("credential", f"{flavor.credential.target} by {ways}")]
        checks.append(_keys(mounted))
    if flavor.sessions:
        checks.append(_sessions(flavor))
    if flavor.dialect:
        checks.append(_dialect(flavor, dialects))
    return checks


def _told(flavor: Flavor, readme: str) -> Check:
    if flavor.credential is not None and not flavor.login:
        return failed("login", "flavor.yaml: login: is empty", "name the command that logs in")
    if flavor.login and flavor.login not in readme:
        return failed("login", f"README.md does not tell `{flavor.login}`")
    if not _LOGIN.search(readme):
        return failed("login", "README.md does not say how to log in, or that no login is needed")
    return fine("login", flavor.login or "none needed")


def _problems(flavor: Flavor, credential: Credential) -> Iterator[Check]:
    """Yield what loads, but cannot be meant."""
    keep = credential.keep
    if credential.refresh and _below(credential.refresh, keep):
        yield failed(
            "credential",
            f"flavor.yaml: credential.keep: holds {credential.refresh}, which renews the login",
            "keep the parts of the file that the CLI needs, and not this one",
        )
    for place in credential.fill:
        if _below(place, keep) or any(_below(kept, (place,)) for kept in keep):
            yield failed(
                "credential",
                f"flavor.yaml: credential.fill: {place} would replace what credential.keep keeps",
                "take it out of one of them",
            )
    if not flavor.hosts:
        yield failed(
            "credential",
            "flavor.yaml: hosts: there are none, so cells run without network and use no login",
            "name the hosts that the CLI must reach",
        )


def _keys(mounted: bytes) -> Check:
    if _KEYS in mounted and b"unset" in mounted:
        return fine("api keys", "variables that end in _API_KEY are unset")
    return failed(
        "api keys",
        "nothing unsets variables that end in _API_KEY: with one, the CLI may bill by use",
        "unset them at the beginning of entrypoint.sh",
    )


def _sessions(flavor: Flavor) -> Check:
    credential = flavor.credential
    beside = (posixpath.dirname(credential.target),) if credential is not None else ()
    around = (*flavor.state, *beside)
    if flavor.sessions not in around and _below(flavor.sessions, around):
        return fine("sessions", flavor.sessions)
    return failed(
        "sessions",
        f"flavor.yaml: sessions: {flavor.sessions} is not below a folder of state",
        f"add {posixpath.dirname(flavor.sessions)} to state",
    )


def _dialect(flavor: Flavor, known: Collection[str]) -> Check:
    if flavor.dialect in known:
        return fine("dialect", flavor.dialect)
    return failed(
        "dialect",
        f"flavor.yaml: dialect: there is none named {flavor.dialect!r}",
        f"take {', '.join(sorted(known))} or install the package that brings it; or leave it out",
    )


def _below(place: str, folders: Collection[str]) -> bool:
    """Tell whether a place is one of these or lies in one of them."""
    return any(place == folder or place.startswith(f"{folder}/") for folder in folders)
