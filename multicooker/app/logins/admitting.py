"""Which cells may start: those whose login can be used, for as long as they may run."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

from multicooker.app.kitchen import Kitchen
from multicooker.app.logins import checking, finding
from multicooker.app.opening import Opened
from multicooker.domain.cook import AuthMode
from multicooker.domain.credential import Logins, Refusal
from multicooker.domain.display import display_line
from multicooker.domain.flavor import Role
from multicooker.domain.mask import Mask
from multicooker.domain.round import Cell
from multicooker.errors import CredentialsError

_WIDTH = 400


def admit_early(
    kitchen: Kitchen, opened: Opened, cells: Sequence[Cell], *, kept: bool = False
) -> Opened:
    """Refuse cells whose login is nowhere, before minutes go into images; reads none of them.

    CredentialsError where nobody is left to cook, unless something is `kept` from before, or
    nobody to judge.
    """
    missing = {cell.name: refusal for cell in cells if (refusal := _missing(kitchen, opened, cell))}
    return _admitted(kitchen, opened, Logins(refused=missing), cells, kept=kept)


def admit(kitchen: Kitchen, opened: Opened, cells: Sequence[Cell], *, kept: bool = False) -> Opened:
    """Read and check the logins of cells, and lay out what they get of them."""
    found = checking.check(kitchen, opened, cells)
    admitted = _admitted(kitchen, opened, found, cells, kept=kept)
    checking.lay_out(admitted, admitted.logins)
    return admitted


def admit_anew(kitchen: Kitchen, opened: Opened, cells: Sequence[Cell]) -> Opened:
    """Look once more at what was admitted before others took their time, and lay it out anew."""
    before, names = opened.logins, {cell.name for cell in cells}
    others = dataclasses.replace(
        before,
        refused={name: it for name, it in before.refused.items() if name not in names},
        piped={name: it for name, it in before.piped.items() if name not in names},
    )
    return admit(kitchen, dataclasses.replace(opened, logins=others), cells)


def _missing(kitchen: Kitchen, opened: Opened, cell: Cell) -> Refusal | None:
    """Return why a cell that uses this host's login gets none, without reading it."""
    flavor, auth = opened.known[cell.flavor].flavor, cell.auth
    if flavor.credential is None or not finding.is_on_host(auth):
        return None
    in_files = auth.mode is AuthMode.BIND
    if finding.first(kitchen, flavor.credential, files_only=in_files) is not None:
        return None
    reason = finding.nowhere(kitchen, flavor, flavor.credential, files_only=in_files)
    return Refusal(reason=reason, fix=finding.fix(flavor, auth))


def _admitted(
    kitchen: Kitchen, opened: Opened, found: Logins, cells: Sequence[Cell], *, kept: bool
) -> Opened:
    for name, refusal in found.refused.items():
        kitchen.progress.note(display_line(f"{name}: skipped: {refusal}", _WIDTH))
    together = _merged(opened.logins, found)
    for role in (Role.PARTICIPANT, Role.JUDGE):
        if not (kept and role is Role.PARTICIPANT):
            _check_somebody_left(together, [cell for cell in cells if cell.role is role])
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
