# Makes a static page of a brief and its raw files, by rules.
#
# Usage: sh participant.sh STYLE BRIEF.md RAW OUT [SECONDS]
#   STYLE    careful, quick or flashy
#   RAW      a folder; may be absent
#   SECONDS  pause after each line of the log, so that a person can follow; 0 by default
# shellcheck shell=sh
set -eu

style=$1 brief=$2 raw=$3 out=$4 pause=${5:-0}
kitchen=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
blocks=${TMPDIR:-/tmp}/blocks.$$
MAX_RAW_BLOCKS=512 # of 512 bytes: larger raw files are data, not copy

say() {
    printf '%s\n' "$*"
    [ "$pause" = 0 ] || sleep "$pause"
}

size_of() { echo $(($(wc -c <"$1"))); }

wrote() { say "wrote $1 ($(size_of "$out/$1") bytes)"; }

# Sorted, so that the same brief always makes the same page. Paths reach awk whole, blanks included.
read_brief() {
    set -- "$brief"
    if [ -d "$raw" ]; then
        found=$(find "$raw" -type f -size -$MAX_RAW_BLOCKS \
            \( -name '*.md' -o -name '*.txt' -o -name '*.csv' -o -name '*.svg' -o -name '*.png' \
            -o -name '*.jpg' -o -name '*.jpeg' -o -name '*.gif' -o -name '*.webp' \) | sort)
        old_ifs=$IFS
        IFS='
'
        set -f
        for file in $found; do set -- "$@" "$file"; done
        set +f
        IFS=$old_ifs
    fi
    say "found $(($# - 1)) files to work with in raw"
    awk -v brief="$brief" -v raw="$raw" -f "$kitchen/text.awk" -f "$kitchen/read.awk" "$@" >"$blocks"
}

write() { # write NAME WRITER: runs one awk writer over the blocks
    awk -F '\t' -f "$kitchen/text.awk" -f "$kitchen/$2" "$blocks" >"$out/$1"
}

copy_pictures() {
    awk -F '\t' '$1 == "logo" || $1 == "picture" { print $2 }' "$blocks" | sort -u |
        while IFS= read -r path; do
            cp "$raw/$path" "$out/${path##*/}"
            wrote "${path##*/}"
        done
}

list_parts() {
    awk -F '\t' '$1 == "part" { print $2 }' "$blocks" |
        while IFS= read -r part; do say "setting out: $part"; done
}

cook_careful() {
    list_parts
    copy_pictures
    { awk -F '\t' -f "$kitchen/colours.awk" "$blocks" && cat "$kitchen/careful.css"; } >"$out/style.css"
    wrote style.css
    write index.html careful.awk
    wrote index.html
    write NOTES.md notes.awk
    wrote NOTES.md
    say "checked: $(grep -c "<section" "$out/index.html" || :) sections stand on the page"
}

cook_quick() {
    say "skimming"
    write index.html quick.awk
    wrote index.html
}

cook_flashy() {
    say "turning everything up"
    copy_pictures
    cp "$kitchen/flashy.css" "$out/flash.css"
    wrote flash.css
    write index.html flashy.awk
    wrote index.html
    say "more glow? more glow."
}

trap 'rm -f "$blocks"' EXIT
say "reading the brief ($(size_of "$brief") bytes)"
read_brief
say "the page is about: $(awk -F '\t' '$1 == "name" { print $2; exit }' "$blocks")"
"cook_$style"
say "done"
