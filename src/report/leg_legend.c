/* What the lines and marks of the figure mean. */
#include "report/leg_impl.h"

#include <math.h>

#define LEGEND_SIZE 7.9

typedef struct legend {
    drawing *d;
    double x, y, width; /* corner of the symbol of one entry */
} legend;

static void flat(double x, double y, double length, leg_line *line)
{
    line->count = LEG_POINTS;
    for (int i = 0; i < LEG_POINTS; i++) {
        line->points[i][0] = x + length * i / (LEG_POINTS - 1);
        line->points[i][1] = y;
    }
}

static void stroke(drawing *d, double x, double y, int colour, double width)
{
    drawing_line(d, x, y, x + 22, y,
                 (draw_style){.stroke = colour, .fill = DRAW_NONE, .width = width});
}

typedef enum entry {
    ENTRY_ARTERY,
    ENTRY_VEIN,
    ENTRY_REVERSED,
    ENTRY_OCCLUDED,
    ENTRY_STENOSIS,
    ENTRY_STENT,
    ENTRY_CROSSING,
    ENTRY_VALVE,
    ENTRY_LYSED,
    ENTRY_CLOSED,
    ENTRY_TCPO2,
    ENTRY_WOUND,
    ENTRY_COUNT
} entry;

static const char *const WORDS[ENTRY_COUNT] = {
    [ENTRY_ARTERY] = "artery, arrow: flow",
    [ENTRY_VEIN] = "vein, arrow: flow",
    [ENTRY_REVERSED] = "vein, flow reversed",
    [ENTRY_OCCLUDED] = "occluded",
    [ENTRY_STENOSIS] = "stenosis",
    [ENTRY_STENT] = "stent graft or bypass",
    [ENTRY_CROSSING] = "crossing",
    [ENTRY_VALVE] = "valve that closes",
    [ENTRY_LYSED] = "valve lysed",
    [ENTRY_CLOSED] = "branch closed",
    [ENTRY_TCPO2] = "TcPO2 of a bed, mmHg",
    [ENTRY_WOUND] = "bed with the wound",
};

static void draw_symbol(drawing *d, entry kind, double x, double y)
{
    leg_line line;

    flat(x, y, 22, &line);
    switch (kind) {
    case ENTRY_ARTERY:
        stroke(d, x, y, LEG_RED, 2.6);
        leg_mark_arrow(d, x + 12, y, 1, 0, LEG_RED);
        break;
    case ENTRY_VEIN:
        stroke(d, x, y, LEG_BLUE, 3.2);
        stroke(d, x, y, LEG_PALE_BLUE, 1.9);
        leg_mark_arrow(d, x + 11, y, -1, 0, LEG_BLUE);
        break;
    case ENTRY_REVERSED:
        stroke(d, x, y, LEG_PURPLE, 3.6);
        stroke(d, x, y, LEG_WHITE, 2.3);
        stroke(d, x, y, LEG_PURPLE, 0.9);
        leg_mark_arrow(d, x + 12, y, 1, 0, LEG_PURPLE);
        break;
    case ENTRY_OCCLUDED:
        leg_mark_hatch(d, &line, 0, 1, 1.4, false);
        break;
    case ENTRY_STENOSIS:
        stroke(d, x, y, LEG_RED, 2.6);
        leg_mark_stenosis(d, x + 11, y, 1, 0, 1.3);
        break;
    case ENTRY_STENT:
        leg_draw_stent(d, &line, 5.0);
        break;
    case ENTRY_CROSSING:
        drawing_circle(d, x + 11, y, 5.6,
                       (draw_style){.stroke = LEG_BLACK, .fill = DRAW_NONE, .width = 1.2});
        break;
    case ENTRY_VALVE:
        leg_mark_valve(d, x + 11, y, 1, 0, false);
        break;
    case ENTRY_LYSED:
        leg_mark_valve(d, x + 11, y, 1, 0, true);
        break;
    case ENTRY_CLOSED:
        leg_mark_closed(d, x + 11, y);
        break;
    case ENTRY_TCPO2:
        for (int i = 0; i < 3; i++)
            leg_mark_tcpo2(d, x + 1.5 + 9.5 * i, y, 4.4, 8 + 22.0 * i, false);
        break;
    case ENTRY_WOUND:
        leg_mark_tcpo2(d, x + 11, y, 3.4, (double)NAN, true);
        break;
    case ENTRY_COUNT:
        break;
    }
}

void leg_draw_legend(drawing *d, double x, double y, double width)
{
    enum { COLUMNS = 6 };
    double step = width / COLUMNS;

    drawing_group(d, "legend");
    drawing_line(d, x, y, x + width, y,
                 (draw_style){.stroke = LEG_PALE_GREY, .fill = DRAW_NONE, .width = 0.5});
    for (int i = 0; i < ENTRY_COUNT; i++) {
        int row = i / COLUMNS;
        double left = x + step * (i % COLUMNS), middle = y + 14 + 17.0 * row;

        draw_symbol(d, (entry)i, left, middle);
        drawing_words(d, left + 28, middle + 2.5,
                      (draw_font){.size = LEGEND_SIZE, .colour = LEG_BLACK}, "%s", WORDS[i]);
    }
    drawing_words(
        d, x, y + 49, (draw_font){.size = 7.2, .italic = true, .colour = 0x505050},
        "Schematic: seen from the front with the foot opened downwards; thigh shortened, foot "
        "enlarged, vessels wider than they are. Flow below 0.1 mL/min has no arrow.");
    drawing_end(d);
}

/* A bar for thigh, calf and foot, for each has its own scale. */
void leg_draw_scale(drawing *d, const leg_view *view)
{
    static const struct bar {
        double top_mm, length_mm;
        const char *words;
    } BARS[] = {{-900, 200, "20 cm"}, {-330, 100, "10 cm"}, {110, 50, "5 cm"}};
    draw_style style = {.stroke = LEG_BLACK, .fill = DRAW_NONE, .width = 0.9, .butt = true};

    drawing_group(d, "scale");
    for (size_t i = 0; i < WADI_COUNT_OF(BARS); i++) {
        double top[2], bottom[2], x = LEG_WIDTH / 2;

        leg_place(view, 0, BARS[i].top_mm, top);
        leg_place(view, 0, BARS[i].top_mm + BARS[i].length_mm, bottom);
        drawing_line(d, x, top[1], x, bottom[1], style);
        drawing_line(d, x - 2, top[1], x + 2, top[1], style);
        drawing_line(d, x - 2, bottom[1], x + 2, bottom[1], style);
        drawing_words(d, x, bottom[1] + 9,
                      (draw_font){.size = 7.4, .colour = LEG_BLACK, .anchor = 0.5}, "%s",
                      BARS[i].words);
    }
    drawing_end(d);
}
