"""Fixtures of the tests on the real engine."""

from __future__ import annotations

from tests.compose_projects import busybox_image
from tests.integration.every_auth import every_auth

__all__ = ["busybox_image", "every_auth"]
