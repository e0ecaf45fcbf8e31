"""A conversation → Markdown that reads well and does nothing.

All of it is a stranger's text. What looks like code stays code, in fences of our own that nothing
inside can close; of the rest, lists, quotes and emphasis keep their looks, while everything that
could load, link, run or pass for another entry's heading is shown as the characters it is.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping

from multicooker.domain.display import display_line, display_text
from multicooker.domain.reading import Conversation, Said, Speaker

MAX_ENTRY = 100_000
"""Characters of one entry that are shown."""
MAX_ENTRIES = 5_000
_SUMMARY_WIDTH = 100

_FENCE = re.compile(r"^[ \t]*+(`{3,}+|~{3,}+)[ \t]*+([A-Za-z0-9+#-]{0,20}+)[^`]*+$")
"""Nothing in it is given back: else a long row of tildes would be tried from each of its places."""
_LANGUAGES = frozenset(
    {
        "bash",
        "c",
        "cpp",
        "css",
        "diff",
        "go",
        "html",
        "java",
        "js",
        "json",
        "jsx",
        "kotlin",
        "php",
        "py",
        "python",
        "ruby",
        "rust",
        "scss",
        "sh",
        "sql",
        "swift",
        "toml",
        "ts",
        "tsx",
        "txt",
        "xml",
        "yaml",
    }
)
"""Names that only colour. Others make some viewers run or draw what they name."""
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_ACTIVE = re.compile(
    r"(?P<code>(?<!`)`[\w./:@=,+ -]{1,100}`(?!`))|(?P<act>[\\`\[\]~$|&<])", re.ASCII
)
"""Code in a line stays code where nothing in it could act if it were not."""
_BULLET = re.compile(
    r"^(?P<lead>(?:[ \t]|[>*+-](?=[ \t])|\d{1,9}[.)](?=[ \t])){0,40})(?P<mark>[#=:-])"
)


def to_markdown(conversation: Conversation, facts: Mapping[str, str]) -> str:
    """Return a conversation as Markdown; `facts` go into its front matter before its own."""
    own = {
        "session": conversation.id,
        "started": conversation.started,
        "model": conversation.model,
        "cli_version": conversation.version,
    }
    lines = ["---"]
    lines += [f"{key}: {_quoted(value)}" for key, value in ({**facts, **own}).items() if value]
    lines += ["---", ""]
    speaker = Speaker.USER
    for said in conversation.said[:MAX_ENTRIES]:
        if said.speaker is Speaker.TOOL and speaker is Speaker.USER:
            lines += _heading(Speaker.ASSISTANT)  # it called a tool before it said anything
        lines += _entry(said)
        speaker = said.speaker
    if len(conversation.said) > MAX_ENTRIES:
        lines += [f"… cut here: {len(conversation.said) - MAX_ENTRIES:,} more entries", ""]
    return "\n".join(lines)


def _heading(speaker: Speaker) -> tuple[str, str]:
    return f"## {speaker}", ""


def _entry(said: Said) -> Iterator[str]:
    if said.speaker is not Speaker.TOOL:
        yield from _heading(said.speaker)
        yield from _prose(_cut(said.text))
        return
    name = said.tool or "tool"
    first = said.call.strip().partition("\n")[0]
    told = f"{name}: {first}" if first else name
    yield "<details>"
    yield f"<summary>{_inert(told)}{' (failed)' if said.failed else ''}</summary>"
    yield ""
    told_already = said.call.strip() == first and len(told) < _SUMMARY_WIDTH
    for text in ("" if told_already else said.call, said.text):
        if text.strip():
            yield from _fenced(_cut(text.strip("\n")).split("\n"), "")
    yield "</details>"
    yield ""


def _prose(text: str) -> Iterator[str]:
    """Yield a message: its fenced code in fences of our own, its other lines made inert."""
    fence, code = "", list[str]()
    language = ""
    for line in text.strip("\n").split("\n"):
        found = _FENCE.match(line)
        if not fence and found:
            fence, language, code = found[1], found[2], []
        elif fence and found and found[1].startswith(fence) and not found[2]:
            yield from ("", *_fenced(code, language))
            fence = ""
        elif fence:
            code.append(line)
        else:
            yield _inert_line(line)
    if fence:
        yield from ("", *_fenced(code, language))
    yield ""


def _fenced(lines: list[str], language: str) -> Iterator[str]:
    """Yield lines as code, in a fence longer than any row of backticks in them."""
    text = "\n".join(lines)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    yield fence + (language if language in _LANGUAGES else "text")
    yield from lines
    yield from (fence, "")


def _inert_line(line: str) -> str:
    """Return one line of prose with everything escaped that Markdown would act on."""
    lead, rest = "", line
    found = _BULLET.match(line)
    if found:
        bullet = found["mark"] == "-" and line[found.end() : found.end() + 1] in {" ", "\t"}
        lead = found["lead"] + found["mark"] if bullet else f"{found['lead']}\\{found['mark']}"
        rest = line[found.end() :]
    return lead + _ACTIVE.sub(_escaped, rest)


def _escaped(found: re.Match[str]) -> str:
    if found["code"]:
        return found[0]
    return _ENTITIES.get(found[0], f"\\{found[0]}")


def _inert(text: str) -> str:
    """Return text for inside an HTML line, where some viewers still look for Markdown."""
    shown = html.escape(display_line(text, _SUMMARY_WIDTH))
    return re.sub(r"[\\`\[\]~$|!]", lambda found: f"&#{ord(found[0])};", shown)


def _quoted(value: str) -> str:
    """Return a YAML string that is one, whatever it holds."""
    return json.dumps(display_line(value, 200))


def _cut(text: str) -> str:
    shown = display_text(text[:MAX_ENTRY])
    more = len(text) - MAX_ENTRY
    return f"{shown}\n… cut here: {more:,} more characters" if more > 0 else shown
