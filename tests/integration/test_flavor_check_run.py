"""`flavor check --run` on a real engine: one suite for built-in flavors and for outside ones."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from multicooker.app.results import Check, Level
from multicooker.app.verbs import flavor_check, flavor_new
from tests.compose_projects import docker
from tests.integration.kitchens import kitchen_in

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates" / "cook" / "participants"
BUILT_IN = sorted(path.name for path in TEMPLATES.iterdir() if not path.name.startswith("_"))
EXAMPLE = ROOT / "tests/contract/example_flavor_package"
BASE = "base: {name: busybox:stable, debian: [busybox-static], bare: true}\n"
ACME: Mapping[str, str] = {
    "flavor.yaml": (
        "name: acme\nsummary: Writes a note.\nfamily: acme\nroles: [participant]\n"
        f"{BASE}version: 1.2.3\nversion_command: [acme, --version]\n"
    ),
    "Dockerfile.base": (
        "ARG BASE=busybox:stable\nFROM ${BASE}\nARG VERSION=1.2.3\n"
        "RUN printf '#!/bin/sh\\necho acme '${VERSION} >/bin/acme && chmod 755 /bin/acme\n"
    ),
    "entrypoint.sh": "#!/bin/sh\nset -eu\nacme --version >note.txt\n",
    "README.md": "It needs no account.\n",
}


def run_checks(project: Path, name: str) -> dict[str, Check]:
    """Check a flavor of the project with cells, by the check's name."""
    kitchen = kitchen_in(project / "cooks")
    return {check.name: check for check in flavor_check(kitchen, name=name, run=True).checks}


def acme(project: Path, path: str, old: str, new: str) -> dict[str, Check]:
    """Make the flavor with something replaced in one of its files, and check it."""
    folder = project / "flavors" / "acme"
    folder.mkdir(parents=True)
    assert old in ACME[path]
    for name, text in {**ACME, path: ACME[path].replace(old, new)}.items():
        (folder / name).write_text(text)
    return run_checks(project, "acme")


def wrong(found: Mapping[str, Check]) -> dict[str, str]:
    return {name: check.detail for name, check in found.items() if check.level is not Level.OK}


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_flavor_keeps_the_cell_protocol(name: str, tmp_path: Path) -> None:
    found = run_checks(tmp_path, name)

    assert wrong(found) == {}
    assert {"image", "cell", "participant", "judge"} <= set(found)
    assert ("cli" in found) is (name != "demo")


def test_a_flavor_of_an_installed_package_keeps_it_likewise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    argv = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(argv, cwd=EXAMPLE, check=True, capture_output=True, timeout=60)
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")  # as an installer does
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    found = run_checks(tmp_path, "echo")

    assert wrong(found) == {}
    assert found["participant"].detail.startswith("ok: 1 file")


def test_a_new_flavor_keeps_it_once_its_command_does_something(tmp_path: Path) -> None:
    flavor_new(kitchen_in(tmp_path / "cooks"), name="acme")
    folder = tmp_path / "flavors/acme"
    text = (folder / "flavor.yaml").read_text()
    before, _, after = text.partition("base:\n")
    text = f"{before}{BASE}{after[after.index('# EDIT 1') :]}"
    (folder / "flavor.yaml").write_text(text.replace("  - judge\n", ""))
    entrypoint = (folder / "entrypoint.sh").read_text()
    command = "exec cat </work/in/PROMPT.md"
    (folder / "entrypoint.sh").write_text(entrypoint.replace(command, f"{command} >note.txt"))

    assert wrong(run_checks(tmp_path, "acme")) == {}


def test_a_flavor_that_works_is_told_so_and_leaves_nothing_running(tmp_path: Path) -> None:
    found = acme(tmp_path, "README.md", "account", "subscription")

    assert wrong(found) == {}
    assert found["cli"].detail == "acme 1.2.3"
    assert docker("ps", "-aq", "--filter", "label=dev.multicooker.task=trial") == ""
    assert docker("ps", "-aq", "--filter", "label=dev.multicooker.task=probe") == ""


def test_a_cli_below_root_is_not_there_in_a_cell(tmp_path: Path) -> None:
    folder = tmp_path / "flavors/acme"
    wrong_place = ACME["flavor.yaml"].replace("[acme,", "[/root/acme,")
    folder.mkdir(parents=True)
    files = {**ACME, "flavor.yaml": wrong_place}
    files["Dockerfile.base"] = files["Dockerfile.base"].replace("/bin/acme", "/root/acme")
    for name, text in files.items():
        (folder / name).write_text(text)
    found = wrong(run_checks(tmp_path, "acme"))

    assert found["cell"] == "/root/acme --version ends with 127"
    assert "not 1.2.3" in found["cli"]
    assert found["participant"].startswith("crashed: ended with exit code 127")


def test_an_image_with_another_version_than_the_pinned_one_is_told(tmp_path: Path) -> None:
    found = acme(tmp_path, "Dockerfile.base", "acme '${VERSION}", "acme 1.2.4'")

    assert wrong(found) == {"cli": "`acme --version` says acme 1.2.4, not 1.2.3"}


def test_an_entrypoint_that_writes_into_the_root_file_system_is_told(tmp_path: Path) -> None:
    found = wrong(acme(tmp_path, "entrypoint.sh", "acme --version >", "mkdir /opt/acme; echo >"))

    assert list(found) == ["participant"]
    assert "Read-only file system" in found["participant"]


def test_a_judge_that_casts_no_ballot_is_told(tmp_path: Path) -> None:
    text = ": $MULTICOOKER_ROLE ballot\nacme"
    folder = tmp_path / "flavors/acme"
    folder.mkdir(parents=True)
    files = {
        **ACME,
        "flavor.yaml": ACME["flavor.yaml"].replace("[participant]", "[participant, judge]"),
        "entrypoint.sh": ACME["entrypoint.sh"].replace("acme", text, 1),
    }
    for name, content in files.items():
        (folder / name).write_text(content)
    found = wrong(run_checks(tmp_path, "acme"))

    assert list(found) == ["judge"]
    assert "ballot.json" in found["judge"]
