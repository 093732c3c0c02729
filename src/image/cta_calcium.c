/* Calcium in the wall of an artery, from rays across it.
 *
 * A ray has calcium when its brightest place between half the radius and 1.2 mm beyond the
 * lumen is brighter than blood with contrast can be; inside an occlusion, where there is no
 * such blood, than soft tissue can be. Rays are averaged over 2 mm of the artery. Where bone is
 * near, a ray tells nothing; where it hides half of the rays, the arc is not known (NAN). */
#include "cta_find.h"

#include <stdlib.h>
#include <string.h>

enum { RAYS = 36, HALF_WINDOW = 2 };

static const double BEYOND_MM = 1.2, BONE_MM = 1.1, STEP_MM = 0.25, SHINE_MM = 4;
/* From its origin so far an artery lies in or beside its parent's lumen. */
static const double PARENT_MM = 8;

typedef struct probe {
    const wadi_volume *volume;
    const wadi_cta *cta;
} probe;

static bool to_index(const wadi_volume *v, const double *point, double *index)
{
    const wadi_index size[3] = {v->columns, v->rows, v->slices};

    for (int k = 0; k < 3; k++) {
        index[k] = 0;
        for (int j = 0; j < 3; j++)
            index[k] += (point[j] - v->origin_mm[j]) * v->axes[k][j];
        index[k] /= v->spacing_mm[k];
        if (!(index[k] >= 0 && index[k] <= size[k] - 1))
            return false;
    }
    return true;
}

static double value_at(const wadi_volume *v, const double *index)
{
    size_t row = (size_t)v->columns, plane = row * (size_t)v->rows;
    wadi_index at[3], next[3];
    const wadi_index size[3] = {v->columns, v->rows, v->slices};
    double f[3], sum = 0;

    for (int k = 0; k < 3; k++) {
        at[k] = (wadi_index)index[k];
        next[k] = at[k] + 1 < size[k] ? at[k] + 1 : at[k];
        f[k] = index[k] - at[k];
    }
    for (int c = 0; c < 8; c++) {
        size_t place = (size_t)(c & 4 ? next[2] : at[2]) * plane +
                       (size_t)(c & 2 ? next[1] : at[1]) * row +
                       (size_t)(c & 1 ? next[0] : at[0]);

        sum += (double)v->values[place] * (c & 1 ? f[0] : 1 - f[0]) *
               (c & 2 ? f[1] : 1 - f[1]) * (c & 4 ? f[2] : 1 - f[2]);
    }
    return sum;
}

static int label_at(const probe *p, const double *index)
{
    const wadi_volume *v = p->volume;

    return p->cta
        ->labels[((size_t)lrint(index[2]) * (size_t)v->rows + (size_t)lrint(index[1])) *
                     (size_t)v->columns +
                 (size_t)lrint(index[0])];
}

void cta_across(const wadi_cta_course *c, wadi_index i, double *u, double *w)
{
    wadi_index a = i > 3 ? i - 3 : 0, b = i + 3 < c->count ? i + 3 : c->count - 1;
    double t[3], size = 0, norm = 0;
    int axis;

    for (int k = 0; k < 3; k++) {
        t[k] = c->points_mm[3 * b + k] - c->points_mm[3 * a + k];
        size += t[k] * t[k];
    }
    size = sqrt(size) + 1e-12;
    for (int k = 0; k < 3; k++)
        t[k] /= size;
    axis = fabs(t[0]) < 0.9 ? 0 : 1;
    for (int k = 0; k < 3; k++) {
        u[k] = (k == axis) - t[axis] * t[k];
        norm += u[k] * u[k];
    }
    norm = sqrt(norm);
    for (int k = 0; k < 3; k++)
        u[k] /= norm;
    w[0] = t[1] * u[2] - t[2] * u[1];
    w[1] = t[2] * u[0] - t[0] * u[2];
    w[2] = t[0] * u[1] - t[1] * u[0];
}

/* Brightest place of each ray; NAN where bone is near. */
static void cast(const probe *p, const wadi_cta_course *c, wadi_index i, double *brightest)
{
    double u[3], w[3], radius = c->radius_mm[i];

    cta_across(c, i, u, w);
    for (int r = 0; r < RAYS; r++) {
        double turn = r * 2 * WADI_PI / RAYS, most = -INFINITY;

        for (double d = 0.5 * radius; d <= radius + BEYOND_MM + BONE_MM; d += STEP_MM) {
            double point[3], index[3];

            for (int k = 0; k < 3; k++)
                point[k] = c->points_mm[3 * i + k] + d * (cos(turn) * u[k] + sin(turn) * w[k]);
            if (!to_index(p->volume, point, index))
                break;
            if (label_at(p, index) == WADI_CTA_BONE) {
                most = NAN;
                break;
            }
            if (d <= radius + BEYOND_MM)
                most = fmax(most, value_at(p->volume, index));
        }
        brightest[r] = isinf(most) ? NAN : most;
    }
}

/* In an occlusion, and so far from its ends that no contrast shines in. */
static bool deep_inside(const wadi_cta_course *c, wadi_index i)
{
    if (!c->closed[i] || (c->from_origin && c->along_mm[i] < PARENT_MM))
        return false;
    for (wadi_index j = i; j-- > 0 && c->along_mm[i] - c->along_mm[j] < SHINE_MM;)
        if (!c->closed[j])
            return false;
    for (wadi_index j = i; j < c->count && c->along_mm[j] - c->along_mm[i] < SHINE_MM; j++)
        if (!c->closed[j])
            return false;
    return true;
}

static double arc_of(const wadi_cta *cta, const wadi_cta_course *c, wadi_index i,
                     const double *rays)
{
    double noise = cta->noise_hu / sqrt(2 * HALF_WINDOW + 1);
    double least = deep_inside(c, i) ? cta->muscle_hu + fmax(120, 4 * noise)
                                     : cta->artery_hu + fmax(90, 3.5 * noise);
    wadi_index from = i > HALF_WINDOW ? i - HALF_WINDOW : 0;
    wadi_index to = i + HALF_WINDOW < c->count ? i + HALF_WINDOW : c->count - 1;
    int seen = 0, over = 0;

    for (int r = 0; r < RAYS; r++) {
        double sum = 0;
        int count = 0;

        for (wadi_index j = from; j <= to; j++)
            if (!isnan(rays[(size_t)j * RAYS + (size_t)r])) {
                sum += rays[(size_t)j * RAYS + (size_t)r];
                count++;
            }
        if (!count)
            continue;
        seen++;
        over += sum / count > least;
    }
    return seen >= RAYS / 2 ? 360.0 * over / seen : NAN;
}

double cta_sample(const wadi_cta *cta, const wadi_volume *volume, const double *point)
{
    const probe p = {volume, cta};
    double index[3];

    if (!to_index(volume, point, index) || label_at(&p, index) == WADI_CTA_BONE)
        return NAN;
    return value_at(volume, index);
}

double cta_sample_free(const wadi_cta *cta, const wadi_volume *volume, const double *point)
{
    const double beside_mm = 0.7; /* what the blur of bone reaches beyond its label */
    const probe p = {volume, cta};
    double index[3], near[3];

    if (!to_index(volume, point, index) || label_at(&p, index) == WADI_CTA_BONE)
        return NAN;
    for (int side = 0; side < 4; side++) {
        int k = side / 2;

        memcpy(near, index, sizeof near);
        near[k] += (side % 2 ? 1 : -1) * beside_mm / volume->spacing_mm[k];
        near[k] = fmin(fmax(near[k], 0), (k ? volume->rows : volume->columns) - 1);
        if (label_at(&p, near) == WADI_CTA_BONE)
            return NAN;
    }
    return value_at(volume, index);
}

wadi_status cta_calcium(const wadi_cta *cta, const wadi_volume *volume, wadi_cta_course *c,
                        wadi_error *err)
{
    const probe p = {volume, cta};
    double *rays;

    if (!cta->labels || cta->columns != volume->columns || cta->rows != volume->rows ||
        cta->slices != volume->slices)
        return WADI_OK;
    rays = wadi_alloc((size_t)c->count * RAYS, sizeof *rays);
    if (!rays)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for calcium");
    for (wadi_index i = 0; i < c->count; i++)
        cast(&p, c, i, rays + (size_t)i * RAYS);
    for (wadi_index i = 0; i < c->count; i++)
        c->calcium_arc_deg[i] = arc_of(cta, c, i, rays);
    free(rays);
    return WADI_OK;
}
