/* Where an artery is open and where it is closed, from the whole of its length at once.
 *
 * At each point the mean HU of a disc within the expected lumen is measured, without calcium
 * and what blooms from it. The artery is then parted into open and closed stretches so that
 * all of the profile together is likeliest (Viterbi's way through two states): an open point is
 * as bright as blood of that calibre under blur, a closed one as muscle or less, and each
 * change has its cost. So a lapse of a few millimetres does not end an occlusion, and an end
 * lies where the evidence turns, not where a threshold is first crossed. Points that calcium
 * hides say nothing; their neighbours decide. */
#include "cta_find.h"

#include <stdlib.h>
#include <string.h>

enum { RAYS = 12, RINGS = 3, BEYOND = 3 };

static const double REACH_MM = 40, BLUR_MM = 0.42, BLOOM_MM = 0.5;
/* Natural logarithms of odds: the most that one point may say, and what a change costs. */
static const double MOST_SAID = 3, CHANGE_COST = 14, SPREAD = 0.17;
/* From here on calcium is a ring; beside a plaque only the innermost lumen is read. */
static const double RING_DEG = 120, PLAQUE_DEG = 60;
/* Half of a millimetre of blurred image is no new evidence. */
static const double OWN_SHARE = 0.5;
/* A ring of calcium beside a closed stretch is closed: a plaque round open blood would begin
 * just there by chance. Far too little to close a ring between open neighbours. */
static const double BRIGHT = 0.15;
static const double RING_SAYS = -0.06, BRIDGE_SAYS = -0.06;

/* Calibre that is to be expected at a point: the median of what is open near it, off calcium.
 */
static double expected_radius(const wadi_cta_course *c, wadi_index at, double *room)
{
    for (double reach = REACH_MM; reach < 1000; reach *= 2) {
        int count = 0;

        for (wadi_index i = 0; i < c->count; i++)
            if (!c->closed[i] && fabs(c->along_mm[i] - c->along_mm[at]) < reach &&
                !(c->calcium_arc_deg[i] > 90))
                room[count++] = c->radius_mm[i];
        if (count >= 20) {
            qsort(room, (size_t)count, sizeof *room, wadi_by_double);
            return room[count / 2];
        }
    }
    return c->radius_mm[at];
}

/* Mean of a disc of radius `disc`, calcium and its bloom left out; seen is the share left. */
static double disc_mean(const wadi_cta *cta, const wadi_volume *volume,
                        const wadi_cta_course *c, wadi_index i, double disc, double *seen)
{
    double u[3], w[3], sum = 0, all = 0, weight = 0;
    double limit = cta->artery_hu + fmax(110, 2.5 * cta->noise_hu);

    cta_across(c, i, u, w);
    for (int r = 0; r < RAYS; r++) {
        double turn = r * 2 * WADI_PI / RAYS, value[RINGS + BEYOND], far[RINGS + BEYOND];

        for (int d = 0; d < RINGS + BEYOND; d++) {
            double point[3];

            far[d] = d < RINGS ? disc * (d + 0.5) / RINGS
                               : disc + BLOOM_MM * (d - RINGS + 1) / BEYOND;
            for (int k = 0; k < 3; k++)
                point[k] =
                    c->points_mm[3 * i + k] + far[d] * (cos(turn) * u[k] + sin(turn) * w[k]);
            value[d] = cta_sample(cta, volume, point);
        }
        for (int d = 0; d < RINGS; d++) {
            bool clear = !isnan(value[d]);

            for (int e = d; e < RINGS + BEYOND && far[e] - far[d] <= BLOOM_MM; e++)
                clear = clear && !(value[e] > limit);
            all += far[d];
            if (!clear)
                continue;
            sum += far[d] * value[d];
            weight += far[d];
        }
    }
    *seen = weight / all;
    return weight > 0 ? sum / weight : NAN;
}

/* Odds that a point is open against closed, as a logarithm. */
static double odds(const wadi_cta *cta, const wadi_volume *volume, const wadi_cta_course *c,
                   wadi_index i, double radius)
{
    bool ring = c->calcium_arc_deg[i] >= RING_DEG;
    double share = c->calcium_arc_deg[i] >= PLAQUE_DEG ? 0.35 : 0.6;
    double disc = fmin(fmax(share * radius, 0.35), 1.5), seen, q = radius / BLUR_MM;
    double hu = disc_mean(cta, volume, c, i, disc, &seen);
    double top = (cta->artery_hu - cta->muscle_hu) * (1 - exp(-0.5 * q * q));
    double independent = fmax(2, WADI_PI * disc * disc / 0.3), noise, x;

    /* What only the bridge led through, and bone or calcium hides, was not seen open. */
    if (c->hu[i] <= 0 && (isnan(c->calcium_arc_deg[i]) || c->calcium_arc_deg[i] >= 90))
        return BRIDGE_SAYS / OWN_SHARE;
    if (seen < (ring ? 0.7 : 0.4))
        return ring ? RING_SAYS / OWN_SHARE : 0;
    noise = cta->noise_hu / sqrt(independent) / top;
    x = fmax((hu - cta->muscle_hu) / top, 0);
    if (x > 1) /* brighter than blood: calcium blooms in */
        x = fmax(fmin(1, 2 + BRIGHT - x), 0);
    x = (x - 0.5) / (noise * noise + SPREAD * SPREAD);
    return seen * (ring ? 0.5 : 1) * fmin(fmax(x, -MOST_SAID), MOST_SAID);
}

/* The likeliest stretches. An artery may begin and end in either state. */
static void part(wadi_index count, const double *said, uint8_t *from_other, uint8_t *closed)
{
    double best[2] = {0, 0};

    for (wadi_index i = 0; i < count; i++) {
        for (int s = 0; s < 2; s++)
            from_other[2 * i + s] = 0;
        if (i > 0) {
            double old[2] = {best[0], best[1]};

            for (int s = 0; s < 2; s++)
                if (old[1 - s] - CHANGE_COST > old[s]) {
                    best[s] = old[1 - s] - CHANGE_COST;
                    from_other[2 * i + s] = 1;
                }
        }
        best[0] += 0.5 * said[i];
        best[1] -= 0.5 * said[i];
    }
    int state = best[1] > best[0];

    for (wadi_index i = count; i-- > 0;) {
        closed[i] = (uint8_t)state;
        if (from_other[2 * i + state])
            state = 1 - state;
    }
}

wadi_status cta_reclose(const wadi_cta *cta, const wadi_volume *volume, wadi_cta_course *c,
                        wadi_error *err)
{
    size_t n = (size_t)c->count;
    double *said = wadi_alloc(n, sizeof *said), *room = wadi_alloc(n, sizeof *room);
    uint8_t *way = wadi_alloc(2 * n, 1);
    wadi_status status = WADI_OK;

    if (!said || !room || !way) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the profile of an artery");
    } else if (cta->artery_hu > cta->muscle_hu + 20) {
        for (wadi_index i = 0; i < c->count; i++)
            said[i] = OWN_SHARE * odds(cta, volume, c, i, expected_radius(c, i, room));
        part(c->count, said, way, c->closed);
    }
    free(said);
    free(room);
    free(way);
    return status;
}
