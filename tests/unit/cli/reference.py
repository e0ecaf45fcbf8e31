"""The reference pages that are made from the program itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from multicooker import errors
from multicooker.cli import options
from multicooker.cli.boundary import kind_of
from multicooker.cli.main import cli

MADE = (
    "<!-- Made from the program: `pytest tests/unit/cli/test_reference.py --update-golden`. -->\n"
)


def command_tree(
    command: click.Command = cli, words: Sequence[str] = ("multicooker",)
) -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its whole name, groups before their members."""
    yield " ".join(words), command
    if isinstance(command, click.Group):
        for name, member in command.commands.items():
            yield from command_tree(member, (*words, name))


def cli_page() -> str:
    """Return docs/reference/cli.md."""
    intro = (
        f"# Commands\n\n{MADE}\n"
        "A task is named by its folder in `cooks/`. Results go to stdout, progress and errors to\n"
        "stderr. How a call ends is in [exit codes](exit-codes.md); what `--json` prints is in\n"
        "[JSON output](json-output.md).\n\n"
        "## Common options\n\nThey stand before or after the command's name alike.\n\n"
    )
    shared = _table(("option", "what it does"), [_option_row(option) for option in options.COMMON])
    return intro + shared + "".join(_command(name, command) for name, command in command_tree())


def exit_codes_page() -> str:
    """Return docs/reference/exit-codes.md."""
    rows = [
        (errors.EXIT_OK, "ok", "done; a cook with a verdict is done even where some cells failed"),
        (errors.EXIT_CHECK_FAILED, "-", "`doctor` or `flavor check` found what does not work"),
        (errors.BadInputError.exit_code, "usage", "the command line itself cannot be understood"),
        (errors.EXIT_BUG, "bug", "multicooker itself failed; `--debug` shows where"),
        (errors.EXIT_INTERRUPTED, "interrupted", "a second Ctrl-C killed it"),
        (errors.EXIT_PIPE, "-", "whoever read the output is gone, as with `| head`"),
    ]
    rows += [(kind.exit_code, kind_of(kind), kind.summary) for kind in errors.all_error_types()]
    rows.sort(key=lambda row: row[0])
    table = _table(
        ("code", "kind in JSON", "what it means"),
        [
            (str(code), "" if kind in ("-", "ok") else f"`{kind}`", told)
            for code, kind, told in rows
        ],
    )
    intro = "With `--json` the same code stands in `error.code`.\n"
    return f"# Exit codes\n\n{MADE}\n{intro}\n{table}"


def _command(name: str, command: click.Command) -> str:
    ctx = click.Context(command, info_name=name)
    usage = " ".join(command.collect_usage_pieces(ctx))
    parts = [f"\n## {name}\n\n```text\n{name} {usage}\n```\n\n{_help(command)}\n"]
    own = [param for param in command.params if isinstance(param, click.Option)]
    arguments = [
        (f"`{param.make_metavar(ctx)}`", options.ARGUMENTS[str(param.name)])
        for param in command.params
        if isinstance(param, click.Argument)
    ]
    if arguments:
        parts.append("\n" + _table(("argument", "what it is"), arguments))
    if own:
        parts.append("\n" + _table(("option", "what it does"), [_option_row(it) for it in own]))
    if command.epilog:
        parts.append(f"\n```text\n{command.epilog}\n```\n")
    return "".join(parts)


def _help(command: click.Command) -> str:
    return "\n".join(line.strip() for line in (command.help or "").strip().splitlines())


def _option_row(option: click.Option) -> tuple[str, str]:
    value = f" {option.metavar}" if option.metavar else ""
    names = ", ".join(f"`{name}{value}`" for name in option.opts)
    return names, option.help or ""


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headers, ["---"] * len(headers), *rows]
    escaped = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in escaped)
