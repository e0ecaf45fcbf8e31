"""What the user's own npm downloads with: authorities and settings, as the environment has them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from multicooker.ports import Downloads

_BUNDLES = ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE")
"""npm obeys the first; where it is not set, the second says that this network inspects TLS."""
_SETTINGS = ("NPM_CONFIG_USERCONFIG", "npm_config_userconfig")


def own_downloads(environ: Mapping[str, str]) -> Downloads:
    """Return what is there and readable; a variable that names nothing is passed over."""
    bundles = [(name, _file(environ.get(name, ""))) for name in _BUNDLES]
    origin, bundle = next(((name, path) for name, path in bundles if path), ("", None))
    settings = [environ[name] for name in _SETTINGS if environ.get(name)]
    npmrc = _file(settings[0] if settings else f"{environ.get('HOME', '')}/.npmrc")
    return Downloads(ca_bundle=bundle, ca_origin=origin, npmrc=npmrc)


def _file(path: str) -> str | None:
    """Return the absolute path where it is a file that can be read."""
    if not path or not os.path.isfile(path) or not os.access(path, os.R_OK):  # noqa: PTH113  # a path of the environment: may hold anything
        return None
    return str(Path(path).absolute())
