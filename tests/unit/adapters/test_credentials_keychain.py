"""macOS's Keychain, played by a program named `security` on the PATH."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from multicooker.adapters.credentials import HostCredentials, keychain
from multicooker.adapters.system import is_alive
from multicooker.errors import CredentialsError

SOURCE = "keychain:Acme credentials"
CANARY = "MCCANARY_77aa01"

Playing = Callable[[str], HostCredentials]


@pytest.fixture
def playing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Playing:
    """Return a maker of credentials with a `security` that runs some lines of shell."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def play(lines: str) -> HostCredentials:
        program = folder / "security"
        program.write_text(
            f'#!/bin/sh\necho "$*" >>{tmp_path}/asked\nenv >>{tmp_path}/environment\n{lines}\n'
        )
        program.chmod(0o755)
        return HostCredentials(home=str(tmp_path), environment={})

    return play


def refusal(credentials: HostCredentials) -> CredentialsError:
    with pytest.raises(CredentialsError) as told:
        credentials.read(SOURCE)
    shown = "".join(traceback.format_exception(told.value)) + told.value.hint
    assert CANARY not in shown
    return told.value


def test_an_entry_is_read_by_its_service(playing: Playing, tmp_path: Path) -> None:
    credentials = playing(f'echo \'{{"token": "{CANARY}"}}\'')
    assert credentials.read(SOURCE) == f'{{"token": "{CANARY}"}}'.encode()
    asked = (tmp_path / "asked").read_text()
    assert asked == "find-generic-password -s Acme credentials -w\n"
    assert CANARY not in (tmp_path / "environment").read_text()
    assert credentials.where(SOURCE) == 'the Keychain entry "Acme credentials"'
    assert credentials.path(SOURCE) is None


def test_a_look_asks_for_attributes_only_and_so_prompts_nobody(
    playing: Playing, tmp_path: Path
) -> None:
    assert playing("echo attributes").has(SOURCE)
    assert not playing("exit 44").has(SOURCE)
    assert "-w" not in (tmp_path / "asked").read_text()


@pytest.mark.parametrize(
    "secret", ['{"name": "café"}', '{\n  "token": "x"\n}\n', "line one\nline two", "tab\there"]
)
def test_a_secret_that_is_printed_as_hex_is_decoded(playing: Playing, secret: str) -> None:
    credentials = playing(f"echo {secret.encode().hex()}")
    assert credentials.read(SOURCE) == secret.encode()


@pytest.mark.parametrize("secret", ["0123456789abcdef", "746f6b656e", "ffff", "abc"])
def test_a_secret_that_only_looks_like_hex_stays_as_it_is(playing: Playing, secret: str) -> None:
    assert playing(f"echo {secret}").read(SOURCE) == secret.encode()


def test_a_secret_of_several_lines_is_read_whole(playing: Playing) -> None:
    credentials = playing('printf \'{\\n  "token": "x"\\n}\\n\'')
    assert credentials.read(SOURCE) == b'{\n  "token": "x"\n}'


@pytest.mark.parametrize(
    ("lines", "told", "fix"),
    [
        ("exit 44", "there is no Keychain entry", ""),
        ("exit 36", "locked", "security unlock-keychain"),
        ("exit 29", "needs a dialog", "security unlock-keychain"),
        ("echo 'User interaction is not allowed.' >&2; exit 1", "locked", "unlock-keychain"),
        ("exit 128", "access was denied", "allow access"),
        ("exit 51", "password was wrong", "allow access"),
        ("exit 77", "ended with code 77", "security error 77"),
        ("exit 0", "is empty", ""),
        (f"echo {CANARY}; echo {CANARY} >&2; exit 3", "ended with code 3", "security error 3"),
        ("head -c 1048577 /dev/zero | tr '\\0' x", "larger than 1 MiB", ""),
    ],
)
def test_each_thing_in_the_way_is_told_apart_with_its_fix(
    playing: Playing, lines: str, told: str, fix: str
) -> None:
    error = refusal(playing(lines))
    assert "Acme credentials" in error.message
    assert told in error.message
    assert fix in error.hint
    assert bool(error.hint) == bool(fix)


def test_a_dialog_that_nobody_answers_ends_and_leaves_no_process(
    playing: Playing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keychain, "_READ_SECONDS", 0.3)
    error = refusal(playing(f"echo $$ >{tmp_path}/pid; exec sleep 600"))
    assert "no answer within 0.3 s" in error.message
    assert "dialog" in error.hint
    assert not is_alive(int((tmp_path / "pid").read_text()))


def test_without_the_program_there_is_no_such_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    credentials = HostCredentials(home=str(tmp_path), environment={})
    assert not credentials.has(SOURCE)
    assert credentials.where(SOURCE) == ""
    assert "no Keychain on this machine" in refusal(credentials).message
