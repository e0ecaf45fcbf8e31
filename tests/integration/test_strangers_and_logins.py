"""Another user of the same machine: reads no copy of a login, and cannot lay a trap for one."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from multicooker.adapters.docker import DockerEngine
from multicooker.adapters.folder.workspace import CookFolder
from multicooker.adapters.images.bases import Bases
from multicooker.domain.flavor import BaseImage
from multicooker.errors import BadInputError

pytestmark = pytest.mark.docker

CANARY = b"MCCANARY_2f60aa"
STRANGER = "4321:4321"
US = "1000:1000"

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def as_user(tmp_path: Path) -> Iterator[Run]:
    """Return a way to run shell script as any user in the folder `cook`, as if on this host."""
    base = BaseImage(name="busybox:stable", debian=("busybox-static",), bare=True)
    image = Bases().ensure(base, engine=DockerEngine(), ca_bundle=None, tell=lambda _line: None)
    folder = tmp_path / "cook"
    folder.mkdir(mode=0o755)

    def run(user: str, script: str) -> subprocess.CompletedProcess[str]:
        argv = ["docker", "run", "--rm", "--network=none", f"--user={user}"]
        argv += [f"--volume={folder}:/cook", "--workdir=/cook", image, "sh", "-c", script]
        return subprocess.run(argv, check=False, capture_output=True, text=True, timeout=60)

    yield run
    run("0:0", "rm -rf /cook/.auth")  # what strangers own, pytest cannot remove


def test_a_stranger_reads_neither_logins_nor_the_key_of_a_seal(
    tmp_path: Path, as_user: Run
) -> None:
    workspace = CookFolder(tmp_path / "cook")
    workspace.make_folder(".auth/acme", owner=US)
    workspace.write(".auth/acme/0", CANARY, owner=US)
    workspace.write(".seal/key.json", CANARY)
    for script in ("cat .auth/acme/0", "ls .auth", "cat .seal/key.json", "ls .seal"):
        ran = as_user(STRANGER, script)
        assert "Permission denied" in ran.stderr, script
        assert CANARY.decode() not in ran.stdout
    assert as_user("0:0", "cat .auth/acme/0").stdout == CANARY.decode()


def test_a_folder_that_a_stranger_made_gets_no_login(tmp_path: Path, as_user: Run) -> None:
    made = as_user("0:0", "mkdir .auth && chmod 777 .auth && chown 4321:4321 .auth")
    assert made.returncode == 0
    workspace = CookFolder(tmp_path / "cook")
    with pytest.raises(BadInputError, match="somebody else"):
        workspace.make_folder(".auth", owner=US)
    assert list((tmp_path / "cook" / ".auth").iterdir()) == []
