# Reads an HTML file tag by tag: each record is what stands between one "<" and the next.
# Usage: awk -v file=NUMBER -f look-lib.awk -f look-html.awk <FILE

BEGIN { RS = "<" }

# An attribute's value, "" where it is absent; `found` says which of the two it was.
function attribute(tag, name,   low, value) {
    found = 0
    low = tolower(tag)
    if (!match(low, "[ \t\r\n]" name "[ \t\r\n]*=[ \t\r\n]*(\"[^\"]*\"|'[^']*'|[^ \t\r\n\"'>]+)")) return ""
    found = 1
    value = substr(tag, RSTART, RLENGTH)
    sub(/^[^=]*=[ \t\r\n]*/, "", value)
    if (value ~ /^["']/) value = substr(value, 2, length(value) - 2)
    return value
}

function visible(text,   lines, n, i) {
    n = split(text, lines, "\n")
    for (i = 1; i <= n; i++) if (lines[i] !~ /^[ \t\r]*$/) {
        seen("text", lines[i], lines[i])
        if (level) { heading_text = heading_text " " lines[i]; if (heading_quote == "") heading_quote = lines[i] }
    }
}

function close_heading() {
    if (level) seen("heading", level " " heading_text, heading_quote)
    level = 0; heading_text = heading_quote = ""
}

function facts_of(name, tag,   value) {
    if (name == "!doctype") seen("has", "doctype", "<" tag)
    if (name == "html" && attribute(tag, "lang") != "") seen("has", "language", "<" tag)
    if (name ~ /^(title|main|nav|header|footer)$/) seen("has", name, "<" $0)
    if (name == "meta") {
        if (attribute(tag, "charset") != "") seen("has", "charset", "<" tag)
        value = tolower(attribute(tag, "name"))
        if (value == "viewport" || value == "description") seen("has", value, "<" tag)
    }
    if (name == "img") { attribute(tag, "alt"); seen("picture", found ? "named" : "nameless", "<" tag) }
    value = attribute(tag, "id"); if (found) seen("id", value, "<" tag)
    value = attribute(tag, "href"); if (found) seen(name == "link" ? "load" : "link", value, "<" tag)
    value = attribute(tag, "src"); if (found) seen("load", value, "<" tag)
    value = attribute(tag, "style"); if (found) seen("style", value, "<" tag)
}

NR == 1 { visible($0); next }
comment { if (at = index($0, "-->")) { comment = 0; visible(substr($0, at + 3)) } next }
/^!--/ { at = index($0, "-->"); if (at) visible(substr($0, at + 3)); else comment = 1; next }
{
    at = index($0, ">")
    tag = at ? substr($0, 1, at - 1) : $0
    rest = at ? substr($0, at + 1) : ""
    name = tolower(tag); sub(/[ \t\r\n\/].*/, "", name)
    if (tag ~ /^\//) name = "/" tolower(substr(tag, 2))
    sub(/[ \t\r\n]+$/, "", name)
}
closed_by { if (name != closed_by) next; closed_by = "" }
name == "style" { n = split(rest, lines, "\n"); for (i = 1; i <= n; i++) if (lines[i] ~ /[^ \t\r]/) seen("style", lines[i], lines[i]) }
name ~ /^(script|style|template|noscript)$/ { closed_by = "/" name; facts_of(name, tag); next }
name ~ /^h[1-6]$/ { close_heading(); level = substr(name, 2) }
name ~ /^\/h[1-6]$/ { close_heading() }
{
    facts_of(name, tag)
    visible(rest)
}

END { close_heading() }
