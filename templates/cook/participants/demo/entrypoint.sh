#!/bin/sh
# The demo cell: cooks or judges by rules, or misbehaves on request.
#
# MULTICOOKER_ROLE            participant or judge
# MULTICOOKER_MODEL           careful, quick, flashy; strict, kind
# MULTICOOKER_OPTION_BEHAVE   what to do; README.md has the list
# MULTICOOKER_OPTION_PACE     gentle or none
# MULTICOOKER_OPTION_FLAW     what is wrong with a judge's bad ballot
# MULTICOOKER_OPTION_AMOUNT   how much, for behaviours that do much
# MULTICOOKER_OPTION_SAY      printed first
#
# shellcheck disable=SC1091,SC2034 # the files it goes on with use what is set here
set -eu

# Before anything else, so that what a benchmark sees is the engine's time and not ours.
if [ "${MULTICOOKER_OPTION_BEHAVE:-cook}" = instant ]; then
    echo '<!doctype html><title>Instant</title><p>Instant.' >/work/out/index.html
    exit 0
fi

BAD_INPUT=64 RATE_LIMITED=75 AUTH_EXPIRED=77
cell=$(dirname -- "$0")
role=${MULTICOOKER_ROLE:-participant}
behave=${MULTICOOKER_OPTION_BEHAVE:-cook}
flaw=${MULTICOOKER_OPTION_FLAW:-missing}
amount=${MULTICOOKER_OPTION_AMOUNT:-}

refuse() {
    echo "demo: $*" >&2
    exit $BAD_INPUT
}

case ${MULTICOOKER_OPTION_PACE:-gentle} in
    gentle) pause=0.2 ;;
    none) pause=0 ;;
    *) refuse "pace is gentle or none" ;;
esac
case $amount in *[!0-9]*) refuse "amount is a whole number" ;; esac
case $role in
    participant) model=${MULTICOOKER_MODEL:-careful} ;;
    judge) model=${MULTICOOKER_MODEL:-strict} ;;
    *) refuse "no such role: $role" ;;
esac
case $role:$model in
    participant:careful | participant:quick | participant:flashy | judge:strict | judge:kind) ;;
    *) refuse "a $role takes careful, quick or flashy, and a judge strict or kind; not $model" ;;
esac

[ -z "${MULTICOOKER_OPTION_SAY+set}" ] || printf '%s\n' "$MULTICOOKER_OPTION_SAY"

# work OUT: do what the role is for.
work() {
    if [ "$role" = participant ]; then
        sh "$cell/participant.sh" "$model" /work/BRIEF.md /work/raw "$1" "$pause"
    else
        [ ! -e /work/in/REPAIR.md ] || echo "reading what was wrong with the first ballot"
        sh "$cell/judge.sh" "$model" /work "$1" "$pause"
    fi
}

case $role:$behave in
    *:cook) work /work/out ;;
    judge:bad-ballot)
        if [ -e /work/in/REPAIR.md ]; then work /work/out; else . "$cell/flaws.sh"; fi
        ;;
    judge:always-bad) . "$cell/flaws.sh" ;;
    judge:no-ballot) echo "reading, and keeping it to myself" ;;
    judge:hostile) ln -s /etc/passwd /work/out/ballot.json ;;
    participant:hostile) . "$cell/hostile.sh" ;;
    participant:inject) . "$cell/inject.sh" ;;
    *:probe) . "$cell/probe.sh" ;;
    *) . "$cell/behave.sh" ;;
esac
