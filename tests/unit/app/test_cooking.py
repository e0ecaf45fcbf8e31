"""The main job on fakes: what is kept, what runs again, what is told."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from multicooker.app.results import CookResult
from multicooker.app.verbs import cook, judge, plan_cook, report, status
from multicooker.domain.outcome import ExitClass
from multicooker.errors import (
    BadInputError,
    BusyError,
    CancelledError,
    CredentialsError,
    EngineError,
    NoVerdictError,
    StateError,
)
from tests.fakes.engine import CannotStart, Ends, Hangs
from tests.fakes.kitchen import FakeKitchen, ballot

PAGE = {"index.html": b"<h1>hello</h1>"}
COOKS = ("careful", "quick", "flashy")
LABELS = ("A", "B", "C")


def good_kitchen(**files: str) -> FakeKitchen:
    """Return a kitchen whose three default cooks and two default judges do well."""
    fake = FakeKitchen(**files)
    fake.engine.scripts = {
        **{name: Ends(after=2, writes=PAGE, log=f"{name} done\n".encode()) for name in COOKS},
        "judge-strict": Ends(after=1, writes={"ballot.json": ballot(LABELS)}),
        "judge-kind": Ends(after=1, writes={"ballot.json": ballot(LABELS)}),
    }
    return fake


def script(fake: FakeKitchen, **changes: object) -> None:
    """Change what cells do; `judge_x` stands for `judge-x`."""
    new = {name.replace("_", "-"): change for name, change in changes.items()}
    fake.engine.scripts = {**fake.engine.scripts, **new}  # type: ignore[dict-item]  # scripts all


def cook_it(
    fake: FakeKitchen,
    *,
    with_judges: bool = True,
    fresh: bool = False,
    jobs: int | None = None,
    timeout: int | None = None,
) -> CookResult:
    return cook(
        fake.kitchen,
        task=fake.task,
        judge=with_judges,
        rebuild=False,
        fresh=fresh,
        jobs=jobs,
        timeout=timeout,
    )


def started(fake: FakeKitchen) -> list[str]:
    """Return every cell that was started, in order, and forget it."""
    found = [cell for call in fake.engine.calls if call[0] == "up" for cell in call[1:]]
    fake.engine.calls.clear()
    return found


def test_a_brief_alone_becomes_a_verdict() -> None:
    fake = good_kitchen()
    result = cook_it(fake)
    assert result.state == "done"
    assert result.verdict is not None
    assert result.report == "/cooks/landing/report.html"
    assert any("no CLI logged in" in note for note in result.notes)
    assert fake.progress.stages == ["render", "build", "run", "seal", "judge", "report"]
    assert fake.workspace.names("submissions") == LABELS
    assert fake.engine.calls[-1][0] == "remove"
    assert not fake.workspace.exists(".auth")


def test_the_record_tells_every_state_in_order() -> None:
    fake = good_kitchen()
    cook_it(fake)
    text = fake.workspace.read_text("events.jsonl", limit=10**6)
    events = [json.loads(line) for line in text.splitlines()]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    states = [event["event"] for event in events if event["event"].startswith("cook.")]
    assert states == ["cook.building", "cook.cooking", "cook.sealed", "cook.judging", "cook.done"]
    status = json.loads(fake.workspace.read_text("status.json", limit=10**6))
    assert status["verdict"] == str(result_level(fake))
    assert {cell["exit_class"] for cell in status["cells"]} == {"ok"}
    assert status["pid"] == 4711


def test_a_cell_that_closes_its_folder_to_everybody_costs_nobody_the_cook() -> None:
    fake = good_kitchen()

    def write(cell: str, path: str, data: bytes) -> None:
        fake.write(cell, path, data)
        out = fake.workspace.find(f"work/{cell}/out")
        if out is not None:
            out.mode = 0

    fake.engine.write = write
    cook_it(fake)
    modes = [node.mode for name in COOKS if (node := fake.workspace.find(f"work/{name}/out"))]
    assert modes == [0o700] * 3


def result_level(fake: FakeKitchen) -> str:
    return str(json.loads(fake.workspace.read_text("verdict.json", limit=10**6))["level"])


def test_cells_that_end_together_are_looked_at_once_more_together() -> None:
    fake = good_kitchen()
    ended = {name: Ends(after=1, writes=PAGE, log=f"{name} done\n".encode()) for name in COOKS[:2]}
    script(fake, **ended, flashy=CannotStart("no such device"))
    cook_it(fake, with_judges=False)
    assert [call for call in fake.engine.calls if call[0] == "last_lines"] == [
        ("last_lines", "careful", "quick")
    ]
    shown = {row.name: (row.last_line, row.bytes_written) for row in fake.progress.rows[-1]}
    page = len(PAGE["index.html"])
    assert shown == {
        "careful": ("careful done", page),
        "quick": ("quick done", page),
        "flashy": ("", 0),
    }


def test_logs_are_kept_and_cut_with_a_word_about_it() -> None:
    fake = good_kitchen(**{"cook.yaml": "limits: {log_bytes: 10}\n"})
    script(fake, careful=Ends(writes=PAGE, log=b"x" * 50))
    cook_it(fake)
    log = fake.workspace.read_bytes("logs/careful.log", limit=10**6)
    assert log == b"(truncated: this is the end of a longer log)\n" + b"x" * 10


def test_cooking_twice_keeps_the_first_verdict_and_starts_nothing() -> None:
    fake = good_kitchen()
    cook_it(fake)
    started(fake)
    result = cook_it(fake)
    assert started(fake) == []
    assert any("already cooked" in note for note in result.notes)


def test_fresh_moves_the_round_aside_with_what_it_was_made_from() -> None:
    fake = good_kitchen()
    cook_it(fake)
    first = fake.workspace.read_bytes("verdict.json", limit=10**6)
    result = cook_it(fake, fresh=True)
    assert result.round == 2
    assert fake.workspace.read_bytes("rounds/1/verdict.json", limit=10**6) == first
    assert fake.workspace.exists("rounds/1/BRIEF.md")
    assert fake.workspace.exists("rounds/1/.seal/manifest.json")
    assert fake.workspace.exists("rounds/1/submissions/A/index.html")


def test_another_brief_is_another_round_and_another_time_limit_is_not() -> None:
    fake = good_kitchen()
    cook_it(fake)
    assert cook_it(fake, timeout=77).round == 1
    fake.workspace.write("BRIEF.md", "# Another\n")
    assert cook_it(fake).round == 2
    assert "Make it" in fake.workspace.read_text("rounds/1/BRIEF.md", limit=10**6)


@pytest.mark.parametrize("change", ["raw/data.csv", "compose.override.yaml"])
def test_other_inputs_are_another_round(change: str) -> None:
    fake = good_kitchen()
    cook_it(fake)
    fake.engine.merged_files = {"services": {}}
    fake.workspace.write(change, "services: {}\n")
    if change.startswith("compose"):
        with pytest.raises(BadInputError):
            cook_it(fake)  # the fake engine merges services without images
    else:
        assert cook_it(fake).round == 2


def test_a_failing_cell_stops_nobody_and_is_told() -> None:
    fake = good_kitchen()
    script(
        fake,
        quick=Ends(code=1),
        flashy=CannotStart("no such device"),
        judge_strict=Ends(writes={"ballot.json": ballot(("A",))}),
        judge_kind=Ends(writes={"ballot.json": ballot(("A",))}),
    )
    result = cook_it(fake)
    assert {outcome.owner: outcome.exit_class for outcome in result.outcomes} == {
        "careful": ExitClass.OK,
        "quick": ExitClass.CRASHED,
        "flashy": ExitClass.COULD_NOT_START,
    }
    assert result.verdict is not None
    assert {absence.name for absence in result.verdict.missing_participants} == {"quick", "flashy"}


def test_what_is_partial_is_sealed_and_marked() -> None:
    fake = good_kitchen()
    script(fake, quick=Hangs(writes=PAGE))
    result = cook_it(fake, timeout=5)
    assert result.verdict is not None
    partial = [standing.partial for standing in result.verdict.standings]
    assert sorted(partial) == [False, False, True]


def test_a_stop_keeps_what_ended_and_the_next_cook_goes_on_with_the_rest() -> None:
    fake = good_kitchen()
    fake.engine.write = stop_after(fake, "careful")
    with pytest.raises(CancelledError) as caught:
        cook_it(fake, jobs=1)
    assert "multicooker cook landing" in caught.value.hint
    assert started(fake) == ["careful"]
    assert json.loads(fake.workspace.read_text("status.json", limit=10**6))["state"] == "cancelled"
    fake.stopping = False
    fake.engine.write = fake.write
    result = cook_it(fake)
    assert started(fake)[:2] == ["quick", "flashy"]
    assert result.state == "done"
    assert any("careful: kept from before" in note for note in result.notes)


def stop_after(fake: FakeKitchen, cell: str) -> Callable[[str, str, bytes], None]:
    """Return a writer that asks to stop as soon as a cell wrote its output."""
    inner = fake.engine.write

    def write(name: str, path: str, data: bytes) -> None:
        inner(name, path, data)
        fake.stopping = name == cell

    return write


def test_a_request_from_another_process_stops_it_too() -> None:
    fake = good_kitchen()
    script(fake, careful=Hangs(), quick=Ends(writes={"index.html": b"x"}))
    inner = fake.engine.write

    def write(name: str, path: str, data: bytes) -> None:
        inner(name, path, data)
        fake.workspace.write(".cancel", "stop\n")

    fake.engine.write = write
    with pytest.raises(CancelledError):
        cook_it(fake)
    assert not fake.workspace.exists(".cancel")


def test_a_stop_while_judging_keeps_the_seal_and_the_ballots() -> None:
    fake = good_kitchen()
    script(fake, judge_kind=Hangs())
    inner = fake.engine.write

    def write(name: str, path: str, data: bytes) -> None:
        inner(name, path, data)
        fake.stopping = fake.stopping or path == "ballot.json"

    fake.engine.write = write
    with pytest.raises(CancelledError, match="judging"):
        cook_it(fake)
    seal = fake.workspace.read_bytes(".seal/manifest.json", limit=10**6)
    fake.stopping = False
    fake.engine.write = inner
    started(fake)
    script(fake, judge_kind=Ends(writes={"ballot.json": ballot(LABELS)}))
    result = cook_it(fake)
    assert started(fake) == ["judge-kind"]
    assert result.state == "done"
    assert fake.workspace.read_bytes(".seal/manifest.json", limit=10**6) == seal


def test_a_ballot_cast_before_an_interruption_counts() -> None:
    fake = good_kitchen()
    cook_it(fake)
    status = json.loads(fake.workspace.read_text("status.json", limit=10**6))
    status["state"] = "judging"  # as a kill right before the verdict leaves it
    fake.workspace.write("status.json", json.dumps(status))
    fake.workspace.remove("verdict.json")
    fake.workspace.remove("judging/kind")
    started(fake)
    result = cook_it(fake)
    assert started(fake) == ["judge-kind"]
    assert result.verdict is not None
    assert len(result.verdict.ballots) == 2


def test_after_a_kill_what_was_left_running_is_swept_first() -> None:
    fake = good_kitchen()
    cook_it(fake, with_judges=False)
    status = json.loads(fake.workspace.read_text("status.json", limit=10**6))
    status["state"] = "cooking"
    fake.workspace.write("status.json", json.dumps(status))
    fake.workspace.remove(".seal/manifest.json")
    fake.engine.calls.clear()
    cook_it(fake, with_judges=False)
    assert next(call for call in fake.engine.calls if call[0] != "volumes")[0] == "remove"


def test_a_half_made_seal_is_never_read() -> None:
    fake = good_kitchen()
    cook_it(fake, with_judges=False)
    fake.workspace.remove(".seal/manifest.json")
    fake.workspace.write("submissions/A/index.html", "half")
    result = cook_it(fake)
    assert result.verdict is not None
    text = fake.workspace.read_text("submissions/A/index.html", limit=10**6)
    assert text == "<h1>hello</h1>"


def test_a_seal_that_was_changed_is_refused_and_named() -> None:
    fake = good_kitchen()
    cook_it(fake, with_judges=False)
    fake.workspace.write("submissions/B/index.html", "<h1>better</h1>")
    with pytest.raises(StateError, match="submissions"):
        cook_it(fake)


def test_sealed_first_and_judged_later() -> None:
    fake = good_kitchen()
    assert cook_it(fake, with_judges=False).state == "sealed"
    assert started(fake) == list(COOKS)
    assert cook_it(fake).state == "done"
    assert started(fake) == ["judge-strict", "judge-kind"]


def test_judging_anew_keeps_the_earlier_vote() -> None:
    fake = good_kitchen()
    cook_it(fake)
    judge(fake.kitchen, task="landing", jobs=None)
    result = judge(fake.kitchen, task="landing", jobs=None)
    assert result.verdict is not None
    assert fake.workspace.exists("rounds/1-judging/verdict.json")
    assert fake.workspace.exists("rounds/1-judging.2/judging/strict/1/cast.json")


def test_a_judges_own_brief_reaches_the_judges() -> None:
    fake = good_kitchen(**{"JUDGE_BRIEF.md": "Weigh the prices double.\n"})
    cook_it(fake)
    prompt = fake.workspace.read_text("judging/strict/1/in/PROMPT.md", limit=10**6)
    assert "Weigh the prices double." in prompt


def test_a_bad_ballot_gets_one_repair_turn() -> None:
    fake = good_kitchen()
    script(fake, judge_kind=Ends(writes={"ballot.json": b"no idea"}))
    result = cook_it(fake)
    assert started(fake) == [*COOKS, "judge-strict", "judge-kind", "judge-kind"]
    assert result.verdict is not None
    assert [absence.name for absence in result.verdict.missing_judges] == ["kind"]
    assert "and" not in result.verdict.missing_judges[0].reason.split(":")[0]
    assert fake.workspace.exists("judging/kind/1/refused/ballot.json")
    assert fake.workspace.exists("judging/kind/1/in/REPAIR.md")


def test_a_repaired_ballot_counts_and_is_marked() -> None:
    fake = good_kitchen()
    script(fake, judge_kind=Ends(writes={"ballot.json": b"{}"}))
    inner = fake.engine.write
    turns: list[str] = []

    def write(name: str, path: str, data: bytes) -> None:
        turns.append(name)
        good = turns.count("judge-kind") > 1
        inner(name, path, ballot(LABELS) if name == "judge-kind" and good else data)

    fake.engine.write = write
    result = cook_it(fake)
    assert result.verdict is not None
    assert {cast.judge: cast.repaired for cast in result.verdict.ballots} == {
        "strict": False,
        "kind": True,
    }


def test_judges_that_end_badly_are_told_and_without_any_ballot_there_is_no_verdict() -> None:
    fake = good_kitchen()
    script(fake, judge_strict=Ends(code=75), judge_kind=Ends(code=1))
    with pytest.raises(NoVerdictError):
        cook_it(fake)
    assert json.loads(fake.workspace.read_text("status.json", limit=10**6))["state"] == "failed"
    script(fake, judge_strict=Ends(writes={"ballot.json": ballot(LABELS)}))
    started(fake)
    result = cook_it(fake)
    assert started(fake) == ["judge-strict", "judge-kind"]
    assert result.verdict is not None
    assert "crashed" in result.verdict.missing_judges[0].reason


def test_nothing_handed_in_is_an_error_and_only_a_new_try() -> None:
    fake = good_kitchen()
    script(fake, careful=Ends(), quick=Ends(), flashy=Ends())
    with pytest.raises(NoVerdictError, match="no participant"):
        cook_it(fake)
    started(fake)
    script(fake, careful=Ends(writes=PAGE), quick=Ends(writes=PAGE), flashy=Ends(writes=PAGE))
    assert cook_it(fake).state == "done"
    assert started(fake)[:3] == list(COOKS)


def test_without_judges_it_stops_at_the_seal_and_says_so() -> None:
    fake = good_kitchen(**{"cook.yaml": "judges: []\n"})
    result = cook_it(fake)
    assert (result.state, result.verdict) == ("sealed", None)
    assert any("no judges" in note for note in result.notes)
    with pytest.raises(BadInputError, match="judges: there are none"):
        judge(fake.kitchen, task="landing", jobs=None)


def test_an_engine_that_is_away_is_told_and_nothing_is_lost() -> None:
    fake = good_kitchen()
    fake.engine.down = "cannot reach the engine"
    with pytest.raises(EngineError, match="cannot reach"):
        cook_it(fake)
    fake.engine.down = ""
    assert cook_it(fake).state == "done"


def test_somebody_elses_cook_is_left_alone() -> None:
    fake = good_kitchen()
    with fake.workspace.lock(), pytest.raises(BusyError):
        cook_it(fake)
    assert fake.engine.calls == []


def test_a_missing_login_is_told_before_anything_is_started() -> None:
    fake = FakeKitchen(**{"cook.yaml": "participants: [{name: a, flavor: acme}]\njudges: []\n"})
    with pytest.raises(CredentialsError) as caught:
        cook_it(fake)
    assert caught.value.hint == "acme login"
    assert fake.engine.calls == []


def test_a_flavor_that_does_not_load_says_why() -> None:
    fake = good_kitchen(**{"cook.yaml": "participants: [{name: a, flavor: worn}]\n"})
    fake.resources = type(fake.resources)(
        known=fake.resources.known,
        broken={"worn": "flavor.yaml:1: name: missing"},
        templates=fake.resources.templates,
    )
    with pytest.raises(BadInputError, match=r"flavor\.yaml:1"):
        cook_it(fake)


def test_an_override_with_an_image_the_engine_lacks_is_refused_before_anything_runs() -> None:
    fake = good_kitchen(**{"compose.override.yaml": "services: {quick: {image: nope}}\n"})
    fake.engine.merged_files = {
        "services": {name: {"image": "nope"} for name in (*COOKS, "judge-strict", "judge-kind")}
    }
    with pytest.raises(BadInputError, match=r"services\.careful\.image: 'nope'"):
        cook_it(fake)
    assert started(fake) == []


def test_an_override_that_compose_reads_otherwise_is_refused() -> None:
    fake = good_kitchen(**{"compose.override.yaml": "services: []\n"})
    fake.engine.merged_files = {"services": []}
    with pytest.raises(BadInputError, match="a mapping is expected"):
        cook_it(fake)


def test_the_plan_tells_every_step_and_starts_nothing() -> None:
    fake = good_kitchen()
    cook_it(fake, with_judges=False)
    started(fake)
    plan = plan_cook(
        fake.kitchen,
        task="landing",
        judge=True,
        rebuild=True,
        fresh=False,
        jobs=2,
        timeout=None,
    )
    assert started(fake) == []
    assert "keep careful: ok from before" in plan.steps
    assert "run judge-strict" in plan.steps
    assert (plan.jobs, plan.jobs_why) == (2, "asked for with --jobs")
    fresh = plan_cook(
        fake.kitchen,
        task="landing",
        judge=False,
        rebuild=False,
        fresh=True,
        jobs=None,
        timeout=None,
    )
    assert "run careful" in fresh.steps
    assert "report" not in fresh.steps


@pytest.mark.parametrize(
    ("names", "told"), [(("careful",), "1 submission"), (("careful", "quick"), "2 submissions")]
)
def test_what_is_sealed_is_counted_in_words(names: tuple[str, ...], told: str) -> None:
    cooks = ", ".join(f"{{name: {name}, flavor: demo, model: {name}}}" for name in names)
    fake = good_kitchen(**{"cook.yaml": f"participants: [{cooks}]\n"})
    cook_it(fake, with_judges=False)
    assert status(fake.kitchen, task="landing").status.detail == told


def test_the_report_is_written_again_from_the_verdict() -> None:
    fake = good_kitchen()
    cook_it(fake)
    page = fake.workspace.read_bytes("report.html", limit=10**7)
    fake.workspace.remove("report.html")
    assert report(fake.kitchen, task="landing").report
    assert fake.workspace.read_bytes("report.html", limit=10**7) == page


def test_a_report_needs_a_verdict_and_a_verdict_needs_a_seal() -> None:
    fake = good_kitchen()
    with pytest.raises(BadInputError, match="no sealed submissions"):
        report(fake.kitchen, task="landing")
    cook_it(fake, with_judges=False)
    with pytest.raises(BadInputError, match="no verdict yet"):
        report(fake.kitchen, task="landing")


def test_a_damaged_record_is_refused_by_name_and_left_alone() -> None:
    fake = good_kitchen()
    cook_it(fake)
    fake.workspace.write("status.json", '{"version": 1, "ta')
    with pytest.raises(StateError, match=r"status\.json"):
        cook_it(fake)
    assert fake.workspace.read_text("status.json", limit=100) == '{"version": 1, "ta'
