"""What users install is a wheel: it is built, installed into a clean environment, and used there.

The environment holds the wheel and the packages that the wheel itself asks for, linked from the
environment of the tests: no network is needed, and what is asked for too little is found.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from importlib.metadata import Distribution, PathDistribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from multicooker import __version__
from tests.docs.console import HOME, ROOT, play, run

WHEEL = f"multicooker-{__version__}-py3-none-any.whl"
SDIST = f"multicooker-{__version__}.tar.gz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A clean environment with the wheel in it."""

    folder: Path

    @property
    def programs(self) -> Path:
        return self.folder / "bin"

    def python(self, code: str, cwd: Path) -> str:
        """Return what the environment's Python prints."""
        argv = [str(self.programs / "python"), "-I", "-c", code]
        ended = subprocess.run(argv, cwd=cwd, capture_output=True, encoding="utf-8", check=True)
        return ended.stdout.strip()


def python(*argv: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", *argv], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the sdist and the wheel that is made from the sdist."""
    folder = tmp_path_factory.mktemp("built")
    python("build", "--no-isolation", f"--outdir={folder}", str(ROOT))
    return folder


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=True, with_pip=False)
    (packages,) = folder.glob("lib/python*/site-packages")
    with zipfile.ZipFile(built / WHEEL) as wheel:
        info = zipfile.Path(wheel, f"multicooker-{__version__}.dist-info/")
        for package in asked_for(PathDistribution(info)).values():
            link(package, packages)
    here = f"--python={folder / 'bin/python'}"
    python("pip", here, "install", "--quiet", "--no-index", "--no-deps", str(built / WHEEL))
    python("pip", here, "check")
    return Installed(folder=folder)


def asked_for(package: Distribution) -> dict[str, Distribution]:
    """Return the packages that a package needs, and those that these need, by name."""
    found: dict[str, Distribution] = {}
    waiting = [package]
    while waiting:
        for text in waiting.pop().requires or ():
            needed = Requirement(text)
            wanted = needed.marker is None or needed.marker.evaluate({"extra": ""})
            if wanted and needed.name not in found:
                found[needed.name] = distribution(needed.name)
                waiting.append(found[needed.name])
    return found


def link(package: Distribution, packages: Path) -> None:
    """Link what belongs to a package into another environment's packages."""
    tops = {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}
    for top in tops:
        (packages / top).symlink_to(str(package.locate_file(top)))


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as file:
        return {name: file.read(name) for name in file.namelist()}


def test_the_wheel_holds_the_package_and_every_template(built: Path) -> None:
    held = contents(built / WHEEL)
    info = f"multicooker-{__version__}.dist-info"
    expected = {
        f"multicooker/_templates/{path.relative_to(ROOT / 'templates')}": path.read_bytes()
        for path in (ROOT / "templates").rglob("*")
        if path.is_file()
    } | {
        str(path.relative_to(ROOT)): path.read_bytes()
        for path in (ROOT / "multicooker").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in held if not name.startswith(info)} == set(expected)
    assert [name for name, content in expected.items() if held[name] != content] == []
    assert f"{info}/licenses/LICENSE" in held


def test_the_wheel_from_the_sdist_is_the_one_from_the_checkout(built: Path, tmp_path: Path) -> None:
    python("build", "--wheel", "--no-isolation", f"--outdir={tmp_path}", str(ROOT))
    assert contents(tmp_path / WHEEL) == contents(built / WHEEL)


def test_the_sdist_holds_sources_and_nothing_of_this_machine(built: Path) -> None:
    with tarfile.open(built / SDIST) as file:
        names = {name.partition("/")[2] for name in file.getnames()}
    assert {"templates/cook/cook.yaml.j2", "README.md", "LICENSE", "CHANGELOG.md"} <= names
    tops = {name.partition("/")[0] for name in names}
    assert tops <= {
        *("multicooker", "templates", "README.md", "LICENSE", "CHANGELOG.md"),
        *("pyproject.toml", "PKG-INFO", ".gitignore"),
    }


def test_what_runs_is_the_wheels_and_not_the_checkouts(
    installed: Installed, tmp_path: Path
) -> None:
    code = (
        "import multicooker; from multicooker.adapters.flavors.resources import PackagedResources;"
        "print(multicooker.__file__, PackagedResources(None).templates_root())"
    )
    package, templates = (Path(path) for path in installed.python(code, tmp_path).split())
    assert package.resolve().is_relative_to(installed.folder.resolve())
    assert templates == package.parent / "_templates"
    found, where = run("command -v multicooker", tmp_path, programs=installed.programs)
    assert (found, where.strip()) == (0, str(installed.programs / "multicooker"))


def test_nothing_but_what_the_wheel_asks_for_is_installed(
    installed: Installed, tmp_path: Path
) -> None:
    code = "import importlib.metadata as m; print(*sorted(d.name for d in m.distributions()))"
    names = installed.python(code, tmp_path).lower().split()
    assert {"click", "multicooker", "pydantic", "rich"} <= set(names)
    assert {"pytest", "hatchling", "sybil", "numpy"}.isdisjoint(names)


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("multicooker --version", f"multicooker {__version__}\n"),
        ("multicooker flavor list | grep -c built-in", "4\n"),
        ("multicooker flavor check demo | tail -1", "everything needed is there\n"),
        ("multicooker new page | head -1", f"page made in {HOME}/cooks/page\n"),
        ("multicooker new page -q >made && multicooker render page | tail -1", "nothing changed\n"),
        ("python -m multicooker --version", f"multicooker {__version__}\n"),
    ],
)
def test_it_works_from_another_folder(
    installed: Installed, tmp_path: Path, typed: str, printed: str
) -> None:
    (tmp_path / "cooks").mkdir()
    assert run(typed, tmp_path, programs=installed.programs) == (0, printed)


def test_a_new_cook_names_the_wheels_schema(installed: Installed, tmp_path: Path) -> None:
    (tmp_path / "cooks").mkdir()
    assert run("multicooker new page", tmp_path, programs=installed.programs)[0] == 0
    first, _, _ = (tmp_path / "cooks/page/cook.yaml").read_text(encoding="utf-8").partition("\n")
    schema = Path(first.removeprefix("# yaml-language-server: $schema="))
    assert schema.is_relative_to(installed.folder)
    shipped = ROOT / "docs/reference/schemas/cook.schema.json"
    assert schema.read_bytes() == shipped.read_bytes()


@pytest.mark.docker
@pytest.mark.parametrize("name", ["README.md", "docs/tutorial/first-cook.md"])
def test_a_newcomer_cooks_to_a_verdict_with_the_wheel(
    installed: Installed, tmp_path: Path, name: str
) -> None:
    page = ROOT / name
    found = play(
        page.read_text(encoding="utf-8"), tmp_path, engine=True, programs=installed.programs
    )
    assert not found, "\n".join(difference.told(page) for difference in found)
