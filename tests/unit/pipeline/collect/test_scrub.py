"""Session files without their owner's account."""

from __future__ import annotations

import json
import time

import pytest

from multicooker.domain.mask import Mask
from multicooker.pipeline.collect.scrub import scrubbed
from tests.unit.pipeline.collect.recorded import FLAVORS, sessions

OWNERS = (
    "accountUuid",
    "organizationUuid",
    "creator_account_id",
    "chatgpt_account_id",
    "account_id",
    "user_id",
    "userID",
    "emailAddress",
    "email",
    "deviceId",
    "device_id",
    "org_id",
    "installation_id",
)


@pytest.mark.parametrize("key", OWNERS)
def test_whose_run_it_was_is_blanked_under_every_name_it_has(key: str) -> None:
    line = json.dumps({"a": 1, key: "who-1", "b": [{key: 77}], "c": json.dumps({key: "who-2"})})
    found = json.loads(scrubbed(line.encode(), Mask()))
    inner = json.loads(found["c"])
    assert (found[key], found["b"][0][key], inner[key]) == ("[account]", 0, "[account]")
    assert found["a"] == 1


def test_other_names_stay() -> None:
    line = json.dumps(
        {"sessionId": "s", "tool_use_id": "t", "uuid": "u", "turn_id": "v", "id": "w"}
    )
    assert scrubbed(line.encode(), Mask()) == line.encode()


@pytest.mark.parametrize("flavor", FLAVORS)
def test_real_sessions_are_told_the_same_without_their_owner(flavor: str) -> None:
    for data in sessions(flavor, "ok").values():
        found = scrubbed(data, Mask(secrets=("no-such-token",)))
        assert b"00000000-0000-4000-8000" not in found
        assert b"acc-1" not in found
        lines = found.splitlines()
        assert len(lines) == len(data.splitlines())
        assert all(isinstance(json.loads(line), dict) for line in lines)


def test_what_the_mask_hides_is_hidden() -> None:
    mask = Mask(secrets=("a-very-secret/token",), identity=("me@home.example",))
    line = json.dumps({"text": "a-very-secret/token of me@home.example"}).replace("/", "\\/")
    assert json.loads(scrubbed(line.encode(), mask)) == {"text": "[credential] of [account]"}


@pytest.mark.parametrize(
    "piece", [b"\\", b'"email":"', b'"account_id" : ', b'\\\\\\\\"email', b"a_"]
)
def test_scrubbing_takes_time_in_proportion(piece: bytes) -> None:
    began = time.process_time()
    scrubbed(piece * (400_000 // len(piece)), Mask())
    assert time.process_time() - began < 5
