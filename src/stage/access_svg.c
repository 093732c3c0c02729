/* The foot from above, from the side, and as the C-arm sees it, with the needle's path. */
#include "stage/access_impl.h"
#include "stage/vector_impl.h"

#include <stdlib.h>

/* More labels than this hide each other. */
enum { PANEL_WIDTH = 330, PANEL_HEIGHT = 420, DRAWN_SITES = 6 };

/* How a point lands on paper: two rows of a matrix, the middle and scale of a panel. */
typedef struct panel {
    const char *title;
    double right[3], up[3], middle_mm[3], x0, scale, roll_deg;
} panel;

static void place(const panel *p, const double point[3], double *x, double *y)
{
    double d[3], a, b, c = cos(p->roll_deg * WADI_PI / 180),
                       s = sin(p->roll_deg * WADI_PI / 180);

    v_add(point, -1, p->middle_mm, d);
    a = v_dot(d, p->right);
    b = v_dot(d, p->up);
    *x = p->x0 + PANEL_WIDTH / 2.0 + p->scale * (c * a - s * b);
    *y = PANEL_HEIGHT / 2.0 + 20 - p->scale * (s * a + c * b);
}

static void draw_shape(wadi_text *out, const panel *p, const foot_shape *shape,
                       const char *paint)
{
    double x1, y1, x2, y2;

    place(p, shape->from, &x1, &y1);
    place(p, shape->to, &x2, &y2);
    wadi_text_add(out,
                  "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" "
                  "stroke-width=\"%.1f\" stroke-linecap=\"round\"/>\n",
                  x1, y1, x2, y2, paint, p->scale * (shape->radius_from + shape->radius_to));
}

static void draw_vessels(wadi_text *out, const panel *p, const wadi_limb *limb)
{
    enum { STEPS = 12 };
    wadi_index count;
    const wadi_segment *segments = wadi_limb_segments(limb, &count);

    for (wadi_index i = 0; i < count; i++) {
        bool open = wadi_limb_is_open(limb, segments[i].vessel, segments[i].at_from_m,
                                      segments[i].at_to_m);
        double first[3];

        wadi_limb_point(limb, i, 0.5, first);
        if (segments[i].kind != WADI_ARTERY || first[2] > 60)
            continue;
        wadi_text_add(out,
                      "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.4\"%s points=\"",
                      open ? "#b22222" : "#888", open ? "" : " stroke-dasharray=\"3 3\"");
        for (int k = 0; k <= STEPS; k++) {
            double point[3], x, y;

            wadi_limb_point(limb, i, k / (double)STEPS, point);
            place(p, point, &x, &y);
            wadi_text_add(out, "%.1f,%.1f ", x, y);
        }
        wadi_text_add(out, "\"/>\n");
    }
}

static void draw_sites(wadi_text *out, const panel *p, const wadi_access *access, int only)
{
    for (int i = 0; i < access->feasible_count; i++) {
        const wadi_access_site *site = &access->sites[i];
        double x1, y1, x2, y2;

        if ((only >= 0 && i != only) || i >= DRAWN_SITES)
            continue;
        place(p, site->entry_mm, &x1, &y1);
        place(p, site->point_mm, &x2, &y2);
        wadi_text_add(
            out,
            "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#114488\" "
            "stroke-width=\"2\"/>"
            "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"#114488\"/>"
            "<text x=\"%.1f\" y=\"%.1f\" font-size=\"11\" fill=\"#114488\">%d %s</text>\n",
            x1, y1, x2, y2, x2, y2, x1 + 4, y1 - 4, site->rank, site->vessel);
    }
}

static void draw_panel(wadi_text *out, const panel *p, const foot *f, const wadi_limb *limb,
                       const wadi_access *access, int only)
{
    wadi_text_add(
        out, "<svg x=\"%.0f\" y=\"0\" width=\"%d\" height=\"%d\" viewBox=\"%.0f 0 %d %d\">\n",
        p->x0, PANEL_WIDTH, PANEL_HEIGHT + 30, p->x0, PANEL_WIDTH, PANEL_HEIGHT + 30);
    for (int i = 0; i < f->skin_count; i++)
        draw_shape(out, p, &f->skin[i], "#f3e3d6");
    for (int i = 0; i < f->bone_count; i++)
        draw_shape(out, p, &f->bones[i], "#d9d4c4");
    draw_vessels(out, p, limb);
    draw_sites(out, p, access, only);
    wadi_text_add(out, "<text x=\"%.0f\" y=\"16\" font-size=\"13\">%s</text></svg>\n",
                  p->x0 + 8, p->title);
}

/* The C-arm's axes in the frame of the neutral foot: turn them back by the flexion. */
static void to_foot(const double in[3], double flexion_deg, double out[3])
{
    double a = flexion_deg * WADI_PI / 180;

    out[0] = in[0];
    out[1] = cos(a) * in[1] - sin(a) * in[2];
    out[2] = sin(a) * in[1] + cos(a) * in[2];
}

wadi_status wadi_access_svg(const wadi_access *access, const wadi_limb *limb, char **out,
                            size_t *size, wadi_error *err)
{
    double scale = wadi_limb_scale(limb), mirror = access->left ? -1 : 1;
    panel above = {"from above, toes up",
                   {mirror, 0, 0},
                   {0, 1, 0},
                   {0, 65 * scale, -40 * scale},
                   0,
                   1.5 / scale,
                   0};
    panel side = {"from the side", {0, 1, 0},    {0, 0, 1}, {0, 65 * scale, -10 * scale},
                  PANEL_WIDTH,     1.25 / scale, 0};
    panel carm = {"in line with needle and vessel, turned to 12 o'clock",
                  {0},
                  {0},
                  {0},
                  2 * PANEL_WIDTH,
                  2.6 / scale,
                  0};
    wadi_text text = {0};
    foot f;
    wadi_status status = wadi_foot_read(scale, &f, err);

    *out = NULL;
    *size = 0;
    if (status)
        return status;
    wadi_text_add(&text,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
                  "font-family=\"sans-serif\">\n"
                  "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
                  3 * PANEL_WIDTH, PANEL_HEIGHT + 30);
    draw_panel(&text, &above, &f, limb, access, -1);
    draw_panel(&text, &side, &f, limb, access, -1);
    if (access->feasible_count && access->sites[0].has_view) {
        const wadi_access_site *site = &access->sites[0];

        to_foot(site->view.right, access->plantar_flexion_deg, carm.right);
        to_foot(site->view.up, access->plantar_flexion_deg, carm.up);
        for (int k = 0; k < 3; k++) {
            carm.right[k] *= mirror;
            carm.middle_mm[k] = site->point_mm[k];
        }
        carm.roll_deg = site->roll_deg;
        draw_panel(&text, &carm, &f, limb, access, 0);
    }
    wadi_text_add(
        &text,
        "<text x=\"8\" y=\"%d\" font-size=\"11\">arteries: full open, dashed occluded; bones "
        "and skin are drawn, not measured; research and education only</text>\n</svg>\n",
        PANEL_HEIGHT + 24);
    if (text.failed) {
        wadi_text_clear(&text);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the picture");
    }
    *out = text.bytes;
    *size = text.size;
    return WADI_OK;
}

wadi_status wadi_access_draw(const wadi_access *access, const wadi_limb *limb,
                             const char *directory, wadi_error *err)
{
    wadi_text path = {0};
    char *text = NULL;
    size_t size;
    wadi_status status = wadi_access_svg(access, limb, &text, &size, err);

    wadi_text_add(&path, "%s/access.svg", directory);
    if (!status && path.failed)
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for a file name");
    if (!status)
        status = wadi_directory_make(directory, err);
    if (!status)
        status = wadi_file_write(path.bytes, text, size, err);
    wadi_text_clear(&path);
    free(text);
    return status;
}
