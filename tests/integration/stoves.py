"""The program as a user runs it: processes of its own, seen from outside.

A stove cooks in one temporary folder and leaves nothing, neither on the engine nor running.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self, TypeVar
from uuid import uuid4

import yaml

from multicooker.adapters.docker import DockerEngine
from multicooker.adapters.folder.workspace import CookFolder
from multicooker.app.opening import project_of
from multicooker.domain.round import Project
from tests.compose_projects import docker, left_of
from tests.integration.kitchens import BRIEF

DEMO = Path(__file__).parents[2] / "templates/cook/participants/demo"
PROGRAM = (sys.executable, "-m", "multicooker")
SMALL = {"memory": "64m", "cpus": 1, "pids": 64}
ENTRYPOINT = '#!/bin/sh\n# Does what the cook.yaml of a test says.\neval "$MULTICOOKER_OPTION_DO"\n'

_Found = TypeVar("_Found")


def until(what: str, look: Callable[[], _Found | None], *, seconds: float = 30.0) -> _Found:
    """Return what `look` finds as soon as it is something; fails where that takes too long."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited {seconds:g} s for: {what}"
        time.sleep(0.02)
    return found


class Stove:
    """Runs the program on the cooks in `root/cooks`; a context manager that tidies up."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cooks = root / "cooks"
        self.cooks.mkdir()
        self.shell = f"shell-{uuid4().hex[:8]}"
        """A flavor whose cells do what their option `do` says; `lay` makes it."""
        self._started: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._started:
            _end(process)
        for folder in self.cooks.iterdir():
            if folder.is_dir() and not folder.is_symlink():
                DockerEngine().remove(self.project(folder.name))
        images = docker(
            "image", "ls", "-q", "--filter", f"label=dev.multicooker.flavor={self.shell}"
        )
        if images:
            docker("image", "rm", *docker_tags(self.shell))

    def lay(
        self,
        task: str,
        spec: Mapping[str, object],
        *,
        brief: str = BRIEF,
        scripts: Mapping[str, str] | None = None,
        flavor: Mapping[str, object] | None = None,
    ) -> Path:
        """Write a cook that brings the flavor `self.shell`; `scripts` lie beside its entrypoint."""
        folder = self.cooks / task
        home = folder / "flavors" / self.shell
        home.mkdir(parents=True)
        (folder / "BRIEF.md").write_text(brief, encoding="utf-8")
        text = json.dumps(spec, ensure_ascii=False)
        (folder / "cook.yaml").write_text(text, encoding="utf-8")
        base = yaml.safe_load((DEMO / "flavor.yaml").read_text(encoding="utf-8"))["base"]
        about: dict[str, object] = {
            "name": self.shell,
            "summary": "does what it is told",
            "family": "shell",
            "roles": ["participant", "judge"],
            "base": base,
            "options": {"do": [], "say": []},
        }
        (home / "flavor.yaml").write_text(json.dumps({**about, **(flavor or {})}), "utf-8")
        (home / "Dockerfile.base").write_bytes((DEMO / "Dockerfile.base").read_bytes())
        (home / "README.md").write_text("For tests.\n", encoding="utf-8")
        for name, text in {"entrypoint.sh": ENTRYPOINT, **(scripts or {})}.items():
            (home / name).write_text(text, encoding="utf-8")
        return folder

    def does(self, name: str, script: str, **more: object) -> dict[str, object]:
        """Return a participant or judge of cook.yaml whose cell runs a shell script."""
        return {
            "name": name,
            "flavor": self.shell,
            "resources": SMALL,
            "options": {"do": script},
            **more,
        }

    def start(
        self,
        *words: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        prefix: Sequence[str] = (),
        **more: Any,
    ) -> subprocess.Popen[str]:
        """Start the program; what still runs in the end is killed."""
        process = subprocess.Popen(
            (*prefix, *PROGRAM, "-C", str(self.cooks), *words),
            env={**os.environ, **(env or {})},
            cwd=cwd or self.root,
            **{
                "stdin": subprocess.DEVNULL,
                "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE,
                "text": True,
                **more,
            },
        )
        self._started.append(process)
        return process

    def run(
        self, *words: str, seconds: float = 120.0, **more: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run the program to its end."""
        process = self.start(*words, **more)
        output, errors = process.communicate(timeout=seconds)
        return subprocess.CompletedProcess(words, process.returncode, output, errors)

    def project(self, task: str) -> Project:
        """Return the compose project of a cook."""
        return project_of(CookFolder(self.cooks / task), task)

    def left(self, task: str) -> list[str]:
        """Return what the engine holds of a cook."""
        return left_of(self.project(task))

    def status(self, task: str) -> dict[str, Any]:
        """Return a cook's status.json, an empty one where there is none yet."""
        with suppress(FileNotFoundError):
            found: dict[str, Any] = json.loads((self.cooks / task / "status.json").read_text())
            return found
        return {"state": "", "cells": []}

    def outcomes(self, task: str) -> dict[str, str]:
        """Return how each cell ended."""
        return {cell["name"]: cell["exit_class"] for cell in self.status(task)["cells"]}

    def wait_for(
        self, task: str, cell: str, path: str, *, by: subprocess.Popen[str] | None = None
    ) -> Path:
        """Wait until a participant has written a file; fails if its cook ends before it does."""
        file = self.cooks / task / "work" / cell / "out" / path
        process = by or self._started[-1]

        def there() -> bool:
            if process.poll() is not None:
                errors = process.stderr.read() if process.stderr else ""
                raise AssertionError(f"it ended with {process.returncode}:\n{errors}")
            return file.exists()

        until(f"{cell} to write {path}", there, seconds=60)
        return file

    def inspect(self, task: str, cell: str) -> dict[str, Any]:
        """Return what the engine knows of a live cell."""
        (found,) = json.loads(docker("inspect", self.project(task).container(cell)))
        assert isinstance(found, dict)
        return found


def docker_tags(flavor: str) -> list[str]:
    """Return the image tags that were built of a flavor."""
    wanted = ("--filter", f"label=dev.multicooker.flavor={flavor}")
    return docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", *wanted).split()


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()
