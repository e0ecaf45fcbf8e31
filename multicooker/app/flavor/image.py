"""What `flavor check` says about a flavor's Dockerfile.base."""

from __future__ import annotations

import re
from collections.abc import Iterable

from multicooker.app.flavor.checks import doubtful, failed, fine
from multicooker.app.flavor.dockerfile import Instruction, instructions
from multicooker.app.results import Check
from multicooker.domain.flavor import Flavor

_SECRET_FILE = re.compile(
    r"credential|oauth|auth\.json|\.netrc|\.npmrc|\.pypirc|id_(rsa|ed25519)|\.env\b|\.(pem|key)\b"
    r"|\b(token|secret)s?\b",
    re.IGNORECASE,
)
_SECRET_VARIABLE = re.compile(r"(API_?KEY|TOKEN|SECRET|PASSWORD|PASSWD)", re.IGNORECASE)
_VERSION = "VERSION"
"""The build argument by which a cook asks for another version of the CLI."""


def check_image(data: bytes, flavor: Flavor | None) -> list[Check]:
    """Check a Dockerfile.base; against its flavor.yaml, too, where that could be read."""
    found = instructions(data.decode("utf-8", "replace"))
    checks = [_base(found)]
    copied = [line for line in found if _takes_from_folder(line)]
    if copied:
        checks.append(
            failed(
                "nothing copied",
                f"Dockerfile.base:{copied[0].line}: {copied[0].shown}",
                "files beside it are mounted at /opt/cell; the image holds the CLI alone",
            )
        )
    else:
        checks.append(fine("nothing copied", "the image holds nothing from this folder"))
    secrets = [line for line in found if _holds_secret(line)]
    if secrets:
        checks.append(
            failed(
                "no secrets",
                f"Dockerfile.base:{secrets[0].line}: {secrets[0].shown}",
                "credentials are mounted when a cell runs: flavor.yaml: credential",
            )
        )
    else:
        checks.append(fine("no secrets", "no credential is named in Dockerfile.base"))
    if flavor is not None and (version := _version(found, flavor)):
        checks.append(version)
    return checks


def _version(found: Iterable[Instruction], flavor: Flavor) -> Check | None:
    """Compare the pinned version with what the image installs; None where neither names one."""
    declared = [line for line in found if line.name == "ARG" and _argument(line)[0] == _VERSION]
    other = [line for line in declared if _argument(line)[1] not in {"", flavor.version}]
    if other:
        return failed(
            "version",
            f"Dockerfile.base:{other[0].line}: {other[0].shown}, but flavor.yaml says"
            f" {flavor.version or 'none'}",
            "say the same version in both",
        )
    if not flavor.version:
        return None
    if not any(_argument(line)[1] for line in declared):
        return failed(
            "version",
            f"flavor.yaml says {flavor.version}, but no ARG VERSION in Dockerfile.base does",
            "install ${VERSION}, so that a cook can ask for another one",
        )
    if not flavor.version_command:
        return doubtful(
            "version",
            f"{flavor.version}, but nothing tells whether that is what the image holds",
            "flavor.yaml: version_command: the program and words that print it",
        )
    return fine("version", f"{flavor.version}, in flavor.yaml as in Dockerfile.base")


def _argument(line: Instruction) -> tuple[str, str]:
    name, _, default = line.text.partition("=")
    return name.strip(), default.strip().strip("\"'")


def _base(found: tuple[Instruction, ...]) -> Check:
    stages = [line for line in found if line.name == "FROM"]
    first = [line.name for line in found[:2]]
    declared = found[0].text.partition("=")[0].strip() if found else ""
    if first == ["ARG", "FROM"] and declared == "BASE" and _is_base(stages[0]):
        foreign = _foreign(stages)
        if not foreign:
            return fine("base", "ARG BASE, then FROM ${BASE}")
        return doubtful(
            "base",
            f"Dockerfile.base:{foreign[0].line}: {foreign[0].shown} needs a registry",
            "build from ${BASE} alone, so that it works without one",
        )
    return failed(
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
