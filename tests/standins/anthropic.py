"""Anthropic's hosts as the claude CLI uses them: account, OAuth, Messages API."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

from tests.standins import messages
from tests.standins.dialect import Desk
from tests.standins.scenario import Fault, FaultKind
from tests.standins.talking import Step
from tests.standins.tokens import Denial
from tests.standins.wire import (
    Answer,
    End,
    Headers,
    Reply,
    Request,
    Silence,
    Stream,
    json_answer,
)

OAUTH_BETA = "oauth-2025-04-20"
MESSAGES = "/v1/messages"
TOKEN = "/v1/oauth/token"  # noqa: S105 - a path
SCOPE = "user:inference user:profile"
WINDOW = 5 * 3600
_ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    529: "overloaded_error",
}
_WORDS = {
    401: "Invalid bearer token",
    403: "OAuth token does not meet scope requirement user:inference",
    404: "Not found",
    429: "This request would exceed your account's rate limit. Please try again later.",
    529: "Overloaded",
}
_PERSON = "00000000-0000-4000-8000-000000000001"
_COMPANY = "00000000-0000-4000-8000-000000000002"
_PROFILE = {
    "account": {
        "uuid": _PERSON,
        "full_name": "Stand In",
        "display_name": "Stand",
        "email": "stand-in@example.com",
        "has_claude_max": True,
        "has_claude_pro": False,
    },
    "organization": {
        "uuid": _COMPANY,
        "name": "Stand-in organization",
        "organization_type": "claude_max",
        "rate_limit_tier": "default_claude_max_5x",
        "has_extra_usage_enabled": False,
        "billing_type": "stripe_subscription",
    },
}
_FOR_ALL = {"/api/hello": {"message": "hello"}, "/v1/oauth/hello": {"message": "hello"}}
_FOR_USERS: dict[str, dict[str, object]] = {
    "/v1/messages/count_tokens": {"input_tokens": 100},
    "/api/oauth/profile": dict(_PROFILE),
    "/api/claude_cli/bootstrap": {"client_data": {}, "additional_model_options": None},
}


def answer(request: Request, desk: Desk) -> Reply:
    """Answer a request to one of Anthropic's hosts."""
    if request.path == TOKEN:
        return _grant(request, desk)
    if request.path.startswith(("/api/event_logging", "/api/eval")):
        return json_answer({})
    if request.path in _FOR_ALL:
        return json_answer(_FOR_ALL[request.path])
    if not desk.tokens.lets_in(request.bearer):
        return _error(401)
    if request.path == MESSAGES:
        return _messages(request, desk)
    known = _FOR_USERS.get(request.path)
    return _error(404) if known is None else json_answer(known)


def problems(request: Request) -> Iterator[str]:
    """Yield what is wrong with a request to the model."""
    if request.path == MESSAGES and OAUTH_BETA not in request.betas:
        yield f"no {OAUTH_BETA} in anthropic-beta"


def _grant(request: Request, desk: Desk) -> Reply:
    granted = desk.tokens.grant(request)
    if isinstance(granted, Denial):
        said = "Refresh token not found or invalid"
        return json_answer({"error": "invalid_grant", "error_description": said}, status=400)
    person = {"uuid": _PERSON, "email_address": "stand-in@example.com"}
    owner = {"account": person, "organization": {"uuid": _COMPANY, "name": "Stand-in"}}
    return json_answer({**granted, "scope": SCOPE, **owner})


def _messages(request: Request, desk: Desk) -> Reply:
    asked = messages.read(request)
    # Without tools it is no conversation but a title, a summary, a look whether the line works.
    step = desk.script.answer(asked) if request.body.get("tools") else Step(say="ok")
    if isinstance(step, Fault):
        return _fault(step, request)
    return _say(request, messages.message(step, asked), delay=step.delay)


def _say(
    request: Request, message: dict[str, object], *, delay: float = 0.0, cut: int | None = None
) -> Reply:
    """Return a message in the form that was asked for; `cut` frames of it where the line breaks."""
    end = End.WHOLE if cut is None else End.CUT
    if request.body.get("stream"):
        frames = tuple(messages.events(message))[:cut]
        return Stream(frames=frames, delay=delay, end=end, headers=_limits())
    if cut is None:
        return json_answer(message, headers=_limits())
    half = (json.dumps(message)[:40].encode(),)
    return Stream(frames=half, end=end, headers=_limits(), kind="application/json")


def _limits(status: str = "allowed", resets_in: int = 3600) -> Headers:
    """Return the headers about the subscription's limits; the window is told by the time left."""
    weekly = resets_in > WINDOW
    day, week = (3600, resets_in) if weekly else (resets_in, 5 * 86_400)
    five, seven = ("allowed", status) if weekly else (status, "allowed")
    now = int(time.time())
    told = {
        "status": status,
        "reset": now + resets_in,
        "representative-claim": "seven_day" if weekly else "five_hour",
        "fallback-percentage": 0.5,
        "5h-status": five,
        "5h-reset": now + day,
        "5h-utilization": 1.0 if five == "rejected" else 0.25,
        "7d-status": seven,
        "7d-reset": now + week,
        "7d-utilization": 1.0 if seven == "rejected" else 0.4,
    }
    return tuple(
        (f"anthropic-ratelimit-unified-{name}", str(value)) for name, value in told.items()
    )


def _error(status: int, message: str = "", headers: Headers = ()) -> Answer:
    words = message or _WORDS.get(status, "Internal server error")
    error = {"type": _ERRORS.get(status, "api_error"), "message": words}
    shape = {"type": "error", "error": error, "request_id": "req_standin"}
    return json_answer(shape, status=status, headers=headers)


def _fault(fault: Fault, request: Request) -> Reply:
    asked = messages.read(request)
    begun = messages.message(Step(say="I begin."), asked)
    match fault.kind:
        case FaultKind.STATUS:
            return _error(fault.status, fault.message)
        case FaultKind.USAGE_LIMIT:
            retry = ("retry-after", str(fault.resets_in))
            return _error(429, fault.message, (*_limits("rejected", fault.resets_in), retry))
        case FaultKind.MALFORMED:
            return _malformed(request, begun)
        case FaultKind.CUT:
            return _say(request, begun, cut=4)
        case FaultKind.REFUSAL:
            return _say(request, messages.message(Step(), asked, stop="refusal"))
        case FaultKind.HANG:
            return Silence()


def _malformed(request: Request, begun: dict[str, object]) -> Reply:
    torn = b'{"type": "cont'
    if not request.body.get("stream"):
        return Answer(headers=(("Content-Type", "application/json"), *_limits()), body=torn)
    frames = tuple(messages.events(begun))[:4]
    last = b"event: content_block_delta\ndata: " + torn + b"\n\n"
    return Stream(frames=(*frames, last), headers=_limits())
