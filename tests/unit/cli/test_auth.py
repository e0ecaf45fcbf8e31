"""Logins at the command line: asked for where a person sits, and never shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from multicooker.app import results
from multicooker.cli import output
from multicooker.domain.credential import MAX_CREDENTIAL
from multicooker.errors import BadInputError
from tests.unit.cli import samples
from tests.unit.cli.calls import Caller, answering

TOKEN = "MCCANARY-token-01"  # noqa: S105  # made up, to be looked for


def test_a_token_is_read_from_standard_input_where_nobody_types() -> None:
    call = Caller()
    ended = call("login", "claude", "--profile", "work", "--token", typed=f"{TOKEN}\n")
    assert ended.exit_code == 0
    asked = call.asked()
    ask: Callable[[str], str] = asked.pop("ask")
    assert asked == {"flavor": "claude", "profile": "work"}
    assert ask is output.ask_hidden
    assert "auth: {mode: token, profile: work}" in ended.stdout


def test_what_standard_input_holds_is_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []

    class Verbs:
        def login_token(self, _kitchen: object, **asked: Callable[[str], str]) -> object:
            heard.append(asked["ask"]("Token"))
            return samples.LOGIN_TOKEN

    call = Caller()
    monkeypatch.setattr(call, "verbs", Verbs())
    ended = call("login", "claude", "--token", typed=f"{TOKEN}\n")
    assert heard == [f"{TOKEN}\n"]
    assert TOKEN not in ended.output


def test_a_token_that_is_too_long_is_not_cut_to_one_that_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard: list[str] = []

    class Verbs:
        def login_token(self, _kitchen: object, **asked: Callable[[str], str]) -> object:
            heard.append(asked["ask"]("Token"))
            return samples.LOGIN_TOKEN

    call = Caller()
    monkeypatch.setattr(call, "verbs", Verbs())
    call("login", "claude", "--token", typed="x" * (MAX_CREDENTIAL + 9))
    assert len(heard[0]) > MAX_CREDENTIAL


def test_a_token_that_is_typed_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "can_ask", lambda: True)
    seen: dict[str, object] = {}

    def prompt(text: str, **how: object) -> str:
        seen.update(how, text=text)
        return TOKEN

    monkeypatch.setattr("click.prompt", prompt)
    assert output.ask_hidden("Token of \x1b[2Jclaude") == TOKEN
    assert seen == {"hide_input": True, "err": True, "text": "Token of \\x1b[2Jclaude"}


def test_a_login_needs_a_terminal() -> None:
    refused = BadInputError("nobody is at a terminal", hint="log in at one")
    call = answering(login_ready=refused)
    ended = call("login", "claude")
    assert ended.exit_code == 2
    assert "nobody is at a terminal" in ended.stderr
    assert call.asked()["attended"] is False


def test_a_login_at_a_terminal_is_made_ready_and_then_attended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(output, "has_terminal", lambda: True)
    call = Caller()
    ended = call("login", "claude", "--cook", "landing")
    assert ended.exit_code == 0
    assert [(name, asked) for name, _, asked in call.verbs.heard] == [
        ("login_ready", {"flavor": "claude", "profile": None, "task": "landing", "attended": True}),
        ("login", {}),
    ]
    assert "claude: logged in: volume mc-claude-auth (max)" in ended.stdout
    assert "expires in 7 h 59 min" in ended.stdout


def test_a_login_has_no_json_and_a_token_has() -> None:
    assert Caller()("login", "claude", "--json").exit_code == 2
    answer = Caller().json("login", "claude", "--token")
    assert answer["data"]["source"] == "~/.config/multicooker/tokens/claude.work"


@pytest.mark.parametrize("words", [("login",), ("login", "--token"), ("logout", "--yes")])
def test_a_profile_is_a_name(words: tuple[str, ...]) -> None:
    call = Caller()
    ended = call(words[0], "claude", "--profile", "../etc", *words[1:])
    assert ended.exit_code == 2
    assert call.verbs.heard == []


def test_a_logout_asks_first() -> None:
    call = Caller()
    ended = call("logout", "claude", "--profile", "work")
    assert ended.exit_code == 2
    assert "Remove the login, and all the CLI keeps beside it, of claude, profile work?" in (
        ended.stderr
    )
    assert "--yes" in ended.stderr
    assert call.verbs.heard == []
    assert "Remove the long-lived token of claude?" in call("logout", "claude", "--token").stderr


def test_a_logout_says_what_is_gone() -> None:
    assert "removed volume mc-claude-auth" in Caller()("logout", "claude", "--yes").stdout
    nothing = results.LogoutResult(flavor="claude", profile="", removed=())
    assert "nothing to remove" in answering(logout=nothing)("logout", "claude", "--yes").stdout


def test_the_status_tells_every_login_its_life_and_the_fix() -> None:
    shown = Caller()("auth").stdout
    (used,) = [line for line in shown.splitlines() if "snapshot, first choice" in line]
    assert "~/.claude/.credentials.json" in used
    assert "max" in used
    assert "expires in 6 h 12 min" in used
    assert "multicooker login claude --profile work  for claude, profile work" in shown
    assert "gemini: no login found; looked at ~/.gemini/oauth_creds.json" in shown
    assert "gemini: Google ended consumer logins" in shown
    assert "logins in volumes were not looked at" in shown


def test_a_status_without_any_login_says_so() -> None:
    nothing = results.AuthStatus(logins=())
    assert "no flavor here needs a login" in answering(auth_status=nothing)("auth").stdout
