"""What CLIs keep of their sessions, moved to where a person may read it."""

from __future__ import annotations

import dataclasses
import json

import pytest

from multicooker.app import opening, readings, transcripts
from multicooker.app.opening import Opened
from multicooker.domain.mask import Mask
from multicooker.domain.outcome import ExitClass
from multicooker.domain.reading import Conversation, Reading, Said, Speaker
from multicooker.domain.round import Cell
from multicooker.domain.usage import Usage
from multicooker.pipeline.collect.dialects import BUILT_IN
from multicooker.ports import Dialect
from tests.fakes.dialects import FakeDialect
from tests.fakes.kitchen import FakeKitchen
from tests.unit.app.test_cooking import cook_it, good_kitchen
from tests.unit.pipeline.collect.recorded import log, sessions

TOKEN = "a-token-that-nobody-may-see"  # noqa: S105  # made up
MASK = Mask(secrets=(TOKEN,), identity=("me@home.example",))


def kitchen(reader: Dialect | None = None) -> tuple[FakeKitchen, Opened, Cell]:
    """Return a kitchen, an opened cook, and its first cell, which has a dialect."""
    fake = FakeKitchen()
    fake.dialects.readers["fake"] = reader or FakeDialect()
    opened = opening.open_cook(fake.kitchen, "landing")
    cell = dataclasses.replace(opened.round.participants[0], dialect="fake", version="1.2.3")
    return fake, opened, cell


def left(fake: FakeKitchen, cell: Cell, **files: str | bytes) -> None:
    """Put files where the cell's CLI keeps its sessions; `__` in a name stands for `/`."""
    for name, data in files.items():
        path = f"{cell.folder}/sessions/{name.replace('__', '/')}.jsonl"
        fake.workspace.write(path, data)


def kept(fake: FakeKitchen, cell: Cell) -> dict[str, str]:
    """Return what is in the cell's folder of transcripts."""
    folder = f"transcripts/{cell.name}"
    return {
        name: fake.workspace.read_text(f"{folder}/{name}", limit=10**6)
        for name in fake.workspace.names(folder)
    }


def test_session_files_are_moved_scrubbed_and_made_readable() -> None:
    fake, opened, cell = kitchen()
    left(fake, cell, a__one=json.dumps({"account_id": "acc-9", "x": f"{TOKEN} me@home.example"}))
    found = transcripts.keep(fake.kitchen, opened, cell, MASK)
    assert [it.id for it in found] == ["a/one.jsonl"]
    files = kept(fake, cell)
    assert set(files) == {"one.jsonl", "2026-11-21T08-00-00-a-one.jsonl.md"}
    assert json.loads(files["one.jsonl"]) == {
        "account_id": "[account]",
        "x": "[credential] [account]",
    }
    page = next(text for name, text in files.items() if name.endswith(".md"))
    assert 'cell: "' + cell.name + '"' in page
    assert "## assistant" in page
    assert not fake.workspace.exists(f"{cell.folder}/sessions")
    assert not fake.workspace.exists("transcripts/.new")


@pytest.mark.parametrize("flavor", ["claude", "codex", "gemini"])
def test_sessions_of_the_real_clis_become_transcripts(flavor: str) -> None:
    fake, opened, cell = kitchen(BUILT_IN[flavor])
    for path, data in sessions(flavor, "ok").items():
        fake.workspace.write(f"{cell.folder}/sessions/{path}", data)
    (found,) = transcripts.keep(fake.kitchen, opened, cell, MASK)
    (link,) = transcripts.links(fake.workspace, cell.name)
    assert link.startswith(f"transcripts/{cell.name}/2026-11-21T08-")
    page = fake.workspace.read_text(link, limit=10**6)
    assert page.endswith("## assistant\n\nThe page is done.\n")
    assert f'cli_version: "{found.version or "1.2.3"}"\n' in page
    reading = readings.read(fake.kitchen, cell, log(flavor, "ok"), (found,), MASK)
    assert reading is not None
    usage = reading.usage
    assert usage is not None
    assert (usage.turns, usage.tool_calls, usage.output_tokens) == (3, 2, 60)
    assert usage.models == (found.model,)
    assert usage.cli_version == (found.version or "1.2.3")


def test_files_of_an_earlier_try_stay_beside_those_of_the_next() -> None:
    fake, opened, cell = kitchen()
    for name in ("one", "two"):
        left(fake, cell, **{name: "said"})
        transcripts.keep(fake.kitchen, opened, cell, MASK)
    assert {name for name in kept(fake, cell) if name.endswith(".jsonl")} == {
        "one.jsonl",
        "two.jsonl",
    }
    assert len(transcripts.links(fake.workspace, cell.name)) == 2


def test_names_that_a_cell_made_up_are_made_plain() -> None:
    fake, opened, cell = kitchen()
    left(fake, cell, **{"a__..x y": "1", "b__..x y": "2", "c__-rf": "3", "d__\udcff\x1b": "4"})
    transcripts.keep(fake.kitchen, opened, cell, MASK)
    names = [name for name in kept(fake, cell) if name.endswith(".jsonl")]
    assert (
        sorted(names) == ["jsonl.jsonl", "rf.jsonl", "x-y.2.jsonl", "x-y.jsonl"] or len(names) == 4
    )
    assert all(name[0].isalnum() and name.isascii() for name in names)


def test_other_files_are_left_behind() -> None:
    fake, opened, cell = kitchen()
    fake.workspace.write(f"{cell.folder}/sessions/memory/notes.md", "x")
    fake.workspace.write(f"{cell.folder}/sessions/.project_root", "/work/out")
    assert transcripts.keep(fake.kitchen, opened, cell, MASK) == ()
    assert kept(fake, cell) == {}
    assert transcripts.links(fake.workspace, "nobody") == ()


def test_too_much_is_refused_with_a_word_about_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcripts, "_MAX_BYTES", 10)
    fake, opened, cell = kitchen()
    left(fake, cell, one="said and said")
    assert transcripts.keep(fake.kitchen, opened, cell, MASK) == ()
    assert [note for note in fake.progress.notes if f"{cell.name}: no transcript: " in note]
    assert not fake.workspace.exists(f"{cell.folder}/sessions")
    assert not fake.workspace.exists("transcripts/.new")


def test_of_endless_conversations_the_first_are_written_in_markdown() -> None:
    fake, opened, cell = kitchen(BUILT_IN["claude"])
    asked = {"type": "user", "isSidechain": True, "message": {"content": "Hello."}}
    lines = [json.dumps({**asked, "agentId": f"agent-{at}"}) for at in range(1_000)]
    left(fake, cell, one="\n".join(lines))
    assert len(transcripts.keep(fake.kitchen, opened, cell, MASK)) == 1_000
    assert len(transcripts.links(fake.workspace, cell.name)) == 200
    assert f"{cell.name}: 800 more conversations are not in Markdown" in fake.progress.notes


def test_a_cell_without_dialect_or_without_sessions_has_no_transcript() -> None:
    fake, opened, cell = kitchen()
    assert transcripts.keep(fake.kitchen, opened, cell, MASK) == ()
    silent = dataclasses.replace(cell, dialect="")
    left(fake, cell, one="said")
    assert transcripts.keep(fake.kitchen, opened, silent, MASK) == ()
    assert readings.read(fake.kitchen, silent, b"x", (), MASK) is None
    assert (
        readings.read(fake.kitchen, dataclasses.replace(cell, dialect="x"), b"", (), MASK) is None
    )


def test_a_reading_shows_no_secret_and_knows_the_time() -> None:
    told = Reading(
        ended=True,
        exit_class=ExitClass.ERROR,
        detail=f"bad {TOKEN}",
        answer=f'{{"x": "{TOKEN}"}}',
        notes=(f"note {TOKEN}",),
        usage=Usage(models=(TOKEN, "m\x1b"), cli_version="2.0.0"),
    )
    reader = FakeDialect(reading=told)
    fake, _, cell = kitchen(reader)
    found = readings.read(fake.kitchen, cell, b"raw", (), MASK)
    assert found == dataclasses.replace(
        told,
        detail="bad [credential]",
        answer='{"x": "[credential]"}',
        notes=("note [credential]",),
        usage=Usage(models=("[credential]", "m\\x1b"), cli_version="2.0.0"),
    )
    assert (reader.logs, reader.moments) == ([b"raw"], [fake.clock.now()])


@pytest.mark.parametrize(
    ("told", "said", "answer"),
    [
        ('{"a": 1{"a": 12}', '{"a": 12}', '{"a": 12}'),
        ('{"a": 12}', "Here it is.", '{"a": 12}'),
        ("yes", "", "yes"),
    ],
)
def test_an_answer_has_nothing_of_a_broken_attempt_at_it(told: str, said: str, answer: str) -> None:
    fake, _, cell = kitchen(FakeDialect(reading=Reading(ended=True, answer=told)))
    spoken = (Said(speaker=Speaker.ASSISTANT, text=said),) if said else ()
    talk = Conversation(id="1", said=(Said(speaker=Speaker.USER, text="?"), *spoken))
    found = readings.read(fake.kitchen, cell, b"", (talk,), MASK)
    assert found is not None
    assert found.answer == answer


def test_a_cook_writes_down_what_its_cells_used() -> None:
    fake = good_kitchen()
    demo = fake.resources.known["demo"]
    speaks = dataclasses.replace(demo.flavor, dialect="fake", sessions="/root/.fake")
    known = {"demo": dataclasses.replace(demo, flavor=speaks)}
    fake.resources = dataclasses.replace(fake.resources, known=known)
    usage = Usage(output_tokens=5, models=("m-1",), cli_version="1.0")
    fake.dialects.readers["fake"] = FakeDialect(reading=Reading(ended=True, usage=usage))
    cook_it(fake)
    written = json.loads(fake.workspace.read_text("usage.json", limit=10**6))
    assert set(written["cells"]) == {"careful", "quick", "flashy", "judge-strict", "judge-kind"}
    assert written["cells"]["careful"]["usage"]["output_tokens"] == 5
    assert written["totals"]["demo"]["output_tokens"] == 25
    assert "What it took" in fake.workspace.read_text("report.html", limit=10**6)


def test_sums_of_floats_are_kept_as_short_as_they_read() -> None:
    told = Usage(cost_usd=0.0026249999999999997)
    fake, _, cell = kitchen(FakeDialect(reading=Reading(ended=True, usage=told)))
    said = [Conversation(id=name, usage=Usage(seconds=0.1)) for name in "abc"]
    found = readings.read(fake.kitchen, cell, b"", said, MASK)
    assert found is not None
    assert found.usage == Usage(cost_usd=0.002625, seconds=0.3, cli_version="1.2.3")


def test_a_cook_whose_cells_tell_nothing_writes_no_usage() -> None:
    fake = good_kitchen()
    cook_it(fake)
    assert not fake.workspace.exists("usage.json")


def test_what_the_log_does_not_tell_is_summed_from_the_sessions() -> None:
    fake, _, cell = kitchen(FakeDialect(reading=Reading(ended=False, usage=Usage(input_tokens=7))))
    said = (
        Conversation(id="1", usage=Usage(input_tokens=1, output_tokens=2, models=("a", "b"))),
        Conversation(id="2", model="c", version="9.9", usage=Usage(output_tokens=3, turns=4)),
        Conversation(id="3"),
    )
    found = readings.read(fake.kitchen, cell, b"", said, MASK)
    assert found is not None
    assert found.usage == Usage(
        input_tokens=7, output_tokens=5, turns=4, models=("c", "a", "b"), cli_version="9.9"
    )
    nothing = readings.read(fake.kitchen, cell, b"", (), MASK)
    assert nothing is not None
    assert nothing.usage == Usage(input_tokens=7, cli_version="1.2.3")
