# The features of one submission. Each gets a value from 0 to 1 (or is absent where it says nothing),
# a remark and, where there is one, the observation to point at. Works on what score.awk has read:
# what/where/value/quoted[label, n], and wants in word, part, fact and palette.

function rate(feature, amount, remark, spot) {
    rated[feature] = amount < 0 ? 0 : amount > 1 ? 1 : amount
    remarks[feature] = remark
    spots[feature] = spot
}

# Little text proves little.
function enough() { return words_seen < 60 ? words_seen / 60 : 1 }

function share(some, all) { return all ? some / all : 0 }

function read_label(label,   i, k, v) {
    split("", rated); split("", remarks); split("", spots); split("", has); split("", has_at); split("", ids)
    text = styles = ""; words_seen = heads = tops = shouts = filler = tags = 0
    first_text = first_mark = first_style = first_heading = shout_at = filler_at = 0
    for (i = 1; i <= observations[label]; i++) {
        k = what[label, i]; v = value[label, i]
        if (k == "mark" && !first_mark) first_mark = i
        if (k == "has" && !(v in has)) { has[v] = 1; has_at[v] = i; tags++ }
        if (k == "id") ids[path[label, where[label, i]] "#" v] = 1
        if (k == "style") { styles = styles "\n" tolower(v); if (!first_style && v ~ /[{:]/) first_style = i }
        if (k == "heading") {
            heads++
            if (v ~ /^1/) tops++
            if (!first_heading) first_heading = i
        }
        if (k == "text") see_text(i, v)
    }
    text = text " "
}

function see_text(i, v,   list) {
    text = text " " normal(v)
    words_seen += split(v, list, " ")
    if (!first_text && length(v) > 20) first_text = i
    if (v ~ /!|[A-Z][A-Z][A-Z][A-Z][A-Z]/) { shouts++; if (!shout_at) shout_at = i }
    if (tolower(v) ~ /lorem ipsum|coming soon|stay tuned|tbd|to be done|placeholder|under construction|the best|unforgettable|amazing|revolution|world.class/) {
        filler++; if (!filler_at) filler_at = i
    }
}

function rate_parts(label,   i, hits, missing, at, spot) {
    if (!parts) return
    for (i = 1; i <= parts; i++) {
        at = heading_of(label, part[i])
        if (at) { hits++; if (!spot) spot = at }
        else missing = missing (missing == "" ? "" : ", ") part[i]
    }
    rate("parts", share(hits, parts), hits + 0 " of " parts " parts of the brief have a heading" \
        (missing == "" ? "" : "; missing: " missing), spot ? spot : first_heading)
}

# The first heading with at least half of a part's words.
function heading_of(label, name,   n, list, i, j, same) {
    n = split(normal(name), list, " ")
    for (i = 1; i <= observations[label]; i++) if (what[label, i] == "heading") {
        same = 0
        for (j = 1; j <= n; j++) if (index(" " normal(value[label, i]) " ", " " list[j] " ")) same++
        if (n && same >= n / 2) return i
    }
    return 0
}

function rate_words(label,   i, hits) {
    if (!words) return
    for (i = 1; i <= words; i++) if (index(text, " " word[i])) hits++
    rate("words", 1.6 * share(hits, words), hits + 0 " of the brief's " words " key words occur", wordy_spot(label))
}

function wordy_spot(label,   i, j, v, hits, most, best) {
    for (i = 1; i <= observations[label]; i++) if (what[label, i] == "text") {
        v = " " normal(value[label, i]); hits = 0
        for (j = 1; j <= words; j++) if (index(v, " " word[j])) hits++
        if (hits > most) { most = hits; best = i }
    }
    return best + 0
}

function rate_facts(label,   i, hits, lost) {
    if (!facts) return
    for (i = 1; i <= facts; i++) {
        if (index(text, " " fact[i] " ")) hits++
        else if (lost == "") lost = fact_shown[i]
    }
    rate("facts", share(hits, facts), hits + 0 " of " facts " facts from raw are there" \
        (lost == "" ? "" : "; not there: " lost), fact_spot(label))
}

# Where the longest fact stands that one line holds.
function fact_spot(label,   i, j, v, best, most) {
    for (i = 1; i <= observations[label]; i++) if (what[label, i] == "text") {
        v = " " normal(value[label, i]) " "
        for (j = 1; j <= facts; j++)
            if (length(fact[j]) > most && index(v, " " fact[j] " ")) { most = length(fact[j]); best = i }
    }
    return best + 0
}

function rate_honest() {
    if (!words_seen) return
    rate("honest", (1 - filler / 3) * enough(), filler ? filler " lines are filler or boasting" : "no filler and no boasting", filler_at)
}

function rate_basics(   list, n, i, hits, missing, at_last) {
    if (!tags) { if (wants_page) rate("basics", 0, "there is no page", 0); return }
    n = split("doctype charset language viewport title description main header", list, " ")
    for (i = 1; i <= n; i++) {
        if (list[i] in has) { hits++; at_last = has_at[list[i]] }
        else missing = missing (missing == "" ? "" : ", ") list[i]
    }
    rate("basics", share(hits, n), missing == "" ? "the page's frame is complete" : "the page's frame lacks: " missing,
        "viewport" in has ? has_at["viewport"] : "title" in has ? has_at["title"] : at_last)
}

function rate_pictures(label,   i, all, named, at) {
    for (i = 1; i <= observations[label]; i++) if (what[label, i] == "picture") {
        all++
        if (value[label, i] == "named") named++
        if (!at || value[label, i] == "nameless") at = i
    }
    if (all) rate("pictures", share(named, all), named + 0 " of " all " pictures have alternative text", at)
}

function leads_somewhere(label, from, target,   base) {
    if (target == "" || target == "#") return 0
    if (target ~ /^(mailto:|tel:|https?:|\/\/|data:)/) return 1
    base = path[label, from]
    if (target ~ /^#/) return (base target) in ids
    sub(/[#?].*/, "", target)
    if (!sub(/[^\/]*$/, "", base)) base = ""
    return (label, normal_path(base target)) in exists
}

function rate_links(label,   i, k, all, good, loads, local, at, outside, dead) {
    for (i = 1; i <= observations[label]; i++) {
        k = what[label, i]
        if (k != "link" && k != "load") continue
        all++
        if (leads_somewhere(label, where[label, i], value[label, i])) { good++; if (!at) at = i }
        else if (!dead) { at = i; dead = i }
        if (k == "load") { loads++; if (value[label, i] ~ /^(https?:)?\/\//) { if (!outside) outside = i } else local++ }
    }
    if (all) rate("links", share(good, all), good == all ? "all " all " links lead somewhere" : all - good " of " all " links lead nowhere", at)
    else if (tags) rate("links", .5, "there is no link to follow", first_heading)
    if (loads) rate("closed", share(local, loads), outside ? "it loads files from other servers" : "it loads nothing from other servers", outside)
}

function rate_looks(   rules, copy, score) {
    if (!tags) { if (wants_page) rate("looks", .05, "there is no page to look at", 0); return }
    copy = styles; rules = gsub(/:/, "", copy)
    score = rules / 60
    if (score > .6) score = .6
    if (styles ~ /@media|clamp\(|auto-fit|minmax\(/) score += .2
    if (styles ~ /max-width|line-height/) score += .1
    if (styles ~ /focus|hover/) score += .1
    rate("looks", score, rules + 0 " style declarations" (styles ~ /@media|clamp\(|auto-fit/ ? ", made for narrow and wide screens" : ", nothing for narrow screens"), first_style)
}

function rate_colours(   i, hits) {
    if (!colours || !tags) return
    for (i = 1; i <= colours; i++) if (index(styles, palette[i])) hits++
    rate("colours", share(hits, colours), hits + 0 " of the " colours " colours asked for are used", first_style)
}

function rate_calm(   loud) {
    if (!words_seen) return
    loud = (styles ~ /gradient/) + (styles ~ /animation/) + (styles ~ /text-shadow|rotate\(/)
    rate("calm", (1 - shouts / 5 - loud / 5) * enough(), shouts || loud ? shouts " lines shout" (loud ? " and the style glows or moves" : "") : "calm words and a calm style",
        shout_at)
}

function rate_order() {
    if (!heads) { if (words_seen) rate("order", .1, "there are no headings", first_text); return }
    rate("order", (tops == 1 ? .5 : .2) + (heads > 3 ? .5 : heads / 8), heads " headings, " tops " of them at the top level", first_heading)
}

function rate_length() {
    if (!words_seen) return
    rate("length", words_seen < 120 ? words_seen / 120 : words_seen > 1500 ? 1500 / words_seen : 1, words_seen " words", first_text)
}
