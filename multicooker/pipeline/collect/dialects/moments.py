"""When a usage limit ends, from the many ways CLIs put it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_LONGEST = timedelta(days=62)
"""No limit lasts longer: whatever says so is no moment."""
_JUST_PASSED = timedelta(hours=1)
"""The limit may end while the cell is still being put away."""
_CLOCK = re.compile(
    r"(?:again at|resets?(?: at| on)?)\s+"
    r"(?:(?P<month>[A-Z][a-z]{2})[a-z]{0,6}\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?"
    r"(?:, (?P<year>\d{4}))?(?:,| at|, at)?\s+)?"
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))?\s?(?P<half>[AaPp])\.?[Mm]"
)
_SPAN = re.compile(
    r"(?:reset|again|retry)(?:s|ing)? (?:after|in)\s+"
    r"(?=\d)(?:(?P<days>\d{1,3}) ?d(?:ays?)?[, ]{0,2})?"
    r"(?:(?P<hours>\d{1,4}) ?h(?:ours?)?[, ]{0,2})?"
    r"(?:(?P<minutes>\d{1,6}) ?m(?:in(?:utes?)?)?(?!s)[, ]{0,2})?"
    r"(?:(?P<seconds>\d{1,8})(?:\.\d{1,9})? ?s(?:ec(?:onds?)?)?)?",
    re.IGNORECASE,
)
_DELAY = re.compile(r'retryDelay\\{0,4}["\']?\s?:\s?\\{0,4}["\']?(\d{1,8})(?:\.\d{1,9})?s')
_WAIT = re.compile(r"Retrying after (\d{1,12})(?:\.\d{1,9})?ms")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NOON = 12


def from_epoch(seconds: float | None, now: datetime) -> str:
    """Return seconds since 1970 as a stamp; '' where they are no moment around now."""
    if seconds is None or abs(seconds - now.timestamp()) > _LONGEST.total_seconds():
        return ""
    return _stamp(datetime.fromtimestamp(seconds, UTC))


def from_words(words: str, now: datetime) -> str:
    """Return the moment that a message tells; '' where it tells none. Clocks in cells show UTC."""
    return _after(_span(words), now) or _at_clock(words, now) or _after(waiting(words), now)


def waiting(words: str) -> timedelta | None:
    """Return how long a CLI says that it waits before it tries again."""
    found = _WAIT.search(words)
    return timedelta(milliseconds=int(found[1])) if found else None


def _span(words: str) -> timedelta | None:
    found = _SPAN.search(words)
    if found and any(found.groupdict().values()):
        return timedelta(**{unit: int(value) for unit, value in found.groupdict("0").items()})
    delay = _DELAY.search(words)
    return timedelta(seconds=int(delay[1])) if delay else None


def _after(span: timedelta | None, now: datetime) -> str:
    return _stamp(now + span) if span is not None and span <= _LONGEST else ""


def _at_clock(words: str, now: datetime) -> str:
    found = _CLOCK.search(words)
    if found is None:
        return ""
    hour = int(found["hour"]) % _NOON + (_NOON if found["half"] in "Pp" else 0)
    try:
        moment = now.replace(hour=hour, minute=int(found["minute"] or 0), second=0, microsecond=0)
        if found["month"]:
            month = _MONTHS.index(found["month"]) + 1
            year = int(found["year"] or now.year)
            moment = moment.replace(year=year, month=month, day=int(found["day"]))
    except ValueError:  # 13:75, 31 February, a month nobody knows
        return ""
    if moment < now - _JUST_PASSED and not found["year"]:
        # Told in the evening of the next morning, or in December of January.
        moment += timedelta(days=365 if found["month"] else 1)
    return _stamp(moment) if abs(moment - now) <= _LONGEST else ""


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
