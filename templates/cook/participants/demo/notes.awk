# The careful style's NOTES.md: what the brief asks for and where the page answers it.

$1 == "brief" { print "# Notes on: " $2 "\n\n## Where each part is\n" }
$1 == "part"  { parts = parts "- " $2 ": `index.html#" id_for($2) "`\n" }
$1 == "wish"  { wishes = wishes "- [ ] " $2 ": " $3 "\n" }

END {
    printf "%s", parts
    if (wishes != "") printf "\n## To check by eye\n\n%s", wishes
    print "\nAll text and figures come from the brief and `raw/`. Nothing is loaded from other servers."
}
