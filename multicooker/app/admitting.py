"""Which cells may start: those whose login can be used, for as long as they may run."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

from multicooker.app import logins
from multicooker.app.kitchen import Kitchen
from multicooker.app.opening import Opened
from multicooker.domain.cook import AuthMode
from multicooker.domain.credential import Logins
from multicooker.domain.display import display_line
from multicooker.domain.flavor import Role
from multicooker.domain.mask import Mask
from multicooker.domain.round import Cell
from multicooker.errors import CredentialsError

_WIDTH = 400


def admit_early(
    kitchen: Kitchen, opened: Opened, cells: Sequence[Cell], *, kept: bool = False
) -> Opened:
    """Look at the logins on this host: a missing one is told before minutes go into images.

    CredentialsError where nobody is left to cook, unless something is `kept` from before, or
    nobody to judge.
    """
    early = [cell for cell in cells if not _needs_image(cell)]
    return _admit(kitchen, opened, early, cells, kept=kept)


def admit(kitchen: Kitchen, opened: Opened, cells: Sequence[Cell], *, kept: bool = False) -> Opened:
    """Look at the logins in volumes, which takes images, and lay out what cells get of all."""
    late = [cell for cell in cells if _needs_image(cell)]
    admitted = _admit(kitchen, opened, late, cells, kept=kept)
    logins.lay_out(admitted, admitted.logins)
    return admitted


def admit_anew(kitchen: Kitchen, opened: Opened, cells: Sequence[Cell]) -> Opened:
    """Look once more at what was admitted before others took their time, and lay it out anew."""
    before = opened.logins
    names = {cell.name for cell in cells}
    untouched = dataclasses.replace(
        before,
        refused={name: it for name, it in before.refused.items() if name not in names},
        piped={name: it for name, it in before.piped.items() if name not in names},
    )
    again = dataclasses.replace(opened, logins=untouched)
    admitted = _admit(kitchen, again, cells, cells, kept=False)
    logins.lay_out(admitted, admitted.logins)
    return admitted


def _needs_image(cell: Cell) -> bool:
    return cell.auth.mode is AuthMode.VOLUME or (
        cell.auth.mode is AuthMode.PIPE and cell.auth.profile is not None
    )


def _admit(
    kitchen: Kitchen, opened: Opened, cells: Sequence[Cell], every: Sequence[Cell], *, kept: bool
) -> Opened:
    found = logins.check(kitchen, opened, cells)
    for name, refusal in found.refused.items():
        told = f"{name}: skipped: {refusal.reason}; {refusal.fix}"
        kitchen.progress.note(display_line(told, _WIDTH))
    together = _merged(opened.logins, found)
    for role in (Role.PARTICIPANT, Role.JUDGE):
        if not (kept and role is Role.PARTICIPANT):
            _check_somebody_left(together, [cell for cell in every if cell.role is role])
    return dataclasses.replace(opened, logins=together)


def _merged(one: Logins, other: Logins) -> Logins:
    return Logins(
        refused={**one.refused, **other.refused},
        described={**one.described, **other.described},
        files={**one.files, **other.files},
        piped={**one.piped, **other.piped},
        mask=Mask(
            secrets=one.mask.secrets + other.mask.secrets,
            identity=one.mask.identity + other.mask.identity,
        ),
    )


def _check_somebody_left(found: Logins, cells: Collection[Cell]) -> None:
    """Refuse a cook of whose participants, or of whose judges, nobody could start."""
    refused = {cell.owner: found.refused.get(cell.name) for cell in cells}
    if not refused or None in refused.values():
        return
    lines = [
        display_line(f"{owner}: {refusal.reason}", _WIDTH)
        for owner, refusal in refused.items()
        if refusal
    ]
    fixes = dict.fromkeys(refusal.fix for refusal in refused.values() if refusal)
    raise CredentialsError("\n".join(lines), hint="; ".join(fixes))
