"""From a container's start to its CLI's first request to the model: cells against `docker run`.

Both are the same images at the same stand-ins, with the same logins, arguments and prompt.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.program import Job, in_turns
from benchmarks.table import Row, compared
from tests.standins.scenario import DEFAULT
from tests.standins.stage import FLAVORS, Stage, build_images, stage

_AIM = 1.15
_LABEL = "dev.multicooker.cell"
_MODEL = {"claude": "sonnet", "codex": "gpt-6.1-sol", "gemini": "gemini-2.5-pro"}
_CA = "/ca.pem"
_PROMPT = "/prompt.md"
_TRUST = ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "CODEX_CA_CERTIFICATE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bare:
    """What a person types, who runs a CLI in a container without multicooker."""

    command: str
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    """Settings, by their place below HOME."""


_BARE = {
    "claude": Bare(
        command=(
            "claude --print --output-format stream-json --verbose --setting-sources user"
            " --strict-mcp-config --dangerously-skip-permissions"
        ),
        environment={
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            "DISABLE_TELEMETRY": "1",
            "IS_SANDBOX": "1",
        },
    ),
    "codex": Bare(
        command=(
            "codex exec --json --skip-git-repo-check --dangerously-bypass-approvals-and-sandbox"
            " --ignore-user-config --ignore-rules --disable apps --disable plugins"
            " --disable remote_plugin -c project_doc_max_bytes=0 -c analytics.enabled=false"
            """ -c otel.metrics_exporter='"none"' -c check_for_update_on_startup=false"""
            """ -c web_search='"live"'"""
        ),
    ),
    "gemini": Bare(
        command="gemini --output-format stream-json --extensions none --approval-mode yolo",
        environment={"GEMINI_CLI_TRUST_WORKSPACE": "true", "GEMINI_CLI_NO_RELAUNCH": "true"},
        files={
            ".gemini/settings.json": (
                '{"security": {"auth": {"selectedType": "oauth-personal"}},'
                ' "privacy": {"usageStatisticsEnabled": false},'
                ' "general": {"enableAutoUpdate": false, "enableAutoUpdateNotification": false},'
                ' "hooksConfig": {"enabled": false}, "skills": {"enabled": false}}'
            )
        },
    ),
}


def measure(scratch: Path, *, rounds: int) -> list[Row]:
    """Return each flavor's ratio."""
    images = build_images()
    rows = []
    with stage(scratch, scenario=DEFAULT) as it:
        for flavor in FLAVORS:
            mine, theirs = in_turns(
                {
                    "cell of a cook": _ours(it, flavor),
                    "docker run": _theirs(it, flavor, images[flavor]),
                },
                rounds=rounds,
            )
            rows.append(compared(f"start to first request, {flavor}", mine, theirs, aim=_AIM))
    return rows


def _ours(it: Stage, flavor: str) -> Job:
    def job(number: int) -> float:
        cell = {"name": flavor, "flavor": flavor, "model": _MODEL[flavor]}
        it.lay(f"{flavor}{number}", {"participants": [cell], "judges": []})
        with _watched(it, flavor) as seconds:
            done = it.run("--quiet", "cook", f"{flavor}{number}", "--no-judge")
            if done.returncode != 0:
                raise RuntimeError(done.stderr)
        return seconds[0]

    return job


def _theirs(it: Stage, flavor: str, image: str) -> Job:
    def job(number: int) -> float:
        argv = _argv(it, flavor, image, it.cooks / f"{flavor}{number}")
        with _watched(it, flavor) as seconds:
            subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return seconds[0]

    return job


@contextmanager
def _watched(it: Stage, flavor: str) -> Iterator[list[float]]:
    """Yield a list that holds the seconds from start to first request, once the block is left.

    The engine is listened to all the while: it remembers few events, and other cells make many.
    """
    seconds: list[float] = []
    it.standin.requests.clear()
    argv = (
        *("docker", "events", f"--since={time.time():.3f}", "--filter=event=start"),
        *(f"--filter=label={_LABEL}={flavor}", "--format={{.TimeNano}}"),
    )
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as engine:
        try:
            yield seconds
            assert engine.stdout is not None
            started = int(engine.stdout.readline()) / 1e9
            seconds.append(it.standin.asked(FLAVORS[flavor])[0].at - started)
        finally:
            engine.kill()


def _argv(it: Stage, flavor: str, image: str, cooked: Path) -> tuple[str, ...]:
    """Return the `docker run`; what a cook was given is given to it as well."""
    bare, login = _BARE[flavor], it.logins[FLAVORS[flavor]].path
    out = it.root / "bare" / cooked.name
    (out / "out").mkdir(parents=True)
    mounts = {
        str(cooked / ".cells/_cell/ca.pem"): f"{_CA}:ro",
        str(cooked / "BRIEF.md"): "/work/BRIEF.md:ro",
        str(cooked / f"work/{flavor}/in/PROMPT.md"): f"{_PROMPT}:ro",
        str(it.home / login): f"/root/{login}:ro",
        str(out / "out"): "/work/out",
    }
    for place, text in bare.files.items():
        (out / Path(place).name).write_text(text, encoding="utf-8")
        mounts[str(out / Path(place).name)] = f"/root/{place}"
    environment = {**dict.fromkeys(_TRUST, _CA), "HOME": "/root", "CI": "1", **bare.environment}
    end = " -" if flavor == "codex" else ""
    command = f"exec {bare.command} --model {_MODEL[flavor]}{end} <{_PROMPT}"
    return (
        *("docker", "run", "--rm", "--init", f"--label={_LABEL}={flavor}"),
        *(f"--network={it.network}", "--workdir=/work/out"),
        *(f"--add-host={host}:{address}" for host, address in it.resolve.items()),
        *(f"--volume={source}:{target}" for source, target in mounts.items()),
        *(f"--env={name}={value}" for name, value in environment.items()),
        *(image, "sh", "-c", command),
    )
