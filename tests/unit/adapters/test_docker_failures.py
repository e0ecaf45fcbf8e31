"""What docker complains of is told in words that help, and harmlessly."""

from __future__ import annotations

import pytest

from multicooker.adapters.docker import failure

DENIED = (
    "permission denied while trying to connect to the Docker daemon socket at "
    "unix:///var/run/docker.sock: Get "
    '"http://%2Fvar%2Frun%2Fdocker.sock/v1.45/info": dial unix /var/run/docker.sock: '
    "connect: permission denied"
)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            DENIED,
            "this user may not use the container engine at unix:///var/run/docker.sock",
            "group",
        ),
        (
            "Cannot connect to the Docker daemon at unix:///run/d.sock. Is the daemon running?",
            "no container engine is reachable at unix:///run/d.sock",
            "start the engine",
        ),
        (
            "error during connect: Get http://h:2375/info: dial tcp: lookup h: no such host",
            "no container engine is reachable at http://h:2375/info",
            "start the engine",
        ),
        (
            "failed to connect to the docker API at unix:///run/d.sock; check if it is running",
            "no container engine is reachable at unix:///run/d.sock",
            "start the engine",
        ),
        (
            'unable to resolve docker endpoint: context "x": context not found: open meta.json',
            "no container engine is reachable at ",
            "docker context use",
        ),
        (
            "docker: 'compose' is not a docker command.\nSee 'docker --help'",
            "starting: the docker client has no Compose v2",
            "docker compose version",
        ),
        (
            "unknown shorthand flag: 'f' in -f",
            "starting: the docker client has no Compose v2",
            "docker compose version",
        ),
        (
            "docker: 'buildx' is not a docker command.",
            "starting: the docker client has no buildx",
            "docker buildx version",
        ),
    ],
)
def test_a_known_trouble_has_its_own_message_and_hint(text: str, message: str, hint: str) -> None:
    error = failure.failed("starting", text)

    assert error.message.startswith(message)
    assert hint in error.hint


def test_an_unknown_trouble_is_told_in_dockers_own_words() -> None:
    text = (
        " Network p_alice  Creating\n Network p_alice  Created\n Container p-alice-1  Starting\n"
        'time="2026-01-01T00:00:00Z" level=warning msg="the attribute is obsolete"\n'
        "Error response from daemon: driver failed programming external connectivity\n"
    )

    error = failure.failed("starting alice", text)

    assert error.message == "starting alice: driver failed programming external connectivity"
    assert error.hint == ""


def test_a_warning_is_told_where_it_is_all_there_is() -> None:
    assert "obsolete" in failure.failed("up", 'time="x" level=warning msg="obsolete"').message


def test_no_words_at_all_are_told_as_such() -> None:
    assert failure.failed("up", "\n \n").message == "up: it gave no reason"


def test_many_words_are_cut_and_cannot_act_on_a_terminal() -> None:
    error = failure.failed("up", "\n".join(f"\x1b[2J{n} {'x' * 1000}\r" for n in range(100)))

    assert "\x1b" not in error.message
    assert "\r" not in error.message
    assert len(error.message) < 500


def test_the_place_of_a_silent_engine_is_told_without_its_login(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://user:canary@h:2375")

    error = failure.timed_out("docker info", 10.0)

    assert "within 10 s (DOCKER_HOST=tcp://h:2375)" in error.message


def test_the_context_is_told_where_no_host_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONTEXT", "colima")
    assert "(DOCKER_CONTEXT=colima)" in failure.timed_out("docker info", 10.0).message

    monkeypatch.delenv("DOCKER_CONTEXT")
    assert "current context" in failure.timed_out("docker info", 10.0).message


def test_only_complaints_about_missing_things_are_tolerated() -> None:
    missing = "Error response from daemon: No such container: a\nError: No such object: b\n"

    assert failure.only_missing(missing)
    assert not failure.only_missing(f"{missing}permission denied\n")
    assert not failure.only_missing("")


def test_what_is_in_use_or_does_not_run_is_tolerated_where_asked() -> None:
    in_use = "Error response from daemon: conflict: unable to remove repository reference"
    dead = "Error response from daemon: cannot kill container: x: container x is not running"

    assert failure.only_missing_or_in_use(in_use)
    assert failure.only_missing_or_dead(dead)
    assert not failure.only_missing(in_use)
    assert not failure.only_missing(dead)
