"""Ctrl-C, TERM and HUP: the first one asks, a second one interrupts."""

from __future__ import annotations

import signal

import pytest

from multicooker.cli.signals import graceful

ALL = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.mark.parametrize("signum", ALL)
def test_the_first_signal_flips_the_switch_and_is_told_once(signum: signal.Signals) -> None:
    told: list[str] = []
    with graceful(lambda: told.append("stopping")) as stopped:
        assert not stopped()
        signal.raise_signal(signum)
        assert stopped()
    assert told == ["stopping"]


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("first", ALL)
def test_a_second_signal_interrupts(first: signal.Signals, second: signal.Signals) -> None:
    with graceful(lambda: None):
        signal.raise_signal(first)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(second)


@pytest.mark.parametrize("first", ALL)
def test_a_closing_terminal_never_insists(first: signal.Signals) -> None:
    with graceful(lambda: None) as stopped:
        signal.raise_signal(first)
        signal.raise_signal(signal.SIGHUP)
        assert stopped()


def test_what_was_ignored_stays_ignored_as_under_nohup() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with graceful(lambda: None) as stopped:
            signal.raise_signal(signal.SIGHUP)
            assert not stopped()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_afterwards_everything_is_as_before() -> None:
    before = [signal.getsignal(signum) for signum in ALL]
    with graceful(lambda: None), pytest.raises(KeyError):
        raise KeyError
    assert [signal.getsignal(signum) for signum in ALL] == before


def test_switched_off_it_leaves_ctrl_c_alone() -> None:
    with graceful(lambda: None, enabled=False) as stopped:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert not stopped()
