"""The program: its commands, and the doors to everything behind them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

import click

from multicooker import __version__
from multicooker.cli import (
    auth,
    boundary,
    cooking,
    flavors,
    making,
    options,
    sandbox,
    shell,
    watching,
)
from multicooker.cli.invocation import Doors, Invocation, Verbs

if TYPE_CHECKING:
    # Annotations only, as importing these would slow `--help` down.
    from multicooker.app.kitchen import Kitchen
    from multicooker.ports import Progress, Stopper


class Program(options.VerbGroup):
    """The root command. Whatever goes wrong below it ends in `boundary`."""

    def main(
        self,
        args: Sequence[str] | None = None,
        *_modes: object,
        obj: Invocation | None = None,
        **_more: object,
    ) -> NoReturn:
        """Run one call and leave with its exit code."""
        call = obj or Invocation(doors=real_doors())
        words = sandbox.called(sys.argv) if args is None else list(args)
        sys.exit(boundary.run(self, words, call=call))


@click.group(
    "multicooker",
    cls=Program,
    invoke_without_command=True,
    subcommand_metavar="[COMMAND] [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, "--version", message="multicooker %(version)s")
@click.pass_context
def cli(ctx: click.Context, /) -> None:
    """One brief, several coding-agent CLIs in containers, judged blind.

    Without a command: the cooks here and how they stand.
    """
    if ctx.invoked_subcommand is None:
        call = ctx.ensure_object(Invocation)
        call.verb = "overview"
        with call.kitchen() as kitchen:
            here = call.verbs.overview(kitchen)
        call.show(here)


for _verb in (
    making.new,
    cooking.cook,
    cooking.review,
    watching.status,
    watching.logs,
    watching.cancel,
    cooking.judge,
    cooking.report,
    making.render,
    making.build,
    making.doctor,
    watching.clean,
    sandbox.sandbox,
    auth.auth,
    auth.login,
    auth.logout,
    flavors.flavor,
    shell.completion,
):
    cli.add_command(_verb)


def real_doors() -> Doors:
    """Return the doors to the real world; nothing behind them is imported before it is used."""

    def verbs() -> Verbs:
        from multicooker.app import verbs as real

        return real

    def kitchen(*, cooks: str | None, progress: Progress, stopped: Stopper) -> Kitchen:
        from multicooker.app.real import real_kitchen

        return real_kitchen(cooks=cooks, progress=progress, stopped=stopped)

    def open_page(path: str) -> bool:
        from multicooker.cli import browser

        return browser.open_page(path)

    return Doors(verbs=verbs, kitchen=kitchen, open_page=open_page)
