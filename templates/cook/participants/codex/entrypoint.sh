#!/bin/sh
# Runs Codex as a participant, as a judge or in a sandbox. docs/reference/cell-protocol.md says what is where.
set -eu

BAD_INPUT=64 NO_LOGIN=77
PROMPT=/work/in/PROMPT.md

refuse() {
    echo "codex: $*" >&2
    exit $BAD_INPUT
}

# The owner's subscription pays: no key that is billed by use, and no other way to another server.
while IFS= read -r name; do
    case $name in
        *[!A-Za-z0-9_]* | MULTICOOKER_*) ;;
        *_API_KEY | *_TOKEN | *_TOKEN_FILE | *_CREDENTIALS | *_BASE_URL) unset "$name" ;;
        CODEX_AGENT_IDENTITY | CODEX_EXEC_SERVER_URL | OPENAI_ORGANIZATION | OPENAI_PROJECT) unset "$name" ;;
    esac
done <<END
$(awk 'BEGIN { for (name in ENVIRON) print name }')
END

# No telemetry, no search for a newer version, no plugins from elsewhere.
run_codex() {
    exec codex "$@" --disable apps --disable plugins --disable remote_plugin -c analytics.enabled=false \
        -c otel.metrics_exporter='"none"' -c check_for_update_on_startup=false
}

# Its own sandbox needs namespaces, which no cell may make: every command would fail, and the CLI would call that a success.
# The cell is the wall. What lies in the folder the CLI works in is somebody's work, not its owner's word.
run_cell() {
    # Without a login it would wait for a network, for as long as it may.
    if [ ! -s "$HOME/.codex/auth.json" ]; then
        echo "codex: nobody is logged in" >&2
        exit $NO_LOGIN
    fi
    run_codex exec --json --skip-git-repo-check --dangerously-bypass-approvals-and-sandbox --ignore-user-config \
        --ignore-rules -c project_doc_max_bytes=0 "$@" - <"$PROMPT"
}

participant() {
    case ${MULTICOOKER_OPTION_WEB:-on} in
        on) run_cell -c web_search='"live"' "$@" ;;
        off) run_cell -c web_search='"disabled"' "$@" ;;
        *) refuse "web is on or off" ;;
    esac
}

# It has no set of tools that only read: the cell's read-only mounts are what keeps submissions as they are.
judge() {
    run_cell -c web_search='"disabled"' --output-schema /work/in/ballot.schema.json "$@"
}

# What the first start would ask is answered already; whatever the owner set since then stays.
answer_dialogs() {
    config=$HOME/.codex/config.toml
    [ -e "$config" ] || cat >"$config" <<END
approval_policy = "never"
sandbox_mode = "danger-full-access"

[notice]
hide_full_access_warning = true

[projects."$PWD"]
trust_level = "trusted"
END
}

sandbox() {
    answer_dialogs
    [ "${MULTICOOKER_PRINT:-}" != 1 ] || run_codex exec --skip-git-repo-check "$@" -
    run_codex "$@"
}

[ -z "${MULTICOOKER_EFFORT:-}" ] || set -- -c "model_reasoning_effort=\"$MULTICOOKER_EFFORT\"" "$@"
[ -z "${MULTICOOKER_MODEL:-}" ] || set -- --model "$MULTICOOKER_MODEL" "$@"

role=${MULTICOOKER_ROLE:-}
case $role in
    participant | judge | sandbox) "$role" "$@" ;;
    *) refuse "no such role: $role" ;;
esac
