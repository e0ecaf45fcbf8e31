"""Flavors in packages of their own, found through real metadata on the import path."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from multicooker.adapters.flavors.resources import PackagedResources
from multicooker.errors import BadInputError
from multicooker.pipeline import load

EXAMPLE = Path(__file__).parents[2] / "contract" / "example_flavor_package"


def install(site: Path, package: str, *points: str) -> None:
    """Write what an installer leaves of a package: its metadata with these entry points."""
    info = site / f"{package.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    lines = "\n".join(points)
    (info / "entry_points.txt").write_text(f"[multicooker.flavors]\n{lines}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder on the import path that also has the example's package on it."""
    monkeypatch.syspath_prepend(str(EXAMPLE))
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def found() -> PackagedResources:
    return PackagedResources(load.flavor)


def test_a_packages_flavor_is_known_by_its_entry_point(site: Path) -> None:
    install(site, "mc-one", "echo = multicooker_echo")
    known = found().flavor("echo")
    assert known.source == "mc-one"
    assert known.folder == str(EXAMPLE / "multicooker_echo")
    assert "echo" in found().flavors()


def test_a_packages_code_is_never_run(site: Path) -> None:
    install(site, "mc-one", "echo = multicooker_echo")  # importing it raises
    assert "echo" in found().flavors()
    assert "multicooker_echo" not in sys.modules


def test_two_packages_with_one_name_are_an_error_naming_both(site: Path) -> None:
    install(site, "mc-one", "echo = multicooker_echo")
    install(site, "mc-two", "echo = multicooker_echo")
    with pytest.raises(BadInputError, match="brought twice, by mc-one and mc-two"):
        found().flavor("echo")
    assert "echo" not in found().flavors()
    with pytest.raises(BadInputError, match="brought twice"):
        found().folder("echo")


def test_a_cooks_own_flavor_settles_what_two_packages_dispute(site: Path) -> None:
    install(site, "mc-one", "demo = multicooker_echo")
    install(site, "mc-two", "demo = multicooker_echo")
    own = site / "cook" / "flavors" / "demo"
    own.mkdir(parents=True)
    assert "lacks" in found().problems(str(site / "cook"))["demo"]


@pytest.mark.parametrize(
    "value", ["nosuch_module", "multicooker_echo.nosuch", "json.decoder", "sys", "/etc", "a..b"]
)
def test_a_package_that_names_no_folder_is_told(site: Path, value: str) -> None:
    install(site, "mc-one", f"echo = {value}")
    assert "which is no folder here" in found().problems()["echo"]


def test_a_folder_below_a_package_may_hold_a_flavor(site: Path) -> None:
    (site / "mc_many" / "flavors" / "echo").mkdir(parents=True)
    (site / "mc_many" / "__init__.py").write_text("raise RuntimeError\n")
    for file in (EXAMPLE / "multicooker_echo").iterdir():
        (site / "mc_many" / "flavors" / "echo" / file.name).write_bytes(file.read_bytes())
    install(site, "mc-one", "echo = mc_many.flavors.echo")
    assert found().flavor("echo").source == "mc-one"


def test_a_package_whose_flavor_has_another_name_is_told(site: Path) -> None:
    install(site, "mc-one", "other = multicooker_echo")
    assert "differs from the name it is found by" in found().problems()["other"]
