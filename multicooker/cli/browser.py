"""Shows a page to whoever sits in front of this machine, if anybody does."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """`review`: where the report is, and whether a browser shows it now."""

    task: str
    report: str
    """Absolute path of report.html."""
    opened: bool


def open_page(path: str) -> bool:
    """Open a file in a browser; False where that would reach nobody, as over ssh."""
    remote = "SSH_CONNECTION" in os.environ
    screen = sys.platform == "darwin" or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if remote or not screen:
        # webbrowser would fall back to a text browser and take the terminal over.
        return False
    import webbrowser

    return webbrowser.open(Path(path).as_uri())
