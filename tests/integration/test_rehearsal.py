"""`make rehearsal`: the whole job with the real CLIs, as a user sees it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[2]


def test_three_real_clis_cook_and_two_judge_and_nothing_of_a_login_is_left(tmp_path: Path) -> None:
    folder = tmp_path / "rehearsal"
    ran = subprocess.run(
        (sys.executable, "-m", "tests.standins.rehearsal", f"--folder={folder}"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    cook = folder / "cooks" / "landing"
    key = json.loads((cook / ".seal/key.json").read_text())
    verdict = json.loads((cook / "verdict.json").read_text())
    assert verdict["level"] == "winner"
    assert [key["participants"][label] for label in verdict["leaders"]] == ["saffron"]
    assert len(verdict["ballots"]) == 2
    cells = json.loads((cook / "status.json").read_text())["cells"]
    assert [cell["exit_class"] for cell in cells] == ["ok"] * 5
    assert all(cell["usage"]["output_tokens"] for cell in cells)
    assert (cook / "report.html").stat().st_size > 10_000
    assert [path.name for path in folder.iterdir()] == ["cooks"]
    assert "nothing is left on the engine" in ran.stdout
    assert f"report  {cook / 'report.html'}" in ran.stdout
