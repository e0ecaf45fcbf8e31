"""Errands and visits on the real engine: how they are held, and a person in a terminal."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from multicooker.adapters.docker import DockerEngine
from multicooker.domain.cook import NetworkMode
from multicooker.domain.round import Mount, Tmpfs
from multicooker.errors import EngineError
from multicooker.ports import Errand, Visit
from tests.compose_projects import docker
from tests.terminals import PATIENCE, Terminal

pytestmark = pytest.mark.docker

CANARY = "MCCANARY_7d1f0a"
LEAVE = "\x11\x11"
"""Ctrl-Q Ctrl-Q."""
ATTEND = """
import sys
from multicooker.adapters.docker import DockerEngine
from multicooker.ports import Visit
name, image, script = sys.argv[1:4]
argv = ("/bin/sh", "-c", script)
visit = Visit(name=name, image=image, argv=argv, user="1000:1000", workdir="/")
sys.exit(DockerEngine().attend(visit))
"""
HELD = """\
grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status
id -u; touch /x 2>&1; hostname"""


@pytest.fixture
def name() -> Iterator[str]:
    """Return a name for a visit of which nothing is left when the test ends."""
    name = f"mc-test-{uuid4().hex[:12]}"
    yield name
    DockerEngine().end_visit(name, grace=0)
    assert docker("network", "ls", "--quiet", "--filter", f"name={name}") == ""


def attend(name: str, image: str, script: str) -> list[str]:
    return [sys.executable, "-c", ATTEND, name, image, script]


def inspected(name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = json.loads(docker("inspect", name))
    return found[0]


# --- errands ---------------------------------------------------------------------------------


def test_an_errand_is_held_like_a_cell(busybox_image: str) -> None:
    errand = Errand(image=busybox_image, argv=("/bin/sh", "-c", HELD), user="1000:1000")

    told = DockerEngine().errand(errand).decode()

    assert "CapEff:\t0000000000000000" in told
    assert "CapBnd:\t0000000000000000" in told
    assert "NoNewPrivs:\t1" in told
    assert "Seccomp:\t2" in told
    assert "\n1000\n" in told
    assert "Read-only file system" in told


def test_an_errand_of_roots_repairs_whose_a_volume_is(
    busybox_image: str, request: pytest.FixtureRequest
) -> None:
    volume = f"mc-test-{uuid4().hex[:12]}-auth"
    request.addfinalizer(lambda: DockerEngine().remove_volumes([volume]))
    look = ("/bin/sh", "-c", "stat -c '%u:%g %a' /volume; cat /volume/login 2>&1")
    looks = Errand(image=busybox_image, argv=look, user="1000:1000", volumes={volume: "/volume"})
    writes = replace(
        looks,
        user="0:0",
        read_only=False,
        argv=("/bin/sh", "-c", "echo login > /volume/login; chmod 600 /volume/login"),
    )
    repairs = replace(
        writes, argv=("/bin/sh", "-c", "chmod 700 /volume; chown -R 1000:1000 /volume")
    )
    engine = DockerEngine()

    engine.errand(writes)
    with pytest.raises(EngineError, match="exit code 1"):
        engine.errand(looks)
    engine.errand(repairs)

    assert engine.errand(looks) == b"1000:1000 700\nlogin\n"


def test_an_errand_without_network_reaches_nobody(busybox_image: str) -> None:
    argv = ("/bin/sh", "-c", "ls /sys/class/net")

    assert DockerEngine().errand(Errand(image=busybox_image, argv=argv)) == b"lo\n"


def test_an_errand_with_network_finds_hosts_where_it_was_told(busybox_image: str) -> None:
    argv = ("/bin/sh", "-c", "ls /sys/class/net; grep example /etc/hosts")
    errand = Errand(
        image=busybox_image, argv=argv, network=True, hosts={"api.example.com": "192.0.2.7"}
    )

    told = DockerEngine().errand(errand)

    assert b"eth0" in told
    assert b"192.0.2.7\tapi.example.com" in told


def test_an_errand_sees_a_file_of_the_hosts_whatever_its_name(
    busybox_image: str, tmp_path: Path
) -> None:
    file = tmp_path / 'a, "b" =c.txt'
    file.write_text("here\n", encoding="utf-8")
    errand = Errand(image=busybox_image, argv=("cat", "/seen"), files={str(file): "/seen"})

    assert DockerEngine().errand(errand) == b"here\n"


def test_nothing_stays_of_an_errand_that_took_too_long(busybox_image: str) -> None:
    mark = uuid4().hex
    argv = ("/bin/sh", "-c", f"sleep 1000; echo {mark}")

    with pytest.raises(EngineError, match="no answer"):
        DockerEngine().errand(Errand(image=busybox_image, argv=argv, seconds=0.5))

    assert mark not in docker("ps", "--all", "--no-trunc", "--format", "{{.Command}}")


# --- visits ----------------------------------------------------------------------------------


def test_a_visit_is_held_like_a_cell(
    name: str, busybox_image: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    tmp_path.chmod(0o755)
    visit = Visit(
        name=name,
        image=busybox_image,
        argv=("/bin/sh", "-c", f"{HELD}; pwd; ls /workspace; stat -c %u /root; cat /run/secrets/x"),
        user="1000:1000",
        environment={"HOME": "/root"},
        binds=(Mount(source=str(tmp_path), target="/workspace", read_only=False),),
        tmpfs=(
            Tmpfs(target="/root", size=1024**2),
            Tmpfs(target="/run/secrets", size=1024**2, executable=False),
        ),
        tty=False,
        input=b"",
        gifts={},
    )
    (tmp_path / "only-this").write_text("x", encoding="utf-8")

    assert DockerEngine().attend(visit) == 1

    told = capfd.readouterr().out
    assert "CapBnd:\t0000000000000000" in told
    assert "NoNewPrivs:\t1" in told
    assert "Read-only file system" in told
    assert "\ncell\n/workspace\nonly-this\n1000\n" in told


def test_what_a_visit_is_given_is_in_no_inspection_and_no_argument(
    name: str, busybox_image: str
) -> None:
    visit = Visit(
        name=name,
        image=busybox_image,
        argv=("sleep", "1000"),
        user="1000:1000",
        workdir="/",
        tmpfs=(Tmpfs(target="/run/secrets", size=1024**2, executable=False),),
        network=NetworkMode.NONE,
        detach=True,
        gifts={"/run/secrets/x": CANARY.encode()},
    )

    DockerEngine().attend(visit)

    held = docker(
        "exec", name, "/bin/sh", "-c", "cat /run/secrets/x; stat -c ' %u %a' /run/secrets/x"
    )
    assert held == f"{CANARY} 1000 600\n"
    assert CANARY not in json.dumps(inspected(name))
    assert CANARY not in docker("top", name)
    assert CANARY not in docker("exec", name, "env")


def test_a_visits_network_is_its_own_and_goes_with_it(name: str, busybox_image: str) -> None:
    visit = Visit(
        name=name, image=busybox_image, argv=("sleep", "9"), user="1:1", workdir="/", detach=True
    )
    engine = DockerEngine()

    engine.attend(visit)

    assert list(inspected(name)["NetworkSettings"]["Networks"]) == [name]
    engine.end_visit(name, grace=0)
    assert docker("network", "ls", "--quiet", "--filter", f"name={name}") == ""


def test_two_may_end_a_visit_at_once(name: str, busybox_image: str) -> None:
    visit = Visit(
        name=name, image=busybox_image, argv=("sleep", "9"), user="1:1", workdir="/", detach=True
    )
    DockerEngine().attend(visit)

    with ThreadPoolExecutor() as several:
        ends = [several.submit(DockerEngine().end_visit, name, grace=0) for _ in range(4)]

    assert True in [one.result() for one in ends]
    assert name not in docker("ps", "--all")


def test_a_visit_that_cannot_start_leaves_nothing_and_says_why(
    name: str, busybox_image: str
) -> None:
    works = Visit(
        name=name,
        image=busybox_image,
        argv=("true",),
        user="1:1",
        workdir="/",
        tty=False,
        input=b"",
    )
    missing = Mount(source="/no-such-folder", target="/workspace")

    for visit, why in (
        (replace(works, image="mc-test-nowhere:1"), "mc-test-nowhere"),
        (replace(works, binds=(missing,)), "no-such-folder"),
        (replace(works, workdir="/bin/sh"), "not a directory"),
    ):
        for detach in (False, True):
            with pytest.raises(EngineError, match=why):
                DockerEngine().attend(replace(visit, detach=detach))

    assert name not in docker("ps", "--all")
    assert name not in docker("network", "ls")


def test_a_person_types_resizes_and_ends_a_visit(name: str, busybox_image: str) -> None:
    script = (
        "echo ready; while read -r line; do case $line in size) stty size;; *) exit 9;; esac; done"
    )
    with Terminal(attend(name, busybox_image, script), size=(30, 100)) as terminal:
        terminal.until("ready")
        until_it_is(terminal, "30 100")
        terminal.resize(50, 140)
        until_it_is(terminal, "50 140")
        terminal.type("end\n")

        assert terminal.wait() == 9
        assert terminal.is_as_before()

    assert name not in docker("ps", "--all")


def test_a_person_leaves_a_visit_and_comes_back(name: str, busybox_image: str) -> None:
    script = "echo ready; read -r line; echo got $line; read -r line; exit 4"
    with Terminal(attend(name, busybox_image, script)) as terminal:
        terminal.until("ready")
        terminal.type("one\n")
        terminal.until("got one")
        terminal.type(LEAVE)

        assert terminal.wait() == 0
        assert terminal.is_as_before()
        assert "\x1b[?1049l" in terminal.screen.partition("got one")[2]

    assert inspected(name)["State"]["Running"]
    with Terminal(attend(name, busybox_image, script)) as terminal:
        terminal.type("two\n")

        assert terminal.wait() == 4


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGKILL])
def test_a_visit_outlives_the_program_that_was_killed(
    name: str, busybox_image: str, number: signal.Signals
) -> None:
    with Terminal(attend(name, busybox_image, "echo ready; read -r line; exit 4")) as terminal:
        terminal.until("ready")
        os.kill(child_of(terminal.process.pid), number)
        terminal.process.wait(timeout=PATIENCE)

    assert inspected(name)["State"]["Running"]


def until_it_is(terminal: Terminal, size: str) -> None:
    """Ask until the size is another one: nobody promises when it comes through."""
    deadline = time.monotonic() + PATIENCE
    while size not in terminal.text:
        assert time.monotonic() < deadline, terminal.text
        terminal.type("size\n")
        terminal.wait_a_little()


def child_of(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return int(children[0])
