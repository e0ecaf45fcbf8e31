"""What counts as YAML here, and where exactly the rest is refused."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from multicooker.errors import BadInputError
from multicooker.pipeline.load import problems, scalars, strict_yaml


def parsed(text: str) -> dict[str, object]:
    document = strict_yaml.parse(text, place="x.yaml")
    assert document.problems == []
    return document.root


def refused(text: str) -> str:
    """Return the message a text is refused with."""
    with pytest.raises(BadInputError) as caught:
        _read_or_refuse(text)
    assert caught.value.hint
    return caught.value.message


def _read_or_refuse(text: str) -> None:
    if found := strict_yaml.parse(text, place="x.yaml").problems:
        raise problems.refusal("x.yaml", found, hint="correct it")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("", None),
        ("0", 0),
        ("-12", -12),
        ("123456789012345678", 123456789012345678),
        ("0.5", 0.5),
        ("-3.10", -3.1),
        ("text", "text"),
        ("two words", "two words"),
        ("no way", "no way"),
        ("90s", "90s"),
        ("1.2.3", "1.2.3"),
        ("192.168.0.1", "192.168.0.1"),
        ("12:30pm", "12:30pm"),
        ("2026-01-01 is a day", "2026-01-01 is a day"),
        ("https://example.org/a#b", "https://example.org/a#b"),
        ("é 🙂", "é 🙂"),
        ("'no'", "no"),
        ('"1e3"', "1e3"),
        ('"\\x41\\u00e9\\U0001F642"', "Aé🙂"),
        ("'it''s'", "it's"),
        ("|\n  one\n  \ttwo\n", "one\n\ttwo\n"),
        (">\n  one\n  two\n", "one two\n"),
        ("one\n  two", "one two"),
        ("[a, 1, {b: true}]", ["a", 1, {"b": True}]),
    ],
)
def test_a_value_that_every_reader_sees_alike_is_taken(text: str, value: object) -> None:
    found = parsed(f"key: {text}")["key"]

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("key", ["1", "010", "no", "true", "null", "1e3", "2026-01-01", "é", "a b"])
def test_a_key_is_always_text(key: str) -> None:
    assert parsed(f"{key}: x") == {key: "x"}


@pytest.mark.parametrize(
    "scalar",
    [
        *("no", "No", "NO", "yes", "y", "N", "on", "Off", "True", "FALSE"),
        *("~", "Null", "NULL", "=", "<<"),
        *("12:30", "1:2:3", "-1:30", "190:20:30.15"),
        *("1e3", "1E3", "1e400", "1.5e3", "1.e3", "-1e-3", ".5", ".5e1", "1.", "-.5", "+.5"),
        *("0o17", "0O17", "0x1F", "0X1f", "0b11", "-0x1f", "017", "08", "00", "+1", "-08"),
        *("1_000", "1_0.5", "0.1_0", "1234567890123456789", "0.1234567890123456789"),
        *(".nan", ".NaN", ".inf", "-.inf", "+.INF"),
        *("2026-01-01", "2026-1-1", "2026-01-01T00:00:00Z", "2026-01-01 12:30:00 +02:00"),
    ],
)
def test_b16_a_scalar_that_readers_see_differently_is_refused_with_its_name(scalar: str) -> None:
    message = refused(f"first: x\nkey: {scalar}")

    assert message.startswith("x.yaml:2: key: ")
    assert f'quote it ("{scalar}")' in message


@settings(max_examples=300, deadline=None)
@example("*")
@given(st.from_regex(r"[-+.~=<0-9a-fA-FxobTZ:_ ynsOoNltru]{1,8}", fullmatch=True) | st.text())
def test_no_plain_scalar_is_taken_for_another_value_than_a_plain_reader_takes_it(text: str) -> None:
    if text in {"!", "&", "*"} or scalars.ambiguity(text) or scalars.unfit(text):
        return  # the first three cannot stand in plain text at all
    loader = yaml.SafeLoader("")
    tag = loader.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]  # untyped upstream

    theirs = loader.construct_object(yaml.ScalarNode(tag, text))
    assert scalars.typed(text) == theirs
    assert type(scalars.typed(text)) is type(theirs)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        pytest.param("a: 1\nb:\n\t- x", 3, "a tab", id="B10 tab for indentation"),
        pytest.param("a:\tb", 1, "a tab", id="B10 tab after a key"),
        pytest.param("a: 1\nb: @x", 2, "cannot begin", id="B10 at sign"),
        pytest.param("a: `x`", 1, "cannot begin", id="backtick"),
        pytest.param("a: 1\nb: \x00", 2, r"'\x00'", id="B10 NUL"),
        pytest.param("a: 1\nb: \x85", 2, r"'\x85'", id="B10 NEL"),
        pytest.param("a: \x1b[2J", 1, r"'\x1b'", id="B22 escape"),
        pytest.param("a: \x07", 1, r"'\x07'", id="B22 bell"),
        pytest.param("a: \x7f", 1, r"'\x7f'", id="B22 delete"),
        pytest.param("# \u2028a: b", 1, r"'\u2028'", id="B22 line separator in a comment"),
        pytest.param("a: b\ufeffc", 1, r"'\ufeff'", id="B22 BOM inside"),
        pytest.param("\ufeff\ufeffa: b", 1, r"'\ufeff'", id="two BOMs"),
        pytest.param("\ufffe\x00a", 1, r"'\ufffe'", id="B10 UTF-16 byte order"),
        pytest.param("a: \udcff", 1, r"'\udcff'", id="B10 undecodable byte"),
        pytest.param("", 1, "a mapping is expected, but the file is empty", id="B09 empty"),
        pytest.param("# x\n\n# y", 1, "the file is empty", id="B09 only comments"),
        pytest.param("---\n", 2, "not a single value", id="B09 only a document start"),
        pytest.param("- a\n- b", 1, "a mapping is expected, not a list", id="B09 list"),
        pytest.param("\n\nhello", 3, "not a single value", id="B09 scalar"),
        pytest.param("a: 1\n---\nb: 2", 2, "a second document", id="two documents"),
        pytest.param("a: 1\n...\nb: 2", 3, "after the end", id="after the end"),
        pytest.param("%YAML 1.1\n---\na: 1", 1, "directives", id="YAML directive"),
        pytest.param("%TAG ! tag:x,2000:\n---\na: 1", 1, "directives", id="TAG directive"),
        pytest.param("%WHAT\n---\na: 1", 1, "directives", id="unknown directive"),
        pytest.param("a: &x 1", 1, "a: anchors", id="anchor"),
        pytest.param("a: 1\n&x b: 2", 2, "anchors", id="anchor of a key"),
        pytest.param("a: 1\nb: *x", 2, "b: aliases", id="alias"),
        pytest.param("*x : 1", 1, "aliases", id="alias as a key"),
        pytest.param("a: !!str 1", 1, "a: tags", id="tag"),
        pytest.param("a: ! 1", 1, "a: tags", id="the tag without a name"),
        pytest.param("!!str a: 1", 1, "tags", id="tag of a key"),
        pytest.param("a: {<<: {b: 1}}", 1, "a: merge keys", id="merge key"),
        pytest.param("? [a, b]\n: 1", 1, "a key must be text", id="list as a key"),
        pytest.param("a: {{7*7}}", 1, "a key must be text", id="B23 template in the open"),
        pytest.param("? \n: 1", 1, "a key is missing", id="empty key"),
        pytest.param(": 1", 1, "a key is missing", id="no key"),
        pytest.param("{: 1}", 1, "a key is missing", id="no key in braces"),
        pytest.param("a: b: c", 1, 'a second ":"', id="two colons"),
        pytest.param("a: 1\nb\nc: 1", 2, 'a key without ":"', id="no colon"),
        pytest.param("a: 1\n  b: 2", 2, "look at the indentation", id="indented too far"),
        pytest.param("a:\n    b: 1\n  c: 1", 3, "indentation does not fit", id="dedented halfway"),
        pytest.param("a: 1\n- b", 2, "indentation does not fit", id="list item after a key"),
        pytest.param("a: - b", 1, 'a "- " does not fit', id="list item behind a key"),
        pytest.param("a: 'x\n\n\n", 1, "closing quote", id="open quote is shown where it begins"),
        pytest.param("a: [1\n\n", 1, "closing bracket", id="open bracket"),
        pytest.param("a: [1: 2: 3]", 1, 'a "," or a closing bracket', id="colons in a list"),
        pytest.param('a: "\\q"', 1, "unknown escape character 'q'", id="unknown escape"),
        pytest.param('a: 1\nb: "\\UFFFFFFFF"', 2, "out of range", id="beyond Unicode"),
        pytest.param(
            "%YAML 1." + "9" * 5000 + "\n---\na: 1", 1, "out of range", id="endless version"
        ),
        pytest.param('a: "\\ud83d"', 1, r"'\ud83d' is not allowed in a text", id="surrogate"),
        pytest.param('a: "\\e]0;x\\a"', 1, r"a: the character '\x1b'", id="B22 escaped escape"),
        pytest.param('a: "\\r"', 1, r"'\r'", id="escaped carriage return"),
        pytest.param('a: "\\L"', 1, r"'\u2028'", id="B22 escaped line separator"),
        pytest.param('a: "\\N"', 1, r"'\x85'", id="escaped NEL"),
        pytest.param('a: 1\n"\\e": 2', 2, r"'\x1b': the character '\x1b'", id="unfit key"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_with_its_line(text: str, line: int, reason: str) -> None:
    message = refused(text)

    assert message.startswith(f"x.yaml:{line}: ")
    assert reason in message
    assert message.isprintable()


def test_b11_a_key_given_twice_is_refused_with_both_lines() -> None:
    document = strict_yaml.parse("a: 1\nb:\n  c: 1\n  'c': {d: 2}\na: 3", place="x.yaml")

    told = [(problem.line, problem.path, problem.reason) for problem in document.problems]
    assert told == [
        (4, ("b", "c"), "this key stands twice; first in line 3"),
        (5, ("a",), "this key stands twice; first in line 1"),
    ]
    assert document.root == {"a": 1, "b": {"c": 1}}


def _bomb(levels: int) -> str:
    lines = ["a0: &a0 [lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("a: &x [*x]", "anchors", id="B14 alias of itself"),
        pytest.param("[" * 500, "nested deeper", id="B13 brackets"),
        pytest.param("a: " + "[" * 200_000, "nested deeper", id="B13 many brackets"),
        pytest.param("- " * 100_000, "nested deeper", id="dashes"),
        pytest.param("a: " + "{b: " * 60_000, "nested deeper", id="braces"),
        pytest.param("? " * 100_000, "a key must be text", id="question marks"),
        pytest.param("a: [" + "1," * 120_000 + "]", "more than 5000 values", id="many values"),
        pytest.param("a:\n" + "- no\n" * 50_000, "more than 5000 values", id="many problems"),
        pytest.param("a: 1\n" * 50_000, "more than 5000 values", id="one key many times"),
        pytest.param("a: '" + "\n" * 250_000, "closing quote", id="open quote"),
        pytest.param("a: x" + "x" * 300_000, "larger than 256 KiB", id="too large"),
        pytest.param("a: " + "é" * 200_000, "larger than 256 KiB", id="too large in bytes"),
    ],
)
def test_a_bomb_is_refused_within_seconds(text: str, reason: str) -> None:
    begun = time.process_time()

    message = refused(text)

    assert time.process_time() - begun < 3
    assert reason in message
    assert len(message) < 400


def test_b12_an_alias_bomb_is_refused_at_its_first_anchor() -> None:
    begun = time.process_time()

    assert refused(_bomb(9)) == "x.yaml:1: a0: anchors (&name) are not allowed"
    assert time.process_time() - begun < 1


def test_b15_a_tag_that_would_run_a_command_runs_nothing(tmp_path: Path) -> None:
    proof = tmp_path / "p"

    message = refused(f"a: !!python/object/apply:os.system [touch {proof}]")

    assert message == "x.yaml:1: a: tags (!name) are not allowed"
    assert not proof.exists()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\ufeffa: b\nc:\n  - d\n", id="B10 UTF-8 BOM"),
        pytest.param("a: b\r\nc:\r\n  - d\r\n", id="B38 CRLF"),
        pytest.param("a: b\r\nc:\n  - d\r", id="B38 mixed line ends"),
        pytest.param("a: b   \nc:  \n  - d  \n   \n", id="B38 trailing spaces"),
        pytest.param("---\na: b\nc:\n  - d\n...\n", id="document marks"),
        pytest.param("# c\na: b # c\n\nc: # c\n- d", id="comments"),
    ],
)
def test_files_edited_by_hand_on_any_system_are_read(text: str) -> None:
    assert parsed(text) == {"a": "b", "c": ["d"]}


def test_b38_lines_are_counted_alike_with_every_line_end() -> None:
    for end in ("\n", "\r\n", "\r"):
        assert refused(f"a: 1{end}b: 2{end}c: no").startswith("x.yaml:3: c: ")


def test_depth_up_to_the_limit_is_fine() -> None:
    deep = strict_yaml.MAX_DEPTH - 1

    assert parsed("a: " + "[" * deep + "]" * deep)["a"] is not None
    assert "nested deeper" in refused("a: " + "[" * (deep + 2) + "]" * (deep + 2))


def test_the_line_of_an_absent_place_is_that_of_what_is_around_it() -> None:
    document = strict_yaml.parse("\na:\n  b: 1\n", place="x.yaml")

    assert document.line(("a", "b")) == 3
    assert document.line(("a", "missing", 7)) == 2
    assert document.line(("missing",)) == 2
