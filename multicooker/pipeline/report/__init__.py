"""Verdict → `leaderboard.md` and `report.html`: readable, blind until the reveal, inert.

Templates loop and print. Whatever they print is made safe by the environment itself, not by a
filter that a template could forget: shown text first, then HTML or Markdown escapes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from multicooker.domain.ballot import Seal, Verdict
from multicooker.domain.cook import CookSpec
from multicooker.domain.display import display_line, display_text
from multicooker.pipeline.report.spending import Spent
from multicooker.pipeline.report.view import TextOf, board_of, page_of

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_MARKDOWN = re.compile(r"[\\`*_\[\]|~@$]|:(?=/|[a-z0-9_+-]+:)|(?<=[wW]{3})\.|^[-+#=]")
"""Emphasis, code, links, cells, mentions, formulas, bare addresses, marks that open a line."""
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def leaderboard_md(verdict: Verdict, *, template: str, spent: Sequence[Spent] = ()) -> str:
    """Return the verdict as Markdown tables; nobody is named before its last section."""
    return _markdown_template(template).render(board=board_of(verdict, spent=spent))


def report_html(
    verdict: Verdict,
    *,
    seal: Seal,
    spec: CookSpec,
    brief: str,
    text_of: TextOf,
    template: str,
    spent: Sequence[Spent] = (),
) -> str:
    """Return the whole report as one HTML file that loads nothing and runs nothing.

    `spent` is what `spending` makes of the cells, who are named in it: it goes behind the reveal.
    `text_of` returns a sealed file's text by label and path, None where it cannot be shown; it
    is asked for a few small files of each submission.
    """
    page = page_of(verdict, seal=seal, spec=spec, brief=brief, text_of=text_of, spent=spent)
    return _html_template(template).render(page=page, style_hash=_style_hash(template))


def markdown(text: str) -> str:
    """Return `text` as one line that Markdown shows literally, in a table cell, too."""
    line = "".join(_ENTITIES.get(char, char) for char in display_line(text))
    return _MARKDOWN.sub(r"\\\g<0>", line)


@lru_cache(maxsize=2)
def _markdown_template(template: str) -> Template:
    return _environment(finalize=_for_markdown).from_string(template)


@lru_cache(maxsize=2)
def _html_template(template: str) -> Template:
    return _environment(finalize=_for_html, autoescape=True).from_string(template)


def _environment(*, finalize: Callable[[object], object], autoescape: bool = False) -> Environment:
    return Environment(
        undefined=StrictUndefined,
        autoescape=autoescape,  # noqa: S701  # Markdown has its own escapes, in `finalize`
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _for_markdown(value: object) -> object:
    return markdown(value) if isinstance(value, str) else value


def _for_html(value: object) -> object:
    """Neutralise what would act or hide; Jinja escapes the result. Macros' output is done."""
    return (
        display_text(value) if isinstance(value, str) and not isinstance(value, Markup) else value
    )


def _style_hash(template: str) -> str:
    """Return the hash by which the page's policy allows its one style sheet and nothing else."""
    style = _STYLE.search(template)
    digest = hashlib.sha256(style[1].encode() if style else b"").digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
