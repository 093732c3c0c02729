/* CT phantom to case fragment to stage: lesions, GLASS and J-BTK against what was drawn. Run
 * with first seed, number, voxels; "easy" as the fifth wants everything right. Seeds 1 to 8, 41
 * to 52 and 101 to 105 were looked at; others are reported.
 */
#include "cta_drawn.h"

static drawn_wish wish;

static const double WANTED_TARGET = 0.9, WANTED_GLASS = 0.9, WANTED_GRADE = 0.8;

typedef struct tally {
    int legs, glass, target, adjusted;
    int occlusions, found, length, entry, calcified, outflow, jbtk, grade;
    int stenoses, stenoses_found, extra;
    int arteries, severe;
    double length_error, reference_error, stenosis_error, gap_error;
    int gaps, gaps_inside;
} tally;

static const wadi_cta_lesion *best_match(const wadi_cta_course *c, const cta_lesion *drawn)
{
    const wadi_cta_lesion *best = NULL;
    double most = 0;

    for (wadi_index l = 0; c && l < c->lesion_count; l++) {
        const wadi_cta_lesion *lesion = &c->lesions[l];
        double shared = fmin(lesion->to_mm, drawn->to) - fmax(lesion->from_mm, drawn->from);

        if ((lesion->kind == WADI_OCCLUSION) == drawn->occlusion && shared > most) {
            most = shared;
            best = lesion;
        }
    }
    return best;
}

static void compare_occlusion(uint64_t seed, const cta_scene *scene, const cta_lesion *drawn,
                              const wadi_cta_lesion *found, tally *sum)
{
    const char *name = scene->tubes[drawn->tube].name;
    double length = drawn->to - drawn->from, measured;

    sum->occlusions++;
    if (!found) {
        printf("  %d %s: occlusion %.0f-%.0f NOT FOUND\n", (int)seed, name, drawn->from,
               drawn->to);
        return;
    }
    measured = found->to_mm - found->from_mm;
    sum->found++;
    if (drawn->outflow) {
        sum->length += fabs(measured - length) <= 5;
        sum->length_error += fabs(measured - length);
    } else {
        sum->length += fabs(measured - length) <= 5; /* the end is told by the leg's size */
    }
    sum->entry += found->blunt.known && (found->blunt.value != 0) == drawn->blunt;
    sum->calcified += found->entry_calcified.known &&
                      (found->entry_calcified.value != 0) == drawn->entry_calcified;
    sum->outflow += found->outflow.known && (found->outflow.value != 0) == drawn->outflow;
    sum->reference_error += fabs(found->reference_mm.value - drawn->reference);
    printf("  %d %s: %.0f-%.0f mm (drawn %.0f-%.0f), %s stump %.2f (%s), calcium %d (%d), "
           "outflow %d (%d), ref %.2f (%.2f)\n",
           (int)seed, name, found->from_mm, found->to_mm, drawn->from, drawn->to,
           found->blunt.value != 0 ? "blunt" : "tapered", found->stump_frac.value,
           drawn->blunt ? "blunt" : "tapered", found->entry_calcified.value != 0,
           drawn->entry_calcified, found->outflow.value != 0, drawn->outflow,
           found->reference_mm.value, drawn->reference);
}

static void compare_lesions(uint64_t seed, const cta_scene *scene,
                            const wadi_cta_findings *findings, tally *sum)
{
    int drawn_count = 0, found_count = 0;

    for (int l = 0; l < scene->lesion_count; l++) {
        const cta_lesion *drawn = &scene->lesions[l];
        const wadi_cta_course *c = wadi_cta_course_of(findings, scene->tubes[drawn->tube].name);
        const wadi_cta_lesion *found = best_match(c, drawn);

        drawn_count += found != NULL;
        if (drawn->occlusion) {
            compare_occlusion(seed, scene, drawn, found, sum);
            continue;
        }
        sum->stenoses++;
        printf("  %d %s: stenosis %.2f over %.0f-%.0f mm", (int)seed, c ? c->name : "-",
               drawn->stenosis, drawn->from, drawn->to);
        if (found) {
            sum->stenoses_found++;
            sum->stenosis_error += fabs(found->stenosis_frac.value - drawn->stenosis);
            printf(", found %.2f over %.0f-%.0f\n", found->stenosis_frac.value, found->from_mm,
                   found->to_mm);
        } else {
            printf(" NOT FOUND\n");
        }
    }
    for (wadi_index k = 0; k < findings->course_count; k++) {
        const wadi_cta_course *c = &findings->courses[k];
        int tube = phantom_cta_tube(scene, c->name);

        found_count += c->lesion_count;
        if (c->vein || tube < 0 ||
            (strcmp(c->name, "ATA") && strcmp(c->name, "PTA") && strcmp(c->name, "PER")))
            continue;
        sum->arteries++;
        sum->severe +=
            (c->calcium == WADI_CALCIUM_SEVERE) == (scene->severity[tube] == CTA_SEVERE);
        if ((int)c->calcium != (int)scene->severity[tube])
            printf("  %d %s: calcium %d (drawn %d): %.0f mm, %.0f mm wide\n", (int)seed,
                   c->name, c->calcium, scene->severity[tube], c->calcium_mm,
                   c->calcium_wide_mm);
    }
    sum->extra += found_count - drawn_count;
}

static void compare_gaps(const cta_scene *scene, const wadi_cta_findings *findings, tally *sum)
{
    for (wadi_index g = 0; g < findings->gap_count; g++) {
        const wadi_cta_gap *gap = &findings->gaps[g];
        const char *artery_name = findings->courses[gap->artery].name;
        const cta_tube *artery = &scene->tubes[phantom_cta_tube(scene, artery_name)];
        const cta_tube *vein =
            &scene->tubes[phantom_cta_tube(scene, findings->courses[gap->vein].name)];

        for (wadi_index i = 0; i < gap->count; i++) {
            int at = (int)(gap->from_origin_mm[i] / CTA_STEP_MM);
            double least = INFINITY, off;

            if (at >= artery->count || artery->open[at] <= 0)
                continue;
            for (int j = 0; j < vein->count; j++) {
                double d = 0;

                for (int k = 0; k < 3; k++)
                    d += pow(artery->point[at][k] - vein->point[j][k], 2);
                least = fmin(least, sqrt(d) - artery->open[at] - vein->full[j]);
            }
            off = fabs(gap->gap_mm[i] - least);
            sum->gaps++;
            sum->gap_error += off;
            sum->gaps_inside += off <= 1.96 * gap->sd_mm[i];
        }
    }
}

static void compare_grades(uint64_t seed, const cta_scene *scene, const wadi_staging *staging,
                           tally *sum)
{
    const char *target = "";
    int adjusted, grade = drawn_glass(scene, &target, &adjusted), found_adjusted;

    found_adjusted =
        staging->glass_ip.grade + (staging->calcium_ip && staging->glass_ip.grade < 4);
    sum->legs++;
    sum->glass += staging->glass_ip.grade == grade;
    sum->adjusted += found_adjusted == adjusted;
    sum->target += !strcmp(staging->target, target);
    printf("  %d GLASS %d on %s, with calcium %d (drawn %d on %s, %d)\n", (int)seed,
           staging->glass_ip.grade, staging->target, found_adjusted, grade, target, adjusted);
    for (int l = 0; l < scene->lesion_count; l++) {
        const cta_lesion *drawn = &scene->lesions[l];
        int points = phantom_cta_jbtk(drawn), best = -1;

        for (int o = 0; drawn->occlusion && o < staging->occlusion_count; o++)
            if (!strcmp(staging->occlusions[o].vessel, scene->tubes[drawn->tube].name) &&
                (best < 0 ||
                 staging->occlusions[o].length_mm > staging->occlusions[best].length_mm))
                best = o;
        if (best < 0)
            continue;
        sum->jbtk += staging->occlusions[best].complete &&
                     staging->occlusions[best].jbtk.score == points;
        sum->grade += staging->occlusions[best].complete &&
                      staging->occlusions[best].jbtk.grade == (points <= 1   ? 'A'
                                                               : points <= 3 ? 'B'
                                                               : points <= 5 ? 'C'
                                                                             : 'D');
    }
}

/* One leg by one graph. */
static void judge(uint64_t seed, const cta_scene *scene, const wadi_volume *volume,
                  const wadi_cta *cta, tally *sum)
{
    wadi_staging *staging = wadi_alloc(1, sizeof *staging);
    wadi_cta_findings *findings = NULL;
    wadi_error err = {0};

    assert_int_equal(wadi_cta_find(cta, volume, &findings, &err), WADI_OK);
    compare_lesions(seed, scene, findings, sum);
    compare_gaps(scene, findings, sum);
    drawn_stage(cta, findings, staging);
    compare_grades(seed, scene, staging, sum);
    wadi_cta_findings_free(findings);
    free(staging);
}

/* The drawn paths with what a trace does not know of them, in the same image. */
static wadi_cta *led_graph(uint64_t seed, const cta_scene *scene, wadi_cta *traced)
{
    wadi_cta *cta = drawn_graph(scene);

    drawn_loosen(scene, seed, 1, cta);
    cta->columns = traced->columns;
    cta->rows = traced->rows;
    cta->slices = traced->slices;
    cta->artery_hu = traced->artery_hu;
    cta->vein_hu = traced->vein_hu;
    cta->muscle_hu = traced->muscle_hu;
    cta->noise_hu = traced->noise_hu;
    cta->labels = traced->labels;
    traced->labels = NULL;
    return cta;
}

static void print_tally(const char *title, const tally *sum)
{
    printf(
        "%s: GLASS %d of %d legs, with calcium %d, target %d; occlusions %d of %d found, "
        "length within 5 mm %d (mean error %.1f mm where open below), entry %d, calcium at it "
        "%d, outflow %d, reference %.2f mm off; J-BTK points %d, grade %d; stenoses %d of %d "
        "(%.2f off); %d more lesions than drawn; severe calcium right in %d of %d arteries; "
        "gaps %.2f mm off in %d places, %.0f %% inside their interval\n",
        title, sum->glass, sum->legs, sum->adjusted, sum->target, sum->found, sum->occlusions,
        sum->length, sum->length_error / fmax(1, sum->found), sum->entry, sum->calcified,
        sum->outflow, sum->reference_error / fmax(1, sum->found), sum->jbtk, sum->grade,
        sum->stenoses_found, sum->stenoses, sum->stenosis_error / fmax(1, sum->stenoses_found),
        sum->extra, sum->severe, sum->arteries, sum->gap_error / fmax(1, sum->gaps), sum->gaps,
        100.0 * sum->gaps_inside / fmax(1, sum->gaps));
}

static void phantoms_are_staged_as_they_were_drawn(void **state)
{
    tally whole = {0}, led = {0};

    (void)state;
    for (int k = 0; k < wish.seed_count; k++) {
        uint64_t seed = (uint64_t)(wish.first_seed + k);
        wadi_cta_options options = wadi_cta_options_default();
        wadi_cta *cta = NULL, *drawn;
        cta_scene *scene = drawn_leg(seed);
        wadi_volume *volume = drawn_image(scene, seed, wish.spacing_mm, wish.slice_mm);
        wadi_error err = {0};

        assert_int_equal(wadi_cta_run(volume, &options, &cta, &err), WADI_OK);
        judge(seed, scene, volume, cta, &whole);
        printf(" the same, led along the drawn arteries:\n");
        drawn = led_graph(seed, scene, cta);
        judge(seed, scene, volume, drawn, &led);
        wadi_cta_free(cta);
        wadi_cta_free(drawn);
        wadi_volume_free(volume);
        phantom_cta_free(scene);
        fflush(stdout);
    }
    print_tally("from the image", &whole);
    print_tally("led along the drawn arteries", &led);
    /* Asked are all; of twenty legs these shares are wanted, and missed as long as
     * docs/image/findings.md says so. */
    assert_true(whole.target >= WANTED_TARGET * whole.legs);
    assert_true(whole.glass >= WANTED_GLASS * whole.legs);
    assert_true(whole.grade >= WANTED_GRADE * whole.occlusions);
    assert_true(led.glass >= 0.9 * led.legs);
    assert_true(led.grade >= 0.85 * led.occlusions);
    assert_true(led.stenoses_found >= 0.8 * led.stenoses);
    assert_true(led.extra <= 0.15 * (led.occlusions + led.stenoses));
}

/* An easy leg, all the way: nothing may be missed. */
static void an_easy_phantom_is_staged_as_it_was_drawn_without_a_miss(void **state)
{
    tally sum = {0};

    (void)state;
    for (int k = 0; k < wish.seed_count; k++) {
        uint64_t seed = (uint64_t)(wish.first_seed + k);
        wadi_cta_options options = wadi_cta_options_default();
        wadi_cta *cta = NULL;
        cta_scene *scene = drawn_leg(seed);
        wadi_volume *volume = drawn_image(scene, seed, wish.spacing_mm, wish.slice_mm);
        wadi_error err = {0};

        assert_int_equal(wadi_cta_run(volume, &options, &cta, &err), WADI_OK);
        judge(seed, scene, volume, cta, &sum);
        wadi_cta_free(cta);
        wadi_volume_free(volume);
        phantom_cta_free(scene);
    }
    print_tally("from the image", &sum);
    assert_int_equal(sum.legs, wish.seed_count);
    assert_int_equal(sum.glass, sum.legs);
    assert_int_equal(sum.adjusted, sum.legs);
    assert_int_equal(sum.target, sum.legs);
    assert_int_equal(sum.jbtk, sum.occlusions);
    assert_int_equal(sum.length, sum.occlusions);
    assert_int_equal(sum.stenoses_found, sum.stenoses);
    assert_int_equal(sum.extra, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest all[] = {cmocka_unit_test(phantoms_are_staged_as_they_were_drawn)};
    const struct CMUnitTest easy[] = {
        cmocka_unit_test(an_easy_phantom_is_staged_as_it_was_drawn_without_a_miss)};

    wish = drawn_wish_of(argc, argv, 121, 20);
    return argc > 5 && !strcmp(argv[5], "easy")
               ? cmocka_run_group_tests_name("easy legs", easy, NULL, NULL)
               : cmocka_run_group_tests_name("legs", all, NULL, NULL);
}
