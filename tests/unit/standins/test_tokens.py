"""OAuth of the stand-ins: refresh tokens are good once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.standins.scenario import DEFAULT, Provider
from tests.standins.server import StandIn
from tests.unit.standins.clients import AGENTS, Reply, ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a provider grants tokens, and what it says to a refresh token it had before."""

    provider: Provider
    host: str
    path: str
    denied: int
    reason: Any


PLACES = (
    Place(
        provider=Provider.ANTHROPIC,
        host="platform.claude.com",
        path="/v1/oauth/token",
        denied=400,
        reason="invalid_grant",
    ),
    Place(
        provider=Provider.OPENAI,
        host="auth.openai.com",
        path="/oauth/token",
        denied=401,
        reason={
            "message": "Your refresh token has already been used.",
            "type": "invalid_request_error",
            "code": "refresh_token_reused",
        },
    ),
    Place(
        provider=Provider.GOOGLE,
        host="oauth2.googleapis.com",
        path="/token",
        denied=400,
        reason="invalid_grant",
    ),
)


@pytest.fixture(scope="module")
def serving() -> Iterator[StandIn]:
    nobody: dict[Provider, set[str]] = {each: set() for each in Provider}
    with StandIn(port=0, good_bearers=nobody) as standin:
        yield standin


@pytest.fixture
def standin(serving: StandIn) -> StandIn:
    serving.begin(DEFAULT)
    return serving


@pytest.fixture(params=PLACES, ids=[place.provider for place in PLACES])
def place(request: pytest.FixtureRequest) -> Place:
    assert isinstance(request.param, Place)
    return request.param


def grant(standin: StandIn, place: Place, **form: str) -> Reply:
    return ask(standin, place.host, place.path, form)


def refresh(standin: StandIn, place: Place, token: str) -> Reply:
    return grant(standin, place, grant_type="refresh_token", refresh_token=token)


def test_a_refresh_brings_a_token_that_is_let_in_and_the_next_refresh_token(
    standin: StandIn, place: Place
) -> None:
    first = refresh(standin, place, "R").value
    second = refresh(standin, place, first["refresh_token"]).value
    assert len({"R", first["refresh_token"], second["refresh_token"]}) == 3
    assert first["expires_in"] > 3600
    agent = AGENTS[place.provider]
    assert agent(standin=standin, bearer="unknown").request().status == 401
    assert agent(standin=standin, bearer=first["access_token"]).request().status == 200
    assert agent(standin=standin, bearer=second["access_token"]).request().status == 200
    assert standin.tokens[place.provider].refreshes == ["R", first["refresh_token"]]


def test_a_refresh_token_is_good_once(standin: StandIn, place: Place) -> None:
    assert refresh(standin, place, "R").status == 200
    again = refresh(standin, place, "R")
    assert (again.status, again.value["error"]) == (place.denied, place.reason)


def test_no_refresh_token_is_good_where_they_are_revoked_or_missing(
    standin: StandIn, place: Place
) -> None:
    assert refresh(standin, place, "").status == 400
    standin.tokens[place.provider].revoked = True
    assert refresh(standin, place, "R").status == place.denied


def test_a_code_is_changed_into_tokens(standin: StandIn, place: Place) -> None:
    given = grant(standin, place, grant_type="authorization_code", code="c1").value
    assert refresh(standin, place, given["refresh_token"]).status == 200
    assert standin.tokens[place.provider].codes == ["c1"]


def test_another_kind_of_grant_is_none(standin: StandIn, place: Place) -> None:
    assert grant(standin, place, grant_type="authorization_code").status == 400
    assert grant(standin, place, grant_type="password").status == 400


def test_a_form_does_as_well_as_json(standin: StandIn, place: Place) -> None:
    form = urlencode({"grant_type": "refresh_token", "refresh_token": "R/1"}).encode()
    assert ask(standin, place.host, place.path, form).status == 200
    assert standin.tokens[place.provider].refreshes == ["R/1"]
