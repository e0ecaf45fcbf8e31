"""Bytes into a container that runs, by its own user: whole or not at all, and nowhere else."""

from __future__ import annotations

from multicooker.adapters.docker.process import DockerProcess

_SECONDS = 30.0
_MOST_WORDS = 65536
_RECEIVE = """
umask 077
part="$1.$$.part"
trap 'rm -f "$part"' EXIT
cat > "$part" || exit 1
[ "$(wc -c < "$part")" -eq "$2" ] || { echo "only a part of it came through" >&2; exit 1; }
mv -f "$part" "$1"
"""
"""A client that dies half-way looks like the end of the file: only its length tells."""


def give(container: str, path: str, data: bytes, *, what: str) -> None:
    """Write a file of mode 0600; EngineError where the container does not run or has no place.

    The bytes go through a pipe: no argument list, variable, disk or log of this side has them.
    """
    argv = ("exec", "--interactive", container)
    program = ("/bin/sh", "-c", _RECEIVE, "receive", path, str(len(data)))
    with DockerProcess((*argv, *program), what=what, seconds=_SECONDS, feed=data) as process:
        process.taken(most=_MOST_WORDS)
