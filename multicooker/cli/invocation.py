"""One call of the program: its options, and the doors to everything behind the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from multicooker.cli import signals
from multicooker.errors import BadInputError

if TYPE_CHECKING:
    # Values of the verbs: annotations only, as importing them would slow `--help` down.
    from multicooker.app import results
    from multicooker.app.kitchen import Kitchen
    from multicooker.app.logins.login import LoginReady
    from multicooker.app.sandbox import wish
    from multicooker.ports import Progress, Stopper


class Verbs(Protocol):
    """What `multicooker.app.verbs` offers; a test hands in its own."""

    def overview(self, kitchen: Kitchen, /) -> results.OverviewResult: ...

    def new(self, kitchen: Kitchen, /, *, task: str) -> results.NewResult: ...

    def render(
        self, kitchen: Kitchen, /, *, task: str, diff_only: bool
    ) -> results.RenderResult: ...

    def doctor(self, kitchen: Kitchen, /, *, task: str | None) -> results.DoctorResult: ...

    def build(
        self, kitchen: Kitchen, /, *, task: str | None, flavors: tuple[str, ...], rebuild: bool
    ) -> results.BuildResult: ...

    def cook(
        self,
        kitchen: Kitchen,
        /,
        *,
        task: str,
        judge: bool,
        rebuild: bool,
        fresh: bool,
        jobs: int | None,
        timeout: int | None,
    ) -> results.CookResult: ...

    def plan_cook(
        self,
        kitchen: Kitchen,
        /,
        *,
        task: str,
        judge: bool,
        rebuild: bool,
        fresh: bool,
        jobs: int | None,
        timeout: int | None,
    ) -> results.CookPlan: ...

    def judge(self, kitchen: Kitchen, /, *, task: str, jobs: int | None) -> results.CookResult: ...

    def report(self, kitchen: Kitchen, /, *, task: str) -> results.CookResult: ...

    def status(self, kitchen: Kitchen, /, *, task: str) -> results.StatusResult: ...

    def logs(
        self, kitchen: Kitchen, /, *, task: str, cells: tuple[str, ...], follow: bool, raw: bool
    ) -> Iterator[tuple[str, str]]: ...

    def cancel(self, kitchen: Kitchen, /, *, task: str) -> results.CancelResult: ...

    def clean(self, kitchen: Kitchen, /, *, task: str, everything: bool) -> results.CleanResult: ...

    def sandbox(self, kitchen: Kitchen, /, *, wish: wish.SandboxWish) -> wish.SandboxReady: ...

    def visit_sandbox(self, kitchen: Kitchen, ready: wish.SandboxReady, /) -> wish.SandboxEnd: ...

    def sandbox_list(self, kitchen: Kitchen, /) -> results.SandboxList: ...

    def sandbox_stop(
        self, kitchen: Kitchen, /, *, wish: wish.SandboxWish
    ) -> results.SandboxStopped: ...

    def auth_status(self, kitchen: Kitchen, /) -> results.AuthStatus: ...

    def login_ready(
        self,
        kitchen: Kitchen,
        /,
        *,
        flavor: str,
        profile: str | None,
        task: str | None,
        attended: bool,
    ) -> LoginReady: ...

    def login(self, kitchen: Kitchen, ready: LoginReady, /) -> results.LoginResult: ...

    def login_token(
        self,
        kitchen: Kitchen,
        /,
        *,
        flavor: str,
        profile: str | None,
        ask: Callable[[str], str],
    ) -> results.LoginResult: ...

    def logout(
        self, kitchen: Kitchen, /, *, flavor: str, profile: str | None, token: bool
    ) -> results.LogoutResult: ...

    def flavor_list(self, kitchen: Kitchen, /) -> results.FlavorList: ...

    def flavor_show(self, kitchen: Kitchen, /, *, name: str) -> results.FlavorDetail: ...

    def flavor_new(self, kitchen: Kitchen, /, *, name: str) -> results.NewResult: ...

    def flavor_check(
        self, kitchen: Kitchen, /, *, name: str, run: bool
    ) -> results.FlavorCheckResult: ...


class KitchenMaker(Protocol):
    """Builds a kitchen; `cooks` None means the nearest `cooks/` upward."""

    def __call__(self, *, cooks: str | None, progress: Progress, stopped: Stopper) -> Kitchen: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What the command line cannot do itself. Each is opened only when a command needs it."""

    verbs: Callable[[], Verbs]
    kitchen: KitchenMaker
    open_page: Callable[[str], bool]
    """Shows a file in a browser; False where there is none to show it in."""


@dataclass(slots=True, kw_only=True)
class Invocation:
    """Options shared by every command, gathered from both sides of the command's name."""

    doors: Doors
    cooks: str | None = None
    json: bool = False
    quiet: bool = False
    color: bool = True
    debug: bool = False
    verb: str = ""
    """What is being run, as in `flavor list`; empty until it is known."""
    task: str = ""
    """The task it is about; empty where there is none."""

    @property
    def verbs(self) -> Verbs:
        """Return the verbs, imported on first use."""
        return self.doors.verbs()

    @contextmanager
    def kitchen(self, *, stoppable: bool = False) -> Iterator[Kitchen]:
        """Yield a kitchen whose progress is shown; `stoppable` makes Ctrl-C a polite wish."""
        from multicooker.cli import live

        watcher = live.watcher(silent=self.quiet or self.json, color=self.color)
        try:
            with signals.graceful(watcher.stopping, enabled=stoppable) as stopped:
                yield self.doors.kitchen(cooks=self.cooks, progress=watcher, stopped=stopped)
        finally:
            watcher.close()

    def show(self, result: object) -> None:
        """Show a verb's result, as text or as JSON."""
        from multicooker.cli import output

        output.show(result, verb=self.verb, json=self.json, color=self.color, cooks=self.cooks)

    def confirm(self, question: str) -> None:
        """Ask before something is lost; BadInputError where nobody can answer."""
        from multicooker.cli import output

        if self.json or not output.can_ask():
            raise BadInputError(f"{question} Nobody is there to answer.", hint="add --yes")
        output.ask(question)
