#!/bin/sh
# Runs the CLI as a participant or as a judge. docs/reference/cell-protocol.md says what is where.
set -eu

BAD_INPUT=64

# The owner's login pays, and never a key that is billed by use.
for name in $(env | sed -nE 's/^([A-Z][A-Z0-9_]*(_API_KEY|_AUTH_TOKEN))=.*/\1/p'); do unset "$name"; done

# EDIT 3 of 3: the command. It reads the prompt on stdin, works in /work/out and must not ask questions.
# "$@" is the model where cook.yaml names one. `cat` only prints the prompt. Where the CLI tells that a usage limit is
# reached, end with 75; where nobody is logged in or the login has expired, with 77.
run_cli() {
    exec cat </work/in/PROMPT.md
}

set --
[ -z "${MULTICOOKER_MODEL:-}" ] || set -- --model "$MULTICOOKER_MODEL"

case ${MULTICOOKER_ROLE:-} in
    participant) run_cli "$@" ;;
    # A judge reads /work/submissions and writes /work/out/ballot.json; its prompt says so. Nothing that lies in
    # /work/submissions may be loaded as settings or instructions: hence the working directory stays /work/out.
    judge) run_cli "$@" ;;
    *)
        echo "no such role: ${MULTICOOKER_ROLE:-}" >&2
        exit $BAD_INPUT
        ;;
esac
