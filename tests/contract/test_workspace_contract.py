"""A cook folder on a disk and the one in memory keep the same promises."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from multicooker.adapters.workspace import CookFolder
from multicooker.errors import BadInputError, BusyError, MulticookerError, StateError
from multicooker.ports import Workspace
from tests.fakes.workspace import LINK, FakeWorkspace, Node

LIMIT = 1000
OUTSIDE = ["../x", "/etc/passwd", "a/../b", "a//b", "a/", "./a", "a\0b", ".."]


class Bench(Protocol):
    """A workspace, and the hands of a stranger in its folder."""

    workspace: Workspace

    def file(self, path: str, data: bytes = b"x", *, mode: int = 0o644) -> None: ...

    def link(self, path: str, target: str) -> None: ...

    def pipe(self, path: str) -> None: ...

    def socket(self, path: str) -> None: ...

    def hole(self, path: str, size: int) -> None: ...

    def mode(self, path: str) -> int: ...


class OnDisk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workspace: Workspace = CookFolder(folder)

    def _place(self, path: str) -> Path:
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def file(self, path: str, data: bytes = b"x", *, mode: int = 0o644) -> None:
        self._place(path).write_bytes(data)
        self._place(path).chmod(mode)

    def link(self, path: str, target: str) -> None:
        self._place(path).symlink_to(target)

    def pipe(self, path: str) -> None:
        os.mkfifo(self._place(path))

    def socket(self, path: str) -> None:
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(str(self._place(path)))

    def hole(self, path: str, size: int) -> None:
        with self._place(path).open("wb") as stream:
            stream.truncate(size)

    def mode(self, path: str) -> int:
        return stat.S_IMODE((self.folder / path).lstat().st_mode)


class InMemory:
    def __init__(self, workspace: FakeWorkspace) -> None:
        self.fake = workspace
        self.workspace: Workspace = workspace

    def file(self, path: str, data: bytes = b"x", *, mode: int = 0o644) -> None:
        self.fake.plant(path, Node(kind="file", data=data, mode=mode))

    def link(self, path: str, target: str) -> None:
        self.fake.plant(path, Node(kind=LINK, target=target))

    def pipe(self, path: str) -> None:
        self.fake.plant(path, Node(kind="pipe"))

    def socket(self, path: str) -> None:
        self.fake.plant(path, Node(kind="socket"))

    def hole(self, path: str, size: int) -> None:
        self.fake.plant(path, Node(kind="file", hole=size))

    def mode(self, path: str) -> int:
        node = self.fake.find(path)
        assert node is not None
        return node.mode


@pytest.fixture(params=["disk", "memory"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    if request.param == "memory":
        return InMemory(FakeWorkspace(str(tmp_path / "landing")))
    (tmp_path / "landing").mkdir()
    return OnDisk(tmp_path / "landing")


@pytest.fixture
def workspace(bench: Bench) -> Workspace:
    return bench.workspace


def test_the_folder_is_absolute(workspace: Workspace, tmp_path: Path) -> None:
    assert workspace.folder == str(tmp_path / "landing")


def test_what_is_written_is_read_back(workspace: Workspace) -> None:
    workspace.write("a/b.txt", "grüße 🙂\n")
    workspace.write("c.bin", b"\xff\x00")
    assert workspace.read_text("a/b.txt", limit=LIMIT) == "grüße 🙂\n"
    assert workspace.read_bytes("c.bin", limit=LIMIT) == b"\xff\x00"


def test_writing_replaces(workspace: Workspace) -> None:
    workspace.write("a", "a long first text")
    workspace.write("a", "short")
    assert workspace.read_text("a", limit=LIMIT) == "short"


def test_writing_a_link_replaces_the_link_and_not_where_it_leads(bench: Bench) -> None:
    bench.file("victim", b"untouched")
    bench.link("status.json", "victim")
    bench.workspace.write("status.json", "ours")
    assert bench.workspace.read_bytes("victim", limit=LIMIT) == b"untouched"
    assert bench.workspace.read_text("status.json", limit=LIMIT) == "ours"


def test_writing_a_folder_is_refused(workspace: Workspace) -> None:
    workspace.make_folder(".auth")
    with pytest.raises(BadInputError, match=r"^\.auth: is a folder where a file belongs$"):
        workspace.write(".auth", "x")


@pytest.mark.parametrize("private", [True, False])
def test_modes_are_private_unless_asked_otherwise(bench: Bench, *, private: bool) -> None:
    bench.workspace.write("new/file", "x", private=private)
    bench.workspace.make_folder("made/inner", private=private)
    folder = 0o700 if private else 0o755
    assert bench.mode("new/file") == (0o600 if private else 0o644)
    assert [bench.mode(path) for path in ("new", "made", "made/inner")] == [folder] * 3


def test_a_file_and_a_folder_that_were_too_open_are_closed(bench: Bench) -> None:
    bench.file(".auth/key", mode=0o644)
    bench.workspace.make_folder(".auth")
    bench.workspace.write(".auth/key", "x")
    assert (bench.mode(".auth"), bench.mode(".auth/key")) == (0o700, 0o600)


def test_each_thing_wrong_with_a_file_is_told_apart(bench: Bench) -> None:
    bench.file("folder/inner")
    bench.pipe("pipe")
    bench.socket("socket")
    bench.link("link", "/etc/passwd")
    bench.file("empty", b"")
    bench.file("large", b"x" * (LIMIT + 1))
    bench.file("latin", b"caf\xe9\nsecond")
    bench.file("utf16", "two\nlines".encode("utf-16"))
    expected = {
        "missing": "missing: there is no such file",
        "no/where": "no/where: there is no such file",
        "folder": "folder: is a folder, not a file",
        "pipe": "pipe: is a pipe, not a file",
        "socket": "socket: is a socket, not a file",
        "link": "link: is a symbolic link; links are not followed",
        "empty": "empty: is empty",
        "large": "large: is too large: 1,001 bytes where 1,000 are the limit",
        "latin": "latin: is not UTF-8 text: byte 0xe9 in line 1",
        "utf16": "utf16: is not UTF-8 text: byte 0xff in line 1",
        "": ".: is a folder, not a file",
    }
    found = {}
    for path in expected:
        with pytest.raises(BadInputError) as caught:
            bench.workspace.read_text(path, limit=LIMIT)
        found[path] = caught.value.message
    assert found == expected


def test_a_file_as_large_as_the_limit_is_read(bench: Bench) -> None:
    bench.file("just", b"x" * LIMIT)
    assert bench.workspace.read_text("just", limit=LIMIT) == "x" * LIMIT


def test_a_byte_order_mark_is_left_out(bench: Bench) -> None:
    bench.file("BRIEF.md", b"\xef\xbb\xbfhello")
    assert bench.workspace.read_text("BRIEF.md", limit=LIMIT) == "hello"


def test_empty_bytes_are_read(bench: Bench) -> None:
    bench.file("empty", b"")
    assert bench.workspace.read_bytes("empty", limit=LIMIT) == b""


@pytest.mark.parametrize("path", OUTSIDE)
def test_no_path_leaves_the_cook_folder(workspace: Workspace, path: str) -> None:
    calls: list[Callable[[], object]] = [
        lambda: workspace.exists(path),
        lambda: workspace.read_bytes(path, limit=LIMIT),
        lambda: workspace.write(path, "x"),
        lambda: workspace.append(path, "x"),
        lambda: workspace.make_folder(path),
        lambda: workspace.names(path),
        lambda: workspace.fingerprint(path),
        lambda: workspace.copy_clean(path, "t", max_bytes=1, max_files=1),
        lambda: workspace.copy_clean("s", path, max_bytes=1, max_files=1),
        lambda: workspace.rename(path, "t"),
        lambda: workspace.rename("s", path),
        lambda: workspace.remove(path),
    ]
    for call in calls:
        with pytest.raises(BadInputError, match="is not a path inside the cook folder"):
            call()


def test_no_way_leads_through_a_link(bench: Bench) -> None:
    bench.file("real/inner", b"secret")
    bench.link("way", "real")
    workspace = bench.workspace
    calls: list[Callable[[], object]] = [
        lambda: workspace.read_bytes("way/inner", limit=LIMIT),
        lambda: workspace.write("way/inner", "x"),
        lambda: workspace.append("way/inner", "x"),
        lambda: workspace.make_folder("way/new"),
        lambda: workspace.make_folder("way"),
        lambda: workspace.names("way"),
        lambda: workspace.fingerprint("way/inner"),
        lambda: workspace.rename("way/inner", "t"),
        lambda: workspace.rename("real/inner", "way/t"),
        lambda: workspace.remove("way/inner"),
    ]
    for call in calls:
        with pytest.raises(BadInputError, match="way: is a symbolic link where a folder belongs"):
            call()
    assert not workspace.exists("way/inner")
    assert workspace.size("way") == 0
    assert "symbolic link" in workspace.survey("way").refused
    assert workspace.read_bytes("real/inner", limit=LIMIT) == b"secret"


def test_a_link_to_a_folder_has_no_fingerprint(bench: Bench) -> None:
    bench.link("raw", "/etc")
    with pytest.raises(BadInputError, match="raw: is a symbolic link, neither a file nor a folder"):
        bench.workspace.fingerprint("raw")


def test_a_file_in_the_place_of_a_folder_is_refused(bench: Bench) -> None:
    bench.file(".auth", b"x")
    with pytest.raises(BadInputError, match=r"\.auth: is a file where a folder belongs"):
        bench.workspace.make_folder(".auth")
    with pytest.raises(BadInputError, match=r"\.auth: is a file where a folder belongs"):
        bench.workspace.names(".auth")


def test_lines_are_appended_to_a_private_file(bench: Bench) -> None:
    bench.workspace.append("log/events.jsonl", '{"seq": 1}')
    bench.workspace.append("log/events.jsonl", '{"seq": 2}')
    text = bench.workspace.read_text("log/events.jsonl", limit=LIMIT)
    assert text == '{"seq": 1}\n{"seq": 2}\n'
    assert bench.mode("log/events.jsonl") == 0o600


def test_a_half_line_of_a_crash_is_cut_off_before_the_next_one(bench: Bench) -> None:
    bench.file("events.jsonl", b"whole\nhal")
    bench.workspace.append("events.jsonl", "next")
    assert bench.workspace.read_text("events.jsonl", limit=LIMIT) == "whole\nnext\n"


@pytest.mark.parametrize("kind", ["pipe", "link"])
def test_appending_to_anything_but_a_file_is_refused(bench: Bench, kind: str) -> None:
    bench.file("victim", b"")
    if kind == "pipe":
        bench.pipe("events.jsonl")
    else:
        bench.link("events.jsonl", "victim")
    with pytest.raises(BadInputError, match=r"events\.jsonl: is a"):
        bench.workspace.append("events.jsonl", "x")
    assert bench.workspace.read_bytes("victim", limit=LIMIT) == b""


def test_names_are_sorted_and_none_where_there_is_no_folder(bench: Bench) -> None:
    for name in ("b", "a", "B", "ä"):
        bench.file(f"folder/{name}")
    assert bench.workspace.names("folder") == ("B", "a", "b", "ä")
    assert bench.workspace.names("none") == ()
    assert bench.workspace.names("none/at/all") == ()


def test_whatever_has_the_name_exists(bench: Bench) -> None:
    bench.link("dangling", "nowhere")
    bench.file("folder/file")
    found = {
        path: bench.workspace.exists(path)
        for path in ("", "dangling", "folder", "folder/file", "folder/none", "none/none")
    }
    assert found == {
        "": True,
        "dangling": True,
        "folder": True,
        "folder/file": True,
        "folder/none": False,
        "none/none": False,
    }


def test_the_size_is_that_of_the_files(bench: Bench) -> None:
    bench.file("out/a", b"12345")
    bench.file("out/deep/er/b", b"123")
    bench.link("out/link", "a")
    assert bench.workspace.size("out") == 8
    assert bench.workspace.size("none") == 0
    assert bench.workspace.size("out/a") == 0


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


def test_moving_keeps_the_content(bench: Bench) -> None:
    bench.file("old/a/b", b"1")
    bench.workspace.rename("old/a", "rounds/1/a")
    assert bench.workspace.read_bytes("rounds/1/a/b", limit=LIMIT) == b"1"
    assert not bench.workspace.exists("old/a")


def test_moving_never_replaces_and_needs_something_to_move(bench: Bench) -> None:
    bench.file("one", b"1")
    bench.file("two", b"2")
    with pytest.raises(StateError, match="two: is there already"):
        bench.workspace.rename("one", "two")
    for missing in ("none", "none/at/all"):
        with pytest.raises(StateError, match=f"{missing}: is not there"):
            bench.workspace.rename(missing, "three")
    for source, target in (("", "x"), ("one", "")):
        with pytest.raises(BadInputError, match="the cook folder itself"):
            bench.workspace.rename(source, target)
    assert bench.workspace.read_bytes("two", limit=LIMIT) == b"2"


def test_removing_takes_files_folders_and_links_but_nothing_behind_them(bench: Bench) -> None:
    bench.file("keep/me", b"1")
    bench.file("gone/deep/er")
    bench.link("gone/link", "../keep")
    bench.pipe("gone/pipe")
    bench.link("link", "keep")
    bench.file("file")
    for path in ("gone", "link", "file", "never", "never/there"):
        bench.workspace.remove(path)
        assert not bench.workspace.exists(path)
    assert bench.workspace.read_bytes("keep/me", limit=LIMIT) == b"1"
    with pytest.raises(BadInputError, match="the cook folder itself"):
        bench.workspace.remove("")


def test_only_one_holds_the_lock_and_everybody_can_see_who(workspace: Workspace) -> None:
    assert workspace.holder() is None
    with workspace.lock():
        assert workspace.holder() == os.getpid()
        busy = rf"^landing is being cooked by process {os.getpid()} since 20\d\d-\d\d-\d\dT"
        with pytest.raises(BusyError, match=busy), workspace.lock():
            raise AssertionError("held twice")
    assert workspace.holder() is None
    with workspace.lock():
        assert workspace.holder() == os.getpid()


def test_the_lock_is_let_go_when_the_work_fails(workspace: Workspace) -> None:
    with pytest.raises(MulticookerError), workspace.lock():
        raise MulticookerError("the work failed")
    assert workspace.holder() is None
