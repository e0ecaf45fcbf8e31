"""The real CLIs send the right login, whichever way they got it, and nothing else gets in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.every_auth import DENIED, NAMES, WAYS, EveryAuth, as_found, target
from tests.integration.real_clis import FLAVORS
from tests.standins.scenario import Provider

pytestmark = pytest.mark.docker

COPIES: dict[str, set[str]] = {
    "claude": {
        *("claudeAiOauth/accessToken", "claudeAiOauth/expiresAt", "claudeAiOauth/scopes"),
        *("claudeAiOauth/subscriptionType", "claudeAiOauth/rateLimitTier"),
    },
    "codex": {
        *("auth_mode", "last_refresh", "tokens/access_token", "tokens/account_id"),
        *("tokens/id_token", "tokens/refresh_token"),
    },
    "gemini": {"access_token", "scope", "token_type", "expiry_date"},
}


@pytest.mark.parametrize(("flavor", "mode"), WAYS)
def test_the_cli_works_on_the_login_it_was_given(
    flavor: str, mode: str, every_auth: EveryAuth
) -> None:
    name = f"{flavor}-{mode}"
    assert every_auth.cells[name]["exit_class"] == "ok", every_auth.cells[name]["detail"]
    asked = every_auth.asked_by(name)
    assert {each.bearer for each in asked} == {every_auth.bearers[name]}
    assert len(asked) >= 2
    if flavor == "claude":
        assert all("oauth-2025-04-20" in each.betas for each in asked)


def test_no_request_held_an_api_key_or_asked_a_metered_service(every_auth: EveryAuth) -> None:
    denied = [f"{flavor}-denied" for flavor in DENIED]
    problems = [
        (each.reason, each.request.line())
        for each in every_auth.stage.standin.problems
        if each.request.model not in denied
    ]
    assert problems == []


def test_judges_voted_on_logins_of_their_own(every_auth: EveryAuth) -> None:
    for judge in ("judge-anna", "judge-bert"):
        assert every_auth.cells[judge]["exit_class"] == "ok"
    verdict = json.loads((every_auth.folder / "verdict.json").read_text())
    assert {each["judge"] for each in verdict["ballots"]} == {"anna", "bert"}


@pytest.mark.parametrize(
    ("flavor", "folder"),
    [
        ("claude", ".auth/claude"),
        ("codex", ".auth/codex"),
        ("gemini", ".auth/gemini"),
        ("claude", ".auth/claude.volume."),
        ("codex", ".auth/codex.volume."),
        ("gemini", ".auth/gemini.volume."),
    ],
)
def test_a_copy_holds_what_the_cli_needs_and_no_more(
    flavor: str, folder: str, every_auth: EveryAuth
) -> None:
    (data,) = (
        data
        for path, data in every_auth.held.auth.items()
        if path.rpartition("/")[0] == folder or (folder.endswith(".") and path.startswith(folder))
    )
    copy: dict[str, Any] = json.loads(data)
    inside = {
        f"{key}/{inner}" if inner else key
        for key, value in copy.items()
        for inner in (value if isinstance(value, dict) else ("",))
    }
    assert inside == COPIES[flavor]
    if flavor == "codex":
        # Without these two it takes the file for no login; they open nothing.
        assert (copy["tokens"]["refresh_token"], copy["tokens"]["id_token"]) == ("", "e30.e30.e30")


def test_copies_are_where_they_must_be_and_for_their_owner_alone(every_auth: EveryAuth) -> None:
    places = {
        path.split("/")[1].rpartition(".t")[0] or path.split("/")[1]
        for path in every_auth.held.auth
    }
    assert places == {
        *("claude", "codex", "gemini"),
        *("claude.volume", "codex.volume", "gemini.volume", "claude.token", "codex.token"),
    }
    for path, mode in every_auth.held.modes.items():
        assert mode == (0o600 if path in every_auth.held.auth else 0o700), path


@pytest.mark.parametrize("flavor", FLAVORS)
def test_what_is_piped_ends_up_read_only_and_its_source_is_gone(
    flavor: str, every_auth: EveryAuth
) -> None:
    file, secrets = every_auth.held.inside[f"{flavor}-pipe"]
    mode, owner = file.split()
    assert mode == "400"
    assert owner != "0"
    assert secrets == ""
    mounts = every_auth.held.inspected[f"{flavor}-pipe"]["Mounts"]
    assert not [each for each in mounts if each["Destination"] == target(flavor)]


def test_a_cell_sees_its_own_login_and_nobody_elses(every_auth: EveryAuth) -> None:
    for name, inspected in every_auth.held.inspected.items():
        flavor, mode = name.split("-")
        logins = [
            (each["Source"], each["Destination"], each["RW"])
            for each in inspected["Mounts"]
            if "/.auth/" in each["Source"] or str(every_auth.stage.home) in each["Source"]
        ]
        if mode == "pipe":
            assert logins == []
            continue
        ((source, destination, writable),) = logins
        assert (destination, writable) == (target(flavor), False)
        if mode in {"bind", "denied"}:
            assert source.startswith(f"{every_auth.stage.home}/.{flavor}/")
        else:
            own = flavor if mode == "snapshot" else f"{flavor}.{mode}."
            assert source.startswith(f"{every_auth.folder}/.auth/{own}")
        assert "/volumes/" not in json.dumps(inspected["Mounts"]), "state of other cells lies there"


def test_no_cell_runs_as_root_or_may_become_more(every_auth: EveryAuth) -> None:
    assert set(every_auth.held.inspected) == set(NAMES)
    for inspected in every_auth.held.inspected.values():
        held = inspected["HostConfig"]
        assert inspected["Config"]["User"].partition(":")[0] not in {"", "0", "root"}
        assert held["CapDrop"] == ["ALL"]
        assert held["ReadonlyRootfs"] is True


def test_the_logins_of_the_host_are_as_they_were(every_auth: EveryAuth) -> None:
    assert as_found(every_auth.stage.home) == every_auth.host


def test_only_a_cli_that_has_the_hosts_file_can_try_to_renew_it(every_auth: EveryAuth) -> None:
    offices = every_auth.stage.standin.tokens
    assert offices[Provider.ANTHROPIC].refreshes == []
    for flavor in DENIED:
        assert every_auth.cells[f"{flavor}-denied"]["exit_class"] != "ok"
    # It did try, and what came of it could not be written.
    tokens = every_auth.stage.logins[Provider.OPENAI].content["tokens"]
    assert isinstance(tokens, dict)
    assert tokens["refresh_token"] in offices[Provider.OPENAI].refreshes


def test_the_report_says_which_login_each_cell_used(every_auth: EveryAuth) -> None:
    words = {
        "snapshot": "snapshot of ~/.{}/",
        "bind": "read-only bind of ~/.{}/",
        "pipe": "piped from ~/.{}/",
        "volume": "volume mc-{}-auth-",
        "token": "",
    }
    report = (every_auth.folder / "report.html").read_text(encoding="utf-8")
    for flavor, mode in WAYS:
        told = every_auth.cells[f"{flavor}-{mode}"]["credential"]
        assert words[mode].format(flavor) in told
        assert told
        assert told.partition(",")[0] in report


def test_auth_status_tells_every_login_in_words(every_auth: EveryAuth) -> None:
    told = every_auth.told["auth status"]
    for flavor in FLAVORS:
        assert flavor in told
    assert "max" in told
    assert "pro" in told
