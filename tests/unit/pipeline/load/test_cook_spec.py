"""What a `cook.yaml` asks for, and in which words a wrong one is refused."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from multicooker.domain.cook import (
    STRICT,
    Auth,
    AuthMode,
    CookSpec,
    Judge,
    Network,
    NetworkMode,
    Participant,
    Resources,
)
from multicooker.errors import BadInputError
from multicooker.pipeline import load
from multicooker.pipeline.load import doors
from tests.unit.pipeline.load.strategies import SPEC, as_yaml, specs, texts

ROOT = Path(__file__).parents[4]


def loaded(text: str) -> CookSpec:
    return load.cook_spec(text, place="cook.yaml", defaults=SPEC)


def refused(text: str) -> str:
    with pytest.raises(BadInputError) as caught:
        loaded(text)
    assert "docs/reference/cook-yaml.md" in caught.value.hint or "YAML" in caught.value.hint
    return caught.value.message


def participant(extra: str) -> str:
    return f"participants:\n  - name: saffron\n    flavor: demo\n    {extra}\n"


def test_keys_that_are_left_out_come_from_the_defaults() -> None:
    spec = loaded("network: none\nauth: none\n")

    assert spec == dataclasses.replace(
        SPEC, network=Network(mode=NetworkMode.NONE), auth=Auth(mode=AuthMode.NONE)
    )


@pytest.mark.parametrize(
    ("text", "auth"),
    [
        ("volume", Auth(mode=AuthMode.VOLUME)),
        ("{mode: volume}", Auth(mode=AuthMode.VOLUME)),
        ("{profile: work}", Auth(profile="work")),
        ("{mode: pipe, profile: work}", Auth(mode=AuthMode.PIPE, profile="work")),
    ],
)
def test_a_login_is_named_by_its_mode_alone_or_in_a_mapping(text: str, auth: Auth) -> None:
    assert loaded(f"auth: {text}").auth == auth
    assert loaded(participant(f"auth: {text}")).participants[0].auth == auth


def test_a_network_says_where_host_names_lead() -> None:
    spec = loaded("network:\n  resolve: {api.acme.example: 10.0.0.7, x.example: '::1'}")

    assert spec.network == Network(resolve={"api.acme.example": "10.0.0.7", "x.example": "::1"})


def test_every_key_of_a_participant_and_a_judge_is_read() -> None:
    spec = loaded(
        """
participants:
  - name: saffron
    flavor: claude
    model: opus 4.1
    effort: high
    timeout: 2h
    resources: {memory: 512m, cpus: 1, pids: 100}
    network: none
    auth: pipe
    version: 2.1.329
    options: {timeout: 30m, no: "yes"}
judges:
  - {name: north, flavor: codex, timeout: 90, resources: {memory: 1g}, auth: token, version: 0.1.0}
"""
    )

    assert spec.participants == (
        Participant(
            name="saffron",
            flavor="claude",
            model="opus 4.1",
            effort="high",
            timeout=7200,
            resources=Resources(memory=512 * 1024**2, cpus=1.0, pids=100),
            network=NetworkMode.NONE,
            auth=Auth(mode=AuthMode.PIPE),
            version="2.1.329",
            options={"timeout": "30m", "no": "yes"},
        ),
    )
    assert spec.judges == (
        Judge(
            name="north",
            flavor="codex",
            timeout=90,
            resources=Resources(memory=1024**3),
            auth=Auth(mode=AuthMode.TOKEN),
            version="0.1.0",
        ),
    )


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("'30m'", 1800), ("2h", 7200), ("168h", 604800)]
)
def test_b17_a_timeout_is_seconds_or_a_number_with_its_unit(text: str, seconds: int) -> None:
    limits = loaded(f"limits: {{timeout: {text}, judge_timeout: {text}}}").limits

    assert (limits.timeout, limits.judge_timeout) == (seconds, seconds)


@pytest.mark.parametrize(
    ("text", "size"), [("100", 100), ("100k", 102_400), ("512m", 536_870_912), ("4g", 4 * 1024**3)]
)
def test_a_size_is_bytes_or_a_number_with_its_unit(text: str, size: int) -> None:
    limits = loaded(f"limits: {{output_bytes: {text}, log_bytes: {text}}}").limits

    assert (limits.output_bytes, limits.log_bytes) == (size, size)


def test_every_problem_is_told_with_file_line_path_and_reason() -> None:
    message = refused(
        """\
participants:
  - name: saffron
    flavor: demo
  - name: pepper
    flavour: demo
    timeout: 5 min
judge: []
network: opne
limits:
  grace: 12:30
"""
    )

    assert message.splitlines() == [
        'cook.yaml:5: participants.1.flavour: unknown key; did you mean "flavor"?',
        (
            "cook.yaml:6: participants.1.timeout: '5 min' is not understood; write whole seconds,"
            " or a number with s, m or h, such as 90, 90s, 30m, 2h"
        ),
        'cook.yaml:7: judge: unknown key; did you mean "judges"?',
        "cook.yaml:8: network: open or none is expected, not 'opne'; did you mean \"open\"?",
        (
            "cook.yaml:10: limits.grace: YAML readers differ over what 12:30 is:"
            ' quote it ("12:30") or write a length of time as 90s, 30m or 2h'
        ),
    ]


def test_no_more_than_ten_problems_are_told_at_once() -> None:
    message = refused("limits:\n" + "".join(f"  key{n}: {n}\n" for n in range(30)))

    lines = message.splitlines()
    assert lines[0].startswith("cook.yaml:2: limits.key0: unknown key; there are timeout, ")
    assert len(lines) == 11
    assert lines[-1] == "cook.yaml: and more"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "particpants: []",
            'cook.yaml:1: particpants: unknown key; did you mean "participants"?',
            id="B18",
        ),
        pytest.param(
            "participants: no",
            "cook.yaml:1: participants: YAML readers differ over what no is:"
            ' quote it ("no") or write true or false',
            id="B16 no",
        ),
        pytest.param(
            participant("model: 1e3"),
            "cook.yaml:4: participants.0.model: YAML readers differ over what 1e3 is:"
            ' quote it ("1e3") or write the number in plain digits, such as 17 or 0.5',
            id="B16 1e3",
        ),
        pytest.param(
            participant("model: 3.10"),
            'cook.yaml:4: participants.0.model: text is expected, not 3.10; quote it ("3.10")',
            id="B16 3.10",
        ),
        pytest.param(
            participant("model: 2026-01-01"),
            "cook.yaml:4: participants.0.model: YAML readers differ over what 2026-01-01 is:"
            ' quote it ("2026-01-01")',
            id="B16 date",
        ),
        pytest.param(
            participant("model: true"),
            'cook.yaml:4: participants.0.model: text is expected, not true; quote it ("true")',
            id="B16 true",
        ),
        pytest.param(
            "version: 3.10",
            "cook.yaml:1: version: unknown key; there are participants, judges, rubric, outputs,"
            " limits, network, auth, ca_bundle",
            id="B16 version",
        ),
        pytest.param(
            "limits: {timeout: 0}",
            "cook.yaml:1: limits.timeout: timeout must lie between 1s and 168h",
            id="B17 zero",
        ),
        pytest.param(
            "limits:\n  timeout: 1\n  judge_timeout: -1",
            "cook.yaml:3: limits.judge_timeout: judge_timeout must lie between 1s and 168h",
            id="B17 negative",
        ),
        pytest.param(
            "limits: {timeout: 1.5}",
            "cook.yaml:1: limits.timeout: a whole number is expected, not 1.5",
            id="B17 fraction",
        ),
        pytest.param(
            "limits: {output_bytes: 4G}",
            "cook.yaml:1: limits.output_bytes: '4G' is not understood; write whole bytes, or a"
            " number with k, m or g, such as 100k, 512m, 4g",
            id="another unit",
        ),
        pytest.param(
            "limits: {jobs: '4'}",
            "cook.yaml:1: limits.jobs: a whole number is expected, not '4'",
            id="text for a number",
        ),
        pytest.param(
            participant("resources: {cpus: []}"),
            "cook.yaml:4: participants.0.resources.cpus: a number is expected, not a list",
            id="list for a number",
        ),
        pytest.param(
            "participants: []",
            "cook.yaml:1: participants: a cook has 1 to 50 participants",
            id="B19 no participants",
        ),
        pytest.param(
            "judges:",
            "cook.yaml:1: judges: a list is expected, not nothing; an empty list is written []",
            id="nothing for a list",
        ),
        pytest.param(
            "judges: null",
            "cook.yaml:1: judges: a list is expected, not null; an empty list is written []",
            id="null for a list",
        ),
        pytest.param(
            "rubric: good",
            "cook.yaml:1: rubric: a mapping is expected, not 'good'",
            id="text for a mapping",
        ),
        pytest.param(
            participant("options: 1"),
            "cook.yaml:4: participants.0.options: a mapping is expected, not 1",
            id="number for a mapping",
        ),
        pytest.param(
            "rubric: {dimensions: []}",
            "cook.yaml:1: rubric.dimensions: a rubric has 1 to 24 dimensions",
            id="empty rubric",
        ),
        pytest.param(
            "rubric:\n  dimensions:\n    - name: craft",
            "cook.yaml:3: rubric.dimensions.0.means: is missing",
            id="missing key",
        ),
        pytest.param(
            participant("network: {a: 1}"),
            "cook.yaml:4: participants.0.network: open or none is expected, not a mapping",
            id="mapping for a word",
        ),
        pytest.param(
            "network: {a: 1}",
            "cook.yaml:1: network.a: unknown key; there are mode, resolve",
            id="unknown key of a long form",
        ),
        pytest.param(
            "network:",
            "cook.yaml:1: network: open or none or a mapping is expected, not nothing",
            id="nothing for a word or a mapping",
        ),
        pytest.param(
            "network: [open]",
            "cook.yaml:1: network: open or none or a mapping is expected, not a list",
            id="list for a word or a mapping",
        ),
        pytest.param(
            "network: 1",
            "cook.yaml:1: network: open or none is expected, not 1",
            id="number for a word or a mapping",
        ),
        pytest.param(
            participant("auth: volum"),
            "cook.yaml:4: participants.0.auth: snapshot or bind or volume or pipe or token or none"
            " is expected, not 'volum'; did you mean \"volume\"?",
            id="misspelt word in the short form",
        ),
        pytest.param(
            participant("auth: {mode: volum}"),
            "cook.yaml:4: participants.0.auth.mode: snapshot or bind or volume or pipe or token or"
            " none is expected, not 'volum'; did you mean \"volume\"?",
            id="misspelt word in the long form",
        ),
        pytest.param(
            "auth: no",
            'cook.yaml:1: auth: YAML readers differ over what no is: quote it ("no") or write'
            " true or false",
            id="ambiguous word in the short form",
        ),
        pytest.param(
            "auth: {mode: bind, profile: work}",
            "cook.yaml:1: auth.profile: profile is for the modes volume, token and pipe: bind takes"
            " the login of this host, and there is only one",
            id="a profile of the host's one login",
        ),
        pytest.param(
            "network:\n  resolve:\n    api.acme.example: stand-in",
            "cook.yaml:3: network.resolve.'api.acme.example': resolve: 'stand-in' is not an IP"
            " address",
            id="no address",
        ),
        pytest.param(
            participant("version: 2.1"),
            'cook.yaml:4: participants.0.version: text is expected, not 2.1; quote it ("2.1")',
            id="a version that is a number",
        ),
        pytest.param(
            participant("version: latest"),
            "cook.yaml:4: participants.0.version: version 'latest' is not one version: write it"
            " out, such as 1.2.3",
            id="a version that moves",
        ),
        pytest.param(
            f"network: {'x' * 99}",
            f"cook.yaml:1: network: open or none is expected, not '{'x' * 59}…'",
            id="a long word",
        ),
        pytest.param(
            "network: quarantine",
            "cook.yaml:1: network: open or none is expected, not 'quarantine'",
            id="no such word",
        ),
        pytest.param(
            "rubric:\n  dimensions:\n    - {name: q, means: q, anchors: {3: ok,\n 11: x}}",
            "cook.yaml:4: rubric.dimensions.0.anchors.11: anchor '11' is not a score from 1 to 10",
            id="an invariant that speaks of a key",
        ),
        pytest.param(
            "outputs:\n  required:\n    - index.html\n    - ../x",
            "cook.yaml:4: outputs.required.1: '../x' is not a path inside the output folder",
            id="an invariant that speaks of an item",
        ),
        pytest.param(
            "participants:\n  - {name: a, flavor: x}\n  - {name: a, flavor: z}",
            "cook.yaml:3: participants.1.name: two of the participants are named 'a': each needs"
            " its own name",
            id="an invariant of the whole",
        ),
        pytest.param(
            "limits:\n  output_files: 0\n  log_bytes: 0",
            "cook.yaml:1: limits: output_bytes, output_files and log_bytes must be positive",
            id="an invariant that speaks of several keys",
        ),
        pytest.param(
            participant("resources: {memory: 1k}"),
            "cook.yaml:4: participants.0.resources.memory: memory must lie between 16m and 1024g",
            id="an invariant that speaks of a field",
        ),
        pytest.param(
            'participants:\n  - name: "x\\n    privileged: true"\n    flavor: demo',
            r"cook.yaml:2: participants.0.name: participant 'x\n    privileged: true' is not a"
            " name: use 1 to 40 of a-z, 0-9, - and _, starting with a letter or digit",
            id="B20",
        ),
        pytest.param(
            '"a\\nb": 1',
            r"cook.yaml:1: 'a\nb': unknown key; there are participants, judges, rubric, outputs,"
            " limits, network, auth, ca_bundle",
            id="a key that would break the message",
        ),
        pytest.param(
            participant("model: no\n    name: saffron"),
            "cook.yaml:4: participants.0.model: YAML readers differ over what no is:"
            ' quote it ("no") or write true or false\n'
            "cook.yaml:5: participants.0.name: this key stands twice; first in line 2",
            id="B11 with another problem",
        ),
    ],
)
def test_a_wrong_value_is_told_in_the_words_of_the_file(text: str, message: str) -> None:
    assert refused(text) == message


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A long form whose short form has an invariant and is neither text nor a choice."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT
    __shorthand__: ClassVar[str] = "books"
    books: int = 0

    def __post_init__(self) -> None:
        """Refuse less than nothing."""
        if self.books < 0:
            raise ValueError("there are fewer books than none")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where shelves are."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT
    shelves: tuple[Shelf, ...]


def read_room(text: str) -> Room:
    return doors.read(Room, text, place="room.yaml", defaults={}, page="the house")


def test_a_short_form_may_be_any_scalar_and_stand_in_a_list() -> None:
    assert read_room("shelves: [3, {books: 4}]").shelves == (Shelf(books=3), Shelf(books=4))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, -3]", "shelves.1: there are fewer books than none"),
        ("[{books: -3}]", "shelves.0.books: there are fewer books than none"),
        ("[many]", "shelves.0: a whole number is expected, not 'many'"),
        ("[[1]]", "shelves.0: a mapping is expected, not a list"),
    ],
)
def test_a_short_form_is_refused_where_it_stands(text: str, message: str) -> None:
    with pytest.raises(BadInputError) as caught:
        read_room(f"shelves: {text}")
    assert caught.value.message == f"room.yaml:1: {message}"


def test_what_follows_from_a_told_problem_is_not_told_again() -> None:
    message = refused("participants:\n  - name: no\n    flavor: 12:30\n    timeout: 1e3")

    assert [line.split(": ")[1] for line in message.splitlines()] == [
        "participants.0.name",
        "participants.0.flavor",
        "participants.0.timeout",
    ]


@pytest.mark.parametrize("count", [1, 26, 27, 50])
def test_b19_a_cook_has_up_to_fifty_participants_also_of_one_flavor(count: int) -> None:
    text = "participants:" + "".join(f"\n - {{name: p{n}, flavor: demo}}" for n in range(count))

    assert len(loaded(text).participants) == count


def test_b19_one_participant_too_many_is_refused() -> None:
    text = "participants:" + "".join(f"\n - {{name: p{n}, flavor: demo}}" for n in range(51))

    assert refused(text) == "cook.yaml:1: participants: a cook has 1 to 50 participants"


@pytest.mark.parametrize("text", ["", "# only a comment\n", "- a", "text", "null", "---\n"])
def test_b09_a_file_that_is_no_mapping_is_refused(text: str) -> None:
    assert "a mapping is expected" in refused(text)


@pytest.mark.parametrize("text", ["{{7*7}}", '{% include "/etc/passwd" %}', "$HOME ${X} $$", "🙂é"])
def test_b23_what_looks_like_a_template_is_text(text: str) -> None:
    spec = loaded(participant(f"model: {json.dumps(text, ensure_ascii=False)}"))

    assert spec.participants[0].model == text


def test_a_long_hostile_value_makes_a_short_printable_message() -> None:
    message = refused(participant("model: x").replace("saffron", "Ä" * 100_000))

    assert len(message) < 500
    assert message.startswith("cook.yaml:2: participants.0.name: participant 'ÄÄÄ")
    assert message.endswith("starting with a letter or digit")


def test_many_problems_of_the_deep_kind_are_refused_quickly() -> None:
    begun = time.process_time()
    many = "".join(f"\n - {{name: A{n}, flavour: x, timeout: 5q}}" for n in range(1200))

    message = refused(f"participants:{many}")

    assert time.process_time() - begun < 3
    assert len(message.splitlines()) == 11


def test_the_file_that_ships_as_the_example_loads() -> None:
    spec = loaded((ROOT / "cooks/landing/cook.yaml").read_text())

    assert [entry.flavor for entry in spec.participants] == ["demo"] * 3
    assert spec.rubric.dimensions[0].anchors["10"].startswith("Every part")


@settings(max_examples=25, deadline=None)
@given(specs)
def test_any_valid_spec_written_with_quotes_loads_as_the_same_spec(spec: CookSpec) -> None:
    text = as_yaml(json.loads(load.to_json(spec)))

    assert loaded(text) == spec
    assert loaded(text.replace("\n", "\r\n")) == spec


FRAGMENTS = st.sampled_from(
    [
        *("participants:", "judges:", "rubric:", "limits:", "name:", "flavor:", "timeout:"),
        *("|\n", ">-", "[", "]", "{", "}", ",", "-", ":", "?", "&", "*", "!", "%", "#", "'", '"'),
        *("\\", "\\u", "\\x0", "<<", "~", "no", "1e3", "12:30", "0x", "30m", ".nan", "---", "..."),
        *("\t", "\r", "\n", "\n  ", "\n- ", " ", ": ", "\u2028", "\ufeff", "\0", "\x1b", "\ud800"),
        *("é", "🙂", "a", "b", "1", ".5"),
    ]
)


@settings(max_examples=200, deadline=None)
@given(
    st.text() | st.lists(FRAGMENTS, max_size=25).map("".join) | st.lists(FRAGMENTS).map(" ".join)
)
@example("\\U0011FFFF")
@example('a: "\\U0011FFFF"')
@example('"')
@example("? |\n : \n")
def test_any_text_is_a_spec_or_refused_in_printable_lines(text: str) -> None:
    try:
        loaded(text)
    except BadInputError as error:
        assert all(line.isprintable() for line in error.message.split("\n"))  # noqa: PT017  # both ways are fine


@settings(max_examples=50, deadline=None)
@given(specs, st.integers(0), st.integers(0, 30), texts)
def test_a_damaged_spec_never_fails_in_another_way(
    spec: CookSpec, where: int, length: int, put: str
) -> None:
    text = as_yaml(json.loads(load.to_json(spec)))
    where %= len(text)

    with contextlib.suppress(BadInputError):
        loaded(text[:where] + put + text[where + length :])
