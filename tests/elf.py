"""Programs as far as their headers go, for tests of what may enter a bare base."""

from __future__ import annotations

import struct
from collections.abc import Sequence


def elf(*, kinds: Sequence[int], wide: bool = True, little: bool = True) -> bytes:
    """Return an ELF header with program headers of these kinds (3 asks for a loader)."""
    order, size = ("<" if little else ">"), (56 if wide else 32)
    start = 64 if wide else 52
    data = bytearray(start + size * len(kinds) + 64)
    data[:6] = b"\x7fELF" + bytes([2 if wide else 1, 1 if little else 2])
    struct.pack_into(f"{order}{'Q' if wide else 'I'}", data, 32 if wide else 28, start)
    struct.pack_into(f"{order}HH", data, 54 if wide else 42, size, len(kinds))
    for number, kind in enumerate(kinds):
        struct.pack_into(f"{order}I", data, start + number * size, kind)
    return bytes(data)
