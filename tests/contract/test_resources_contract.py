"""Folders of templates and flavors, and their fake, behave alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from multicooker.adapters.flavors.resources import PackagedResources
from multicooker.errors import BadInputError
from multicooker.pipeline import load
from multicooker.ports import Resources
from tests.fakes.resources import FakeResources
from tests.known_flavors import DEMO

DOCKERFILE = b"ARG BASE\nFROM ${BASE}\n"
YAML = b"""\
name: demo
summary: needs nothing
family: demo
roles: [participant, judge]
base: {name: "busybox:stable", debian: [busybox-static], bare: true}
"""


@pytest.fixture(params=["folders", "fake"])
def resources(request: pytest.FixtureRequest, tmp_path: Path) -> Resources:
    """Return resources with a template `a.j2`, a flavor `demo` and a broken flavor `bad`."""
    if request.param == "fake":
        return FakeResources(
            known={"demo": DEMO}, broken={"bad": "lacks everything"}, templates={"a.j2": "{{ x }}"}
        )
    flavors = tmp_path / "templates" / "cook" / "participants"
    for folder in ("demo", "_skeleton"):
        (flavors / folder).mkdir(parents=True)
        (flavors / folder / "entrypoint.sh").write_text("#!/bin/sh\n")
        (flavors / folder / "Dockerfile.base").write_bytes(DOCKERFILE)
        (flavors / folder / "README.md").write_text("# demo\n")
    (flavors / "demo" / "flavor.yaml").write_bytes(YAML)
    (flavors / "_skeleton" / "flavor.yaml").write_bytes(YAML.replace(b"demo", b"__NAME__"))
    (flavors / "bad").mkdir()
    (tmp_path / "templates" / "a.j2").write_text("{{ x }}")
    return PackagedResources(load.flavor, package=str(tmp_path / "multicooker"))


def test_a_template_is_given_by_its_path(resources: Resources) -> None:
    assert resources.template("a.j2") == "{{ x }}"


def test_an_unknown_template_is_a_key_error(resources: Resources) -> None:
    with pytest.raises(KeyError):
        resources.template("b.j2")


@pytest.mark.parametrize("name", ["/etc/hostname", "../a.j2"])
def test_a_template_outside_is_refused(resources: Resources, name: str) -> None:
    with pytest.raises(BadInputError):
        resources.template(name)


def test_the_root_of_the_templates_is_absolute(resources: Resources) -> None:
    assert Path(resources.templates_root()).is_absolute()


def test_flavors_that_load_are_listed_and_the_others_told(resources: Resources) -> None:
    assert set(resources.flavors()) == {"demo"}
    assert set(resources.problems()) == {"bad"}
    assert "lacks" in resources.problems()["bad"]


def test_one_flavor_is_given_by_its_name(resources: Resources) -> None:
    assert resources.flavor("demo") == resources.flavors()["demo"]
    assert resources.folder("demo") == resources.flavor("demo").folder


@pytest.mark.parametrize("name", ["bad", "nosuch"])
def test_a_broken_or_unknown_flavor_asked_for_is_an_error(resources: Resources, name: str) -> None:
    with pytest.raises(BadInputError):
        resources.flavor(name)


def test_a_broken_flavor_still_has_a_folder_to_look_at(resources: Resources) -> None:
    assert resources.folder("bad").endswith("/bad")
    with pytest.raises(BadInputError):
        resources.folder("nosuch")


def test_a_cell_gets_an_entrypoint_and_no_dockerfile(resources: Resources) -> None:
    files = resources.files(resources.flavor("demo"))
    assert "entrypoint.sh" in files
    assert "Dockerfile.base" not in files


def test_a_flavor_has_a_readme(resources: Resources) -> None:
    assert resources.readme(resources.flavor("demo")).startswith("# demo\n")


def test_the_skeleton_leaves_room_for_a_name(resources: Resources) -> None:
    assert b"__NAME__" in resources.skeleton()["flavor.yaml"]
