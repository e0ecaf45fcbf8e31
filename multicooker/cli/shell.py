"""Shell completion."""

from __future__ import annotations

import click

from multicooker.cli import options
from multicooker.cli.invocation import Invocation

VARIABLE = "_MULTICOOKER_COMPLETE"


@click.command(cls=options.Verb, epilog='eval "$(multicooker completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, /, *, shell: str) -> None:
    """Print a script that completes words in your shell."""
    from click.shell_completion import BashComplete, FishComplete, ZshComplete

    from multicooker.app.results import CompletionScript

    kinds = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
    source = kinds[shell](ctx.find_root().command, {}, "multicooker", VARIABLE).source()
    ctx.ensure_object(Invocation).show(CompletionScript(shell=shell, script=source))
