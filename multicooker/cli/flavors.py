"""Verbs about flavors: which CLIs can cook, and how to add one."""

from __future__ import annotations

import click

from multicooker.cli import options
from multicooker.cli.invocation import Invocation
from multicooker.errors import EXIT_CHECK_FAILED


@click.group(
    cls=options.VerbGroup,
    invoke_without_command=True,
    subcommand_metavar="[COMMAND] [ARGS]...",
)
@click.pass_context
def flavor(ctx: click.Context, /) -> None:
    """List, show, make and check flavors: CLIs that can cook."""
    if ctx.invoked_subcommand is None:
        ctx.ensure_object(Invocation).verb = "flavor list"
        ctx.invoke(flavor_list)


@flavor.command("list", cls=options.Verb, epilog="multicooker flavor list")
@click.pass_obj
def flavor_list(call: Invocation, /) -> None:
    """List every flavor, its origin and whether its login is there."""
    with call.kitchen() as kitchen:
        found = call.verbs.flavor_list(kitchen)
    call.show(found)


@flavor.command("show", cls=options.Verb, epilog="multicooker flavor show demo")
@options.flavor_argument()
@click.pass_obj
def flavor_show(call: Invocation, /, *, name: str) -> None:
    """Show one flavor: its models, its options and how to log in."""
    with call.kitchen() as kitchen:
        detail = call.verbs.flavor_show(kitchen, name=name)
    call.show(detail)


@flavor.command("new", cls=options.Verb, epilog="multicooker flavor new aider")
@options.flavor_argument()
@click.pass_obj
def flavor_new(call: Invocation, /, *, name: str) -> None:
    """Make a flavor to edit, in flavors/ next to cooks/."""
    with call.kitchen() as kitchen:
        made = call.verbs.flavor_new(kitchen, name=name)
    call.show(made)


@flavor.command("check", cls=options.Verb, epilog="multicooker flavor check aider --run")
@options.flavor_argument()
@click.option(
    "--run", is_flag=True, help="Also build its image and run cells of it, without a login."
)
@click.pass_context
def flavor_check(ctx: click.Context, /, *, name: str, run: bool) -> None:
    """Check that a flavor keeps the cell protocol.

    The exit code is 1 where it does not.
    """
    call = ctx.ensure_object(Invocation)
    with call.kitchen() as kitchen:
        checked = call.verbs.flavor_check(kitchen, name=name, run=run)
    call.show(checked)
    ctx.exit(0 if checked.healthy else EXIT_CHECK_FAILED)
