/* The plan as plain text of at most 96 columns. */
#include "report/report_impl.h"
#include "report/wrap_impl.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void heading(wadi_text *text, const char *title)
{
    wadi_text_add(text, "\n%s\n", title);
    for (int i = 0; i < report_width(title); i++)
        wadi_text_put(text, "-", 1);
    wadi_text_put(text, "\n", 1);
}

/* " (source)"; a short one is not broken over two lines. */
static void add_source(wadi_text *line, const char *source)
{
    size_t first = line->size, size = strlen(source);

    if (!size)
        return;
    wadi_text_add(line, " (%s)", source);
    for (size_t i = first + 1; size < 40 && i < line->size; i++)
        if (line->bytes[i] == ' ')
            line->bytes[i] = REPORT_HARD_BLANK;
}

/* Wrap a finished line into the text and empty it. */
static void flush_line(wadi_text *text, const char *bullet, wadi_text *line)
{
    report_wrap(text, bullet, line->bytes ? line->bytes : "", REPORT_COLUMNS);
    text->failed = text->failed || line->failed;
    wadi_text_clear(line);
}

/* "[S03] text (source)" behind a bullet. */
static void note_line(wadi_text *text, const char *bullet, const wadi_note *note)
{
    wadi_text line = {0};

    if (note->rule[0])
        wadi_text_add(&line, "[%s] ", note->rule);
    wadi_text_add(&line, "%s", note->text);
    add_source(&line, note->source);
    flush_line(text, bullet, &line);
}

static bool is_main_heading(const char *name)
{
    return !strcmp(name, "general") || !strcmp(name, "angiographic") || !strcmp(name, "wound");
}

static void add_reasons(wadi_text *text, const wadi_notes *notes)
{
    static const char *const HEADINGS[] = {"general", "angiographic", "wound", NULL};

    for (int h = 0; h < (int)WADI_COUNT_OF(HEADINGS); h++) {
        bool open = false;

        for (wadi_index i = 0; i < notes->count; i++) {
            const char *name = notes->items[i].heading;

            if (HEADINGS[h] ? strcmp(name, HEADINGS[h]) != 0 : is_main_heading(name))
                continue;
            if (!open)
                wadi_text_add(text, "\n  %s\n", HEADINGS[h] ? HEADINGS[h] : "further");
            open = true;
            note_line(text, "    - ", &notes->items[i]);
        }
    }
}

static void add_notes(wadi_text *text, const char *title, const char *bullet,
                      const wadi_notes *notes)
{
    if (!notes->count)
        return;
    heading(text, title);
    for (wadi_index i = 0; i < notes->count; i++)
        note_line(text, bullet, &notes->items[i]);
}

static void outcome_row(wadi_text *text, const char *title, report_kind kind,
                        const wadi_band *before, const wadi_band *after)
{
    char left[REPORT_NUMBER_SIZE], right[REPORT_NUMBER_SIZE];

    if (!isfinite(before->value) && (!after || !isfinite(after->value)))
        return;
    report_band(kind, before, "-", left);
    wadi_text_add(text, "  %-32s", title);
    wadi_text_add(text, after ? "%-24s" : "%s", left);
    if (after) {
        report_band(kind, after, "-", right);
        wadi_text_add(text, "%-24s%s", right, report_unit(kind));
    } else {
        wadi_text_add(text, " %s", report_unit(kind));
    }
    while (text->size && text->bytes[text->size - 1] == ' ')
        text->bytes[--text->size] = '\0';
    wadi_text_put(text, "\n", 1);
}

static void add_outcomes(wadi_text *text, const wadi_plan_result *result)
{
    const wadi_plan *best = result->plan_count ? &result->plans[0] : NULL;
    wadi_index count = 0;
    const wadi_bed *beds = result->limb ? wadi_limb_beds(result->limb, &count) : NULL;
    char title[64], bed[WADI_NAME_SIZE];

    heading(text, best ? "Predicted: before and after the best plan"
                       : "Predicted: as the leg is now");
    if (best)
        wadi_text_add(text, "  %-32s%-24s%-24s%s\n", "", "before", "after, day 1", "unit");
    for (int i = 0; i < REPORT_MEASURE_COUNT; i++)
        outcome_row(text, REPORT_MEASURES[i].title, REPORT_MEASURES[i].kind,
                    report_band_of(&result->before, &REPORT_MEASURES[i]),
                    best ? report_band_of(&best->after, &REPORT_MEASURES[i]) : NULL);
    for (wadi_index i = 0; i < count && i < WADI_BED_LIMIT; i++) {
        if (!beds[i].star)
            continue;
        report_bed_title(beds[i].name, bed);
        snprintf(title, sizeof title, "TcPO2, %s%s", bed,
                 strcmp(beds[i].name, result->wound_bed) ? "" : " *");
        outcome_row(text, title, REPORT_PRESSURE, &result->before.tcpo2_mmhg[i],
                    best ? &best->after.tcpo2_mmhg[i] : NULL);
    }
    wadi_text_add(text, "  * %s; ", report_wound_words(result));
    if (result->solver.samples)
        wadi_text_add(text, "in brackets the 5 %% and 95 %% points of %d samples\n",
                      result->solver.samples);
    else
        wadi_text_add(text, "no bands were asked for (0 samples)\n");
}

static void add_waves(wadi_text *text, const wadi_plan_result *result)
{
    if (!result->plan_count || !result->plans[0].wave_count)
        return;
    heading(text, "Heartbeat at the places of a duplex, plan 1 (linear level)");
    report_waves_text(text, &result->plans[0]);
    report_wrap(text, "  ", REPORT_WAVE_LIMITS ".", REPORT_COLUMNS);
}

static void add_crossing(wadi_text *text, const wadi_plan_result *result, const wadi_plan *plan)
{
    const wadi_crossing *crossing = &plan->crossing;
    wadi_text line = {0};
    char number[REPORT_NUMBER_SIZE];

    wadi_text_add(&line, "%s to %s", report_vessel_title(result->limb, crossing->artery),
                  report_vessel_title(result->limb, crossing->vein));
    if (isfinite(crossing->from_origin_mm))
        wadi_text_add(&line, ", %.0f mm below the origin of the artery",
                      crossing->from_origin_mm);
    if (isfinite(crossing->gap_mm))
        wadi_text_add(&line, "; gap %.1f mm (%s)", crossing->gap_mm,
                      crossing->gap_measured ? "measured" : "reference geometry");
    report_number(REPORT_LENGTH, crossing->artery_lumen_mm, number);
    if (isfinite(crossing->artery_lumen_mm))
        wadi_text_add(&line, "; artery %s mm", number);
    report_number(REPORT_LENGTH, crossing->vein_diameter_mm, number);
    if (isfinite(crossing->vein_diameter_mm))
        wadi_text_add(&line, ", vein %s mm", number);
    if (crossing->method[0])
        wadi_text_add(&line, "; by %s", crossing->method);
    flush_line(text, "  crossing  ", &line);
}

static void add_valves(wadi_text *text, const wadi_plan_result *result, const wadi_plan *plan)
{
    wadi_text line = {0};

    wadi_text_add(&line, "%s", plan->valve_count ? "lyse " : "none to lyse");
    for (wadi_index i = 0; i < plan->valve_count;) {
        const char *vessel = plan->valves[i].vessel;

        wadi_text_add(&line, "%s%s at", i ? "; " : "",
                      report_vessel_title(result->limb, vessel));
        for (bool first = true;
             i < plan->valve_count && !strcmp(plan->valves[i].vessel, vessel);
             i++, first = false)
            wadi_text_add(&line, "%s %.0f%s", first ? "" : ",", plan->valves[i].at_mm,
                          plan->valves[i].high_risk ? "!" : "");
        wadi_text_add(&line, " mm");
    }
    for (wadi_index i = 0; i < plan->valve_count; i++) {
        if (plan->valves[i].high_risk) {
            wadi_text_add(&line,
                          " (from the heart-side end; ! malleolar or plantar: special care)");
            break;
        }
    }
    flush_line(text, "  valves    ", &line);
    wadi_text_add(&line, "%s", plan->closure_count ? "close " : "no branch to close");
    for (wadi_index i = 0; i < plan->closure_count; i++)
        wadi_text_add(&line, "%s%s (%s)", i ? ", " : "",
                      report_vessel_title(result->limb, plan->closures[i]), plan->closures[i]);
    flush_line(text, "  branches  ", &line);
}

static void add_devices(wadi_text *text, const wadi_plan *plan)
{
    wadi_text line = {0};
    char size[REPORT_NUMBER_SIZE], place[REPORT_PLACE_SIZE];
    wadi_index next;

    for (wadi_index i = 0; i < plan->device_count; i = next) {
        const wadi_device_use *use = &plan->devices[i];

        next = report_device_run(plan, i);
        report_device_size(use, "-", " x ", size);
        wadi_text_add(&line, "%s%s%s%s%s", use->device, size[0] ? ", " : "", size,
                      use->vessel[0] ? ", " : "", use->vessel);
        for (wadi_index k = i + 1; k < next; k++)
            wadi_text_add(&line, ", %s", plan->devices[k].vessel);
        report_device_place(use, "-", place);
        wadi_text_add(&line, "%s%s", place[0] ? " " : "", place);
        add_source(&line, use->source);
        flush_line(text, i ? "            " : "  devices   ", &line);
    }
}

static void add_steps(wadi_text *text, const wadi_plan *plan)
{
    wadi_text line = {0};
    char bullet[24];

    for (wadi_index i = 0; i < plan->step_count; i++) {
        const wadi_plan_step *step = &plan->steps[i];

        snprintf(bullet, sizeof bullet, "  %2d. %-9.9s", (int)i + 1, step->part);
        wadi_text_add(&line, "%s", step->text);
        add_source(&line, step->source);
        flush_line(text, bullet, &line);
    }
}

static bool same_steps(const wadi_plan *a, const wadi_plan *b)
{
    bool same = a->step_count == b->step_count;

    for (wadi_index i = 0; same && i < a->step_count; i++)
        same = !strcmp(a->steps[i].text, b->steps[i].text);
    return same;
}

static void plan_numbers(wadi_text *text, const wadi_plan *plan)
{
    char flow[REPORT_NUMBER_SIZE], nutritive[REPORT_NUMBER_SIZE], arch[REPORT_NUMBER_SIZE];
    char number[REPORT_NUMBER_SIZE];
    wadi_text line = {0};

    report_band(REPORT_FLOW, &plan->after.conduit_flow_ml_min, "-", flow);
    report_band(REPORT_FLOW, &plan->after.nutritive_flow_ml_min, "-", nutritive);
    report_band(REPORT_PRESSURE, &plan->after.arch_pressure_mmhg, "-", arch);
    wadi_text_add(&line, "conduit %s mL/min, nutritive %s mL/min, arch %s mmHg", flow,
                  nutritive, arch);
    if (isfinite(plan->recruitment_to_61))
        wadi_text_add(&line, "; recruitment to reach TcPO2 61 mmHg: %.2f times day 1",
                      plan->recruitment_to_61);
    else
        wadi_text_add(&line, "; no recruitment up to 5 times day 1 reaches TcPO2 61 mmHg");
    if (plan->below_floor_frac > 0)
        wadi_text_add(&line, "; %.0f %% of the samples below the conduit floor",
                      100 * plan->below_floor_frac);
    if (isfinite(plan->untreated_conduit_ml_min)) {
        report_number(REPORT_FLOW, plan->untreated_conduit_ml_min, number);
        wadi_text_add(&line, "; with the inflow lesion left alone %s mL/min", number);
    }
    flush_line(text, "  predicted ", &line);
    report_escapes_line(&line, plan);
    if (line.size)
        flush_line(text, "  escapes   ", &line);
    report_steal_line(&line, plan);
    if (line.size)
        flush_line(text, "  steal     ", &line);
    report_waves_line(&line, plan);
    if (line.size)
        flush_line(text, "  heartbeat ", &line);
}

static void add_plan(wadi_text *text, const wadi_plan_result *result, const wadi_plan *plan)
{
    char title[160];

    snprintf(title, sizeof title, "Plan %d: %s%s%s", plan->rank,
             wadi_technique_title(plan->technique), plan->feasible ? "" : " (NOT FEASIBLE)",
             plan->complete ? "" : " (INCOMPLETE)");
    heading(text, title);
    if (!plan->feasible)
        report_wrap(text, "  BREAKS    ",
                    plan->limits_broken[0] ? plan->limits_broken : "a limit of the search",
                    REPORT_COLUMNS);
    plan_numbers(text, plan);
    add_crossing(text, result, plan);
    add_devices(text, plan);
    add_valves(text, result, plan);
    if (plan->step_count && plan != result->plans && same_steps(plan, result->plans))
        wadi_text_add(text, "  steps     as in plan %d\n", result->plans->rank);
    else
        add_steps(text, plan);
    for (wadi_index i = 0; i < plan->warnings.count; i++)
        note_line(text, "  ! ", &plan->warnings.items[i]);
}

static void number_cell(wadi_text *text, int width, report_kind kind, double value)
{
    char number[REPORT_NUMBER_SIZE];

    report_number(kind, value, number);
    wadi_text_add(text, "%*s", width, number);
}

/* No technique was tried where the verdict already ends it. */
static bool was_compared(const wadi_plan_result *result)
{
    bool any = false;

    for (int i = 0; i < WADI_TECHNIQUE_COUNT; i++)
        any = any || result->comparison[i].feasible || result->comparison[i].refused[0];
    return any;
}

static void add_comparison(wadi_text *text, const wadi_plan_result *result)
{
    wadi_index bed = report_wound_bed(result);
    wadi_text line = {0};
    bool breaks = false;

    heading(text, "Techniques compared");
    wadi_text_add(text, "  %-47s%9s%10s%9s%9s%9s\n", "", "conduit", "nutritive", "arch",
                  "TcPO2", "steal");
    wadi_text_add(text, "  %-47s%9s%10s%9s%9s\n", "", "mL/min", "mL/min", "mmHg", "mmHg");
    for (int i = 0; i < WADI_TECHNIQUE_COUNT; i++) {
        const wadi_plan *plan = &result->comparison[i];
        const wadi_outcome *after = &plan->after;

        if (!plan->refused[0]) {
            wadi_text_add(text, "%s %-47s", plan->feasible ? " " : "x",
                          wadi_technique_title(plan->technique));
            breaks = breaks || !plan->feasible;
            number_cell(text, 9, REPORT_FLOW, after->conduit_flow_ml_min.value);
            number_cell(text, 10, REPORT_FLOW, after->nutritive_flow_ml_min.value);
            number_cell(text, 9, REPORT_PRESSURE, after->arch_pressure_mmhg.value);
            number_cell(
                text, 9, REPORT_PRESSURE,
                bed == WADI_NONE || bed >= WADI_BED_LIMIT ? NAN : after->tcpo2_mmhg[bed].value);
            number_cell(text, 9, REPORT_INDEX, after->steal_index.value);
            wadi_text_put(text, "\n", 1);
            continue;
        }
        wadi_text_add(&line, "refused%s%s: %s", plan->refused_rule[0] ? " by " : "",
                      plan->refused_rule, plan->refused);
        char bullet[80];
        snprintf(bullet, sizeof bullet, "  %-47s ", wadi_technique_title(plan->technique));
        flush_line(text, bullet, &line);
    }
    if (breaks)
        wadi_text_add(text, "x breaks a limit\n");
}

/* What of a list of names did not fit into the first column goes on under its row. */
static void more_names(wadi_text *text, const char *rest)
{
    while (*rest) {
        size_t length = strcspn(rest, "\n");

        wadi_text_add(text, "      %.*s\n", (int)length, rest);
        rest += length + (rest[length] == '\n');
    }
}

static void add_site(wadi_text *text, const char *title, const wadi_site *site)
{
    wadi_text_add(text, "  %-24s%8.1f%8.2f", title, site->from_origin_mm, site->gap_mm);
    number_cell(text, 9, REPORT_FLOW, site->conduit_ml_min);
    number_cell(text, 10, REPORT_FLOW, site->nutritive_ml_min);
    wadi_text_add(text, "%s\n", site->feasible ? "" : "  a limit is broken");
}

static void add_sites(wadi_text *text, const wadi_plan_result *result)
{
    if (!result->sites_known)
        return;
    heading(text, "Where to cross: the measured gap against the flow, plan 1");
    wadi_text_add(text, "  %-24s%8s%8s%9s%10s\n", "", "from", "gap", "conduit", "nutritive");
    wadi_text_add(text, "  %-24s%8s%8s%9s%10s\n", "", "mm", "mm", "mL/min", "mL/min");
    add_site(text, "least gap (chosen)", &result->site_gap);
    add_site(text, "most flow", &result->site_flow);
}

/* What the changes are to be held against. */
static void as_planned(wadi_text *text, const wadi_plan_result *result)
{
    const wadi_outcome *after = &result->plans[0].after;
    wadi_index bed = report_wound_bed(result);

    wadi_text_add(text, "  %-50s", "plan 1 as it is");
    number_cell(text, 9, REPORT_FLOW, after->conduit_flow_ml_min.value);
    number_cell(text, 10, REPORT_FLOW, after->nutritive_flow_ml_min.value);
    number_cell(text, 7, REPORT_PRESSURE, after->arch_pressure_mmhg.value);
    number_cell(text, 7, REPORT_PRESSURE,
                bed == WADI_NONE || bed >= WADI_BED_LIMIT ? NAN : after->tcpo2_mmhg[bed].value);
    wadi_text_add(text, "%10.1f\n", 100 * after->shunt_of_cardiac_output_frac.value);
}

static void add_what_ifs(wadi_text *text, const wadi_plan_result *result)
{
    if (!result->what_if_count)
        return;
    heading(text, "What if: plan 1 with one thing changed");
    wadi_text_add(text, "  %-50s%9s%10s%7s%7s%10s\n", "", "conduit", "nutritive", "arch",
                  "TcPO2", "load");
    wadi_text_add(text, "  %-50s%9s%10s%7s%7s%10s\n", "", "mL/min", "mL/min", "mmHg", "mmHg",
                  "% of CO");
    as_planned(text, result);
    for (wadi_index i = 0; i < result->what_if_count; i++) {
        const wadi_what_if *row = &result->what_ifs[i];
        wadi_text lines = {0};
        const char *line;
        size_t length;

        report_wrap(&lines, "", row->text, 49);
        line = lines.bytes ? lines.bytes : "";
        length = strcspn(line, "\n");
        wadi_text_add(text, "  %-50.*s", (int)length, line);
        number_cell(text, 9, REPORT_FLOW, row->conduit_ml_min);
        number_cell(text, 10, REPORT_FLOW, row->nutritive_ml_min);
        number_cell(text, 7, REPORT_PRESSURE, row->arch_mmhg);
        number_cell(text, 7, REPORT_PRESSURE, row->tcpo2_mmhg);
        wadi_text_add(text, "%10.1f", 100 * row->cardiac_share_frac);
        wadi_text_put(text, "\n", 1);
        for (line += length + (line[length] == '\n'); *line;
             line += length + (line[length] == '\n')) {
            length = strcspn(line, "\n");
            wadi_text_add(text, "    %.*s\n", (int)length, line);
        }
        text->failed = text->failed || lines.failed;
        wadi_text_clear(&lines);
    }
}

static void add_tradeoffs(wadi_text *text, const wadi_plan_result *result)
{
    wadi_text names = {0};

    if (!result->tradeoff_count)
        return;
    heading(text, "Trade-off: the same crossing with other branches closed");
    wadi_text_add(text, "    %-34s%10s%10s%10s%10s%10s\n", "closed", "conduit", "nutritive",
                  "arch", "capillary", "TcPO2");
    wadi_text_add(text, "    %-34s%10s%10s%10s%10s%10s\n", "", "mL/min", "mL/min", "mmHg",
                  "mmHg", "mmHg");
    for (wadi_index i = 0; i < result->tradeoff_count; i++) {
        const wadi_tradeoff *row = &result->tradeoffs[i];
        const char *mark = row->chosen ? ">" : row->feasible ? " " : "x";
        const char *name;
        size_t length;

        report_wrap(&names, "", row->closures[0] ? row->closures : "none", 33);
        name = names.bytes ? names.bytes : "";
        length = strcspn(name, "\n");
        wadi_text_add(text, "  %s %-34.*s", mark, (int)length, name);
        number_cell(text, 10, REPORT_FLOW, row->conduit_ml_min);
        number_cell(text, 10, REPORT_FLOW, row->nutritive_ml_min);
        number_cell(text, 10, REPORT_PRESSURE, row->arch_mmhg);
        number_cell(text, 10, REPORT_PRESSURE, row->capillary_mmhg);
        number_cell(text, 10, REPORT_PRESSURE, row->tcpo2_mmhg);
        wadi_text_put(text, "\n", 1);
        more_names(text, name + length + (name[length] == '\n'));
        text->failed = text->failed || names.failed;
        wadi_text_clear(&names);
    }
    wadi_text_add(text, "  > chosen; x breaks a limit\n");
}

static void add_after_care(wadi_text *text, const wadi_plan_result *result)
{
    wadi_text line = {0};
    char bullet[24];

    if (result->drug_count)
        heading(text, "Drug card");
    for (wadi_index i = 0; i < result->drug_count; i++) {
        wadi_text_add(&line, "%s", result->drugs[i].text);
        add_source(&line, result->drugs[i].source);
        flush_line(text, "  - ", &line);
    }
    if (result->follow_count)
        heading(text, "Follow-up");
    for (wadi_index i = 0; i < result->follow_count; i++) {
        snprintf(bullet, sizeof bullet, "  day %4d  ", result->follow[i].day);
        wadi_text_add(&line, "%s", result->follow[i].text);
        add_source(&line, result->follow[i].source);
        flush_line(text, bullet, &line);
    }
}

static void add_title(wadi_text *text, const wadi_plan_result *result,
                      const wadi_case *the_case)
{
    const char *side = the_case ? wadi_case_word("side", the_case->side_word) : NULL;
    char bed[WADI_NAME_SIZE], line[160], caution[REPORT_CAUTION_SIZE];

    report_bed_title(result->wound_bed, bed);
    if (result->exploratory)
        wadi_text_add(text, "*** EXPLORATORY: an exclusion was overridden ***\n\n");
    if (the_case && the_case->title && the_case->title[0])
        report_wrap(text, "", the_case->title, REPORT_COLUMNS);
    if (side)
        wadi_text_add(text, "%s leg%s%s\n", side,
                      !bed[0]                 ? ""
                      : the_case->wound_count ? "; wound: "
                                              : "; no wound described, looked at as one: ",
                      bed);
    wadi_text_add(text, "\n");
    snprintf(line, sizeof line, "%s: %s", report_verdict_title(result->verdict),
             report_verdict_meaning(result->verdict));
    report_wrap(text, "VERDICT  ", line, REPORT_COLUMNS);
    report_caution(result, caution);
    if (caution[0])
        report_wrap(text, "  !!     ", caution, REPORT_COLUMNS);
}

wadi_status wadi_plan_text(const wadi_plan_result *result, const wadi_case *the_case,
                           char **out, size_t *size, wadi_error *err)
{
    wadi_text text = {0};

    *out = NULL;
    *size = 0;
    add_title(&text, result, the_case);
    add_reasons(&text, &result->reasons);
    add_notes(&text, "Overridden by the user", "  ! ", &result->overridden);
    add_notes(&text, "Questions that are open", "  ? ", &result->missing);
    add_notes(&text, "Warnings", "  ! ", &result->warnings);
    add_outcomes(&text, result);
    add_waves(&text, result);
    for (wadi_index i = 0; i < result->plan_count; i++)
        add_plan(&text, result, &result->plans[i]);
    if (was_compared(result))
        add_comparison(&text, result);
    add_sites(&text, result);
    add_tradeoffs(&text, result);
    add_what_ifs(&text, result);
    if (result->plan_count)
        add_after_care(&text, result);
    heading(&text, "Sources");
    report_wrap(&text, "  ", REPORT_SEEDS, REPORT_COLUMNS);
    wadi_text_add(
        &text, "\nSolver: residual %.1e, mass balance %.1e of the inflow, %ld solves, %.2f s",
        result->solver.residual, result->solver.mass_balance, result->solver.solves,
        result->solver.seconds);
    if (result->solver.failed_samples)
        wadi_text_add(&text, ", %d samples failed", result->solver.failed_samples);
    wadi_text_add(&text, "\nwadi %s%s%s\n%s\n", wadi_version(),
                  result->input_hash[0] ? ", input " : "", result->input_hash,
                  WADI_RESEARCH_ONLY);
    if (text.failed) {
        wadi_text_clear(&text);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the plan as text");
    }
    *out = text.bytes;
    *size = text.size;
    return WADI_OK;
}
