"""The computer's clocks, its chance, and on whose behalf we run."""

from __future__ import annotations

import os
import subprocess
import time
from datetime import timedelta
from pathlib import Path

import pytest

from multicooker.adapters.system import (
    SystemClock,
    SystemRandomness,
    invoking_user,
    is_alive,
    user_behind,
)

ROOT, USER, OWNER = (0, 0), (1001, 1002), (501, 20)
SUDO = {"SUDO_UID": "1003", "SUDO_GID": "1004"}


@pytest.mark.parametrize(
    ("ids", "environ", "owner", "expected"),
    [
        (USER, {}, ROOT, "1001:1002"),
        (USER, SUDO, OWNER, "1001:1002"),
        (ROOT, SUDO, OWNER, "1003:1004"),
        (ROOT, {}, OWNER, "501:20"),
        (ROOT, {"SUDO_UID": "0", "SUDO_GID": "0"}, OWNER, "501:20"),
        (ROOT, {"SUDO_UID": "1003"}, OWNER, "501:20"),
        (ROOT, {"SUDO_UID": "-1", "SUDO_GID": "1"}, OWNER, "501:20"),
        (ROOT, {"SUDO_UID": "x", "SUDO_GID": "y"}, ROOT, "1000:1000"),
        (ROOT, {"SUDO_UID": "²", "SUDO_GID": "1"}, ROOT, "1000:1000"),
        (ROOT, {}, ROOT, "1000:1000"),
    ],
)
def test_cells_run_as_the_person_behind_us_and_never_as_root(
    ids: tuple[int, int], environ: dict[str, str], owner: tuple[int, int], expected: str
) -> None:
    assert user_behind(ids=ids, environ=environ, owner=owner) == expected


def test_the_user_is_found_for_a_real_folder(tmp_path: Path) -> None:
    uid, gid = invoking_user(tmp_path).split(":")
    assert int(uid) > 0
    assert int(gid) >= 0
    if os.getuid():
        assert (int(uid), int(gid)) == (os.getuid(), os.getgid())


def test_the_clock_is_in_utc_and_its_other_hand_never_goes_back() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    clock.sleep(0.001)
    assert clock.monotonic() - before >= 0.001
    assert clock.now().utcoffset() == timedelta(0)
    assert abs(clock.now().timestamp() - time.time()) < 60


def test_shuffling_keeps_every_item_and_its_order_is_not_foreseen() -> None:
    items = [str(number) for number in range(50)]
    orders = {SystemRandomness().shuffled(items) for _ in range(5)}
    assert len(orders) == 5
    assert all(sorted(order) == sorted(items) for order in orders)


def test_processes_are_alive_until_they_are_not() -> None:
    assert is_alive(os.getpid())
    assert is_alive(1)
    with subprocess.Popen(["true"]) as process:
        process.wait()
    assert [is_alive(pid) for pid in (process.pid, 0, -1, 10**30)] == [False] * 4
