/* What the borders mean: sizes, calcium, wires, which lumen, which balloon. */
#include "ivus.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TURN    (2 * WADI_PI)
#define BARE_MM 0.20
#define OWN_MM  0.30 /* the first wire is within this of the ring-down's end */
#define SLIT_MM 0.18
/* Standard uncertainty of an equal-area diameter: a part of its own, and one that grows with
 * what is hidden. Fitted to the made-up pullbacks 1 to 10. */
#define LUMEN_SD_MM 0.03
#define FALSE_SD_MM                                                                            \
    0.08 /* more for a false lumen: the horns of the crescent are out of sight */
#define EEM_SD_MM 0.03
#define HIDDEN_MM 0.10

void ivus_take_signs(const ivus_polar *p, const ivus_levels *levels, ivus_work *work,
                     const ivus_found *found, wadi_ivus_frame *out)
{
    float middle = 0.5f * (levels->blood + levels->wall);
    int seen = 0, bare = 0, slit = 0, need = (int)(SLIT_MM / p->step_mm + 0.5);

    ivus_smooth(work->near, 2, 2, work->smooth);
    for (int line = 0; line < LINES; line++) {
        int from = found->lumen[line] + (int)(0.08 / p->step_mm + 0.5);
        int to = found->eem[line] - (int)(0.22 / p->step_mm + 0.5), run = 0, most = 0;

        if (found->shadow[line])
            continue;
        seen++;
        bare += (found->eem[line] - found->lumen[line]) * p->step_mm < BARE_MM;
        for (int s = from; s < to; s++) {
            run = work->smooth[line * SAMPLES + s] < middle ? run + 1 : 0;
            most = run > most ? run : most;
        }
        slit += most >= need;
    }
    out->signs.bare_frac = seen ? (double)bare / seen : 0;
    out->signs.slit_frac = seen ? (double)slit / seen : 0;
}

static void measure(const ivus_polar *p, wadi_ivus_border *border)
{
    double x[LINES], y[LINES];

    for (int line = 0; line < LINES; line++) {
        x[line] = border->radius_mm[line] * p->cosine[line];
        y[line] = border->radius_mm[line] * p->sine[line];
    }
    /* Radii are at least a sample long, so there is an area. */
    wadi_status status = wadi_ivus_measure(LINES, x, y, &border->size, NULL);

    WADI_ASSERT(!status);
}

static double mean_front(const ivus_polar *p, const ivus_found *found, int from, int count)
{
    double sum = 0;

    for (int k = 0; k < count; k++)
        sum += (found->front[(from + k) % LINES] + 0.5) * p->step_mm;
    return sum / count;
}

static void add_run(const ivus_polar *p, const ivus_found *found, int from, int count,
                    wadi_ivus_frame *out)
{
    double degrees = 360.0 * count / LINES, front = mean_front(p, found, from, count);
    double start = 360.0 * from / LINES - 180.0 / LINES;

    if (found->shadow[from] == IVUS_CALCIUM && out->arc_count < WADI_IVUS_ARCS) {
        out->calcium[out->arc_count++] =
            (wadi_ivus_arc){fmod(start + 360, 360), degrees, front};
    } else if (found->shadow[from] == IVUS_WIRE && out->wire_count < WADI_IVUS_ARCS) {
        /* The axis of a wire is half its bright spot behind its front. */
        out->wires[out->wire_count++] = (wadi_ivus_wire){fmod(start + 0.5 * degrees + 360, 360),
                                                         front + 0.06, degrees, false};
    }
}

static void list_runs(const ivus_polar *p, const ivus_found *found, wadi_ivus_frame *out)
{
    int start = 0, jump = (int)(0.2 / p->step_mm + 0.5);

#define SAME(a, b)                                                                             \
    (found->shadow[a] == found->shadow[b] &&                                                   \
     (found->shadow[a] != IVUS_WIRE || abs(found->front[a] - found->front[b]) <= jump))
    out->arc_count = out->wire_count = 0;
    while (start < LINES && SAME(start, (start + LINES - 1) % LINES))
        start++;
    if (start == LINES) {
        add_run(p, found, 0, LINES, out);
        return;
    }
    for (int k = 0; k < LINES;) {
        int line = (start + k) % LINES, count = 1;

        while (k + count < LINES && SAME((line + count) % LINES, (line + count - 1) % LINES))
            count++;
        if (found->shadow[line])
            add_run(p, found, line, count, out);
        k += count;
    }
#undef SAME
}

void ivus_measure_frame(const ivus_polar *p, const ivus_found *found, wadi_ivus_frame *out)
{
    int hidden = 0, behind = 0, nearest = -1;
    double dx, dy;

    measure(p, &out->lumen);
    measure(p, &out->eem);
    list_runs(p, found, out);
    for (int line = 0; line < LINES; line++) {
        hidden += found->shadow[line] == IVUS_WIRE;
        behind += found->shadow[line] != IVUS_CLEAR;
    }
    out->lumen.hidden_frac = (double)hidden / LINES;
    out->eem.hidden_frac = (double)behind / LINES;
    out->lumen.sd_mm = hypot(LUMEN_SD_MM, HIDDEN_MM * out->lumen.hidden_frac);
    out->eem.sd_mm = hypot(EEM_SD_MM, HIDDEN_MM * out->eem.hidden_frac);
    out->plaque_burden_frac = 1 - out->lumen.size.area_mm2 / out->eem.size.area_mm2;
    for (int w = 0; w < out->wire_count; w++)
        if (out->wires[w].radius_mm < p->dead * p->step_mm + OWN_MM &&
            (nearest < 0 || out->wires[w].radius_mm < out->wires[nearest].radius_mm))
            nearest = w;
    if (nearest >= 0)
        out->wires[nearest].own = true;
    dx = out->lumen.size.x_mm - out->eem.size.x_mm;
    dy = out->lumen.size.y_mm - out->eem.size.y_mm;
    out->signs.roundness = 4 * WADI_PI * out->lumen.size.area_mm2 /
                           (out->lumen.size.perimeter_mm * out->lumen.size.perimeter_mm);
    out->signs.offset_frac = hypot(dx, dy) / (0.5 * out->eem.size.equal_area_mm);
}

/* ---- which lumen ---- */

static double ramp(double value, double from, double to)
{
    double share = (value - from) / (to - from);

    return share < 0 ? 0 : share > 1 ? 1 : share;
}

/* A false lumen is a crescent to one side (offset), lies bare on the adventitia over part of
 * its round, and there is another dark room behind its wall. Points, ours. */
void ivus_classify(wadi_ivus *ivus)
{
    for (wadi_index f = 0; f < ivus->frame_count; f++) {
        wadi_ivus_signs *s = &ivus->frames[f].signs;

        s->false_points = 0.4 * ramp(s->slit_frac, 0.02, 0.12) +
                          0.3 * ramp(s->bare_frac, 0.15, 0.35) +
                          0.3 * ramp(s->offset_frac, 0.15, 0.30);
    }
    for (wadi_index f = 0; f < ivus->frame_count; f++) {
        double sum = 0, weight = 0;

        for (wadi_index k = f - 2; k <= f + 2; k++)
            if (k >= 0 && k < ivus->frame_count && ivus->frames[k].echoes) {
                double w = k == f ? 2 : 1;

                sum += w * ivus->frames[k].signs.false_points;
                weight += w;
            }
        double points = weight > 0 ? sum / weight : 0.5;

        wadi_ivus_border *lumen = &ivus->frames[f].lumen;

        ivus->frames[f].kind = points > 0.5   ? WADI_IVUS_FALSE_LUMEN
                               : points < 0.4 ? WADI_IVUS_TRUE_LUMEN
                                              : WADI_IVUS_UNSURE;
        if (ivus->frames[f].kind != WADI_IVUS_TRUE_LUMEN)
            lumen->sd_mm = hypot(lumen->sd_mm, FALSE_SD_MM);
    }
}

/* ---- balloon ---- */

double wadi_ivus_balloon_mm(double vessel_mm)
{
    static const double SIZES[] = {6, 5, 4, 3.5, 3, 2.5, 2, 1.5};

    for (size_t k = 0; k < WADI_COUNT_OF(SIZES); k++)
        if (SIZES[k] <= vessel_mm)
            return SIZES[k];
    return 0;
}

void ivus_choose_balloon(wadi_ivus *ivus)
{
    wadi_ivus_balloon *b = &ivus->balloon;

    for (wadi_index f = 0; f < ivus->frame_count; f++) {
        const wadi_ivus_border *eem = &ivus->frames[f].eem;
        double size = eem->size.equal_area_mm - eem->sd_mm;

        if (!ivus->frames[f].echoes || eem->hidden_frac > 0.5)
            continue;
        if (!b->known || size < b->vessel_mm) {
            b->known = true;
            b->vessel_mm = size;
            b->frame = f;
        }
    }
    if (b->known)
        b->size_mm = wadi_ivus_balloon_mm(b->vessel_mm);
}

wadi_ivus_view wadi_ivus_look(double tip_mm, double roll_deg)
{
    wadi_ivus_view view = {.transducer_mm = tip_mm - 8.0, .wire_deg = fmod(roll_deg, 360)};

    if (view.wire_deg < 0)
        view.wire_deg += 360;
    return view;
}
