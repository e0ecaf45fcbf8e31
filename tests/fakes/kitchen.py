"""A whole kitchen of fakes: the same cook again and again, on no engine and no disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from multicooker.app.kitchen import Kitchen
from multicooker.domain.cook import check_name
from multicooker.domain.flavor import BaseImage
from multicooker.errors import BadInputError
from multicooker.ports import CellRow, ContainerEngine, Cooks, Workspace
from tests.fakes.clock import FakeClock
from tests.fakes.credentials import FakeCredentials
from tests.fakes.dialects import FakeDialects
from tests.fakes.engine import FakeEngine
from tests.fakes.home import FakeHome
from tests.fakes.randomness import Seeded
from tests.fakes.resources import FakeResources
from tests.fakes.workspace import FakeWorkspace
from tests.known_flavors import KNOWN

TEMPLATES = Path(__file__).parents[2] / "templates"
BRIEF = "# A page\n\nMake it.\n"
DIMENSIONS = ("completeness", "correctness", "craft")


@dataclass(slots=True)
class FakeCooks:
    """`ports.Cooks` over workspaces in memory."""

    folders: dict[str, FakeWorkspace] = field(default_factory=dict)
    root: str = "/cooks"

    def tasks(self) -> tuple[str, ...]:
        return tuple(sorted(self.folders))

    def open(self, task: str) -> Workspace:
        if task not in self.folders:
            raise BadInputError(f"{self.root}/{task}: there is no such cook")
        return self.folders[task]

    def create(self, task: str) -> Workspace:
        check_name("task", task)
        if task in self.folders:
            raise BadInputError(f"{self.root}/{task} is there already")
        self.folders[task] = FakeWorkspace(f"{self.root}/{task}")
        return self.folders[task]

    @contextmanager
    def scratch(self) -> Iterator[Cooks]:
        yield FakeCooks(root="/scratch")

    def user(self, task: str) -> str:
        del task
        return "1000:1000"


@dataclass(slots=True)
class FakeBases:
    """`ports.BaseImages`: every base is there at once."""

    def ensure(
        self,
        base: BaseImage,
        *,
        engine: ContainerEngine,
        ca_bundle: str | None,
        tell: Callable[[str], None],
    ) -> str:
        del ca_bundle
        tell(f"base {base.name}: made up")
        engine.load_base("archive.tar", base.name)
        return base.name


@dataclass(slots=True)
class Notebook:
    """`ports.Progress` that remembers."""

    notes: list[str] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    rows: list[Sequence[CellRow]] = field(default_factory=list)
    live: bool = True

    def note(self, text: str) -> None:
        self.notes.append(text)

    def stage(self, name: str) -> None:
        self.stages.append(name)

    def cells(self, rows: Sequence[CellRow]) -> None:
        self.rows.append(rows)


class FakeKitchen:
    """The fakes, each at hand for a test, and the kitchen they make."""

    def __init__(self, task: str = "landing", **files: str) -> None:
        self.task = task
        self.clock = FakeClock()
        self.workspace = FakeWorkspace(f"/cooks/{task}", {"BRIEF.md": BRIEF, **files})
        self.cooks = FakeCooks({task: self.workspace})
        self.engine = FakeEngine(clock=self.clock, write=self.write)
        self.progress = Notebook()
        self.credentials = FakeCredentials()
        self.dialects = FakeDialects()
        self.home = FakeHome()
        self.resources = FakeResources(known=KNOWN, templates=_templates())
        self.stopping = False

    @property
    def kitchen(self) -> Kitchen:
        return Kitchen(
            cooks=self.cooks,
            engine=self.engine,
            bases=FakeBases(),
            resources=self.resources,
            credentials=self.credentials,
            dialects=self.dialects,
            home=self.home,
            clock=self.clock,
            randomness=Seeded(),
            progress=self.progress,
            stopped=lambda: self.stopping,
            pid=4711,
        )

    def write(self, cell: str, path: str, data: bytes) -> None:
        """Put a file where a cell's output goes."""
        name = cell.removeprefix("judge-")
        folder = f"judging/{name}/1" if cell.startswith("judge-") else f"work/{cell}"
        self.workspace.write(f"{folder}/out/{path}", data)


def ballot(
    labels: Sequence[str],
    *,
    best: str = "A",
    quote: str = "hello",
    dimensions: Sequence[str] = DIMENSIONS,
) -> bytes:
    """Return a ballot that likes one label and finds `quote` in every index.html."""
    scores = [
        {
            "label": label,
            "dimension": dimension,
            "evidence": [{"file": "index.html", "quote": quote}],
            "reason": "Looked at it.",
            "score": 9 if label == best else 4,
        }
        for label in labels
        for dimension in dimensions
    ]
    return json.dumps({"version": 1, "scores": scores, "summary": "Fine."}).encode()


def _templates() -> dict[str, str]:
    return {
        str(path.relative_to(TEMPLATES)): path.read_text(encoding="utf-8")
        for folder in ("compose", "prompts", "reports", "cook/cell")
        for path in (TEMPLATES / folder).iterdir()
    } | {
        f"cook/{path.name}": path.read_text(encoding="utf-8")
        for path in (TEMPLATES / "cook").iterdir()
        if path.is_file()
    }
