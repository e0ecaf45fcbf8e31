#!/bin/sh
# Looks at a cell from inside, for `multicooker flavor check --run`. One line per problem; then what a command prints.
#
# Usage: sh probe.sh FOLDER... -- [COMMAND...]
#   FOLDER    the CLI has to write there
#   COMMAND   prints the CLI's version
set -u

problem() { printf 'problem: %s\n' "$*"; }

[ "$(id -u)" -ne 0 ] || problem "it runs as root"
(: >/opt/.probe) 2>/dev/null && problem "its root file system can be written to"
[ -r /opt/cell/entrypoint.sh ] || problem "/opt/cell/entrypoint.sh cannot be read"
while [ "$1" != -- ]; do
    if (: >"$1/.probe") 2>/dev/null; then
        rm -f "$1/.probe"
    else
        problem "$1 cannot be written to"
    fi
    shift
done
shift
[ $# -gt 0 ] || exit 0
ended=0
said=$("$@" </dev/null 2>&1) || ended=$?
[ $ended -eq 0 ] || problem "$* ends with $ended"
printf 'says: %s\n' "$said"
