"""Values that nobody may see, blanked wherever they turn up.

What is known by value (tokens, account names) is found as it is and as programs commonly write it
on: JSON-escaped, percent-encoded, in hexadecimal, in Base64 at any offset and wrapped at any
width. A secret that somebody splits, reverses or encrypts is not found, and cannot be.

Tokens whose value is not known here are found by their shape.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

CREDENTIAL = "[credential]"
ACCOUNT = "[account]"

_SHORTEST_SECRET = 8
_SHORTEST_IDENTITY = 5
"""Anything shorter is found everywhere, and means nothing where it is found."""
_HEAD = 12
"""Characters of an encoded form that are looked for first; lines are at least twice as long."""
_BREAK = rb"(?:\\{1,4}[rn]|[ \t\r\n]){0,8}+"
"""What stands between two pieces of wrapped Base64, JSON-escaped or not."""

_ID = rb"[A-Za-z0-9_-]"
_BEGIN = rb"(?:(?<!%b)|(?<=\\[nrt]))" % _ID
"""Where a word begins; an escaped line break before it is not part of it."""
_SHAPES = tuple(
    (hint, re.compile(pattern))
    for hint, pattern in (
        (b"sk-ant-", rb"sk-ant-[a-z0-9]{2,12}-%b{8,}" % _ID),
        (b"sk-", rb"%bsk-(?!ant-)(?:%b{1,16}-)?[A-Za-z0-9]{32,}" % (_BEGIN, _ID)),
        (b"ya29.", rb"ya29\.%b{16,}" % _ID),
        (b"1//0", rb"(?<![0-9/])1//0%b{24,}" % _ID),
        (b"AIza", rb"AIza%b{35}" % _ID),
        (
            b"eyJ",
            # Only where a word begins: else a long run of its characters would be tried from each
            # of its places.
            rb"%beyJ%b{8,}+\.eyJ%b{8,}+\.%b*+" % (_BEGIN, _ID, _ID, _ID),
        ),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Forms:
    """Every spelling in which values are looked for."""

    plain: tuple[bytes, ...]
    encoded: tuple[bytes, ...]
    """In Base64, which may be wrapped."""

    def blanked(self, data: bytes, word: bytes) -> bytes:
        """Return `data` with a word in the places of the values."""
        for form in self.plain:
            data = data.replace(form, word)
        for form in self.encoded:
            if _may_hold(data, form):
                data = _wrapped(form).sub(word, data)
        return data

    def found(self, data: bytes) -> bool:
        """Tell whether any of the values is in `data`."""
        return any(form in data for form in self.plain) or any(
            _may_hold(data, form) and _wrapped(form).search(data) is not None
            for form in self.encoded
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask:
    """Blanks secrets and account names. Its repr shows neither."""

    secrets: tuple[str, ...] = field(default=(), repr=False)
    identity: tuple[str, ...] = field(default=(), repr=False)
    _secret: _Forms = field(init=False, repr=False, compare=False)
    _account: _Forms = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out every form once."""
        secrets = [it for it in self.secrets if len(it) >= _SHORTEST_SECRET]
        object.__setattr__(self, "_secret", _forms(secrets))
        names = [it for it in self.identity if len(it) >= _SHORTEST_IDENTITY]
        object.__setattr__(self, "_account", _forms(names))

    def data(self, data: bytes) -> bytes:
        """Return `data` with `[credential]` and `[account]` in the places of what it hides."""
        data = self._secret.blanked(data, CREDENTIAL.encode())
        for hint, shape in _SHAPES:
            if hint in data:
                data = shape.sub(CREDENTIAL.encode(), data)
        return self._account.blanked(data, ACCOUNT.encode())

    def text(self, text: str) -> str:
        """Return `text` likewise."""
        # Any text at all goes there and back, lone surrogates too.
        return self.data(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def holds_secret(self, data: bytes) -> bool:
        """Tell whether `data` holds one of the known secrets; shapes and names do not count."""
        return self._secret.found(data)

    @property
    def overlap(self) -> int:
        """Return how many bytes two pieces of a file must share for nothing to be missed."""
        forms = (*self._secret.plain, *self._secret.encoded)
        return 2 * max(map(len, forms), default=0)


def _forms(values: Sequence[str]) -> _Forms:
    long = [value for value in values if len(value) >= _SHORTEST_SECRET]
    return _Forms(
        plain=_by_length(
            [form for value in values for form in _written(value)]
            + [form for value in long for form in _hex(value)]
        ),
        encoded=_by_length(form for value in long for form in _base64(value)),
    )


def _written(value: str) -> Iterator[bytes]:
    """Yield a value as it is, inside JSON and inside a URL."""
    plain = value.encode("utf-8", "surrogatepass")
    yield plain
    for ascii_only in (True, False):
        inside = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        for form in (inside, inside.replace("/", "\\/")):
            yield form.encode("utf-8", "surrogatepass")
    escaped = quote(plain, safe="")
    yield escaped.encode()
    yield re.sub("%..", lambda found: found[0].lower(), escaped).encode()


def _hex(value: str) -> Iterator[bytes]:
    digits = value.encode("utf-8", "surrogatepass").hex()
    yield digits.encode()
    yield digits.upper().encode()


def _base64(value: str) -> Iterator[bytes]:
    """Yield what is the same of a value's Base64 wherever it begins in what is encoded."""
    plain = value.encode("utf-8", "surrogatepass")
    for offset in range(3):
        padded = b"\0" * offset + plain
        whole = len(padded) // 3 * 3
        # The first characters hold bits of what stands before it, the last ones of what follows.
        inner = base64.b64encode(padded[:whole])[4 if offset else 0 :]
        yield inner
        yield inner.translate(bytes.maketrans(b"+/", b"-_"))


def _may_hold(data: bytes, form: bytes) -> bool:
    """Tell quickly whether the slow pattern is worth it: one line break cannot be in both."""
    return form[:_HEAD] in data or form[_HEAD : 2 * _HEAD] in data


def _wrapped(form: bytes) -> re.Pattern[bytes]:
    return re.compile(_BREAK.join(re.escape(form[at : at + 1]) for at in range(len(form))))


def _by_length(forms: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return distinct forms, the longest first: one may be part of another."""
    return tuple(sorted(set(forms), key=lambda form: (-len(form), form)))
