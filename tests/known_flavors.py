"""Flavors for tests of planning and rendering: fixed values, so that goldens are stable."""

from __future__ import annotations

from multicooker.domain.cook import AuthMode
from multicooker.domain.flavor import BaseImage, Credential, Flavor, KnownFlavor, Role

_BOTH = (Role.PARTICIPANT, Role.JUDGE)

DEMO = KnownFlavor(
    flavor=Flavor(
        name="demo",
        summary="needs nothing",
        family="demo",
        roles=_BOTH,
        base=BaseImage(name="busybox:stable", debian=("busybox-static",), bare=True),
        models=("careful", "quick", "flashy", "strict", "kind"),
        options={"behave": ("cook", "hang", "fail")},
    ),
    folder="/flavors/demo",
    source="built-in",
    fingerprint="d" * 64,
)
ACME = KnownFlavor(
    flavor=Flavor(
        name="acme",
        summary="a CLI with an account",
        family="acme-inc",
        roles=_BOTH,
        base=BaseImage(name="node:22-slim", debian=("nodejs",)),
        version="1.2.3",
        credential=Credential(
            provider="acme",
            sources=("file:~/.acme/auth.json",),
            target="/root/.acme/auth.json",
            modes=(AuthMode.SNAPSHOT, AuthMode.BIND, AuthMode.VOLUME, AuthMode.PIPE),
            keep=("/access", "/expires", "/plan"),
            token="/access",  # noqa: S106  # where a token would be
            refresh="/refresh",
            expires="/expires",
            account="/plan",
            identity=("/email",),
        ),
        login="acme login",
        login_command=("acme", "login"),
        hosts=("api.acme.example",),
        state=("/root/.acme",),
        efforts=("low", "high"),
    ),
    folder="/flavors/acme",
    source="built-in",
    fingerprint="a" * 64,
)
KNOWN = {"demo": DEMO, "acme": ACME}
