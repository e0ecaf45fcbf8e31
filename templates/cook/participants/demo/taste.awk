# What each dimension looks at, and what each judge cares about.

# A dimension is recognised by its name, or else by what it means; an unknown one gets a bit of all.
function kind_of(name, means) { return known(name) ? known(name) : known(means) ? known(means) : "mix" }

function known(s) {
    s = tolower(s)
    if (s ~ /complet|cover|require|thorough|everything/) return "complete"
    if (s ~ /accura|fact|correct|truth|fidelity|honest|right/) return "accurate"
    if (s ~ /design|look|visual|beaut|style|aesthet|mood/) return "design"
    if (s ~ /clar|read|writ|copy|tone|language|concis|simpl/) return "clear"
    if (s ~ /craft|quality|code|technical|access|robust|works|solid/) return "craft"
    return ""
}

function weigh(kind, feature, weight) { weights[kind, feature] = weight }

BEGIN {
    FEATURES = split("parts words facts honest basics pictures links closed looks colours calm order length", feature, " ")
    weigh("complete", "parts", 5); weigh("complete", "facts", 4); weigh("complete", "words", 2)
    weigh("accurate", "facts", 5); weigh("accurate", "honest", 3); weigh("accurate", "words", 1)
    weigh("design", "looks", 4); weigh("design", "colours", 3); weigh("design", "calm", 3)
    weigh("clear", "calm", 3); weigh("clear", "order", 3); weigh("clear", "length", 2); weigh("clear", "honest", 1)
    weigh("craft", "basics", 4); weigh("craft", "links", 3); weigh("craft", "pictures", 2)
    weigh("craft", "order", 1); weigh("craft", "closed", 1)
    weigh("mix", "parts", 3); weigh("mix", "facts", 2); weigh("mix", "words", 2); weigh("mix", "looks", 2)
    weigh("mix", "calm", 1); weigh("mix", "basics", 1); weigh("mix", "links", 1); weigh("mix", "honest", 1)

    # The strict judge trusts what can be checked; the kind one likes what can be seen.
    taste["strict", "facts"] = 1.4; taste["strict", "links"] = 1.5; taste["strict", "honest"] = 1.3
    taste["kind", "looks"] = 1.6; taste["kind", "calm"] = .4; taste["kind", "honest"] = .5
    severity["strict"] = 1.5; severity["kind"] = .7
    ceiling["strict"] = .93; ceiling["kind"] = 1 # what the best there is would get
}

function weight_of(kind, name,   w) {
    w = weights[kind, name]
    return (model, name) in taste ? w * taste[model, name] : w
}

# A quality of 0 to 1 becomes a score of 1 to 10; severity bends the middle, not the ends.
function score_of(quality) {
    if (quality > 1) quality = 1
    if (quality <= 0) return 1
    return int(1.5 + 9 * ceiling[model] * quality / (quality + severity[model] * (1 - quality)))
}
