/* The beds of the foot as a table in two columns. */
#include "report/page_impl.h"

#include <math.h>
#include <string.h>

enum { BEDS_NAME, BEDS_TCPO2_BEFORE, BEDS_TCPO2_AFTER, BEDS_FLOW_BEFORE, BEDS_FLOW_AFTER };

static const double STOPS[] = {0, 0.27, 0.42, 0.57, 0.79};

static void put(page *p, double x, double width, int stop, page_font font, const char *words)
{
    page_words(p, x + STOPS[stop] * width, p->y, 0, font, words);
}

static void head(page *p, double x, double width, bool plan)
{
    page_font font = {.size = 6.6, .colour = 0x505050};

    put(p, x, width, BEDS_TCPO2_BEFORE, font, "TcPO2");
    put(p, x, width, BEDS_FLOW_BEFORE, font, "nutritive");
    if (plan) {
        put(p, x, width, BEDS_TCPO2_AFTER, font, "after");
        put(p, x, width, BEDS_FLOW_AFTER, font, "after");
    }
}

static void row(page *p, const wadi_plan_result *result, double x, double width,
                const wadi_bed *bed, wadi_index index)
{
    const wadi_plan *best = result->plan_count ? &result->plans[0] : NULL;
    bool wound = !strcmp(bed->name, result->wound_bed);
    page_font font = {.size = 7, .bold = wound, .colour = wound ? 0xa34800 : 0x1a1a1a};
    char name[WADI_NAME_SIZE], number[REPORT_NUMBER_SIZE];
    const char *dash = "\xe2\x80\x93";

    report_bed_title(bed->name, name);
    put(p, x, width, BEDS_NAME, font, name);
    font.bold = false;
    font.size = 6.8;
    report_band(REPORT_PRESSURE, &result->before.tcpo2_mmhg[index], dash, number);
    put(p, x, width, BEDS_TCPO2_BEFORE, font, number);
    report_band(REPORT_FLOW, &result->before.bed_nutritive_ml_min[index], dash, number);
    put(p, x, width, BEDS_FLOW_BEFORE, font, number);
    if (!best)
        return;
    font.colour = wound ? font.colour : 0x6a2c91;
    report_band(REPORT_PRESSURE, &best->after.tcpo2_mmhg[index], dash, number);
    put(p, x, width, BEDS_TCPO2_AFTER, font, number);
    report_band(REPORT_FLOW, &best->after.bed_nutritive_ml_min[index], dash, number);
    put(p, x, width, BEDS_FLOW_AFTER, font, number);
}

void report_beds(page *p, const wadi_plan_result *result)
{
    wadi_index count = 0, star = 0, done = 0;
    const wadi_bed *beds = result->limb ? wadi_limb_beds(result->limb, &count) : NULL;
    double scale = p->scale, step = 9.6, column = (p->width - 14) / 2, top;

    p->scale = 1; /* as the chart above it */
    for (wadi_index i = 0; i < count && i < WADI_BED_LIMIT; i++)
        star += beds[i].star;
    if (star) {
        page_heading(p, "Foot by bed: TcPO2 in mmHg, nutritive flow in mL/min");
        for (int side = 0; side < 2; side++)
            head(p, p->x + side * (column + 14), column, result->plan_count > 0);
        p->y += step;
        top = p->y;
        for (wadi_index i = 0; i < count && i < WADI_BED_LIMIT; i++) {
            wadi_index half = (star + 1) / 2;

            if (!beds[i].star)
                continue;
            p->y = top + step * (done % half);
            row(p, result, p->x + (done >= half ? column + 14 : 0), column, &beds[i], i);
            done++;
        }
        p->y = top + step * ((star + 1) / 2);
    }
    p->scale = scale;
}
