"""Looks at what compose makes of compose.yaml and the user's override, before anything starts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from multicooker.app.kitchen import Kitchen
from multicooker.app.opening import Opened, override_text
from multicooker.domain.round import Cell, Project
from multicooker.errors import BadInputError, EngineError
from multicooker.pipeline.render import OVERRIDE

_KEY = re.compile(r"([A-Z0-9_]+_)?(API_KEY|API_TOKEN|AUTH_TOKEN|OAUTH_TOKEN|ACCESS_TOKEN)")
"""Variables that a CLI would take for a credential, and bill to somebody."""


def check_merged(kitchen: Kitchen, opened: Opened, cells: Sequence[Cell]) -> None:
    """Refuse, before anything starts, what the user's override makes impossible."""
    if not override_text(opened.workspace):
        return  # nothing is merged, so there is nothing to look at
    services = _services(kitchen, opened.project)
    for name, service in services.items():
        _check_environment(name, service)
    wanted = {cell.name: _image(cell.name, services) for cell in cells}
    present = kitchen.engine.images(sorted(set(wanted.values())))
    for name, image in wanted.items():
        if image not in present:
            raise BadInputError(
                f"{OVERRIDE}: services.{name}.image: {image!r} is not on the engine",
                hint=f"`docker pull {image}`, or take the line out",
            )


def _services(kitchen: Kitchen, project: Project) -> Mapping[str, object]:
    try:
        merged = kitchen.engine.merged(project)
    except EngineError as error:  # the engine itself has answered just before
        raise BadInputError(
            error.message,
            hint=f"mend {OVERRIDE}; `docker compose config -q` in {project.folder} tells the same",
        ) from error
    services = merged.get("services", {})
    if not isinstance(services, Mapping):
        raise BadInputError(f"{OVERRIDE}: services: a mapping is expected")
    return services


def _check_environment(name: str, service: object) -> None:
    """Refuse credentials in a cell's environment, where `docker inspect` shows them to anyone."""
    environment = service.get("environment") if isinstance(service, Mapping) else None
    for variable in environment if isinstance(environment, Mapping) else ():
        if _KEY.fullmatch(str(variable)):
            raise BadInputError(
                f"{OVERRIDE}: services.{name}.environment.{variable}: a cell gets no keys: it runs"
                " on its owner's login",
                hint="take the line out; `auth:` in cook.yaml says which login is used, and how",
            )


def _image(name: str, services: Mapping[str, object]) -> str:
    """Return the image of a cell's service; BadInputError where it is not one container of ours."""
    service = services.get(name)
    if not isinstance(service, Mapping):
        raise BadInputError(
            f"{OVERRIDE}: services.{name}: what is left of it would not run this cell",
            hint="take `profiles` or `!reset` out of it; who takes part is said in cook.yaml",
        )
    if "container_name" in service:
        raise BadInputError(
            f"{OVERRIDE}: services.{name}.container_name: a cell's container is found by its own",
            hint="take the line out",
        )
    deploy = service.get("deploy")
    replicas = deploy.get("replicas", 1) if isinstance(deploy, Mapping) else 1
    if {replicas, service.get("scale", 1)} != {1}:
        raise BadInputError(
            f"{OVERRIDE}: services.{name}: a cell is exactly one container",
            hint="take `scale` or `replicas` out; another participant is added in cook.yaml",
        )
    return str(service.get("image", ""))
