"""How containers outside compose are confined: the words of `docker create` and `docker run`.

The same as `templates/compose/_cell.yaml.j2` says for cells. Pure; nothing in it is ever secret.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from multicooker.domain.cook import NetworkMode, Resources
from multicooker.domain.round import Tmpfs
from multicooker.ports import DETACH_KEYS, Errand, Visit

VISIT_LABEL = "dev.multicooker.visit"
ERRAND_LABEL = "dev.multicooker.errand"
NETWORK_OPTIONS = ("--driver", "bridge", "--opt", "com.docker.network.bridge.enable_icc=false")
KEYS = ("--detach-keys", DETACH_KEYS)

_ROOT = "0"
_READS_OF_ROOT = ("DAC_OVERRIDE",)
_WRITES_OF_ROOT = ("CHOWN", "DAC_OVERRIDE", "FOWNER")
"""What root needs to repair whose a volume is; without any it may not even look into it."""
_ERRAND_RESOURCES = Resources(memory=1024**3, cpus=1.0, pids=256)
_ERRAND_TMP = Tmpfs(target="/tmp", size=256 * 1024**2, mode="1777", own=False)  # noqa: S108  # in the container


def errand_words(errand: Errand, *, name: str, runtime: str = "") -> list[str]:
    """Return the arguments of `docker run` for an errand, its program and all."""
    words = ["--rm", "--interactive", "--name", name, "--label", f"{ERRAND_LABEL}={name}"]
    words += _confined(errand.user, _ERRAND_RESOURCES, runtime)
    if errand.user.split(":")[0] == _ROOT:
        needed = _READS_OF_ROOT if errand.read_only else _WRITES_OF_ROOT
        words += [word for capability in needed for word in ("--cap-add", capability)]
    if errand.network:
        words += _hosts(errand.hosts)
    else:
        words += ["--network", "none"]
    words += _environment(errand.environment)
    words += ["--tmpfs", _ERRAND_TMP.options(errand.user)]
    for volume, target in errand.volumes.items():
        words += _volume(volume, target, read_only=errand.read_only)
    for source, target in errand.files.items():
        words += _bind(source, target, read_only=True)
    return [*words, *_program(errand.image, errand.argv)]


def visit_words(visit: Visit) -> list[str]:
    """Return the arguments of `docker create` for a visit, its program and all."""
    words = ["--interactive", "--name", visit.name, "--label", f"{VISIT_LABEL}={visit.name}"]
    words += ["--tty"] if visit.tty else []
    for label, value in visit.labels.items():
        words += ["--label", f"{label}={value}"]
    words += [*_confined(visit.user, visit.resources, visit.runtime), "--workdir", visit.workdir]
    words += ["--stop-signal", "SIGTERM"]
    if visit.network is NetworkMode.NONE:
        words += ["--network", "none"]
    else:
        words += ["--network", visit.name, *_hosts(visit.hosts)]
    words += _environment(visit.environment)
    for folder in visit.tmpfs:
        words += ["--tmpfs", folder.options(visit.user)]
    for volume, target in visit.volumes.items():
        words += _volume(volume, target, read_only=False)
    for mount in visit.binds:
        words += _bind(mount.source, mount.target, read_only=mount.read_only)
    return [*words, *_program(visit.image, visit.argv)]


def _confined(user: str, resources: Resources, runtime: str) -> Iterator[str]:
    yield from ("--user", user, "--pull", "never", "--init", "--read-only")
    yield from ("--cap-drop", "ALL", "--security-opt", "no-new-privileges:true")
    yield from (
        "--ipc",
        "private",
        "--cgroupns",
        "private",
        "--hostname",
        "cell",
        "--restart",
        "no",
    )
    yield from ("--log-driver", "none")  # what is said in it is nobody's but its owner's
    yield from ("--memory", str(resources.memory), "--memory-swap", str(resources.memory))
    yield from ("--cpus", f"{resources.cpus:g}", "--pids-limit", str(resources.pids))
    yield from ("--shm-size", "67108864", "--oom-score-adj", "500")
    yield from ("--ulimit", "core=0", "--ulimit", "nofile=4096:8192")
    if runtime:
        yield from ("--runtime", runtime)


def _hosts(hosts: Mapping[str, str]) -> Iterator[str]:
    for host, address in {"host.docker.internal": "127.0.0.1", **hosts}.items():
        yield from ("--add-host", f"{host}:{address}")


def _environment(environment: Mapping[str, str]) -> Iterator[str]:
    for name, value in environment.items():
        yield from ("--env", f"{name}={value}")


def _volume(name: str, target: str, *, read_only: bool) -> list[str]:
    # nocopy: a new volume starts empty and not with what an image has in the place.
    fields = ["type=volume", f"src={name}", f"dst={target}", "volume-nocopy"]
    return _mount(fields, read_only=read_only)


def _bind(source: str, target: str, *, read_only: bool) -> list[str]:
    # Unlike with --volume, a source that is not there is an error and not a new folder of root's.
    return _mount(["type=bind", f"src={source}", f"dst={target}"], read_only=read_only)


def _mount(fields: list[str], *, read_only: bool) -> list[str]:
    """Return one mount as docker reads it: as a line of CSV, so a path may hold a comma."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([*fields, *(["readonly"] if read_only else [])])
    return ["--mount", line.getvalue()]


def _program(image: str, argv: tuple[str, ...]) -> list[str]:
    program, *rest = argv
    return ["--entrypoint", program, image, *rest]
