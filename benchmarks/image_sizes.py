"""The images of the real CLIs against images with `npm install --global` on the same base."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.program import MULTICOOKER, environment
from benchmarks.table import Row

_AIMS = {"claude": 650.0, "codex": 650.0, "gemini": 450.0}
_TOGETHER = 0.6
_MEGABYTE = 1000**2
_PARTICIPANTS = Path(__file__).parents[1] / "templates/cook/participants"
_CLI = '{{index .Config.Labels "dev.multicooker.cli"}}'
_PLAIN = """\
ARG BASE
FROM ${BASE} AS npm
RUN apt-get update && apt-get install -y --no-install-recommends nodejs npm \\
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
FROM npm
ARG CLI
RUN --mount=type=secret,id=ca_bundle \\
    if [ -s /run/secrets/ca_bundle ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca_bundle; fi; \\
    npm install --global "${CLI}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Megabytes of one image: all of it, and what of it every CLI's image has."""

    whole: float
    shared: float


def measure(scratch: Path) -> list[Row]:
    """Return the size of each image and of all together; the first time it downloads 1 GB."""
    usual = scratch / "Dockerfile"
    usual.write_text(_PLAIN)
    ours, plain = {}, {}
    for flavor in _AIMS:
        tag, base = _built(flavor)
        own = _PARTICIPANTS / flavor / "Dockerfile.base"
        cli = "--build-arg=CLI=" + _said("docker", "image", "inspect", "--format", _CLI, tag)
        with (
            _image(f"{flavor}-tools", own, base, "--target=tools") as tools,
            _image(f"{flavor}-npm", usual, base, cli, "--target=npm") as npm,
            _image(flavor, usual, base, cli) as installed,
        ):
            ours[flavor] = Size(whole=_megabytes(tag), shared=_megabytes(tools))
            plain[flavor] = Size(whole=_megabytes(installed), shared=_megabytes(npm))
    rows = [
        Row(
            what=f"image of {flavor}",
            ours="`multicooker build`",
            against=f"`npm install --global`: {plain[flavor].whole:.0f} MB",
            value=round(ours[flavor].whole),
            aim=aim,
            unit=" MB",
            rounds=1,
        )
        for flavor, aim in _AIMS.items()
    ]
    return [*rows, _all(tuple(ours.values()), tuple(plain.values()))]


def _all(ours: tuple[Size, ...], plain: tuple[Size, ...]) -> Row:
    """Return what all take on a disk, where an engine keeps a layer once."""
    mine, theirs = _together(ours), _together(plain)
    return Row(
        what="- all three, each layer once",
        ours=f"{mine:.0f} MB",
        against=f"{theirs:.0f} MB",
        value=mine / theirs,
        aim=_TOGETHER,
        unit="x",
        rounds=1,
    )


def _together(sizes: tuple[Size, ...]) -> float:
    return sum(size.whole - size.shared for size in sizes) + sizes[0].shared


def _built(flavor: str) -> tuple[str, str]:
    """Return (image, the base it starts from)."""
    told = json.loads(_said(MULTICOOKER, "--json", "build", "--flavor", flavor))
    (image,) = told["data"]["images"]
    return image["tag"], image["base"]


@contextmanager
def _image(name: str, dockerfile: Path, base: str, *more: str) -> Iterator[str]:
    """Make an image with docker alone; it is removed afterwards."""
    tag = f"mc-bench-{name}"
    bundle = os.environ.get("SSL_CERT_FILE")
    secret = (f"--secret=id=ca_bundle,src={bundle}",) if bundle else ()
    argv = ("docker", "build", "--quiet", f"--tag={tag}", f"--build-arg=BASE={base}")
    try:
        _said(*argv, *secret, *more, f"--file={dockerfile}", str(dockerfile.parent))
        yield tag
    finally:
        _said("docker", "image", "rm", tag)


def _megabytes(image: str) -> float:
    return int(_said("docker", "image", "inspect", "--format", "{{.Size}}", image)) / _MEGABYTE


def _said(*argv: str) -> str:
    ran = subprocess.run(argv, env=environment(), capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        sys.stderr.write(ran.stderr[-4096:])
        raise subprocess.CalledProcessError(ran.returncode, argv)
    return ran.stdout.strip()
