"""receive.sh puts a credential that comes into memory where the CLI looks, and nowhere else."""

from __future__ import annotations

import os
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.flavors.stage import SHARED

CREDENTIAL = '{"token": "MCCANARY_0"}\n'


@pytest.fixture
def memory() -> Iterator[Path]:
    """Return a folder in memory, as a cell's are."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:  # a tmpfs
        (Path(folder) / "secrets").mkdir(mode=0o700)
        yield Path(folder)


def start(memory: Path, *args: str, tenths: int = 300) -> subprocess.Popen[str]:
    script = (SHARED / "receive.sh").read_text(encoding="utf-8")
    script = script.replace("/run/secrets", f"{memory}/secrets")
    script = script.replace("/opt/cell", str(memory)).replace("WAIT=300", f"WAIT={tenths}")
    (memory / "receive.sh").write_text(script)
    return subprocess.Popen(
        ["sh", str(memory / "receive.sh"), *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def give(memory: Path) -> None:
    waiting = memory / "secrets" / ".on-its-way"
    waiting.write_text(CREDENTIAL)
    waiting.chmod(0o600)
    waiting.rename(memory / "secrets" / "acme")


def test_it_waits_then_writes_it_for_its_owner_alone_and_removes_the_source(memory: Path) -> None:
    (memory / "entrypoint.sh").write_text("echo entrypoint; umask")
    target = memory / "home" / "auth.json"
    process = start(memory, "acme", str(target))
    assert process.poll() is None
    give(memory)
    output, errors = process.communicate(timeout=30)
    assert (output.split(), errors) == (["entrypoint", f"{os.umask(0o022):04o}"], "")
    assert target.read_text() == CREDENTIAL
    assert stat.S_IMODE(target.stat().st_mode) == 0o400
    assert list((memory / "secrets").iterdir()) == []
    assert list(target.parent.iterdir()) == [target]


def test_a_folder_that_is_kept_gets_a_link_and_never_the_value(
    memory: Path, tmp_path: Path
) -> None:
    target = tmp_path / "volume" / "auth.json"
    target.parent.mkdir()
    target.write_text("an earlier login")
    give(memory)
    output, _ = start(memory, "acme", str(target), "--", "cat", str(target)).communicate(timeout=30)
    assert output == CREDENTIAL
    assert target.readlink() == memory / "secrets" / "acme"
    assert stat.S_IMODE((memory / "secrets" / "acme").stat().st_mode) == 0o400


def test_the_command_gets_its_words_as_they_are(memory: Path) -> None:
    give(memory)
    words = ["printf", "%s|", "two words", "$HOME", "--"]
    process = start(memory, "acme", str(memory / "home" / "auth.json"), "--", *words)
    assert process.communicate(timeout=30)[0] == "two words|$HOME|--|"


def test_a_credential_that_never_comes_is_told_as_a_login_that_is_missing(memory: Path) -> None:
    process = start(memory, "acme", str(memory / "auth.json"), "--", "echo", "ran", tenths=1)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, output) == (77, "")
    assert errors == "receive: no credential of acme came within 0 s\n"


def test_an_empty_one_is_told_too(memory: Path) -> None:
    (memory / "secrets" / "acme").touch()
    process = start(memory, "acme", str(memory / "auth.json"))
    assert "is empty" in process.communicate(timeout=30)[1]
    assert process.returncode == 77


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["acme"],
        ["", "/x"],
        ["../acme", "/x"],
        ["acme", "relative"],
        ["acme", "/x", "echo"],
        ["acme", "/x", "--"],
    ],
)
def test_words_that_make_no_sense_are_refused(args: list[str], memory: Path) -> None:
    give(memory)
    process = start(memory, *args)
    assert process.communicate(timeout=30)[1].startswith("receive: ")
    assert process.returncode == 64
    assert (memory / "secrets" / "acme").exists()
