"""Logins in macOS's Keychain, through its own `security`; elsewhere there is no such place.

A secret comes on the program's standard output and goes nowhere else: what the program says of a
failure is told by its code, as its words are not ours to check.
"""

from __future__ import annotations

import re
import shutil

from multicooker.adapters import processes
from multicooker.domain.credential import MAX_CREDENTIAL
from multicooker.errors import CredentialsError

_LOOK_SECONDS = 10.0
_READ_SECONDS = 60.0
"""Long enough for a person to find the dialog and type a password."""
_UNLOCK = "`security unlock-keychain`, then run it again"
_MISSING = 44
_LOCKED = {
    29: "it needs a dialog, and nobody can see one here",
    36: "it is locked, or nobody can see its dialog here",
}
_DENIED = {51: "the password was wrong", 128: "access was denied"}
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")


def program() -> str | None:
    """Return the Keychain's program, None where there is none."""
    return shutil.which("security")


def has(service: str) -> bool:
    """Tell whether there is an entry, by its attributes alone: those need no permission."""
    security = program()
    argv = (security or "", "find-generic-password", "-s", service)
    return security is not None and processes.run(argv, timeout=_LOOK_SECONDS).ok


def read(service: str) -> bytes:
    """Return an entry's secret; CredentialsError tells apart what can be in the way."""
    security = program()
    if security is None:
        raise CredentialsError("there is no Keychain on this machine")
    argv = (security, "find-generic-password", "-s", service, "-w")
    ran = processes.run(argv, timeout=_READ_SECONDS)
    entry = f'the Keychain entry "{service}"'
    if not ran.ok:
        raise _refused(entry, ran)
    secret = _decoded(ran.output.removesuffix("\n"))
    if not secret:
        raise CredentialsError(f"{entry} is empty")
    if len(secret) > MAX_CREDENTIAL:
        raise CredentialsError(f"{entry} is larger than {MAX_CREDENTIAL // 1024**2} MiB")
    return secret


def _refused(entry: str, ran: processes.Ran) -> CredentialsError:
    if ran.code == _MISSING:
        return CredentialsError(f"there is no {entry.removeprefix('the ')}")
    if ran.code in _LOCKED or "User interaction is not allowed" in ran.errors:
        why = _LOCKED.get(ran.code, _LOCKED[36])
        return CredentialsError(f"{entry} cannot be read: {why}", hint=_UNLOCK)
    if ran.code in _DENIED:
        return CredentialsError(
            f"{entry} cannot be read: {_DENIED[ran.code]}",
            hint="run it again and allow access in the Keychain's dialog",
        )
    if ran.code == processes.TIMED_OUT:
        return CredentialsError(
            f"{entry} cannot be read: no answer within {_READ_SECONDS:g} s",
            hint="run it again and answer the Keychain's dialog; it may be behind other windows",
        )
    return CredentialsError(
        f"{entry} cannot be read: `security` ended with code {ran.code}",
        hint=f"look at it with `security error {ran.code}` and in Keychain Access",
    )


def _decoded(printed: str) -> bytes:
    """Return the secret: `security` prints one with a line break or non-ASCII text as hex."""
    if _HEX.fullmatch(printed):
        data = bytes.fromhex(printed)
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return printed.encode()
        if not (text.isascii() and text.isprintable()):
            return data
    return printed.encode()
