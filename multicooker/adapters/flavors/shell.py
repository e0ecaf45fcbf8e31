"""Is a shell script well-formed? Asked of `sh -n`, which reads it and runs nothing."""

from __future__ import annotations

from multicooker.adapters import processes

_SECONDS = 10.0


def syntax_problem(script: bytes) -> str:
    """Return what is wrong with a script's syntax, '' where nothing is."""
    ran = processes.run(["sh", "-n"], timeout=_SECONDS, given=script)
    return "" if ran.ok else ran.why
