/* The leg as a graph: scaling, what a plan changes and what it must not, files that are broken.
 */
#include "near.h"

#include "base/data_impl.h"
#include "base/json_impl.h"
#include "limb/limb_impl.h"
#include "wadi/flow.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SEED = 20260117 };

static wadi_limb *reference(void)
{
    wadi_limb *limb = NULL;
    wadi_error err = {0};

    if (wadi_limb_reference(&limb, &err))
        fail_msg("%s", err.message);
    return limb;
}

static wadi_limb *copy_of(const wadi_limb *limb)
{
    wadi_limb *copy = NULL;
    wadi_error err = {0};

    if (wadi_limb_copy(limb, &copy, &err))
        fail_msg("%s", err.message);
    return copy;
}

static wadi_model nominal(void)
{
    wadi_model_table table;
    wadi_error err = {0};

    if (wadi_model_read(&table, &err))
        fail_msg("%s", err.message);
    return wadi_model_nominal(&table);
}

/* Inflow, and pressure at a node (NULL: none), of a leg with the nominal model. */
static double inflow_of(const wadi_limb *limb, const char *node, double *pressure_pa)
{
    wadi_steady *solver = NULL;
    wadi_steady_options options = wadi_steady_options_default();
    wadi_steady_result flow;
    wadi_model model = nominal();
    wadi_error err = {0};

    if (wadi_steady_new(&solver, &err) ||
        wadi_steady_solve(solver, limb, &model, &options, &flow, &err))
        fail_msg("%s", err.message);
    if (node)
        *pressure_pa = flow.pressure_pa[wadi_limb_node(limb, node)];
    wadi_steady_free(solver);
    return flow.inflow_m3_s;
}

static double length_of(const wadi_limb *limb, wadi_index vessel)
{
    double sum = 0;

    for (wadi_index i = 0; i < limb->segment_count; i++)
        sum += limb->segments[i].vessel == vessel ? limb->segments[i].length_m : 0;
    return sum;
}

/* Features row 95. */
static void a_leg_of_150_or_190_cm_is_as_much_shorter_or_longer(void **state)
{
    const double heights_cm[] = {150, 190};
    wadi_limb *standard = reference();

    (void)state;
    for (int k = 0; k < 2; k++) {
        wadi_case the_case;
        wadi_limb *limb = NULL;
        wadi_error err = {0};
        double scale = heights_cm[k] / 175;

        memset(&the_case, 0, sizeof the_case);
        the_case.patient.height_cm = (wadi_maybe){true, heights_cm[k]};
        assert_int_equal(wadi_limb_from_case(&the_case, &limb, &err), WADI_OK);
        assert_near(wadi_limb_scale(limb), scale, 1e-15, 0);
        for (wadi_index i = 0; i < limb->segment_count; i++) {
            const wadi_segment *mine = &limb->segments[i], *its = &standard->segments[i];

            assert_near(mine->length_m, scale * its->length_m, 1e-14, 0);
            assert_near(mine->at_from_m, scale * its->at_from_m, 1e-14, 0);
            assert_near(mine->radius_from_m, its->radius_from_m, 0,
                        0); /* calibre does not scale */
        }
        for (wadi_index i = 0; i < limb->valve_count; i++)
            assert_near(limb->valves[i].at_m, scale * standard->valves[i].at_m, 1e-14, 0);
        for (wadi_index v = 0; v < limb->vessel_count; v++)
            assert_near(limb->vessels[v].length_m, length_of(limb, v), 1e-12, 0);
        wadi_limb_free(limb);
    }
    wadi_limb_free(standard);
}

static void every_vessel_is_as_long_as_its_parts_and_bears_its_valves(void **state)
{
    wadi_limb *limb = reference();

    (void)state;
    assert_true(limb->segment_count >= 100 && limb->segment_count <= 150);
    for (wadi_index v = 0; v < limb->vessel_count; v++)
        assert_near(limb->vessels[v].length_m, length_of(limb, v), 1e-12, 0);
    for (wadi_index i = 0; i < limb->valve_count; i++) {
        const wadi_limb_valve *valve = &limb->valves[i];

        assert_int_equal(limb->vessels[valve->vessel].kind, WADI_VEIN);
        assert_true(valve->at_m > 0 && valve->at_m < limb->vessels[valve->vessel].length_m);
    }
    wadi_limb_free(limb);
}

static void dividing_a_vessel_keeps_its_length_radius_and_points(void **state)
{
    wadi_limb *standard = reference();
    wadi_random random;
    wadi_error err = {0};

    (void)state;
    wadi_random_init(&random, SEED, 1);
    for (int i = 0; i < 300; i++) {
        wadi_limb *limb = copy_of(standard);
        wadi_index vessel = (wadi_index)(wadi_random_uniform(&random) * limb->vessel_count),
                   node, again;
        double length = limb->vessels[vessel].length_m,
               at = wadi_random_uniform(&random) * length, want[3], got[3];

        assert_int_equal(wadi_limb_divide(limb, vessel, at, &node, &err), WADI_OK);
        assert_near(length_of(limb, vessel), length, 1e-14, 0);
        for (double t = 0; t <= 1; t += 0.05) {
            assert_near(wadi_limb_vessel_radius(limb, vessel, t * length),
                        wadi_limb_vessel_radius(standard, vessel, t * length), 1e-12, 0);
            assert_true(wadi_limb_vessel_point(standard, vessel, t * length, want));
            assert_true(wadi_limb_vessel_point(limb, vessel, t * length, got));
            for (int k = 0; k < 3; k++)
                assert_near(got[k], want[k], 0, 1e-6);
        }
        /* The same place again is the same node, and nothing more is divided. */
        wadi_index segments = limb->segment_count;
        assert_int_equal(wadi_limb_divide(limb, vessel, at, &again, &err), WADI_OK);
        assert_int_equal(again, node);
        assert_int_equal(limb->segment_count, segments);
        wadi_limb_free(limb);
    }
    wadi_limb_free(standard);
}

static void a_place_beyond_the_vessel_cannot_be_divided(void **state)
{
    wadi_limb *limb = reference();
    wadi_index node = WADI_NONE, vessel = wadi_limb_vessel(limb, "PTA");
    wadi_error err = {0};

    (void)state;
    assert_int_equal(
        wadi_limb_divide(limb, vessel, limb->vessels[vessel].length_m + 1e-3, &node, &err),
        WADI_ERR_RANGE);
    assert_int_equal(node, WADI_NONE);
    assert_non_null(strstr(err.message, "PTA"));
    wadi_limb_free(limb);
}

/* A division is no change: the same flow to rounding. Viscosity is that of a part's mean
 * calibre, so a tapering vessel changes by what the calibre's law bends within it; that is the
 * discretization, and small. */
static void dividing_a_vessel_changes_no_flow(void **state)
{
    wadi_limb *standard = reference();
    double want = inflow_of(standard, NULL, NULL), worst = 0;
    const char *worst_is = "";
    int even_count = 0;

    (void)state;
    for (wadi_index v = 0; v < standard->vessel_count; v++) {
        wadi_limb *limb = copy_of(standard);
        bool even = true;
        wadi_index node;
        wadi_error err = {0};

        for (wadi_index i = 0; i < limb->segment_count; i++)
            even &= limb->segments[i].vessel != v ||
                    limb->segments[i].radius_from_m == limb->segments[i].radius_to_m;
        assert_int_equal(
            wadi_limb_divide(limb, v, 0.37 * limb->vessels[v].length_m, &node, &err), WADI_OK);
        double change = fabs(inflow_of(limb, NULL, NULL) / want - 1);

        if (even && change > 1e-10)
            fail_msg("%s: %.2e", limb->vessels[v].name, change);
        even_count += even;
        if (change > worst) {
            worst = change;
            worst_is = standard->vessels[v].name;
        }
        wadi_limb_free(limb);
    }
    print_message("division changes the inflow by at most %.1e (%s); %d vessels do not taper\n",
                  worst, worst_is, even_count);
    assert_true(worst < 1e-4);
    wadi_limb_free(standard);
}

/* A stenosis counts once wherever its vessel is divided, also in the middle of it. */
static void a_division_in_the_middle_of_a_stenosis_counts_it_once(void **state)
{
    const char *names[] = {"SFA", "PTA", "CFA"};
    wadi_limb *standard = reference();

    (void)state;
    for (size_t k = 0; k < WADI_COUNT_OF(names); k++) {
        wadi_index v = wadi_limb_vessel(standard, names[k]), node;
        wadi_error err = {0};
        double length = standard->vessels[v].length_m, whole, divided;
        wadi_limb_lesion lesion = {.vessel = v,
                                   .from_m = 0.2 * length,
                                   .to_m = 0.4 * length,
                                   .kind = WADI_STENOSIS,
                                   .stenosis_frac = 0.7};
        wadi_limb *limb = copy_of(standard), *parted;

        assert_int_equal(wadi_limb_add_lesion(limb, &lesion, &err), WADI_OK);
        whole = inflow_of(limb, NULL, NULL);
        parted = copy_of(limb);
        assert_int_equal(
            wadi_limb_divide(parted, v, 0.5 * (lesion.from_m + lesion.to_m), &node, &err),
            WADI_OK);
        divided = inflow_of(parted, NULL, NULL);
        /* The open calibre beside the lesion is that of the part's middle, which moves. */
        if (fabs(divided / whole - 1) > 5e-3)
            fail_msg("%s: %.4g against %.4g mL/min", names[k], divided / WADI_M3_S_PER_ML_MIN,
                     whole / WADI_M3_S_PER_ML_MIN);
        wadi_limb_free(limb);
        wadi_limb_free(parted);
    }
    wadi_limb_free(standard);
}

/* A valve seen at the very end of its vessel is a valve as any other. */
static void a_valve_at_either_end_of_a_vessel_holds(void **state)
{
    const double places[] = {0, 0.5, 1};
    wadi_limb *standard = reference();
    wadi_index v = wadi_limb_vessel(standard, "LPV"),
               crossing = wadi_limb_vessel(standard, "LPA");

    (void)state;
    assert_true(v != WADI_NONE && crossing != WADI_NONE);
    for (int k = 0; k < 3; k++) {
        wadi_limb *open = copy_of(standard), *shut;
        wadi_steady *solver = NULL;
        wadi_steady_options options = wadi_steady_options_default();
        wadi_steady_result flow;
        wadi_model model = nominal();
        wadi_index artery, vein, graft, kept = 0;
        wadi_error err = {0};
        double back[2];

        /* One valve in the vein, everything else of it away; blood is fed to its heart side. */
        for (wadi_index i = 0; i < open->valve_count; i++)
            if (open->valves[i].vessel != v)
                open->valves[kept++] = open->valves[i];
        open->valves[kept] =
            (wadi_limb_valve){v, places[k] * open->vessels[v].length_m, WADI_VALVE_LYSED};
        open->valve_count = kept + 1;
        assert_int_equal(wadi_limb_divide(open, v, 0, &vein, &err), WADI_OK);
        assert_int_equal(wadi_limb_divide(open, crossing, 0, &artery, &err), WADI_OK);
        assert_int_equal(wadi_limb_add_graft(open, "graft", WADI_CROSSING, artery, vein, 0.03,
                                             2e-3, 2e-3, 0, &err),
                         WADI_OK);
        shut = copy_of(open);
        wadi_limb_set_valve(shut, kept, WADI_VALVE_COMPETENT);
        assert_int_equal(wadi_steady_new(&solver, &err), WADI_OK);
        for (int i = 0; i < 2; i++) {
            if (wadi_steady_solve(solver, i ? shut : open, &model, &options, &flow, &err))
                fail_msg("%s", err.message);
            graft = wadi_limb_segment_at(open, v, 0.5 * open->vessels[v].length_m);
            back[i] = -flow.flow_m3_s[graft];
        }
        if (!(back[0] > 0 && back[1] < 0.2 * back[0]))
            fail_msg("at %.1f of the vein: %.3f shut, %.3f open (mL/min)", places[k],
                     back[1] / WADI_M3_S_PER_ML_MIN, back[0] / WADI_M3_S_PER_ML_MIN);
        wadi_steady_free(solver);
        wadi_limb_free(open);
        wadi_limb_free(shut);
    }
    wadi_limb_free(standard);
}

static void closing_and_opening_again_changes_nothing(void **state)
{
    wadi_limb *limb = reference();
    double before = inflow_of(limb, NULL, NULL), closed;
    wadi_index v = wadi_limb_vessel(limb, "PTA");

    (void)state;
    wadi_limb_close_vessel(limb, v, true);
    assert_false(wadi_limb_is_open(limb, v, 0, 1));
    closed = inflow_of(limb, NULL, NULL);
    assert_true(closed < before);
    wadi_limb_close_vessel(limb, v, false);
    assert_true(wadi_limb_is_open(limb, v, 0, 1));
    assert_near(inflow_of(limb, NULL, NULL), before, 0, 0);
    wadi_limb_free(limb);
}

static void a_treated_lesion_leaves_the_healthy_leg(void **state)
{
    wadi_limb *limb = reference();
    double before = inflow_of(limb, NULL, NULL);
    wadi_index v = wadi_limb_vessel(limb, "SFA");
    wadi_error err = {0};
    wadi_limb_lesion occlusion = {
        .vessel = v, .from_m = 0.05, .to_m = 0.15, .kind = WADI_OCCLUSION};

    (void)state;
    assert_int_equal(wadi_limb_add_lesion(limb, &occlusion, &err), WADI_OK);
    assert_true(inflow_of(limb, NULL, NULL) < 0.95 * before);
    assert_false(wadi_limb_is_open(limb, v, 0, 0.06));
    assert_true(wadi_limb_is_open(limb, v, 0.16, 0.2));
    assert_near(wadi_limb_narrowing(limb, v, 0, 0.3), 1, 0, 0);
    assert_int_equal(wadi_limb_treat(limb, v, 0.2, 0.3), 0); /* beside it */
    assert_int_equal(wadi_limb_treat(limb, v, 0, 0.05), 1);  /* touches it */
    assert_int_equal(wadi_limb_treat(limb, v, 0, 0.3), 0);   /* once is enough */
    assert_near(inflow_of(limb, NULL, NULL), before, 0, 0);
    wadi_limb_free(limb);
}

static void lysis_reaches_the_valves_of_the_stretch_and_no_other(void **state)
{
    wadi_limb *limb = reference();
    wadi_index v = wadi_limb_vessel(limb, "PTV1");
    double length = limb->vessels[v].length_m;
    int inside = 0;

    (void)state;
    for (wadi_index i = 0; i < limb->valve_count; i++)
        inside += limb->valves[i].vessel == v && limb->valves[i].at_m >= 0.3 * length;
    assert_true(inside > 2);
    assert_int_equal(wadi_limb_set_valves(limb, v, 0.3 * length, length, WADI_VALVE_LYSED),
                     inside);
    for (wadi_index i = 0; i < limb->valve_count; i++)
        assert_int_equal(limb->valves[i].state == WADI_VALVE_LYSED,
                         limb->valves[i].vessel == v && limb->valves[i].at_m >= 0.3 * length);
    wadi_limb_free(limb);
}

/* A graft beside a closed vessel, of its shape, is that vessel: Poiseuille in both. */
static void a_graft_of_the_same_shape_replaces_an_artery(void **state)
{
    wadi_limb *limb = reference();
    wadi_index v = wadi_limb_vessel(limb, "EIA");
    const wadi_segment *segment = &limb->segments[wadi_limb_segment_at(limb, v, 0.01)];
    double before = inflow_of(limb, NULL, NULL);
    wadi_error err = {0};

    (void)state;
    assert_int_equal(wadi_limb_add_graft(limb, "bypass", WADI_BYPASS, segment->from,
                                         segment->to, segment->length_m, segment->radius_from_m,
                                         segment->radius_to_m, 0, &err),
                     WADI_OK);
    wadi_limb_close_vessel(limb, v, true);
    assert_near(inflow_of(limb, NULL, NULL), before, 1e-10, 0);
    wadi_limb_free(limb);
}

static void a_copy_shares_nothing_with_its_original(void **state)
{
    wadi_limb *limb = reference(), *copy = copy_of(limb);
    double before = inflow_of(limb, NULL, NULL);
    wadi_index node;
    wadi_error err = {0};

    (void)state;
    for (wadi_index v = 0; v < copy->vessel_count; v++) {
        wadi_limb_set_radius(copy, v, 0.5);
        assert_int_equal(
            wadi_limb_divide(copy, v, 0.5 * copy->vessels[v].length_m, &node, &err), WADI_OK);
        wadi_limb_close_vessel(copy, v, true);
    }
    wadi_limb_free(copy);
    assert_near(inflow_of(limb, NULL, NULL), before, 0, 0);
    wadi_limb_free(limb);
}

static void a_leg_without_memory_fails_and_leaks_nothing(void **state)
{
    wadi_limb *standard = reference(), *limb = NULL;
    wadi_status status = WADI_ERR_NOMEM;
    int refused = 0;

    (void)state;
    for (long n = 1; status; n++) {
        wadi_error err = {0};

        wadi_memory_refuse(n);
        status = wadi_limb_reference(&limb, &err);
        wadi_memory_refuse(0);
        refused += status != WADI_OK;
        if (status) {
            assert_int_equal(status, WADI_ERR_NOMEM);
            assert_null(limb);
        }
        assert_true(n < 1000);
    }
    wadi_limb_free(limb);
    assert_true(refused >= 9);
    status = WADI_ERR_NOMEM;
    for (long n = 1; status; n++) {
        wadi_memory_refuse(n);
        status = wadi_limb_copy(standard, &limb, NULL);
        wadi_memory_refuse(0);
        if (status)
            assert_null(limb);
        assert_true(n < 1000);
    }
    wadi_limb_free(limb);
    wadi_limb_free(NULL);
    wadi_limb_free(standard);
}

/* ---- a user's own leg file ---- */

typedef void (*breakage)(json_t *root);

static json_t *at(json_t *root, const char *list, size_t index)
{
    return json_array_get(json_object_get(root, list), index);
}

static void set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static void cyclic_vessel(json_t *root)
{
    /* CFA's first part starts where its last ends. */
    json_t *list = json_object_get(root, "segments"), *item, *first = NULL, *last = NULL;
    size_t i;

    json_array_foreach(list, i, item)
    {
        if (strcmp(wadi_json_get_text(item, "vessel", ""), "SFA"))
            continue;
        first = first ? first : item;
        last = item;
    }
    set(last, "to", json_string(wadi_json_get_text(first, "from", "")));
}
static void dangling_bed(json_t *root)
{
    set(at(root, "beds", 0), "artery", json_string("NOWHERE"));
}
static void two_vessels_of_a_name(json_t *root)
{
    set(at(root, "vessels", 1), "name", json_string("EIA"));
}
static void two_segments_of_a_name(json_t *root)
{
    set(at(root, "segments", 1), "name", json_string("EIA"));
}
static void two_beds_of_a_name(json_t *root)
{
    set(at(root, "beds", 1), "name", json_string("hallux"));
}
static void unknown_role(json_t *root)
{
    set(at(root, "segments", 3), "role", json_string("river"));
}
static void zero_length(json_t *root)
{
    set(at(root, "segments", 3), "length_mm", json_integer(0));
}
static void negative_radius(json_t *root)
{
    set(at(root, "segments", 3), "radius_to_mm", json_real(-1));
}
static void text_for_a_length(json_t *root)
{
    set(at(root, "segments", 3), "length_mm", json_string("long"));
}
static void valves_beyond_count(json_t *root)
{
    set(at(root, "segments", 3), "valve_count", json_real(1e300));
}
static void negative_valves(json_t *root)
{
    set(at(root, "segments", 3), "valve_count", json_integer(-1));
}
static void unknown_vessel(json_t *root)
{
    set(at(root, "segments", 3), "vessel", json_string("NILE"));
}
static void unknown_group(json_t *root)
{
    set(at(root, "vessels", 3), "group", json_string("x"));
}
static void unknown_kind(json_t *root)
{
    set(at(root, "vessels", 3), "kind", json_string("artreia"));
}
static void long_name(json_t *root)
{
    set(at(root, "segments", 3), "name", json_string("ABCDEFGHIJKLMNOPQRSTUVWX"));
}
static void segment_to_itself(json_t *root)
{
    set(at(root, "segments", 3), "to",
        json_string(wadi_json_get_text(at(root, "segments", 3), "from", "")));
}
static void point_without_height(json_t *root)
{
    set(at(root, "segments", 3), "polyline_mm", json_pack("[[ff][fff]]", 1., 2., 1., 2., 3.));
}
static void one_point(json_t *root)
{
    set(at(root, "segments", 3), "polyline_mm", json_pack("[[fff]]", 1., 2., 3.));
}
static void choke_to_the_calf(json_t *root)
{
    set(at(root, "chokes", 0), "b", json_string("calf_lateral"));
}
static void no_inlet(json_t *root)
{
    set(root, "inlet", json_string("SEA"));
}
static void no_segments(json_t *root)
{
    set(root, "segments", json_array());
}
static void no_beds(json_t *root)
{
    set(root, "beds", json_array());
    set(root, "chokes", json_array());
}
static void too_many_beds(json_t *root)
{
    for (int i = 0; i < 30; i++) {
        json_t *bed = json_deep_copy(at(root, "beds", 0));
        char name[16];

        snprintf(name, sizeof name, "more%d", i);
        set(bed, "name", json_string(name));
        json_array_append_new(json_object_get(root, "beds"), bed);
    }
}
static void bed_without_flow(json_t *root)
{
    set(at(root, "beds", 0), "flow_ml_min", json_integer(0));
}
static void list_for_an_object(json_t *root)
{
    set(root, "frame", json_array());
}
static void number_for_a_segment(json_t *root)
{
    json_array_set_new(json_object_get(root, "segments"), 3, json_integer(1));
}
static void other_schema(json_t *root)
{
    set(root, "schema", json_string("wadi.leg/9"));
}

/* Write the leg with a breakage into a folder of its own and read it from there. */
static void refuse_leg(const char *folder, breakage breaks, const char *word)
{
    char path[300];
    json_t *root = NULL;
    wadi_limb *limb = NULL;
    wadi_error err = {0};
    wadi_status status;

    assert_int_equal(wadi_json_data("reference-leg.json", "wadi.leg/1", &root, &err), WADI_OK);
    breaks(root);
    snprintf(path, sizeof path, "%s/reference-leg.json", folder);
    assert_int_equal(json_dump_file(root, path, JSON_REAL_PRECISION(12)), 0);
    json_decref(root);
    assert_int_equal(wadi_data_override(folder, &err), WADI_OK);
    status = wadi_limb_reference(&limb, &err);
    assert_int_equal(wadi_data_override(NULL, NULL), WADI_OK);
    remove(path);
    if (!status)
        fail_msg("a leg with '%s' was taken", word);
    assert_null(limb);
    if (strncmp(err.message, "reference-leg.json: ", 20) || strchr(err.message, '\n') ||
        !strstr(err.message, word))
        fail_msg("'%s' should speak of '%s'", err.message, word);
}

static void a_broken_leg_file_gets_one_clear_line(void **state)
{
    const struct {
        breakage breaks;
        const char *word;
    } rows[] = {
        {cyclic_vessel, "SFA"},
        {dangling_bed, "/beds/0"},
        {two_vessels_of_a_name, "/vessels/1"},
        {two_segments_of_a_name, "/segments/1"},
        {two_beds_of_a_name, "/beds/1"},
        {unknown_role, "/segments/3: role"},
        {zero_length, "/segments/3: wants a length"},
        {negative_radius, "/segments/3"},
        {text_for_a_length, "/segments/3"},
        {valves_beyond_count, "/segments/3: valve_count"},
        {negative_valves, "/segments/3: valve_count"},
        {unknown_vessel, "/segments/3: its vessel"},
        {unknown_group, "/vessels/3: group"},
        {unknown_kind, "/vessels/3: kind"},
        {long_name, "/segments/3: wants a name"},
        {segment_to_itself, "/segments/3: wants two different nodes"},
        {point_without_height, "/segments/3: polyline_mm"},
        {one_point, "/segments/3: polyline_mm"},
        {choke_to_the_calf, "/chokes/0"},
        {no_inlet, "inlet"},
        {no_segments, "/segments"},
        {no_beds, "/beds"},
        {too_many_beds, "/beds"},
        {bed_without_flow, "/beds/0"},
        {list_for_an_object, "/frame/reference_height_cm"},
        {number_for_a_segment, "/segments/3"},
        {other_schema, "/schema"},
    };
    char folder[] = "leg-file-XXXXXX";

    (void)state;
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < WADI_COUNT_OF(rows); i++)
        refuse_leg(folder, rows[i].breaks, rows[i].word);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leg_of_150_or_190_cm_is_as_much_shorter_or_longer),
        cmocka_unit_test(every_vessel_is_as_long_as_its_parts_and_bears_its_valves),
        cmocka_unit_test(dividing_a_vessel_keeps_its_length_radius_and_points),
        cmocka_unit_test(a_place_beyond_the_vessel_cannot_be_divided),
        cmocka_unit_test(dividing_a_vessel_changes_no_flow),
        cmocka_unit_test(a_division_in_the_middle_of_a_stenosis_counts_it_once),
        cmocka_unit_test(a_valve_at_either_end_of_a_vessel_holds),
        cmocka_unit_test(closing_and_opening_again_changes_nothing),
        cmocka_unit_test(a_treated_lesion_leaves_the_healthy_leg),
        cmocka_unit_test(lysis_reaches_the_valves_of_the_stretch_and_no_other),
        cmocka_unit_test(a_graft_of_the_same_shape_replaces_an_artery),
        cmocka_unit_test(a_copy_shares_nothing_with_its_original),
        cmocka_unit_test(a_leg_without_memory_fails_and_leaks_nothing),
        cmocka_unit_test(a_broken_leg_file_gets_one_clear_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
