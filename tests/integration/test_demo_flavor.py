"""The demo flavor in its real image, in a cell as hardened as compose.yaml makes it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from multicooker.adapters.images.bare import make_bare
from multicooker.domain.ballot import Ballot, BallotRejected
from multicooker.domain.flavor import BaseImage
from tests.unit.demo.stage import DEMO, LANDING, landing_spec, pages, read, write_inputs

pytestmark = pytest.mark.docker

SECONDS = 120
LIMITS = ("--memory", "256m", "--pids-limit", "128")
USER = "1234:1234"
REMOVE = """
cd /work/out || exit 0
deep=$(printf '%0200d' 0)
while [ -d $deep/$deep ]; do mv $deep/$deep level && rmdir $deep && mv level $deep || exit 1; done
rm -rf /work/out
"""
"""Locked folders and paths beyond PATH_MAX are more than pytest removes by itself."""


def docker(*args: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["docker", *args], capture_output=True, timeout=SECONDS, check=check)


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    """Build the image the way multicooker does: a bare base of BusyBox, then the flavor."""
    tag = f"mc-test-demo:{os.getpid()}"
    base = BaseImage(name="busybox:stable", debian=("busybox-static",), bare=True)
    with tempfile.TemporaryDirectory() as folder:
        archive, _ = make_bare(base, folder=folder, ca_bundle=None, tell=lambda _: None)
        docker("import", archive, f"{tag}-base")
    docker("build", "--build-arg", f"BASE={tag}-base", "-t", tag, "-f",
           str(DEMO / "Dockerfile.base"), str(DEMO))  # fmt: skip
    yield tag
    docker("rmi", "-f", tag, f"{tag}-base")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A cell that ended."""

    code: int
    oom_killed: bool
    log: str
    out: Path


@dataclass(slots=True, kw_only=True)
class Bench:
    """Starts demo cells in a folder laid out as a cook lays it out."""

    image: str
    work: Path
    names: list[str]

    def start(
        self, role: str, *, limits: tuple[str, ...] = LIMITS, model: str = "", **options: str
    ) -> str:
        out = self.work / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        out.chmod(0o777)  # the cell's user is not ours
        name = f"mc-test-demo-{os.getpid()}-{len(self.names)}"
        self.names.append(name)
        environment = {"HOME": "/root", "TMPDIR": "/tmp", "MULTICOOKER_ROLE": role}
        environment |= {f"MULTICOOKER_OPTION_{key.upper()}": it for key, it in options.items()}
        if model:
            environment["MULTICOOKER_MODEL"] = model
        docker(
            "run", "-d", "--name", name, "--init", "--user", USER, "--read-only",
            "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--network", "none",
            "--tmpfs", "/tmp:size=64m,mode=1777", "--tmpfs", "/root:mode=0700,uid=1234,gid=1234",
            "--workdir", "/work/out", *limits,
            *(word for key, it in environment.items() for word in ("-e", f"{key}={it}")),
            *(word for mount in self._mounts(role) for word in ("-v", mount)),
            "--entrypoint", "/bin/sh", self.image, "/opt/cell/entrypoint.sh",
        )  # fmt: skip
        return name

    def _mounts(self, role: str) -> list[str]:
        mounts = [f"{DEMO}:/opt/cell:ro", f"{LANDING}/BRIEF.md:/work/BRIEF.md:ro"]
        mounts += [f"{LANDING}/raw:/work/raw:ro", f"{self.work}/in:/work/in:ro"]
        mounts += [f"{self.work}/out:/work/out"]
        return mounts + (
            [f"{self.work}/submissions:/work/submissions:ro"] if role == "judge" else []
        )

    def wait(self, name: str) -> Ended:
        docker("wait", name)
        (state,) = json.loads(docker("inspect", name).stdout)
        logs = docker("logs", name)
        return Ended(
            code=state["State"]["ExitCode"],
            oom_killed=state["State"]["OOMKilled"],
            log=(logs.stdout + logs.stderr).decode("utf-8", "replace"),
            out=self.work / "out",
        )

    def run(self, role: str, *, model: str = "", **options: str) -> Ended:
        return self.wait(self.start(role, limits=LIMITS, model=model, pace="none", **options))

    def stop_after(self, name: str, line: str) -> Ended:
        """Stop a cell politely, once it has printed `line`, and kill it a second later."""
        with subprocess.Popen(["docker", "logs", "-f", name], stdout=subprocess.PIPE) as log:
            assert log.stdout is not None
            assert any(line in printed.decode() for printed in log.stdout)
            log.terminate()
        docker("stop", "-t", "1", name)
        return self.wait(name)


@pytest.fixture
def bench(image: str, tmp_path: Path) -> Iterator[Bench]:
    work = tmp_path / "work"
    (work / "in").mkdir(parents=True)
    (work / "in" / "PROMPT.md").write_text("Make something.\n")
    made = Bench(image=image, work=work, names=[])
    yield made
    for name in made.names:
        docker("rm", "-f", name)
    docker("run", "--rm", "-v", f"{work}:/work", image, "/bin/sh", "-c", REMOVE)


def html(ended: Ended) -> str:
    return (ended.out / "index.html").read_text(encoding="utf-8")


def test_three_styles_make_three_pages_in_the_real_image(bench: Bench) -> None:
    found = {
        model: html(bench.run("participant", model=model))
        for model in ("careful", "quick", "flashy")
    }
    assert "Plum bun" in found["careful"]
    assert "Plum bun" not in found["quick"] + found["flashy"]
    assert "UNMISSABLE" in found["flashy"]


def test_the_real_image_makes_what_the_scripts_make_here(bench: Bench, tmp_path: Path) -> None:
    pages(tmp_path / "here")
    ended = bench.run("participant", model="careful")
    for path in (tmp_path / "here" / "submissions" / "A").iterdir():
        assert (ended.out / path.name).read_bytes() == path.read_bytes()


def test_gentle_pace_shows_the_table_moving_for_seconds(bench: Bench) -> None:
    name = bench.start("participant")
    ended = bench.wait(name)
    assert ended.code == 0
    (state,) = json.loads(docker("inspect", name).stdout)
    begun, done = state["State"]["StartedAt"], state["State"]["FinishedAt"]
    lasted = float(done[17:25]) - float(begun[17:25])
    assert 2 <= lasted % 60 < 20


@pytest.mark.parametrize("model", ["strict", "kind"])
def test_both_judges_cast_a_ballot_that_counts(bench: Bench, model: str) -> None:
    pages(bench.work)
    write_inputs(bench.work, landing_spec().rubric)
    ended = bench.run("judge", model=model)
    ballot = read(bench.work, ended.out / "ballot.json", rubric=landing_spec().rubric)
    assert isinstance(ballot, Ballot), ballot
    assert len(ballot.scores) == 12
    assert ended.log.splitlines()[-1] == "wrote ballot.json"


@pytest.mark.parametrize(
    ("flaw", "problem"),
    [
        ("missing", "no score; add one"),
        ("json", "not one JSON object"),
        ("prose", "not one JSON object"),
        ("range", "between 1 and 10"),
        ("label", "no submission has this label"),
        ("dimension", "no such dimension"),
        ("duplicate", "scored 2 times"),
        ("quote", "does not stand in"),
        ("huge", "at most"),
    ],
)
def test_a_bad_ballot_has_the_flaw_asked_for_and_its_repair_turn_is_good(
    bench: Bench, flaw: str, problem: str
) -> None:
    pages(bench.work)
    rubric = landing_spec().rubric
    write_inputs(bench.work, rubric)
    ended = bench.run("judge", behave="bad-ballot", flaw=flaw)
    assert ended.code == 0
    refused = read(bench.work, ended.out / "ballot.json", rubric=rubric)
    assert isinstance(refused, BallotRejected)
    assert any(problem in line for line in refused.problems)
    (bench.work / "in" / "REPAIR.md").write_text("- no score; add one\n")
    again = bench.run("judge", behave="bad-ballot", flaw=flaw)
    assert isinstance(read(bench.work, again.out / "ballot.json", rubric=rubric), Ballot)


def test_always_bad_stays_bad_and_no_ballot_writes_none(bench: Bench) -> None:
    pages(bench.work)
    rubric = landing_spec().rubric
    write_inputs(bench.work, rubric)
    (bench.work / "in" / "REPAIR.md").write_text("- no score; add one\n")
    ended = bench.run("judge", behave="always-bad")
    assert isinstance(read(bench.work, ended.out / "ballot.json", rubric=rubric), BallotRejected)
    silent = bench.run("judge", behave="no-ballot")
    assert (silent.code, list(silent.out.iterdir())) == (0, [])


@pytest.mark.parametrize(
    ("behave", "code", "files"),
    [
        ("instant", 0, {"index.html"}),
        ("nothing", 0, set()),
        ("missing", 0, {"notes.txt"}),
        ("fail", 1, {"index.html"}),
        ("rate-limit", 75, set()),
        ("auth-expired", 77, set()),
        ("env", 0, {"env.txt"}),
        ("echo-prompt", 0, {"prompt.md"}),
        ("no-such-thing", 64, set()),
        ("bad-ballot", 64, set()),
    ],
)
def test_a_switch_ends_the_cell_the_way_it_says(
    bench: Bench, behave: str, code: int, files: set[str]
) -> None:
    ended = bench.run("participant", behave=behave)
    assert ended.code == code
    assert {path.name for path in ended.out.iterdir()} == files


def test_unknown_models_and_values_are_refused_with_code_64(bench: Bench) -> None:
    assert bench.run("participant", model="strict").code == 64
    assert bench.run("judge", model="careful").code == 64
    assert bench.run("participant", behave="fill", amount="1; id").code == 64


def test_hang_and_partial_end_at_the_polite_stop_and_stubborn_only_at_the_kill(
    bench: Bench,
) -> None:
    for behave, files in (("hang", 0), ("partial", 1)):
        ended = bench.stop_after(bench.start("participant", behave=behave), "for ever")
        assert ended.code == 143
        assert len(list(ended.out.iterdir())) == files
    assert bench.stop_after(bench.start("participant", behave="stubborn"), "deaf").code == 137


def test_memory_is_eaten_until_the_kernel_kills_the_cell_or_only_its_child(bench: Bench) -> None:
    limits = ("--memory", "48m", "--memory-swap", "48m")
    alone = bench.wait(bench.start("participant", limits=limits, behave="memory"))
    assert (alone.code, alone.oom_killed) == (137, True)
    child = bench.wait(
        bench.start("participant", limits=limits, behave="memory-child", pace="none")
    )
    assert child.code == 0
    assert "the parent carries on" in child.log
    assert "Plum bun" in html(child)


def test_a_forkbomb_ends_at_the_process_limit(bench: Bench) -> None:
    limits = ("--memory", "256m", "--pids-limit", "32")
    ended = bench.wait(bench.start("participant", limits=limits, behave="forkbomb"))
    assert (ended.code, ended.log.splitlines()[-1]) == (1, "no more processes to be had")


def test_floods_are_as_large_as_asked_for(bench: Bench) -> None:
    flood = bench.run("participant", behave="flood", amount="3")
    assert len(flood.log) > 3 * 1024**2
    line = bench.run("participant", behave="oneline", amount="3")
    assert max(map(len, line.log.splitlines())) == 3 * 1024**2


def test_noise_holds_what_a_terminal_must_not_get(bench: Bench) -> None:
    log = bench.run("participant", behave="noisy").log
    for part in ("\x1b[2J", "\x1b]52;c;", "\x07", "\r", "\x00", "\u202e", "\ufffd"):
        assert part in log


def test_output_can_be_too_large_too_many_or_mostly_holes(bench: Bench) -> None:
    fill = bench.run("participant", behave="fill", amount="2")
    assert (fill.out / "fill.bin").stat().st_size == 2 * 1024**2
    many = bench.run("participant", behave="many-files", amount="1200")
    assert len(list(many.out.iterdir())) == 1200
    sparse = bench.run("participant", behave="sparse")
    status = (sparse.out / "hole.bin").stat()
    assert status.st_size == 8 * 1024**4
    assert status.st_blocks < 100
    bounded = ("--ulimit", f"fsize={2 * 1024**3}")
    small = bench.wait(bench.start("participant", limits=bounded, behave="sparse", pace="none"))
    assert sum(path.stat().st_size for path in small.out.iterdir()) >= 16 * 1024**3


def test_hostile_output_has_one_of_everything_that_hurts(bench: Bench) -> None:
    ended = bench.run("participant", behave="hostile")
    assert ended.code == 0
    top = os.fsencode(ended.out)
    names = set(os.listdir(top))  # noqa: PTH208  # names of bytes
    links = {name for name in names if os.path.islink(os.path.join(top, name))}  # noqa: PTH114, PTH118
    assert links == {b"shadow", b"auth", b"up", b"etc", b"loop", b"ping", b"pong"}
    assert (ended.out / "pipe").is_fifo()
    for name in (b"new\nline.txt", b"escape\x1b[2J.txt", b"-rf", b"$(id).txt", b"Twin.txt",
                 b"override\xe2\x80\xaegnp.exe", b"bytes\xff\xfe.txt", b"back\\slash.txt",
                 b"<img src=x onerror=alert(1)>.html"):  # fmt: skip
        assert name in names
    assert max(map(len, names)) == 255
    assert (ended.out / "setuid.sh").stat().st_mode & 0o6000 == 0o6000
    assert (ended.out / "closed.txt").stat().st_mode & 0o777 == 0
    assert (ended.out / "hard0.txt").stat().st_nlink == 51
    deepest = max(len(path) for path, _, _, _ in os.fwalk(top))
    assert deepest > 4096


def test_a_hostile_judge_hands_in_a_link(bench: Bench) -> None:
    pages(bench.work)
    ended = bench.run("judge", behave="hostile")
    assert (ended.out / "ballot.json").is_symlink()


def test_injected_files_are_those_that_agent_clis_load_by_themselves(bench: Bench) -> None:
    ended = bench.run("participant", behave="inject")
    for name in ("CLAUDE.md", "AGENTS.md", "GEMINI.md", ".mcp.json", ".claude/settings.json"):
        assert (ended.out / name).is_file()
    assert "Ignore all previous instructions" in html(ended)


def test_a_daemon_goes_on_until_its_cell_is_dead(bench: Bench) -> None:
    ended = bench.run("participant", behave="daemon")
    assert ended.code == 0
    names = {path.name for path in ended.out.iterdir()}
    assert "index.html" in names
    assert names & {"swap", "held"}


def test_a_cell_can_do_its_work_and_nothing_else(bench: Bench) -> None:
    report = bench.run("participant", behave="probe").out / "probe.txt"
    found = dict(line.split(": ") for line in report.read_text().splitlines())
    allowed = {name for name, answer in found.items() if answer == "allowed"}
    assert allowed == {"listen", "write-home", "write-tmp", "write-out", "read-brief"}
    assert len(found) > 20


def test_the_environment_arrives_byte_for_byte(bench: Bench) -> None:
    nasty = "$HOME ${X} $$ `id` \"q\" 'q' é 🙂 \\n  end "
    ended = bench.run("participant", behave="env", say=nasty)
    assert f"\nMULTICOOKER_OPTION_SAY={nasty}\n" in (ended.out / "env.txt").read_text()
    assert ended.log.startswith(f"{nasty}\n")


def test_slow_counts_down_before_it_works(bench: Bench) -> None:
    log = bench.run("participant", behave="slow", amount="1").log.splitlines()
    assert log[0] == "1 seconds to go"
    assert log[-1] == "done"


@pytest.mark.parametrize("secret", [False, True])
def test_the_skeleton_builds_as_it_is_and_prints_its_prompt(
    image: str, tmp_path: Path, *, secret: bool
) -> None:
    skeleton = DEMO.parent / "_skeleton"
    tag = f"mc-test-skeleton:{os.getpid()}"
    (tmp_path / "ca.pem").write_text("a certificate\n")
    (tmp_path / "in").mkdir()  # unlike tmp_path itself it is everybody's to read
    (tmp_path / "in" / "PROMPT.md").write_text("Make something.\n")
    extra = ["--secret", f"id=ca_bundle,src={tmp_path}/ca.pem"] if secret else []
    docker("build", "--no-cache", "--build-arg", f"BASE={image}-base", *extra, "-t", tag,
           "-f", str(skeleton / "Dockerfile.base"), str(tmp_path))  # fmt: skip
    try:
        for role in ("participant", "judge"):
            ran = docker(
                "run", "--rm", "--user", USER, "--read-only", "-e", f"MULTICOOKER_ROLE={role}",
                "-v", f"{skeleton}:/opt/cell:ro", "-v", f"{tmp_path}/in:/work/in:ro",
                "--entrypoint", "/bin/sh", tag, "/opt/cell/entrypoint.sh",
            )  # fmt: skip
            assert ran.stdout == b"Make something.\n"
    finally:
        docker("rmi", "-f", tag)
