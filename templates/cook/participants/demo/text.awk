# Helpers that the writers share. Text comes from files somebody else wrote: always escape it.

function html(s) {
    gsub(/&/, "\\&amp;", s); gsub(/</, "\\&lt;", s); gsub(/>/, "\\&gt;", s); gsub(/"/, "\\&quot;", s)
    return s
}

# Markdown's inline marks are for the reader of the source; on a page only the words count.
function plain(s) {
    gsub(/\*\*|__|`/, "", s)
    return s
}

function words_of(s) { return html(plain(s)) }

BEGIN { id_count["main"] = 1 } # the careful page's own

# "Today's bread" -> "today-s-bread": an id and a CSS class.
function slug(s) {
    s = tolower(plain(s))
    gsub(/[^a-z0-9]+/, "-", s); gsub(/^-+|-+$/, "", s)
    return s == "" ? "part" : s
}

# The same for a page, where every id stands once. Ask once per part, in order.
function id_for(s) {
    s = slug(s)
    return id_count[s]++ ? s "-" id_count[s] : s
}

function trim(s) { gsub(/^[ \t\r]+|[ \t\r]+$/, "", s); return s }

function folder_of(path) { return match(path, /.*\//) ? substr(path, 1, RLENGTH) : "" }
function file_of(path) { sub(/.*\//, "", path); return path }
