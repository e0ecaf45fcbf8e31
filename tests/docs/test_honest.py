"""What nobody can hold is told, in the words of a reader, rather than promised."""

from __future__ import annotations

import base64
import re

import pytest

from multicooker.domain.mask import Mask
from tests.docs.console import ROOT

CANARY = "MCCANARY-0f6c2a-b417-9d35e8aa71c4"
HALF = len(CANARY) // 2
BEYOND_ANY_SEARCH = {
    "split": f"{CANARY[:HALF]} and then {CANARY[HALF:]}",
    "reversed": CANARY[::-1],
    "encrypted": "".join(chr(ord(char) ^ 7) for char in CANARY),
    "twice": base64.b64encode(base64.b64encode(CANARY.encode())).decode(),
}


def told(page: str) -> str:
    return re.sub(r"\s+", " ", (ROOT / page).read_text(encoding="utf-8"))


@pytest.mark.parametrize("way", BEYOND_ANY_SEARCH)
def test_a_token_that_its_agent_disguises_is_not_found(way: str) -> None:
    assert not Mask(secrets=(CANARY,)).holds_secret(BEYOND_ANY_SEARCH[way].encode())


def test_that_is_what_the_pages_say() -> None:
    assert "A token that is split, reversed or encrypted is not found" in told("SECURITY.md")
    assert "An agent that can call its API can read its token" in told("SECURITY.md")
    security = told("docs/explanation/security.md")
    assert "An agent that splits, reverses or encrypts its token" in security
    assert "An agent that splits, reverses or encrypts its token" in told("docs/auth.md")
