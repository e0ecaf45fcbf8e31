# A ballot with one thing wrong with it; run by entrypoint.sh, which sets flaw and work.
# shellcheck shell=sh disable=SC2154

good=${TMPDIR:-/tmp}/good
mkdir "$good"
work "$good" | grep -v '^wrote'
ballot=$good/ballot.json

# Each score stands on four lines; the first begins on the third line of the ballot.
first_score() { sed -n 3,6p "$ballot"; }

spoil() {
    case $flaw in
        missing) sed 3,6d "$ballot" ;;
        json) head -n 6 "$ballot" ;;
        prose) echo "Here is my ballot:" && cat "$ballot" ;;
        range) sed '6s/"score": [0-9]*/"score": 11/' "$ballot" ;;
        label) sed '3s/"label": "[A-Z]*"/"label": "ZZ"/' "$ballot" ;;
        dimension) sed '3s/"dimension": "[^"]*"/"dimension": "charm"/' "$ballot" ;;
        duplicate) sed 2q "$ballot" && first_score && sed 1,2d "$ballot" ;;
        quote) sed '4s/"quote": "/"quote": "Words that stand nowhere: /' "$ballot" ;;
        huge) cat "$ballot" && tr '\0' ' ' </dev/zero | head -c 3000000 ;;
        *) refuse "no such flaw: $flaw" ;;
    esac
}

spoil >/work/out/ballot.json
echo "wrote ballot.json with a flaw: $flaw"
