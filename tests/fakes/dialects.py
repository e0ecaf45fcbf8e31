"""Dialects as a test sets them up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from multicooker.domain.reading import Conversation, Reading, Said, Speaker
from multicooker.ports import Dialect


@dataclass(slots=True)
class FakeDialect:
    """`ports.Dialect`: says of every cell what the test says."""

    reading: Reading = field(default_factory=lambda: Reading(ended=True))
    logs: list[bytes] = field(default_factory=list)
    """Every log it was given."""
    moments: list[datetime] = field(default_factory=list)

    def read(self, log: bytes, *, now: datetime) -> Reading:
        self.logs.append(log)
        self.moments.append(now)
        return self.reading

    def tell(self, line: str) -> tuple[str, ...]:
        """Say a line that begins with `say `; the rest is noise."""
        return (line.removeprefix("say "),) if line.startswith("say ") else ()

    def conversations(self, files: Mapping[str, bytes]) -> tuple[Conversation, ...]:
        """Make one conversation of every file; its text is what was said."""
        return tuple(
            Conversation(
                id=path,
                started="2026-11-21T08:00:00Z",
                model="model-one",
                said=(Said(speaker=Speaker.ASSISTANT, text=data.decode("utf-8", "replace")),),
            )
            for path, data in sorted(files.items())
            if path.endswith(".jsonl")
        )


@dataclass(slots=True)
class FakeDialects:
    """`ports.Dialects` in a dict."""

    readers: dict[str, Dialect] = field(default_factory=dict)

    def named(self, name: str) -> Dialect | None:
        return self.readers.get(name)

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self.readers))
