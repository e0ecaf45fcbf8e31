"""Writes what `pipeline.render` printed into the cook folder, and shows what would change."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from multicooker.app.kitchen import Kitchen
from multicooker.app.opening import Opened
from multicooker.app.results import FileChange
from multicooker.domain.round import Cell
from multicooker.pipeline.plan import CA_BUNDLE, SHARED
from multicooker.pipeline.render import OVERRIDE, override_stub, render
from multicooker.ports import Workspace

_IGNORE = ".gitignore"
"""Keeps credentials, keys and results out of the repository that a cook may lie in."""
_LIMIT = 16 * 1024**2


def rendered(kitchen: Kitchen, opened: Opened) -> dict[str, str]:
    """Return every file a render writes, by relative path; what becomes the user's only once."""
    template = kitchen.resources.template
    files = render(opened.round, opened.spec, template=template)
    if not opened.workspace.exists(OVERRIDE):
        files[OVERRIDE] = override_stub(opened.round, template=template)
    if not opened.workspace.exists(_IGNORE):
        files[_IGNORE] = template("cook/gitignore")
    return files


def changes(opened: Opened, files: dict[str, str]) -> tuple[FileChange, ...]:
    """Return the files that differ from what is on disk, each with a unified diff."""
    found = []
    for path, text in files.items():
        before = ""
        if opened.workspace.exists(path):
            before = opened.workspace.read_text(path, limit=_LIMIT)
        if before != text:
            found.append(FileChange(path=path, diff=_diff(path, before, text)))
    return tuple(found)


def write(kitchen: Kitchen, opened: Opened, files: dict[str, str]) -> None:
    """Write generated files and make every folder the compose file mounts."""
    workspace, user = opened.workspace, opened.round.user
    for path, text in files.items():
        folder, _, _ = path.rpartition("/")
        if folder:
            workspace.make_folder(folder, private=False)
        workspace.write(path, text, private=False)
    for flavor in sorted({cell.flavor for cell in opened.round.cells}):
        _replace_folder(
            workspace, f".cells/{flavor}", kitchen.resources.files(opened.known[flavor])
        )
    _replace_folder(workspace, SHARED, _shared_files(kitchen, opened))
    for cell in opened.round.cells:
        workspace.make_folder(f"{cell.folder}/in", private=False)
        make_writable(workspace, cell, user)
    workspace.make_folder("submissions", private=False)


def make_writable(workspace: Workspace, cell: Cell, user: str, *, empty: bool = False) -> None:
    """Make the folders that a cell writes to, `empty` where nothing of before may be in them."""
    for mount in cell.mounts:
        if not mount.read_only:
            if empty:
                workspace.remove(mount.source)
            workspace.make_folder(mount.source, owner=user)


def _replace_folder(workspace: Workspace, root: str, files: Mapping[str, bytes]) -> None:
    """Write a folder of files that cells see; one that left it must not stay mounted."""
    workspace.remove(root)
    workspace.make_folder(root, private=False)
    for name, data in files.items():
        workspace.make_folder(f"{root}/{name}".rpartition("/")[0], private=False)
        workspace.write(f"{root}/{name}", data, private=False)


def _shared_files(kitchen: Kitchen, opened: Opened) -> dict[str, bytes]:
    """Return what is mounted at /opt/multicooker: what serves cells of any flavor."""
    files = {"receive.sh": kitchen.resources.template("cook/cell/receive.sh").encode()}
    if opened.spec.ca_bundle is not None:
        files[CA_BUNDLE] = kitchen.resources.ca_bundle(opened.spec.ca_bundle)
    return files


def _diff(path: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(keepends=True),
        after.splitlines(keepends=True),
        fromfile=f"{path} (on disk)",
        tofile=f"{path} (rendered)",
    )
    return "".join(lines)
