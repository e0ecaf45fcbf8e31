"""How a cook stands, for a person: labels first, names last."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from multicooker.app.results import CookResult
from multicooker.cli import look
from multicooker.cli.look import Part
from multicooker.domain.ballot import Standing, Verdict, VerdictLevel, points
from multicooker.domain.outcome import ExitClass, Outcome


def cook_view(result: CookResult, verb: str) -> Iterator[Part]:
    """Return notes, outcomes, verdict, where the report is, what is next, and the reveal."""
    yield Text("")
    yield look.line(look.title(result.task), f", round {result.round}: ", look.state(result.state))
    yield from (look.safe(f"  {note}", "dim") for note in result.notes)
    verdict = result.verdict
    troubled = [entry for entry in result.outcomes if entry.exit_class is not ExitClass.OK]
    if verdict is None:
        yield _outcomes(result.outcomes)
        if verb != "judge":
            yield look.next_step(f"multicooker judge {result.task}")
        return
    if troubled:
        yield _outcomes(troubled)
    yield Text("")
    yield from _verdict(verdict)
    yield Text("")
    if result.report:
        yield look.line(Text("report  ", "dim"), result.report)
        yield look.next_step(f"multicooker review {result.task}")
    yield Text("")
    yield _reveal(verdict)


def _verdict(verdict: Verdict) -> Iterator[Part]:
    sure = verdict.level in (VerdictLevel.WINNER, VerdictLevel.LEANING)
    style = "bold green" if sure else "bold yellow"
    yield look.line("verdict: ", look.safe(_headline(verdict), style))
    yield from (look.safe(f"  {why}", "dim") for why in verdict.why)
    dimensions = tuple(verdict.weights)
    yield look.table(
        ("label", "score", "spread", *dimensions, "remarks"),
        [_standing(standing, dimensions) for standing in verdict.standings],
        right=("score", "spread", *dimensions),
    )
    for absence in (*verdict.missing_judges, *verdict.missing_participants):
        yield look.line(Text("  without ", "yellow"), f"{absence.name}: {absence.reason}")


def _headline(verdict: Verdict) -> str:
    leaders = " and ".join(verdict.leaders)
    by = f", {points(verdict.margin)} ahead" if verdict.margin is not None else ""
    match verdict.level:
        case VerdictLevel.WINNER:
            return f"{leaders} wins{by}"
        case VerdictLevel.LEANING:
            return f"leaning to {leaders}{by}"
        case VerdictLevel.TOO_CLOSE:
            return f"too close to call: {leaders}"
        case VerdictLevel.SINGLE_OPINION:
            return f"single opinion: {leaders}{by}"


def _standing(standing: Standing, dimensions: tuple[str, ...]) -> tuple[str | Text, ...]:
    means = {entry.dimension: points(entry.mean) for entry in standing.dimensions}
    remarks = ["unfinished"] if standing.partial else []
    if standing.self_judged:
        without = standing.mean_without_self
        told = f"{points(without)} without" if without is not None else "no other judge"
        remarks.append(f"judged by its own family ({told})")
    return (
        look.safe(standing.label, "bold"),
        look.safe(points(standing.mean), "bold"),
        points(standing.spread),
        *(means.get(dimension, "-") for dimension in dimensions),
        "; ".join(remarks),
    )


def _outcomes(outcomes: list[Outcome] | tuple[Outcome, ...]) -> RenderableType:
    return look.table(
        ("cell", "outcome", "time", "detail"),
        [
            (entry.cell, look.state(entry.exit_class), look.clock(entry.seconds), entry.detail)
            for entry in outcomes
        ],
        right=("time",),
    )


def _reveal(verdict: Verdict) -> RenderableType:
    pairs = ", ".join(
        f"{standing.label} = {verdict.authors.get(standing.label, '?')}"
        for standing in verdict.standings
    )
    return look.line(look.safe("reveal: ", "dim"), pairs)
