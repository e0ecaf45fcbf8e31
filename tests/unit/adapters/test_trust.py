"""The CAs that cells trust."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from multicooker.adapters.trust import MAX_BYTES, ca_bundle
from multicooker.errors import BadInputError

OWN = b"""\
-----BEGIN CERTIFICATE-----
MIIBMjCB5aADAgECAhR+DLx3P1JuNolRcBNOp71giguSYjAFBgMrZXAwDjEMMAoG
A1UEAwwDb3duMCAXDTI2MTEyMTEwMTA1NFoYDzIxMjYxMDI4MTAxMDU0WjAOMQww
CgYDVQQDDANvd24wKjAFBgMrZXADIQCz0JWzZ8ab72zrmAFrrFFclSinUsWBCv86
FaDitHzxlKNTMFEwHQYDVR0OBBYEFIt/nQ76Ri4kDReCHt2/PgYfSl/9MB8GA1Ud
IwQYMBaAFIt/nQ76Ri4kDReCHt2/PgYfSl/9MA8GA1UdEwEB/wQFMAMBAf8wBQYD
K2VwA0EATejfKFYx24X8mtrgTV+wVoLcS1GM5V+AYUbYZNKWtDT+cInbuJj6KZWS
0Vbbg0Ya1iPPwFqweZzK9W+w+INSAQ==
-----END CERTIFICATE-----
"""
SYSTEM = b"-----BEGIN CERTIFICATE-----\nsystem\n-----END CERTIFICATE-----\n"


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the path of what stands for this machine's own CAs."""
    path = tmp_path / "system.pem"
    path.write_bytes(SYSTEM)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return str(path)


def test_the_users_certificates_come_with_the_machines_own(tmp_path: Path, system: str) -> None:
    own = tmp_path / "own.pem"
    own.write_bytes(OWN)
    assert ca_bundle(str(own), system=[system]) == OWN + SYSTEM


def test_words_around_a_certificate_do_no_harm(tmp_path: Path, system: str) -> None:
    own = tmp_path / "own.pem"
    own.write_bytes("Bäckerei, 2026 \0\n".encode() + OWN + OWN)
    assert ca_bundle(str(own), system=[system]).endswith(OWN + OWN + SYSTEM)


def test_the_machines_own_bundle_is_not_doubled(system: str) -> None:
    Path(system).write_bytes(OWN)
    assert ca_bundle(system, system=[system]) == OWN


def test_without_any_of_the_machines_the_users_stand_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "gone.pem"))
    own = tmp_path / "own.pem"
    own.write_bytes(OWN)
    assert ca_bundle(str(own), system=[]) == OWN


def test_home_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "own.pem").write_bytes(OWN)
    assert ca_bundle("~/own.pem", system=[system]).startswith(OWN)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "holds no certificate"),
        (b"\x30\x82 der", "holds no certificate"),
        (OWN + b"-----BEGIN PRIVATE KEY-----\n", "holds a private key"),
        (OWN + b" " * MAX_BYTES, "larger than 4 MiB"),
        (OWN + SYSTEM, "holds a certificate that cannot be read"),
        (OWN.replace(b"MIIB", b"MIIC"), "holds a certificate that cannot be read"),
        (OWN.removesuffix(b"-----END CERTIFICATE-----\n"), "holds a certificate that cannot be"),
    ],
)
def test_a_file_that_is_no_bundle_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "own.pem"
    path.write_bytes(data)
    with pytest.raises(BadInputError, match=reason):
        ca_bundle(str(path))


def test_places_that_hold_no_file_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, reason in (
        (f"{tmp_path}/none.pem", "No such file"),
        (str(tmp_path), "Is a directory|no regular file"),
        (f"{tmp_path}/pipe", "no regular file"),
        ("own.pem", "not an absolute path"),
        (f"{tmp_path}/a\0b", "not a path"),
    ):
        with pytest.raises(BadInputError, match=reason):
            ca_bundle(path)
