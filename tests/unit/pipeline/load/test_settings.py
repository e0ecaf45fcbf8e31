"""The user's own config.yaml, and what a sandbox remembers of its exports."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from multicooker.domain.sandbox import Exported, SandboxSettings, Settings
from multicooker.errors import BadInputError, StateError
from multicooker.pipeline import load

PAGE = Path(__file__).parents[4] / "docs/how-to/sandbox.md"


def test_the_settings_of_the_docs_are_understood() -> None:
    (text,) = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)

    assert load.settings(text, place="config.yaml") == Settings(
        sandbox=SandboxSettings(
            refuse=("*_PROD_*", "VAULT_TOKEN"), inbox="~/notes/inbox", every=300
        )
    )


def test_every_setting_may_be_left_out() -> None:
    assert load.settings("sandbox: {}\n", place="config.yaml") == Settings()


@pytest.mark.parametrize("text", ["sandbox: yes\n", "sandbox: {refuse: ['A B']}\n", "other: 1\n"])
def test_settings_that_are_not_understood_are_refused(text: str) -> None:
    with pytest.raises(BadInputError, match=r"config\.yaml:1: (sandbox|other)"):
        load.settings(text, place="config.yaml")


def test_exports_are_read_back_as_they_were_written() -> None:
    exported = Exported(sessions={"a" * 64: "b" * 64})

    assert load.exported(load.to_json(exported), place="exported.json") == exported


def test_damaged_exports_are_told_with_what_to_do() -> None:
    with pytest.raises(StateError, match=r"exported\.json") as caught:
        load.exported("[]", place="exported.json")

    assert "exported once more" in caught.value.hint
