# JSON strings out of any bytes: what is no UTF-8 is written out as \xff, the way it is shown.

BEGIN {
    for (i = 1; i < 256; i++) byte[sprintf("%c", i)] = i
    split("0 1 2 3 4 5 6 7 8 9 a b c d e f", hex, " ")
}

function hex_of(b) { return hex[int(b / 16) + 1] hex[b % 16 + 1] }

# How many bytes the UTF-8 character at `at` has; 0 where there is none.
function character(s, at,   b, n, i, second) {
    b = byte[substr(s, at, 1)]
    if (b < 128) return 1
    n = b >= 194 && b < 224 ? 2 : b >= 224 && b < 240 ? 3 : b >= 240 && b < 245 ? 4 : 0
    for (i = 1; i < n; i++) {
        second = byte[substr(s, at + i, 1)]
        if (second < 128 || second > 191) return 0
        if (i == 1 && (b == 224 && second < 160 || b == 237 && second > 159)) return 0
        if (i == 1 && (b == 240 && second < 144 || b == 244 && second > 143)) return 0
    }
    return n
}

function json(s,   out, at, c, n) {
    for (at = 1; at <= length(s); at += n ? n : 1) {
        n = character(s, at)
        c = substr(s, at, n ? n : 1)
        if (!n) out = out "\\\\x" hex_of(byte[c])
        else if (n > 1) out = out c
        else if (c == "\"" || c == "\\") out = out "\\" c
        else if (byte[c] < 32 || byte[c] == 127) out = out "\\u00" hex_of(byte[c])
        else out = out c
    }
    return "\"" out "\""
}

# A path as it is; or, where bytes of it are no UTF-8 and no JSON can carry them, as it is shown.
function json_path(s,   at, n, out, c) {
    for (at = 1; at <= length(s); at += n) { n = character(s, at); if (!n) break }
    if (at > length(s)) return json(s)
    for (at = 1; at <= length(s); at++) {
        c = substr(s, at, 1)
        if (c == "\r") c = "\\r"
        else if (c !~ /[\n\t]/ && (byte[c] < 32 || byte[c] == 127)) c = "\\x" hex_of(byte[c])
        out = out c
    }
    return json(out)
}
