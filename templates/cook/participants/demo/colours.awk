# Gives the palette of raw/ its roles by lightness and strength; a warm default where there is none.

function digit(c) { return index("0123456789abcdef", c) - 1 }
function channel(hex, i) { return digit(substr(hex, i, 1)) * 16 + digit(substr(hex, i + 1, 1)) }

function long_hex(hex,   i, long) {
    hex = tolower(hex)
    if (length(hex) == 7) return hex
    for (i = 2; i <= 4; i++) long = long substr(hex, i, 1) substr(hex, i, 1)
    return "#" long
}

function weigh(i,   r, g, b, high, low) {
    r = channel(colour[i], 2); g = channel(colour[i], 4); b = channel(colour[i], 6)
    light[i] = .299 * r + .587 * g + .114 * b
    high = r > g ? r : g; if (b > high) high = b
    low = r < g ? r : g; if (b < low) low = b
    strong[i] = high - low
}

# The unused colour that is first in `order`, times `sign`; `otherwise` where none is left.
function take(order, sign, otherwise,   i, best) {
    for (i = 1; i <= n; i++) if (!used[i] && (!best || sign * order[i] > sign * order[best])) best = i
    if (!best) return otherwise
    used[best] = 1
    return colour[best]
}

$1 == "colour" { n++; colour[n] = long_hex($3); weigh(n) }

END {
    ink = take(light, -1, "#2b2118"); card = take(light, 1, "#ffffff"); paper = take(light, 1, "#f6f1e7")
    accent = take(strong, 1, "#9a3b12"); line = take(light, 1, "#ddd0bd")
    printf ":root { --ink: %s; --paper: %s; --card: %s; --accent: %s; --line: %s; }\n\n", ink, paper, card, accent, line
}
