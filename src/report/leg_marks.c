/* Marks on the vessels: lesions, valves, closures, flow, beds, the crossing. */
#include "report/leg_impl.h"

#include <math.h>
#include <string.h>

void leg_mark_arrow(drawing *d, double x, double y, double dx, double dy, int colour)
{
    const double size = 3.9;
    const double points[3][2] = {
        {x + size * dx, y + size * dy},
        {x - 0.7 * size * dx - 0.75 * size * dy, y - 0.7 * size * dy + 0.75 * size * dx},
        {x - 0.7 * size * dx + 0.75 * size * dy, y - 0.7 * size * dy - 0.75 * size * dx}};

    drawing_path(d, points, 3, true,
                 (draw_style){.stroke = LEG_WHITE, .fill = colour, .width = 0.6});
}

/* Two cusps that point to the heart, against (dx, dy); a lysed valve is an open ring. */
void leg_mark_valve(drawing *d, double x, double y, double dx, double dy, bool lysed)
{
    const double points[3][2] = {{x + 1.2 * dx - 2.1 * dy, y + 1.2 * dy + 2.1 * dx},
                                 {x - 1.3 * dx, y - 1.3 * dy},
                                 {x + 1.2 * dx + 2.1 * dy, y + 1.2 * dy - 2.1 * dx}};

    if (lysed) {
        drawing_circle(d, x, y, 3.0,
                       (draw_style){.stroke = LEG_GREEN, .fill = LEG_WHITE, .width = 1.1});
        drawing_line(d, x - 1.3, y + 1.3, x + 1.3, y - 1.3,
                     (draw_style){.stroke = LEG_GREEN, .fill = DRAW_NONE, .width = 1.0});
        return;
    }
    drawing_path(d, points, 3, false,
                 (draw_style){.stroke = LEG_BLACK, .fill = DRAW_NONE, .width = 0.8});
}

void leg_mark_closed(drawing *d, double x, double y)
{
    const double r = 3.1;

    for (int pass = 0; pass < 2; pass++) {
        draw_style style = {.stroke = pass ? LEG_ORANGE : LEG_WHITE,
                            .fill = DRAW_NONE,
                            .width = pass ? 1.7 : 3.4};

        drawing_line(d, x - r, y - r, x + r, y + r, style);
        drawing_line(d, x - r, y + r, x + r, y - r, style);
    }
}

/* The wall comes in from both sides. */
void leg_mark_stenosis(drawing *d, double x, double y, double dx, double dy, double half_width)
{
    for (int side = -1; side <= 1; side += 2) {
        double nx = -dy * side, ny = dx * side, out = half_width + 1.6;
        const double points[3][2] = {{x + out * nx - 4 * dx, y + out * ny - 4 * dy},
                                     {x + 0.5 * nx, y + 0.5 * ny},
                                     {x + out * nx + 4 * dx, y + out * ny + 4 * dy}};

        drawing_path(d, points, 3, true,
                     (draw_style){.stroke = LEG_WHITE, .fill = LEG_BLACK, .width = 0.5});
    }
}

/* An occluded stretch: pale, with bars across. */
void leg_mark_hatch(drawing *d, const leg_line *line, double from, double to, double half_width,
                    bool vein)
{
    double length = leg_line_length(line) * (to - from), stretch[LEG_POINTS][2];
    int bars = (int)(length / 3.4);

    for (int i = 0; i < LEG_POINTS; i++) {
        double along[2];

        leg_line_at(line, from + (to - from) * i / (LEG_POINTS - 1), stretch[i], along);
    }
    drawing_path(
        d, (const double(*)[2])stretch, LEG_POINTS, false,
        (draw_style){.stroke = LEG_WHITE, .fill = DRAW_NONE, .width = 2 * half_width + 1.4});
    drawing_path(d, (const double(*)[2])stretch, LEG_POINTS, false,
                 (draw_style){.stroke = vein ? 0xb9d0e6 : 0xe3b7bb,
                              .fill = DRAW_NONE,
                              .width = 2 * half_width});
    for (int i = 0; i <= bars; i++) {
        double point[2], along[2], out = half_width + 0.9;

        leg_line_at(line, from + (to - from) * (i + 0.5) / (bars + 1), point, along);
        drawing_line(d, point[0] - out * (along[1] + 0.6 * along[0]),
                     point[1] + out * (along[0] - 0.6 * along[1]),
                     point[0] + out * (along[1] + 0.6 * along[0]),
                     point[1] - out * (along[0] - 0.6 * along[1]),
                     (draw_style){.stroke = vein ? 0x17395c : 0x5a1620,
                                  .fill = DRAW_NONE,
                                  .width = 0.65});
    }
}

/* Share of the segment, from its `from` end, that a stretch of its vessel covers. */
static bool covered(const wadi_segment *segment, double from_m, double to_m, double *a,
                    double *b)
{
    double span = segment->at_to_m - segment->at_from_m, start, end;

    if (span == 0)
        return false;
    start = fmin(fmax((from_m - segment->at_from_m) / span, 0), 1);
    end = fmin(fmax((to_m - segment->at_from_m) / span, 0), 1);
    *a = fmin(start, end);
    *b = fmax(start, end);
    return *b - *a > 1e-6;
}

static void draw_lesion(drawing *d, const leg_view *view, const wadi_limb_lesion *lesion)
{
    wadi_index count;
    const wadi_segment *segments = wadi_limb_segments(view->limb, &count);

    for (wadi_index i = 0; i < count; i++) {
        leg_line line;
        double a, b, point[2], along[2];

        if (segments[i].vessel != lesion->vessel ||
            !covered(&segments[i], lesion->from_m, lesion->to_m, &a, &b))
            continue;
        leg_trace(view, i, &line);
        if (lesion->kind == WADI_OCCLUSION) {
            leg_mark_hatch(d, &line, a, b, 0.5 * leg_vessel_width(&segments[i]),
                           segments[i].kind == WADI_VEIN);
            continue;
        }
        leg_line_at(&line, 0.5 * (a + b), point, along);
        leg_mark_stenosis(d, point[0], point[1], along[0], along[1],
                          0.5 * leg_vessel_width(&segments[i]));
    }
}

void leg_draw_lesions(drawing *d, const leg_view *view)
{
    wadi_index count, segment_count;
    const wadi_limb_lesion *lesions = wadi_limb_lesions(view->limb, &count);
    const wadi_segment *segments = wadi_limb_segments(view->limb, &segment_count);
    wadi_index vessel_count;
    const wadi_vessel *vessels = wadi_limb_vessels(view->limb, &vessel_count);

    drawing_group(d, "%s-lesions", view->id);
    for (wadi_index i = 0; i < segment_count; i++) {
        leg_line line;

        if (!vessels[segments[i].vessel].occluded)
            continue;
        leg_trace(view, i, &line);
        leg_mark_hatch(d, &line, 0, 1, 0.5 * leg_vessel_width(&segments[i]),
                       segments[i].kind == WADI_VEIN);
    }
    for (wadi_index i = 0; i < count; i++)
        if (!lesions[i].treated)
            draw_lesion(d, view, &lesions[i]);
    drawing_end(d);
}

static void draw_valve(drawing *d, const leg_view *view, const wadi_limb_valve *valve)
{
    wadi_index count, index = wadi_limb_segment_at(view->limb, valve->vessel, valve->at_m);
    const wadi_segment *segment;
    double span, point[2], along[2];
    leg_line line;

    if (index == WADI_NONE || valve->state == WADI_VALVE_ABSENT)
        return;
    segment = &wadi_limb_segments(view->limb, &count)[index];
    if (segment->closed && valve->state != WADI_VALVE_LYSED)
        return;
    span = segment->at_to_m - segment->at_from_m;
    if (leg_is_route(view, segment) &&
        wadi_limb_vessels(view->limb, &count)[segment->vessel].closed)
        return; /* behind the stent */
    leg_trace(view, index, &line);
    leg_line_at(&line, span != 0 ? (valve->at_m - segment->at_from_m) / span : 0.5, point,
                along);
    leg_mark_valve(d, point[0], point[1], -along[0], -along[1],
                   valve->state == WADI_VALVE_LYSED);
}

void leg_draw_valves(drawing *d, const leg_view *view)
{
    wadi_index count, vessel_count;
    const wadi_limb_valve *valves = wadi_limb_valves(view->limb, &count);
    const wadi_vessel *vessels = wadi_limb_vessels(view->limb, &vessel_count);

    drawing_group(d, "%s-valves", view->id);
    for (wadi_index i = 0; i < count; i++)
        if (!vessels[valves[i].vessel].closed || valves[i].state == WADI_VALVE_LYSED)
            draw_valve(d, view, &valves[i]);
    for (wadi_index i = 0; view->plan && i < view->plan->closure_count; i++) {
        double point[2];

        if (leg_at(view, view->plan->closures[i], 0.5, point))
            leg_mark_closed(d, point[0], point[1]);
    }
    drawing_end(d);
}

/* Dark is starved: 0 mmHg is nearly black, 60 mmHg and more is nearly white. */
void leg_mark_tcpo2(drawing *d, double x, double y, double radius, double mmhg, bool wound)
{
    static const int DARK[3] = {0x3b, 0x1d, 0x52}, LIGHT[3] = {0xff, 0xf1, 0xd6};
    double t = isfinite(mmhg) ? fmin(fmax(mmhg / 60, 0), 1) : 1;
    int colour = 0;
    char number[REPORT_NUMBER_SIZE];

    for (int k = 0; k < 3; k++)
        colour = colour << 8 | (int)lround(DARK[k] + t * (LIGHT[k] - DARK[k]));
    report_number(REPORT_PRESSURE, mmhg, number);
    if (wound)
        drawing_circle(d, x, y, radius + 3.1,
                       (draw_style){.stroke = LEG_ORANGE,
                                    .fill = LEG_WHITE,
                                    .width = 2.2,
                                    .dash_on = 2.4,
                                    .dash_off = 1.3,
                                    .butt = true});
    drawing_circle(d, x, y, radius,
                   (draw_style){.stroke = LEG_BLACK, .fill = colour, .width = 0.6});
    if (!isfinite(mmhg))
        return;
    drawing_words(d, x, y + 0.36 * 1.05 * radius,
                  (draw_font){.size = 1.05 * radius,
                              .bold = true,
                              .colour = t < 0.55 ? LEG_WHITE : LEG_BLACK,
                              .anchor = 0.5},
                  "%s", number);
}

/* Where the dot of a bed stands in the opened foot: x lateral, down from the ankle, mm. */
static const struct bed_place {
    const char *name;
    double x_mm, down_mm;
} BED_PLACES[] = {
    {"hallux", -33, 194},
    {"second_toe", -13, 198},
    {"third_toe", 6, 193},
    {"fourth_toe", 23, 183},
    {"fifth_toe", 40, 169},
    {"medial_plantar", -33, 66},
    {"lateral_plantar", 36.4, 60},
    {"medial_calcaneal", -9, 15},
    {"lateral_calcaneal", 21, 24},
    {"dorsalis_pedis", 6, 77},
    {"anterior_perforating", 14, -2},
};

void leg_draw_foot(drawing *d, const leg_view *view)
{
    wadi_index count;
    const wadi_bed *beds = wadi_limb_beds(view->limb, &count);

    drawing_group(d, "%s-foot", view->id);
    for (wadi_index i = 0; i < count && i < WADI_BED_LIMIT; i++) {
        for (size_t k = 0; k < WADI_COUNT_OF(BED_PLACES); k++) {
            double at[2];

            if (!beds[i].star || strcmp(beds[i].name, BED_PLACES[k].name))
                continue;
            leg_place(view, BED_PLACES[k].x_mm, BED_PLACES[k].down_mm, at);
            leg_mark_tcpo2(d, at[0], at[1], 6.9, view->outcome->tcpo2_mmhg[i].value,
                           view->result->wound_described &&
                               !strcmp(beds[i].name, view->result->wound_bed));
        }
    }
    drawing_end(d);
}

void leg_draw_crossing(drawing *d, const leg_view *view)
{
    wadi_index count;
    const wadi_segment *segments = wadi_limb_segments(view->limb, &count);

    drawing_group(d, "%s-crossing", view->id);
    for (wadi_index i = 0; i < count; i++) {
        leg_line line;
        double point[2], along[2];

        if (segments[i].role != WADI_CROSSING)
            continue;
        leg_trace(view, i, &line);
        leg_line_at(&line, 0.5, point, along);
        drawing_circle(d, point[0], point[1], 8.2,
                       (draw_style){.stroke = LEG_BLACK, .fill = DRAW_NONE, .width = 1.2});
        drawing_circle(d, point[0], point[1], 9.6,
                       (draw_style){.stroke = LEG_WHITE, .fill = DRAW_NONE, .width = 0.8});
    }
    drawing_end(d);
}
