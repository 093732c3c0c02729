/* The figure: the leg before and after, side by side. */
#include "report/leg_impl.h"

#include <math.h>
#include <string.h>

/* Outline of the reference leg: x lateral, down from the ankle, mm. */
static const double OUTLINE[][2] = {
    {112, -978},  {108, -850},  {97, -700},   {80, -600},  {58, -510},  {47, -440},
    {50, -370},   {50, -300},   {44, -200},   {38, -110},  {38, -50},   {42, -15},
    {42, 10},     {46, 30},     {53, 70},     {56, 110},   {54, 145},   {51, 168},
    {46, 181},    {37, 181},    {32, 176},    {31, 188},   {23, 196},   {15, 193},
    {14, 200},    {6, 207},     {-2, 203},    {-5, 206},   {-13, 212},  {-21, 207},
    {-24, 203},   {-33, 210},   {-43, 204},   {-46, 185},  {-45, 160},  {-48, 125},
    {-48, 90},    {-45, 55},    {-44, 25},    {-46, 0},    {-44, -25},  {-46, -80},
    {-56, -180},  {-62, -300},  {-58, -380},  {-53, -450}, {-64, -510}, {-84, -600},
    {-103, -700}, {-112, -850}, {-114, -978},
};

static void draw_outline(drawing *d, const leg_view *view)
{
    enum { CORNERS = WADI_COUNT_OF(OUTLINE), FINE = 6, POINTS = (CORNERS - 1) * FINE + 1 };
    double points[POINTS][2];

    /* Catmull-Rom through the corners; the first and last tangents are one-sided. */
    for (int i = 0; i + 1 < CORNERS; i++) {
        const double *p0 = OUTLINE[i ? i - 1 : 0], *p1 = OUTLINE[i], *p2 = OUTLINE[i + 1],
                     *p3 = OUTLINE[i + 2 < CORNERS ? i + 2 : i + 1];

        for (int k = 0; k < FINE; k++) {
            double t = (double)k / FINE, t2 = t * t, t3 = t2 * t, mm[2];

            for (int c = 0; c < 2; c++)
                mm[c] = 0.5 * (2 * p1[c] + (p2[c] - p0[c]) * t +
                               (2 * p0[c] - 5 * p1[c] + 4 * p2[c] - p3[c]) * t2 +
                               (3 * p1[c] - p0[c] - 3 * p2[c] + p3[c]) * t3);
            leg_place(view, mm[0], mm[1], points[i * FINE + k]);
        }
    }
    leg_place(view, OUTLINE[CORNERS - 1][0], OUTLINE[CORNERS - 1][1], points[POINTS - 1]);
    drawing_group(d, "%s-outline", view->id);
    drawing_path(d, (const double(*)[2])points, POINTS, true,
                 (draw_style){.stroke = DRAW_NONE, .fill = LEG_SKIN});
    drawing_path(d, (const double(*)[2])points, POINTS, false,
                 (draw_style){.stroke = LEG_SKIN_EDGE, .fill = DRAW_NONE, .width = 0.9});
    drawing_end(d);
}

static void draw_sides(drawing *d, const leg_view *view)
{
    double at[2];
    draw_font font = {.size = 7, .italic = true, .colour = LEG_GREY, .anchor = 0.5};

    leg_place(view, -38, 222, at);
    drawing_words(d, at[0], view->y + LEG_PANEL_HEIGHT + 13, font, "medial");
    leg_place(view, 40, 222, at);
    drawing_words(d, at[0], view->y + LEG_PANEL_HEIGHT + 13, font, "lateral");
}

static void draw_panel(drawing *d, const leg_view *view, const char *title, const char *detail)
{
    drawing_group(d, "%s", view->id);
    drawing_words(d, view->x, view->y - 10,
                  (draw_font){.size = 11, .bold = true, .colour = LEG_BLACK}, "%s", title);
    drawing_words(d, view->x + drawing_words_width(title, 11, true) + 6, view->y - 10,
                  (draw_font){.size = 8.4, .colour = 0x404040}, "%s", detail);
    draw_outline(d, view);
    leg_draw_vessels(d, view);
    leg_draw_valves(d, view);
    leg_draw_labels(d, view);
    leg_draw_foot(d, view);
    if (view->plan)
        leg_draw_crossing(d, view);
    draw_sides(d, view);
    drawing_end(d);
}

void leg_figure(const wadi_plan_result *result, const wadi_case *the_case, drawing *d)
{
    const wadi_plan *best = result->plan_count ? &result->plans[0] : NULL;
    const double top = 22;
    leg_view before = {.id = "before",
                       .result = result,
                       .outcome = &result->before,
                       .limb = result->limb,
                       .shape = result->limb,
                       .flow_m3_s = result->flow_m3_s,
                       .pressure_pa = result->pressure_pa,
                       .y = top,
                       .left = the_case && the_case->side_word == WADI_LEFT};
    leg_view after = before;

    d->width = LEG_WIDTH;
    d->height = LEG_HEIGHT;
    if (!result->limb)
        return;
    if (!best || !best->limb)
        before.x = (LEG_WIDTH - LEG_PANEL_WIDTH) / 2;
    if (best && best->limb)
        draw_panel(d, &before, "A  Before", "as the leg is now");
    else
        draw_panel(d, &before, "The leg as it is", "");
    if (best && best->limb) {
        char detail[80];

        after.id = "after";
        after.plan = best;
        after.outcome = &best->after;
        after.limb = best->limb;
        after.flow_m3_s = best->flow_m3_s;
        after.pressure_pa = best->pressure_pa;
        after.x = LEG_WIDTH - LEG_PANEL_WIDTH;
        snprintf(detail, sizeof detail, "plan %d, day 1: %s%s", best->rank,
                 wadi_technique_title(best->technique),
                 result->exploratory ? " (EXPLORATORY)" : "");
        draw_panel(d, &after, "B  After", detail);
        leg_draw_scale(d, &before);
    }
    leg_draw_legend(d, 0, LEG_HEIGHT - 54, LEG_WIDTH);
}

wadi_status wadi_leg_svg(const wadi_plan_result *result, const wadi_case *the_case, char **out,
                         size_t *size, wadi_error *err)
{
    drawing d = {0};
    wadi_status status;

    leg_figure(result, the_case, &d);
    status = drawing_svg(&d,
                         result->plan_count ? "The leg before and after venous arterialization"
                                            : "The leg as it is",
                         out, size, err);
    drawing_clear(&d);
    return status;
}
