"""What the commands share: the common options, their value types, and how help looks."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

import click

from multicooker.cli import complete
from multicooker.cli.invocation import Invocation

F = TypeVar("F", bound=Callable[..., object])
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}
_LONGEST = 7 * 86400


ARGUMENTS = {
    "task": "A cook, by the name of its folder in cooks/.",
    "cells": "A participant's name, or judge-NAME; none means all.",
    "folder": "The one folder it may see; default: the one you are in.",
    "name": "A flavor, by the name of its folder.",
    "shell": "Your shell.",
}
"""Help for each argument, by its name."""


def _keep(field: str, *, on: bool | None = None) -> Callable[..., None]:
    """Return a callback that keeps a given option in the invocation, from either position."""

    def keep(ctx: click.Context, _param: click.Parameter, value: object) -> None:
        if value:
            setattr(ctx.ensure_object(Invocation), field, value if on is None else on)

    return keep


def _flag(names: list[str], field: str, *, on: bool, text: str) -> click.Option:
    return click.Option(
        names, is_flag=True, help=text, expose_value=False, callback=_keep(field, on=on)
    )


COMMON = (
    click.Option(
        ["-C", "--cooks"],
        metavar="DIR",
        help="Where cooks live; default: the nearest cooks/ upward.",
        expose_value=False,
        callback=_keep("cooks"),
        type=click.Path(file_okay=False),
    ),
    _flag(["--json"], "json", on=True, text="Print one JSON object per line."),
    _flag(["-q", "--quiet"], "quiet", on=True, text="Show no progress."),
    _flag(["--no-color"], "color", on=False, text="Print without colours."),
    _flag(["--debug"], "debug", on=True, text="Print a traceback where multicooker fails."),
)
"""Options that stand before or after a command's name alike."""


def duration(_ctx: click.Context, _param: click.Parameter, value: str | None) -> int | None:
    """Return the seconds of `90s`, `30m`, `2h` or a plain number; a usage error otherwise."""
    if value is None:
        return None
    match = re.fullmatch(r"([0-9]{1,9})([smh]?)", value, re.ASCII)
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 1 <= seconds <= _LONGEST:
        raise click.BadParameter(f"{value!r} is not a time: use 90s, 30m or 2h, at most 168h")
    return seconds


def checked_name(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return the name of a task or flavor: never an option, never a path."""
    from multicooker.domain.cook import check_name

    if value is None:
        return None
    try:
        check_name("task" if param.name == "task" else "flavor", value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    if param.name == "task":
        ctx.ensure_object(Invocation).task = value
    return value


def checked_names(
    _ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the names of cells or flavors, none of which may look like an option."""
    from multicooker.domain.cook import check_name

    for value in values:
        try:
            check_name("cell" if param.name == "cells" else "flavor", value)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error
    return values


class Shared(click.Command):
    """What verbs and groups of verbs have in common: the common options, and a name."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the own parameters, then the common ones."""
        return [*super().get_params(ctx), *COMMON]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Note which verb this is first, as parsing may fail and the failure names it."""
        ctx.ensure_object(Invocation).verb = " ".join(ctx.command_path.split()[1:])
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write arguments, own options and common options as sections."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            if isinstance(param, click.Argument):
                record = (param.make_metavar(ctx), ARGUMENTS[str(param.name)])
                sections.setdefault("Arguments", []).append(record)
                continue
            title = "Common options" if param in (*COMMON, self.get_help_option(ctx)) else "Options"
            sections.setdefault(title, []).extend(filter(None, [param.get_help_record(ctx)]))
        for title in filter(sections.get, ("Arguments", "Options", "Common options")):
            with formatter.section(title):
                formatter.write_dl(sections[title])


class Verb(Shared):
    """A command whose epilog is an example."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example."""
        del ctx
        with formatter.section("Example"):
            for line in (self.epilog or "").splitlines():
                formatter.write(f"  {line}\n")


class VerbGroup(Shared, click.Group):
    """Verbs in the order of a cook's life."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs as they were added."""
        del ctx
        return list(self.commands)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs first: they are what a reader looks for."""
        self.format_commands(ctx, formatter)
        Shared.format_options(self, ctx, formatter)


def task_argument(*, required: bool = True) -> Callable[[F], F]:
    """Return the TASK argument: a folder in cooks/, by name."""
    return click.argument(
        "task", callback=checked_name, required=required, shell_complete=complete.tasks
    )


def flavor_argument() -> Callable[[F], F]:
    """Return the NAME argument of the flavor verbs."""
    return click.argument("name", callback=checked_name, shell_complete=complete.flavors)


def jobs_option() -> Callable[[F], F]:
    """Return `--jobs`."""
    return click.option(
        "--jobs",
        type=click.IntRange(min=1, max=1000),
        metavar="N",
        help="Cells at once; default: what the engine's CPUs and memory carry.",
    )
