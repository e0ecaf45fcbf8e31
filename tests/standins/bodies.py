"""Bodies of requests: unpacked, and read where they are JSON."""

from __future__ import annotations

import gzip
import json
from typing import Any

import zstandard

_MOST = 64 * 1024 * 1024


def decoded(body: bytes, encoding: str) -> Any:
    """Return what JSON holds, else the text; None for no body, a note for what is no text."""
    plain = _unpacked(body, encoding.strip().lower())
    if not plain:
        return None
    try:
        return json.loads(plain)
    except ValueError:
        return plain.decode("utf-8", errors="replace")


def _unpacked(body: bytes, encoding: str) -> bytes:
    if encoding == "gzip":
        return gzip.decompress(body)
    if encoding == "zstd":
        with zstandard.ZstdDecompressor().stream_reader(body, read_across_frames=True) as reader:
            return reader.read(_MOST)
    return body
