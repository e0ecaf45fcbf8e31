"""Compose projects of busybox cells, for tests that need the real engine and nothing else.

What a cell does is written as for the fake engine (`tests/fakes/cell_scripts.py`) or as a shell
command. Every project has a name of its own and is removed when its test ends.
"""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from multicooker.adapters.docker import DockerEngine
from multicooker.adapters.images.bases import Bases
from multicooker.domain.flavor import BaseImage
from multicooker.domain.round import Project
from tests.fakes.cell_scripts import CannotStart, Ends, Receives, Script

BUSYBOX = BaseImage(name="busybox:stable", debian=("busybox-static",), bare=True)
LABEL = "com.docker.compose.project"

Service = Mapping[str, object]


@pytest.fixture(scope="session")
def busybox_image() -> str:
    """Return a busybox image: what the engine has, or else one made of this machine's busybox."""
    return Bases().ensure(BUSYBOX, engine=DockerEngine(), ca_bundle=None, tell=lambda _: None)


def docker(*argv: str) -> str:
    """Return what a docker command prints; fails where it does."""
    ran = subprocess.run(["docker", *argv], check=True, capture_output=True, text=True, timeout=60)
    return ran.stdout


def shell(image: str, command: str, **more: object) -> Service:
    """Return a service that runs a shell command without a network."""
    return {
        "image": image,
        "command": ["/bin/sh", "-c", command.replace("$", "$$")],
        "network_mode": "none",
        "init": True,
        **more,
    }


def service(image: str, script: Script) -> Service:
    """Return a service that does what the script says."""
    if isinstance(script, CannotStart):
        return {"image": image, "command": [f"/{script.error}"], "network_mode": "none"}
    if isinstance(script, Receives):
        path = script.path
        wait = f"until [ -f {path} ]; do sleep 0.05; done"
        return shell(image, f"{wait}; cat {path}; stat -c ' %a' {path}")
    log = base64.b64encode(script.log).decode("ascii")
    prints = f"echo {log} | base64 -d"
    if isinstance(script, Ends):
        return shell(image, f"{prints}; sleep {script.after}; exit {script.code}")
    if script.ignores_stop:
        return shell(image, f"trap '' TERM; {prints}; while :; do sleep 0.1; done")
    return shell(image, f"{prints}; exec sleep 1000")


@contextmanager
def compose_project(
    folder: Path, services: Mapping[str, Service], **more: object
) -> Iterator[Project]:
    """Write compose.yaml and yield its project; nothing of it is left on the engine afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    project = Project(name=f"mc-test-{uuid4().hex[:12]}", folder=str(folder), task="test")
    document = {"name": project.name, "services": dict(services), **more}
    (folder / "compose.yaml").write_text(json.dumps(document), encoding="utf-8")
    try:
        yield project
    finally:
        DockerEngine().remove(project)
        assert left_of(project) == []


def left_of(project: Project) -> list[str]:
    """Return what bears the project's label on the engine."""
    wanted = ("--quiet", "--filter", f"label={LABEL}={project.name}")
    return [
        name
        for kind in (("container", "ls", "--all"), ("network", "ls"), ("volume", "ls"))
        for name in docker(*kind, *wanted).split()
    ]
