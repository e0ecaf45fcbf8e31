"""Transcripts in Markdown: readable, and inert in whatever shows them."""

from __future__ import annotations

import re
import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from multicooker.domain.reading import Conversation, Said, Speaker
from multicooker.pipeline.collect import transcript
from multicooker.pipeline.collect.dialects import BUILT_IN
from multicooker.pipeline.collect.transcript import to_markdown
from tests.unit.pipeline.collect.recorded import sessions


def assistant(text: str) -> str:
    """Return how one message of the agent's is shown."""
    said = (Said(speaker=Speaker.ASSISTANT, text=text),)
    return body(Conversation(id="x", said=said)).removeprefix("## assistant\n\n").strip("\n")


def body(conversation: Conversation) -> str:
    return to_markdown(conversation, {}).split("---\n\n", 1)[1]


def test_a_transcript_is_front_matter_messages_and_folded_tools() -> None:
    (found,) = BUILT_IN["claude"].conversations(sessions("claude", "ok"))
    page = to_markdown(found, {"cell": "saffron", "role": "participant", "empty": ""})
    _, front, text = page.split("---\n", 2)
    assert yaml.safe_load(front) == {
        "cell": "saffron",
        "role": "participant",
        "session": found.id,
        "started": found.started,
        "model": "claude-opus-5-5",
        "cli_version": "2.1.329",
    }
    assert text.startswith(
        "\n## user\n\nMake a landing page for the bakery in the working directory.\n\n"
        "## assistant\n\nI look around.\n\n"
        "<details>\n<summary>Bash: ls -la; echo hello</summary>\n\n```text\nls -la; echo hello\n"
    )
    assert text.endswith("</details>\n\n## assistant\n\nThe page is done.\n")
    assert to_markdown(found, {"cell": "saffron", "role": "participant", "empty": ""}) == page


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain *and* _more_ - text", "plain *and* _more_ - text"),
        ("- one\n  - two\n1. three", "- one\n  - two\n1. three"),
        ("see `index.html` and `a<b`", "see `index.html` and \\`a&lt;b\\`"),
        ("# big", "\\# big"),
        ("> ## user", "> \\## user"),
        ("user\n----", "user\n\\----"),
        ("user\n====", "user\n\\===="),
        ("<img src=//x.example/a>", "&lt;img src=//x.example/a>"),
        ("![a](http://x.example/a)", "!\\[a\\](http://x.example/a)"),
        ("[a]: http://x.example", "\\[a\\]: http://x.example"),
        ("a & b &lt; $x$ | ~~y~~", "a &amp; b &amp;lt; \\$x\\$ \\| \\~\\~y\\~\\~"),
        ("back\\slash", "back\\\\slash"),
        ("::: danger", "\\::: danger"),
        ("\x1b[2J\u202e", "\\\\x1b\\[2J\\\\u202e"),
        ("```html\n<b>\n```\nend", "\n```html\n<b>\n```\n\nend"),
        ("```mermaid\nx\n```", "\n```text\nx\n```"),
        ("~~~\na\n```\nb\n~~~", "\n````text\na\n```\nb\n````"),
        ("````\na\n```\nb\n````", "\n````text\na\n```\nb\n````"),
        ("```\nnever closed", "\n```text\nnever closed\n```"),
        ("``` not a ` fence", "\\`\\`\\` not a \\` fence"),
        ("- x\n  ```\n<img>", "- x\n\n```text\n<img>\n```"),
    ],
)
def test_prose_keeps_its_looks_and_loses_what_acts(text: str, shown: str) -> None:
    assert assistant(text).strip("\n") == shown.strip("\n")


def test_a_tool_call_is_folded_behind_its_first_line() -> None:
    call = Said(
        speaker=Speaker.TOOL,
        tool="Bash",
        call="echo '<b>' `x`\nrm y",
        text="```\n</details><script>",
        failed=True,
    )
    assert body(Conversation(id="x", said=(call,))) == (
        "## assistant\n\n"
        "<details>\n<summary>Bash: echo &#x27;&lt;b&gt;&#x27; &#96;x&#96; (failed)</summary>\n\n"
        "```text\necho '<b>' `x`\nrm y\n```\n\n"
        "````text\n```\n</details><script>\n````\n\n</details>\n"
    ).replace("```text\necho", "```text\necho")


def test_a_short_call_is_told_once() -> None:
    call = Said(speaker=Speaker.TOOL, tool="shell", call="ls")
    assert body(Conversation(id="x", said=(call, Said(speaker=Speaker.TOOL)))) == (
        "## assistant\n\n<details>\n<summary>shell: ls</summary>\n\n</details>\n\n"
        "<details>\n<summary>tool</summary>\n\n</details>\n"
    )


def test_a_call_that_answers_the_user_stands_under_the_assistant() -> None:
    asked = Said(speaker=Speaker.USER, text="do it")
    call = Said(speaker=Speaker.TOOL, tool="shell", call="ls")
    answer = Said(speaker=Speaker.ASSISTANT, text="done")
    page = body(Conversation(id="x", said=(asked, call, call, answer, call)))
    shown = [line for line in page.split("\n") if line.startswith(("##", "<summary"))]
    called = "<summary>shell: ls</summary>"
    assert shown == ["## user", "## assistant", called, called, "## assistant", called]


def test_what_is_endless_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    assert assistant("x" * (transcript.MAX_ENTRY + 5)).endswith("x\n… cut here: 5 more characters")
    monkeypatch.setattr(transcript, "MAX_ENTRIES", 2)
    said = (Said(speaker=Speaker.USER, text="a"),) * 5
    page = body(Conversation(id="x", said=said))
    assert page.count("## user") == 2
    assert page.endswith("… cut here: 3 more entries\n")


@pytest.mark.parametrize("row", ["~", "~~~ ", "~~~x ", "\t"])
def test_what_nearly_is_a_fence_takes_time_in_proportion(row: str) -> None:
    began = time.process_time()
    assistant(f"~~~{row * 90_000}`")
    assert time.process_time() - began < 5


TEXT = st.text(
    st.sampled_from("`~<>&![]()#-=*_|\\:$\n\t \"'ab1.\x1b\u2028\ud800") | st.characters(),
    max_size=60,
)


@settings(max_examples=80, deadline=None)
@given(text=TEXT, tool=TEXT, call=TEXT)
def test_nothing_but_our_own_tags_and_headings_stands_outside_a_fence(
    text: str, tool: str, call: str
) -> None:
    said = (
        Said(speaker=Speaker.USER, text=text),
        Said(speaker=Speaker.TOOL, tool=tool, call=call, text=text),
        Said(speaker=Speaker.ASSISTANT, text=text),
    )
    fence = ""
    for line in body(Conversation(id="x", said=said)).split("\n"):
        mark = re.match("`{3,}", line)
        if fence:
            fence = "" if line == fence else fence
        elif mark:
            fence = mark[0]
            assert line.removeprefix(fence).isalpha()
        else:
            assert "<" not in re.sub(r"^</?(details|summary)>|</summary>$", "", line)
            assert not re.match(r"[\s>]*#", line) or line in {"## user", "## assistant"}
            assert not re.search(r"(?<!\\)[\[\]]", line)
            assert not re.match(r"\s*(=+|-+)\s*$", line) or line.strip() == "-"
    assert not fence


MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OURS = re.compile(
    r"<details>\n<summary>[^<]*</summary>\n|</details>\n|<details>\n<summary>[^<]*</summary>"
)


@settings(max_examples=80, deadline=None)
@given(text=TEXT, tool=TEXT, call=TEXT)
def test_a_real_reader_of_markdown_finds_nothing_that_acts(text: str, tool: str, call: str) -> None:
    said = (
        Said(speaker=Speaker.USER, text=text),
        Said(speaker=Speaker.TOOL, tool=tool, call=call, text=text),
        Said(speaker=Speaker.ASSISTANT, text=text),
    )
    tokens = MARKDOWN.parse(body(Conversation(id="x", said=said)))
    every = [inner for token in tokens for inner in (token, *(token.children or ()))]
    assert not {token.type for token in every} & {"image", "link_open", "html_inline"}
    assert all(OURS.fullmatch(it.content) for it in every if it.type == "html_block")
    titles = [tokens[at + 1].content for at, it in enumerate(tokens) if it.type == "heading_open"]
    assert titles == ["user", "assistant", "assistant"]


@settings(max_examples=80, deadline=None)
@given(value=TEXT)
def test_front_matter_is_yaml_whatever_is_in_it(value: str) -> None:
    conversation = Conversation(id=value, model=value)
    front = to_markdown(conversation, {"cell": "x"}).split("---\n")[1]
    found = yaml.safe_load(front)
    assert found["cell"] == "x"
    assert set(found) <= {"cell", "session", "model"}
    assert ("session" in found) is bool(value)
