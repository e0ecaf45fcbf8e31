"""load: text in, domain values out; whatever is wrong is told as `file:line: path.to.key: reason`.

`place` is always the file's name as its user knows it. Files that users write raise BadInputError,
files that this program wrote raise StateError.
"""

from __future__ import annotations

from multicooker.domain.ballot import RecordedBallot, Seal, SealKey, Verdict
from multicooker.domain.cook import CookSpec
from multicooker.domain.flavor import Flavor
from multicooker.domain.outcome import CookStatus, Event
from multicooker.domain.sandbox import Exported, Settings
from multicooker.pipeline.load import state
from multicooker.pipeline.load.state import to_json, to_line

__all__ = [
    "cook_spec",
    "cook_status",
    "event",
    "exported",
    "flavor",
    "recorded_ballot",
    "schemas",
    "seal",
    "seal_key",
    "settings",
    "to_json",
    "to_line",
    "verdict",
]


def cook_spec(text: str, *, place: str, defaults: CookSpec) -> CookSpec:
    """Return the spec a `cook.yaml` asks for; top-level keys it leaves out come from `defaults`."""
    from multicooker.pipeline.load import doors  # noqa: PLC0415  # pydantic costs 0.1 s

    given = state.plain(defaults)
    return doors.read(
        CookSpec, text, place=place, defaults=given, page="docs/reference/cook-yaml.md"
    )


def flavor(text: str, *, place: str) -> Flavor:
    """Return what a `flavor.yaml` says."""
    from multicooker.pipeline.load import doors  # noqa: PLC0415  # pydantic costs 0.1 s

    return doors.read(Flavor, text, place=place, defaults={}, page="docs/reference/flavor-yaml.md")


def settings(text: str, *, place: str) -> Settings:
    """Return what the user's own `config.yaml` says."""
    from multicooker.pipeline.load import doors  # noqa: PLC0415  # pydantic costs 0.1 s

    return doors.read(Settings, text, place=place, defaults={}, page="docs/how-to/sandbox.md")


def exported(text: str, *, place: str) -> Exported:
    """Return what of a sandbox's conversations was exported."""
    return state.read(Exported, text, place=place, hint="remove it: all is exported once more")


def cook_status(text: str, *, place: str) -> CookStatus:
    """Return what `status.json` says."""
    hint = "move it away and run the command again; submissions and verdict stay where they are"
    return state.read(CookStatus, text, place=place, hint=hint)


def event(line: str, *, place: str) -> Event:
    """Return one line of `events.jsonl`."""
    hint = "move the file away; it only tells what happened, and a new one is begun"
    return state.read(Event, line, place=place, hint=hint)


def seal(text: str, *, place: str) -> Seal:
    """Return the manifest of a seal."""
    return state.read(Seal, text, place=place, hint=_SEAL_HINT)


def seal_key(text: str, *, place: str) -> SealKey:
    """Return which label is whose."""
    return state.read(SealKey, text, place=place, hint=_SEAL_HINT)


def recorded_ballot(text: str, *, place: str) -> RecordedBallot:
    """Return a ballot that was cast before an interruption."""
    return state.read(RecordedBallot, text, place=place, hint="remove it: that judge votes again")


def verdict(text: str, *, place: str) -> Verdict:
    """Return what `verdict.json` says."""
    hint = "move it away and run `multicooker judge TASK`: the sealed submissions are judged again"
    return state.read(Verdict, text, place=place, hint=hint)


def schemas() -> dict[str, str]:
    """Return the JSON Schemas of everything users write and programs read, by file name."""
    from multicooker.pipeline.load import schema  # noqa: PLC0415  # only the docs and judges ask

    return schema.schemas()


_SEAL_HINT = (
    "restore it from a backup, or run `multicooker cook TASK --fresh`: it cooks again and keeps"
    " what there is under rounds/"
)
