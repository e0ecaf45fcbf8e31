"""Verbs around a cook that runs or ran: status, logs, cancel, clean."""

from __future__ import annotations

import click

from multicooker.cli import complete, options
from multicooker.cli.invocation import Invocation
from multicooker.errors import EXIT_INTERRUPTED


@click.command(cls=options.Verb, epilog="multicooker status landing --json")
@options.task_argument()
@click.pass_obj
def status(call: Invocation, /, *, task: str) -> None:
    """Show how a cook stands: cells, states, times, outcomes."""
    with call.kitchen() as kitchen:
        standing = call.verbs.status(kitchen, task=task)
    call.show(standing)


@click.command(cls=options.Verb, epilog="multicooker logs landing saffron -f")
@options.task_argument()
@click.argument(
    "cells",
    nargs=-1,
    metavar="[CELL]...",
    callback=options.checked_names,
    shell_complete=complete.cells,
)
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes, until the cells end.")
@click.option("--raw", is_flag=True, help="Show the lines as the CLI printed them.")
@click.pass_context
def logs(
    ctx: click.Context, /, *, task: str, cells: tuple[str, ...], follow: bool, raw: bool
) -> None:
    """Show what cells say and do, each line after its cell's name.

    A CELL is a participant's name, or judge-NAME; none means all of them.
    """
    from multicooker.cli import output

    call = ctx.ensure_object(Invocation)
    printer = output.LogPrinter(verb=call.verb, json=call.json, color=call.color)
    with call.kitchen() as kitchen:
        try:
            lines = call.verbs.logs(kitchen, task=task, cells=cells, follow=follow, raw=raw)
            for cell, line in lines:
                printer.show(cell, line)
        except KeyboardInterrupt:  # the way to leave a log that never ends
            ctx.exit(EXIT_INTERRUPTED)


@click.command(cls=options.Verb, epilog="multicooker cancel landing")
@options.task_argument()
@click.pass_obj
def cancel(call: Invocation, /, *, task: str) -> None:
    """Stop a cook that runs elsewhere; what is finished is kept."""
    with call.kitchen() as kitchen:
        cancelled = call.verbs.cancel(kitchen, task=task)
    call.show(cancelled)


@click.command(
    cls=options.Verb, epilog="multicooker clean landing\nmulticooker clean landing --all"
)
@options.task_argument()
@click.option("--all", "everything", is_flag=True, help="Remove results and rounds too.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def clean(call: Invocation, /, *, task: str, everything: bool, yes: bool) -> None:
    """Remove containers, networks and intermediate files of a cook.

    BRIEF.md, cook.yaml, compose.override.yaml, raw/ and everything else of yours always stay.
    """
    if everything and not yes:
        call.confirm(f"Remove every result of {task}?")
    with call.kitchen() as kitchen:
        cleaned = call.verbs.clean(kitchen, task=task, everything=everything)
    call.show(cleaned)
