"""Console blocks of Markdown pages: what a reader types, and what then stands on the screen.

A block of the language `console` holds commands after `$ ` and under each what it prints. What a
page shows is played in order, in an empty home with its own `cooks/`:

- `...` stands for any words in a line, or alone for any lines or none.
- What differs by nature (see `_VOLATILE`) may differ.
- `/home/you` is that home.
- `<!-- docker -->` before a block: it needs the container engine.
- `<!-- file: PATH -->` before a block of any language: the reader writes it into that file.
"""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
OUR_PROGRAMS = Path(sys.executable).parent
HOME = "/home/you"
_FENCE = re.compile(
    r"^(?:<!-- (?:(?P<docker>docker)|file: (?P<file>\S+)) -->\n+)?"
    r"```(?P<language>\w*)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_COMMAND = re.compile(r"^\$ (?P<typed>.+)\n(?P<shown>(?:(?!\$ ).*\n)*)", re.MULTILINE)
_VOLATILE = re.compile(
    r"""
    \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ | \b\d\d:\d\d:\d\d\b   # when
    | \b[0-9]:[0-9]{2}(?=\ /\ )                            # how long a cell took
    | \b[0-9a-f]{8,64}\b                                   # hashes
    | \b[A-C]\b                                            # labels are drawn at random
    | \bat\ most\ [0-9]+\ cells\ at\ once:\ .*             # as this engine's CPUs and memory allow
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of a console block; `start` and `end` are where its output stands in the page."""

    line: int
    typed: str
    shown: str
    start: int
    end: int
    needs_engine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """A file that the page tells to write."""

    path: str
    text: str
    needs_engine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A command that failed or printed something else than the page shows."""

    command: Command
    code: int
    printed: str

    def told(self, page: Path) -> str:
        """Return what a developer needs to know about it."""
        lines = difflib.unified_diff(
            self.command.shown.splitlines(), self.printed.splitlines(), "page", "printed", n=99
        )
        ended = f" (exit code {self.code})" if self.code else ""
        return "\n".join([f"{page}:{self.command.line}: $ {self.command.typed}{ended}", *lines])


def steps(text: str) -> Iterator[Command | Writing]:
    """Yield what a page tells its reader to do, in order; ValueError for a malformed block."""
    for fence in _FENCE.finditer(text):
        if fence["file"]:
            yield Writing(path=fence["file"], text=fence["body"])
        elif fence["language"] == "console":
            if not fence["body"].startswith("$ "):
                line = text.count("\n", 0, fence.start("body")) + 1
                raise ValueError(f"line {line}: a console block begins with `$ `")
            yield from _commands(text, fence)


def play(text: str, home: Path, *, engine: bool, programs: Path = OUR_PROGRAMS) -> list[Difference]:
    """Do what a page says; without `engine`, all of it that needs none. Return what differs."""
    (home / "cooks").mkdir(parents=True, exist_ok=True)
    found = []
    for step in steps(text):
        if step.needs_engine and not engine:
            continue
        if isinstance(step, Writing):
            (home / step.path).parent.mkdir(parents=True, exist_ok=True)
            (home / step.path).write_text(step.text, encoding="utf-8")
            continue
        code, printed = run(step.typed, home, programs=programs)
        if code or not _same(step.shown, printed):
            found.append(Difference(command=step, code=code, printed=printed))
    return found


def rewritten(text: str, found: list[Difference]) -> str:
    """Return the page with what was printed in place of what it shows."""
    for difference in reversed(found):
        command = difference.command
        text = text[: command.start] + difference.printed + text[command.end :]
    return text


def run(typed: str, home: Path, *, programs: Path = OUR_PROGRAMS) -> tuple[int, str]:
    """Return the exit code of a shell command, and what it printed without trailing blanks."""
    ended = subprocess.run(
        ["sh", "-c", typed],
        cwd=home,
        env=_environment(home, programs),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    printed = ended.stdout.replace(str(home.resolve()), HOME)
    return ended.returncode, "".join(f"{line.rstrip()}\n" for line in printed.splitlines())


def _commands(text: str, fence: re.Match[str]) -> Iterator[Command]:
    for command in _COMMAND.finditer(text, fence.start("body"), fence.end("body")):
        yield Command(
            line=text.count("\n", 0, command.start()) + 1,
            typed=command["typed"],
            shown=command["shown"],
            start=command.start("shown"),
            end=command.end("shown"),
            needs_engine=fence["docker"] is not None,
        )


def _same(shown: str, printed: str) -> bool:
    expected = "".join(
        r"(?:.*\n)*" if line == "..." else ".*".join(map(re.escape, line.split("..."))) + r"\n"
        for line in _VOLATILE.sub("*", shown).splitlines()
    )
    return re.fullmatch(expected, _VOLATILE.sub("*", printed)) is not None


def _environment(home: Path, programs: Path) -> dict[str, str]:
    """Return a newcomer's environment: no login, no setting of Python, docker's own kept."""
    ours = ("PYTHON", "MULTICOOKER", "COMPOSE", "XDG_", "LC_", "NO_COLOR", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    docker = os.environ.get("DOCKER_CONFIG", str(Path.home() / ".docker"))
    return kept | {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(home.resolve()),
        "DOCKER_CONFIG": docker,
        "LANG": "C.UTF-8",
        "EDITOR": "true",
        "SSH_CONNECTION": "from elsewhere",  # no browser opens
    }
