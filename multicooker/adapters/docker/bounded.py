"""Run a command, and kill it with all its children after some seconds.

Where there is no `timeout` of the coreutils (macOS), `client.py` starts this file as a script:
`python -I -S bounded.py SECONDS COMMAND…`, with the same exit code of 137 for a killed command.
"""

from __future__ import annotations

import os
import signal
import sys


def main(argv: list[str]) -> int:
    """Return the command's exit code, 128 + number where a signal ended it, 127 if not found."""
    child = os.fork()
    if child == 0:
        # Its own group: a Ctrl-C meant for us must not reach half of our children.
        os.setpgid(0, 0)
        try:
            os.execvp(argv[1], argv[1:])  # noqa: S606  # no shell is wanted
        except OSError as error:
            os.write(2, f"{argv[1]}: {error.strerror}\n".encode())
            os._exit(127)
    signal.signal(signal.SIGALRM, lambda *_: os.killpg(child, signal.SIGKILL))
    signal.setitimer(signal.ITIMER_REAL, float(argv[0]))
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
