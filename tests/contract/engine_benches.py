"""Two engines to hold to one contract: the fake, and the one of this machine."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from multicooker.adapters.docker import DockerEngine
from multicooker.domain.cook import NetworkMode
from multicooker.domain.round import Project, Tmpfs
from multicooker.ports import ContainerEngine, Errand, Visit
from tests.compose_projects import busybox_image, compose_project, docker, service
from tests.fakes.clock import FakeClock
from tests.fakes.engine import Does, FakeEngine, Script

__all__ = ["Bench", "bench", "busybox_image"]

GIFTS = "/run/gifts"


class Bench:
    """One engine, and projects on it whose cells follow scripts."""

    def __init__(self, *, base: str) -> None:
        self.base = base
        """An image that is on the engine."""

    def engine(self) -> ContainerEngine:
        raise NotImplementedError

    def volume(self) -> str:
        """Return the name of a volume that is not there, and will not be when the test ends."""
        return f"mc-test-{uuid4().hex[:12]}-auth"

    def errand(self, does: Does, *, volumes: Mapping[str, str] | None = None) -> Errand:
        argv = ("/bin/sh", "-c", shell_of(does), uuid4().hex)
        return Errand(image=self.base, argv=argv, volumes=volumes or {})

    def visit(self, does: Does, *, gifts: Mapping[str, bytes] | None = None) -> Visit:
        """Return a visit without a terminal and without network."""
        waits = [f"until [ -f {path} ]; do sleep 0.05; done; cat {path}" for path in gifts or {}]
        return Visit(
            name=f"mc-test-{uuid4().hex[:12]}",
            image=self.base,
            argv=("/bin/sh", "-c", "; ".join([*waits, shell_of(does)])),
            user="1000:1000",
            workdir="/",
            tmpfs=(Tmpfs(target=GIFTS, size=1024**2),),
            network=NetworkMode.NONE,
            tty=False,
            input=b"",
            gifts=gifts or {},
        )

    def project(self, scripts: Mapping[str, Script]) -> tuple[ContainerEngine, Project]:
        raise NotImplementedError

    def remove_by_hand(self, project: Project, cell: str) -> None:
        raise NotImplementedError


class FakeBench(Bench):
    def __init__(self) -> None:
        super().__init__(base="base:1")
        self._errands: dict[tuple[str, ...], Does] = {}
        self._visits: dict[str, Does] = {}
        self.fake = FakeEngine(
            clock=FakeClock(),
            present={"base:1": "sha256:1"},
            errand_script=lambda errand: self._errands[errand.argv],
            visit_script=lambda visit: self._visits[visit.name],
            broken_runtimes={"no-such-runtime": "unknown runtime"},
        )

    def engine(self) -> ContainerEngine:
        return self.fake

    def project(self, scripts: Mapping[str, Script]) -> tuple[ContainerEngine, Project]:
        self.fake.scripts = scripts
        return self.fake, Project(name="mc-test-1", folder="/cooks/test", task="test")

    def remove_by_hand(self, project: Project, cell: str) -> None:
        self.fake.remove_by_hand(project, cell)

    def errand(self, does: Does, *, volumes: Mapping[str, str] | None = None) -> Errand:
        errand = Bench.errand(self, does, volumes=volumes)
        self._errands[errand.argv] = does
        return errand

    def visit(self, does: Does, *, gifts: Mapping[str, bytes] | None = None) -> Visit:
        visit = Bench.visit(self, does, gifts=gifts)
        given = b"".join((gifts or {}).values())
        self._visits[visit.name] = replace(does, prints=given + does.prints)
        return visit


class RealBench(Bench):
    def __init__(self, *, base: str, folder: Path, cleanup: ExitStack) -> None:
        super().__init__(base=base)
        self._folder = folder
        self._cleanup = cleanup

    def engine(self) -> ContainerEngine:
        return DockerEngine()

    def project(self, scripts: Mapping[str, Script]) -> tuple[ContainerEngine, Project]:
        services = {cell: service(self.base, script) for cell, script in scripts.items()}
        project = self._cleanup.enter_context(compose_project(self._folder, services))
        return DockerEngine(), project

    def remove_by_hand(self, project: Project, cell: str) -> None:
        docker("rm", "--force", project.container(cell))

    def volume(self) -> str:
        name = Bench.volume(self)
        self._cleanup.callback(docker, "volume", "rm", "--force", name)
        return name

    def visit(self, does: Does, *, gifts: Mapping[str, bytes] | None = None) -> Visit:
        visit = Bench.visit(self, does, gifts=gifts)
        self._cleanup.callback(docker, "rm", "--force", visit.name)
        return visit


def shell_of(does: Does) -> str:
    """Return the shell command that does it."""
    lines = [f"sleep {does.after}"] if does.after else []
    for path, data in does.writes.items():
        lines.append(f"{_printing(data)} > {shlex.quote(path)} || exit 1")
    lines.append(_printing(does.prints))
    lines += ["cat"] if does.repeats else []
    lines += [f"cat {shlex.quote(does.shows)} || exit 1"] if does.shows else []
    lines += [f"{_printing(does.complains)} >&2"] if does.complains else []
    lines += ["exec sleep 1000"] if does.stays else []
    return "; ".join([*lines, f"exit {does.code}"])


def _printing(data: bytes) -> str:
    return f"echo {base64.b64encode(data).decode('ascii')} | base64 -d"


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.docker)])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    if request.param == "fake":
        yield FakeBench()
        return
    base: str = request.getfixturevalue("busybox_image")
    with ExitStack() as cleanup:
        yield RealBench(base=base, folder=tmp_path, cleanup=cleanup)
