"""Ctrl-C asks once politely; only the second one is a kill."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_POLITE = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

STOPPING = (
    "stopping gracefully: running cells get their grace time to finish; press Ctrl-C again to kill"
)


class StopSwitch:
    """A stopper: False until the first signal.

    The handler writes nothing itself: it may interrupt the very code that is writing.
    """

    def __init__(self, tell: Callable[[], None]) -> None:
        self._asked = False
        self._tell = tell

    def __call__(self) -> bool:
        """Return True once the user asked to stop."""
        return self._asked

    def hear(self, signum: int, _frame: FrameType | None) -> None:
        """Take a signal: the first one flips the switch, a further one interrupts."""
        if not self._asked:
            self._asked = True
            self._tell()
        elif signum != signal.SIGHUP:
            # A closing terminal hangs up more than once, and nobody is there to insist.
            raise KeyboardInterrupt


@contextmanager
def graceful(tell: Callable[[], None], *, enabled: bool = True) -> Iterator[StopSwitch]:
    """Take signals while the block runs; whoever ignores one (`nohup`, `&`) goes on ignoring it."""
    switch = StopSwitch(tell)
    taken = [
        signum for signum in _POLITE if enabled and signal.getsignal(signum) is not signal.SIG_IGN
    ]
    before = {signum: signal.signal(signum, switch.hear) for signum in taken}
    try:
        yield switch
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


_MOST_INTERRUPTS = 3


@contextmanager
def lent_terminal() -> Iterator[None]:
    """Leave signals to the program that has the terminal while the block runs.

    A Ctrl-C or a hang-up reaches it as well, and is its to answer; only who insists is heard. A
    SIGTERM is for us: KeyboardInterrupt, so that what has to be done at the end is done.
    """
    heard = 0

    def hear(signum: int, _frame: FrameType | None) -> None:
        nonlocal heard
        heard += signum == signal.SIGINT
        if signum == signal.SIGTERM or heard >= _MOST_INTERRUPTS:
            raise KeyboardInterrupt

    taken = [signum for signum in _POLITE if signal.getsignal(signum) is not signal.SIG_IGN]
    before = {signum: signal.signal(signum, hear) for signum in taken}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
