"""A login is in its cell and in one private copy, for as long as a cook runs, and nowhere else."""

from __future__ import annotations

import base64
import json
import os
import re
import resource
import signal
import stat
import subprocess
import threading
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import pytest

from multicooker.domain.outcome import CookState
from tests.compose_projects import LABEL, docker
from tests.integration.stoves import Stove, docker_tags, until

pytestmark = pytest.mark.docker

SHOWS_IT_CAME = """
echo working
sha256sum </root/.shell/token >/work/out/came
echo hello >/work/out/index.html
"""
READY = "touch /work/out/ready; until [ -e /work/in/go ]; do sleep 0.1; done; "
BALLOT = r"""
sha256sum </root/.shell/token >/work/out/came
{
    echo '{"version": 1, "summary": "", "scores": ['
    comma=
    for folder in /work/submissions/*; do
        printf '%s{"label": "%s", "dimension": "craft", "reason": "It greets.", "score": 7,' \
            "$comma" "${folder##*/}"
        echo ' "evidence": [{"file": "index.html", "quote": "hello"}]}'
        comma=,
    done
    echo ']}'
} >/work/out/ballot.json
"""
RUBRIC = {"dimensions": [{"name": "craft", "means": "It is well made."}]}


class Login:
    """A login on this host that nothing else resembles."""

    def __init__(self, root: Path) -> None:
        self.canary = f'MCCANARY_{uuid4().hex}_%20"/'
        self.path = root / "login" / "auth.json"
        self.path.parent.mkdir()
        self.path.touch(mode=0o600)
        self.path.write_text(self.canary)
        self.before = self.path.stat()
        plain = self.canary.encode()
        self.shapes = {
            plain,
            plain[::-1],
            plain.hex().encode(),
            urllib.parse.quote(self.canary, safe="").encode(),
            json.dumps(self.canary).strip('"').encode(),
            # Each of the three ways base64 comes out, but for the ends that depend on neighbours.
            *(base64.b64encode(b" " * shift + plain)[4:-4] for shift in range(3)),
        }

    @property
    def digest(self) -> str:
        return sha256(self.canary.encode()).hexdigest()

    def seen_in(self, data: bytes | str) -> bool:
        raw = data.encode() if isinstance(data, str) else data
        return any(shape in raw for shape in self.shapes)

    def flavor(self) -> dict[str, object]:
        """Return what a flavor.yaml says of it."""
        credential = {
            "provider": "shell",
            "sources": [f"file:{self.path}"],
            "target": "/root/.shell/token",
        }
        return {"credential": credential, "login": "acme login"}

    def files_below(self, root: Path) -> list[str]:
        """Return the files, by path, in whose content or name it is; its own place excepted."""
        return [
            str(path)
            for path in root.rglob("*")
            if path != self.path
            and (self.seen_in(str(path)) or (path.is_file() and self.seen_in(path.read_bytes())))
        ]


@dataclass(slots=True, kw_only=True)
class Lookout:
    """Looks, from a thread and as often as it can, at `.auth` and at this host's processes."""

    login: Login
    auth: Path
    modes: set[tuple[str, int]] = field(default_factory=set)
    """What was seen below `.auth`: kind and mode."""
    leaks: set[str] = field(default_factory=set)
    looks: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread = field(init=False)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.is_set():
            for _ in range(20):
                self._look_at_copies()
                self._over.wait(0.005)
            self._look_at_processes()
            self.looks += 1

    def _look_at_copies(self) -> None:
        for folder, _, names in os.walk(self.auth):
            for path in (Path(folder), *(Path(folder, name) for name in names)):
                try:
                    mode = path.lstat().st_mode
                except FileNotFoundError:
                    continue
                self.modes.add(("folder" if stat.S_ISDIR(mode) else "file", stat.S_IMODE(mode)))

    def _look_at_processes(self) -> None:
        for process in Path("/proc").iterdir():
            if process.name.isdigit():
                for name in ("cmdline", "environ"):
                    try:
                        data = (process / name).read_bytes()
                    except OSError:
                        continue  # it ended, or belongs to somebody whose secrets these are not
                    if self.login.seen_in(data):
                        self.leaks.add(f"{name}: {data[:200]!r}")


@pytest.fixture
def stove(tmp_path: Path) -> Iterator[Stove]:
    with Stove(tmp_path) as made:
        yield made


@pytest.fixture
def login(tmp_path: Path) -> Login:
    return Login(tmp_path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cooked:
    """A whole cook with logins, and everything that was seen of it."""

    stove: Stove
    login: Login
    folder: Path
    lookout: Lookout
    told: dict[str, str]
    """What the engine and the program said, by whom."""
    offered_to_git: str
    modes_while_cooking: dict[str, int]


@pytest.fixture(scope="module")
def cooked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cooked]:
    root = tmp_path_factory.mktemp("secrets")
    with Stove(root) as stove:
        yield _cook(stove, Login(root))


def _cook(stove: Stove, login: Login) -> Cooked:
    cells = [stove.does(name, SHOWS_IT_CAME + READY) for name in ("one", "two")]
    spec = {"participants": cells, "judges": [stove.does("owl", READY + BALLOT)]}
    folder = stove.lay("whole", {**spec, "rubric": RUBRIC}, flavor=login.flavor())
    subprocess.run(["git", "init", "--quiet"], cwd=stove.root, check=True)
    (stove.root / "tmp").mkdir()
    told: dict[str, str] = {}
    filters = ("--filter", f"label={LABEL}={stove.project('whole').name}")
    argv = ["docker", "events", *filters, "--format", "{{json .}}"]
    with Lookout(login=login, auth=folder / ".auth") as lookout:
        events = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        env = {"TMPDIR": str(stove.root / "tmp")}
        process = stove.start("cook", "whole", "--debug", env=env, umask=0)
        for name in ("one", "two"):
            stove.wait_for("whole", name, "ready")
            told[f"inspect {name}"] = json.dumps(stove.inspect("whole", name))
        modes = private_modes(folder)
        offered = git(stove.root, "status", "--porcelain", "-uall")
        offered += git(stove.root, "add", "--all", "--dry-run")
        told["compose config"] = compose_config(folder)
        for name in ("one", "two"):
            (folder / "work" / name / "in/go").touch()
        until("the judge", (folder / "judging/owl/1/out/ready").exists)
        told["inspect judge"] = json.dumps(stove.inspect("whole", "judge-owl"))
        (folder / "judging/owl/1/in/go").touch()
        told["stdout"], told["stderr"] = process.communicate(timeout=60)
        assert process.returncode == 0, told["stderr"]
        events.terminate()
        told["events"] = events.communicate(timeout=10)[0]
    for tag in docker_tags(stove.shell):
        told[f"history {tag}"] = docker("history", "--no-trunc", tag) + docker("inspect", tag)
        saved = subprocess.run(["docker", "save", tag], check=True, capture_output=True)
        told[f"save {tag}"] = saved.stdout.decode("latin-1")
    for words in (("status",), ("logs",), ("render", "--diff"), ("report",)):
        ran = stove.run(*words, "whole", "--json")
        told[words[0]] = ran.stdout + ran.stderr
    return Cooked(
        stove=stove,
        login=login,
        folder=folder,
        lookout=lookout,
        told=told,
        offered_to_git=offered,
        modes_while_cooking=modes,
    )


def git(repository: Path, *argv: str) -> str:
    ran = subprocess.run(
        ["git", *argv], cwd=repository, check=True, capture_output=True, text=True, timeout=60
    )
    return ran.stdout


def compose_config(folder: Path) -> str:
    argv = ["docker", "compose", "--profile", "judge", "config"]
    ran = subprocess.run(argv, cwd=folder, check=True, capture_output=True, text=True, timeout=60)
    return ran.stdout


def private_modes(folder: Path) -> dict[str, int]:
    """Return the modes of everything below `.auth` and `.seal`, by path."""
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode)
        for name in (".auth", ".seal")
        for path in (folder / name, *(folder / name).rglob("*"))
        if path.exists()
    }


def test_the_login_reached_every_cell(cooked: Cooked) -> None:
    for cell in ("work/one", "work/two", "judging/owl/1"):
        assert (cooked.folder / cell / "out/came").read_text().split()[0] == cooked.login.digest
    assert cooked.stove.outcomes("whole") == {"one": "ok", "two": "ok", "judge-owl": "ok"}


def test_nobody_who_was_asked_tells_the_login(cooked: Cooked) -> None:
    assert {name for name, text in cooked.told.items() if cooked.login.seen_in(text)} == set()
    for name, expected in {"events": '"Action"', "stderr": "== judge", "logs": '"verb"'}.items():
        assert expected in cooked.told[name]  # there was something to look into
    assert any(name.startswith("save ") and text for name, text in cooked.told.items())


def test_no_argument_and_no_environment_on_the_host_held_the_login(cooked: Cooked) -> None:
    assert cooked.lookout.leaks == set()
    assert cooked.lookout.looks > 10


def test_a_login_in_an_environment_would_have_been_seen(tmp_path: Path) -> None:
    login = Login(tmp_path)
    holder = subprocess.Popen(["sleep", "60"], env={"TOKEN": login.canary, "PATH": os.defpath})
    try:
        with Lookout(login=login, auth=tmp_path) as lookout:
            until("the leak", lambda: lookout.leaks)
    finally:
        holder.kill()
        holder.wait()


def test_nothing_on_disk_holds_the_login_after_a_cook(cooked: Cooked) -> None:
    assert cooked.login.files_below(cooked.stove.root) == []
    assert not (cooked.folder / ".auth").exists()
    assert list((cooked.stove.root / "tmp").iterdir()) == []
    for name in ("compose.yaml", "status.json", "events.jsonl", "report.html", "verdict.json"):
        assert (cooked.folder / name).stat().st_size > 0


def test_the_hosts_login_is_as_it_was(cooked: Cooked) -> None:
    after = cooked.login.path.stat()
    assert cooked.login.path.read_text() == cooked.login.canary
    assert (after.st_mtime_ns, after.st_mode, after.st_uid) == (
        cooked.login.before.st_mtime_ns,
        cooked.login.before.st_mode,
        cooked.login.before.st_uid,
    )


def test_copies_were_private_whenever_anybody_looked(cooked: Cooked) -> None:
    # The program ran with a umask of 0, which takes nothing away by itself.
    assert cooked.lookout.modes == {("folder", 0o700), ("file", 0o600)}
    assert f".auth/{cooked.stove.shell}/token" in cooked.modes_while_cooking
    assert private_modes(cooked.folder)[".seal"] == 0o700
    assert private_modes(cooked.folder)[".seal/key.json"] == 0o600


def test_git_is_offered_neither_copies_nor_the_key_of_the_seal(cooked: Cooked) -> None:
    assert "cooks/whole/BRIEF.md" in cooked.offered_to_git
    assert ".auth" not in cooked.offered_to_git
    now = git(cooked.stove.root, "status", "--porcelain", "-uall")
    assert "cooks/whole/BRIEF.md" in now
    assert (cooked.folder / ".seal/key.json").exists()
    assert ".seal" not in now


def cook_until_ready(
    stove: Stove, login: Login, task: str, *, then: str = "echo x >/work/out/x", **more: Any
) -> tuple[Path, subprocess.Popen[str]]:
    """Start a cook whose one cell has the login and waits; return its folder and process."""
    spec = {"participants": [stove.does("one", f"{READY}{then}")], "judges": []}
    folder = stove.lay(task, spec, flavor=login.flavor())
    process = stove.start("cook", task, **more)
    stove.wait_for(task, "one", "ready")
    modes = private_modes(folder)
    assert modes == {
        ".auth": 0o700,
        f".auth/{stove.shell}": 0o700,
        f".auth/{stove.shell}/token": 0o600,
    }
    return folder, process


@pytest.mark.parametrize(
    ("signum", "umask", "code", "state"),
    [
        (None, 0o022, 3, CookState.FAILED),
        (signal.SIGINT, 0o077, 130, CookState.CANCELLED),
        (signal.SIGTERM, 0o000, 130, CookState.CANCELLED),
    ],
)
def test_copies_are_gone_after_a_cook_that_failed_or_was_stopped(
    stove: Stove,
    login: Login,
    signum: signal.Signals | None,
    umask: int,
    code: int,
    state: CookState,
) -> None:
    folder, process = cook_until_ready(
        stove, login, "over", then="rm /work/out/*; exit 1", umask=umask
    )
    if signum is None:
        (folder / "work/one/in/go").touch()
    else:
        process.send_signal(signum)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == code, errors
    assert stove.status("over")["state"] == state
    assert not (folder / ".auth").exists()
    assert login.files_below(stove.root) == []
    assert stove.left("over") == []


def test_copies_of_a_killed_cook_go_with_clean_and_with_the_next_cook(
    stove: Stove, login: Login
) -> None:
    folder, process = cook_until_ready(stove, login, "killed")
    process.kill()
    process.wait(timeout=10)
    assert (folder / ".auth").exists()
    assert stove.run("clean", "killed").returncode == 0
    assert not (folder / ".auth").exists()
    assert login.files_below(stove.root) == []
    again = stove.start("cook", "killed")
    until("the copy", (folder / ".auth" / stove.shell / "token").exists)
    again.kill()
    again.wait(timeout=10)
    assert login.files_below(stove.root) != []
    (folder / "work/one/in/go").touch()
    ran = stove.run("cook", "killed")
    assert ran.returncode == 0, ran.stderr
    assert login.files_below(stove.root) == []
    assert stove.left("killed") == []


@pytest.mark.parametrize("state", ["done", "sealed", "failed"])
def test_copies_that_were_left_go_with_the_next_cook_whatever_is_recorded(
    stove: Stove, login: Login, state: str
) -> None:
    spec = {
        "participants": [stove.does("one", SHOWS_IT_CAME)],
        "judges": [stove.does("owl", BALLOT)],
        "rubric": RUBRIC,
    }
    folder = stove.lay("left", spec, flavor=login.flavor())
    ran = stove.run("cook", "left")
    assert ran.returncode == 0, ran.stderr
    record = folder / "status.json"
    assert stove.status("left")["state"] == "done"
    record.write_text(json.dumps({**json.loads(record.read_text()), "state": state}))
    (folder / ".auth/gone").mkdir(parents=True)
    (folder / ".auth/gone/0").write_text(login.canary)
    assert stove.run("cook", "left").returncode == 0
    assert login.files_below(stove.root) == []


@pytest.mark.parametrize("trap", ["link", "file", "open", "linked file"])
def test_no_trap_in_the_place_of_copies_gets_the_login(
    stove: Stove, login: Login, trap: str
) -> None:
    spec = {"participants": [stove.does("one", SHOWS_IT_CAME)], "judges": []}
    folder = stove.lay("trap", spec, flavor=login.flavor())
    elsewhere = stove.root / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "0").write_text("mine")
    auth = folder / ".auth"
    if trap == "link":
        auth.symlink_to(elsewhere)
    elif trap == "file":
        auth.write_text("in the way")
    elif trap == "open":
        (auth / stove.shell).mkdir(parents=True)
        (auth / stove.shell).chmod(0o777)
        auth.chmod(0o777)
    else:
        (auth / stove.shell).mkdir(parents=True)
        (auth / stove.shell / "token").symlink_to(elsewhere / "0")
    with Lookout(login=login, auth=auth) as lookout:
        ran = stove.run("cook", "trap")
    assert ran.returncode == 0, ran.stderr
    assert (folder / "work/one/out/came").read_text().split()[0] == login.digest
    assert [path.name for path in elsewhere.iterdir()] == ["0"]
    assert (elsewhere / "0").read_text() == "mine"
    assert ("file", 0o600) in lookout.modes
    assert login.files_below(stove.root) == []


def test_a_crash_would_leave_no_core_with_the_login_in_it(stove: Stove, login: Login) -> None:
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]

    def with_cores() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

    folder, process = cook_until_ready(stove, login, "core", preexec_fn=with_cores)
    limits = Path(f"/proc/{process.pid}/limits").read_text()
    assert re.search(r"^Max core file size +0 ", limits, re.MULTILINE)
    (folder / "work/one/in/go").touch()
    assert process.wait(timeout=60) == 0


def test_a_failure_with_the_login_in_hand_shows_no_value(stove: Stove, login: Login) -> None:
    login.path.write_text(login.canary * 8000)
    spec = {"participants": [stove.does("one", "true")], "judges": []}
    folder = stove.lay("full", spec, flavor=login.flavor())
    assert stove.run("build", "full").returncode == 0

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    ran = stove.run("cook", "full", "--debug", preexec_fn=small_files)
    assert ran.returncode == 9, ran.stderr
    assert re.search(r"Traceback .*lay_out", ran.stderr, re.DOTALL)
    assert not login.seen_in(ran.stdout + ran.stderr)
    assert not (folder / ".auth").exists()
    assert login.files_below(stove.root) == []
    assert stove.left("full") == []
