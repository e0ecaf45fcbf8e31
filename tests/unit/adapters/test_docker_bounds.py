"""Docker processes see few variables and never outlive their time, with any docker there is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from multicooker.adapters.docker import DockerEngine, bounded, environment
from multicooker.domain.round import Project
from multicooker.errors import EngineError


def run_bounded(seconds: float, *command: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-I", "-S", bounded.__file__, str(seconds), *command]
    return subprocess.run(argv, check=False, capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize(
    "name",
    [
        "COMPOSE_FILE",
        "COMPOSE_PROJECT_NAME",
        "COMPOSE_PROFILES",
        "COMPOSE_ENV_FILES",
        "BUILDX_BUILDER",
        "DOCKER_DEFAULT_PLATFORM",
        "ANTHROPIC_API_KEY",
        "MY_PATH",
        "PATHS",
        "LD_PRELOAD",
        "odd name",
    ],
)
def test_what_is_not_needed_is_dropped(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "value")

    assert name in environment.dropped()
    assert name not in environment.kept()


@pytest.mark.parametrize(
    "name",
    [
        "PATH",
        "HOME",
        "LC_ALL",
        "XDG_RUNTIME_DIR",
        "DOCKER_HOST",
        "DOCKER_CONTEXT",
        "DOCKER_CONFIG",
        "DOCKER_CERT_PATH",
        "DOCKER_TLS_VERIFY",
        "SSH_AUTH_SOCK",
        "HTTPS_PROXY",
        "https_proxy",
        "NO_PROXY",
        "no_proxy",
    ],
)
def test_what_reaches_the_engine_is_kept(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "value")

    assert environment.kept()[name] == "value"
    assert name not in environment.dropped()


def test_a_bounded_command_keeps_its_output_and_its_code() -> None:
    ran = run_bounded(20, "sh", "-c", "echo out; echo err >&2; exit 3")

    assert (ran.returncode, ran.stdout, ran.stderr) == (3, "out\n", "err\n")


def test_a_bounded_command_is_killed_with_its_children() -> None:
    # The pipe to us ends only when the last process that holds it is gone.
    ran = run_bounded(0.2, "sh", "-c", "trap '' TERM; sleep 1000 & echo started; wait; sleep 1000")

    assert (ran.returncode, ran.stdout) == (137, "started\n")


def test_a_bounded_command_that_a_signal_ends_has_the_shells_code() -> None:
    assert run_bounded(20, "sh", "-c", "kill -TERM $$").returncode == 143


def test_a_bounded_command_that_is_not_there_has_the_shells_code() -> None:
    ran = run_bounded(20, "/no/such/program")

    assert ran.returncode == 127
    assert "/no/such/program" in ran.stderr


@pytest.fixture(params=["with timeout", "without timeout"])
def slow_docker(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Project:
    """Put a docker that takes for ever on PATH, and return a project to ask it about."""
    programs = ["sh", "env", "sleep"]
    if request.param == "with timeout":
        if shutil.which("timeout") is None:
            pytest.fail("this needs the coreutils")
        programs.append("timeout")
    for name in programs:
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    script = tmp_path / "docker"
    script.write_text("#!/bin/sh\nsleep 1000 &\nwait\n", encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return Project(name="mc-test-slow", folder=str(tmp_path), task="test")


def test_a_docker_that_takes_for_ever_is_killed(slow_docker: Project) -> None:
    engine = DockerEngine(patience=0.3)

    for ask in (engine.info, lambda: engine.merged(slow_docker), lambda: engine.images(["x:1"])):
        with pytest.raises(EngineError, match="no answer"):
            ask()


@pytest.fixture
def scripted_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a docker on PATH that does what its folder's file `script` says."""
    docker = tmp_path / "docker"
    docker.write_text(f'#!/bin/sh\n. "{tmp_path}/script"\n', encoding="utf-8")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "script"


def test_words_that_are_no_utf8_are_told_all_the_same(
    scripted_docker: Path, tmp_path: Path
) -> None:
    scripted_docker.write_text("printf 'caf\\351 is no service\\n' >&2; exit 1\n", encoding="utf-8")
    project = Project(name="mc-test-words", folder=str(tmp_path), task="test")

    with pytest.raises(EngineError, match="is no service"):
        DockerEngine().merged(project)


def test_an_engine_that_kills_nothing_at_a_stop_is_asked_to_kill(
    scripted_docker: Path, tmp_path: Path
) -> None:
    scripted_docker.write_text(
        f'echo "$*" >> {tmp_path}/asked; [ "$1" = kill ] || exit 1\n', encoding="utf-8"
    )
    project = Project(name="p", folder=str(tmp_path), task="test")

    DockerEngine().stop(project, ["alice", "bob"], grace=3)

    asked = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert asked == ["stop -t 3 p-alice-1 p-bob-1", "kill p-alice-1 p-bob-1"]


def test_a_compose_that_was_left_behind_is_swept_after_until_nothing_turns_up(
    scripted_docker: Path, tmp_path: Path
) -> None:
    count = tmp_path / "count"
    scripted_docker.write_text(
        f"n=$(cat {count} 2>/dev/null || echo 0); n=$((n + 1)); echo $n > {count}\n"
        'case $n in 1|3) echo " Container p-alice-$n  Removed" >&2;; esac\n',
        encoding="utf-8",
    )
    project = Project(name="p", folder=str(tmp_path), task="test")

    removed = DockerEngine().remove(project)

    assert removed == ("p-alice-1", "p-alice-3")
    assert count.read_text(encoding="utf-8").strip() == "5"


def test_what_its_own_up_made_is_swept_in_one_process(
    scripted_docker: Path, tmp_path: Path
) -> None:
    scripted_docker.write_text(
        f'echo "$*" >> {tmp_path}/asked; echo " Container p-alice-1  Removed" >&2\n',
        encoding="utf-8",
    )
    project = Project(name="p", folder=str(tmp_path), task="test")
    engine = DockerEngine()
    engine.up(project, ["alice"])

    assert engine.remove(project) == ("p-alice-1",)

    up, down = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert up.endswith("up --detach --no-recreate --no-build --no-deps --pull never alice")
    assert "--file" not in down


def test_of_a_log_that_is_long_the_end_is_kept(scripted_docker: Path, tmp_path: Path) -> None:
    scripted_docker.write_text("head -c 5000000 /dev/zero; echo end\n", encoding="utf-8")
    project = Project(name="p", folder=str(tmp_path), task="test")

    assert DockerEngine().logs(project, "alice", limit=6) == b"\0\0end\n"
