/* Ends of occlusions on a rod that is dark in its middle. */
#include "image/cta_find.h"
#include "near.h"

#include <stdlib.h>
#include <string.h>

enum { ROD_SIDE = 32, ROD_LONG = 110 };

/* A noisy rod of blood of radius 1.5 mm along z in muscle, dark from 40 to 70 mm but for a
 * grain. */
static wadi_volume *broken_rod(void)
{
    wadi_volume *v = NULL;
    wadi_error err = {0};
    wadi_random random;

    assert_int_equal(wadi_volume_new(ROD_SIDE, ROD_SIDE, ROD_LONG, &v, &err), WADI_OK);
    memset(v->axes, 0, sizeof v->axes);
    for (int k = 0; k < 3; k++) {
        v->axes[k][k] = 1;
        v->spacing_mm[k] = k < 2 ? 0.5 : 1;
        v->origin_mm[k] = 0;
    }
    wadi_random_init(&random, 5, 0);
    for (int z = 0; z < ROD_LONG; z++)
        for (int y = 0; y < ROD_SIDE; y++)
            for (int x = 0; x < ROD_SIDE; x++) {
                double far = hypot(0.5 * x - 8, 0.5 * y - 8);
                double open = z < 40 || z > 70 || z == 52 ? 0.5 * erfc((far - 1.5) / 0.6) : 0;

                v->values[(z * ROD_SIDE + y) * ROD_SIDE + x] =
                    (float)(50 + 300 * open + 80 * (wadi_random_uniform(&random) - 0.5));
            }
    return v;
}

/* Its course when the trace gave up 8 mm early on both sides, the bridge goes beside it, and
 * a grain of noise in it was taken for blood. */
static wadi_cta_findings *early_ends(void)
{
    wadi_cta_findings *findings = wadi_alloc(1, sizeof *findings);
    wadi_cta_course *c = wadi_alloc(1, sizeof *c);
    size_t n = 2 * ROD_LONG - 20;

    findings->courses = c;
    findings->course_count = 1;
    strcpy(c->name, "PTA");
    c->count = (wadi_index)n;
    c->points_mm = wadi_alloc(3 * n, sizeof(double));
    c->along_mm = wadi_alloc(n, sizeof(double));
    c->radius_mm = wadi_alloc(n, sizeof(double));
    c->radius_sd_mm = wadi_alloc(n, sizeof(double));
    c->hu = wadi_alloc(n, sizeof(double));
    c->calcium_arc_deg = wadi_alloc(n, sizeof(double));
    c->closed = wadi_alloc(n, 1);
    for (size_t i = 0; i < n; i++) {
        double z = 2 + 0.5 * (double)i, in = fmin(fmin(z - 32, 78 - z) / 5, 1);

        c->points_mm[3 * i] = 8 + 4 * fmax(in, 0);
        c->points_mm[3 * i + 1] = 8;
        c->points_mm[3 * i + 2] = z;
        c->along_mm[i] = z - 2;
        c->radius_mm[i] = 1.5;
        c->radius_sd_mm[i] = 0.1;
        c->hu[i] = 300;
        c->closed[i] = z > 32 && z < 78 && fabs(z - 55) > 2;
    }
    return findings;
}

static void an_occlusion_ends_where_blood_does_not_where_the_trace_gave_up(void **state)
{
    wadi_volume *v = broken_rod();
    wadi_cta_findings *findings = early_ends();
    wadi_cta_course *c = findings->courses;
    uint8_t *labels = wadi_alloc((size_t)ROD_SIDE * ROD_SIDE * ROD_LONG, 1);
    wadi_cta cta = {.columns = ROD_SIDE,
                    .rows = ROD_SIDE,
                    .slices = ROD_LONG,
                    .labels = labels,
                    .artery_hu = 350,
                    .muscle_hu = 50,
                    .noise_hu = 23};
    wadi_error err = {0};
    bool changed = false;
    int changes = 0;

    (void)state;
    assert_int_equal(cta_reclose(&cta, v, c, &err), WADI_OK);
    assert_int_equal(cta_stumps(&cta, v, findings, c, &changed, &err), WADI_OK);
    assert_true(changed);
    assert_int_equal(cta_reclose(&cta, v, c, &err), WADI_OK);
    for (wadi_index i = 1; i < c->count; i++)
        if (c->closed[i] != c->closed[i - 1]) {
            assert_near(c->points_mm[3 * i + 2], changes ? 70.5 : 39.5, 0, 1.2);
            assert_near(c->points_mm[3 * i], 8, 0, 0.5);
            changes++;
        }
    assert_int_equal(changes, 2);
    free(labels);
    wadi_cta_findings_free(findings);
    wadi_volume_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_occlusion_ends_where_blood_does_not_where_the_trace_gave_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
