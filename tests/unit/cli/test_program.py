"""The program as it is installed, with its real doors; no engine is needed for these."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from multicooker.cli.browser import open_page

ROOT = Path(__file__).parents[3]


def multicooker(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-m", "multicooker", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        timeout=60,
    )


def test_a_new_cook_is_made_and_then_listed(tmp_path: Path) -> None:
    (tmp_path / "cooks").mkdir()
    made = multicooker("new", "landing", folder=tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    assert (tmp_path / "cooks" / "landing" / "BRIEF.md").is_file()
    listed = json.loads(multicooker("--json", folder=tmp_path / "cooks" / "landing").stdout)
    assert listed["data"]["cooks_folder"] == str(tmp_path / "cooks")
    assert [cook["task"] for cook in listed["data"]["cooks"]] == ["landing"]


def test_a_task_that_is_not_there_is_a_message_and_no_traceback(tmp_path: Path) -> None:
    ended = multicooker("cook", "nowhere", folder=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: ")
    assert "multicooker new nowhere" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    "surroundings", [{}, {"DISPLAY": ":0", "SSH_CONNECTION": "192.0.2.1 5 192.0.2.2 22"}]
)
def test_without_a_screen_of_ones_own_no_browser_is_started(
    surroundings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in surroundings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", "linux")
    assert not open_page("/cooks/landing/report.html")


def test_the_browser_is_given_the_page_as_a_file_address(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" >{seen}\n')
    browser.chmod(0o755)
    page = tmp_path / "a report.html"
    surroundings = {**os.environ, "BROWSER": f"{browser} %s", "DISPLAY": ":0"}
    surroundings.pop("SSH_CONNECTION", None)
    code = f"from multicooker.cli.browser import open_page; print(open_page({str(page)!r}))"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=surroundings,
    )
    assert ended.stdout == "True\n"
    assert seen.read_text() == page.as_uri()
