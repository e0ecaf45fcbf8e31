"""The keyring of this desktop, for tokens: macOS's Keychain, or what `secret-tool` speaks to.

A token goes in on standard input and comes out on standard output, and is in no argument: every
user of a machine can read those.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping

from multicooker.adapters import processes

_SECONDS = 60.0
_SERVICE = "multicooker"
_LONGEST_LINE = 4000
"""`security -i` reads its commands by lines of 4096 characters."""
_UNQUOTED = re.compile(r"[A-Za-z0-9._~+/=:@%-]+")


def named(environment: Mapping[str, str] | None = None) -> str:
    """Return the name of the keyring there is, '' where there is none."""
    around = os.environ if environment is None else environment
    if shutil.which("security"):
        return "the login keychain"
    if shutil.which("secret-tool") and around.get("DBUS_SESSION_BUS_ADDRESS"):
        return "the keyring"
    return ""


def store(name: str, token: str) -> bool:
    """Keep a token; False where the keyring does not take it."""
    if security := shutil.which("security"):
        words = f"add-generic-password -U -s {_SERVICE} -a {name} -w {token}\n"
        if not _UNQUOTED.fullmatch(token) or len(words) > _LONGEST_LINE:
            return False
        processes.run((security, "-i"), timeout=_SECONDS, given=words.encode())
    elif secret_tool := shutil.which("secret-tool"):
        argv = (secret_tool, "store", f"--label=multicooker: {name}", *_attributes(name))
        processes.run(argv, timeout=_SECONDS, given=token.encode())
    return lookup(name) == token  # `security -i` ends well whatever its commands did


def lookup(name: str) -> str:
    """Return a token, '' where there is none or nobody unlocks the keyring."""
    argv: tuple[str, ...]
    if security := shutil.which("security"):
        argv = (security, "find-generic-password", "-s", _SERVICE, "-a", name, "-w")
    elif secret_tool := shutil.which("secret-tool"):
        argv = (secret_tool, "lookup", *_attributes(name))
    else:
        return ""
    ran = processes.run(argv, timeout=_SECONDS)
    return ran.output.strip() if ran.ok else ""


def remove(name: str) -> bool:
    """Remove a token; False where that did not work."""
    argv: tuple[str, ...]
    if security := shutil.which("security"):
        argv = (security, "delete-generic-password", "-s", _SERVICE, "-a", name)
    elif secret_tool := shutil.which("secret-tool"):
        argv = (secret_tool, "clear", *_attributes(name))
    else:
        return False
    return processes.run(argv, timeout=_SECONDS).ok


def _attributes(name: str) -> tuple[str, ...]:
    return ("service", _SERVICE, "account", name)
