/* Centrelines in space, and the distance between two of them. */
#include "gap.h"

#include <stdlib.h>
#include <string.h>

#define STEP_MM 0.5
/* Of the uncertainty of a gap, what is not common to two places of one reconstruction. */
#define DIFFERENCE_SHARE 0.7
/* Standard uncertainties of a good installation, for the interval: what the arm says of its
 * angle in one view, length scale (distances of source and detector), the table between two
 * views, what registration of the two runs leaves, calibre. */
#define ANGLE_SD_RAD   (0.7 * WADI_PI / 180)
#define SCALE_SD       0.005
#define TABLE_SD_MM    0.7
#define RUNS_SD_MM     0.03
#define RADIUS_SD_FRAC 0.015

void gap_line_clear(gap_line *line)
{
    free(line->point);
    free(line->path_mm);
    free(line->radius_mm);
    *line = (gap_line){0};
}

void gap_profile_clear(gap_profile *profile)
{
    free(profile->from_mm);
    free(profile->gap_mm);
    free(profile->low_mm);
    free(profile->high_mm);
    free(profile->sd_mm);
    *profile = (gap_profile){0};
}

/* Local straight fit with triangular weights over `reach` mm of path: keeps slopes, removes
 * noise. */
static void smooth(gap_line *line, double reach, double *scratch)
{
    double squares = 0;

    for (wadi_index i = 0; i < line->count; i++) {
        for (int axis = 0; axis < 3; axis++) {
            double w = 0, t = 0, tt = 0, v = 0, tv = 0, det;

            for (wadi_index j = i; j >= 0 && line->path_mm[i] - line->path_mm[j] < reach; j--) {
                double d = line->path_mm[j] - line->path_mm[i], k = 1 + d / reach;

                w += k;
                t += k * d;
                tt += k * d * d;
                v += k * line->point[3 * j + axis];
                tv += k * d * line->point[3 * j + axis];
            }
            for (wadi_index j = i + 1;
                 j < line->count && line->path_mm[j] - line->path_mm[i] < reach; j++) {
                double d = line->path_mm[j] - line->path_mm[i], k = 1 - d / reach;

                w += k;
                t += k * d;
                tt += k * d * d;
                v += k * line->point[3 * j + axis];
                tv += k * d * line->point[3 * j + axis];
            }
            det = w * tt - t * t;
            scratch[3 * i + axis] = det > 1e-9 ? (v * tt - tv * t) / det : v / w;
            squares += pow(scratch[3 * i + axis] - line->point[3 * i + axis], 2);
        }
    }
    line->residual_mm = sqrt(squares / (3 * line->count));
    memcpy(line->point, scratch, (size_t)line->count * 3 * sizeof *scratch);
}

static void paths(gap_line *line)
{
    line->path_mm[0] = 0;
    for (wadi_index i = 1; i < line->count; i++) {
        double sum = 0;

        for (int k = 0; k < 3; k++)
            sum += pow(line->point[3 * i + k] - line->point[3 * (i - 1) + k], 2);
        line->path_mm[i] = line->path_mm[i - 1] + sqrt(sum);
    }
}

/* Smooth, then points STEP_MM apart. */
static wadi_status even_out(gap_line *line, wadi_error *err)
{
    gap_line even = {0};
    double *scratch = wadi_alloc((size_t)line->count * 3, sizeof *scratch), whole;
    wadi_index at = 0;

    if (!scratch)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a centreline");
    paths(line);
    /* The raw path is longer than the vessel by its noise: smooth twice, over the path each
     * time. */
    smooth(line, 4.0, scratch);
    even.residual_mm = line->residual_mm;
    free(scratch);
    paths(line);
    whole = line->path_mm[line->count - 1];
    if (!(whole > 5 && whole < 2000))
        return wadi_fail(err, WADI_ERR_CONFLICT, "a vessel of %.1f mm; 5 mm to 2 m are wanted",
                         whole);
    even.count = (wadi_index)(whole / STEP_MM) + 1;
    even.point = wadi_alloc((size_t)even.count * 3, sizeof(double));
    even.path_mm = wadi_alloc((size_t)even.count, sizeof(double));
    even.radius_mm = wadi_alloc((size_t)even.count, sizeof(double));
    if (!even.point || !even.path_mm || !even.radius_mm) {
        gap_line_clear(&even);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a centreline");
    }
    for (wadi_index i = 0; i < even.count; i++) {
        double want = i * STEP_MM, share;

        while (at + 2 < line->count && line->path_mm[at + 1] < want)
            at++;
        share =
            (want - line->path_mm[at]) / (line->path_mm[at + 1] - line->path_mm[at] + 1e-12);
        for (int k = 0; k < 3; k++)
            even.point[3 * i + k] =
                line->point[3 * at + k] +
                share * (line->point[3 * (at + 1) + k] - line->point[3 * at + k]);
        even.path_mm[i] = want;
        even.radius_mm[i] = line->radius_mm[at];
    }
    gap_line_clear(line);
    *line = even;
    return WADI_OK;
}

static bool upside_down(const wadi_dsa_vessel *vessel)
{
    return vessel->y_px[0] > vessel->y_px[vessel->count - 1];
}

static void point_of(const wadi_dsa_vessel *vessel, double at, double *x, double *y)
{
    wadi_index i = (wadi_index)at < vessel->count - 1 ? (wadi_index)at : vessel->count - 2;
    double share = at - i;
    wadi_index a = i, b = i + 1;

    if (upside_down(vessel)) {
        a = vessel->count - 1 - i;
        b = a - 1;
    }
    *x = vessel->x_px[a] + share * (vessel->x_px[b] - vessel->x_px[a]);
    *y = vessel->y_px[a] + share * (vessel->y_px[b] - vessel->y_px[a]);
}

/* Median diameter of 61 points around one, in pixels; where none fits, the vessel's mean. */
static double diameter_near(const wadi_dsa_vessel *vessel, double at)
{
    double found[61];
    wadi_index middle = (wadi_index)at;
    size_t count = 0;

    if (upside_down(vessel))
        middle = vessel->count - 1 - middle;
    for (wadi_index i = middle - 30; i <= middle + 30; i++)
        if (i >= 0 && i < vessel->count && !isnan(vessel->diameter_px[i]))
            found[count++] = vessel->diameter_px[i];
    if (count < 5)
        return vessel->mean_diameter_px;
    qsort(found, count, sizeof *found, wadi_by_double);
    return found[count / 2];
}

/* A vessel's pixels to its radius in mm at the depth where the point lies. */
static double radius_of(const cone_view *view, const wadi_dsa_vessel *vessel, double at,
                        const double *point)
{
    double x, y, depth = cone_project(view, point, &x, &y);

    return 0.5 * diameter_near(vessel, at) * depth / view->scale;
}

/* Two views of one lumen, which is taken for round. A side branch or a neighbour behind it only
 * widens what is seen: where they differ by more than their uncertainty, the narrower counts.
 */
static double joint_radius(double a, double b)
{
    double least = fmin(a, b), most = fmax(a, b);

    return most > least * (1 + 4 * RADIUS_SD_FRAC) ? least * (1 + 2 * RADIUS_SD_FRAC)
                                                   : 0.5 * (a + b);
}

/* How far the ray of a point in the second view passes the ray of the first, signed; and the
 * middle of their closest approach. */
static double miss(const cone_view views[2], const double *first, double x, double y,
                   double *middle)
{
    double second[3], across[3], base[3], size = 0, sum = 0, b, d, e, s, t;

    cone_ray(&views[1], x, y, second);
    for (int k = 0; k < 3; k++) {
        across[k] =
            first[(k + 1) % 3] * second[(k + 2) % 3] - first[(k + 2) % 3] * second[(k + 1) % 3];
        base[k] = views[1].source[k] - views[0].source[k];
        size += across[k] * across[k];
    }
    for (int k = 0; k < 3; k++)
        sum += base[k] * across[k];
    b = cone_dot(first, second);
    d = cone_dot(base, first);
    e = cone_dot(base, second);
    s = (d - b * e) / (1 - b * b);
    t = (b * d - e) / (1 - b * b);
    for (int k = 0; k < 3; k++)
        middle[k] =
            0.5 * (views[0].source[k] + s * first[k] + views[1].source[k] + t * second[k]);
    return sum / sqrt(size);
}

/* The misses change sign where the second line crosses the epipolar line; take the crossing
 * nearest to where the last one led. */
static double partner(const cone_view views[2], const wadi_dsa_vessel *vessel,
                      const double *ray, double expected, double *middle)
{
    double best = -1, nearest = 80, before = 0, x, y, ignored[3];

    for (wadi_index j = 0; j < vessel->count; j++) {
        double here;

        point_of(vessel, j, &x, &y);
        here = miss(views, ray, x, y, ignored);
        if (j > 0 && (here > 0) != (before > 0)) {
            double at = j - 1 + before / (before - here);

            if (expected < 0 || fabs(at - expected) < nearest) {
                nearest = fabs(at - expected);
                best = at;
                if (expected < 0)
                    break;
            }
        }
        before = here;
    }
    if (best >= 0) {
        point_of(vessel, best, &x, &y);
        miss(views, ray, x, y, middle);
    }
    return best;
}

static wadi_status start_line(wadi_index count, gap_line *out, wadi_error *err)
{
    *out = (gap_line){0};
    out->point = wadi_alloc((size_t)count * 3, sizeof(double));
    out->path_mm = wadi_alloc((size_t)count, sizeof(double));
    out->radius_mm = wadi_alloc((size_t)count, sizeof(double));
    if (out->point && out->path_mm && out->radius_mm)
        return WADI_OK;
    gap_line_clear(out);
    return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a centreline");
}

wadi_status gap_reconstruct(const cone_view views[2], const wadi_dsa_vessel *const vessels[2],
                            gap_line *out, wadi_error *err)
{
    wadi_status status = start_line(vessels[0]->count, out, err);
    double expected = -1;

    if (status)
        return status;
    for (wadi_index i = 0; i < vessels[0]->count; i++) {
        double x, y, ray[3], middle[3], at;

        point_of(vessels[0], i, &x, &y);
        cone_ray(&views[0], x, y, ray);
        at = partner(views, vessels[1], ray, expected, middle);
        if (at < 0)
            continue;
        expected = at + 1;
        out->radius_mm[out->count] = joint_radius(radius_of(&views[0], vessels[0], i, middle),
                                                  radius_of(&views[1], vessels[1], at, middle));
        memcpy(out->point + 3 * out->count++, middle, sizeof middle);
    }
    if (out->count < 30) {
        gap_line_clear(out);
        return wadi_fail(
            err, WADI_ERR_CONFLICT,
            "the vessel's two views share %d points; are the angles right, and is it one "
            "vessel?",
            out->count);
    }
    status = even_out(out, err);
    if (status)
        gap_line_clear(out);
    return status;
}

wadi_status gap_flat(const cone_view *view, const wadi_dsa_vessel *vessel, gap_line *out,
                     wadi_error *err)
{
    wadi_status status = start_line(vessel->count, out, err);
    double away = -cone_dot(view->source, view->beam);

    if (status)
        return status;
    for (wadi_index i = 0; i < vessel->count; i++) {
        double x, y;

        point_of(vessel, i, &x, &y);
        for (int k = 0; k < 3; k++)
            out->point[3 * i + k] =
                away / view->scale *
                ((x - view->x0) * view->across[k] + (y - view->y0) * view->down[k]);
        out->radius_mm[i] = radius_of(view, vessel, i, out->point + 3 * i);
    }
    out->count = vessel->count;
    status = even_out(out, err);
    if (status)
        gap_line_clear(out);
    return status;
}

/* Distance from a point to a line, the line's radius there and the way to it. */
static double nearest(const gap_line *vein, const double *point, double *radius, double *way)
{
    double best = INFINITY;

    for (wadi_index j = 0; j + 1 < vein->count; j++) {
        const double *a = vein->point + 3 * j, *b = a + 3;
        double ab = 0, ap = 0, sum = 0, share;

        for (int k = 0; k < 3; k++) {
            ab += (b[k] - a[k]) * (b[k] - a[k]);
            ap += (b[k] - a[k]) * (point[k] - a[k]);
        }
        share = ab > 0 ? ap / ab : 0;
        share = share < 0 ? 0 : share > 1 ? 1 : share;
        for (int k = 0; k < 3; k++)
            sum += pow(point[k] - a[k] - share * (b[k] - a[k]), 2);
        if (sum < best) {
            best = sum;
            *radius = vein->radius_mm[j];
            for (int k = 0; k < 3; k++)
                way[k] = a[k] + share * (b[k] - a[k]) - point[k];
        }
    }
    return sqrt(best);
}

/* The site reaches from the first to the last place whose gap cannot be told from the least:
 * differences along one reconstruction are better known than the gap itself, because angle,
 * scale and calibre are common to both places. */
static void find_crossing(gap_profile *out)
{
    double least = INFINITY, whole = out->from_mm[out->count - 1] - out->from_mm[0];
    double margin = whole > 40 ? 10 : whole / 4, sd;

    out->best = 0;
    for (wadi_index i = 0; i < out->count; i++) {
        double from_end = fmin(out->from_mm[i] - out->from_mm[0],
                               out->from_mm[out->count - 1] - out->from_mm[i]);

        if (from_end >= margin && out->gap_mm[i] < least) {
            least = out->gap_mm[i];
            out->best = i;
        }
    }
    sd = out->sd_mm[out->best];
    out->first = out->last = out->best;
    for (wadi_index i = 0; i < out->count; i++) {
        double from_end = fmin(out->from_mm[i] - out->from_mm[0],
                               out->from_mm[out->count - 1] - out->from_mm[i]);
        double slack = DIFFERENCE_SHARE * 1.96 * hypot(sd, out->sd_mm[i]);

        if (from_end < margin || out->gap_mm[i] - least > slack)
            continue;
        out->first = i < out->first ? i : out->first;
        out->last = i > out->last ? i : out->last;
    }
}

/* How fast the vector from artery to vein turns and grows along the way, over 5 mm to each
 * side: an error of the table along the vessels shifts what is paired by that much. */
static double parting(const double *apart, wadi_index count, wadi_index i)
{
    wadi_index reach = (wadi_index)(5 / STEP_MM), a = i > reach ? i - reach : 0;
    wadi_index b = i + reach < count ? i + reach : count - 1;
    double sum = 0;

    for (int k = 0; k < 3; k++)
        sum += pow(apart[3 * b + k] - apart[3 * a + k], 2);
    return b > a ? sqrt(sum) / ((b - a) * STEP_MM) : 0;
}

/* Error of a distance per radian that the angle between the views is off, for a vector of any
 * direction across the vessels: sqrt(1/4 + cos(2 t)/8) / sin t. Both arms err. */
static double angle_share(double between_rad)
{
    double spread = sqrt(0.25 + cos(2 * between_rad) / 8) / sin(between_rad);

    return sqrt(2) * ANGLE_SD_RAD * spread;
}

wadi_status gap_measure(const gap_line *artery, const gap_line *vein, double between_rad,
                        gap_profile *out, wadi_error *err)
{
    /* Smoothing over 4 mm leaves a third of a point's noise. */
    double noise = hypot(artery->residual_mm, vein->residual_mm) / 3;
    double angle = between_rad > 0 ? angle_share(between_rad) : 0;
    size_t count = (size_t)artery->count;
    double *vector = wadi_alloc(3 * count, sizeof *vector);

    *out = (gap_profile){.count = artery->count};
    out->from_mm = wadi_alloc(count, sizeof(double));
    out->gap_mm = wadi_alloc(count, sizeof(double));
    out->low_mm = wadi_alloc(count, sizeof(double));
    out->high_mm = wadi_alloc(count, sizeof(double));
    out->sd_mm = wadi_alloc(count, sizeof(double));
    if (!vector || !out->from_mm || !out->gap_mm || !out->low_mm || !out->high_mm ||
        !out->sd_mm) {
        free(vector);
        gap_profile_clear(out);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the gap");
    }
    for (wadi_index i = 0; i < artery->count; i++) {
        double radius = NAN,
               apart = nearest(vein, artery->point + 3 * i, &radius, vector + 3 * i);

        /* Noise across the line only lengthens a distance: E[d^2] = d^2 + noise^2. One view
         * shows a distance of the axes that may be shorter than the sum of the radii; then
         * nothing is known. */
        apart = apart > noise ? sqrt(apart * apart - noise * noise) : 0;
        out->from_mm[i] = artery->path_mm[i];
        out->gap_mm[i] = fmax(0, apart - artery->radius_mm[i] - radius);
        out->sd_mm[i] = sqrt(noise * noise + RUNS_SD_MM * RUNS_SD_MM + pow(angle * apart, 2) +
                             pow(SCALE_SD * apart, 2) +
                             pow(RADIUS_SD_FRAC * hypot(artery->radius_mm[i], radius), 2));
    }
    for (wadi_index i = 0; i < artery->count; i++) {
        double shift = between_rad > 0 ? TABLE_SD_MM * parting(vector, artery->count, i) : 0;

        out->sd_mm[i] = hypot(out->sd_mm[i], shift);
        out->low_mm[i] = fmax(0, out->gap_mm[i] - 1.96 * out->sd_mm[i]);
        out->high_mm[i] = between_rad > 0 ? out->gap_mm[i] + 1.96 * out->sd_mm[i] : INFINITY;
    }
    free(vector);
    find_crossing(out);
    return WADI_OK;
}
