"""What only the real engine can show: processes, environments, bounds, hostile cells."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from multicooker.adapters.docker import DockerEngine
from multicooker.domain.round import Project
from multicooker.errors import BuildError, EngineError
from multicooker.ports import BuildRequest, Watch
from tests.compose_projects import Service, compose_project, docker, left_of, shell

pytestmark = pytest.mark.docker

PATIENCE = 30.0
TAG = "mc-test-docker-engine:1"


def wait_for_death(watch: Watch, *cells: str) -> list[str]:
    """Return all actions until the cells are dead."""
    missing, actions = set(cells), []
    while missing:
        event = watch.next(PATIENCE)
        assert event is not None, f"no news of {missing}"
        actions.append(event.action)
        if event.action == "die":
            missing.discard(event.cell)
    return actions


def run_cells(project: Project, *cells: str) -> None:
    engine = DockerEngine()
    with engine.watch(project) as watch:
        engine.up(project, cells)
        wait_for_death(watch, *cells)


def processes(text: str) -> dict[int, str]:
    """Return, by pid, the command lines on this machine that hold `text`, whoever started them."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,args="], check=True, capture_output=True, text=True
    ).stdout
    rows = [line.split(None, 1) for line in listed.splitlines()]
    return {int(pid): args for pid, args in rows if text in args and int(pid) != os.getpid()}


def networked(service: Service, network: str) -> Service:
    """Return the service with a network of the project instead of none."""
    rest = {key: value for key, value in service.items() if key != "network_mode"}
    return {**rest, "networks": {network: {}}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cook"


# --- environment -----------------------------------------------------------------------------


def test_compose_settings_of_the_shell_change_nothing(
    folder: Path, busybox_image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = folder.parent / "elsewhere.yaml"
    elsewhere.write_text("services: {}\n", encoding="utf-8")
    with compose_project(folder, {"alice": shell(busybox_image, "echo here")}) as project:
        monkeypatch.setenv("COMPOSE_FILE", str(elsewhere))
        monkeypatch.setenv("COMPOSE_PROJECT_NAME", "mc-test-elsewhere")
        monkeypatch.setenv("COMPOSE_PROFILES", "nothing")
        monkeypatch.setenv("COMPOSE_ENV_FILES", "/nowhere")
        run_cells(project, "alice")

        merged = DockerEngine().merged(project)
        assert merged["name"] == project.name
        assert DockerEngine().logs(project, "alice", limit=100) == b"here\n"
        assert DockerEngine().last_lines(project, ["alice"]) == {"alice": "here"}
        assert DockerEngine().remove(project) == (project.container("alice"),)


def test_an_env_file_beside_compose_yaml_changes_nothing(folder: Path, busybox_image: str) -> None:
    services = {"alice": {**shell(busybox_image, "true"), "environment": {"SEEN": "${LEAKED}"}}}
    with compose_project(folder, services) as project:
        (folder / ".env").write_text(
            "COMPOSE_PROJECT_NAME=mc-test-elsewhere\nLEAKED=yes\nDOCKER_HOST=tcp://127.0.0.1:9\n",
            encoding="utf-8",
        )
        run_cells(project, "alice")

        environment = docker("inspect", "-f", "{{json .Config.Env}}", project.container("alice"))
        assert "SEEN=" in environment
        assert "yes" not in environment


def test_variables_of_the_shell_never_reach_a_cell(
    folder: Path, busybox_image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MC_TEST_TOKEN", "canary-of-the-shell")
    services = {"alice": {**shell(busybox_image, "env"), "environment": {"A": "${MC_TEST_TOKEN}"}}}
    with compose_project(folder, services) as project:
        run_cells(project, "alice")

        assert b"canary" not in DockerEngine().logs(project, "alice", limit=10_000)
        assert "canary" not in str(DockerEngine().merged(project))


def test_no_value_of_the_environment_is_in_an_argument_list(
    folder: Path, busybox_image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MC_TEST_TOKEN", "canary-of-the-shell")
    seen: list[str] = []
    over = threading.Event()

    with compose_project(folder, {"alice": shell(busybox_image, "true")}) as project:

        def look() -> None:
            while not over.is_set():
                seen.extend(processes(project.name).values())

        looker = threading.Thread(target=look)
        looker.start()
        run_cells(project, "alice")
        over.set()
        looker.join()

    assert any("MC_TEST_TOKEN" in line for line in seen)
    assert not any("canary" in line for line in seen)


# --- compose files ---------------------------------------------------------------------------


def test_the_override_is_merged_and_runs(folder: Path, busybox_image: str) -> None:
    with compose_project(folder, {"alice": shell(busybox_image, "echo $A")}) as project:
        (folder / "compose.override.yaml").write_text(
            "services: {alice: {environment: {A: merged}}}\n", encoding="utf-8"
        )
        run_cells(project, "alice")

        assert "merged" in str(DockerEngine().merged(project))
        assert DockerEngine().logs(project, "alice", limit=100) == b"merged\n"


def test_an_override_that_is_no_yaml_is_an_error_in_composes_words(
    folder: Path, busybox_image: str
) -> None:
    with compose_project(folder, {"alice": shell(busybox_image, "true")}) as project:
        (folder / "compose.override.yaml").write_text("services: {alice: [", encoding="utf-8")

        with pytest.raises(EngineError, match=r"compose\.override\.yaml") as caught:
            DockerEngine().merged(project)

    assert "timeout" not in caught.value.message
    assert "returned with code" not in caught.value.message


def test_an_override_that_explodes_is_killed_in_time(folder: Path, busybox_image: str) -> None:
    levels = ["x0: &x0 {a: 1, b: 2}"]
    levels += [f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 12)}]" for n in range(1, 9)]
    with compose_project(folder, {"alice": shell(busybox_image, "true")}) as project:
        (folder / "compose.override.yaml").write_text("\n".join(levels), encoding="utf-8")

        with pytest.raises(EngineError, match="no answer"):
            DockerEngine(patience=2.0).merged(project)

    assert processes(project.name) == {}


def test_judges_are_merged_and_start_only_when_named(folder: Path, busybox_image: str) -> None:
    judge = networked(shell(busybox_image, "true", profiles=["judge"]), "bench")
    services: dict[str, Service] = {"alice": shell(busybox_image, "true"), "judge-x": judge}
    with compose_project(folder, services, networks={"bench": {}}) as project:
        assert "judge-x" in str(DockerEngine().merged(project))

        run_cells(project, "alice")
        assert len(left_of(project)) == 1  # neither the judge nor its network

        run_cells(project, "judge-x")
        assert len(left_of(project)) == 3


# --- hostile cells ---------------------------------------------------------------------------


def test_a_flood_is_kept_in_bounded_memory(folder: Path, busybox_image: str) -> None:
    # 40 MB without a newline, then one line.
    command = "head -c 40000000 /dev/zero | tr '\\0' x; echo; echo the end"
    with compose_project(folder, {"alice": shell(busybox_image, command)}) as project:
        run_cells(project, "alice")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        log = DockerEngine().logs(project, "alice", limit=100_000)
        lines = list(DockerEngine().follow(project, ["alice"]))

        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    assert len(log) == 100_000
    assert log.endswith(b"xxx\nthe end\n")
    assert all(len(line) <= 262144 for _, line in lines)
    assert lines[-1] == ("alice", "the end")
    assert after - before < 20_000  # KiB


def test_memory_that_runs_out_is_told_and_flagged(folder: Path, busybox_image: str) -> None:
    hog = shell(busybox_image, "tail /dev/zero", mem_limit="16m", memswap_limit="16m", init=False)
    with compose_project(folder, {"alice": hog}) as project:
        engine = DockerEngine()
        with engine.watch(project) as watch:
            engine.up(project, ["alice"])
            actions = wait_for_death(watch, "alice")

        assert "oom" in actions
        assert engine.exits(project, ["alice"])["alice"].oom_killed


def test_a_paused_cell_can_be_stopped(folder: Path, busybox_image: str) -> None:
    with compose_project(folder, {"alice": shell(busybox_image, "sleep 1000")}) as project:
        engine = DockerEngine()
        engine.up(project, ["alice"])
        docker("pause", project.container("alice"))

        engine.stop(project, ["alice"], grace=1)

        assert "alice" in engine.exits(project, ["alice"])


def test_one_cell_that_cannot_start_spoils_nothing_for_the_others(
    folder: Path, busybox_image: str
) -> None:
    services = {
        "alice": shell(busybox_image, "true"),
        "bob": {**shell(busybox_image, "true", init=False), "command": ["/no-such-program"]},
    }
    with compose_project(folder, services) as project:
        engine = DockerEngine()
        with pytest.raises(EngineError, match="no-such-program"):
            engine.up(project, ["alice", "bob"])
        run_cells(project, "alice")

        exits = engine.exits(project, ["alice", "bob"])

    assert exits["alice"].code == 0
    assert exits["bob"].code is None


# --- processes -------------------------------------------------------------------------------


def test_nothing_is_left_of_a_watch(folder: Path, busybox_image: str) -> None:
    with compose_project(folder, {"alice": shell(busybox_image, "true")}) as project:
        threads = threading.active_count()
        with DockerEngine().watch(project) as watch:
            assert watch.next(0) is None
            assert processes(project.name) != {}

        assert processes(project.name) == {}
        assert threading.active_count() == threads


def test_nothing_is_left_of_following_that_was_broken_off(folder: Path, busybox_image: str) -> None:
    services = {"alice": shell(busybox_image, "echo one; sleep 1000")}
    with compose_project(folder, services) as project:
        engine = DockerEngine()
        engine.up(project, ["alice"])
        lines = engine.follow(project, ["alice"])
        assert next(lines) == ("alice", "one")
        assert processes(project.name) != {}

        del lines

        assert processes(project.name) == {}


def test_a_watch_says_that_its_stream_broke(folder: Path, busybox_image: str) -> None:
    with (
        compose_project(folder, {"alice": shell(busybox_image, "true")}) as project,
        DockerEngine().watch(project) as watch,
    ):
        for pid in processes(project.name):
            os.kill(pid, signal.SIGKILL)

        for _ in range(2):
            with pytest.raises(EngineError, match="stream of events broke"):
                watch.next(PATIENCE)


def test_a_watch_does_not_tell_how_an_earlier_round_died(folder: Path, busybox_image: str) -> None:
    with compose_project(folder, {"alice": shell(busybox_image, "sleep 0.5")}) as project:
        run_cells(project, "alice")
        DockerEngine().remove(project)

        engine = DockerEngine()
        with engine.watch(project) as watch:
            engine.up(project, ["alice"])

            assert wait_for_death(watch, "alice") == ["start", "die"]


# --- bounds and messages ---------------------------------------------------------------------


@pytest.fixture
def deaf_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the path of a socket that takes connections and never answers."""
    path = str(tmp_path / "deaf.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(64)
        monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
        yield path


ENGINE_CALLS: dict[str, Callable[[DockerEngine, Project], object]] = {
    "info": lambda engine, _: engine.info(),
    "images": lambda engine, _: engine.images(["mc-test-deaf:1"]),
    "exits": lambda engine, project: engine.exits(project, ["alice"]),
}


@pytest.mark.parametrize("name", ENGINE_CALLS)
def test_an_engine_that_never_answers_is_given_up(deaf_engine: str, name: str) -> None:
    project = Project(name="mc-test-deaf", folder="/", task="test")

    with pytest.raises(EngineError, match="no answer") as caught:
        ENGINE_CALLS[name](DockerEngine(patience=0.5), project)

    assert deaf_engine in caught.value.message
    assert caught.value.hint
    assert processes(project.name) == {}


def test_nobody_waits_longer_than_ten_seconds_for_an_answer(deaf_engine: str) -> None:
    begun = time.monotonic()

    with pytest.raises(EngineError, match="within 10 s"):
        DockerEngine().info()

    assert deaf_engine
    assert time.monotonic() - begun < 11


@pytest.mark.parametrize("name", ENGINE_CALLS)
def test_an_engine_that_is_not_there_is_named_with_its_place(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    project = Project(name="mc-test-nowhere", folder="/", task="test")

    with pytest.raises(EngineError, match="no container engine is reachable") as caught:
        ENGINE_CALLS[name](DockerEngine(), project)

    assert "/nowhere/docker.sock" in caught.value.message
    assert caught.value.hint


def test_compose_too_says_where_no_engine_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    (folder / "compose.yaml").write_text("services: {alice: {image: x}}", encoding="utf-8")
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    engine = DockerEngine()
    project = Project(name="mc-test-nowhere", folder=str(folder), task="test")

    for call in (
        lambda: engine.up(project, ["alice"]),
        lambda: engine.remove(project),
        lambda: engine.pull("x:1"),
        lambda: engine.load_base("/dev/null", "x:1"),
    ):
        with pytest.raises(EngineError, match=r"/nowhere/docker\.sock"):
            call()
    with engine.watch(project) as watch, pytest.raises(EngineError, match="broke"):
        watch.next(PATIENCE)


def test_a_machine_without_a_docker_client_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    project = Project(name="mc-test-none", folder=str(tmp_path), task="test")

    for call in (DockerEngine().info, lambda: DockerEngine().merged(project)):
        with pytest.raises(EngineError, match="no docker client is installed") as caught:
            call()
        assert "install" in caught.value.hint


FORBIDDEN = """
import os, sys
from multicooker.adapters.docker import DockerEngine
from multicooker.errors import EngineError
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    DockerEngine().images(["x:1"])
except EngineError as error:
    print(error.message)
    print(error.hint)
"""


def test_a_socket_that_is_forbidden_is_a_message_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(1)
        path.chmod(0)
        ran = subprocess.run(
            [sys.executable, "-c", FORBIDDEN],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "DOCKER_HOST": f"unix://{path}"},
        )

    said, hint = ran.stdout.splitlines()
    assert said.startswith(f"this user may not use the container engine at unix://{path}")
    assert "group" in hint


# --- builds ----------------------------------------------------------------------------------


@pytest.fixture
def built() -> Iterator[str]:
    """Return a tag; its image is removed afterwards."""
    yield TAG
    DockerEngine().remove_images([TAG])


def request(folder: Path, base: str, dockerfile: str, **more: object) -> BuildRequest:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Dockerfile.base").write_text(f"ARG BASE\nFROM ${{BASE}}\n{dockerfile}")
    bundle = more.get("ca_bundle")
    return BuildRequest(
        tag=TAG,
        folder=str(folder),
        base=base,
        labels={"dev.multicooker.test": "a=b, c"},
        ca_bundle=str(bundle) if bundle else None,
        fresh=True,
    )


def test_a_build_gets_its_bundle_as_a_secret_and_its_labels(
    folder: Path, busybox_image: str, built: str
) -> None:
    bundle = folder.parent / "company, inc.pem"
    bundle.write_text("canary-certificate", encoding="utf-8")
    uses = "RUN --mount=type=secret,id=ca_bundle wc -c < /run/secrets/ca_bundle > /size\n"

    DockerEngine().build(request(folder, busybox_image, uses, ca_bundle=bundle))

    label = docker("image", "inspect", "-f", '{{index .Config.Labels "dev.multicooker.test"}}', TAG)
    assert label.strip() == "a=b, c"
    assert docker("run", "--rm", "--network", "none", built, "cat", "/size").strip() == "18"
    assert "canary" not in docker("history", "--no-trunc", built)


def test_nothing_beside_the_dockerfile_can_get_into_an_image(
    folder: Path, busybox_image: str, built: str
) -> None:
    folder.mkdir()
    (folder / "token").write_text("canary", encoding="utf-8")

    DockerEngine().build(request(folder, busybox_image, "COPY . /context/\n"))

    assert docker("run", "--rm", "--network", "none", built, "ls", "-A", "/context") == ""


def test_a_failed_build_shows_its_last_lines_harmlessly(folder: Path, busybox_image: str) -> None:
    fails = "RUN for n in $(seq 100); do printf 'line %s \\033[2J\\n' $n; done; exit 3\n"

    with pytest.raises(BuildError) as caught:
        DockerEngine().build(request(folder, busybox_image, fails))

    lines = caught.value.message.splitlines()
    assert len(lines) <= 31
    assert "exit code: 3" in caught.value.message
    assert "line 100 \\x1b[2J" in caught.value.message
    assert "\x1b" not in caught.value.message
    assert str(folder) in caught.value.hint


def test_an_archive_becomes_an_image(tmp_path: Path, built: str) -> None:
    (tmp_path / "hello").write_text("hello", encoding="utf-8")
    archive = tmp_path / "root.tar"
    subprocess.run(["tar", "-C", tmp_path, "-cf", archive, "hello"], check=True)

    DockerEngine().load_base(str(archive), built)

    assert built in DockerEngine().images([built])


# --- removal ---------------------------------------------------------------------------------


def test_removing_goes_by_label_and_leaves_what_is_somebody_elses(
    folder: Path, busybox_image: str
) -> None:
    mine = networked(shell(busybox_image, "sleep 1000", volumes=["kept:/v"]), "own")
    parts = {"networks": {"own": {"internal": True}}, "volumes": {"kept": {}}}
    theirs = {"alice": shell(busybox_image, "sleep 1000")}
    with (
        compose_project(folder / "a", {"alice": mine}, **parts) as project,
        compose_project(folder / "b", theirs) as other,
    ):
        DockerEngine().up(project, ["alice"])
        DockerEngine().up(other, ["alice"])
        (folder / "a" / "compose.yaml").unlink()

        removed = DockerEngine().remove(project)

        assert set(removed) == {
            project.container("alice"),
            f"{project.name}_own",
            f"{project.name}_kept",
        }
        assert left_of(project) == []
        assert len(left_of(other)) == 1


def test_a_volume_that_is_external_survives_a_removal(folder: Path, busybox_image: str) -> None:
    with compose_project(folder, {}) as project:
        name = f"{project.name}-external"
        docker("volume", "create", name)
        try:
            uses = {**shell(busybox_image, "true"), "volumes": ["theirs:/v"]}
            volumes = {"theirs": {"external": True, "name": name}}
            with compose_project(folder, {"alice": uses}, volumes=volumes) as user:
                run_cells(user, "alice")
                DockerEngine().remove(user)

            assert docker("volume", "ls", "--quiet", "--filter", f"name={name}").strip() == name
        finally:
            docker("volume", "rm", name)


def test_removing_outlasts_a_compose_that_is_still_creating(
    folder: Path, busybox_image: str
) -> None:
    services = {f"cell-{n}": shell(busybox_image, "sleep 1000") for n in range(6)}
    with compose_project(folder, services) as project:
        argv = ["docker", "compose", "-p", project.name, "-f", str(folder / "compose.yaml")]
        with subprocess.Popen([*argv, "up", "-d"], stderr=subprocess.PIPE) as left_behind:
            with DockerEngine().watch(project) as watch:
                assert watch.next(PATIENCE) is not None  # it is in the middle of it

            DockerEngine().remove(project)
            left_behind.communicate()

        assert left_of(project) == []
