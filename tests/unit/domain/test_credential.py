"""Logins as values: what they say of themselves, and which ones a flavor may declare."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from multicooker.domain.cook import AuthMode
from multicooker.domain.credential import (
    Gift,
    LoadedCredential,
    Logins,
    in_words,
    life_in_words,
    login_volume,
    token_name,
)
from multicooker.domain.flavor import Credential, LongToken
from multicooker.domain.mask import Mask
from tests.known_flavors import ACME

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
CREDENTIAL = Credential(
    provider="acme", sources=("file:~/.acme/auth.json",), target="/root/.acme/auth.json"
)


def test_a_login_shows_none_of_its_values() -> None:
    login = LoadedCredential(
        cell_bytes=b"MCCANARY_1", expires=NOW, secrets=("MCCANARY_2",), identity=("MCCANARY_3",)
    )
    assert "MCCANARY" not in repr(login) + str(login)


def test_the_logins_of_cells_show_none_of_their_values() -> None:
    logins = Logins(
        files={".auth/acme/auth.json": b"MCCANARY_1"},
        piped={"alice": Gift(path="/run/secrets/acme", data=b"MCCANARY_2")},
        mask=Mask(secrets=("MCCANARY_3",), identity=("MCCANARY_4",)),
    )
    assert "MCCANARY" not in repr(logins)


def test_a_profile_has_a_volume_and_a_token_of_its_own() -> None:
    assert (login_volume("acme", None), token_name("acme", None)) == ("mc-acme-auth", "acme")
    assert login_volume("acme", "work") == "mc-acme-auth-work"
    assert token_name("acme", "work") == "acme.work"


def test_a_login_knows_how_long_it_lives() -> None:
    login = LoadedCredential(cell_bytes=b"", expires=NOW + timedelta(hours=1))
    assert login.seconds_left(NOW) == 3600
    assert replace(login, expires=None).seconds_left(NOW) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (22320, "6 h 12 min"),
        (47 * 3600, "47 h"),
        (48 * 3600, "2 days"),
        (-3 * 86400, "3 days"),
    ],
)
def test_a_length_of_time_is_told_as_people_say_it(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def test_the_end_of_a_life_is_told_from_both_sides() -> None:
    assert life_in_words(NOW + timedelta(minutes=5), NOW) == "expires in 5 min"
    assert life_in_words(NOW - timedelta(days=3), NOW) == "expired 3 days ago"
    assert life_in_words(NOW, NOW) == "expired 0 s ago"
    assert life_in_words(None, NOW) == "does not say when it expires"


@pytest.mark.parametrize(
    ("form", "told"),
    [("{", "not JSON"), ("[" * 100_000, "not JSON"), ('["$token"]', "object"), ("{}", "object")],
)
def test_a_form_that_makes_no_credential_is_refused(form: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        LongToken(login="acme token", form=form)


def test_nothing_inside_a_token_can_be_passed_on_by_itself() -> None:
    place = "/access/@jwt/exp"
    with pytest.raises(ValueError, match="inside a token"):
        replace(CREDENTIAL, keep=(place,))
    with pytest.raises(ValueError, match="inside a token"):
        replace(CREDENTIAL, fill={place: "x"})


def test_what_is_kept_includes_the_token() -> None:
    place = "/oauth/access"
    with pytest.raises(ValueError, match="/oauth/access, is not in it"):
        replace(CREDENTIAL, keep=("/oau", "/other"), token=place)
    assert replace(CREDENTIAL, keep=("/oauth",), token=place).keep == ("/oauth",)


def test_a_login_volume_needs_a_way_in_and_a_place_for_it() -> None:
    flavor = ACME.flavor
    assert flavor.credential
    assert AuthMode.VOLUME in flavor.credential.modes
    with pytest.raises(ValueError, match="login_command"):
        replace(flavor, login_command=())
    for state in ((), ("/root/.other",), ("/root/.acm", "/root/.acme")):
        with pytest.raises(ValueError, match="state"):
            replace(flavor, state=state)
