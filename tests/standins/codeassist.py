"""Google's hosts as the gemini CLI uses them: Code Assist and OAuth."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.standins import generating
from tests.standins.dialect import Desk, sample
from tests.standins.scenario import Fault, FaultKind
from tests.standins.tokens import Denial
from tests.standins.wire import Answer, End, Reply, Request, Silence, Stream, frame, json_answer

OAUTH_HOST = "oauth2.googleapis.com"
BACKEND = "cloudcode-pa.googleapis.com"
ACCOUNT_HOST = "www.googleapis.com"
METERED = "generativelanguage.googleapis.com"
SCOPE = "openid email profile"
PROJECT = "stand-in-project"
_STATES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
_WORDS = {
    401: "Request had invalid authentication credentials.",
    403: "The caller does not have permission",
    404: "Requested entity was not found.",
    429: "Resource has been exhausted (e.g. check quota).",
}
_TIER = {"id": "standard-tier", "name": "Gemini Code Assist"}
_METHODS: dict[str, dict[str, object]] = {
    "loadCodeAssist": {
        "currentTier": _TIER,
        "allowedTiers": [_TIER],
        "cloudaicompanionProject": PROJECT,
    },
    "onboardUser": {
        "done": True,
        "response": {"cloudaicompanionProject": {"id": PROJECT, "name": PROJECT}},
    },
    "retrieveUserQuota": {"buckets": []},
    "listExperiments": {"experimentIds": [], "flags": []},
    "recordCodeAssistMetrics": {},
    "countTokens": {"totalTokens": 100},
}


def answer(request: Request, desk: Desk) -> Reply:
    """Answer a request to one of Google's hosts."""
    if request.host == OAUTH_HOST:
        return _oauth(request, desk)
    if request.host not in {BACKEND, ACCOUNT_HOST}:
        return json_answer({})
    if not desk.tokens.lets_in(request.bearer):
        return _error(401)
    if request.path == "/oauth2/v2/userinfo":
        return json_answer({"id": "1", "email": "stand-in@example.com", "name": "Stand In"})
    return _method(request, request.path.rpartition(":")[2], desk)


def problems(request: Request) -> Iterator[str]:
    """Yield what is wrong with a request of a subscription."""
    if request.host == METERED:
        yield "the metered API was asked"


def _oauth(request: Request, desk: Desk) -> Reply:
    if request.path == "/token":
        granted = desk.tokens.grant(request)
        if isinstance(granted, Denial):
            said = "Token has been expired or revoked."
            return json_answer({"error": "invalid_grant", "error_description": said}, status=400)
        return json_answer({**granted, "scope": SCOPE})
    if request.path != "/tokeninfo":
        return _error(404)
    if not desk.tokens.lets_in(_asked_about(request)):
        return json_answer({"error": "invalid_token", "error_description": "Bad"}, status=400)
    return json_answer({"aud": "stand-in", "sub": "1", "scope": SCOPE, "expires_in": 3599})


def _asked_about(request: Request) -> str:
    """Return the token a request to /tokeninfo asks about, wherever it stands."""
    if isinstance(request.body, str) and "access_token=" in request.body:
        return request.body.split("access_token=", 1)[1].split("&", 1)[0]
    return request.query.get("access_token", "") or request.bearer


def _method(request: Request, name: str, desk: Desk) -> Reply:
    if name in _METHODS:
        return json_answer(_METHODS[name])
    if name == "generateContent":
        # Never the conversation, but which model to take and who speaks next.
        value = sample(generating.answer_schema(request))
        text = value if isinstance(value, str) else json.dumps(value)
        return json_answer(generating.chunk(request.model, [{"text": text}], "STOP"))
    if name != "streamGenerateContent":
        return _error(404)
    asked = generating.read(request)
    step = desk.script.answer(asked)
    if isinstance(step, Fault):
        return _fault(step, request.model)
    return Stream(frames=generating.frames(step, asked), delay=step.delay)


def _error(status: int, message: str = "", details: tuple[object, ...] = ()) -> Answer:
    words = message or _WORDS.get(status, "Internal error encountered.")
    error = {"code": status, "message": words, "status": _STATES.get(status, "UNKNOWN")}
    return json_answer({"error": {**error, "details": details} if details else error}, status)


def _usage_limit(fault: Fault) -> Answer:
    hours, rest = divmod(fault.resets_in, 3600)
    after = f"{hours}h{rest // 60}m{rest % 60}s"
    words = f"You have exhausted your capacity on this model. Your quota will reset after {after}."
    kind = "type.googleapis.com/google.rpc"
    reason = {"@type": f"{kind}.ErrorInfo", "reason": "QUOTA_EXHAUSTED", "domain": BACKEND}
    retry = {"@type": f"{kind}.RetryInfo", "retryDelay": f"{fault.resets_in}s"}
    return _error(429, fault.message or words, (reason, retry))


def _fault(fault: Fault, model: str) -> Reply:
    begun = frame(generating.chunk(model, [{"text": "I begin."}]))
    match fault.kind:
        case FaultKind.STATUS:
            return _error(fault.status, fault.message)
        case FaultKind.USAGE_LIMIT:
            return _usage_limit(fault)
        case FaultKind.MALFORMED:
            return Stream(frames=(begun, b'data: {"response": {"cand\n\n'))
        case FaultKind.CUT:
            return Stream(frames=(begun,), end=End.CUT)
        case FaultKind.REFUSAL:
            return Stream(frames=(frame(generating.chunk(model, [], "SAFETY")),))
        case FaultKind.HANG:
            return Silence()
