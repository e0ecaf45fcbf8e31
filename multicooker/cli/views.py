"""A verb's result → what a person reads. Everything that strangers named passes `look`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatch

from rich.console import RenderableType
from rich.text import Text

from multicooker.app import results
from multicooker.app.results import CompletionScript
from multicooker.cli import look
from multicooker.cli.browser import Review
from multicooker.cli.look import Part
from multicooker.domain.display import display_text
from multicooker.domain.outcome import CellState, CellStatus, CookState

_UNFINISHED = frozenset({CookState.BUILDING, CookState.COOKING, CookState.JUDGING})


@singledispatch
def view(result: object, verb: str) -> Iterable[Part]:
    """Return the parts of the screen that show a result; TypeError for what is no result."""
    raise TypeError(f"{verb}: no view for {type(result).__name__}")


@view.register
def _overview(result: results.OverviewResult, verb: str) -> Iterator[Part]:
    del verb
    yield look.line(look.title("cooks"), f" in {result.cooks_folder}")
    if not result.cooks:
        yield look.next_step("multicooker new landing", "makes a first one")
        return
    yield look.table(
        ("task", "state", "verdict", "updated"),
        [
            (cook.task, look.state(cook.state), look.state(cook.verdict), cook.updated)
            for cook in result.cooks
        ],
    )


@view.register
def _new(result: results.NewResult, verb: str) -> Iterator[Part]:
    yield look.line(look.title(result.task), f" made in {result.folder}")
    yield from (look.line(path, indent=2) for path in result.created)
    if verb == "new":
        yield look.next_step(f"$EDITOR {result.folder}/BRIEF.md")
        yield look.next_step(f"multicooker cook {result.task}")
    else:
        yield look.next_step(f"multicooker flavor check {result.task}", "after editing its files")


@view.register
def _render(result: results.RenderResult, verb: str) -> Iterator[Part]:
    del verb
    yield look.line(look.title(result.task), f" in {result.folder}")
    yield from (look.line(line, indent=2) for line in result.plan)
    if not result.changes:
        yield Text("nothing changed")
    for change in result.changes:
        if result.written:
            yield look.line(Text("wrote ", "green"), change.path)
        else:
            yield from _diff(change.diff)


@view.register
def _doctor(result: results.DoctorResult, verb: str) -> Iterator[Part]:
    del verb
    yield from _checks(result.checks)


@view.register
def _flavor_check(result: results.FlavorCheckResult, verb: str) -> Iterator[Part]:
    del verb
    yield look.title(result.name)
    yield from _checks(result.checks)


@view.register
def _build(result: results.BuildResult, verb: str) -> Iterator[Part]:
    del verb
    yield look.table(
        ("flavor", "image", "from", "", "how"),
        [
            (
                image.flavor,
                image.tag,
                image.base,
                Text(f"built in {image.seconds:.1f} s", "green") if image.built else "there",
                "; ".join(image.how) if image.built else "",
            )
            for image in result.images
        ],
    )


@view.register
def _plan(result: results.CookPlan, verb: str) -> Iterator[Part]:
    del verb
    yield look.line(look.title(result.task), ": what `cook` would do")
    for number, step in enumerate(result.steps, start=1):
        yield look.line(Text(f"{number:3}. ", "dim"), step)
    yield look.line(f"at most {result.jobs} cells at once: {result.jobs_why}")
    yield from (look.line(cell, indent=2) for cell in result.cells)
    yield from (look.line(note) for note in result.notes)


@view.register
def _cook(result: results.CookResult, verb: str) -> Iterator[Part]:
    from multicooker.cli.verdict_view import cook_view

    yield from cook_view(result, verb)


@view.register
def _review(result: Review, verb: str) -> Iterator[Part]:
    del verb
    if result.opened:
        yield look.line(look.title(result.task), f" opened in the browser: {result.report}")
    else:
        # Alone on its line, for `$(multicooker review landing)`.
        yield look.safe(result.report)


@view.register
def _completion(result: CompletionScript, verb: str) -> Iterator[Part]:
    del verb
    yield Text(result.script)


@view.register
def _status(result: results.StatusResult, verb: str) -> Iterator[Part]:
    del verb
    status = result.status
    heading = look.line(look.title(status.task), f", round {status.round}: ")
    heading.append_text(look.state(status.state))
    if status.verdict:
        heading.append_text(look.line(", ", look.state(status.verdict)))
    yield heading
    if status.detail:
        yield look.line(status.detail, indent=2)
    yield look.safe(f"  started {status.started}, updated {status.updated}", "dim")
    if status.cells:
        yield _cells(status.cells, alive=result.alive)
    if result.alive:
        yield look.safe(f"process {status.pid} is at it", "cyan")
    elif status.state in _UNFINISHED:
        yield look.safe("its process is gone", "yellow")
        yield look.next_step(f"multicooker cook {status.task}", "goes on from here")
    if result.report:
        yield look.line(Text("report  ", "dim"), result.report)


@view.register
def _cancel(result: results.CancelResult, verb: str) -> Iterator[Part]:
    del verb
    if result.was_running:
        yield look.line(look.title(result.task), ": stopped")
    else:
        yield look.line(look.title(result.task), ": nobody was cooking it")
    yield from (look.line(Text("removed ", "dim"), name) for name in result.removed)


@view.register
def _clean(result: results.CleanResult, verb: str) -> Iterator[Part]:
    del verb
    removed = (*result.engine, *result.files)
    yield look.line(look.title(result.task), ": clean" if removed else ": nothing to remove")
    yield from (look.line(Text("removed ", "dim"), name) for name in removed)


@view.register
def _flavors(result: results.FlavorList, verb: str) -> Iterator[Part]:
    del verb
    yield look.table(
        ("flavor", "for", "from", "login", "summary"),
        [
            (entry.name, ", ".join(entry.roles), entry.source, entry.credentials, entry.summary)
            for entry in result.flavors
        ],
    )
    yield from (look.line(look.state("warn"), f"  {problem}") for problem in result.problems)


@view.register
def _flavor(result: results.FlavorDetail, verb: str) -> Iterator[Part]:
    del verb
    yield look.line(look.title(result.name), f": {result.summary}")
    facts = (
        ("from", f"{result.source}, {result.folder}"),
        ("image", result.image),
        ("models", ", ".join(result.models) or "any"),
    )
    yield from (look.line(Text(f"  {name:8}", "dim"), value) for name, value in facts)
    yield from (look.line(Text("  option  ", "dim"), option) for option in result.options)
    yield Text("")
    yield Text(display_text(result.readme).rstrip("\n"))


@view.register
def _sandboxes(result: results.SandboxList, verb: str) -> Iterator[Part]:
    del verb
    if not result.sandboxes:
        yield Text("no sandbox runs")
        return
    yield look.table(
        ("folder", "flavor", "profile", "what", "state", "since"),
        [
            (
                row.folder,
                row.flavor,
                row.profile,
                row.kind,
                look.state("running" if row.running else "ended"),
                row.started[:19],
            )
            for row in result.sandboxes
        ],
    )


@view.register
def _stopped(result: results.SandboxStopped, verb: str) -> Iterator[Part]:
    del verb
    if not result.stopped:
        yield look.line("no sandbox runs in ", result.folder)
    for row in result.stopped:
        yield look.line(Text("stopped ", "dim"), f"{row.flavor} ({row.kind}) in {row.folder}")


@view.register
def _auth(result: results.AuthStatus, verb: str) -> Iterator[Part]:
    from multicooker.cli.login_view import status_view

    del verb
    yield from status_view(result)


@view.register
def _login(result: results.LoginResult, verb: str) -> Iterator[Part]:
    from multicooker.cli.login_view import login_view

    del verb
    yield from login_view(result)


@view.register
def _logout(result: results.LogoutResult, verb: str) -> Iterator[Part]:
    from multicooker.cli.login_view import logout_view

    del verb
    yield from logout_view(result)


def _checks(checks: Sequence[results.Check]) -> Iterator[Part]:
    yield look.table(
        ("", "check", "found", "fix"),
        [(look.state(check.level), check.name, check.detail, check.fix) for check in checks],
    )
    failed = sum(check.level is results.Level.FAIL for check in checks)
    told = f"{failed} of {len(checks)} checks failed" if failed else "everything needed is there"
    yield look.safe(told, "red" if failed else "green")


def _cells(cells: Sequence[CellStatus], *, alive: bool) -> RenderableType:
    return look.table(
        ("cell", "role", "flavor", "state", "time", "written", "detail"),
        [
            (
                cell.name,
                cell.role,
                cell.flavor,
                look.state(_state(cell, alive=alive)),
                f"{look.clock(cell.seconds)} / {look.clock(cell.timeout)}",
                look.size(cell.bytes_written),
                cell.detail,
            )
            for cell in cells
        ],
        right=("time", "written"),
    )


def _state(cell: CellStatus, *, alive: bool) -> str:
    """Return how a cell ended or where it is; nothing runs any more where nobody cooks."""
    if cell.exit_class is None and not alive and cell.state is not CellState.QUEUED:
        return "interrupted"
    return cell.exit_class or cell.state


def _diff(diff: str) -> Iterator[Part]:
    styles = {"+": "green", "-": "red", "@": "cyan"}
    for line in diff.splitlines():
        yield look.safe(line, styles.get(line[:1], ""))
