"""Which base image is taken, in which order, and what its user is told."""

from __future__ import annotations

import dataclasses
import io
import subprocess
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from multicooker.adapters.images.apt import Apt, Mirror
from multicooker.adapters.images.bare import is_static_program, write_root
from multicooker.adapters.images.bases import Bases, made_tag
from multicooker.adapters.images.debian import (
    OWN_AUTHORITIES,
    bring_authorities,
    source_lines,
    suites,
)
from multicooker.domain.flavor import BaseImage
from multicooker.errors import BuildError, EngineError
from tests.elf import elf

BARE = BaseImage(name="busybox:stable", debian=("busybox-static",), bare=True)
WHOLE = BaseImage(name="node:22-slim", debian=("nodejs", "git"))
LARGER = dataclasses.replace(WHOLE, debian=("nodejs", "git", "jq"))
STANDS_IN = "it stands in for that name until `docker pull node:22-slim` works"


@dataclass
class Shelf:
    """An engine's images and its registry."""

    present: dict[str, str] = field(default_factory=dict)
    """Image id by tag."""
    registry: frozenset[str] = frozenset()
    loaded: list[bytes] = field(default_factory=list)

    def images(self, tags: Sequence[str]) -> Mapping[str, str]:
        return {tag: self.present[tag] for tag in tags if tag in self.present}

    def pull(self, image: str) -> bool:
        if image in self.registry:
            self.present[image] = "real"
        return image in self.registry

    def load_base(self, archive: str, tag: str) -> None:
        self.loaded.append(Path(archive).read_bytes())
        self.present[tag] = f"made {len(self.loaded)}"

    def tag(self, image: str, name: str) -> None:
        self.present[name] = self.present[image]


def having(*tags: str) -> dict[str, str]:
    return {tag: f"image of {tag}" for tag in tags}


@dataclass
class Works:
    """A maker that works, and remembers where."""

    folders: list[Path] = field(default_factory=list)

    def __call__(
        self, base: BaseImage, *, folder: str, ca_bundle: str | None, tell: Callable[[str], None]
    ) -> tuple[str, str]:
        del ca_bundle, tell
        self.folders.append(Path(folder))
        archive = Path(folder) / "base.tar"
        archive.write_bytes(base.name.encode())
        return str(archive), "by hand"


def refuses(
    base: BaseImage, *, folder: str, ca_bundle: str | None, tell: Callable[[str], None]
) -> tuple[str, str]:
    del base, ca_bundle, tell
    (Path(folder) / "half").touch()
    raise BuildError("this machine cannot")


def must_not_run(
    base: BaseImage, *, folder: str, ca_bundle: str | None, tell: Callable[[str], None]
) -> tuple[str, str]:
    raise AssertionError(base, folder, ca_bundle, tell)


NEVER = Bases(bare=must_not_run, debian=must_not_run)


def ensure(bases: Bases, base: BaseImage, shelf: Shelf) -> tuple[str, list[str]]:
    told: list[str] = []
    return bases.ensure(base, engine=shelf, ca_bundle=None, tell=told.append), told


# ---- the order -----------------------------------------------------------------------------


@pytest.mark.parametrize("base", [BARE, WHOLE])
def test_a_base_made_before_is_taken_without_any_work(base: BaseImage) -> None:
    shelf = Shelf(present=having(made_tag(base), base.name))
    image, told = ensure(NEVER, base, shelf)
    assert image == made_tag(base)
    assert told == [f"base {base.name}: {image}, made here before"]


@pytest.mark.parametrize("base", [BARE, WHOLE])
def test_a_base_on_the_engine_is_taken_without_any_work(base: BaseImage) -> None:
    image, told = ensure(NEVER, base, Shelf(present=having(base.name)))
    assert image == base.name
    assert told == [f"base {base.name}: on the engine already"]


def test_a_bare_base_is_made_even_where_a_registry_answers() -> None:
    shelf = Shelf(registry=frozenset({BARE.name}))
    image, told = ensure(Bases(bare=Works(), debian=must_not_run), BARE, shelf)
    assert image == made_tag(BARE)
    assert shelf.loaded == [b"busybox:stable"]
    assert told == [f"base {BARE.name}: {image}, made by hand: needs no registry"]


def test_a_bare_base_that_cannot_be_made_is_pulled() -> None:
    shelf = Shelf(registry=frozenset({BARE.name}))
    image, told = ensure(Bases(bare=refuses, debian=must_not_run), BARE, shelf)
    assert image == BARE.name
    assert told == ["base busybox:stable: pulled from a registry"]


def test_a_whole_base_is_pulled_where_a_registry_answers() -> None:
    image, told = ensure(NEVER, WHOLE, Shelf(registry=frozenset({WHOLE.name})))
    assert image == WHOLE.name
    assert told == ["base node:22-slim: pulled from a registry"]


def test_a_whole_base_is_made_where_no_registry_answers() -> None:
    image, told = ensure(Bases(bare=must_not_run, debian=Works()), WHOLE, Shelf())
    assert image == made_tag(WHOLE)
    assert told == [
        f"base {WHOLE.name}: {image}, made by hand: no registry gave it",
        f"base {WHOLE.name}: {STANDS_IN}",
    ]


def test_a_second_call_finds_what_the_first_made() -> None:
    shelf, works = Shelf(), Works()
    first, _ = ensure(Bases(bare=works), BARE, shelf)
    second, _ = ensure(NEVER, BARE, shelf)
    assert first == second
    assert len(works.folders) == 1


# ---- standing in for what no registry gave ---------------------------------------------------

WORKS = Bases(bare=must_not_run, debian=Works())


def test_a_whole_base_made_here_goes_by_the_declared_name_too() -> None:
    shelf = Shelf()
    image, _ = ensure(WORKS, WHOLE, shelf)
    assert shelf.present[WHOLE.name] == shelf.present[image]


def test_a_base_that_needs_no_registry_takes_nobodys_name() -> None:
    shelf = Shelf()
    ensure(Bases(bare=Works()), BARE, shelf)
    assert BARE.name not in shelf.present


def test_a_digest_is_never_claimed() -> None:
    base = dataclasses.replace(WHOLE, name=f"node@sha256:{'0' * 64}")
    shelf = Shelf()
    image, told = ensure(WORKS, base, shelf)
    assert list(shelf.present) == [image]
    assert len(told) == 1


def test_a_name_that_somebody_took_away_is_lent_again() -> None:
    shelf = Shelf(present=having(made_tag(WHOLE)))
    image, told = ensure(NEVER, WHOLE, shelf)
    assert shelf.present[WHOLE.name] == shelf.present[image]
    assert told[-1] == f"base {WHOLE.name}: {STANDS_IN}"


def test_a_stand_in_is_not_taken_for_the_real_one_by_who_declares_more() -> None:
    shelf = Shelf()
    first, _ = ensure(WORKS, WHOLE, shelf)
    second, _ = ensure(WORKS, LARGER, shelf)
    assert second == made_tag(LARGER) != first
    assert shelf.present[WHOLE.name] == shelf.present[second]


def test_the_real_one_takes_its_name_back() -> None:
    shelf = Shelf()
    ensure(WORKS, WHOLE, shelf)
    shelf.registry = frozenset({WHOLE.name})
    assert ensure(NEVER, LARGER, shelf)[0] == WHOLE.name
    assert shelf.present[WHOLE.name] == "real"
    image, told = ensure(NEVER, LARGER, shelf)
    assert image == WHOLE.name
    assert told == [f"base {WHOLE.name}: on the engine already"]


def test_what_was_made_here_serves_on_beside_the_real_one() -> None:
    shelf = Shelf()
    made, _ = ensure(WORKS, WHOLE, shelf)
    shelf.present[WHOLE.name] = "real"
    assert ensure(NEVER, WHOLE, shelf)[0] == made
    assert shelf.present[WHOLE.name] == "real"


# ---- failures ------------------------------------------------------------------------------


@pytest.mark.parametrize("base", [BARE, WHOLE])
def test_where_nothing_works_the_error_tells_every_reason_and_what_to_do(base: BaseImage) -> None:
    with pytest.raises(BuildError) as told:
        ensure(Bases(bare=refuses, debian=refuses), base, Shelf())
    assert "no registry gave it" in told.value.message
    assert "this machine cannot" in told.value.message
    assert f"docker pull {base.name}" in told.value.hint


def test_a_base_without_packages_can_only_be_pulled() -> None:
    with pytest.raises(BuildError, match="names no Debian packages"):
        ensure(NEVER, BaseImage(name="node:22-slim"), Shelf())


def test_nothing_is_left_behind_by_a_base_that_was_made() -> None:
    works = Works()
    ensure(Bases(bare=works), BARE, Shelf())
    assert [folder.exists() for folder in works.folders] == [False]


def test_nothing_is_left_behind_when_the_engine_refuses_it() -> None:
    class Full(Shelf):
        def load_base(self, archive: str, tag: str) -> None:
            raise EngineError(f"no space for {archive} as {tag}")

    works = Works()
    with pytest.raises(EngineError):
        ensure(Bases(bare=works), BARE, Full())
    assert [folder.exists() for folder in works.folders] == [False]


# ---- tags ----------------------------------------------------------------------------------


def test_a_tag_tells_what_it_stands_for() -> None:
    assert made_tag(WHOLE).startswith("mc-base-node-22-slim:")


def test_the_tag_follows_the_declaration() -> None:
    variants = [
        WHOLE,
        dataclasses.replace(WHOLE, debian=("git", "nodejs")),
        dataclasses.replace(WHOLE, bare=True),
        dataclasses.replace(WHOLE, name="node:22.slim"),
    ]
    assert len({made_tag(base) for base in variants}) == len(variants)
    assert made_tag(WHOLE) == made_tag(dataclasses.replace(WHOLE))


@pytest.mark.parametrize("name", ["registry.example:5000/Team/Node:22@sha256:0", "x" * 300, "a__b"])
def test_any_name_makes_a_tag_that_engines_accept(name: str) -> None:
    repository, _, tag = made_tag(BaseImage(name=name)).partition(":")
    assert repository.replace("-", "").isalnum()
    assert repository.isascii()
    assert repository == repository.lower()
    assert len(repository) < 100
    assert len(tag) == 12


# ---- bare roots ----------------------------------------------------------------------------


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("little", [True, False])
def test_a_program_is_static_unless_it_asks_for_a_loader(*, wide: bool, little: bool) -> None:
    assert is_static_program(elf(kinds=[1, 2, 1], wide=wide, little=little))
    assert not is_static_program(elf(kinds=[6, 3, 1], wide=wide, little=little))


@pytest.mark.parametrize(
    "data",
    [b"", b"#!/bin/sh\n", b"\x7fELF", elf(kinds=[]), elf(kinds=[1])[:64], b"\x7fELF\x09" * 20],
)
def test_what_is_no_whole_program_is_not_static(data: bytes) -> None:
    assert not is_static_program(data)


def entries(archive: Path) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(archive) as tar:
        return {entry.name: entry for entry in tar}


def test_a_root_has_the_programs_their_names_and_what_cells_count_on(tmp_path: Path) -> None:
    archive = tmp_path / "base.tar"
    write_root(archive, {"busybox": b"\x7fELF"}, applets=["sh", "awk", "["])
    found = entries(archive)
    assert (found["bin/busybox"].mode, found["bin/busybox"].size) == (0o755, 4)
    assert [found[f"bin/{name}"].linkname for name in ("sh", "awk", "[")] == ["busybox"] * 3
    assert found["usr/bin"].linkname == "../bin"
    assert found["tmp"].mode == 0o1777
    assert {"work", "root", "etc/passwd", "etc/group"} <= set(found)


def test_a_root_is_the_same_to_the_byte_for_the_same_programs(tmp_path: Path) -> None:
    for name in ("one.tar", "two.tar"):
        write_root(tmp_path / name, {"busybox": b"\x7fELF"}, applets=["sh"])
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()


def test_a_real_program_is_not_hidden_by_an_applet(tmp_path: Path) -> None:
    programs = {"busybox": b"busy", "sh": b"real"}
    write_root(tmp_path / "base.tar", programs, applets=["sh", "awk"])
    with tarfile.open(tmp_path / "base.tar") as tar:
        held = tar.extractfile("bin/sh") or io.BytesIO()
        assert held.read() == b"real"


def test_a_root_without_a_shell_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="no shell"):
        write_root(tmp_path / "base.tar", {"jq": b"\x7fELF"}, applets=[])


# ---- bootstrapped roots ----------------------------------------------------------------------


def mirror(codename: str, *, origin: str = "Debian", component: str = "main") -> Mirror:
    path = "security" if codename.endswith("-security") else "debian"
    return Mirror(
        uri=f"http://mirror.example/{path}", codename=codename, component=component, origin=origin
    )


BOOKWORM = (mirror("bookworm"), mirror("bookworm-updates"), mirror("bookworm-security"))


def test_debian_machines_try_the_preferred_release_and_then_their_own() -> None:
    assert suites(BOOKWORM) == ("trixie", "bookworm")
    assert suites([mirror("trixie")]) == ("trixie",)


def test_ubuntu_machines_use_their_own_release() -> None:
    assert suites([mirror("noble", origin="Ubuntu")]) == ("noble",)


def test_a_machine_without_mirrors_has_nothing_to_try() -> None:
    assert suites([]) == ()


def test_packages_come_with_their_security_updates() -> None:
    lines = source_lines("trixie", BOOKWORM, offers=lambda _uri, _suite: True)
    assert [line.split()[-3:] for line in lines] == [
        ["http://mirror.example/debian", "trixie", "main"],
        ["http://mirror.example/security", "trixie-security", "main"],
    ]


def test_a_mirror_without_the_release_is_passed_over() -> None:
    second = dataclasses.replace(mirror("bookworm"), uri="http://other.example/debian")
    lines = source_lines(
        "trixie", [*BOOKWORM, second], offers=lambda uri, _suite: uri.startswith("http://other")
    )
    assert [line.split()[-3] for line in lines] == ["http://other.example/debian"]


def test_security_updates_alone_make_no_release() -> None:
    assert not source_lines("trixie", BOOKWORM, offers=lambda uri, _suite: uri.endswith("security"))


def test_other_components_are_no_mirror_of_their_own() -> None:
    contrib = [mirror("bookworm", component="contrib")]
    assert not source_lines("bookworm", contrib, offers=lambda _uri, _suite: True)


def test_ubuntu_packages_come_from_universe_as_well() -> None:
    lines = source_lines("noble", [mirror("noble", origin="Ubuntu")], offers=lambda *_: True)
    assert lines[0].endswith("noble main universe")


def brought(folder: Path, root: Path) -> dict[str, str]:
    """Run the hook as mmdebstrap does, with the root as its first argument."""
    subprocess.run(["sh", "-ec", bring_authorities(str(folder)), "sh", str(root)], check=True)
    found = root / OWN_AUTHORITIES.lstrip("/")
    return {path.name: path.read_text() for path in found.iterdir()}


def test_a_base_brings_the_authorities_that_an_administrator_added(tmp_path: Path) -> None:
    own, root = tmp_path / "own 'CAs", tmp_path / "root"
    (own / "company").mkdir(parents=True)
    (own / "company" / "proxy.crt").write_text("PROXY")
    (own / "linked.crt").symlink_to(own / "company" / "proxy.crt")
    (own / "gone.crt").symlink_to("nowhere.crt")
    (own / "README").write_text("words")
    (own / "private.crt").write_text("KEY")
    (own / "private.crt").chmod(0o600)
    assert brought(own, root) == {"proxy.crt": "PROXY", "linked.crt": "PROXY"}


def test_a_machine_without_such_authorities_brings_none(tmp_path: Path) -> None:
    assert brought(tmp_path / "nowhere", tmp_path / "root") == {}


def test_a_ca_bundle_that_is_not_there_is_told_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"ca_bundle /nowhere/ca\.pem cannot be read") as told:
        Apt(str(tmp_path), ca_bundle="/nowhere/ca.pem")
    assert "cook.yaml: ca_bundle" in told.value.hint


def test_a_companys_authority_is_trusted_besides_the_machines(tmp_path: Path) -> None:
    bundle = tmp_path / "company.pem"
    bundle.write_text("COMPANY\n")
    assert b"COMPANY" in Path(Apt(str(tmp_path), ca_bundle=str(bundle)).trusted).read_bytes()
    assert Apt(str(tmp_path), ca_bundle=None).trusted == ""
