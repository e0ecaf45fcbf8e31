"""Whichever way a login gets into its cell, it is found nowhere else, then or later."""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path

import pytest
import yaml

from tests.integration.every_auth import LEAKER, Canaries, EveryAuth, Lookout, target
from tests.integration.real_clis import DONE, WRITES, by_model, cell, cells_of, scenario
from tests.standins.logins import MARK
from tests.standins.scenario import Provider, Turn
from tests.standins.stage import stage

pytestmark = pytest.mark.docker


def images_of(folder: Path) -> list[str]:
    services = yaml.safe_load((folder / "compose.yaml").read_text(encoding="utf-8"))["services"]
    return sorted({each["image"] for each in services.values()})


def test_the_engine_tells_nothing_of_it(every_auth: EveryAuth) -> None:
    assert every_auth.canaries.found_in(json.dumps(every_auth.held.inspected)) == set()
    assert every_auth.canaries.found_in(every_auth.told["events"]) == set()
    assert "claude-pipe" in every_auth.told["events"]


def test_no_image_holds_it(every_auth: EveryAuth) -> None:
    tags = images_of(every_auth.folder)
    assert len(tags) == 3
    history = subprocess.run(
        ["docker", "image", "inspect", *tags], check=True, capture_output=True
    ).stdout
    assert every_auth.canaries.found_in(history) == set()
    # Layers are compressed by nobody on the way out, so every byte of every file comes by.
    tail, size = b"", 0
    with subprocess.Popen(["docker", "save", *tags], stdout=subprocess.PIPE) as saved:
        assert saved.stdout is not None
        while piece := saved.stdout.read(1 << 22):
            assert MARK.encode() not in tail + piece
            tail, size = piece[-len(MARK) :], size + len(piece)
    assert saved.returncode == 0
    assert size > 100_000_000


def test_no_process_of_this_machine_showed_it(every_auth: EveryAuth) -> None:
    assert every_auth.lookout.leaks == set()
    assert every_auth.lookout.looks > 20


def test_no_program_said_it(every_auth: EveryAuth) -> None:
    found = {name: every_auth.canaries.found_in(text) for name, text in every_auth.told.items()}
    assert {name for name, hits in found.items() if hits} == set()
    assert all(every_auth.told.values())


def test_nothing_on_disk_holds_it_when_the_cook_is_over(every_auth: EveryAuth) -> None:
    there = every_auth.stage
    assert every_auth.canaries.below(there.root, but=there.home) == set()
    assert every_auth.canaries.below(there.home, but=there.cooks), "it would not have been found"
    assert not (every_auth.folder / ".auth").exists()
    for name in ("logs", "transcripts", "report.html", "status.json", "events.jsonl"):
        assert (every_auth.folder / name).exists()
    assert list((there.root / "tmp").iterdir()) == []


def test_what_a_cell_told_of_its_own_login_is_masked(every_auth: EveryAuth) -> None:
    log = (every_auth.folder / "logs" / f"{LEAKER}.log").read_text(encoding="utf-8")
    told = [line for line in log.splitlines() if "tool_result" in line and "accessToken" in line]
    assert told, "the cell did not tell it, so nothing was tried"
    (transcript,) = (every_auth.folder / "transcripts" / LEAKER).glob("*.md")
    assert "accessToken" in transcript.read_text(encoding="utf-8")


def test_the_provider_alone_got_it(every_auth: EveryAuth) -> None:
    for request in every_auth.stage.standin.requests:
        if request.host.endswith(("anthropic.com", "claude.com")):
            own = Provider.ANTHROPIC
        elif request.host.endswith(("openai.com", "chatgpt.com")):
            own = Provider.OPENAI
        else:
            own = Provider.GOOGLE
        others = {
            text
            for provider, login in every_auth.stage.logins.items()
            if provider is not own
            for text in login.canaries
        }
        sent = json.dumps([request.path, dict(request.headers), request.body], default=str)
        assert not [text for text in others if text in sent]


def test_a_submission_that_holds_its_login_is_withheld(tmp_path: Path) -> None:
    steals = Turn(run=f"cp {target('claude')} /work/out/notes.json")
    plays = scenario(*by_model({"thief": (WRITES, steals, DONE)}))
    with stage(tmp_path, scenario=plays) as there:
        thief, other = cell("thief", "claude", model="a-thief"), cell("other", "codex")
        folder = there.lay("theft", {"participants": [thief, other], "judges": []})
        ran = there.run("cook", "theft")
        assert ran.returncode == 0, ran.stderr
        canaries = Canaries(texts=there.canaries)
        assert canaries.found_in((folder / "work/thief/out/notes.json").read_bytes())
        # It lies where the cell left it, and goes nowhere from there.
        assert canaries.below(there.cooks, but=folder / "work/thief") == set()
        cells = cells_of(folder)
        assert {name: each["exit_class"] for name, each in cells.items()} == {
            "thief": "artifact_missing",
            "other": "ok",
        }
        assert "withheld" in cells["thief"]["detail"]
        assert [path.name for path in (folder / "submissions").iterdir()] == ["A"]


def test_a_login_in_a_process_would_have_been_seen(every_auth: EveryAuth) -> None:
    seen = threading.Event()
    secret = every_auth.bearers["claude-token"]
    holder = subprocess.Popen(["sleep", "60"], env={"TOKEN": secret})
    try:
        with Lookout(every_auth.canaries) as lookout:
            for _ in range(100):
                if lookout.leaks:
                    break
                seen.wait(0.1)
        assert lookout.leaks
    finally:
        holder.kill()
        holder.wait()
