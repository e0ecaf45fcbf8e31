"""Spec + flavors → round. Every decision is taken here; what runs afterwards only obeys."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from multicooker.domain.cook import (
    Auth,
    AuthMode,
    CookSpec,
    Dimension,
    Judge,
    Participant,
    Resources,
    Rubric,
)
from multicooker.domain.flavor import Credential, KnownFlavor, Role
from multicooker.domain.round import Mount, Project, Round
from multicooker.errors import BadInputError
from multicooker.pipeline.plan.cells import (
    CA_BUNDLE,
    SECRETS,
    SHARED,
    Cells,
    ca_environment,
    credential_path,
)
from multicooker.pipeline.plan.fits import misfits
from multicooker.pipeline.plan.jobs import Jobs, decide_jobs

__all__ = [
    "CA_BUNDLE",
    "SECRETS",
    "SHARED",
    "Jobs",
    "ca_environment",
    "credential_path",
    "decide_jobs",
    "default_spec",
    "plan",
]

DEMO = "demo"
"""The embedded default: needs no account, no registry and no network."""
_DEMO_COOKS = ("careful", "quick", "flashy")
_DEMO_JUDGES = ("strict", "kind")


def default_spec(known: Mapping[str, KnownFlavor], logins: Mapping[str, Auth]) -> CookSpec:
    """Return the spec of a cook that has only a brief.

    Participants are the flavors that `logins` names, each with the login that was found, judges
    one per participant flavor; where nobody is logged in, three demo cooks and two demo judges.
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
    names = sorted(name for name in logins if known[name].flavor.credential is not None)
    cooks = [name for name in names if Role.PARTICIPANT in known[name].flavor.roles]
    if cooks:
        judges = [name for name in names if Role.JUDGE in known[name].flavor.roles]
        return CookSpec(
            participants=tuple(
                Participant(name=name, flavor=name, auth=_unless_default(logins[name]))
                for name in cooks
            ),
            judges=tuple(
                Judge(name=name, flavor=name, auth=_unless_default(logins[name])) for name in judges
            ),
            rubric=rubric,
        )
    small = Resources(memory=256 * 1024**2, cpus=1.0, pids=128)
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


def _unless_default(auth: Auth) -> Auth | None:
    return None if auth.effective is AuthMode.SNAPSHOT else auth


def plan(
    spec: CookSpec,
    *,
    known: Mapping[str, KnownFlavor],
    project: Project,
    number: int,
    user: str,
    has_raw: bool,
    locate: Callable[[Credential], str],
) -> Round:
    """Return the round that cooks a spec; BadInputError where spec and flavors do not fit.

    `locate` tells the host's path of a credential, for cells that get the file itself.
    """
    problems = tuple(misfits(spec, known))
    if problems:
        raise BadInputError(
            "\n".join(problems), hint="`multicooker flavor list` shows what there is"
        )
    brief = Mount(source="BRIEF.md", target="/work/BRIEF.md")
    raw = (Mount(source="raw", target="/work/raw"),) if has_raw else ()
    cells = Cells(spec=spec, known=known, shared=(brief, *raw), locate=locate)
    return Round(
        project=project,
        number=number,
        user=user,
        participants=tuple(cells.participant(entry) for entry in spec.participants),
        judges=tuple(cells.judge(entry) for entry in spec.judges),
    )
