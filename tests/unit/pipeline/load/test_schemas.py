"""The shipped JSON Schemas are what the code says, and say what the loader does."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from multicooker.domain.ballot import Ballot, Verdict
from multicooker.domain.cook import CookSpec, Limits, Participant
from multicooker.domain.flavor import Flavor
from multicooker.domain.outcome import CookStatus, Event
from multicooker.domain.usage import CookUsage
from multicooker.pipeline import load

ROOT = Path(__file__).parents[4]
SHIPPED = ROOT / "docs/reference/schemas"
FOR_EDITORS = ROOT / "templates/cook"
"""What a new cook.yaml names in its first line; the wheel holds it, as it does not hold docs/."""
SCHEMAS = {name: json.loads(text) for name, text in load.schemas().items()}


def records(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield every part that describes an object with named properties."""
    parts = schema.values() if isinstance(schema, dict) else schema
    if isinstance(schema, dict) and isinstance(schema.get("properties"), dict):
        yield schema
    if isinstance(schema, dict | list):
        for part in parts:
            yield from records(part)


def test_the_shipped_schemas_are_up_to_date(*, update_golden: bool) -> None:
    made = load.schemas()
    if update_golden:
        for name, text in made.items():
            (SHIPPED / name).write_text(text, encoding="utf-8")
        for name in ("cook.schema.json", "flavor.schema.json"):
            (FOR_EDITORS / name).write_text(made[name], encoding="utf-8")

    shipped = {path.name: path.read_text(encoding="utf-8") for path in SHIPPED.iterdir()}
    for_editors = {
        path.name: path.read_text(encoding="utf-8") for path in FOR_EDITORS.glob("*.schema.json")
    }
    assert shipped == made, "run pytest --update-golden on this file to write them anew"
    assert for_editors == {name: made[name] for name in ("cook.schema.json", "flavor.schema.json")}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("cook", CookSpec),
        ("flavor", Flavor),
        ("ballot", Ballot),
        ("status", CookStatus),
        ("event", Event),
        ("usage", CookUsage),
        ("verdict", Verdict),
    ],
)
def test_a_schema_knows_every_key_of_its_file(name: str, kind: type) -> None:
    properties = SCHEMAS[f"{name}.schema.json"]["properties"]

    assert list(properties) == [field.name for field in dataclasses.fields(kind)]


def test_no_top_level_key_of_a_cook_is_required_but_those_below_are() -> None:
    schema = SCHEMAS["cook.schema.json"]

    assert "required" not in schema
    assert schema["$defs"]["Participant"]["required"] == ["name", "flavor"]
    assert schema["$defs"]["Dimension"]["required"] == ["name", "means"]
    assert all(record["additionalProperties"] is False for record in records(schema))


@pytest.mark.parametrize("kind", [Limits, Participant])
def test_a_key_with_a_unit_takes_a_number_or_its_text(kind: type) -> None:
    timeout = SCHEMAS["cook.schema.json"]["$defs"][kind.__name__]["properties"]["timeout"]

    (pattern,) = [part["pattern"] for part in timeout["anyOf"] if part["type"] == "string"]
    assert {"type": "integer"} in timeout["anyOf"]
    assert re.search(pattern, "30m")
    assert not re.search(pattern, "30 m")


def test_keys_explain_themselves_to_an_editor() -> None:
    properties = SCHEMAS["cook.schema.json"]["$defs"]["Participant"]["properties"]

    assert all(entry.get("description") for entry in properties.values())
    assert properties["timeout"]["description"].startswith("Seconds; null means")
    assert SCHEMAS["cook.schema.json"]["properties"]["network"]["default"] == "open"


@pytest.mark.parametrize(("name", "enum"), [("Auth", "AuthMode"), ("Network", "NetworkMode")])
def test_what_has_a_short_form_is_one_word_or_a_mapping(name: str, enum: str) -> None:
    definitions = SCHEMAS["cook.schema.json"]["$defs"]
    short, long = definitions[name]["anyOf"]

    assert short == {"$ref": f"#/$defs/{enum}"}
    assert definitions[enum]["type"] == "string"
    assert long["type"] == "object"
    assert "required" not in long


@pytest.mark.parametrize(
    "entry",
    [
        SCHEMAS["cook.schema.json"]["$defs"]["Participant"]["properties"]["version"],
        SCHEMAS["cook.schema.json"]["$defs"]["Judge"]["properties"]["version"],
        SCHEMAS["flavor.schema.json"]["properties"]["version"],
    ],
)
def test_a_version_of_a_cli_is_not_taken_for_the_version_of_a_file(entry: dict[str, Any]) -> None:
    assert "enum" not in entry


def test_the_ballot_schema_is_closed_and_complete_as_strict_structured_output_wants_it() -> None:
    found = list(records(SCHEMAS["ballot.schema.json"]))

    assert len(found) == 3
    for record in found:
        assert record["additionalProperties"] is False
        assert record["required"] == list(record["properties"])
        assert not any("default" in entry for entry in record["properties"].values())
        assert all({"$ref"} == set(p) for p in record["properties"].values() if "$ref" in p)
    score = SCHEMAS["ballot.schema.json"]["$defs"]["Score"]["properties"]["score"]
    assert (score["minimum"], score["maximum"]) == (1, 10)


@pytest.mark.parametrize("name", ["status", "event", "verdict", "ballot"])
def test_a_file_that_programs_read_is_always_whole_and_has_a_version(name: str) -> None:
    schema = SCHEMAS[f"{name}.schema.json"]

    assert schema["required"] == list(schema["properties"])
    assert schema["properties"]["version"] == {"type": "integer", "enum": [1]}


def test_every_reference_leads_somewhere() -> None:
    for schema in SCHEMAS.values():
        references = set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(schema)))
        assert references == set(schema.get("$defs", {}))
