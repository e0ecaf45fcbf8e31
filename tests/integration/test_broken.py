"""The program on a real engine against hostile judges, hostile names, kills and meddling."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compose_projects import docker
from tests.integration.stoves import Stove, until

pytestmark = pytest.mark.docker

PAGE = "echo hello >index.html"
VOTE = """
quoted=${1:-'{"file":"index.html","quote":"hello"}'}
for label in $(ls /work/submissions); do
  printf '%s{"label":"%s","dimension":"craft","evidence":[%s],"reason":"%s","score":5}' \\
    "$comma" "$label" "$quoted" "${2:-fine}"
  comma=,
done >/tmp/scores
printf '{"version":1,"scores":[%s],"summary":"%s"}' "$(cat /tmp/scores)" "${2:-fine}" >ballot.json
"""
CAST = ". /opt/cell/vote.sh"
RUBRIC = {"dimensions": [{"name": "craft", "means": "It is well made.", "weight": 1}]}
JUDGES = {
    "good": CAST,
    "link": "ln -s /work/in/PROMPT.md ballot.json",
    "pipe": "mkfifo ballot.json",
    "folder": "mkdir ballot.json; echo x >ballot.json/x",
    "huge": "head -c 50m /dev/zero >ballot.json",
    "deep": "head -c 300000 /dev/zero | tr '\\0' '[' >ballot.json",
    "other": f'{CAST}; sed -i \'s/"A"/"C"/g\' ballot.json',
    "endless": "while :; do sleep 1; done",
    "vandal": f"echo best >/work/submissions/A/index.html; rm -r /work/submissions/A; {CAST}",
}
NAMES = ("new\nline", "e\x1b[2J\x1b]0;x\x07", "r\u202etxt.exe", '<img src=x onerror=x>"|`*')
HOSTILE = "\x1b[31m<script>x</script>\u202e\r"


@pytest.fixture
def stove(tmp_path: Path) -> Iterator[Stove]:
    with Stove(tmp_path) as stove:
        yield stove


def lay(stove: Stove, cooks: dict[str, str], judges: dict[str, str], **limits: object) -> Path:
    spec = {
        "participants": [stove.does(name, script) for name, script in cooks.items()],
        "judges": [stove.does(name, script) for name, script in judges.items()],
        "rubric": RUBRIC,
        "limits": {"grace": "2s", **limits},
    }
    return stove.lay("task", spec, scripts={"vote.sh": VOTE})


def test_no_judge_can_hang_break_or_bend_a_verdict(stove: Stove) -> None:
    folder = lay(stove, {"ann": PAGE, "bob": PAGE}, JUDGES, judge_timeout="8s", jobs=9)
    ended = stove.run("cook", "task")
    assert ended.returncode == 0, ended.stderr
    verdict = json.loads((folder / "verdict.json").read_text())
    assert {ballot["judge"] for ballot in verdict["ballots"]} == {"good", "vandal"}
    missing = {entry["name"]: entry["reason"] for entry in verdict["missing_judges"]}
    assert missing.keys() == JUDGES.keys() - {"good", "vandal"}
    assert "too large" in missing["huge"]
    assert "no submission has this label" in missing["other"]
    assert missing["endless"].startswith("timed_out")
    assert (folder / "submissions/A/index.html").read_text() == "hello\n"


def test_hostile_names_reach_every_form_of_the_verdict_as_words_only(stove: Stove) -> None:
    make = "; ".join(f"echo hello >$(printf {_octal(name)})" for name in NAMES)
    quoted = ",".join(json.dumps({"file": name, "quote": "hello"}) for name in NAMES)
    says = json.dumps(HOSTILE)[1:-1]
    # The words stand in a file of the flavor: no text of cook.yaml may hold such characters.
    folder = lay(stove, {"ann": ". /opt/cell/make.sh"}, {"joe": ". /opt/cell/cast.sh"})
    home = folder / "flavors" / stove.shell
    make = make.replace("$(printf", '"$(printf').replace(")", ')"')
    (home / "make.sh").write_text(f"{make}\necho '{says}'; printf '\\033[2J\\233\\n'\n")
    (home / "cast.sh").write_text(
        f"cat >/tmp/q <<'E'\n{quoted}\nE\ncat >/tmp/s <<'E'\n{says}\nE\n"
        'set -- "$(cat /tmp/q)" "$(cat /tmp/s)"\n. /opt/cell/vote.sh\n'
    )
    ended = stove.run("cook", "task")
    assert ended.returncode == 0, ended.stderr
    cited = json.loads((folder / "verdict.json").read_text())["ballots"][0]["ballot"]["scores"][0]
    assert [evidence["file"] for evidence in cited["evidence"]] == list(NAMES)
    page = (folder / "report.html").read_text()
    assert "<img" not in page
    assert "<script" not in page
    told = [ended.stdout, ended.stderr, stove.run("logs", "task").stdout, page]
    for text in (*told, (folder / "leaderboard.md").read_text()):
        assert not {char for char in text if char in "\x1b\x07\r\x9b\u202e"}
    assert stove.run("clean", "task", "--all", "--yes").returncode == 0
    assert not (folder / "submissions").exists()


def _octal(name: str) -> str:
    return "'" + "".join(f"\\{byte:03o}" for byte in name.encode()) + "'"


def test_after_a_kill_only_what_had_not_ended_cooks_again(stove: Stove) -> None:
    first = f"{PAGE}; date +%N >when"
    folder = lay(stove, {"ann": first, "bob": f"{PAGE}; sleep 600"}, {"joe": CAST}, timeout="20s")
    process = stove.start("cook", "task")
    until("ann to end", lambda: "ended" in [it["state"] for it in stove.status("task")["cells"]])
    when = (folder / "work/ann/out/when").read_text()
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert "keep ann: ok from before" in stove.run("cook", "task", "--dry-run").stdout
    ended = stove.run("cook", "task", "--timeout", "3s")
    assert ended.returncode == 0, ended.stderr
    assert (folder / "work/ann/out/when").read_text() == when
    assert stove.outcomes("task") == {"ann": "ok", "bob": "timed_out", "judge-joe": "ok"}
    assert stove.left("task") == []


def test_a_broken_override_is_bad_input_and_costs_no_result(stove: Stove) -> None:
    folder = lay(stove, {"ann": PAGE}, {"joe": CAST})
    assert stove.run("cook", "task").returncode == 0
    override = folder / "compose.override.yaml"
    stub = override.read_text()
    for text, said in (
        ("services: {ann: [\n", "compose.override.yaml"),
        ("services: {nobody: {cpus: 1}}\n", "nobody"),
        ("services: {ann: {profiles: [x]}}\n", "services.ann"),
        ("services: {ann: {container_name: mine}}\n", "container_name"),
        ("services: {ann: {deploy: {replicas: 2}}}\n", "one container"),
    ):
        override.write_text(text)
        ended = stove.run("cook", "task")
        assert ended.returncode == 2, text
        assert said in ended.stderr
        assert "Traceback" not in ended.stderr
        assert not (folder / "rounds").exists()
    override.write_text(stub)
    assert "same inputs" in stove.run("cook", "task").stdout


def test_a_paused_and_a_removed_container_stop_neither_the_clock_nor_the_others(
    stove: Stove,
) -> None:
    sleep = f"{PAGE}; touch ready; sleep 600"
    lay(stove, {"ann": sleep, "bob": sleep, "eve": PAGE}, {"joe": CAST}, timeout="8s")
    process = stove.start("cook", "task")
    for name in ("ann", "bob"):
        stove.wait_for("task", name, "ready")
    docker("pause", stove.project("task").container("ann"))
    docker("rm", "--force", stove.project("task").container("bob"))
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    outcomes = stove.outcomes("task")
    assert outcomes["ann"] == "timed_out"
    assert outcomes["bob"] == "crashed"
    assert outcomes["eve"] == "ok"
    assert stove.left("task") == []
