"""Fixtures of the tests on the real engine."""

from __future__ import annotations

from tests.compose_projects import busybox_image

__all__ = ["busybox_image"]
