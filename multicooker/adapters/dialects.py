"""Dialect readers: those built in, and those packages bring as entry points.

An entry point of the group `multicooker.dialects` is named like its dialect; its value is what
makes a reader when it is called without arguments, usually a class (`ports.Dialect`). Unlike a
flavor a reader is code, so the package is imported, and only when a flavor names the dialect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points

from multicooker.domain.reading import Conversation, Reading
from multicooker.errors import BadInputError
from multicooker.ports import Dialect

GROUP = "multicooker.dialects"


class InstalledDialects:
    """`ports.Dialects` of this installation; a name that is built in is never a package's."""

    def __init__(self, built_in: Mapping[str, Dialect]) -> None:
        self._readers = dict(built_in)
        self._claims: dict[str, list[EntryPoint]] = {}
        for point in entry_points(group=GROUP):
            if point.name not in built_in:
                self._claims.setdefault(point.name, []).append(point)

    def named(self, name: str) -> Dialect | None:
        """Return a reader; where a package's does not load, one that only tells why."""
        if name not in self._readers and name in self._claims:
            self._readers[name] = Guarded(name, lambda: _loaded(self._claims[name]))
        return self._readers.get(name)

    def names(self) -> tuple[str, ...]:
        """Return the names there are, sorted."""
        return tuple(sorted({*self._readers, *self._claims}))


class Guarded:
    """A package's reader that never raises: where it would, the cell is as if it had none."""

    def __init__(self, name: str, load: Callable[[], Dialect]) -> None:
        self._name = name
        self._load = lru_cache(maxsize=1)(load)

    def read(self, log: bytes, *, now: datetime) -> Reading:
        """Return its reading, or one that leaves it all to exit code and files."""
        try:
            found: object = self._load().read(log, now=now)
            if isinstance(found, Reading):
                return found
            why = f"it returned {type(found).__name__}"
        except Exception as error:  # noqa: BLE001  # a stranger's code may raise anything
            why = f"{type(error).__name__}: {error}"
        return Reading(ended=True, notes=(f"dialect {self._name!r} could not read it: {why}",))

    def tell(self, line: str) -> tuple[str, ...]:
        """Return its words, or the line as it is."""
        try:
            return tuple(str(word) for word in self._load().tell(line))
        except Exception:  # noqa: BLE001  # a stranger's code may raise anything
            return (line,)

    def conversations(self, files: Mapping[str, bytes]) -> tuple[Conversation, ...]:
        """Return what it finds, or nothing."""
        try:
            found: Iterable[object] = self._load().conversations(files)
            return tuple(it for it in found if isinstance(it, Conversation))
        except Exception:  # noqa: BLE001  # a stranger's code may raise anything
            return ()


def _loaded(points: Sequence[EntryPoint]) -> Dialect:
    """Import what makes the reader, and make it; whatever goes wrong is raised."""
    packages = sorted({point.dist.name if point.dist else "an unnamed one" for point in points})
    if len(packages) > 1 or len({point.value for point in points}) > 1:
        raise BadInputError(f"packages {' and '.join(packages)} bring it both: uninstall one")
    made: Dialect = points[0].load()()
    return made
