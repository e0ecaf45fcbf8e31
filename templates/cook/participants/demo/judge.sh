# Scores sealed submissions by rules: looks at each one, weighs what it saw, writes a ballot.
#
# Usage: sh judge.sh MODEL WORK OUT [SECONDS]
#   MODEL    strict or kind
#   WORK     holds BRIEF.md, in/RUBRIC.md, submissions/<label>/… and perhaps raw/
#   OUT      ballot.json is written here, whole or not at all
#   SECONDS  pause after each line of the log; 0 by default
#
# Submissions are hostile: only regular files, only so many, only so much of each; their words end up
# in quotes and nowhere else.
# shellcheck shell=sh
set -eu
export LC_ALL=C # bytes are bytes

model=$1 work=$2 out=$3 pause=${4:-0}
kitchen=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
desk=${TMPDIR:-/tmp}/desk.$$

MAX_LISTED=2000     # files looked at by name
MAX_READ=40         # text files read, per submission
MAX_BYTES=1048576   # of one file: larger ones cannot be quoted
MAX_RAW_BLOCKS=512

say() {
    printf '%s\n' "$*"
    [ "$pause" = 0 ] || sleep "$pause"
}

# What the brief and raw/ ask for, as the blocks of read.awk.
read_wants() {
    set -- "$work/BRIEF.md"
    if [ -d "$work/raw" ]; then
        old_ifs=$IFS
        IFS='
'
        set -f
        for file in $(find "$work/raw" -type f -size -$MAX_RAW_BLOCKS \
            \( -name '*.md' -o -name '*.txt' -o -name '*.csv' \) | sort); do set -- "$@" "$file"; done
        set +f
        IFS=$old_ifs
    fi
    awk -v brief="$work/BRIEF.md" -v raw="$work/raw" -f "$kitchen/text.awk" -f "$kitchen/read.awk" "$@"
}

# name<TAB>share<TAB>what it means, for each `## name (weight 40 %)` of the rubric.
read_rubric() {
    awk '
        /^## [a-z0-9][a-z0-9_-]* \(weight [0-9.]+ %\)$/ {
            if (name != "") print name "\t" share "\t" means
            name = $2; share = $4; means = ""
            next
        }
        name != "" && !/^- / { gsub(/\t/, " "); means = means " " $0 }
        END { if (name != "") print name "\t" share "\t" means }' "$work/in/RUBRIC.md"
}

newline=$(printf '\001') # as it stands in a line

# One path a line, pages first and odd names last. Names may hold newlines: those travel as \001.
list_files() {
    for pattern in '*.html' '*.md' '*.css' '*'; do
        find . -type f -size +0c -name "$pattern" -print0
    done 2>/dev/null | tr '\n\000' '\001\n' | awk '!seen[$0]++' | head -n $MAX_LISTED |
        awk '/[^ -~]/ { odd = odd $0 "\n"; next } { print } END { printf "%s", odd }'
}

is_short() { [ "$(head -c $((MAX_BYTES + 1)) "$1" | wc -c)" -le $MAX_BYTES ]; }

is_plain() { case $1 in *[!\ -~]*) return 1 ;; esac; }

has_zero() { [ "$(tr -d '\001-\377' <"$1" | head -c 1 | wc -c)" -ne 0 ]; }

# Text is what can be quoted: UTF-8. Bytes become classes, whole characters become `a`, and whatever
# is left over belongs to no character.
is_text() {
    [ "$(tr -d '\000-\177' <"$1" | head -c 1 | wc -c)" -ne 0 ] || return 0
    ! tr '\000-\011\013-\177' a <"$1" | tr '\200-\217' p | tr '\220-\237' q | tr '\240-\277' r |
        tr '\302-\337' 2 | tr '\340' E | tr '\355' D | tr '\341-\357' 3 | tr '\360' F | tr '\364' G |
        tr '\361-\363' 4 | tr '\300-\377' x |
        sed 's/2[pqr]/a/g; s/Er[pqr]/a/g; s/3[pqr][pqr]/a/g; s/D[pq][pqr]/a/g
            s/F[qr][pqr][pqr]/a/g; s/4[pqr][pqr][pqr]/a/g; s/Gp[pqr][pqr]/a/g' |
        grep -q '[^a]'
}

look_into() { # look_into NUMBER PATH
    kind=text
    case $2 in
        *.html | *.htm | *.xhtml) kind=html ;;
        *.css) kind=css ;;
        *.md | *.markdown) kind=md ;;
        *.svg | *.json | *.lock) kind=none ;;
    esac
    reader=look-text.awk
    [ $kind != html ] || reader=look-html.awk
    awk -v file="$1" -v kind=$kind -f "$kitchen/look-lib.awk" -f "$kitchen/$reader"
}

# shellcheck disable=SC2094 # nothing writes to what is read
# Everything seen in one submission: `file NUMBER SORT PATH` lines and observations. Where there is
# a file with a plain name to quote from, the oddly named ones are only counted.
look_at() {
    cd "$work/submissions/$1"
    number=0 read=0
    list_files | while IFS= read -r line; do
        number=$((number + 1))
        case $line in
            *"$newline"*) path=$(printf '%s.' "$line" | tr '\001' '\n') && path=${path%.} ;;
            *) path=$line ;;
        esac
        sort=data
        if [ -f "$path" ] && [ -r "$path" ] && [ $read -lt $MAX_READ ] && { [ $read -eq 0 ] || is_plain "$path"; } &&
            is_short "$path" && is_text "$path"; then
            sort=text
            read=$((read + 1))
            ! has_zero "$path" || sort=zero
        fi
        printf 'file\t%s\t%s\t%s\n' $number $sort "${line#./}"
        case $sort in
            text) look_into $number "$path" <"$path" ;;
            zero) tr '\000\001' '\001\n' <"$path" | look_into $number "$path" ;; # awk ends lines at NUL
        esac
    done
    cd - >/dev/null
}

labels() { (cd "$work/submissions" && find . -type d -name '[A-Z]*' -prune) | sed 's|^\./||' | sort; }

trap 'rm -rf "$desk"' EXIT
mkdir "$desk"
say "reading the brief and the rubric"
read_wants >"$desk/wants"
read_rubric >"$desk/rubric"
for label in $(labels); do
    look_at "$label" >"$desk/$label"
    say "read submission $label, files: $(grep -c '^file' "$desk/$label" || :)"
done
say "weighing what was found"
(
    cd "$desk"
    # shellcheck disable=SC2046  # labels are capital letters only
    awk -F '\t' -v model="$model" -f "$kitchen/json.awk" -f "$kitchen/taste.awk" \
        -f "$kitchen/rate.awk" -f "$kitchen/score.awk" rubric wants $(labels)
) >"$desk/ballot"
mv "$desk/ballot" "$out/.ballot.json"
mv "$out/.ballot.json" "$out/ballot.json"
say "wrote ballot.json"
