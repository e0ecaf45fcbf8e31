"""Files and their fake behave alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from multicooker.adapters.credentials import MAX_BYTES, FileCredentials
from multicooker.domain.flavor import CredentialSource
from multicooker.errors import CredentialsError
from multicooker.ports import Credentials
from tests.fakes.credentials import FakeCredentials

SOURCE = CredentialSource(source="file:~/.acme/auth.json", target="/root/.acme/auth.json")

Holding = Callable[[bytes | None], Credentials]


@pytest.fixture(params=["files", "fake"])
def holding(request: pytest.FixtureRequest, tmp_path: Path) -> Holding:
    """Return a maker of credentials that hold these bytes, or none, at SOURCE."""

    def files(data: bytes | None) -> Credentials:
        if data is not None:
            (tmp_path / ".acme").mkdir()
            path = tmp_path / ".acme" / "auth.json"
            path.touch(mode=0o600)
            path.write_bytes(data)
        return FileCredentials(home=str(tmp_path))

    def fake(data: bytes | None) -> Credentials:
        return FakeCredentials(held={} if data is None else {SOURCE.source: data})

    return files if request.param == "files" else fake


def test_a_credential_that_is_there_is_read_byte_for_byte(holding: Holding) -> None:
    credentials = holding(b'{"token": "\xc3\xa9"}\n\x00')
    assert credentials.has(SOURCE)
    assert credentials.read(SOURCE) == b'{"token": "\xc3\xa9"}\n\x00'


def test_a_missing_credential_is_told_with_what_to_do(holding: Holding) -> None:
    credentials = holding(None)
    assert not credentials.has(SOURCE)
    with pytest.raises(CredentialsError, match="no credential") as told:
        credentials.read(SOURCE)
    assert told.value.hint


def test_an_empty_credential_is_refused(holding: Holding) -> None:
    credentials = holding(b"")
    assert credentials.has(SOURCE)
    with pytest.raises(CredentialsError, match="is empty"):
        credentials.read(SOURCE)


def test_a_credential_of_one_mebibyte_is_read(holding: Holding) -> None:
    assert len(holding(b"x" * MAX_BYTES).read(SOURCE)) == MAX_BYTES


def test_a_larger_credential_is_refused(holding: Holding) -> None:
    with pytest.raises(CredentialsError, match="larger than 1 MiB"):
        holding(b"x" * (MAX_BYTES + 1)).read(SOURCE)


def test_reading_twice_gives_the_same(holding: Holding) -> None:
    credentials = holding(b"token")
    assert credentials.read(SOURCE) == credentials.read(SOURCE)
