"""Values that mean nothing cannot be made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from multicooker.domain.ballot import Evidence, Score, Seal, label_at
from multicooker.domain.cook import (
    Auth,
    AuthMode,
    CookSpec,
    Dimension,
    Judge,
    Limits,
    Network,
    Outputs,
    Participant,
    Resources,
    Rubric,
    check_name,
)
from multicooker.domain.flavor import BaseImage, Credential, Flavor, KnownFlavor, Role
from multicooker.domain.outcome import FileEntry, Harvest
from multicooker.domain.round import Project

CRAFT = Dimension(name="craft", means="well made")
BASE = BaseImage(name="node:22-slim")


def flavor(**changes: object) -> Flavor:
    values: dict[str, object] = {
        "name": "acme",
        "summary": "x",
        "family": "acme",
        "roles": (Role.JUDGE,),
        "base": BASE,
        **changes,
    }
    return Flavor(**values)  # type: ignore[arg-type]  # each case breaks one of them


def credential(**changes: object) -> Credential:
    values: dict[str, object] = {
        "provider": "acme",
        "sources": ("file:~/.acme/auth.json",),
        "target": "/root/.acme/auth.json",
        **changes,
    }
    return Credential(**values)  # type: ignore[arg-type]  # each case breaks one of them


def known(**changes: object) -> KnownFlavor:
    return KnownFlavor(
        flavor=flavor(**changes), folder="/x", source="built-in", fingerprint="a" * 64
    )


def spec(participants: int, judges: int = 0) -> CookSpec:
    return CookSpec(
        participants=tuple(Participant(name=f"p{at}", flavor="demo") for at in range(participants)),
        judges=tuple(Judge(name=f"j{at}", flavor="demo") for at in range(judges)),
        rubric=Rubric(dimensions=(CRAFT,)),
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: Resources(memory=1),
        lambda: Resources(memory=2 * 1024**4),
        lambda: Resources(cpus=0),
        lambda: Resources(cpus=float("nan")),
        lambda: Resources(pids=1),
        lambda: Participant(name="A", flavor="demo"),
        lambda: Participant(name="x-ray", flavor="demo"),
        lambda: Participant(name="a", flavor="de mo"),
        lambda: Participant(name="a", flavor="demo", timeout=0),
        lambda: Participant(name="a", flavor="demo", timeout=-1),
        lambda: Judge(name="a" * 41, flavor="demo"),
        lambda: Judge(name="a", flavor="demo", timeout=8 * 86400),
        lambda: Dimension(name="craft", means="x", weight=0),
        lambda: Dimension(name="craft", means="x", weight=float("nan")),
        lambda: Dimension(name="craft", means="x", anchors={"11": "too good"}),
        lambda: Rubric(dimensions=()),
        lambda: Rubric(dimensions=(CRAFT, CRAFT)),
        lambda: Rubric(dimensions=tuple(Dimension(name=f"d{at}", means="x") for at in range(25))),
        lambda: Outputs(required=("../x",)),
        lambda: Outputs(required=("/x",)),
        lambda: Outputs(required=("a//b",)),
        lambda: Outputs(required=("",)),
        lambda: Limits(timeout=0),
        lambda: Limits(judge_timeout=0),
        lambda: Limits(grace=601),
        lambda: Limits(output_bytes=0),
        lambda: Limits(output_files=0),
        lambda: Limits(log_bytes=0),
        lambda: Limits(jobs=0),
        lambda: spec(0),
        lambda: spec(51),
        lambda: spec(1, judges=13),
        lambda: CookSpec(
            participants=(Participant(name="a", flavor="demo"),) * 2,
            judges=(),
            rubric=Rubric(dimensions=(CRAFT,)),
        ),
        lambda: BaseImage(name="--privileged"),
        *(
            lambda package=package: BaseImage(name="busybox", debian=("git", package))
            for package in ("-oDir=/", "a,b", "a b", "a/trixie", "", "Ä")
        ),
        lambda: Participant(name="a", flavor="demo", version="latest"),
        lambda: Participant(name="a", flavor="demo", version="1"),
        lambda: Participant(name="a", flavor="demo", version="^1.2.3"),
        lambda: Judge(name="a", flavor="demo", version="1.2.3 && true"),
        lambda: Auth(profile="My Work"),
        lambda: Auth(mode=AuthMode.SNAPSHOT, profile="work"),
        lambda: Auth(mode=AuthMode.BIND, profile="work"),
        lambda: Auth(mode=AuthMode.NONE, profile="work"),
        *(
            lambda host=host: Network(resolve={host: "10.0.0.1"})
            for host in ("", "a b", "*.acme.example", "-a", "a:b", "a\n", "é.example")
        ),
        *(
            lambda address=address: Network(resolve={"acme.example": address})
            for address in ("", "acme", "10.0.0", "10.0.0.1/8", "fe80::1%eth0", "fe80::1%\n")
        ),
        lambda: credential(provider="../x"),
        lambda: credential(sources=()),
        lambda: credential(sources=("env:TOKEN",)),
        lambda: credential(sources=("file:",)),
        lambda: credential(sources=("file:~/x", "~/y")),
        lambda: credential(target="/etc/passwd"),
        lambda: credential(target="/root/../etc/passwd"),
        lambda: credential(target="/root/a:rw"),
        lambda: credential(keep=("access",)),
        lambda: credential(fill={"now": "$now"}),
        lambda: credential(identity=("email",)),
        lambda: credential(refresh="refresh"),
        lambda: credential(modes=(AuthMode.TOKEN,)),
        lambda: credential(modes=(AuthMode.BIND,), sources=("keychain:Acme",)),
        lambda: flavor(name="x-ray"),
        lambda: flavor(version="latest"),
        lambda: flavor(dialect="a b"),
        lambda: flavor(sessions="/etc"),
        lambda: flavor(sessions="/root/../etc"),
        lambda: flavor(ca_variables=("X=1",)),
        lambda: flavor(ca_variables=("x",)),
        lambda: flavor(name="A"),
        lambda: flavor(roles=()),
        lambda: flavor(state=("/etc",)),
        lambda: flavor(state=("/root/a:exec",)),
        lambda: flavor(hosts=("a b",)),
        lambda: flavor(options={"LD_PRELOAD=x": ()}),
        lambda: Score(label="A", dimension="d", evidence=(), reason="x", score=11),
        lambda: Score(label="A", dimension="d", evidence=(), reason="x", score=0),
    ],
)
def test_a_value_that_means_nothing_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        make()


@pytest.mark.parametrize("name", ["a", "0", "a-b_c", "a" * 40, "0abc"])
def test_a_name_is_accepted(name: str) -> None:
    check_name("task", name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "..",
        "A",
        "é",
        "a b",
        "a:b",
        "a\n",
        "a\0",
        "con",
        "-rf",
        "_a",
        "a" * 41,
        "../x",
    ],
)
def test_a_name_is_refused_with_the_pattern_it_must_have(name: str) -> None:
    with pytest.raises(ValueError, match="1 to 40 of a-z"):
        check_name("task", name)


@pytest.mark.parametrize(
    ("position", "label"),
    [
        (0, "A"),
        (25, "Z"),
        (26, "AA"),
        (27, "AB"),
        (51, "AZ"),
        (52, "BA"),
        (701, "ZZ"),
        (702, "AAA"),
    ],
)
def test_labels_go_on_after_z(position: int, label: str) -> None:
    assert label_at(position) == label


@pytest.mark.parametrize("count", [1, 26, 27, 50])
def test_as_many_participants_as_there_may_be_are_accepted(count: int) -> None:
    assert len(spec(count).participants) == count


def test_shares_are_parts_of_one() -> None:
    rubric = Rubric(dimensions=(CRAFT, Dimension(name="depth", means="x", weight=3)))
    assert rubric.shares() == {"craft": 0.25, "depth": 0.75}


def test_a_seal_knows_its_labels_and_no_other() -> None:
    with pytest.raises(KeyError):
        Seal(round=1, made="now", submissions=()).submission("A")


def test_a_harvest_weighs_its_files() -> None:
    files = tuple(FileEntry(path=str(size), size=size, sha256="0") for size in (1, 2, 3))
    assert Harvest(files=files).size == 6


def test_a_container_is_named_as_compose_names_it() -> None:
    project = Project(name="mc-t-0", folder="/cooks/t", task="t")
    assert project.container("judge-a") == "mc-t-0-judge-a-1"


def test_evidence_without_words_is_for_files_that_are_not_text() -> None:
    assert Evidence(file="logo.png").quote == ""


@pytest.mark.parametrize("version", ["1.2", "2.1.329", "0.1.2-beta.4", "1.2.3+build", "1.2.3.4"])
def test_a_version_is_accepted(version: str) -> None:
    assert Participant(name="a", flavor="demo", version=version).version == version


@pytest.mark.parametrize(
    ("auth", "mode"),
    [
        (Auth(), AuthMode.SNAPSHOT),
        (Auth(profile="work"), AuthMode.VOLUME),
        (Auth(mode=AuthMode.TOKEN, profile="work"), AuthMode.TOKEN),
        (Auth(mode=AuthMode.NONE), AuthMode.NONE),
    ],
)
def test_a_login_is_a_snapshot_or_where_a_profile_is_named_the_volumes(
    auth: Auth, mode: AuthMode
) -> None:
    assert auth.effective is mode


def test_hosts_are_resolved_to_addresses_of_both_kinds() -> None:
    network = Network(resolve={"api.acme.example": "10.0.0.1", "localhost": "fd00::1"})
    assert dict(network.resolve) == {"api.acme.example": "10.0.0.1", "localhost": "fd00::1"}


def test_an_image_is_named_by_what_its_flavor_is_made_from_and_its_version() -> None:
    plain, pinned = known(), known(version="1.2.3")
    assert plain.image == "mc-acme-base:aaaaaaaaaaaa"
    assert len({plain.image, pinned.image, pinned.at("1.2.4").image}) == 3
    assert replace(pinned, fingerprint="b" * 64).image != pinned.image


def test_a_flavor_at_no_version_of_its_own_is_as_it_is_pinned() -> None:
    pinned = known(version="1.2.3")
    assert pinned.at(None) == pinned
    assert pinned.at("1.2.3").image == pinned.image
    assert pinned.at("2.0.0").flavor.version == "2.0.0"
