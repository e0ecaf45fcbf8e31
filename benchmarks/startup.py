"""`multicooker --help` against importing three libraries."""

from __future__ import annotations

import sys

from benchmarks.program import MULTICOOKER, in_turns, run
from benchmarks.table import Row, compared

_IMPORTS = "import click, jinja2, yaml"


def measure(*, rounds: int) -> list[Row]:
    """Return the ratio of two program starts."""
    ours, against = in_turns(
        {
            "multicooker --help": lambda _: run([MULTICOOKER, "--help"]),
            f'python -c "{_IMPORTS}"': lambda _: run([sys.executable, "-c", _IMPORTS]),
        },
        rounds=rounds,
    )
    return [compared("start", ours, against, aim=1.5)]
