/* From a graph without error to lesions, case file and grades; the phantom itself. */
#include "cta_drawn.h"
#include "wadi/image_report.h"

#include <unistd.h>

enum { LEGS = 16 };

static wadi_cta_findings *findings_of(const wadi_cta *cta)
{
    wadi_cta_findings *findings = NULL;
    wadi_error err = {0};

    assert_int_equal(wadi_cta_find(cta, NULL, &findings, &err), WADI_OK);
    return findings;
}

static double gap_between(const double *a, const double *b)
{
    return sqrt(pow(a[0] - b[0], 2) + pow(a[1] - b[1], 2) + pow(a[2] - b[2], 2));
}

/* ---- the phantom ---- */

static void no_vein_of_the_phantom_runs_into_an_artery(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= LEGS; seed++) {
        cta_scene *scene = drawn_leg(seed);

        for (int v = 0; v < scene->tube_count; v++)
            for (int a = 0; a < scene->tube_count && scene->tubes[v].vein; a++)
                for (int i = 0; i < scene->tubes[v].count && !scene->tubes[a].vein; i += 8)
                    for (int j = 0; j < scene->tubes[a].count; j += 4)
                        assert_true(
                            gap_between(scene->tubes[v].point[i], scene->tubes[a].point[j]) >
                            scene->tubes[v].full[i] + scene->tubes[a].full[j] + 0.4);
        phantom_cta_free(scene);
    }
}

static void both_veins_go_with_each_crural_artery_for_most_of_its_way(void **state)
{
    static const char *const PAIRS[][3] = {
        {"ATA", "ATV1", "ATV2"}, {"PTA", "PTV1", "PTV2"}, {"PER", "PERV1", "PERV2"}};
    double share = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= LEGS; seed++) {
        cta_scene *scene = drawn_leg(seed);

        for (int p = 0; p < 3; p++)
            for (int v = 1; v < 3; v++)
                share += (double)scene->tubes[phantom_cta_tube(scene, PAIRS[p][v])].count /
                         scene->tubes[phantom_cta_tube(scene, PAIRS[p][0])].count / (6 * LEGS);
        phantom_cta_free(scene);
    }
    print_message("share of the arteries' length: %.2f\n", share);
    assert_true(share > 0.75);
}

static void radii_keep_murray_s_law_where_the_phantom_branches(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= LEGS; seed++) {
        cta_scene *scene = drawn_leg(seed);

        for (int p = 0; p < scene->tube_count; p++) {
            const cta_tube *parent = &scene->tubes[p];
            double cubes = 0;
            int count = 0;

            for (int t = 0; t < scene->tube_count && !parent->vein; t++)
                if (!scene->tubes[t].vein && scene->tubes[t].parent == p) {
                    cubes += pow(scene->tubes[t].full[0], 3);
                    count++;
                }
            if (count)
                assert_near(cubes, pow(parent->full[parent->count - 1], 3), 1e-6, 0);
        }
        phantom_cta_free(scene);
    }
}

static void the_peroneal_artery_touches_the_fibula(void **state)
{
    wadi_volume *v = NULL;
    wadi_error err = {0};
    cta_scene *scene = drawn_leg(3);
    const cta_tube *tube = &scene->tubes[phantom_cta_tube(scene, "PER")];
    int touching = 0;

    (void)state;
    for (int i = 0; i < tube->count; i++) {
        cta_plane plane;
        cta_spot spot;
        bool bone = false;

        phantom_cta_plane(scene, tube->point[i][2], 0.5, &plane);
        for (int k = 0; k < 32 && !bone; k++) {
            double turn = k * 2 * WADI_PI / 32, reach = tube->full[i] + 0.4;

            phantom_cta_tissue(&plane, tube->point[i][0] + reach * cos(turn),
                               tube->point[i][1] + reach * sin(turn), &spot);
            bone = spot.bone;
        }
        touching += bone;
    }
    assert_true(touching * CTA_STEP_MM > 60);
    phantom_cta_free(scene);
    wadi_volume_free(v);
    (void)err;
}

static void the_same_seed_gives_the_same_bits_and_another_seed_another_leg(void **state)
{
    cta_scene *a = drawn_leg(5), *b = drawn_leg(5), *c = drawn_leg(6);

    (void)state;
    assert_int_equal(a->tube_count, b->tube_count);
    for (int t = 0; t < a->tube_count; t++) {
        assert_int_equal(a->tubes[t].count, b->tubes[t].count);
        assert_memory_equal(a->tubes[t].point, b->tubes[t].point,
                            (size_t)a->tubes[t].count * sizeof *a->tubes[t].point);
    }
    assert_true(a->scale != c->scale && a->noise_hu != c->noise_hu);
    phantom_cta_free(a);
    phantom_cta_free(b);
    phantom_cta_free(c);
}

static void drawn_numbers_keep_off_the_limits_of_the_grades(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4 * LEGS; seed++) {
        cta_scene *scene = drawn_leg(seed);
        int occlusions = 0;

        for (int l = 0; l < scene->lesion_count; l++) {
            const cta_lesion *lesion = &scene->lesions[l];
            const cta_tube *tube = &scene->tubes[lesion->tube];
            double length = lesion->to - lesion->from, third = tube->path[tube->count - 1] / 3;

            if (!lesion->occlusion)
                continue;
            occlusions++;
            assert_true(length > 49 && length < 301);
            assert_true(fabs(lesion->reference - 2) > 0.25);
            assert_true(fabs(length - 200) > 9);
            assert_true(fabs(length - third) > 8);
        }
        assert_true(occlusions >= 1);
        phantom_cta_free(scene);
    }
}

/* ---- findings ---- */

static const wadi_cta_lesion *lesion_like(const wadi_cta_findings *findings,
                                          const cta_scene *scene, const cta_lesion *drawn)
{
    const wadi_cta_course *c = wadi_cta_course_of(findings, scene->tubes[drawn->tube].name);

    for (wadi_index l = 0; c && l < c->lesion_count; l++)
        if ((c->lesions[l].kind == WADI_OCCLUSION) == drawn->occlusion &&
            c->lesions[l].from_mm < drawn->to && c->lesions[l].to_mm > drawn->from)
            return &c->lesions[l];
    return NULL;
}

static void a_perfect_trace_gives_every_drawn_lesion(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= LEGS; seed++) {
        cta_scene *scene = drawn_leg(seed);
        wadi_cta *cta = drawn_graph(scene);
        wadi_cta_findings *findings = findings_of(cta);
        int found = 0;

        for (int l = 0; l < scene->lesion_count; l++) {
            const cta_lesion *drawn = &scene->lesions[l];
            const wadi_cta_lesion *lesion = lesion_like(findings, scene, drawn);

            if (!lesion)
                print_error("seed %d: %s %.0f-%.0f mm is not found\n", (int)seed,
                            scene->tubes[drawn->tube].name, drawn->from, drawn->to);
            assert_non_null(lesion);
            assert_near(lesion->from_mm, drawn->from, 0, 2);
            /* Where nothing is open below, the end is told by the size of the leg. */
            assert_near(lesion->to_mm, drawn->to, 0,
                        drawn->outflow || !drawn->occlusion ? 3 : 20);
            /* Closed at its origin, an artery is measured below, where it has tapered. */
            assert_near(lesion->reference_mm.value, drawn->reference,
                        drawn->from > 0 ? 0.06 : 0.15, 0);
            if (drawn->occlusion) {
                assert_true(lesion->blunt.known && lesion->outflow.known);
                assert_int_equal(lesion->blunt.value, drawn->blunt);
                assert_int_equal(lesion->outflow.value, drawn->outflow);
                assert_int_equal(lesion->entry_calcified.value, drawn->entry_calcified);
            } else {
                assert_near(lesion->stenosis_frac.value, drawn->stenosis, 0, 0.06);
            }
        }
        for (wadi_index k = 0; k < findings->course_count; k++)
            found += findings->courses[k].lesion_count;
        assert_int_equal(found, scene->lesion_count);
        wadi_cta_findings_free(findings);
        wadi_cta_free(cta);
        phantom_cta_free(scene);
    }
}

static void calcium_is_graded_as_drawn(void **state)
{
    int right = 0, count = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= LEGS; seed++) {
        cta_scene *scene = drawn_leg(seed);
        wadi_cta *cta = drawn_graph(scene);
        wadi_cta_findings *findings = findings_of(cta);

        for (int t = 0; t < scene->tube_count; t++) {
            const wadi_cta_course *c = wadi_cta_course_of(findings, scene->tubes[t].name);

            /* Below an artery's last contrast its wall is not traced. */
            if (scene->tubes[t].vein || !c || !strcmp(c->name, "CPA") ||
                (c->lesion_count && c->lesions[c->lesion_count - 1].to_end))
                continue;
            count++;
            right += (int)c->calcium == (int)scene->severity[t];
            /* Severe calcium raises GLASS: that must be right. */
            if ((c->calcium == WADI_CALCIUM_SEVERE) != (scene->severity[t] == CTA_SEVERE))
                print_error("seed %d %s: %.0f mm wide, drawn %d\n", (int)seed, c->name,
                            c->calcium_wide_mm, scene->severity[t]);
        }
        wadi_cta_findings_free(findings);
        wadi_cta_free(cta);
        phantom_cta_free(scene);
    }
    print_message("%d of %d\n", right, count);
    assert_true(right >= 0.97 * count);
}

static void stage_one(const wadi_cta *cta, wadi_staging *staging)
{
    wadi_cta_findings *findings = findings_of(cta);

    drawn_stage(cta, findings, staging);
    wadi_cta_findings_free(findings);
}

static void the_fragment_of_a_perfect_trace_is_staged_as_drawn(void **state)
{
    wadi_staging *staging = wadi_alloc(1, sizeof *staging);

    (void)state;
    for (uint64_t seed = 1; seed <= LEGS; seed++) {
        cta_scene *scene = drawn_leg(seed);
        wadi_cta *cta = drawn_graph(scene);
        const char *target = "";
        int adjusted, grade = drawn_glass(scene, &target, &adjusted);

        stage_one(cta, staging);
        if (staging->glass_ip.grade != grade || strcmp(staging->target, target))
            print_error("seed %d: GLASS %d on %s, drawn %d on %s\n", (int)seed,
                        staging->glass_ip.grade, staging->target, grade, target);
        assert_int_equal(staging->glass_ip.grade, grade);
        assert_string_equal(staging->target, target);
        for (int l = 0; l < scene->lesion_count; l++) {
            const cta_lesion *drawn = &scene->lesions[l];
            bool met = false;

            for (int o = 0; o < staging->occlusion_count; o++) {
                const wadi_staged_occlusion *found = &staging->occlusions[o];

                if (strcmp(found->vessel, scene->tubes[drawn->tube].name) || !drawn->occlusion)
                    continue;
                met = true;
                assert_true(found->complete);
                if (found->jbtk.score != phantom_cta_jbtk(drawn))
                    print_error("seed %d %s: J-BTK %d, drawn %d (%.1f mm long, %.2f mm)\n",
                                (int)seed, found->vessel, found->jbtk.score,
                                phantom_cta_jbtk(drawn), found->length_mm, found->reference_mm);
                assert_int_equal(found->jbtk.score, phantom_cta_jbtk(drawn));
            }
            assert_true(met || !drawn->occlusion);
        }
        wadi_cta_free(cta);
        phantom_cta_free(scene);
    }
    free(staging);
}

/* An artery whose trace lost all but its beginning and its plantar arteries: 'wadi stage' would
 * refuse its length. */
static void what_is_far_too_short_for_its_vessel_has_no_places_in_the_fragment(void **state)
{
    wadi_staging *staging = wadi_alloc(1, sizeof *staging);
    cta_scene *scene = drawn_leg(1);
    wadi_cta *cta = drawn_graph(scene);

    (void)state;
    for (wadi_index b = 0; b < cta->branch_count; b++)
        if (cta->branches[b].kind == WADI_CTA_ARTERY && cta->branches[b].count > 400 &&
            cta->branches[b].vessel == WADI_CTA_POSTERIOR_TIBIAL)
            cta->branches[b].count = 50;
    wadi_cta_findings *findings = findings_of(cta);
    char *text = NULL, *vessel;
    size_t size = 0;
    wadi_error err = {0};

    assert_true(wadi_cta_course_of(findings, "PTA")->length_mm < 60);
    assert_int_equal(wadi_cta_case(cta, findings, false, &text, &size, &err), WADI_OK);
    vessel = strstr(text, "\"vessel\": \"PTA\"");
    assert_non_null(vessel);
    *strchr(vessel, '}') = '\0';
    assert_null(strstr(vessel, "\"length_mm\""));
    assert_non_null(strstr(vessel, "\"# length_mm\""));
    assert_null(strstr(vessel, "patent"));
    drawn_stage(cta, findings, staging);
    free(text);
    wadi_cta_findings_free(findings);
    wadi_cta_free(cta);
    phantom_cta_free(scene);
    free(staging);
}

static void an_unsure_way_across_is_said_of_its_artery(void **state)
{
    static const char *const WORDS = "way across is unsure";
    cta_scene *scene = drawn_leg(1);
    wadi_error err = {0};

    (void)state;
    for (int unsure = 0; unsure < 2; unsure++) {
        wadi_cta *cta = drawn_graph(scene);
        char *text = NULL, *line;
        size_t size = 0;

        for (wadi_index b = 0; unsure && b < cta->branch_count; b++)
            if (cta->branches[b].kind == WADI_CTA_ARTERY &&
                cta->branches[b].vessel == WADI_CTA_PERONEAL)
                cta->branches[b].reasons |= WADI_CTA_BRIDGE_UNSURE;
        wadi_cta_findings *findings = findings_of(cta);

        assert_int_equal(wadi_cta_summary(cta, findings, &text, &size, &err), WADI_OK);
        line = strstr(text, WORDS);
        assert_int_equal(line != NULL, unsure);
        if (line) {
            assert_null(strstr(line + 1, WORDS));
            *line = '\0';
            assert_non_null(strstr(text, "PER"));
        }
        free(text);
        wadi_cta_findings_free(findings);
        wadi_cta_free(cta);
    }
    phantom_cta_free(scene);
}

static void an_empty_graph_gives_an_empty_fragment_that_check_accepts(void **state)
{
    wadi_cta *cta = wadi_alloc(1, sizeof *cta);
    wadi_staging *staging = wadi_alloc(1, sizeof *staging);

    (void)state;
    cta->reasons = WADI_CTA_NO_VESSEL;
    stage_one(cta, staging);
    assert_int_equal(staging->occlusion_count, 0);
    assert_int_equal(staging->glass_ip.origin, WADI_GRADE_ABSENT);
    wadi_cta_free(cta);
    free(staging);
}

static void refused_memory_is_an_error_and_leaks_nothing(void **state)
{
    cta_scene *scene = drawn_leg(1);
    wadi_cta *cta = drawn_graph(scene);
    wadi_error err = {0};
    bool refused = true;

    (void)state;
    for (long nth = 1; refused && nth < 400; nth++) {
        wadi_cta_findings *findings = NULL;
        wadi_status status;

        wadi_memory_refuse(nth);
        status = wadi_cta_find(cta, NULL, &findings, &err);
        wadi_memory_refuse(0);
        refused = status != WADI_OK;
        assert_true(refused == (findings == NULL));
        wadi_cta_findings_free(findings);
    }
    assert_false(refused);
    wadi_cta_free(cta);
    phantom_cta_free(scene);
}

/* ---- the surface ---- */

typedef struct edge {
    float from[3], to[3];
} edge;

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(edge));
}

/* A tilted blurred rod with round ends, cut by the border of the volume at one end. */
static wadi_volume *rod(wadi_cta *cta, double *inside_mm3)
{
    enum { SIZE = 40 };
    wadi_volume *v = NULL;
    wadi_error err = {0};
    size_t at = 0;

    assert_int_equal(wadi_volume_new(SIZE, SIZE, SIZE, &v, &err), WADI_OK);
    v->spacing_mm[0] = v->spacing_mm[1] = 0.5;
    v->spacing_mm[2] = 0.8;
    memset(v->axes, 0, sizeof v->axes);
    for (int k = 0; k < 3; k++)
        v->axes[k][k] = 1;
    cta->columns = cta->rows = cta->slices = SIZE;
    cta->labels = wadi_alloc((size_t)SIZE * SIZE * SIZE, 1);
    cta->artery_hu = 350;
    cta->vein_hu = 100;
    cta->muscle_hu = 50;
    *inside_mm3 = 0;
    for (int z = 0; z < SIZE; z++)
        for (int y = 0; y < SIZE; y++)
            for (int x = 0; x < SIZE; x++, at++) {
                double up = fmin(0.8 * z, 20), dx = 0.5 * x - 7 - 0.2 * up;
                double dy = 0.5 * y - 9.3, dz = 0.8 * z - up;
                double depth = 3 - sqrt(dx * dx + dy * dy + dz * dz);
                double share = 0.5 + 0.5 * tanh(2 * depth);

                v->values[at] = (float)(50 + 300 * share);
                cta->labels[at] = depth > 0 ? WADI_CTA_ARTERY : 0;
                *inside_mm3 += share * 0.5 * 0.5 * 0.8;
            }
    return v;
}

static void the_surface_is_closed_and_holds_the_volume_of_the_lumen(void **state)
{
    char path[] = "/tmp/wadi-surface-XXXXXX";
    int handle = mkstemp(path);
    wadi_cta *cta = wadi_alloc(1, sizeof *cta);
    wadi_index triangles = 0;
    wadi_error err = {0};
    char *bytes = NULL;
    size_t size = 0;
    double volume = 0, wanted;
    wadi_volume *v = rod(cta, &wanted);

    (void)state;
    assert_true(handle >= 0);
    close(handle);
    assert_int_equal(wadi_cta_write_stl(path, v, cta, &triangles, &err), WADI_OK);
    assert_int_equal(wadi_file_read(path, 64u << 20, &bytes, &size, &err), WADI_OK);
    assert_true(triangles > 500);
    assert_int_equal(size, 84 + 50 * (size_t)triangles);
    edge *there = wadi_alloc(3 * (size_t)triangles, sizeof *there);
    edge *back = wadi_alloc(3 * (size_t)triangles, sizeof *back);
    for (wadi_index t = 0; t < triangles; t++) {
        float c[3][3];

        memcpy(c, bytes + 84 + 50 * (size_t)t + 12, sizeof c);
        for (int k = 0; k < 3; k++) {
            memcpy(there[3 * t + k].from, c[k], sizeof c[k]);
            memcpy(there[3 * t + k].to, c[(k + 1) % 3], sizeof c[k]);
            memcpy(back[3 * t + k].from, c[(k + 1) % 3], sizeof c[k]);
            memcpy(back[3 * t + k].to, c[k], sizeof c[k]);
        }
        volume += (c[0][0] * (c[1][1] * c[2][2] - c[1][2] * c[2][1]) +
                   c[0][1] * (c[1][2] * c[2][0] - c[1][0] * c[2][2]) +
                   c[0][2] * (c[1][0] * c[2][1] - c[1][1] * c[2][0])) /
                  6.0;
    }
    /* Each edge is passed once each way: no hole, no fold, one side out. */
    qsort(there, 3 * (size_t)triangles, sizeof *there, by_bytes);
    qsort(back, 3 * (size_t)triangles, sizeof *back, by_bytes);
    assert_memory_equal(there, back, 3 * (size_t)triangles * sizeof *there);
    for (wadi_index e = 1; e < 3 * triangles; e++)
        assert_true(by_bytes(&there[e - 1], &there[e]) != 0);
    assert_near(volume, wanted, 0.04, 0);
    free(there);
    free(back);
    free(bytes);
    remove(path);
    wadi_volume_free(v);
    wadi_cta_free(cta);
}

/* The bytes of front.png and side.png of a volume without vessels. */
static void views_of(const wadi_volume *v, const wadi_cta *cta, char *bytes[2], size_t size[2])
{
    static const char *const NAMES[] = {"cta.json",        "case-fragment.json", "gaps.csv",
                                        "centrelines.vtp", "surface.stl",        "page.pdf",
                                        "labels.nii.gz",   "front.png",          "side.png"};
    char directory[] = "/tmp/wadi-views-XXXXXX", path[64];
    wadi_cta_findings *findings = findings_of(cta);
    wadi_error err = {0};

    assert_non_null(mkdtemp(directory));
    if (wadi_cta_report(v, cta, findings, false, "{}", 2, directory, &err))
        fail_msg("%s", err.message);
    for (size_t i = 0; i < WADI_COUNT_OF(NAMES); i++) {
        snprintf(path, sizeof path, "%s/%s", directory, NAMES[i]);
        if (i >= 7)
            assert_int_equal(wadi_file_read(path, 1u << 20, &bytes[i - 7], &size[i - 7], &err),
                             WADI_OK);
        remove(path);
    }
    remove(directory);
    wadi_cta_findings_free(findings);
}

/* The same leg stored the other way round gives the same pictures: the patient's right is on
 * the left whatever the file's order is. */
static void pictures_do_not_depend_on_the_order_of_columns_and_rows(void **state)
{
    wadi_cta *cta = wadi_alloc(1, sizeof *cta);
    char *plain[2], *turned[2];
    size_t plain_size[2], turned_size[2];
    double wanted;
    wadi_volume *v = rod(cta, &wanted);
    size_t plane = (size_t)v->columns * (size_t)v->rows;

    (void)state;
    views_of(v, cta, plain, plain_size);
    for (size_t z = 0; z < (size_t)v->slices; z++)
        for (size_t i = 0; i < plane / 2; i++) {
            size_t a = z * plane + i, b = z * plane + plane - 1 - i;
            float value = v->values[a];
            uint8_t label = cta->labels[a];

            v->values[a] = v->values[b];
            v->values[b] = value;
            cta->labels[a] = cta->labels[b];
            cta->labels[b] = label;
        }
    for (int k = 0; k < 2; k++) {
        v->axes[k][k] = -1;
        v->origin_mm[k] = 0.5 * (v->columns - 1);
    }
    views_of(v, cta, turned, turned_size);
    for (int k = 0; k < 2; k++) {
        assert_int_equal(plain_size[k], turned_size[k]);
        assert_memory_equal(plain[k], turned[k], plain_size[k]);
        free(plain[k]);
        free(turned[k]);
    }
    assert_true(plain_size[0] > 1000);
    wadi_volume_free(v);
    wadi_cta_free(cta);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_do_not_depend_on_the_order_of_columns_and_rows),
        cmocka_unit_test(no_vein_of_the_phantom_runs_into_an_artery),
        cmocka_unit_test(both_veins_go_with_each_crural_artery_for_most_of_its_way),
        cmocka_unit_test(radii_keep_murray_s_law_where_the_phantom_branches),
        cmocka_unit_test(the_peroneal_artery_touches_the_fibula),
        cmocka_unit_test(the_same_seed_gives_the_same_bits_and_another_seed_another_leg),
        cmocka_unit_test(drawn_numbers_keep_off_the_limits_of_the_grades),
        cmocka_unit_test(a_perfect_trace_gives_every_drawn_lesion),
        cmocka_unit_test(calcium_is_graded_as_drawn),
        cmocka_unit_test(the_fragment_of_a_perfect_trace_is_staged_as_drawn),
        cmocka_unit_test(what_is_far_too_short_for_its_vessel_has_no_places_in_the_fragment),
        cmocka_unit_test(an_unsure_way_across_is_said_of_its_artery),
        cmocka_unit_test(an_empty_graph_gives_an_empty_fragment_that_check_accepts),
        cmocka_unit_test(the_surface_is_closed_and_holds_the_volume_of_the_lumen),
        cmocka_unit_test(refused_memory_is_an_error_and_leaks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
