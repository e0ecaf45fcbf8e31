"""Which of the user's environment variables a docker process may see.

Compose reads `COMPOSE_*` and substitutes any variable into the files it reads, so a shell's
settings or tokens could change what runs or end up inside a cell. An allow-list by name keeps all
of that out; what is on it is needed to find, reach and authenticate to the user's engine.
"""

from __future__ import annotations

import os
import re

_KEPT = re.compile(
    r"""
    PATH | HOME | USER | LOGNAME | LANG | LANGUAGE | LC_\w+ | TZ | TMPDIR | TEMP | TMP | XDG_\w+
    | DOCKER_(HOST|CONTEXT|CONFIG|CERT_PATH|TLS|TLS_VERIFY|API_VERSION)
    | SSH_AUTH_SOCK | SSH_AGENT_PID                            # DOCKER_HOST=ssh://…
    | SSL_CERT_FILE | SSL_CERT_DIR
    | (HTTP|HTTPS|ALL|NO)_PROXY | (http|https|all|no)_proxy
    | DBUS_SESSION_BUS_ADDRESS | GNUPGHOME | PASSWORD_STORE_DIR   # registries' credential helpers
    """,
    re.VERBOSE,
)


def kept() -> dict[str, str]:
    """Return the environment of a docker process."""
    return {name: value for name, value in os.environ.items() if _KEPT.fullmatch(name)}


def dropped() -> tuple[str, ...]:
    """Return the names of the variables that a docker process must not see."""
    return tuple(sorted(name for name in os.environ if not _KEPT.fullmatch(name)))
