"""Copies of logins: private at every instant, never written through a link, unknown to git."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from multicooker.app.logins.admitting import admit
from multicooker.app.opening import open_cook
from multicooker.errors import MulticookerError
from tests.integration.kitchens import kitchen_in, make_cook

CHECKOUT = Path(__file__).parents[3]
CANARY = "MCCANARY_7c1e9b"
FLAVOR = """\
name: acme
summary: needs a login
family: acme
roles: [participant]
base: {name: "busybox:stable", debian: [busybox-static], bare: true}
credential: {provider: acme, sources: ["file:~/.acme/auth.json"], target: /root/.acme/auth.json}
hosts: [api.acme.example]
login: acme login
"""
BESIDE = ("Dockerfile.base", "entrypoint.sh", "README.md")
SPEC = "participants: [{name: saffron, flavor: acme}]\njudges: []\n"


@pytest.fixture
def cook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a cook whose one participant needs a login, with that login in the user's home."""
    login = tmp_path / "home" / ".acme" / "auth.json"
    login.parent.mkdir(parents=True)
    login.touch(mode=0o600)
    login.write_text(CANARY)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folder = make_cook(tmp_path / "cooks", "task", SPEC)
    flavor = folder / "flavors" / "acme"
    flavor.mkdir(parents=True)
    (flavor / "flavor.yaml").write_text(FLAVOR)
    for name in BESIDE:
        (flavor / name).touch()
    return folder


def snapshot(cook: Path) -> None:
    kitchen = kitchen_in(cook.parent)
    opened = open_cook(kitchen, cook.name)
    admit(kitchen, opened, opened.round.cells)


def modes(auth: Path) -> dict[str, int]:
    found = [auth, *auth.rglob("*")] if auth.is_dir() else []
    return {str(path.relative_to(auth)): stat.S_IMODE(path.lstat().st_mode) for path in found}


class Witness:
    """Looks at `.auth` before every call that changes a disk; hooks cannot be taken away again."""

    def __init__(self) -> None:
        self.auth: Path | None = None
        self.open_to_others: list[tuple[str, dict[str, int]]] = []
        self.looks = 0
        sys.addaudithook(self._look)

    def _look(self, event: str, _arguments: object) -> None:
        if self.auth is None or not event.startswith(("open", "os.")):
            return
        auth, self.auth = self.auth, None  # looking opens folders too
        seen = modes(auth)
        self.looks += 1
        if any(mode & 0o077 for mode in seen.values()):
            self.open_to_others.append((event, seen))
        self.auth = auth


@pytest.fixture(scope="module")
def witness() -> Witness:
    return Witness()


@pytest.fixture
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077], indirect=True)
@pytest.mark.usefixtures("umask")
def test_no_umask_opens_a_copy_at_any_instant(cook: Path, witness: Witness) -> None:
    witness.auth = cook / ".auth"
    try:
        snapshot(cook)
    finally:
        witness.auth = None
    assert witness.looks > 10
    assert witness.open_to_others == []
    assert modes(cook / ".auth") == {".": 0o700, "acme": 0o700, "acme/auth.json": 0o600}
    assert (cook / ".auth" / "acme" / "auth.json").read_text() == CANARY


def test_a_copy_that_was_left_open_is_closed(cook: Path) -> None:
    (cook / ".auth" / "acme").mkdir(parents=True)
    (cook / ".auth" / "acme" / "auth.json").write_text("old")
    for path in (cook / ".auth", cook / ".auth" / "acme"):
        path.chmod(0o755)
    (cook / ".auth" / "acme" / "auth.json").chmod(0o644)
    snapshot(cook)
    assert modes(cook / ".auth") == {".": 0o700, "acme": 0o700, "acme/auth.json": 0o600}
    assert (cook / ".auth" / "acme" / "auth.json").read_text() == CANARY


def test_a_file_in_place_of_the_folder_is_refused_and_kept(cook: Path) -> None:
    (cook / ".auth").write_text("mine")
    with pytest.raises(MulticookerError, match=r"\.auth"):
        snapshot(cook)
    assert (cook / ".auth").read_text() == "mine"


@pytest.mark.parametrize("link", [".auth", ".auth/acme"])
def test_no_copy_is_written_through_a_linked_folder(cook: Path, tmp_path: Path, link: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (cook / link).parent.mkdir(mode=0o700, exist_ok=True)
    (cook / link).symlink_to(elsewhere)
    with pytest.raises(MulticookerError, match=r"\.auth"):
        snapshot(cook)
    assert list(elsewhere.iterdir()) == []


def test_no_copy_is_written_through_a_linked_file(cook: Path, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("untouched")
    (cook / ".auth" / "acme").mkdir(parents=True, mode=0o700)
    (cook / ".auth" / "acme" / "auth.json").symlink_to(tmp_path / "victim")
    snapshot(cook)
    assert (tmp_path / "victim").read_text() == "untouched"
    assert not (cook / ".auth" / "acme" / "auth.json").is_symlink()


def test_the_hosts_login_is_untouched(cook: Path, tmp_path: Path) -> None:
    login = tmp_path / "home" / ".acme" / "auth.json"
    before = login.stat()
    snapshot(cook)
    assert (login.stat().st_mtime_ns, login.stat().st_mode) == (before.st_mtime_ns, before.st_mode)
    assert login.read_text() == CANARY


def test_what_a_cook_makes_is_never_offered_to_git(cook: Path) -> None:
    snapshot(cook)
    for path in (".seal/key.json", "work/saffron/out/index.html", "status.json", "report.html"):
        (cook / path).parent.mkdir(parents=True, exist_ok=True)
        (cook / path).write_text(CANARY)
    repo = cook.parents[1]
    (repo / ".gitignore").write_bytes((CHECKOUT / ".gitignore").read_bytes())
    (repo / "home").rename(repo.parent / f"{repo.name}-home")
    subprocess.run(["git", "init", "--quiet"], cwd=repo, check=True, timeout=60)
    argv = ["git", "status", "--porcelain", "--untracked-files=all"]
    told = subprocess.run(argv, cwd=repo, check=True, timeout=60, capture_output=True, text=True)
    offered = {line.split()[-1].removeprefix("cooks/task/") for line in told.stdout.splitlines()}
    flavor = {f"flavors/acme/{name}" for name in ("flavor.yaml", *BESIDE)}
    assert offered == {".gitignore", "BRIEF.md", "cook.yaml", *flavor}
