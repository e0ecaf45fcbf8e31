"""Clients of stand-ins: one that speaks HTTP, and one per provider that talks as its CLI does."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import zstandard

from tests.standins.scenario import Provider
from tests.standins.server import StandIn

PROMPT = "Make a page for the bakery."


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def value(self) -> Any:
        """The JSON of the body."""
        return json.loads(self.text)

    @property
    def events(self) -> tuple[Any, ...]:
        """The data of each server-sent event."""
        lines = self.text.splitlines()
        data = (line.removeprefix("data: ") for line in lines if line.startswith("data: "))
        return tuple(json.loads(each) for each in data)


class Line:
    """A connection to one host of a stand-in, which trusts nobody but its authority."""

    def __init__(self, standin: StandIn, host: str) -> None:
        self._host = host
        context = ssl.create_default_context(cafile=str(standin.ca_pem))
        self._connection = http.client.HTTPSConnection(host, timeout=10, context=context)
        place = (standin.address, standin.port)
        self._connection._create_connection = lambda *_: socket.create_connection(place, 10)  # type: ignore[attr-defined]  # it would ask a name server

    def ask(
        self,
        path: str,
        body: object = None,
        *,
        method: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request and read the whole reply."""
        packed = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        how = method or ("GET" if packed is None else "POST")
        self._connection.request(how, path, packed, dict(headers or {}))
        response = self._connection.getresponse()
        text = response.read().decode()
        given = {name.lower(): value for name, value in response.getheaders()}
        return Reply(status=response.status, headers=given, text=text)

    def close(self) -> None:
        self._connection.close()


def ask(
    standin: StandIn,
    host: str,
    path: str,
    body: object = None,
    *,
    method: str = "",
    **headers: str,
) -> Reply:
    """Ask once, on a connection of its own; `x_api_key` is the header x-api-key."""
    line = Line(standin, host)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        return line.ask(path, body, method=method, headers=named)
    finally:
        line.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the model answered: words, the tool it calls, and what it gives to the tool."""

    say: str = ""
    tool: str = ""
    given: Any = None


@dataclass(slots=True, kw_only=True)
class Agent(ABC):
    """A CLI's side of one conversation: the whole history goes with every request."""

    standin: StandIn
    prompt: str = PROMPT
    model: str = "some-model"
    session: str = "session-1"
    bearer: str = "token"
    tools: tuple[str, ...] = ()
    schema: Mapping[str, Any] | None = None
    results: list[str] = field(default_factory=list)
    earlier: list[tuple[str, list[str]]] = field(default_factory=list)

    def prompts(self) -> Iterator[tuple[str, list[str]]]:
        """Yield every prompt with what the tools gave back after it."""
        yield from self.earlier
        yield self.prompt, self.results

    def say(self, prompt: str) -> None:
        """Go on with another prompt."""
        self.earlier.append((self.prompt, self.results))
        self.prompt, self.results = prompt, []

    @abstractmethod
    def request(self) -> Reply:
        """Ask the model for its next answer."""

    @abstractmethod
    def read(self, reply: Reply) -> Said:
        """Return what a good reply says."""

    def turn(self) -> Said:
        """Ask, and read a reply that must be good."""
        reply = self.request()
        assert reply.status == 200, reply.text
        return self.read(reply)

    def play(self, answers: Iterator[str]) -> Iterator[Said]:
        """Yield each answer of the model until it calls no tool; tools give `answers`."""
        while True:
            said = self.turn()
            yield said
            if not said.tool:
                return
            self.results.append(next(answers))


class Claude(Agent):
    def request(self) -> Reply:
        messages: list[Any] = []
        for prompt, results in self.prompts():
            messages.append({"role": "user", "content": [{"type": "text", "text": prompt}]})
            for result in results:
                use = {"type": "tool_use", "id": "t", "name": "Bash", "input": {}}
                given = {"type": "tool_result", "tool_use_id": "t", "content": result}
                note = {"type": "text", "text": "<system-reminder>Be brief.</system-reminder>"}
                messages.append({"role": "assistant", "content": [use]})
                messages.append({"role": "user", "content": [given]})
                messages.append({"role": "user", "content": [note]})
        tools: list[Any] = [{"name": name} for name in self.tools or ("Bash", "Write")]
        if self.schema is not None:
            tools.append({"name": "StructuredOutput", "input_schema": dict(self.schema)})
        body = {"model": self.model, "stream": True, "messages": messages, "tools": tools}
        return ask(
            self.standin,
            "api.anthropic.com",
            "/v1/messages?beta=true",
            body,
            authorization=f"Bearer {self.bearer}",
            anthropic_beta="claude-code-20250219,oauth-2025-04-20",
            x_claude_code_session_id=self.session,
        )

    def read(self, reply: Reply) -> Said:
        kinds = [event["type"] for event in reply.events]
        assert (kinds[0], kinds[-1]) == ("message_start", "message_stop")
        deltas = [event["delta"] for event in reply.events if "delta" in event]
        uses = [e["content_block"] for e in reply.events if "content_block" in e]
        tool = next((use["name"] for use in uses if use["type"] == "tool_use"), "")
        given = "".join(delta.get("partial_json", "") for delta in deltas)
        return Said(
            say="".join(delta.get("text", "") for delta in deltas),
            tool=tool,
            given=json.loads(given) if given else None,
        )


class Codex(Agent):
    def request(self) -> Reply:
        context = "<environment_context><cwd>/work/out</cwd></environment_context>"
        items: list[Any] = [_spoken(context)]
        names = self.tools or ("exec",)
        offered = [
            {"type": "namespace", "name": "functions", "tools": [{"name": n} for n in names]}
        ]
        items.append({"type": "additional_tools", "role": "developer", "tools": offered})
        for prompt, results in self.prompts():
            items.append(_spoken(prompt))
            for result in results:
                items.append({"type": "custom_tool_call", "call_id": "c", "input": ""})
                output = [{"type": "input_text", "text": result}]
                items.append({"type": "custom_tool_call_output", "output": output})
        form = {} if self.schema is None else {"format": {"schema": dict(self.schema)}}
        body = {"model": self.model, "stream": True, "input": items, "text": form}
        return ask(
            self.standin,
            "chatgpt.com",
            "/backend-api/codex/responses",
            zstandard.compress(json.dumps(body).encode()),
            authorization=f"Bearer {self.bearer}",
            content_encoding="zstd",
            session_id=self.session,
        )

    def read(self, reply: Reply) -> Said:
        kinds = [event["type"] for event in reply.events]
        assert (kinds[0], kinds[-1]) == ("response.created", "response.completed")
        done = [e["item"] for e in reply.events if e["type"] == "response.output_item.done"]
        said = [item["content"][0]["text"] for item in done if item["type"] == "message"]
        for item in done:
            if item["type"] != "message":
                given = item.get("input") or json.loads(item["arguments"])
                return Said(say="".join(said), tool=item["name"], given=given)
        return Said(say="".join(said))


class Gemini(Agent):
    def request(self) -> Reply:
        context = {"text": "<session_context>Gemini CLI</session_context>"}
        contents: list[Any] = [{"role": "user", "parts": [context]}]
        for prompt, results in self.prompts():
            contents.append({"role": "user", "parts": [{"text": prompt}]})
            for result in results:
                response = {"name": "any", "response": {"output": result}}
                contents.append({"role": "model", "parts": [{"functionCall": {"name": "any"}}]})
                contents.append({"role": "user", "parts": [{"functionResponse": response}]})
        names = self.tools or ("run_shell_command", "write_file", "grep_search")
        declared = [{"functionDeclarations": [{"name": name} for name in names]}]
        inner = {"contents": contents, "tools": declared, "session_id": self.session}
        return ask(
            self.standin,
            "cloudcode-pa.googleapis.com",
            "/v1internal:streamGenerateContent?alt=sse",
            {"model": self.model, "request": inner},
            authorization=f"Bearer {self.bearer}",
        )

    def read(self, reply: Reply) -> Said:
        candidates = [event["response"]["candidates"][0] for event in reply.events]
        assert candidates[-1]["finishReason"] == "STOP"
        parts = [part for each in candidates for part in each["content"]["parts"]]
        calls = [part["functionCall"] for part in parts if "functionCall" in part]
        return Said(
            say="".join(part.get("text", "") for part in parts),
            tool=calls[0]["name"] if calls else "",
            given=calls[0]["args"] if calls else None,
        )


def _spoken(text: str) -> dict[str, Any]:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


AGENTS: dict[Provider, type[Agent]] = {
    Provider.ANTHROPIC: Claude,
    Provider.OPENAI: Codex,
    Provider.GOOGLE: Gemini,
}
