"""The tools a stand-in's model calls are those that the CLI offered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.standins.scenario import Ballot, Provider, Scenario, Turn
from tests.standins.server import StandIn
from tests.unit.standins.clients import AGENTS, Said

JUDGE = (
    "/work/submissions has one folder per submission: `A`.\n"
    "For each of these dimensions, in this order: looks:\n"
    "Write one JSON object to `/work/out/ballot.json`."
)
FOLDER = "/work/submissions/A"
FOUND = f"{FOLDER}/index.html:1:<h1>Bakery</h1>"
SCHEMA = {
    "$defs": {
        "Score": {"properties": {"label": {"enum": ["A"]}, "dimension": {"enum": ["looks"]}}}
    },
    "properties": {"scores": {"items": [{"$ref": "#/$defs/Score"}]}},
}


@pytest.fixture(scope="module")
def serving() -> Iterator[StandIn]:
    with StandIn(port=0) as standin:
        yield standin


@pytest.fixture
def standin(serving: StandIn) -> Iterator[StandIn]:
    serving.begin(Scenario.of(Ballot()))
    yield serving
    assert not serving.problems


@pytest.mark.parametrize(
    ("provider", "tools", "calls"),
    [
        (
            Provider.ANTHROPIC,
            ("Grep", "Glob", "Read"),
            [("Grep", {"pattern": r"\S", "path": FOLDER, "output_mode": "content"})],
        ),
        (
            Provider.ANTHROPIC,
            ("Glob", "Read"),
            [
                ("Glob", {"pattern": "**/*", "path": FOLDER}),
                ("Read", {"file_path": f"{FOLDER}/index.html:1:<h1>Bakery</h1>"}),
            ],
        ),
        (
            Provider.GOOGLE,
            ("grep_search", "run_shell_command"),
            [("grep_search", {"pattern": r"\S", "dir_path": FOLDER})],
        ),
        (
            Provider.GOOGLE,
            ("list_directory", "read_file"),
            [
                ("list_directory", {"dir_path": FOLDER}),
                ("read_file", {"file_path": f"{FOLDER}/index.html:1:<h1>Bakery</h1>"}),
            ],
        ),
    ],
)
def test_a_judge_reads_with_what_it_has(
    standin: StandIn, provider: Provider, tools: tuple[str, ...], calls: list[tuple[str, Any]]
) -> None:
    agent = AGENTS[provider](standin=standin, prompt=JUDGE, tools=tools)
    *looks, vote = agent.play(iter([FOUND, FOUND]))
    assert [(look.tool, look.given) for look in looks] == calls
    assert json.loads(vote.say)["scores"][0]["label"] == "A"


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        (
            "exec",
            'const done = await tools.exec_command({"cmd": "ls \\"a\\""});\ntext(done.output);\n',
        ),
        ("exec_command", {"cmd": 'ls "a"'}),
    ],
)
def test_codex_runs_a_command_by_script_or_directly(
    standin: StandIn, tool: str, given: object
) -> None:
    standin.play(Scenario.of(Turn(run='ls "a"')))
    agent = AGENTS[Provider.OPENAI](standin=standin, tools=(tool,))
    assert agent.turn() == Said(tool=tool, given=given)


_PATCH = "*** Begin Patch\n*** Add File: index.html\n+<h1>\n+hi\n*** End Patch\n"


@pytest.mark.parametrize(
    ("tools", "called", "given"),
    [
        (("exec",), "exec", f"text(await tools.apply_patch({json.dumps(_PATCH)}));\n"),
        (("exec_command", "apply_patch"), "apply_patch", _PATCH),
        (
            ("exec_command",),
            "exec_command",
            {"cmd": "cat >index.html <<'END_OF_FILE'\n<h1>\nhi\nEND_OF_FILE"},
        ),
    ],
)
def test_codex_writes_a_file_by_a_patch_or_where_it_can_only_run_commands_by_one(
    standin: StandIn, tools: tuple[str, ...], called: str, given: object
) -> None:
    standin.play(Scenario.of(Turn(write=("index.html", "<h1>\nhi\n"))))
    agent = AGENTS[Provider.OPENAI](standin=standin, tools=tools)
    assert agent.turn() == Said(tool=called, given=given)


@pytest.mark.parametrize(
    ("provider", "tool", "path"),
    [(Provider.ANTHROPIC, "Write", "file_path"), (Provider.GOOGLE, "write_file", "file_path")],
)
def test_the_others_write_a_file_by_a_tool(
    standin: StandIn, provider: Provider, tool: str, path: str
) -> None:
    standin.play(Scenario.of(Turn(write=("index.html", "<h1>"))))
    assert AGENTS[provider](standin=standin).turn() == Said(
        tool=tool, given={path: "index.html", "content": "<h1>"}
    )


def test_claude_hands_a_ballot_to_the_tool_for_it(standin: StandIn) -> None:
    agent = AGENTS[Provider.ANTHROPIC](
        standin=standin, prompt="Score.", tools=("Grep",), schema=SCHEMA
    )
    look, finish, last = agent.play(iter([FOUND, "Structured output provided successfully"]))
    assert (look.tool, finish.tool, last.tool) == ("Grep", "StructuredOutput", "")
    assert finish.given["scores"][0]["evidence"] == [
        {"file": "index.html", "quote": "<h1>Bakery</h1>"}
    ]


def test_codex_says_a_ballot_that_follows_a_schema(standin: StandIn) -> None:
    agent = AGENTS[Provider.OPENAI](standin=standin, prompt=JUDGE, schema=SCHEMA)
    *_, vote = agent.play(iter([f"Script completed\nOutput:\n{FOUND}\n"]))
    assert json.loads(vote.say)["scores"][0]["evidence"] == [
        {"file": "index.html", "quote": "<h1>Bakery</h1>"}
    ]


@pytest.mark.parametrize("provider", list(Provider))
def test_a_ballot_goes_to_a_file_where_the_prompt_says_so_and_a_tool_can(
    standin: StandIn, provider: Provider
) -> None:
    agent = AGENTS[provider](standin=standin, prompt=JUDGE)
    look, write, last = agent.play(iter([FOUND, "Written."]))
    assert look.tool
    assert "/work/out/ballot.json" in str(write.given)
    assert json.loads(last.say)["version"] == 1
