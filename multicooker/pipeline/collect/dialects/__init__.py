"""Readers of what CLIs print and keep; the flavors' `dialect:` names them."""

from __future__ import annotations

from collections.abc import Mapping

from multicooker.ports import Dialect

BUILT_IN: Mapping[str, Dialect] = {}
"""By name."""
