"""Base images made from this machine's packages, on the real engine.

What these tests make stays on the engine under a name that holds a hash of the code that made it:
they make it again when that code changes, and need no network when it did not.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from multicooker.adapters import processes
from multicooker.adapters.docker import DockerEngine
from multicooker.adapters.images import apt, bases
from multicooker.adapters.images import bare as bases_bare
from multicooker.adapters.images import debian as bases_debian
from multicooker.adapters.images.bases import Bases, made_tag
from multicooker.domain.flavor import BaseImage

pytestmark = pytest.mark.docker

CODE = b"".join(
    Path(str(module.__file__)).read_bytes()
    for module in (apt, bases, bases_bare, bases_debian, processes)
)


def docker(*argv: str) -> str:
    return subprocess.run(
        ["docker", *argv], check=True, capture_output=True, text=True, timeout=60
    ).stdout


def name_of(kind: str) -> str:
    """Return a base's name that no registry has; bases that older code made are removed."""
    name = f"mc-test-{kind}-{hashlib.sha256(CODE).hexdigest()[:12]}:1"
    tags = docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split()
    old = [tag for tag in tags if f"mc-test-{kind}-" in tag and name.partition(":")[0] not in tag]
    if old:
        docker("image", "rm", *old)
    return name


def ensure(base: BaseImage) -> tuple[str, list[str]]:
    """Return the image and what was told; nothing may be left of making it."""
    told: list[str] = []
    before = leftovers()
    image = Bases().ensure(base, engine=DockerEngine(), ca_bundle=None, tell=told.append)
    assert leftovers() <= before
    assert image == made_tag(base)
    return image, told


def leftovers() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("multicooker-base-*"))


def in_image(image: str, script: str) -> str:
    hardened = ("--network=none", "--read-only", "--user=1000:1000", "--cap-drop=ALL")
    return docker("run", "--rm", *hardened, image, "/bin/sh", "-c", script)


def bare() -> BaseImage:
    return BaseImage(name=name_of("bare"), debian=("busybox-static",), bare=True)


def test_a_bare_base_is_made_in_seconds_and_runs_what_cells_need() -> None:
    begun = time.monotonic()
    image, told = ensure(bare())
    assert time.monotonic() - begun < 30  # 0.2 s, 5 s with a download; busy machines are slower
    assert len(told) == 1
    script = "echo b a | awk '{print $2 $1}' | sed s/a/A/; command -v /usr/bin/env; ls -d /tmp"
    assert in_image(image, script).split() == ["Ab", "/usr/bin/env", "/tmp"]


def test_a_base_that_is_there_needs_no_program_but_the_docker_client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = bare()
    made, _ = ensure(base)
    client = shutil.which("docker")
    assert client is not None
    (tmp_path / "docker").symlink_to(client)
    monkeypatch.setenv("PATH", str(tmp_path))  # no apt, no dpkg
    again, told = ensure(base)
    assert again == made
    assert told == [f"base {base.name}: {made}, made here before"]


def test_a_package_that_is_not_installed_is_downloaded() -> None:
    base = BaseImage(name=name_of("static"), debian=("busybox-static", "bash-static"), bare=True)
    image, _ = ensure(base)
    assert in_image(image, "bash-static -c 'echo $((40 + 2))'") == "42\n"


def whole() -> BaseImage:
    assert os.geteuid() == 0, "only root can make a Debian root"
    return BaseImage(name=name_of("whole"), debian=("ca-certificates",))


def test_a_whole_base_is_bootstrapped_where_no_registry_has_it() -> None:
    image, told = ensure(whole())
    assert any("made" in line for line in told)
    script = ". /etc/os-release; echo $ID; test -s /etc/ssl/certs/ca-certificates.crt && echo cas"
    assert in_image(image, script).split() == ["debian", "cas"]
    assert "99mmdebstrap" not in in_image(image, "ls /etc/apt/apt.conf.d")


def test_docker_alone_finds_a_whole_base_made_here_by_its_declared_name() -> None:
    base = whole()
    image, _ = ensure(base)
    docker("image", "rm", base.name)
    again, told = ensure(base)
    assert again == image
    assert "stands in" in told[-1]
    assert in_image(base.name, "echo found") == "found\n"


def test_the_machines_own_authorities_are_at_hand_in_a_base_and_trusted_by_nothing() -> None:
    image, _ = ensure(whole())
    folder = Path(bases_debian.OWN_AUTHORITIES)
    own = {path.name: path.read_text() for path in folder.rglob("*.crt")}
    there = in_image(image, f"ls {folder}").split()
    trusted = in_image(image, "cat /etc/ssl/certs/ca-certificates.crt")
    assert set(there) == set(own)
    lines = {name: text.split() for name, text in own.items()}
    assert not any(found[len(found) // 2] in trusted for found in lines.values())
