"""The user's own machine and its fake behave alike."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from multicooker.adapters.home import UserHome
from multicooker.errors import BadInputError
from multicooker.ports import Home
from tests.fakes.home import FakeHome


class Bench:
    """A home with one project, `bakery`, in it."""

    home: Home
    project: str

    def configure(self, text: str) -> None:
        raise NotImplementedError

    def notes(self, inbox: str) -> dict[str, bytes]:
        raise NotImplementedError


class FakeBench(Bench):
    def __init__(self, environment: Mapping[str, str]) -> None:
        self.fake = FakeHome(environment=environment)
        self.home = self.fake
        self.project = self.fake.folders[0]

    def configure(self, text: str) -> None:
        self.fake.config = text

    def notes(self, inbox: str) -> dict[str, bytes]:
        place = self.fake.inboxes[inbox.replace("~", self.fake.folder)]
        return {name: place.read_bytes(name, limit=1000) for name in place.names(".")}


class RealBench(Bench):
    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        home = folder.resolve() / "you"
        project = home / "bakery"
        project.mkdir(parents=True)
        git = "[user]\n\tname = Ada\n\temail = ada@example.com\n"
        (home / ".gitconfig").write_text(git, encoding="utf-8")
        self.home = UserHome(environment={"HOME": str(home), **environment})
        self.project = str(project)

    def configure(self, text: str) -> None:
        place = Path(self.home.folder, ".config/multicooker/config.yaml")
        place.parent.mkdir(parents=True)
        place.write_text(text, encoding="utf-8")

    def notes(self, inbox: str) -> dict[str, bytes]:
        folder = Path(inbox.replace("~", self.home.folder))
        return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(params=["fake", "real"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    environment = {"TERM": "xterm", "GREETING": "hello"}
    return FakeBench(environment) if request.param == "fake" else RealBench(tmp_path, environment)


def test_the_environment_is_the_callers(bench: Bench) -> None:
    assert bench.home.variables()["GREETING"] == "hello"


def test_a_project_is_found_by_its_path(bench: Bench) -> None:
    assert bench.home.project(bench.project) == bench.project
    assert bench.project.startswith(f"{bench.home.folder}/")


def test_a_folder_that_is_not_there_is_told(bench: Bench) -> None:
    with pytest.raises(BadInputError, match="nowhere"):
        bench.home.project(f"{bench.home.folder}/nowhere")


def test_a_container_runs_as_the_person_and_never_as_root(bench: Bench) -> None:
    uid, gid = bench.home.user(bench.project).split(":")

    assert int(uid) > 0
    assert int(gid) >= 0


def test_nobody_else_may_write_in_a_project(bench: Bench) -> None:
    assert not bench.home.may_write(bench.project, "54321:54321")


def test_the_identity_is_the_users_own(bench: Bench) -> None:
    assert bench.home.git_identity(bench.project) == ("Ada", "ada@example.com")


def test_settings_are_there_once_they_were_written(bench: Bench) -> None:
    assert bench.home.settings() is None

    bench.configure("sandbox: {}\n")

    found = bench.home.settings()
    assert found is not None
    assert found[0] == f"{bench.home.folder}/.config/multicooker/config.yaml"
    assert found[1] == "sandbox: {}\n"


def test_a_desk_keeps_what_is_written_there(bench: Bench) -> None:
    desk = bench.home.desk("bakery-acme-1")
    desk.write("exported.json", "{}")

    again = bench.home.desk("bakery-acme-1")

    assert again.folder == desk.folder
    assert again.read_text("exported.json", limit=10) == "{}"
    assert not bench.home.desk("bakery-acme-2").exists("exported.json")


def test_an_inbox_is_the_projects_unless_another_is_named(bench: Bench) -> None:
    own, named = bench.home.inbox("", "bakery"), bench.home.inbox("~/notes", "bakery")

    assert own.folder == f"{bench.home.folder}/.local/share/multicooker/inbox/bakery"
    assert named.folder == f"{bench.home.folder}/notes"


def test_a_note_is_written_and_replaced_and_alone_in_its_inbox(bench: Bench) -> None:
    inbox = bench.home.inbox("~/notes", "bakery")

    inbox.write("one.md", b"one")
    inbox.write("one.md", b"one and more", owner="1000:1000")
    inbox.write("two.md", b"two")

    assert bench.notes("~/notes") == {"one.md": b"one and more", "two.md": b"two"}


def test_what_is_called_regularly_is_called(bench: Bench) -> None:
    called = threading.Event()

    with bench.home.regularly(0.001, called.set):
        if isinstance(bench, RealBench):
            assert called.wait(10)

    assert called.is_set()
