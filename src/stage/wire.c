/* Crossing an occlusion: the tree of Hayakawa 2023 with the published success of each step. */
#include "wadi/wire.h"

#include "base/json_impl.h"
#include "stage/stage_case_impl.h"

#include <math.h>
#include <string.h>

/* The wire re-enters within this stretch beyond the occlusion (ours). */
static const double REENTRY_M = 0.02, BEYOND_M = 0.001;

/* The order of steps is our reconstruction of the text of Hayakawa 2023. */
static const struct step {
    const char *name, *what, *success, *next;
} STEPS[] = {
    {"antegrade", "0.014 inch wire with a 2.6-2.8 F microcatheter", "by grade, Tan 2021",
     "IVUS-guided parallel wiring"},
    {"IVUS-guided parallel wiring",
     "ultrasound on the first wire, second wire and microcatheter beside it into the true "
     "lumen; repeated: EXCAVATOR (49 of 62 successes)",
     "by grade, Hayakawa 2023 (with the retrograde steps where they were used)",
     "distal puncture, pedal or collateral way"},
    {"distal puncture, pedal or collateral way",
     "retrograde wire under antegrade ultrasound; distal puncture in 10 of 65, trans-pedal in "
     "11 of 65",
     "not published apart from the step before", "deep venous arterialization"},
    {"deep venous arterialization",
     "to be considered where the wire does not cross: see wadi stage", "", ""},
};

/* What the published series took; an operator can hold own numbers against them. */
static const char *const EXPECTED[] = {
    "wires 3.4 +- 1.4, greatest tip load 16.2 +- 14.7 g, fluoroscopy 72.3 +- 32.5 min (65 "
    "vessels)",
    "drilling or penetration 58 of 65, knuckle wire 4 of 65",
    "complications 5 of 65: branch perforation 3, oozing 1, access bleeding 1; deaths 0",
    "clinical success 62 of 65: under 50 % residual stenosis without flow limitation; balloon "
    "sized by ultrasound and angiography, never above the vessel",
    "two antithrombotic drugs for at least 24 h before",
    "antegrade alone 41 of 65; bidirectional is 22 of 65 in the table and 36.9 % (24 of 65) in "
    "the text",
    "up to 20 % of such occlusions are not crossed by antegrade means alone (technical note on "
    "punctures)",
    "vessels in which ultrasound looked impossible were left out of the series: its success "
    "may be overestimated",
};

double wadi_wire_product(double first_frac, double second_frac)
{
    return 1 - (1 - first_frac) * (1 - second_frac);
}

/* The least and the greatest score that the components which are not known leave possible. */
static void score_bounds(const wadi_staged_occlusion *o, wadi_wire_path *path)
{
    path->score_low = path->score_high = o->jbtk.score;
    if (o->complete)
        return;
    path->score_low = o->known_points;
    path->score_high = o->known_points + o->open_points;
}

static void fill_success(wadi_wire_path *path)
{
    const wadi_jbtk_success *row = wadi_jbtk_published(path->grade);

    path->conventional_frac = row->conventional_percent / 100;
    path->ivus_success = row->ivus_success;
    path->ivus_count = row->ivus_count;
    path->ivus_low_frac = row->wilson_low_frac;
    path->ivus_high_frac = row->wilson_high_frac;
    path->overall_frac =
        wadi_wire_product(path->conventional_frac, (double)row->ivus_success / row->ivus_count);
    path->overall_low_frac = wadi_wire_product(path->conventional_frac, row->wilson_low_frac);
    path->overall_high_frac = wadi_wire_product(path->conventional_frac, row->wilson_high_frac);
}

wadi_status wadi_wire_case(const wadi_case *the_case, const wadi_limb *limb, wadi_wiring *out,
                           wadi_error *err)
{
    wadi_staging staging;
    wadi_wiring wiring = {0};
    wadi_status status = wadi_stage_case(the_case, limb, NULL, 0, &staging, err);

    if (status)
        return status;
    for (int i = 0; i < staging.occlusion_count; i++) {
        const wadi_staged_occlusion *o = &staging.occlusions[i];
        wadi_wire_path *path = &wiring.paths[wiring.path_count++];
        wadi_index vessel = wadi_limb_vessel(limb, o->vessel), count;
        double length_m = wadi_limb_vessels(limb, &count)[vessel].length_m;
        double from_m = o->from_mm * 1e-3, to_m = from_m + o->length_mm * 1e-3;

        path->occlusion = *o;
        path->graded = o->complete;
        path->grade = o->jbtk.grade;
        score_bounds(o, path);
        if (path->graded)
            fill_success(path);
        path->ivus_may_not_advance =
            wadi_limb_calcium_at(limb, vessel, from_m, fmin(to_m, length_m)) ==
            WADI_CALCIUM_SEVERE;
        /* Where the occlusion ends with its vessel, the case does not say what lies beyond. */
        path->distal_lumen_calcified =
            to_m + BEYOND_M < length_m &&
            wadi_limb_calcium_at(limb, vessel, to_m + BEYOND_M,
                                 fmin(to_m + REENTRY_M, length_m)) == WADI_CALCIUM_SEVERE;
        path->failure_predicted = path->ivus_may_not_advance && path->distal_lumen_calcified;
    }
    wiring.every_path_grade_d = staging.every_path_grade_d;
    wiring.no_option = staging.no_option;
    *out = wiring;
    return WADI_OK;
}

/* All grades together from the second step on: the series does not part them further. */
static void add_tree(wadi_text *out, double conventional_frac)
{
    wadi_wire_step steps[WADI_WIRE_STEPS];

    wadi_wire_tree(conventional_frac, steps);
    wadi_text_add(out, "    tree (all grades from the second step on; product rule)\n");
    for (int k = 0; k < WADI_WIRE_STEPS; k++)
        wadi_text_add(
            out, "        %*s%s: tried in %.1f %%, crosses %.1f %% of them; %.1f %% crossed\n",
            2 * k, "", steps[k].name, 100 * steps[k].reached_frac, 100 * steps[k].success_frac,
            100 * steps[k].crossed_frac);
    wadi_text_add(out, "        %*sdeep venous arterialization: the question in %.1f %%\n",
                  2 * WADI_WIRE_STEPS, "", 100 * (1 - steps[WADI_WIRE_STEPS - 1].crossed_frac));
}

static void add_path(wadi_text *out, const wadi_wire_path *p)
{
    const wadi_staged_occlusion *o = &p->occlusion;

    wadi_text_add(out, "%s, %.0f mm from %.0f mm, reference %.1f mm%s\n", o->vessel,
                  o->length_mm, o->from_mm, o->reference_mm,
                  o->reference_measured ? "" : " of the reference leg");
    if (!p->graded) {
        wadi_text_add(out, "    J-BTK INCOMPLETE: %s not stated; the score is %d to %d\n",
                      o->missing, p->score_low, p->score_high);
    } else {
        wadi_text_add(out, "    J-BTK score %d, grade %c\n", o->jbtk.score, p->grade);
        wadi_text_add(out, "    1 antegrade                     %5.1f %% (Tan 2021)\n",
                      100 * p->conventional_frac);
        wadi_text_add(out,
                      "    2 IVUS-guided, after failure    %d of %d, Wilson 95 %% %.1f-%.1f %% "
                      "(Hayakawa 2023)\n",
                      p->ivus_success, p->ivus_count, 100 * p->ivus_low_frac,
                      100 * p->ivus_high_frac);
        wadi_text_add(out,
                      "    either, by the product rule     %5.1f %% (%.1f-%.1f %%); the two "
                      "series are not like for like\n",
                      100 * p->overall_frac, 100 * p->overall_low_frac,
                      100 * p->overall_high_frac);
        add_tree(out, p->conventional_frac);
    }
    if (p->ivus_may_not_advance)
        wadi_text_add(out, "    severe calcium: the ultrasound catheter may not advance\n");
    if (p->distal_lumen_calcified)
        wadi_text_add(out,
                      "    the lumen beyond is severely calcified: re-entry is difficult\n");
    if (p->failure_predicted)
        wadi_text_add(out, "    both: failure is to be expected\n");
    if (p->graded && p->grade == 'D')
        wadi_text_add(out, "    grade D: the so-called no-option limb; consider deep venous "
                           "arterialization\n");
}

wadi_status wadi_wiring_text(const wadi_wiring *w, char **out, size_t *size, wadi_error *err)
{
    wadi_text text = {0};

    *out = NULL;
    *size = 0;
    if (!w->path_count)
        wadi_text_add(&text, "No occlusion of a crural artery is described.\n");
    for (int i = 0; i < w->path_count; i++)
        add_path(&text, &w->paths[i]);
    if (w->every_path_grade_d)
        wadi_text_add(&text,
                      "Every crural artery is grade D. Is there no surgical option either? "
                      "(declared: %s)\n",
                      wadi_no_option_text(w->no_option));
    wadi_text_add(&text, "Steps\n");
    for (size_t i = 0; i < WADI_COUNT_OF(STEPS); i++)
        wadi_text_add(&text, "    %zu %s: %s%s%s\n", i + 1, STEPS[i].name, STEPS[i].what,
                      STEPS[i].success[0] ? "; success " : "", STEPS[i].success);
    wadi_text_add(&text,
                  "Ultrasound: %g F, %g MHz, transducer %g mm behind the tip: the tip must "
                  "pass a place by %g mm to see it\n",
                  WADI_IVUS_FRENCH, WADI_IVUS_MHZ, WADI_IVUS_TIP_TO_IMAGE_MM,
                  WADI_IVUS_TIP_TO_IMAGE_MM);
    wadi_text_add(&text, "Expected\n");
    for (size_t i = 0; i < WADI_COUNT_OF(EXPECTED); i++)
        wadi_text_add(&text, "    %s\n", EXPECTED[i]);
    wadi_text_add(&text, "Research and education only.\n");
    if (text.failed) {
        wadi_text_clear(&text);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the wiring as text");
    }
    *out = text.bytes;
    *size = text.size;
    return WADI_OK;
}

static json_t *tree_json(double conventional_frac)
{
    wadi_wire_step steps[WADI_WIRE_STEPS];
    json_t *out = json_array();

    wadi_wire_tree(conventional_frac, steps);
    for (int k = 0; k < WADI_WIRE_STEPS; k++) {
        json_t *o = json_object();

        json_object_set_new(o, "step", json_string(steps[k].name));
        json_object_set_new(o, "success",
                            steps[k].count ? json_integer(steps[k].success) : json_null());
        json_object_set_new(o, "count",
                            steps[k].count ? json_integer(steps[k].count) : json_null());
        json_object_set_new(o, "success_frac", wadi_json_number(steps[k].success_frac));
        json_object_set_new(o, "reached_frac", wadi_json_number(steps[k].reached_frac));
        json_object_set_new(o, "crossed_frac", wadi_json_number(steps[k].crossed_frac));
        json_array_append_new(out, o);
    }
    return out;
}

static json_t *path_json(const wadi_wire_path *p)
{
    json_t *o = json_object();

    json_object_set_new(o, "vessel", json_string(p->occlusion.vessel));
    json_object_set_new(o, "from_mm", wadi_json_number(p->occlusion.from_mm));
    json_object_set_new(o, "length_mm", wadi_json_number(p->occlusion.length_mm));
    json_object_set_new(o, "reference_mm", wadi_json_number(p->occlusion.reference_mm));
    if (p->graded) {
        json_object_set_new(o, "score", json_integer(p->occlusion.jbtk.score));
        json_object_set_new(o, "grade", json_stringn(&p->grade, 1));
        json_object_set_new(o, "antegrade_frac", wadi_json_number(p->conventional_frac));
        json_object_set_new(o, "ivus_success", json_integer(p->ivus_success));
        json_object_set_new(o, "ivus_count", json_integer(p->ivus_count));
        json_object_set_new(o, "ivus_low_frac", wadi_json_number(p->ivus_low_frac));
        json_object_set_new(o, "ivus_high_frac", wadi_json_number(p->ivus_high_frac));
        json_object_set_new(o, "overall_frac", wadi_json_number(p->overall_frac));
        json_object_set_new(o, "overall_low_frac", wadi_json_number(p->overall_low_frac));
        json_object_set_new(o, "overall_high_frac", wadi_json_number(p->overall_high_frac));
        json_object_set_new(o, "tree", tree_json(p->conventional_frac));
    } else {
        json_object_set_new(o, "grade", json_string("INCOMPLETE"));
        json_object_set_new(o, "missing", json_string(p->occlusion.missing));
        json_object_set_new(o, "score_low", json_integer(p->score_low));
        json_object_set_new(o, "score_high", json_integer(p->score_high));
    }
    json_object_set_new(o, "ivus_may_not_advance", json_boolean(p->ivus_may_not_advance));
    json_object_set_new(o, "distal_lumen_calcified", json_boolean(p->distal_lumen_calcified));
    json_object_set_new(o, "failure_predicted", json_boolean(p->failure_predicted));
    return o;
}

wadi_status wadi_wiring_json(const wadi_wiring *w, char **out, size_t *size, wadi_error *err)
{
    json_t *o = json_object(), *paths = json_array(), *steps = json_array(),
           *expected = json_array();
    json_t *ivus = json_object();
    wadi_status status;

    for (int i = 0; i < w->path_count; i++)
        json_array_append_new(paths, path_json(&w->paths[i]));
    for (size_t i = 0; i < WADI_COUNT_OF(STEPS); i++) {
        json_t *step = json_object();

        json_object_set_new(step, "step", json_string(STEPS[i].name));
        json_object_set_new(step, "what", json_string(STEPS[i].what));
        json_object_set_new(step, "success", json_string(STEPS[i].success));
        json_object_set_new(step, "if_it_fails", json_string(STEPS[i].next));
        json_array_append_new(steps, step);
    }
    for (size_t i = 0; i < WADI_COUNT_OF(EXPECTED); i++)
        json_array_append_new(expected, json_string(EXPECTED[i]));
    json_object_set_new(ivus, "french", json_real(WADI_IVUS_FRENCH));
    json_object_set_new(ivus, "mhz", json_real(WADI_IVUS_MHZ));
    json_object_set_new(ivus, "tip_to_transducer_mm", json_real(WADI_IVUS_TIP_TO_IMAGE_MM));
    json_object_set_new(o, "schema", json_string("wadi.wire/1"));
    json_object_set_new(o, "paths", paths);
    json_object_set_new(o, "every_path_grade_d", json_boolean(w->every_path_grade_d));
    json_object_set_new(o, "no_option", json_string(wadi_no_option_text(w->no_option)));
    json_object_set_new(o, "steps", steps);
    json_object_set_new(o, "ivus", ivus);
    json_object_set_new(o, "expected", expected);
    status = wadi_json_text(o, out, size, err);
    json_decref(o);
    return status;
}
