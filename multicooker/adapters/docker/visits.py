"""Containers that a person works in, in that person's own terminal.

The docker client itself is the child that has the terminal: it knows how to make it raw, to follow
its size and to detach. What runs in the container outlives it; once that ended, nothing stays.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from multicooker.adapters.docker import answers, confinement, environment, failure, giving
from multicooker.adapters.docker.process import ask
from multicooker.domain.cook import NetworkMode
from multicooker.errors import EngineError
from multicooker.ports import Visit, Visited

_CHANGE_SECONDS = 120.0
_START_SECONDS = 60.0
_LOOK_PAUSE = 0.05
_ENDING_SECONDS = 2.0
_SIZE_PAUSES = (0.0, 0.2, 1.0)
_USUAL = "".join(
    f"\x1b[{sequence}"
    for sequence in (
        *(f"?{mode}l" for mode in (1000, 1002, 1003, 1004, 1006, 2004, 2031, 1049)),
        *("<u", "?25h", "0m"),
    )
)
"""Mouse, focus, paste, colour scheme, the other screen, keyboard, cursor, colours: what a program
that goes on elsewhere has no chance to put back as it usually is."""


def attend(visit: Visit, *, seconds: float) -> int:
    """Run the visit or attach to it; return its exit code, 0 where the user left it running."""
    found = _look((visit.name,), seconds)
    if found and found[0].running:
        return 0 if visit.detach else _attached(visit, ("attach", *confinement.KEYS, visit.name))
    if found:
        remove(visit.name)
    _create(visit)
    try:
        if visit.detach:
            ask(("start", visit.name), what=f"starting {visit.name}", seconds=_CHANGE_SECONDS)
            _give(visit)
            return 0
        # Attached before it runs: not even its first words or a quick end are missed.
        start = ("start", "--attach", "--interactive", *confinement.KEYS, visit.name)
        return _attached(visit, start, fresh=True)
    except EngineError:
        remove(visit.name)
        raise
    except BaseException:
        if not visit.tty:  # nobody could ever attach to it again
            remove(visit.name)
        raise


def all_visits(*, seconds: float) -> tuple[Visited, ...]:
    """Return the visits there are, by name."""
    wanted = ("--all", "--quiet", "--no-trunc", "--filter", f"label={confinement.VISIT_LABEL}")
    ids = ask(("ps", *wanted), what="looking for visits", seconds=seconds).split()
    return tuple(sorted(_look(tuple(ids), seconds), key=lambda one: one.name))


def end(name: str, *, grace: int, seconds: float) -> bool:
    """Stop and remove a visit; False where there is none."""
    if not _look((name,), seconds):
        return False
    # One that is stubborn or gone is nothing special: what follows removes it all the same.
    with suppress(EngineError):
        argv = ("stop", "-t", str(grace), name)
        ask(argv, what=f"stopping {name}", seconds=grace + seconds)
    remove(name)
    return True


def remove(name: str) -> None:
    """Kill and remove a visit's container and its network, those that are there."""
    ask(
        ("rm", "--force", "--volumes", name),
        what=f"removing {name}",
        seconds=_CHANGE_SECONDS,
        tolerate=failure.only_missing_or_leaving,
    )
    until = time.monotonic() + _START_SECONDS
    while _look((name,), _CHANGE_SECONDS) and time.monotonic() < until:
        time.sleep(_LOOK_PAUSE)  # somebody else is at it, and its network waits for that
    ask(
        ("network", "rm", name),
        what=f"removing the network of {name}",
        seconds=_CHANGE_SECONDS,
        tolerate=failure.only_missing,
    )


def _create(visit: Visit) -> None:
    if visit.network is NetworkMode.OPEN:
        label = ("--label", f"{confinement.VISIT_LABEL}={visit.name}")
        ask(
            ("network", "create", *confinement.NETWORK_OPTIONS, *label, visit.name),
            what=f"making a network for {visit.name}",
            seconds=_CHANGE_SECONDS,
            tolerate=failure.only_existing,  # of one that was killed before its end
        )
    try:
        argv = ("create", *confinement.visit_words(visit))
        ask(argv, what=f"starting {visit.name}", seconds=_CHANGE_SECONDS)
    except EngineError:
        if not _look((visit.name,), _CHANGE_SECONDS):  # else somebody else was quicker
            remove(visit.name)
        raise


def _attached(visit: Visit, argv: tuple[str, ...], *, fresh: bool = False) -> int:
    """Give the terminal to a docker client until the visit ends or the user leaves it."""
    with _terminal(), _client(argv, visit.input) as client:
        try:
            if fresh:
                _wait_until_it_runs(visit, client)
                _give_to(visit, client)
                _tell_size(visit, client)
            # A Ctrl-C without a terminal of its own reaches the client as well: its to answer.
            code = client.wait()
        except KeyboardInterrupt:
            _leave_screen(visit)
            raise
        finally:
            if client.poll() is None:
                client.kill()  # asked politely it might pass that on and stay
    return _end_of(visit, code)


def _client(argv: tuple[str, ...], given: bytes | None) -> subprocess.Popen[bytes]:
    try:
        client = subprocess.Popen(
            ("docker", *argv),
            stdin=None if given is None else subprocess.PIPE,
            env=environment.kept(),
        )
    except (FileNotFoundError, PermissionError):
        raise failure.not_installed() from None
    except OSError as error:
        raise EngineError(f"docker did not start: {error.strerror}") from error
    if given is not None:
        threading.Thread(target=_feed, args=(client, given), daemon=True).start()
    return client


def _feed(client: subprocess.Popen[bytes], given: bytes) -> None:
    if client.stdin is not None:
        with suppress(OSError), client.stdin as stream:  # it may end without reading everything
            stream.write(given)


@contextmanager
def _terminal() -> Iterator[None]:
    """Leave the terminal as it was, also where the client was killed and could not."""
    try:
        before = termios.tcgetattr(sys.stdin.fileno())
    except (termios.error, OSError, ValueError):  # no terminal, or no standard input at all
        yield
        return
    try:
        yield
    finally:
        with suppress(termios.error):
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, before)


def _wait_until_it_runs(visit: Visit, client: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while client.poll() is None and not _runs(visit.name):
        if time.monotonic() > deadline:
            raise failure.timed_out(f"starting {visit.name}", _START_SECONDS)
        time.sleep(_LOOK_PAUSE)


def _give_to(visit: Visit, client: subprocess.Popen[bytes]) -> None:
    try:
        _give(visit)
    except EngineError:
        with suppress(subprocess.TimeoutExpired):
            client.wait(_ENDING_SECONDS)  # where it ended at once, its own words say why
            return
        raise


def _tell_size(visit: Visit, client: subprocess.Popen[bytes]) -> None:
    """Let the client tell the terminal's size again: its first word on a busy engine gets lost."""
    for pause in _SIZE_PAUSES if visit.tty else ():
        with suppress(subprocess.TimeoutExpired):
            client.wait(pause)
            return
        client.send_signal(signal.SIGWINCH)


def _give(visit: Visit) -> None:
    for path, data in visit.gifts.items():
        giving.give(visit.name, path, data, what=f"giving {path} to {visit.name}")


def _end_of(visit: Visit, code: int) -> int:
    """Return the exit code and remove what ended; 0 where it goes on without this terminal."""
    states = _states((visit.name,), _CHANGE_SECONDS)
    if not states:
        return code
    ended = answers.exit_of(states[0]["State"])
    if ended is None:
        _leave_screen(visit)
        return 0
    remove(visit.name)
    if ended.code is None:
        raise failure.failed(f"starting {visit.name}", ended.error)
    return ended.code


def _leave_screen(visit: Visit) -> None:
    if visit.tty and sys.stdout.isatty():
        with suppress(OSError):
            os.write(sys.stdout.fileno(), _USUAL.encode())


def _runs(name: str) -> bool:
    return any(one.running for one in _look((name,), _CHANGE_SECONDS))


def _look(names: tuple[str, ...], seconds: float) -> tuple[Visited, ...]:
    return tuple(answers.visited(found) for found in _states(names, seconds))


def _states(names: tuple[str, ...], seconds: float) -> list[Any]:
    if not names:
        return []
    argv = ("inspect", "--type", "container", "--format", answers.VISIT_FORMAT, *names)
    what = "looking at the visits"
    return answers.documents(ask(argv, what=what, seconds=seconds, tolerate=failure.only_missing))
