#!/bin/sh
# Waits for the credential that is piped into this cell's memory, puts it where the CLI looks for it, and goes on.
#
# Usage: sh receive.sh PROVIDER TARGET [-- COMMAND…]
#   PROVIDER   /run/secrets/PROVIDER appears once the cell runs: whole, or not at all
#   TARGET     where the CLI looks; written with mode 0400
#   COMMAND    what runs then; the flavor's own entrypoint where none is named
#
# The credential is in memory alone: where TARGET lies in a folder that is kept, a link stands there and leads to memory.
set -eu

BAD_INPUT=64 NO_LOGIN=77
WAIT=300 # tenths of a second

fail() {
    code=$1
    shift
    echo "receive: $*" >&2
    exit "$code"
}

[ $# -ge 2 ] || fail $BAD_INPUT "needs a provider and a target"
provider=$1 target=$2
shift 2
case $provider in '' | *[!a-z0-9_-]*) fail $BAD_INPUT "no such provider: $provider" ;; esac
case $target in /*) ;; *) fail $BAD_INPUT "the target is no absolute path: $target" ;; esac
if [ $# -eq 0 ]; then
    set -- /bin/sh /opt/cell/entrypoint.sh
elif [ "$1" = -- ] && [ $# -ge 2 ]; then
    shift
else
    fail $BAD_INPUT "after the target comes nothing, or -- and a command"
fi

given=/run/secrets/$provider
waited=0
until [ -f "$given" ]; do
    [ $waited -lt $WAIT ] || fail $NO_LOGIN "no credential of $provider came within $((WAIT / 10)) s"
    sleep 0.1
    waited=$((waited + 1))
done
[ -s "$given" ] || fail $NO_LOGIN "the credential of $provider that came is empty"

in_memory() { [ "$(stat -f -c %T "$1")" = tmpfs ]; }

folder=$(dirname -- "$target")
mkdir -p "$folder"
if in_memory "$folder"; then
    (umask 377 && cat "$given" >"$target.new")
    mv -f "$target.new" "$target"
    shred -n 1 "$given" 2>/dev/null || : # nothing but overwriting, and not everybody has it
    rm -f "$given"
else
    chmod 0400 "$given"
    ln -sfn "$given" "$target"
fi

exec "$@"
