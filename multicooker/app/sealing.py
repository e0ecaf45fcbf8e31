"""Output folders of dead cells → a committed seal.

The order makes a half-made seal unreadable: copies first, then the key, and the manifest last,
by one rename. Whoever reads a seal starts at the manifest.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from multicooker.app.journal import record_text, stamp
from multicooker.app.kitchen import Kitchen
from multicooker.app.opening import Opened
from multicooker.domain.ballot import Absence, Seal, SealKey
from multicooker.domain.display import display_line
from multicooker.domain.outcome import Dropped, ExitClass, Harvest, Outcome
from multicooker.errors import NoVerdictError, StateError
from multicooker.pipeline import load
from multicooker.pipeline.anonymize import draw_key, make_seal, sealable, verify
from multicooker.ports import Workspace

SUBMISSIONS = "submissions"
MANIFEST = ".seal/manifest.json"
KEY = ".seal/key.json"
_STAGING = ".seal/new"
_LIMIT = 512 * 1024**2
_PIECE = 4 * 1024**2
"""Bytes of a file that are looked through at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A seal and its key."""

    seal: Seal
    key: SealKey

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the labels in order."""
        return tuple(submission.label for submission in self.seal.submissions)


def harvest(opened: Opened, owner: str) -> Harvest:
    """Copy one participant's output to where the seal is made; its cell must be dead."""
    limits = opened.spec.limits
    workspace = opened.workspace
    workspace.make_folder(_STAGING)
    workspace.remove(f"{_STAGING}/{owner}")
    found = workspace.copy_clean(
        f"work/{owner}/out",
        f"{_STAGING}/{owner}",
        max_bytes=limits.output_bytes,
        max_files=limits.output_files,
    )
    exposed = _exposed(opened, f"{_STAGING}/{owner}", found)
    if not exposed:
        return masked(opened, found)
    workspace.remove(f"{_STAGING}/{owner}")
    return dataclasses.replace(
        found, refused=f"{exposed} holds the credential of the cell that wrote it: withheld"
    )


def _exposed(opened: Opened, folder: str, found: Harvest) -> str:
    """Return the first file that holds a credential, or is named by one; '' where none does."""
    mask = opened.logins.mask
    if not mask.secrets:
        return ""
    for file in found.files:
        if mask.holds_secret(os.fsencode(file.path)):
            return "a file's name"
        pieces = opened.workspace.pieces(f"{folder}/{file.path}", size=_PIECE, overlap=mask.overlap)
        if any(mask.holds_secret(piece) for piece in pieces):
            return display_line(file.path, 200)
    return ""


def masked(opened: Opened, found: Harvest) -> Harvest:
    """Return a harvest whose words about what was left out hide what is secret.

    A link can be named by a credential, or lead to one.
    """
    mask = opened.logins.mask
    return dataclasses.replace(
        found,
        dropped=tuple(
            Dropped(path=mask.text(it.path), reason=mask.text(it.reason)) for it in found.dropped
        ),
        notes=tuple(mask.text(note) for note in found.notes),
    )


def unseal(workspace: Workspace) -> None:
    """Take back an earlier seal: manifest first, so that nobody reads what is left of it."""
    workspace.remove(MANIFEST)
    workspace.remove(SUBMISSIONS)
    workspace.remove(".seal")


def seal(
    kitchen: Kitchen,
    opened: Opened,
    outcomes: Sequence[Outcome],
    harvests: Mapping[str, Harvest],
    *,
    stay_out: Mapping[str, str],
) -> Sealed:
    """Label what was harvested and commit it; NoVerdictError where there is nothing to seal.

    `stay_out` names participants of an earlier seal that were no part of it, and why.
    """
    workspace = opened.workspace
    absent = []
    for outcome in outcomes:
        reason = stay_out.get(outcome.owner) or sealable(outcome, harvests.get(outcome.owner))
        if reason:
            absent.append(Absence(name=outcome.owner, reason=reason))
    out = {absence.name for absence in absent}
    inside = [outcome for outcome in outcomes if outcome.owner not in out]
    if not inside:
        reasons = "; ".join(f"{absence.name}: {absence.reason}" for absence in absent)
        raise NoVerdictError(
            f"no participant handed anything in ({display_line(reasons, 600)})",
            hint=f"`multicooker logs {opened.task}` shows why; `cook` runs the failed ones again",
        )
    key = draw_key([outcome.owner for outcome in inside], kitchen.randomness)
    key = dataclasses.replace(key, absent=tuple(absent))
    manifest = make_seal(
        key,
        harvests,
        {outcome.owner for outcome in inside if outcome.exit_class is not ExitClass.OK},
        round_number=opened.round.number,
        made=stamp(kitchen.clock.now()),
    )
    manifest = dataclasses.replace(manifest, made_from=opened.made_from)
    workspace.remove(SUBMISSIONS)
    workspace.make_folder(SUBMISSIONS, private=False)
    for label, owner in sorted(key.participants.items()):
        workspace.rename(f"{_STAGING}/{owner}", f"{SUBMISSIONS}/{label}")
    workspace.remove(_STAGING)
    workspace.write(KEY, load.to_json(key))
    workspace.write(MANIFEST, load.to_json(manifest))
    return Sealed(seal=manifest, key=key)


def read_seal(workspace: Workspace, *, check: bool) -> Sealed | None:
    """Return the committed seal, None where there is none; `check` compares the files' hashes."""
    if not workspace.exists(MANIFEST):
        return None
    manifest = load.seal(_text(workspace, MANIFEST), place=f"{workspace.folder}/{MANIFEST}")
    if not workspace.exists(KEY):
        raise StateError(
            f"{workspace.folder}/{KEY}: is missing, so nobody knows any more whose A, B, … are",
            hint="`cook --fresh` cooks again and keeps this result under rounds/",
        )
    key = load.seal_key(_text(workspace, KEY), place=f"{workspace.folder}/{KEY}")
    if check:
        surveys = {
            submission.label: workspace.survey(f"{SUBMISSIONS}/{submission.label}")
            for submission in manifest.submissions
        }
        changed = verify(manifest, surveys)
        if changed:
            raise StateError(
                f"{workspace.folder}/{SUBMISSIONS}: not what was sealed: {'; '.join(changed[:5])}",
                hint="`cook --fresh` cooks again and keeps this result under rounds/",
            )
    return Sealed(seal=manifest, key=key)


def _text(workspace: Workspace, path: str) -> str:
    return record_text(workspace, path, limit=_LIMIT)
