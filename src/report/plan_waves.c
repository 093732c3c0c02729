/* The heartbeat before and after the best plan, as text. */
#include "report/report_impl.h"

#include <math.h>
#include <string.h>

const char *report_site_title(const char *site)
{
    static const char *const TITLES[][2] = {
        {"femoral", "common femoral artery"},
        {"popliteal", "popliteal artery"},
        {"donor", "donor artery, upstream"},
        {"crossing", "crossing"},
        {"conduit", "conduit"},
        {"donor_beyond", "donor artery, far end"},
        {"plantar_vein", "lateral plantar vein"},
        {"plantar_arch", "plantar venous arch"},
        {"toe_artery", "toe artery"},
        {"toe_vein", "toe vein"},
    };

    for (size_t i = 0; i < WADI_COUNT_OF(TITLES); i++)
        if (!strcmp(TITLES[i][0], site))
            return TITLES[i][1];
    return site;
}

const wadi_wave_site *report_wave_site(const wadi_plan *plan, const char *site)
{
    for (wadi_index i = 0; i < plan->wave_count; i++)
        if (!strcmp(plan->waves[i].site, site))
            return &plan->waves[i];
    return NULL;
}

void report_wave_number(double value, int decimals, char out[REPORT_NUMBER_SIZE])
{
    if (isfinite(value))
        snprintf(out, REPORT_NUMBER_SIZE, "%.*f", decimals, value);
    else
        snprintf(out, REPORT_NUMBER_SIZE, "-");
}

static void cell(wadi_text *text, int width, double value, int decimals)
{
    char number[REPORT_NUMBER_SIZE];

    report_wave_number(value, decimals, number);
    wadi_text_add(text, "%*s", width, number);
}

static void wave_row(wadi_text *text, const char *title, const char *when,
                     const wadi_wave *wave)
{
    char flow[REPORT_NUMBER_SIZE];

    if (!wave->known)
        return;
    report_number(REPORT_FLOW, wave->flow_mean_ml_min, flow);
    wadi_text_add(text, "  %-26s%-7s%8s", title, when, flow);
    cell(text, 8, 100 * wave->psv_m_s, 1);
    cell(text, 8, 100 * wave->edv_m_s, 1);
    cell(text, 7, wave->ri, 2);
    cell(text, 7, wave->pi, 2);
    cell(text, 8, 1e3 * wave->acceleration_s, 0);
    cell(text, 8, wave->shear_mean_pa, 2);
    cell(text, 7, wave->shear_peak_pa, 2);
    wadi_text_put(text, "\n", 1);
}

void report_waves_text(wadi_text *text, const wadi_plan *plan)
{
    wadi_text_add(text, "  %-26s%-7s%8s%8s%8s%7s%7s%8s%8s%7s\n", "", "", "flow", "PSV", "EDV",
                  "RI", "PI", "rise", "shear", "peak");
    wadi_text_add(text, "  %-26s%-7s%8s%8s%8s%7s%7s%8s%8s%7s\n", "", "", "mL/min", "cm/s",
                  "cm/s", "", "", "ms", "Pa", "Pa");
    for (wadi_index i = 0; i < plan->wave_count; i++) {
        const wadi_wave_site *site = &plan->waves[i];
        bool first = site->before.known;

        wave_row(text, report_site_title(site->site), "before", &site->before);
        wave_row(text, first ? "" : report_site_title(site->site), "after", &site->after);
    }
}

void report_waves_line(wadi_text *line, const wadi_plan *plan)
{
    const wadi_wave_site *site = report_wave_site(plan, "crossing");
    const wadi_wave_site *above = report_wave_site(plan, "popliteal");

    if (!site || !site->after.known)
        return;
    wadi_text_add(line, "crossing PSV %.0f cm/s, EDV %.0f cm/s, RI %.2f",
                  100 * site->after.psv_m_s, 100 * site->after.edv_m_s, site->after.ri);
    if (above && above->before.known)
        wadi_text_add(line, " (popliteal artery before: %.2f)", above->before.ri);
    wadi_text_add(line, "; linear level");
}

void report_escapes_line(wadi_text *line, const wadi_plan *plan)
{
    const double least_frac = 0.005;
    bool any = false;

    for (wadi_index i = 0; i < plan->branch_count; i++) {
        const wadi_branch_flow *branch = &plan->branches[i];
        char flow[REPORT_NUMBER_SIZE];

        if (branch->closed || !(branch->share_frac >= least_frac))
            continue;
        report_number(REPORT_FLOW, branch->flow_ml_min, flow);
        wadi_text_add(line, "%s%s %s mL/min (%.0f %%)", any ? ", " : "", branch->vessel, flow,
                      100 * branch->share_frac);
        any = true;
    }
    if (any)
        wadi_text_add(line, " of the conduit flow; some lie one behind the other");
}

void report_steal_line(wadi_text *line, const wadi_plan *plan)
{
    bool below = false, back = false;

    for (wadi_index i = 0; i < plan->native_count; i++) {
        const wadi_native_flow *native = &plan->native[i];

        wadi_text_add(line, "%s%s %.2f", i ? ", " : "", native->vessel, native->index);
        below = below || native->index < 1;
        back = back || native->index < 0;
    }
    if (plan->native_count)
        wadi_text_add(line, " (native flow after over before: below 1 is steal%s)",
                      back    ? ", below 0 it has turned"
                      : below ? ""
                              : ", there is none");
}
