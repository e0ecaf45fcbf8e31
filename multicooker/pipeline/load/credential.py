"""A login's file → what a cell may have of it. Nothing of its content is in any message.

Places are JSON pointers (RFC 6901); the step `@jwt` goes from a token into its payload.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from multicooker.domain.credential import MAX_CREDENTIAL, LoadedCredential
from multicooker.domain.flavor import Credential
from multicooker.errors import CredentialsError

NEVER = 4_102_444_800_000
"""What `$never` stands for in a form: the year 2100, in milliseconds since 1970."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS_FROM = 100_000_000_000
"""As seconds this is the year 5138, as milliseconds 1973."""
_JWT = "@jwt"
_JWT_PARTS = 3
_MOST_ACCOUNT = 60
_LEAST_SECRET = 8
"""Characters; hiding shorter ones would make holes in innocent words."""
_LEAST_NAME = 3
_TOKEN = re.compile(r"[\x21-\x7e]+")
"""What can stand in an HTTP header."""
_TOKEN_LIKE = re.compile(r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9._~+-][\w.~+/=-]{19,}")
_MISSING = object()
_Json = Any
"""What `json` reads: dicts, lists and scalars that nobody has looked at yet."""


def read_credential(data: bytes, spec: Credential, *, now: datetime) -> LoadedCredential:
    """Take a login's file apart; CredentialsError where it is garbled, empty or logged out."""
    if not data.strip():
        raise CredentialsError("the login is empty")
    if len(data) > MAX_CREDENTIAL:
        raise CredentialsError(f"the login is larger than {MAX_CREDENTIAL // 1024**2} MiB")
    if not _places(spec):
        return _as_it_is(data)
    try:
        document = _parsed(data)
        loaded = _loaded(document, spec, cell=_for_cell(document, spec, now))
        if not (spec.keep or spec.fill or loaded.has_refresh):
            return replace(loaded, cell_bytes=data)
    except RecursionError:
        raise _garbled("it is nested too deep") from None
    return loaded


def from_token(token: str, spec: Credential, *, now: datetime) -> LoadedCredential:
    """Make a login's file of a long-lived token by the flavor's form; CredentialsError as above."""
    if spec.long_token is None:
        raise CredentialsError("there are no long-lived tokens for it")
    token = token.strip()
    if not _TOKEN.fullmatch(token) or len(token) > MAX_CREDENTIAL:
        raise CredentialsError("the token is empty, or holds characters that no token has")
    words: dict[str, _Json] = {"$token": token, "$now": _stamp(now), "$never": NEVER}
    document = _filled_in(json.loads(spec.long_token.form), words)
    ends = None if _at(document, spec.expires) == NEVER else _expiry(document, spec)
    return LoadedCredential(
        cell_bytes=_bytes(document),
        expires=ends,
        account=_text(document, spec.account)[:_MOST_ACCOUNT],
        secrets=(token,),
        identity=_identity(document, spec),
    )


def aged(data: bytes, spec: Credential, *, now: datetime) -> bytes | None:
    """Return a login as one that has just expired, so that its CLI renews it.

    None where that is not to be had: the file does not say it, or only inside a signed token.
    """
    document = _parsed(data)
    value = _at(document, spec.expires)
    if type(value) not in {int, float} or _JWT in _steps(spec.expires):
        return None
    past = int(now.timestamp()) - 1
    scale = 1000 if abs(value) >= _MILLISECONDS_FROM else 1
    return _bytes(_with(document, _steps(spec.expires), past * scale))


def _places(spec: Credential) -> bool:
    """Tell whether the flavor knows any place inside the file."""
    return bool(
        spec.keep or spec.fill or spec.token or spec.refresh or spec.expires or spec.account
    ) or bool(spec.identity)


def _as_it_is(data: bytes) -> LoadedCredential:
    text = data.decode("utf-8", "replace")
    found = {match[0] for match in _TOKEN_LIKE.finditer(text)} | {text.strip()}
    return LoadedCredential(
        cell_bytes=data, expires=None, secrets=_longest_first(found, _LEAST_SECRET)
    )


def _parsed(data: bytes) -> dict[str, _Json]:
    try:
        document = json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant)
    except ValueError:  # the error itself would quote the file
        raise _garbled("it is not JSON") from None
    if not isinstance(document, dict):
        raise _garbled("it is not a JSON object")
    return document


def _loaded(
    document: dict[str, _Json], spec: Credential, *, cell: dict[str, _Json]
) -> LoadedCredential:
    token = _token(document, spec)
    refresh = _text(document, spec.refresh)
    identity = _identity(document, spec)
    opening = {text for text in _texts(document) if _TOKEN_LIKE.fullmatch(text)}
    return LoadedCredential(
        cell_bytes=_bytes(cell),
        expires=_expiry(document, spec),
        account=_text(document, spec.account)[:_MOST_ACCOUNT],
        has_refresh=bool(refresh),
        secrets=_longest_first((opening | {token, refresh}) - {*identity}, _LEAST_SECRET),
        identity=identity,
    )


def _identity(document: _Json, spec: Credential) -> tuple[str, ...]:
    names = {text for place in spec.identity if (text := _name(document, place))}
    return _longest_first(names, _LEAST_NAME)


def _token(document: _Json, spec: Credential) -> str:
    if not spec.token:
        return ""
    value = _at(document, spec.token)
    if value in (_MISSING, None, ""):
        raise CredentialsError("the login holds no token: its CLI was logged out")
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise _garbled("what stands in the token's place is no token")
    return value


def _expiry(document: _Json, spec: Credential) -> datetime | None:
    value = _at(document, spec.expires)
    if value is _MISSING or value is None:
        return None
    if type(value) not in {int, float}:
        raise _garbled("what stands in its expiry's place is no time")
    try:
        seconds = value / 1000 if abs(value) >= _MILLISECONDS_FROM else value
        return _EPOCH + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        raise _garbled("what stands in its expiry's place is no time") from None


def _for_cell(document: dict[str, _Json], spec: Credential, now: datetime) -> dict[str, _Json]:
    """Return what a cell gets: kept places, less the refresh token, and what fills the gaps."""
    cell: dict[str, _Json] = {} if spec.keep else document
    for place in spec.keep:
        value = _at(document, place)
        if value is not _MISSING:
            cell = _with(cell, _steps(place), value)
    cell = _with(cell, _steps(spec.refresh), _MISSING) if spec.refresh else cell
    refresh = _text(document, spec.refresh)
    if len(refresh) >= _LEAST_SECRET and any(refresh in text for text in _texts(cell)):
        raise _garbled("its refresh token stands in more than one place")
    for place, word in spec.fill.items():
        cell = _with(cell, _steps(place), _stamp(now) if word == "$now" else word)
    return cell


def _with(folder: _Json, steps: list[str], value: _Json) -> dict[str, _Json]:
    """Return an object in which the place holds the value, or nothing where that is missing."""
    inside = dict(folder) if isinstance(folder, dict) else {}
    step, *rest = steps
    if rest and (value is not _MISSING or isinstance(inside.get(step), dict)):
        inside[step] = _with(inside.get(step), rest, value)
    elif value is not _MISSING:
        inside[step] = value
    elif not rest:
        inside.pop(step, None)
    return inside


def _filled_in(form: _Json, words: dict[str, _Json]) -> _Json:
    if isinstance(form, dict):
        return {key: _filled_in(value, words) for key, value in form.items()}
    if isinstance(form, list):
        return [_filled_in(value, words) for value in form]
    return words.get(form, form) if isinstance(form, str) else form


def _at(document: _Json, place: str) -> _Json:
    """Return what stands at a place, `_MISSING` where there is nothing or no such way."""
    if not place:
        return _MISSING
    found = document
    for step in _steps(place):
        if step == _JWT:
            found = _payload(found)
        elif isinstance(found, dict):
            found = found.get(step, _MISSING)
        elif isinstance(found, list) and re.fullmatch(r"0|[1-9][0-9]{0,5}", step):
            at = int(step)
            found = found[at] if at < len(found) else _MISSING
        else:
            return _MISSING
    return found


def _steps(place: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in place[1:].split("/")]


def _payload(token: _Json) -> _Json:
    """Return what a JWT says, unverified: it is its owner's own, and only read."""
    parts = token.split(".") if isinstance(token, str) else []
    if len(parts) != _JWT_PARTS:
        return _MISSING
    try:
        text = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        return json.loads(text, parse_constant=_no_constant)
    except ValueError:
        return _MISSING


def _text(document: _Json, place: str) -> str:
    value = _at(document, place)
    return value if isinstance(value, str) else ""


def _name(document: _Json, place: str) -> str:
    """Return a name or a number as text."""
    value = _at(document, place)
    return str(value) if type(value) in {str, int} else ""


def _texts(value: _Json) -> Iterator[str]:
    """Yield every text in some data, keys excepted."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from _texts(entry)


def _longest_first(texts: set[str], least: int) -> tuple[str, ...]:
    """Sort, so that hiding one by one leaves no rest of a longer one."""
    return tuple(sorted((text for text in texts if len(text) >= least), key=lambda t: (-len(t), t)))


def _bytes(document: _Json) -> bytes:
    try:
        return json.dumps(document, allow_nan=False).encode("ascii") + b"\n"
    except ValueError:  # a number that JSON cannot say, such as 1e999
        raise _garbled("it holds a number that is none") from None


def _stamp(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _no_constant(_name: str) -> NoReturn:
    raise ValueError


def _garbled(why: str) -> CredentialsError:
    return CredentialsError(f"the login is garbled: {why}")
