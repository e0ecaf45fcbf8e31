"""What a person reads: the same values as in JSON, safe whatever strangers named."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

import pytest

from multicooker.app import results
from multicooker.cli.views import view
from multicooker.domain.ballot import VerdictLevel
from multicooker.domain.outcome import CookState, ExitClass
from multicooker.errors import StateError
from tests.unit.cli import samples
from tests.unit.cli.calls import ANSWERS, answering

WORDS: Sequence[tuple[str, tuple[str, ...]]] = [
    ("overview", ()),
    ("new", ("new", "x")),
    ("render", ("render", "x")),
    ("doctor", ("doctor",)),
    ("build", ("build",)),
    ("cook", ("cook", "x")),
    ("plan_cook", ("cook", "x", "--dry-run")),
    ("judge", ("judge", "x")),
    ("status", ("status", "x")),
    ("logs", ("logs", "x")),
    ("cancel", ("cancel", "x")),
    ("clean", ("clean", "x")),
    ("auth_status", ("auth", "status")),
    ("login_token", ("login", "x", "--token")),
    ("logout", ("logout", "x", "--yes")),
    ("sandbox_list", ("sandbox", "--list")),
    ("sandbox_stop", ("sandbox", "--stop")),
    ("flavor_list", ("flavor", "list")),
    ("flavor_show", ("flavor", "show", "x")),
    ("flavor_new", ("flavor", "new", "x")),
    ("flavor_check", ("flavor", "check", "x")),
]
EVIL = "\x1b[2J\x1b]52;c;ZXZpbA==\x07\x1b]8;;http://x\x07\r\x9b1A\x85\u202eliame[red]x[/red]"


def hostile(value: object) -> object:
    """Return a result with every text of it made hostile."""
    if isinstance(value, str) and type(value) is str:
        return f"{value}{EVIL}"
    if isinstance(value, tuple):
        return tuple(hostile(entry) for entry in value)
    if isinstance(value, dict):
        return {hostile(key): hostile(entry) for key, entry in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return dataclasses.replace(value, **{name: hostile(getattr(value, name)) for name in names})
    return value


@pytest.mark.parametrize(("verb", "words"), WORDS)
def test_nothing_that_strangers_named_acts_on_the_terminal(
    verb: str, words: tuple[str, ...]
) -> None:
    ended = answering(**{verb: hostile(ANSWERS[verb])})(*words)
    assert ended.stderr == ""
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", ended.stdout)
    assert "\\x1b[2J" in ended.stdout
    assert "[red]x[/red]" in ended.stdout


@pytest.mark.parametrize(("verb", "words"), WORDS)
def test_lines_end_without_blanks(verb: str, words: tuple[str, ...]) -> None:
    del verb
    assert not re.search(r"[ \t]\n", answering()(*words).stdout)


def test_the_end_of_a_cook_tells_labels_first_and_names_last() -> None:
    told = answering()("cook", "landing").stdout
    places = [
        told.index(part)
        for part in ("verdict: B wins, 2.25 ahead", "report  ", "next    ", "reveal: ")
    ]
    assert places == sorted(places)
    assert "multicooker review landing" in told
    assert told.endswith("reveal: B = basil, A = saffron, C = mint\n")
    assert "basil" not in told[: told.index("reveal: ")]


def test_the_standings_show_scores_remarks_and_who_is_missing() -> None:
    told = answering()("cook", "landing").stdout
    rows = [line.split() for line in told.splitlines()]
    assert ["B", "8.50", "0.50", "9.00", "8.00"] in rows
    assert ["A", "6.25", "0.50", "6.75", "5.75", "unfinished"] in rows
    assert "judged by its own family (3.75 without)" in told
    assert "without strict: no ballot: rate_limited" in told


def test_cells_that_did_not_end_well_are_told_with_the_reason() -> None:
    told = answering()("cook", "landing").stdout
    assert ["saffron", "timed_out", "30:00", "30m", "were", "up"] in [
        line.split() for line in told.splitlines()
    ]


@pytest.mark.parametrize(
    ("level", "leaders", "margin", "told"),
    [
        (VerdictLevel.WINNER, ("B",), 2.0, "B wins, 2.00 ahead"),
        (VerdictLevel.LEANING, ("B",), 0.5, "leaning to B, 0.50 ahead"),
        (VerdictLevel.TOO_CLOSE, ("A", "B"), 0.1, "too close to call: A and B"),
        (VerdictLevel.SINGLE_OPINION, ("B",), None, "single opinion: B"),
    ],
)
def test_the_verdict_says_how_sure_it_is(
    level: VerdictLevel, leaders: tuple[str, ...], margin: float | None, told: str
) -> None:
    verdict = dataclasses.replace(samples.VERDICT, level=level, leaders=leaders, margin=margin)
    cooked = dataclasses.replace(samples.COOK, verdict=verdict)
    assert f"verdict: {told}\n" in answering(cook=cooked)("cook", "landing").stdout


def test_a_cook_without_judges_says_how_to_judge() -> None:
    told = answering(cook=samples.SEALED)("cook", "landing", "--no-judge").stdout
    assert "multicooker judge landing" in told
    assert "crashed" in told
    assert "reveal" not in told


@pytest.mark.parametrize(
    ("given", "option"), [("elsewhere", "-C elsewhere"), ("my cooks", "-C 'my cooks'")]
)
def test_what_to_type_next_finds_the_folder_of_cooks_that_was_named(
    given: str, option: str
) -> None:
    for words in (("-C", given, "cook", "landing"), ("cook", "landing", "-C", given)):
        assert f"next    multicooker {option} review landing\n" in answering()(*words).stdout
    failing = answering(cook=StateError("stopped", hint="go on with `multicooker cook landing`"))
    told = failing("-C", given, "cook", "landing").stderr
    assert f"go on with `multicooker {option} cook landing`" in told
    assert "next    multicooker review landing\n" in answering()("cook", "landing").stdout


def test_an_interrupted_cook_says_how_to_go_on() -> None:
    dead = dataclasses.replace(samples.STATUS, alive=False)
    told = answering(status=dead)("status", "landing").stdout
    assert "its process is gone" in told
    assert ["saffron", "participant", "demo", "interrupted"] in [
        line.split()[:4] for line in told.splitlines()
    ]
    assert "multicooker cook landing  goes on from here" in told


def test_a_finished_cook_shows_verdict_and_report() -> None:
    status = dataclasses.replace(
        samples.STATUS.status, state=CookState.DONE, verdict="winner", detail="3 of 3"
    )
    done = results.StatusResult(status=status, alive=False, report=samples.REPORT)
    told = answering(status=done)("status", "landing").stdout
    assert "landing, round 1: done, winner" in told
    assert "3 of 3" in told
    assert samples.REPORT in told
    assert "process" not in told


def test_no_cooks_yet_says_how_to_make_one() -> None:
    empty = results.OverviewResult(cooks_folder="/x/cooks", cooks=())
    assert "multicooker new landing" in answering(overview=empty)().stdout


def test_a_render_that_changes_nothing_says_so() -> None:
    same = dataclasses.replace(samples.RENDER, changes=(), written=True)
    assert "nothing changed" in answering(render=same)("render", "landing").stdout


def test_a_render_lists_what_it_wrote_and_a_diff_shows_it() -> None:
    written = dataclasses.replace(samples.RENDER, written=True)
    assert "wrote compose.yaml" in answering(render=written)("render", "landing").stdout
    assert "\n-cpus: 1\n+cpus: 2\n" in answering()("render", "landing", "--diff").stdout


def test_a_diff_on_a_terminal_is_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[32m+cpus: 2\x1b[0m" in answering()("render", "landing", "--diff").stdout
    assert "\x1b[" not in answering()("render", "landing", "--diff", "--no-color").stdout


def test_cancel_and_clean_with_nothing_to_do_say_so() -> None:
    nobody = results.CancelResult(task="x", was_running=False, removed=())
    assert "nobody was cooking it" in answering(cancel=nobody)("cancel", "x").stdout
    clean = results.CleanResult(task="x", engine=(), files=())
    assert "nothing to remove" in answering(clean=clean)("clean", "x").stdout


def test_a_healthy_doctor_says_so() -> None:
    well = results.DoctorResult(checks=samples.DOCTOR.checks[:1])
    ended = answering(doctor=well)("doctor")
    assert ended.exit_code == 0
    assert "everything needed is there" in ended.stdout


def test_an_image_that_was_there_is_not_told_as_built() -> None:
    there = dataclasses.replace(samples.BUILD.images[0], built=False)
    told = answering(build=results.BuildResult(images=(there,)))("build").stdout
    assert "there" in told
    assert "built in" not in told


def test_every_outcome_and_state_has_a_look() -> None:
    for exit_class in ExitClass:
        cooked = dataclasses.replace(
            samples.SEALED, outcomes=(samples.outcome("basil", exit_class),)
        )
        assert exit_class in answering(cook=cooked)("cook", "landing").stdout


def test_log_lines_align_under_each_other() -> None:
    told = answering()("logs", "landing").stdout
    assert told == "saffron │ reading the brief\nbasil   │ writing index.html\n"


def test_what_is_no_result_has_no_view() -> None:
    with pytest.raises(TypeError, match="cook: no view for int"):
        view(1, "cook")
