"""How the scripted model judges: what is asked of it, and a ballot from what it read."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from tests.standins.scenario import Ballot

MAX_QUOTE = 200
_CODE = re.compile(r"`([^`]+)`")
_LABELS = re.compile(r"one folder per submission: ([^\n]+)")
_DIMENSIONS = re.compile(r"each of these dimensions, in this order: ([^\n]+):\n")
_ROOM = re.compile(r"(/[\w./-]*/submissions)\b")
_BOUNDS = re.compile(r"a whole number from (\d+) to (\d+)")
_ANSWER = re.compile(r"Write one JSON object to `([^`]+)`")
_SIZED = re.compile(r"^(?P<file>[^\n]+) \(\d+ bytes\)$")
_HIT = re.compile(r"^(?P<file>[^\s:][^:\n]*):(?:\d+:)?(?P<text>[^\n]*)$")
_HEADED = re.compile(r"^File: (?P<file>[^\n]+)$")
_NUMBERED = re.compile(r"^(?:L\d+: |\s*\d+\t)(?P<text>[^\n]*)$")

Lines = tuple[tuple[str, str], ...]
"""Pairs of a file (relative to its submission) and a line in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booth:
    """What a judge is asked to score, where it lies, and which file the answer goes to, if any."""

    room: str
    labels: tuple[str, ...]
    dimensions: tuple[str, ...]
    lowest: int
    highest: int
    answer: str

    def folder(self, label: str) -> str:
        """Return the folder of the submission with this label."""
        return f"{self.room}/{label}"


def booth(prompt: str, schema: Mapping[str, Any] | None) -> Booth:
    """Read what is asked from the ballot's schema where there is one, else from the prompt."""
    score = _score_schema(schema)
    room, bounds, answer = (found.search(prompt) for found in (_ROOM, _BOUNDS, _ANSWER))
    return Booth(
        room=room[1] if room else "/work/submissions",
        labels=_enum(score, "label") or _listed(_LABELS, prompt),
        dimensions=_enum(score, "dimension") or _listed(_DIMENSIONS, prompt),
        lowest=int(bounds[1]) if bounds else 1,
        highest=int(bounds[2]) if bounds else 10,
        answer=answer[1] if answer else "",
    )


def _score_schema(schema: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return the properties of one score, wherever the CLI moved their definition."""
    todo: list[Any] = [schema]
    while todo:
        node = todo.pop()
        if isinstance(node, list):
            todo.extend(node)
        elif isinstance(node, dict):
            found = node.get("properties")
            if isinstance(found, dict) and {"label", "dimension"} <= found.keys():
                return found
            todo.extend(node.values())
    return {}


def _enum(score: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(score.get(name, {}).get("enum", ()))


def _listed(pattern: re.Pattern[str], prompt: str) -> tuple[str, ...]:
    found = pattern.search(prompt)
    if found is None:
        return ()
    line = found[1].strip().rstrip(".:")
    return tuple(_CODE.findall(line)) or tuple(part.strip() for part in line.split(","))


def reading(folder: str) -> str:
    """Return the shell command that shows every line of every text file in `folder`."""
    return f"grep -rI '[^[:space:]]' {shlex.quote(folder)} | head -c 8000"


def seen(booth: Booth, results: Sequence[str], each: int) -> tuple[Lines, ...]:
    """Return what was read of each label, from `each` tool results per label."""
    return tuple(
        _of_one(results[number * each : (number + 1) * each], booth.folder(label))
        for number, label in enumerate(booth.labels)
    )


def _of_one(results: Sequence[str], folder: str) -> Lines:
    if len(results) == 1:
        return excerpts(results[0], folder)
    for file in listed_files(results[0], folder) if results else ():
        lines = (_NUMBERED.sub(r"\g<text>", line) for line in results[1].splitlines())
        return tuple((file, line) for line in lines if line.strip())
    return ()


def excerpts(result: str, folder: str) -> Lines:
    """Return what a search in `folder` showed.

    Understood are `path:line`, `path:number:line`, and a `File: path` above `L1: line`.
    """
    shown: list[tuple[str, str]] = []
    file = ""
    for line in result.splitlines():
        if headed := _HEADED.match(line):
            file = headed["file"]
        elif file and (numbered := _NUMBERED.match(line)):
            shown.append((file, numbered["text"]))
        elif not file and (hit := _HIT.match(line)) and (inside := _inside(hit["file"], folder)):
            shown.append((inside, hit["text"]))
    return tuple((name, text) for name, text in shown if text.strip())


def listed_files(result: str, folder: str) -> Iterator[str]:
    """Yield the files of a listing of `folder`: a path a line, or names with their sizes."""
    for line in result.splitlines():
        if sized := _SIZED.match(line):
            yield sized["file"]
        elif inside := _inside(line, folder):
            yield inside


def _inside(path: str, folder: str) -> str:
    """Return a path as seen from `folder`; empty where it is not in there.

    It may be absolute, or relative to any folder from the root down to the one above `folder`.
    """
    path = path.lstrip("./") if path.startswith(".") else path
    parts = folder.split("/")
    for start in range(len(parts)):
        above = "/".join(parts[start:]) + "/"
        if path.startswith(above):
            return path.removeprefix(above)
    return ""


def ballot_of(
    booth: Booth, seen: Sequence[Lines], conduct: Ballot, *, misquote: bool = False
) -> str:
    """Return the ballot as JSON: every label in every dimension, quoting what was read."""
    scores = [
        _scored(booth, label, dimension, lines, conduct, misquote=misquote)
        for (label, lines), dimension in product(
            zip(booth.labels, seen, strict=True), booth.dimensions
        )
    ]
    return json.dumps({"version": 1, "scores": scores, "summary": "Scored by the script."})


def _scored(
    booth: Booth, label: str, dimension: str, lines: Lines, conduct: Ballot, *, misquote: bool
) -> Mapping[str, object]:
    likes = {**conduct.likes, **conduct.tastes.get(dimension, {})}
    text = "\n".join(line for _, line in lines)
    found = {like: points for like, points in likes.items() if re.search(like, text)}
    score = conduct.base + sum(found.values())
    return {
        "label": label,
        "dimension": dimension,
        "evidence": _evidence(lines, found, misquote=misquote),
        "reason": f"{len(found)} of {len(likes)} things looked for, in {len(lines)} lines.",
        "score": max(booth.lowest, min(booth.highest, score)),
    }


def _evidence(lines: Lines, found: Iterable[str], *, misquote: bool) -> list[dict[str, str]]:
    """Quote the first line in which something that counts was found, else the first of all."""
    if misquote:
        return [{"file": "nowhere.txt", "quote": "words that stand nowhere"}]
    telling = (each for like in found for each in lines if re.search(like, each[1]))
    shown = next(telling, lines[0] if lines else None)
    return [] if shown is None else [{"file": shown[0], "quote": shown[1].strip()[:MAX_QUOTE]}]
