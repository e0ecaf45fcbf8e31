"""The contract for programs: one envelope, the same keys whatever happens."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click
import pytest
from click.testing import CliRunner

from multicooker import errors
from multicooker.cli import envelope
from multicooker.cli.boundary import kind_of
from tests.unit.cli.calls import Caller, answering

EVERY_VERB: Sequence[tuple[str, tuple[str, ...]]] = [
    ("overview", ()),
    ("new", ("new", "landing")),
    ("cook", ("cook", "landing")),
    ("cook", ("cook", "landing", "--dry-run")),
    ("status", ("status", "landing")),
    ("cancel", ("cancel", "landing")),
    ("judge", ("judge", "landing")),
    ("report", ("report", "landing")),
    ("render", ("render", "landing")),
    ("build", ("build",)),
    ("doctor", ("doctor",)),
    ("clean", ("clean", "landing")),
    ("flavor list", ("flavor",)),
    ("flavor list", ("flavor", "list")),
    ("flavor show", ("flavor", "show", "demo")),
    ("flavor new", ("flavor", "new", "aider")),
    ("flavor check", ("flavor", "check", "demo")),
    ("completion", ("completion", "fish")),
]


@pytest.mark.parametrize(("verb", "words"), EVERY_VERB)
def test_a_result_is_one_line_with_the_same_four_keys(verb: str, words: tuple[str, ...]) -> None:
    told = Caller().json(*words)
    assert list(told) == ["version", "verb", "ok", "data"]
    assert (told["version"], told["verb"], told["ok"]) == (1, verb, True)
    assert isinstance(told["data"], dict)


@pytest.mark.parametrize(("verb", "words"), EVERY_VERB)
def test_json_may_be_asked_for_before_the_command(verb: str, words: tuple[str, ...]) -> None:
    (line,) = Caller()("--json", *words).stdout.splitlines()
    assert json.loads(line)["verb"] == verb


@pytest.mark.parametrize("kind", errors.all_error_types())
def test_an_error_of_ours_has_its_code_kind_message_and_hint(
    kind: type[errors.MulticookerError],
) -> None:
    call = answering(cook=kind("what happened", hint="what to do"))
    told = call.json("cook", "landing")
    assert told == {
        "version": 1,
        "verb": "cook",
        "ok": False,
        "error": {
            "code": kind.exit_code,
            "kind": kind_of(kind),
            "message": "what happened",
            "hint": "what to do",
        },
    }
    assert call("cook", "landing", "--json").exit_code == kind.exit_code


@pytest.mark.parametrize(
    ("words", "verb"),
    [
        (("--nope",), ""),
        (("cok",), ""),
        (("cook",), "cook"),
        (("cook", "landing", "--nope"), "cook"),
        (("cook", "landing", "more"), "cook"),
        (("cook", "--", "-rf"), "cook"),
        (("flavor", "show"), "flavor show"),
    ],
)
def test_a_usage_error_speaks_json_too_wherever_json_stands(
    words: tuple[str, ...], verb: str
) -> None:
    ended = Caller()("--json", *words)
    told = json.loads(ended.stdout)
    assert (ended.exit_code, ended.stderr) == (2, "")
    assert (told["verb"], told["ok"], told["error"]["kind"]) == (verb, False, "usage")
    assert told["error"]["code"] == 2


def test_an_error_before_any_option_was_read_speaks_json() -> None:
    told = json.loads(Caller()("cook", "--nope", "--json").stdout)
    assert told["error"]["kind"] == "usage"


def test_json_after_a_double_dash_is_no_option() -> None:
    ended = Caller()("logs", "landing", "--", "--json")
    assert ended.exit_code == 2
    assert ended.stdout == ""


def test_a_bug_speaks_json() -> None:
    call = answering(cook=ZeroDivisionError("oven"))
    assert call.json("cook", "landing")["error"] == {
        "code": 70,
        "kind": "bug",
        "message": "this is a bug in multicooker: ZeroDivisionError: oven",
        "hint": "run again with --debug, and report what it prints",
    }


def test_logs_are_one_envelope_per_line() -> None:
    lines = Caller()("logs", "landing", "--json").stdout.splitlines()
    told = [json.loads(line) for line in lines]
    assert all(list(line) == ["version", "verb", "ok", "data"] for line in told)
    assert [line["data"] for line in told] == [
        {"cell": "saffron", "line": "reading the brief"},
        {"cell": "basil", "line": "writing index.html"},
    ]


def test_nothing_but_the_envelope_is_printed() -> None:
    ended = Caller()("cook", "landing", "--json")
    assert ended.stderr == ""
    assert ended.stdout.count("\n") == 1


def test_health_is_in_the_data_and_in_the_exit_code() -> None:
    ended = Caller()("doctor", "--json")
    assert ended.exit_code == 1
    assert json.loads(ended.stdout)["data"]["healthy"] is False
    assert Caller().json("flavor", "check", "demo")["data"]["healthy"] is True


def test_what_a_container_printed_reaches_stdout_as_ascii() -> None:
    nasty = "".join(map(chr, range(256))) + "\u202e\U0001f642\udcff"
    ended = answering(logs=[("saffron", nasty)])("logs", "landing", "--json")
    assert all(0x20 <= byte < 0x7F or byte == 0x0A for byte in ended.stdout_bytes)
    assert json.loads(ended.stdout)["data"]["line"] == nasty


def test_what_is_no_part_of_a_result_is_refused() -> None:
    with pytest.raises(TypeError, match="object is no part of a result"):
        envelope.success("cook", object())


def test_the_runner_used_here_goes_through_the_programs_own_boundary() -> None:
    @click.command()
    def other() -> None:
        raise ZeroDivisionError

    assert isinstance(CliRunner().invoke(other).exception, ZeroDivisionError)
    assert isinstance(answering(cook=ZeroDivisionError())("cook", "x").exception, SystemExit)
