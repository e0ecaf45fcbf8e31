"""What a spec asks for that its flavors do not have."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping

from multicooker.domain.cook import AuthMode, CookSpec, Judge, Participant
from multicooker.domain.flavor import Flavor, KnownFlavor, Role


def misfits(spec: CookSpec, known: Mapping[str, KnownFlavor]) -> Iterator[str]:
    """Yield what of a spec its flavors do not have, one line each with its place."""
    for at, participant in enumerate(spec.participants):
        place = f"cook.yaml: participants.{at}"
        yield from _misfits(place, participant, Role.PARTICIPANT, spec, known)
    for at, judge in enumerate(spec.judges):
        yield from _misfits(f"cook.yaml: judges.{at}", judge, Role.JUDGE, spec, known)


def _misfits(
    place: str,
    entry: Participant | Judge,
    role: Role,
    spec: CookSpec,
    known: Mapping[str, KnownFlavor],
) -> Iterator[str]:
    if entry.flavor not in known:
        yield f"{place}.flavor: no flavor is named {entry.flavor!r}{_meant(entry.flavor, known)}"
        return
    flavor = known[entry.flavor].flavor
    if role not in flavor.roles:
        yield f"{place}.flavor: {flavor.name} cannot be a {role}"
    if entry.version is not None and not flavor.version:
        yield f"{place}.version: {flavor.name} has no versions to choose from"
    yield from _auth_misfits(place, entry, spec, flavor)
    yield from _word_misfits(place, entry, flavor)


def _word_misfits(place: str, entry: Participant | Judge, flavor: Flavor) -> Iterator[str]:
    for key, value, allowed in (
        ("model", entry.model, flavor.models),
        ("effort", entry.effort, flavor.efforts),
    ):
        if value is not None and allowed and value not in allowed:
            yield f"{place}.{key}: {flavor.name} has no {key} {value!r}{_meant(value, allowed)}"
    for option, value in entry.options.items():
        if option not in flavor.options:
            where = f"{place}.options.{option}"
            yield f"{where}: {flavor.name} has no such switch{_meant(option, flavor.options)}"
        elif flavor.options[option] and value not in flavor.options[option]:
            where = f"{place}.options.{option}"
            yield f"{where}: {value!r} is not a value of it{_meant(value, flavor.options[option])}"


def _auth_misfits(
    place: str, entry: Participant | Judge, spec: CookSpec, flavor: Flavor
) -> Iterator[str]:
    auth = entry.auth or spec.auth
    where = f"{place}.auth" if entry.auth else "cook.yaml: auth"
    if flavor.credential is None or auth.effective is AuthMode.NONE:
        return
    modes = flavor.credential.modes
    if auth.effective not in modes:
        there = ", ".join(modes)
        yield f"{where}: {flavor.name} takes no {auth.effective!s}; there is {there}"


def _meant(wrong: str, right: Collection[str]) -> str:
    close = difflib.get_close_matches(wrong, list(right), n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; there is {', '.join(sorted(right))}" if right else ""
