#!/bin/sh
# Runs Gemini CLI as a participant, as a judge or in a sandbox. docs/reference/cell-protocol.md says what is where.
set -eu

BAD_INPUT=64 RATE_LIMITED=75 NO_LOGIN=77 STOPPED=143
# The CLI's own code for it. The words beside it are lost now and then.
CLI_NO_LOGIN=41
# Where a cook names no model. Left to itself the CLI asks one model which other to ask, and cooks would not compare.
MODEL=gemini-2.5-pro
# Milliseconds it may wait for a provider. At a usage limit it would sleep until that ends, for hours.
LONGEST_WAIT=60000
PROMPT=/work/in/PROMPT.md

refuse() {
    echo "gemini: $*" >&2
    exit $BAD_INPUT
}

# The owner's licence pays: no key that is billed by use, and no other way to another server.
while IFS= read -r name; do
    case $name in
        *[!A-Za-z0-9_]* | MULTICOOKER_*) ;;
        *_API_KEY | *_TOKEN | *_TOKEN_FILE | *_CREDENTIALS | *_BASE_URL | *_ENDPOINT) unset "$name" ;;
        GOOGLE_GENAI_USE_* | GEMINI_CLI_USE_COMPUTE_ADC | GEMINI_CLI_HOME | GEMINI_CLI_*_PATH) unset "$name" ;;
        GEMINI_SANDBOX | GEMINI_SYSTEM_MD) unset "$name" ;;
    esac
done <<END
$(awk 'BEGIN { for (name in ENVIRON) print name }')
END

# The folder is trusted because the cell is the wall; without the relaunch one process does it, and signals reach it.
export GEMINI_CLI_TRUST_WORKSPACE=true GEMINI_CLI_NO_RELAUNCH=true
[ -z "${MULTICOOKER_OPTION_PROJECT:-}" ] || export GOOGLE_CLOUD_PROJECT="$MULTICOOKER_OPTION_PROJECT"

# write_settings TOOLS: for a cell. Instructions, hooks and skills that lie in a folder are somebody's work, not the owner's
# word: the name of the files it would take for instructions is one that nobody can know.
write_settings() {
    nobody=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    cat >"$HOME/.gemini/settings.json" <<END
{
  "security": {"auth": {"selectedType": "oauth-personal"}, "folderTrust": {"enabled": false}},
  "privacy": {"usageStatisticsEnabled": false},
  "general": {"enableAutoUpdate": false, "enableAutoUpdateNotification": false, "maxAttempts": 3},
  "context": {
    "fileName": ["$nobody.md"],
    "fileFiltering": {"respectGitIgnore": false, "respectGeminiIgnore": false}
  },
  "hooksConfig": {"enabled": false},
  "skills": {"enabled": false},
  "tools": {$1}
}
END
}

# await PROCESS: its exit code, also where a signal comes while it is waited for.
await() {
    while :; do
        ended=0
        wait "$1" || ended=$?
        kill -0 "$1" 2>/dev/null || return $ended
    done
}

# sleeps_long LINE: whether the CLI tells there that it waits, and for longer than it may.
sleeps_long() {
    case $1 in *'Retrying after '*ms*) ;; *) return 1 ;; esac
    wait=${1##*'Retrying after '} wait=${wait%%ms*}
    case $wait in '' | *[!0-9]*) return 1 ;; esac
    [ ${#wait} -gt 9 ] || [ "$wait" -gt $LONGEST_WAIT ]
}

# pass_on PROCESS END: pass on what is read, line by line, until END; stop the process where it is about to sleep for long.
# The line that tells so comes last: the reader of the log finds the cause in it, and the time when the limit ends.
pass_on() {
    while IFS= read -r line && [ "$line" != "$2" ]; do
        if sleeps_long "$line"; then
            echo "gemini: stopped, for its usage limit is reached and it would sleep until that ends" >&2
            printf '%s\n' "$line" >&2
            kill "$1"
            return $RATE_LIMITED
        fi
        [ -z "$line" ] || printf '%s\n' "$line" >&2
    done
}

# The CLI tells of a long sleep on standard error alone, so that is read on its way.
run_cell() {
    pipe=$HOME/.errors end=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n') stopped='' code=0 told=0
    mkfifo "$pipe"
    exec 3<>"$pipe" # both ways: it is open for the end, whoever has gone by then
    # Each opens the pipe for itself: the CLI makes its own end one that does not wait, and a shell could not read from that.
    gemini --output-format stream-json --extensions none "$@" <"$PROMPT" 2>"$pipe" 3>&- &
    cli=$!
    trap 'stopped=yes; kill "$cli" 2>/dev/null || :' TERM INT HUP
    pass_on "$cli" "$end" <"$pipe" 3>&- &
    reader=$!
    await "$cli" || code=$?
    printf '\n%s\n' "$end" >&3
    await "$reader" || told=$?
    [ -z "$stopped" ] || exit $STOPPED # it would end with 0, as if it were done
    [ $told -ne $RATE_LIMITED ] || exit $RATE_LIMITED
    [ $code -ne $CLI_NO_LOGIN ] || exit $NO_LOGIN
    exit $code
}

participant() {
    case ${MULTICOOKER_OPTION_WEB:-on} in
        on) write_settings '' ;;
        off) write_settings '"exclude": ["google_web_search", "web_fetch"]' ;;
        *) refuse "web is on or off" ;;
    esac
    run_cell --approval-mode yolo "$@"
}

# Tools that read, and nothing else; it knows no way to hold the model to a schema, so the prompt alone asks for the ballot.
judge() {
    write_settings '"core": ["glob", "grep_search", "list_directory", "read_file", "read_many_files"]'
    run_cell --approval-mode default --include-directories /work "$@"
}

# What the first start would ask is answered already; whatever the owner set since then stays.
answer_dialogs() {
    settings=$HOME/.gemini/settings.json
    [ -e "$settings" ] || cat >"$settings" <<END
{
  "security": {"auth": {"selectedType": "oauth-personal"}, "folderTrust": {"enabled": false}},
  "privacy": {"usageStatisticsEnabled": false},
  "general": {"enableAutoUpdate": false, "enableAutoUpdateNotification": false},
  "ide": {"hasSeenNudge": true}
}
END
}

sandbox() {
    answer_dialogs
    case " $* " in
        *' --approval-mode'* | *' --yolo '* | *' -y '*) ;;
        *) set -- --approval-mode yolo "$@" ;;
    esac
    [ "${MULTICOOKER_PRINT:-}" != 1 ] || set -- --output-format text "$@"
    exec gemini "$@"
}

role=${MULTICOOKER_ROLE:-}
case $role in
    sandbox) [ -z "${MULTICOOKER_MODEL:-}" ] || set -- --model "$MULTICOOKER_MODEL" "$@" ;;
    *) set -- --model "${MULTICOOKER_MODEL:-$MODEL}" "$@" ;;
esac

case $role in
    participant | judge | sandbox) "$role" "$@" ;;
    *) refuse "no such role: $role" ;;
esac
