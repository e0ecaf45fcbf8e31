"""`python -m tests.standins`: serve until stopped, and show what is asked."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import threading
from pathlib import Path

from tests.standins.scenario import DEFAULT
from tests.standins.scenario_file import load_scenario
from tests.standins.server import StandIn
from tests.standins.wire import Request


def main() -> int:
    """Run the command; the exit code is 0 when it was stopped."""
    parser = argparse.ArgumentParser(prog="python -m tests.standins", description=__doc__)
    parser.add_argument("--address", default="127.0.0.1", help="where to listen")
    parser.add_argument("--port", type=int, default=443, help="0: any free port")
    parser.add_argument("--scenario", type=Path, help="a YAML file (tests/standins/scenario.py)")
    parser.add_argument("--ca", type=Path, help="copy the authority's certificate to this file")
    chosen = parser.parse_args()
    scenario = load_scenario(chosen.scenario) if chosen.scenario else DEFAULT
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    standin = StandIn(address=chosen.address, port=chosen.port, scenario=scenario, on_request=_show)
    with standin:
        if chosen.ca:
            shutil.copy(standin.ca_pem, chosen.ca)
        _say(f"listening on {standin.address}:{standin.port}; trust {chosen.ca or standin.ca_pem}")
        stopped.wait()
    for problem in standin.problems:
        _say(f"problem: {problem}")
    return 0


def _show(request: Request) -> None:
    _say(request.line())


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
