"""The sandbox: one folder of the user's, one CLI in a container, nothing else of the host."""

from __future__ import annotations

import dataclasses
from contextlib import suppress

from multicooker.app import building
from multicooker.app.kitchen import Kitchen
from multicooker.app.results import SandboxList, SandboxRow, SandboxStopped
from multicooker.app.sandbox import choosing, visiting
from multicooker.app.sandbox.exporting import Exporter
from multicooker.app.sandbox.wish import (
    FLAVOR_LABEL,
    FOLDER_LABEL,
    KIND_LABEL,
    PROFILE_LABEL,
    SandboxEnd,
    SandboxReady,
    SandboxWish,
)
from multicooker.domain.flavor import KnownFlavor
from multicooker.domain.mask import Mask
from multicooker.domain.sandbox import Place, SandboxSettings, refused, too_broad
from multicooker.errors import BadInputError, CredentialsError, EngineError
from multicooker.pipeline import load
from multicooker.ports import Visit, Visited

_GRACE = 10
_NOTHING = Mask()


def sandbox(kitchen: Kitchen, *, wish: SandboxWish) -> SandboxReady:
    """Make a sandbox ready to be visited, or find the one that runs already.

    BadInputError where folder or environment forbid it; CredentialsError where nobody is logged in.
    """
    settings = _settings(kitchen)
    _check_environment(kitchen, settings)
    folder = _checked_folder(kitchen, wish)
    wish = dataclasses.replace(wish, folder=folder)
    running = _running(kitchen, wish)
    if running is not None:
        return _again(kitchen, wish, running, settings)
    known, login = choosing.choose(kitchen, wish)
    place = Place(folder=folder, flavor=known.flavor.name, profile=wish.profile)
    building.ensure_images(kitchen, (known,), ca_bundle=wish.ca_bundle, rebuild=wish.rebuild)
    ready = _opened(kitchen, place, known, wish, settings)
    _check_owner(kitchen, folder, ready.user)
    visiting.own_volume(kitchen, known, place, ready.user)
    alone = not any(_row(one).folder == folder for one in _sandboxes(kitchen) if one.running)
    seen = visiting.lay_out(kitchen, ready.desk, known, wish, alone=alone)
    kitchen.progress.note(f"{place.flavor} {known.flavor.version} in {folder}; {login.told}")
    visit = visiting.planned(kitchen, place, known, wish, login=login, desk=ready.desk, seen=seen)
    return dataclasses.replace(ready, visit=visit, mask=login.mask)


def visit_sandbox(kitchen: Kitchen, ready: SandboxReady) -> SandboxEnd:
    """Give the terminal to a sandbox until it ends or is left; export what was said in it."""
    exporter = _exporter(kitchen, ready)
    exporter.run()  # of a last time that had no end
    try:
        with kitchen.home.regularly(float(ready.every), exporter.run):
            code = kitchen.engine.attend(ready.visit)
    finally:
        exporter.run()
    running = any(one.running for one in kitchen.engine.visits() if one.name == ready.visit.name)
    if running:
        kitchen.progress.note(
            f"{ready.place.flavor} goes on in {ready.place.folder}: the same command comes back to"
            " it, with --stop it ends"
        )
    _tell(kitchen, exporter)
    return SandboxEnd(code=code, running=running, exported=exporter.count)


def sandbox_list(kitchen: Kitchen) -> SandboxList:
    """Return the sandboxes that run, and those that ended while nobody was there."""
    return SandboxList(sandboxes=tuple(_row(one) for one in _sandboxes(kitchen)))


def sandbox_stop(kitchen: Kitchen, *, wish: SandboxWish) -> SandboxStopped:
    """End the sandboxes of a folder, those of one flavor or profile where that is named."""
    folder = kitchen.home.project(wish.folder)
    settings = _settings(kitchen)
    known = kitchen.resources.flavors(None)
    stopped: list[SandboxRow] = []
    for row in map(_row, _sandboxes(kitchen)):
        named = wish.flavor in {None, row.flavor} and wish.profile in {None, row.profile or None}
        if row.folder != folder or not named:
            continue
        kitchen.engine.end_visit(row.name, grace=_GRACE)
        stopped.append(row)
        if row.flavor in known:
            _export_last(kitchen, row, known[row.flavor], wish, settings)
    return SandboxStopped(folder=folder, stopped=tuple(stopped))


def _settings(kitchen: Kitchen) -> SandboxSettings:
    found = kitchen.home.settings()
    return load.settings(found[1], place=found[0]).sandbox if found else SandboxSettings()


def _check_environment(kitchen: Kitchen, settings: SandboxSettings) -> None:
    variables = kitchen.home.variables()
    names = refused([name for name, value in variables.items() if value], settings.refuse)
    if names:
        there = "is" if len(names) == 1 else "are"
        unset = " ".join(f"-u {name}" for name in names)
        raise BadInputError(
            f"{', '.join(names)} {there} set here, and no sandbox starts beside such a key",
            hint=f"none of it would be passed in; to go on: `env {unset} multicooker sandbox`",
        )


def _checked_folder(kitchen: Kitchen, wish: SandboxWish) -> str:
    folder = kitchen.home.project(wish.folder)
    why = too_broad(folder, kitchen.home.folder)
    if why:
        raise BadInputError(
            f"{folder} is no place for a sandbox: {why}",
            hint="name one project's folder: `multicooker sandbox DIR`",
        )
    return folder


def _check_owner(kitchen: Kitchen, folder: str, user: str) -> None:
    if not kitchen.home.may_write(folder, user):
        uid = user.partition(":")[0]
        kitchen.progress.note(
            f"the sandbox runs as uid {uid}, never as root, and may not write in {folder};"
            f" `chown -R {user} {folder}` changes that"
        )


def _running(kitchen: Kitchen, wish: SandboxWish) -> Visited | None:
    """Return the sandbox that runs already; where no flavor is named, whichever does."""
    if wish.kind == "print":
        return None
    for one in _sandboxes(kitchen):
        row = _row(one)
        same = (row.folder, row.kind, row.profile or None) == (
            wish.folder,
            wish.kind,
            wish.profile,
        )
        if one.running and same and wish.flavor in {None, row.flavor}:
            return one
    return None


def _again(
    kitchen: Kitchen, wish: SandboxWish, running: Visited, settings: SandboxSettings
) -> SandboxReady:
    """Return what attaches to a sandbox that runs; it cannot become another one by that."""
    row = _row(running)
    if wish.rebuild or wish.fresh_login or wish.args:
        raise BadInputError(
            f"{row.flavor} runs in {row.folder} already: what it was started with stays",
            hint="`multicooker sandbox --stop` ends it; without options you come back to it",
        )
    known = kitchen.resources.flavor(row.flavor)
    place = Place(folder=row.folder, flavor=row.flavor, profile=row.profile or None)
    kitchen.progress.note(f"back to {row.flavor} in {row.folder}, begun {row.started[:19]}")
    return _opened(kitchen, place, known, wish, settings, mask=_mask(kitchen, known, wish))


def _opened(
    kitchen: Kitchen,
    place: Place,
    known: KnownFlavor,
    wish: SandboxWish,
    settings: SandboxSettings,
    *,
    mask: Mask = _NOTHING,
) -> SandboxReady:
    """Return a sandbox with its desk and inbox, whose visit only finds what runs already."""
    user = kitchen.home.user(place.folder)
    inbox = wish.inbox if wish.inbox is not None else settings.inbox
    return SandboxReady(
        place=place,
        known=known,
        user=user,
        visit=Visit(
            name=visiting.container(place, wish, kitchen.pid),
            image=known.image,
            argv=("false",),
            user=user,
            detach=wish.detach,
        ),
        desk=kitchen.home.desk(place.id),
        inbox=kitchen.home.inbox(inbox, place.project),
        every=wish.every or settings.every,
        mask=mask,
    )


def _mask(kitchen: Kitchen, known: KnownFlavor, wish: SandboxWish) -> Mask:
    """Return what hides a login that was handed over earlier; nothing where it is gone."""
    with suppress(CredentialsError, EngineError):
        return choosing.login(kitchen, known, wish).mask
    return _NOTHING


def _export_last(
    kitchen: Kitchen,
    row: SandboxRow,
    known: KnownFlavor,
    wish: SandboxWish,
    settings: SandboxSettings,
) -> None:
    place = Place(folder=row.folder, flavor=row.flavor, profile=row.profile or None)
    mask = _mask(kitchen, known, dataclasses.replace(wish, profile=place.profile))
    exporter = _exporter(kitchen, _opened(kitchen, place, known, wish, settings, mask=mask))
    exporter.run()
    _tell(kitchen, exporter)


def _exporter(kitchen: Kitchen, ready: SandboxReady) -> Exporter:
    return Exporter(
        kitchen=kitchen,
        place=ready.place,
        flavor=ready.known.flavor,
        desk=ready.desk,
        inbox=ready.inbox,
        owner=ready.user,
        mask=ready.mask,
    )


def _tell(kitchen: Kitchen, exporter: Exporter) -> None:
    if exporter.problem:
        kitchen.progress.note(f"no export to {exporter.inbox.folder}: {exporter.problem}")
    elif exporter.count:
        many = "1 conversation" if exporter.count == 1 else f"{exporter.count} conversations"
        kitchen.progress.note(f"{many} in {exporter.inbox.folder}")


def _sandboxes(kitchen: Kitchen) -> tuple[Visited, ...]:
    return tuple(one for one in kitchen.engine.visits() if FOLDER_LABEL in one.labels)


def _row(one: Visited) -> SandboxRow:
    return SandboxRow(
        name=one.name,
        folder=one.labels.get(FOLDER_LABEL, ""),
        flavor=one.labels.get(FLAVOR_LABEL, ""),
        profile=one.labels.get(PROFILE_LABEL, ""),
        kind=one.labels.get(KIND_LABEL, ""),
        running=one.running,
        started=one.started,
    )
