"""The sandbox with the real CLIs, on the real engine, against providers that are stand-ins.

The flavors under test go by other names, so that the login volumes of whoever runs these tests are
never touched.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from multicooker.adapters.docker import DockerEngine
from multicooker.ports import Errand
from tests.compose_projects import docker
from tests.standins.scenario import Provider, Scenario, Talk, Turn
from tests.standins.stage import PROGRAM, Stage, build_images, stage
from tests.terminals import PATIENCE, Terminal

pytestmark = pytest.mark.docker

PARTICIPANTS = Path(__file__).parents[2] / "templates/cook/participants"
LEAVE = "\x11\x11"
"""Ctrl-Q Ctrl-Q."""
PROMPT = "bypass permissions on"
"""What stands below claude's prompt once it waits for words, and asks nothing."""
LOOK = "ls -a / /root /home /workspace; id -u; git config user.name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A stage, and a flavor that is one of the real CLIs."""

    stage: Stage
    flavor: str

    @property
    def volume(self) -> str:
        return f"mc-{self.flavor}-auth"

    @property
    def inbox(self) -> Path:
        return self.stage.home / ".local/share/multicooker/inbox"

    def project(self, name: str) -> Path:
        """Make a project folder that belongs to a person, and not to root."""
        folder = self.stage.root / "code" / name
        folder.mkdir(parents=True)
        if os.geteuid() == 0:
            os.chown(folder, 1000, 1000)
        return folder

    def words(self, folder: Path, *words: str) -> list[str]:
        """Return the program and its words."""
        trust = ("--ca-bundle", str(self.stage.standin.ca_pem))
        routes = [
            word for host in self.stage.resolve.items() for word in ("--resolve", "=".join(host))
        ]
        own = ("sandbox", str(folder), "--flavor", self.flavor, *trust, *routes)
        return [*PROGRAM, "-C", str(self.stage.cooks), *own, *words]

    def environment(self, **more: str) -> dict[str, str]:
        """Return the stage's own, in a terminal of today."""
        environment = self.stage.environment({"TERM": "xterm-256color", **more})
        return {name: text for name, text in environment.items() if name != "GITHUB_TOKEN" or more}

    def run(self, folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.words(folder, *words),
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def terminal(self, folder: Path, *words: str) -> Terminal:
        return Terminal(self.words(folder, *words), env=self.environment(), cwd=self.stage.root)

    def container(self, folder: Path) -> dict[str, Any]:
        """Return what the engine tells of the sandbox that runs on a folder."""
        wanted = f"label=dev.multicooker.sandbox.folder={folder}"
        (name,) = docker("ps", "--quiet", "--filter", wanted).split()
        found: list[dict[str, Any]] = json.loads(docker("inspect", name))
        return found[0]

    def notes(self, folder: Path) -> list[str]:
        place = self.inbox / folder.name
        return [path.read_text(encoding="utf-8") for path in place.glob("*.md")]


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    talks = (
        Talk(when="look around", turns=(Turn(run=LOOK), Turn(say="Looked."))),
        Talk(turns=(Turn(write=("page.html", "<h1>Bakery</h1>\n")), Turn(say="Baked it."))),
    )
    with _opened("claude", Scenario(talks=talks)) as made:
        yield made


@contextmanager
def _opened(cli: str, scenario: Scenario) -> Iterator[Box]:
    """Set up a stage with a flavor that is one of the real CLIs by another name."""
    build_images((cli,))
    name = f"{cli}-{uuid4().hex[:8]}"
    with tempfile.TemporaryDirectory(prefix="mc-sandbox-") as folder:
        root = Path(folder).resolve()
        root.chmod(0o755)
        with stage(root, scenario=scenario) as set_up:
            made = Box(stage=set_up, flavor=name)
            shutil.copytree(PARTICIPANTS / cli, root / "flavors" / name)
            flavor = root / "flavors" / name / "flavor.yaml"
            text = flavor.read_text(encoding="utf-8")
            flavor.write_text(text.replace(f"name: {cli}\n", f"name: {name}\n", 1), "utf-8")
            try:
                yield made
            finally:
                _clear(made)


def _clear(box: Box) -> None:
    engine = DockerEngine()
    for one in engine.visits():
        if box.flavor in one.name:
            engine.end_visit(one.name, grace=0)
    engine.remove_volumes([box.volume])
    image = docker("images", "--format", "{{.Repository}}:{{.Tag}}", f"mc-{box.flavor}-base")
    engine.remove_images(image.split())


def asked(box: Box) -> list[str]:
    """Return the bearers that asked the model, each once."""
    return sorted({request.bearer for request in box.stage.standin.asked(Provider.ANTHROPIC)})


# --- scripts ---------------------------------------------------------------------------------


def test_a_prompt_is_answered_on_stdout_and_everything_else_told_beside_it(box: Box) -> None:
    folder = box.project("printed")

    ran = box.run(folder, "--print", "bake a page")

    assert (ran.returncode, ran.stdout) == (0, "Baked it.\n"), ran.stderr
    assert "~/.claude/.credentials.json (max)" in ran.stderr
    assert "held by" in ran.stderr
    page = folder / "page.html"
    assert page.read_text(encoding="utf-8") == "<h1>Bakery</h1>\n"
    assert page.stat().st_uid == folder.stat().st_uid
    assert asked(box) == [box.stage.logins[Provider.ANTHROPIC].bearer]
    assert box.stage.standin.problems == []
    (note,) = box.notes(folder)
    assert "## user\n\nbake a page\n" in note
    assert "## assistant\n\nBaked it.\n" in note


def test_it_sees_its_folder_and_no_other_of_the_hosts(box: Box) -> None:
    folder = box.project("seen")
    (folder / "only-this").write_text("x", encoding="utf-8")
    (box.stage.home / ".gitconfig").write_text(
        "[user]\n\tname = Ada\n[credential]\n\thelper = MCCANARY-helper\n", encoding="utf-8"
    )

    assert box.run(folder, "--print", "look around").returncode == 0

    (note,) = box.notes(folder)
    told = note.partition("</summary>")[2].partition("</details>")[0]
    assert "only-this" in told
    assert "Ada" in told
    assert "MCCANARY" not in told
    home = told.partition("/home:")[2].partition("\n\n")[0].split()
    assert home == [".", ".."]
    assert f"\n{folder.stat().st_uid}\n" in told


def test_an_error_of_the_clis_is_the_exit_code(box: Box) -> None:
    ran = box.run(box.project("wrong"), "--print", "x", "--", "--no-such-option")

    assert ran.returncode not in {0, 2}
    assert ran.stdout == ""
    assert "--no-such-option" in ran.stderr


def test_it_does_not_start_beside_what_its_user_forbids(box: Box) -> None:
    folder = box.project("refused")

    ran = box.run(folder, "--print", "x", GITHUB_TOKEN="ghp_MCCANARY")  # noqa: S106  # made up

    assert ran.returncode == 2
    assert "GITHUB_TOKEN is set here" in ran.stderr
    assert "env -u GITHUB_TOKEN multicooker sandbox" in ran.stderr
    assert "MCCANARY" not in ran.stdout + ran.stderr


def test_a_login_in_the_volume_is_used_and_stays_there(box: Box) -> None:
    bearer = "sk-ant-oat01-MCCANARY-in-volume"
    own = {
        "accessToken": bearer,
        "refreshToken": "sk-ant-ort01-MCCANARY-in-volume",
        "expiresAt": int((time.time() + 36000) * 1000),
        "scopes": ["user:inference", "user:profile"],
        "subscriptionType": "pro",
    }
    put = "cd /login; rm -f .credentials.json; cat > .credentials.json; chmod 600 .credentials.json"
    image = docker("images", "--format", "{{.Repository}}:{{.Tag}}", "mc-claude-base").split()[0]
    errand = Errand(
        image=image,
        argv=("/bin/sh", "-c", put),
        volumes={box.volume: "/login"},
        read_only=False,
        input=json.dumps({"claudeAiOauth": own}).encode(),
    )
    engine = DockerEngine()
    engine.errand(errand)
    tokens = box.stage.standin.tokens[Provider.ANTHROPIC]
    assert tokens.good is not None
    tokens.good.add(bearer)
    try:
        ran = box.run(box.project("volume"), "--print", "bake a page")
        anew = box.run(box.project("anew"), "--print", "bake a page", "--fresh-creds")
    finally:
        tokens.good.discard(bearer)

    assert (ran.returncode, ran.stdout) == (0, "Baked it.\n"), ran.stderr
    assert f"volume {box.volume} (pro)" in ran.stderr
    assert bearer in asked(box)
    assert anew.returncode == 0, anew.stderr
    assert "~/.claude/.credentials.json (max)" in anew.stderr


# --- a person --------------------------------------------------------------------------------


def test_a_person_reaches_the_prompt_without_a_question_leaves_and_comes_back(box: Box) -> None:
    folder = box.project("person")
    with box.terminal(folder) as terminal:
        terminal.until(PROMPT)
        assert "Claude Code" in terminal.text
        for question in ("trust", "Yes,", "log in", "theme", "Press Enter"):
            assert question not in terminal.text
        terminal.type("bake a page\r")
        terminal.until("Baked it.")
        terminal.type(LEAVE)
        assert terminal.wait() == 0
        assert terminal.is_as_before()
        assert "goes on in" in terminal.text

    assert (folder / "page.html").stat().st_uid == folder.stat().st_uid
    assert box.run(folder, "--list").stdout.count(str(folder)) == 1
    assert len(box.notes(folder)) == 1

    with box.terminal(folder) as terminal:
        terminal.until("back to")
        terminal.resize(42, 118)  # another size: what is there is drawn again
        terminal.until(PROMPT)
        terminal.type("/exit\r")
        assert terminal.wait() == 0

    assert "no sandbox" in box.run(folder, "--stop").stdout


def test_the_login_is_nowhere_but_in_the_memory_of_its_container(box: Box) -> None:
    folder = box.project("searched")
    ran = box.run(folder, "--detach")
    assert ran.returncode == 0, ran.stderr
    found = box.container(folder)
    name = found["Name"].removeprefix("/")
    deadline = time.monotonic() + PATIENCE
    link = "/root/.claude/.credentials.json"
    while "claude" not in docker("top", name) and time.monotonic() < deadline:
        pass

    held = docker("exec", name, "cat", link)
    access, refresh, other = box.stage.logins[Provider.ANTHROPIC].canaries
    assert access in held
    assert refresh not in held
    assert other not in held
    assert docker("exec", name, "readlink", link).strip() == "/run/secrets/anthropic"
    assert docker("exec", name, "stat", "--format=%a", "/run/secrets/anthropic").strip() == "400"
    processes = subprocess.run(["ps", "axeww"], check=True, capture_output=True, text=True).stdout
    places = (
        json.dumps(found),
        docker("exec", name, "sh", "-c", "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline || :"),
        docker("history", "--no-trunc", found["Image"]),
        "\n".join(line for line in processes.splitlines() if "mc-sandbox" in line),
        ran.stdout + ran.stderr,
        *_texts(box.stage.home / ".local"),
    )
    assert not any("MCCANARY" in place for place in places)
    assert box.run(folder, "--stop").returncode == 0


def _texts(folder: Path) -> list[str]:
    return [
        path.read_text(encoding="utf-8", errors="replace")
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    ]


def test_what_a_killed_sandbox_said_is_in_the_inbox_after_the_next_start(box: Box) -> None:
    folder = box.project("killed")
    with box.terminal(folder) as terminal:
        terminal.until(PROMPT)
        terminal.type("bake a page\r")
        terminal.until("Baked it.")
        _until_kept(box, "Baked it.")
        for pid in _family(terminal.process.pid):
            os.kill(pid, signal.SIGKILL)
        terminal.process.wait()
    docker("kill", box.container(folder)["Name"].removeprefix("/"))
    assert box.notes(folder) == []

    with box.terminal(folder) as terminal:
        terminal.until(PROMPT)
        (note,) = box.notes(folder)
        terminal.type(LEAVE)
        assert terminal.wait() == 0

    assert "## user\n\nbake a page\n" in note
    assert "Baked it." in note
    box.run(folder, "--stop")


def _until_kept(box: Box, text: str) -> None:
    """Wait until a session file holds a text: the CLI shows it a moment before it keeps it."""
    deadline = time.monotonic() + PATIENCE
    state = box.stage.home / ".local/state/multicooker/sandbox"
    while not any(text in kept for desk in state.glob("killed-*") for kept in _texts(desk)):
        assert time.monotonic() < deadline


def _family(pid: int) -> list[int]:
    """Return a process and all below it, the youngest last."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(each for child in children for each in _family(int(child)))]


def test_another_projects_talk_is_not_in_this_ones_sandbox(box: Box) -> None:
    one, other = box.project("mine"), box.project("other")
    assert box.run(one, "--print", "bake a page").returncode == 0

    assert box.run(other, "--print", "look around").returncode == 0

    (note,) = box.notes(other)
    assert "bake a page" not in note
    assert len(box.notes(one)) == 1


def test_a_shell_has_the_same_walls(box: Box) -> None:
    folder = box.project("shell")
    with box.terminal(folder, "--shell") as terminal:
        terminal.until("$ ")
        terminal.type("pwd; touch here; claude --version; exit 6\r")
        assert terminal.wait() == 6

    assert "/workspace" in terminal.text
    assert "Claude Code" in terminal.text
    assert (folder / "here").stat().st_uid == folder.stat().st_uid


# --- the others ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cli", "prompt"),
    [("codex", "Ask Codex to do anything"), ("gemini", "Type your message")],
)
def test_the_other_clis_answer_and_reach_their_prompt_as_well(cli: str, prompt: str) -> None:
    baking = Talk(turns=(Turn(write=("page.html", "<h1>Bakery</h1>\n")), Turn(say="Baked it.")))
    with _opened(cli, Scenario(talks=(baking,))) as box:
        folder = box.project("bakery")

        ran = box.run(folder, "--print", "bake a page")

        assert (ran.returncode, ran.stdout) == (0, "Baked it.\n"), ran.stderr
        assert (folder / "page.html").stat().st_uid == folder.stat().st_uid
        (note,) = box.notes(folder)
        assert "bake a page" in note
        assert "Baked it." in note
        with box.terminal(folder) as terminal:
            terminal.until(prompt)
            terminal.type(LEAVE)
            assert terminal.wait() == 0
        assert "stopped" in box.run(folder, "--stop").stdout
