# Brings an SVG of cairo to what does not depend on fonts, so that figures compare on any machine:
#   - shapes of glyphs go; a text becomes the line "text Y COLOUR GLYPH...", with the place of its base
#     line and the names that cairo gives glyphs in order of appearance, which are as good as letters;
#     where along the line it begins depends on its width and goes too;
#   - coordinates are rounded to 0.1 point: rounding differs by less, and nobody sees as much.
/<defs>/ { skipping = 1 }
/<\/defs>/ { skipping = 0; next }
skipping || /^<\?xml/ || /^<\/?svg/ { next }
/^<g style=/ { colour = $0; sub(/.*fill:/, "", colour); sub(/;.*/, "", colour); text = ""; next }
/<use .*#glyph/ {
    split($0, part, "\"")
    sub(/#glyph/, "", part[2])
    if (text == "") {
        x = part[4]
        y = part[6]
        upright = 1
    } else if (part[6] != y) {
        upright = 0
    }
    text = text " " part[2]
    next
}
/^<\/g>/ {
    if (text != "")
        print "text " (upright ? int(y + 0.5) : "upwards " int(x + 0.5)) " " colour text
    text = ""
    next
}
{
    line = ""
    rest = $0
    while (match(rest, /-?[0-9]+\.[0-9][0-9][0-9]+/)) {
        line = line substr(rest, 1, RSTART - 1) sprintf("%.1f", substr(rest, RSTART, RLENGTH))
        rest = substr(rest, RSTART + RLENGTH)
    }
    print line rest
}
