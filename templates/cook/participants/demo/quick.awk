# The quick style: the first parts, in short, and out of the kitchen.

{ text = substr($0, length($1) + 2) }

$1 == "name"    { name = $2 }
$1 == "tagline" { tagline = $2 }
$1 == "part"    { n++; part[n] = $2; lines = 0 }
n && lines < 4 && ($1 == "p" || $1 == "ask" || $1 == "li" || $1 == "ol" || $1 == "row") {
    lines++
    body[n] = body[n] "<li>" ($1 == "row" ? words_of($2 " " $3) : words_of(text)) "</li>\n"
}

END {
    print "<html>\n<head>\n<title>" words_of(name) "</title>\n<style>body { font-family: sans-serif; margin: 2em }</style>\n</head>\n<body>"
    print "<h1>" words_of(name) "</h1>\n<p>" words_of(tagline) "</p>"
    for (i = 1; i <= n && i <= 3; i++) print "<h3>" words_of(part[i]) "</h3>\n<ul>\n" body[i] "</ul>"
    print "</body>\n</html>"
}
