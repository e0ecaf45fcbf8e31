"""Bytes from one descriptor to another, hashed on the way; big files on threads of their own."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from multicooker.adapters.disk import Disk

_CHUNK = 1024**2
_PENDING = 8
_WORKERS = min(4, os.cpu_count() or 1)


class StoppedError(Exception):
    """The walk was given up while this file was being read."""


def pump(
    source: int, target: int | None, size: int, *, disk: Disk, stop: threading.Event | None = None
) -> tuple[int, str]:
    """Read at most `size` bytes, hash them and write the very same bytes to `target`.

    Returns how many bytes there were, and their SHA-256.
    """
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(min(_CHUNK, max(size, 1))))
    done = 0
    while done < size:
        if stop is not None and stop.is_set():
            raise StoppedError
        count = os.readv(source, [buffer[: size - done]])
        if count == 0:
            break
        digest.update(buffer[:count])
        if target is not None:
            disk.write(target, buffer[:count])
        done += count
    return done, digest.hexdigest()


class Pumps:
    """Threads for big files: reading, hashing and writing large buffers runs side by side.

    At most eight files wait or run at a time, so that descriptors and memory stay bounded.
    """

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._pool: ThreadPoolExecutor | None = None
        self._pending: deque[Future[None]] = deque()

    def submit(self, job: Callable[[], None]) -> None:
        """Run a job on a thread; raises what an earlier job raised, and then runs nothing."""
        if len(self._pending) >= _PENDING:
            self._pending.popleft().result()
        if self._pool is None:
            self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="multicooker-pump")
        self._pending.append(self._pool.submit(job))

    def finish(self) -> None:
        """Wait for every job; raises what one of them raised."""
        while self._pending:
            self._pending.popleft().result()

    def close(self) -> None:
        """Give up what still runs and let the threads go."""
        self.stop.set()
        if self._pool is not None:
            self._pool.shutdown(wait=True)
