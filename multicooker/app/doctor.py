"""What must be right before a cook, each with the line that fixes it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping

from multicooker.app import opening, preparing, rendering
from multicooker.app.kitchen import Kitchen
from multicooker.app.logins import auth
from multicooker.app.results import Check, DoctorResult, Level, LoginStatus
from multicooker.domain.flavor import KnownFlavor
from multicooker.errors import MulticookerError
from multicooker.pipeline.plan.networks import DEFAULT_NETWORKS, room
from multicooker.ports import EngineInfo

MIN_ENGINE = (20, 10)
MIN_COMPOSE = (2, 20)
_COMFORTABLE = 4 * 1024**3
"""Bytes of memory one real CLI's cell is planned with."""


def doctor(kitchen: Kitchen, *, task: str | None) -> DoctorResult:
    """Check the engine, the images, the credentials, and one cook where it is named."""
    checks = list(_engine(kitchen))
    known = kitchen.resources.flavors(None)
    if checks[0].level is not Level.FAIL:
        checks.extend(_images(kitchen, known))
    checks.extend(_credentials(kitchen, known))
    tasks = (task,) if task is not None else kitchen.cooks.tasks()
    engine_answers = checks[0].level is not Level.FAIL
    checks.append(_example(kitchen, engine_answers=engine_answers))
    checks.extend(_cook(kitchen, name, engine_answers=engine_answers) for name in tasks)
    return DoctorResult(checks=tuple(checks))


def _engine(kitchen: Kitchen) -> Iterator[Check]:
    try:
        info = kitchen.engine.info()
    except MulticookerError as error:
        yield Check(name="engine", level=Level.FAIL, detail=error.message, fix=error.hint)
        return
    yield _version("engine", info.version, MIN_ENGINE, "update the container engine")
    yield _version(
        "compose",
        info.compose_version,
        MIN_COMPOSE,
        "install Compose v2 (the docker compose plugin)",
    )
    yield Check(name="context", level=Level.OK, detail=info.context)
    yield _memory(info)
    yield _pools(info)
    for warning in info.warnings:
        yield Check(name="engine says", level=Level.WARN, detail=warning)


def _version(name: str, found: str, least: tuple[int, int], fix: str) -> Check:
    numbers = tuple(int(number) for number in re.findall(r"\d+", found)[:2])
    wanted = ".".join(str(number) for number in least)
    if not numbers:
        return Check(name=name, level=Level.FAIL, detail="not found", fix=fix)
    if numbers < least:
        return Check(name=name, level=Level.FAIL, detail=f"{found}; {wanted} is needed", fix=fix)
    return Check(name=name, level=Level.OK, detail=found)


def _memory(info: EngineInfo) -> Check:
    gib = info.memory / 1024**3
    detail = f"{gib:.1f} GiB, {info.cpus} CPUs"
    if info.memory < _COMFORTABLE:
        return Check(
            name="memory",
            level=Level.WARN,
            detail=f"{detail}; a real CLI's cell is planned with 4 GiB",
            fix="give the engine more memory, or set resources.memory in cook.yaml",
        )
    return Check(name="memory", level=Level.OK, detail=detail)


def _pools(info: EngineInfo) -> Check:
    if info.address_pools:
        found = ", ".join(info.address_pools)
        there = room(info.address_pools)
        many = f": {there:,} networks, one per open cell" if there else ""
        return Check(name="address pools", level=Level.OK, detail=f"{found}{many}")
    return Check(
        name="address pools",
        level=Level.OK,
        detail=f"the engine's defaults: about {DEFAULT_NETWORKS} networks, one per open cell",
    )


def _images(kitchen: Kitchen, known: Mapping[str, KnownFlavor]) -> Iterator[Check]:
    present = kitchen.engine.images([entry.image for entry in known.values()])
    for name, entry in sorted(known.items()):
        there = entry.image in present
        yield Check(
            name=f"image {name}",
            level=Level.OK if there else Level.WARN,
            detail=entry.image if there else "not built yet; `cook` builds it",
            fix="" if there else f"multicooker build --flavor {name}",
        )


def _credentials(kitchen: Kitchen, known: Mapping[str, KnownFlavor]) -> Iterator[Check]:
    for name, entry in sorted(known.items()):
        if entry.flavor.credential is None:
            yield Check(name=f"credentials {name}", level=Level.OK, detail="none needed")
    logins, notes = auth.survey(kitchen, known)
    for login in logins:
        yield _login(login)
    for note in notes:
        yield Check(name="credentials", level=Level.WARN, detail=note)


def _login(login: LoginStatus) -> Check:
    profile = f", profile {login.profile}" if login.profile else ""
    account = f" ({login.account})" if login.account else ""
    found = f"{login.source}{account}, {login.life}" if login.source else ""
    told = [login.problem if login.problem and not login.life else found, login.notice]
    return Check(
        name=f"credentials {login.flavor}{profile}",
        level=Level.WARN if login.problem else Level.OK,
        detail=". ".join(part for part in told if part),
        fix=login.fix,
    )


def _example(kitchen: Kitchen, *, engine_answers: bool) -> Check:
    """Make a new cook aside and let compose read it: templates, flavors and compose fit."""

    def rendered() -> str:
        with kitchen.cooks.scratch() as cooks:
            aside = dataclasses.replace(kitchen, cooks=cooks)
            preparing.new(aside, task="example")
            if not engine_answers:
                return "a new cook renders"
            workspace = cooks.open("example")
            kitchen.engine.merged(opening.project_of(workspace, "example"))
            return "a new cook renders, and compose accepts it"

    return _attempt("example", rendered)


def _cook(kitchen: Kitchen, task: str, *, engine_answers: bool) -> Check:
    def rendered() -> str:
        opened = opening.open_cook(kitchen, task)
        rendering.rendered(kitchen, opened)
        if engine_answers and opened.workspace.exists("compose.yaml"):
            kitchen.engine.merged(opened.project)
            return f"{len(opened.round.cells)} cells; compose accepts it"
        return f"{len(opened.round.cells)} cells"

    return _attempt(f"cook {task}", rendered)


def _attempt(name: str, action: Callable[[], str]) -> Check:
    try:
        return Check(name=name, level=Level.OK, detail=action())
    except MulticookerError as error:
        detail = "; ".join(error.message.splitlines())
        return Check(name=name, level=Level.FAIL, detail=detail, fix=error.hint)
