"""Session files without their owner's account."""

from __future__ import annotations

import re

from multicooker.domain.mask import ACCOUNT, Mask

_KEYS = (
    r"[a-z_-]{0,24}(?:account|user|org|organi[sz]ation)[_-]?u?u?id",
    r"(?:device|machine|installation|anonymous|workspace)[_-]?u?u?id",
    r"[a-z_-]{0,24}email(?:[_-]?address)?",
)
"""Names under which CLIs keep whose run it was, in every spelling of them."""
_KEY = rb'(?P<key>\\{0,4}"(?i:%b)\\{0,4}"\s{0,8}:\s{0,8})' % "|".join(_KEYS).encode()
_TEXT = re.compile(_KEY + rb'(?P<open>\\{0,4}")[^"\\]{1,512}(?=\\{0,4}")')
_NUMBER = re.compile(_KEY + rb"-?[0-9]{1,40}(?=[\s,}\]\\])")


def scrubbed(data: bytes, mask: Mask) -> bytes:
    """Return JSON lines with account ids, and all that `mask` hides, blanked; still JSON lines."""
    data = _TEXT.sub(rb"\g<key>\g<open>" + ACCOUNT.encode(), data)
    data = _NUMBER.sub(rb"\g<key>0", data)
    return mask.data(data)
