"""The verb for a person and one folder: a CLI in a container that sees nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

import click

from multicooker.cli import complete, options
from multicooker.cli.invocation import Invocation
from multicooker.errors import BadInputError

if TYPE_CHECKING:
    from multicooker.app.sandbox.wish import SandboxWish

_ARGS = "multicooker.sandbox.args"
"""Where in a click context the words after `--` are kept."""


def called(argv: Sequence[str]) -> list[str]:
    """Return the words of a call, whatever name it goes by.

    A link to the program that is named `sandbox` means that verb, and `claude-sandbox` means it
    with that flavor.
    """
    name, words = PurePath(argv[0]).name, list(argv[1:])
    if name == "sandbox":
        return ["sandbox", *words]
    found = re.fullmatch(r"([a-z0-9][a-z0-9_-]*)-sandbox", name)
    return ["sandbox", "--flavor", found[1], *words] if found else words


class _Sandbox(options.Verb):
    """What stands behind `--` is the CLI's."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        at = args.index("--") if "--" in args else len(args)
        ctx.meta[_ARGS] = tuple(args[at + 1 :])
        return super().parse_args(ctx, args[:at])


def _name(_ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    from multicooker.domain.cook import check_name

    if value is not None:
        try:
            check_name(str(param.name), value)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error
    return value


def _hosts(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Return the address by host name."""
    from multicooker.domain.cook import Network

    hosts: dict[str, str] = {}
    for value in values:
        host, equals, address = value.partition("=")
        if not equals:
            raise click.BadParameter(f"{value!r} is not HOST=ADDRESS")
        hosts[host] = address
    try:
        return dict(Network(resolve=hosts).resolve)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command(
    cls=_Sandbox,
    epilog='multicooker sandbox ~/code/bakery\nmulticooker sandbox --print "what is this?"'
    "\nmulticooker sandbox --flavor claude -- --continue",
)
@click.argument("folder", metavar="[DIR]", required=False)
@click.option(
    "-f",
    "--flavor",
    metavar="NAME",
    callback=_name,
    shell_complete=complete.flavors,
    help="Which CLI; default: the first you are logged in to.",
)
@click.option("--profile", metavar="NAME", callback=_name, help="A login of `login --profile`.")
@click.option("--rebuild", is_flag=True, help="Build its image again.")
@click.option("--fresh-creds", is_flag=True, help="Take this host's login anew.")
@click.option("--print", "prompt", metavar="PROMPT", help="Print the answer; - reads stdin.")
@click.option("--detach", is_flag=True, help="Start it and leave it alone.")
@click.option("--shell", is_flag=True, help="A shell in the place of the CLI.")
@click.option("--inbox", metavar="DIR", help="Where conversations go as Markdown.")
@click.option(
    "--every",
    metavar="TIME",
    callback=options.duration,
    help="How often they go there; default: 10m.",
)
@click.option(
    "--resolve",
    metavar="HOST=ADDRESS",
    multiple=True,
    callback=_hosts,
    help="Where a host is; may be given more than once.",
)
@click.option(
    "--ca-bundle",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, resolve_path=True),
    help="A PEM file it trusts, too.",
)
@click.option("--list", "listing", is_flag=True, help="Show the sandboxes that run.")
@click.option("--stop", is_flag=True, help="End those of DIR.")
@click.pass_context
def sandbox(
    ctx: click.Context,
    /,
    *,
    folder: str | None,
    flavor: str | None,
    profile: str | None,
    rebuild: bool,
    fresh_creds: bool,
    prompt: str | None,
    detach: bool,
    shell: bool,
    inbox: str | None,
    every: int | None,
    resolve: dict[str, str],
    ca_bundle: str | None,
    listing: bool,
    stop: bool,
) -> None:
    """Work with a CLI that sees one folder and nothing else.

    Words behind -- go to the CLI. Ctrl-Q Ctrl-Q leaves it running; the same command comes back.
    """
    from multicooker.app.sandbox.wish import SandboxWish

    call = ctx.ensure_object(Invocation)
    wish = SandboxWish(
        folder=folder,
        flavor=flavor,
        profile=profile,
        rebuild=rebuild,
        fresh_login=fresh_creds,
        prompt=prompt,
        detach=detach,
        shell=shell,
        inbox=inbox,
        every=every,
        resolve=resolve,
        ca_bundle=ca_bundle,
        args=ctx.meta[_ARGS],
    )
    if listing:
        with call.kitchen() as kitchen:
            there = call.verbs.sandbox_list(kitchen)
        call.show(there)
    elif stop:
        with call.kitchen() as kitchen:
            stopped = call.verbs.sandbox_stop(kitchen, wish=wish)
        call.show(stopped)
    else:
        ctx.exit(_visit(call, wish))


def _visit(call: Invocation, wish: SandboxWish) -> int:
    from multicooker.cli import output, signals

    if call.json:
        raise click.UsageError(
            "--json is for --list and --stop: a visit prints what its CLI prints"
        )
    if wish.prompt is not None and (wish.detach or wish.shell):
        raise click.UsageError("--print goes neither with --detach nor with --shell")
    if wish.prompt is None and not wish.detach and not output.has_terminal():
        raise BadInputError(
            "nobody is at a terminal",
            hint="add --print PROMPT for an answer, or --detach to come to it later",
        )
    with call.kitchen() as kitchen:
        ready = call.verbs.sandbox(kitchen, wish=wish)
        with signals.lent_terminal():
            return call.verbs.visit_sandbox(kitchen, ready).code
