"""`python -m tests.standins`, as a person starts it."""

from __future__ import annotations

import re
import signal
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_command_serves_a_scenario_and_tells_what_it_saw_until_stopped(tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text("talks: [{turns: [{say: Hello.}]}]\n", encoding="utf-8")
    ca = tmp_path / "ca.pem"
    command = [sys.executable, "-m", "tests.standins", "--port", "0"]
    command += ["--scenario", str(scenario), "--ca", str(ca)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        first = serving.stdout.readline()
        listening = re.fullmatch(rf"listening on 127\.0\.0\.1:(\d+); trust {ca}\n", first)
        assert listening is not None
        ask(int(listening[1]), ca)
        assert serving.stdout.readline() == (
            "GET api.anthropic.com/api/hello - (no bearer API KEY in x-api-key)\n"
        )
        serving.send_signal(signal.SIGTERM)
        assert serving.stdout.read() == (
            "problem: an API key in x-api-key: "
            "GET api.anthropic.com/api/hello - (no bearer API KEY in x-api-key)\n"
        )
        assert serving.wait(10) == 0


def ask(port: int, ca: Path) -> None:
    context = ssl.create_default_context(cafile=str(ca))
    context.check_hostname = False  # the name is api.anthropic.com, the address is this machine
    request = urllib.request.Request(
        f"https://127.0.0.1:{port}/api/hello",
        headers={"Host": "api.anthropic.com", "x-api-key": "sk-secret"},
    )
    with urllib.request.urlopen(request, timeout=10, context=context) as answer:  # noqa: S310 - as above
        assert answer.status == 200
