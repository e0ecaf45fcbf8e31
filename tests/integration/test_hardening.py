"""How a cell is held, seen on live containers from outside and from inside."""

from __future__ import annotations

import hashlib
import json
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from multicooker.adapters.system import invoking_user
from tests.compose_projects import docker
from tests.integration.kitchens import judges, participants
from tests.integration.stoves import Stove, until

pytestmark = pytest.mark.docker

CELLS = Path(__file__).parent / "cells"
CANARY = "MCCANARY_51de0c"
WAIT = "; touch /work/out/ready; until [ -e /work/out/go ]; do sleep 0.1; done"
TASK = "held"
SIBLINGS = {"left": "right", "right": "left"}
MIB = 1024**2

REFUSED = r"Read-only file system|Operation not permitted|Permission denied"
MOUNTED = r"Device or resource busy"
TRIES = {
    "home": "",
    "tmp": "",
    "out": "",
    "read-secret": "",
    "read-brief": "",
    "write-root": REFUSED,
    "write-etc": REFUSED,
    "write-brief": REFUSED,
    "write-raw": REFUSED,
    "write-in": REFUSED,
    "write-cell": REFUSED,
    "write-kernel": REFUSED,
    "write-sys": REFUSED,
    "chmod-brief": REFUSED,
    "move-brief": REFUSED,
    "mount": "permission denied",
    "umount": REFUSED,
    "unshare": REFUSED,
    "unshare-mounts": REFUSED,
    "chroot": REFUSED,
    "device": REFUSED,
    "clock": REFUSED,
    "hostname": REFUSED,
    "kernel-log": REFUSED,
    "chown": REFUSED,
    "more-files": REFUSED,
    "cores": REFUSED,
    "su": "must be suid",
    "secret-write": REFUSED,
    "secret-append": REFUSED,
    "secret-remove": MOUNTED,
    "secret-replace": MOUNTED,
    "secret-chmod": REFUSED,
    "secret-link": "Invalid cross-device link",
    "secret-folder": MOUNTED,
}
"""What each try of probe.sh says where it is refused; empty where it has to succeed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen of one cook while its cells lived."""

    folder: Path
    live: dict[str, dict[str, Any]]
    """What the engine says of each live cell."""
    network: dict[str, Any]
    """The network of `left`."""
    port: int
    published: list[str]
    """Addresses of this host that answer on the siblings' port."""
    login_before: tuple[bytes, int]
    login_after: tuple[bytes, int]
    copies: list[bytes]
    """The copy of the login before and after the cell tried to change it."""

    def out(self, cell: str, name: str) -> str:
        below = "judging/owl/1" if cell == "judge-owl" else f"work/{cell}"
        return (self.folder / below / "out" / name).read_text(encoding="utf-8")

    def tries(self, cell: str) -> dict[str, tuple[bool, str]]:
        """Return what probe.sh noted: name to (it worked, its complaint)."""
        lines = (line.split("|", 2) for line in self.out(cell, "probe.txt").splitlines())
        return {name: (code == "0", said) for name, code, said in lines}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Cook once: a cell without network, two open siblings, and a judge."""
    with Stove(tmp_path_factory.mktemp("held")) as stove:
        yield _cook(stove)


def _cook(stove: Stove) -> Seen:
    login = stove.root / "login"
    login.touch(mode=0o600)
    login.write_text(CANARY)
    before = (login.read_bytes(), login.stat().st_mtime_ns)
    port = _free_port()
    folder = _lay(stove, login, port)
    process = stove.start("cook", TASK)
    stove.wait_for(TASK, "inner", "init")
    copy = folder / ".auth" / stove.shell / "token"
    copies = [copy.read_bytes()]
    for cell in SIBLINGS:
        stove.wait_for(TASK, cell, "listening")
    live = {cell: stove.inspect(TASK, cell) for cell in ("inner", *SIBLINGS)}
    network = json.loads(docker("network", "inspect", f"{stove.project(TASK).name}_left"))[0]
    for cell, peer in SIBLINGS.items():
        out = folder / "work" / cell / "out"
        (out / "peer.new").write_text(f"{_address(live[cell])} {_address(live[peer])} {peer}\n")
        (out / "peer.new").rename(out / "peer")
    published = [address for address in ("127.0.0.1", "::1") if _answers(address, port)]
    for cell in ("inner", *SIBLINGS):
        stove.wait_for(TASK, cell, "ready")
        (folder / "work" / cell / "out" / "go").touch()
    owl = folder / "judging/owl/1/out"
    until("the judge to be ready", (owl / "ready").exists)
    live["judge-owl"] = stove.inspect(TASK, "judge-owl")
    copies.append(copy.read_bytes())
    (owl / "go").touch()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 3, errors  # the judge casts no ballot
    return Seen(
        folder=folder,
        live=live,
        network=network,
        port=port,
        published=published,
        login_before=before,
        login_after=(login.read_bytes(), login.stat().st_mtime_ns),
        copies=copies,
    )


def _lay(stove: Stove, login: Path, port: int) -> Path:
    spec = {
        "participants": [
            stove.does("inner", f". /opt/cell/probe.sh{WAIT}", network="none"),
            *(
                stove.does(name, f"set -- {port} {name}; . /opt/cell/sibling.sh{WAIT}")
                for name in SIBLINGS
            ),
        ],
        "judges": [stove.does("owl", f". /opt/cell/probe.sh{WAIT}")],
        "limits": {"timeout": "60s", "judge_timeout": "60s", "jobs": 3},
    }
    folder = stove.lay(
        TASK,
        spec,
        scripts={name: (CELLS / name).read_text() for name in ("probe.sh", "sibling.sh")},
        flavor={
            "hosts": ["api.invalid"],
            "credential": {
                "provider": "shell",
                "sources": [f"file:{login}"],
                "target": "/root/.shell/token",
            },
        },
    )
    (folder / "raw").mkdir()
    (folder / "raw/menu.txt").write_text("bread\n")
    # Names that no sibling has would be asked of the host's name servers: nothing listens here.
    deaf = {cell: {"dns": ["127.0.0.2"]} for cell in SIBLINGS}
    (folder / "compose.override.yaml").write_text(json.dumps({"services": deaf}))
    return folder


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("0.0.0.0", 0))  # noqa: S104  # nothing listens: it is free on every address
        port: int = probe.getsockname()[1]
        return port


def _answers(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=2).close()
    except OSError:
        return False
    return True


def _address(inspected: dict[str, Any]) -> str:
    (network,) = inspected["NetworkSettings"]["Networks"].values()
    return str(network["IPAddress"])


EVERY_CELL = ("inner", "left", "judge-owl")
WITHOUT_PRIVILEGES = {
    "Privileged": False,
    "CapAdd": None,
    "CapDrop": ["ALL"],
    "SecurityOpt": ["no-new-privileges:true"],
    "GroupAdd": None,
    "Devices": None,
    "DeviceRequests": None,
    "DeviceCgroupRules": None,
    "Sysctls": None,
    "CgroupParent": "",
}
OF_ITS_OWN = {
    "PidMode": "",
    "IpcMode": "private",
    "UTSMode": "",
    "UsernsMode": "",
    "CgroupnsMode": "private",
    "VolumesFrom": None,
    "Binds": None,
    "Links": None,
    "PortBindings": None,
    "PublishAllPorts": False,
}
WITHIN_LIMITS = {
    "ReadonlyRootfs": True,
    "Memory": 64 * MIB,
    "MemorySwap": 64 * MIB,
    "NanoCpus": 10**9,
    "PidsLimit": 64,
    "ShmSize": 64 * MIB,
    "OomScoreAdj": 500,
    "OomKillDisable": False,
    "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
    "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}},
    "Init": True,
    "AutoRemove": False,
}
CONFIGURED = {
    "Hostname": "cell",
    "Domainname": "",
    "Tty": False,
    "OpenStdin": False,
    "ExposedPorts": None,
    "Healthcheck": None,
    "StopSignal": "SIGTERM",
    "StopTimeout": 10,
    "WorkingDir": "/work/out",
}


def plain(found: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """Return what stands in `found` of what is wanted; engines write nothing in several ways."""
    return {
        key: None if value is None and not found.get(key) else found.get(key)
        for key, value in wanted.items()
    }


@pytest.mark.parametrize("cell", EVERY_CELL)
def test_the_engine_holds_a_live_cell_as_the_compose_file_says(seen: Seen, cell: str) -> None:
    live = seen.live[cell]
    assert live["State"]["Running"]
    for wanted in (WITHOUT_PRIVILEGES, OF_ITS_OWN, WITHIN_LIMITS):
        assert plain(live["HostConfig"], wanted) == wanted
    assert plain(live["Config"], CONFIGURED) == CONFIGURED
    limits = {
        entry["Name"]: (entry["Soft"], entry["Hard"]) for entry in live["HostConfig"]["Ulimits"]
    }
    assert limits == {"core": (0, 0), "nofile": (4096, 8192), "fsize": (2 * 1024**3,) * 2}
    assert live["Config"]["User"] == invoking_user(seen.folder)
    assert not live["Config"]["User"].startswith("0:")
    assert "/proc/kcore" in live["HostConfig"]["MaskedPaths"]
    assert "/proc/sys" in live["HostConfig"]["ReadonlyPaths"]
    assert live["AppArmorProfile"] != "unconfined"
    assert not any(live["NetworkSettings"]["Ports"].values())


@pytest.mark.parametrize(
    ("cell", "folder", "more"),
    [
        ("inner", "work/inner", {}),
        ("judge-owl", "judging/owl/1", {"/work/submissions": ("submissions", False)}),
    ],
)
def test_nothing_of_the_host_is_mounted_but_what_the_cell_needs(
    seen: Seen, cell: str, folder: str, more: dict[str, tuple[str, bool]]
) -> None:
    found = {
        mount["Destination"]: (Path(mount["Source"]).relative_to(seen.folder), mount["RW"])
        for mount in seen.live[cell]["Mounts"]
    }
    flavor = seen.live[cell]["Config"]["Labels"]["dev.multicooker.flavor"]
    wanted = {
        "/work/BRIEF.md": ("BRIEF.md", False),
        "/work/raw": ("raw", False),
        "/work/in": (f"{folder}/in", False),
        "/work/out": (f"{folder}/out", True),
        "/opt/cell": (f".cells/{flavor}", False),
        "/root/.shell/token": (f".auth/{flavor}/token", False),
        **more,
    }
    assert {target: (str(source), rw) for target, (source, rw) in found.items()} == wanted
    mounts = seen.live[cell]["Mounts"]
    assert {(mount["Type"], mount["Propagation"]) for mount in mounts} == {("bind", "rprivate")}
    for options in seen.live[cell]["HostConfig"]["Tmpfs"].values():
        assert {"nosuid", "nodev"} <= set(options.split(","))


@pytest.mark.parametrize("cell", ["inner", "judge-owl"])
def test_the_kernel_holds_it_that_way_too(seen: Seen, cell: str) -> None:
    status = dict(line.split(":\t", 1) for line in seen.out(cell, "status").splitlines())
    ids = invoking_user(seen.folder).split(":")
    assert status["Uid"].split() == [ids[0]] * 4
    assert status["Gid"].split() == [ids[1]] * 4
    assert status["Groups"].split() in ([], [ids[1]])
    for caps in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[caps], 16) == 0, caps
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert re.search(r"Max core file size +0 +0 ", seen.out(cell, "limits"))
    assert seen.out(cell, "oom").strip() == "500"
    assert seen.out(cell, "init").strip() == "docker-init"
    assert "docker.sock" not in seen.out(cell, "mountinfo")


@pytest.mark.parametrize("cell", ["inner", "judge-owl"])
def test_what_a_cell_must_not_do_fails_and_what_it_needs_works(seen: Seen, cell: str) -> None:
    tries = seen.tries(cell)
    assert tries.keys() == TRIES.keys()
    for name, (worked, said) in tries.items():
        if TRIES[name]:
            assert re.search(TRIES[name], said), f"{name}: {said}"
            assert not worked or name == "clock", name  # date fails and still ends with 0
        else:
            assert worked, f"{name}: {said}"


def test_a_cell_reads_its_login_and_cannot_change_it(seen: Seen) -> None:
    digest = hashlib.sha256(CANARY.encode()).hexdigest()
    for cell in ("inner", "judge-owl"):
        assert seen.out(cell, "secret.sha256").split()[0] == digest
    assert seen.copies == [CANARY.encode()] * 2
    assert seen.login_after == seen.login_before


def test_a_cell_without_network_has_nothing_to_send_by(seen: Seen) -> None:
    assert seen.live["inner"]["HostConfig"]["NetworkMode"] == "none"
    assert seen.out("inner", "interfaces").split() == ["lo"]
    assert seen.out("inner", "routes") == ""


def test_open_cells_have_a_network_each_and_cannot_reach_their_siblings(seen: Seen) -> None:
    project = seen.live["left"]["Config"]["Labels"]["com.docker.compose.project"]
    for cell in SIBLINGS:
        assert list(seen.live[cell]["NetworkSettings"]["Networks"]) == [f"{project}_{cell}"]
        codes = dict(line.split("|") for line in seen.out(cell, "reach.txt").splitlines())
        reached = {name for name, code in codes.items() if code == "0"}
        assert reached == {"own-port", "own-name"}, cell
        assert len(codes) == 7
    assert seen.network["Options"]["com.docker.network.bridge.enable_icc"] == "false"
    assert [entry["Name"] for entry in seen.network["Containers"].values()] == [f"{project}-left-1"]


def test_what_listens_in_a_cell_is_not_published_on_the_host(seen: Seen) -> None:
    assert seen.out("left", "listening").strip() == str(seen.port)
    assert seen.published == []


def test_bombs_in_one_cell_leave_the_others_alone(tmp_path: Path) -> None:
    with Stove(tmp_path) as stove:
        spec = participants("forkbomb", "memory", "memory-child", "cook") + judges("cook")
        folder = stove.lay("bombs", {})
        (folder / "cook.yaml").write_text(spec + "limits: {timeout: 60s, grace: 1s, jobs: 4}\n")
        ran = stove.run("cook", "bombs")
        assert ran.returncode == 0, ran.stderr
        assert stove.outcomes("bombs") == {
            "forkbomb": "crashed",
            "memory": "out_of_memory",
            "memory-child": "out_of_memory",
            "cook": "ok",
            "judge-cook": "ok",
        }
        codes = {cell["name"]: cell["exit_code"] for cell in stove.status("bombs")["cells"]}
        assert codes["memory-child"] == 0
        assert (folder / "report.html").exists()
        assert stove.left("bombs") == []
