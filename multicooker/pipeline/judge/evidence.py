"""Evidence: whether what a judge quotes is really there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from multicooker.domain.ballot import Evidence, Score, Seal
from multicooker.domain.display import display_line, display_text

MAX_QUOTE = 500
MAX_REASON = 2000
MAX_EVIDENCE = 10
"""Pieces of evidence for one score."""

TextOf = Callable[[str, str], str | None]
"""(label, path) → the file's text; None where it is binary, too large or missing."""


class SealedFiles:
    """What can be quoted from the sealed submissions; a file is read once."""

    def __init__(self, seal: Seal, text_of: TextOf) -> None:
        self._seal = seal
        self._text_of = text_of
        self._paths: dict[str, dict[str, str]] = {}
        self._texts: dict[tuple[str, str], str] = {}
        self._has_text: dict[str, bool] = {}

    def path(self, label: str, spelling: str) -> str | None:
        """Return the path that a judge means: as it is, or as it is displayed.

        Names hold bytes that no JSON can carry; without their displayed form a submission could
        make every honest ballot invalid.
        """
        if label not in self._paths:
            files = self._seal.submission(label).files
            shown = {display_text(file.path): file.path for file in files}
            self._paths[label] = shown | {file.path: file.path for file in files}
        return self._paths[label].get(spelling)

    def text(self, label: str, path: str) -> str:
        """Return a file's text with whitespace collapsed; '' where there is nothing to quote."""
        if (label, path) not in self._texts:
            self._texts[label, path] = _collapsed(self._text_of(label, path) or "")
        return self._texts[label, path]

    def has_text(self, label: str) -> bool:
        """Return whether anything in the submission can be quoted."""
        if label not in self._has_text:
            files = self._seal.submission(label).files
            self._has_text[label] = any(
                (self._text_of(label, file.path) or "").strip() for file in files if file.size
            )
        return self._has_text[label]


def flaws(score: Score, files: SealedFiles) -> Iterator[str]:
    """Yield what is wrong with one score's reason and evidence, and what to do."""
    if not score.reason.strip():
        yield "reason is empty: say in a sentence why"
    if len(score.reason) > MAX_REASON:
        yield f"reason has {len(score.reason):,} characters: shorten it to {MAX_REASON:,}"
    if len(score.evidence) > MAX_EVIDENCE:
        yield f"{len(score.evidence)} pieces of evidence: keep the best {MAX_EVIDENCE}"
    if not score.evidence and files.has_text(score.label):
        yield "no evidence: name a file and quote the words you judge by"
    for evidence in score.evidence[:MAX_EVIDENCE]:
        flaw = _evidence_flaw(score.label, evidence, files)
        if flaw:
            yield flaw


def _evidence_flaw(label: str, evidence: Evidence, files: SealedFiles) -> str:
    path = files.path(label, evidence.file)
    name = quoted(evidence.file)
    if path is None:
        return (
            f"evidence file {name} is not in submission {label}: write the path inside the"
            " submission's folder, e.g. index.html"
        )
    text, quote = files.text(label, path), _collapsed(evidence.quote)
    if not text and quote:
        return f"evidence file {name} has no text that can be checked: leave its quote empty"
    if text and not quote:
        return f"evidence file {name} is text: quote the words you judge by"
    if len(evidence.quote) > MAX_QUOTE:
        return f"a quote from {name} has {len(evidence.quote)} characters: at most {MAX_QUOTE}"
    if quote not in text:
        return f"the quote {quoted(quote)} does not stand in {name}: copy it exactly as it is there"
    return ""


def quoted(text: str) -> str:
    """Return a judge's own words, safe and short, to be named in a problem."""
    return f"'{display_line(text, 60)}'"


def _collapsed(text: str) -> str:
    return " ".join(text.split())
