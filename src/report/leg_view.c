/* Where a point of the leg lies in the figure.
 *
 * The leg is seen from the front with the foot opened downwards, so that sole and back of the
 * foot lie under the leg. Thigh, calf and foot have scales of their own: the foot is where the
 * story is. Veins of the sole and of the back of the foot, which would lie on each other, are
 * moved apart by a few millimetres. */
#include "report/leg_impl.h"

#include <math.h>
#include <string.h>

#define ACROSS 1.42 /* figure units per mm below the knee */

/* Height above the ankle (below it: down the opened foot), mm, and where it is drawn. */
static const double KNOTS[][2] = {
    {980, 2}, {470, 92}, {90, 204}, {20, 238}, {-205, 468},
};

static double knot_y(double height_mm)
{
    size_t i = 0;
    double t;

    while (i + 2 < WADI_COUNT_OF(KNOTS) && height_mm < KNOTS[i + 1][0])
        i++;
    t = (height_mm - KNOTS[i][0]) / (KNOTS[i + 1][0] - KNOTS[i][0]);
    return KNOTS[i][1] + t * (KNOTS[i + 1][1] - KNOTS[i][1]);
}

static double ramp(double value, double from, double to)
{
    double t = fmin(fmax((value - from) / (to - from), 0), 1);

    return t * t * (3 - 2 * t);
}

void leg_place(const leg_view *view, double x_mm, double down_mm, double out[2])
{
    /* The short thigh would be all slant at the width of the calf. */
    double side = (view->left ? 1 : -1) * (1 - 0.5 * ramp(-down_mm, 430, 640));

    out[0] = view->x + LEG_PANEL_WIDTH / 2 + side * ACROSS * x_mm;
    out[1] = view->y + knot_y(-down_mm);
}

void leg_project(const leg_view *view, const double point_mm[3], bool vein, double out[2])
{
    double scale = wadi_limb_scale(view->shape);
    double x = point_mm[0] / scale, y = point_mm[1] / scale, z = point_mm[2] / scale;
    double foot = 1 - ramp(z, 0, 60), forward = y > 0 ? y : 0.25 * y, height;

    /* The heel hangs below the ankle; the forefoot lies flat. */
    height = (z > 0 ? z : z * (0.6 - 0.5 * ramp(y, 0, 60))) - foot * forward;
    if (vein) {
        double sole = 1 - ramp(z, -58, -35), middle = ramp(y, 5, 40) * (1 - ramp(y, 70, 95));

        x += ramp(y, 60, 90) * (2.5 * sole - 3 * (1 - sole));
        x += sole * middle * 4.5 * tanh((x + 10) / 12);
        height += sole * ramp(y, 60, 90) * 5;
    }
    leg_place(view, x, -height, out);
}

/* Corners of the polylines are rounded; the ends stay. */
static void smooth(leg_line *line)
{
    for (int round = 0; round < 6; round++) {
        double before[2] = {line->points[0][0], line->points[0][1]};

        for (int i = 1; i + 1 < line->count; i++) {
            for (int k = 0; k < 2; k++) {
                double here = line->points[i][k];

                line->points[i][k] =
                    0.25 * before[k] + 0.5 * here + 0.25 * line->points[i + 1][k];
                before[k] = here;
            }
        }
    }
}

bool leg_at(const leg_view *view, const char *vessel, double frac, double out[2])
{
    wadi_index count, index = wadi_limb_vessel(view->shape, vessel);
    const wadi_vessel *vessels = wadi_limb_vessels(view->shape, &count);
    double point_mm[3];

    if (index == WADI_NONE ||
        !wadi_limb_vessel_point(view->shape, index, frac * vessels[index].length_m, point_mm))
        return false;
    leg_project(view, point_mm, vessels[index].kind == WADI_VEIN, out);
    return true;
}

/* Any vessel that ends at the node tells where it is. */
static bool node_point(const leg_view *view, wadi_index node, double out[2])
{
    wadi_index count;
    const wadi_segment *segments = wadi_limb_segments(view->limb, &count);

    for (wadi_index i = 0; i < count; i++) {
        double point_mm[3];

        if (segments[i].kind == WADI_GRAFT ||
            (segments[i].from != node && segments[i].to != node))
            continue;
        wadi_limb_point(view->limb, i, segments[i].from == node ? 0 : 1, point_mm);
        leg_project(view, point_mm, segments[i].kind == WADI_VEIN, out);
        return true;
    }
    return false;
}

bool leg_node(const leg_view *view, const char *node, double out[2])
{
    wadi_index index = wadi_limb_node(view->limb, node);

    return index != WADI_NONE && node_point(view, index, out);
}

static double distance(const double a[2], const double b[2])
{
    return hypot(a[0] - b[0], a[1] - b[1]);
}

/* A way between two points along a vein of the undivided leg. */
static bool along_vein(const leg_view *view, const char *vein, const double start[2],
                       const double end[2], leg_line *line)
{
    enum { SAMPLES = 121 };
    double way[SAMPLES][2];
    int first = 0, last = 0, span;

    for (int i = 0; i < SAMPLES; i++) {
        if (!leg_at(view, vein, i / (SAMPLES - 1.0), way[i]))
            return false;
        if (distance(way[i], start) < distance(way[first], start))
            first = i;
        if (distance(way[i], end) < distance(way[last], end))
            last = i;
    }
    span = last - first;
    line->count = LEG_POINTS;
    for (int i = 0; i < LEG_POINTS - 1; i++) {
        int at = first + span * i / (LEG_POINTS - 2);

        line->points[i][0] = way[at][0];
        line->points[i][1] = way[at][1];
    }
    line->points[LEG_POINTS - 1][0] = end[0];
    line->points[LEG_POINTS - 1][1] = end[1];
    return true;
}

static void straight(const double a[2], const double b[2], leg_line *line)
{
    line->count = LEG_POINTS;
    for (int i = 0; i < LEG_POINTS; i++)
        for (int k = 0; k < 2; k++)
            line->points[i][k] = a[k] + (b[k] - a[k]) * i / (LEG_POINTS - 1);
}

/* A bypass lies beside the vessels, on the medial side. */
static void bow(const leg_view *view, leg_line *line)
{
    double bulge = fmin(26, 0.2 * leg_line_length(line)) * (view->left ? -1 : 1);

    for (int i = 0; i < line->count; i++)
        line->points[i][0] += bulge * sin(WADI_PI * i / (line->count - 1));
}

static const char *route_of(const leg_view *view)
{
    if (!view->plan)
        return "";
    if (wadi_limb_vessel(view->shape, view->plan->route) != WADI_NONE)
        return view->plan->route;
    return view->plan->crossing.vein;
}

/* Where the crossing meets the vein: a node of the grafts alone has no place of its own. */
static bool crossing_point(const leg_view *view, bool in_vein, double out[2])
{
    const wadi_crossing *crossing = &view->plan->crossing;
    wadi_index count, artery = wadi_limb_vessel(view->shape, crossing->artery);
    const wadi_vessel *vessels = wadi_limb_vessels(view->shape, &count);
    double end[2] = {0, 1e9}, frac;
    leg_line line;

    if (artery == WADI_NONE)
        return false;
    frac = isfinite(crossing->from_origin_mm)
               ? crossing->from_origin_mm * 1e-3 / vessels[artery].length_m
               : 0.5;
    if (!leg_at(view, crossing->artery, fmin(frac, 1), out))
        return false;
    if (in_vein && along_vein(view, route_of(view), out, end, &line)) {
        out[0] = line.points[0][0];
        out[1] = line.points[0][1];
    }
    return true;
}

static void trace_graft(const leg_view *view, const wadi_segment *segment, leg_line *line)
{
    double start[2] = {view->x, view->y}, end[2] = {view->x, view->y};
    bool from_known = node_point(view, segment->from, start);
    bool to_known = node_point(view, segment->to, end);

    if (!from_known && view->plan)
        from_known = crossing_point(view, true, start);
    if (!to_known && view->plan)
        to_known = crossing_point(view, true, end);
    straight(start, end, line);
    if (segment->role == WADI_BYPASS)
        bow(view, line);
    else if (segment->role == WADI_CONDUIT)
        along_vein(view, route_of(view), start, end, line);
    smooth(line);
}

void leg_trace(const leg_view *view, wadi_index index, leg_line *line)
{
    wadi_index count;
    const wadi_segment *segment = &wadi_limb_segments(view->limb, &count)[index];

    if (segment->kind == WADI_GRAFT) {
        trace_graft(view, segment, line);
        return;
    }
    line->count = LEG_POINTS;
    for (int i = 0; i < LEG_POINTS; i++) {
        double point_mm[3];

        wadi_limb_point(view->limb, index, i / (LEG_POINTS - 1.0), point_mm);
        leg_project(view, point_mm, segment->kind == WADI_VEIN, line->points[i]);
    }
    smooth(line);
}

bool leg_conduit(const leg_view *view, leg_line *line)
{
    wadi_index count;
    const wadi_segment *segments = wadi_limb_segments(view->limb, &count);

    /* A bypass stands for the conduit where there is no other. */
    for (int pass = 0; pass < 2; pass++) {
        for (wadi_index i = 0; i < count; i++) {
            if (segments[i].role != (pass ? WADI_BYPASS : WADI_CONDUIT))
                continue;
            leg_trace(view, i, line);
            return true;
        }
    }
    return false;
}

double leg_line_length(const leg_line *line)
{
    double length = 0;

    for (int i = 0; i + 1 < line->count; i++)
        length += distance(line->points[i], line->points[i + 1]);
    return length;
}

void leg_line_at(const leg_line *line, double frac, double point[2], double direction[2])
{
    double wanted = fmin(fmax(frac, 0), 1) * leg_line_length(line);

    for (int i = 0; i + 1 < line->count; i++) {
        const double *a = line->points[i], *b = line->points[i + 1];
        double step = distance(a, b), t = step > 0 ? fmin(wanted / step, 1) : 0;

        if (wanted <= step || i + 2 == line->count) {
            for (int k = 0; k < 2; k++) {
                point[k] = a[k] + t * (b[k] - a[k]);
                direction[k] = step > 0 ? (b[k] - a[k]) / step : 0;
            }
            return;
        }
        wanted -= step;
    }
    point[0] = point[1] = direction[0] = direction[1] = 0;
}

double leg_flow_ml_min(const leg_view *view, const char *vessel, double frac)
{
    wadi_index count, index = wadi_limb_vessel(view->limb, vessel), segment;
    const wadi_vessel *vessels = wadi_limb_vessels(view->limb, &count);

    if (index == WADI_NONE || !view->flow_m3_s)
        return (double)NAN;
    segment = wadi_limb_segment_at(view->limb, index, frac * vessels[index].length_m);
    return segment == WADI_NONE ? (double)NAN : view->flow_m3_s[segment] / WADI_M3_S_PER_ML_MIN;
}

double leg_pressure_mmhg(const leg_view *view, const char *node)
{
    wadi_index index = wadi_limb_node(view->limb, node);

    if (index == WADI_NONE || !view->pressure_pa)
        return (double)NAN;
    return view->pressure_pa[index] / WADI_PA_PER_MMHG;
}
