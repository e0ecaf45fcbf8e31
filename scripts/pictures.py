"""Make the README's pictures from a real cook: the terminal as SVG, the report as PNG.

Needs an engine, tmux and chromium (`make test` installs both). Run from the checkout:

    .venv/bin/python scripts/pictures.py
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
COLUMNS, ROWS = 108, 42
CHROMIUM = (
    *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--hide-scrollbars", "--force-device-scale-factor=1", "--window-size=1000,1180"),
)


def main() -> None:
    """Cook the example in a terminal of its own and take both pictures."""
    with tempfile.TemporaryDirectory() as folder:
        cook = Path(folder) / "cooks" / "landing"
        shutil.copytree(ROOT / "cooks" / "landing", cook)
        screen = terminal(Path(folder), "multicooker cook landing")
        console = Console(record=True, width=COLUMNS, file=io.StringIO())
        console.print(Text.from_ansi(screen), end="")
        svg = console.export_svg(title="multicooker cook landing", code_format=SVG)
        (IMAGES / "cook.svg").write_text(svg, encoding="utf-8")
        shot = f"--screenshot={IMAGES / 'report.png'}"
        page = f"file://{cook / 'report.html'}"
        profile = f"--user-data-dir={folder}/profile"
        subprocess.run((*CHROMIUM, profile, shot, page), check=True, capture_output=True)


def terminal(folder: Path, command: str) -> str:
    """Return the coloured screen once a command, run in tmux, has ended."""
    name = f"pictures-{folder.name}"
    path = f"PATH={ROOT / '.venv/bin'}:$PATH"
    shell = f"cd {folder}; PS1='$ '; {path}; clear; {command}; touch done"
    size = ("-x", str(COLUMNS), "-y", str(ROWS))
    subprocess.run(("tmux", "new-session", "-d", "-s", name, *size, "sh"), check=True)
    try:
        subprocess.run(("tmux", "send-keys", "-t", name, shell, "Enter"), check=True)
        until = time.monotonic() + 120
        while not (folder / "done").exists():
            if time.monotonic() > until:
                sys.exit(f"`{command}` did not end in time")
            time.sleep(0.2)
        capture = ("tmux", "capture-pane", "-p", "-e", "-t", name)
        screen = subprocess.run(capture, check=True, capture_output=True, text=True).stdout
    finally:
        subprocess.run(("tmux", "kill-session", "-t", name), check=True)
    lines = screen.rstrip().replace(str(folder), "~").splitlines()
    return "\n".join(["$ " + command, *(line for line in lines if line.strip() != "$")])


SVG = """\
<svg class="rich-terminal" viewBox="0 0 {terminal_width} {terminal_height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, monospace; font-size: {char_height}px; line-height: {line_height}px }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: system-ui, sans-serif }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""
"""Rich's own form without the fonts it would load from elsewhere."""


if __name__ == "__main__":
    main()
