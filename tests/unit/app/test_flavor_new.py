"""A new flavor is found at once, passes its check, and replaces nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from multicooker.adapters.cooks import CooksFolder
from multicooker.adapters.flavors.resources import PackagedResources
from multicooker.app.flavor.check import check_flavor
from multicooker.app.flavor.new import make_flavor
from multicooker.app.results import NewResult
from multicooker.errors import BadInputError, DiskError
from multicooker.pipeline import load


def make(project: Path, name: str) -> NewResult:
    cooks = CooksFolder(project / "cooks")
    return make_flavor(name, cooks=cooks, resources=known_in(project))


def known_in(project: Path) -> PackagedResources:
    return PackagedResources(load.flavor, cooks=str(project / "cooks"))


@pytest.mark.parametrize("name", ["acme", "0", "no", "null", "1e3", "a-b_c", "x" * 40])
def test_a_new_flavor_is_found_and_passes_its_check(tmp_path: Path, name: str) -> None:
    made = make(tmp_path, name)
    assert made.folder == str(tmp_path / "flavors" / name)
    assert {"flavor.yaml", "Dockerfile.base", "entrypoint.sh", "README.md"} <= set(made.created)
    found = known_in(tmp_path).flavor(name)
    assert (found.flavor.name, found.source) == (name, "this project")
    result = check_flavor(made.folder)
    assert [check for check in result.checks if check.level != "ok"] == []


def test_nothing_of_the_placeholder_is_left(tmp_path: Path) -> None:
    folder = Path(make(tmp_path, "acme").folder)
    assert not [path for path in folder.rglob("*") if b"__NAME__" in path.read_bytes()]
    assert not [path for path in folder.rglob("*") if b"__SCHEMA__" in path.read_bytes()]


def test_an_editor_is_told_where_the_schema_of_a_new_flavor_lies(tmp_path: Path) -> None:
    folder = Path(make(tmp_path, "acme").folder)
    first = (folder / "flavor.yaml").read_text().splitlines()[0]
    schema = Path(first.removeprefix("# yaml-language-server: $schema="))
    assert json.loads(schema.read_text())["title"] == "flavor.yaml"


@pytest.mark.parametrize("name", ["../x", "a/b", "A", "", "-x", "x" * 41, "é", "con"])
def test_a_name_that_is_none_makes_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInputError):
        make(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_a_known_flavor_is_not_hidden_by_a_new_one(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="there is a flavor 'demo' already"):
        make(tmp_path, "demo")


def test_a_second_one_of_a_name_is_refused_and_the_first_kept(tmp_path: Path) -> None:
    folder = Path(make(tmp_path, "acme").folder)
    (folder / "README.md").write_text("mine: log in\n")
    with pytest.raises(BadInputError, match="already"):
        make(tmp_path, "acme")
    assert (folder / "README.md").read_text() == "mine: log in\n"


def test_what_lies_in_the_way_is_kept(tmp_path: Path) -> None:
    (tmp_path / "flavors").mkdir()
    (tmp_path / "flavors" / "acme").symlink_to("nowhere")
    with pytest.raises(BadInputError, match="is there already"):
        make(tmp_path, "acme")
    assert (tmp_path / "flavors" / "acme").is_symlink()


def test_a_disk_that_refuses_is_told_and_leaves_no_half_flavor(tmp_path: Path) -> None:
    (tmp_path / "flavors").write_text("a file in the way\n")
    with pytest.raises(DiskError):
        make(tmp_path, "acme")
    assert [path.name for path in tmp_path.iterdir()] == ["flavors"]


def test_what_a_new_flavor_shows_commented_out_is_a_flavor_with_a_login(tmp_path: Path) -> None:
    folder = Path(make(tmp_path, "acme").folder)
    text = (folder / "flavor.yaml").read_text()
    (folder / "flavor.yaml").write_text(re.sub(r"^#(?! \S)", "", text, flags=re.MULTILINE))
    dockerfile = (folder / "Dockerfile.base").read_text()
    (folder / "Dockerfile.base").write_text(dockerfile.replace('VERSION=""', 'VERSION="1.2.3"'))
    (folder / "README.md").write_text("Log in with `acme login`.\n")

    checks = check_flavor(str(folder)).checks
    assert [check for check in checks if check.level != "ok"] == []
    assert {"version", "credential", "api keys"} <= {check.name for check in checks}
