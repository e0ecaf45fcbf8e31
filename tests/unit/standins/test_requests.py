"""What a stand-in lets in, records and minds."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
from collections.abc import Iterator

import pytest

from tests.standins.certificates import HOSTS
from tests.standins.scenario import Provider, Scenario, Turn
from tests.standins.server import StandIn, provider_of
from tests.standins.wire import Request
from tests.unit.standins.clients import AGENTS, Line, ask

GOOD = {Provider.ANTHROPIC: {"good-a"}, Provider.OPENAI: {"good-o"}, Provider.GOOGLE: {"good-g"}}


@pytest.fixture(scope="module")
def serving() -> Iterator[StandIn]:
    with StandIn(port=0, good_bearers=GOOD) as standin:
        yield standin


@pytest.fixture
def standin(serving: StandIn) -> StandIn:
    serving.begin(Scenario.of(Turn(say="Hello.")))
    return serving


@pytest.mark.parametrize("provider", list(Provider))
def test_only_good_bearers_are_let_in(standin: StandIn, provider: Provider) -> None:
    (good,) = GOOD[provider]
    others = {token for each in Provider if each is not provider for token in GOOD[each]}
    for bearer in ("", "bad", *others):
        assert AGENTS[provider](standin=standin, bearer=bearer).request().status == 401
    assert AGENTS[provider](standin=standin, bearer=good).turn().say == "Hello."


def test_a_request_is_recorded_with_all_that_a_test_asks_about(standin: StandIn) -> None:
    AGENTS[Provider.OPENAI](standin=standin, bearer="good-o", model="large").turn()
    (seen,) = standin.asked(Provider.OPENAI)
    assert standin.requests == [seen]
    assert standin.asked(Provider.ANTHROPIC) == ()
    assert (seen.host, seen.method) == ("chatgpt.com", "POST")
    assert seen.path == "/backend-api/codex/responses"
    assert (seen.authorization, seen.bearer) == ("Bearer good-o", "good-o")
    assert (seen.model, seen.api_keys, seen.betas) == ("large", (), ())
    assert seen.body["input"][2]["content"][0]["text"].startswith("Make a page")
    assert seen.line() == "POST chatgpt.com/backend-api/codex/responses large (bearer)"
    assert "good-o" not in seen.line()


def test_betas_are_told_apart(standin: StandIn) -> None:
    AGENTS[Provider.ANTHROPIC](standin=standin).request()
    assert standin.requests[0].betas == ("claude-code-20250219", "oauth-2025-04-20")
    assert not standin.problems


@pytest.mark.parametrize("header", ["x_api_key", "x_goog_api_key", "api_key"])
def test_an_api_key_is_a_problem_and_not_shown(standin: StandIn, header: str) -> None:
    ask(standin, "chatgpt.com", "/", **{header: "sk-secret"})
    (problem,) = standin.problems
    assert problem.reason == f"an API key in {header.replace('_', '-')}"
    assert "API KEY" in str(problem)
    assert "sk-secret" not in str(problem)


def test_an_api_key_in_the_address_is_a_problem(standin: StandIn) -> None:
    ask(standin, "generativelanguage.googleapis.com", "/v1beta/models?key=AIza")
    reasons = [problem.reason for problem in standin.problems]
    assert reasons == ["an API key in ?key", "the metered API was asked"]


def test_the_metered_api_refuses_and_is_a_problem(standin: StandIn) -> None:
    assert ask(standin, "api.openai.com", "/v1/responses", {}).status == 401
    assert [problem.reason for problem in standin.problems] == ["the metered API was asked"]


def test_a_message_without_the_oauth_beta_is_a_problem(standin: StandIn) -> None:
    ask(standin, "api.anthropic.com", "/v1/messages", {"model": "m"}, authorization="Bearer good-a")
    assert [problem.reason for problem in standin.problems] == [
        "no oauth-2025-04-20 in anthropic-beta"
    ]


def test_a_host_of_nobody_is_a_problem(standin: StandIn) -> None:
    line = Line(standin, "chatgpt.com")
    assert line.ask("/", headers={"host": "telemetry.example.com"}).status == 404
    line.close()
    assert [problem.reason for problem in standin.problems] == ["nobody's host"]


def test_a_body_the_stand_in_cannot_make_sense_of_is_a_problem_of_its_own(standin: StandIn) -> None:
    body = ["no", "object"]
    path = "/backend-api/codex/responses"
    reply = ask(standin, "chatgpt.com", path, body, authorization="Bearer good-o")
    assert reply.status == 500
    (problem,) = standin.problems
    assert problem.reason.startswith("the stand-in failed: Traceback")


@pytest.mark.parametrize(
    ("host", "path", "bearer", "key"),
    [
        ("api.anthropic.com", "/api/oauth/profile", "good-a", "account"),
        ("api.anthropic.com", "/api/claude_cli/bootstrap", "good-a", "client_data"),
        ("api.anthropic.com", "/v1/messages/count_tokens", "good-a", "input_tokens"),
        ("api.anthropic.com", "/api/hello", "", "message"),
        ("chatgpt.com", "/backend-api/wham/accounts/check", "good-o", "accounts"),
        (
            "auth.openai.com",
            "/api/accounts/v1/user-auth-credential/whoami",
            "good-o",
            "chatgpt_account_id",
        ),
        ("oauth2.googleapis.com", "/tokeninfo?access_token=good-g", "", "scope"),
        ("oauth2.googleapis.com", "/tokeninfo", "good-g", "scope"),
        ("www.googleapis.com", "/oauth2/v2/userinfo", "good-g", "email"),
        ("cloudcode-pa.googleapis.com", "/v1internal:loadCodeAssist", "good-g", "currentTier"),
        ("cloudcode-pa.googleapis.com", "/v1internal:retrieveUserQuota", "good-g", "buckets"),
        ("cloudcode-pa.googleapis.com", "/v1internal:listExperiments", "good-g", "flags"),
        ("cloudcode-pa.googleapis.com", "/v1internal:onboardUser", "good-g", "done"),
    ],
)
def test_the_accounts_endpoints_answer_who_is_let_in(
    standin: StandIn, host: str, path: str, bearer: str, key: str
) -> None:
    reply = ask(standin, host, path, authorization=f"Bearer {bearer}")
    assert (reply.status, key in reply.value) == (200, True)
    if bearer:
        refused = ask(standin, host, path, authorization="Bearer bad").status
        assert refused == (400 if path == "/tokeninfo" else 401)


@pytest.mark.parametrize(
    ("host", "path", "bearer"),
    [
        ("api.anthropic.com", "/api/claude_code/settings", "good-a"),
        ("chatgpt.com", "/backend-api/codex/models", "good-o"),
        ("auth.openai.com", "/unknown", ""),
        ("oauth2.googleapis.com", "/unknown", ""),
        ("cloudcode-pa.googleapis.com", "/v1internal:unknown", "good-g"),
    ],
)
def test_what_no_stand_in_knows_is_not_found(
    standin: StandIn, host: str, path: str, bearer: str
) -> None:
    assert ask(standin, host, path, authorization=f"Bearer {bearer}").status == 404


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("api.anthropic.com", "/api/event_logging/v2/batch"),
        ("api.anthropic.com", "/api/eval/sdk-1"),
        ("ab.chatgpt.com", "/otlp/v1/metrics"),
        ("play.googleapis.com", "/log"),
    ],
)
def test_telemetry_is_taken_from_anybody(standin: StandIn, host: str, path: str) -> None:
    assert ask(standin, host, path, {"events": []}).value == {}
    assert not standin.problems


def test_the_accounts_check_names_the_account_that_asks(standin: StandIn) -> None:
    path = "/backend-api/wham/accounts/check"
    said = ask(
        standin, "chatgpt.com", path, authorization="Bearer good-o", chatgpt_account_id="acc-1"
    ).value
    assert (said["accounts"][0]["id"], said["default_account_id"]) == ("acc-1", "acc-1")


def test_a_websocket_is_told_to_do_without(standin: StandIn) -> None:
    path = "/backend-api/codex/responses"
    headers = {"upgrade": "websocket", "connection": "Upgrade", "authorization": "Bearer good-o"}
    assert ask(standin, "chatgpt.com", path, **headers).status == 426
    assert standin.asked(Provider.OPENAI) == ()


def test_a_connection_serves_many_requests_and_bodies_in_any_form(standin: StandIn) -> None:
    line = Line(standin, "play.googleapis.com")
    packed = gzip.compress(json.dumps({"a": 1}).encode())
    line.ask("/log", packed, headers={"content-encoding": "gzip"})
    line.ask("/log", b"a=1&b=2")
    line.ask("/log")
    chunks = b"3\r\n[1,\r\n3;x=y\r\n 2]\r\n0\r\ntrailer: t\r\n\r\n"
    line.ask("/log", chunks, headers={"transfer-encoding": "chunked", "content-length": "0"})
    assert line.ask("/api", method="HEAD").text == ""
    line.close()
    assert [seen.body for seen in standin.requests] == [{"a": 1}, "a=1&b=2", None, [1, 2], None]


def test_every_providers_host_has_a_certificate(standin: StandIn) -> None:
    context = ssl.create_default_context(cafile=str(standin.ca_pem))
    for host in HOSTS:
        raw = socket.create_connection((standin.address, standin.port), 10)
        with context.wrap_socket(raw, server_hostname=host) as connection:
            assert connection.version() in {"TLSv1.2", "TLSv1.3"}
        assert provider_of(host) is not None


def test_a_client_that_trusts_somebody_else_leaves_and_harms_nobody(standin: StandIn) -> None:
    raw = socket.create_connection((standin.address, standin.port), 10)
    with pytest.raises(ssl.SSLCertVerificationError), raw:
        ssl.create_default_context().wrap_socket(raw, server_hostname="chatgpt.com")
    assert ask(standin, "api.anthropic.com", "/api/hello").status == 200


def test_whoever_watches_sees_each_request_and_a_stopped_stand_in_is_gone() -> None:
    seen: list[Request] = []
    with StandIn(port=0, on_request=seen.append) as standin:
        ask(standin, "api.anthropic.com", "/api/hello")
        assert standin.ca_pem.is_file()
    assert [request.path for request in seen] == ["/api/hello"]
    assert not standin.ca_pem.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((standin.address, standin.port), 10)
