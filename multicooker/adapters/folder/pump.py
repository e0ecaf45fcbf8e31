"""Bytes from one descriptor to another, hashed on the way, on threads where that pays."""

from __future__ import annotations

import hashlib
import itertools
import os
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol

from multicooker.adapters.folder.disk import Disk

_CHUNK = 1024**2
_WORTH_AN_ASSISTANT = 16 * 1024**2
_PENDING = 4
_BATCH_JOBS = 8
_BATCH_BYTES = 1024**2
_WORKERS = min(4, os.cpu_count() or 1)


class StoppedError(Exception):
    """The walk was given up while this file was being read."""


def pump(
    source: int, target: int | None, size: int, *, disk: Disk, stop: threading.Event | None = None
) -> tuple[int, str]:
    """Read at most `size` bytes, hash them and write the very same bytes to `target`.

    Returns how many bytes there were, and their SHA-256.
    """
    with _hasher(aside=target is not None and size >= _WORTH_AN_ASSISTANT) as hasher:
        buffers = [memoryview(bytearray(min(_CHUNK, max(size, 1)))) for _ in range(hasher.buffers)]
        done = 0
        for buffer in itertools.cycle(buffers):
            if done >= size:
                break
            if stop is not None and stop.is_set():
                raise StoppedError
            count = os.readv(source, [buffer[: size - done]])
            if count == 0:
                break
            hasher.update(buffer[:count])
            if target is not None:
                disk.write(target, buffer[:count])
            done += count
        return done, hasher.hexdigest()


class _Hasher:
    """SHA-256 on the spot."""

    buffers = 1

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def update(self, data: memoryview) -> None:
        self._digest.update(data)

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


class _HasherAside(_Hasher):
    """SHA-256 on a thread, while the same bytes are written and the next are read."""

    buffers = 2

    def __init__(self, thread: ThreadPoolExecutor) -> None:
        super().__init__()
        self._thread = thread
        self._last: Future[None] | None = None

    def update(self, data: memoryview) -> None:
        """Return once what was handed over before is hashed; its buffer is free then."""
        self._wait()
        self._last = self._thread.submit(self._digest.update, data)

    def hexdigest(self) -> str:
        self._wait()
        return self._digest.hexdigest()

    def _wait(self) -> None:
        if self._last is not None:
            self._last.result()


@contextmanager
def _hasher(*, aside: bool) -> Iterator[_Hasher]:
    if not aside:
        yield _Hasher()
        return
    with ThreadPoolExecutor(1, thread_name_prefix="multicooker-hash") as thread:
        yield _HasherAside(thread)


class Job(Protocol):
    """Work on one file, and the descriptors it owns."""

    @property
    def size(self) -> int:
        """Return how many bytes there are to pump."""

    def run(self) -> None: ...

    def close(self) -> None: ...


class Pumps:
    """Threads for files that are worth it: reading, hashing and writing run side by side.

    Jobs go to the threads a few at a time, as handing one over costs as much as a small file. A
    bounded number waits, so that descriptors and memory stay bounded. A job belongs to the pumps
    from `submit` on: it is closed whether it runs or not.
    """

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._pool: ThreadPoolExecutor | None = None
        self._pending: deque[Future[None]] = deque()
        self._batch: list[Job] = []
        self._batch_bytes = 0

    def submit(self, job: Job) -> None:
        """Run a job on a thread, soon; raises what an earlier job raised."""
        self._batch.append(job)
        self._batch_bytes += job.size
        if self._batch_bytes >= _BATCH_BYTES or len(self._batch) >= _BATCH_JOBS:
            self._hand_over()

    def finish(self) -> None:
        """Wait for every job; raises what one of them raised."""
        if self._batch:
            self._hand_over()
        while self._pending:
            self._pending.popleft().result()

    def close(self) -> None:
        """Give up what still runs and let the threads go."""
        self.stop.set()
        if self._pool is not None:
            self._pool.shutdown(wait=True)
        _close_all(self._batch)

    def _hand_over(self) -> None:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="multicooker-pump")
        if len(self._pending) >= _PENDING:
            self._pending.popleft().result()
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        self._pending.append(self._pool.submit(_run_all, batch))


def _run_all(jobs: list[Job]) -> None:
    try:
        for job in jobs:
            job.run()
    finally:
        _close_all(jobs)


def _close_all(jobs: list[Job]) -> None:
    for job in jobs:
        job.close()
