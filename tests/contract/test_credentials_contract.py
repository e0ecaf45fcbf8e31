"""The logins of this machine and their fake behave alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from multicooker.adapters.credentials import HostCredentials
from multicooker.domain.credential import MAX_CREDENTIAL
from multicooker.errors import CredentialsError
from multicooker.ports import Credentials
from tests.fakes.credentials import FakeCredentials

SOURCE = "file:~/.acme/auth.json"

Holding = Callable[[bytes | None], Credentials]


@pytest.fixture(params=["host", "fake"])
def holding(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Holding:
    """Return a maker of credentials that hold these bytes, or none, at SOURCE."""
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))  # no keychain and no keyring

    def host(data: bytes | None) -> Credentials:
        if data is not None:
            (tmp_path / ".acme").mkdir()
            path = tmp_path / ".acme" / "auth.json"
            path.touch(mode=0o600)
            path.write_bytes(data)
        return HostCredentials(home=str(tmp_path), environment={})

    def fake(data: bytes | None) -> Credentials:
        return FakeCredentials(held={} if data is None else {SOURCE: data})

    return host if request.param == "host" else fake


def test_a_credential_that_is_there_is_read_byte_for_byte(holding: Holding) -> None:
    credentials = holding(b'{"token": "\xc3\xa9"}\n\x00')
    assert credentials.has(SOURCE)
    assert credentials.read(SOURCE) == b'{"token": "\xc3\xa9"}\n\x00'


def test_a_missing_credential_is_told_and_logging_in_is_what_helps(holding: Holding) -> None:
    credentials = holding(None)
    assert not credentials.has(SOURCE)
    with pytest.raises(CredentialsError, match="no credential") as told:
        credentials.read(SOURCE)
    assert told.value.hint == ""


def test_an_empty_credential_is_refused(holding: Holding) -> None:
    credentials = holding(b"")
    assert credentials.has(SOURCE)
    with pytest.raises(CredentialsError, match="is empty"):
        credentials.read(SOURCE)


def test_a_credential_of_one_mebibyte_is_read(holding: Holding) -> None:
    assert len(holding(b"x" * MAX_CREDENTIAL).read(SOURCE)) == MAX_CREDENTIAL


def test_a_larger_credential_is_refused_and_another_login_would_not_help(holding: Holding) -> None:
    with pytest.raises(CredentialsError, match="larger than 1 MiB") as told:
        holding(b"x" * (MAX_CREDENTIAL + 1)).read(SOURCE)
    assert told.value.hint


def test_reading_twice_gives_the_same(holding: Holding) -> None:
    credentials = holding(b"token")
    assert credentials.read(SOURCE) == credentials.read(SOURCE)


def test_a_file_has_a_path_and_a_place_in_words(holding: Holding) -> None:
    credentials = holding(None)
    path = credentials.path(SOURCE)
    assert path is not None
    assert path.startswith("/")
    assert path.endswith("/.acme/auth.json")
    assert credentials.where(SOURCE) == "~/.acme/auth.json"


def test_a_machine_without_keychain_has_nothing_in_it(holding: Holding) -> None:
    credentials = holding(None)
    assert not credentials.has("keychain:Acme")
    assert credentials.path("keychain:Acme") is None
    assert credentials.where("keychain:Acme") == ""
    with pytest.raises(CredentialsError, match="there is no"):
        credentials.read("keychain:Acme")


def test_a_mounted_file_opens_for_its_owner_and_a_missing_one_for_nobody(holding: Holding) -> None:
    credentials = holding(b"token")
    owner = Path.home().stat() if isinstance(credentials, FakeCredentials) else None
    found = owner or Path(str(credentials.path(SOURCE))).stat()
    assert credentials.opens_for(SOURCE, f"{found.st_uid}:{found.st_gid}")
    assert not credentials.opens_for("file:~/.acme/other.json", f"{found.st_uid}:{found.st_gid}")
    assert not credentials.opens_for("keychain:Acme", f"{found.st_uid}:{found.st_gid}")


def test_a_token_is_kept_replaced_and_forgotten(holding: Holding) -> None:
    credentials = holding(None)
    assert not credentials.has_token("acme")
    assert credentials.token("acme") is None
    assert credentials.tokens() == ()
    assert not credentials.forget_token("acme")

    assert credentials.keep_token("acme", "tok-1") == "~/.config/multicooker/tokens/acme"
    assert credentials.keep_token("acme.work", "tok-2")
    credentials.keep_token("acme", "tok-3")

    assert credentials.tokens() == ("acme", "acme.work")
    assert credentials.has_token("acme")
    assert (credentials.token("acme"), credentials.token("acme.work")) == ("tok-3", "tok-2")
    assert credentials.forget_token("acme")
    assert credentials.token("acme") is None
    assert credentials.token("acme.work") == "tok-2"


def test_a_token_that_is_empty_is_refused(holding: Holding) -> None:
    credentials = holding(None)
    credentials.keep_token("acme", "")
    assert credentials.has_token("acme")
    with pytest.raises(CredentialsError, match="is empty"):
        credentials.token("acme")


def test_logins_are_held_one_after_the_other(holding: Holding) -> None:
    credentials = holding(None)
    with credentials.alone("mc-acme-auth"), credentials.alone("mc-other-auth"):
        pass
    with credentials.alone("mc-acme-auth"):
        pass
