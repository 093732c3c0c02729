/* The lumen along a rod: narrowed, closed, beside a vein, under calcium; where its bridge runs
 * beside it. */
#include "image/cta_find.h"
#include "near.h"

#include <stdlib.h>
#include <string.h>

enum { SIDE = 40, LONG = 120, FINE = 5, POINTS = 2 * LONG - 20 };

#define PIXEL_MM 0.5
#define AXIS_MM  10.0 /* x and y of the rod */
#define BLUR_MM  0.36

static const double MUSCLE_HU = 50, BLOOD_HU = 350, VEIN_HU = 130, FULL_MM = 1.5;

/* What is drawn: a rod along z, narrowed to `left` of its radius from `from` to `to`. */
typedef struct rod {
    double from, to, left, noise_hu;
    double vein_mm;                /* x of a vein beside it; 0 none */
    double plaque_from, plaque_to; /* calcium all round */
    double bridge_mm;              /* how far beside the rod the trace runs there */
} rod;

static double hu_at(const rod *r, double x, double y, double z)
{
    double far = hypot(x - AXIS_MM, y - AXIS_MM);
    bool in = z >= r->from && z <= r->to;

    if (far < (in ? r->left : 1) * FULL_MM)
        return BLOOD_HU;
    if (z >= r->plaque_from && z <= r->plaque_to && far > 0.9 && far < FULL_MM + 0.3)
        return 1200;
    if (r->vein_mm > 0 && hypot(x - r->vein_mm, y - AXIS_MM) < 1.2)
        return VEIN_HU;
    return far < FULL_MM ? 40 : MUSCLE_HU;
}

/* One slice, 5 x 5 samples a pixel, under the blur. */
static void draw_slice(const rod *r, double z, float *out)
{
    enum { WIDE = SIDE * FINE, REACH = 10 };
    float *fine = wadi_alloc((size_t)WIDE * WIDE, sizeof *fine);
    float *rows = wadi_alloc((size_t)WIDE * WIDE, sizeof *rows);
    double weight[REACH + 1], all = 0;

    for (int k = 0; k <= REACH; k++) {
        weight[k] = exp(-0.5 * pow(k * PIXEL_MM / FINE / BLUR_MM, 2));
        all += k ? 2 * weight[k] : weight[k];
    }
    for (int y = 0; y < WIDE; y++)
        for (int x = 0; x < WIDE; x++)
            fine[y * WIDE + x] = (float)hu_at(r, ((x + 0.5) / FINE - 0.5) * PIXEL_MM,
                                              ((y + 0.5) / FINE - 0.5) * PIXEL_MM, z);
    for (int pass = 0; pass < 2; pass++) {
        int step = pass ? WIDE : 1;

        memcpy(rows, fine, (size_t)WIDE * WIDE * sizeof *rows);
        for (int e = 0; e < WIDE * WIDE; e++) {
            int at = pass ? e / WIDE : e % WIDE;
            double sum = 0;

            for (int k = -REACH; k <= REACH; k++) {
                int to = at + k < 0 ? 0 : at + k >= WIDE ? WIDE - 1 : at + k;

                sum += weight[abs(k)] / all * (double)rows[e + (to - at) * step];
            }
            fine[e] = (float)sum;
        }
    }
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            double sum = 0;

            for (int s = 0; s < FINE * FINE; s++)
                sum += (double)fine[(y * FINE + s / FINE) * WIDE + x * FINE + s % FINE];
            out[y * SIDE + x] = (float)(sum / (FINE * FINE));
        }
    free(fine);
    free(rows);
}

static wadi_volume *image_of(const rod *r)
{
    wadi_volume *v = NULL;
    wadi_error err = {0};
    wadi_random random;
    float kinds[2 * SIDE * SIDE];
    double drawn[2] = {-1, -1};

    assert_int_equal(wadi_volume_new(SIDE, SIDE, LONG, &v, &err), WADI_OK);
    for (int k = 0; k < 3; k++) {
        v->spacing_mm[k] = k < 2 ? PIXEL_MM : 1;
        v->origin_mm[k] = 0;
    }
    wadi_random_init(&random, 9, 0);
    for (int z = 0; z < LONG; z++) {
        bool in = z >= r->from && z <= r->to, plaque = z >= r->plaque_from && z <= r->plaque_to;
        double kind = in + 2 * plaque;

        /* Slices of one kind are alike. */
        if (drawn[0] != kind) {
            draw_slice(r, z, kinds);
            drawn[0] = kind;
        }
        for (int e = 0; e < SIDE * SIDE; e++)
            v->values[z * SIDE * SIDE + e] =
                kinds[e] +
                (float)(r->noise_hu * sqrt(12) * (wadi_random_uniform(&random) - 0.5));
    }
    return v;
}

/* The rod's course as a trace that was lost from 5 mm before the narrow stretch to 5 mm behind
 * it and led across beside it. */
static wadi_cta_findings *traced(const rod *r)
{
    wadi_cta_findings *findings = wadi_alloc(1, sizeof *findings);
    wadi_cta_course *c = wadi_alloc(1, sizeof *c);
    size_t n = POINTS;

    findings->courses = c;
    findings->course_count = 1;
    strcpy(c->name, "PTA");
    c->count = POINTS;
    c->points_mm = wadi_alloc(3 * n, sizeof(double));
    c->along_mm = wadi_alloc(n, sizeof(double));
    c->radius_mm = wadi_alloc(n, sizeof(double));
    c->radius_sd_mm = wadi_alloc(n, sizeof(double));
    c->hu = wadi_alloc(n, sizeof(double));
    c->calcium_arc_deg = wadi_alloc(n, sizeof(double));
    c->closed = wadi_alloc(n, 1);
    for (size_t i = 0; i < n; i++) {
        double z = 5 + 0.5 * (double)i, in = fmin(z - r->from + 5, r->to + 5 - z) / 5;
        bool lost = in > 0;

        c->points_mm[3 * i] = AXIS_MM + r->bridge_mm * fmin(fmax(in, 0), 1);
        c->points_mm[3 * i + 1] = AXIS_MM;
        c->points_mm[3 * i + 2] = z;
        c->along_mm[i] = z - 5;
        c->radius_mm[i] = FULL_MM;
        c->radius_sd_mm[i] = 0.1;
        c->hu[i] = lost ? 0 : BLOOD_HU;
        c->closed[i] = lost;
    }
    return findings;
}

static wadi_cta *graph_of(const rod *r)
{
    wadi_cta *cta = wadi_alloc(1, sizeof *cta);

    cta->columns = cta->rows = SIDE;
    cta->slices = LONG;
    cta->labels = wadi_alloc((size_t)SIDE * SIDE * LONG, 1);
    cta->artery_hu = BLOOD_HU;
    cta->muscle_hu = MUSCLE_HU;
    cta->vein_hu = VEIN_HU;
    cta->noise_hu = r->noise_hu;
    return cta;
}

/* A line along z that the search took for a vein. */
static void add_vein(wadi_cta *cta, double x, double from, double to, double hu)
{
    wadi_cta_branch *vein = wadi_alloc(1, sizeof *vein);
    size_t n = (size_t)(2 * (to - from));

    cta->branches = vein;
    cta->branch_count = 1;
    vein->kind = WADI_CTA_VEIN;
    vein->parent = vein->companion = WADI_NONE;
    vein->count = (wadi_index)n;
    vein->points_mm = wadi_alloc(3 * n, sizeof(double));
    vein->radius_mm = wadi_alloc(n, sizeof(double));
    vein->radius_sd_mm = wadi_alloc(n, sizeof(double));
    vein->hu = wadi_alloc(n, sizeof(double));
    vein->calcium_arc_deg = wadi_alloc(n, sizeof(double));
    vein->calcium_mm2 = wadi_alloc(n, sizeof(double));
    vein->bridged = wadi_alloc(n, 1);
    for (size_t i = 0; i < n; i++) {
        vein->points_mm[3 * i] = x;
        vein->points_mm[3 * i + 1] = AXIS_MM;
        vein->points_mm[3 * i + 2] = from + 0.5 * (double)i;
        vein->radius_mm[i] = 1.2;
        vein->hu[i] = hu;
    }
}

static wadi_cta_findings *judged(const rod *r, wadi_cta *cta)
{
    wadi_volume *v = image_of(r);
    wadi_cta_findings *findings = traced(r);
    wadi_limb *reference = NULL;
    wadi_error err = {0};

    assert_int_equal(wadi_limb_reference(&reference, &err), WADI_OK);
    assert_int_equal(cta_lesions(cta, v, reference, findings, &err), WADI_OK);
    wadi_limb_free(reference);
    wadi_volume_free(v);
    return findings;
}

static void expect_one(const rod *r, wadi_cta *cta, wadi_lesion_kind kind, double ends_mm,
                       double degree)
{
    wadi_cta_findings *findings = judged(r, cta);
    const wadi_cta_course *c = findings->courses;

    assert_int_equal(c->lesion_count, 1);
    assert_int_equal(c->lesions[0].kind, kind);
    assert_near(c->lesions[0].from_mm, r->from - 5.5, 0, ends_mm);
    assert_near(c->lesions[0].to_mm, r->to - 4.5, 0, ends_mm);
    assert_near(c->lesions[0].reference_mm.value, 2 * FULL_MM, 0.06, 0);
    if (kind == WADI_STENOSIS) {
        assert_near(c->lesions[0].stenosis_frac.value, 1 - r->left, 0, degree);
        /* Between its ends the course lies in the lumen, wherever its bridge was. */
        for (wadi_index i = 0; i < c->count; i++)
            if (c->points_mm[3 * i + 2] > r->from + 3 && c->points_mm[3 * i + 2] < r->to - 3)
                assert_near(c->points_mm[3 * i], AXIS_MM, 0, 0.45);
    }
    wadi_cta_findings_free(findings);
    wadi_cta_free(cta);
}

static void a_narrow_lumen_is_a_stenosis_of_its_degree_and_length(void **state)
{
    static const rod RODS[] = {
        {.from = 50, .to = 62, .left = 0.4, .noise_hu = 15},
        {.from = 50, .to = 62, .left = 0.3, .noise_hu = 15},
        {.from = 35, .to = 85, .left = 0.35, .noise_hu = 15},
        {.from = 50, .to = 62, .left = 0.4, .noise_hu = 45},
        {.from = 35, .to = 85, .left = 0.4, .noise_hu = 45},
    };

    (void)state;
    for (size_t k = 0; k < WADI_COUNT_OF(RODS); k++)
        expect_one(&RODS[k], graph_of(&RODS[k]), WADI_STENOSIS, 1.5, 0.06);
}

static void a_lumen_beside_the_bridge_is_found(void **state)
{
    static const rod RODS[] = {
        {.from = 40, .to = 80, .left = 0.35, .noise_hu = 15, .bridge_mm = 1.5},
        {.from = 40, .to = 80, .left = 0.4, .noise_hu = 40, .bridge_mm = -2},
    };

    (void)state;
    for (size_t k = 0; k < WADI_COUNT_OF(RODS); k++)
        expect_one(&RODS[k], graph_of(&RODS[k]), WADI_STENOSIS, 2, 0.07);
}

static void what_is_closed_stays_closed_in_noise(void **state)
{
    static const rod RODS[] = {
        {.from = 40, .to = 80, .left = 0, .noise_hu = 10, .bridge_mm = 1},
        {.from = 40, .to = 80, .left = 0, .noise_hu = 50, .bridge_mm = 1},
    };

    (void)state;
    for (size_t k = 0; k < WADI_COUNT_OF(RODS); k++)
        expect_one(&RODS[k], graph_of(&RODS[k]), WADI_OCCLUSION, 1.5, 0);
}

static void a_vein_beside_an_occlusion_is_not_its_lumen(void **state)
{
    const rod r = {.from = 40,
                   .to = 80,
                   .left = 0,
                   .noise_hu = 15,
                   .bridge_mm = 1.5,
                   .vein_mm = AXIS_MM + 3.2};
    wadi_cta *cta = graph_of(&r);

    (void)state;
    add_vein(cta, r.vein_mm, 0, LONG, VEIN_HU);
    expect_one(&r, cta, WADI_OCCLUSION, 1.5, 0);
}

/* A narrowed artery is as bright as a vein, and the search for veins may have taken it. */
static void a_stenosis_that_went_for_a_vein_is_found(void **state)
{
    const rod r = {.from = 40, .to = 80, .left = 0.4, .noise_hu = 15, .bridge_mm = 1};
    wadi_cta *cta = graph_of(&r);

    (void)state;
    add_vein(cta, AXIS_MM, 42, 78, 210);
    expect_one(&r, cta, WADI_STENOSIS, 2, 0.07);
}

static void calcium_all_round_an_occlusion_is_no_lumen(void **state)
{
    const rod r = {
        .from = 35, .to = 85, .left = 0, .noise_hu = 15, .plaque_from = 46, .plaque_to = 74};

    (void)state;
    expect_one(&r, graph_of(&r), WADI_OCCLUSION, 1.5, 0);
}

static void refused_memory_is_an_error_and_leaks_nothing(void **state)
{
    const rod r = {.from = 40, .to = 80, .left = 0.4, .noise_hu = 15};
    wadi_volume *v = image_of(&r);
    wadi_cta *cta = graph_of(&r);
    wadi_error err = {0};
    bool refused = true;

    (void)state;
    for (long nth = 1; refused && nth < 60; nth++) {
        wadi_cta_findings *findings = traced(&r);
        double lumen[POINTS], inner[POINTS], open[POINTS];
        wadi_status status;

        wadi_memory_refuse(nth);
        status = cta_lumen(cta, v, findings, findings->courses, lumen, inner, open, &err);
        wadi_memory_refuse(0);
        /* Without room for the level of blood the graph's is taken. */
        refused = status != WADI_OK || nth < 8;
        wadi_cta_findings_free(findings);
    }
    assert_false(refused);
    wadi_cta_free(cta);
    wadi_volume_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_narrow_lumen_is_a_stenosis_of_its_degree_and_length),
        cmocka_unit_test(a_lumen_beside_the_bridge_is_found),
        cmocka_unit_test(what_is_closed_stays_closed_in_noise),
        cmocka_unit_test(a_vein_beside_an_occlusion_is_not_its_lumen),
        cmocka_unit_test(a_stenosis_that_went_for_a_vein_is_found),
        cmocka_unit_test(calcium_all_round_an_occlusion_is_no_lumen),
        cmocka_unit_test(refused_memory_is_an_error_and_leaks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
