# A ballot with one thing wrong with it; run by entrypoint.sh, which sets flaw and work.
# shellcheck shell=sh disable=SC2154

good=${TMPDIR:-/tmp}/good
mkdir "$good"
work "$good" | grep -v '^wrote'
ballot=$good/ballot.json

# Each score stands on four lines; the first begins on the third line of the ballot.
first_score() { sed -n 2,5p "$ballot"; }

spoil() {
    case $flaw in
        missing) sed 2,5d "$ballot" ;;
        json) head -n 6 "$ballot" ;;
        prose) echo "Here is my ballot:" && cat "$ballot" ;;
        range) sed '5s/"score": [0-9]*/"score": 11/' "$ballot" ;;
        label) sed '2s/"label": "[A-Z]*"/"label": "ZZ"/' "$ballot" ;;
        dimension) sed '2s/"dimension": "[^"]*"/"dimension": "charm"/' "$ballot" ;;
        duplicate) sed -n 1p "$ballot" && first_score && sed 1d "$ballot" ;;
        quote) sed '3s/"quote": "/"quote": "Words that stand nowhere: /' "$ballot" ;;
        huge) cat "$ballot" && tr '\0' ' ' </dev/zero | head -c 3000000 ;;
        *) refuse "no such flaw: $flaw" ;;
    esac
}

spoil >/work/out/ballot.json
echo "wrote ballot.json with a flaw: $flaw"
