"""What is typed reaches the verb; what must not be a name does not."""

from __future__ import annotations

import dataclasses

import pytest

from tests.unit.cli import samples
from tests.unit.cli.calls import Caller, Counter, answering

CALLS = [
    ((), "overview", {}),
    (("new", "landing"), "new", {"task": "landing"}),
    (("render", "landing"), "render", {"task": "landing", "diff_only": False}),
    (("render", "landing", "--diff"), "render", {"task": "landing", "diff_only": True}),
    (("doctor",), "doctor", {"task": None}),
    (("doctor", "landing"), "doctor", {"task": "landing"}),
    (("build",), "build", {"task": None, "flavors": (), "rebuild": False}),
    (
        ("build", "-f", "demo", "--flavor", "claude", "--rebuild"),
        "build",
        {"task": None, "flavors": ("demo", "claude"), "rebuild": True},
    ),
    (("judge", "landing", "--jobs", "2"), "judge", {"task": "landing", "jobs": 2}),
    (("report", "landing"), "report", {"task": "landing"}),
    (("status", "landing"), "status", {"task": "landing"}),
    (("logs", "landing"), "logs", {"task": "landing", "cells": (), "follow": False, "raw": False}),
    (
        ("logs", "landing", "saffron", "judge-one", "-f"),
        "logs",
        {"task": "landing", "cells": ("saffron", "judge-one"), "follow": True, "raw": False},
    ),
    (("cancel", "landing"), "cancel", {"task": "landing"}),
    (("clean", "landing"), "clean", {"task": "landing", "everything": False}),
    (("clean", "landing", "--all", "--yes"), "clean", {"task": "landing", "everything": True}),
    (("auth",), "auth_status", {}),
    (("auth", "status"), "auth_status", {}),
    (
        ("logout", "claude", "--yes"),
        "logout",
        {"flavor": "claude", "profile": None, "token": False},
    ),
    (
        ("logout", "claude", "--profile", "work", "--token", "--yes"),
        "logout",
        {"flavor": "claude", "profile": "work", "token": True},
    ),
    (("flavor",), "flavor_list", {}),
    (("flavor", "list"), "flavor_list", {}),
    (("flavor", "show", "demo"), "flavor_show", {"name": "demo"}),
    (("flavor", "new", "aider"), "flavor_new", {"name": "aider"}),
    (("flavor", "check", "demo"), "flavor_check", {"name": "demo", "run": False}),
    (("flavor", "check", "demo", "--run"), "flavor_check", {"name": "demo", "run": True}),
]
PLAIN_COOK = {
    "task": "landing",
    "judge": True,
    "rebuild": False,
    "fresh": False,
    "jobs": None,
    "timeout": None,
}


@pytest.mark.parametrize(("words", "verb", "asked"), CALLS)
def test_a_command_asks_one_verb_for_what_was_typed(
    words: tuple[str, ...], verb: str, asked: dict[str, object]
) -> None:
    call = Caller()
    call(*words)
    assert [(name, said) for name, _, said in call.verbs.heard] == [(verb, asked)]


@pytest.mark.parametrize(
    ("options", "changed"),
    [
        ((), {}),
        (("--no-judge",), {"judge": False}),
        (("--rebuild", "--fresh"), {"rebuild": True, "fresh": True}),
        (("--jobs", "3"), {"jobs": 3}),
        (("--timeout", "90s"), {"timeout": 90}),
        (("--timeout", "30m"), {"timeout": 1800}),
        (("--timeout", "2h"), {"timeout": 7200}),
        (("--timeout", "45"), {"timeout": 45}),
        (("--timeout", "168h"), {"timeout": 604_800}),
    ],
)
@pytest.mark.parametrize("verb", ["cook", "plan_cook"])
def test_cook_and_its_dry_run_take_the_same_options(
    verb: str, options: tuple[str, ...], changed: dict[str, object]
) -> None:
    call = Caller()
    dry = ("--dry-run",) if verb == "plan_cook" else ()
    assert call("cook", "landing", *options, *dry).exit_code == 0
    ((name, _, asked),) = call.verbs.heard
    assert (name, asked) == (verb, PLAIN_COOK | changed)


@pytest.mark.parametrize("time", ["0", "-5", "1.5h", "30 m", "169h", "1d", "", "٣s", "9" * 40])
def test_a_time_that_is_none_is_refused_before_anything_is_asked(time: str) -> None:
    call = Caller()
    ended = call("cook", "landing", f"--timeout={time}")
    assert ended.exit_code == 2
    assert "is not a time" in ended.stderr
    assert call.verbs.heard == []


@pytest.mark.parametrize("jobs", ["0", "-1", "1001", "many"])
def test_jobs_are_at_least_one(jobs: str) -> None:
    call = Caller()
    assert call("cook", "landing", "--jobs", jobs).exit_code == 2
    assert call.verbs.heard == []


@pytest.mark.parametrize(
    "name",
    ["-rf", "--help", "", " ", ".", "..", "a/b", "/etc", "A", "é", "a b", "a\n", "con", "x" * 41],
)
@pytest.mark.parametrize("verb", ["new", "cook", "clean", "status", "doctor", "review"])
def test_a_name_that_is_none_is_never_taken_as_a_task(verb: str, name: str) -> None:
    call = Caller()
    ended = call(verb, "--", name)
    assert ended.exit_code == 2
    assert "is not a name: use 1 to 40 of a-z, 0-9, - and _" in ended.stderr
    assert call.verbs.heard == []


def test_a_name_that_looks_like_an_option_is_an_unknown_option() -> None:
    call = Caller()
    ended = call("cook", "-rf")
    assert ended.exit_code == 2
    assert "No such option" in ended.stderr
    assert call.verbs.heard == []


@pytest.mark.parametrize(
    "words", [("logs", "landing", "--", "../x"), ("build", "-f", "../x"), ("flavor", "show", ".")]
)
def test_cells_and_flavors_are_names_too(words: tuple[str, ...]) -> None:
    ended = Caller()(*words)
    assert ended.exit_code == 2
    assert "is not a name" in ended.stderr


@pytest.mark.parametrize(
    "words",
    [("-C", "elsewhere", "status", "landing"), ("status", "landing", "--cooks", "elsewhere")],
)
def test_where_cooks_live_is_told_before_or_after_the_command(words: tuple[str, ...]) -> None:
    call = Caller()
    call(*words)
    assert call.verbs.heard[0][1].cooks == "elsewhere"


def test_the_last_cooks_folder_told_wins() -> None:
    call = Caller()
    call("-C", "one", "status", "-C", "two", "landing")
    assert call.verbs.heard[0][1].cooks == "two"


def test_without_a_cooks_folder_the_kitchen_looks_for_it() -> None:
    call = Caller()
    call("status", "landing")
    assert call.verbs.heard[0][1].cooks is None


def test_the_version_is_printed() -> None:
    assert Caller()("--version").stdout.startswith("multicooker ")


def test_a_command_that_is_none_is_answered_with_the_nearest() -> None:
    ended = Caller()("cok", "landing")
    assert ended.exit_code == 2
    assert "cok" in ended.stderr
    assert "see `multicooker --help`" in ended.stderr


def test_quiet_in_either_place_leaves_stderr_empty() -> None:
    def tell(kitchen: Counter) -> object:
        kitchen.progress.stage("run")
        kitchen.progress.note("a line")
        return Caller().verbs.cook(None)

    for words in (("-q", "cook", "landing"), ("cook", "landing", "--quiet")):
        assert answering(cook=tell)(*words).stderr == ""
    assert "a line" in answering(cook=tell)("cook", "landing").stderr


def test_clean_all_asks_and_takes_a_no_when_nobody_is_there() -> None:
    call = Caller()
    ended = call("clean", "landing", "--all", typed="y\n")
    assert ended.exit_code == 2
    assert "add --yes" in ended.stderr
    assert call.verbs.heard == []


def test_review_opens_the_report() -> None:
    call = answering(status=_with_report)
    ended = call("review", "landing")
    assert call.pages == ["/cooks/landing/report.html"]
    assert "opened in the browser" in ended.stdout


def test_review_prints_the_path_alone_where_there_is_no_browser() -> None:
    call = answering(status=_with_report)
    call.browser = False
    assert call("review", "landing").stdout == "/cooks/landing/report.html\n"


@pytest.mark.parametrize("option", ["--print", "--json"])
def test_review_opens_nothing_where_only_the_path_is_wanted(option: str) -> None:
    call = answering(status=_with_report)
    assert "/cooks/landing/report.html" in call("review", "landing", option).stdout
    assert call.pages == []


def test_review_without_a_report_says_how_to_get_one() -> None:
    ended = Caller()("review", "landing")
    assert ended.exit_code == 3
    assert "`multicooker cook landing`" in ended.stderr


def _with_report(_kitchen: Counter) -> object:
    return dataclasses.replace(samples.STATUS, report="/cooks/landing/report.html")
