"""One cook in which the real CLIs get their logins in every way there is, watched all along.

The stand-ins keep the first question of each cell waiting until everything was looked at that can
be seen while the cells run.
"""

from __future__ import annotations

import base64
import json
import os
import stat
import subprocess
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import pytest

from tests.compose_projects import LABEL, docker
from tests.integration.real_clis import (
    DONE,
    FLAVORS,
    RUBRIC,
    WRITES,
    by_model,
    cell,
    cells_of,
)
from tests.standins.logins import MARK
from tests.standins.scenario import JUDGING, Ballot, Fault, Scenario, Talk, Turn
from tests.standins.stage import Stage, stage
from tests.standins.wire import Request

WAYS = tuple(
    (flavor, mode)
    for flavor, modes in {
        "claude": ("snapshot", "pipe", "volume", "token"),
        "codex": ("snapshot", "bind", "pipe", "volume", "token"),
        "gemini": ("snapshot", "bind", "pipe", "volume"),
    }.items()
    for mode in modes
)
DENIED = ("codex", "gemini")
"""Those that may have the host's file itself: one more of each, whose provider says 401."""
NAMES = (*("-".join(way) for way in WAYS), *(f"{flavor}-denied" for flavor in DENIED))
LEAKER = "claude-snapshot"
"""Tells its own credential, in its log."""
_STATE = {"claude": ".credentials.json", "codex": "auth.json", "gemini": "oauth_creds.json"}
_LOOK = "stat -c '%a %u' {target}; ls -A /run/secrets 2>/dev/null || echo none"
_PATIENCE = 120.0


def target(flavor: str) -> str:
    """Return where a CLI looks for its login."""
    return f"/root/.{flavor}/{_STATE[flavor]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Canaries:
    """Texts that must be nowhere, in the shapes they may take."""

    texts: tuple[str, ...] = field(repr=False)

    def found_in(self, data: bytes | str) -> set[str]:
        """Return which of them are in some data: plain, turned round, in base64, in hex."""
        raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        return {text for text in self.texts if any(shape in raw for shape in _shapes(text))}

    def below(self, root: Path, *, but: Path) -> set[str]:
        """Return the files below `root`, those below `but` excepted, that hold or are named so."""
        return {
            str(path)
            for path in root.rglob("*")
            if not path.is_relative_to(but)
            and (self.found_in(str(path)) or (path.is_file() and self.found_in(path.read_bytes())))
        }


def _shapes(text: str) -> tuple[bytes, ...]:
    plain = text.encode()
    # Each of the three ways base64 comes out, but for the ends that depend on neighbours.
    coded = (base64.b64encode(b" " * shift + plain)[4:-4] for shift in range(3))
    return (plain, plain[::-1], plain.hex().encode(), *coded)


class Lookout:
    """Looks at what this machine's processes show of themselves, ten times a second."""

    def __init__(self, canaries: Canaries) -> None:
        self.leaks: set[str] = set()
        self.looks = 0
        self._canaries = canaries
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.1):
            self.looks += 1
            for file in (
                *Path("/proc").glob("[0-9]*/cmdline"),
                *Path("/proc").glob("[0-9]*/environ"),
            ):
                try:
                    data = file.read_bytes()
                except OSError:
                    continue  # it ended, or belongs to somebody whose secrets these are not
                if MARK.encode() in data and self._canaries.found_in(data):
                    self.leaks.add(f"{file.name}: {data[:60]!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What could be seen while every cell waited for its first answer."""

    inspected: Mapping[str, Any]
    """By cell: all that the engine tells of its container."""
    auth: Mapping[str, bytes] = field(repr=False)
    """What lay below `.auth`, by path."""
    modes: Mapping[str, int]
    """The same with folders, and how each may be opened."""
    inside: Mapping[str, tuple[str, str]]
    """By cell: mode and owner of the login's file, and what lies in /run/secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EveryAuth:
    """The cook, and all that was seen of it."""

    stage: Stage
    folder: Path
    canaries: Canaries
    bearers: Mapping[str, str] = field(repr=False)
    """The token that each participant has to send."""
    cells: Mapping[str, Mapping[str, Any]]
    held: Held
    lookout: Lookout
    told: Mapping[str, str] = field(repr=False)
    """What programs said, by whom."""
    host: Mapping[str, tuple[object, ...]] = field(repr=False)
    """The logins of the host before, by path below its home."""

    def asked_by(self, name: str) -> list[Request]:
        """Return what a participant asked of its model."""
        asked = self.stage.standin.asked(FLAVORS[name.partition("-")[0]])
        return [each for each in asked if each.model == name]


def as_found(home: Path) -> dict[str, tuple[object, ...]]:
    """Return content and times of every login's file in a home folder."""
    found: dict[str, tuple[object, ...]] = {}
    for flavor, name in _STATE.items():
        path = home / f".{flavor}" / name
        seen = path.stat()
        found[flavor] = (path.read_bytes(), seen.st_mtime_ns, seen.st_mode, seen.st_uid)
    return found


class _Gate:
    """Keeps the first question of each participant waiting."""

    def __init__(self) -> None:
        self.waiting: set[str] = set()
        self.all_here = threading.Event()
        self.open = threading.Event()

    def __call__(self, request: Request) -> None:
        if request.method == "POST" and request.model in NAMES:
            self.waiting.add(request.model)
            if self.waiting == set(NAMES):
                self.all_here.set()
            self.open.wait(_PATIENCE)


@pytest.fixture(scope="session")
def every_auth(tmp_path_factory: pytest.TempPathFactory, busybox_image: str) -> Iterator[EveryAuth]:
    """Cook once with every way of auth."""
    root, gate = tmp_path_factory.mktemp("every-auth"), _Gate()
    leaks = (Turn(run=f"cat {target('claude')}"), WRITES, DONE)
    talks = (
        Talk(when=JUDGING, turns=(Ballot(),)),
        Talk(model=f"^{LEAKER}$", turns=leaks),
        *by_model({"denied": (Fault(status=401),)}),
        Talk(turns=(WRITES, DONE)),
    )
    with (
        stage(root, scenario=Scenario(talks=talks), on_request=gate) as there,
        _logins(there, busybox_image) as (profile, bearers),
    ):
        yield _cook(there, gate, profile, bearers)


@contextmanager
def _logins(there: Stage, busybox: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Make a login in a volume and a long-lived token for each that has such; all tokens differ."""
    profile = f"t{uuid4().hex[:8]}"
    bearers: dict[str, str] = {}
    volumes = []
    for flavor, provider in FLAVORS.items():
        login = there.logins[provider]
        plain = json.dumps(login.content)
        for mode in ("snapshot", "bind", "pipe"):
            bearers[f"{flavor}-{mode}"] = login.bearer
        volumes.append(f"mc-{flavor}-auth-{profile}")
        other = plain.replace(f"{MARK}-{flavor}", f"{MARK}-volume-{flavor}")
        bearers[f"{flavor}-volume"] = login.bearer.replace(MARK, f"{MARK}-volume")
        # As plain docker commands make it: everything in it is root's.
        put = f'umask 077; cat >"/login/{_STATE[flavor]}"'
        argv = ("docker", "run", "--rm", "-i", "--network=none", f"--volume={volumes[-1]}:/login")
        subprocess.run([*argv, busybox, "sh", "-c", put], input=other.encode(), check=True)
    for flavor, token in (
        ("claude", f"sk-ant-oat01-{MARK}-claude-long-lived"),
        ("codex", f"at-{MARK}-codex-long-lived"),
    ):
        bearers[f"{flavor}-token"] = token
        kept = there.run(
            "login", flavor, "--token", "--profile", profile, stdin=None, input=token + "\n"
        )
        assert kept.returncode == 0, kept.stderr
    for name, bearer in bearers.items():
        good = there.standin.tokens[FLAVORS[name.partition("-")[0]]].good
        assert good is not None
        good.add(bearer)
    try:
        yield profile, bearers
    finally:
        docker("volume", "rm", *volumes)


def _spec(profile: str) -> dict[str, Any]:
    def auth(mode: str) -> dict[str, str]:
        own = {"profile": profile} if mode in {"volume", "token"} else {}
        return {"mode": mode, **own}

    return {
        "participants": [
            *(cell(f"{f}-{mode}", f, model=f"{f}-{mode}", auth=auth(mode)) for f, mode in WAYS),
            *(cell(f"{f}-denied", f, model=f"{f}-denied", auth=auth("bind")) for f in DENIED),
        ],
        "judges": [
            cell("anna", "claude"),
            cell("bert", "codex", auth=auth("pipe")),
        ],
        "rubric": RUBRIC,
        "outputs": {"required": ["index.html"]},
        "limits": {"jobs": len(NAMES)},
    }


def _cook(there: Stage, gate: _Gate, profile: str, bearers: dict[str, str]) -> EveryAuth:
    if os.geteuid() == 0:
        _open_for_cells(there.home)
    canaries = Canaries(texts=(*there.canaries, *set(bearers.values()), f"{MARK}-volume"))
    host = as_found(there.home)
    folder = there.lay("every", _spec(profile))
    told: dict[str, str] = {}
    argv = ["docker", "events", "--filter", "label=dev.multicooker.task=every"]
    events = subprocess.Popen([*argv, "--format", "{{json .}}"], stdout=subprocess.PIPE, text=True)
    with Lookout(canaries) as lookout, ThreadPoolExecutor(max_workers=1) as pool:
        (there.root / "tmp").mkdir()
        env = {"TMPDIR": str(there.root / "tmp")}
        running = pool.submit(there.run, "cook", "every", "--debug", env=env)
        try:
            while not gate.all_here.wait(0.2):
                assert not running.done(), running.result().stderr
            held = _look(folder)
            told["compose config"] = _compose_config(folder)
        finally:
            gate.open.set()
        ran = running.result()
    events.terminate()
    told |= {"events": events.communicate(timeout=10)[0], "out": ran.stdout, "err": ran.stderr}
    for words in (("status",), ("logs",), ("report",), ("render", "--diff")):
        asked = there.run(*words, "every", "--json")
        told[words[0]] = asked.stdout + asked.stderr
    asked = there.run("auth", "status")
    told["auth status"] = asked.stdout + asked.stderr
    return EveryAuth(
        stage=there,
        folder=folder,
        canaries=canaries,
        bearers={**bearers, **{f"{flavor}-denied": bearers[f"{flavor}-bind"] for flavor in DENIED}},
        cells=cells_of(folder),
        held=held,
        lookout=lookout,
        told=told,
        host=host,
    )


def _open_for_cells(home: Path) -> None:
    """Let the group that cells of root's cooks run as read root's logins: for `bind` they must."""
    for flavor, name in _STATE.items():
        file = home / f".{flavor}" / name
        os.chown(file, -1, 1000)
        file.chmod(0o640)


def _look(folder: Path) -> Held:
    ids = docker("ps", "--quiet", "--filter", "label=dev.multicooker.task=every").split()
    inspected = {
        each["Config"]["Labels"]["dev.multicooker.cell"]: each
        for each in json.loads(docker("inspect", *ids))
        if each["Config"]["Labels"].get(LABEL)
    }
    inside = {}
    for name, each in inspected.items():
        look = _LOOK.format(target=target(name.partition("-")[0]))
        file, secrets = docker("exec", each["Id"], "sh", "-c", look).split("\n", 1)
        inside[name] = (file, secrets.strip())
    paths = [folder / ".auth", *(folder / ".auth").rglob("*")]
    return Held(
        inspected=inspected,
        auth={str(path.relative_to(folder)): path.read_bytes() for path in paths if path.is_file()},
        modes={str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode) for path in paths},
        inside=inside,
    )


def _compose_config(folder: Path) -> str:
    argv = ["docker", "compose", "--profile", "judge", "config"]
    env = {**os.environ, "COMPOSE_PROGRESS": "quiet"}
    ran = subprocess.run(argv, cwd=folder, check=True, capture_output=True, text=True, env=env)
    return ran.stdout
