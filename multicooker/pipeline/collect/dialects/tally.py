"""What a CLI's tools did, counted."""

from __future__ import annotations

from dataclasses import dataclass, field

from multicooker.domain.outcome import ExitClass


@dataclass(slots=True)
class Tally:
    """Tool calls of one run, by the id that the CLI gives each."""

    names: dict[str, str] = field(default_factory=dict)
    failed: dict[str, None] = field(default_factory=dict)
    worked: dict[str, None] = field(default_factory=dict)

    def called(self, call: str, name: str) -> None:
        """Count a call."""
        self.names[call] = name

    def ended(self, call: str, *, failed: bool) -> None:
        """Count how a call ended, also where its beginning was cut off."""
        self.names.setdefault(call, "")
        (self.failed if failed else self.worked)[call] = None

    @property
    def verdict(self) -> tuple[ExitClass | None, str]:
        """Return `error` where tools were called and not one of them worked; CLIs call it well."""
        return verdict_on(failed=len(self.failed), worked=len(self.worked))

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what is worth telling although something worked."""
        return notes_on(failed=len(self.failed), calls=len(self.names))


def verdict_on(*, failed: int, worked: int) -> tuple[ExitClass | None, str]:
    """Return what so many tool calls make of a run whose CLI says that all is well."""
    if not failed or worked:
        return None, ""
    which = "its one tool call" if failed == 1 else f"all its {failed:,} tool calls"
    return ExitClass.ERROR, f"it says that all is well, but {which} failed"


def notes_on(*, failed: int, calls: int) -> tuple[str, ...]:
    """Return what is worth telling of so many tool calls."""
    return (f"{failed:,} of {calls:,} tool calls failed",) if failed else ()
