"""Orders of verbs, changes between them, kills and damage: nothing lost, nothing shown wrongly."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import PurePosixPath

import pytest

from multicooker.app.results import CookPlan, CookResult
from multicooker.app.verbs import cancel, cook, judge, overview, plan_cook, report, status
from multicooker.domain.round import Project
from multicooker.errors import (
    BadInputError,
    BuildError,
    BusyError,
    CancelledError,
    DiskError,
    EngineError,
    NoVerdictError,
    StateError,
)
from tests.fakes.dialects import FakeDialect
from tests.fakes.engine import CannotStart, Ends, FakeEngine, Hangs
from tests.fakes.kitchen import FakeKitchen, ballot
from tests.fakes.workspace import FakeWorkspace
from tests.known_flavors import KNOWN
from tests.unit.app.test_cooking import (
    COOKS,
    LABELS,
    PAGE,
    cook_it,
    good_kitchen,
    script,
    started,
    stop_after,
)

MANY = 10**7
RUBRIC = "rubric: {{dimensions: [{{name: {name}, means: {means}, weight: 1}}]}}\n"


def judge_it(fake: FakeKitchen) -> CookResult:
    return judge(fake.kitchen, task=fake.task, jobs=None)


def rubric(name: str = "craft", means: str = "It is well made.") -> str:
    return RUBRIC.format(name=name, means=json.dumps(means))


def vote_on(fake: FakeKitchen, *dimensions: str) -> None:
    answer = Ends(writes={"ballot.json": ballot(LABELS, dimensions=dimensions)})
    script(fake, judge_strict=answer, judge_kind=answer)


def text(fake: FakeKitchen, path: str) -> str:
    return fake.workspace.read_text(path, limit=MANY)


def set_state(fake: FakeKitchen, state: str) -> None:
    """Leave the record as a killed process does."""
    record = json.loads(text(fake, "status.json"))
    fake.workspace.write("status.json", json.dumps({**record, "state": state}))


def test_cook_says_when_the_verdict_there_is_was_made_by_another_rubric() -> None:
    fake = good_kitchen()
    cook_it(fake)
    fake.workspace.write("cook.yaml", rubric())
    started(fake)
    result = cook_it(fake)
    assert started(fake) == []
    assert any("`multicooker judge landing`" in note for note in result.notes)
    assert not any("same inputs" in note for note in result.notes)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("cook.yaml", "judges: [{name: strict, flavor: demo, model: kind}]\n"),
        ("JUDGE_BRIEF.md", "Weigh the prices double.\n"),
    ],
)
def test_other_judges_or_another_brief_for_them_are_told(path: str, content: str) -> None:
    fake = good_kitchen()
    cook_it(fake)
    fake.workspace.write(path, content)
    assert any("other judges" in note for note in cook_it(fake).notes)


def test_a_verdict_that_misses_a_judge_is_still_the_one_asked_for() -> None:
    fake = good_kitchen()
    script(fake, judge_kind=Ends(code=1))
    cook_it(fake)
    assert any("same inputs" in note for note in cook_it(fake).notes)


def test_ballots_cast_by_another_rubric_are_not_counted() -> None:
    fake = good_kitchen()
    cook_it(fake)
    set_state(fake, "judging")
    fake.workspace.remove("verdict.json")
    fake.workspace.write("cook.yaml", rubric())
    vote_on(fake, "craft")
    started(fake)
    result = cook_it(fake)
    assert started(fake) == ["judge-strict", "judge-kind"]
    assert result.verdict is not None
    assert list(result.verdict.weights) == ["craft"]


def test_a_ballot_cast_by_another_model_of_that_name_is_not_counted() -> None:
    fake = good_kitchen()
    cook_it(fake)
    set_state(fake, "judging")
    fake.workspace.remove("verdict.json")
    judges = "judges: [{name: strict, flavor: demo, model: kind}, {name: kind, flavor: demo}]\n"
    fake.workspace.write("cook.yaml", judges)
    started(fake)
    cook_it(fake)
    assert started(fake) == ["judge-strict", "judge-kind"]


def test_report_shows_the_rubric_and_brief_of_the_verdict_not_those_of_now() -> None:
    fake = good_kitchen(**{"cook.yaml": rubric(means="The first meaning.")})
    vote_on(fake, "craft")
    cook_it(fake)
    before = text(fake, "report.html")
    fake.workspace.write("cook.yaml", rubric(means="Another meaning."))
    fake.workspace.write("BRIEF.md", "# Another brief\n")
    report(fake.kitchen, task="landing")
    assert text(fake, "report.html") == before
    assert "The first meaning." in before


def test_report_shows_the_rubric_of_the_last_vote() -> None:
    fake = good_kitchen(**{"cook.yaml": rubric(means="The first meaning.")})
    vote_on(fake, "craft")
    cook_it(fake)
    fake.workspace.write("cook.yaml", rubric(means="Another meaning."))
    judge_it(fake)
    report(fake.kitchen, task="landing")
    assert "Another meaning." in text(fake, "report.html")
    assert "The first meaning." in text(fake, "rounds/1-judging/cook.yaml")


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("BRIEF.md", "# Another brief\n"),
        ("raw/prices.csv", "bread,3\n"),
        ("cook.yaml", "participants: [{name: somebody, flavor: demo, model: careful}]\n"),
    ],
)
def test_judges_are_not_shown_another_task_than_the_cooks(path: str, content: str) -> None:
    fake = good_kitchen()
    cook_it(fake)
    verdict = text(fake, "verdict.json")
    fake.workspace.write(path, content)
    started(fake)
    with pytest.raises(BadInputError, match="not those the sealed"):
        judge_it(fake)
    assert started(fake) == []
    assert text(fake, "verdict.json") == verdict


def test_an_override_for_a_judge_does_not_take_the_submissions_away() -> None:
    fake = good_kitchen()
    cook_it(fake)
    override = "services: {judge-kind: {environment: {A: b}}}\n"
    fake.workspace.write("compose.override.yaml", override)
    fake.engine.merged_files = {
        "services": {
            f"judge-{name}": {"image": tag}
            for tag in fake.engine.present
            for name in ("strict", "kind")
        }
    }
    assert judge_it(fake).verdict is not None


def test_a_vote_that_cannot_even_begin_leaves_the_verdict_where_it_is() -> None:
    fake = good_kitchen()
    cook_it(fake)
    fake.engine.broken_builds = dict.fromkeys(fake.engine.present, "no")
    fake.engine.present.clear()
    with pytest.raises(BuildError):
        judge_it(fake)
    assert fake.workspace.exists("verdict.json")
    assert status(fake.kitchen, task="landing").status.state == "done"
    fake.workspace.write("cook.yaml", "judges: []\n")
    with pytest.raises(BadInputError, match="judges"):
        judge_it(fake)
    assert fake.workspace.exists("verdict.json")


def test_a_vote_without_a_verdict_does_not_show_the_level_of_the_last_one() -> None:
    fake = good_kitchen()
    cook_it(fake)
    script(fake, judge_strict=Ends(code=1), judge_kind=Ends(code=1))
    with pytest.raises(NoVerdictError):
        judge_it(fake)
    assert [(cook.state, cook.verdict) for cook in overview(fake.kitchen).cooks] == [("failed", "")]


def test_judges_that_left_leave_the_record() -> None:
    fake = good_kitchen()
    cook_it(fake)
    fake.workspace.write("cook.yaml", "judges: [{name: strict, flavor: demo, model: strict}]\n")
    judge_it(fake)
    cells = status(fake.kitchen, task="landing").status.cells
    assert [cell.name for cell in cells] == [*COOKS, "judge-strict"]


def test_a_lost_verdict_is_made_again_from_the_ballots() -> None:
    fake = good_kitchen()
    before = cook_it(fake).verdict
    fake.workspace.remove("verdict.json")
    started(fake)
    after = cook_it(fake).verdict
    assert started(fake) == []
    assert before is not None
    assert after is not None
    assert after.standings == before.standings


def test_a_lost_key_is_told_with_a_way_on() -> None:
    fake = good_kitchen()
    cook_it(fake)
    fake.workspace.remove(".seal/key.json")
    for verb in (judge_it, lambda it: report(it.kitchen, task="landing")):
        with pytest.raises(StateError, match=r"key\.json: is missing") as caught:
            verb(fake)
        assert "--fresh" in caught.value.hint


def test_without_a_seal_but_with_a_verdict_the_way_on_is_fresh() -> None:
    fake = good_kitchen()
    cook_it(fake)
    fake.workspace.remove(".seal/manifest.json")
    with pytest.raises(BadInputError) as caught:
        judge_it(fake)
    assert "--fresh" in caught.value.hint


@pytest.mark.parametrize("damage", ["", "\x00", "{", "[]"])
@pytest.mark.parametrize("path", ["status.json", "verdict.json"])
def test_a_record_of_ours_that_is_damaged_is_never_called_bad_input(path: str, damage: str) -> None:
    fake = good_kitchen()
    cook_it(fake)
    fake.workspace.write(path, damage)
    with pytest.raises(StateError, match=path):
        cook_it(fake)


def test_a_record_moved_away_does_not_cost_the_result_it_was_about() -> None:
    fake = good_kitchen()
    cook_it(fake)
    verdict, key = text(fake, "verdict.json"), text(fake, ".seal/key.json")
    fake.workspace.remove("status.json")
    result = cook_it(fake)
    assert result.round == 2
    assert text(fake, "rounds/1/verdict.json") == verdict
    assert text(fake, "rounds/1/.seal/key.json") == key
    fake.workspace.remove("status.json")
    assert cook_it(fake).round == 3


def test_an_interrupted_move_to_rounds_loses_nothing() -> None:
    """Stop the move before each of its steps; what was there is afterwards under rounds/."""
    at = 0
    while True:
        fake = good_kitchen()
        cook_it(fake)
        verdict, key = text(fake, "verdict.json"), text(fake, ".seal/key.json")
        moved = _stop_moving(fake, after=at)
        script(fake, careful=Ends(writes={"index.html": b"<h1>hello again</h1>"}))
        cook_it(fake, fresh=True)
        found = [
            fake.workspace.read_text(f"rounds/{name}/{path}", limit=MANY)
            for name in fake.workspace.names("rounds")
            for path in ("verdict.json", ".seal/key.json")
            if fake.workspace.exists(f"rounds/{name}/{path}")
        ]
        assert verdict in found, at
        assert key in found, at
        if moved <= at:
            break
        at += 1


def _stop_moving(fake: FakeKitchen, *, after: int) -> int:
    """Cook afresh and fail at the n-th rename; return how many there were."""
    count, inner = 0, type(fake.workspace).rename

    class Stops(type(fake.workspace)):  # type: ignore[misc]  # a fake that dies in mid-move
        def rename(self, source: str, target: str) -> None:
            nonlocal count
            if PurePosixPath(target).parts[0] == "rounds":
                if count == after:
                    raise KeyboardInterrupt
                count += 1
            inner(self, source, target)

    kind = type(fake.workspace)
    fake.workspace.__class__ = Stops
    try:
        cook_it(fake, fresh=True)
    except KeyboardInterrupt:
        return after + 1
    finally:
        fake.workspace.__class__ = kind
    return count


class _KilledError(Exception):
    """Not one that the program handles: what a kill looks like from inside."""


def killed_once_ended(fake: FakeKitchen, cell: str) -> None:
    """Cook until a cell has ended, and die there."""

    def stopped() -> bool:
        cells = json.loads(text(fake, "status.json"))["cells"]
        if any(entry["name"] == cell and entry["state"] == "ended" for entry in cells):
            raise _KilledError
        return False

    with pytest.raises(_KilledError):
        cook(
            dataclasses.replace(fake.kitchen, stopped=stopped),
            task=fake.task,
            judge=True,
            rebuild=False,
            fresh=False,
            jobs=None,
            timeout=None,
        )


def test_after_a_kill_cells_that_had_ended_well_are_not_run_again() -> None:
    fake = good_kitchen()
    script(fake, flashy=Hangs(), quick=Ends(after=1, code=3, writes=PAGE))
    killed_once_ended(fake, "careful")
    assert status(fake.kitchen, task="landing").status.state == "cooking"
    started(fake)
    script(fake, flashy=Ends(writes=PAGE), quick=Ends(writes=PAGE))
    result = cook_it(fake)
    assert started(fake)[:2] == ["quick", "flashy"]
    assert [str(outcome.exit_class) for outcome in result.outcomes] == ["ok"] * 3
    assert result.verdict is not None
    assert len(result.verdict.standings) == len(COOKS)


def test_after_a_kill_a_cell_that_closed_its_folder_is_run_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake = good_kitchen()
    script(fake, flashy=Hangs())
    killed_once_ended(fake, "careful")
    started(fake)
    closed = fake.workspace.find("work/careful/out")
    assert closed is not None
    names = fake.workspace.names

    def refuses(path: str) -> tuple[str, ...]:
        if fake.workspace.find(path) is closed:
            raise DiskError(f"{path}: Permission denied")
        return names(path)

    monkeypatch.setattr(fake.workspace, "names", refuses)
    script(fake, flashy=Ends(writes=PAGE))
    cook_it(fake)
    assert "careful" in started(fake)


def test_after_a_kill_a_cell_whose_cli_nobody_listened_to_is_run_again() -> None:
    fake = good_kitchen()
    tells = dataclasses.replace(KNOWN["demo"].flavor, dialect="demo")
    known = {**KNOWN, "demo": dataclasses.replace(KNOWN["demo"], flavor=tells)}
    fake.resources = dataclasses.replace(fake.resources, known=known)
    fake.dialects.readers["demo"] = FakeDialect()
    script(fake, flashy=Hangs())
    killed_once_ended(fake, "careful")
    started(fake)
    script(fake, flashy=Ends(writes=PAGE))
    cook_it(fake)
    assert started(fake)[:3] == ["careful", "quick", "flashy"]


@pytest.mark.parametrize("change", ["nothing", "missing", "memory", "too much", "gone"])
def test_after_a_kill_cells_that_had_ended_badly_are_run_again(change: str) -> None:
    spec = "outputs: {required: [index.html]}\nlimits: {output_files: 2}\n"
    fake = good_kitchen(**{"cook.yaml": spec})
    writes = {
        "nothing": {},
        "missing": {"other.html": b"x"},
        "too much": PAGE | {"1": b"1", "2": b"2"},
    }
    ends = Ends(after=1, writes=writes.get(change, PAGE), oom=change == "memory")
    script(fake, flashy=Hangs(), careful=ends)
    killed_once_ended(fake, "careful")
    if change == "gone":
        fake.workspace.remove("work/careful/out")
    started(fake)
    script(fake, flashy=Ends(writes=PAGE), careful=Ends(writes=PAGE))
    assert cook_it(fake).state == "done"
    assert "careful" in started(fake)


def test_a_cell_recorded_as_ok_whose_output_is_gone_is_run_again() -> None:
    fake = good_kitchen()
    script(fake, careful=Hangs())
    fake.engine.write = stop_after(fake, "quick")
    with pytest.raises(CancelledError):
        cook_it(fake)
    fake.stopping = False
    fake.engine.write = fake.write
    fake.workspace.remove("work/quick")
    started(fake)
    script(fake, careful=Ends(writes=PAGE))
    result = cook_it(fake)
    assert "quick" in started(fake)
    assert result.verdict is not None
    assert len(result.verdict.standings) == len(COOKS)


def test_judging_after_a_kill_first_removes_what_was_left_running() -> None:
    fake = good_kitchen()
    cook_it(fake)
    set_state(fake, "judging")
    fake.workspace.write(".cancel", "stop\n")
    fake.engine.calls.clear()
    assert judge_it(fake).state == "done"
    assert next(call for call in fake.engine.calls if call[0] != "volumes")[0] == "remove"


def test_a_request_to_stop_that_came_too_late_does_not_stop_the_next_cook() -> None:
    fake = good_kitchen()
    fake.workspace.write(".cancel", "stop\n")
    assert cook_it(fake).state == "done"


@pytest.mark.parametrize(("path", "content"), [("cook.yaml", "judges: [{"), ("BRIEF.md", "")])
def test_a_running_cook_can_be_cancelled_while_its_files_are_half_edited(
    path: str, content: str
) -> None:
    fake = good_kitchen()
    cook_it(fake, with_judges=False)
    fake.workspace.write(path, content)
    fake.workspace.held_by = 4711
    with pytest.raises(BusyError, match="did not stop in time"):
        cancel(fake.kitchen, task="landing")
    assert fake.workspace.exists(".cancel")


def test_the_plan_of_a_finished_cook_is_to_do_nothing() -> None:
    fake = good_kitchen()
    cook_it(fake)
    plan = plan_it(fake)
    assert plan.cells == ()
    assert len(plan.steps) == 1
    assert "same inputs" in plan.steps[0]


def test_the_plan_of_a_sealed_cook_does_not_seal_again() -> None:
    fake = good_kitchen()
    cook_it(fake, with_judges=False)
    plan = plan_it(fake)
    assert "run judge-strict" in plan.steps
    assert not any("seal" in step for step in plan.steps)


def test_the_plan_tells_that_an_earlier_round_is_moved() -> None:
    fake = good_kitchen()
    cook_it(fake)
    assert plan_it(fake, fresh=True).steps[0] == "move round 1 under rounds/"
    fake.workspace.write("BRIEF.md", "# Another\n")
    assert plan_it(fake).steps[0] == "move round 1 under rounds/"


def plan_it(fake: FakeKitchen, *, fresh: bool = False) -> CookPlan:
    return plan_cook(
        fake.kitchen,
        task=fake.task,
        judge=True,
        rebuild=False,
        fresh=fresh,
        jobs=None,
        timeout=None,
    )


def test_why_nobody_handed_anything_in_is_told_at_once() -> None:
    fake = good_kitchen()
    script(fake, careful=CannotStart("no such\x1b[2J file"), quick=Ends(), flashy=Ends(code=1))
    with pytest.raises(NoVerdictError) as caught:
        cook_it(fake)
    assert "careful: could not start" in caught.value.message
    assert "quick: handed in nothing" in caught.value.message
    assert "\x1b" not in caught.value.message


def test_a_folder_that_no_engine_can_mount_is_refused_before_anything_starts() -> None:
    fake = good_kitchen()
    fake.workspace = FakeWorkspace("/cooks/b\udcffd/landing", {"BRIEF.md": "Make it.\n"})
    fake.cooks.folders["landing"] = fake.workspace
    with pytest.raises(BadInputError, match="not UTF-8"):
        cook_it(fake)
    assert fake.engine.calls == []


def with_override(fake: FakeKitchen, **changes: object) -> None:
    """Put an override into the cook, and what compose makes of it into the engine."""
    fake.workspace.write("compose.override.yaml", f"services: {json.dumps(changes)}\n")
    image = next(iter(fake.engine.present), "nope")
    cells = (*COOKS, "judge-strict", "judge-kind")
    services = {name: {"image": image} for name in cells} | changes
    fake.engine.merged_files = {"services": {name: it for name, it in services.items() if it}}


@pytest.mark.parametrize(
    ("service", "said"),
    [
        (None, "would not run this cell"),
        ({"image": "x", "container_name": "mine"}, "container_name"),
        ({"image": "x", "deploy": {"replicas": 2}}, "exactly one container"),
        ({"image": "x", "scale": 0}, "exactly one container"),
        ({"image": "x", "environment": {"ACME_API_KEY": "1"}}, "careful.environment.ACME_API_KEY"),
        ({"image": "x", "environment": {"API_KEY": "1"}}, "a cell gets no keys"),
        ({"image": "x", "environment": {"ACME_AUTH_TOKEN": "1"}}, "a cell gets no keys"),
    ],
)
def test_an_override_that_takes_a_cell_from_us_is_refused_and_costs_no_result(
    service: object, said: str
) -> None:
    fake = good_kitchen()
    cook_it(fake)
    started(fake)
    with_override(fake, careful=service)
    with pytest.raises(BadInputError, match=said):
        cook_it(fake)
    assert started(fake) == []
    assert not fake.workspace.exists("rounds")
    fake.workspace.remove("compose.override.yaml")
    assert any("same inputs" in note for note in cook_it(fake).notes)


def test_an_override_that_compose_cannot_read_is_bad_input_and_costs_no_result() -> None:
    fake = good_kitchen()
    cook_it(fake)
    fake.workspace.write("compose.override.yaml", "services: {careful: [\n")
    inner = fake.kitchen
    engine = Unreadable(clock=fake.clock, present=fake.engine.present)
    with pytest.raises(BadInputError, match="did not find") as caught:
        cook(
            dataclasses.replace(inner, engine=engine),
            task=fake.task,
            judge=True,
            rebuild=False,
            fresh=False,
            jobs=None,
            timeout=None,
        )
    assert "docker compose config" in caught.value.hint
    assert fake.workspace.exists("verdict.json")


class Unreadable(FakeEngine):
    """An engine whose compose does not understand the files."""

    def merged(self, project: Project) -> Mapping[str, object]:
        raise EngineError(f"{project.name}: yaml: line 1: did not find expected node content")


def test_an_engine_that_is_away_costs_no_result_either() -> None:
    fake = good_kitchen()
    cook_it(fake)
    fake.engine.down = "no engine"
    with pytest.raises(EngineError):
        cook_it(fake, fresh=True)
    assert fake.workspace.exists("verdict.json")
    assert status(fake.kitchen, task="landing").status.state == "done"


def test_what_a_killed_cook_left_running_is_removed_before_its_folder_is_moved() -> None:
    fake = good_kitchen()
    cook_it(fake, with_judges=False)
    set_state(fake, "cooking")
    fake.workspace.write("BRIEF.md", "# Another\n")
    fake.engine.calls.clear()
    cook_it(fake)
    assert next(call for call in fake.engine.calls if call[0] != "volumes")[0] == "remove"
