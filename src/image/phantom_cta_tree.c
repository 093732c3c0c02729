/* The tree of the CTA phantom: arteries, the veins beside them, bones.
 *
 * Courses follow the reference leg (data/reference-leg.json), are bent anew by each seed, and
 * the foot is flexed as that of a lying patient. Calibres follow Murray 1926 at branches. */
#include "phantom_cta.h"

#include <stdlib.h>
#include <string.h>

enum { KNOTS = 10 };

typedef struct course {
    const char *name, *parent;
    int count;
    double knots[KNOTS][3];
} course;

// clang-format off
static const course ARTERIES[] = {
    {"POP", NULL, 4, {{1, -30, 470}, {2, -28, 455}, {4, -26, 425}, {6, -22, 392}}},
    {"TPT", "POP", 3, {{6, -22, 392}, {5, -20, 375}, {4, -18, 357}}},
    {"ATA", "POP", 9, {{6, -22, 392}, {12, -15, 386}, {20, -3, 375}, {21, 9, 355},
                       {19, 14, 280}, {18, 16, 208}, {12, 24, 110}, {0, 32, 40}, {-2, 36, 12}}},
    {"PTA", "TPT", 7, {{4, -18, 357}, {-6, -20, 300}, {-16, -22, 175}, {-24, -24, 70},
                       {-26, -22, 26}, {-24, -16, 4}, {-22, -9, -13}}},
    {"PER", "TPT", 8, {{4, -18, 357}, {9, -18.5, 335}, {18, -17.5, 310}, {0, 0, 280},
                       {0, 0, 220}, {0, 0, 160}, {0, 0, 110}, {0, 0, 92}}},
    {"DPA", "ATA", 4, {{-2, 36, 12}, {-6, 55, -5}, {-10, 80, -18}, {-14, 102, -28}}},
    {"CPA", "PTA", 3, {{-22, -9, -13}, {-21, -2, -26}, {-18, 8, -38}}},
    {"LPA", "CPA", 5, {{-18, 8, -38}, {-2, 22, -50}, {12, 38, -58}, {26, 62, -58},
                       {34, 85, -55}}},
    {"MPA", "CPA", 4, {{-18, 8, -38}, {-23, 25, -47}, {-22, 45, -52}, {-26, 88, -55}}},
};

/* Legs of bone: z, x, y, radius of the reference leg. */
static const double TIBIA[][4] = {{470, 0, 2, 25}, {440, 0, 2, 24}, {415, -2, 3, 20}, {390, -4, 4, 16},
    {355, -5, 4, 13.5}, {300, -6, 4, 12}, {200, -6, 4, 11}, {100, -5, 4, 11}, {50, -2, 3, 13},
    {20, 0, 2, 17}, {8, 0, 2, 18}};
static const double FIBULA[][4] = {{405, 36, -10, 7}, {395, 36, -10, 9}, {370, 35, -11, 6.8}, {300, 34, -10, 6},
    {200, 33, -9, 6}, {100, 30, -8, 6}, {40, 26, -6, 7.5}, {0, 26, -6, 8}, {-18, 26, -6, 6}};
/* Foot: from x, y, z, radius to x, y, z, radius. Talus, heel, then rays 1 to 5. */
static const double FOOT[][8] = {
    {0, 0, -12, 15, 0, 24, -18, 12}, {2, -22, -32, 15, 4, 10, -30, 12}, {-2, 30, -22, 10, -6, 46, -26, 10},
    {-14, 48, -30, 6.5, -20, 104, -46, 6}, {-5, 50, -28, 4, -8, 106, -46, 4}, {4, 50, -30, 4, 5, 102, -47, 4},
    {12, 48, -34, 4, 18, 97, -48, 4}, {18, 44, -38, 4, 29, 90, -50, 4}};
// clang-format on

/* Catmull and Rom 1974, centripetal enough for knots this even. */
static double spline(double a, double b, double c, double d, double t)
{
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t +
                  (3 * b - 3 * c + d - a) * t * t * t);
}

static void course_at(const course *way, double u, double *out)
{
    int last = way->count - 1, i = (int)u;

    if (i > last - 1)
        i = last - 1;
    for (int k = 0; k < 3; k++) {
        double b = way->knots[i][k], c = way->knots[i + 1][k];
        double a = i > 0 ? way->knots[i - 1][k] : 2 * b - c;
        double d = i + 2 <= last ? way->knots[i + 2][k] : 2 * c - b;

        out[k] = spline(a, b, c, d, u - i);
    }
}

/* Turn what lies below the ankle about its axis. */
static void flex(const cta_scene *scene, double *p)
{
    double turn = scene->flexion * cta_smooth((26 - p[2]) / 50);
    double y = p[1] * cos(turn) + p[2] * sin(turn), z = p[2] * cos(turn) - p[1] * sin(turn);

    p[1] = y;
    p[2] = z;
}

static double distance(const double *a, const double *b)
{
    return sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) +
                (a[2] - b[2]) * (a[2] - b[2]));
}

static bool tube_new(cta_tube *tube, const char *name, bool vein, int parent)
{
    double *block = wadi_alloc((size_t)CTA_SAMPLES * 12, sizeof *block);

    *tube = (cta_tube){.vein = vein, .parent = parent};
    snprintf(tube->name, sizeof tube->name, "%s", name);
    tube->point = (double(*)[3])block;
    if (!block)
        return false;
    tube->side = (double(*)[2][3])(block + 3 * CTA_SAMPLES);
    tube->full = block + 9 * CTA_SAMPLES;
    tube->open = block + 10 * CTA_SAMPLES;
    tube->path = block + 11 * CTA_SAMPLES;
    return true;
}

void phantom_cta_free(cta_scene *scene)
{
    if (!scene)
        return;
    for (int i = 0; i < scene->tube_count; i++)
        free(scene->tubes[i].point);
    free(scene);
}

int phantom_cta_tube(const cta_scene *scene, const char *name)
{
    for (int i = 0; i < scene->tube_count; i++)
        if (!strcmp(scene->tubes[i].name, name))
            return i;
    return -1;
}

/* Put samples CTA_STEP_MM apart on a finely sampled curve. */
static void even_out(double (*fine)[3], int fine_count, cta_tube *tube)
{
    double along = 0, next = 0;

    tube->count = 0;
    for (int i = 0; i + 1 < fine_count; i++) {
        double piece = distance(fine[i], fine[i + 1]);

        while (next <= along + piece && tube->count < CTA_SAMPLES) {
            double t = piece > 0 ? (next - along) / piece : 0;

            for (int k = 0; k < 3; k++)
                tube->point[tube->count][k] = fine[i][k] + t * (fine[i + 1][k] - fine[i][k]);
            tube->path[tube->count++] = next;
            next += CTA_STEP_MM;
        }
        along += piece;
    }
}

static void set_sides(cta_tube *tube)
{
    for (int i = 0; i < tube->count; i++) {
        int a = i > 2 ? i - 3 : 0, b = i + 3 < tube->count ? i + 3 : tube->count - 1;
        double t[3], *n = tube->side[i][0], *m = tube->side[i][1], size = 0, dot, norm = 0;

        for (int k = 0; k < 3; k++)
            t[k] = tube->point[b][k] - tube->point[a][k];
        for (int k = 0; k < 3; k++)
            size += t[k] * t[k];
        size = sqrt(size) + 1e-12;
        for (int k = 0; k < 3; k++)
            t[k] /= size;
        dot = t[0]; /* the lateral direction, made upright on the tangent */
        for (int k = 0; k < 3; k++) {
            n[k] = (k == 0) - dot * t[k];
            norm += n[k] * n[k];
        }
        norm = sqrt(norm) + 1e-12;
        for (int k = 0; k < 3; k++)
            n[k] /= norm;
        m[0] = n[1] * t[2] - n[2] * t[1];
        m[1] = n[2] * t[0] - n[0] * t[2];
        m[2] = n[0] * t[1] - n[1] * t[0];
    }
}

/* Centre and radius of a shaft at a height of the scaled leg. */
static bool shaft_at(const cta_bone *bone, double z, double *x, double *y, double *radius)
{
    for (int i = 0; i + 1 < bone->count; i++) {
        const double *a = bone->knot[i], *b = bone->knot[i + 1];

        if (z <= a[0] && z >= b[0]) {
            double t = cta_smooth((a[0] - z) / (a[0] - b[0]));

            *x = a[1] + t * (b[1] - a[1]);
            *y = a[2] + t * (b[2] - a[2]);
            *radius = a[3] + t * (b[3] - a[3]);
            return true;
        }
    }
    return false;
}

static void grow_bones(wadi_random *random, cta_scene *scene)
{
    double s = scene->scale, stout = cta_between(random, 0.95, 1.05);

    for (int b = 0; b < 2; b++) {
        cta_bone *bone = &scene->bones[b];
        const double(*rows)[4] = b ? FIBULA : TIBIA;

        bone->count = (int)(b ? WADI_COUNT_OF(FIBULA) : WADI_COUNT_OF(TIBIA));
        for (int i = 0; i < bone->count; i++)
            for (int k = 0; k < 4; k++)
                bone->knot[i][k] = rows[i][k] * s * (k == 3 ? stout : 1);
        bone->cortex = b ? cta_between(random, 1.8, 2.6) : cta_between(random, 2.8, 4.2);
        bone->cortex_hu = cta_between(random, 900, 1500);
        bone->marrow_hu = cta_between(random, -20, 120);
    }
    scene->bone_count = 2;
    for (size_t f = 0; f < WADI_COUNT_OF(FOOT); f++) {
        cta_bone *bone = &scene->bones[scene->bone_count++];

        bone->capsule = true;
        bone->count = 2;
        for (int e = 0; e < 2; e++) {
            for (int k = 0; k < 4; k++)
                bone->knot[e][k] = FOOT[f][4 * e + k] * s;
            flex(scene, bone->knot[e]);
        }
        bone->cortex = cta_between(random, 0.9, 1.5);
        bone->cortex_hu = cta_between(random, 900, 1100);
        bone->marrow_hu = cta_between(random, 120, 250);
    }
}

/* The peroneal artery lies on the fibula: its knots from the fourth on are set so that the
 * lumen touches the cortex. */
static void lean_on_fibula(const cta_scene *scene, double radius, course *way)
{
    for (int i = 3; i < way->count; i++) {
        double x, y, r, z = way->knots[i][2];

        if (!shaft_at(&scene->bones[1], z, &x, &y, &r))
            continue;
        way->knots[i][0] = x - 0.75 * (r + radius + 0.1);
        way->knots[i][1] = y - 0.66 * (r + radius + 0.1);
    }
}

static void grow_artery(wadi_random *random, cta_scene *scene, const course *from,
                        double radius, cta_tube *tube)
{
    enum { FINE = 4000 };
    double(*fine)[3] = wadi_alloc(FINE, sizeof *fine);
    course way = *from;
    bool leans = !strcmp(from->name, "PER");
    double wave[2][2], phase[2][2], swing = leans ? 0.25 : 1;

    WADI_ASSERT(fine);
    for (int i = 0; i < way.count; i++)
        for (int k = 0; k < 3; k++)
            way.knots[i][k] *= scene->scale;
    if (leans)
        lean_on_fibula(scene, radius, &way);
    for (int a = 0; a < 2; a++)
        for (int w = 0; w < 2; w++) {
            wave[a][w] =
                swing * (w ? cta_between(random, 0.5, 1.8) : cta_between(random, 0.1, 0.6));
            phase[a][w] = cta_between(random, 0, 2 * WADI_PI);
        }
    for (int i = 0; i < FINE; i++) {
        double u = (way.count - 1) * i / (FINE - 1.0), along = 0;

        course_at(&way, u, fine[i]);
        along = fine[i][2] - 0.8 * fine[i][1];
        /* Ends stay where the tree has its nodes. */
        double hold = cta_smooth(u / 0.8) * cta_smooth((way.count - 1 - u) / 0.8);

        for (int a = 0; a < 2; a++)
            fine[i][a] += hold * (wave[a][0] * sin(along / 6.5 + phase[a][0]) +
                                  wave[a][1] * sin(along / 21 + phase[a][1]));
        flex(scene, fine[i]);
    }
    even_out(fine, FINE, tube);
    set_sides(tube);
    free(fine);
}

/* ---- veins ---- */

typedef struct companion {
    const char *name, *artery;
    double angle, upper_angle; /* round the artery, degrees from lateral towards the front */
    double from_top, to_share; /* mm below the artery's upper end; share of its length */
} companion;

static const companion VEINS[] = {
    {"POPV", "POP", -95, -95, 0, 1},     {"TPTV", "TPT", -95, -95, 0, 1},
    {"PTV1", "PTA", 185, -120, 7, 1},    {"PTV2", "PTA", -20, -75, 9, 1},
    {"ATV1", "ATA", 10, 10, 24, 1},      {"ATV2", "ATA", 170, 170, 24, 1},
    {"PERV1", "PER", -62, -100, 22, 1},  {"PERV2", "PER", 150, -140, 34, 1},
    {"DPVX", "DPA", 150, 150, 0, 0.9},   {"CPV", "CPA", -120, -120, 0, 1},
    {"LPV", "LPA", -100, -100, 0, 0.95},
};

static void vein_place(const cta_tube *artery, int i, double angle, double off, double *out)
{
    for (int k = 0; k < 3; k++)
        out[k] = artery->point[i][k] + off * (cos(angle) * artery->side[i][0][k] +
                                              sin(angle) * artery->side[i][1][k]);
}

static void grow_vein(wadi_random *random, const companion *v, const cta_tube *artery,
                      cta_tube *tube)
{
    double(*fine)[3] = wadi_alloc(CTA_SAMPLES, sizeof *fine);
    bool foot = !strcmp(artery->name, "LPA") || !strcmp(artery->name, "DPA") ||
                !strcmp(artery->name, "CPA");
    double wide = cta_between(random, 1.2, foot ? 1.5 : 2.0);
    double base = cta_between(random, 1.0, 1.8), more = cta_between(random, 0.5, 2.2);
    double length = cta_between(random, 40, 90), phase = cta_between(random, 0, 2 * WADI_PI);
    double sway = cta_between(random, 4, 12), calibre = artery->full[artery->count / 2];
    int first = (int)(v->from_top / CTA_STEP_MM), count = 0;
    int last = (int)(v->to_share * (artery->count - 1));

    WADI_ASSERT(fine);
    for (int i = first; i <= last; i++) {
        double z = artery->path[i], down = z - v->from_top;
        double gap = base + more * (0.5 + 0.5 * sin(2 * WADI_PI * z / length + phase));
        double turn = v->upper_angle +
                      (v->angle - v->upper_angle) * cta_smooth((down - 8) / 55) +
                      sway * sin(2 * WADI_PI * z / (1.37 * length) + phase);
        double off = artery->full[i] + wide * calibre + gap;

        vein_place(artery, i, turn * WADI_PI / 180, off, fine[count++]);
    }
    even_out(fine, count, tube);
    set_sides(tube);
    for (int i = 0; i < tube->count; i++) {
        tube->full[i] = wide * calibre * (1 + 0.06 * sin(tube->path[i] / 17 + phase));
        tube->open[i] = tube->full[i];
    }
    free(fine);
}

/* Whether a tube comes nearer than `least` to the edge of a sample. Samples lie a step apart,
 * so that what is far may be passed over. */
static bool comes_near(const double *point, double radius, double least, const cta_tube *other)
{
    for (int i = 0; i < other->count; i++) {
        double gap = distance(point, other->point[i]) - other->full[i] - radius - least;

        if (gap < 0)
            return true;
        /* Radii change by less than a tenth of the way along. */
        i += (int)(gap / (1.1 * CTA_STEP_MM));
    }
    return false;
}

static bool in_bone(const cta_scene *scene, const double *point, double radius)
{
    double x, y, r;

    for (int b = 0; b < 2; b++)
        if (shaft_at(&scene->bones[b], point[2], &x, &y, &r) &&
            hypot(point[0] - x, point[1] - y) < r + radius + 0.2)
            return true;
    return false;
}

static void drop_samples(cta_tube *tube, int first)
{
    tube->count -= first;
    memmove(tube->point, tube->point + first, (size_t)tube->count * sizeof *tube->point);
    memmove(tube->side, tube->side + first, (size_t)tube->count * sizeof *tube->side);
    memmove(tube->full, tube->full + first, (size_t)tube->count * sizeof *tube->full);
    memmove(tube->open, tube->open + first, (size_t)tube->count * sizeof *tube->open);
    for (int i = 0; i < tube->count; i++)
        tube->path[i] = i * CTA_STEP_MM;
}

/* A vein that would run into an artery, a bone or another vein ends there: the upper part goes
 * when that is in its upper half, else the lower part. */
static void trim_vein(const cta_scene *scene, cta_tube *vein)
{
    int from = 0, to = vein->count;

    for (int i = 0; i < vein->count; i++) {
        bool hit = in_bone(scene, vein->point[i], vein->full[i]);

        for (int t = 0; t < scene->tube_count && !hit; t++) {
            const cta_tube *other = &scene->tubes[t];

            hit = other != vein &&
                  comes_near(vein->point[i], vein->full[i], other->vein ? 0.5 : 0.8, other);
        }
        if (hit && i < vein->count / 2)
            from = i + 1;
        else if (hit && to == vein->count)
            to = i;
    }
    vein->count = to;
    drop_samples(vein, from);
}

/* ---- whole ---- */

static int course_index(const char *name)
{
    for (size_t i = 0; i < WADI_COUNT_OF(ARTERIES); i++)
        if (!strcmp(ARTERIES[i].name, name))
            return (int)i;
    return -1;
}

/* Murray at each branch: the cube of the parent's radius is the sum of its children's. */
static void set_calibres(wadi_random *random, const cta_fate fates[3], double *upper,
                         double *lower)
{
    enum { POP, TPT, ATA, PTA, PER, DPA, CPA, LPA, MPA };
    double share = cta_between(random, 0.55, 0.68);
    const int crural[3] = {ATA, PTA, PER};

    for (int c = 0; c < 3; c++) {
        upper[crural[c]] = 1.08 * fates[c].radius;
        lower[crural[c]] = (c == 2 ? 0.86 : 0.92) * fates[c].radius;
    }
    upper[DPA] = lower[ATA];
    lower[DPA] = 0.88 * upper[DPA];
    upper[CPA] = lower[CPA] = lower[PTA];
    upper[LPA] = lower[CPA] * cbrt(share);
    upper[MPA] = lower[CPA] * cbrt(1 - share);
    lower[LPA] = 0.88 * upper[LPA];
    lower[MPA] = 0.88 * upper[MPA];
    upper[TPT] = lower[TPT] = cbrt(pow(upper[PTA], 3) + pow(upper[PER], 3));
    upper[POP] = lower[POP] = cbrt(pow(upper[TPT], 3) + pow(upper[ATA], 3));
}

/* Vessels to the patient's axes; the left leg is the right one's mirror image. */
static void place(cta_scene *scene)
{
    double flip = scene->left ? 1 : -1;

    for (int t = 0; t < scene->tube_count; t++)
        for (int i = 0; i < scene->tubes[t].count; i++) {
            cta_tube *tube = &scene->tubes[t];

            tube->point[i][0] *= flip;
            tube->point[i][1] *= -1;
            tube->point[i][2] += scene->lift;
            for (int s = 0; s < 2; s++) {
                tube->side[i][s][0] *= flip;
                tube->side[i][s][1] *= -1;
            }
        }
}

static wadi_status grow_tree(wadi_random *random, cta_scene *scene, const cta_fate fates[3],
                             wadi_error *err)
{
    double upper[WADI_COUNT_OF(ARTERIES)], lower[WADI_COUNT_OF(ARTERIES)];

    set_calibres(random, fates, upper, lower);
    for (size_t a = 0; a < WADI_COUNT_OF(ARTERIES); a++) {
        const course *way = &ARTERIES[a];
        cta_tube *tube = &scene->tubes[scene->tube_count++];

        if (!tube_new(tube, way->name, false, way->parent ? course_index(way->parent) : -1))
            return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the phantom's vessels");
        grow_artery(random, scene, way, lower[a], tube);
        for (int i = 0; i < tube->count; i++) {
            tube->full[i] = upper[a] + (lower[a] - upper[a]) * i / (tube->count - 1.0);
            tube->open[i] = tube->full[i];
        }
        tube->hu = 0;
    }
    for (size_t v = 0; v < WADI_COUNT_OF(VEINS); v++) {
        int artery = phantom_cta_tube(scene, VEINS[v].artery);
        cta_tube *tube = &scene->tubes[scene->tube_count];

        if (!tube_new(tube, VEINS[v].name, true, artery))
            return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the phantom's vessels");
        grow_vein(random, &VEINS[v], &scene->tubes[artery], tube);
        trim_vein(scene, tube);
        scene->tube_count++;
    }
    return WADI_OK;
}

static void tint(wadi_random *random, cta_scene *scene)
{
    double artery = cta_between(random, 320, 440), vein = cta_between(random, 90, 185);

    for (int t = 0; t < scene->tube_count; t++)
        scene->tubes[t].hu = scene->tubes[t].vein ? vein + cta_between(random, -10, 15)
                                                  : artery + cta_between(random, -15, 10);
    scene->muscle_hu = cta_between(random, 45, 58);
    scene->fat_hu = cta_between(random, -100, -80);
    scene->fat_mm = cta_between(random, 3, 8);
    scene->girth = cta_between(random, 0.9, 1.03);
    scene->blur_fwhm = cta_between(random, 0.7, 1.0);
    scene->noise_hu = 15 + 45 * pow(wadi_random_uniform(random), 2);
    scene->grain_mm = cta_between(random, 0.35, 0.6);
}

wadi_status phantom_cta_grow(uint64_t seed, cta_scene **out, wadi_error *err)
{
    cta_scene *scene = wadi_alloc(1, sizeof *scene);
    wadi_random random;
    cta_fate fates[3];
    wadi_status status;

    *out = NULL;
    if (!scene)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the phantom");
    wadi_random_init(&random, seed, 0);
    scene->scale = cta_between(&random, 0.88, 0.96);
    scene->left = wadi_random_uniform(&random) < 0.5;
    scene->flexion = cta_between(&random, 35, 48) * WADI_PI / 180;
    scene->lift = round(cta_between(&random, -400, 300));
    /* Lengths of the courses at scale 1, to a few millimetres: fates are drawn before. */
    const double length[3] = {389 * scene->scale, 378 * scene->scale, 274 * scene->scale};

    wadi_random_init(&random, seed, 1);
    phantom_cta_fates(&random, length, fates);
    wadi_random_init(&random, seed, 2);
    grow_bones(&random, scene);
    status = grow_tree(&random, scene, fates, err);
    if (!status) {
        wadi_random_init(&random, seed, 3);
        tint(&random, scene);
        wadi_random_init(&random, seed, 4);
        phantom_cta_apply(&random, scene, fates);
        place(scene);
        *out = scene;
        scene = NULL;
    }
    phantom_cta_free(scene);
    return status;
}
