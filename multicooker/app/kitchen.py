"""The ports a verb needs, bundled."""

from __future__ import annotations

from dataclasses import dataclass, field

from multicooker.ports import (
    BaseImages,
    Clock,
    ContainerEngine,
    Cooks,
    Credentials,
    Dialects,
    Downloads,
    Home,
    Progress,
    Randomness,
    Resources,
    Stopper,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kitchen:
    """Everything outside that a verb may touch."""

    cooks: Cooks
    engine: ContainerEngine
    bases: BaseImages
    resources: Resources
    credentials: Credentials
    dialects: Dialects
    home: Home
    clock: Clock
    randomness: Randomness
    progress: Progress
    stopped: Stopper
    """Asked often; True once the user wants to stop."""
    pid: int
    """Of this process; written where another one may ask who cooks."""
    downloads: Downloads = field(default_factory=Downloads)
    """What image builds download with, beyond what a cook says."""
