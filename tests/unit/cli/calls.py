"""Calls of the command line with verbs that do what a test says."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from click.testing import CliRunner, Result

from multicooker.app.kitchen import Kitchen
from multicooker.app.sandbox.wish import SandboxEnd
from multicooker.cli.invocation import Doors, Invocation, Verbs
from multicooker.cli.main import cli
from multicooker.ports import Progress, Stopper
from tests.unit.cli import samples

ANSWERS: Mapping[str, object] = {
    "overview": samples.OVERVIEW,
    "new": samples.NEW,
    "render": samples.RENDER,
    "doctor": samples.DOCTOR,
    "build": samples.BUILD,
    "cook": samples.COOK,
    "plan_cook": samples.PLAN,
    "judge": samples.COOK,
    "report": samples.COOK,
    "status": samples.STATUS,
    "logs": samples.LOG,
    "cancel": samples.CANCEL,
    "clean": samples.CLEAN,
    "auth_status": samples.AUTH,
    "login_ready": None,
    "login": samples.LOGIN,
    "login_token": samples.LOGIN_TOKEN,
    "logout": samples.LOGOUT,
    "sandbox": None,
    "visit_sandbox": SandboxEnd(code=0, running=False, exported=0),
    "sandbox_list": samples.SANDBOXES,
    "sandbox_stop": samples.SANDBOX_STOPPED,
    "flavor_list": samples.FLAVORS,
    "flavor_show": samples.FLAVOR,
    "flavor_new": samples.FLAVOR_NEW,
    "flavor_check": samples.FLAVOR_CHECK,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Stands where a kitchen stands: what the command line gave to make one."""

    cooks: str | None
    progress: Progress
    stopped: Stopper


@dataclass(slots=True, kw_only=True)
class ScriptedVerbs:
    """Verbs that answer with a value, raise an error, or call a function of the counter."""

    answers: Mapping[str, object] = field(default_factory=dict)
    heard: list[tuple[str, Counter, dict[str, Any]]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Callable[..., object]:
        if name not in ANSWERS:
            raise AttributeError(name)

        def verb(kitchen: Counter, *_given: Any, **asked: Any) -> object:
            self.heard.append((name, kitchen, asked))
            answer = self.answers.get(name, ANSWERS[name])
            if isinstance(answer, BaseException):
                raise answer
            return answer(kitchen) if callable(answer) else answer

        return verb


@dataclass(slots=True, kw_only=True)
class Caller:
    """Calls the program as a shell would, and remembers what the verbs heard."""

    verbs: ScriptedVerbs = field(default_factory=ScriptedVerbs)
    pages: list[str] = field(default_factory=list)
    browser: bool = True

    def __call__(self, *words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(cli, words, obj=self.invocation(), input=typed)

    def json(self, *words: str) -> dict[str, Any]:
        """Return the only line of a `--json` call, parsed."""
        (line,) = self(*words, "--json").stdout.splitlines()
        return cast("dict[str, Any]", json.loads(line))

    def asked(self) -> dict[str, Any]:
        """Return what the last verb was asked."""
        return self.verbs.heard[-1][2]

    def invocation(self) -> Invocation:
        """Return an invocation whose doors lead to the scripted verbs."""
        return Invocation(
            doors=Doors(
                verbs=lambda: cast("Verbs", self.verbs),
                kitchen=lambda **parts: cast("Kitchen", Counter(**parts)),
                open_page=self._open,
            )
        )

    def _open(self, path: str) -> bool:
        self.pages.append(path)
        return self.browser


def answering(**answers: object) -> Caller:
    """Return a caller whose verbs give these answers."""
    return Caller(verbs=ScriptedVerbs(answers=answers))
