"""A cook folder on a disk and the one in memory keep the same promises."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from multicooker.errors import BadInputError, BusyError, MulticookerError, StateError
from multicooker.ports import Workspace
from tests.contract.benches import LIMIT, Bench, InMemory, OnDisk

OUTSIDE = ["../x", "/etc/passwd", "a/../b", "a//b", "a/", "./a", "a\0b", ".."]


@pytest.fixture(params=[OnDisk.beside, InMemory.beside])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    made: Bench = request.param(tmp_path)
    return made


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


def test_a_file_is_read_in_pieces_that_overlap(workspace: Workspace) -> None:
    workspace.write("a/b", b"0123456789")
    assert list(workspace.pieces("a/b", size=4, overlap=2)) == [b"0123", b"234567", b"6789"]
    assert list(workspace.pieces("a/b", size=4, overlap=0)) == [b"0123", b"4567", b"89"]
    workspace.write("empty", b"")
    assert list(workspace.pieces("empty", size=4, overlap=2)) == []


def test_what_is_no_regular_file_is_not_read_in_pieces(bench: Bench) -> None:
    bench.file("folder/file")
    bench.link("link", "folder/file")
    bench.pipe("pipe")
    for path in ("folder", "link", "pipe", "none", "link/file", ""):
        with pytest.raises(BadInputError):
            list(bench.workspace.pieces(path, size=4, overlap=2))


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


def test_a_folder_that_a_cell_closed_is_open_again_once_it_is_made(bench: Bench) -> None:
    bench.file("out/index.html")
    bench.close("out")
    bench.workspace.make_folder("out")
    assert bench.mode("out") == 0o700
    assert bench.workspace.names("out") == ("index.html",)


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
