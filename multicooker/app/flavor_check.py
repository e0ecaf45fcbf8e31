"""`flavor check`: whether a folder keeps the contract of a flavor."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from multicooker.adapters.flavors import folder as flavor_folder
from multicooker.adapters.flavors import shell
from multicooker.app.dockerfile import Instruction, instructions
from multicooker.app.kitchen import Kitchen
from multicooker.app.results import Check, FlavorCheckResult, Level
from multicooker.domain.flavor import Flavor, Role
from multicooker.errors import BadInputError
from multicooker.pipeline import load

_SECRET_FILE = re.compile(
    r"credential|oauth|auth\.json|\.netrc|\.npmrc|\.pypirc|id_(rsa|ed25519)|\.env\b|\.(pem|key)\b"
    r"|\b(token|secret)s?\b",
    re.IGNORECASE,
)
_SECRET_VARIABLE = re.compile(r"(API_?KEY|TOKEN|SECRET|PASSWORD|PASSWD)", re.IGNORECASE)
_LOGIN = re.compile(r"\blog(ged)?[ -]?in\b|\baccount\b|\bsubscription\b", re.IGNORECASE)
_ROLE_VARIABLE = b"MULTICOOKER_ROLE"


def flavor_check(kitchen: Kitchen, *, name: str) -> FlavorCheckResult:
    """Check a flavor by the name it is found by; BadInputError where there is none."""
    return check_flavor(kitchen.resources.folder(name), name=name)


def check_flavor(
    folder: str,
    *,
    name: str | None = None,
    read: Callable[[str], Mapping[str, bytes]] = flavor_folder.read,
    syntax: Callable[[bytes], str] = shell.syntax_problem,
) -> FlavorCheckResult:
    """Check a flavor's folder; `name` is what it is found by, the folder's own by default."""
    wanted = name or Path(folder).resolve().name
    try:
        files = read(folder)
    except BadInputError as error:
        return FlavorCheckResult(name=wanted, checks=(_failed("folder", error.message),))
    checks = [_four_files(files)]
    flavor = None
    if "flavor.yaml" in files:
        flavor, told = _yaml(files["flavor.yaml"], f"{folder}/flavor.yaml", wanted)
        checks += told
    if "Dockerfile.base" in files:
        checks += _dockerfile(files["Dockerfile.base"])
    if "entrypoint.sh" in files:
        checks.append(_scripts(files, syntax))
    if flavor is not None:
        checks.append(_roles(flavor, files))
        checks.append(_readme(flavor, files.get("README.md", b"")))
    return FlavorCheckResult(name=wanted, checks=tuple(checks))


def _four_files(files: Mapping[str, bytes]) -> Check:
    missing = [name for name in flavor_folder.FOUR_FILES if name not in files]
    if missing:
        return _failed(
            "four files", f"{', '.join(missing)} missing", "`multicooker flavor new` writes all"
        )
    return _fine("four files", ", ".join(flavor_folder.FOUR_FILES))


def _yaml(data: bytes, place: str, wanted: str) -> tuple[Flavor | None, list[Check]]:
    try:
        flavor = load.flavor(data.decode("utf-8"), place=place)
    except UnicodeDecodeError as error:
        return None, [_failed("flavor.yaml", f"is not UTF-8 (byte {error.start})")]
    except BadInputError as error:
        return None, [_failed("flavor.yaml", error.message, error.hint)]
    checks = [_fine("flavor.yaml", f"{flavor.name}: {flavor.summary}")]
    if flavor.name == wanted:
        checks.append(_fine("name", f"it is found by the name it gives itself: {wanted}"))
    else:
        checks.append(
            _failed(
                "name",
                f"flavor.yaml says {flavor.name!r}, it is found by {wanted!r}",
                "make both the same",
            )
        )
    return flavor, checks


def _dockerfile(data: bytes) -> list[Check]:
    found = instructions(data.decode("utf-8", "replace"))
    checks = [_base(found)]
    copied = [line for line in found if _takes_from_folder(line)]
    if copied:
        checks.append(
            _failed(
                "nothing copied",
                f"Dockerfile.base:{copied[0].line}: {copied[0].shown}",
                "files beside it are mounted at /opt/cell; the image holds the CLI alone",
            )
        )
    else:
        checks.append(_fine("nothing copied", "the image holds nothing from this folder"))
    secrets = [line for line in found if _holds_secret(line)]
    if secrets:
        checks.append(
            _failed(
                "no secrets",
                f"Dockerfile.base:{secrets[0].line}: {secrets[0].shown}",
                "credentials are mounted when a cell runs: flavor.yaml: credentials",
            )
        )
    else:
        checks.append(_fine("no secrets", "no credential is named in Dockerfile.base"))
    return checks


def _base(found: tuple[Instruction, ...]) -> Check:
    stages = [line for line in found if line.name == "FROM"]
    first = [line.name for line in found[:2]]
    declared = found[0].text.partition("=")[0].strip() if found else ""
    if first == ["ARG", "FROM"] and declared == "BASE" and _is_base(stages[0]):
        foreign = _foreign(stages)
        if not foreign:
            return _fine("base", "ARG BASE, then FROM ${BASE}")
        return Check(
            name="base",
            level=Level.WARN,
            detail=f"Dockerfile.base:{foreign[0].line}: {foreign[0].shown} needs a registry",
            fix="build from ${BASE} alone, so that it works without one",
        )
    return _failed(
        "base",
        "Dockerfile.base does not begin with ARG BASE and FROM ${BASE}",
        "begin it with `ARG BASE=<name of the base>` and `FROM ${BASE}`",
    )


def _is_base(stage: Instruction) -> bool:
    return stage.text.split()[:1] == ["${BASE}"]


def _foreign(stages: Iterable[Instruction]) -> list[Instruction]:
    """Return the stages that start neither from the base nor from a stage before them."""
    here: set[str] = set()
    found = []
    for stage in stages:
        words = stage.text.lower().split()
        if not _is_base(stage) and not here.intersection(words[:1]):
            found.append(stage)
        if words[1:2] == ["as"]:
            here.update(words[2:3])
    return found


def _holds_secret(line: Instruction) -> bool:
    if line.name in {"COPY", "ADD"}:
        return _SECRET_FILE.search(line.text) is not None
    if line.name in {"ENV", "ARG"}:
        words = line.text.split()
        names = [word.partition("=")[0] for word in words if "=" in word] + words[:1]
        return any(_SECRET_VARIABLE.search(name) for name in names)
    return False


def _takes_from_folder(line: Instruction) -> bool:
    """Return True unless it copies from another stage, from a URL or from itself."""
    elsewhere = ("--from=", "<<", "https://", "http://", "git@")
    return line.name in {"COPY", "ADD"} and not any(word in line.text for word in elsewhere)


def _scripts(files: Mapping[str, bytes], syntax: Callable[[bytes], str]) -> Check:
    scripts = [path for path in files if path.endswith(".sh")]
    for path in scripts:
        problem = syntax(files[path])
        if problem:
            return _failed("scripts", f"{path}: {problem}", f"`sh -n {path}` must be silent")
    return _fine("scripts", f"`sh -n` finds nothing wrong in {', '.join(scripts)}")


def _roles(flavor: Flavor, files: Mapping[str, bytes]) -> Check:
    # One role needs no branch; of two, something must at least look at which it is.
    mounted = b"\n".join(
        data for path, data in files.items() if path not in flavor_folder.UNMOUNTED
    )
    claimed = " and ".join(flavor.roles)
    if _ROLE_VARIABLE in mounted or flavor.roles == (Role.PARTICIPANT,):
        return _fine("roles", claimed)
    if len(flavor.roles) > 1:
        return _failed(
            "roles",
            f"it claims {claimed}, but nothing in it looks at $MULTICOOKER_ROLE",
            "docs/reference/cell-protocol.md says what a judge does differently",
        )
    if b"ballot" not in mounted:
        return _failed("roles", "it claims to judge, but nothing in it writes a ballot")
    return _fine("roles", claimed)


def _readme(flavor: Flavor, readme: bytes) -> Check:
    text = readme.decode("utf-8", "replace")
    if flavor.credentials and not flavor.login:
        return _failed("login", "flavor.yaml: login: is empty", "name the command that logs in")
    if flavor.login and flavor.login not in text:
        return _failed("login", f"README.md does not tell `{flavor.login}`")
    if not _LOGIN.search(text):
        return _failed("login", "README.md does not say how to log in, or that no login is needed")
    return _fine("login", flavor.login or "none needed")


def _fine(name: str, detail: str) -> Check:
    return Check(name=name, level=Level.OK, detail=detail)


def _failed(name: str, detail: str, fix: str = "") -> Check:
    return Check(name=name, level=Level.FAIL, detail=detail, fix=fix)
