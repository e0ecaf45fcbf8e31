"""When a usage limit ends, in every way that CLIs put it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multicooker.pipeline.collect.dialects import moments

NOW = datetime(2026, 11, 21, 8, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("try again at 5:46 PM.", "2026-11-21T17:46:00Z"),
        ("try again at 5:46 AM.", "2026-11-22T05:46:00Z"),
        ("try again at 12:00 AM", "2026-11-22T00:00:00Z"),
        ("try again at 12:30 pm", "2026-11-21T12:30:00Z"),
        ("try again at 8:15 AM", "2026-11-21T08:15:00Z"),  # it has just passed
        ("try again at Nov 24th, 2026 5:46 AM.", "2026-11-24T05:46:00Z"),
        ("try again at Jan 3rd, 2027 11:02 PM.", "2027-01-03T23:02:00Z"),
        ("You've hit your weekly limit · resets Nov 24, 5am (UTC)", "2026-11-24T05:00:00Z"),
        ("Your limit resets Jan 2 at 5 p.m. (UTC)", "2027-01-02T17:00:00Z"),
        ("You've hit your 5-hour limit · resets 10:12am (UTC)", "2026-11-21T10:12:00Z"),
        ("Your quota will reset after 2h0m0s.. Retrying after 86ms...", "2026-11-21T10:20:30Z"),
        ("Your quota will reset after 3h12m5.5s.", "2026-11-21T11:32:35Z"),
        ("Try again in 3 days 2 hours 5 minutes.", "2026-11-24T10:25:30Z"),
        ("Try again in 45 seconds", "2026-11-21T08:21:15Z"),
        ("please retry in 2 days, 1 hour", "2026-11-23T09:20:30Z"),
        ('{"retryDelay": "11525s"}', "2026-11-21T11:32:35Z"),
        ('{\\"retryDelay\\":\\"11525.25s\\"}', "2026-11-21T11:32:35Z"),
        ("Attempt 1 failed. Retrying after 12060447ms...", "2026-11-21T11:41:30Z"),
        ("try again later", ""),
        ("try again at 13:75 AM", ""),
        ("try again at Feb 31, 2027 5:46 AM", ""),
        ("try again at Foo 3rd, 2026 5:46 AM", ""),
        ("try again at Nov 24th, 2031 5:46 AM", ""),
        ("try again in 500ms", ""),
        ("try again in 999 days", ""),
        ("Retrying after 999999999999ms...", ""),
        ("", ""),
    ],
)
def test_words_tell_a_moment(words: str, moment: str) -> None:
    assert moments.from_words(words, NOW) == moment


@pytest.mark.parametrize(
    ("seconds", "moment"),
    [
        (1795255943, "2026-11-21T10:12:23Z"),
        (1795255943.75, "2026-11-21T10:12:23Z"),
        (None, ""),
        (0, ""),
        (1795255943000, ""),
    ],
)
def test_seconds_since_1970_are_a_moment_around_now(seconds: float | None, moment: str) -> None:
    assert moments.from_epoch(seconds, NOW) == moment


def test_a_wait_is_told_in_milliseconds() -> None:
    assert moments.waiting("Retrying after 1500.5ms...") == timedelta(seconds=1.5)
    assert moments.waiting("Retrying with backoff") is None


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_any_words_are_read(words: str) -> None:
    assert moments.from_words(words, NOW) == "" or words
