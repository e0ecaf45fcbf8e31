"""Long-lived tokens: kept where only their owner gets at them, and in no argument of a program."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from multicooker.adapters.credentials import HostCredentials, keyring, locks
from multicooker.errors import BusyError, CredentialsError, MulticookerError

TOKEN = "MCCANARY_tok-9b2e.f/1"  # noqa: S105  # nobody's
SECURITY = """\
case $1 in
    -i)
        read -r verb words
        [ "$verb" = add-generic-password ] && echo "${words##* -w }" >"$STORE"
        exit 0
        ;;
    find-generic-password) cat "$STORE" 2>/dev/null || exit 44 ;;
    delete-generic-password) rm "$STORE" 2>/dev/null || exit 44 ;;
esac
"""
KEYRING_TOOL = """\
case $1 in
    store) cat >"$STORE" ;;
    lookup) cat "$STORE" 2>/dev/null ;;
    clear) rm "$STORE" ;;
esac
"""

Keyring = Callable[[str, str], Path]


@pytest.fixture
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HostCredentials:
    """Return the credentials of a home without any keyring."""
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    return HostCredentials(home=str(tmp_path), environment={})


@pytest.fixture
def playing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keyring:
    """Return a maker of a keyring's program; it returns the file that notes all arguments."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def play(name: str, lines: str) -> Path:
        asked = tmp_path / "asked"
        (folder / name).write_text(f'#!/bin/sh\necho "$*" >>{asked}\n{lines}')
        (folder / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        monkeypatch.setenv("STORE", str(tmp_path / "store"))
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
        return asked

    return play


def modes(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode)
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_token_lies_in_a_file_of_its_owners_alone_whatever_the_umask(
    credentials: HostCredentials, tmp_path: Path, umask: int
) -> None:
    before = os.umask(umask)
    try:
        assert credentials.keep_token("acme", TOKEN) == "~/.config/multicooker/tokens/acme"
    finally:
        os.umask(before)
    assert modes(tmp_path) == {
        ".config": 0o700,
        ".config/multicooker": 0o700,
        ".config/multicooker/.tmp": 0o700,
        ".config/multicooker/tokens": 0o700,
        ".config/multicooker/tokens/acme": 0o600,
    }
    assert credentials.token("acme") == TOKEN


def test_the_settings_folder_may_lie_elsewhere(tmp_path: Path) -> None:
    there = tmp_path / "settings"
    credentials = HostCredentials(
        home="/nowhere", environment={"XDG_CONFIG_HOME": str(there), "PATH": ""}
    )
    assert credentials.keep_token("acme", TOKEN) == f"{there}/multicooker/tokens/acme"
    assert credentials.token("acme") == TOKEN


def test_a_settings_folder_that_is_a_link_is_followed_and_our_own_folder_is_not(
    credentials: HostCredentials, tmp_path: Path
) -> None:
    (tmp_path / "dotfiles").mkdir()
    (tmp_path / ".config").symlink_to("dotfiles")
    credentials.keep_token("acme", TOKEN)
    assert (tmp_path / "dotfiles" / "multicooker" / "tokens" / "acme").read_text() == TOKEN

    (tmp_path / "dotfiles" / "multicooker" / "tokens").rename(tmp_path / "elsewhere")
    (tmp_path / "dotfiles" / "multicooker" / "tokens").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CredentialsError, match="symbolic link"):
        credentials.token("acme")
    with pytest.raises(MulticookerError, match="symbolic link"):
        credentials.keep_token("acme", "another-token")
    assert (tmp_path / "elsewhere" / "acme").read_text() == TOKEN


def test_a_token_that_is_a_link_is_neither_read_nor_written_through(
    credentials: HostCredentials, tmp_path: Path
) -> None:
    credentials.keep_token("acme", "old-token")
    path = tmp_path / ".config" / "multicooker" / "tokens" / "acme"
    other = tmp_path / "other"
    path.rename(other)
    path.symlink_to(other)

    with pytest.raises(CredentialsError, match="cannot be read") as told:
        credentials.token("acme")
    assert str(path) in told.value.hint
    credentials.keep_token("acme", TOKEN)

    assert other.read_text() == "old-token"
    assert not path.is_symlink()
    assert credentials.token("acme") == TOKEN


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_token_that_others_can_open_is_refused_with_the_fix(
    credentials: HostCredentials, tmp_path: Path, mode: int
) -> None:
    credentials.keep_token("acme", TOKEN)
    path = tmp_path / ".config" / "multicooker" / "tokens" / "acme"
    path.chmod(mode)
    with pytest.raises(CredentialsError, match=f"mode {mode:04o}") as told:
        credentials.token("acme")
    assert told.value.hint == f"`chmod 600 {path}`"
    assert TOKEN not in told.value.message


def test_a_folder_of_tokens_that_others_can_open_is_refused_with_the_fix(
    credentials: HostCredentials, tmp_path: Path
) -> None:
    credentials.keep_token("acme", TOKEN)
    folder = tmp_path / ".config" / "multicooker" / "tokens"
    folder.chmod(0o755)
    with pytest.raises(CredentialsError, match="open to other users") as told:
        credentials.token("acme")
    assert told.value.hint == f"`chmod 700 {folder}`"


def test_a_folder_in_place_of_a_token_is_told_and_stays(
    credentials: HostCredentials, tmp_path: Path
) -> None:
    credentials.keep_token("other", TOKEN)
    place = tmp_path / ".config/multicooker/tokens/acme"
    place.mkdir()
    with pytest.raises(CredentialsError, match="is a folder"):
        credentials.token("acme")
    with pytest.raises(MulticookerError, match="is a folder"):
        credentials.keep_token("acme", TOKEN)
    with pytest.raises(MulticookerError, match=r"(?i)is a directory|not permitted"):
        credentials.forget_token("acme")
    assert place.is_dir()


def test_a_token_of_somebody_else_is_refused(credentials: HostCredentials, tmp_path: Path) -> None:
    credentials.keep_token("acme", TOKEN)
    stranger = HostCredentials(
        home=str(tmp_path), environment={}, owners=frozenset({os.geteuid() + 4321})
    )
    with pytest.raises(CredentialsError):
        stranger.token("acme")


@pytest.mark.parametrize(
    ("program", "lines", "place"),
    [
        ("security", SECURITY, "the login keychain"),
        ("secret-tool", KEYRING_TOOL, "the keyring"),
    ],
)
def test_a_keyring_holds_the_token_and_no_argument_does(
    playing: Keyring, tmp_path: Path, program: str, lines: str, place: str
) -> None:
    asked = playing(program, lines)
    credentials = HostCredentials(home=str(tmp_path), environment={})

    assert credentials.keep_token("acme.work", TOKEN) == place

    assert credentials.has_token("acme.work")
    assert credentials.token("acme.work") == TOKEN
    assert TOKEN not in asked.read_text()
    assert not (tmp_path / ".config" / "multicooker" / "tokens" / "acme.work").exists()
    assert credentials.forget_token("acme.work")
    assert not credentials.has_token("acme.work")
    assert not (tmp_path / "store").exists()


def test_nobody_is_asked_to_unlock_a_keyring_that_holds_nothing(
    playing: Keyring, tmp_path: Path
) -> None:
    asked = playing("secret-tool", KEYRING_TOOL)
    credentials = HostCredentials(home=str(tmp_path), environment={})
    assert not credentials.has_token("acme")
    assert credentials.token("acme") is None
    assert not asked.exists()


def test_a_file_wins_over_a_keyring(playing: Keyring, tmp_path: Path) -> None:
    playing("secret-tool", KEYRING_TOOL)
    credentials = HostCredentials(home=str(tmp_path), environment={})
    credentials.keep_token("acme", "in-the-keyring")
    folder = tmp_path / ".config" / "multicooker" / "tokens"
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "acme").touch(mode=0o600)
    (folder / "acme").write_text(f"{TOKEN}\n")
    assert credentials.token("acme") == TOKEN


@pytest.mark.parametrize("lines", ["exit 1\n", "exit 0\n"])
def test_a_keyring_that_does_not_take_it_leaves_the_token_to_a_file(
    playing: Keyring, tmp_path: Path, lines: str
) -> None:
    playing("secret-tool", lines)
    credentials = HostCredentials(home=str(tmp_path), environment={})
    assert credentials.keep_token("acme", TOKEN) == "~/.config/multicooker/tokens/acme"
    assert credentials.token("acme") == TOKEN


@pytest.mark.parametrize("token", ["with space", 'quo"te', "x" * 5000])
def test_a_token_that_would_not_fit_on_securitys_line_goes_into_a_file(
    playing: Keyring, tmp_path: Path, token: str
) -> None:
    playing("security", SECURITY)
    credentials = HostCredentials(home=str(tmp_path), environment={})
    assert "tokens" in credentials.keep_token("acme", token)
    assert credentials.token("acme") == token


def test_a_keyring_that_is_locked_later_is_told(playing: Keyring, tmp_path: Path) -> None:
    playing("secret-tool", KEYRING_TOOL)
    credentials = HostCredentials(home=str(tmp_path), environment={})
    credentials.keep_token("acme", TOKEN)
    (tmp_path / "store").unlink()
    with pytest.raises(CredentialsError, match="the keyring, which does not give it out"):
        credentials.token("acme")


def test_without_any_keyring_there_is_nothing_in_one(credentials: HostCredentials) -> None:
    del credentials
    assert keyring.named({"DBUS_SESSION_BUS_ADDRESS": "x"}) == ""
    assert keyring.lookup("acme") == ""
    assert not keyring.remove("acme")


def test_one_process_at_a_time_holds_a_login(tmp_path: Path) -> None:
    config = f"{tmp_path}/multicooker"
    order: list[str] = []
    held, waiting = threading.Event(), threading.Event()

    def second() -> None:
        held.wait(10)
        waiting.set()
        with locks.alone(config, "mc-acme-auth"):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with locks.alone(config, "mc-acme-auth"):
        held.set()
        waiting.wait(10)
        with (
            pytest.raises(BusyError, match="renews this login"),
            locks.alone(config, "mc-acme-auth", patience=0),
        ):
            order.append("never")
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]
    assert modes(tmp_path)["multicooker/locks/mc-acme-auth"] == 0o600
