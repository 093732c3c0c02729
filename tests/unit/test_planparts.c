/* Parts of the planner: catalogue, stents without holes, crossings, closures, what a plan does
 * to branches; and the whole of it with memory refused. */
#include "near.h"

#include "base/json_impl.h"
#include "plan/plan_impl.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static wadi_case *read_case(const char *path)
{
    wadi_case *the_case = NULL;
    wadi_error err = {0};

    if (wadi_case_read(path, &the_case, NULL, &err))
        fail_msg("%s", err.message);
    return the_case;
}

static catalogue read_catalogue(void)
{
    catalogue list;
    wadi_error err = {0};

    if (catalogue_read(&list, &err))
        fail_msg("%s", err.message);
    return list;
}

/* ---- catalogue ---- */

/* Features row 56: the list of seed 0 fits itself, and a 7 F device does not pass 5 F. */
static void a_7_f_device_does_not_pass_a_5_f_sheath(void **state)
{
    catalogue list = read_catalogue();
    double arterial = catalogue_find(&list, "arterial_sheath")->sheath_f,
           venous = catalogue_find(&list, "venous_sheath")->sheath_f,
           crossing_in = catalogue_find(&list, "crossing_wire")->wire_in,
           support_in = catalogue_find(&list, "support_wire")->wire_in;
    const device *catheter = catalogue_find(&list, "dedicated_crossing_catheter"),
                 *basket = catalogue_find(&list, "dedicated_basket"),
                 *stent = catalogue_find(&list, "dedicated_extension_stent");

    (void)state;
    assert_near(arterial, 7, 0, 0);
    assert_near(venous, 5, 0, 0);
    assert_true(device_fits(catheter, arterial, crossing_in));
    assert_false(device_fits(catheter, venous, crossing_in));
    assert_false(device_fits(catheter, 6.99, crossing_in));
    assert_true(device_fits(basket, venous, NAN));
    assert_true(device_fits(stent, arterial, support_in));
    assert_true(device_fits(stent, arterial, crossing_in));    /* a thinner wire */
    assert_false(device_fits(catheter, arterial, support_in)); /* 0.018 in through 0.014 in */
    assert_null(catalogue_find(&list, "no_such_device"));
}

/* Features row 61: stents of the catalogue's lengths cover any length, each overlapping the
 * next, with none that could be left out at the end. */
static void stents_cover_any_length_without_a_gap(void **state)
{
    enum { MOST = 16 };
    const char *keys[] = {"dedicated_extension_stent", "covered_stent_5"};
    catalogue list = read_catalogue();

    (void)state;
    for (size_t k = 0; k < WADI_COUNT_OF(keys); k++) {
        const device *stent = catalogue_find(&list, keys[k]);

        for (double cover = 1; cover <= 900; cover += 0.5) {
            double lengths[MOST], sum = 0;
            int count = device_cover(stent, cover, lengths, MOST);

            assert_true(count >= 1 && count < MOST);
            for (int i = 0; i < count; i++) {
                bool known = false;

                for (int j = 0; j < stent->length_count; j++)
                    known |= lengths[i] == stent->lengths_mm[j];
                assert_true(known);
                sum += lengths[i];
            }
            sum -= (count - 1) * stent->overlap_mm;
            if (sum < cover)
                fail_msg("%s: %d stents reach %.1f of %.1f mm", keys[k], count, sum, cover);
            if (count > 1)
                assert_true(sum - lengths[count - 1] + stent->overlap_mm < cover);
        }
        assert_int_equal(device_cover(stent, 0, NULL, MOST), 0);
    }
    double lengths[2];
    const device *stent = catalogue_find(&list, "dedicated_extension_stent");

    assert_int_equal(device_cover(stent, 150, lengths, 2), 1); /* on the length */
    assert_int_equal(device_cover(stent, 150.5, lengths, 2), 2);
    assert_near(lengths[1], 60, 0, 0);
}

/* ---- a candidate by hand: percutaneous, 25 mm below the origin of the posterior tibial ----
 */

typedef struct bench {
    wadi_case *the_case;
    planner p;
    worker *w;
} bench;

static void start(bench *b, const char *path)
{
    wadi_error err = {0};
    wadi_steady_result flow;

    memset(b, 0, sizeof *b);
    b->the_case = read_case(path);
    b->p.the_case = b->the_case;
    b->p.options = wadi_plan_options_default();
    b->p.limit = (limits){100, 195, 45, 80, 0.6, 0.25};
    b->p.devices = read_catalogue();
    b->p.worker_count = 1;
    b->w = &b->p.workers[0];
    if (wadi_model_read(&b->p.table, &err) ||
        wadi_limb_from_case(b->the_case, &b->p.limb, &err) ||
        wadi_steady_new(&b->w->solver, &err))
        fail_msg("%s", err.message);
    wadi_model_fit_case(&b->p.table, b->the_case);
    b->p.model = wadi_model_nominal(&b->p.table);
    b->p.wound_bed = b->p.toe = wadi_limb_bed(b->p.limb, "hallux");
    b->p.inflow_open = true;
    measure what = measure_before(&b->p);

    if (planner_solve(&b->p, b->w, b->p.limb, &b->p.model, -1, &flow, &err))
        fail_msg("%s", err.message);
    b->p.before_inflow_m3_s = flow.inflow_m3_s;
    b->p.before_foot_m3_s = foot_arterial_inflow(b->p.limb, &flow);
    outcome_point(b->p.limb, &b->p.model, &flow, &what, &b->p.before);
}

static void stop(bench *b)
{
    wadi_steady_free(b->w->solver);
    wadi_limb_free(b->p.limb);
    wadi_case_free(b->the_case);
}

static candidate by_hand(const bench *b)
{
    return (candidate){.technique = WADI_PERCUTANEOUS_DEDICATED,
                       .artery = wadi_limb_vessel(b->p.limb, "PTA"),
                       .artery_at_m = 0.025,
                       .vein_at_m = 0.03,
                       .crossing = {.suitability = 1},
                       .closures = escape_bit("IMP1") | escape_bit("IMPL"),
                       .lyse = true,
                       .prevent_shunt = true,
                       .make_fistula = true};
}

/* Flow of the leg after a candidate: solver, limb and conduit. */
static wadi_steady_result flow_after(bench *b, const candidate *plan, wadi_limb **after,
                                     wadi_index *conduit)
{
    wadi_steady_result flow = {0};
    wadi_error err = {0};

    if (candidate_apply(b->p.limb, plan, after, conduit, &err) ||
        planner_solve(&b->p, b->w, *after, &b->p.model, b->p.before_inflow_m3_s, &flow, &err))
        fail_msg("%s", err.message);
    return flow;
}

static double flow_in(const wadi_limb *limb, const wadi_steady_result *flow, const char *name)
{
    wadi_index vessel = wadi_limb_vessel(limb, name), count;
    double length = wadi_limb_vessels(limb, &count)[vessel].length_m;

    return flow->flow_m3_s[wadi_limb_segment_at(limb, vessel, length)];
}

/* Features row 84. Shares of the conduit flow: the great saphenous vein carries much of it
 * away; closed, the deep way to the forefoot gets a larger one. */
static void closing_the_great_saphenous_sends_a_larger_share_to_the_forefoot(void **state)
{
    bench b;
    double gsv[2], forefoot[2];

    (void)state;
    start(&b, "cases/desert-foot.json");
    for (int closed = 0; closed < 2; closed++) {
        candidate plan = by_hand(&b);
        wadi_limb *after = NULL;
        wadi_index conduit;

        plan.closures = closed ? escape_bit("GSV") : 0;
        wadi_steady_result flow = flow_after(&b, &plan, &after, &conduit);
        gsv[closed] = flow_in(after, &flow, "GSV") / flow.flow_m3_s[conduit];
        forefoot[closed] = -flow_in(after, &flow, "LPV") / flow.flow_m3_s[conduit];
        wadi_limb_free(after);
    }
    print_message("great saphenous carries %.2f of the conduit flow; to the forefoot %.3f, "
                  "%.3f when it is closed\n",
                  gsv[0], forefoot[0], forefoot[1]);
    assert_true(gsv[0] > 0.05);
    assert_near(gsv[1], 0, 0, 0);
    assert_true(forefoot[1] > forefoot[0]);
    stop(&b);
}

/* DESIGN.md: 195 mL/min in a 5 mm stent is 0.93 Pa, 100 is 0.48 Pa, at 3.5 mPa s. */
static void shear_in_a_5_mm_conduit_is_what_the_thresholds_imply(void **state)
{
    const double flows[] = {195, 100}, want_pa[] = {0.93, 0.48};
    bench b;
    candidate plan;
    wadi_limb *after = NULL;
    wadi_index conduit;

    (void)state;
    start(&b, "cases/desert-foot.json");
    plan = by_hand(&b);
    wadi_steady_result flow = flow_after(&b, &plan, &after, &conduit);
    measure what = {conduit, b.p.wound_bed, b.p.toe, WADI_NONE, WADI_NONE, -1, 0};
    double viscosity = wadi_viscosity(b.p.model.value[WADI_P_HAEMATOCRIT],
                                      b.p.model.value[WADI_P_PLASMA_PROTEIN], 2.5e-3);

    for (int k = 0; k < 2; k++) {
        point out;
        double *mine = calloc((size_t)flow.segment_count, sizeof *mine);
        wadi_steady_result given = flow;

        assert_non_null(mine);
        memcpy(mine, flow.flow_m3_s, (size_t)flow.segment_count * sizeof *mine);
        mine[conduit] = flows[k] * WADI_M3_S_PER_ML_MIN;
        given.flow_m3_s = mine;
        outcome_point(after, &b.p.model, &given, &what, &out);
        assert_near(out.value[OUTCOME_INDEX(conduit_shear_pa)] * 3.5e-3 / viscosity, want_pa[k],
                    0, 0.005);
        free(mine);
    }
    wadi_limb_free(after);
    stop(&b);
}

/* ---- search ---- */

/* Features row 69: adding the best branch again and again against every set of up to four. */
static void greedy_closure_comes_within_2_percent_of_every_set_of_four(void **state)
{
    bench b;
    double greedy_best, exhaustive_best = 0;
    candidate plan;
    unsigned set = 0;
    point out;
    wadi_error err = {0};

    (void)state;
    start(&b, "cases/desert-foot.json");
    plan = by_hand(&b);
    plan.closures = 0;
    assert_int_equal(planner_evaluate(&b.p, b.w, &plan, &out, &err), WADI_OK);
    greedy_best = plan.violation > 0 ? 0 : plan.objective;
    for (int k = 0; k < 4; k++) {
        unsigned best_set = set;

        for (int i = 0; i < ESCAPE_COUNT; i++) {
            candidate one = plan;

            one.closures = set | 1u << i;
            assert_int_equal(planner_evaluate(&b.p, b.w, &one, &out, &err), WADI_OK);
            if (one.violation == 0 && one.objective > greedy_best) {
                greedy_best = one.objective;
                best_set = one.closures;
            }
        }
        set = best_set;
    }
    for (unsigned all = 0; all < 1u << ESCAPE_COUNT; all++) {
        candidate one = plan;
        unsigned bits = all;
        int count = 0;

        for (; bits; bits &= bits - 1)
            count++;
        if (count > 4)
            continue;
        one.closures = all;
        assert_int_equal(planner_evaluate(&b.p, b.w, &one, &out, &err), WADI_OK);
        if (one.violation == 0 && one.objective > exhaustive_best)
            exhaustive_best = one.objective;
    }
    print_message("greedy %.4f, exhaustive %.4f mL/min\n", greedy_best, exhaustive_best);
    assert_true(exhaustive_best > 0);
    assert_true(greedy_best >= 0.98 * exhaustive_best);
    stop(&b);
}

/* Features row 15: the same place with the interosseous membrane between counts for less. */
static void a_crossing_through_the_membrane_ranks_below_one_without(void **state)
{
    double best[2] = {0, 0};

    (void)state;
    for (int k = 0; k < 2; k++) {
        bench b;
        candidate *list = NULL;
        wadi_index count = 0;
        char refusal[WADI_TEXT_SIZE] = "", rule[16] = "";
        wadi_gap_point points[2] = {{.from_origin_mm = {true, 0}, .gap_mm = {true, 2}},
                                    {.from_origin_mm = {true, 400}, .gap_mm = {true, 2}}};
        wadi_gap_profile profile = {.artery = "PTA",
                                    .vein = "PTV1",
                                    .points = points,
                                    .point_count = 2,
                                    .membrane = k ? WADI_YES : WADI_NO};
        wadi_error err = {0};

        start(&b, "cases/desert-foot.json");
        wadi_case with = *b.the_case;
        with.gaps = &profile;
        with.gap_count = 1;
        b.p.the_case = &with;
        assert_int_equal(crossing_list(&b.p, technique_find(WADI_PERCUTANEOUS_DEDICATED), &list,
                                       &count, refusal, rule, &err),
                         WADI_OK);
        for (wadi_index i = 0; i < count; i++) {
            const wadi_crossing *c = &list[i].crossing;

            if (strcmp(c->artery, "PTA") || strcmp(c->vein, "PTV1"))
                continue;
            assert_near(c->gap_mm, 2, 1e-12, 0);
            assert_int_equal(c->membrane, k);
            best[k] = fmax(best[k], c->suitability);
        }
        free(list);
        stop(&b);
    }
    assert_true(best[0] > 0);
    assert_near(best[1], 0.5 * best[0], 1e-12, 0);
}

/* ---- whole plans ---- */

/* Stents that are listed with places cover [0, the end of the vein stretch] without a hole. */
static void check_stents(const wadi_plan *plan, const char *path)
{
    double reach = 0, wanted = plan->conduit_length_mm + 1e3 * CROSSING_IN_VEIN_M;
    bool any = false;

    for (bool more = true; more;) {
        more = false;
        for (wadi_index i = 0; i < plan->device_count; i++) {
            const wadi_device_use *use = &plan->devices[i];

            if (!(use->to_mm > use->from_mm))
                continue;
            any = true;
            assert_true(use->to_mm - use->from_mm <= use->length_mm + 1e-9);
            if (use->from_mm <= reach + 1e-9 && use->to_mm > reach + 1e-9) {
                reach = use->to_mm;
                more = true;
            }
        }
    }
    if (any && reach < wanted - 0.1)
        fail_msg("%s, %s: stents reach %.1f of %.1f mm", path,
                 wadi_technique_name(plan->technique), reach, wanted);
}

static void no_plan_has_a_hole_between_its_stents(void **state)
{
    const char *paths[] = {"cases/desert-foot.json", "cases/tibials-occluded.json"};
    bool lined[WADI_TECHNIQUE_COUNT] = {false};

    (void)state;
    for (size_t k = 0; k < WADI_COUNT_OF(paths); k++) {
        wadi_plan_options options = wadi_plan_options_default();
        wadi_case *the_case = read_case(paths[k]);
        wadi_plan_result *result = NULL;
        wadi_error err = {0};

        options.samples = 0;
        options.closure_limit = 0;
        if (wadi_plan_case(the_case, &options, &result, &err))
            fail_msg("%s", err.message);
        for (wadi_index i = 0; i < result->plan_count; i++)
            check_stents(&result->plans[i], paths[k]);
        for (int t = 0; t < WADI_TECHNIQUE_COUNT; t++) {
            check_stents(&result->comparison[t], paths[k]);
            for (wadi_index i = 0; i < result->comparison[t].device_count; i++)
                lined[t] |= result->comparison[t].devices[i].to_mm > 0;
        }
        wadi_plan_result_free(result);
        wadi_case_free(the_case);
    }
    assert_true(lined[WADI_PERCUTANEOUS_DEDICATED] && lined[WADI_PERCUTANEOUS_OFFSHELF] &&
                lined[WADI_HYBRID]);
}

/* The whole planner, each time one allocation later. After the first hundred every 397th, for
 * time: the search allocates the same few things over and over. */
static void a_plan_without_memory_fails_and_leaks_nothing(void **state)
{
    wadi_plan_options options = wadi_plan_options_default();
    wadi_case *the_case = read_case("cases/desert-foot.json");
    wadi_plan_result *result = NULL;
    wadi_status status = WADI_ERR_NOMEM;
    int refused = 0;

    (void)state;
    options.samples = 4;
    options.threads = 1;
    options.closure_limit = 0;
    for (long n = 1; status; n += n < 100 ? 1 : 397) {
        wadi_error err = {0};

        wadi_memory_refuse(n);
        status = wadi_plan_case(the_case, &options, &result, &err);
        wadi_memory_refuse(0);
        if (status) {
            assert_int_equal(status, WADI_ERR_NOMEM);
            assert_null(result);
            refused++;
        }
        assert_true(n < 1000000);
    }
    print_message("%d refusals\n", refused);
    assert_true(refused >= 100);
    wadi_plan_result_free(result);
    wadi_case_free(the_case);
}

/* The planner names vessels in its templates; a leg file of the user's own may lack one. */
static void a_leg_file_without_a_vessel_that_plans_need_is_refused(void **state)
{
    char folder[] = "leg-plan-XXXXXX", path[300];
    wadi_plan_options options = wadi_plan_options_default();
    wadi_case *the_case = read_case("cases/minimal.json");
    wadi_plan_result *result = NULL;
    wadi_error err = {0};
    json_t *root = NULL, *item, *list;
    size_t i;

    (void)state;
    assert_int_equal(wadi_json_data("reference-leg.json", "wadi.leg/1", &root, &err), WADI_OK);
    list = json_object_get(root, "segments");
    for (i = 0; i < json_array_size(list); i++)
        if (!strcmp(wadi_json_get_text(json_array_get(list, i), "vessel", ""), "CP2"))
            json_array_remove(list, i--);
    json_array_foreach(json_object_get(root, "vessels"), i, item)
    {
        if (!strcmp(wadi_json_get_text(item, "name", ""), "CP2"))
            break;
    }
    json_array_remove(json_object_get(root, "vessels"), i);
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/reference-leg.json", folder);
    assert_int_equal(json_dump_file(root, path, JSON_REAL_PRECISION(12)), 0);
    json_decref(root);
    assert_int_equal(wadi_data_override(folder, &err), WADI_OK);
    options.samples = 0;
    assert_int_equal(wadi_plan_case(the_case, &options, &result, &err), WADI_ERR_KEY);
    assert_int_equal(wadi_data_override(NULL, NULL), WADI_OK);
    remove(path);
    rmdir(folder);
    assert_null(result);
    assert_string_equal(err.message, "reference-leg.json: the planner needs a vessel 'CP2'");
    wadi_case_free(the_case);
}

static const wadi_drug_line *drug_line(const wadi_plan_result *result, const char *words)
{
    for (wadi_index i = 0; i < result->drug_count; i++)
        if (strstr(result->drugs[i].text, words))
            return &result->drugs[i];
    fail_msg("no line of the drug card says '%s'", words);
    return NULL;
}

/* Heparin with what each document says, the unit in doubt; antithrombotics with their end. */
static void the_drug_card_is_that_of_the_documents(void **state)
{
    wadi_case the_case = {.patient.weight_kg = {true, 70}};
    planner p = {.the_case = &the_case, .options = {.procedure_date = "2024-11-30"}};
    wadi_plan_result result = {0};
    const wadi_drug_line *heparin;

    (void)state;
    assert_int_equal(drugs_fill(&p, &result, NULL), WADI_OK);
    heparin = drug_line(&result, "heparin");
    assert_non_null(strstr(heparin->text, "activated clotting time 250-300 s"));
    assert_non_null(strstr(heparin->text, "above 250 s more bleeding, 24 % against 9.8 %"));
    assert_non_null(strstr(heparin->text, "70 kg: 7000 IU"));
    assert_non_null(strstr(heparin->text, "confirm the unit"));
    assert_non_null(strstr(heparin->source, "technical note"));
    assert_non_null(strstr(heparin->source, "PMID 31075466"));
    assert_true(drug_line(&result, "verapamil") == drug_line(&result, "papaverine"));
    assert_non_null(
        strstr(drug_line(&result, "at least 3 months")->text, "ends not before 2025-02-28"));
    assert_null(strstr(drug_line(&result, "for life")->text, "ends"));
    for (wadi_index i = 0; i < result.drug_count; i++) {
        assert_true(strlen(result.drugs[i].text) + 1 < WADI_TEXT_SIZE); /* nothing is cut */
        assert_true(strlen(result.drugs[i].source) > 0);
        assert_true(strlen(result.drugs[i].source) + 1 < WADI_SOURCE_SIZE);
    }
    free(result.drugs);
    result = (wadi_plan_result){0};
    the_case.patient.weight_kg.known = false;
    p.options.procedure_date = NULL;
    assert_int_equal(drugs_fill(&p, &result, NULL), WADI_OK);
    assert_null(strstr(drug_line(&result, "heparin")->text, " kg: "));
    assert_non_null(strstr(drug_line(&result, "at least 3 months")->text,
                           "ends not before month 3 after the procedure"));
    free(result.drugs);
    result = (wadi_plan_result){0};
    p.options.procedure_date = "30.11.2024";
    assert_int_equal(drugs_fill(&p, &result, NULL), WADI_ERR_PARSE);
    free(result.drugs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_drug_card_is_that_of_the_documents),
        cmocka_unit_test(a_7_f_device_does_not_pass_a_5_f_sheath),
        cmocka_unit_test(stents_cover_any_length_without_a_gap),
        cmocka_unit_test(closing_the_great_saphenous_sends_a_larger_share_to_the_forefoot),
        cmocka_unit_test(shear_in_a_5_mm_conduit_is_what_the_thresholds_imply),
        cmocka_unit_test(greedy_closure_comes_within_2_percent_of_every_set_of_four),
        cmocka_unit_test(a_crossing_through_the_membrane_ranks_below_one_without),
        cmocka_unit_test(no_plan_has_a_hole_between_its_stents),
        cmocka_unit_test(a_leg_file_without_a_vessel_that_plans_need_is_refused),
        cmocka_unit_test(a_plan_without_memory_fails_and_leaks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
