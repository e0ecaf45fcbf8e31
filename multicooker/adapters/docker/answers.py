"""Docker's JSON answers → our values. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from multicooker.adapters.docker import failure
from multicooker.domain.outcome import Exit
from multicooker.errors import EngineError
from multicooker.ports import EngineInfo, Visited

STATE_FORMAT = '{"Name":{{json .Name}},"State":{{json .State}}}'
IMAGE_FORMAT = (
    '{"Id":{{json .Id}},"RepoTags":{{json .RepoTags}},"RepoDigests":{{json .RepoDigests}}}'
)
VISIT_FORMAT = '{"Name":{{json .Name}},"Labels":{{json .Config.Labels}},"State":{{json .State}}}'
GONE = Exit(code=None, gone=True, error="the container is gone: somebody removed it")

_NEVER = "0001-01-01"
_DEAD = ("exited", "dead", "removing")
_HUB = ("docker.io/library/", "docker.io/")


def engine_info(text: str) -> EngineInfo:
    """Read `docker info`; EngineError where it tells why there is no engine."""
    found = parsed(text)
    if problems := found.get("ServerErrors"):
        raise failure.failed("docker info", "\n".join(map(str, problems)))
    client = found.get("ClientInfo") or {}
    plugins = {plugin.get("Name"): plugin for plugin in client.get("Plugins") or ()}
    pools = found.get("DefaultAddressPools") or ()
    return EngineInfo(
        version=str(found.get("ServerVersion", "")),
        compose_version=str(plugins.get("compose", {}).get("Version", "")).removeprefix("v"),
        context=str(client.get("Context", "")),
        cpus=int(found.get("NCPU", 0)),
        memory=int(found.get("MemTotal", 0)),
        storage_driver=str(found.get("Driver", "")),
        runtimes=tuple(sorted(found.get("Runtimes") or ())),
        address_pools=tuple(f"{pool.get('Base')}/{pool.get('Size')}" for pool in pools),
        warnings=tuple(map(str, found.get("Warnings") or ())),
    )


def image_ids(text: str, tags: Sequence[str]) -> dict[str, str]:
    """Return the image id by tag, for those of `tags` that the inspected images bear."""
    by_name: dict[str, str] = {}
    for image in _documents(text):
        identity = str(image["Id"])
        names = [*(image["RepoTags"] or ()), *(image["RepoDigests"] or ()), identity]
        by_name.update(dict.fromkeys(names, identity))
    wanted = {tag: _local_name(tag) for tag in tags}
    return {tag: by_name[name] for tag, name in wanted.items() if name in by_name}


def exits(text: str, names: Mapping[str, str]) -> dict[str, Exit]:
    """Return how cells ended, by cell; `names` are their containers. Those that live are left out.

    A container that is not among the inspected ones is gone.
    """
    states = {str(found["Name"]).removeprefix("/"): found["State"] for found in _documents(text)}
    ended = {
        cell: exit_of(states[name]) if name in states else GONE for cell, name in names.items()
    }
    return {cell: outcome for cell, outcome in ended.items() if outcome is not None}


def exit_of(state: Mapping[str, Any]) -> Exit | None:
    """Return how a container ended by its `State`, None where it has not."""
    status, code, error = state["Status"], int(state["ExitCode"]), str(state.get("Error", ""))
    never_ran = str(state["StartedAt"]).startswith(_NEVER)
    if never_ran and (error or code or status in _DEAD):
        return Exit(code=None, error=error or f"it did not start: exit code {code}")
    if status not in _DEAD:
        return None
    seconds = _moment(state["FinishedAt"]) - _moment(state["StartedAt"])
    return Exit(
        code=code,
        oom_killed=bool(state.get("OOMKilled")),
        error=error,
        seconds=max(seconds, 0.0),
    )


def visited(found: Mapping[str, Any]) -> Visited:
    """Read what was inspected of a visit's container."""
    state = found["State"]
    never_ran = str(state["StartedAt"]).startswith(_NEVER)
    return Visited(
        name=str(found["Name"]).removeprefix("/"),
        labels={str(name): str(value) for name, value in (found["Labels"] or {}).items()},
        running=bool(state["Running"]),
        started="" if never_ran else str(state["StartedAt"]),
    )


def documents(text: str) -> list[Any]:
    """Return JSON documents of docker's, one a line."""
    return list(_documents(text))


def parsed(text: str) -> Any:  # noqa: ANN401  # JSON of somebody else's making
    """Return a JSON document of docker's; EngineError where it is none."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise EngineError(f"docker answered something that is no JSON: {error}") from error


def _documents(text: str) -> Iterator[Any]:
    return (parsed(line) for line in text.splitlines() if line.strip())


def _local_name(tag: str) -> str:
    """Return the name under which the engine lists what `tag` means."""
    for prefix in _HUB:
        tag = tag.removeprefix(prefix)
    last = tag.rpartition("/")[2]
    return tag if ":" in last or "@" in last else f"{tag}:latest"


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
