# The flashy style: loud to look at, thin to read.

{ text = substr($0, length($1) + 2) }

$1 == "name" { name = $2 }
$1 == "logo" { logo = file_of($2) }
$1 == "part" { n++; part[n] = $2 }
n && $1 == "row" && items[n] < 3 { items[n]++; item[n] = item[n] "<span class=\"chip\">" words_of($2) "</span>\n" }

function slogan(i) {
    if (i % 4 == 1) return "Simply the best you have ever seen. Period!!!"
    if (i % 4 == 2) return "UNREAL. UNMISSABLE. UNFORGETTABLE!"
    if (i % 4 == 3) return "Coming soon. Stay tuned, it will be AMAZING!"
    return "Ready to have your mind blown? We thought so!"
}

END {
    print "<!DOCTYPE html>\n<html>\n<head>\n  <meta charset=\"utf-8\">"
    print "  <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    print "  <title>" words_of(name) " - The Experience!!!</title>\n  <link rel=\"stylesheet\" href=\"flash.css\">\n</head>\n<body>"
    print "<div class=\"hero\">"
    if (logo != "") print "  <img class=\"spin\" src=\"" html(logo) "\">"
    print "  <h1>" words_of(toupper(name)) "</h1>\n  <p class=\"shout\">Taste the REVOLUTION!</p>"
    print "  <a class=\"cta\" href=\"#\">GET STARTED NOW</a> <a class=\"cta ghost\" href=\"gallery.html\">SEE THE MAGIC</a>\n</div>"
    print "<div class=\"tiles\">"
    for (i = 1; i <= n && i <= 4; i++)
        print "  <div class=\"tile\">\n  <h2>" words_of(part[i]) "!</h2>\n  <p>" slogan(i) "</p>\n" item[i] "  </div>"
    print "</div>\n<div class=\"band\">The hype is REAL. Follow us everywhere!</div>\n</body>\n</html>"
}
