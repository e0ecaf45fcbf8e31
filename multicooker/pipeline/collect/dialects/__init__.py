"""Readers of what CLIs print and keep; the flavors' `dialect:` names them."""

from __future__ import annotations

from collections.abc import Mapping

from multicooker.pipeline.collect.dialects.claude import ClaudeDialect
from multicooker.pipeline.collect.dialects.codex import CodexDialect
from multicooker.pipeline.collect.dialects.gemini import GeminiDialect
from multicooker.ports import Dialect

BUILT_IN: Mapping[str, Dialect] = {
    "claude": ClaudeDialect(),
    "codex": CodexDialect(),
    "gemini": GeminiDialect(),
}
"""By name."""
