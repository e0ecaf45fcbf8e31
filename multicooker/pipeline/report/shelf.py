"""What each submission holds: its files by name, size and hash, and excerpts of small texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from multicooker.domain.ballot import Seal, Submission, Verdict
from multicooker.domain.outcome import FileEntry
from multicooker.pipeline.report.words import counted, size

MAX_FILES = 60
"""Files of one submission that are listed."""
MAX_EXCERPTS = 4
MAX_EXCERPT = 3000
"""Characters of one excerpt."""
MAX_EXCERPT_FILE = 64 * 1024
"""Bytes of a file that is looked into."""
MAX_LOOKS = 12
"""Files that are looked into to find excerpts."""

_SAFE_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*", re.ASCII)
_TOLD_FIRST = ("index.", "readme", "main.")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """One file in the list."""

    path: str
    size: str
    sha256: str
    """Its first 12 digits."""
    href: str
    """Relative link; empty where the path is not safe to link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """The beginning of a text file."""

    path: str
    text: str
    cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """One submission."""

    label: str
    partial: bool
    amount: str
    """How many files and bytes."""
    entry: str
    """Link to the page it is about; empty where it has none."""
    files: tuple[FileRow, ...]
    more: int
    excerpts: tuple[Excerpt, ...]


def handed_of(
    verdict: Verdict, seal: Seal, text_of: Callable[[str, str], str | None]
) -> tuple[Handed, ...]:
    """Return every sealed submission, in order of label."""
    cited = {
        (score.label, evidence.file)
        for cast in verdict.ballots
        for score in cast.ballot.scores
        for evidence in score.evidence
    }
    return tuple(
        _handed(submission, {path for label, path in cited if label == submission.label}, text_of)
        for submission in sorted(seal.submissions, key=lambda it: (len(it.label), it.label))
    )


def _handed(
    submission: Submission, cited: set[str], text_of: Callable[[str, str], str | None]
) -> Handed:
    files, label = submission.files, submission.label
    rows = tuple(_file_row(label, file) for file in files[:MAX_FILES])
    whole = size(sum(file.size for file in files))
    has_page = any(file.path == "index.html" for file in files)
    return Handed(
        label=label,
        partial=submission.partial,
        amount=f"{counted(len(files), 'file')}, {whole}" if files else "no files",
        entry=_href(label, "index.html") if has_page else "",
        files=rows,
        more=len(files) - len(rows),
        excerpts=tuple(_excerpts(submission, cited, text_of)),
    )


def _file_row(label: str, file: FileEntry) -> FileRow:
    return FileRow(
        path=file.path,
        size=size(file.size),
        sha256=file.sha256[:12],
        href=_href(label, file.path),
    )


def _href(label: str, path: str) -> str:
    """Return a relative link to a sealed file, '' unless every part of it is plain."""
    parts = [label, *path.split("/")]
    return "/".join(["submissions", *parts]) if all(map(_SAFE_PART.fullmatch, parts)) else ""


def _excerpts(
    submission: Submission, cited: set[str], text_of: Callable[[str, str], str | None]
) -> Iterator[Excerpt]:
    """Yield excerpts: what judges quoted first, then what a reader would open first."""
    small = [file.path for file in submission.files if 0 < file.size <= MAX_EXCERPT_FILE]
    small.sort(key=lambda path: (path not in cited, not _is_told_first(path), path))
    found = 0
    for path in small[:MAX_LOOKS]:
        text = (text_of(submission.label, path) or "").strip("\n")
        if text.strip() and found < MAX_EXCERPTS:
            found += 1
            yield Excerpt(path=path, text=text[:MAX_EXCERPT], cut=len(text) > MAX_EXCERPT)


def _is_told_first(path: str) -> bool:
    return path.lower().startswith(_TOLD_FIRST)
