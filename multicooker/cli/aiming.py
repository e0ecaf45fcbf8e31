"""Commands that people are told, such that they find the same cooks."""

from __future__ import annotations

import re
import shlex

_ABOUT_COOKS = re.compile(
    r"(?:^|(?<=`))multicooker(?= (?:cook|judge|report|review|status|logs|cancel|clean|render) )"
)


def aimed(words: str, cooks: str | None) -> str:
    """Return words whose commands about a cook, in backticks or alone, name its folder by `-C`.

    `cooks` is the folder that was named by whoever reads it; None where nobody named one.
    """
    if cooks is None:
        return words
    option = f" -C {shlex.quote(cooks)}"
    return _ABOUT_COOKS.sub(lambda found: f"{found[0]}{option}", words)
