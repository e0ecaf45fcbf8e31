"""A stage for the real CLIs: an inner network with the stand-ins on it, and logins of nobody.

Cells on it reach the stand-ins and nothing else, neither the internet nor this machine's user: the
program is started with a home folder of the stage's own.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from multicooker.adapters.docker import DockerEngine
from multicooker.adapters.folder.workspace import CookFolder
from multicooker.app.opening import project_of
from tests.standins.certificates import HOSTS
from tests.standins.logins import Login, all_logins
from tests.standins.network import PORT, InnerNetwork, StageError, inner_network, relay
from tests.standins.scenario import DEFAULT, Provider, Scenario
from tests.standins.server import StandIn
from tests.standins.wire import Request

__all__ = ["BRIEF", "FLAVORS", "PROGRAM", "Stage", "StageError", "build_images", "stage"]

PROGRAM = (sys.executable, "-m", "multicooker")
FLAVORS = {
    "claude": Provider.ANTHROPIC,
    "codex": Provider.OPENAI,
    "gemini": Provider.GOOGLE,
}
"""The flavors with a stand-in of their provider."""
BRIEF = "# A page for the bakery\n\nMake a landing page: `index.html`.\n"
_FOREIGN = (
    *("CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"),
    *("DBUS_SESSION_BUS_ADDRESS", "SUDO_UID", "SUDO_GID", "SUDO_USER"),
)
"""What would lead from the stage to the logins, keyrings and settings of this machine's user."""
_KEYRINGS = ("security", "secret-tool")
_MISSING = 44
"""`security` says so of an entry that is not there."""


class _Plain(yaml.SafeDumper):
    """Writes what is named twice twice: a cook.yaml has no anchors."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - what PyYAML asks
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What plays where. `logins` lie in `home` as long as nobody removes them."""

    root: Path
    standin: StandIn
    network: str
    """Name of the engine's network that cells have to join."""
    address: str
    """Where the stand-in listens, seen from that network."""
    subnets: tuple[str, ...]
    """For the networks that cells have of their own."""
    logins: Mapping[Provider, Login] = field(repr=False)

    @property
    def home(self) -> Path:
        """The home folder that the program believes in."""
        return self.root / "home"

    @property
    def cooks(self) -> Path:
        """The folder of the cooks."""
        return self.root / "cooks"

    @property
    def canaries(self) -> tuple[str, ...]:
        """What must be found nowhere but in the logins themselves."""
        return tuple(each for login in self.logins.values() for each in login.canaries)

    @property
    def resolve(self) -> Mapping[str, str]:
        """`network.resolve` of a cook.yaml: every host of a vendor is the stand-in."""
        return dict.fromkeys(HOSTS, self.address)

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment in which the program knows the stage's logins and no others."""
        docker = os.environ.get("DOCKER_CONFIG", str(Path("~/.docker").expanduser()))
        kept = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
        path = os.pathsep.join((str(self.root / "bin"), os.environ["PATH"]))
        own = {"HOME": str(self.home), "DOCKER_CONFIG": docker, "PATH": path}
        return {**kept, **own, **(more or {})}

    def lay(
        self,
        task: str,
        spec: Mapping[str, Any],
        *,
        brief: str = BRIEF,
        services: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Path:
        """Write a cook whose cells all reach the stand-ins, and return its folder.

        `spec` is its cook.yaml; `network` and `ca_bundle` are added. `services` goes into the
        compose.override.yaml, by the name of the cell.
        """
        folder = self.cooks / task
        folder.mkdir(parents=True)
        (folder / "BRIEF.md").write_text(brief, encoding="utf-8")
        routed = {"network": {"mode": "open", "resolve": dict(self.resolve)}}
        own = {**routed, "ca_bundle": str(self.standin.ca_pem), **spec}
        override = self._override(cell_names(spec), services or {})
        for name, content in (("cook.yaml", own), ("compose.override.yaml", override)):
            text = yaml.dump(content, Dumper=_Plain, sort_keys=False)
            (folder / name).write_text(text, encoding="utf-8")
        return folder

    def _override(
        self, cells: Sequence[str], services: Mapping[str, Mapping[str, Any]]
    ) -> Mapping[str, Any]:
        own = {
            name: {"networks": {"stand-in": {}}, **services.get(name, {})}
            for name in (*cells, *(name for name in services if name not in cells))
        }
        # The network that each cell has of its own leads to the internet, unless it is told not to.
        inner = {
            name: {"internal": True, "ipam": {"config": [{"subnet": subnet}]}}
            for name, subnet in zip(cells, self.subnets, strict=False)
        }
        stand_in = {"external": True, "name": self.network}
        return {"services": own, "networks": {**inner, "stand-in": stand_in}}

    def run(
        self, *words: str, seconds: float = 300.0, env: Mapping[str, str] | None = None, **more: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run the program on the stage's cooks to its end; its output is kept."""
        settings: dict[str, Any] = {"stdin": subprocess.DEVNULL, "capture_output": True, **more}
        return subprocess.run(
            (*PROGRAM, "-C", str(self.cooks), *words),
            env=self.environment(env),
            cwd=self.root,
            text=True,
            timeout=seconds,
            check=False,
            **settings,
        )

    def tidy(self) -> None:
        """Remove from the engine what any of the cooks left there."""
        for folder in self.cooks.iterdir():
            if folder.is_dir() and not folder.is_symlink():
                DockerEngine().remove(project_of(CookFolder(folder), folder.name))


@contextmanager
def stage(
    root: Path,
    *,
    scenario: Scenario = DEFAULT,
    on_request: Callable[[Request], None] = lambda _: None,
) -> Iterator[Stage]:
    """Set up a stage in an empty folder; nothing of it is left on the engine afterwards.

    The stand-ins let in the tokens of the stage's logins and no others. StageError where this
    machine cannot have a stage.
    """
    logins = all_logins()
    (root / "home").mkdir(mode=0o700)
    (root / "cooks").mkdir()
    for login in logins.values():
        login.write(root / "home")
    _no_keyrings(root / "bin")
    with inner_network() as network:
        standin = StandIn(
            address=network.host,
            port=PORT,
            scenario=scenario,
            good_bearers={provider: {login.bearer} for provider, login in logins.items()},
            on_request=on_request,
        )
        with _serving(network, standin) as address:
            set_up = Stage(
                root=root,
                standin=standin,
                network=network.name,
                address=address,
                subnets=network.subnets,
                logins=logins,
            )
            try:
                yield set_up
            finally:
                set_up.tidy()


def build_images(flavors: Iterable[str] = FLAVORS) -> Mapping[str, str]:
    """Build the images that are missing and return each flavor's tag.

    It comes before the stage: cells there trust the stand-ins' authority, which no registry has.
    """
    argv = (*PROGRAM, "--json", "build", *(f"--flavor={flavor}" for flavor in flavors))
    ran = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=False)
    told = json.loads(ran.stdout)
    if not told["ok"]:
        raise StageError(f"{told['error']['message']}\n{told['error']['hint']}")
    return {each["flavor"]: each["tag"] for each in told["data"]["images"]}


def cell_names(spec: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the cells of a cook.yaml that have a network."""
    named = (
        (prefix + each["name"], each["flavor"])
        for prefix, cast in (("", "participants"), ("judge-", "judges"))
        for each in spec.get(cast, ())
    )
    return tuple(name for name, flavor in named if flavor != "demo")


def _no_keyrings(folder: Path) -> None:
    """Put programs first on the PATH that say of every keyring that there is nothing in it."""
    folder.mkdir()
    for name in filter(shutil.which, _KEYRINGS):
        (folder / name).write_text(f"#!/bin/sh\nexit {_MISSING}\n", encoding="utf-8")
        (folder / name).chmod(stat.S_IRWXU)


@contextmanager
def _serving(network: InnerNetwork, standin: StandIn) -> Iterator[str]:
    """Serve on a network, and yield the address that cells have to ask."""
    with ExitStack() as stack:
        stack.callback(standin.stop)
        try:
            standin.start()
            address = network.host
        except PermissionError:
            standin.port = 0
            standin.start()
            image = build_images(("demo",))["demo"]
            address = stack.enter_context(relay(network, standin.port, image=image))
        except OSError as error:
            raise StageError(
                f"{network.host} is no address of this machine ({error.strerror}): a stage takes an"
                " engine on this very machine, and Linux"
            ) from error
        yield address
