"""`--help` is quick because nothing heavy is imported for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = [
    "rich",
    "pydantic",
    "python_on_whales",
    "jinja2",
    "yaml",
    "subprocess",
    "multicooker.app",
    "multicooker.adapters",
    "multicooker.pipeline",
]
ROOT = Path(__file__).parents[3]


def loaded_by(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint('\\n'.join(sys.modules), file=sys.stderr)"
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(ended.stderr.splitlines())


@pytest.mark.parametrize("words", [["--help"], ["cook", "--help"], ["--version"], ["cook", "--no"]])
def test_what_runs_no_verb_loads_nothing_heavy(words: list[str]) -> None:
    loaded = loaded_by(
        f"from multicooker.cli.main import cli\ntry: cli.main({words})\nexcept SystemExit: pass\n"
    )
    assert "click" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_a_verb_that_only_looks_loads_nothing_of_cooking(tmp_path: Path) -> None:
    loaded = loaded_by(
        "from multicooker.cli.main import cli\n"
        f"try: cli.main(['--cooks', {str(tmp_path)!r}])\nexcept SystemExit: pass\n"
    )
    assert "multicooker.app.looking" in loaded
    cooking = ["pydantic", "yaml", "python_on_whales", "multicooker.app.cooking"]
    assert [name for name in cooking if name in loaded] == []


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    loaded = loaded_by("import multicooker.cli.main")
    assert [name for name in HEAVY if name in loaded] == []
