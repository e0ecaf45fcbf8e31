"""The reference pages say what the loader does."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from multicooker.domain.cook import (
    Auth,
    AuthMode,
    CookSpec,
    Dimension,
    Judge,
    Limits,
    Network,
    Outputs,
    Participant,
    Resources,
)
from multicooker.domain.flavor import BaseImage, Credential, Flavor, LongToken
from multicooker.errors import BadInputError
from multicooker.pipeline import load
from tests.unit.pipeline.load.strategies import SPEC

REFERENCE = Path(__file__).parents[4] / "docs/reference"
COOK = (REFERENCE / "cook-yaml.md").read_text(encoding="utf-8")
FLAVOR = (REFERENCE / "flavor-yaml.md").read_text(encoding="utf-8")


def section(page: str, title: str) -> str:
    (found,) = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)
    return str(found)


def examples(page: str) -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (section(COOK, "Top level"), CookSpec),
        (section(COOK, "participants"), Participant),
        (section(COOK, "judges"), Judge),
        (section(COOK, "auth"), Auth),
        (section(COOK, "network"), Network),
        (section(COOK, "resources"), Resources),
        (section(COOK, "rubric"), Dimension),
        (section(COOK, "outputs"), Outputs),
        (section(COOK, "limits"), Limits),
        (FLAVOR.split("\n## ", maxsplit=1)[0], Flavor),
        (section(FLAVOR, "base"), BaseImage),
        (section(FLAVOR, "credential"), Credential),
        (section(FLAVOR, "long_token"), LongToken),
    ],
)
def test_a_table_has_every_key_of_its_part_in_order_and_no_other(text: str, kind: type) -> None:
    (table,) = re.findall(r"^\| key \|.*?\n(?=\n|\Z)", text, re.DOTALL | re.MULTILINE)
    keys = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)

    assert keys == [field.name for field in dataclasses.fields(kind)]


def test_the_examples_load() -> None:
    spec = load.cook_spec(examples(COOK)[0], place="cook.yaml", defaults=SPEC)
    flavor = load.flavor(examples(FLAVOR)[0], place="flavor.yaml")

    assert [entry.name for entry in spec.participants] == ["saffron", "pepper"]
    assert spec.limits.timeout == 45 * 60
    assert flavor.options == {"search": ("on", "off"), "system-prompt": ()}


def test_every_way_of_auth_is_shown_and_means_what_the_text_beside_it_says() -> None:
    table = re.findall(r"^\| `(\w+)` \|", section(COOK, "auth").split("| mode |")[1], re.MULTILINE)
    (text,) = examples(section(COOK, "auth"))
    spec = load.cook_spec(text, place="cook.yaml", defaults=SPEC)
    shown = [entry.auth or spec.auth for entry in spec.participants]

    assert table == [mode.value for mode in AuthMode]
    assert {auth.effective for auth in shown} == set(AuthMode)
    assert {auth.profile for auth in shown} == {None, "work", "night"}


def test_a_host_is_led_elsewhere_as_shown() -> None:
    (text,) = examples(section(COOK, "network"))
    spec = load.cook_spec(text, place="cook.yaml", defaults=SPEC)

    assert spec.network.resolve["api.anthropic.com"] == "10.0.0.7"
    assert spec.ca_bundle is not None


@pytest.mark.parametrize(("kind", "title"), [(Limits, "limits"), (Resources, "resources")])
def test_the_defaults_in_the_tables_are_the_real_ones(kind: type, title: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\| `([^`]+)`", section(COOK, title), re.MULTILINE)
    text = "".join(f"    {key}: {default}\n" for key, default in rows)
    participant = f"participants:\n- name: a\n  flavor: b\n  resources:\n{text}"
    spec = load.cook_spec(
        f"limits:\n{text}" if kind is Limits else participant, place="cook.yaml", defaults=SPEC
    )

    assert len(rows) >= 3
    assert (spec.limits if kind is Limits else spec.participants[0].resources) == kind()


def test_the_refusals_it_shows_are_real() -> None:
    (shown,) = re.findall(r"```text\n(cook.yaml:.*?)\n```", COOK, re.DOTALL)
    text = """\
participants:
  - name: saffron
    flavor: claude
  - name: pepper
    flavour: codex
    model: 3.10

limits:
  timeout: 12:30
"""

    with pytest.raises(BadInputError) as caught:
        load.cook_spec(text, place="cook.yaml", defaults=SPEC)
    assert caught.value.message == shown


@pytest.mark.parametrize(
    "scalar",
    re.findall(r"`([^`]+)`", "".join(re.findall(r"^\| ([^|]*)\| refused", COOK, re.MULTILINE))),
)
def test_what_it_calls_refused_is_refused(scalar: str) -> None:
    with pytest.raises(BadInputError, match="YAML readers differ"):
        load.cook_spec(f"ca_bundle: {scalar}", place="cook.yaml", defaults=SPEC)
