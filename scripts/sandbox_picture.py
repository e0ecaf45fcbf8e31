"""Make the picture of a sandbox: the real claude at its prompt, recorded in a terminal.

Its provider is the stand-in of the tests, so no account is needed. Needs an engine and tmux (`make
test` installs both) and a user who may listen on port 443. Run from the checkout:

    .venv/bin/python -m scripts.sandbox_picture
"""

from __future__ import annotations

import io
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

from multicooker.adapters.docker import DockerEngine
from scripts.pictures import COLUMNS, IMAGES, ROOT, SVG
from tests.standins.stage import Stage, build_images, stage

ROWS = 14
VOLUME = "mc-claude-auth"
PROMPT = "bypass permissions on"
PATIENCE = 120.0


def main() -> None:
    """Open a sandbox on a stage, take the picture, and leave nothing."""
    engine = DockerEngine()
    if engine.volumes([VOLUME]):
        sys.exit(f"the volume {VOLUME} is somebody's login: this would use it")
    build_images(("claude",))
    with tempfile.TemporaryDirectory(prefix="mc-picture-") as folder:
        root = Path(folder).resolve()
        root.chmod(0o755)
        with stage(root) as set_up:
            project = set_up.home / "code" / "bakery"
            project.mkdir(parents=True)
            screen = recorded(set_up, project)
        for one in engine.visits():
            if one.labels.get("dev.multicooker.sandbox.folder") == str(project):
                engine.end_visit(one.name, grace=0)
        engine.remove_volumes([VOLUME])
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text.from_ansi(f"$ multicooker sandbox\n{screen}"), end="")
    svg = console.export_svg(title="multicooker sandbox", code_format=SVG)
    (IMAGES / "sandbox.svg").write_text(svg, encoding="utf-8")


def recorded(set_up: Stage, project: Path) -> str:
    """Return the coloured screen once claude waits for words."""
    name = f"picture-{project.parent.parent.parent.name}"
    trust = ("--ca-bundle", str(set_up.standin.ca_pem))
    routes = [word for host in set_up.resolve.items() for word in ("--resolve", "=".join(host))]
    words = shlex.join((str(ROOT / ".venv/bin/multicooker"), "sandbox", *trust, *routes))
    script = set_up.root / "open.sh"
    script.write_text(f"cd {shlex.quote(str(project))} && clear && exec {words}\n", "utf-8")
    settings = [f"-e{key}={text}" for key, text in set_up.environment().items()]
    size = ("-x", str(COLUMNS), "-y", str(ROWS))
    tmux(
        "new-session",
        "-d",
        "-s",
        name,
        *settings,
        "-eCOLORTERM=truecolor",
        *size,
        "sh",
        str(script),
    )
    try:
        until = time.monotonic() + PATIENCE
        while PROMPT not in (screen := tmux("capture-pane", "-p", "-e", "-t", name)):
            if time.monotonic() > until:
                sys.exit(f"claude's prompt did not come:\n{screen}")
            time.sleep(0.2)
        time.sleep(3.0)  # its greeting moves
        return tmux("capture-pane", "-p", "-e", "-t", name).replace(str(set_up.home), "~")
    finally:
        tmux("kill-session", "-t", name)


def tmux(*words: str) -> str:
    """Run tmux and return what it prints."""
    return subprocess.run(("tmux", *words), check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
