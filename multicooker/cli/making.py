"""Verbs before anything runs: new, render, doctor, build."""

from __future__ import annotations

import click

from multicooker.cli import complete, options
from multicooker.cli.invocation import Invocation
from multicooker.errors import EXIT_CHECK_FAILED


@click.command(cls=options.Verb, epilog="multicooker new landing")
@options.task_argument()
@click.pass_obj
def new(call: Invocation, /, *, task: str) -> None:
    """Make a cook: a folder with a brief and a cook.yaml to edit."""
    with call.kitchen() as kitchen:
        made = call.verbs.new(kitchen, task=task)
    call.show(made)


@click.command(cls=options.Verb, epilog="multicooker render landing --diff")
@options.task_argument()
@click.option("--diff", "diff_only", is_flag=True, help="Show what would change; write nothing.")
@click.pass_obj
def render(call: Invocation, /, *, task: str, diff_only: bool) -> None:
    """Write the compose.yaml that `cook` would run, and the prompts.

    compose.override.yaml is written once, as a stub, and is yours from then on.
    """
    with call.kitchen() as kitchen:
        rendered = call.verbs.render(kitchen, task=task, diff_only=diff_only)
    call.show(rendered)


@click.command(cls=options.Verb, epilog="multicooker doctor")
@options.task_argument(required=False)
@click.pass_context
def doctor(ctx: click.Context, /, *, task: str | None) -> None:
    """Check engine, memory, images, logins; tell each fix.

    With a TASK, check also that this cook can start. The exit code is 1 where a check failed.
    """
    call = ctx.ensure_object(Invocation)
    with call.kitchen() as kitchen:
        found = call.verbs.doctor(kitchen, task=task)
    call.show(found)
    ctx.exit(0 if found.healthy else EXIT_CHECK_FAILED)


@click.command(cls=options.Verb, epilog="multicooker build landing\nmulticooker build -f demo")
@options.task_argument(required=False)
@click.option(
    "-f",
    "--flavor",
    "flavors",
    multiple=True,
    metavar="NAME",
    callback=options.checked_names,
    shell_complete=complete.flavors,
    help="Build this flavor's image; may be given more than once.",
)
@click.option("--rebuild", is_flag=True, help="Build again what is there already.")
@click.pass_obj
def build(
    call: Invocation, /, *, task: str | None, flavors: tuple[str, ...], rebuild: bool
) -> None:
    """Build the images that a cook's flavors need, each once.

    Says which base each image was made from, with or without a registry.
    """
    with call.kitchen() as kitchen:
        built = call.verbs.build(kitchen, task=task, flavors=flavors, rebuild=rebuild)
    call.show(built)
