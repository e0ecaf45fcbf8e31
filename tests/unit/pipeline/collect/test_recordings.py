"""How runs of the real CLIs are read, scenario by scenario."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multicooker.domain.outcome import ExitClass
from multicooker.domain.usage import Usage
from multicooker.pipeline.collect.dialects import BUILT_IN
from tests.unit.pipeline.collect.recorded import FLAVORS, LOGS, NOW, log

FINE = dict.fromkeys(FLAVORS)
"""Nothing is wrong: exit code and files decide."""


def alike(exit_class: ExitClass) -> dict[str, ExitClass | None]:
    return dict.fromkeys(FLAVORS, exit_class)


CLASSES: dict[str, dict[str, ExitClass | None]] = {
    "ok": FINE,
    "ok_text": FINE,
    "slow": FINE,
    "judge": FINE,
    "529_twice_then_ok": FINE,
    "malformed_once_then_ok": FINE,
    "cut_midway_once_then_ok": FINE,
    # Codex gives up at once where others try again.
    "rate_limit_once_then_ok": {**FINE, "codex": ExitClass.RATE_LIMITED},
    "usage_limit": alike(ExitClass.RATE_LIMITED),
    "usage_limit_midway": alike(ExitClass.RATE_LIMITED),
    "rate_limit": alike(ExitClass.RATE_LIMITED),
    "401": alike(ExitClass.AUTH_EXPIRED),
    "403": alike(ExitClass.AUTH_EXPIRED),
    "auth_no_login": {"claude": ExitClass.AUTH_EXPIRED},
    "auth_refresh_revoked": {"claude": ExitClass.AUTH_EXPIRED},
    "refusal": alike(ExitClass.REFUSED),
    "refusal_midway": alike(ExitClass.REFUSED),
    "500": alike(ExitClass.ERROR),
    "529": alike(ExitClass.ERROR),
    "malformed": alike(ExitClass.ERROR),
    "cut": alike(ExitClass.ERROR),
    # Gemini does not tell its shell's exit codes.
    "command_fails": {**alike(ExitClass.ERROR), "gemini": None},
    "hang": FINE,
}
ENDED = {(flavor, "hang") for flavor in FLAVORS} | {
    ("gemini", "usage_limit"),
    ("gemini", "usage_limit_midway"),
}
"""Those that somebody ended."""
RESETS = {
    ("claude", "usage_limit"): "2026-11-21T10:12:23Z",
    ("claude", "usage_limit_midway"): "2026-11-21T10:12:24Z",
    ("codex", "usage_limit"): "2026-11-21T10:13:00Z",
    ("codex", "usage_limit_midway"): "2026-11-21T10:13:00Z",
    ("gemini", "usage_limit"): "2026-11-21T10:20:00Z",
    ("gemini", "usage_limit_midway"): "2026-11-21T10:20:00Z",
}


def test_every_recording_is_told_of() -> None:
    assert {(flavor, name) for name, row in CLASSES.items() for flavor in row} == set(LOGS)


@pytest.mark.parametrize(("flavor", "scenario"), LOGS)
def test_the_outcome_is_read_from_what_the_cli_told(flavor: str, scenario: str) -> None:
    found = BUILT_IN[flavor].read(log(flavor, scenario), now=NOW)
    assert found.exit_class == CLASSES[scenario][flavor], found.detail
    assert found.ended is ((flavor, scenario) not in ENDED)
    assert bool(found.detail) is (found.exit_class is not None)
    assert "\n" not in found.detail
    assert found.resets_at == RESETS.get((flavor, scenario), "")


@pytest.mark.parametrize(
    ("flavor", "usage"),
    [
        (
            "claude",
            Usage(
                input_tokens=3330,
                cached_tokens=3000,
                output_tokens=60,
                cost_usd=0.00315,
                turns=3,
                tool_calls=2,
                tool_failures=0,
                models=("claude-opus-5-5",),
                cli_version="2.1.329",
            ),
        ),
        (
            "codex",
            Usage(
                input_tokens=3300,
                cached_tokens=3000,
                output_tokens=60,
                tool_calls=2,
                tool_failures=0,
            ),
        ),
        (
            "gemini",
            Usage(
                input_tokens=3300,
                cached_tokens=3000,
                output_tokens=60,
                tool_calls=2,
                tool_failures=0,
                models=("gemini-2.5-pro",),
            ),
        ),
    ],
)
def test_usage_is_what_the_cli_sums_up(flavor: str, usage: Usage) -> None:
    found = BUILT_IN[flavor].read(log(flavor, "ok"), now=NOW).usage
    assert found is not None
    assert (found.seconds is None) is (flavor == "codex")  # it does not say
    told = {name: getattr(found, name) for name in Usage.__dataclass_fields__ if name != "seconds"}
    assert told == {name: getattr(usage, name) for name in told}


def test_a_run_that_was_ended_tells_the_input_it_had_so_far() -> None:
    whole = log("claude", "ok").splitlines(keepends=True)
    found = BUILT_IN["claude"].read(b"".join(whole[:-1]), now=NOW)
    assert not found.ended
    assert found.usage is not None
    # Its answers in the stream know what they were asked with, and not yet how long they become.
    assert (found.usage.input_tokens, found.usage.output_tokens) == (3330, None)
    assert (found.usage.cached_tokens, found.usage.turns) == (3000, 3)
    assert found.usage.models == ("claude-opus-5-5",)


@pytest.mark.parametrize("flavor", FLAVORS)
def test_a_judges_answer_is_its_last_message_or_what_its_schema_made(flavor: str) -> None:
    answer = BUILT_IN[flavor].read(log(flavor, "judge"), now=NOW).answer
    assert json.loads(answer)["version"] == 1


@pytest.mark.parametrize("flavor", FLAVORS)
def test_an_answer_is_the_last_message_alone(flavor: str) -> None:
    assert BUILT_IN[flavor].read(log(flavor, "ok"), now=NOW).answer == "The page is done."


@pytest.mark.parametrize(
    ("flavor", "words"),
    [
        (
            "claude",
            (
                "I look around.",
                "$ ls -la; echo hello",
                "wrote index.html",
                "The page is done.",
            ),
        ),
        (
            "codex",
            (
                "I look around.",
                "$ ls -la; echo hello",
                "wrote /work/out/index.html",
                "The page is done.",
            ),
        ),
        (
            "gemini",
            (
                "I look around.",
                "$ ls -la; echo hello",
                "wrote index.html",
                "The page is done.",
            ),
        ),
    ],
)
def test_a_watcher_hears_what_is_said_and_done(flavor: str, words: tuple[str, ...]) -> None:
    lines = log(flavor, "ok").decode().splitlines()
    assert tuple(word for line in lines for word in BUILT_IN[flavor].tell(line)) == words


@pytest.mark.parametrize(
    ("flavor", "scenario", "words"),
    [
        ("claude", "529", "overloaded: tries again in 0.6 s"),
        ("claude", "usage_limit", "its usage limit is reached"),
        ("claude", "usage_limit", "You've hit your 5-hour limit · resets 10:12am (UTC)"),
        ("claude", "command_fails", "failed: Exit code 3 ls: cannot access '/nowhere': No such"),
        ("codex", "command_fails", "failed: exit code 3"),
        ("codex", "401", "Your access token could not be refreshed."),
        ("gemini", "usage_limit", "Attempt 1 failed: You have exhausted your capacity"),
        ("gemini", "403", "[API Error: "),
        ("gemini", "refusal", "The model response was blocked due to safety settings."),
    ],
)
def test_a_watcher_hears_of_trouble(flavor: str, scenario: str, words: str) -> None:
    lines = log(flavor, scenario).decode().splitlines()
    told = [word for line in lines for word in BUILT_IN[flavor].tell(line)]
    assert [word for word in told if word.startswith(words)]


@settings(max_examples=60, deadline=None)
@given(where=st.sampled_from(LOGS), data=st.data())
def test_a_log_without_its_beginning_is_read_the_same(
    where: tuple[str, str], data: st.DataObject
) -> None:
    flavor, scenario = where
    whole = log(flavor, scenario)
    reader = BUILT_IN[flavor]
    last = whole.rstrip().rfind(b"\n") + 1
    # The error is told in one line and the end in the next.
    last = whole.rfind(b"\n", 0, last - 1) + 1 if flavor != "codex" else last
    cut = whole[data.draw(st.integers(0, last)) :]
    found, expected = reader.read(cut, now=NOW), reader.read(whole, now=NOW)
    assert found.ended == expected.ended
    # Whether not one of its tools worked is only known with all of them.
    if expected.exit_class is not None and scenario != "command_fails":
        assert found.exit_class == expected.exit_class
