"""The composition root: names every real adapter once."""

from __future__ import annotations

import os
from pathlib import Path

from multicooker.adapters.cooks import CooksFolder, nearest_cooks
from multicooker.adapters.credentials import HostCredentials
from multicooker.adapters.dialects import InstalledDialects
from multicooker.adapters.docker import DockerEngine
from multicooker.adapters.flavors.resources import PackagedResources
from multicooker.adapters.home import UserHome
from multicooker.adapters.images.bases import Bases
from multicooker.adapters.images.downloads import own_downloads
from multicooker.adapters.system import SystemClock, SystemRandomness
from multicooker.app.kitchen import Kitchen
from multicooker.errors import BadInputError
from multicooker.pipeline import load
from multicooker.pipeline.collect.dialects import BUILT_IN
from multicooker.ports import Progress, Stopper


def real_kitchen(*, cooks: str | None, progress: Progress, stopped: Stopper) -> Kitchen:
    """Return the kitchen of this machine; `cooks` None means the nearest `cooks/` upward."""
    try:
        shelf = CooksFolder(Path(cooks) if cooks is not None else nearest_cooks(Path.cwd()))
    except FileNotFoundError as error:  # only the way from here to there can be missing
        raise BadInputError(
            "the folder you are in is gone", hint="go to one that exists, or give `-C` a full path"
        ) from error
    return Kitchen(
        cooks=shelf,
        engine=DockerEngine(),
        bases=Bases(),
        resources=PackagedResources(
            load_flavor=lambda text, place: load.flavor(text, place=place), cooks=shelf.root
        ),
        credentials=HostCredentials(),
        dialects=InstalledDialects(BUILT_IN),
        home=UserHome(),
        clock=SystemClock(),
        randomness=SystemRandomness(),
        progress=progress,
        stopped=stopped,
        pid=os.getpid(),
        downloads=own_downloads(os.environ),
    )
