"""A sandbox's container: what it sees, what it is given, and how it is held."""

from __future__ import annotations

import dataclasses
import hashlib
import posixpath
from collections.abc import Mapping

from multicooker.app.kitchen import Kitchen
from multicooker.app.sandbox.choosing import SandboxLogin
from multicooker.app.sandbox.wish import (
    FLAVOR_LABEL,
    FOLDER_LABEL,
    KIND_LABEL,
    PROFILE_LABEL,
    SandboxWish,
)
from multicooker.domain.cook import Resources
from multicooker.domain.credential import login_volume
from multicooker.domain.flavor import Flavor, KnownFlavor
from multicooker.domain.round import Mount, Tmpfs
from multicooker.domain.sandbox import Place, git_config, passed_on
from multicooker.pipeline.plan import CA_BUNDLE, SECRETS, ca_environment
from multicooker.ports import EngineInfo, Errand, Visit, Workspace

WORKSPACE = "/workspace"
SESSIONS = "sessions"
"""Folder of the desk where the CLI keeps what was said in this project, and in no other."""
_SEEN = "seen-"
_WHOLE = "whole"
"""File that is there once all others are."""
_MIB = 1024**2
_PLACE = "/login"
_ENTRYPOINT = ("/bin/sh", "/opt/cell/entrypoint.sh")
_RECEIVE = ("/bin/sh", "/opt/multicooker/receive.sh")
_SHELL = ("/bin/sh", "-c", 'command -v bash >/dev/null && exec bash "$@"; exec sh "$@"', "shell")
_MEMORY_SHARE = 0.75
_PIDS = 4096
_GVISOR = "runsc"

_OWN = """
set -e
cd "$1"
mkdir -p "$2"
for place in . "$2" "$3"; do
    [ ! -e "$place" ] || [ "$(stat -c %u:%g "$place")" = "$4" ] || exec chown -Rh "$4" .
done
"""
"""A volume made by plain docker commands is root's, and so is a new one."""


def container(place: Place, wish: SandboxWish, pid: int) -> str:
    """Return the name of the container of a wish; each `--print` has its own."""
    end = {"cli": "", "shell": "-shell", "print": f"-print-{pid}"}[wish.kind]
    return f"mc-sandbox-{place.id}{end}"


def lay_out(
    kitchen: Kitchen, desk: Workspace, known: KnownFlavor, wish: SandboxWish, *, alone: bool
) -> str:
    """Write what the container sees: the flavor's files, ours, a git identity; return the folder.

    It is named by what is in it, so that what others see who run is never changed under them;
    where this one is `alone`, those of before are removed.
    """
    folder, user = _folder(kitchen, wish)
    files = {f"cell/{name}": data for name, data in kitchen.resources.files(known).items()}
    files["shared/receive.sh"] = kitchen.resources.template("cook/cell/receive.sh").encode()
    files["gitconfig"] = git_config(*kitchen.home.git_identity(folder)).encode()
    if wish.ca_bundle is not None:
        files[f"shared/{CA_BUNDLE}"] = kitchen.resources.ca_bundle(wish.ca_bundle)
    root = f"{_SEEN}{_digest(files)}"
    for name in desk.names(".") if alone else ():
        if name.startswith(_SEEN) and name != root:
            desk.remove(name)
    if not desk.exists(f"{root}/{_WHOLE}"):
        _write(desk, root, files)
    desk.make_folder(SESSIONS, owner=user)
    return f"{desk.folder}/{root}"


def own_volume(kitchen: Kitchen, known: KnownFlavor, place: Place, user: str) -> None:
    """Make the login's volume and everything in it the user's, where it is not yet."""
    flavor = known.flavor
    sessions = _below(flavor.sessions, flavor) or "."
    login = _below(flavor.credential.target, flavor) if flavor.credential else ""
    kitchen.engine.errand(
        Errand(
            image=known.image,
            argv=("/bin/sh", "-c", _OWN, "own", _PLACE, sessions, login or ".", user),
            volumes={login_volume(flavor.name, place.profile): _PLACE},
            read_only=False,
        )
    )


def planned(
    kitchen: Kitchen,
    place: Place,
    known: KnownFlavor,
    wish: SandboxWish,
    *,
    login: SandboxLogin,
    desk: Workspace,
    seen: str,
) -> Visit:
    """Return the visit; tells which runtime it is held by, and why."""
    flavor, (_, user) = known.flavor, _folder(kitchen, wish)
    info = kitchen.engine.info()
    return Visit(
        name=container(place, wish, kitchen.pid),
        image=known.image,
        argv=_argv(flavor, wish, login),
        user=user,
        environment=_environment(kitchen, flavor, wish),
        volumes={login_volume(flavor.name, place.profile): flavor.state[0]},
        binds=_binds(place, flavor, desk, seen),
        tmpfs=_tmpfs(flavor),
        workdir=WORKSPACE,
        labels=labels(place, wish),
        hosts=wish.resolve,
        resources=_resources(info),
        runtime=_runtime(kitchen, info, known.image),
        tty=wish.prompt is None,
        input=_input(wish),
        detach=wish.detach,
        gifts={login.gift.path: login.gift.data} if login.gift else {},
    )


def labels(place: Place, wish: SandboxWish) -> dict[str, str]:
    """Return what tells a sandbox's container from any other's."""
    return {
        FOLDER_LABEL: place.folder,
        FLAVOR_LABEL: place.flavor,
        PROFILE_LABEL: place.profile or "",
        KIND_LABEL: wish.kind,
    }


def _write(desk: Workspace, root: str, files: Mapping[str, bytes]) -> None:
    """Write a folder of files; two who do so at once write the same."""
    for folder in ("", "/cell", "/shared"):
        desk.make_folder(f"{root}{folder}", private=False)
    for name, data in files.items():
        desk.make_folder(posixpath.dirname(f"{root}/{name}"), private=False)
        desk.write(f"{root}/{name}", data, private=False)
    desk.write(f"{root}/{_WHOLE}", b"")


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, data in sorted(files.items()):
        digest.update(f"{name}={hashlib.sha256(data).hexdigest()}\n".encode())
    return digest.hexdigest()[:12]


def _folder(kitchen: Kitchen, wish: SandboxWish) -> tuple[str, str]:
    folder = kitchen.home.project(wish.folder)
    return folder, kitchen.home.user(folder)


def _argv(flavor: Flavor, wish: SandboxWish, login: SandboxLogin) -> tuple[str, ...]:
    program = (*(_SHELL if wish.shell else _ENTRYPOINT), *wish.args)
    if login.gift is None or flavor.credential is None:
        return program
    return (*_RECEIVE, flavor.credential.provider, flavor.credential.target, "--", *program)


def _environment(kitchen: Kitchen, flavor: Flavor, wish: SandboxWish) -> Mapping[str, str]:
    environment = {
        "HOME": "/root",  # a uid without passwd entry would get / and could not write there
        "TMPDIR": "/tmp",  # noqa: S108  # inside the container it is a private tmpfs
        "MULTICOOKER_ROLE": "sandbox",
        **passed_on(kitchen.home.variables()),
    }
    if wish.prompt is not None:
        environment["MULTICOOKER_PRINT"] = "1"
    if wish.ca_bundle is not None:
        environment |= ca_environment(flavor, f"/opt/multicooker/{CA_BUNDLE}")
    return environment


def _input(wish: SandboxWish) -> bytes | None:
    if wish.prompt is None or wish.prompt == "-":
        return None
    return wish.prompt.encode("utf-8", "surrogateescape")


def _binds(place: Place, flavor: Flavor, desk: Workspace, seen: str) -> tuple[Mount, ...]:
    sessions = Mount(source=f"{desk.folder}/{SESSIONS}", target=flavor.sessions, read_only=False)
    return (
        Mount(source=place.folder, target=WORKSPACE, read_only=False),
        Mount(source=f"{seen}/cell", target="/opt/cell"),
        Mount(source=f"{seen}/shared", target="/opt/multicooker"),
        Mount(source=f"{seen}/gitconfig", target="/etc/gitconfig"),
        *((sessions,) if flavor.sessions else ()),
    )


def _tmpfs(flavor: Flavor) -> tuple[Tmpfs, ...]:
    beside = {posixpath.dirname(flavor.credential.target)} if flavor.credential else set()
    folders = sorted((beside | set(flavor.state)) - {"/root", flavor.state[0]})
    return (
        Tmpfs(target="/tmp", size=1024 * _MIB, mode="1777", own=False),  # noqa: S108  # in it
        Tmpfs(target="/run", size=8 * _MIB, mode="0755", own=False, executable=False),
        Tmpfs(target=SECRETS, size=_MIB, executable=False),
        Tmpfs(target="/root", size=1024 * _MIB),
        *(Tmpfs(target=folder, size=256 * _MIB) for folder in folders),
    )


def _resources(info: EngineInfo) -> Resources:
    """Return what one person's work may take: most of the engine, but never all of it."""
    wanted = Resources()
    return dataclasses.replace(
        wanted,
        memory=max(wanted.memory // 4, int(info.memory * _MEMORY_SHARE)),
        cpus=float(max(1, info.cpus)),
        pids=_PIDS,
    )


def _runtime(kitchen: Kitchen, info: EngineInfo, image: str) -> str:
    """Return gVisor's runtime where it works; a runtime that the engine lists need not."""
    if _GVISOR not in info.runtimes:
        kitchen.progress.note(f"held by the engine's own runtime: it has no {_GVISOR} (gVisor)")
        return ""
    why = kitchen.engine.runtime_works(_GVISOR, image)
    if why:
        kitchen.progress.note(f"held by the engine's own runtime: {_GVISOR} does not work: {why}")
        return ""
    kitchen.progress.note(f"held by {_GVISOR} (gVisor)")
    return _GVISOR


def _below(path: str, flavor: Flavor) -> str:
    """Return a path below the flavor's home in the volume, '' where it lies elsewhere."""
    inside = path.removeprefix(f"{flavor.state[0]}/")
    return inside if inside != path else ""
