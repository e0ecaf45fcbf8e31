"""Cook folders to measure with, and the same compose file without multicooker."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from benchmarks.program import MULTICOOKER, environment, run

HERE = Path(__file__).parent
_SMALL = "resources: {memory: 64m, cpus: 1, pids: 64}"


def noop_spec(cells: int, *, network: str) -> str:
    """Return a cook.yaml with that many cells that write one file."""
    lines = [f"network: {network}", "judges: []", "participants:"]
    lines += [f"  - {{name: cell{at}, flavor: noop, {_SMALL}}}" for at in range(1, cells + 1)]
    return "\n".join(lines) + "\n"


def noop_cook(cooks: Path, task: str, spec: str) -> Path:
    """Make a cook of noop cells and return its folder."""
    folder = cooks / task
    (folder / "flavors").mkdir(parents=True)
    shutil.copytree(HERE / "noop", folder / "flavors" / "noop")
    (folder / "BRIEF.md").write_text("# Nothing\n\nWrite one file.\n", encoding="utf-8")
    (folder / "cook.yaml").write_text(spec, encoding="utf-8")
    return folder


def multicooker(cooks: Path, *words: str) -> float:
    """Run multicooker quietly on a folder of cooks and return its seconds."""
    return run([MULTICOOKER, "--quiet", "--cooks", str(cooks), *words])


def up_and_down(folder: Path, *, judges: Sequence[str] = ()) -> float:
    """Do by hand what a cook does on the engine, and return the seconds.

    The same compose file, in a copy of the cook's folder: its participants, then the named judges.
    """
    try:
        seconds = run(["docker", "compose", "up"], cwd=folder)
        if judges:
            seconds += run(["docker", "compose", "up", *judges], cwd=folder)
        return seconds + _down(folder)
    except BaseException:
        with suppress(subprocess.CalledProcessError):
            _down(folder)
        raise


def _down(folder: Path) -> float:
    return run(["docker", "compose", "--profile", "judge", "down"], cwd=folder)


def bare_copy(cook: Path, target: Path) -> Path:
    """Copy a cook that ran once, owners and all, and return the copy."""
    run(["cp", "-a", str(cook), str(target)])
    return target


def empty_outputs(folder: Path) -> None:
    """Take away what cells wrote, so that they write it again."""
    for out in (*folder.glob("work/*/out"), *folder.glob("judging/*/*/out")):
        for path in out.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def counted_calls(cooks: Path, words: Sequence[str], *, scratch: Path) -> int:
    """Return how many docker clients multicooker starts, by a `docker` of our own before theirs."""
    real = shutil.which("docker")
    if real is None:
        raise FileNotFoundError("docker")
    shim, calls = scratch / "shim", scratch / "calls"
    shim.mkdir(exist_ok=True)
    calls.write_bytes(b"")
    script = shim / "docker"
    script.write_text(f'#!/bin/sh\necho "$*" >>"{calls}"\nexec "{real}" "$@"\n', encoding="utf-8")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    env = environment()
    env["PATH"] = f"{shim}{os.pathsep}{env['PATH']}"
    run([MULTICOOKER, "--quiet", "--cooks", str(cooks), *words], env=env)
    return len(calls.read_text().splitlines())
