"""Lines of a check, as `flavor check` and those that help it make them."""

from __future__ import annotations

from multicooker.app.results import Check, Level


def fine(name: str, detail: str) -> Check:
    """Return what holds."""
    return Check(name=name, level=Level.OK, detail=detail)


def doubtful(name: str, detail: str, fix: str = "") -> Check:
    """Return what works, but not everywhere or not as well as it could."""
    return Check(name=name, level=Level.WARN, detail=detail, fix=fix)


def failed(name: str, detail: str, fix: str = "") -> Check:
    """Return what does not hold, with what makes it hold."""
    return Check(name=name, level=Level.FAIL, detail=detail, fix=fix)
