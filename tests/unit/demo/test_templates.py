"""Prompts, the example cook, the skeleton and the pages that describe them say what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from multicooker.app.flavor.check import check_flavor
from multicooker.app.results import Level
from multicooker.domain.cook import Participant
from multicooker.domain.flavor import Flavor, KnownFlavor
from multicooker.domain.round import Project
from multicooker.pipeline import load
from multicooker.pipeline.plan import plan
from multicooker.pipeline.render import judge_inputs, render
from tests.unit.demo.stage import DEMO, LANDING, REPO, TEMPLATES, landing_spec, template


def demo() -> Flavor:
    place = str(DEMO / "flavor.yaml")
    return load.flavor((DEMO / "flavor.yaml").read_text(encoding="utf-8"), place=place)


def known() -> dict[str, KnownFlavor]:
    entry = KnownFlavor(flavor=demo(), folder=str(DEMO), source="built-in", fingerprint="f" * 64)
    return {"demo": entry}


def planned_files() -> dict[str, str]:
    spec = landing_spec()
    project = Project(name="mc-landing-0123abcd", folder=str(LANDING), task="landing")
    made = plan(
        spec, known=known(), project=project, number=1, user="1:1", has_raw=True, locate=str
    )
    return render(made, spec, template=template)


def judge_files(*, judge_brief: str = "") -> dict[str, str]:
    return judge_inputs(
        landing_spec(),
        labels=("A", "B", "C"),
        judge_brief=judge_brief,
        ballot_schema="{}",
        answers_in_message=False,
        template=template,
    )


def test_the_example_cook_can_be_planned_with_the_demo_flavor() -> None:
    spec = landing_spec()
    assert [entry.model for entry in spec.participants] == ["careful", "quick", "flashy"]
    assert {entry.model for entry in spec.judges} == {"strict", "kind"}
    assert "work/saffron/in/PROMPT.md" in planned_files()


def test_a_participant_is_told_where_to_work_and_nothing_of_a_contest() -> None:
    prompt = planned_files()["work/saffron/in/PROMPT.md"]
    for told in ("/work/BRIEF.md", "/work/out", "/work/raw", "`index.html`"):
        assert told in prompt
    banned = r"judge|score|rubric|contest|compet|compar|other participant|submission|win\b"
    assert re.search(banned, prompt, re.IGNORECASE) is None


def test_a_participant_without_raw_and_required_files_is_told_of_neither() -> None:
    jinja = template("prompts/participant.md.j2")
    assert "/work/raw" in jinja
    spec = landing_spec()
    bare = type(spec)(
        participants=(Participant(name="a", flavor="demo"),), judges=(), rubric=spec.rubric
    )
    project = Project(name="mc-x-0123abcd", folder="/x", task="x")
    made = plan(
        bare, known=known(), project=project, number=1, user="1:1", has_raw=False, locate=str
    )
    prompt = render(made, bare, template=template)["work/a/in/PROMPT.md"]
    assert "/work/raw" not in prompt
    assert "must exist" not in prompt


def test_a_judge_is_told_the_order_and_to_give_evidence_before_scores() -> None:
    prompt = judge_files()["PROMPT.md"]
    assert "in this order: A, B, C." in prompt
    assert "completeness, accuracy, design, craft" in prompt
    assert prompt.index("evidence: the file") < prompt.index("only then give the score")
    assert "= 12 scores" in prompt
    for told in ("/work/out/ballot.json", "/work/in/ballot.schema.json", "/work/in/REPAIR.md"):
        assert told in prompt


def test_the_owners_words_to_the_judges_are_passed_on_as_they_are() -> None:
    words = "Prices matter most. {{ 7 * 7 }} $HOME"
    assert words in judge_files(judge_brief=words)["PROMPT.md"]
    assert "From the one who" not in judge_files()["PROMPT.md"]


def test_the_rubric_tells_shares_meanings_and_anchors() -> None:
    rubric = judge_files()["RUBRIC.md"]
    assert "## completeness (weight 35 %)\n\nEvery part" in rubric
    assert "\n\n- 1: Hardly anything" in rubric
    assert rubric.endswith("- 10: Nothing to correct.\n")
    assert "\n\n\n" not in rubric


@pytest.mark.parametrize("name", ["demo", "_skeleton"])
def test_a_flavor_folder_keeps_the_contract(tmp_path: Path, name: str) -> None:
    found_as = "nova" if name == "_skeleton" else name
    folder = tmp_path / found_as
    folder.mkdir()
    for path in (TEMPLATES / "cook" / "participants" / name).iterdir():
        (folder / path.name).write_text(path.read_text().replace("__NAME__", found_as))
    checks = check_flavor(str(folder)).checks
    assert [check for check in checks if check.level is not Level.OK] == []


def test_the_skeleton_marks_three_places_to_edit() -> None:
    folder = TEMPLATES / "cook" / "participants" / "_skeleton"
    marks = [
        mark
        for path in sorted(folder.iterdir())
        for mark in re.findall(r"EDIT (\d) of 3", path.read_text())
    ]
    assert sorted(marks) == ["1", "2", "3"]


def test_the_readme_tells_every_switch_and_model() -> None:
    readme = (DEMO / "README.md").read_text(encoding="utf-8")
    for behave in demo().options["behave"]:
        assert f"| `{behave}` |" in readme
    for word in (*demo().options["flaw"], *demo().models, *demo().options):
        assert f"`{word}" in readme or f"`{word}:" in readme or f"model: {word}" in readme


def test_every_switch_is_one_the_scripts_know() -> None:
    scripts = "".join((DEMO / name).read_text() for name in ("entrypoint.sh", "behave.sh"))
    flaws = (DEMO / "flaws.sh").read_text()
    for behave in demo().options["behave"]:
        assert re.search(
            rf"(^|[ :|]){behave}( \||\)|$| \]|: *)|= {behave} \]", scripts, re.MULTILINE
        )
    for flaw in demo().options["flaw"]:
        assert f"        {flaw})" in flaws


def test_the_cell_protocol_names_every_variable_and_file_a_cell_gets() -> None:
    page = (REPO / "docs" / "reference" / "cell-protocol.md").read_text(encoding="utf-8")
    spec = landing_spec()
    project = Project(name="mc-landing-0123abcd", folder=str(LANDING), task="landing")
    made = plan(
        spec, known=known(), project=project, number=1, user="1:1", has_raw=True, locate=str
    )
    cell = made.judges[0]
    for name in cell.environment:
        assert f"`{name}`" in page
    for target in [mount.target for mount in cell.mounts] + [it.target for it in cell.tmpfs]:
        assert target in page
    for name in judge_files():
        assert f"/work/in/{name}" in page
