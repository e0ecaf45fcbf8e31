"""Rendering: values are data, templates are strict."""

from __future__ import annotations

import json
from pathlib import Path

import jinja2
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from multicooker.domain.cook import Auth, AuthMode, CookSpec, Participant
from multicooker.pipeline.plan import default_spec
from multicooker.pipeline.render import judge_inputs, quote, render
from tests.known_flavors import KNOWN
from tests.unit.pipeline.test_plan import RUBRIC, planned

TEMPLATES = Path(__file__).parents[3] / "templates"


def template(name: str) -> str:
    path = TEMPLATES / name
    if not path.is_file():
        raise KeyError(name)
    return path.read_text(encoding="utf-8")


def rendered(spec: CookSpec) -> dict[str, str]:
    return render(planned(spec, has_raw=False), spec, template=template)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_quoted_scalar_is_what_it_was_with_dollars_doubled(value: str) -> None:
    assert yaml.safe_load(quote(value)) == value.replace("$", "$$")


def test_a_value_that_looks_like_a_template_stays_as_it_is() -> None:
    spec = CookSpec(
        participants=(Participant(name="a", flavor="acme", model="{{7*7}} {% include '/x' %}"),),
        judges=(),
        rubric=RUBRIC,
    )
    assert "{{7*7}} {% include '/x' %}" in rendered(spec)["compose.yaml"]


def test_a_value_cannot_add_a_key_to_its_service() -> None:
    spec = CookSpec(
        participants=(Participant(name="a", flavor="acme", model="x\n    privileged: true"),),
        judges=(),
        rubric=RUBRIC,
    )
    service = yaml.safe_load(rendered(spec)["compose.yaml"])["services"]["a"]
    assert service["privileged"] is False
    assert service["environment"]["MULTICOOKER_MODEL"] == "x\n    privileged: true"


def test_without_auth_no_credential_is_mounted() -> None:
    spec = CookSpec(
        participants=(Participant(name="a", flavor="acme"),),
        judges=(),
        rubric=RUBRIC,
        auth=Auth(mode=AuthMode.NONE),
    )
    service = yaml.safe_load(rendered(spec)["compose.yaml"])["services"]["a"]
    assert not any(".auth" in mount["source"] for mount in service["volumes"])


def test_a_template_that_names_what_is_not_there_fails_loudly() -> None:
    def broken(name: str) -> str:
        return (
            "{{ nothing_of_the_kind }}" if name == "prompts/participant.md.j2" else template(name)
        )

    spec = default_spec(KNOWN, {})
    round_ = planned(spec, has_raw=False)
    with pytest.raises(jinja2.UndefinedError, match="nothing_of_the_kind"):
        render(round_, spec, template=broken)


def test_a_template_that_is_missing_is_named() -> None:
    def empty(name: str) -> str:
        raise KeyError(name)

    spec = default_spec(KNOWN, {})
    round_ = planned(spec, has_raw=False)
    with pytest.raises(jinja2.TemplateNotFound, match=r"compose/_cell\.yaml\.j2"):
        render(round_, spec, template=empty)


def test_participants_are_never_told_that_there_are_others() -> None:
    prompt = rendered(default_spec(KNOWN, {}))["work/careful/in/PROMPT.md"]
    for word in ("contest", "other participant", "competitor", "judge", "blind", "quick", "flashy"):
        assert word not in prompt.lower()


def test_judges_are_told_labels_dimensions_and_scale_and_no_names() -> None:
    files = judge_inputs(
        default_spec(KNOWN, {}),
        labels=("A", "B"),
        judge_brief="Mind the prices.",
        ballot_schema=json.dumps({}),
        answers_in_message=False,
        template=template,
    )
    assert set(files) == {"PROMPT.md", "RUBRIC.md", "ballot.schema.json"}
    assert "Mind the prices." in files["PROMPT.md"]
    assert "completeness" in files["RUBRIC.md"]
    assert "careful" not in files["PROMPT.md"] + files["RUBRIC.md"]
