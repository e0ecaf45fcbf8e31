"""Just enough of a Dockerfile's grammar to look at its instructions."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEREDOC = re.compile(r"<<-?\s*[\"']?(\w+)[\"']?")
_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One instruction, its continued lines joined."""

    line: int
    """Where it begins, from 1."""
    name: str
    """In capitals."""
    text: str
    """The rest, without the here-documents it reads."""

    @property
    def shown(self) -> str:
        """Return it as far as a message has room."""
        return f"{self.name} {self.text}"[:_SHOWN]


def instructions(text: str) -> tuple[Instruction, ...]:
    """Return a Dockerfile's instructions; comments, parser directives and heredocs left out."""
    found = []
    lines = list(enumerate(text.splitlines(), start=1))
    while lines:
        number, line = lines.pop(0)
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        whole = line.strip()
        while whole.endswith("\\"):
            _, more = lines.pop(0) if lines else (0, "")
            if not more.lstrip().startswith("#"):
                whole = f"{whole[:-1].rstrip()} {more.strip()}"
        name, _, rest = whole.partition(" ")
        found.append(Instruction(line=number, name=name.upper(), text=rest.strip()))
        for end in _HEREDOC.findall(rest):
            while lines and lines.pop(0)[1].strip() != end:
                pass
    return tuple(found)
