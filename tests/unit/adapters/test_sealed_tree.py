"""A sealed tree on a disk: made again after a crash, and every later change found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from multicooker.adapters.folder.workspace import CookFolder
from multicooker.domain.outcome import Harvest
from multicooker.pipeline.anonymize import draw_key, make_seal, verify
from tests.fakes.randomness import Reversed

DIE_HALF_WAY = """
import os, signal, sys
from pathlib import Path
from multicooker.adapters.folder.workspace import CookFolder
from tests.fakes.disk import AttendedDisk
calls = []
def die(_):
    calls.append(1)
    if len(calls) == 40:
        os.kill(os.getpid(), signal.SIGKILL)
cook = CookFolder(Path(sys.argv[1]), disk=AttendedDisk(before=die))
cook.copy_clean("out", "submissions/A", max_bytes=1 << 30, max_files=99)
"""


@pytest.fixture
def cook(tmp_path: Path) -> CookFolder:
    for number in range(20):
        folder = tmp_path / "out" / f"d{number % 3}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"f{number}").write_bytes(bytes([number]) * 1000 * number)
    return CookFolder(tmp_path)


def sealed(cook: CookFolder) -> Harvest:
    return cook.copy_clean("out", "submissions/A", max_bytes=1 << 30, max_files=99)


def changes(cook: CookFolder, harvest: Harvest) -> tuple[str, ...]:
    key = draw_key(["claude"], Reversed())
    seal = make_seal(key, {"claude": harvest}, set(), round_number=1, made="")
    return verify(seal, {"A": cook.survey("submissions/A")})


def test_sealing_that_was_killed_half_way_is_done_again_with_the_same_hashes(
    cook: CookFolder, tmp_path: Path
) -> None:
    expected = cook.survey("out")
    root = Path(__file__).parents[3]
    died = subprocess.run(
        [sys.executable, "-c", DIE_HALF_WAY, str(tmp_path)], cwd=root, check=False
    )
    assert died.returncode == -9
    half = cook.survey("submissions/A")
    assert 0 < len(half.files) < len(expected.files)
    cook.remove("submissions/A")
    assert sealed(cook) == expected
    assert changes(cook, expected) == ()


def test_every_later_change_is_found(cook: CookFolder, tmp_path: Path) -> None:
    harvest = sealed(cook)
    tree = tmp_path / "submissions" / "A"
    with (tree / "d1" / "f1").open("r+b") as stream:
        stream.write(b"!")
    (tree / "d2" / "f2").chmod(0o755)
    (tree / "d0" / "f0").unlink()
    (tree / "d0" / "f3").unlink()
    (tree / "d0" / "f3").symlink_to("/etc/passwd")
    (tree / "new").write_bytes(b"")
    assert changes(cook, harvest) == (
        "A/d0/f0: is gone",
        "A/d0/f3: symbolic link to /etc/passwd, not followed",
        "A/d1/f1: has another content",
        "A/d2/f2: is executable now",
        "A/new: was added",
    )
