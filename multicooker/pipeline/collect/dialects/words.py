"""What an agent does, in words for a person who watches or reads on."""

from __future__ import annotations

from collections.abc import Mapping

from multicooker.pipeline.collect.dialects.events import Fields, dumped, in_one_line, text

_PATHS = ("file_path", "path", "absolute_path", "notebook_path")
_WIDEST = 400
"""Characters of one line."""
_MOST = 60
"""Lines of one message."""


def said(message: str) -> tuple[str, ...]:
    """Return a message's lines, without the empty ones."""
    lines = [_cut(line.rstrip()) for line in message.splitlines() if line.strip()]
    left = len(lines) - _MOST
    return (*lines[:_MOST], f"… {left:,} more lines") if left > 0 else tuple(lines)


def command(line: str) -> str:
    """Return a shell command as a terminal shows it; of a longer script its first line."""
    first, *more = line.strip().splitlines() or [""]
    return f"$ {_cut(first)} …" if more else f"$ {_cut(first)}"


def did(tool: str, given: Fields, verbs: Mapping[str, str]) -> str:
    """Return a tool call in words; `verbs` says which tools do something to a file."""
    if isinstance(given.get("command"), str):
        return command(str(given["command"]))
    path = next((str(given[key]) for key in _PATHS if isinstance(given.get(key), str)), "")
    if path:
        return f"{verbs.get(tool, tool)} {path}"
    first = next(filter(None, map(text, given.values())), "")
    return f"{tool}: {in_one_line(first)}" if first else tool


def called_with(given: Fields) -> str:
    """Return what a tool was called with, as a person would write it down."""
    parts: list[str] = []
    for key, value in given.items():
        shown = value if isinstance(value, str) else dumped(value)
        if key == "command":
            parts.insert(0, shown)
        else:
            parts.append(f"{key}:\n{shown}" if "\n" in shown else f"{key}: {shown}")
    return "\n".join(parts)


def _cut(line: str) -> str:
    return f"{line[:_WIDEST]}…" if len(line) > _WIDEST else line
