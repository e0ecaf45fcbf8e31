# Weighs what the readers saw and prints the ballot.
#
# Usage: awk -F '\t' -v model=strict|kind -f json.awk -f taste.awk -f rate.awk -f score.awk rubric wants LABEL…

# --- What is wanted ---------------------------------------------------------------------------

function normal(s) {
    s = tolower(s)
    gsub(/&[a-z#0-9]+;/, " ", s); gsub(/[^a-z0-9]+/, " ", s)
    sub(/^ /, "", s); sub(/ $/, "", s)
    return s
}

function want_words(s,   list, n, i) {
    n = split(normal(s), list, " ")
    for (i = 1; i <= n; i++)
        if (length(list[i]) > 3 && !index(COMMON, " " list[i] " ") && !(list[i] in wanted) && words < 120) {
            wanted[list[i]] = 1; word[++words] = list[i]
        }
}

function want_fact(s, shown) {
    s = normal(s)
    if (length(s) < 2 || s in known_fact || facts >= 300) return
    known_fact[s] = 1; fact[++facts] = s; fact_shown[facts] = substr(shown, 1, 60)
}

function beginning(s,   list, n, i, out) {
    n = split(normal(s), list, " ")
    for (i = 1; i <= n && i <= 5; i++) out = out " " list[i]
    return out
}

BEGIN { COMMON = " that this with from which what when where there their have should must page make each every into they them then than your more most only other some such very well will about " }

FNR == 1 { label = FILENAME }
label == "rubric" { dimensions++; dimension[dimensions] = $1; kind[dimensions] = kind_of($1, $3); next }
label == "wants" {
    if ($1 == "raw") has_raw = $2 > 0
    if ($1 == "want") { want_words($2); if (tolower($2) ~ /page|site|html|web/) wants_page = 1 }
    if ($1 == "part") part[++parts] = $2
    if ($1 == "colour") palette[++colours] = tolower($3)
    if ($1 == "row") for (i = 2; i <= NF; i++) want_fact($i, $i)
    if ($1 ~ /^(p|li|ol)$/ && has_raw && $2 !~ /@/) want_fact(beginning($2), $2)
    if ($1 == "mail") want_fact($2, $2)
    next
}

# --- What was seen ----------------------------------------------------------------------------

$1 == "file" {
    if ($3 != "data") texts[label]++
    sort[label, $2] = $3
    prefix = length($1 $2 $3) + 4
    name = substr($0, prefix); gsub(/\001/, "\n", name)
    path[label, $2] = name; total[label]++
    exists[label, normal_path(name)] = 1
    next
}
{ n = ++observations[label]; what[label, n] = $1; where[label, n] = $2; value[label, n] = $3; quoted[label, n] = $4 }

function normal_path(s) { sub(/^(\.\/)+/, "", s); return s }

# --- The ballot -------------------------------------------------------------------------------

# In a file with NUL bytes \001 stands for them: awk ends its lines there.
function evidence_at(label, i,   words, at) {
    words = json(quoted[label, i])
    if (sort[label, where[label, i]] == "zero")
        while (at = index(words, "\\u0001")) words = substr(words, 1, at + 4) "0" substr(words, at + 6)
    return "{\"file\": " json_path(path[label, where[label, i]]) ", \"quote\": " words "}"
}

# Heaviest features first: they decide, so they are the reason and the evidence.
function judge_one(label, d,   i, f, w, sum, all, used, pick, most, n, reason, evidence, spot) {
    split("", used)
    for (i = 1; i <= FEATURES; i++) if (feature[i] in rated) {
        w = weight_of(kind[d], feature[i]); sum += w * rated[feature[i]]; all += w
    }
    for (n = 1; n <= 3; n++) {
        most = 0
        for (i = 1; i <= FEATURES; i++) {
            f = feature[i]
            if (f in rated && !(f in used) && weight_of(kind[d], f) > most) { most = weight_of(kind[d], f); pick = f }
        }
        if (!most) break
        used[pick] = 1
        reason = reason (reason == "" ? "" : "; ") remarks[pick]
        spot = spots[pick]
        if (spot && quoted[label, spot] != "" && !((spot "") in used)) {
            used[spot ""] = 1
            evidence = evidence (evidence == "" ? "" : ", ") evidence_at(label, spot)
        }
    }
    if (evidence == "" && first_mark) evidence = evidence_at(label, first_mark)
    if (!total[label]) reason = "The submission is empty"
    else if (!texts[label]) {
        reason = "The submission holds no text that can be read"
        evidence = "{\"file\": " json_path(path[label, 1]) ", \"quote\": \"\"}"
    } else if (reason == "") reason = "Nothing in it answers this dimension"
    spread[label] += share(sum, all)
    print_score(label, dimension[d], evidence, toupper(substr(reason, 1, 1)) substr(reason, 2, 600) ".", score_of(share(sum, all)))
}

function print_score(label, name, evidence, reason, score) {
    printf "%s\n    {\"label\": %s, \"dimension\": %s,\n     \"evidence\": [%s],\n     \"reason\": %s,\n     \"score\": %d}",
        comma, json(label), json(name), evidence, json(reason), score
    comma = ","
}

function summary(   i, best, last) {
    for (i = 3; i < ARGC; i++) {
        if (best == "" || spread[ARGV[i]] > spread[best]) best = ARGV[i]
        if (last == "" || spread[ARGV[i]] <= spread[last]) last = ARGV[i]
    }
    return best == last ? "Scored by rules." : "By these rules " best " answers the brief best and " last " least."
}

END {
    printf "{\"version\": 1,\n  \"scores\": ["
    for (a = 3; a < ARGC; a++) {
        label = ARGV[a]
        read_label(label)
        rate_parts(label); rate_words(label); rate_facts(label); rate_honest(); rate_basics(); rate_pictures(label)
        rate_links(label); rate_looks(); rate_colours(); rate_calm(); rate_order(); rate_length()
        for (d = 1; d <= dimensions; d++) judge_one(label, d)
    }
    printf "],\n  \"summary\": %s}\n", json(summary())
}
