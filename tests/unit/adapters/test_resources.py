"""Where templates and flavors come from, and what is refused on the way."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from multicooker.adapters.flavors.folder import MAX_BYTES, MAX_FILE_BYTES, MAX_FILES
from multicooker.adapters.flavors.resources import PackagedResources
from multicooker.errors import BadInputError, StateError
from multicooker.pipeline import load

FLAVOR = """\
name: {name}
summary: a test
family: test
roles: [participant]
base: {{name: "{base}", debian: [busybox-static], bare: true}}
"""


def make_flavor(parent: Path, name: str, *, says: str | None = None, base: str = "b:1") -> Path:
    folder = parent / name
    folder.mkdir(parents=True)
    (folder / "flavor.yaml").write_text(FLAVOR.format(name=says or name, base=base))
    (folder / "Dockerfile.base").write_text("ARG BASE\nFROM ${BASE}\n")
    (folder / "entrypoint.sh").write_text("#!/bin/sh\n")
    (folder / "README.md").write_text("no login needed\n")
    return folder


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Make a checkout's package with one built-in flavor, `plain`; return its folder."""
    package = tmp_path / "checkout" / "multicooker"
    package.mkdir(parents=True)
    make_flavor(package.parent / "templates" / "cook" / "participants", "plain")
    return package


@pytest.fixture
def cook(tmp_path: Path) -> Path:
    """Make a cook `task` in the folder `project/cooks`."""
    folder = tmp_path / "project" / "cooks" / "task"
    folder.mkdir(parents=True)
    return folder


def resources(package: Path, cook: Path | None = None) -> PackagedResources:
    return PackagedResources(
        load.flavor, cooks=str(cook.parent) if cook else None, package=str(package)
    )


# ---- templates -----------------------------------------------------------------------------


def test_a_checkout_uses_the_templates_beside_the_package(package: Path) -> None:
    assert resources(package).templates_root() == str(package.parent / "templates")


def test_a_wheel_uses_the_templates_inside_the_package(package: Path) -> None:
    (package / "_templates").mkdir()
    assert resources(package).templates_root() == str(package / "_templates")


def test_this_checkout_is_used_even_when_installed_as_editable() -> None:
    checkout = Path(__file__).parents[3]
    assert PackagedResources(load.flavor).templates_root() == str(checkout / "templates")


def test_an_installation_without_templates_says_so(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="holds no templates"):
        resources(tmp_path / "multicooker").templates_root()


def test_a_template_is_its_text(package: Path) -> None:
    (package.parent / "templates" / "a.j2").write_text("é {{ x }}\n", encoding="utf-8")
    assert resources(package).template("a.j2") == "é {{ x }}\n"


@pytest.mark.parametrize("name", ["nosuch.j2", "cook", ""])
def test_what_is_no_template_is_a_key_error(package: Path, name: str) -> None:
    with pytest.raises(KeyError):
        resources(package).template(name)


@pytest.mark.parametrize("name", ["/etc/hostname", "../secret", "cook/../../secret", "a\0b"])
def test_a_name_outside_the_templates_is_refused(package: Path, name: str) -> None:
    (package.parent / "secret").write_text("secret")
    with pytest.raises(BadInputError, match="outside"):
        resources(package).template(name)


def test_a_template_that_links_out_is_refused(package: Path) -> None:
    (package.parent / "templates" / "host.j2").symlink_to("/etc/hostname")
    with pytest.raises(BadInputError, match="leaves"):
        resources(package).template("host.j2")


def test_a_template_folder_that_links_out_is_refused(package: Path) -> None:
    (package.parent / "templates" / "etc").symlink_to("/etc")
    with pytest.raises(BadInputError, match="leaves"):
        resources(package).template("etc/hostname")


def test_an_oversized_template_is_refused(package: Path) -> None:
    with (package.parent / "templates" / "big.j2").open("wb") as stream:
        stream.truncate(1024**2 + 1)
    with pytest.raises(BadInputError, match="larger"):
        resources(package).template("big.j2")


# ---- discovery -----------------------------------------------------------------------------


def test_the_first_place_wins_and_is_shown(package: Path, cook: Path) -> None:
    found = resources(package, cook)
    sources = [found.flavor("plain", str(cook)).source]
    make_flavor(cook.parents[1] / "flavors", "plain")
    sources.append(found.flavor("plain", str(cook)).source)
    make_flavor(cook / "flavors", "plain")
    sources.append(found.flavor("plain", str(cook)).source)
    assert sources == ["built-in", "this project", "this cook"]
    assert found.flavors(str(cook))["plain"].source == "this cook"


def test_a_cooks_own_flavor_is_unknown_elsewhere(package: Path, cook: Path) -> None:
    make_flavor(cook / "flavors", "own")
    assert "own" in resources(package, cook).flavors(str(cook))
    assert "own" not in resources(package, cook).flavors()


def test_folders_with_an_underscore_hidden_ones_and_files_are_no_flavors(
    package: Path, cook: Path
) -> None:
    make_flavor(cook / "flavors", "_skeleton")
    make_flavor(cook / "flavors", ".git")
    (cook / "flavors" / "notes.txt").touch()
    found = resources(package, cook)
    assert set(found.flavors(str(cook))) == {"plain"}
    assert found.problems(str(cook)) == {}


def test_an_unknown_flavor_is_told_with_the_nearest_name(package: Path) -> None:
    with pytest.raises(BadInputError, match="no flavor 'plian'") as told:
        resources(package).flavor("plian")
    assert told.value.hint == "did you mean 'plain'?"


def test_a_name_like_none_is_told_with_where_to_look(package: Path) -> None:
    with pytest.raises(BadInputError) as told:
        resources(package).flavor("zzz")
    assert "flavor list" in told.value.hint


def test_the_built_in_flavors_load() -> None:
    found = PackagedResources(load.flavor)
    assert found.problems() == {}
    assert found.flavor("demo").source == "built-in"


# ---- broken flavors ------------------------------------------------------------------------


def oversize(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(MAX_FILE_BYTES + 1)


def fill(folder: Path, count: int, size: int) -> None:
    for number in range(count):
        (folder / f"part{number}").write_bytes(b"x" * size)


UNPRINTABLE = "a\x1b[2Jb"
BREAKS: dict[str, Callable[[Path], object]] = {
    "lacks entrypoint.sh": lambda folder: (folder / "entrypoint.sh").unlink(),
    "name: 'other' differs from the name it is found by, 'bad'": lambda folder: (
        folder / "flavor.yaml"
    ).write_text(FLAVOR.format(name="other", base="b:1")),
    "flavor.yaml:": lambda folder: (folder / "flavor.yaml").write_text("name: [\n"),
    "is not UTF-8": lambda folder: (folder / "flavor.yaml").write_bytes(b"name: \xff\n"),
    "extra: is a link": lambda folder: (folder / "extra").symlink_to("/etc/hostname"),
    "extra: is no regular file": lambda folder: os.mkfifo(folder / "extra"),
    "cannot be printed": lambda folder: (folder / UNPRINTABLE).touch(),
    "larger than 1 MiB": lambda folder: oversize(folder / "extra"),
    "more than 4 MiB": lambda folder: fill(folder, MAX_BYTES // MAX_FILE_BYTES, MAX_FILE_BYTES),
    f"more than {MAX_FILES} files": lambda folder: fill(folder, MAX_FILES, 0),
    "nested deeper": lambda folder: (folder / "/".join("abcdefgh")).mkdir(parents=True),
}


@pytest.mark.parametrize("reason", BREAKS)
def test_a_broken_flavor_breaks_only_those_who_ask_for_it(
    package: Path, cook: Path, reason: str
) -> None:
    BREAKS[reason](make_flavor(cook / "flavors", "bad"))
    found = resources(package, cook)
    assert set(found.flavors(str(cook))) == {"plain"}
    assert reason in found.problems(str(cook))["bad"]
    with pytest.raises(BadInputError, match=re.escape(reason)):
        found.flavor("bad", str(cook))
    assert found.folder("bad", str(cook)) == str(cook / "flavors" / "bad")


def test_a_broken_flavor_is_not_replaced_by_a_later_one_of_its_name(
    package: Path, cook: Path
) -> None:
    (make_flavor(cook / "flavors", "plain") / "README.md").unlink()
    found = resources(package, cook)
    assert "plain" not in found.flavors(str(cook))
    assert "lacks README.md" in found.problems(str(cook))["plain"]


def test_a_flavor_that_is_a_link_to_a_folder_is_told(package: Path, cook: Path) -> None:
    (cook / "flavors").mkdir()
    (cook / "flavors" / "linked").symlink_to("/etc")
    assert "is a link" in resources(package, cook).problems(str(cook))["linked"]


def test_an_escape_in_a_file_name_does_not_reach_the_message(package: Path, cook: Path) -> None:
    (make_flavor(cook / "flavors", "bad") / UNPRINTABLE).touch()
    assert "\x1b" not in resources(package, cook).problems(str(cook))["bad"]


# ---- files and fingerprints ----------------------------------------------------------------


def test_a_cell_sees_all_files_but_those_about_the_flavor(package: Path, cook: Path) -> None:
    folder = make_flavor(cook / "flavors", "own")
    (folder / "lib").mkdir()
    (folder / "lib" / "a.awk").write_bytes(b"\xff\x00")
    (folder / "lib" / "README.md").write_text("kept")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").touch()
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").touch()
    (folder / "__init__.py").touch()
    found = resources(package, cook)
    assert found.files(found.flavor("own", str(cook))) == {
        "entrypoint.sh": b"#!/bin/sh\n",
        "lib/README.md": b"kept",
        "lib/a.awk": b"\xff\x00",
    }


def fingerprint(package: Path, cook: Path) -> str:
    return resources(package, cook).flavor("own", str(cook)).fingerprint


def test_only_what_makes_the_image_changes_its_fingerprint(package: Path, cook: Path) -> None:
    folder = make_flavor(cook / "flavors", "own")
    before = fingerprint(package, cook)
    (folder / "entrypoint.sh").write_text("#!/bin/sh\nexit 1\n")
    (folder / "README.md").write_text("other")
    (folder / "more.txt").touch()
    text = (folder / "flavor.yaml").read_text().replace("a test", "another summary")
    (folder / "flavor.yaml").write_text(text)
    assert fingerprint(package, cook) == before


def test_another_dockerfile_is_another_image(package: Path, cook: Path) -> None:
    folder = make_flavor(cook / "flavors", "own")
    before = fingerprint(package, cook)
    (folder / "Dockerfile.base").write_text("ARG BASE\nFROM ${BASE}\nRUN true\n")
    assert fingerprint(package, cook) != before


def test_another_base_is_another_image(package: Path, cook: Path) -> None:
    folder = make_flavor(cook / "flavors", "own")
    before = fingerprint(package, cook)
    (folder / "flavor.yaml").write_text(FLAVOR.format(name="own", base="b:2"))
    assert fingerprint(package, cook) != before


def test_the_same_files_elsewhere_are_the_same_image(package: Path, cook: Path) -> None:
    make_flavor(cook / "flavors", "own")
    here = fingerprint(package, cook)
    other = cook.parent / "other"
    make_flavor(other / "flavors", "own")
    assert resources(package, cook).flavor("own", str(other)).fingerprint == here
