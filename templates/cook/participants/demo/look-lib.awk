# What the two readers of submissions share. Submissions are hostile: nothing here trusts a length,
# a name or a line, and no word of them ever reaches the log.
#
# Output, one observation a line, tab-separated: KIND FILE VALUE QUOTE
#   FILE is the file's number; QUOTE stands word for word in the file and holds no control bytes,
#   unless the file holds nothing else.

BEGIN {
    MAX_QUOTE = 160; MAX_SEEN = 3000
    for (i = 128; i < 192; i++) inner = inner sprintf("%c", i) # a UTF-8 character's later bytes
}

function seen(kind, value, from) {
    if (++count > MAX_SEEN) exit
    gsub(/[\001-\037\177]+/, " ", value)
    print kind "\t" file "\t" substr(value, 1, 2000) "\t" quote(from)
}

NR == 1 { sub(/^\357\273\277/, "") } # a byte order mark is no part of the text

# Whatever a file holds, something in it can be quoted.
!marked && /[^ \t\r\n]/ {
    marked = 1
    seen("mark", "", (RS == "<" && NR > 1 ? "<" : "") $0)
}

# The longest run of printable bytes, cut between characters.
function quote(s,   runs, n, i, best) {
    n = split(s, runs, /[\001-\037\177]+/)
    for (i = 1; i <= n; i++) {
        gsub(/^ +| +$/, "", runs[i])
        if (length(runs[i]) > length(best)) best = runs[i]
    }
    if (best == "" && match(s, /[^ \t\r\n]/)) best = substr(s, RSTART, 1) # a lone control byte
    if (length(best) <= MAX_QUOTE) return best
    for (i = MAX_QUOTE; i > 1 && index(inner, substr(best, i + 1, 1)); i--) continue
    best = substr(best, 1, i)
    sub(/ +$/, "", best)
    return best
}
