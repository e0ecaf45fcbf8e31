"""One scenario, three dialects."""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections.abc import Iterator
from itertools import repeat
from typing import Any

import pytest

from tests.standins.scenario import (
    DEFAULT,
    Fault,
    FaultKind,
    Provider,
    Scenario,
    Talk,
    Turn,
)
from tests.standins.server import StandIn
from tests.unit.standins.clients import AGENTS, PROMPT, Agent, Said, ask

WORK = Scenario.of(
    Turn(say="I look.", run="ls -la"),
    Turn(write=("index.html", "<h1>\nBakery</h1>\n")),
    Turn(say="It is done."),
)
UNDERSCORED = {"authorization": "Bearer token", "anthropic_beta": "oauth-2025-04-20"}
CONNECTION_LOST = (ConnectionError, http.client.IncompleteRead, http.client.RemoteDisconnected)


@pytest.fixture(params=list(Provider))
def provider(request: pytest.FixtureRequest) -> Provider:
    return Provider(request.param)


@pytest.fixture(scope="module")
def serving() -> Iterator[StandIn]:
    with StandIn(port=0) as standin:
        yield standin


@pytest.fixture
def standin(serving: StandIn) -> Iterator[StandIn]:
    serving.begin(DEFAULT)
    yield serving
    assert not serving.problems


@pytest.fixture
def agent(standin: StandIn, provider: Provider) -> Agent:
    return AGENTS[provider](standin=standin)


def command(said: Said) -> str:
    """Return the shell command a tool call means."""
    if said.tool == "exec":
        return str(said.given)
    return str(said.given.get("command") or said.given.get("cmd"))


def test_turns_are_played_in_order_each_with_its_tool(standin: StandIn, agent: Agent) -> None:
    standin.play(WORK)
    first, second, third = agent.play(repeat("fine"))
    assert (first.say, third) == ("I look.", Said(say="It is done."))
    assert "ls -la" in command(first)
    assert "index.html" in str(second.given)
    assert "Bakery</h1>" in str(second.given)


def test_a_conversation_that_goes_on_after_its_turns_is_done(
    standin: StandIn, agent: Agent
) -> None:
    standin.play(Scenario.of(Turn(run="true")))
    assert [said.say for said in agent.play(repeat(""))][-1] == "Done."


def test_another_conversation_starts_at_the_beginning(
    standin: StandIn, provider: Provider, agent: Agent
) -> None:
    standin.play(WORK)
    agent.results = ["a", "b"]
    other = AGENTS[provider](standin=standin, session="session-2")
    assert agent.turn().say == "It is done."
    assert other.turn().say == "I look."


def test_another_prompt_in_a_conversation_starts_at_the_beginning_with_calls_of_its_own(
    standin: StandIn, agent: Agent
) -> None:
    standin.play(WORK)
    replies = [agent.request()]
    assert [said.say for said in agent.play(repeat("fine"))][-1] == "It is done."
    agent.say("Once more.")
    replies.append(agent.request())
    assert [agent.read(reply).say for reply in replies] == ["I look.", "I look."]
    first, again = (set(re.findall(r'"(?:call_)?id": "([^"]+)"', each.text)) for each in replies)
    assert first
    assert not first & again


def test_a_talk_is_chosen_by_prompt_model_and_provider(standin: StandIn, agent: Agent) -> None:
    standin.play(
        Scenario(
            talks=(
                Talk(when="baker(y|ies)", model="^large", turns=(Turn(say="large bakery"),)),
                Talk(provider=Provider.GOOGLE, when="bakery", turns=(Turn(say="google bakery"),)),
                Talk(when="bakery", turns=(Turn(say="any bakery"),)),
            )
        )
    )
    google = isinstance(agent, AGENTS[Provider.GOOGLE])
    assert agent.turn().say == ("google bakery" if google else "any bakery")
    agent.model = "large-1"
    assert agent.turn().say == "large bakery"
    agent.prompt = "Make soup."
    assert agent.turn().say == "Nothing in the scenario fits this prompt."


def test_the_default_scenario_writes_a_page(standin: StandIn, agent: Agent) -> None:
    standin.play(DEFAULT)
    assert "index.html" in str(agent.turn().given)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 529])
def test_a_fault_answers_with_its_status_and_words(
    standin: StandIn, agent: Agent, status: int
) -> None:
    standin.play(Scenario.of(Fault(status=status, message="Not today."), Turn(say="Never.")))
    reply = agent.request()
    assert reply.status == status
    assert reply.value["error"]["message"] == "Not today."


def test_a_fault_befalls_each_conversation_as_often_as_it_says(
    standin: StandIn, provider: Provider, agent: Agent
) -> None:
    standin.play(Scenario.of(Turn(run="ls"), Fault(status=529, times=2), Turn(say="At last.")))
    other = AGENTS[provider](standin=standin, session="session-2")
    for each in (agent, other):
        assert each.turn().tool
        each.results.append("page.html")
        assert [each.request().status for _ in range(2)] == [529, 529]
        assert each.turn().say == "At last."


def test_faults_in_a_row_befall_one_after_the_other(standin: StandIn, agent: Agent) -> None:
    standin.play(
        Scenario.of(Fault(status=500, times=1), Fault(status=403, times=1), Turn(say="Now."))
    )
    assert [agent.request().status for _ in range(3)] == [500, 403, 200]


def test_a_usage_limit_tells_when_it_resets(
    standin: StandIn, provider: Provider, agent: Agent
) -> None:
    standin.play(Scenario.of(Fault(kind=FaultKind.USAGE_LIMIT, resets_in=7230)))
    reply = agent.request()
    assert reply.status == 429
    soon = pytest.approx(time.time() + 7230, abs=5)
    error = reply.value["error"]
    match provider:
        case Provider.ANTHROPIC:
            prefix = "anthropic-ratelimit-unified"
            assert reply.headers[f"{prefix}-status"] == "rejected"
            assert reply.headers[f"{prefix}-representative-claim"] == "five_hour"
            assert float(reply.headers[f"{prefix}-reset"]) == soon
        case Provider.OPENAI:
            assert error["type"] == "usage_limit_reached"
            assert error["resets_at"] == soon
        case Provider.GOOGLE:
            assert "Your quota will reset after 2h0m30s." in error["message"]
            assert error["details"][1]["retryDelay"] == "7230s"


def test_a_limit_beyond_five_hours_is_anthropics_weekly_one(standin: StandIn) -> None:
    standin.play(Scenario.of(Fault(kind=FaultKind.USAGE_LIMIT, resets_in=86_400)))
    headers = AGENTS[Provider.ANTHROPIC](standin=standin).request().headers
    assert headers["anthropic-ratelimit-unified-representative-claim"] == "seven_day"
    assert headers["anthropic-ratelimit-unified-5h-status"] == "allowed"


def test_a_malformed_stream_ends_well_but_holds_no_json(standin: StandIn, agent: Agent) -> None:
    standin.play(Scenario.of(Fault(kind=FaultKind.MALFORMED)))
    reply = agent.request()
    assert reply.status == 200
    with pytest.raises(ValueError, match="Unterminated string"):
        _ = reply.events


def test_a_cut_connection_is_lost_in_mid_stream(standin: StandIn, agent: Agent) -> None:
    standin.play(Scenario.of(Fault(kind=FaultKind.CUT, times=1), Turn(say="Again.")))
    with pytest.raises(CONNECTION_LOST):
        agent.request()
    assert agent.turn().say == "Again."


def test_a_refusal_is_said_in_the_providers_own_way(
    standin: StandIn, provider: Provider, agent: Agent
) -> None:
    standin.play(Scenario.of(Fault(kind=FaultKind.REFUSAL)))
    last: Any = agent.request().events[-1 if provider is not Provider.ANTHROPIC else -2]
    match provider:
        case Provider.ANTHROPIC:
            assert last["delta"]["stop_reason"] == "refusal"
        case Provider.OPENAI:
            assert last["response"]["incomplete_details"] == {"reason": "content_filter"}
        case Provider.GOOGLE:
            assert last["response"]["candidates"][0]["finishReason"] == "SAFETY"


def test_nobody_answers_a_hanging_request_until_the_stand_in_stops(provider: Provider) -> None:
    asked = threading.Event()
    standin = StandIn(
        port=0,
        scenario=Scenario.of(Fault(kind=FaultKind.HANG)),
        on_request=lambda _: asked.set(),
    )
    lost: list[Exception] = []

    def hang() -> None:
        try:
            AGENTS[provider](standin=standin).request()
        except CONNECTION_LOST as error:
            lost.append(error)

    with standin:
        waiting = threading.Thread(target=hang)
        waiting.start()
        assert asked.wait(5)
        assert waiting.is_alive()
    waiting.join(5)
    assert len(lost) == 1


def test_a_slow_answer_waits_before_each_piece(standin: StandIn, agent: Agent) -> None:
    standin.play(Scenario.of(Turn(say="So so slow.", delay=0.02)))
    begun = time.monotonic()
    pieces = len(agent.request().events)
    assert time.monotonic() - begun >= 0.02 * pieces


@pytest.mark.parametrize("kind", [FaultKind.MALFORMED, FaultKind.CUT])
def test_claude_asks_once_more_without_a_stream_and_gets_the_same_fault(
    standin: StandIn, kind: FaultKind
) -> None:
    standin.play(Scenario.of(Fault(kind=kind)))
    tools = [{"name": "Bash"}]
    whole = {"model": "m", "messages": [{"role": "user", "content": PROMPT}], "tools": tools}
    with pytest.raises((ValueError, *CONNECTION_LOST)):
        _ = ask(standin, "api.anthropic.com", "/v1/messages", whole, **UNDERSCORED).value
    standin.play(Scenario.of(Turn(say="Whole.")))
    answer = ask(standin, "api.anthropic.com", "/v1/messages", whole, **UNDERSCORED)
    assert answer.value["content"] == [{"type": "text", "text": "Whole."}]


def test_what_is_asked_without_tools_stands_beside_the_conversation(standin: StandIn) -> None:
    standin.play(Scenario.of(Turn(say="Not for titles.")))
    title = {"model": "m", "messages": [{"role": "user", "content": "A title, please."}]}
    answer = ask(standin, "api.anthropic.com", "/v1/messages", title, **UNDERSCORED)
    assert answer.value["content"][0]["text"] == "ok"
    wanted = {"type": "object", "properties": {"next": {"type": "string", "enum": ["user"]}}}
    inner = {"contents": [], "generationConfig": {"responseJsonSchema": wanted}}
    beside = {"model": "m", "request": inner}
    path = "/v1internal:generateContent"
    answer = ask(standin, "cloudcode-pa.googleapis.com", path, beside, authorization="Bearer t")
    part = answer.value["response"]["candidates"][0]["content"]["parts"][0]
    assert part["text"] == '{"next": "user"}'


def test_a_slow_answer_does_not_outlive_the_stand_in() -> None:
    asked = threading.Event()
    slow = Scenario.of(Turn(say="Never said.", delay=600))
    standin = StandIn(port=0, scenario=slow, on_request=lambda _: asked.set())

    def listen() -> None:
        try:
            AGENTS[Provider.ANTHROPIC](standin=standin).request()
        except CONNECTION_LOST:
            return

    with standin:
        listening = threading.Thread(target=listen)
        listening.start()
        assert asked.wait(5)
    listening.join(5)
    assert not listening.is_alive()
