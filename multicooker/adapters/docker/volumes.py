"""Named volumes on the engine, those of logins among them."""

from __future__ import annotations

from collections.abc import Sequence

from multicooker.adapters.docker import failure
from multicooker.adapters.docker.process import ask

_REMOVE_SECONDS = 60.0


def present(names: Sequence[str], *, seconds: float) -> tuple[str, ...]:
    """Return those that are there, in the order asked for."""
    if not names:
        return ()
    text = ask(
        ("volume", "inspect", "--format", "{{.Name}}", *names),
        what="looking for volumes",
        seconds=seconds,
        tolerate=failure.only_missing,
    )
    found = set(text.split())
    return tuple(name for name in names if name in found)


def like(beginning: str, *, seconds: float) -> tuple[str, ...]:
    """Return those whose names begin so, sorted."""
    argv = ("volume", "ls", "--filter", f"name={beginning}", "--format", "{{.Name}}")
    names = ask(argv, what="looking for volumes", seconds=seconds).split()
    return tuple(sorted(name for name in names if name.startswith(beginning)))


def remove(names: Sequence[str], *, seconds: float) -> tuple[str, ...]:
    """Remove those that are there and return them; EngineError where one is in use."""
    there = present(names, seconds=seconds)
    if there:
        what = f"removing {', '.join(there)}"
        ask(("volume", "rm", *there), what=what, seconds=_REMOVE_SECONDS)
    return there
