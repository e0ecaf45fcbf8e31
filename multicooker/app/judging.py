"""Sealed submissions → ballots → verdict."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from multicooker.app import rendering, reporting, running
from multicooker.app.journal import Journal, record_text
from multicooker.app.kitchen import Kitchen
from multicooker.app.logins import skipping
from multicooker.app.opening import JUDGE_BRIEF, MAX_BRIEF, Opened, question_of
from multicooker.app.sealing import SUBMISSIONS, Sealed, masked
from multicooker.domain.ballot import (
    Absence,
    Ballot,
    BallotRejected,
    CastBallot,
    RecordedBallot,
)
from multicooker.domain.flavor import Role
from multicooker.domain.mask import Mask
from multicooker.domain.outcome import CookState, ExitClass, Outcome
from multicooker.domain.reading import Reading
from multicooker.domain.round import Cell
from multicooker.errors import BadInputError, CancelledError
from multicooker.pipeline import load
from multicooker.pipeline.collect import outcome as collect
from multicooker.pipeline.judge import ballot_schema, read_ballot, repair_note
from multicooker.pipeline.render import judge_inputs
from multicooker.ports import Workspace

_CAST = "cast.json"
_BALLOT = "ballot.json"
_MAX_ANSWER = 1024**2
_MAX_QUOTED = 1024**2
"""Evidence is looked for in files up to this size."""


def judge_sealed(
    kitchen: Kitchen, opened: Opened, journal: Journal, sealed: Sealed, *, jobs: int
) -> None:
    """Let every judge vote, with one repair turn for a bad ballot, and write the verdict."""
    kitchen.progress.stage("judge")
    journal.state(CookState.JUDGING)
    journal.drop_cells(Role.JUDGE, but={cell.name for cell in opened.round.judges})
    panel = _Panel(kitchen=kitchen, opened=opened, sealed=sealed)
    unheard = [cell for cell in opened.round.judges if not panel.recall(cell)]
    skipped = skipping.skip(opened, journal, unheard)
    panel.failed |= {name: f"{it.exit_class}: {it.detail}" for name, it in skipped.items()}
    todo = [cell for cell in unheard if cell.owner not in skipped]
    for cell in todo:
        _lay_out(kitchen, opened, cell, sealed)
    panel.hear(todo, _call(kitchen, opened, journal, todo, jobs=jobs))
    again = [cell for cell in todo if cell.owner in panel.rejected]
    if again:
        for cell in again:
            panel.ask_again(cell)
        panel.hear(again, _call(kitchen, opened, journal, again, jobs=jobs), repaired=True)
    kitchen.progress.stage("report")
    reporting.report_verdict(
        kitchen, opened, journal, sealed, ballots=panel.in_order(), missing=panel.missing()
    )


def _call(
    kitchen: Kitchen, opened: Opened, journal: Journal, cells: Sequence[Cell], *, jobs: int
) -> Mapping[str, Outcome]:
    """Run judge cells and return their outcomes by judge."""
    if not cells:
        return {}
    every = running.run_cells(kitchen, opened, journal, cells, jobs=jobs)
    outcomes = {}
    for cell in cells:
        ran = every[cell.name]
        _take_answer(opened.workspace, cell, ran.reading)
        survey = masked(opened, opened.workspace.survey(f"{cell.folder}/out"))
        found = collect(cell, ran.ending, survey, ran.reading)
        journal.outcome(found, bytes_written=opened.workspace.size(f"{cell.folder}/out"))
        outcomes[cell.owner] = found
    return outcomes


def _take_answer(workspace: Workspace, cell: Cell, reading: Reading | None) -> None:
    """Make a ballot of a judge's last message, where it has written none.

    Judges whose CLI has a dialect need no tool that writes: what they say is enough.
    """
    ballot = f"{cell.folder}/out/{_BALLOT}"
    if reading is not None and reading.answer and not workspace.exists(ballot):
        workspace.write(ballot, reading.answer)


def _lay_out(kitchen: Kitchen, opened: Opened, cell: Cell, sealed: Sealed) -> None:
    """Write what one judge call finds in its cell, and empty what it left before."""
    workspace = opened.workspace
    workspace.remove(cell.folder)
    workspace.make_folder(f"{cell.folder}/in", private=False)
    rendering.make_writable(workspace, cell, opened.round.user)
    for name, text in _inputs(kitchen, opened, sealed, cell).items():
        workspace.write(f"{cell.folder}/in/{name}", text, private=False)


def _inputs(kitchen: Kitchen, opened: Opened, sealed: Sealed, cell: Cell) -> dict[str, str]:
    judge_brief = ""
    if opened.workspace.exists(JUDGE_BRIEF):
        judge_brief = opened.workspace.read_text(JUDGE_BRIEF, limit=MAX_BRIEF)
    return judge_inputs(
        opened.spec,
        labels=sealed.labels,
        judge_brief=judge_brief,
        ballot_schema=ballot_schema(sealed.labels, opened.spec.rubric),
        answers_in_message=bool(cell.dialect),
        template=kitchen.resources.template,
    )


def recalled(kitchen: Kitchen, opened: Opened, cell: Cell, sealed: Sealed) -> CastBallot | None:
    """Return the ballot a judge has cast on this very seal, asked what it would be asked now."""
    path = f"{cell.folder}/{_CAST}"
    if not opened.workspace.exists(path):
        return None
    text = record_text(opened.workspace, path, limit=4 * _MAX_ANSWER)
    found = load.recorded_ballot(text, place=f"{opened.workspace.folder}/{path}")
    now = (
        sealed.seal.made,
        question_of(kitchen, opened, cell, _inputs(kitchen, opened, sealed, cell)),
    )
    return found.cast if (found.seal, found.question) == now else None


@dataclass(slots=True, kw_only=True)
class _Panel:
    """The judges of one cook and what came of each."""

    kitchen: Kitchen
    opened: Opened
    sealed: Sealed
    cast: dict[str, CastBallot] = field(default_factory=dict)
    rejected: dict[str, BallotRejected] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    _texts: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def recall(self, cell: Cell) -> bool:
        """Take a ballot that was cast before an interruption."""
        found = recalled(self.kitchen, self.opened, cell, self.sealed)
        if found is not None:
            self.cast[cell.owner] = found
        return found is not None

    def hear(
        self, cells: Sequence[Cell], outcomes: Mapping[str, Outcome], *, repaired: bool = False
    ) -> None:
        """Read the answers of judges that ran."""
        for cell in cells:
            self.rejected.pop(cell.owner, None)
            outcome = outcomes[cell.owner]
            if outcome.exit_class is not ExitClass.OK:
                self.failed[cell.owner] = f"{outcome.exit_class}: {outcome.detail}"
                continue
            found = self._read(cell)
            if isinstance(found, Ballot):
                self._accept(cell, found, repaired=repaired)
            else:
                self.rejected[cell.owner] = found
        if any(outcomes[cell.owner].exit_class is ExitClass.CANCELLED for cell in cells):
            raise CancelledError(
                "stopped while judging: the submissions stay sealed, ballots cast count",
                hint=f"go on with `multicooker cook {self.opened.task}`",
            )

    def ask_again(self, cell: Cell) -> None:
        """Prepare the one repair turn: keep the first answer, say what is wrong with it."""
        workspace = self.opened.workspace
        workspace.rename(f"{cell.folder}/out", f"{cell.folder}/refused")
        rendering.make_writable(workspace, cell, self.opened.round.user, empty=True)
        note = repair_note(self.rejected[cell.owner])
        workspace.write(f"{cell.folder}/in/REPAIR.md", note, private=False)

    def in_order(self) -> tuple[CastBallot, ...]:
        """Return the ballots that count, in the order of cook.yaml."""
        judges = [cell.owner for cell in self.opened.round.judges]
        return tuple(self.cast[name] for name in judges if name in self.cast)

    def missing(self) -> tuple[Absence, ...]:
        """Return the judges that do not count, and why."""
        absent = []
        for cell in self.opened.round.judges:
            if cell.owner in self.rejected:
                problems = self.rejected[cell.owner].problems
                reason = f"ballot refused after its repair turn: {problems[0]}"
                if len(problems) > 1:
                    reason += f" (and {len(problems) - 1} more)"
                absent.append(Absence(name=cell.owner, reason=reason))
            elif cell.owner in self.failed:
                absent.append(Absence(name=cell.owner, reason=self.failed[cell.owner]))
        return tuple(absent)

    def _read(self, cell: Cell) -> Ballot | BallotRejected:
        try:
            raw = self.opened.workspace.read_bytes(
                f"{cell.folder}/out/{_BALLOT}", limit=_MAX_ANSWER
            )
        except BadInputError as error:
            return BallotRejected(problems=(f"ballot.json: {error.message}",))
        found = read_ballot(
            raw,
            labels=self.sealed.labels,
            rubric=self.opened.spec.rubric,
            seal=self.sealed.seal,
            text_of=self._text_of,
        )
        return _hidden(found, self.opened.logins.mask)

    def _accept(self, cell: Cell, ballot: Ballot, *, repaired: bool) -> None:
        cast = CastBallot(
            judge=cell.owner,
            flavor=cell.flavor,
            family=cell.family,
            ballot=ballot,
            repaired=repaired,
        )
        self.cast[cell.owner] = cast
        inputs = _inputs(self.kitchen, self.opened, self.sealed, cell)
        record = RecordedBallot(
            seal=self.sealed.seal.made,
            question=question_of(self.kitchen, self.opened, cell, inputs),
            cast=cast,
        )
        self.opened.workspace.write(f"{cell.folder}/{_CAST}", load.to_json(record))

    def _text_of(self, label: str, path: str) -> str | None:
        if (label, path) not in self._texts:
            self._texts[label, path] = _text(self.opened, f"{SUBMISSIONS}/{label}/{path}")
        return self._texts[label, path]


def _hidden(found: Ballot | BallotRejected, mask: Mask) -> Ballot | BallotRejected:
    """Return an answer that was looked at, with everything secret in its words blanked."""
    if isinstance(found, BallotRejected):
        return BallotRejected(problems=tuple(map(mask.text, found.problems)))
    scores = (
        dataclasses.replace(
            score,
            reason=mask.text(score.reason),
            evidence=tuple(
                dataclasses.replace(it, quote=mask.text(it.quote)) for it in score.evidence
            ),
        )
        for score in found.scores
    )
    return dataclasses.replace(found, scores=tuple(scores), summary=mask.text(found.summary))


def _text(opened: Opened, path: str) -> str | None:
    """Return a sealed file's text, None where it is binary, empty or too large to look into."""
    try:
        return opened.workspace.read_text(path, limit=_MAX_QUOTED)
    except BadInputError:
        return None
