"""What the shell's TAB offers. Only folder names are read, so that it answers at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from multicooker.cli.invocation import Invocation


def tasks(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Return the cooks here."""
    root = _cooks(ctx)
    names = (name for name in _folders(root) if (root / name / "BRIEF.md").is_file())
    return _matching(names, incomplete)


def cells(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Return the cells of the task on the command line that ever ran."""
    cook = _cooks(ctx) / str(ctx.params.get("task", ""))
    judges = (f"judge-{name}" for name in _folders(cook / "judging"))
    return _matching([*_folders(cook / "work"), *judges], incomplete)


def flavors(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Return the flavors that are folders: built in, or next to the cooks."""
    package = Path(__file__).parents[1]
    roots = (
        package / "_templates" / "cook" / "participants",
        package.parent / "templates" / "cook" / "participants",
        _cooks(ctx).parent / "flavors",
    )
    return _matching({name for root in roots for name in _folders(root)}, incomplete)


def _cooks(ctx: click.Context) -> Path:
    call = ctx.find_object(Invocation)
    if call is not None and call.cooks is not None:
        return Path(call.cooks)
    here = Path.cwd()
    return next((at / "cooks" for at in (here, *here.parents) if (at / "cooks").is_dir()), here)


def _folders(root: Path) -> Iterator[str]:
    """Yield names of folders; those that are no names of ours are never offered to a shell."""
    from multicooker.domain.cook import check_name

    try:
        with os.scandir(root) as entries:
            found = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return
    for name in found:
        try:
            check_name("", name)
        except ValueError:
            continue
        yield name


def _matching(names: Iterable[str], incomplete: str) -> list[str]:
    return sorted(name for name in names if name.startswith(incomplete))
