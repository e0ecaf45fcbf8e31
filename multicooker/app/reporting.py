"""Ballots → verdict.json, leaderboard.md, report.html; and how a cook stands now."""

from __future__ import annotations

from collections.abc import Sequence

from multicooker.app import transcripts
from multicooker.app.journal import Journal, outcome_of, read_status, record_text, stamp
from multicooker.app.kitchen import Kitchen
from multicooker.app.opening import Opened
from multicooker.app.results import CookResult
from multicooker.app.sealing import SUBMISSIONS, Sealed, read_seal
from multicooker.domain.ballot import Absence, CastBallot, Verdict
from multicooker.domain.flavor import Role
from multicooker.domain.outcome import CookState, Outcome
from multicooker.errors import BadInputError
from multicooker.pipeline import load
from multicooker.pipeline.aggregate import aggregate
from multicooker.pipeline.report import leaderboard_md, report_html
from multicooker.pipeline.report.spending import Spent, spending, usage_of
from multicooker.ports import Workspace

VERDICT = "verdict.json"
LEADERBOARD = "leaderboard.md"
REPORT = "report.html"
USAGE = "usage.json"
_LIMIT = 256 * 1024**2


def report_verdict(
    kitchen: Kitchen,
    opened: Opened,
    journal: Journal,
    sealed: Sealed,
    *,
    ballots: Sequence[CastBallot],
    missing: Sequence[Absence],
) -> Verdict:
    """Aggregate the ballots and write the verdict and its readable forms."""
    verdict = aggregate(
        task=opened.task,
        round_number=opened.round.number,
        made=stamp(kitchen.clock.now()),
        ballots=ballots,
        rubric=opened.spec.rubric,
        seal=sealed.seal,
        key=sealed.key,
        families={cell.owner: cell.family for cell in opened.round.participants},
        outcomes=participants_outcomes(journal),
        missing_judges=missing,
        missing_participants=sealed.key.absent,
    )
    opened.workspace.write(VERDICT, load.to_json(verdict))
    write_readable(kitchen, opened, sealed, verdict)
    journal.state(CookState.DONE, verdict=str(verdict.level))
    return verdict


def write_readable(kitchen: Kitchen, opened: Opened, sealed: Sealed, verdict: Verdict) -> None:
    """Write leaderboard.md and report.html from a verdict."""
    template = kitchen.resources.template
    spent = _spent(opened.workspace)
    board = leaderboard_md(verdict, template=template("reports/leaderboard.md.j2"), spent=spent)
    opened.workspace.write(LEADERBOARD, board)
    page = report_html(
        verdict,
        seal=sealed.seal,
        spec=opened.spec,
        brief=opened.brief,
        text_of=lambda label, path: _text(opened.workspace, f"{SUBMISSIONS}/{label}/{path}"),
        template=template("reports/report.html.j2"),
        spent=spent,
    )
    opened.workspace.write(REPORT, page)


def write_usage(opened: Opened, journal: Journal) -> None:
    """Write usage.json, where any cell tells what it used."""
    found = usage_of(journal.status, opened.spec)
    if found.cells:
        opened.workspace.write(USAGE, load.to_json(found))


def _spent(workspace: Workspace) -> tuple[Spent, ...]:
    status = read_status(workspace)
    cells = status.cells if status else ()
    return spending(cells, {cell.name: transcripts.links(workspace, cell.name) for cell in cells})


def read_verdict(workspace: Workspace) -> Verdict | None:
    """Return the cook's verdict, None where there is none yet."""
    if not workspace.exists(VERDICT):
        return None
    text = record_text(workspace, VERDICT, limit=_LIMIT)
    return load.verdict(text, place=f"{workspace.folder}/{VERDICT}")


def participants_outcomes(journal: Journal) -> tuple[Outcome, ...]:
    """Return how the participants' cells ended, in the order of the record."""
    found = [outcome_of(cell) for cell in journal.status.cells if cell.role is Role.PARTICIPANT]
    return tuple(outcome for outcome in found if outcome is not None)


def result(opened: Opened, journal: Journal, *, notes: tuple[str, ...]) -> CookResult:
    """Return how the cook stands now."""
    workspace = opened.workspace
    verdict = read_verdict(workspace)
    return CookResult(
        task=opened.task,
        folder=workspace.folder,
        round=journal.status.round,
        state=str(journal.status.state),
        outcomes=participants_outcomes(journal),
        notes=notes,
        verdict=verdict,
        report=f"{workspace.folder}/{REPORT}" if workspace.exists(REPORT) else "",
        leaderboard=f"{workspace.folder}/{LEADERBOARD}" if workspace.exists(LEADERBOARD) else "",
    )


def rewrite(kitchen: Kitchen, opened: Opened) -> None:
    """Write the readable forms anew from verdict.json; BadInputError where there is none."""
    verdict = read_verdict(opened.workspace)
    sealed = read_seal(opened.workspace, check=False)
    if verdict is None or sealed is None:
        raise BadInputError(
            f"{opened.task} has no verdict yet", hint=f"`multicooker cook {opened.task}` makes one"
        )
    write_readable(kitchen, opened, sealed, verdict)


def _text(workspace: Workspace, path: str) -> str | None:
    try:
        return workspace.read_text(path, limit=64 * 1024)
    except BadInputError:
        return None
