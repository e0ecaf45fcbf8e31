"""What a shell, an .env file, a neighbour's process or a bad name may change: nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from multicooker.errors import BadInputError, BusyError, EngineError
from tests.compose_projects import LABEL, docker
from tests.integration.kitchens import participants
from tests.integration.stoves import SMALL, Stove, until

pytestmark = pytest.mark.docker

STOLEN = "mc-stolen"
CONTEXT = "mc-test-context"
NASTY = "$HOME ${ANTHROPIC_API_KEY} $$ $(id) `id` ^a$ \\ \"double\" 'single' {{ 7 * 7 }} %s é 🙂"
KEY = "MCCANARY_a61c07"
READY = "touch /work/out/ready; until [ -e /work/in/go ]; do sleep 0.1; done"
LARGE = "# A page\n\n" + "Make it good. " * 15_000
"""200 KB: more than one argument may hold, so it has to travel as a file."""


@pytest.fixture
def stove(tmp_path: Path) -> Iterator[Stove]:
    with Stove(tmp_path) as made:
        yield made


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen of a cook in surroundings that all want to change it."""

    out: Path
    live: dict[str, Any]
    projects: set[str]
    """Compose projects on the engine that bear our names, while the cell lived."""
    services: set[str]
    """Services of the cook that had a container, while the cell lived."""
    doctor: str


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    with Stove(tmp_path_factory.mktemp("surroundings")) as stove:
        yield _cook(stove)


def _cook(stove: Stove) -> Seen:
    folder = _lay(stove)
    env = {
        **_context(stove.root / "docker"),
        "COMPOSE_FILE": "/nowhere.yaml",
        "COMPOSE_PROJECT_NAME": STOLEN,
        "COMPOSE_PROFILES": "judge",
        "COMPOSE_ENV_FILES": str(folder / ".env"),
        "DOCKER_DEFAULT_PLATFORM": "linux/s390x",
        "BUILDX_BUILDER": "nowhere",
        "ANTHROPIC_API_KEY": KEY,
        "GREETING": "from the shell",
    }
    doctor = stove.run("doctor", "--json", env=env, cwd=folder)
    process = stove.start("cook", "market", "--no-judge", env=env, cwd=folder)
    stove.wait_for("market", "stall", "ready")
    live = stove.inspect("market", "stall")
    listed = docker("ps", "-a", "--format", f'{{{{.Label "{LABEL}"}}}} {{{{.Names}}}}').splitlines()
    ours = stove.project("market").name
    services = docker(
        *("ps", "-a", "--filter", f"label={LABEL}={ours}"),
        *("--format", '{{.Label "com.docker.compose.service"}}'),
    )
    (folder / "work/stall/in/go").touch()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return Seen(
        out=folder / "work/stall/out",
        live=live,
        projects={line.split()[0] for line in listed} & {STOLEN, ours},
        services=set(services.split()),
        doctor=doctor.stdout,
    )


def _lay(stove: Stove) -> Path:
    says = (
        'printf %s "$MULTICOOKER_OPTION_SAY" >say; printf %s "$MULTICOOKER_MODEL" >model; '
        "env >env; wc -c </work/BRIEF.md >size; cat /work/notes.txt >notes; "
    )
    cell = stove.does("stall", says + READY, model=NASTY)
    cell["options"] = {"do": says + READY, "say": NASTY}
    judge = {"name": "owl", "flavor": "demo", "resources": SMALL}
    folder = stove.lay("market", {"participants": [cell], "judges": [judge]}, brief=LARGE)
    (folder / ".env").write_text(
        f"COMPOSE_PROJECT_NAME={STOLEN}\nCOMPOSE_FILE=/nowhere.yaml\nCOMPOSE_PROFILES=judge\n"
        "DOCKER_HOST=tcp://127.0.0.1:9\nDOCKER_CONTEXT=nowhere\nGREETING=from .env\n"
    )
    (folder / "notes.txt").write_text("remember the bread\n")
    changes = {
        "environment": {"FOO": "bar", "GREETING": "${GREETING:-of nobody}"},
        "mem_limit": 33554432,
        "memswap_limit": 33554432,
        "volumes": ["./notes.txt:/work/notes.txt:ro"],
    }
    override = json.dumps({"services": {"stall": changes}})
    (folder / "compose.override.yaml").write_text(override)
    return folder


def _context(config: Path) -> dict[str, str]:
    """Return the environment of a user whose docker context of another name means this engine."""
    theirs = Path(os.environ.get("DOCKER_CONFIG", "~/.docker")).expanduser()
    config.mkdir()
    if (theirs / "cli-plugins").is_dir():
        shutil.copytree(theirs / "cli-plugins", config / "cli-plugins", symlinks=True)
    place = docker("context", "inspect", "--format", "{{.Endpoints.docker.Host}}").strip()
    env = {"DOCKER_CONFIG": str(config), "DOCKER_CONTEXT": CONTEXT, "DOCKER_HOST": ""}
    argv = ["docker", "context", "create", CONTEXT, "--docker", f"host={place}"]
    subprocess.run(
        argv, env={**os.environ, **env, "DOCKER_CONTEXT": ""}, check=True, capture_output=True
    )
    return env


def test_values_of_cook_yaml_arrive_byte_for_byte(seen: Seen) -> None:
    assert (seen.out / "say").read_text(encoding="utf-8") == NASTY
    assert (seen.out / "model").read_text(encoding="utf-8") == NASTY
    assert KEY not in (seen.out / "env").read_text(encoding="utf-8")
    assert KEY not in json.dumps(seen.live)


def test_neither_the_shell_nor_an_env_file_changes_what_runs(seen: Seen) -> None:
    assert STOLEN not in seen.projects
    assert len(seen.projects) == 1
    assert seen.services == {"stall"}  # no profile was switched on from outside
    assert "GREETING=of nobody" in (seen.out / "env").read_text(encoding="utf-8").splitlines()


def test_the_users_docker_context_is_used_and_told(seen: Seen) -> None:
    checks = json.loads(seen.doctor)["data"]["checks"]
    told = {check["name"]: (check["level"], check["detail"]) for check in checks}
    assert told["context"] == ("ok", CONTEXT)


def test_a_harmless_override_is_taken(seen: Seen) -> None:
    assert "FOO=bar" in seen.live["Config"]["Env"]
    assert seen.live["HostConfig"]["Memory"] == 33554432
    assert (seen.out / "notes").read_text() == "remember the bread\n"
    assert {mount["Destination"]: mount["RW"] for mount in seen.live["Mounts"]}[
        "/work/notes.txt"
    ] is False


def test_a_brief_of_200_kb_arrives_whole(seen: Seen) -> None:
    assert len(LARGE) > 200_000
    assert int((seen.out / "size").read_text()) == len(LARGE)


def test_a_context_that_is_not_there_is_named(stove: Stove) -> None:
    stove.lay("lost", {"participants": [stove.does("stall", "true")], "judges": []})
    env = {"DOCKER_CONTEXT": "mc-no-such-context", "DOCKER_HOST": ""}
    ran = stove.run("cook", "lost", env=env)
    assert ran.returncode == EngineError.exit_code
    assert "mc-no-such-context" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_missing_image_is_refused_before_any_login_is_read(stove: Stove) -> None:
    login = stove.root / "login"
    login.write_text("a login that must not be read")
    login.chmod(0o644)  # reading it would be refused, with another exit code
    spec = {"participants": [stove.does("stall", "true")], "judges": []}
    credential = {
        "provider": "shell",
        "sources": [f"file:{login}"],
        "target": "/root/.shell/token",
    }
    folder = stove.lay("image", spec, flavor={"credential": credential})
    override = folder / "compose.override.yaml"
    override.write_text("services: {stall: {image: 'mc-no-such-image:1'}}\n")
    began = str(int(time.time()))
    ran = stove.run("cook", "image")
    assert ran.returncode == BadInputError.exit_code, ran.stderr
    assert "services.stall.image: 'mc-no-such-image:1'" in ran.stderr
    assert not (folder / ".auth").exists()
    assert stove.left("image") == []
    project = f"label={LABEL}={stove.project('image').name}"
    assert docker("events", "--since", began, "--until", "0s", "--filter", project) == ""
    override.unlink()
    assert stove.run("cook", "image").returncode == 5  # the login is what is wrong next


BAD_NAMES = (
    *("../x", "/etc", "a/../../b", "", " ", ".", "..", "A", "é", "a b", "a:b", "a\n", "con"),
    *("a" * 41, "a" * 300, "-rf", "--all"),
)


def everything_below(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes() if path.is_file() else b""
        for path in root.rglob("*")
    }


@pytest.mark.parametrize("verb", [("cook",), ("clean", "--all", "--yes"), ("new",)])
def test_bad_names_are_refused_and_touch_nothing(stove: Stove, verb: tuple[str, ...]) -> None:
    for name in ("x", "b", "A"):
        (stove.root / name).mkdir()
        (stove.root / name / "BRIEF.md").write_text("not a cook of ours\n")
    (stove.cooks / "a").mkdir()
    (stove.cooks / "a" / "status.json").write_text("mine")
    before = everything_below(stove.root)
    processes = {name: stove.start(*verb, "--", name) for name in BAD_NAMES}
    for name, process in processes.items():
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 2, name
        assert "is not a name: use 1 to 40 of a-z, 0-9, - and _" in errors, name
        assert "Traceback" not in errors
    assert everything_below(stove.root) == before


def test_an_option_for_a_name_is_refused_too(stove: Stove) -> None:
    assert stove.run("cook", "-rf").returncode == 2


def test_forty_characters_are_a_name(stove: Stove) -> None:
    assert stove.run("new", "a" * 40).returncode == 0
    assert (stove.cooks / ("a" * 40) / "BRIEF.md").exists()


def test_a_cook_that_is_a_link_is_refused(stove: Stove) -> None:
    elsewhere = stove.root / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "BRIEF.md").write_text("# A page\n")
    (stove.cooks / "link").symlink_to(elsewhere)
    for words in (("cook",), ("clean", "--all", "--yes"), ("render",)):
        ran = stove.run(*words, "link")
        assert ran.returncode == 2
        assert "symbolic link" in ran.stderr
    assert [path.name for path in elsewhere.iterdir()] == ["BRIEF.md"]


def _link(brief: Path) -> None:
    secret = brief.parents[2] / "secret"
    secret.write_text(KEY)
    brief.symlink_to(secret)


def _locked(brief: Path) -> None:
    brief.write_text("# A page\n")
    brief.chmod(0)


BRIEFS: dict[str, tuple[Callable[[Path], object], str]] = {
    "link": (_link, "is a symbolic link"),
    "folder": (Path.mkdir, "is a folder, not a file"),
    "pipe": (os.mkfifo, "is a pipe, not a file"),
    "missing": (lambda _: None, "there is no such file"),
    "empty": (Path.touch, "is empty"),
    "locked": (_locked, "cannot be read: Permission denied"),
    "huge": (lambda brief: brief.write_text("x" * 5_000_000), "is too large: 5,000,000 bytes"),
}


def test_each_thing_wrong_with_a_brief_is_told_in_its_own_words(stove: Stove) -> None:
    # Root reads everything, unless it goes without the capabilities to.
    as_anybody = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") * (os.geteuid() == 0)
    told = set()
    for task, (make, words) in BRIEFS.items():
        (stove.cooks / task).mkdir()
        make(stove.cooks / task / "BRIEF.md")
        ran = stove.run("cook", task, seconds=5, prefix=as_anybody)
        assert ran.returncode == 2, task
        assert f"BRIEF.md: {words}" in ran.stderr, ran.stderr
        assert KEY not in ran.stderr
        told.add(ran.stderr.partition("\n")[0])
    assert len(told) == len(BRIEFS)


def test_of_two_cooks_at_once_one_runs_and_the_other_says_who(stove: Stove) -> None:
    folder = stove.lay("twins", {"participants": [stove.does("stall", READY)], "judges": []})
    began = time.monotonic()
    twins = [stove.start("cook", "twins") for _ in range(2)]
    loser = until("one to give up", lambda: next((t for t in twins if t.poll() is not None), None))
    assert time.monotonic() - began < 3
    (winner,) = (twin for twin in twins if twin is not loser)
    assert loser.returncode == BusyError.exit_code
    assert f"process {winner.pid} " in loser.communicate()[1]
    stove.wait_for("twins", "stall", "ready", by=winner)
    for words in (("cook",), ("clean",), ("judge",), ("clean", "--all", "--yes")):
        ran = stove.run(*words, "twins", seconds=10)
        assert ran.returncode == BusyError.exit_code, words
    assert len(stove.left("twins")) == 1
    (folder / "work/stall/in/go").touch()
    assert winner.wait(timeout=60) == 0
    assert stove.outcomes("twins") == {"stall": "ok"}


def test_after_a_kill_clean_leaves_nothing_and_the_next_cook_goes_on(stove: Stove) -> None:
    signs = "cat /proc/sys/kernel/random/uuid >/work/out/ran"
    cells = [stove.does("first", signs), stove.does("second", f"{READY}; {signs}")]
    folder = stove.lay("killed", {"participants": cells, "judges": []})
    kill_in_mid_cook(stove, "killed")
    assert len(stove.left("killed")) == 2
    ran_once = (folder / "work/first/out/ran").read_text()
    assert stove.run("clean", "killed").returncode == 0
    assert stove.left("killed") == []
    kill_in_mid_cook(stove, "killed")
    (folder / "work/second/in/go").touch()
    ran = stove.run("cook", "killed")
    assert ran.returncode == 0, ran.stderr
    assert stove.outcomes("killed") == {"first": "ok", "second": "ok"}
    assert sorted(path.name for path in (folder / "submissions").iterdir()) == ["A", "B"]
    assert (folder / "work/first/out/ran").read_text() == ran_once
    assert stove.left("killed") == []


def kill_in_mid_cook(stove: Stove, task: str) -> None:
    """Start a cook and kill its process once `second` runs and `first` is known to have ended."""
    process = stove.start("cook", task)
    stove.wait_for(task, "second", "ready")
    until("first to end", lambda: states(stove, task)["first"] == "ended")
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=10)
    (stove.cooks / task / "work/second/out/ready").unlink()


def states(stove: Stove, task: str) -> dict[str, str]:
    return {cell["name"]: cell["state"] for cell in stove.status(task)["cells"]}


def test_two_checkouts_of_one_task_do_not_meet(stove: Stove, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with Stove(tmp_path / "other") as other:
        for place in (stove, other):
            folder = place.cooks / "page"
            folder.mkdir()
            (folder / "BRIEF.md").write_text("# A page\n")
            (folder / "cook.yaml").write_text(participants("cook") + "judges: []\n")
        both = [place.start("cook", "page") for place in (stove, other)]
        assert [process.wait(timeout=60) for process in both] == [0, 0]
        assert stove.project("page").name != other.project("page").name
