"""What only a real machine can show: links, modes, hostile folders, threads."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest

from multicooker.adapters.home import UserHome
from multicooker.errors import BadInputError, DiskError


@pytest.fixture
def home(tmp_path: Path) -> UserHome:
    (tmp_path / "you").mkdir()
    return UserHome(environment={"HOME": str(tmp_path / "you"), "PATH": os.environ["PATH"]})


def test_a_link_is_the_folder_it_leads_to(home: UserHome, tmp_path: Path) -> None:
    (tmp_path / "bakery").mkdir()
    (tmp_path / "link").symlink_to("bakery")

    assert home.project(str(tmp_path / "link")) == str((tmp_path / "bakery").resolve())


def test_none_is_the_folder_the_user_is_in(
    home: UserHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert home.project(None) == str(tmp_path.resolve())


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[2Jb", "caf\udce9"])
def test_a_folder_that_no_engine_mounts_is_refused(
    home: UserHome, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).mkdir()

    with pytest.raises(BadInputError, match="is no plain text") as caught:
        home.project(str(tmp_path / name))

    assert caught.value.message.isprintable()


@pytest.mark.parametrize("path", ["/dev/null", "a\0b", "/no/such/folder"])
def test_what_is_no_folder_is_refused(home: UserHome, path: str) -> None:
    with pytest.raises(BadInputError):
        home.project(path)


@pytest.mark.parametrize(
    ("mode", "own", "group", "other"),
    [(0o700, True, False, False), (0o770, True, True, False), (0o557, False, False, True)],
)
def test_whoever_may_write_is_told_by_owner_and_mode(
    home: UserHome, tmp_path: Path, mode: int, *, own: bool, group: bool, other: bool
) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    folder.chmod(mode)
    found = folder.stat()

    assert home.may_write(str(folder), f"{found.st_uid}:{found.st_gid}") is own
    assert home.may_write(str(folder), f"54321:{found.st_gid}") is group
    assert home.may_write(str(folder), "54321:54321") is other


def test_the_identity_is_never_the_folders_own(home: UserHome, tmp_path: Path) -> None:
    """An agent may have written that one."""
    repo = tmp_path / "repo"
    subprocess.run(["git", "init", "--quiet", str(repo)], check=True)
    with (repo / ".git" / "config").open("a", encoding="utf-8") as config:
        config.write("[user]\n\tname = Mallory\n")

    assert home.git_identity(str(repo)) == ("", "")

    Path(home.folder, ".gitconfig").write_text(
        f'[includeIf "gitdir:{repo}/"]\n\tpath = work\n', encoding="utf-8"
    )
    Path(home.folder, "work").write_text("[user]\n\tname = Ada\n", encoding="utf-8")

    assert home.git_identity(str(repo)) == ("Ada", "")


def test_without_git_there_is_no_identity(tmp_path: Path) -> None:
    nothing = UserHome(environment={"HOME": str(tmp_path), "PATH": str(tmp_path)})

    assert nothing.git_identity(str(tmp_path)) == ("", "")


@pytest.mark.parametrize("kind", ["folder", "pipe", "binary", "large"])
def test_settings_that_are_no_text_are_told(home: UserHome, kind: str) -> None:
    place = Path(home.folder, ".config/multicooker/config.yaml")
    place.parent.mkdir(parents=True)
    if kind == "folder":
        place.mkdir()
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        place.write_bytes(b"\xff" if kind == "binary" else b"#" * (1024**2 + 1))

    with pytest.raises(BadInputError, match=r"config\.yaml"):
        home.settings()


def test_the_folders_of_the_desktop_standard_are_honoured(tmp_path: Path) -> None:
    home = UserHome(
        environment={
            "HOME": str(tmp_path / "you"),
            "XDG_STATE_HOME": str(tmp_path / "state"),
            "XDG_DATA_HOME": "relative/is/ignored",
        }
    )

    assert home.desk("x").folder == str(tmp_path / "state/multicooker/sandbox/x")
    assert home.inbox("", "").folder.endswith("/you/.local/share/multicooker/inbox/project")


def test_what_is_made_is_private_and_what_is_there_stays_as_it_is(
    home: UserHome, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    notes.chmod(0o755)

    home.inbox(str(notes), "x")
    desk = Path(home.desk("x").folder)

    assert notes.stat().st_mode & 0o777 == 0o755
    assert desk.stat().st_mode & 0o777 == 0o700


def test_a_link_in_a_notes_place_is_replaced_and_not_followed(
    home: UserHome, tmp_path: Path
) -> None:
    (tmp_path / "precious").write_text("mine", encoding="utf-8")
    inbox = home.inbox(str(tmp_path / "notes"), "x")
    Path(inbox.folder, "one.md").symlink_to(tmp_path / "precious")

    inbox.write("one.md", b"note")

    assert (tmp_path / "precious").read_text(encoding="utf-8") == "mine"
    assert Path(inbox.folder, "one.md").read_bytes() == b"note"
    assert Path(inbox.folder, "one.md").stat().st_mode & 0o777 == 0o600


def test_a_note_that_cannot_be_written_is_told_and_leaves_nothing(
    home: UserHome, tmp_path: Path
) -> None:
    inbox = home.inbox(str(tmp_path / "notes"), "x")
    (tmp_path / "notes/one.md/x").mkdir(parents=True)

    with pytest.raises(DiskError, match=r"one\.md"):
        inbox.write("one.md", b"note")

    assert [path.name for path in (tmp_path / "notes").iterdir()] == ["one.md"]


def test_a_folder_that_cannot_be_made_is_told(home: UserHome, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(DiskError, match="file"):
        home.inbox(str(tmp_path / "file/notes"), "x")


def test_a_regular_call_that_has_begun_is_waited_for(home: UserHome) -> None:
    begun, ended = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        threading.Event().wait(0.05)
        ended.set()

    with home.regularly(0.001, slow):
        assert begun.wait(10)

    assert ended.is_set()


def test_what_is_called_seldom_does_not_hold_up_the_end(home: UserHome) -> None:
    with home.regularly(3600, lambda: None):
        pass

    assert "regularly" not in {thread.name for thread in threading.enumerate()}
