"""One word per thing: the glossary's synonyms name nothing in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import multicooker
from tests.docs.console import ROOT

PACKAGE = Path(multicooker.__file__).parent
OTHER_THINGS = {
    # What a judge or a CLI says, before it is judged to be a ballot.
    "answer": r".*(engine_answers|_Answer|MAX_ANSWER|_take_answer)|pipeline/(?i:.*answers?\w*)"
    r"|domain/reading.py:answer",
    # pydantic's, git's and the desktop's word.
    "config": r".*:(__pydantic_config__|git_config)|adapters/credentials/.*:_?config",
    # Docker's word for which engine; gemini's for what it puts before a prompt.
    "context": r".*:(context|_UNREACHABLE_CONTEXT)|.*/gemini_sessions.py:_CONTEXT",
    "job": r"adapters/.*|.*(?i:jobs).*",  # a thread's; --jobs, as in make
    "mapping": r"pipeline/load/.*",  # YAML's word
    "project": r".*",  # compose's word for the services of one file
    # PROMPT.md, made from more than the brief; what a person asks in a sandbox.
    "prompt": r"pipeline/render.py:.*|(app/sandbox/wish|cli/sandbox).py:prompt",
    "provider": r"domain/flavor.py:provider",  # whose a login is
    # What a verb returns; the CLIs' word for what a tool returned.
    "result": r"(app|cli|pipeline/collect/dialects)/.*",
    "run": r".*",  # the verb and the stage; never a cook
    "worker": r"adapters/folder/pump.py:.*",  # threads
}
"""Banned words where they stand for something else: a pattern of `file:name`."""


def banned() -> dict[str, str]:
    """Return synonym → word, from the glossary's last column."""
    page = (ROOT / "docs/explanation/glossary.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| .+? \| (.+?) \|$", page, re.MULTILINE)
    return {
        synonym: word
        for word, synonyms in rows
        if word not in ("word", "---")
        for synonym in synonyms.split(", ")
    }


def names(tree: ast.AST) -> Iterator[str]:
    """Yield every name that a module gives to something."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name


def synonyms_in(place: str, source: str) -> set[str]:
    """Return `file:name` for each name that has a synonym in it, but for other things."""
    found = set()
    for name in names(ast.parse(source)):
        words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}
        for word in (words | {word.removesuffix("s") for word in words}) & set(banned()):
            if not re.fullmatch(OTHER_THINGS.get(word, "nowhere"), f"{place}:{name}"):
                found.add(f"{place}:{name}")
    return found


def test_no_synonym_of_the_glossary_names_anything() -> None:
    for path in sorted(PACKAGE.rglob("*.py")):
        place = str(path.relative_to(PACKAGE))
        assert synonyms_in(place, path.read_text(encoding="utf-8")) == set()


def test_a_synonym_would_be_found() -> None:
    source = "class CriticOne:\n    provider_name: str\n\ndef go(contestants, config): ..."
    assert synonyms_in("domain/x.py", source) == {
        "domain/x.py:CriticOne",
        "domain/x.py:provider_name",
        "domain/x.py:contestants",
        "domain/x.py:config",
    }


def test_every_other_thing_is_still_a_synonym_of_the_glossary() -> None:
    assert set(OTHER_THINGS) <= set(banned())
