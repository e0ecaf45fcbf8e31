# Reads a text file that is no HTML, line by line.
# Usage: awk -v file=NUMBER -v kind=css|md|text|none -f look-lib.awk -f look-text.awk <FILE

BEGIN { if (kind == "css") RS = "}" } # a rule a record, minified or not

/^[ \t\r\n]*$/ { next }
kind == "none" { exit }
kind == "css" { seen("style", $0, $0); next }
kind == "md" && /^#+ / { seen("heading", (index($0, " ") - 1) " " substr($0, index($0, " ") + 1), $0) }
{ seen("text", $0, $0) }
