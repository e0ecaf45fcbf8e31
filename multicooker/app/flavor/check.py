"""`flavor check`: whether a folder keeps the contract of a flavor."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path

from multicooker.adapters.flavors import folder as flavor_folder
from multicooker.adapters.flavors import shell
from multicooker.app.flavor.checks import doubtful, failed, fine
from multicooker.app.flavor.image import check_image
from multicooker.app.flavor.login import check_login
from multicooker.app.flavor.run import run_flavor
from multicooker.app.kitchen import Kitchen
from multicooker.app.results import Check, FlavorCheckResult
from multicooker.domain.flavor import Flavor, Role
from multicooker.errors import BadInputError
from multicooker.pipeline import load
from multicooker.pipeline.collect.dialects import BUILT_IN

_ROLE_VARIABLE = b"MULTICOOKER_ROLE"


def flavor_check(kitchen: Kitchen, *, name: str, run: bool = False) -> FlavorCheckResult:
    """Check a flavor by the name it is found by; BadInputError where there is none.

    `run` also builds its image and runs cells of it: what a look at its files cannot tell.
    """
    folder = kitchen.resources.folder(name)
    found = check_flavor(folder, name=name, dialects=kitchen.dialects.names())
    if not run:
        return found
    if not found.healthy:
        skipped = doubtful("run", "nothing was run", "make good what failed, then run it")
        return replace(found, checks=(*found.checks, skipped))
    return replace(found, checks=(*found.checks, *run_flavor(kitchen, name=name)))


def check_flavor(
    folder: str,
    *,
    name: str | None = None,
    read: Callable[[str], Mapping[str, bytes]] = flavor_folder.read,
    syntax: Callable[[bytes], str] = shell.syntax_problem,
    dialects: Collection[str] = tuple(BUILT_IN),
) -> FlavorCheckResult:
    """Check a flavor's folder; `name` is what it is found by, the folder's own by default."""
    wanted = name or Path(folder).resolve().name
    try:
        files = read(folder)
    except BadInputError as error:
        return FlavorCheckResult(name=wanted, checks=(failed("folder", error.message),))
    checks = [_four_files(files)]
    flavor = None
    if "flavor.yaml" in files:
        flavor, told = _yaml(files["flavor.yaml"], f"{folder}/flavor.yaml", wanted)
        checks += told
    if "Dockerfile.base" in files:
        checks += check_image(files["Dockerfile.base"], flavor)
    if "entrypoint.sh" in files:
        checks.append(_scripts(files, syntax))
    if flavor is not None:
        mounted = b"\n".join(
            data for path, data in files.items() if path not in flavor_folder.UNMOUNTED
        )
        checks.append(_roles(flavor, mounted))
        readme = files.get("README.md", b"").decode("utf-8", "replace")
        checks += check_login(flavor, readme=readme, mounted=mounted, dialects=dialects)
    return FlavorCheckResult(name=wanted, checks=tuple(checks))


def _four_files(files: Mapping[str, bytes]) -> Check:
    missing = [name for name in flavor_folder.FOUR_FILES if name not in files]
    if missing:
        return failed(
            "four files", f"{', '.join(missing)} missing", "`multicooker flavor new` writes all"
        )
    return fine("four files", ", ".join(flavor_folder.FOUR_FILES))


def _yaml(data: bytes, place: str, wanted: str) -> tuple[Flavor | None, list[Check]]:
    try:
        flavor = load.flavor(data.decode("utf-8"), place=place)
    except UnicodeDecodeError as error:
        return None, [failed("flavor.yaml", f"is not UTF-8 (byte {error.start})")]
    except BadInputError as error:
        return None, [failed("flavor.yaml", error.message, error.hint)]
    checks = [fine("flavor.yaml", f"{flavor.name}: {flavor.summary}")]
    if flavor.name == wanted:
        checks.append(fine("name", f"it is found by the name it gives itself: {wanted}"))
    else:
        checks.append(
            failed(
                "name",
                f"flavor.yaml says {flavor.name!r}, it is found by {wanted!r}",
                "make both the same",
            )
        )
    return flavor, checks


def _scripts(files: Mapping[str, bytes], syntax: Callable[[bytes], str]) -> Check:
    scripts = [path for path in files if path.endswith(".sh")]
    for path in scripts:
        problem = syntax(files[path])
        if problem:
            return failed("scripts", f"{path}: {problem}", f"`sh -n {path}` must be silent")
    return fine("scripts", f"`sh -n` finds nothing wrong in {', '.join(scripts)}")


def _roles(flavor: Flavor, mounted: bytes) -> Check:
    # One role needs no branch; of two, something must at least look at which it is.
    claimed = " and ".join(flavor.roles)
    if _ROLE_VARIABLE in mounted or flavor.roles == (Role.PARTICIPANT,):
        return fine("roles", claimed)
    if len(flavor.roles) > 1:
        return failed(
            "roles",
            f"it claims {claimed}, but nothing in it looks at $MULTICOOKER_ROLE",
            "docs/reference/cell-protocol.md says what a judge does differently",
        )
    if b"ballot" not in mounted and not flavor.dialect:  # which takes it from the last message
        return failed("roles", "it claims to judge, but nothing in it writes a ballot")
    return fine("roles", claimed)
