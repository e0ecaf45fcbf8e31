"""What is surveyed, fingerprinted and copied clean is the same on a disk and in memory."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from multicooker.errors import BadInputError, StateError
from tests.contract.benches import LIMIT, Bench, InMemory, OnDisk


@pytest.fixture(params=[OnDisk.beside, InMemory.beside])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    made: Bench = request.param(tmp_path)
    return made


def test_a_fingerprint_is_of_names_and_contents(bench: Bench) -> None:
    def of(path: str, files: dict[str, bytes]) -> str:
        for name, data in files.items():
            bench.file(f"{path}/{name}", data)
        return bench.workspace.fingerprint(path)

    same = of("one", {"a": b"1", "b/c": b"2"})
    assert len(same) == 64
    assert of("two", {"b/c": b"2", "a": b"1"}) == same
    others = {
        of("name", {"a": b"1", "b/d": b"2"}),
        of("content", {"a": b"1", "b/c": b"3"}),
        of("more", {"a": b"1", "b/c": b"2", "d": b""}),
        of("split", {"a": b"1", "b": b"c2"}),
    }
    assert len(others) == 4
    assert same not in others


def test_a_file_has_its_own_fingerprint_and_nothing_has_none(bench: Bench) -> None:
    bench.file("BRIEF.md", b"hello")
    assert bench.workspace.fingerprint("BRIEF.md") == hashlib.sha256(b"hello").hexdigest()
    assert bench.workspace.fingerprint("none") == ""
    assert bench.workspace.fingerprint("none/at/all") == ""


def test_a_fingerprint_tells_links_apart_and_is_blind_for_git_data(bench: Bench) -> None:
    for folder, target in (("one", "/a"), ("two", "/b"), ("three", "/b")):
        bench.file(f"{folder}/file")
        bench.file(f"{folder}/.git/index", folder.encode())
        bench.link(f"{folder}/link", target)
    one, two, three = (bench.workspace.fingerprint(name) for name in ("one", "two", "three"))
    assert one != two
    assert two == three


def test_a_clean_copy_holds_the_regular_files_and_their_hashes(bench: Bench) -> None:
    bench.file("out/index.html", b"<h1>", mode=0o600)
    bench.file("out/bin/run", b"#!/bin/sh", mode=0o777)
    bench.file("out/empty", b"")
    harvest = bench.workspace.copy_clean("out", "submissions/A", max_bytes=99, max_files=3)
    assert [(file.path, file.size, file.executable) for file in harvest.files] == [
        ("bin/run", 9, True),
        ("empty", 0, False),
        ("index.html", 4, False),
    ]
    assert harvest.files[2].sha256 == hashlib.sha256(b"<h1>").hexdigest()
    assert (harvest.dropped, harvest.notes, harvest.refused) == ((), (), "")
    assert harvest.size == 13
    assert bench.workspace.read_bytes("submissions/A/index.html", limit=LIMIT) == b"<h1>"
    modes = {
        path: bench.mode(f"submissions/A{path}") for path in ("", "/bin", "/bin/run", "/index.html")
    }
    assert modes == {"": 0o755, "/bin": 0o755, "/bin/run": 0o755, "/index.html": 0o644}


def test_what_is_no_file_is_dropped_with_its_reason(bench: Bench) -> None:
    bench.file("out/ok")
    bench.link("out/shadow", "/etc/shadow")
    bench.link("out/up", "../../.auth")
    bench.link("out/self", "self")
    bench.link("out/loop/a", "b")
    bench.link("out/loop/b", "a")
    bench.link("out/all", "/")
    bench.pipe("out/pipe")
    bench.socket("out/socket")
    bench.file("out/.git/config", b"[core]\n fsmonitor = touch /tmp/pwned\n")
    bench.file("out/sub/.GIT", b"gitdir: /tmp/evil\n")
    harvest = bench.workspace.copy_clean("out", "A", max_bytes=99, max_files=99)
    assert [file.path for file in harvest.files] == ["ok"]
    git = "git data: it could run commands on the computer of whoever looks at it"
    assert {dropped.path: dropped.reason for dropped in harvest.dropped} == {
        ".git": git,
        "all": "symbolic link to /, not followed",
        "loop/a": "symbolic link to b, not followed",
        "loop/b": "symbolic link to a, not followed",
        "pipe": "pipe, not a file",
        "self": "symbolic link to self, not followed",
        "shadow": "symbolic link to /etc/shadow, not followed",
        "socket": "socket, not a file",
        "sub/.GIT": git,
        "up": "symbolic link to ../../.auth, not followed",
    }
    assert bench.workspace.names("A") == ("loop", "ok", "sub")
    assert bench.workspace.names("A/loop") == ()


def test_too_much_is_refused_and_leaves_nothing(bench: Bench) -> None:
    bench.file("bytes/a", b"123")
    bench.file("bytes/b", b"45")
    for number in range(4):
        bench.file(f"files/{number}", b"")
    for number in range(1100):
        bench.link(f"links/{number}", "x")
    bench.file("/".join(["deep", *("d" for _ in range(257)), "file"]), b"")
    bench.hole("hole/sparse", 8 * 1024**4)
    refused = {
        source: bench.workspace.copy_clean(source, f"A/{source}", max_bytes=4, max_files=3)
        for source in ("bytes", "files", "links", "deep", "hole", "none")
    }
    assert {source: harvest.refused for source, harvest in refused.items()} == {
        "bytes": "more than 4 bytes, going by its files' sizes",
        "files": "more than 3 files",
        "links": "more than 1,006 files, folders and other things",
        "deep": "folders nested more than 256 deep",
        "hole": "more than 4 bytes, going by its files' sizes",
        "none": "there is no such folder",
    }
    assert all(harvest.files == () for harvest in refused.values())
    assert bench.workspace.names("A") == ()


def test_exactly_as_much_as_allowed_is_taken(bench: Bench) -> None:
    for number in range(3):
        bench.file(f"out/{'/'.join('d' * number)}/f{number}".replace("//", "/"), b"12")
    harvest = bench.workspace.copy_clean("out", "A", max_bytes=6, max_files=3)
    assert (harvest.refused, len(harvest.files)) == ("", 3)


def test_a_hole_is_copied_as_what_it_reads_as(bench: Bench) -> None:
    bench.hole("out/sparse", 5000)
    harvest = bench.workspace.copy_clean("out", "A", max_bytes=5000, max_files=1)
    assert harvest.files[0].sha256 == hashlib.sha256(b"\0" * 5000).hexdigest()
    assert bench.workspace.read_bytes("A/sparse", limit=5000) == b"\0" * 5000


def test_names_that_are_one_elsewhere_are_noted(bench: Bench) -> None:
    for name in ("A", "a", "caf\u00e9", "cafe\u0301", "unique"):
        bench.file(f"out/d/{name}")
    harvest = bench.workspace.copy_clean("out", "S", max_bytes=99, max_files=99)
    assert len(harvest.files) == 5
    assert harvest.notes == (
        "A, a in d/ are one name on macOS and Windows",
        "cafe\u0301, caf\u00e9 in d/ are one name on macOS and Windows",
    )


def test_names_of_any_kind_are_kept(bench: Bench) -> None:
    names = sorted(
        [
            "a\nb",
            "\x1b[2J",
            "\udcff",
            "\u202egpj.exe",
            "\u2028",
            "-rf",
            "$(id)",
            " x ",
            "con",
            "a\\b",
        ]
    )
    for name in names:
        bench.file(f"out/{name}", name.encode("utf-8", "surrogateescape"))
    harvest = bench.workspace.copy_clean("out", "A", max_bytes=999, max_files=99)
    assert [file.path for file in harvest.files] == names
    assert bench.workspace.names("A") == tuple(names)


def test_a_survey_finds_what_a_copy_made(bench: Bench) -> None:
    bench.file("out/a/b", b"1", mode=0o755)
    bench.file("out/c", b"2")
    harvest = bench.workspace.copy_clean("out", "A", max_bytes=9, max_files=9)
    assert bench.workspace.survey("A") == harvest
    bench.file("A/c", b"3")
    assert bench.workspace.survey("A") != harvest
    assert bench.workspace.survey("none").refused == "there is no such folder"


def test_a_copy_goes_to_a_new_place_outside_of_what_it_copies(bench: Bench) -> None:
    bench.file("out/a")
    bench.file("there/x", b"old")
    with pytest.raises(StateError, match="there: is there already"):
        bench.workspace.copy_clean("out", "there", max_bytes=9, max_files=9)
    for target in ("out", "out/copy", ""):
        with pytest.raises(BadInputError, match="lies inside of out"):
            bench.workspace.copy_clean("out", target, max_bytes=9, max_files=9)
    assert bench.workspace.read_bytes("there/x", limit=LIMIT) == b"old"


def test_a_pipe_in_the_place_of_a_folder_is_refused(bench: Bench) -> None:
    bench.pipe("out")
    harvest = bench.workspace.copy_clean("out", "A", max_bytes=9, max_files=9)
    assert harvest.refused == "out: is a pipe where a folder belongs"
    assert bench.workspace.survey("out").refused == "out: is a pipe where a folder belongs"
