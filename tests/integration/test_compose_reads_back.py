"""Whatever goes into compose.yaml, compose reads back exactly that (B20-B23, B26)."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from multicooker.domain.round import Project
from multicooker.pipeline.plan import default_spec, plan
from multicooker.pipeline.render import COMPOSE, render
from tests.known_flavors import KNOWN

TEMPLATES = Path(__file__).parents[2] / "templates"

NASTY = [
    *("0", "null", "no", "on", "off", "yes", "y", "n", "~", "true", "False", "1e3", "08", "0o17"),
    *(".5e1", "12e03", "-.5", "0x1F", "1_000", "12:30", "2026-01-01", ".nan", ".inf", "-.inf"),
    *(
        "$HOME",
        "${X}",
        "$$",
        "$",
        "$$$",
        "${A:?m}",
        "${",
        "$(id)",
        "^a$",
        "$5",
        "${ANTHROPIC_API_KEY}",
    ),
    *(
        "é",
        "🙂",
        "日本語",
        "\u2028",
        "\u2029",
        "\ufeff",
        "\u200b",
        "\u202e",
        "\x7f",
        "\x85",
        "\xa0",
    ),
    *("", " ", "  a  ", "a\nb", "a\n", "\n", "\ta", "a: b", "- a", "#c", "a #b", "&a", "*a", "!t"),
    *(
        "@x",
        "`x`",
        "%x",
        "{a}",
        "[a]",
        ",",
        "'",
        '"',
        '\\"',
        "\\",
        "\\n",
        "\\u0041",
        "<<",
        "=",
        "?",
    ),
    *("x\n    privileged: true", "{{7*7}}", "{% raw %}", "---", "...", "|", ">", "a" * 3000),
]


def template(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def read_back(values: list[str], folder: Path) -> list[str]:
    """Render `values` as environment of one cell and return what compose makes of them."""
    spec = default_spec(KNOWN, {})
    round_ = plan(
        spec,
        known=KNOWN,
        project=Project(name="mc-t-0", folder=str(folder), task="t"),
        number=1,
        user="1000:1000",
        has_raw=False,
        locate=str,
    )
    environment = {f"V{at}": value for at, value in enumerate(values)}
    cells = (dataclasses.replace(round_.participants[0], environment=environment),)
    files = render(dataclasses.replace(round_, participants=cells), spec, template=template)
    (folder / COMPOSE).write_text(files[COMPOSE], encoding="utf-8")
    command = ["docker", "compose", "-p", "mc-t-0", "-f", str(folder / COMPOSE)]
    command += ["--env-file", "/dev/null", "config", "--format", "json"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    service = json.loads(done.stdout)["services"][cells[0].name]
    assert service["privileged"] is False if "privileged" in service else True
    # `config` doubles $ again, so that its output can be fed to compose once more.
    return [service["environment"][f"V{at}"].replace("$$", "$") for at in range(len(values))]


@pytest.mark.docker
def test_every_nasty_scalar_comes_back_unchanged(tmp_path: Path) -> None:
    assert read_back(NASTY, tmp_path) == NASTY


@pytest.mark.docker
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    values=st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
        min_size=40,
        max_size=40,
    )
)
def test_any_text_comes_back_unchanged(values: list[str], tmp_path: Path) -> None:
    assert read_back(values, tmp_path) == values
