"""A quick look at how much lies in a folder while somebody is still writing there."""

from __future__ import annotations

import os
from contextlib import closing, suppress

from multicooker.adapters.folder.handles import Descent

ENOUGH = 20_000
"""Entries after which the look ends: a live table needs an impression, not an audit."""


def bytes_below(root: int, *, enough: int = ENOUGH) -> int:
    """Return the sizes of the regular files below an open folder, as far as a short look sees."""
    total = seen = 0
    ahead = [""]
    with closing(Descent(root)) as descent:
        while ahead:
            path = ahead.pop()
            with suppress(OSError), os.scandir(descent.at(path)) as entries:
                for entry in entries:
                    seen += 1
                    if seen > enough:
                        return total
                    if entry.is_dir(follow_symlinks=False):
                        ahead.append(f"{path}/{entry.name}" if path else entry.name)
                    elif entry.is_file(follow_symlinks=False):
                        total += entry.stat(follow_symlinks=False).st_size
    return total
