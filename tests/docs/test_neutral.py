"""Nothing in the project tells whose machine it was made on."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.docs.console import ROOT

TRACKED_IN_A_COOK = {"BRIEF.md", "JUDGE_BRIEF.md", "cook.yaml", "raw", "flavors"}
MADE = re.compile(r"\.git|\.venv|\..*_cache|__pycache__|\.hypothesis|.*\.egg-info|build|dist")
HOME = re.compile(rb"(?:/home/|/Users/|C:\\+Users\\+)(?!you\b|me\b)\w+")
URL = re.compile(rb"\bhttps?://(?:[^/\s@]+@)?((?:[\w-]+\.)+\w+)")
PRIVATE = re.compile(
    rb"(?<![\w.-])(?!host\.docker\.internal)[\w-]+(?:\.[\w-]+)*\.(?:internal|intranet|corp|lan)\b(?!\()"
)
"""Names that only some company's network knows. `.local` is left out: `~/.local` is a folder."""
HOSTS = {
    "github.com",
    "json-schema.org",
    "semver.org",
    "www.w3.org",  # XML namespaces
    "127.0.0.1",
    # The vendors' own, in what their CLIs print and where they keep their pages.
    "api.openai.com",  # in the names of a token's claims
    "chatgpt.com",
    "cloudcode-pa.googleapis.com",
    "status.claude.com",
    "support.claude.com",
    "www.anthropic.com",
    "www.googleapis.com",  # in the names of what a token allows
}
EXAMPLES = re.compile(r"(?:.*\.)?(?:example|test|invalid)(?:\.(?:com|org|net))?")  # RFC 2606


def files() -> Iterator[Path]:
    """Yield what belongs to the project, with or without git: neither results nor caches."""
    for folder, folders, names in os.walk(ROOT):
        here = Path(folder)
        parts = here.relative_to(ROOT).parts
        folders[:] = [name for name in folders if not MADE.fullmatch(name)]
        if parts == ("cooks",):
            folders[:] = ["landing"]  # others are whoever's who works here
        if parts == ("cooks", "landing"):
            folders[:] = [name for name in folders if name in TRACKED_IN_A_COOK]
            yield from (here / name for name in names if name in TRACKED_IN_A_COOK)
        else:
            yield from (here / name for name in names if not name.startswith(".coverage"))


@cache
def contents() -> dict[str, bytes]:
    return {str(path.relative_to(ROOT)): path.read_bytes() for path in sorted(files())}


def found(pattern: re.Pattern[bytes]) -> set[tuple[str, str]]:
    return {
        (name, match[match.re.groups].decode())
        for name, content in contents().items()
        for match in pattern.finditer(content)
    }


def test_everything_is_looked_at() -> None:
    assert {"README.md", ".ci/run", "cooks/landing/raw/copy.md", "docs/images/flow.svg"} <= set(
        contents()
    )


def test_no_file_names_the_home_of_a_developer() -> None:
    assert found(HOME) == set()


@pytest.mark.parametrize("folder", [ROOT, Path.home()], ids=["checkout", "home"])
def test_no_file_names_a_folder_of_this_machine(folder: Path) -> None:
    """Short ones such as `/root` or `/app` stand for something else in containers."""
    if len(folder.parts) > 2:
        assert found(re.compile(re.escape(str(folder).encode()) + rb"(?![\w.-])")) == set()


def test_every_url_is_on_a_host_that_everybody_reaches() -> None:
    hosts = {(name, host) for name, host in found(URL) if host not in HOSTS}
    assert {(name, host) for name, host in hosts if not EXAMPLES.fullmatch(host)} == set()


def test_no_host_of_a_company_network_is_named() -> None:
    assert found(PRIVATE) == set()
