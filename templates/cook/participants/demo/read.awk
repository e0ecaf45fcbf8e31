# Reads BRIEF.md and the text files of raw/ and prints what a page can be made of, one block a line,
# fields separated by tabs:
#
#   brief TITLE · name NAME · tagline TEXT · lead TEXT · colour NAME HEX · mail ADDRESS
#   part NAME, then its blocks: p TEXT · li TEXT · ol TEXT · head CELLS… · row CELLS… · picture PATH
#   wish SECTION TEXT       what the brief asks for that is no part of the page
#   want TEXT · raw COUNT   what a judge looks for: the brief's own words; how many raw files there are
#
# Usage: awk -v brief=BRIEF.md -v raw=RAW -f text.awk -f read.awk BRIEF.md RAW/…

function field(s) { gsub(/[\t\r]/, " ", s); return trim(s) }

# --- Markdown, as much of it as briefs use ----------------------------------------------------

function flush() {
    if (open_text == "") return
    if (kind == "brief") brief_block(open_kind, open_text)
    else raw_block(open_kind, open_text)
    open_text = ""; open_kind = ""
}

function begin(block, text) { flush(); open_kind = block; open_text = field(text) }

function markdown(line) {
    if (line ~ /^ *(```|~~~)/) { flush(); fenced = !fenced; return }
    if (fenced) return
    if (line ~ /^[ \t\r]*$/) { flush(); return }
    if (match(line, /^#+[ \t]+/)) {
        flush()
        heading(index(line, " ") - 1, field(substr(line, RLENGTH + 1)))
        return
    }
    if (match(line, /^ *[-*+][ \t]+/)) { begin("li", substr(line, RLENGTH + 1)); return }
    if (match(line, /^ *[0-9]+[.)][ \t]+/)) { begin("ol", substr(line, RLENGTH + 1)); return }
    if (open_text == "") begin("p", line)
    else open_text = open_text " " field(line)
}

function heading(level, text) {
    if (kind == "brief") {
        if (level == 1 && title == "") title = text
        else section = text
    } else if (level == 1) {
        if (name == "") name = text
    } else {
        sections++; section_name[sections] = text; section_blocks[sections] = ""
        section = sections
    }
}

function brief_block(block, text,   bold, rest) {
    if (section == "" && block == "p") { if (lead == "") lead = text; return }
    if (block == "li" && match(text, /^\*\*[^*]+\*\*/)) {
        bold = substr(text, 3, RLENGTH - 4); rest = substr(text, RLENGTH + 1)
        sub(/:$/, "", bold); sub(/^[ :.-]+/, "", rest)
        parts++; part_name[parts] = bold; part_wish[parts] = rest
        return
    }
    wishes++; wish_section[wishes] = section; wish_kind[wishes] = block; wish_text[wishes] = text
}

function raw_block(block, text) {
    if (section == "") { if (tagline == "" && block == "p") tagline = text; return }
    section_blocks[section] = section_blocks[section] block "\t" text "\n"
}

# --- CSV --------------------------------------------------------------------------------------

function csv(line,   cell, c, i, quoted, row) {
    sub(/\r$/, "", line)
    for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        if (c == "\"") quoted = !quoted
        else if (c == "," && !quoted) { row = row field(cell) "\t"; cell = "" }
        else cell = cell c
    }
    return row field(cell)
}

function table_row(line,   row, cells, n, i) {
    if (line ~ /^[ \t\r]*$/) return
    row = csv(line)
    table[kind] = table[kind] (table[kind] == "" ? "head" : "row") "\t" row "\n"
    n = split(row, cells, "\t")
    for (i = 2; i <= n; i++)
        if (cells[i] ~ /^#[0-9A-Fa-f]+$/ && (length(cells[i]) == 4 || length(cells[i]) == 7)) {
            print "colour\t" slug(cells[1]) "\t" cells[i]
            is_palette[kind] = 1
        }
}

# --- Which file belongs to which part ---------------------------------------------------------

# How many words of three letters and more two texts share.
function shared(a, b,   list, n, i, hits) {
    b = " " tolower(b) " "; gsub(/[^a-z0-9]+/, " ", b)
    a = tolower(a); gsub(/[^a-z0-9]+/, " ", a)
    n = split(a, list, " ")
    for (i = 1; i <= n; i++) if (length(list[i]) > 2 && index(b, " " list[i] " ")) hits++
    return hits + 0
}

function best_section(text,   i, hits, most, best) {
    for (i = 1; i <= sections; i++) {
        hits = shared(text, section_name[i])
        if (hits > most) { most = hits; best = i }
    }
    return best + 0
}

function print_part(i,   s, t, path, printed, stem) {
    print "part\t" part_name[i]
    if (s = best_section(part_name[i])) { printf "%s", section_blocks[s]; section_used[s] = printed = 1 }
    for (t = 1; t <= files; t++) {
        path = file_path[t]
        stem = file_of(path); sub(/\.[^.]*$/, "", stem)
        if (!index(part_wish[i], path) && !(path in table && shared(part_name[i], stem))) continue
        if (path in table && !is_palette[path]) { printf "%s", table[path]; printed = 1 }
        if (path ~ /\.(svg|png|jpe?g|gif|webp)$/) { print "picture\t" path; printed = 1 }
    }
    if (!printed) print "ask\t" part_wish[i]
}

# A brief without named parts: the sections of raw/ and its tables, or else the brief's own words.
function print_sections(   i, t, stem, last) {
    for (i = 1; i <= sections; i++) printf "part\t%s\n%s", section_name[i], section_blocks[i]
    for (t = 1; t <= files; t++)
        if (file_path[t] in table && !is_palette[file_path[t]]) {
            stem = file_of(file_path[t]); sub(/\.[^.]*$/, "", stem); gsub(/[-_]+/, " ", stem)
            print "part\t" toupper(substr(stem, 1, 1)) substr(stem, 2)
            printf "%s", table[file_path[t]]
        }
    if (sections || files) return
    if (!wishes && lead != "") print "part\tAbout\np\t" lead
    for (i = 1; i <= wishes; i++) {
        if (wish_kind[i] == "li" && asks(wish_section[i])) {
            if (!forbids(wish_section[i])) print "part\t" first_words(wish_text[i]) "\nask\t" wish_text[i]
            continue
        }
        if (i == 1 || wish_section[i] != last) print "part\t" (wish_section[i] == "" ? "About" : wish_section[i])
        last = wish_section[i]
        print wish_kind[i] "\t" wish_text[i]
    }
}

# "Must have" holds one part a list item, "Must not" none; any other heading is one of the page.
function asks(s) { return tolower(s) ~ /must|need|include|contain|require|sections|limits|avoid|should/ }
function forbids(s) { return tolower(s) ~ /not|limits|avoid|feel|style/ }

# "opening hours, all seven days" -> "Opening hours"
function first_words(s,   list, n, i, out) {
    s = plain(s)
    sub(/[,:;.(].*/, "", s)
    n = split(s, list, " ")
    for (i = 1; i <= n && i <= 6; i++) out = out (i > 1 ? " " : "") list[i]
    return toupper(substr(out, 1, 1)) substr(out, 2)
}

# "A landing page for Salt & Ember" is about Salt & Ember.
function subject(s) { return match(s, / (for|of|about) (the |an? )?[A-Z]/) ? after_for(s) : s }
function first_sentence(s) {
    if (match(s, /[.:!?]( |$)/)) s = substr(s, 1, RSTART - 1)
    return length(s) > 80 ? "Untitled" : s
}
function after_for(s) { s = substr(s, RSTART + 1); sub(/^(for|of|about) (the |an? )?/, "", s); return s }

FNR == 1 {
    flush(); fenced = 0; section = ""
    sub(/^\357\273\277/, "")
    if (FILENAME == brief) kind = "brief"
    else {
        kind = substr(FILENAME, length(raw) + 2)
        files++; file_path[files] = kind
    }
    is_csv = (kind ~ /\.csv$/); is_picture = (kind ~ /\.(svg|png|jpe?g|gif|webp)$/)
}
is_picture { nextfile }
match($0, /[A-Za-z0-9._+-]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]*[A-Za-z0-9]/) && mail == "" {
    mail = substr($0, RSTART, RLENGTH)
}
is_csv { table_row($0); next }
{ markdown($0) }

END {
    flush()
    if (title == "") title = lead == "" ? "Untitled" : first_sentence(lead)
    print "brief\t" title
    print "name\t" (name != "" ? name : subject(title))
    if (lead != "") print "lead\t" lead
    print "raw\t" files + 0
    print "want\t" title " " lead
    for (i = 1; i <= parts; i++) print "want\t" part_name[i] " " part_wish[i]
    if (!parts) for (i = 1; i <= wishes; i++) print "want\t" wish_text[i]
    print "tagline\t" (tagline != "" ? tagline : lead)
    if (mail != "") print "mail\t" mail
    for (i = 1; i <= files; i++)
        if (file_path[i] ~ /logo[^\/]*$/ && file_path[i] ~ /\.(svg|png|jpe?g|gif|webp)$/) {
            print "logo\t" file_path[i]; break
        }
    for (i = 1; i <= wishes; i++) if (wish_kind[i] == "li") print "wish\t" wish_section[i] "\t" wish_text[i]
    for (i = 1; i <= parts; i++) print_part(i)
    if (!parts) print_sections()
}
