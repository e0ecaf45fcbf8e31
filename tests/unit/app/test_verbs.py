"""The verbs around the main job, on fakes."""

from __future__ import annotations

import dataclasses
import json

import pytest

from multicooker.app import verbs
from multicooker.app.results import Check, Level
from multicooker.app.verbs import (
    build,
    cancel,
    clean,
    doctor,
    flavor_list,
    flavor_show,
    logs,
    new,
    overview,
    render,
    status,
)
from multicooker.errors import BadInputError, BusyError
from multicooker.pipeline import load
from tests.fakes.credentials import FakeCredentials
from tests.fakes.dialects import FakeDialect
from tests.fakes.engine import Ends
from tests.fakes.kitchen import FakeKitchen
from tests.unit.app.test_cooking import PAGE, cook_it, good_kitchen, script


def found(fake: FakeKitchen, name: str, *, task: str | None = None) -> Check:
    checks = doctor(fake.kitchen, task=task).checks
    return next(check for check in checks if check.name == name)


def test_every_verb_is_found_by_its_name_and_no_other_name_is() -> None:
    assert [getattr(verbs, name).__name__ for name in verbs.__all__] == verbs.__all__
    assert not hasattr(verbs, "bake")


def test_new_makes_a_cook_that_renders_and_whose_spec_loads_strictly() -> None:
    fake = FakeKitchen()
    made = new(fake.kitchen, task="fresh-page")
    assert made.folder == "/cooks/fresh-page"
    workspace = fake.cooks.folders["fresh-page"]
    for path in ("BRIEF.md", "cook.yaml", "compose.yaml", "compose.override.yaml", ".gitignore"):
        assert workspace.exists(path), path
    assert "# Fresh page" in workspace.read_text("BRIEF.md", limit=1000)
    assert workspace.read_text("cook.yaml", limit=10000).startswith("# yaml-language-server:")
    assert render(fake.kitchen, task="fresh-page", diff_only=True).changes == ()
    with pytest.raises(BadInputError):
        new(fake.kitchen, task="fresh-page")


def test_new_takes_the_clis_that_are_logged_in() -> None:
    fake = FakeKitchen()
    fake.credentials = FakeCredentials(held={"file:~/.acme/auth.json": b"{}"})
    new(fake.kitchen, task="mine")
    text = fake.cooks.folders["mine"].read_text("cook.yaml", limit=10000)
    assert 'flavor: "acme"' in text
    assert "demo" not in text


def test_render_shows_a_diff_and_writes_only_when_asked() -> None:
    fake = FakeKitchen()
    shown = render(fake.kitchen, task="landing", diff_only=True)
    assert not shown.written
    assert not fake.workspace.exists("compose.yaml")
    assert shown.changes[0].path == "compose.yaml"
    assert "+services:" in shown.changes[0].diff
    assert render(fake.kitchen, task="landing", diff_only=False).written
    assert render(fake.kitchen, task="landing", diff_only=True).changes == ()
    assert len(shown.plan) == 5


def test_an_override_is_written_once_and_never_again() -> None:
    fake = FakeKitchen()
    render(fake.kitchen, task="landing", diff_only=False)
    fake.workspace.write("compose.override.yaml", "# mine\n")
    render(fake.kitchen, task="landing", diff_only=False)
    assert fake.workspace.read_text("compose.override.yaml", limit=100) == "# mine\n"


def test_a_file_that_left_the_flavor_is_not_mounted_any_more() -> None:
    fake = FakeKitchen()
    render(fake.kitchen, task="landing", diff_only=False)
    fake.workspace.write(".cells/demo/old.sh", "echo old\n")
    render(fake.kitchen, task="landing", diff_only=False)
    assert fake.workspace.names(".cells/demo") == ("entrypoint.sh",)


def test_build_makes_each_image_once_and_tells_how() -> None:
    fake = FakeKitchen()
    first = build(fake.kitchen, task="landing", flavors=(), rebuild=False)
    assert [(image.flavor, image.built) for image in first.images] == [("demo", True)]
    assert first.images[0].how == ("base busybox:stable: made up",)
    again = build(fake.kitchen, task="landing", flavors=(), rebuild=False)
    assert not again.images[0].built
    assert build(fake.kitchen, task="landing", flavors=(), rebuild=True).images[0].built


def test_build_takes_flavors_by_name_or_all_of_them() -> None:
    fake = FakeKitchen()
    named = build(fake.kitchen, task=None, flavors=("acme",), rebuild=False)
    assert [image.flavor for image in named.images] == ["acme"]
    every = build(fake.kitchen, task=None, flavors=(), rebuild=False)
    assert [image.flavor for image in every.images] == ["acme", "demo"]
    with pytest.raises(BadInputError):
        build(fake.kitchen, task=None, flavors=("nope",), rebuild=False)


def test_the_overview_tells_each_cooks_state_and_stays_up_when_one_is_broken() -> None:
    fake = good_kitchen()
    cook_it(fake)
    fake.cooks.create("empty").write("BRIEF.md", "# x\n")
    fake.cooks.create("broken").write("status.json", "{")
    shown = {cook.task: cook for cook in overview(fake.kitchen).cooks}
    assert (shown["landing"].state, shown["empty"].state) == ("done", "new")
    assert shown["landing"].verdict
    assert "status.json" in shown["broken"].state


def test_a_cook_whose_process_died_is_told_apart_from_one_that_cooks() -> None:
    fake = good_kitchen()
    cook_it(fake)
    record = json.loads(fake.workspace.read_text("status.json", limit=10**6))
    fake.workspace.write("status.json", json.dumps(record | {"state": "cooking"}))
    assert overview(fake.kitchen).cooks[0].state == "cooking, interrupted"
    with fake.workspace.lock():
        assert overview(fake.kitchen).cooks[0].state == "cooking"
        assert status(fake.kitchen, task="landing").alive


def test_status_before_the_first_cook_says_so() -> None:
    fake = good_kitchen()
    with pytest.raises(BadInputError, match="not cooked yet"):
        status(fake.kitchen, task="landing")
    cook_it(fake)
    shown = status(fake.kitchen, task="landing")
    assert shown.report.endswith("report.html")
    assert not shown.alive


def test_logs_are_those_kept_or_live_ones_while_it_cooks() -> None:
    fake = good_kitchen()
    cook_it(fake)
    lines = list(logs(fake.kitchen, task="landing", cells=("careful",), follow=False))
    assert ("careful", "careful done") in lines
    assert {cell for cell, _ in logs(fake.kitchen, task="landing", cells=(), follow=True)} >= {
        "careful",
        "quick",
        "flashy",
    }
    fake.engine.calls.clear()
    with fake.workspace.lock():
        list(logs(fake.kitchen, task="landing", cells=("strict",), follow=True))
    assert fake.engine.calls == [("follow", "judge-strict")]
    with pytest.raises(BadInputError, match="no cell is named"):
        logs(fake.kitchen, task="landing", cells=("nobody",), follow=False)


def test_logs_of_a_cli_that_is_understood_are_in_words() -> None:
    fake = good_kitchen()
    token = "sk-ant-oat01-" + "x" * 40
    script(fake, careful=Ends(writes=PAGE, log=f"noise\nsay hello {token}\nsay bye\n".encode()))
    cook_it(fake)
    demo = fake.resources.known["demo"]
    speaks = dataclasses.replace(demo, flavor=dataclasses.replace(demo.flavor, dialect="fake"))
    fake.resources = dataclasses.replace(fake.resources, known={"demo": speaks})
    fake.dialects.readers["fake"] = FakeDialect()

    def shown(*, raw: bool) -> list[str]:
        lines = logs(fake.kitchen, task="landing", cells=("careful",), follow=False, raw=raw)
        return [line for _, line in lines]

    assert shown(raw=False) == ["hello [credential]", "bye"]
    assert shown(raw=True) == ["noise", "say hello [credential]", "say bye"]


def test_cancel_of_what_does_not_run_removes_what_is_left() -> None:
    fake = good_kitchen()
    cook_it(fake)
    result = cancel(fake.kitchen, task="landing")
    assert not result.was_running
    assert status(fake.kitchen, task="landing").status.state == "done"
    record = json.loads(fake.workspace.read_text("status.json", limit=10**6))
    fake.workspace.write("status.json", json.dumps(record | {"state": "cooking"}))
    fake.workspace.write(".auth/acme/0", "secret")
    cancel(fake.kitchen, task="landing")
    assert status(fake.kitchen, task="landing").status.state == "cancelled"
    assert not fake.workspace.exists(".auth")


def test_cancel_asks_the_cooking_process_and_gives_up_in_the_end() -> None:
    fake = good_kitchen()
    with fake.workspace.lock(), pytest.raises(BusyError, match="did not stop in time"):
        cancel(fake.kitchen, task="landing")
    assert fake.workspace.exists(".cancel")


def test_clean_keeps_results_and_clean_all_keeps_what_is_the_users() -> None:
    fake = good_kitchen()
    cook_it(fake)
    fake.workspace.write("raw/data.csv", "1,2\n")
    assert clean(fake.kitchen, task="landing", everything=False).files == (".cells",)
    assert fake.workspace.exists("verdict.json")
    clean(fake.kitchen, task="landing", everything=True)
    left = set(fake.workspace.names(""))
    assert left == {"BRIEF.md", "compose.override.yaml", ".gitignore", "raw"}


def test_clean_during_a_cook_is_refused() -> None:
    fake = good_kitchen()
    with fake.workspace.lock(), pytest.raises(BusyError):
        clean(fake.kitchen, task="landing", everything=False)


def test_doctor_tells_what_is_right_and_how_to_mend_what_is_not() -> None:
    fake = good_kitchen()
    assert doctor(fake.kitchen, task=None).healthy
    assert found(fake, "engine").detail == "26.1.5"
    assert found(fake, "image demo").fix == "multicooker build --flavor demo"
    assert found(fake, "credentials acme").level is Level.WARN
    assert found(fake, "credentials acme").fix == "acme login"
    assert found(fake, "credentials demo").detail == "none needed"
    assert found(fake, "cook landing").level is Level.OK


def test_doctor_lets_compose_read_a_new_cook_made_aside_and_leaves_nothing() -> None:
    fake = good_kitchen()
    assert found(fake, "example").detail == "a new cook renders, and compose accepts it"
    assert fake.cooks.tasks() == ("landing",)
    assert found(good_kitchen_without_engine(), "example").detail == "a new cook renders"


def good_kitchen_without_engine() -> FakeKitchen:
    fake = good_kitchen()
    fake.engine.down = "cannot reach the engine"
    return fake


def test_doctor_without_an_engine_still_tells_the_rest() -> None:
    fake = good_kitchen()
    fake.engine.down = "cannot reach the engine"
    result = doctor(fake.kitchen, task="landing")
    assert not result.healthy
    assert result.checks[0].detail == "cannot reach the engine"
    assert result.checks[-1].level is Level.OK


@pytest.mark.parametrize(
    ("change", "name", "level"),
    [
        ({"version": "19.3"}, "engine", Level.FAIL),
        ({"compose_version": ""}, "compose", Level.FAIL),
        ({"compose_version": "1.29.2"}, "compose", Level.FAIL),
        ({"compose_version": "v2.20.0"}, "compose", Level.OK),
        ({"memory": 1024**3}, "memory", Level.WARN),
        ({"address_pools": ("10.0.0.0/8 by /24",)}, "address pools", Level.OK),
        ({"warnings": ("No swap limit support",)}, "engine says", Level.WARN),
    ],
)
def test_doctor_reads_the_engine(change: dict[str, object], name: str, level: Level) -> None:
    fake = good_kitchen()
    info = fake.engine.engine_info
    fake.engine.engine_info = dataclasses.replace(info, **change)  # type: ignore[arg-type]  # fields
    assert found(fake, name).level is level


def test_doctor_names_the_place_in_a_cook_that_is_wrong() -> None:
    fake = good_kitchen(**{"cook.yaml": "particpants: []\n"})
    check = found(fake, "cook landing", task="landing")
    assert check.level is Level.FAIL
    assert "did you mean" in check.detail


def test_doctor_lets_compose_read_a_rendered_cook() -> None:
    fake = good_kitchen()
    render(fake.kitchen, task="landing", diff_only=False)
    assert "compose accepts it" in found(fake, "cook landing").detail


def test_flavors_are_listed_with_where_they_come_from_and_what_they_lack() -> None:
    fake = good_kitchen()
    shown = {flavor.name: flavor for flavor in flavor_list(fake.kitchen).flavors}
    assert shown["demo"].credentials == "none needed"
    assert shown["acme"].credentials == "missing: ~/.acme/auth.json"
    fake.credentials = FakeCredentials(held={"file:~/.acme/auth.json": b"{}"})
    shown = {flavor.name: flavor for flavor in flavor_list(fake.kitchen).flavors}
    assert shown["acme"].credentials == "found"
    fake.resources = dataclasses.replace(fake.resources, broken={"worn": "no name"})
    assert flavor_list(fake.kitchen).problems == ("worn: no name",)


def test_one_flavor_is_shown_with_its_readme_and_switches() -> None:
    shown = flavor_show(good_kitchen().kitchen, name="demo")
    assert shown.image == "mc-demo-base:dddddddddddd"
    assert shown.options == ("behave: cook, hang, fail",)
    assert shown.readme.startswith("# demo")


def test_every_result_turns_into_json() -> None:
    fake = good_kitchen()
    for value in (cook_it(fake), doctor(fake.kitchen, task=None), overview(fake.kitchen)):
        assert json.loads(load.to_json(value))
