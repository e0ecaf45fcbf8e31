"""Round → {relative path: text}: the compose file, the prompts, the rubric.

Templates loop and print. Every scalar that enters YAML passes the filter `q`; a property test
holds that compose reads back exactly what went in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from multicooker.domain.cook import MAX_SCORE, MIN_SCORE, CookSpec, NetworkMode
from multicooker.domain.flavor import Role
from multicooker.domain.round import Round, Tmpfs

COMPOSE = "compose.yaml"
OVERRIDE = "compose.override.yaml"

_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
"""What YAML reads as a line break or refuses when it stands there raw."""


def quote(value: str) -> str:
    """Return a YAML double-quoted scalar that compose reads back as exactly `value`.

    JSON is YAML but for what it may leave raw; `$` is doubled because compose interpolates.
    """
    text = json.dumps(str(value), ensure_ascii=False).replace("$", "$$")
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def render(round_: Round, spec: CookSpec, *, template: Callable[[str], str]) -> dict[str, str]:
    """Return every generated file of a round but the judges' inputs, by relative path."""
    jinja = _environment(template)
    cell_macro: Any = jinja.get_template("compose/_cell.yaml.j2").make_module(
        {"file_limit": spec.limits.output_bytes}
    )
    files = {
        COMPOSE: jinja.get_template("compose/compose.yaml.j2").render(
            round=round_,
            render_cell=cell_macro.render_cell,
            open_cells=[cell for cell in round_.cells if cell.network is NetworkMode.OPEN],
        )
    }
    prompt = jinja.get_template("prompts/participant.md.j2")
    for cell in round_.cells:
        if cell.role is Role.PARTICIPANT:
            has_raw = any(mount.target == "/work/raw" for mount in cell.mounts)
            files[f"{cell.folder}/in/PROMPT.md"] = prompt.render(
                required=cell.required, has_raw=has_raw
            )
    return files


def override_stub(round_: Round, *, template: Callable[[str], str]) -> str:
    """Return the commented compose.override.yaml that is written once."""
    return _environment(template).get_template(f"compose/{OVERRIDE}.j2").render(round=round_)


def judge_inputs(
    spec: CookSpec,
    *,
    labels: tuple[str, ...],
    judge_brief: str,
    ballot_schema: str,
    answers_in_message: bool,
    template: Callable[[str], str],
) -> dict[str, str]:
    """Return what one judge call finds in `/work/in`, by file name.

    `answers_in_message`: the ballot is the judge's last message rather than a file it writes.
    """
    jinja = _environment(template)
    return {
        "PROMPT.md": jinja.get_template("prompts/judge.md.j2").render(
            labels=labels,
            dimensions=spec.rubric.dimensions,
            min_score=MIN_SCORE,
            max_score=MAX_SCORE,
            judge_brief=judge_brief,
            answers_in_message=answers_in_message,
        ),
        "RUBRIC.md": jinja.get_template("prompts/rubric.md.j2").render(
            rubric=spec.rubric, shares=spec.rubric.shares()
        ),
        "ballot.schema.json": ballot_schema,
    }


def scaffold(values: Mapping[str, object], *, template: Callable[[str], str]) -> dict[str, str]:
    """Return the files of a new cook, by relative path."""
    jinja = _environment(template)
    return {
        name: jinja.get_template(f"cook/{name}.j2").render(values)
        for name in ("BRIEF.md", "cook.yaml")
    }


def _environment(template: Callable[[str], str]) -> Environment:
    def load(name: str) -> str | None:
        try:
            return template(name)
        except KeyError:
            return None

    jinja = Environment(
        loader=FunctionLoader(load),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  # YAML and Markdown for programs, not for a browser
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    jinja.filters["q"] = quote
    jinja.filters["tmpfs"] = Tmpfs.options
    jinja.filters["place"] = _place
    return jinja


def _place(source: str) -> str:
    """Return a mount's source as compose reads it: a path of the host, or beside compose.yaml."""
    return source if source.startswith("/") else f"./{source}"
