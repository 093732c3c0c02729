/* Vessels from CT and MR angiograms: small scenes drawn here, and the public aorta. */
#include "base/base_impl.h"
#include "image_data.h"
#include "vtp_read.h"
#include "wadi/image_cta.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A calf of 44 x 44 x 90 mm: two bones, an artery that is closed for a stretch, a vein. */
enum { NX = 88, NY = 88, NZ = 90 };

static void path_artery(double z, double *p)
{
    p[0] = 16 + 1.5 * sin(z / 14);
    p[1] = 30 + 1.2 * cos(z / 17);
}

static void path_vein(double z, double *p)
{
    path_artery(z, p);
    p[0] += 5.2;
    p[1] += 1.0;
}

static double blurred_edge(double inside_mm)
{
    return 0.5 * (1 + erf(inside_mm / (0.36 * sqrt(2))));
}

/* `closed` in mm of z; artery radius 1.6, vein 2.0. */
static wadi_volume *calf(double closed_from, double closed_to)
{
    wadi_volume *v = NULL;
    wadi_error err = {0};
    wadi_random random;

    assert_int_equal(wadi_volume_new(NX, NY, NZ, &v, &err), WADI_OK);
    v->spacing_mm[0] = v->spacing_mm[1] = 0.5;
    v->origin_mm[0] = 100;
    v->origin_mm[2] = -300;
    wadi_random_init(&random, 5, 0);
    for (int z = 0; z < NZ; z++) {
        double a[2], w[2];

        path_artery(z, a);
        path_vein(z, w);
        for (int y = 0; y < NY; y++)
            for (int x = 0; x < NX; x++) {
                double px = 0.5 * x, py = 0.5 * y, value = 50;
                double tibia = 9 - hypot(px - 16, py - 14),
                       fibula = 5 - hypot(px - 36, py - 26);
                double bone = fmax(tibia, fibula);
                double noise = 0;

                for (int k = 0; k < 4; k++)
                    noise += wadi_random_uniform(&random) - 0.5;
                value += 1050 * blurred_edge(bone) - 950 * blurred_edge(bone - 2.5);
                if (z < closed_from || z > closed_to)
                    value += 310 * blurred_edge(1.6 - hypot(px - a[0], py - a[1]));
                value += 80 * blurred_edge(2.0 - hypot(px - w[0], py - w[1]));
                v->values[((size_t)z * NY + (size_t)y) * NX + (size_t)x] =
                    (float)(value + 26 * noise);
            }
    }
    return v;
}

static wadi_cta *run(const wadi_volume *v, const wadi_cta_options *options)
{
    wadi_error err = {0};
    wadi_cta *cta = NULL;

    if (wadi_cta_run(v, options, &cta, &err)) {
        print_error("%s\n", err.message);
        fail();
    }
    return cta;
}

/* How far the points of a kind are from its drawn path; their mean radius and length. */
static double off_path(const wadi_cta *cta, wadi_cta_label kind, void (*path)(double, double *),
                       double *radius, double *length)
{
    double sum = 0, count = 0;

    *radius = *length = 0;
    for (wadi_index b = 0; b < cta->branch_count; b++) {
        const wadi_cta_branch *branch = &cta->branches[b];

        if (branch->kind != kind)
            continue;
        *length += branch->length_mm;
        for (wadi_index i = 0; i < branch->count; i++) {
            double p[2];

            path(branch->points_mm[3 * i + 2] + 300, p);
            if (branch->bridged[i])
                continue;
            sum += hypot(branch->points_mm[3 * i] - 100 - p[0],
                         branch->points_mm[3 * i + 1] - p[1]);
            *radius += branch->radius_mm[i];
            count++;
        }
    }
    *radius /= fmax(count, 1);
    return sum / fmax(count, 1);
}

static void an_artery_and_its_vein_are_told_apart_and_measured(void **state)
{
    wadi_volume *v = calf(1e9, 1e9);
    wadi_cta_options options = wadi_cta_options_default();
    wadi_cta *cta = run(v, &options);
    double radius, length;

    (void)state;
    assert_true(off_path(cta, WADI_CTA_ARTERY, path_artery, &radius, &length) < 0.2);
    assert_near(radius, 1.6, 0, 0.15);
    assert_near(length, 90, 0, 8);
    assert_true(off_path(cta, WADI_CTA_VEIN, path_vein, &radius, &length) < 0.35);
    assert_near(radius, 2.0, 0, 0.2);
    assert_near(length, 90, 0, 10);
    /* Bone is bone, marrow with it, and none of it a vessel. */
    assert_int_equal(cta->labels[((size_t)45 * NY + 28) * NX + 32], WADI_CTA_BONE);
    assert_int_equal(cta->labels[((size_t)45 * NY + 52) * NX + 72], WADI_CTA_BONE);
    assert_near(cta->artery_hu, 360, 0, 25);
    assert_near(cta->vein_hu, 130, 0, 25);
    wadi_cta_free(cta);
    wadi_volume_free(v);
}

static void an_occlusion_is_bridged_at_its_true_length(void **state)
{
    wadi_volume *v = calf(30, 62);
    wadi_cta_options options = wadi_cta_options_default();
    wadi_cta *cta = run(v, &options);
    double bridged = 0, artery = 0;

    (void)state;
    for (wadi_index b = 0; b < cta->branch_count; b++) {
        const wadi_cta_branch *branch = &cta->branches[b];

        if (branch->kind != WADI_CTA_ARTERY)
            continue;
        double here = 0;

        artery += branch->length_mm;
        for (wadi_index i = 0; i + 1 < branch->count; i++)
            here += branch->bridged[i] ? branch->length_mm / (branch->count - 1) : 0;
        bridged += here;
        assert_int_equal((branch->reasons & WADI_CTA_BRIDGED) != 0, here > 0);
    }
    assert_near(bridged, 32, 0, 5);
    assert_near(artery, 90, 0, 8);
    wadi_cta_free(cta);
    /* Not allowed to cross: two pieces, no bridge. */
    options.bridge_mm = 5;
    cta = run(v, &options);
    for (wadi_index b = 0; b < cta->branch_count; b++)
        assert_false(cta->branches[b].reasons & WADI_CTA_BRIDGED);
    wadi_cta_free(cta);
    wadi_volume_free(v);
}

static void a_result_is_the_same_whatever_the_threads(void **state)
{
    wadi_volume *v = calf(30, 62);
    wadi_cta_options options = wadi_cta_options_default();
    wadi_cta *a = run(v, &options), *b = run(v, &options);

    (void)state;
    assert_int_equal(a->branch_count, b->branch_count);
    assert_memory_equal(a->labels, b->labels, (size_t)NX * NY * NZ);
    for (wadi_index i = 0; i < a->branch_count; i++) {
        assert_int_equal(a->branches[i].count, b->branches[i].count);
        assert_memory_equal(a->branches[i].points_mm, b->branches[i].points_mm,
                            (size_t)a->branches[i].count * 3 * sizeof(double));
    }
    wadi_cta_free(a);
    wadi_cta_free(b);
    wadi_volume_free(v);
}

static wadi_cta_seed seed_at(double z, void (*path)(double, double *), wadi_cta_label kind,
                             wadi_cta_vessel vessel)
{
    double p[2];

    path(z, p);
    return (wadi_cta_seed){
        .at_mm = {100 + p[0], p[1], z - 300}, .kind = kind, .vessel = vessel};
}

static void seeds_are_joined_where_the_search_found_nothing(void **state)
{
    wadi_volume *v = calf(1e9, 1e9);
    wadi_cta_options options = wadi_cta_options_default();
    const wadi_cta_seed seeds[] = {
        seed_at(12, path_artery, WADI_CTA_ARTERY, WADI_CTA_PERONEAL),
        seed_at(78, path_artery, WADI_CTA_ARTERY, WADI_CTA_PERONEAL)};
    double radius, length;

    (void)state;
    options.least_mm = 400; /* everything is too short for the search */
    wadi_cta *cta = run(v, &options);

    assert_int_equal(cta->branch_count, 0);
    wadi_cta_free(cta);
    options.seeds = seeds;
    options.seed_count = 2;
    cta = run(v, &options);
    assert_int_equal(cta->seed_count, 2);
    assert_true(off_path(cta, WADI_CTA_ARTERY, path_artery, &radius, &length) < 0.3);
    assert_near(length, 66, 0, 8);
    assert_near(radius, 1.6, 0, 0.2);
    for (int s = 0; s < 2; s++) {
        assert_int_equal(cta->seeds[s].reasons, 0);
        assert_true(cta->seeds[s].off_mm < 1);
        assert_int_equal(cta->branches[cta->seeds[s].branch].vessel, WADI_CTA_PERONEAL);
    }
    wadi_cta_free(cta);
    wadi_volume_free(v);
}

/* Across the closed part of the artery the vein beside shows more than the artery does: a front
 * that turns at no cost goes over to it and comes back. */
static void seeds_are_joined_across_an_occlusion_without_a_detour_through_the_vein(void **state)
{
    wadi_volume *v = calf(34, 56);
    wadi_cta_options options = wadi_cta_options_default();
    const wadi_cta_seed seeds[] = {
        seed_at(12, path_artery, WADI_CTA_ARTERY, WADI_CTA_PERONEAL),
        seed_at(78, path_artery, WADI_CTA_ARTERY, WADI_CTA_PERONEAL)};
    double worst = 0, closed = 0;

    (void)state;
    options.least_mm = 400;
    options.seeds = seeds;
    options.seed_count = 2;
    wadi_cta *cta = run(v, &options);

    for (wadi_index b = 0; b < cta->branch_count; b++)
        for (wadi_index i = 0; i < cta->branches[b].count; i++) {
            const double *at = cta->branches[b].points_mm + 3 * i;
            double p[2];

            path_artery(at[2] + 300, p);
            worst = fmax(worst, hypot(at[0] - 100 - p[0], at[1] - p[1]));
            closed += cta->branches[b].bridged[i] ? 0.5 : 0;
        }
    print_message("%.2f mm off, %.1f mm closed\n", worst, closed);
    assert_true(worst < 2);
    assert_near(closed, 22, 0, 5);
    wadi_cta_free(cta);
    wadi_volume_free(v);
}

static void a_seed_without_a_way_says_so_and_one_in_a_vessel_names_it(void **state)
{
    wadi_volume *v = calf(30, 62);
    wadi_cta_options options = wadi_cta_options_default();
    wadi_error err = {0};
    wadi_cta *cta;
    wadi_cta_seed seeds[] = {seed_at(15, path_artery, WADI_CTA_ARTERY, WADI_CTA_PERONEAL),
                             seed_at(75, path_artery, WADI_CTA_ARTERY, WADI_CTA_PERONEAL),
                             seed_at(45, path_vein, WADI_CTA_VEIN, WADI_CTA_SMALL_SAPHENOUS),
                             {.at_mm = {101, 40, -255}, .kind = WADI_CTA_ARTERY}};

    (void)state;
    options.seeds = seeds;
    options.seed_count = 4;
    options.bridge_mm = 5; /* 32 mm are closed */
    cta = run(v, &options);
    assert_true(cta->seeds[0].reasons & WADI_CTA_NO_PATH);
    assert_true(cta->seeds[1].reasons & WADI_CTA_NO_PATH);
    assert_int_equal(cta->seeds[2].reasons, 0);
    assert_int_equal(cta->branches[cta->seeds[2].branch].kind, WADI_CTA_VEIN);
    assert_int_equal(cta->branches[cta->seeds[2].branch].vessel, WADI_CTA_SMALL_SAPHENOUS);
    assert_int_equal(cta->seeds[3].branch, WADI_NONE);
    assert_true(cta->seeds[3].reasons & WADI_CTA_NO_PATH);
    assert_true(cta->reasons & WADI_CTA_NO_PATH);
    wadi_cta_free(cta);
    seeds[1].at_mm[2] = 5000;
    /* Before any search: it does not even ask for memory. */
    wadi_memory_refuse(1);
    assert_int_equal(wadi_cta_run(v, &options, &cta, &err), WADI_ERR_RANGE);
    wadi_memory_refuse(0);
    assert_non_null(strstr(err.message, "seed 2"));
    wadi_volume_free(v);
}

/* A trunk of 2 mm that parts into two branches of `lower` mm. */
static uint32_t parting(double lower, double *exponent)
{
    wadi_volume *v = NULL;
    wadi_error err = {0};
    wadi_cta_options options = wadi_cta_options_default();
    uint32_t reasons = 0;

    assert_int_equal(wadi_volume_new(NX, NY, NZ, &v, &err), WADI_OK);
    v->spacing_mm[0] = v->spacing_mm[1] = 0.5;
    for (int z = 0; z < NZ; z++)
        for (int y = 0; y < NY; y++)
            for (int x = 0; x < NX; x++) {
                double px = 0.5 * x - 24, py = 0.5 * y - 20, apart = fmax(0, 0.35 * (50 - z));
                double trunk = 2 - hypot(px, py);
                double part = lower - hypot(fabs(px) - apart, py);
                double in = z > 50 ? trunk : part;

                v->values[((size_t)z * NY + (size_t)y) * NX + (size_t)x] =
                    (float)(50 + 310 * blurred_edge(in));
            }
    options.quiet_veins = true;
    wadi_cta *cta = run(v, &options);

    *exponent = 0;
    for (wadi_index n = 0; n < cta->node_count; n++) {
        reasons |= cta->nodes[n].reasons;
        *exponent = fmax(*exponent, cta->nodes[n].murray_exponent);
    }
    print_message("branches of %.2f mm: exponent %.2f\n", lower, *exponent);
    /* One branching is one node: a tree has a node more than branches. */
    int meeting = 0;

    for (wadi_index n = 0; n < cta->node_count; n++) {
        assert_true(cta->nodes[n].degree == 1 || cta->nodes[n].degree == 3);
        meeting += cta->nodes[n].degree == 3;
    }
    assert_int_equal(meeting, 1);
    assert_int_equal(cta->branch_count, 3);
    assert_int_equal(cta->node_count, 4);
    for (wadi_index b = 0; b < cta->branch_count; b++)
        assert_true(!(cta->branches[b].reasons & WADI_CTA_MURRAY) || reasons);
    wadi_cta_free(cta);
    wadi_volume_free(v);
    return reasons;
}

static void calibres_that_break_murrays_law_are_told(void **state)
{
    double fits, thin;

    (void)state;
    /* 2 (r / 2)^3 = 1 at 1.587; at 1.0 the exponent is 1. */
    assert_int_equal(parting(1.587, &fits), 0);
    assert_true(fits > 2 && fits < 4.5);
    assert_int_equal(parting(1.0, &thin), WADI_CTA_MURRAY);
    assert_true(thin > 0.7 && thin < 1.5);
}

static void a_volume_without_vessels_says_so(void **state)
{
    wadi_volume *v = NULL;
    wadi_error err = {0};
    wadi_cta_options options = wadi_cta_options_default();

    (void)state;
    assert_int_equal(wadi_volume_new(40, 40, 20, &v, &err), WADI_OK);
    for (size_t i = 0; i < 32000; i++)
        v->values[i] = 50;
    for (int relative = 0; relative < 2; relative++) {
        options.relative = relative;
        wadi_cta *cta = run(v, &options);

        assert_int_equal(cta->branch_count, 0);
        assert_true(cta->reasons & WADI_CTA_NO_VESSEL);
        assert_true(cta->reasons & WADI_CTA_NO_BONE);
        wadi_cta_free(cta);
    }
    wadi_volume_free(v);
}

static void what_makes_no_sense_is_refused_with_a_reason(void **state)
{
    wadi_volume *v = calf(1e9, 1e9);
    wadi_error err = {0};
    wadi_cta *cta = (wadi_cta *)&err;
    wadi_cta_options options = wadi_cta_options_default();

    (void)state;
    options.bridge_mm = -1;
    assert_int_equal(wadi_cta_run(v, &options, &cta, &err), WADI_ERR_RANGE);
    assert_null(cta);
    assert_non_null(strstr(err.message, "mm"));
    options = wadi_cta_options_default();
    v->spacing_mm[1] = 0;
    assert_int_equal(wadi_cta_run(v, &options, &cta, &err), WADI_ERR_RANGE);
    v->spacing_mm[1] = 0.5;
    wadi_volume_free(v);
    assert_null(wadi_cta_reason_name((wadi_cta_reason)(1u << 30)));
    assert_string_equal(wadi_cta_reason_name(WADI_CTA_BRIDGED), "bridged");
    assert_string_equal(wadi_cta_vessel_name(WADI_CTA_PERONEAL), "peroneal");
}

static void check_distances(const int *size, const double *step, double inside, int seed)
{
    int count = size[0] * size[1] * size[2], zero_count = 0;
    uint8_t *mask = malloc((size_t)count);
    float *found = malloc((size_t)count * sizeof *found);
    int *zeros = malloc((size_t)count * sizeof *zeros);
    wadi_error err = {0};
    wadi_random random;

    wadi_random_init(&random, (uint64_t)seed, 0);
    for (int i = 0; i < count; i++) {
        mask[i] = wadi_random_uniform(&random) < inside;
        if (!mask[i])
            zeros[zero_count++] = i;
    }
    assert_true(zero_count > 0);
    assert_int_equal(wadi_distance_inside(size[0], size[1], size[2], step, mask, found, &err),
                     WADI_OK);
    for (int i = 0; i < count; i++) {
        double least = HUGE_VAL;

        for (int k = 0; k < zero_count; k++) {
            int j = zeros[k];
            double x = step[0] * (i % size[0] - j % size[0]);
            double y = step[1] * (i / size[0] % size[1] - j / size[0] % size[1]);
            double z = step[2] * (i / (size[0] * size[1]) - j / (size[0] * size[1]));

            least = fmin(least, x * x + y * y + z * z);
        }
        assert_near((double)found[i], mask[i] ? least : 0, 1e-6, 1e-9);
    }
    memset(mask, 1, (size_t)count);
    assert_int_equal(wadi_distance_inside(size[0], size[1], size[2], step, mask, found, &err),
                     WADI_OK);
    assert_true(isinf(found[count / 2]));
    free(mask);
    free(found);
    free(zeros);
}

static void distances_are_those_of_a_search_through_all_voxels(void **state)
{
    const double step[3] = {0.5, 0.7, 1.3};

    (void)state;
    check_distances((const int[]){13, 11, 9}, step, 0.97, 11);
    /* More columns than are taken at once, and runs that end inside of them. */
    check_distances((const int[]){75, 40, 7}, step, 0.6, 12);
    /* A dozen zeros far apart: neighbours alone do not reach them, along rows and slices. */
    check_distances((const int[]){37, 190, 3}, step, 0.9995, 13);
    check_distances((const int[]){5, 4, 700}, step, 0.9995, 14);
}

/* The calf as slices of a scanner, first written, then read in another order. */
static wadi_volume *through_dicom(const wadi_volume *v, const char *modality, double slope,
                                  double intercept)
{
    char names[NZ][64];
    const char *paths[NZ];
    wadi_image *images[NZ], slice = {.sample = WADI_U16,
                                     .frames = 1,
                                     .rows = NY,
                                     .columns = NX,
                                     .channels = 1,
                                     .bits = 16,
                                     .slope = slope,
                                     .intercept = intercept,
                                     .row_mm = {true, 0.5},
                                     .column_mm = {true, 0.5},
                                     .thickness_mm = {true, 1},
                                     .oriented = true,
                                     .positioned = true,
                                     .row_axis = {1, 0, 0},
                                     .column_axis = {0, 1, 0}};
    uint16_t samples[NX * NY];
    wadi_volume *back = NULL;
    wadi_error err = {0};

    snprintf(slice.modality, sizeof slice.modality, "%s", modality);
    slice.samples = samples;
    for (int k = 0; k < NZ; k++) {
        int z = k * 37 % NZ; /* 37 and 90 have no common factor */

        for (int i = 0; i < NX * NY; i++)
            samples[i] =
                (uint16_t)lround(((double)v->values[z * NX * NY + i] - intercept) / slope);
        slice.origin_mm[0] = v->origin_mm[0];
        slice.origin_mm[1] = v->origin_mm[1];
        slice.origin_mm[2] = v->origin_mm[2] + z;
        snprintf(names[k], sizeof names[k], "test-cta-%ld-%d.dcm", (long)getpid(), k);
        paths[k] = names[k];
        assert_int_equal(wadi_dicom_write(names[k], &slice, 7, &err), WADI_OK);
    }
    wadi_status status = wadi_image_read_many(paths, NZ, images, &err);

    for (int k = 0; k < NZ; k++)
        remove(names[k]);
    if (status)
        print_error("%s\n", err.message);
    assert_int_equal(status, WADI_OK);
    assert_string_equal(images[0]->modality, modality);
    assert_int_equal(wadi_volume_assemble(images, NZ, &back, NULL, NULL, &err), WADI_OK);
    for (int k = 0; k < NZ; k++)
        wadi_image_free(images[k]);
    return back;
}

static void a_series_of_ct_slices_is_traced(void **state)
{
    wadi_volume *v = calf(30, 62), *back = through_dicom(v, "CT", 1, -1024);
    wadi_cta_options options = wadi_cta_options_default();
    double radius, length, bridged = 0;

    (void)state;
    assert_near(back->spacing_mm[2], 1, 1e-6, 0);
    assert_near(back->origin_mm[2], -300, 0, 1e-6);
    wadi_cta *cta = run(back, &options);

    assert_true(off_path(cta, WADI_CTA_ARTERY, path_artery, &radius, &length) < 0.2);
    assert_near(radius, 1.6, 0, 0.15);
    assert_near(length, 90, 0, 8);
    for (wadi_index b = 0; b < cta->branch_count; b++)
        for (wadi_index i = 0; i + 1 < cta->branches[b].count; i++)
            bridged += cta->branches[b].bridged[i] && cta->branches[b].kind == WADI_CTA_ARTERY
                           ? cta->branches[b].length_mm / (cta->branches[b].count - 1)
                           : 0;
    assert_near(bridged, 32, 0, 5);
    wadi_cta_free(cta);
    wadi_volume_free(v);
    wadi_volume_free(back);
}

/* Numbers of MR have no unit, and bone is dark. */
static void a_series_of_mr_slices_is_traced(void **state)
{
    wadi_volume *v = calf(1e9, 1e9);
    wadi_cta_options options = wadi_cta_options_default();
    double radius, length;

    (void)state;
    for (int i = 0; i < NX * NY * NZ; i++) {
        double x = 0.5 * (i % NX), y = 0.5 * (i / NX % NY);
        bool bone = hypot(x - 16, y - 14) < 10.2 || hypot(x - 36, y - 26) < 6.2;

        v->values[i] = 200 + 3 * fmaxf(0, bone ? 20 : v->values[i]);
    }
    wadi_volume *back = through_dicom(v, "MR", 1, 0);

    options.relative = true;
    wadi_cta *cta = run(back, &options);

    assert_true(off_path(cta, WADI_CTA_ARTERY, path_artery, &radius, &length) < 0.3);
    assert_near(radius, 1.6, 0, 0.25);
    assert_near(length, 90, 0, 12);
    assert_true(cta->reasons & WADI_CTA_NO_BONE);
    wadi_cta_free(cta);
    wadi_volume_free(v);
    wadi_volume_free(back);
}

/* VMTK's stored centreline of the public MR aorta: the largest inscribed sphere is a little
 * smaller than the circle of equal area that wadi measures. Its first and last points lie in
 * openings of the surface. */
static void the_public_aorta_is_traced_like_vmtk_did(void **state)
{
    const char *truth = IMAGE_DATA "vmtk_aorta/aorta-centerline.vtp";
    wadi_volume *v = NULL;
    wadi_error err = {0};
    wadi_cta_options options = wadi_cta_options_default();
    size_t bytes = 0;

    (void)state;
    need_image_data();
    wadi_image *image = read_image(IMAGE_DATA "vmtk_aorta/aorta.mha");

    assert_int_equal(wadi_volume_assemble(&image, 1, &v, NULL, NULL, &err), WADI_OK);
    wadi_image_free(image);
    options.relative = options.quiet_veins = true;
    wadi_cta *cta = run(v, &options);
    double *radius = vtp_array(truth, "MaximumInscribedSphereRadius", &bytes);
    float *points = vtp_array(truth, "Points", &bytes);
    int count = (int)(bytes / 12), within = 0, asked = 0;
    double sum = 0, radii = 0;

    assert_non_null(radius);
    assert_true(count > 300);
    for (int i = 0; i < count; i++) {
        /* VMTK's axes: left and back are negative. */
        const double q[3] = {-(double)points[3 * i], -(double)points[3 * i + 1],
                             (double)points[3 * i + 2]};
        double best = 1e30, here = 0;

        for (wadi_index b = 0; b < cta->branch_count; b++)
            for (wadi_index j = 0; j < cta->branches[b].count; j++) {
                const double *p = cta->branches[b].points_mm + 3 * j;
                double far =
                    sqrt(pow(p[0] - q[0], 2) + pow(p[1] - q[1], 2) + pow(p[2] - q[2], 2));

                if (far < best) {
                    best = far;
                    here = cta->branches[b].radius_mm[j];
                }
            }
        sum += best / v->spacing_mm[0];
        radii += fabs(here / radius[i] - 1);
        asked++;
        within += fabs(here / radius[i] - 1) <= 0.10;
    }
    print_message(
        "aorta: %.3f voxels from VMTK's centreline, radius %.1f %% from its inscribed "
        "sphere in the mean, within 10 %% at %.0f %% of the points\n",
        sum / count, 100 * radii / count, 100.0 * within / asked);
    assert_true(sum / count <= 0.5);
    assert_true(radii / count <= 0.10);
    free(radius);
    free(points);
    wadi_cta_free(cta);
    wadi_volume_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_artery_and_its_vein_are_told_apart_and_measured),
        cmocka_unit_test(an_occlusion_is_bridged_at_its_true_length),
        cmocka_unit_test(a_result_is_the_same_whatever_the_threads),
        cmocka_unit_test(seeds_are_joined_where_the_search_found_nothing),
        cmocka_unit_test(
            seeds_are_joined_across_an_occlusion_without_a_detour_through_the_vein),
        cmocka_unit_test(a_seed_without_a_way_says_so_and_one_in_a_vessel_names_it),
        cmocka_unit_test(calibres_that_break_murrays_law_are_told),
        cmocka_unit_test(a_volume_without_vessels_says_so),
        cmocka_unit_test(what_makes_no_sense_is_refused_with_a_reason),
        cmocka_unit_test(distances_are_those_of_a_search_through_all_voxels),
        cmocka_unit_test(a_series_of_ct_slices_is_traced),
        cmocka_unit_test(a_series_of_mr_slices_is_traced),
        cmocka_unit_test(the_public_aorta_is_traced_like_vmtk_did),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
