"""A cook's folder → everything decided about it, before anything is started."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from multicooker.app.kitchen import Kitchen
from multicooker.app.logins import finding, probing
from multicooker.app.rounds import INPUTS
from multicooker.domain.cook import Auth, AuthMode, CookSpec, NetworkMode
from multicooker.domain.credential import Logins
from multicooker.domain.display import display_line
from multicooker.domain.flavor import Credential, KnownFlavor
from multicooker.domain.round import Cell, Project, Round
from multicooker.errors import BadInputError
from multicooker.pipeline import load
from multicooker.pipeline import plan as planning
from multicooker.pipeline.render import OVERRIDE
from multicooker.ports import Workspace

BRIEF = "BRIEF.md"
SPEC = "cook.yaml"
JUDGE_BRIEF = "JUDGE_BRIEF.md"
MAX_BRIEF = 1024**2
_BROUGHT = frozenset({"this cook", "this project"})
"""Sources of flavors that nobody installed."""
_MAX_SPEC = 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One cook, read and planned."""

    task: str
    workspace: Workspace
    spec: CookSpec
    known: Mapping[str, KnownFlavor]
    round: Round
    brief: str
    fingerprint: str
    """Of all that the participants' cells are made from."""
    made_from: str
    """Of what a submission answers, and whose it is: brief, raw/, participants."""
    notes: tuple[str, ...]
    logins: Logins = field(default_factory=Logins)
    """Of the cells that are to run; empty until `admitting` has looked."""

    @property
    def project(self) -> Project:
        """Return the compose project."""
        return self.round.project

    def used(self, cells: Collection[Cell]) -> tuple[KnownFlavor, ...]:
        """Return the flavors that cells need, each once a version, by name."""
        wanted = sorted({(cell.flavor, cell.version) for cell in cells})
        return tuple(self.known[name].at(version or None) for name, version in wanted)


def open_cook(
    kitchen: Kitchen, task: str, *, number: int = 1, timeout: int | None = None
) -> Opened:
    """Read a cook's files and plan its round; BadInputError names file and key."""
    workspace = kitchen.cooks.open(task)
    if not _is_utf8(workspace.folder):
        raise BadInputError(
            f"{display_line(workspace.folder)}: its name is not UTF-8, and the engine mounts no"
            " such folder",
            hint="rename it, or keep the cooks elsewhere with `-C`",
        )
    brief = workspace.read_text(BRIEF, limit=MAX_BRIEF)
    known = kitchen.resources.flavors(workspace.folder)
    spec, notes = _read_spec(kitchen, workspace, known)
    _check_flavors(kitchen, workspace, spec, known)
    if timeout is not None:
        spec = _with_timeout(spec, timeout)
    round_ = planning.plan(
        spec,
        known=known,
        project=project_of(workspace, task),
        number=number,
        user=kitchen.cooks.user(task),
        has_raw=_has_raw(workspace),
        locate=lambda credential: _located(kitchen, credential),
    )
    material = _material(workspace)
    return Opened(
        task=task,
        workspace=workspace,
        spec=spec,
        known=known,
        round=round_,
        brief=brief,
        fingerprint=_hash(
            *cell_lines(kitchen, known, round_.participants), *material, override_text(workspace)
        ),
        made_from=_hash(*_authors(round_), *material),
        notes=(*notes, *_brought(kitchen, round_, known), *_cut_off(round_, known)),
    )


def project_of(workspace: Workspace, task: str) -> Project:
    """Return the compose project of a cook: unique per task and place, so checkouts never clash."""
    place = hashlib.sha256(workspace.folder.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return Project(name=f"mc-{task}-{place}", folder=workspace.folder, task=task)


def _located(kitchen: Kitchen, credential: Credential) -> str:
    """Return the path of the file that holds a login, or would hold it."""
    files = {source: kitchen.credentials.path(source) for source in credential.sources}
    there = [source for source in files if files[source] and kitchen.credentials.has(source)]
    return next((path for path in (*map(files.get, there), *files.values()) if path), "")


def _read_spec(
    kitchen: Kitchen, workspace: Workspace, known: Mapping[str, KnownFlavor]
) -> tuple[CookSpec, tuple[str, ...]]:
    demo = planning.default_spec(known, {})
    text = workspace.read_text(SPEC, limit=_MAX_SPEC) if workspace.exists(SPEC) else None
    if text is not None:
        spec = load.cook_spec(text, place=SPEC, defaults=demo)
        if demo.participants != spec.participants and demo.judges != spec.judges:
            return spec, ()  # nobody needs to look who is logged in
    found = probing.probe(kitchen, known)
    defaults = planning.default_spec(known, found.usable)
    if text is not None:
        return load.cook_spec(text, place=SPEC, defaults=defaults), ()
    names = ", ".join(entry.name for entry in defaults.participants)
    skipped = tuple(f"not cooking: {one}" for one in found.skipped)
    if defaults != demo:
        return defaults, (f"no cook.yaml: cooking with the CLIs logged in here: {names}", *skipped)
    note = f"no cook.yaml and no CLI logged in here: cooking with the demo flavor ({names})"
    return defaults, (note, *skipped)


def _check_flavors(
    kitchen: Kitchen, workspace: Workspace, spec: CookSpec, known: Mapping[str, KnownFlavor]
) -> None:
    """Say why a flavor that is there does not load, rather than that there is none."""
    named = [entry.flavor for entry in spec.participants] + [entry.flavor for entry in spec.judges]
    wanted = set(named) - set(known)
    broken = kitchen.resources.problems(workspace.folder) if wanted else {}
    for name in sorted(wanted & set(broken)):
        raise BadInputError(broken[name])


def _brought(kitchen: Kitchen, round_: Round, known: Mapping[str, KnownFlavor]) -> Iterator[str]:
    """Tell which logins go to flavors that came with the cook: it may be a stranger's."""
    for name, auth in sorted({(it.flavor, it.auth) for it in round_.cells}, key=str):
        flavor, source = known[name].flavor, known[name].source
        if flavor.credential is None or auth.mode is AuthMode.NONE or source not in _BROUGHT:
            continue
        which = f"by `auth: {auth.mode}`"
        if finding.is_on_host(auth):
            which = f"of {' or '.join(finding.places(kitchen, flavor.credential))}"
        yield f"{name}: this flavor is {source}'s own; its cells get the login {which}"


def _cut_off(round_: Round, known: Mapping[str, KnownFlavor]) -> Iterator[str]:
    """Tell of cells that will ask in vain for as long as they may."""
    for cell in round_.cells:
        hosts = known[cell.flavor].flavor.hosts
        if cell.network is NetworkMode.NONE and hosts:
            yield f"{cell.name}: its network is none, and {cell.flavor} needs {', '.join(hosts)}"


def _with_timeout(spec: CookSpec, timeout: int) -> CookSpec:
    return dataclasses.replace(
        spec,
        limits=dataclasses.replace(spec.limits, timeout=timeout),
        participants=tuple(dataclasses.replace(entry, timeout=None) for entry in spec.participants),
    )


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _has_raw(workspace: Workspace) -> bool:
    """Tell whether there is a raw/ folder; a link in its place is refused, not followed."""
    if not workspace.exists("raw"):
        return False
    try:
        workspace.names("raw")
    except (OSError, BadInputError) as error:
        raise BadInputError(
            f"{workspace.folder}/raw: not a folder", hint="make raw/ a real folder, or remove it"
        ) from error
    return True


def question_of(kitchen: Kitchen, opened: Opened, cell: Cell, inputs: Mapping[str, str]) -> str:
    """Return a hash of all that one judge's cell is made from, but for its time."""
    return _hash(
        opened.made_from,
        *cell_lines(kitchen, opened.known, (cell,)),
        *(f"{name}={text}" for name, text in sorted(inputs.items())),
        override_text(opened.workspace),
    )


def cell_lines(
    kitchen: Kitchen, known: Mapping[str, KnownFlavor], cells: Sequence[Cell]
) -> Iterator[str]:
    """Yield what decides about cells, but for their time: how they run and their flavors' files."""
    for cell in cells:
        yield load.to_line(_without_login(cell))
    for flavor in sorted({cell.flavor for cell in cells}):
        for name, data in sorted(kitchen.resources.files(known[flavor]).items()):
            yield f"{flavor}/{name}={hashlib.sha256(data).hexdigest()}"


def _without_login(cell: Cell) -> Cell:
    """Return what of a cell decides about its work: who pays for it, and how, does not."""
    return dataclasses.replace(
        cell,
        timeout=1,
        grace=0,
        auth=Auth(mode=AuthMode.NONE),
        entrypoint=(),
        tmpfs=(),
        mounts=tuple(mount for mount in cell.mounts if mount.target.startswith("/work/")),
    )


def as_judged(kitchen: Kitchen, opened: Opened) -> Opened:
    """Return the cook as it was when its verdict was made: with the rubric and brief of then."""
    workspace = opened.workspace
    if not workspace.exists(f"{INPUTS}/{BRIEF}"):
        return opened
    spec = opened.spec
    if workspace.exists(f"{INPUTS}/{SPEC}"):
        place = f"{INPUTS}/{SPEC}"
        defaults = planning.default_spec(opened.known, probing.probe(kitchen, opened.known).usable)
        text = workspace.read_text(place, limit=_MAX_SPEC)
        spec = load.cook_spec(text, place=place, defaults=defaults)
    brief = workspace.read_text(f"{INPUTS}/{BRIEF}", limit=MAX_BRIEF)
    return dataclasses.replace(opened, spec=spec, brief=brief)


def _material(workspace: Workspace) -> tuple[str, ...]:
    return tuple(f"{path}={workspace.fingerprint(path)}" for path in (BRIEF, "raw"))


def _authors(round_: Round) -> Iterator[str]:
    for cell in round_.participants:
        yield load.to_line((cell.owner, cell.flavor, cell.family, sorted(cell.environment.items())))


def _hash(*lines: str) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(f"{len(line)}:{line}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def override_text(workspace: Workspace) -> str:
    """Return what the user's override says: '' while it is the stub, which only comments."""
    if not workspace.exists(OVERRIDE):
        return ""
    lines = workspace.read_text(OVERRIDE, limit=_MAX_SPEC).splitlines()
    said = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return "\n".join(said)
