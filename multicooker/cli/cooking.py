"""Verbs that cook, judge and show the verdict."""

from __future__ import annotations

import click

from multicooker.cli import options
from multicooker.cli.invocation import Invocation
from multicooker.errors import NoVerdictError


@click.command(cls=options.Verb, epilog="multicooker cook landing --timeout 20m --jobs 2")
@options.task_argument()
@click.option("--no-judge", is_flag=True, help="Stop after the seal.")
@click.option("--rebuild", is_flag=True, help="Build images again.")
@click.option(
    "--fresh", is_flag=True, help="Cook from scratch; keep the earlier result in rounds/."
)
@options.jobs_option()
@click.option(
    "--timeout",
    metavar="TIME",
    callback=options.duration,
    help="Time per participant: 90s, 30m or 2h; default: cook.yaml's.",
)
@click.option("--dry-run", is_flag=True, help="Print the plan; start nothing.")
@click.pass_obj
def cook(
    call: Invocation,
    /,
    *,
    task: str,
    no_judge: bool,
    rebuild: bool,
    fresh: bool,
    jobs: int | None,
    timeout: int | None,
    dry_run: bool,
) -> None:
    """Build, run every participant, seal, judge blind, report.

    Goes on where an earlier cook of the same inputs stopped. Participants that fail stop
    nothing: the verdict is about what was handed in. Ctrl-C stops politely.
    """
    verb = call.verbs.plan_cook if dry_run else call.verbs.cook
    with call.kitchen(stoppable=True) as kitchen:
        result = verb(
            kitchen,
            task=task,
            judge=not no_judge,
            rebuild=rebuild,
            fresh=fresh,
            jobs=jobs,
            timeout=timeout,
        )
    call.show(result)


@click.command(cls=options.Verb, epilog="multicooker judge landing")
@options.task_argument()
@options.jobs_option()
@click.pass_obj
def judge(call: Invocation, /, *, task: str, jobs: int | None) -> None:
    """Judge what is sealed already, and report; cooks nothing."""
    with call.kitchen(stoppable=True) as kitchen:
        judged = call.verbs.judge(kitchen, task=task, jobs=jobs)
    call.show(judged)


@click.command(cls=options.Verb, epilog="multicooker report landing")
@options.task_argument()
@click.pass_obj
def report(call: Invocation, /, *, task: str) -> None:
    """Write the report again from the ballots on disk."""
    with call.kitchen() as kitchen:
        reported = call.verbs.report(kitchen, task=task)
    call.show(reported)


@click.command(cls=options.Verb, epilog="multicooker review landing")
@options.task_argument()
@click.option("--print", "print_only", is_flag=True, help="Print the path; open nothing.")
@click.pass_obj
def review(call: Invocation, /, *, task: str, print_only: bool) -> None:
    """Open the report in the browser, or print its path."""
    from multicooker.cli.browser import Review

    with call.kitchen() as kitchen:
        page = call.verbs.status(kitchen, task=task).report
    if not page:
        raise NoVerdictError(f"{task}: no report yet", hint=f"`multicooker cook {task}` makes it")
    opened = not print_only and not call.json and call.doors.open_page(page)
    call.show(Review(task=task, report=page, opened=opened))
