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
        if not self.failed or self.worked:
            return None, ""
        count = len(self.failed)
        which = "its one tool call" if count == 1 else f"all its {count:,} tool calls"
        return ExitClass.ERROR, f"it says that all is well, but {which} failed"

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what is worth telling although something worked."""
        if not self.failed:
            return ()
        return (f"{len(self.failed):,} of {len(self.names):,} tool calls failed",)
