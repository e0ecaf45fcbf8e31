"""What the tests with the real CLIs share: scenarios by model, and what a cook told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.standins.scenario import Act, Provider, Scenario, Talk, Turn

FLAVORS = {
    "claude": Provider.ANTHROPIC,
    "codex": Provider.OPENAI,
    "gemini": Provider.GOOGLE,
}
SMALL = {"memory": "1g", "cpus": 2, "pids": 256}
PAGE = "<h1>Bakery</h1>\n"
WRITES = Turn(write=("index.html", PAGE))
DONE = Turn(say="Done.")
RUBRIC = {"dimensions": [{"name": "craft", "means": "It is well made."}]}


def by_model(turns: Mapping[str, tuple[Act, ...]]) -> tuple[Talk, ...]:
    """Return one talk for each name: whoever asks for a model `<anything>-<name>` plays it."""
    return tuple(Talk(model=f"-{name}$", turns=acts) for name, acts in turns.items())


def scenario(*talks: Talk) -> Scenario:
    """Return a scenario whose other conversations write a page."""
    return Scenario(talks=(*talks, Talk(turns=(WRITES, DONE))))


def cell(name: str, flavor: str, **more: object) -> dict[str, object]:
    """Return a participant or judge of cook.yaml."""
    return {"name": name, "flavor": flavor, "resources": dict(SMALL), **more}


def cells_of(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return what status.json tells of each cell, by name."""
    status = json.loads((folder / "status.json").read_text(encoding="utf-8"))
    return {each["name"]: each for each in status["cells"]}
