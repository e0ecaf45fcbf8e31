"""Dialect readers in packages of their own, found through real metadata on the import path."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from multicooker.adapters.dialects import InstalledDialects
from multicooker.domain.outcome import ExitClass
from multicooker.domain.reading import Conversation, Reading
from multicooker.pipeline.collect.dialects import BUILT_IN
from tests.fakes.dialects import FakeDialect

NOW = datetime(2026, 11, 21, tzinfo=UTC)
READER = """
from multicooker.domain.outcome import ExitClass
from multicooker.domain.reading import Conversation, Reading

class Echo:
    def read(self, log, *, now):
        return Reading(ended=True, exit_class=ExitClass.REFUSED, detail=log.decode())
    def tell(self, line):
        return (line.upper(),)
    def conversations(self, files):
        return [Conversation(id=name) for name in files] + ["no conversation"]

class Broken:
    def read(self, log, *, now): raise KeyError("gone")
    def tell(self, line): return 7
    def conversations(self, files): return None

class Odd(Broken):
    def read(self, log, *, now): return "fine"
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder on the import path with a module of readers."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "mc_test_readers.py").write_text(READER)
    monkeypatch.delitem(sys.modules, "mc_test_readers", raising=False)
    return tmp_path


def install(site: Path, package: str, *points: str) -> None:
    """Write what an installer leaves of a package: its metadata with these entry points."""
    info = site / f"{package.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    lines = "\n".join(points)
    (info / "entry_points.txt").write_text(f"[multicooker.dialects]\n{lines}\n")


def test_the_built_in_dialects_are_known() -> None:
    found = InstalledDialects(BUILT_IN)
    assert {"claude", "codex", "gemini"} <= set(found.names())
    assert found.named("claude") is BUILT_IN["claude"]
    assert found.named("") is None
    assert found.named("latin") is None


def test_a_packages_reader_is_imported_once_it_is_used(site: Path) -> None:
    install(site, "mc-one", "echo = mc_test_readers:Echo")
    found = InstalledDialects({})
    reader = found.named("echo")
    assert found.names() == ("echo",)
    assert "mc_test_readers" not in sys.modules
    assert reader is not None
    assert reader.read(b"x", now=NOW) == Reading(
        ended=True, exit_class=ExitClass.REFUSED, detail="x"
    )
    assert reader.tell("a") == ("A",)
    assert reader.conversations({"s": b""}) == (Conversation(id="s"),)
    assert found.named("echo") is reader


def test_a_name_that_is_built_in_is_not_a_packages(site: Path) -> None:
    install(site, "mc-one", "claude = mc_test_readers:Broken")
    mine = FakeDialect()
    assert InstalledDialects({"claude": mine}).named("claude") is mine


@pytest.mark.parametrize(
    ("points", "why"),
    [
        (("echo = mc_test_readers:Broken",), "KeyError: 'gone'"),
        (("echo = mc_test_readers:Odd",), "it returned str"),
        (("echo = mc_test_readers:Missing",), "AttributeError: "),
        (("echo = no_such_module_here:X",), "ModuleNotFoundError: "),
    ],
)
def test_a_reader_that_is_broken_leaves_the_cell_as_if_it_had_none(
    site: Path, points: tuple[str, ...], why: str
) -> None:
    install(site, "mc-one", *points)
    reader = InstalledDialects({}).named("echo")
    assert reader is not None
    found = reader.read(b"x", now=NOW)
    assert (found.ended, found.exit_class) == (True, None)
    assert found.notes[0].startswith(f"dialect 'echo' could not read it: {why}")
    assert reader.tell("as it is") == ("as it is",)
    assert reader.conversations({"s": b""}) == ()


def test_a_name_that_two_packages_bring_is_nobodys(site: Path) -> None:
    install(site, "mc-one", "echo = mc_test_readers:Echo")
    install(site, "mc-two", "echo = mc_test_readers:Echo")
    reader = InstalledDialects({}).named("echo")
    assert reader is not None
    assert "mc-one and mc-two bring it both" in reader.read(b"", now=NOW).notes[0]
