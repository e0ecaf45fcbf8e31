"""Builds a conversation while session files are read."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from multicooker.domain.reading import Conversation, Said, Speaker
from multicooker.domain.usage import Usage
from multicooker.pipeline.collect.dialects.events import summed


@dataclass(slots=True)
class Talk:
    """One conversation in the making."""

    id: str = ""
    started: str = ""
    version: str = ""
    models: dict[str, None] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    spent: dict[str, Usage] = field(default_factory=dict)
    """Tokens by the id of the model's answer: files tell some of them twice."""
    seconds: float | None = None
    _calls: dict[str, int] = field(default_factory=dict)

    def user(self, text: str) -> None:
        """Add what the agent was asked."""
        if text.strip():
            self.said.append(Said(speaker=Speaker.USER, text=text))

    def assistant(self, text: str) -> None:
        """Add what the agent said."""
        if text.strip():
            self.said.append(Said(speaker=Speaker.ASSISTANT, text=text))

    def call(self, key: str, tool: str, given: str) -> None:
        """Add a tool call."""
        if key not in self._calls:
            self._calls[key] = len(self.said)
            self.said.append(Said(speaker=Speaker.TOOL, tool=tool, call=given))

    def result(self, key: str, text: str, *, failed: bool) -> None:
        """Add what came of a call, whose own entry may be missing."""
        if key not in self._calls:
            self.call(key, "", "")
        at = self._calls[key]
        self.said[at] = dataclasses.replace(self.said[at], text=text, failed=failed)

    def conversation(self, name: str) -> Conversation:
        """Return it; `name` is its id where its file tells none."""
        return Conversation(
            id=self.id or name,
            started=self.started,
            model=next(iter(self.models), ""),
            version=self.version,
            usage=self._usage(),
            said=tuple(self.said),
        )

    def _usage(self) -> Usage | None:
        calls = [it for it in self.said if it.speaker is Speaker.TOOL]
        if not self.spent and not calls:
            return None
        spent = self.spent.values()
        return Usage(
            input_tokens=summed(*(it.input_tokens for it in spent)),
            cached_tokens=summed(*(it.cached_tokens for it in spent)),
            output_tokens=summed(*(it.output_tokens for it in spent)),
            turns=len(self.spent) or None,
            tool_calls=len(calls),
            tool_failures=sum(it.failed for it in calls),
            seconds=self.seconds,
            models=tuple(self.models),
            cli_version=self.version,
        )
