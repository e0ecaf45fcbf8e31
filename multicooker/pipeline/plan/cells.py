"""One participant or judge → its cell."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from multicooker.domain.cook import Auth, AuthMode, CookSpec, Judge, NetworkMode, Participant
from multicooker.domain.cook import Resources as CellResources
from multicooker.domain.flavor import Credential, Flavor, KnownFlavor, Role
from multicooker.domain.round import Cell, Mount, Tmpfs

_MIB = 1024**2
_CELL_FILES = "/opt/cell"
"""Where a flavor's entrypoint and other files are mounted."""
_SHARED_FILES = "/opt/multicooker"
"""Where what serves cells of any flavor is mounted."""
_ENTRYPOINT = ("/bin/sh", f"{_CELL_FILES}/entrypoint.sh")
SHARED = ".cells/_cell"
"""No flavor's name starts with _, so this is nobody's folder."""
CA_BUNDLE = "ca.pem"
SECRETS = "/run/secrets"
_CA_VARIABLES = (
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "NODE_EXTRA_CA_CERTS",
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
)
"""By which the tools of an agent learn of a CA bundle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Builds the cells of one round."""

    spec: CookSpec
    known: Mapping[str, KnownFlavor]
    shared: tuple[Mount, ...]
    locate: Callable[[Credential], str]

    def participant(self, entry: Participant) -> Cell:
        """Return a participant's cell."""
        flavor = self.known[entry.flavor].flavor
        wanted = entry.network or self.spec.network.mode
        return self._cell(
            entry,
            name=entry.name,
            role=Role.PARTICIPANT,
            folder=f"work/{entry.name}",
            timeout=entry.timeout or self.spec.limits.timeout,
            network=wanted if flavor.hosts else NetworkMode.NONE,
            required=self.spec.outputs.required,
            extra=(),
        )

    def judge(self, entry: Judge) -> Cell:
        """Return a judge's cell."""
        flavor = self.known[entry.flavor].flavor
        return self._cell(
            entry,
            name=f"judge-{entry.name}",
            role=Role.JUDGE,
            folder=f"judging/{entry.name}/1",
            timeout=entry.timeout or self.spec.limits.judge_timeout,
            network=self.spec.network.mode if flavor.hosts else NetworkMode.NONE,
            required=("ballot.json",),
            extra=(Mount(source="submissions", target="/work/submissions"),),
        )

    def _cell(
        self,
        entry: Participant | Judge,
        *,
        name: str,
        role: Role,
        folder: str,
        timeout: int,
        network: NetworkMode,
        required: tuple[str, ...],
        extra: tuple[Mount, ...],
    ) -> Cell:
        known = self.known[entry.flavor].at(entry.version)
        flavor, auth = known.flavor, self._auth(entry)
        return Cell(
            name=name,
            role=role,
            owner=entry.name,
            flavor=entry.flavor,
            family=flavor.family,
            image=known.image,
            timeout=timeout,
            grace=self.spec.limits.grace,
            resources=entry.resources or CellResources(),
            network=network,
            environment={**_environment(entry, role), **self._ca_environment(flavor)},
            mounts=(
                *self.shared,
                *extra,
                Mount(source=f"{folder}/in", target="/work/in"),
                Mount(source=f"{folder}/out", target="/work/out", read_only=False),
                Mount(source=f".cells/{entry.flavor}", target=_CELL_FILES),
                *self._shared_files(auth),
                *self._credential(flavor, auth),
                *_sessions(flavor, folder),
            ),
            tmpfs=_tmpfs(flavor, auth),
            folder=folder,
            required=required,
            auth=auth,
            version=flavor.version,
            entrypoint=_entrypoint(flavor, auth),
            hosts=self.spec.network.resolve if network is NetworkMode.OPEN else {},
            dialect=flavor.dialect,
        )

    def _auth(self, entry: Participant | Judge) -> Auth:
        auth = entry.auth or self.spec.auth
        if self.known[entry.flavor].flavor.credential is None:
            return Auth(mode=AuthMode.NONE)
        return Auth(mode=auth.effective, profile=auth.profile)

    def _ca_environment(self, flavor: Flavor) -> dict[str, str]:
        if self.spec.ca_bundle is None:
            return {}
        return ca_environment(flavor, f"{_SHARED_FILES}/{CA_BUNDLE}")

    def _shared_files(self, auth: Auth) -> tuple[Mount, ...]:
        if self.spec.ca_bundle is None and auth.mode is not AuthMode.PIPE:
            return ()
        return (Mount(source=SHARED, target=_SHARED_FILES),)

    def _credential(self, flavor: Flavor, auth: Auth) -> tuple[Mount, ...]:
        credential = flavor.credential
        if credential is None or auth.mode in {AuthMode.NONE, AuthMode.PIPE}:
            return ()
        if auth.mode is AuthMode.BIND:
            return (Mount(source=self.locate(credential), target=credential.target),)
        source = credential_path(flavor.name, auth, credential)
        return (Mount(source=source, target=credential.target),)


def ca_environment(flavor: Flavor, path: str) -> dict[str, str]:
    """Return the variables by which a CLI and its tools learn of the CA bundle at a path."""
    return dict.fromkeys(sorted({*_CA_VARIABLES, *flavor.ca_variables}), path)


def credential_path(flavor: str, auth: Auth, credential: Credential) -> str:
    """Return where the copy of a credential lies, relative to the cook folder."""
    login = "" if auth.mode is AuthMode.SNAPSHOT else f".{auth.mode}"
    profile = f".{auth.profile}" if auth.profile else ""
    return f".auth/{flavor}{login}{profile}/{posixpath.basename(credential.target)}"


def _entrypoint(flavor: Flavor, auth: Auth) -> tuple[str, ...]:
    if flavor.credential is None or auth.mode is not AuthMode.PIPE:
        return _ENTRYPOINT
    receive = f"{_SHARED_FILES}/receive.sh"
    return ("/bin/sh", receive, flavor.credential.provider, flavor.credential.target)


def _sessions(flavor: Flavor, folder: str) -> tuple[Mount, ...]:
    if not flavor.sessions:
        return ()
    return (Mount(source=f"{folder}/sessions", target=flavor.sessions, read_only=False),)


def _environment(entry: Participant | Judge, role: Role) -> dict[str, str]:
    environment = {
        "HOME": "/root",  # a uid without passwd entry would get / and could not write there
        "TMPDIR": "/tmp",  # noqa: S108  # inside the cell it is a private tmpfs
        "CI": "1",
        "NO_COLOR": "1",
        "MULTICOOKER_ROLE": str(role),
    }
    if entry.model is not None:
        environment["MULTICOOKER_MODEL"] = entry.model
    if entry.effort is not None:
        environment["MULTICOOKER_EFFORT"] = entry.effort
    for option, value in sorted(entry.options.items()):
        environment[f"MULTICOOKER_OPTION_{option.upper().replace('-', '_')}"] = value
    return environment


def _tmpfs(flavor: Flavor, auth: Auth) -> tuple[Tmpfs, ...]:
    # A folder that gets a file bind needs a tmpfs of its own, or the engine makes it as root.
    beside = {posixpath.dirname(flavor.credential.target)} if flavor.credential else set()
    folders = sorted((beside | set(flavor.state)) - {"/root"})
    secrets = Tmpfs(target=SECRETS, size=_MIB, executable=False)
    return (
        Tmpfs(target="/tmp", size=512 * _MIB, mode="1777", own=False),  # noqa: S108  # in the cell
        Tmpfs(target="/run", size=8 * _MIB, mode="0755", own=False, executable=False),
        *((secrets,) if auth.mode is AuthMode.PIPE else ()),
        Tmpfs(target="/root", size=1024 * _MIB),
        *(Tmpfs(target=folder, size=256 * _MIB) for folder in folders),
    )
