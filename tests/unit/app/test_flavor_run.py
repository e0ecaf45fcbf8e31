"""What `flavor check --run` tells about cells of a flavor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from multicooker.app.flavor.check import flavor_check
from multicooker.app.flavor.run import run_flavor
from multicooker.app.results import Check, Level
from multicooker.domain.flavor import KnownFlavor, Role
from multicooker.errors import CancelledError
from multicooker.ports import Cooks
from tests.fakes.cell_scripts import CannotStart, Ends, Hangs, Script
from tests.fakes.kitchen import TEMPLATES, FakeCooks, FakeKitchen, ballot
from tests.known_flavors import ACME, DEMO

PAGE: Mapping[str, bytes] = {"index.html": b"hello"}
WELL: Mapping[str, Script] = {
    "trial-1": Ends(writes=PAGE),
    "trial-2": Ends(writes=PAGE),
    "judge-trial": Ends(writes={"ballot.json": ballot(["A"])}),
}
LOGGED_OUT = Ends(code=77, log=b"nobody is logged in\n")
WITHOUT_LOGIN: Mapping[str, Script] = {
    **WELL,
    "probe-1": Ends(log=b"says: acme 1.2.3\n"),
    "trial-1": LOGGED_OUT,
    "judge-trial": LOGGED_OUT,
}
PINNED = replace(ACME, flavor=replace(ACME.flavor, version_command=("acme", "--version")))


@dataclass(slots=True)
class CooksWithAside(FakeCooks):
    """Cooks whose scratch is kept, so that the cells of a test can write there."""

    aside: FakeCooks = field(default_factory=lambda: FakeCooks(root="/scratch"))

    @contextmanager
    def scratch(self) -> Iterator[Cooks]:
        yield self.aside


def kitchen_with(known: KnownFlavor, scripts: Mapping[str, Script]) -> FakeKitchen:
    fake = FakeKitchen()
    cooks = CooksWithAside()
    fake.cooks = cooks
    flavors = {"demo": DEMO, known.flavor.name: known}
    fake.resources = replace(fake.resources, known=flavors)

    def write(cell: str, path: str, data: bytes) -> None:
        task = "probe" if "probe" in cell else "trial"
        folder = f"judging/{task}/1" if cell.startswith("judge-") else f"work/{cell}"
        cooks.aside.open(task).write(f"{folder}/out/{path}", data)

    fake.engine.write = write
    fake.engine.scripts = scripts
    return fake


def ran(known: KnownFlavor, scripts: Mapping[str, Script]) -> dict[str, Check]:
    checks = run_flavor(kitchen_with(known, scripts).kitchen, name=known.flavor.name)
    return {check.name: check for check in checks}


def levels(found: Mapping[str, Check]) -> dict[str, str]:
    return {name: str(check.level) for name, check in found.items()}


def test_a_flavor_without_a_login_has_to_cook_and_to_judge() -> None:
    found = ran(DEMO, WELL)

    assert levels(found) == dict.fromkeys(("image", "cell", "participant", "judge"), "ok")
    assert found["participant"].detail == "ok: 1 file, 5 bytes"


def test_a_flavor_with_a_login_has_to_say_that_it_has_none() -> None:
    found = ran(PINNED, WITHOUT_LOGIN)

    assert levels(found) == dict.fromkeys(("image", "cell", "cli", "participant", "judge"), "ok")
    assert found["cli"].detail == "acme 1.2.3"
    assert found["participant"].detail.startswith("without a login: auth_expired")


def test_nothing_but_the_image_is_told_where_it_cannot_be_built() -> None:
    fake = kitchen_with(DEMO, WELL)
    fake.engine.broken_builds = {DEMO.image: "no such package"}

    (check,) = run_flavor(fake.kitchen, name="demo")

    assert (check.name, check.level) == ("image", Level.FAIL)
    assert "no such package" in check.detail


def test_an_image_that_is_there_is_not_built_again() -> None:
    fake = kitchen_with(DEMO, WELL)
    fake.engine.present = {DEMO.image: "sha256:1"}

    assert run_flavor(fake.kitchen, name="demo")[0].detail == f"{DEMO.image} was there"
    assert fake.engine.builds == []


def test_cells_are_swept_and_have_neither_login_nor_network() -> None:
    fake = kitchen_with(PINNED, WITHOUT_LOGIN)
    run_flavor(fake.kitchen, name="acme")

    swept = {call[1].rpartition("-")[0] for call in fake.engine.calls if call[0] == "remove"}
    assert swept == {"mc-probe", "mc-trial"}
    for workspace in fake.cooks.aside.folders.values():  # type: ignore[attr-defined]  # set above
        compose = workspace.read_text("compose.yaml", limit=1024**2)
        assert ".auth" not in compose.partition("services:")[2]
        assert "networks:" not in compose.partition("services:")[2]


def test_every_folder_that_the_cli_needs_is_tried() -> None:
    known = replace(PINNED, flavor=replace(PINNED.flavor, sessions="/root/.acme/sessions"))
    fake = kitchen_with(known, WITHOUT_LOGIN)
    run_flavor(fake.kitchen, name="acme")

    compose = fake.cooks.aside.open("probe").read_text("compose.yaml", limit=1024**2)  # type: ignore[attr-defined]  # set above
    entrypoint = next(line for line in compose.splitlines() if "entrypoint:" in line)
    assert entrypoint.endswith(
        '"probe", "/work/out", "/root", "/tmp", "/root/.acme", "/root/.acme/sessions", "--",'
        ' "acme", "--version"]'
    )


@pytest.mark.parametrize(
    ("script", "detail"),
    [
        (Ends(log=b"problem: /root/.x cannot be written to\n"), "/root/.x cannot be written to"),
        (Ends(log=b"problem: it runs as root\nproblem: y\n"), "it runs as root; y"),
        (Ends(code=2, log=b"id: not found\n"), "a script does not run in it: id: not found"),
        (Ends(code=2), "a script does not run in it: exit code 2"),
        (CannotStart("exec: /bin/sh: no such file"), "exec: /bin/sh: no such file"),
        (Hangs(log=b"waiting\n"), "a script does not run in it: waiting"),
    ],
)
def test_what_is_wrong_inside_a_cell_is_told(script: Script, detail: str) -> None:
    found = ran(DEMO, {**WELL, "probe-1": script})

    assert found["cell"].level is Level.FAIL
    assert detail in found["cell"].detail
    assert found["participant"].level is Level.OK


@pytest.mark.parametrize(
    ("said", "level"),
    [
        (b"1.2.3", Level.OK),
        (b"acme-cli v1.2.3 (stable)", Level.OK),
        (b"1.2.3\nrunning on node 22", Level.OK),
        (b"1.2.30", Level.FAIL),
        (b"11.2.3", Level.FAIL),
        (b"1.2.3-beta.1", Level.FAIL),
        (b"1.2.3.4", Level.FAIL),
        (b"", Level.FAIL),
    ],
)
def test_the_version_is_the_pinned_one_and_not_one_that_looks_like_it(
    said: bytes, level: Level
) -> None:
    found = ran(PINNED, {**WITHOUT_LOGIN, "probe-1": Ends(log=b"says: " + said + b"\n")})

    assert found["cli"].level is level


def test_what_a_cell_prints_cannot_act_on_the_screen() -> None:
    evil = b"\x1b[2J\x07"
    found = ran(
        PINNED,
        {**WITHOUT_LOGIN, "probe-1": Ends(log=b"problem: " + evil + b"\nsays: " + evil + b"\n")},
    )
    found |= {
        f"{name} of demo": check
        for name, check in ran(DEMO, {**WELL, "trial-1": Ends(code=1, log=evil)}).items()
    }

    assert all((check.detail + check.fix).isprintable() for check in found.values())


@pytest.mark.parametrize(
    ("script", "detail", "fix"),
    [
        (
            Ends(code=1, log=b"x\nboom\n"),
            "crashed: ended with exit code 1; its last words: boom",
            "",
        ),
        (Ends(), "artifact_missing: handed in nothing; it says nothing", "needs no login"),
        (
            Ends(code=127, log=b"acme: not found\n"),
            "its last words: acme: not found",
            "in the image",
        ),
        (
            Hangs(log=b"y/n?\n"),
            "timed_out: stopped after its 120 s; its last words: y/n?",
            "itself",
        ),
        (CannotStart("no such user"), "no such user", "itself"),
    ],
)
def test_a_participant_that_does_not_do_its_work_is_told(
    script: Script, detail: str, fix: str
) -> None:
    check = ran(DEMO, {**WELL, "trial-1": script})["participant"]

    assert check.level is Level.FAIL
    assert detail in check.detail
    assert fix in check.fix


def test_a_judge_that_never_had_anything_to_judge_is_told() -> None:
    check = ran(DEMO, {**WELL, "trial-1": Ends(code=1)})["judge"]

    assert check.level is Level.FAIL
    assert "no participant handed anything in" in check.detail


def test_a_ballot_that_does_not_count_is_told_with_the_reason() -> None:
    bad = Ends(writes={"ballot.json": b"A is best"})
    check = ran(DEMO, {**WELL, "judge-trial": bad})["judge"]

    assert check.level is Level.FAIL
    assert "ballot refused after its repair turn" in check.detail


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(
    ("script", "level", "detail"),
    [
        (Ends(code=1, log=b"no login\n"), Level.WARN, "its last words: no login"),
        (Ends(log=b"no login\n"), Level.WARN, "without a login: artifact_missing"),
        (Ends(code=77), Level.FAIL, "it says nothing"),
        (Hangs(log=b"log in at https://acme.example\n"), Level.FAIL, "timed_out"),
    ],
)
def test_what_a_cell_does_without_the_login_it_needs_is_told(
    role: Role, script: Script, level: Level, detail: str
) -> None:
    cell = "trial-1" if role is Role.PARTICIPANT else "judge-trial"
    found = ran(PINNED, {**WITHOUT_LOGIN, cell: script})

    assert found[str(role)].level is level
    assert detail in found[str(role)].detail
    assert [check.name for check in found.values() if check.level is not Level.OK] == [str(role)]


def test_a_flavor_that_only_judges_judges_what_another_one_cooked() -> None:
    known = replace(PINNED, flavor=replace(PINNED.flavor, roles=(Role.JUDGE,), credential=None))
    found = ran(
        known, {**WELL, "judge-probe": Ends(log=b"says: 1.2.3\n"), "trial-1": Ends(writes=PAGE)}
    )

    assert levels(found) == dict.fromkeys(("image", "cell", "cli", "judge"), "ok")


def test_a_flavor_that_only_cooks_needs_no_other() -> None:
    known = replace(PINNED, flavor=replace(PINNED.flavor, roles=(Role.PARTICIPANT,)))
    fake = kitchen_with(known, WITHOUT_LOGIN)
    found = {check.name: check for check in run_flavor(fake.kitchen, name="acme")}

    assert levels(found) == dict.fromkeys(("image", "cell", "cli", "participant"), "ok")
    assert [request.tag for request in fake.engine.builds] == [known.image]


def test_whoever_stops_it_is_obeyed() -> None:
    fake = kitchen_with(DEMO, WELL)
    fake.stopping = True

    with pytest.raises(CancelledError):
        run_flavor(fake.kitchen, name="demo")


def test_an_engine_that_does_not_answer_is_told() -> None:
    fake = kitchen_with(DEMO, WELL)
    fake.engine.down = "the engine is down"

    (check,) = run_flavor(fake.kitchen, name="demo")
    assert "the engine is down" in check.detail


def checked(folder: Path, *, run: bool) -> tuple[list[str], FakeKitchen]:
    """Check a flavor's folder by its name; return which checks there were."""
    fake = kitchen_with(replace(DEMO, folder=str(folder)), WELL)
    return [check.name for check in flavor_check(fake.kitchen, name="demo", run=run).checks], fake


def test_cells_are_run_only_where_that_is_asked_for() -> None:
    looked, fake = checked(TEMPLATES / "cook/participants/demo", run=False)
    assert fake.engine.calls == []

    both, fake = checked(TEMPLATES / "cook/participants/demo", run=True)
    assert both == [*looked, "image", "cell", "participant", "judge"]


def test_nothing_is_run_of_a_flavor_whose_files_are_wrong(tmp_path: Path) -> None:
    found, fake = checked(tmp_path, run=True)

    assert found == ["four files", "run"]
    assert fake.engine.calls == []
