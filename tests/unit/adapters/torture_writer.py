"""Kills a writing process again and again; prints how often its file was torn.

A program of its own, because it forks: `torture_writer.py FOLDER KILLS`.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import time
from pathlib import Path

from multicooker.adapters.folder.workspace import CookFolder

LENGTH = 20_000


def write_for_ever(folder: Path, ready: int, start: int) -> None:
    """Write ever new contents that tell whether they are whole."""
    workspace = CookFolder(folder)
    number = start
    while True:
        number += 1
        workspace.write("status.json", json.dumps({"n": number, "filler": str(number) * LENGTH}))
        os.write(ready, b".")


def kill_once(folder: Path, number: int, chance: random.Random) -> None:
    """Let a child write; kill it some moments after its first write."""
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        write_for_ever(folder, writable, number * 1_000_000)
    select.select([readable], [], [], 10)
    time.sleep(chance.uniform(0, 0.005))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(readable)
    os.close(writable)


def main() -> None:
    folder, kills = Path(sys.argv[1]), int(sys.argv[2])
    chance = random.Random(1)  # noqa: S311  # the same moments in every run
    torn = 0
    contents = set()
    for number in range(kills):
        kill_once(folder, number, chance)
        try:
            found = json.loads((folder / "status.json").read_text())
            assert found["filler"] == str(found["n"]) * LENGTH
            contents.add(found["n"])
        except (ValueError, AssertionError):
            torn += 1
    sys.stdout.write(json.dumps({"kills": kills, "torn": torn, "contents": len(contents)}))


if __name__ == "__main__":
    main()
