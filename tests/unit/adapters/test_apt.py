"""The machine's apt, played by scripts on the PATH: what is asked of it, and what if it refuses."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import pytest

from multicooker.adapters.images.apt import Apt, Mirror
from multicooker.adapters.images.bare import make_bare
from multicooker.adapters.images.debian import bootstrap
from multicooker.domain.flavor import BaseImage
from multicooker.errors import BuildError
from tests.elf import elf

BASE = BaseImage(name="tiny:1", debian=("tiny-static",), bare=True)

SEPARATE = 'case " $* " in *" -o=Dir::State::lists="*) private=yes ;; *) private=no ;; esac\n'
WORKS = 'case " $* " in *" download "*) touch tiny_1_all.deb ;; esac\n'
NEEDS_LISTS = (
    SEPARATE
    + 'case "$private $*" in\n'
    + "  *update*) echo 'E: a third party does not answer' >&2; exit 100 ;;\n"
    + "  yes*download*) touch tiny_1_all.deb ;;\n"
    + "  *) echo 'E: Unable to locate package' >&2; exit 100 ;;\nesac\n"
)
REFUSES = "echo 'E: nothing works' >&2\nexit 100\n"


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that is the whole PATH, with the few programs that scripts need."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in ("sh", "touch", "mkdir", "cp", "cat"):
        (folder / name).symlink_to(shutil.which(name) or f"/bin/{name}")
    monkeypatch.setenv("PATH", str(folder))
    return folder


def tool(tools: Path, name: str, script: str) -> None:
    log = tools.parent / "log"
    (tools / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {log}\n{script}')
    (tools / name).chmod(0o755)


def debian(tools: Path, *, apt_get: str = WORKS, program: bytes | None = None) -> None:
    """Play a Debian machine on which nothing is installed; a package holds `bin/sh`."""
    held = tools.parent / "sh"
    held.write_bytes(elf(kinds=[1]) if program is None else program)
    held.chmod(0o755)
    tool(tools, "apt-get", apt_get)
    tool(tools, "dpkg-query", "exit 1\n")
    tool(tools, "dpkg-deb", f'mkdir -p "$3/bin" && cp {held} "$3/bin/sh"\n')


def made(tmp_path: Path) -> tuple[str, str]:
    folder = tmp_path / "work"
    folder.mkdir()
    return make_bare(BASE, folder=str(folder), ca_bundle=None, tell=lambda _line: None)


def asked(tools: Path) -> list[str]:
    return (tools.parent / "log").read_text().splitlines()


def test_a_package_is_downloaded_and_its_program_taken(tmp_path: Path, tools: Path) -> None:
    debian(tools)
    archive, how = made(tmp_path)
    assert how == "from the Debian package tiny-static (downloaded tiny-static)"
    with tarfile.open(archive) as tar:
        assert tar.getmember("bin/sh").isreg()


def test_nothing_is_fetched_anew_while_the_machines_lists_do(tmp_path: Path, tools: Path) -> None:
    debian(tools)
    made(tmp_path)
    assert not any("update" in line or "Dir::State" in line for line in asked(tools))


def test_without_lists_they_are_fetched_into_a_private_folder(tmp_path: Path, tools: Path) -> None:
    debian(tools, apt_get=NEEDS_LISTS)
    made(tmp_path)
    (update,) = [line for line in asked(tools) if " update" in line]
    assert f"-o=Dir::State::lists={tmp_path}/work/lists" in update
    assert f"-o=Dir::Cache={tmp_path}/work/cache" in update


def test_a_package_that_does_not_come_is_told_in_apts_words(tmp_path: Path, tools: Path) -> None:
    debian(tools, apt_get=REFUSES)
    with pytest.raises(BuildError, match="could not download tiny-static: E: nothing works"):
        made(tmp_path)
    assert len([line for line in asked(tools) if " download" in line]) == 2


def test_a_download_that_brings_nothing_is_no_success(tmp_path: Path, tools: Path) -> None:
    debian(tools, apt_get="exit 0\n")
    with pytest.raises(BuildError, match="could not download tiny-static"):
        made(tmp_path)


@pytest.mark.parametrize("program", [elf(kinds=[3]), b"#!/bin/sh\n", b""])
def test_a_package_without_a_static_program_is_refused(
    tmp_path: Path, tools: Path, program: bytes
) -> None:
    debian(tools, program=program)
    with pytest.raises(BuildError, match="holds no static program"):
        made(tmp_path)


def test_a_package_that_cannot_be_unpacked_is_told(tmp_path: Path, tools: Path) -> None:
    debian(tools)
    tool(tools, "dpkg-deb", "echo 'error: no archive' >&2\nexit 2\n")
    with pytest.raises(BuildError, match=r"tiny_1_all\.deb could not be unpacked: error: no arch"):
        made(tmp_path)


def test_a_machine_without_apt_says_so_and_runs_nothing(tmp_path: Path, tools: Path) -> None:
    assert not Apt.there()
    with pytest.raises(BuildError, match="no apt"):
        made(tmp_path)
    with pytest.raises(BuildError, match="only by root on Debian or Ubuntu"):
        bootstrap(BASE, folder=str(tools), ca_bundle=None, tell=lambda _line: None)


def test_mirrors_are_debians_and_ubuntus_and_each_once(tmp_path: Path, tools: Path) -> None:
    rows = [
        "http://mirror.example/debian/\tbookworm\tmain\tDebian",
        "http://mirror.example/debian/\tbookworm\tmain\tDebian",
        "http://third.example/\tstable\tmain\tThird Party",
        "http://flat.example/",
    ]
    debian(tools, apt_get="cat <<'END'\n" + "\n".join(rows) + "\nEND\n")
    assert Apt(str(tmp_path), ca_bundle=None).mirrors() == (
        Mirror(
            uri="http://mirror.example/debian/",
            codename="bookworm",
            component="main",
            origin="Debian",
        ),
    )


def test_mirrors_that_were_never_fetched_are_fetched_first(tmp_path: Path, tools: Path) -> None:
    row = "http://m.example/\tnoble\tmain\tUbuntu"
    script = f"case \"$private $*\" in yes*indextargets*) echo '{row}' ;; esac\n"
    debian(tools, apt_get=SEPARATE + script)
    (mirror,) = Apt(str(tmp_path), ca_bundle=None).mirrors()
    assert mirror.origin == "Ubuntu"


def test_a_program_that_cannot_be_installed_is_told(tmp_path: Path, tools: Path) -> None:
    debian(tools, apt_get=REFUSES)
    with pytest.raises(BuildError, match="could not install mmdebstrap: E: nothing works"):
        Apt(str(tmp_path), ca_bundle=None).install("mmdebstrap")
    assert [line for line in asked(tools) if line.endswith("-- mmdebstrap")]
