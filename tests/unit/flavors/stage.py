"""Runs a flavor's entrypoint on this machine, with a scripted CLI in the place of the real one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

FLAVORS = Path(__file__).parents[3] / "templates" / "cook" / "participants"
SHARED = FLAVORS.parent / "cell"
PROMPT = "Make a page.\nNothing $(of this) `runs`.\n"
SCHEMA = '{"type": "object", "title": "it\'s a $ballot"}'
SECONDS = 30

# Tells what it was called with, then does what the test says.
_FAKE = """#!/bin/sh
: >"$TOLD/args"
for argument in "$@"; do printf '%s\\0' "$argument" >>"$TOLD/args"; done
env -0 >"$TOLD/environment"
cat >"$TOLD/input"
{behaviour}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One run: how it ended and what the CLI was called with."""

    code: int
    output: str
    errors: str
    args: tuple[str, ...]
    environment: Mapping[str, str]
    input: str
    home: Path

    def value(self, flag: str) -> str:
        """Return what follows a flag, which stands there once."""
        assert self.args.count(flag) == 1, self.args
        return self.args[self.args.index(flag) + 1]

    def settings(self, path: str) -> dict[str, object]:
        """Return a JSON file that was written below the home folder."""
        loaded = json.loads((self.home / path).read_text(encoding="utf-8"))
        assert isinstance(loaded, dict)
        return loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A place for one entrypoint: home, prompt, and the scripted CLI on PATH."""

    flavor: str
    root: Path

    def __post_init__(self) -> None:
        """Set the place up."""
        for folder in ("bin", "told", "in", "out", f"home/.{self.flavor}"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "home/.codex").mkdir(exist_ok=True)
        (self.root / "home/.codex/auth.json").write_text("{}")
        (self.root / "in" / "PROMPT.md").write_text(PROMPT)
        (self.root / "in" / "ballot.schema.json").write_text(SCHEMA)
        script = (FLAVORS / self.flavor / "entrypoint.sh").read_text(encoding="utf-8")
        (self.root / "entrypoint.sh").write_text(script.replace("/work/in", str(self.root / "in")))

    @property
    def home(self) -> Path:
        """Return the home folder of the CLI."""
        return self.root / "home"

    def start(
        self,
        role: str,
        *args: str,
        behaviour: str = "",
        environment: Mapping[str, str] | None = None,
        standard_input: int | None = subprocess.DEVNULL,
    ) -> subprocess.Popen[str]:
        """Start the entrypoint and do not wait for it."""
        cli = self.root / "bin" / self.flavor
        cli.write_text(_FAKE.replace("{behaviour}", behaviour))
        cli.chmod(0o755)
        return subprocess.Popen(
            ["sh", str(self.root / "entrypoint.sh"), *args],
            cwd=self.root / "out",
            env={
                "PATH": f"{self.root / 'bin'}:{os.environ['PATH']}",
                "HOME": str(self.home),
                "TOLD": str(self.root / "told"),
                "MULTICOOKER_ROLE": role,
                **(environment or {}),
            },
            stdin=standard_input,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def finish(self, process: subprocess.Popen[str], text: str | None = None) -> Told:
        """Wait for an entrypoint, kill what is left of it, and return what happened."""
        try:
            output, errors = process.communicate(text, timeout=SECONDS)
        finally:
            with suppress(ProcessLookupError):  # what it left running has no more to do
                os.killpg(process.pid, signal.SIGKILL)
        told = self.root / "told"
        return Told(
            code=process.returncode,
            output=output,
            errors=errors,
            args=tuple(_entries(told / "args")),
            environment=dict(entry.partition("=")[::2] for entry in _entries(told / "environment")),
            input=(told / "input").read_text() if (told / "input").exists() else "",
            home=self.home,
        )

    def run(
        self,
        role: str,
        *args: str,
        behaviour: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> Told:
        """Run the entrypoint to its end."""
        return self.finish(self.start(role, *args, behaviour=behaviour, environment=environment))


def _entries(path: Path) -> list[str]:
    return path.read_text().split("\0")[:-1] if path.exists() else []
