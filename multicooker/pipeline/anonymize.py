"""anonymize: harvests + chance → labels, the key to them, and the manifest that commits them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from multicooker.domain.ballot import Seal, SealKey, Submission, label_at
from multicooker.domain.display import display_line
from multicooker.domain.outcome import ExitClass, FileEntry, Harvest, Outcome
from multicooker.ports import Randomness

_NEVER_RAN = {ExitClass.COULD_NOT_START: "could not start", ExitClass.SKIPPED: "skipped"}


def sealable(outcome: Outcome, harvest: Harvest | None) -> str:
    """Return why a participant stays out of the seal; empty where it takes part.

    Whatever was handed in takes part, marked as partial where its cell did not end well.
    """
    if outcome.exit_class is ExitClass.CANCELLED:
        return "cancelled"
    if outcome.exit_class in _NEVER_RAN:
        reason = _NEVER_RAN[outcome.exit_class]
        return f"{reason}: {outcome.detail}" if outcome.detail else reason
    if harvest is None:
        return "nothing was collected"
    if harvest.refused:
        return f"its output cannot be used: {harvest.refused}"
    return "" if harvest.files else _empty_handed(outcome)


def _empty_handed(outcome: Outcome) -> str:
    """Return that nothing came, and why, where how its cell ended tells more than that."""
    if outcome.exit_class in {ExitClass.OK, ExitClass.ARTIFACT_MISSING} or not outcome.detail:
        return "handed in nothing"
    return f"handed in nothing: {outcome.detail}"


def draw_key(participants: Sequence[str], randomness: Randomness) -> SealKey:
    """Draw who is A, who is B, …; the order of the participants plays no part in it."""
    drawn = randomness.shuffled(participants)
    return SealKey(participants={label_at(place): name for place, name in enumerate(drawn)})


def make_seal(
    key: SealKey,
    harvests: Mapping[str, Harvest],
    partial: AbstractSet[str],
    *,
    round_number: int,
    made: str,
) -> Seal:
    """Return the manifest; `harvests` and `partial` go by participant, `made` is UTC ISO 8601."""
    return Seal(
        round=round_number,
        made=made,
        submissions=tuple(
            Submission(
                label=label, files=harvests[participant].files, partial=participant in partial
            )
            for label, participant in sorted(key.participants.items(), key=_place)
        ),
    )


def _place(item: tuple[str, str]) -> tuple[int, str]:
    label, _ = item
    return len(label), label


def verify(seal: Seal, surveys: Mapping[str, Harvest]) -> tuple[str, ...]:
    """Name what differs from what was sealed, one line each; `surveys` goes by label."""
    found: list[str] = []
    for submission in seal.submissions:
        survey = surveys.get(submission.label)
        if survey is None:
            found.append(f"{submission.label}: is missing")
        elif survey.refused:
            found.append(f"{submission.label}: cannot be read: {survey.refused}")
        else:
            found.extend(_differences(submission, survey))
    labels = {submission.label for submission in seal.submissions}
    found.extend(f"{label}: was not sealed" for label in sorted(set(surveys) - labels))
    return tuple(found)


def _differences(submission: Submission, survey: Harvest) -> list[str]:
    sealed = {file.path: file for file in submission.files}
    there = {file.path: file for file in survey.files}
    changes = dict.fromkeys(sealed.keys() - there.keys(), "is gone")
    changes |= dict.fromkeys(there.keys() - sealed.keys(), "was added")
    changes |= {dropped.path: dropped.reason for dropped in survey.dropped}
    for path in sealed.keys() & there.keys():
        change = _change(sealed[path], there[path])
        if change:
            changes[path] = change
    return [
        f"{submission.label}/{display_line(path)}: {change}"
        for path, change in sorted(changes.items())
    ]


def _change(sealed: FileEntry, there: FileEntry) -> str:
    if (sealed.size, sealed.sha256) != (there.size, there.sha256):
        return "has another content"
    if sealed.executable != there.executable:
        return "is executable now" if there.executable else "is not executable any more"
    return ""
