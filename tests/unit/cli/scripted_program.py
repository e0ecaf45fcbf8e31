"""The program with scripted verbs, for tests that need a process, a pipe or a terminal.

Its first argument is a scene; what follows is given to the command.
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from multicooker.cli.main import cli
from multicooker.errors import CancelledError
from multicooker.ports import CellRow
from tests.unit.cli.calls import Caller, Counter, answering

HOSTILE = "\x1b[2J\x1b]0;evil\x07 \x9b2J \r done"


def rows(state: str) -> list[CellRow]:
    return [
        CellRow(
            name=name,
            flavor="demo",
            state=state,
            seconds=1.0,
            timeout=1800,
            bytes_written=12_345,
            last_line=HOSTILE,
        )
        for name in ("saffron", "basil")
    ]


def cook_until_stopped(kitchen: Counter) -> object:
    """Cook as the real verb does: look at the wish to stop once per tick."""
    kitchen.progress.stage("run")
    kitchen.progress.cells(rows("running"))
    if "announced" in os.environ.get("SCENE", ""):
        os.write(2, b"cooking\n")
    tick = threading.Event()
    while not kitchen.stopped():
        tick.wait(0.02)
    kitchen.progress.cells(rows("stopping"))
    if "stubborn" in os.environ.get("SCENE", ""):
        tick.wait(30)
    Path(os.environ["LEFT"]).write_text("stopped politely", encoding="utf-8")
    raise CancelledError("stopped", hint="go on with `multicooker cook landing`")


def cook(kitchen: Counter) -> object:
    kitchen.progress.stage("run")
    kitchen.progress.cells(rows("running"))
    kitchen.progress.cells(rows("ended"))
    return Caller().verbs.cook(None)


SCENES: dict[str, tuple[Caller, list[str]]] = {
    "status": (answering(), ["status", "landing"]),
    "endless-logs": (
        answering(logs=lambda _: (("saffron", "again") for _ in itertools.count())),
        ["logs", "landing"],
    ),
    "logs-in-latin-1": (answering(logs=[("saffron", "été")]), ["logs", "landing"]),
    "cook": (answering(cook=cook), ["cook", "landing"]),
    "cook-until-stopped": (answering(cook=cook_until_stopped), ["cook", "landing"]),
}


if __name__ == "__main__":
    scene, *more = sys.argv[1:]
    if scene == "logs-in-latin-1":
        sys.stdout.reconfigure(encoding="latin-1")  # type: ignore[union-attr]  # a real stdout
    caller, words = SCENES[scene]
    cli.main([*words, *more], obj=caller.invocation())
