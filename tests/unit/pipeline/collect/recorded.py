"""What the real CLIs printed and kept, against scripted providers; shortened, and nobody's."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

RECORDINGS = Path(__file__).parent / "recordings"
NOW = datetime(2026, 11, 21, 8, 20, tzinfo=UTC)
"""When the recordings were made, more or less."""
FLAVORS = ("claude", "codex", "gemini")
LOGS = tuple(
    (flavor, path.stem)
    for flavor in FLAVORS
    for path in sorted((RECORDINGS / flavor).glob("*.log"))
)


def log(flavor: str, scenario: str) -> bytes:
    """Return a cell's log."""
    return (RECORDINGS / flavor / f"{scenario}.log").read_bytes()


def sessions(flavor: str, scenario: str) -> dict[str, bytes]:
    """Return the session files of a cell by their path."""
    folder = RECORDINGS / flavor / f"sessions-{scenario}"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
