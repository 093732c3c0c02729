/* Page 2: the plan in order, techniques and closures compared, care, and what stands behind it.
 */
#include "report/page_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const page_font BODY = {.size = 7.2, .colour = 0x1a1a1a};
static const page_font SMALL = {.size = 6.6, .colour = 0x505050};

static const char DASH[] = "\xe2\x80\x93", TIMES[] = " \xc3\x97 ", BULLET[] = "\xe2\x80\xa2";

/* Finish a text in the column and empty it. */
static void flush(page *p, const char *bullet, double indent, wadi_text *text)
{
    page_item(p, bullet, indent, BODY, text->bytes ? text->bytes : "");
    wadi_text_clear(text);
}

static void draw_notes(page *p, const char *title, const char *bullet, const wadi_notes *notes)
{
    int shown = page_shown(p, notes->count);

    if (!notes->count)
        return;
    page_heading(p, title);
    for (int i = 0; i < shown; i++) {
        char *words = page_note_text(&notes->items[i]);

        page_item(p, bullet, 9, BODY, words ? words : notes->items[i].text);
        free(words);
    }
    page_more(p, shown, notes->count);
}

static void draw_crossing(page *p, const wadi_plan_result *result, const wadi_plan *plan)
{
    const wadi_crossing *crossing = &plan->crossing;
    wadi_text text = {0};

    wadi_text_add(&text, "%s to %s", report_vessel_title(result->limb, crossing->artery),
                  report_vessel_title(result->limb, crossing->vein));
    if (isfinite(crossing->from_origin_mm))
        wadi_text_add(&text, ", %.0f mm below the origin of the artery",
                      crossing->from_origin_mm);
    if (isfinite(crossing->gap_mm))
        wadi_text_add(&text, "; gap %.1f mm, %s", crossing->gap_mm,
                      crossing->gap_measured ? "measured" : "from the reference geometry");
    if (isfinite(crossing->artery_lumen_mm))
        wadi_text_add(&text, "; artery %.1f mm", crossing->artery_lumen_mm);
    if (isfinite(crossing->vein_diameter_mm))
        wadi_text_add(&text, ", vein %.1f mm", crossing->vein_diameter_mm);
    if (crossing->method[0])
        wadi_text_add(&text, "; by %s", crossing->method);
    page_heading(p, "Crossing");
    flush(p, "", 0, &text);
}

static void draw_devices(page *p, const wadi_plan *plan)
{
    int shown = page_shown(p, plan->device_count), number = 0;
    wadi_text text = {0};
    wadi_index next;

    if (plan->device_count)
        page_heading(p, "Devices");
    for (wadi_index i = 0; i < shown; i = next) {
        const wadi_device_use *use = &plan->devices[i];
        char size[REPORT_NUMBER_SIZE], place[REPORT_PLACE_SIZE], bullet[16];

        next = report_device_run(plan, i);

        report_device_size(use, DASH, TIMES, size);
        wadi_text_add(&text, "%s%s%s%s%s", use->device, size[0] ? ", " : "", size,
                      use->vessel[0] ? ", " : "", use->vessel);
        for (wadi_index k = i + 1; k < next; k++)
            wadi_text_add(&text, ", %s", plan->devices[k].vessel);
        report_device_place(use, DASH, place);
        wadi_text_add(&text, "%s%s", place[0] ? ", " : "", place);
        snprintf(bullet, sizeof bullet, "%d", ++number);
        flush(p, bullet, 12, &text);
    }
    page_more(p, shown, plan->device_count);
}

static void draw_valves(page *p, const wadi_plan_result *result, const wadi_plan *plan)
{
    wadi_text text = {0};
    bool special = false;
    wadi_index shown = page_shown(p, plan->valve_count);

    page_heading(p, "Valves to lyse");
    if (!plan->valve_count)
        wadi_text_add(&text, "none");
    for (wadi_index i = 0; i < shown;) {
        const char *vessel = plan->valves[i].vessel;

        wadi_text_add(&text, "%s%s at", i ? "; " : "",
                      report_vessel_title(result->limb, vessel));
        for (bool first = true; i < shown && !strcmp(plan->valves[i].vessel, vessel);
             i++, first = false) {
            wadi_text_add(&text, "%s %.0f%s", first ? "" : ",", plan->valves[i].at_mm,
                          plan->valves[i].high_risk ? "!" : "");
            special = special || plan->valves[i].high_risk;
        }
        wadi_text_add(&text, " mm");
    }
    if (plan->valve_count)
        wadi_text_add(&text, ", from the heart-side end%s",
                      special ? " (! malleolar or plantar: special care)" : "");
    flush(p, "", 0, &text);
    page_more(p, shown, plan->valve_count);
    page_heading(p, "Branches to close");
    shown = page_shown(p, plan->closure_count);
    if (!plan->closure_count)
        wadi_text_add(&text, "none");
    for (wadi_index i = 0; i < shown; i++)
        wadi_text_add(&text, "%s%s (%s)", i ? ", " : "",
                      report_vessel_title(result->limb, plan->closures[i]), plan->closures[i]);
    flush(p, "", 0, &text);
    page_more(p, shown, plan->closure_count);
}

static void draw_steps(page *p, const wadi_plan *plan)
{
    int shown = page_shown(p, plan->step_count);
    wadi_text text = {0};
    char bullet[16];

    if (plan->step_count)
        page_heading(p, "Steps, in order");
    for (int i = 0; i < shown; i++) {
        wadi_text_add(&text, "%s: %s", plan->steps[i].part, plan->steps[i].text);
        page_add_source(&text, plan->steps[i].source);
        snprintf(bullet, sizeof bullet, "%d", i + 1);
        flush(p, bullet, 12, &text);
    }
    page_more(p, shown, plan->step_count);
}

static void draw_plan(page *p, const wadi_plan_result *result)
{
    const wadi_plan *plan = &result->plans[0];
    wadi_text text = {0};

    wadi_text_add(&text, "Plan %d: %s%s%s", plan->rank, wadi_technique_title(plan->technique),
                  plan->feasible ? "" : " (NOT FEASIBLE)",
                  plan->complete ? "" : " (INCOMPLETE)");
    page_line(p, (page_font){.size = 10.4, .bold = true, .colour = 0x12263f, .one_line = true},
              text.bytes ? text.bytes : "");
    wadi_text_clear(&text);
    if (plan->limits_broken[0]) {
        wadi_text_add(&text, "Breaks: %s", plan->limits_broken);
        page_line(p, (page_font){.size = 7.6, .bold = true, .colour = 0x9c1c28},
                  text.bytes ? text.bytes : "");
        wadi_text_clear(&text);
    }
    if (isfinite(plan->recruitment_to_61))
        wadi_text_add(&text, "Recruitment needed for TcPO2 61 mmHg: %.2f times day 1",
                      plan->recruitment_to_61);
    else
        wadi_text_add(&text, "No recruitment up to 5 times day 1 takes TcPO2 to 61 mmHg");
    if (isfinite(plan->untreated_conduit_ml_min))
        wadi_text_add(&text, "; conduit with the inflow lesion left alone: %.0f mL/min",
                      plan->untreated_conduit_ml_min);
    if (plan->below_floor_frac > 0)
        wadi_text_add(&text, "; %.0f %% of the samples below the conduit floor",
                      100 * plan->below_floor_frac);
    flush(p, "", 0, &text);
    draw_crossing(p, result, plan);
    draw_devices(p, plan);
    draw_valves(p, result, plan);
    draw_steps(p, plan);
    draw_notes(p, "Warnings of this plan", "!", &plan->warnings);
}

/* Rules that are met do not stand in the way. */
static void draw_obstacles(page *p, const wadi_plan_result *result)
{
    wadi_index count = 0, shown = 0;

    for (wadi_index i = 0; i < result->reasons.count; i++) {
        const wadi_note *note = &result->reasons.items[i];
        char *words;

        if (report_is_met(note) || ++count > p->limit)
            continue;
        if (!shown++)
            page_heading(p, "What stands in the way, and would have to change");
        words = page_note_text(note);
        page_item(p, BULLET, 9, BODY, words ? words : note->text);
        free(words);
    }
    page_more(p, shown, count);
}

/* A verdict without a plan: what is unknown, and what would have to be otherwise. */
static void draw_no_plan(page *p, const wadi_plan_result *result)
{
    page_line(p, (page_font){.size = 10.4, .bold = true, .colour = 0x12263f, .one_line = true},
              "No plan is given");
    page_space(p, 2);
    page_line(p, BODY, report_verdict_meaning(result->verdict));
    draw_notes(p, "What is missing: please answer", "?", &result->missing);
    draw_obstacles(p, result);
    if (!result->missing.count && !result->reasons.count)
        page_line(p, BODY, "No rule names a fact that would change this verdict.");
}

/* Without a plan there is room for all that is predicted of the leg as it is. */
static void draw_numbers(page *p, const wadi_plan_result *result)
{
    char words[2 * REPORT_NUMBER_SIZE], number[REPORT_NUMBER_SIZE];

    page_heading(p, "Predicted: the leg as it is");
    for (int i = 0; i < REPORT_MEASURE_COUNT; i++) {
        const report_measure *measure = &REPORT_MEASURES[i];
        const wadi_band *band = report_band_of(&result->before, measure);

        /* The conduit comes first, and is not there. */
        if (!isfinite(band->value) || i == 0)
            continue;
        report_band(measure->kind, band, DASH, number);
        snprintf(words, sizeof words, "%s %s", number, report_unit(measure->kind));
        page_words(p, p->x + 0.55 * p->width, p->y, 0, BODY, words);
        page_line(p, BODY, measure->title);
    }
}

/* Numbers stand right-aligned at the end of their column. */
static void cell(page *p, double x, double width, page_font font, report_kind kind,
                 double value)
{
    char number[REPORT_NUMBER_SIZE];

    font.align = PANGO_ALIGN_RIGHT;
    report_number(kind, value, number);
    page_words(p, x, p->y, width, font, number);
}

static void table_head(page *p, const char *const titles[], const char *const units[],
                       double first)
{
    double width = (p->width - first) / 5, height = 0;
    page_font font = SMALL;

    font.align = PANGO_ALIGN_RIGHT;
    for (int i = 0; i < 5; i++) {
        double x = p->x + first + i * width, tall;

        tall = page_words(p, x, p->y, width, font, titles[i]);
        page_words(p, x, p->y + tall, width, font, units[i]);
        height = fmax(height, 2 * tall);
    }
    p->y += height + 1;
    page_rule(p, p->x, p->y, p->x + p->width, p->y, 0xb0b0b0, 0.4);
    page_space(p, 1.5);
}

static void draw_comparison(page *p, const wadi_plan_result *result)
{
    static const char *const TITLES[] = {"conduit", "nutritive", "arch", "TcPO2", "steal"};
    static const char *const UNITS[] = {"mL/min", "mL/min", "mmHg", "mmHg", "index"};
    wadi_index bed = report_wound_bed(result);
    double first = 0.4 * p->width, width = (p->width - first) / 5;

    page_heading(p, "Techniques compared");
    table_head(p, TITLES, UNITS, first);
    for (int i = 0; i < WADI_TECHNIQUE_COUNT; i++) {
        const wadi_plan *plan = &result->comparison[i];
        const wadi_outcome *after = &plan->after;
        double x = p->x + first, tall;
        char name[80];
        wadi_text text = {0};

        snprintf(name, sizeof name, "%s%s", wadi_technique_title(plan->technique),
                 plan->feasible || plan->refused[0] ? "" : "\xc2\xa0\xe2\x80\xa0");
        if (plan->refused[0]) {
            wadi_text_add(&text, "refused%s%s: %s", plan->refused_rule[0] ? " by " : "",
                          plan->refused_rule, plan->refused);
            tall = page_words(p, p->x + first + 6, p->y, p->width - first - 6, SMALL,
                              text.bytes ? text.bytes : "");
            wadi_text_clear(&text);
        } else {
            tall = 0;
            cell(p, x, width, BODY, REPORT_FLOW, after->conduit_flow_ml_min.value);
            cell(p, x + width, width, BODY, REPORT_FLOW, after->nutritive_flow_ml_min.value);
            cell(p, x + 2 * width, width, BODY, REPORT_PRESSURE,
                 after->arch_pressure_mmhg.value);
            cell(p, x + 3 * width, width, BODY, REPORT_PRESSURE,
                 bed == WADI_NONE || bed >= WADI_BED_LIMIT ? (double)NAN
                                                           : after->tcpo2_mmhg[bed].value);
            cell(p, x + 4 * width, width, BODY, REPORT_INDEX, after->steal_index.value);
        }
        tall = fmax(tall, page_words(p, p->x, p->y, first, BODY, name));
        p->y += tall + 1.2;
    }
}

/* The plans behind the best one, each in a line. */
static void draw_other_plans(page *p, const wadi_plan_result *result)
{
    if (result->plan_count > 1)
        page_heading(p, "The next best plans");
    for (wadi_index i = 1; i < result->plan_count; i++) {
        const wadi_plan *plan = &result->plans[i];
        char bullet[16], flow[REPORT_NUMBER_SIZE], nutritive[REPORT_NUMBER_SIZE];
        wadi_text text = {0};

        report_band(REPORT_FLOW, &plan->after.conduit_flow_ml_min, DASH, flow);
        report_band(REPORT_FLOW, &plan->after.nutritive_flow_ml_min, DASH, nutritive);
        wadi_text_add(&text, "%s: %s to %s", wadi_technique_title(plan->technique),
                      plan->crossing.artery, plan->crossing.vein);
        if (isfinite(plan->crossing.from_origin_mm))
            wadi_text_add(&text, " at %.0f mm", plan->crossing.from_origin_mm);
        for (wadi_index k = 0; k < plan->closure_count; k++)
            wadi_text_add(&text, "%s%s", k ? ", " : "; close ", plan->closures[k]);
        wadi_text_add(&text, "; conduit %s mL/min, nutritive %s mL/min", flow, nutritive);
        snprintf(bullet, sizeof bullet, "%d", plan->rank);
        flush(p, bullet, 12, &text);
    }
}

static void draw_tradeoffs(page *p, const wadi_plan_result *result)
{
    static const char *const TITLES[] = {"conduit", "nutritive", "arch", "capillary", "TcPO2"};
    static const char *const UNITS[] = {"mL/min", "mL/min", "mmHg", "mmHg", "mmHg"};
    double first = 0.4 * p->width, width = (p->width - first) / 5;
    int shown = page_shown(p, result->tradeoff_count);

    if (!result->tradeoff_count)
        return;
    page_heading(p, "Trade-off: other branches closed at the same crossing");
    table_head(p, TITLES, UNITS, first);
    for (int i = 0; i < shown; i++) {
        const wadi_tradeoff *row = &result->tradeoffs[i];
        page_font font = BODY;
        double x = p->x + first, tall;
        char words[160];

        font.bold = row->chosen;
        font.colour = row->feasible ? BODY.colour : 0x8a8a8a;
        snprintf(words, sizeof words, "%s%s%s", row->closures[0] ? row->closures : "none",
                 row->chosen ? " (chosen)" : "", row->feasible ? "" : "\xc2\xa0\xe2\x80\xa0");
        tall = page_words(p, p->x, p->y, first, font, words);
        cell(p, x, width, font, REPORT_FLOW, row->conduit_ml_min);
        cell(p, x + width, width, font, REPORT_FLOW, row->nutritive_ml_min);
        cell(p, x + 2 * width, width, font, REPORT_PRESSURE, row->arch_mmhg);
        cell(p, x + 3 * width, width, font, REPORT_PRESSURE, row->capillary_mmhg);
        cell(p, x + 4 * width, width, font, REPORT_PRESSURE, row->tcpo2_mmhg);
        p->y += tall + 1;
    }
    page_more(p, shown, result->tradeoff_count);
    page_line(p, SMALL, "\xe2\x80\xa0 breaks a limit of pressure, flow or cardiac load");
}

static void draw_care(page *p, const wadi_plan_result *result)
{
    int shown = page_shown(p, result->drug_count);
    wadi_text text = {0};
    char bullet[24];

    if (result->drug_count)
        page_heading(p, "Drug card");
    for (int i = 0; i < shown; i++) {
        wadi_text_add(&text, "%s", result->drugs[i].text);
        page_add_source(&text, result->drugs[i].source);
        flush(p, BULLET, 9, &text);
    }
    page_more(p, shown, result->drug_count);
    if (result->follow_count)
        page_heading(p, "Follow-up, day after the procedure");
    shown = page_shown(p, result->follow_count);
    for (int i = 0; i < shown; i++) {
        snprintf(bullet, sizeof bullet, "%d", result->follow[i].day);
        wadi_text_add(&text, "%s", result->follow[i].text);
        page_add_source(&text, result->follow[i].source);
        flush(p, bullet, 22, &text);
    }
    page_more(p, shown, result->follow_count);
}

static void draw_behind(page *p, const wadi_plan_result *result)
{
    wadi_text text = {0};

    page_heading(p, "What stands behind the numbers");
    wadi_text_add(
        &text,
        "A reference leg, scaled to this patient and overridden by what was measured; steady "
        "flow on day 1, before veins remodel and thrombosis or infection play a part. Bands "
        "are "
        "the 5 %% and 95 %% points of %d quasi-random samples over the uncertainties in "
        "data/model.json; they do not cover what the model leaves out. Some parameters were "
        "fitted to published values: docs/model/calibration.md.",
        result->solver.samples);
    flush(p, "", 0, &text);
    wadi_text_add(
        &text, "Solver: residual %.1e and mass balance %.1e of the inflow, worst of %ld solves",
        result->solver.residual, result->solver.mass_balance, result->solver.solves);
    if (result->solver.failed_samples)
        wadi_text_add(&text, "; %d samples did not converge and are left out",
                      result->solver.failed_samples);
    wadi_text_add(&text, ".");
    flush(p, "", 0, &text);
    page_line(p, SMALL, REPORT_SEEDS ".");
}

double report_page_two(page *p, const wadi_plan_result *result, const wadi_case *the_case)
{
    const double gap = 16, top = PAGE_MARGIN + (result->exploratory ? 4 : 0);
    double column = (PAGE_INNER - gap) / 2, left, right;

    (void)the_case;
    p->x = PAGE_MARGIN;
    p->y = top;
    p->width = column;
    if (result->plan_count)
        draw_plan(p, result);
    else
        draw_no_plan(p, result);
    report_waves(p, result);
    left = p->y;
    p->x = PAGE_MARGIN + column + gap;
    p->y = top;
    draw_comparison(p, result);
    draw_other_plans(p, result);
    draw_tradeoffs(p, result);
    if (!result->plan_count)
        draw_numbers(p, result);
    else
        draw_care(p, result);
    right = p->y;
    p->x = PAGE_MARGIN;
    p->width = PAGE_INNER;
    p->y = fmax(left, right) + 2;
    draw_notes(p, "Overridden by the user", "!", &result->overridden);
    if (result->plan_count)
        draw_notes(p, "Questions that are open", "?", &result->missing);
    draw_notes(p, "Warnings", "!", &result->warnings);
    draw_behind(p, result);
    return p->y;
}
