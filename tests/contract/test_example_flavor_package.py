"""The example package, built into a wheel and unpacked as an installer does, brings its flavor."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from multicooker.adapters.flavors.resources import PackagedResources
from multicooker.pipeline import load

EXAMPLE = Path(__file__).parent / "example_flavor_package"


def test_a_flavor_from_a_wheel_is_found_with_all_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    argv = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(argv, cwd=EXAMPLE, check=True, capture_output=True, timeout=60)
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    monkeypatch.syspath_prepend(str(site))
    resources = PackagedResources(load.flavor)
    known = resources.flavor("echo")
    assert (known.source, known.folder) == ("multicooker-echo", str(site / "multicooker_echo"))
    assert set(resources.files(known)) == {"entrypoint.sh", "greeting.txt"}
    assert resources.problems() == {}
