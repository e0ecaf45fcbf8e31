"""OpenAI's hosts as the codex CLI uses them: ChatGPT's backend with its Responses API, OAuth."""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.standins import responses
from tests.standins.dialect import Desk
from tests.standins.scenario import Fault, FaultKind
from tests.standins.talking import Step
from tests.standins.tokens import Denial
from tests.standins.wire import Answer, End, Headers, Reply, Request, Silence, Stream, json_answer

AUTH_HOST = "auth.openai.com"
BACKEND = "chatgpt.com"
METERED = "api.openai.com"
RESPONSES = "/backend-api/codex/responses"
ACCOUNTS = "/backend-api/wham/accounts/check"
WHOAMI = "/api/accounts/v1/user-auth-credential/whoami"
"""Asked with a personal access token, before anything else."""
_OWNER = {
    "email": "stand-in@example.com",
    "chatgpt_user_id": "standin-user",
    "chatgpt_account_id": "standin-account",
    "chatgpt_plan_type": "pro",
    "chatgpt_account_is_fedramp": False,
}
_WORDS = {
    401: "Provided authentication token is expired. Please try signing in again.",
    403: "You do not have access to this resource.",
    404: "Not found",
    429: "Rate limit reached. Please try again later.",
}
_CODES: dict[int, dict[str, object]] = {401: {"code": "token_expired"}}
_DENIALS = {
    Denial.REUSED: (401, "refresh_token_reused", "Your refresh token has already been used."),
    Denial.REVOKED: (401, "refresh_token_invalidated", "Your refresh token was revoked."),
    Denial.MISSING: (400, "invalid_request", "Missing refresh token."),
    Denial.UNKNOWN_GRANT: (400, "unsupported_grant_type", "Unknown grant."),
}


def answer(request: Request, desk: Desk) -> Reply:
    """Answer a request to one of OpenAI's hosts."""
    if request.host == AUTH_HOST:
        return _auth(request, desk)
    if request.host == METERED:
        return _error(401, "Missing bearer or basic authentication in header")
    return _backend(request, desk) if request.host == BACKEND else json_answer({})


def _auth(request: Request, desk: Desk) -> Reply:
    if request.path == "/oauth/token":
        return _grant(request, desk)
    if request.path != WHOAMI:
        return _error(404)
    return json_answer(_OWNER) if desk.tokens.lets_in(request.bearer) else _error(401)


def _backend(request: Request, desk: Desk) -> Reply:
    if not desk.tokens.lets_in(request.bearer):
        return _error(401)
    if request.path == ACCOUNTS:
        return json_answer(_accounts(request))
    if request.path != RESPONSES:
        return _error(404)
    if request.headers.get("upgrade", "").lower() == "websocket":
        return Answer(status=426)
    return _responses(request, desk)


def problems(request: Request) -> Iterator[str]:
    """Yield what is wrong with a request of a subscription."""
    if request.host == METERED:
        yield "the metered API was asked"


def _grant(request: Request, desk: Desk) -> Reply:
    granted = desk.tokens.grant(request)
    if isinstance(granted, Denial):
        status, code, words = _DENIALS[granted]
        return _error(status, words, type="invalid_request_error", code=code)
    return json_answer({**granted, "id_token": "e30.e30.e30"})


def _accounts(request: Request) -> dict[str, object]:
    account = request.headers.get("chatgpt-account-id", "standin-account")
    routed = {
        "id": account,
        "plan_type": "pro",
        "structure": "personal",
        "workspace_backend_origin": f"https://{BACKEND}",
        "account_routing_override": "NO_CONSTRAINT",
    }
    return {
        "accounts": [routed],
        "account_ordering": [account],
        "default_account_id": account,
    }


def _responses(request: Request, desk: Desk) -> Reply:
    asked = responses.read(request)
    # Without tools it is no conversation but a title or a summary.
    step = desk.script.answer(asked) if responses.tool_names(request.body) else Step(say="ok")
    if isinstance(step, Fault):
        return _fault(step)
    return _stream(*responses.events(responses.items(step, asked)), delay=step.delay)


def _stream(*frames: bytes, delay: float = 0.0, end: End = End.WHOLE) -> Stream:
    return Stream(frames=frames, delay=delay, end=end, headers=_limits(25, 3600))


def _limits(used: int, resets_in: int) -> Headers:
    now = int(time.time())
    return (
        ("x-codex-primary-used-percent", str(used)),
        ("x-codex-primary-window-minutes", "300"),
        ("x-codex-primary-reset-at", str(now + resets_in)),
        ("x-codex-secondary-used-percent", "40"),
        ("x-codex-secondary-window-minutes", "10080"),
        ("x-codex-secondary-reset-at", str(now + 5 * 86_400)),
    )


def _error(status: int, message: str = "", headers: Headers = (), **fields: object) -> Answer:
    words = message or _WORDS.get(status, "The server had an error.")
    error = {"message": words, "type": "error", "code": None, **_CODES.get(status, {}), **fields}
    return json_answer({"error": error}, status=status, headers=headers)


def _usage_limit(fault: Fault) -> Answer:
    return _error(
        429,
        fault.message or "The usage limit has been reached",
        _limits(100, fault.resets_in),
        type="usage_limit_reached",
        plan_type="pro",
        resets_at=int(time.time()) + fault.resets_in,
        resets_in_seconds=fault.resets_in,
    )


def _fault(fault: Fault) -> Reply:
    created, added, *_ = responses.events((responses.said(""),))
    match fault.kind:
        case FaultKind.STATUS:
            return _error(fault.status, fault.message)
        case FaultKind.USAGE_LIMIT:
            return _usage_limit(fault)
        case FaultKind.MALFORMED:
            torn = b'event: response.output_item.done\ndata: {"type": "resp\n\n'
            return _stream(created, added, torn)
        case FaultKind.CUT:
            return _stream(created, added, end=End.CUT)
        case FaultKind.REFUSAL:
            return _stream(created, responses.filtered())
        case FaultKind.HANG:
            return Silence()
