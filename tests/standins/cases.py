"""What can befall a CLI, as scenarios that are told apart by the name of the model."""

from __future__ import annotations

from dataclasses import dataclass

from tests.standins.scenario import Act, Fault, FaultKind, Scenario, Talk, Turn

_LOOKS = Turn(say="I look around.", run="ls -la /work")
_WRITES = Turn(write=("index.html", "<h1>Bakery</h1>\n"))
WORKS = (_LOOKS, _WRITES, Turn(say="Done."))
_HOUR, _DAY = 3600, 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One scenario. `name` is the model that is asked for; `what` tells it to a reader."""

    name: str
    what: str
    turns: tuple[Act, ...]
    slow: bool = False
    """Its CLIs wait or try again, so it had better begin first."""


def limit(seconds: int) -> Fault:
    """Return a subscription's limit that ends in so many seconds."""
    return Fault(kind=FaultKind.USAGE_LIMIT, resets_in=seconds)


KILLED = Case(
    name="killed",
    what="Somebody kills its container in mid-work",
    turns=(Fault(kind=FaultKind.HANG),),
)
CASES = (
    Case(name="works", what="All is well", turns=WORKS),
    Case(
        name="overloaded-twice",
        what="HTTP 529 twice, then all is well",
        turns=(Fault(status=529, times=2), *WORKS),
        slow=True,
    ),
    Case(
        name="usage-limit",
        what="The subscription's limit is reached and ends in two hours",
        turns=(limit(2 * _HOUR),),
    ),
    Case(
        name="usage-limit-midway",
        what="The same, once a file is written",
        turns=(_LOOKS, _WRITES, limit(2 * _HOUR)),
    ),
    Case(name="weekly-limit", what="The limit ends in three days", turns=(limit(3 * _DAY),)),
    Case(name="rate-limit", what="HTTP 429", turns=(Fault(status=429),), slow=True),
    Case(name="signed-out", what="HTTP 401, the login was ended", turns=(Fault(status=401),)),
    Case(name="forbidden", what="HTTP 403, the login may not do that", turns=(Fault(status=403),)),
    Case(name="no-such-model", what="HTTP 404, there is no such model", turns=(Fault(status=404),)),
    Case(
        name="refusal",
        what="The model refuses",
        turns=(_LOOKS, Fault(kind=FaultKind.REFUSAL)),
        slow=True,
    ),
    Case(name="server-error", what="HTTP 500", turns=(Fault(status=500),), slow=True),
    Case(name="overloaded", what="HTTP 529", turns=(Fault(status=529),), slow=True),
    Case(
        name="malformed",
        what="The answer is no JSON",
        turns=(Fault(kind=FaultKind.MALFORMED),),
    ),
    Case(
        name="cut",
        what="The connection is cut in mid-answer",
        turns=(Fault(kind=FaultKind.CUT),),
    ),
    Case(name="hangs", what="No answer comes", turns=(Fault(kind=FaultKind.HANG),), slow=True),
    KILLED,
    Case(
        name="commands-fail",
        what="Every command fails, and the model says that it is done",
        turns=(Turn(run="cat /nowhere"), Turn(run="exit 3"), Turn(say="Done.")),
    ),
    Case(
        name="nothing-made",
        what="The model says that it is done, and wrote nothing",
        turns=(Turn(say="Done."),),
    ),
)


def scenario() -> Scenario:
    """Return all of them, each for its model."""
    return Scenario(talks=tuple(Talk(model=f"^{each.name}$", turns=each.turns) for each in CASES))
