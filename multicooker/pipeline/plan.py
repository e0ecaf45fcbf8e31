"""Spec + flavors → round. Every decision is taken here; what runs afterwards only obeys."""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from multicooker.domain.cook import (
    AuthMode,
    CookSpec,
    Dimension,
    Judge,
    NetworkMode,
    Participant,
    Resources,
    Rubric,
)
from multicooker.domain.flavor import Flavor, KnownFlavor, Role
from multicooker.domain.round import Cell, Mount, Project, Round, Tmpfs
from multicooker.errors import BadInputError
from multicooker.ports import EngineInfo

DEMO = "demo"
"""The embedded default: needs no account, no registry and no network."""
_DEMO_COOKS = ("careful", "quick", "flashy")
_DEMO_JUDGES = ("strict", "kind")

_MIB = 1024**2
_CELLS_PER_CPU = 2
"""Coding agents mostly wait for their provider, so one CPU serves two."""
_MEMORY_SHARE = 0.9
"""What of the engine's memory all cells may take together."""
_CELL_FILES = "/opt/cell"
"""Where a flavor's entrypoint and other files are mounted."""


def default_spec(known: Mapping[str, KnownFlavor], logged_in: Collection[str]) -> CookSpec:
    """Return the spec of a cook that has only a brief.

    Participants are the flavors whose credentials were found, judges one per participant flavor;
    where nobody is logged in, three demo cooks and two demo judges.
    """
    rubric = Rubric(
        dimensions=(
            Dimension(
                name="completeness", means="Everything the brief asks for is there.", weight=4
            ),
            Dimension(name="correctness", means="What is there is right and works.", weight=3),
            Dimension(
                name="craft", means="It is well made: clear, tidy, a pleasure to use.", weight=3
            ),
        )
    )
    names = sorted(name for name in logged_in if name != DEMO)
    cooks = [name for name in names if Role.PARTICIPANT in known[name].flavor.roles]
    if cooks:
        judges = [name for name in names if Role.JUDGE in known[name].flavor.roles]
        return CookSpec(
            participants=tuple(Participant(name=name, flavor=name) for name in cooks),
            judges=tuple(Judge(name=name, flavor=name) for name in judges),
            rubric=rubric,
        )
    small = Resources(memory=256 * _MIB, cpus=1.0, pids=128)
    return CookSpec(
        participants=tuple(
            Participant(name=model, flavor=DEMO, model=model, resources=small)
            for model in _DEMO_COOKS
        ),
        judges=tuple(
            Judge(name=model, flavor=DEMO, model=model, resources=small) for model in _DEMO_JUDGES
        ),
        rubric=rubric,
    )


def plan(
    spec: CookSpec,
    *,
    known: Mapping[str, KnownFlavor],
    project: Project,
    number: int,
    user: str,
    has_raw: bool,
) -> Round:
    """Return the round that cooks a spec; BadInputError where spec and flavors do not fit."""
    problems: list[str] = []
    for at, participant in enumerate(spec.participants):
        place = f"cook.yaml: participants.{at}"
        problems.extend(_misfits(place, participant, Role.PARTICIPANT, known))
    for at, judge in enumerate(spec.judges):
        problems.extend(_misfits(f"cook.yaml: judges.{at}", judge, Role.JUDGE, known))
    if problems:
        raise BadInputError(
            "\n".join(problems), hint="`multicooker flavor list` shows what there is"
        )
    brief = Mount(source="BRIEF.md", target="/work/BRIEF.md")
    raw = (Mount(source="raw", target="/work/raw"),) if has_raw else ()
    cells = _Cells(spec=spec, known=known, shared=(brief, *raw))
    return Round(
        project=project,
        number=number,
        user=user,
        participants=tuple(cells.participant(entry) for entry in spec.participants),
        judges=tuple(cells.judge(entry) for entry in spec.judges),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cells:
    """Builds the cells of one round."""

    spec: CookSpec
    known: Mapping[str, KnownFlavor]
    shared: tuple[Mount, ...]

    def participant(self, entry: Participant) -> Cell:
        flavor = self.known[entry.flavor].flavor
        wanted = entry.network or self.spec.network
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
        flavor = self.known[entry.flavor].flavor
        return self._cell(
            entry,
            name=f"judge-{entry.name}",
            role=Role.JUDGE,
            folder=f"judging/{entry.name}/1",
            timeout=entry.timeout or self.spec.limits.judge_timeout,
            network=self.spec.network if flavor.hosts else NetworkMode.NONE,
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
        known = self.known[entry.flavor]
        return Cell(
            name=name,
            role=role,
            owner=entry.name,
            flavor=entry.flavor,
            family=known.flavor.family,
            image=known.image,
            timeout=timeout,
            grace=self.spec.limits.grace,
            resources=entry.resources or Resources(),
            network=network,
            environment=_environment(entry, role),
            mounts=(
                *self.shared,
                *extra,
                Mount(source=f"{folder}/in", target="/work/in"),
                Mount(source=f"{folder}/out", target="/work/out", read_only=False),
                Mount(source=f".cells/{entry.flavor}", target=_CELL_FILES),
                *self._credential_mounts(known.flavor),
            ),
            tmpfs=_tmpfs(known.flavor),
            folder=folder,
            required=required,
        )

    def _credential_mounts(self, flavor: Flavor) -> tuple[Mount, ...]:
        if self.spec.auth is AuthMode.NONE:
            return ()
        return tuple(
            Mount(source=credential_path(flavor.name, at), target=credential.target)
            for at, credential in enumerate(flavor.credentials)
        )


def credential_path(flavor: str, position: int) -> str:
    """Return where the snapshot of a flavor's credential lies, relative to the cook folder."""
    return f".auth/{flavor}/{position}"


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


def _tmpfs(flavor: Flavor) -> tuple[Tmpfs, ...]:
    # A folder that gets a file bind needs a tmpfs of its own, or the engine makes it as root.
    beside = {posixpath.dirname(credential.target) for credential in flavor.credentials}
    folders = sorted((beside | set(flavor.state)) - {"/root"})
    return (
        Tmpfs(target="/tmp", size=512 * _MIB, mode="1777", own=False),  # noqa: S108  # in the cell
        Tmpfs(target="/run", size=8 * _MIB, mode="0755", own=False, executable=False),
        Tmpfs(target="/root", size=1024 * _MIB),
        *(Tmpfs(target=folder, size=256 * _MIB) for folder in folders),
    )


def _misfits(
    place: str, entry: Participant | Judge, role: Role, known: Mapping[str, KnownFlavor]
) -> Iterable[str]:
    if entry.flavor not in known:
        yield f"{place}.flavor: no flavor is named {entry.flavor!r}{_meant(entry.flavor, known)}"
        return
    flavor = known[entry.flavor].flavor
    if role not in flavor.roles:
        yield f"{place}.flavor: {flavor.name} cannot be a {role}"
    for key, value, allowed in (
        ("model", entry.model, flavor.models),
        ("effort", entry.effort, flavor.efforts),
    ):
        if value is not None and allowed and value not in allowed:
            yield f"{place}.{key}: {flavor.name} has no {key} {value!r}{_meant(value, allowed)}"
    for option, value in entry.options.items():
        if option not in flavor.options:
            where = f"{place}.options.{option}"
            yield f"{where}: {flavor.name} has no such switch{_meant(option, flavor.options)}"
        elif flavor.options[option] and value not in flavor.options[option]:
            where = f"{place}.options.{option}"
            yield f"{where}: {value!r} is not a value of it{_meant(value, flavor.options[option])}"


def _meant(wrong: str, right: Collection[str]) -> str:
    close = difflib.get_close_matches(wrong, list(right), n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; there is {', '.join(sorted(right))}" if right else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """How many cells run at once, and what decided it."""

    count: int
    why: str


def decide_jobs(
    cells: Sequence[Cell],
    *,
    engine: Callable[[], EngineInfo],
    from_spec: int | None,
    asked: int | None,
) -> Jobs:
    """Return how many cells run at once: asked, written in cook.yaml, or what the engine bears.

    The engine is only asked where it decides.
    """
    if asked is not None:
        return Jobs(count=asked, why="asked for with --jobs")
    if from_spec is not None:
        return Jobs(count=from_spec, why="limits.jobs in cook.yaml")
    info = engine()
    memory = max((cell.resources.memory for cell in cells), default=1)
    by_memory = max(1, int(info.memory * _MEMORY_SHARE) // memory)
    by_cpus = max(1, info.cpus * _CELLS_PER_CPU)
    if by_memory < by_cpus:
        return Jobs(count=by_memory, why=f"the engine's memory, {info.memory / 1024**3:.1f} GiB")
    return Jobs(count=by_cpus, why=f"the engine's {info.cpus} CPUs, {_CELLS_PER_CPU} cells each")
