"""The reference pages say what the program does today."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
import pytest

from multicooker import errors
from tests.unit.cli.reference import cli_page, command_tree, exit_codes_page
from tests.unit.cli.reference_json import VERBS, json_page

ROOT = Path(__file__).parents[3]
PAGES: dict[str, Callable[[], str]] = {
    "cli.md": cli_page,
    "exit-codes.md": exit_codes_page,
    "json-output.md": json_page,
}


@pytest.mark.parametrize("name", PAGES)
def test_a_reference_page_is_current(name: str, *, update_golden: bool) -> None:
    page = ROOT / "docs" / "reference" / name
    if update_golden:
        page.write_text(PAGES[name](), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == PAGES[name]()


@pytest.mark.parametrize(("name", "command"), list(command_tree()))
def test_every_command_has_help_and_every_verb_an_example(
    name: str, command: click.Command
) -> None:
    assert (command.help or "").strip()
    if not isinstance(command, click.Group):
        assert str(command.epilog).startswith((name, f'eval "$({name}'))


@pytest.mark.parametrize("name", [name for name, _ in command_tree()])
def test_every_command_stands_in_the_reference(name: str) -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    assert f"\n## {name}\n" in page


@pytest.mark.parametrize(("name", "command"), list(command_tree()))
def test_every_option_and_argument_is_explained(name: str, command: click.Command) -> None:
    ctx = click.Context(command, info_name=name)
    for param in command.get_params(ctx):
        if isinstance(param, click.Option):
            assert param.help, param.name
    assert command.get_help(ctx)


def test_every_verb_has_a_sample_in_the_json_reference() -> None:
    verbs = {
        name.removeprefix("multicooker ")
        for name, command in command_tree()
        if not isinstance(command, click.Group)
    }
    assert verbs <= set(VERBS)


def test_every_error_has_its_own_exit_code_and_it_is_documented() -> None:
    page = exit_codes_page()
    kinds = errors.all_error_types()
    assert len({kind.exit_code for kind in kinds}) == len(kinds)
    for kind in kinds:
        assert f"| {kind.exit_code} |" in page
        assert kind.summary in page
