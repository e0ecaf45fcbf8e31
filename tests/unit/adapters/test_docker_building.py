"""What a failed build tells."""

from __future__ import annotations

from multicooker.adapters.docker.building import telling

COMMAND = "/bin/sh -c " + "long " * 100
NOTHING = ""
FAILED = f"""\
#7 [2/2] RUN {COMMAND}
#7 0.2 npm ERR! request to http://mirror.example/ failed
#7 0.2 {NOTHING}
#7 ERROR: process "{COMMAND}" did not complete successfully: exit code: 3
------
 > [2/2] RUN {COMMAND}:
0.2 npm ERR! request to http://mirror.example/ failed
------

Dockerfile.base:3
--------------------
   1 |     ARG BASE
   2 |     FROM ${{BASE}}
   3 | >>> RUN {COMMAND}
--------------------
ERROR: failed to solve: process "{COMMAND}" did not complete successfully: exit code: 3
"""


def test_a_failed_step_says_once_why_and_where() -> None:
    told = telling(FAILED.splitlines())
    assert told[1:] == [
        "#7 0.2 npm ERR! request to http://mirror.example/ failed",
        "Dockerfile.base:3",
        'ERROR: failed to solve: process "…" did not complete successfully: exit code: 3',
    ]


def test_what_a_step_printed_is_shown_harmlessly() -> None:
    assert telling(["#7 0.2 \x1b[2J gone"]) == ["#7 0.2 \\x1b[2J gone"]


def test_output_that_only_looks_like_an_excerpt_is_told() -> None:
    assert telling(["#7 0.2   12 | a table"]) == ["#7 0.2   12 | a table"]
