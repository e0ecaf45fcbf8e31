#!/bin/sh
# Runs Claude Code as a participant, as a judge or in a sandbox. docs/reference/cell-protocol.md says what is where.
set -eu

BAD_INPUT=64
# Where a cook names no model. The CLI's own default depends on the kind of account, and cooks would not compare.
MODEL=sonnet
PROMPT=/work/in/PROMPT.md

refuse() {
    echo "claude: $*" >&2
    exit $BAD_INPUT
}

# The owner's subscription pays: no key that is billed by use, and no other way to another server.
while IFS= read -r name; do
    case $name in
        *[!A-Za-z0-9_]* | MULTICOOKER_*) ;;
        *_API_KEY | *_TOKEN | *_TOKEN_FILE | *_CREDENTIALS | *_BASE_URL | *_FILE_DESCRIPTOR) unset "$name" ;;
        ANTHROPIC_CUSTOM_HEADERS | ANTHROPIC_PROFILE | ANTHROPIC_UNIX_SOCKET) unset "$name" ;;
        CLAUDE_CODE_CUSTOM_OAUTH_URL | CLAUDE_CODE_HOST_CREDS_FILE | CLAUDE_CODE_USE_*) unset "$name" ;;
    esac
done <<END
$(awk 'BEGIN { for (name in ENVIRON) print name }')
END

# Without this the CLI asks hosts for news and flags first: ten seconds, where there is no way to them.
export CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 DISABLE_AUTOUPDATER=1 DISABLE_TELEMETRY=1
# It refuses to work without asking where it is root, unless somebody vouches for the walls around it.
export IS_SANDBOX=1

# Settings, instructions and servers that lie in the folder the CLI works in are somebody's work, not its owner's word.
run_cell() {
    exec claude --print --output-format stream-json --verbose --setting-sources user --strict-mcp-config "$@" <"$PROMPT"
}

participant() {
    case ${MULTICOOKER_OPTION_WEB:-on} in
        on) ;;
        off) set -- "$@" --disallowed-tools WebSearch,WebFetch ;;
        *) refuse "web is on or off" ;;
    esac
    run_cell --dangerously-skip-permissions "$@"
}

# Three tools that read, and read below /work only; --restricted and --safe-mode keep it from loading anything it finds
# there. The CLI holds the model to the ballot's schema and asks again by itself.
judge() {
    run_cell --restricted --safe-mode --add-dir /work --tools Read,Glob,Grep --disable-slash-commands \
        --json-schema "$(cat /work/in/ballot.schema.json)" "$@"
}

# What the first start would ask is answered already; whatever the owner set since then stays.
answer_dialogs() {
    state=$CLAUDE_CONFIG_DIR/.claude.json
    [ -s "$state" ] || echo '{}' >"$state"
    jq '.hasCompletedOnboarding = true | .hasSeenAutoDefaultNotice = true | .hasSeenAutoDefaultNudge = true
        | .projects[$folder].hasTrustDialogAccepted = true' --arg folder "$PWD" "$state" >"$state.$$" && mv "$state.$$" "$state"
    settings=$CLAUDE_CONFIG_DIR/settings.json
    [ -e "$settings" ] || cat >"$settings" <<'END'
{
  "permissions": {"defaultMode": "bypassPermissions"},
  "skipDangerousModePermissionPrompt": true
}
END
}

# All of the CLI's state lies in the one folder that is kept.
sandbox() {
    export CLAUDE_CONFIG_DIR="$HOME/.claude"
    answer_dialogs
    [ "${MULTICOOKER_PRINT:-}" != 1 ] || exec claude --print "$@"
    exec claude "$@"
}

role=${MULTICOOKER_ROLE:-}
[ -z "${MULTICOOKER_EFFORT:-}" ] || set -- --effort "$MULTICOOKER_EFFORT" "$@"
case $role in
    sandbox) [ -z "${MULTICOOKER_MODEL:-}" ] || set -- --model "$MULTICOOKER_MODEL" "$@" ;;
    *) set -- --model "${MULTICOOKER_MODEL:-$MODEL}" "$@" ;;
esac

case $role in
    participant | judge | sandbox) "$role" "$@" ;;
    *) refuse "no such role: $role" ;;
esac
