"""The owner's logins: read from wherever they really are, refused where they are not safe."""

from __future__ import annotations

import os
import pwd
import traceback
from pathlib import Path

import pytest

from multicooker.adapters.credentials import HostCredentials
from multicooker.errors import CredentialsError

CANARY = b"MCCANARY_5f1d0c"


SOURCE = "file:~/auth.json"


def credential(home: Path, *, mode: int = 0o600) -> Path:
    path = home / "auth.json"
    path.write_bytes(CANARY)
    path.chmod(mode)
    return path


def refusal(home: Path, wanted: str = SOURCE) -> CredentialsError:
    with pytest.raises(CredentialsError) as told:
        HostCredentials(environment={}, home=str(home)).read(wanted)
    return told.value


def test_a_link_in_the_home_is_followed(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    credential(tmp_path / "dotfiles")
    (tmp_path / "auth.json").symlink_to("dotfiles/auth.json")
    credentials = HostCredentials(environment={}, home=str(tmp_path))
    assert credentials.has(SOURCE)
    assert credentials.read(SOURCE) == CANARY


def test_an_absolute_source_is_read_where_it_is(tmp_path: Path) -> None:
    path = credential(tmp_path)
    assert HostCredentials(environment={}, home="/nowhere").read(f"file:{path}") == CANARY


@pytest.mark.parametrize(
    "text", ["file:auth.json", "file:", "file:~other/auth.json", "file:$HOME/a", "file:${HOME}/a"]
)
def test_a_source_that_names_no_place_is_told(tmp_path: Path, text: str) -> None:
    assert not HostCredentials(environment={}, home=str(tmp_path)).has(text)
    assert "names no place" in refusal(tmp_path, text).message


def test_a_folder_in_place_of_a_credential_is_told(tmp_path: Path) -> None:
    (tmp_path / "auth.json").mkdir()
    assert not HostCredentials(environment={}, home=str(tmp_path)).has(SOURCE)
    assert "is a folder" in refusal(tmp_path).message


def test_a_pipe_in_place_of_a_credential_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "auth.json", 0o600)
    assert not HostCredentials(environment={}, home=str(tmp_path)).has(SOURCE)
    assert "no regular file" in refusal(tmp_path).message


def test_a_link_to_nothing_is_a_missing_credential(tmp_path: Path) -> None:
    (tmp_path / "auth.json").symlink_to("gone")
    assert "there is no credential" in refusal(tmp_path).message


def test_a_link_to_itself_is_told(tmp_path: Path) -> None:
    (tmp_path / "auth.json").symlink_to("auth.json")
    assert not HostCredentials(environment={}, home=str(tmp_path)).has(SOURCE)
    assert "cannot be read" in refusal(tmp_path).message


def test_a_file_in_place_of_the_folder_is_a_missing_credential(tmp_path: Path) -> None:
    (tmp_path / ".acme").touch()
    assert "no credential" in refusal(tmp_path, "file:~/.acme/auth.json").message


def test_a_name_with_a_nul_is_refused_like_any_bad_place(tmp_path: Path) -> None:
    wanted = "file:~/auth\0.json"
    assert not HostCredentials(environment={}, home=str(tmp_path)).has(wanted)
    assert "cannot be read: not a path" in refusal(tmp_path, wanted).message


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o666, 0o777])
def test_a_credential_that_others_can_open_is_refused_with_the_fix(
    tmp_path: Path, mode: int
) -> None:
    path = credential(tmp_path, mode=mode)
    told = refusal(tmp_path)
    assert f"mode {mode:04o}" in told.message
    assert told.hint == f"`chmod 600 {path}`"


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640])
def test_a_credential_of_the_owner_alone_or_with_a_group_is_read(tmp_path: Path, mode: int) -> None:
    credential(tmp_path, mode=mode)
    assert HostCredentials(environment={}, home=str(tmp_path)).read(SOURCE) == CANARY


def test_a_credential_of_another_user_is_refused(tmp_path: Path) -> None:
    credential(tmp_path)
    stranger = HostCredentials(
        environment={}, home=str(tmp_path), owners=frozenset({os.geteuid() + 4321})
    )
    with pytest.raises(CredentialsError, match=f"another user .uid {os.geteuid()}."):
        stranger.read(SOURCE)


def test_reading_changes_nothing_on_the_host(tmp_path: Path) -> None:
    path = credential(tmp_path)
    before = path.stat()
    HostCredentials(environment={}, home=str(tmp_path)).read(SOURCE)
    after = path.stat()
    assert (path.read_bytes(), after.st_mtime_ns, after.st_mode) == (
        CANARY,
        before.st_mtime_ns,
        before.st_mode,
    )


def test_no_refusal_shows_what_the_credential_holds(tmp_path: Path) -> None:
    credential(tmp_path, mode=0o644)
    error = refusal(tmp_path)
    shown = "".join(traceback.format_exception(error)) + error.message + error.hint
    assert CANARY.decode() not in shown


def test_a_variable_may_say_where_a_cli_has_its_files(tmp_path: Path) -> None:
    path = credential(tmp_path)
    wanted = "file:${ACME_HOME:-~/.acme}/auth.json"
    moved = HostCredentials(home="/nowhere", environment={"ACME_HOME": str(tmp_path)})
    assert moved.path(wanted) == str(path)
    assert moved.read(wanted) == CANARY
    for environment in ({}, {"ACME_HOME": ""}):
        default = HostCredentials(home="/home/you", environment=environment)
        assert default.path(wanted) == "/home/you/.acme/auth.json"
        assert default.where(wanted) == "~/.acme/auth.json"
    slashed = HostCredentials(home="/home/you", environment={"ACME_HOME": "/home/you/it/"})
    assert slashed.where(wanted) == "~/it/auth.json"
    relative = HostCredentials(home="/home/you", environment={"ACME_HOME": "here"})
    assert relative.path(wanted) is None
    assert relative.where(wanted) == "here/auth.json (ACME_HOME is no absolute path)"
    assert relative.where("file:auth.json") == "auth.json"


def test_a_place_outside_of_the_home_is_told_in_full() -> None:
    credentials = HostCredentials(environment={}, home="/srv/some")
    assert credentials.where("file:/srv/somebody/auth.json") == "/srv/somebody/auth.json"


@pytest.mark.parametrize(
    ("mode", "user", "opens"),
    [
        (0o600, "own:own", True),
        (0o200, "own:own", False),
        (0o040, "own:own", False),
        (0o600, "other:other", False),
        (0o640, "other:own", True),
        (0o640, "other:other", False),
        (0o604, "other:other", True),
        (0o604, "other:own", False),
    ],
)
def test_a_mounted_file_opens_for_whom_its_mode_says(
    tmp_path: Path, mode: int, user: str, *, opens: bool
) -> None:
    path = credential(tmp_path, mode=mode)
    own = path.stat()
    uid, _, gid = user.partition(":")
    text = f"{own.st_uid + (uid == 'other')}:{own.st_gid + (gid == 'other')}"
    assert HostCredentials(environment={}, home=str(tmp_path)).opens_for(SOURCE, text) is opens


def test_under_sudo_the_logins_are_the_callers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("SUDO_UID", str(os.getuid()))
    assert HostCredentials().home == pwd.getpwuid(os.getuid()).pw_dir
    for nobody in ("4294967294", "x", ""):
        monkeypatch.setenv("SUDO_UID", nobody)
        assert HostCredentials().home == str(tmp_path)
