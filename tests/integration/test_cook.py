"""The main job on a real engine: from BRIEF.md to a verdict."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from multicooker.app.verbs import clean, judge, render, report, status
from multicooker.domain.ballot import VerdictLevel
from multicooker.errors import CancelledError, NoVerdictError
from tests.integration.kitchens import (
    Watcher,
    cook_it,
    judges,
    kitchen_in,
    make_cook,
    participants,
)

pytestmark = pytest.mark.docker


def objects_of(project: str) -> str:
    """Return what the engine holds of a project: containers, networks, volumes."""
    label = f"label=com.docker.compose.project={project}"
    found = ""
    for kind in (("ps", "-aq"), ("network", "ls", "-q"), ("volume", "ls", "-q")):
        command = ["docker", *kind, "--filter", label]
        found += subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return found


def test_a_brief_alone_cooks_to_a_verdict_and_a_report(tmp_path: Path) -> None:
    folder = make_cook(tmp_path, "page")
    kitchen = kitchen_in(tmp_path)
    result = cook_it(kitchen, "page")
    assert result.state == "done"
    assert [str(outcome.exit_class) for outcome in result.outcomes] == ["ok"] * 3
    assert result.verdict is not None
    assert len(result.verdict.standings) == 3
    assert len(result.verdict.ballots) == 2
    assert sorted(path.name for path in (folder / "submissions").iterdir()) == ["A", "B", "C"]
    assert (folder / "report.html").stat().st_size > 5000
    verdict = json.loads((folder / "verdict.json").read_text())
    assert verdict["level"] in set(VerdictLevel)
    key = json.loads((folder / ".seal/key.json").read_text())
    assert sorted(key["participants"].values()) == ["careful", "flashy", "quick"]
    assert stat.S_IMODE((folder / ".seal/key.json").stat().st_mode) == 0o600
    assert objects_of(status(kitchen, task="page").status.project) == ""


def test_every_outcome_is_told_apart_and_none_stops_the_others(tmp_path: Path) -> None:
    make_cook(
        tmp_path,
        "ways",
        participants(
            *("cook", "fail", "nothing", "hang", "memory", "rate-limit", "auth-expired", "flood")
        ).replace("behave: flood", "behave: flood, amount: '8'")
        + judges("cook")
        + "limits: {timeout: 15s, grace: 1s, log_bytes: 100k}\n",
    )
    result = cook_it(kitchen_in(tmp_path), "ways", jobs=8)
    found = {outcome.owner: str(outcome.exit_class) for outcome in result.outcomes}
    assert found == {
        "cook": "ok",
        "fail": "crashed",
        "nothing": "artifact_missing",
        "hang": "timed_out",
        "memory": "out_of_memory",
        "rate-limit": "rate_limited",
        "auth-expired": "auth_expired",
        "flood": "ok",
    }
    assert result.verdict is not None
    assert result.verdict.level is VerdictLevel.SINGLE_OPINION
    log = (tmp_path / "ways/logs/flood.log").read_bytes()
    assert log.startswith(b"(truncated")
    assert len(log) <= 102400 + 200


def test_a_cell_that_cannot_start_is_told_and_stops_nobody(tmp_path: Path) -> None:
    folder = make_cook(tmp_path, "start", participants("cook", "instant") + judges("cook"))
    (folder / "compose.override.yaml").write_text(
        "services:\n  instant:\n    volumes:\n"
        "      - {type: bind, source: ./gone, target: /x, bind: {create_host_path: false}}\n"
    )
    result = cook_it(kitchen_in(tmp_path), "start")
    found = {outcome.owner: str(outcome.exit_class) for outcome in result.outcomes}
    assert found == {"cook": "ok", "instant": "could_not_start"}
    assert "gone" in {o.owner: o.detail for o in result.outcomes}["instant"]


def test_at_most_jobs_cells_run_at_once_and_all_get_their_turn(tmp_path: Path) -> None:
    make_cook(tmp_path, "turns", participants("cook", "instant", "fail", "nothing"))
    result = cook_it(kitchen_in(tmp_path), "turns", judge=False, jobs=1)
    assert len(result.outcomes) == 4
    events = [
        json.loads(line) for line in (tmp_path / "turns/events.jsonl").read_text().splitlines()
    ]
    starts = [event["cell"] for event in events if event["event"] == "cell.running"]
    assert starts == ["cook", "instant", "fail", "nothing"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


def test_an_override_is_merged_and_never_touched(tmp_path: Path) -> None:
    folder = make_cook(tmp_path, "mine", participants("env"))
    override = "services:\n  env:\n    environment:\n      GREETING: 'hello $$HOME'\n"
    (folder / "compose.override.yaml").write_text(override)
    kitchen = kitchen_in(tmp_path)
    cook_it(kitchen, "mine", judge=False)
    render(kitchen, task="mine", diff_only=False)
    assert "GREETING=hello $HOME" in (folder / "work/env/out/env.txt").read_text()
    assert (folder / "compose.override.yaml").read_text() == override


def test_rendering_again_changes_nothing(tmp_path: Path) -> None:
    make_cook(tmp_path, "still")
    kitchen = kitchen_in(tmp_path)
    assert render(kitchen, task="still", diff_only=True).changes != ()
    render(kitchen, task="still", diff_only=False)
    assert render(kitchen, task="still", diff_only=True).changes == ()


def test_the_rendered_file_is_valid_and_starts_by_hand(tmp_path: Path) -> None:
    folder = make_cook(tmp_path, "hand", participants("instant"))
    kitchen = kitchen_in(tmp_path)
    cook_it(kitchen, "hand", judge=False)  # builds the image and makes the folders
    for path in (folder / "work/instant/out").iterdir():
        path.unlink()
    done = subprocess.run(
        ["docker", "compose", "up"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert list((folder / "work/instant/out").iterdir()) != []
    clean(kitchen, task="hand", everything=False)


def test_stopping_keeps_what_was_finished_and_cook_goes_on(tmp_path: Path) -> None:
    slow = participants("instant", "slow").replace("behave: slow", "behave: slow, amount: '3'")
    make_cook(tmp_path, "stop", slow + judges("cook"))
    watcher = Watcher()
    with pytest.raises(CancelledError):
        cook_it(kitchen_in(tmp_path, watcher, stop=True), "stop", jobs=1)
    kitchen = kitchen_in(tmp_path)
    found = status(kitchen, task="stop").status
    assert str(found.state) == "cancelled"
    assert objects_of(found.project) == ""
    result = cook_it(kitchen, "stop")
    assert result.state == "done"
    assert [str(outcome.exit_class) for outcome in result.outcomes] == ["ok", "ok"]


def test_cooking_again_from_the_same_inputs_does_nothing_and_says_so(tmp_path: Path) -> None:
    folder = make_cook(tmp_path, "twice", participants("instant", "cook") + judges("cook"))
    kitchen = kitchen_in(tmp_path)
    cook_it(kitchen, "twice")
    before = (folder / "verdict.json").read_bytes()
    again = cook_it(kitchen, "twice")
    assert any("already cooked" in note for note in again.notes)
    assert (folder / "verdict.json").read_bytes() == before


def test_fresh_and_changed_inputs_keep_the_earlier_round(tmp_path: Path) -> None:
    folder = make_cook(tmp_path, "rounds", participants("instant") + judges("cook"))
    kitchen = kitchen_in(tmp_path)
    cook_it(kitchen, "rounds")
    first = (folder / "verdict.json").read_bytes()
    assert cook_it(kitchen, "rounds", fresh=True).round == 2
    assert (folder / "rounds/1/verdict.json").read_bytes() == first
    (folder / "BRIEF.md").write_text("# Something else\n")
    assert cook_it(kitchen, "rounds").round == 3
    assert (folder / "rounds/2/submissions/A").is_dir()
    assert (folder / "rounds/2/BRIEF.md").read_text() != "# Something else\n"


def test_sealed_first_and_judged_later(tmp_path: Path) -> None:
    folder = make_cook(tmp_path, "later", participants("instant", "cook") + judges("cook", "cook2"))
    text = (folder / "cook.yaml").read_text().replace("behave: cook2", "behave: cook")
    (folder / "cook.yaml").write_text(text)
    kitchen = kitchen_in(tmp_path)
    sealed = cook_it(kitchen, "later", judge=False)
    assert (sealed.state, sealed.verdict) == ("sealed", None)
    before = (folder / ".seal/manifest.json").read_bytes()
    result = cook_it(kitchen, "later")
    assert result.verdict is not None
    assert (folder / ".seal/manifest.json").read_bytes() == before
    assert judge(kitchen, task="later", jobs=None).verdict is not None
    assert (folder / "rounds/1-judging/verdict.json").exists()
    page = (folder / "report.html").read_bytes()
    (folder / "report.html").unlink()
    report(kitchen, task="later")
    assert (folder / "report.html").read_bytes() == page


def test_a_bad_ballot_gets_one_repair_turn_and_is_then_refused(tmp_path: Path) -> None:
    folder = make_cook(
        tmp_path,
        "ballots",
        participants("instant", "cook") + judges("cook", "bad-ballot", "always-bad", "no-ballot"),
    )
    result = cook_it(kitchen_in(tmp_path), "ballots")
    assert result.verdict is not None
    cast = {ballot.judge: ballot.repaired for ballot in result.verdict.ballots}
    assert cast == {"cook": False, "bad-ballot": True}
    missing = {absence.name: absence.reason for absence in result.verdict.missing_judges}
    assert set(missing) == {"always-bad", "no-ballot"}
    assert "refused" in missing["always-bad"]
    assert (folder / "judging/bad-ballot/1/refused/ballot.json").exists()


def test_no_submission_at_all_is_an_error_and_the_next_cook_tries_again(tmp_path: Path) -> None:
    make_cook(tmp_path, "empty", participants("nothing", "fail-empty") + judges("cook"))
    text = (
        (tmp_path / "empty/cook.yaml").read_text().replace("behave: fail-empty", "behave: nothing")
    )
    (tmp_path / "empty/cook.yaml").write_text(text)
    kitchen = kitchen_in(tmp_path)
    with pytest.raises(NoVerdictError):
        cook_it(kitchen, "empty")
    assert str(status(kitchen, task="empty").status.state) == "failed"
    with pytest.raises(NoVerdictError):
        cook_it(kitchen, "empty")


def test_a_hostile_output_is_sealed_without_its_traps(tmp_path: Path) -> None:
    folder = make_cook(tmp_path, "trap", participants("hostile", "instant") + judges("cook"))
    result = cook_it(kitchen_in(tmp_path), "trap")
    assert result.verdict is not None
    # By folder descriptors: some of its paths are longer than any path may be.
    for _, folders, names, here in os.fwalk(folder / "submissions", follow_symlinks=False):
        for name in folders + names:
            mode = os.stat(name, dir_fd=here, follow_symlinks=False).st_mode
            assert stat.S_ISREG(mode) or stat.S_ISDIR(mode)
            assert stat.S_IMODE(mode) in {0o644, 0o755}


def test_nothing_a_judge_can_see_tells_a_participants_name(tmp_path: Path) -> None:
    make_cook(
        tmp_path,
        "blind",
        participants("instant", "cook").replace("name: instant", "name: zanzibar") + judges("env"),
    )
    with pytest.raises(NoVerdictError):
        cook_it(kitchen_in(tmp_path), "blind")
    seen = (tmp_path / "blind/judging/env/1/out/env.txt").read_text()
    assert "zanzibar" not in seen
    assert "/work/submissions" in seen
