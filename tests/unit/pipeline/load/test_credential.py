"""Logins' files are taken apart: a cell gets its part of them, and no message gets any."""

from __future__ import annotations

import base64
import json
import traceback
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multicooker.domain.cook import AuthMode
from multicooker.domain.credential import MAX_CREDENTIAL
from multicooker.domain.flavor import Credential, LongToken
from multicooker.errors import CredentialsError
from multicooker.pipeline.load.credential import aged, from_token, read_credential

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
ACCESS = "MCCANARY-access-01"
REFRESH = "MCCANARY-refresh-02"


def jwt(**claims: object) -> str:
    parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
    head, payload = (base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    return f"{head}.{payload}.c2lnbmF0dXJl"


MILLIS = Credential(
    provider="milli",
    sources=("file:~/.milli/c.json",),
    target="/root/.milli/c.json",
    keep=("/oauth/access", "/oauth/ends", "/oauth/plan", "/oauth/scopes"),
    token="/oauth/access",  # noqa: S106  # where a token would be
    refresh="/oauth/refresh",
    expires="/oauth/ends",
    account="/oauth/plan",
    identity=("/who/email", "/who/number", "/who/absent"),
)
TOKENS = Credential(
    provider="tok",
    sources=("file:~/.tok/auth.json",),
    target="/root/.tok/auth.json",
    modes=(AuthMode.SNAPSHOT, AuthMode.TOKEN),
    keep=("/tokens/access", "/tokens/account", "/absent/way"),
    fill={"/tokens/refresh": "", "/tokens/id": "e30.e30.e30", "/renewed": "$now"},
    token="/tokens/access",  # noqa: S106  # where a token would be
    refresh="/tokens/refresh",
    expires="/tokens/access/@jwt/exp",
    account="/tokens/id/@jwt/https:~1~1tok.example~0/plan",
    long_token=LongToken(
        login="tok make",
        form='{"tokens": {"access": "$token", "list": ["$now", 1, null]}, "ends": "$never"}',
    ),
)


def milli(**changes: object) -> dict[str, object]:
    oauth = {
        "access": ACCESS,
        "refresh": REFRESH,
        "ends": (NOW + timedelta(hours=6)).timestamp() * 1000,
        "plan": "max",
        "scopes": ["user:inference"],
    }
    who = {"email": "who@example.test", "number": 4_711_000}
    other = {"server": {"token": "MCCANARY-other-server-03"}}
    return {"oauth": {**oauth, **changes}, "who": who, "other": other}


def data(document: object) -> bytes:
    return json.dumps(document).encode()


def refusal(raw: bytes, spec: Credential = MILLIS) -> str:
    with pytest.raises(CredentialsError) as told:
        read_credential(raw, spec, now=NOW)
    shown = "".join(traceback.format_exception(told.value)) + told.value.message + told.value.hint
    assert "MCCANARY" not in shown.replace(f'"{ACCESS}"', "")
    return told.value.message


def test_a_cell_gets_what_is_kept_and_nothing_else() -> None:
    login = read_credential(data(milli()), MILLIS, now=NOW)
    document = json.loads(login.cell_bytes)
    assert document == {
        "oauth": {
            "access": ACCESS,
            "ends": (NOW + timedelta(hours=6)).timestamp() * 1000,
            "plan": "max",
            "scopes": ["user:inference"],
        }
    }


def test_a_login_tells_its_life_its_account_and_its_secrets() -> None:
    login = read_credential(data(milli()), MILLIS, now=NOW)
    assert login.expires == NOW + timedelta(hours=6)
    assert login.account == "max"
    assert login.has_refresh
    assert set(login.secrets) == {ACCESS, REFRESH, "MCCANARY-other-server-03"}
    assert list(login.secrets) == sorted(login.secrets, key=len, reverse=True)
    assert login.identity == ("who@example.test", "4711000")


def test_gaps_are_filled_so_that_the_cli_takes_the_file() -> None:
    token = jwt(exp=NOW.timestamp() + 60)
    plan = jwt(**{"https://tok.example~": {"plan": "pro"}})
    raw = data({"tokens": {"access": token, "refresh": REFRESH, "id": plan, "account": "n-1"}})
    login = read_credential(raw, TOKENS, now=NOW)
    assert json.loads(login.cell_bytes) == {
        "tokens": {"access": token, "account": "n-1", "refresh": "", "id": "e30.e30.e30"},
        "renewed": "2026-11-21T08:00:00Z",
    }
    assert login.expires == NOW + timedelta(minutes=1)
    assert login.account == "pro"
    assert {token, plan, REFRESH} <= set(login.secrets)


def test_a_refresh_token_is_cut_out_of_what_is_kept_around_it() -> None:
    spec = replace(MILLIS, keep=("/oauth",))
    login = read_credential(data(milli()), spec, now=NOW)
    assert json.loads(login.cell_bytes)["oauth"].keys() == {"access", "ends", "plan", "scopes"}


def test_a_file_of_which_nothing_is_chosen_is_kept_whole_but_for_the_refresh_token() -> None:
    spec = replace(MILLIS, keep=())
    login = read_credential(data(milli()), spec, now=NOW)
    wanted = milli()
    assert isinstance(wanted["oauth"], dict)
    del wanted["oauth"]["refresh"]
    assert json.loads(login.cell_bytes) == wanted


def test_a_file_without_a_refresh_token_stays_byte_for_byte_where_nothing_is_chosen() -> None:
    raw = b'{ "oauth":{"access": "placeholder"} }\r\n'
    login = read_credential(raw, replace(MILLIS, keep=()), now=NOW)
    assert login.cell_bytes == raw
    assert not login.has_refresh


def test_a_file_whose_inside_nobody_knows_stays_byte_for_byte() -> None:
    spec = Credential(provider="raw", sources=("file:~/.raw",), target="/root/.raw")
    login = read_credential(b"user:s3cret\xff\n", spec, now=NOW)
    assert login.cell_bytes == b"user:s3cret\xff\n"
    assert login.expires is None
    assert login.secrets == ("user:s3cret\ufffd",)


@pytest.mark.parametrize("refresh", ["", None, 7])
def test_a_login_without_a_refresh_token_cannot_be_renewed(refresh: object) -> None:
    assert not read_credential(data(milli(refresh=refresh)), MILLIS, now=NOW).has_refresh


@pytest.mark.parametrize("document", [milli(plan=REFRESH), milli(scopes=[f"a {REFRESH}"])])
def test_a_refresh_token_in_a_place_that_is_kept_is_refused(document: object) -> None:
    assert "refresh token" in refusal(data(document))


def test_a_refresh_token_within_a_list_is_refused_rather_than_passed_on() -> None:
    spec = replace(MILLIS, keep=("/oauth", "/list"), refresh="/list/0")
    document = {**milli(), "list": ["MCCANARY-refresh-in-list"]}
    assert "refresh token" in refusal(data(document), spec)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"MCCANARY", "not JSON"),
        (b'{"oauth": "MCCANARY', "not JSON"),
        (b'\xff\xfe{"oauth": 1}', "not JSON"),
        (b'{"oauth": NaN}', "not JSON"),
        (b"[1]", "not a JSON object"),
        (b'"MCCANARY"', "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'{"oauth": 1}', "holds no token"),
        (b'{"oauth": {"access": null}}', "holds no token"),
        (b'{"a":' * 200_000, "nested too deep"),
        (b"[" * 990 + b"]" * 990, "garbled"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "not JSON"),
        (b" " + b"x" * MAX_CREDENTIAL, "larger than 1 MiB"),
    ],
)
def test_a_garbled_login_is_refused_without_a_word_of_its_content(raw: bytes, told: str) -> None:
    assert told in refusal(raw)


def test_a_login_that_its_cli_blanked_is_refused_as_logged_out() -> None:
    assert "was logged out" in refusal(data(milli(access="", refresh="", ends=0)))


@pytest.mark.parametrize("access", [7, ["MCCANARY"], {}, True, "MCCANARY a", "a\nb", "caf\u00e9"])
def test_a_token_that_no_header_can_hold_is_refused(access: object) -> None:
    assert "is no token" in refusal(data(milli(access=access)))


@pytest.mark.parametrize("ends", ["MCCANARY soon", True, [1], 1e300, -1e18])
def test_an_expiry_that_is_no_time_is_refused(ends: object) -> None:
    assert "no time" in refusal(data(milli(ends=ends)))


def test_a_number_that_json_cannot_say_is_refused() -> None:
    raw = data(milli(plan=0)).replace(b'"plan": 0', b'"plan": 1e999')
    assert "number" in refusal(raw)


@pytest.mark.parametrize("ends", [1_800_000_000, 1_800_000_000_000, 1_800_000_000.0])
def test_an_expiry_is_read_in_seconds_and_in_milliseconds(ends: float) -> None:
    login = read_credential(data(milli(ends=ends)), MILLIS, now=NOW)
    assert login.expires == datetime(2027, 1, 15, 8, tzinfo=UTC)


@pytest.mark.parametrize("ends", [None, 0])
def test_an_expiry_that_is_missing_is_unknown_and_zero_is_long_ago(ends: int | None) -> None:
    login = read_credential(data(milli(ends=ends)), MILLIS, now=NOW)
    assert login.expires == (None if ends is None else datetime(1970, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "token", ["opaque-token", "a.b", "a.!.c", "a.bm8.c", "a.W10.c", "a.\u00e9.c"[:2] + "e.c", "..."]
)
def test_a_token_that_is_no_jwt_tells_no_expiry(token: str) -> None:
    raw = data({"tokens": {"access": token}})
    assert read_credential(raw, TOKENS, now=NOW).expires is None


def test_a_flavor_need_not_say_where_the_token_is() -> None:
    spec = Credential(
        provider="some", sources=("file:~/.s",), target="/root/.s", keep=("/a",), refresh="/r"
    )
    login = read_credential(b'{"a": "b", "r": "MCCANARY-refresh"}', spec, now=NOW)
    assert json.loads(login.cell_bytes) == {"a": "b"}
    assert login.secrets == ("MCCANARY-refresh",)


def test_places_step_through_lists_and_end_where_there_is_no_way() -> None:
    spec = replace(MILLIS, identity=("/who/0/name", "/who/1", "/who/x", "/who/01", "/oauth/plan/x"))
    document = {**milli(), "who": [{"name": "Somebody"}]}
    assert read_credential(data(document), spec, now=NOW).identity == ("Somebody",)


def test_a_long_token_becomes_the_file_by_the_flavors_form() -> None:
    login = from_token(" tok-0123456789\n", TOKENS, now=NOW)
    assert json.loads(login.cell_bytes) == {
        "tokens": {"access": "tok-0123456789", "list": ["2026-11-21T08:00:00Z", 1, None]},
        "ends": 4102444800000,
    }
    assert login.secrets == ("tok-0123456789",)
    assert (login.expires, login.has_refresh) == (None, False)


def test_a_long_token_that_tells_its_end_is_held_to_it() -> None:
    token = jwt(exp=NOW.timestamp() + 86400)
    assert from_token(token, TOKENS, now=NOW).expires == NOW + timedelta(days=1)
    never = replace(TOKENS, expires="/ends")
    assert from_token(token, never, now=NOW).expires is None


def test_a_long_token_may_stand_elsewhere_than_a_logins_token() -> None:
    long_token = LongToken(login="tok make", form='{"personal": "$token"}')
    login = from_token("tok-0123456789", replace(TOKENS, long_token=long_token), now=NOW)
    assert json.loads(login.cell_bytes) == {"personal": "tok-0123456789"}
    assert (login.expires, login.secrets) == (None, ("tok-0123456789",))


@pytest.mark.parametrize(
    ("ends", "past"), [(1_900_000_000, 1_795_248_000 - 1), (1.9e12, 1_795_247_999_000)]
)
def test_a_login_is_aged_so_that_its_cli_renews_it(ends: float, past: int) -> None:
    old = aged(data(milli(ends=ends)), MILLIS, now=NOW)
    assert old is not None
    assert json.loads(old) == milli(ends=past)


def test_a_login_whose_expiry_cannot_be_changed_is_not_aged() -> None:
    assert aged(data(milli(ends=None)), MILLIS, now=NOW) is None
    token = jwt(exp=NOW.timestamp())
    assert aged(data({"tokens": {"access": token}}), TOKENS, now=NOW) is None
    assert aged(data(milli()), replace(MILLIS, expires=""), now=NOW) is None


@pytest.mark.parametrize("token", ["", " ", "a b", "a\nb", "\u00e9", "x" * (MAX_CREDENTIAL + 1)])
def test_what_cannot_be_a_token_is_refused(token: str) -> None:
    with pytest.raises(CredentialsError, match="no token has"):
        from_token(token, TOKENS, now=NOW)


def test_a_flavor_without_long_tokens_takes_none() -> None:
    with pytest.raises(CredentialsError, match="no long-lived"):
        from_token("tok-0123456789", MILLIS, now=NOW)


KEYS = st.sampled_from(["oauth", "access", "refresh", "ends", "plan", "who", "email", "@jwt", ""])
SECRETS = st.text("0123456789abcdefghij", min_size=12, max_size=30).map("SECRET{}".format)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | SECRETS
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(document=st.dictionaries(KEYS, DOCUMENTS, max_size=5), mangle=st.integers(0, 200))
def test_whatever_a_file_holds_it_is_read_or_refused_without_its_content(
    document: dict[str, object], mangle: int
) -> None:
    raw = json.dumps({**milli(), **document}).encode()
    raw = raw[:-mangle] if mangle % 3 == 0 and mangle else raw
    assert "SECRET" not in _shown(raw)


@given(extra=st.dictionaries(st.text(max_size=8), DOCUMENTS, max_size=5), refresh=SECRETS)
def test_no_value_outside_of_what_is_kept_reaches_a_cell(
    extra: dict[str, object], refresh: str
) -> None:
    document = milli(refresh=refresh, more=extra)
    outside = {**document, "more": extra}
    for spec in (MILLIS, replace(MILLIS, fill={"/oauth/refresh": "", "/x": "$now"})):
        login = read_credential(_json(outside), spec, now=NOW)
        told = json.loads(login.cell_bytes)
        assert b"SECRET" not in login.cell_bytes
        assert told["oauth"].keys() <= {"access", "ends", "plan", "scopes", "refresh"}
        assert told.keys() <= {"oauth", "x"}


@given(around=DOCUMENTS, refresh=SECRETS)
def test_a_refresh_token_never_reaches_a_cell(around: object, refresh: str) -> None:
    raw = _json({**milli(refresh=refresh), "around": around, "again": [{"deep": refresh}]})
    for keep in ((), ("/oauth",), ("/oauth", "/around"), ("/oauth", "/again"), ("/oauth/access",)):
        try:
            login = read_credential(raw, replace(MILLIS, keep=keep), now=NOW)
        except CredentialsError:
            continue
        assert refresh.encode() not in login.cell_bytes


def _json(document: object) -> bytes:
    """Return JSON without what JSON has no word for."""
    return json.dumps(json.loads(json.dumps(document), parse_constant=lambda _: None)).encode()


def _shown(raw: bytes) -> str:
    """Return all that anybody sees of a login."""
    try:
        return repr(read_credential(raw, MILLIS, now=NOW))
    except CredentialsError as error:
        return "".join(traceback.format_exception(error)) + error.hint
