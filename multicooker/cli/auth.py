"""Verbs about logins: which ones there are, and how to make and remove one of multicooker's own."""

from __future__ import annotations

import click

from multicooker.cli import complete, options
from multicooker.cli.invocation import Invocation


def _profile(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    from multicooker.domain.cook import check_name

    if value is not None:
        try:
            check_name("profile", value)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error
    return value


_PROFILE = click.option(
    "--profile",
    metavar="NAME",
    callback=_profile,
    help="A further account, used by `auth: {profile: NAME}`.",
)


@click.group(
    cls=options.VerbGroup,
    invoke_without_command=True,
    subcommand_metavar="[COMMAND] [ARGS]...",
)
@click.pass_context
def auth(ctx: click.Context, /) -> None:
    """Show the logins that cells would use."""
    if ctx.invoked_subcommand is None:
        ctx.ensure_object(Invocation).verb = "auth status"
        ctx.invoke(auth_status)


@auth.command("status", cls=options.Verb, epilog="multicooker auth status")
@click.pass_obj
def auth_status(call: Invocation, /) -> None:
    """Show every login: where, whose kind, how long.

    Reads them, so macOS may ask for the Keychain. Shows no value, and changes nothing.
    """
    with call.kitchen() as kitchen:
        found = call.verbs.auth_status(kitchen)
    call.show(found)


@click.command(
    cls=options.Verb,
    epilog="multicooker login claude\nmulticooker login claude --profile work"
    "\nmulticooker login claude --token",
)
@options.flavor_argument()
@_PROFILE
@click.option("--token", is_flag=True, help="Keep a long-lived token; asked for, or from stdin.")
@click.option(
    "--cook",
    "task",
    metavar="TASK",
    callback=options.checked_name,
    shell_complete=complete.tasks,
    help="Reach the vendor the way this cook does: its `network` and `ca_bundle`.",
)
@click.pass_obj
def login(
    call: Invocation, /, *, name: str, profile: str | None, token: bool, task: str | None
) -> None:
    """Log in to a CLI in a volume of its own, apart from this host.

    Cells get a copy without the refresh token by `auth: volume`.
    """
    from multicooker.cli import output, signals

    if token:
        with call.kitchen() as kitchen:
            kept = call.verbs.login_token(
                kitchen, flavor=name, profile=profile, ask=output.ask_hidden
            )
        call.show(kept)
        return
    if call.json:
        raise click.UsageError("--json is for --token: a login prints what its CLI prints")
    with call.kitchen() as kitchen:
        ready = call.verbs.login_ready(
            kitchen, flavor=name, profile=profile, task=task, attended=output.has_terminal()
        )
        with signals.lent_terminal():
            made = call.verbs.login(kitchen, ready)
    call.show(made)


@click.command(
    cls=options.Verb,
    epilog="multicooker logout claude\nmulticooker logout claude --profile work --token",
)
@options.flavor_argument()
@_PROFILE
@click.option("--token", is_flag=True, help="The long-lived token in place of the volume.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def logout(call: Invocation, /, *, name: str, profile: str | None, token: bool, yes: bool) -> None:
    """Remove a login that `login` made; this host's own stays."""
    if not yes:
        whose = f"{name}, profile {profile}" if profile else name
        what = "the long-lived token" if token else "the login, and all the CLI keeps beside it,"
        call.confirm(f"Remove {what} of {whose}?")
    with call.kitchen() as kitchen:
        gone = call.verbs.logout(kitchen, flavor=name, profile=profile, token=token)
    call.show(gone)
