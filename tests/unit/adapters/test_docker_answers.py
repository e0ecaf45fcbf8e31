"""Docker's answers are read as what they mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from multicooker.adapters.docker import answers
from multicooker.domain.outcome import Exit
from multicooker.errors import EngineError

NEVER = "0001-01-01T00:00:00Z"


def state(**facts: object) -> dict[str, Any]:
    return {
        "Status": "exited",
        "ExitCode": 0,
        "Error": "",
        "OOMKilled": False,
        "StartedAt": "2026-01-02T03:04:05.123456789Z",
        "FinishedAt": "2026-01-02T03:04:07.623456789Z",
        **facts,
    }


def info(**facts: object) -> str:
    return json.dumps({"ServerVersion": "26.1.5", "NCPU": 2, "MemTotal": 1024, **facts})


def test_an_exit_has_its_code_and_its_seconds() -> None:
    assert answers.exit_of(state(ExitCode=75)) == Exit(code=75, seconds=2.5)


def test_times_may_have_an_offset_and_no_fraction() -> None:
    found = answers.exit_of(
        state(StartedAt="2026-01-02T04:04:05+01:00", FinishedAt="2026-01-02T03:04:06Z")
    )

    assert found == Exit(code=0, seconds=1.0)


def test_a_clock_that_was_set_back_makes_no_negative_seconds() -> None:
    found = answers.exit_of(state(FinishedAt="2026-01-02T03:04:01Z"))

    assert found == Exit(code=0, seconds=0.0)


def test_memory_that_ran_out_is_told_even_beside_an_exit_of_zero() -> None:
    found = answers.exit_of(state(OOMKilled=True))

    assert found is not None
    assert (found.code, found.oom_killed) == (0, True)


@pytest.mark.parametrize("status", ["running", "paused", "restarting"])
def test_what_lives_has_not_ended(status: str) -> None:
    assert answers.exit_of(state(Status=status, FinishedAt=NEVER)) is None


def test_what_was_created_and_not_started_yet_has_not_ended() -> None:
    assert answers.exit_of(state(Status="created", StartedAt=NEVER, FinishedAt=NEVER)) is None


@pytest.mark.parametrize("status", ["dead", "removing"])
def test_what_is_being_removed_has_ended(status: str) -> None:
    assert answers.exit_of(state(Status=status, ExitCode=1)) == Exit(code=1, seconds=2.5)


@pytest.mark.parametrize(
    ("error", "told"),
    [("exec: not found", "exec: not found"), ("", "it did not start: exit code 127")],
)
def test_what_never_started_has_no_code_but_a_reason(error: str, told: str) -> None:
    never = state(Status="created", ExitCode=127, Error=error, StartedAt=NEVER, FinishedAt=NEVER)

    assert answers.exit_of(never) == Exit(code=None, error=told)


def test_exits_are_by_cell_and_those_not_inspected_are_gone() -> None:
    text = "\n".join(
        json.dumps({"Name": f"/p-{cell}-1", "State": state(Status=status)})
        for cell, status in (("alice", "exited"), ("bob", "running"))
    )
    names = {cell: f"p-{cell}-1" for cell in ("alice", "bob", "carol")}

    found = answers.exits(text, names)

    assert found == {"alice": Exit(code=0, seconds=2.5), "carol": answers.GONE}


def test_an_engine_tells_its_parts_in_one_answer() -> None:
    text = info(
        Driver="overlay2",
        Runtimes={"runsc": {}, "runc": {}},
        DefaultAddressPools=[{"Base": "10.10.0.0/16", "Size": 24}],
        Warnings=["no swap limit"],
        ClientInfo={"Context": "colima", "Plugins": [{"Name": "compose", "Version": "v2.30.1"}]},
    )

    found = answers.engine_info(text)

    assert (found.version, found.compose_version, found.context) == ("26.1.5", "2.30.1", "colima")
    assert (found.cpus, found.memory, found.storage_driver) == (2, 1024, "overlay2")
    assert found.runtimes == ("runc", "runsc")
    assert found.address_pools == ("10.10.0.0/16/24",)
    assert found.warnings == ("no swap limit",)


def test_a_client_without_plugins_has_no_compose_version() -> None:
    found = answers.engine_info(info(ClientInfo={"Plugins": None}, Runtimes=None, Warnings=None))

    assert found.compose_version == ""


def test_an_older_client_that_answers_without_an_engine_is_an_error() -> None:
    text = json.dumps({"ServerErrors": ["Cannot connect to the Docker daemon at tcp://h:1."]})

    with pytest.raises(EngineError, match="no container engine is reachable at tcp://h:1"):
        answers.engine_info(text)


def test_an_answer_that_is_no_json_is_an_error() -> None:
    with pytest.raises(EngineError, match="no JSON"):
        answers.engine_info("podman says hello")


@pytest.mark.parametrize(
    "tag",
    ["node", "node:latest", "docker.io/library/node", "node@sha256:0f", "sha256:77", "h:5/n:1"],
)
def test_an_image_is_found_by_every_name_it_has(tag: str) -> None:
    image = {
        "Id": "sha256:77",
        "RepoTags": ["node:latest", "h:5/n:1"],
        "RepoDigests": ["node@sha256:0f"],
    }

    assert answers.image_ids(json.dumps(image), [tag, "other"]) == {tag: "sha256:77"}


def test_an_image_without_names_is_found_by_its_id_alone() -> None:
    text = json.dumps({"Id": "sha256:77", "RepoTags": None, "RepoDigests": None})

    assert answers.image_ids(text, ["node", "sha256:77"]) == {"sha256:77": "sha256:77"}
