# The careful style: every part with all its details, marked up for people, keyboards and readers.

{ split($0, cell, "\t"); text = substr($0, length($1) + 2) }

$1 == "brief"   { brief = $2 }
$1 == "name"    { name = $2 }
$1 == "tagline" { tagline = $2 }
$1 == "lead"    { lead = $2 }
$1 == "logo"    { logo = file_of($2) }
$1 == "mail"    { mail = $2 }
$1 == "part"    { close_blocks(); n++; part[n] = $2; id[n] = id_for($2); next }
n && $1 ~ /^(p|li|ol|head|row|picture|ask)$/ { block($1, text) }

function add(s) { body[n] = body[n] s "\n" }

function close_blocks() {
    if (inside == "li") add("      </ul>")
    if (inside == "ol") add("      </ol>")
    if (inside == "row") table_end()
    inside = ""
}

function block(kind, text) {
    if (kind == "head") { close_blocks(); table_start(); return }
    if (kind != inside) {
        close_blocks()
        if (kind == "li") { add("      <ul>"); inside = kind }
        if (kind == "ol") { add("      <ol class=\"steps\">"); inside = kind }
    }
    if (kind == "li" || kind == "ol") add("        <li>" words_of(text) "</li>")
    if (kind == "row") table_row()
    if (kind == "p" || kind == "ask") paragraph(text)
    if (kind == "picture" && file_of(text) != logo)
        add("      <img src=\"" html(file_of(text)) "\" alt=\"" html(picture_name(text)) "\">")
}

# "Order by e-mail: bread@…" becomes a button; without words of its own it shows the address.
function paragraph(text,   at, words) {
    at = mail == "" ? 0 : index(text, mail)
    if (!at) { add("      <p>" words_of(text) "</p>"); return }
    words = substr(text, 1, at - 1)
    sub(/[ :]+$/, "", words)
    if (words == "" || substr(text, at + length(mail)) !~ /^[. ]*$/) words = text
    add("      <p><a class=\"button\" href=\"mailto:" html(mail) "\">" words_of(words) "</a></p>")
}

function picture_name(path) {
    path = file_of(path); sub(/\.[^.]*$/, "", path); gsub(/[-_]+/, " ", path)
    return path
}

# A table is written when it is whole: only then is it known which columns hold figures.
function table_start(   i) {
    columns = NF - 1; rows = 0; inside = "row"
    for (i = 1; i <= columns; i++) { head[i] = $(i + 1); figures[i] = 1 }
    wide[n] = columns > 3
}

function table_row(   i) {
    if (inside != "row") { add("      <p>" words_of($2) "</p>"); return }
    rows++
    for (i = 1; i <= columns; i++) {
        grid[rows, i] = $(i + 1)
        if (!numeric($(i + 1))) figures[i] = 0
    }
}

function table_end(   r, i) {
    add("      <table><caption>" words_of(part[n]) "</caption><thead><tr>")
    for (i = 1; i <= columns; i++) add("        <th scope=\"col\"" number(i) ">" words_of(head[i]) "</th>")
    add("      </tr></thead><tbody>")
    for (r = 1; r <= rows; r++) {
        add("        <tr><th scope=\"row\">" words_of(grid[r, 1]) "</th>")
        if (one_word(r)) add("          <td colspan=\"" columns - 1 "\">" words_of(grid[r, 2]) "</td>")
        else for (i = 2; i <= columns; i++) add("          <td" number(i) ">" words_of(grid[r, i]) "</td>")
        add("        </tr>")
    }
    add("      </tbody></table>")
}

# "Monday, closed, closed" says the same thing in every column: once is enough.
function one_word(r,   i) {
    for (i = 3; i <= columns; i++) if (grid[r, i] != grid[r, 2]) return 0
    return columns > 2
}

function number(i) { return figures[i] ? " class=\"number\"" : "" }
function numeric(s) { return s ~ /^[0-9][0-9.,]*( ?[a-z%]+)?$/ }

function page(   i) {
    print "<!doctype html>"
    print "<html lang=\"en\">\n<head>\n  <meta charset=\"utf-8\">"
    print "  <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    print "  <title>" words_of(name) "</title>"
    print "  <meta name=\"description\" content=\"" words_of(tagline) "\">"
    if (logo != "") print "  <link rel=\"icon\" href=\"" html(logo) "\">"
    print "  <link rel=\"stylesheet\" href=\"style.css\">\n</head>\n<body>"
    print "  <a class=\"skip\" href=\"#main\">Skip to the content</a>"
    print "  <header>"
    if (logo != "") print "    <img src=\"" html(logo) "\" alt=\"" words_of(name) ": the logo\" width=\"96\" height=\"96\">"
    print "    <h1>" words_of(name) "</h1>"
    if (tagline != "") print "    <p class=\"tagline\">" words_of(tagline) "</p>"
    print "    <nav aria-label=\"On this page\"><ul>"
    for (i = 1; i <= n; i++) print "      <li><a href=\"#" id[i] "\">" words_of(part[i]) "</a></li>"
    print "    </ul></nav>\n  </header>\n  <main id=\"main\">"
    for (i = 1; i <= n; i++) {
        print "    <section id=\"" id[i] "\" aria-labelledby=\"" id[i] "--title\"" (wide[i] || i == 1 ? " class=\"wide\"" : "") ">"
        print "      <h2 id=\"" id[i] "--title\">" words_of(part[i]) "</h2>"
        printf "%s    </section>\n", body[i]
    }
    print "  </main>\n  <footer>\n    <p>" words_of(name) (mail != "" ? " · <a href=\"mailto:" html(mail) "\">" html(mail) "</a>" : "") "</p>"
    print "  </footer>\n</body>\n</html>"
}

END { close_blocks(); page() }
