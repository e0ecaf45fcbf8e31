"""Reports as a test looks at them: rendered from a sample, then parsed like a browser would."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from pathlib import Path

from multicooker.pipeline.report import leaderboard_md, report_html
from tests.fakes.sample_report import Sample

TEMPLATES = Path(__file__).parents[2] / "templates" / "reports"
REPORT = (TEMPLATES / "report.html.j2").read_text(encoding="utf-8")
LEADERBOARD = (TEMPLATES / "leaderboard.md.j2").read_text(encoding="utf-8")


class Nodes(HTMLParser):
    """Everything that a browser would make of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.comments: list[str] = []
        self.style = ""
        self._open = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open = tag
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if self._open == "style":
            self.style += data

    def handle_endtag(self, tag: str) -> None:
        if tag == self._open:
            self._open = ""

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def page_of(it: Sample) -> str:
    """Return report.html of a sample."""
    return report_html(
        it.verdict,
        seal=it.seal,
        spec=it.spec,
        brief=it.brief,
        text_of=it.text_of,
        template=REPORT,
        spent=it.spent,
    )


def board_of(it: Sample) -> str:
    """Return leaderboard.md of a sample."""
    return leaderboard_md(it.verdict, template=LEADERBOARD, spent=it.spent)


def visible(page: str) -> str:
    """Return the words of a page's body, with single spaces between them."""
    body = page.partition("<body")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())
