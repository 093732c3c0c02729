/* Surface of the lumen by marching tetrahedra.
 *
 * Each cube of eight voxels is parted into six tetrahedra round the same diagonal, alike in
 * every cube, so that neighbours share their faces and the surface has no holes. In a
 * tetrahedron the surface is one triangle or two. Where an edge is cut its point is computed
 * from the voxel of lower index on, so that all triangles at that edge get the same bits. */
#include "cta_find.h"

#include <stdlib.h>
#include <string.h>

/* Values keep off 0 by this, so that no triangle is without area. */
static const float LEAST = 0.06f;

typedef struct skin {
    const wadi_volume *volume;
    const wadi_cta *cta;
    float halfway[3], scale[3]; /* HU half way to the lumen: artery, vein, either */
    uint8_t *bytes;
    size_t size, capacity;
    wadi_index triangles;
    bool failed;
} skin;

static int lumen_of(int label)
{
    return label == WADI_CTA_ARTERY   ? 0
           : label == WADI_CTA_VEIN   ? 1
           : label == WADI_CTA_VESSEL ? 2
                                      : -1;
}

static bool inside_volume(const skin *s, const int *at)
{
    return at[0] >= 0 && at[1] >= 0 && at[2] >= 0 && at[0] < s->cta->columns &&
           at[1] < s->cta->rows && at[2] < s->cta->slices;
}

static size_t index_of(const skin *s, const int *at)
{
    return ((size_t)at[2] * (size_t)s->cta->rows + (size_t)at[1]) * (size_t)s->cta->columns +
           (size_t)at[0];
}

static int label_at(const skin *s, const int *at)
{
    return inside_volume(s, at) ? s->cta->labels[index_of(s, at)] : 0;
}

/* Kind of lumen among the neighbours of a voxel, or -1. */
static int neighbour_lumen(const skin *s, const int *at)
{
    for (int z = -1; z <= 1; z++)
        for (int y = -1; y <= 1; y++)
            for (int x = -1; x <= 1; x++) {
                const int there[3] = {at[0] + x, at[1] + y, at[2] + z};
                int kind = lumen_of(label_at(s, there));

                if (kind >= 0)
                    return kind;
            }
    return -1;
}

/* Above 0 in the lumen. The labels decide the sign, the brightness how far from the surface. */
static float value_at(const skin *s, const int *at)
{
    int kind = lumen_of(label_at(s, at)), near;
    float value;

    if (kind >= 0) {
        value = (s->volume->values[index_of(s, at)] - s->halfway[kind]) / s->scale[kind];
        return value < LEAST ? LEAST : value > 1 ? 1 : value;
    }
    if (!inside_volume(s, at))
        return -1;
    near = neighbour_lumen(s, at);
    if (near < 0)
        return -1;
    value = (s->volume->values[index_of(s, at)] - s->halfway[near]) / s->scale[near];
    /* Brighter than the lumen's edge and yet outside is bone or calcium: half way. */
    if (value >= 0)
        return -0.5f;
    return value > -LEAST ? -LEAST : value < -1 ? -1 : value;
}

static void place_of(const skin *s, const int *at, double *out)
{
    const wadi_volume *v = s->volume;

    for (int k = 0; k < 3; k++)
        out[k] = v->origin_mm[k] + at[0] * v->spacing_mm[0] * v->axes[0][k] +
                 at[1] * v->spacing_mm[1] * v->axes[1][k] +
                 at[2] * v->spacing_mm[2] * v->axes[2][k];
}

static void cut_edge(const skin *s, const int *a, const int *b, float va, float vb, double *out)
{
    bool swap = index_of(s, a) > index_of(s, b);
    const int *from = swap ? b : a, *to = swap ? a : b;
    double f = swap ? vb : va, t = swap ? va : vb, share, p[3], q[3];

    place_of(s, from, p);
    place_of(s, to, q);
    share = f / (f - t);
    for (int k = 0; k < 3; k++)
        out[k] = p[k] + share * (q[k] - p[k]);
}

static void add_triangle(skin *s, double corner[3][3], const double *outward)
{
    float record[12];
    double u[3], v[3], n[3], size = 0, along = 0;
    uint8_t *to;

    for (int k = 0; k < 3; k++) {
        u[k] = corner[1][k] - corner[0][k];
        v[k] = corner[2][k] - corner[0][k];
    }
    n[0] = u[1] * v[2] - u[2] * v[1];
    n[1] = u[2] * v[0] - u[0] * v[2];
    n[2] = u[0] * v[1] - u[1] * v[0];
    for (int k = 0; k < 3; k++) {
        size += n[k] * n[k];
        along += n[k] * outward[k];
    }
    size = sqrt(size);
    if (s->size + 50 > s->capacity) {
        size_t more = s->capacity ? s->capacity * 2 : (size_t)1 << 20;
        uint8_t *bytes = wadi_realloc(s->bytes, more, 1);

        if (!bytes) {
            s->failed = true;
            return;
        }
        s->bytes = bytes;
        s->capacity = more;
    }
    for (int k = 0; k < 3; k++) {
        record[k] = (float)(size > 0 ? (along < 0 ? -1 : 1) * n[k] / size : 0);
        record[3 + k] = (float)corner[0][k];
        record[6 + k] = (float)corner[along < 0 ? 2 : 1][k];
        record[9 + k] = (float)corner[along < 0 ? 1 : 2][k];
    }
    to = s->bytes + s->size;
    memcpy(to, record, sizeof record);
    to[48] = to[49] = 0;
    s->size += 50;
    s->triangles++;
}

/* One tetrahedron: corners that are inside are parted from those that are not. */
static void march(skin *s, int corner[4][3], const float *value)
{
    int in[4], out[4], in_count = 0, out_count = 0;
    double centre_in[3] = {0}, centre_out[3] = {0}, outward[3], cut[4][3];

    for (int c = 0; c < 4; c++)
        if (value[c] > 0)
            in[in_count++] = c;
        else
            out[out_count++] = c;
    if (!in_count || !out_count)
        return;
    for (int c = 0; c < 4; c++) {
        double p[3];

        place_of(s, corner[c], p);
        for (int k = 0; k < 3; k++)
            (value[c] > 0 ? centre_in : centre_out)[k] +=
                p[k] / (value[c] > 0 ? in_count : out_count);
    }
    for (int k = 0; k < 3; k++)
        outward[k] = centre_out[k] - centre_in[k];
    if (in_count == 2) {
        /* A quadrangle: edges in turn, so that its sides lie in the faces. */
        const int pairs[4][2] = {
            {in[0], out[0]}, {in[0], out[1]}, {in[1], out[1]}, {in[1], out[0]}};

        for (int e = 0; e < 4; e++)
            cut_edge(s, corner[pairs[e][0]], corner[pairs[e][1]], value[pairs[e][0]],
                     value[pairs[e][1]], cut[e]);
        double second[3][3];

        memcpy(second[0], cut[0], sizeof cut[0]);
        memcpy(second[1], cut[2], sizeof cut[0]);
        memcpy(second[2], cut[3], sizeof cut[0]);
        add_triangle(s, cut, outward);
        add_triangle(s, second, outward);
        return;
    }
    const int lone = in_count == 1 ? in[0] : out[0];
    const int *rest = in_count == 1 ? out : in;

    for (int e = 0; e < 3; e++)
        cut_edge(s, corner[lone], corner[rest[e]], value[lone], value[rest[e]], cut[e]);
    add_triangle(s, cut, outward);
}

static void march_cube(skin *s, const int *at)
{
    /* Six ways from corner 0 to corner 7 along the axes (H. Freudenthal). */
    static const int WAYS[6][4] = {{0, 1, 3, 7}, {0, 1, 5, 7}, {0, 2, 3, 7},
                                   {0, 2, 6, 7}, {0, 4, 5, 7}, {0, 4, 6, 7}};
    int corner[8][3];
    float value[8];

    for (int c = 0; c < 8; c++) {
        for (int k = 0; k < 3; k++)
            corner[c][k] = at[k] + (c >> k & 1);
        value[c] = value_at(s, corner[c]);
    }
    for (int w = 0; w < 6; w++) {
        int four[4][3];
        float values[4];

        for (int c = 0; c < 4; c++) {
            memcpy(four[c], corner[WAYS[w][c]], sizeof four[c]);
            values[c] = value[WAYS[w][c]];
        }
        march(s, four, values);
    }
}

/* Lumen at one of the eight corners, and no lumen at another. */
static bool is_cut(const skin *s, const int *at)
{
    int count = 0;

    for (int c = 0; c < 8; c++) {
        const int there[3] = {at[0] + (c & 1), at[1] + (c >> 1 & 1), at[2] + (c >> 2 & 1)};

        count += lumen_of(label_at(s, there)) >= 0;
    }
    return count > 0 && count < 8;
}

/* First and last column of lumen in a row of the volume; first > last where there is none. */
typedef struct span {
    int first, last;
} span;

static span span_of(const skin *s, int row, int slice)
{
    const int at[3] = {0, row, slice};
    span found = {s->cta->columns, -1};
    const uint8_t *labels = s->cta->labels + index_of(s, at);

    for (wadi_index c = 0; c < s->cta->columns; c++)
        if (labels[c] && lumen_of(labels[c]) >= 0) {
            found.first = c < found.first ? c : found.first;
            found.last = c;
        }
    return found;
}

/* Columns of the cubes between rows y, y + 1 of slices z, z + 1 that may be cut. */
static span span_of_cubes(const skin *s, const span *spans, int y, int z)
{
    span all = {s->cta->columns, -1};

    for (int k = 0; k < 4; k++) {
        const int at[3] = {0, y + (k & 1), z + (k >> 1)};

        if (!inside_volume(s, at))
            continue;
        const span *one = &spans[(size_t)at[2] * (size_t)s->cta->rows + (size_t)at[1]];

        all.first = one->first < all.first ? one->first : all.first;
        all.last = one->last > all.last ? one->last : all.last;
    }
    all.first--; /* the cube whose upper corner is the first column */
    return all;
}

/* All cubes, slice by slice. */
static void march_all(skin *s)
{
    const wadi_cta *cta = s->cta;
    span *spans = wadi_alloc((size_t)cta->rows * (size_t)cta->slices, sizeof *spans);

    if (!spans) {
        s->failed = true;
        return;
    }
    for (int z = 0; z < cta->slices; z++)
        for (int y = 0; y < cta->rows; y++)
            spans[(size_t)z * (size_t)cta->rows + (size_t)y] = span_of(s, y, z);
    for (int z = -1; z < cta->slices; z++)
        for (int y = -1; y < cta->rows; y++) {
            span here = span_of_cubes(s, spans, y, z);

            for (int x = here.first; x <= here.last && !s->failed; x++) {
                const int at[3] = {x, y, z};

                if (is_cut(s, at))
                    march_cube(s, at);
            }
        }
    free(spans);
}

wadi_status wadi_cta_write_stl(const char *path, const wadi_volume *volume, const wadi_cta *cta,
                               wadi_index *triangles, wadi_error *err)
{
    skin s = {.volume = volume, .cta = cta};
    const float bright[3] = {(float)cta->artery_hu, (float)cta->vein_hu,
                             (float)(0.5 * (cta->artery_hu + cta->vein_hu))};
    uint8_t header[84] = "lumen of the vessels, mm";
    uint32_t count;
    wadi_status status;

    for (int k = 0; k < 3; k++) {
        float rise = bright[k] - (float)cta->muscle_hu;

        s.scale[k] = rise > 2 ? 0.5f * rise : 1;
        s.halfway[k] = (float)cta->muscle_hu + s.scale[k];
    }
    s.bytes = wadi_alloc(1 << 20, 1);
    s.failed = !s.bytes;
    s.capacity = 1 << 20;
    s.size = sizeof header;
    if (!s.failed)
        march_all(&s);
    count = (uint32_t)s.triangles;
    memcpy(header + 80, &count, sizeof count);
    if (!s.failed)
        memcpy(s.bytes, header, sizeof header);
    status = s.failed ? wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for the surface", path)
                      : wadi_file_write(path, s.bytes, s.size, err);
    if (!status && triangles)
        *triangles = s.triangles;
    free(s.bytes);
    return status;
}
