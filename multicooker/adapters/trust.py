"""The CAs that cells trust: this machine's own, and the user's."""

from __future__ import annotations

import os
import ssl
import stat
from collections.abc import Iterable
from pathlib import Path

from multicooker.errors import BadInputError

MAX_BYTES = 4 * 1024**2
_BEGIN = b"-----BEGIN CERTIFICATE-----"
_KEY = b"PRIVATE KEY-----"
_SYSTEM = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)
"""Where Debian and Ubuntu, Fedora, and macOS and Alpine keep theirs."""


def ca_bundle(path: str, *, system: Iterable[str] = _SYSTEM) -> bytes:
    """Return the certificates of a PEM file, followed by the machine's own where they are found.

    A cell's tools read one file and trust nothing else: the user's CA alone would cut them off from
    every host that does not stand behind it.
    """
    own = _read(path)
    if _BEGIN not in own:
        raise BadInputError(
            f"cook.yaml: ca_bundle: {path} holds no certificate",
            hint=f"a PEM file holds {_BEGIN.decode()}",
        )
    if _KEY in own:
        raise BadInputError(
            f"cook.yaml: ca_bundle: {path} holds a private key, and cells would see it",
            hint="name a file that holds certificates only",
        )
    _check_certificates(path, own)
    verify = ssl.get_default_verify_paths()
    places = [place for place in (verify.cafile, *system) if place]
    for place in places:
        if Path(place).is_file() and not Path(place).samefile(Path(path).expanduser()):
            return own.rstrip() + b"\n" + Path(place).read_bytes()
    return own


def _check_certificates(path: str, own: bytes) -> None:
    """Refuse a bundle with a broken certificate: the tools in a cell would pass over all of it."""
    try:
        # Only what stands between the markers is read; around it may be words in any encoding.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(
            cadata=own.decode("ascii", "ignore")
        )
    except ssl.SSLError as error:
        raise BadInputError(
            f"cook.yaml: ca_bundle: {path} holds a certificate that cannot be read",
            hint="one of them is cut off or damaged: take it out, or get the file anew",
        ) from error


def _read(path: str) -> bytes:
    place = Path(path).expanduser()
    if not place.is_absolute():
        raise BadInputError(
            f"cook.yaml: ca_bundle: {path} is not an absolute path",
            hint="write it from the root on, or with ~",
        )
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise BadInputError(f"cook.yaml: ca_bundle: {path} is no regular file")
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise BadInputError(f"cook.yaml: ca_bundle: {path}: {reason}") from error
    if len(data) > MAX_BYTES:
        raise BadInputError(f"cook.yaml: ca_bundle: {path} is larger than 4 MiB")
    return data
