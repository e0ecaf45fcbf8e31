"""What CLIs keep of their sessions → `transcripts/<cell>/`: their own files, and Markdown."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from multicooker.app.kitchen import Kitchen
from multicooker.app.opening import Opened
from multicooker.domain.display import display_line
from multicooker.domain.mask import Mask
from multicooker.domain.reading import Conversation
from multicooker.domain.round import Cell
from multicooker.errors import BadInputError
from multicooker.pipeline.collect.scrub import scrubbed
from multicooker.pipeline.collect.transcript import to_markdown
from multicooker.ports import Workspace

TRANSCRIPTS = "transcripts"
SESSIONS = "sessions"
"""Folder in a cell's own, where its CLI writes what was said."""
_STAGING = f"{TRANSCRIPTS}/.new"
_MAX_BYTES = 64 * 1024**2
_MAX_FILES = 1000
_MAX_PAGES = 200
"""Conversations that are written in Markdown; one file can claim to hold a million."""
_KEPT = (".jsonl", ".json")


def keep(kitchen: Kitchen, opened: Opened, cell: Cell, mask: Mask) -> tuple[Conversation, ...]:
    """Move a dead cell's session files to `transcripts/`, scrubbed, with Markdown beside them.

    Returns what was said in them. Files of an earlier try of the same round stay; the cell's own
    `sessions` folder is gone afterwards, as what it holds is not scrubbed.
    """
    workspace, source = opened.workspace, f"{cell.folder}/{SESSIONS}"
    dialect = kitchen.dialects.named(cell.dialect) if cell.dialect else None
    if dialect is None or not workspace.exists(source):
        return ()
    try:
        files = _files(workspace, source, mask)
    except BadInputError as error:
        kitchen.progress.note(f"{cell.name}: no transcript: {display_line(error.message, 200)}")
        return ()
    finally:
        workspace.remove(_STAGING)
        workspace.remove(source)
    found = tuple(it for it in dialect.conversations(files) if it.said)
    _write(workspace, cell, sorted(files.items()))
    _write(workspace, cell, [_in_markdown(cell, it, mask) for it in found[:_MAX_PAGES]])
    if len(found) > _MAX_PAGES:
        left = len(found) - _MAX_PAGES
        kitchen.progress.note(f"{cell.name}: {left:,} more conversations are not in Markdown")
    return found


def links(workspace: Workspace, cell: str) -> tuple[str, ...]:
    """Return the paths of a cell's transcripts in Markdown, the oldest first."""
    folder = f"{TRANSCRIPTS}/{cell}"
    names = workspace.names(folder) if workspace.exists(folder) else ()
    return tuple(f"{folder}/{name}" for name in names if name.endswith(".md"))


def _files(workspace: Workspace, source: str, mask: Mask) -> dict[str, bytes]:
    """Return the session files by their path, scrubbed; BadInputError where they are no good."""
    workspace.make_folder(TRANSCRIPTS)
    workspace.remove(_STAGING)
    copied = workspace.copy_clean(source, _STAGING, max_bytes=_MAX_BYTES, max_files=_MAX_FILES)
    if copied.refused:
        raise BadInputError(copied.refused)
    return {
        file.path: scrubbed(workspace.read_bytes(f"{_STAGING}/{file.path}", limit=_MAX_BYTES), mask)
        for file in copied.files
        if file.path.endswith(_KEPT)
    }


def _in_markdown(cell: Cell, conversation: Conversation, mask: Mask) -> tuple[str, bytes]:
    """Return a transcript's name, which sorts by time, and its text."""
    told = dataclasses.replace(conversation, version=conversation.version or cell.version)
    facts = {"cell": cell.name, "role": str(cell.role), "flavor": cell.flavor}
    name = f"{conversation.started[:19]}-{conversation.id}.md".replace("/", "-")
    return name, mask.text(to_markdown(told, facts)).encode()


def _write(workspace: Workspace, cell: Cell, files: Sequence[tuple[str, bytes]]) -> None:
    folder = f"{TRANSCRIPTS}/{cell.name}"
    workspace.make_folder(folder)
    names = _safe_names([path for path, _ in files])
    for name, (_, content) in zip(names, files, strict=True):
        workspace.write(f"{folder}/{name}", content)


def _safe_names(paths: Sequence[str]) -> list[str]:
    """Return a plain file name for each path, none of them twice."""
    names: list[str] = []
    for path in paths:
        plain = re.sub(r"[^A-Za-z0-9._-]", "-", path.rpartition("/")[2]).lstrip(".-")
        stem, _, suffix = plain.rpartition(".")
        name, at = f"{stem[:100] or 'session'}.{suffix}", 1
        while name in names:
            at += 1
            name = f"{stem[:100] or 'session'}.{at}.{suffix}"
        names.append(name)
    return names
