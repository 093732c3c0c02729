/* The leg as a figure: projection, vessels, marks, labels, legend. Units are those of the
 * figure, y downwards. */
#ifndef WADI_LEG_IMPL_H
#define WADI_LEG_IMPL_H

#include "report/drawing_impl.h"
#include "report/report_impl.h"

enum { LEG_POINTS = 33, LEG_LABEL_LIMIT = 48 };

/* Colours that stay apart in grey and for colour-blind eyes; see also line styles. */
enum {
    LEG_RED = 0xb2182b,
    LEG_BLUE = 0x2b6cab,
    LEG_PALE_BLUE = 0xdfeaf5,
    LEG_PURPLE = 0x6a2c91,
    LEG_PALE_PURPLE = 0xd9bff0,
    LEG_GREEN = 0x1b6e3c,
    LEG_ORANGE = 0xc85a00,
    LEG_BLACK = 0x1a1a1a,
    LEG_GREY = 0x767676,
    LEG_PALE_GREY = 0xb9b9b9,
    LEG_SKIN = 0xf6efe8,
    LEG_SKIN_EDGE = 0xdccfc2,
    LEG_WHITE = 0xffffff
};

/* Of the whole figure, and of one panel in it. */
#define LEG_WIDTH        720.0
#define LEG_HEIGHT       566.0
#define LEG_PANEL_WIDTH  352.0
#define LEG_PANEL_HEIGHT 470.0

/* One leg, before or after. */
typedef struct leg_view {
    const char *id; /* "before", "after" */
    const wadi_plan_result *result;
    const wadi_plan *plan; /* NULL before */
    const wadi_outcome *outcome;
    const wadi_limb *limb;
    const wadi_limb *shape; /* the undivided leg, for places of vessels */
    const double *flow_m3_s, *pressure_pa;
    double x, y; /* corner of the panel */
    bool left;
} leg_view;

typedef struct leg_line {
    double points[LEG_POINTS][2];
    int count;
} leg_line;

/* ---- leg_view.c ---- */
void leg_project(const leg_view *view, const double point_mm[3], bool vein, double out[2]);
/* A place in the foot as seen in the figure: x lateral, `down` from the ankle, mm. */
void leg_place(const leg_view *view, double x_mm, double down_mm, double out[2]);
/* The way of a segment from heart-side `from` to `to`. */
void leg_trace(const leg_view *view, wadi_index segment, leg_line *line);
/* Position of a place in a vessel; false when there is none. */
bool leg_at(const leg_view *view, const char *vessel, double frac, double out[2]);
bool leg_node(const leg_view *view, const char *node, double out[2]);
/* The way of the conduit in its vein, from the crossing to where it lands. */
bool leg_conduit(const leg_view *view, leg_line *line);
double leg_line_length(const leg_line *line);
/* Point and direction at a fraction of the drawn length. */
void leg_line_at(const leg_line *line, double frac, double point[2], double direction[2]);
double leg_flow_ml_min(const leg_view *view, const char *vessel, double frac);
double leg_pressure_mmhg(const leg_view *view, const char *node);

/* ---- leg_vessels.c, leg_marks.c, leg_labels.c, leg_legend.c ---- */
bool leg_is_route(const leg_view *view, const wadi_segment *segment);
bool leg_is_reversed(const leg_view *view, wadi_index segment);
double leg_vessel_width(const wadi_segment *segment);
void leg_draw_vessels(drawing *d, const leg_view *view);
void leg_draw_stent(drawing *d, const leg_line *line, double width);
void leg_draw_lesions(drawing *d, const leg_view *view);
void leg_draw_valves(drawing *d, const leg_view *view);
void leg_draw_foot(drawing *d, const leg_view *view);
void leg_draw_crossing(drawing *d, const leg_view *view);
void leg_draw_labels(drawing *d, const leg_view *view);
void leg_draw_scale(drawing *d, const leg_view *view);
void leg_draw_legend(drawing *d, double x, double y, double width);
/* Marks that the legend shows too. */
void leg_mark_valve(drawing *d, double x, double y, double dx, double dy, bool lysed);
void leg_mark_closed(drawing *d, double x, double y);
void leg_mark_stenosis(drawing *d, double x, double y, double dx, double dy, double half_width);
void leg_mark_hatch(drawing *d, const leg_line *line, double from, double to, double half_width,
                    bool vein);
void leg_mark_arrow(drawing *d, double x, double y, double dx, double dy, int colour);
void leg_mark_tcpo2(drawing *d, double x, double y, double radius, double mmhg, bool wound);

/* The whole figure, LEG_WIDTH x LEG_HEIGHT. `drawing_clear` it. */
void leg_figure(const wadi_plan_result *result, const wadi_case *the_case, drawing *d);

#endif
