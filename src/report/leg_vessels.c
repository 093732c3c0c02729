/* Vessels as lines. Arteries are solid, veins hollow, veins that carry blood towards the toes
 * hollow with a core; so they are told apart without colour. */
#include "report/leg_impl.h"

#include <math.h>
#include <string.h>

#define LEAST_FLOW_ML_MIN 0.1 /* less is drawn as no flow */

static double flow_at(const leg_view *view, wadi_index segment)
{
    return view->flow_m3_s ? view->flow_m3_s[segment] / WADI_M3_S_PER_ML_MIN : 0;
}

/* Grows with the calibre, but slower, so that digital vessels are seen and iliac ones fit. */
double leg_vessel_width(const wadi_segment *segment)
{
    double mm = 1e3 * (segment->radius_from_m + segment->radius_to_m);

    return 0.75 + 0.9 * pow(fmax(mm, 0), 0.75);
}

/* The conduit lies in this vein and is drawn in its place. */
bool leg_is_route(const leg_view *view, const wadi_segment *segment)
{
    wadi_index count;
    const wadi_vessel *vessels = wadi_limb_vessels(view->limb, &count);

    return view->plan && segment->kind == WADI_VEIN &&
           (!strcmp(vessels[segment->vessel].name, view->plan->route) ||
            !strcmp(vessels[segment->vessel].name, view->plan->crossing.vein));
}

static bool is_backwards(const leg_view *view, const wadi_segment *segment, wadi_index index)
{
    return segment->kind == WADI_VEIN && segment->role != WADI_ARCH &&
           segment->role != WADI_LADDER && flow_at(view, index) < -LEAST_FLOW_ML_MIN;
}

/* An arch has no natural direction: it counts when a reversed vein feeds or leaves it. */
bool leg_is_reversed(const leg_view *view, wadi_index index)
{
    wadi_index count;
    const wadi_segment *segments = wadi_limb_segments(view->limb, &count);
    const wadi_segment *own = &segments[index];

    if (own->role != WADI_ARCH)
        return is_backwards(view, own, index);
    if (fabs(flow_at(view, index)) < LEAST_FLOW_ML_MIN)
        return false;
    for (wadi_index i = 0; i < count; i++) {
        const wadi_segment *other = &segments[i];

        if (is_backwards(view, other, i) &&
            (other->from == own->from || other->from == own->to || other->to == own->from ||
             other->to == own->to))
            return true;
    }
    return false;
}

static void stroke(drawing *d, const leg_line *line, int colour, double width)
{
    drawing_path(d, line->points, (size_t)line->count, false,
                 (draw_style){.stroke = colour, .fill = DRAW_NONE, .width = width});
}

static void dash(drawing *d, const leg_line *line, int colour, double width)
{
    drawing_path(d, line->points, (size_t)line->count, false,
                 (draw_style){.stroke = colour,
                              .fill = DRAW_NONE,
                              .width = width,
                              .dash_on = 1.6,
                              .dash_off = 1.8,
                              .butt = true});
}

static bool is_shut(const leg_view *view, const wadi_segment *segment)
{
    wadi_index count;
    const wadi_vessel *vessel = &wadi_limb_vessels(view->limb, &count)[segment->vessel];

    return segment->closed || vessel->closed || vessel->occluded;
}

static void draw_vein(drawing *d, const leg_view *view, wadi_index index, const leg_line *line)
{
    wadi_index count;
    const wadi_segment *segment = &wadi_limb_segments(view->limb, &count)[index];
    double width = leg_vessel_width(segment);

    if (is_shut(view, segment)) {
        if (!leg_is_route(view, segment))
            dash(d, line, LEG_PALE_GREY, 0.9);
        return;
    }
    stroke(d, line, LEG_WHITE, width + 1.6);
    if (leg_is_reversed(view, index)) {
        stroke(d, line, LEG_PURPLE, width + 0.5);
        stroke(d, line, LEG_WHITE, fmax(width - 0.7, 0.5));
        stroke(d, line, LEG_PURPLE, fmax(0.3 * width, 0.5));
        return;
    }
    stroke(d, line, LEG_BLUE, width + 0.2);
    stroke(d, line, LEG_PALE_BLUE, fmax(width - 1.0, 0.4));
}

static void draw_artery(drawing *d, const leg_view *view, wadi_index index,
                        const leg_line *line)
{
    wadi_index count;
    const wadi_segment *segment = &wadi_limb_segments(view->limb, &count)[index];
    double width = leg_vessel_width(segment);

    if (is_shut(view, segment))
        return; /* drawn with the lesions */
    if (segment->role == WADI_COLLATERAL) {
        stroke(d, line, LEG_RED, 0.8);
        return;
    }
    stroke(d, line, LEG_WHITE, width + 1.4);
    stroke(d, line, LEG_RED, width);
}

/* A braid: two waves that cross, between two edges. */
void leg_draw_stent(drawing *d, const leg_line *line, double width)
{
    enum { WAVE = 4 };
    double length = leg_line_length(line);
    int steps = (int)(length / 0.6);
    double points[400][2];

    stroke(d, line, LEG_WHITE, width + 2.0);
    stroke(d, line, LEG_BLACK, width);
    stroke(d, line, LEG_PALE_PURPLE, width - 1.3);
    steps = steps < 2 ? 2 : steps > 399 ? 399 : steps;
    for (int wave = 0; wave < 2; wave++) {
        for (int i = 0; i <= steps; i++) {
            double point[2], along[2], at = length * i / steps;
            double across = (wave ? -1 : 1) * 0.5 * (width - 0.9) * sin(WADI_PI * at / WAVE);

            leg_line_at(line, (double)i / steps, point, along);
            points[i][0] = point[0] - across * along[1];
            points[i][1] = point[1] + across * along[0];
        }
        drawing_path(d, (const double(*)[2])points, (size_t)steps + 1, false,
                     (draw_style){.stroke = LEG_BLACK, .fill = DRAW_NONE, .width = 0.45});
    }
}

static void draw_of_kind(drawing *d, const leg_view *view, wadi_vessel_kind kind, bool reversed)
{
    wadi_index count;
    const wadi_segment *segments = wadi_limb_segments(view->limb, &count);
    leg_line line;

    for (wadi_index i = 0; i < count; i++) {
        if (segments[i].kind != kind)
            continue;
        if (kind == WADI_VEIN && leg_is_reversed(view, i) != reversed)
            continue;
        leg_trace(view, i, &line);
        if (kind == WADI_ARTERY)
            draw_artery(d, view, i, &line);
        else if (kind == WADI_VEIN)
            draw_vein(d, view, i, &line);
        else if (!is_shut(view, &segments[i]))
            leg_draw_stent(d, &line, segments[i].role == WADI_CROSSING ? 4.2 : 5.0);
    }
}

static void draw_arrows(drawing *d, const leg_view *view, bool arterialized)
{
    wadi_index count;
    const wadi_segment *segments = wadi_limb_segments(view->limb, &count);

    drawing_group(d, "%s-flow%s", view->id, arterialized ? "-arterialized" : "");
    for (wadi_index i = 0; i < count; i++) {
        double flow = flow_at(view, i), point[2], along[2], sign = flow < 0 ? -1 : 1;
        leg_line line;
        int colour = LEG_BLUE;

        if (fabs(flow) < LEAST_FLOW_ML_MIN || segments[i].role == WADI_CROSSING ||
            segments[i].role == WADI_COLLATERAL || is_shut(view, &segments[i]))
            continue;
        if (arterialized != (segments[i].kind == WADI_GRAFT || leg_is_reversed(view, i)))
            continue;
        leg_trace(view, i, &line);
        if (leg_line_length(&line) < 16)
            continue;
        if (segments[i].kind == WADI_ARTERY)
            colour = LEG_RED;
        else if (segments[i].kind == WADI_GRAFT)
            colour = LEG_BLACK;
        else if (leg_is_reversed(view, i))
            colour = LEG_PURPLE;
        leg_line_at(&line, arterialized ? 0.74 : 0.56, point, along);
        leg_mark_arrow(d, point[0], point[1], sign * along[0], sign * along[1], colour);
    }
    drawing_end(d);
}

/* What carries the blood of the plan lies on top of everything that it passes. */
void leg_draw_vessels(drawing *d, const leg_view *view)
{
    drawing_group(d, "%s-veins", view->id);
    draw_of_kind(d, view, WADI_VEIN, false);
    drawing_end(d);
    drawing_group(d, "%s-arteries", view->id);
    draw_of_kind(d, view, WADI_ARTERY, false);
    drawing_end(d);
    leg_draw_lesions(d, view);
    draw_arrows(d, view, false);
    drawing_group(d, "%s-arterialized", view->id);
    draw_of_kind(d, view, WADI_VEIN, true);
    draw_of_kind(d, view, WADI_GRAFT, false);
    drawing_end(d);
    draw_arrows(d, view, true);
}
