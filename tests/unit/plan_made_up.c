#include "plan_made_up.h"

#include <math.h>

#define OK(call) assert_int_equal((call), WADI_OK)

static const double MMHG = WADI_PA_PER_MMHG, ML_MIN = WADI_M3_S_PER_ML_MIN;

void made_up_note(wadi_notes *notes, const char *rule, const char *heading, const char *source,
                  const char *text)
{
    wadi_note *note;

    notes->items = wadi_realloc(notes->items, (size_t)notes->count + 1, sizeof *notes->items);
    assert_non_null(notes->items);
    note = &notes->items[notes->count++];
    memset(note, 0, sizeof *note);
    snprintf(note->rule, sizeof note->rule, "%s", rule);
    snprintf(note->heading, sizeof note->heading, "%s", heading);
    snprintf(note->source, sizeof note->source, "%s", source);
    snprintf(note->text, sizeof note->text, "%s", text);
}

static wadi_band band(double value)
{
    return (wadi_band){value, value - 0.28 * fabs(value), value + 0.36 * fabs(value)};
}

static double pressure_at(const wadi_limb *limb, const double *pressure_pa, const char *node)
{
    return pressure_pa[wadi_limb_node(limb, node)] / MMHG;
}

static double flow_of(const wadi_limb *limb, const double *flow_m3_s, const char *segment)
{
    wadi_index index = wadi_limb_segment(limb, segment);

    return index == WADI_NONE ? 0 : flow_m3_s[index] / ML_MIN;
}

/* Solve and keep flows, pressures and the numbers of the outcome. */
static void solve(made_up *m, const wadi_limb *limb, wadi_outcome *outcome, double **flow,
                  double **pressure)
{
    wadi_model_table table;
    wadi_model model;
    wadi_steady *solver = NULL;
    wadi_steady_options options = wadi_steady_options_default();
    wadi_steady_result got;
    wadi_error err = {0};
    wadi_index count, wound = wadi_limb_bed(limb, m->result.wound_bed);
    const wadi_bed *beds = wadi_limb_beds(limb, &count);
    double highest = 0;

    OK(wadi_model_read(&table, &err));
    wadi_model_fit_case(&table, m->the_case);
    model = wadi_model_nominal(&table);
    OK(wadi_steady_new(&solver, &err));
    OK(wadi_steady_solve(solver, limb, &model, &options, &got, &err));
    *flow = wadi_alloc((size_t)got.segment_count, sizeof **flow);
    *pressure = wadi_alloc((size_t)got.node_count, sizeof **pressure);
    memcpy(*flow, got.flow_m3_s, (size_t)got.segment_count * sizeof **flow);
    memcpy(*pressure, got.pressure_pa, (size_t)got.node_count * sizeof **pressure);
    for (wadi_index i = 0; i < count; i++) {
        outcome->tcpo2_mmhg[i] = band(got.beds[i].tcpo2_mmhg);
        outcome->bed_nutritive_ml_min[i] = band(got.beds[i].nutritive_m3_s / ML_MIN);
        if (beds[i].star)
            highest = fmax(highest, got.beds[i].capillary_pressure_pa / MMHG);
    }
    outcome->conduit_flow_ml_min = band(flow_of(limb, *flow, "conduit"));
    outcome->nutritive_flow_ml_min = band(got.beds[wound].nutritive_m3_s / ML_MIN);
    outcome->arch_pressure_mmhg = band(pressure_at(limb, *pressure, "V1"));
    outcome->toe_pressure_mmhg =
        band(wadi_systolic_estimate(&model, pressure_at(limb, *pressure, "T1"), 1.0));
    outcome->toe_vein_pressure_mmhg = band(pressure_at(limb, *pressure, "PD1"));
    outcome->ankle_pressure_mmhg =
        band(wadi_systolic_estimate(&model, pressure_at(limb, *pressure, "ANKA"), 1.4));
    outcome->ankle_brachial_index = band(outcome->ankle_pressure_mmhg.value / 127);
    outcome->femoral_flow_ml_min = band(got.inflow_m3_s / ML_MIN);
    outcome->shunt_of_cardiac_output_frac = band(0.041);
    outcome->steal_index = (wadi_band){0.031, -0.05, 0.11};
    outcome->crossing_pressure_mmhg = band(78);
    outcome->capillary_pressure_mmhg = band(highest);
    outcome->retrograde_frac = band(got.beds[wound].retrograde_frac);
    outcome->conduit_shear_pa = band(0.93);
    outcome->donor_flow_ml_min = (wadi_band){NAN, NAN, NAN};
    m->result.solver.residual = got.residual_frac;
    m->result.solver.mass_balance = got.mass_balance_frac;
    wadi_steady_free(solver);
}

made_up *made_up_new(const char *name)
{
    made_up *m = wadi_alloc(1, sizeof *m);
    wadi_error err = {0};
    char path[128];
    wadi_plan_result *result = &m->result;

    snprintf(path, sizeof path, "cases/%s.json", name);
    OK(wadi_case_read(path, &m->the_case, NULL, &err));
    OK(wadi_limb_from_case(m->the_case, &result->limb, &err));
    snprintf(result->wound_bed, sizeof result->wound_bed, "hallux");
    result->wound_described = true;
    snprintf(result->input_hash, sizeof result->input_hash,
             "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
    solve(m, result->limb, &result->before, &result->flow_m3_s, &result->pressure_pa);
    result->before.conduit_flow_ml_min = (wadi_band){0, 0, 0};
    result->before.shunt_of_cardiac_output_frac = (wadi_band){NAN, NAN, NAN};
    result->before.steal_index = (wadi_band){NAN, NAN, NAN};
    result->before.conduit_shear_pa = (wadi_band){NAN, NAN, NAN};
    result->before.crossing_pressure_mmhg = (wadi_band){NAN, NAN, NAN};
    result->verdict = WADI_NOT_ELIGIBLE;
    made_up_note(&result->reasons, "S03", "angiographic", "van den Heuvel 2018",
                 "The deep plantar venous arch is missing; venous arterialization needs it.");
    result->solver.solves = 4711;
    result->solver.seconds = 1.234;
    result->solver.samples = 256;
    for (int i = 0; i < WADI_TECHNIQUE_COUNT; i++) {
        result->comparison[i].technique = (wadi_technique)i;
        snprintf(result->comparison[i].refused, WADI_TEXT_SIZE,
                 "no outflow: the arch is missing");
        snprintf(result->comparison[i].refused_rule, 16, "S03");
    }
    return m;
}

static void add_device(wadi_plan *plan, const char *name, double from, double to, double length)
{
    wadi_device_use *use;

    plan->devices =
        wadi_realloc(plan->devices, (size_t)plan->device_count + 1, sizeof *plan->devices);
    use = &plan->devices[plan->device_count];
    *use = (wadi_device_use){.diameter_mm = from, .diameter_to_mm = to, .length_mm = length};
    snprintf(use->device, sizeof use->device, "%s", name);
    snprintf(use->vessel, sizeof use->vessel, "PTV1");
    snprintf(use->catalogue, sizeof use->catalogue, "made_up_%d", (int)plan->device_count);
    snprintf(use->source, sizeof use->source, "van den Heuvel 2018");
    use->from_mm = 120.0 * plan->device_count;
    use->to_mm = use->from_mm + length;
    plan->device_count++;
}

static void add_step(wadi_plan *plan, const char *part, const char *text)
{
    wadi_plan_step *step;

    plan->steps = wadi_realloc(plan->steps, (size_t)plan->step_count + 1, sizeof *plan->steps);
    step = &plan->steps[plan->step_count++];
    memset(step, 0, sizeof *step);
    snprintf(step->part, sizeof step->part, "%s", part);
    snprintf(step->text, sizeof step->text, "%s", text);
    snprintf(step->source, sizeof step->source, "Spiliopoulos 2023");
}

static void add_closure(wadi_plan *plan, const char *vessel)
{
    void *grown =
        wadi_realloc(plan->closures, (size_t)plan->closure_count + 1, sizeof *plan->closures);

    plan->closures = grown;
    snprintf(plan->closures[plan->closure_count++], WADI_NAME_SIZE, "%s", vessel);
    wadi_limb_close_vessel(plan->limb, wadi_limb_vessel(plan->limb, vessel), true);
}

static void lyse(wadi_plan *plan, const char *vessel)
{
    wadi_index count, index = wadi_limb_vessel(plan->limb, vessel);
    const wadi_limb_valve *valves = wadi_limb_valves(plan->limb, &count);

    for (wadi_index i = 0; i < count; i++) {
        if (valves[i].vessel != index)
            continue;
        plan->valves =
            wadi_realloc(plan->valves, (size_t)plan->valve_count + 1, sizeof *plan->valves);
        plan->valves[plan->valve_count] =
            (wadi_valve_lysed){.at_mm = valves[i].at_m * 1e3, .high_risk = true};
        snprintf(plan->valves[plan->valve_count++].vessel, WADI_NAME_SIZE, "%s", vessel);
        wadi_limb_set_valve(plan->limb, i, WADI_VALVE_LYSED);
    }
}

/* Crossing at 25 mm, conduit in the vein down to the common plantar vein, which stays a vein.
 */
static void make_leg(made_up *m, wadi_plan *plan)
{
    wadi_error err = {0};
    wadi_index donor, join, vein;
    wadi_limb *limb;

    OK(wadi_limb_copy(m->result.limb, &plan->limb, &err));
    limb = plan->limb;
    vein = wadi_limb_vessel(limb, "PTV1");
    OK(wadi_limb_divide(limb, wadi_limb_vessel(limb, "PTA"), 25e-3, &donor, &err));
    OK(wadi_limb_add_node(limb, "crossing", &join, &err));
    OK(wadi_limb_add_graft(limb, "crossing", WADI_CROSSING, donor, join, 40e-3, 1.75e-3,
                           2.75e-3, 1.5, &err));
    OK(wadi_limb_add_graft(limb, "conduit", WADI_CONDUIT, join, wadi_limb_node(limb, "CPV0"),
                           380e-3, 2.5e-3, 2.5e-3, 0.5, &err));
    wadi_limb_close_vessel(limb, vein, true);
    lyse(plan, "LPV");
    lyse(plan, "MPV");
    add_closure(plan, "IMP1");
    add_closure(plan, "IMPL");
    add_closure(plan, "FPX");
}

static wadi_wave wave(const char *vessel, double mean, double swing)
{
    wadi_wave out = {.known = true,
                     .flow_mean_ml_min = mean,
                     .flow_min_ml_min = mean - swing,
                     .flow_max_ml_min = mean + swing,
                     .pressure_mean_mmhg = 82,
                     .pressure_min_mmhg = 68,
                     .pressure_max_mmhg = 128,
                     .psv_m_s = 2e-3 * (mean + swing),
                     .edv_m_s = 2e-3 * (mean - swing),
                     .ri = 2 * swing / (mean + swing),
                     .pi = 2 * swing / mean,
                     .acceleration_s = 0.12,
                     .shear_mean_pa = 1.5,
                     .shear_peak_pa = 3.2};

    snprintf(out.vessel, sizeof out.vessel, "%s", vessel);
    for (int i = 0; i < WADI_WAVE_SAMPLES; i++)
        out.velocity_m_s[i] = 2e-3 * (mean + swing * sin(2 * WADI_PI * i / 100));
    return out;
}

static void add_waves(wadi_plan *plan)
{
    static const char *const SITES[] = {"popliteal", "crossing", "conduit"};

    plan->waves = wadi_alloc(3, sizeof *plan->waves);
    plan->wave_count = 3;
    plan->beat_s = 60.0 / 70;
    for (int i = 0; i < 3; i++) {
        snprintf(plan->waves[i].site, sizeof plan->waves[i].site, "%s", SITES[i]);
        plan->waves[i].after = wave(SITES[i], 230, 100);
    }
    plan->waves[0].before = wave("POP.2", 30, 45);
    plan->waves[0].before.pi = NAN;
}

static void fill_plan(made_up *m, wadi_plan *plan, int rank)
{
    plan->rank = rank;
    plan->technique = (wadi_technique)(rank - 1);
    plan->feasible = plan->complete = true;
    plan->crossing = (wadi_crossing){.from_origin_mm = 25,
                                     .gap_mm = 3.4,
                                     .angle_deg = 12,
                                     .artery_lumen_mm = 2.46,
                                     .vein_diameter_mm = 3,
                                     .calcium = WADI_CALCIUM_MODERATE,
                                     .suitability = 0.93};
    snprintf(plan->crossing.artery, WADI_NAME_SIZE, "PTA");
    snprintf(plan->crossing.vein, WADI_NAME_SIZE, "PTV1");
    snprintf(plan->crossing.method, sizeof plan->crossing.method, "needle");
    snprintf(plan->route, sizeof plan->route, "PTV1");
    snprintf(plan->landing, sizeof plan->landing, "plantar");
    make_leg(m, plan);
    solve(m, plan->limb, &plan->after, &plan->flow_m3_s, &plan->pressure_pa);
    plan->objective = 2.1 / rank;
    plan->conduit_length_mm = 380;
    plan->untreated_conduit_ml_min = NAN;
    plan->recruitment_to_61 = 1.43;
    plan->below_floor_frac = 0.04;
    add_waves(plan);
    add_device(plan, "tapered crossing stent graft", 3.5, 5.5, 40);
    add_device(plan, "straight extension stent graft", 5.5, 5.5, 150);
    add_device(plan, "straight extension stent graft", 5.5, 5.5, 200);
    add_device(plan, "push valvulotome, 4 F", NAN, NAN, NAN);
    add_step(plan, "access", "Puncture the common femoral artery antegrade, 7 F sheath.");
    add_step(plan, "access", "Puncture the lateral plantar vein under ultrasound, 4 F.");
    add_step(plan, "fistula",
             "Cross from the posterior tibial artery with the needle, 25 mm below "
             "its origin, into the basket in the medial posterior tibial vein.");
    add_step(plan, "valves",
             "Push the valvulotome to the lateral plantar vein, at least twice.");
    add_step(plan, "shunting", "Coil the first and the lateral intermetatarsal perforator.");
    add_step(plan, "finish", "Check flow to the toes in two projections.");
    made_up_note(&plan->warnings, "", "plan", "data/model.json",
                 "4 % of the samples fall below the conduit floor of 100 mL/min.");
}

static void fill_tables(made_up *m)
{
    static const char *const CLOSED[] = {"", "IMP1", "IMP1, IMPL", "IMP1, IMPL, FPX",
                                         "IMP1, IMPL, FPX, GSV, FPM, DPV, FPL"};
    wadi_plan_result *result = &m->result;

    result->tradeoffs = wadi_alloc(5, sizeof *result->tradeoffs);
    for (int i = 0; i < 5; i++) {
        result->tradeoffs[i] = (wadi_tradeoff){.conduit_ml_min = 437.2 - 61.3 * i,
                                               .nutritive_ml_min = 1.52 + 0.21 * i,
                                               .arch_mmhg = 32 + 5.4 * i,
                                               .capillary_mmhg = 24 + 4.9 * i,
                                               .tcpo2_mmhg = 33 + 1.2 * i,
                                               .chosen = i == 3,
                                               .feasible = i < 4};
        snprintf(result->tradeoffs[i].closures, sizeof result->tradeoffs[i].closures, "%s",
                 CLOSED[i]);
    }
    result->tradeoff_count = 5;
    result->drugs = wadi_alloc(2, sizeof *result->drugs);
    result->drug_count = 2;
    snprintf(result->drugs[0].text, WADI_TEXT_SIZE,
             "Heparin during the procedure, activated clotting time above 250 s.");
    snprintf(result->drugs[0].source, 96, "van den Heuvel 2018");
    snprintf(
        result->drugs[1].text, WADI_TEXT_SIZE,
        "Anticoagulant and one antiplatelet drug for 3 months, then as the operator decides.");
    snprintf(result->drugs[1].source, 96, "Spiliopoulos 2023");
    result->follow = wadi_alloc(4, sizeof *result->follow);
    result->follow_count = 4;
    for (int i = 0; i < 4; i++) {
        static const int DAYS[] = {1, 14, 30, 90};

        result->follow[i].day = DAYS[i];
        snprintf(result->follow[i].text, WADI_TEXT_SIZE,
                 "Duplex of crossing and conduit, volume flow, TcPO2 beside the wound.");
        snprintf(result->follow[i].source, 96, "Spiliopoulos 2023");
    }
}

void made_up_plan(made_up *m, int plan_count)
{
    wadi_plan_result *result = &m->result;

    result->verdict = WADI_CONDITIONAL;
    result->reasons.count = 0;
    made_up_note(
        &result->reasons, "S01", "general", "van den Heuvel 2018",
        "Chronic limb-threatening ischaemia, Rutherford 5, no option by two reviewers.");
    made_up_note(&result->reasons, "S05", "general", "van den Heuvel 2018",
                 "No poor cardiac function: ejection fraction 55 %.");
    made_up_note(&result->reasons, "S02", "angiographic", "van den Heuvel 2018",
                 "Desert foot: no pedal artery is a target (GLASS P2).");
    made_up_note(
        &result->reasons, "S07", "angiographic", "Spiliopoulos 2023",
        "Posterior tibial artery open over its first 57 mm; vein 3.0 mm, compressible.");
    made_up_note(&result->reasons, "S10", "wound", "Mills 2014",
                 "WIfI wound 2, infection 0: limited gangrene of the hallux.");
    made_up_note(
        &result->missing, "Q04", "general", "van den Heuvel 2018",
        "Is there an infection or a wound at the planned puncture of the plantar vein?");
    made_up_note(
        &result->warnings, "W02", "plan", "docs/model/planning.md",
        "The gap is from the reference geometry: measure it by duplex before crossing.");
    result->plans = wadi_alloc((size_t)plan_count, sizeof *result->plans);
    for (int i = 0; i < plan_count; i++)
        fill_plan(m, &result->plans[result->plan_count++], i + 1);
    for (int i = 0; i < plan_count; i++) {
        wadi_plan *row = &result->comparison[i];

        row->feasible = row->complete = true;
        row->after = result->plans[i].after;
        row->crossing = result->plans[i].crossing;
        row->refused[0] = row->refused_rule[0] = '\0';
    }
    fill_tables(m);
}

void made_up_talk(made_up *m, int lines)
{
    static const char *const HEADINGS[] = {"general", "angiographic", "wound"};
    char text[WADI_TEXT_SIZE];

    for (int i = 0; i < lines; i++) {
        snprintf(
            text, sizeof text,
            "Sentence %d of many: the posterior tibial artery tapers to an occlusion with "
            "severe "
            "calcium, which makes the entry hard, and nobody knows how far the vein behind the "
            "malleolus is free of thrombus.",
            i + 1);
        made_up_note(&m->result.reasons, "S99", HEADINGS[i % 3], "van den Heuvel 2018", text);
        made_up_note(&m->result.warnings, "W99", "plan", "Spiliopoulos 2023", text);
        made_up_note(&m->result.missing, "Q99", "general", "Spiliopoulos 2023", text);
        if (m->result.plan_count)
            add_step(&m->result.plans[0], "valves", text);
        if (m->result.plan_count)
            add_device(&m->result.plans[0], "straight extension stent graft", 5.5, 5.5, 60);
    }
}

static void clear_plan(wadi_plan *plan)
{
    free(plan->devices);
    free(plan->valves);
    free(plan->closures);
    free(plan->steps);
    free(plan->branches);
    free(plan->warnings.items);
    wadi_limb_free(plan->limb);
    free(plan->flow_m3_s);
    free(plan->pressure_pa);
    free(plan->waves);
}

void made_up_free(made_up *m)
{
    wadi_plan_result *result = &m->result;

    for (wadi_index i = 0; i < result->plan_count; i++)
        clear_plan(&result->plans[i]);
    free(result->plans);
    free(result->reasons.items);
    free(result->warnings.items);
    free(result->missing.items);
    free(result->overridden.items);
    free(result->tradeoffs);
    free(result->drugs);
    free(result->follow);
    wadi_limb_free(result->limb);
    free(result->flow_m3_s);
    free(result->pressure_pa);
    wadi_case_free(m->the_case);
    free(m);
}
