"""A docker client process of our own: bounded in time, and gone with its children when closed.

For what python-on-whales has no single call for: questions about many things at once, and streams
that have to end when we say so.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import IO, Self

from multicooker.adapters.docker import environment, failure
from multicooker.errors import EngineError

_CHUNK = 65536
_COMPLAINTS = 16


class DockerProcess:
    """`docker …` in the background; a context manager that leaves no process and no thread.

    With `merged` its two streams are one. After `seconds` it is killed, and what reads it ends
    with an EngineError. `feed` is what it reads; None lets it read nothing.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        what: str,
        seconds: float | None = None,
        merged: bool = False,
        feed: bytes | None = None,
    ) -> None:
        self.what = what
        self._seconds = seconds
        self._late = False
        self._killed = False
        try:
            # Its own session: a Ctrl-C meant for us must not stop a client that is half-way, and
            # the client's plugins are killed with it.
            self._process = subprocess.Popen(
                ("docker", *argv),
                stdin=subprocess.DEVNULL if feed is None else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT if merged else subprocess.PIPE,
                env=environment.kept(),
                start_new_session=True,
            )
        except (FileNotFoundError, PermissionError):
            raise failure.not_installed() from None
        except OSError as error:
            raise EngineError(f"{what}: docker did not start: {error.strerror}") from error
        self._timer = threading.Timer(seconds, self._too_late) if seconds is not None else None
        if self._timer is not None:
            self._timer.daemon = True
            self._timer.start()
        self._feeder: threading.Thread | None = None
        if feed is not None:
            self._feeder = threading.Thread(target=self._feed, args=(feed,), daemon=True)
            self._feeder.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def stdout(self) -> IO[bytes]:
        """Return what it writes."""
        stream = self._process.stdout
        if stream is None:  # pragma: no cover  # it was opened as a pipe
            raise AssertionError
        return stream

    def kill(self) -> None:
        """Kill it and its children; readers see the end of the stream."""
        if self._process.returncode is None:
            self._killed = True
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Kill it where it still lives, reap it and close its streams."""
        self.kill()
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
        self._process.wait()
        if self._feeder is not None:
            self._feeder.join()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def output(self, *, tolerate: Callable[[str], bool] = lambda _: False) -> str:
        """Return all it writes; EngineError where it fails for other reasons than tolerated."""
        written, complaint = self._process.communicate()
        self.check_time()
        text = complaint.decode("utf-8", "replace") if complaint else ""
        if self._process.returncode != 0 and not tolerate(text):
            raise failure.failed(self.what, text)
        return written.decode("utf-8", "replace")

    def taken(self, *, most: int) -> bytes:
        """Return all it writes; EngineError where that is over `most` bytes, or where it fails."""
        complaint: list[bytes] = []
        listener = threading.Thread(target=self._listen, args=(complaint,), daemon=True)
        listener.start()
        written = self.stdout.read(most + 1)
        if len(written) > most:
            self.kill()
            listener.join()
            raise EngineError(f"{self.what}: it printed more than {most} bytes")
        listener.join()
        code = self._process.wait()
        self.check_time()
        if code != 0:
            words = b"".join(complaint).decode("utf-8", "replace")
            raise failure.failed(self.what, words or f"it ended with exit code {code}")
        return written

    def interrupted(self) -> bool:
        """Return True where it has not come to an end of its own."""
        return self._killed or self._process.poll() is None

    def lines(self, *, limit: int) -> Iterator[str]:
        """Yield the lines it writes, the part of one beyond `limit` bytes left out."""
        while line := self.stdout.readline(limit):
            piece = line
            while not piece.endswith(b"\n") and len(piece) == limit:
                piece = self.stdout.readline(limit)
            yield line.decode("utf-8", "replace").rstrip("\n")
        self.check_time()

    def tail(self, *, limit: int) -> bytes:
        """Return the last `limit` bytes it writes, holding not much more than that."""
        kept: deque[bytes] = deque()
        held = 0
        while chunk := self.stdout.read(_CHUNK):
            kept.append(chunk)
            held += len(chunk)
            while kept and held - len(kept[0]) >= limit:
                held -= len(kept.popleft())
        self.check_time()
        return b"".join(kept)[-limit:] if limit else b""

    def code(self) -> int:
        """Return its exit code once its output was read to the end."""
        return self._process.wait()

    def check_time(self) -> None:
        """Raise EngineError where it was killed for taking too long."""
        if self._late and self._seconds is not None:
            raise failure.timed_out(self.what, self._seconds)

    def _feed(self, data: bytes) -> None:
        """Write what it reads, from a thread: it may write before it has read all of it."""
        stream = self._process.stdin
        if stream is not None:
            with suppress(OSError), stream:  # it may end without reading everything
                stream.write(data)

    def _listen(self, complaint: list[bytes]) -> None:
        """Keep the last of what it complains about, so that it never waits for a reader."""
        kept: deque[bytes] = deque(maxlen=_COMPLAINTS)
        stream = self._process.stderr
        while stream is not None and (chunk := os.read(stream.fileno(), _CHUNK)):
            kept.append(chunk)
        complaint.extend(kept)

    def _too_late(self) -> None:
        self._late = True
        self.kill()


def ask(
    argv: Sequence[str],
    *,
    what: str,
    seconds: float,
    tolerate: Callable[[str], bool] = lambda _: False,
) -> str:
    """Run `docker …` to its end and return what it wrote; EngineError where it fails."""
    with DockerProcess(argv, what=what, seconds=seconds) as process:
        return process.output(tolerate=tolerate)
