"""A judge of a stand-in against what multicooker asks of judges and takes from them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from multicooker.domain.ballot import Ballot as CastBallot
from multicooker.domain.ballot import BallotRejected, Seal, Submission
from multicooker.domain.cook import CookSpec, Dimension, Participant, Rubric
from multicooker.domain.outcome import FileEntry
from multicooker.pipeline.judge import ballot_schema, read_ballot
from multicooker.pipeline.render import judge_inputs
from tests.standins.judging import booth, excerpts, listed_files
from tests.standins.scenario import JUDGING, Ballot, Fault, Provider, Scenario, Turn
from tests.standins.talking import Asked, Call, Op, Script, Step

TEMPLATES = Path(__file__).parents[3] / "templates"
RUBRIC = Rubric(
    dimensions=(
        Dimension(name="completeness", means="All is there", weight=2),
        Dimension(name="looks", means="Nice to see"),
    )
)
FILES = {
    "A": {"index.html": "<h1>Bakery</h1>\n\n  <h2>Opening   hours: daily</h2>\n"},
    "B": {"css/style.css": "body { color: red }\n", "index.html": "<h1>B: it is</h1>\n"},
    "C": {},
}
PARTICIPANT = Participant(name="p", flavor="demo")
LABELS = ("B", "A", "C")


def prompt(*, in_message: bool) -> str:
    spec = CookSpec(participants=(PARTICIPANT,), judges=(), rubric=RUBRIC)
    files = judge_inputs(
        spec,
        labels=LABELS,
        judge_brief="",
        ballot_schema="",
        answers_in_message=in_message,
        template=lambda name: (TEMPLATES / name).read_text(encoding="utf-8"),
    )
    return files["PROMPT.md"]


def grep(folder: str) -> str:
    """Return what the claude CLI's search tool tells."""
    return "\n".join(
        f"{folder}/{name}:{number}:{line}"
        for name, text in FILES[folder.rsplit("/", 1)[1]].items()
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip()
    )


def headed(folder: str) -> str:
    """Return what the gemini CLI's search tool tells."""
    told = [f'Found matches in path "{folder}":', "---"]
    for name, text in FILES[folder.rsplit("/", 1)[1]].items():
        told.append(f"File: {name}")
        told += [f"L{number}: {line}" for number, line in enumerate(text.splitlines(), 1)]
        told += ["L99- what stands around it", "---"]
    return "\n".join(told)


def shell(command: str) -> str:
    """Return what the codex CLI's shell tool tells."""
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    return f"Wall time: 0.1 seconds\nProcess exited with code 0\nOutput:\n{done.stdout}"


def steps(script: Script, asked: Asked, tools: Callable[[Call], str]) -> Iterator[Step]:
    """Yield the judge's steps; each tool call is answered by `tools`."""
    results: tuple[str, ...] = ()
    while True:
        step = script.answer(
            Asked(
                provider=asked.provider,
                model=asked.model,
                session=asked.session,
                prompt=asked.prompt,
                abilities=asked.abilities,
                schema=asked.schema,
                results=results,
            )
        )
        assert isinstance(step, Step)
        yield step
        if step.call is None:
            return
        results = (*results, tools(step.call))


def judge(
    *abilities: Op, schema: Mapping[str, object] | None = None, session: str = "s", text: str = ""
) -> Asked:
    return Asked(
        provider=Provider.ANTHROPIC,
        model="m",
        session=session,
        prompt=text or prompt(in_message=True),
        abilities=frozenset(abilities),
        schema=schema,
    )


def accepted(ballot: str, files: Mapping[str, Mapping[str, str]] = FILES) -> bool:
    """Tell whether multicooker takes a ballot."""
    seal = Seal(
        round=1,
        made="2026-11-21T12:00:00+00:00",
        submissions=tuple(
            Submission(
                label=label,
                files=tuple(FileEntry(path=p, size=20, sha256="0" * 64) for p in texts),
            )
            for label, texts in files.items()
        ),
    )
    read = read_ballot(
        ballot.encode(),
        labels=LABELS,
        rubric=RUBRIC,
        seal=seal,
        text_of=lambda label, path: files[label].get(path),
    )
    assert isinstance(read, CastBallot | BallotRejected)
    return isinstance(read, CastBallot)


SCRIPT = Scenario.of(Ballot())


@pytest.mark.parametrize("told", [grep, headed])
def test_a_ballot_from_searches_is_taken(told: Callable[[str], str]) -> None:
    *looks, vote = steps(Script(SCRIPT), judge(Op.SEARCH), lambda call: told(call.subject))
    assert [look.call.subject for look in looks if look.call] == [
        f"/work/submissions/{label}" for label in LABELS
    ]
    assert accepted(vote.say)


def test_a_ballot_from_a_shell_is_taken(tmp_path: Path) -> None:
    for label, files in FILES.items():
        for name, text in files.items():
            path = tmp_path / "submissions" / label / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    asked = judge(Op.RUN, text=prompt(in_message=True).replace("/work", str(tmp_path)))
    *_, vote = steps(Script(SCRIPT), asked, lambda call: shell(call.subject))
    assert accepted(vote.say)


def listing(call: Call) -> str:
    label = call.subject.split("/")[3]
    if call.op is Op.LIST:
        return "\n".join(f"{label}/{name}" for name in FILES[label]) or "No files found"
    text = FILES[label].get(call.subject.split("/", 4)[4])
    if text is None:
        return "File does not exist. Note: look elsewhere."
    return "\n".join(f"{number}\t{line}" for number, line in enumerate(text.splitlines(), 1))


def test_a_ballot_from_listing_and_reading_is_taken() -> None:
    *_, vote = steps(Script(SCRIPT), judge(Op.LIST, Op.READ), listing)
    assert accepted(vote.say)


def test_without_any_tool_to_look_the_judge_votes_at_once_and_in_vain() -> None:
    (vote,) = steps(Script(SCRIPT), judge(), lambda _: "")
    assert len(json.loads(vote.say)["scores"]) == 6
    assert not accepted(vote.say)


def test_labels_and_dimensions_come_from_the_schema_where_there_is_one() -> None:
    schema = json.loads(ballot_schema(("X", "Y"), RUBRIC))
    asked = booth("Score what you find.", schema)
    assert (asked.labels, asked.dimensions) == (("X", "Y"), ("completeness", "looks"))
    assert asked.folder("X") == "/work/submissions/X"


def test_a_schema_is_answered_by_the_tool_for_it_and_then_in_words() -> None:
    schema = json.loads(ballot_schema(LABELS, RUBRIC))
    asked = judge(Op.SEARCH, Op.FINISH, schema=schema)
    *_, finish, last = steps(Script(SCRIPT), asked, grep_or_fine)
    assert finish.call is not None
    assert finish.call.op is Op.FINISH
    assert accepted(finish.call.content)
    assert last.call is None


def grep_or_fine(call: Call) -> str:
    return grep(call.subject) if call.op is Op.SEARCH else "Fine."


def test_a_ballot_is_written_where_the_prompt_wants_a_file() -> None:
    asked = judge(Op.SEARCH, Op.WRITE, text=prompt(in_message=False))
    *_, write, last = steps(Script(SCRIPT), asked, grep_or_fine)
    assert write.call is not None
    assert (write.call.op, write.call.subject) == (Op.WRITE, "/work/out/ballot.json")
    assert accepted(write.call.content)
    assert accepted(last.say)


def scores(conduct: Ballot) -> Sequence[int]:
    *_, vote = steps(Script(Scenario.of(conduct)), judge(Op.SEARCH), grep_or_fine)
    return [score["score"] for score in json.loads(vote.say)["scores"]]


def test_a_judge_likes_what_the_scenario_says_within_the_bounds() -> None:
    likes = {"<h2>": 3, "(?i)bakery": 1, r"color:\s*red": -9}
    assert scores(Ballot(base=4, likes=likes)) == [1, 1, 8, 8, 4, 4]
    assert scores(Ballot(base=40)) == [10] * 6


def test_a_judge_has_tastes_of_one_dimension_and_quotes_what_met_them() -> None:
    conduct = Ballot(base=4, tastes={"looks": {"hours": 3}})
    assert scores(conduct) == [4, 4, 4, 7, 4, 4]
    *_, vote = steps(Script(Scenario.of(conduct)), judge(Op.SEARCH), grep_or_fine)
    found = json.loads(vote.say)["scores"][3]
    assert found["evidence"][0]["quote"] == "<h2>Opening   hours: daily</h2>"
    assert found["reason"] == "1 of 1 things looked for, in 2 lines."


def test_the_first_ballots_misquote_and_the_next_does_not() -> None:
    script = Script(Scenario.of(Ballot(misquotes=1)))
    first, repaired = (judge(Op.SEARCH, session=session) for session in ("one", "two"))
    votes = []
    for asked in (first, first, repaired):
        *_, vote = steps(script, asked, grep_or_fine)
        votes.append(accepted(vote.say))
    assert votes == [False, False, True]


def test_a_judge_may_say_something_and_meet_faults_before_it_votes() -> None:
    script = Script(Scenario.of(Turn(run="date"), Fault(status=529, times=1), Ballot()))
    asked = judge(Op.SEARCH, Op.RUN)
    first = script.answer(asked)
    assert isinstance(first, Step)
    again = Asked(
        provider=asked.provider,
        model="m",
        session="s",
        prompt=asked.prompt,
        abilities=asked.abilities,
        results=("today",),
    )
    assert isinstance(script.answer(again), Fault)
    look = script.answer(again)
    assert isinstance(look, Step)
    assert look.call == Call(op=Op.SEARCH, subject="/work/submissions/B")


def test_the_prompt_of_judges_tells_them_from_participants() -> None:
    template = (TEMPLATES / "prompts" / "participant.md.j2").read_text(encoding="utf-8")
    assert "/work/submissions" in prompt(in_message=True)
    assert "/work/submissions" not in template
    assert JUDGING.startswith("/work/submissions")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("/work/submissions/A/a b.txt:7:x: y", (("a b.txt", "x: y"),)),
        ("A/sub/A/f:text", (("sub/A/f", "text"),)),
        ("../submissions/A/f:1:text", (("f", "text"),)),
        ("./A/f:text", (("f", "text"),)),
        ("/work/submissions/B/f:1:another's", ()),
        ("/work/submissions/A/f:1:   ", ()),
        ("No matches found", ()),
        ("grep: f: Permission denied", ()),
    ],
)
def test_lines_of_searches_are_understood(line: str, found: tuple[tuple[str, str], ...]) -> None:
    assert excerpts(line, "/work/submissions/A") == found


def test_listings_are_understood() -> None:
    told = "Directory listing for /work/submissions/A:\n[DIR] css\nindex.html (35 bytes)\n"
    assert list(listed_files(told, "/work/submissions/A")) == ["index.html"]
    assert list(listed_files("Directory is empty.", "/work/submissions/A")) == []
