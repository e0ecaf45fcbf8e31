"""The half of the fake engine that is about volumes, errands and visits."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from multicooker.errors import EngineError
from multicooker.ports import Errand, Visit, Visited
from tests.fakes.cell_scripts import Does
from tests.fakes.clock import FakeClock

STARTED = "2026-01-01T00:00:00Z"


def _cat(errand: Errand) -> Does:
    """Do what `cat PATH` does, be it by way of a shell; anything else does nothing, well."""
    *words, last = errand.argv
    return Does(shows=last) if "cat" in words else Does()


@dataclass(slots=True, kw_only=True)
class FakeGuests:
    """Volumes hold files by path; what errands and visits do is scripted.

    `errands` and `attended` are those that were asked for, in order.
    """

    clock: FakeClock
    volume_files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """Content by path below the volume, by volume."""
    errand_script: Callable[[Errand], Does] = _cat
    visit_script: Callable[[Visit], Does] = lambda _visit: Does()
    broken_runtimes: Mapping[str, str] = field(default_factory=dict)
    """Why a runtime does not work, by its name."""
    errands: list[Errand] = field(default_factory=list)
    attended: list[Visit] = field(default_factory=list)
    calls: list[tuple[str, ...]] = field(default_factory=list)
    down: str = ""
    _visits: dict[str, Visited] = field(default_factory=dict)

    def volumes(self, names: Sequence[str]) -> tuple[str, ...]:
        self._called("volumes", *names)
        return tuple(name for name in names if name in self.volume_files)

    def volumes_like(self, beginning: str) -> tuple[str, ...]:
        self._called("volumes_like", beginning)
        return tuple(sorted(name for name in self.volume_files if name.startswith(beginning)))

    def remove_volumes(self, names: Sequence[str]) -> tuple[str, ...]:
        self._called("remove_volumes", *names)
        return tuple(name for name in names if self.volume_files.pop(name, None) is not None)

    def errand(self, errand: Errand) -> bytes:
        self._called("errand", *errand.argv)
        self.errands.append(errand)
        does, what = self.errand_script(errand), f"an errand in {errand.image}"
        if does.after > errand.seconds:
            self.clock.sleep(errand.seconds)
            raise EngineError(f"{what}: no answer from the container engine")
        self.clock.sleep(does.after)
        if does.writes and errand.read_only:
            raise EngineError(f"{what}: Read-only file system")
        printed = self._do(does, errand.volumes, errand.input, what=what)
        if len(printed) > errand.most:
            raise EngineError(f"{what}: it printed more than {errand.most} bytes")
        if does.code != 0:
            words = does.complains.decode() or f"it ended with exit code {does.code}"
            raise EngineError(f"{what}: {words.strip()}")
        return printed

    def attend(self, visit: Visit) -> int:
        self._called("attend", visit.name)
        self.attended.append(visit)
        does = self.visit_script(visit)
        found = self._visits.get(visit.name)
        if found is None or not found.running:
            given = b"".join(visit.gifts.values())
            printed = self._do(does, visit.volumes, (visit.input or b"") + given, what=visit.name)
            if not visit.detach:
                sys.stdout.buffer.write(printed)
                sys.stdout.buffer.flush()
        stays = does.stays or visit.detach
        if stays and (found is None or not found.running):
            self._visits[visit.name] = Visited(
                name=visit.name,
                labels=dict(visit.labels),
                running=does.stays,
                started=STARTED,
            )
        elif not stays:
            self._visits.pop(visit.name, None)
        return 0 if stays else does.code

    def visits(self) -> tuple[Visited, ...]:
        self._called("visits")
        return tuple(self._visits[name] for name in sorted(self._visits))

    def end_visit(self, name: str, *, grace: int) -> bool:
        self._called("end_visit", name, str(grace))
        return self._visits.pop(name, None) is not None

    def runtime_works(self, runtime: str, image: str) -> str:
        self._called("runtime_works", runtime, image)
        return self.broken_runtimes.get(runtime, "")

    def check(self) -> None:
        """Raise EngineError where the test made the engine go away."""
        if self.down:
            raise EngineError(self.down)

    def _called(self, *what: str) -> None:
        self.calls.append(what)
        self.check()

    def _do(self, does: Does, volumes: Mapping[str, str], given: bytes, *, what: str) -> bytes:
        for volume in volumes:
            self.volume_files.setdefault(volume, {})
        for path, data in does.writes.items():
            volume, inside = self._place(volumes, path, what=what)
            self.volume_files[volume][inside] = data
        printed = does.prints + (given if does.repeats else b"")
        if does.shows:
            volume, inside = self._place(volumes, does.shows, what=what)
            if inside not in self.volume_files[volume]:
                raise EngineError(f"{what}: can't open '{does.shows}': No such file or directory")
            printed += self.volume_files[volume][inside]
        return printed

    def _place(self, volumes: Mapping[str, str], path: str, *, what: str) -> tuple[str, str]:
        for volume, target in volumes.items():
            if path.startswith(f"{target}/"):
                return volume, path.removeprefix(f"{target}/")
        raise EngineError(f"{what}: {path}: No such file or directory")
