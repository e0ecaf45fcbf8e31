"""Earlier rounds: moved aside whole, never changed again."""

from __future__ import annotations

from multicooker.ports import Workspace

RESULTS = (
    ".seal/manifest.json",  # first: a seal without manifest is never read
    ".seal",  # next: whoever cooks on what an interrupted move left must not lose the key
    "work",
    "submissions",
    "judging",
    "transcripts",
    "logs",
    "usage.json",
    "verdict.json",
    "report.html",
    "leaderboard.md",
    ".inputs",
    "status.json",
)
"""What a round leaves in the cook folder, in the order it is moved."""
_PRECIOUS = (".seal/manifest.json", "verdict.json", "report.html", "leaderboard.md")
INPUTS = ".inputs"
"""Copies of what the round in the cook folder was made from."""
_TEXTS = ("BRIEF.md", "JUDGE_BRIEF.md", "cook.yaml", "compose.override.yaml", "compose.yaml")
_LIMIT = 16 * 1024**2


def keep_inputs(workspace: Workspace) -> None:
    """Copy what a round is made from, so that it can be kept with its results later on."""
    workspace.remove(INPUTS)
    for path in _TEXTS:
        if workspace.exists(path):
            workspace.write(f"{INPUTS}/{path}", workspace.read_bytes(path, limit=_LIMIT))


def archive(workspace: Workspace, number: int) -> str:
    """Move a round's results under `rounds/`, with what they were made from."""
    target = free_name(workspace, str(number))
    workspace.make_folder(f"{target}/.seal")
    for path in RESULTS:
        if path in {".seal", INPUTS}:
            _move_inside(workspace, path, f"{target}/.seal" if path == ".seal" else target)
        elif workspace.exists(path):
            workspace.rename(path, f"{target}/{path}")
    return target


def archive_judging(workspace: Workspace, number: int) -> str:
    """Move an earlier judging aside before judges vote anew."""
    target = free_name(workspace, f"{number}-judging")
    workspace.make_folder(target)
    for path in ("judging", "verdict.json", "report.html", "leaderboard.md"):
        if workspace.exists(path):
            workspace.rename(path, f"{target}/{path}")
    _move_inside(workspace, INPUTS, target)
    return target


def has_result(workspace: Workspace) -> bool:
    """Tell whether there is a result that must not be overwritten, whatever the record says."""
    return any(workspace.exists(path) for path in _PRECIOUS)


def last_number(workspace: Workspace) -> int:
    """Return the highest number of a round under `rounds/`, 0 where there is none."""
    names = (name.partition(".")[0] for name in workspace.names("rounds"))
    return max((int(name) for name in names if name.isascii() and name.isdigit()), default=0)


def free_name(workspace: Workspace, name: str) -> str:
    """Return `rounds/<name>`, or the first of `rounds/<name>.2`, … that is not taken."""
    target, at = f"rounds/{name}", 1
    while workspace.exists(target):
        at += 1
        target = f"rounds/{name}.{at}"
    return target


def _move_inside(workspace: Workspace, source: str, target: str) -> None:
    for name in workspace.names(source):
        workspace.rename(f"{source}/{name}", f"{target}/{name}")
