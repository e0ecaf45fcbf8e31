"""One TLS server that stands in for every provider, told apart by the host that is asked."""

from __future__ import annotations

import shutil
import ssl
import tempfile
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.standins import anthropic, chatgpt, codeassist
from tests.standins.certificates import make_certificates
from tests.standins.dialect import Desk
from tests.standins.scenario import DEFAULT, Provider, Scenario
from tests.standins.serving import Server
from tests.standins.talking import Script
from tests.standins.tokens import TokenOffice
from tests.standins.wire import Reply, Request, json_answer

_DIALECTS = {
    Provider.ANTHROPIC: (anthropic.answer, anthropic.problems),
    Provider.OPENAI: (chatgpt.answer, chatgpt.problems),
    Provider.GOOGLE: (codeassist.answer, codeassist.problems),
}
_DOMAINS = {
    "anthropic.com": Provider.ANTHROPIC,
    "claude.com": Provider.ANTHROPIC,
    "claude.ai": Provider.ANTHROPIC,
    "chatgpt.com": Provider.OPENAI,
    "openai.com": Provider.OPENAI,
    "googleapis.com": Provider.GOOGLE,
    "google.com": Provider.GOOGLE,
}
_MODEL = (anthropic.MESSAGES, chatgpt.RESPONSES, ":streamGenerateContent")


def provider_of(host: str) -> Provider | None:
    """Return whose host this is."""
    return _DOMAINS.get(".".join(host.rsplit(".", 2)[-2:]))


def _office(good: set[str] | None) -> TokenOffice:
    return TokenOffice(good=None if good is None else set(good))


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A request that a provider of subscriptions would not have wanted, and why."""

    request: Request
    reason: str

    def __str__(self) -> str:
        return f"{self.reason}: {self.request.line()}"


class StandIn:
    """Serves from `start` (or `with`) to `stop`.

    `address` and `port` are where it listens (port 0: any; then read `port`). `good_bearers` is
    the access tokens that are let in, per provider; a provider that is not named lets in any.
    `ca_pem` is the file with the authority to trust. `requests` and `problems` grow while it
    serves; `tokens` tells what was asked of each provider's OAuth.
    """

    def __init__(
        self,
        *,
        address: str = "127.0.0.1",
        port: int = 443,
        scenario: Scenario = DEFAULT,
        good_bearers: Mapping[Provider, set[str]] | None = None,
        on_request: Callable[[Request], None] = lambda _: None,
    ) -> None:
        self.address = address
        self.port = port
        self.requests: list[Request] = []
        self.problems: list[Problem] = []
        self._good = dict(good_bearers or {})
        self._on_request = on_request
        self._folder = Path(tempfile.mkdtemp(prefix="stand-in-"))
        self._certificates = make_certificates(self._folder)
        self.ca_pem = self._certificates.ca
        self._server: Server | None = None
        self._thread: threading.Thread | None = None
        self.begin(scenario)

    def begin(self, scenario: Scenario) -> None:
        """Forget all requests, problems and tokens handed out, and play this scenario."""
        self.requests.clear()
        self.problems.clear()
        self.tokens = {each: _office(self._good.get(each)) for each in Provider}
        self.play(scenario)

    def play(self, scenario: Scenario) -> None:
        """Play this scenario from now on, from its beginning."""
        script = Script(scenario)
        self._desks = {each: Desk(script=script, tokens=self.tokens[each]) for each in Provider}

    def start(self) -> Self:
        """Listen and serve; OSError where the address or port cannot be had."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._certificates.chain, self._certificates.key)
        self._server = Server((self.address, self.port), context, self.answer)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving, leave every connection, and remove the certificates."""
        if self._server is not None and self._thread is not None:
            self._server.leave()
            self._thread.join()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def asked(self, provider: Provider) -> tuple[Request, ...]:
        """Return the requests in which a conversation asked this provider's model."""
        return tuple(
            request
            for request in tuple(self.requests)
            if provider_of(request.host) is provider
            and request.method == "POST"
            and request.path.endswith(_MODEL)
        )

    def answer(self, request: Request) -> Reply:
        """Record a request and return the reply to it."""
        self.requests.append(request)
        self._on_request(request)
        try:
            return self._answer(request)
        except Exception:  # noqa: BLE001 - a mistake in here is a test's to see, not a thread's
            self._mind(request, f"the stand-in failed: {traceback.format_exc()}")
            return json_answer({}, status=500)

    def _answer(self, request: Request) -> Reply:
        for place in request.api_keys:
            self._mind(request, f"an API key in {place}")
        provider = provider_of(request.host)
        if provider is None:
            self._mind(request, "nobody's host")
            return json_answer({}, status=404)
        answer, problems = _DIALECTS[provider]
        for reason in problems(request):
            self._mind(request, reason)
        return answer(request, self._desks[provider])

    def _mind(self, request: Request, reason: str) -> None:
        self.problems.append(Problem(request=request, reason=reason))
