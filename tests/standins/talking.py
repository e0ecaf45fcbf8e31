"""A conversation in a neutral form, and what the scripted model answers to it."""

from __future__ import annotations

import re
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.standins import judging
from tests.standins.scenario import Act, Ballot, Fault, Provider, Scenario, Talk, Turn


class Op(StrEnum):
    """What a model may do by a tool, whatever the CLI calls the tool."""

    RUN = "run"
    WRITE = "write"
    SEARCH = "search"
    LIST = "list"
    READ = "read"
    FINISH = "finish"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request to the model.

    `prompt` is all that a user and the system said; `results` what the tools gave back since the
    last prompt, oldest first; `abilities` what the tools on offer can do; `schema` the JSON Schema
    that the final answer has to follow; `way` tells a dialect which of its tools to use.
    """

    provider: Provider
    model: str
    session: str
    prompt: str
    results: tuple[str, ...] = ()
    abilities: frozenset[Op] = frozenset()
    schema: Mapping[str, Any] | None = None
    way: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One tool call: `subject` is the command, path or folder; `content` what is written."""

    op: Op
    subject: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What the model says, and the tool it calls, if any."""

    say: str = ""
    call: Call | None = None
    delay: float = 0.0


@dataclass(slots=True)
class Script:
    """Plays a scenario.

    Where a conversation stands is told by its own history. Nothing is kept but how often a fault
    befell a conversation, and which conversations voted.
    """

    scenario: Scenario
    _befell: Counter[tuple[str, int]] = field(default_factory=Counter)
    _voters: dict[tuple[str, str, str], list[str]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, asked: Asked) -> Step | Fault:
        """Return the model's answer to this request."""
        talk = next((talk for talk in self.scenario.talks if _fits(talk, asked)), None)
        if talk is None:
            return Step(say="Nothing in the scenario fits this prompt.")
        fault = self._fault(talk, asked)
        if fault is not None:
            return fault
        answers = [turn for turn in talk.turns if not isinstance(turn, Fault)]
        position = len(asked.results)
        for number, turn in enumerate(answers[: position + 1]):
            if isinstance(turn, Ballot):
                return self._judge(turn, asked, asked.results[number:])
        return _step(answers[position]) if position < len(answers) else Step(say="Done.")

    def _fault(self, talk: Talk, asked: Asked) -> Fault | None:
        for number, fault in _before(talk.turns, len(asked.results)):
            with self._lock:
                self._befell[asked.session, number] += 1
                befell = self._befell[asked.session, number]
            if fault.times is None or befell <= fault.times:
                return fault
        return None

    def _judge(self, conduct: Ballot, asked: Asked, results: tuple[str, ...]) -> Step:
        booth = judging.booth(asked.prompt, asked.schema)
        looks = _looks(asked.abilities)
        done = len(results)
        if done < len(looks) * len(booth.labels):
            label = booth.labels[done // len(looks)]
            return _look(looks[done % len(looks)], booth.folder(label), results)
        wrong = self._voters_before(asked) < conduct.misquotes
        seen = judging.seen(booth, results, len(looks))
        text = judging.ballot_of(booth, seen, conduct, misquote=wrong)
        return _vote(text, booth, asked, voted=done > len(looks) * len(booth.labels))

    def _voters_before(self, asked: Asked) -> int:
        """Return how many other conversations like this one voted before it."""
        with self._lock:
            voters = self._voters[asked.provider, asked.model, asked.prompt]
            if asked.session not in voters:
                voters.append(asked.session)
            return voters.index(asked.session)


def _fits(talk: Talk, asked: Asked) -> bool:
    return (
        talk.provider in (None, asked.provider)
        and re.search(talk.model, asked.model) is not None
        and re.search(talk.when, asked.prompt) is not None
    )


def _before(turns: tuple[Act, ...], position: int) -> Iterator[tuple[int, Fault]]:
    """Yield the faults that stand before the turn at `position`, with their numbers."""
    answered = 0
    for number, turn in enumerate(turns):
        if not isinstance(turn, Fault):
            answered += 1
        elif answered == position:
            yield number, turn


def _step(turn: Turn | Ballot) -> Step:
    match turn:
        case Turn(run=command) if command:
            call = Call(op=Op.RUN, subject=command)
        case Turn(write=(path, content)):
            call = Call(op=Op.WRITE, subject=path, content=content)
        case Turn():
            return Step(say=turn.say or "Done.", delay=turn.delay)
        case _:
            raise TypeError(turn)
    return Step(say=turn.say, call=call, delay=turn.delay)


def _looks(abilities: frozenset[Op]) -> tuple[Op, ...]:
    """Return the tool calls that show a submission, as far as the tools on offer go."""
    for way in ((Op.SEARCH,), (Op.RUN,), (Op.LIST, Op.READ)):
        if abilities.issuperset(way):
            return way
    return ()


def _look(op: Op, folder: str, results: tuple[str, ...]) -> Step:
    if op is Op.RUN:
        return Step(call=Call(op=op, subject=judging.reading(folder)))
    if op is Op.READ:
        first = next(iter(judging.listed_files(results[-1], folder)), "nothing")
        return Step(call=Call(op=op, subject=f"{folder}/{first}"))
    return Step(say=f"I read {folder}.", call=Call(op=op, subject=folder))


def _vote(ballot: str, booth: judging.Booth, asked: Asked, *, voted: bool) -> Step:
    if Op.FINISH in asked.abilities and not voted:
        return Step(call=Call(op=Op.FINISH, content=ballot))
    if asked.schema is None and Op.WRITE in asked.abilities and booth.answer and not voted:
        return Step(call=Call(op=Op.WRITE, subject=booth.answer, content=ballot + "\n"))
    return Step(say=ballot)
