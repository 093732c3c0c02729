/* The heartbeat on page 2: duplex-like strips of the crossing, and indices of every place. */
#include "report/page_impl.h"

#include <math.h>
#include <string.h>

static const page_font SMALL = {.size = 6.6, .colour = 0x505050};
static const page_font BODY = {.size = 7.2, .colour = 0x1a1a1a};

enum { STRIP_BACK = 0x10141a, STRIP_TRACE = 0xf2e7c9, STRIP_GRID = 0x3a4350 };

/* Ends of the scale that both strips share, cm/s, on a round step. */
static double round_up(double value)
{
    const double steps[] = {1, 1.5, 2, 3, 4, 5, 6, 8, 10};
    double size = pow(10, floor(log10(fmax(value, 1e-3))));

    for (size_t i = 0; i < WADI_COUNT_OF(steps); i++)
        if (steps[i] * size >= value * 0.999)
            return steps[i] * size;
    return 10 * size;
}

static void extend(const wadi_wave *wave, double *low, double *high)
{
    for (int i = 0; wave->known && i < WADI_WAVE_SAMPLES; i++) {
        *low = fmin(*low, 100 * wave->velocity_m_s[i]);
        *high = fmax(*high, 100 * wave->velocity_m_s[i]);
    }
}

/* Two beats, as a strip shows them. */
static void draw_strip(page *p, double x, double y, double width, double height,
                       const wadi_wave *wave, double low, double high)
{
    const int beats = 2, last = WADI_WAVE_SAMPLES - 1;
    double unit = height / (high - low);

    page_box(p, x, y, width, height, STRIP_BACK, -1);
    page_rule(p, x, y + unit * high, x + width, y + unit * high, STRIP_GRID, 0.5);
    for (int i = 0; wave->known && i < beats * last; i++) {
        double a = 100 * wave->velocity_m_s[i % last];
        double b = 100 * wave->velocity_m_s[i % last + 1];

        page_rule(p, x + width * i / (beats * last), y + unit * (high - a),
                  x + width * (i + 1) / (beats * last), y + unit * (high - b), STRIP_TRACE,
                  0.9);
    }
}

static void strips(page *p, const wadi_wave *before, const wadi_wave *after)
{
    const double height = 40, scale_width = 22, gap = 8, head = 17.5; /* two lines of words */
    double width = (p->width - scale_width - gap) / 2, low = 0, high = 1;
    const wadi_wave *waves[] = {before, after};
    page_font font = SMALL;
    char words[120];

    extend(before, &low, &high);
    extend(after, &low, &high);
    high = round_up(1.05 * high);
    low = low < 0 ? -round_up(-1.05 * low) : 0;
    for (int i = 0; i < 2; i++) {
        double x = p->x + scale_width + i * (width + gap);

        if (waves[i]->known)
            snprintf(words, sizeof words, "PSV %.0f, EDV %.0f cm/s, RI %.2f",
                     100 * waves[i]->psv_m_s, 100 * waves[i]->edv_m_s, waves[i]->ri);
        else
            snprintf(words, sizeof words, "no flow");
        page_words(p, x, p->y, 0, SMALL, i ? "after, crossing" : "before, popliteal");
        page_words(p, x, p->y + 8, 0, SMALL, words);
        if (!p->dry)
            draw_strip(p, x, p->y + head, width, height, waves[i], low, high);
    }
    font.align = PANGO_ALIGN_RIGHT;
    snprintf(words, sizeof words, "%.0f", high);
    page_words(p, p->x, p->y + head - 1, scale_width - 3, font, words);
    snprintf(words, sizeof words, "%.0f", low);
    page_words(p, p->x, p->y + head + height - 8, scale_width - 3, font, words);
    page_words(p, p->x, p->y + head + height / 2 - 4, scale_width - 3, font, "cm/s");
    p->y += height + head + 3;
}

enum { COLUMNS = 5 };

static void values_of(const wadi_wave *wave, double values[COLUMNS])
{
    const double all[COLUMNS] = {100 * wave->psv_m_s, 100 * wave->edv_m_s, wave->ri,
                                 1e3 * wave->acceleration_s, wave->shear_mean_pa};

    for (int i = 0; i < COLUMNS; i++)
        values[i] = wave->known ? all[i] : (double)NAN;
}

/* "12 to 34", or the one that there is. */
static void pair_of(double before, double after, int decimals, char *words, size_t size)
{
    char left[REPORT_NUMBER_SIZE], right[REPORT_NUMBER_SIZE];

    report_wave_number(before, decimals, left);
    report_wave_number(after, decimals, right);
    snprintf(words, size, "%s\xc2\xa0\xe2\x86\x92\xc2\xa0%s", left, right);
}

/* One line for a place: before and after side by side in each column. */
static void table(page *p, const wadi_plan *plan)
{
    static const char *const TITLES[COLUMNS] = {"PSV, cm/s", "EDV, cm/s", "RI", "rise, ms",
                                                "shear, Pa"};
    static const int DECIMALS[COLUMNS] = {0, 0, 2, 0, 1};
    double first = 0.28 * p->width, width = (p->width - first) / COLUMNS;
    page_font font = SMALL;

    font.align = PANGO_ALIGN_RIGHT;
    for (int c = 0; c < COLUMNS; c++)
        page_words(p, p->x + first + c * width, p->y, width, font, TITLES[c]);
    p->y += 9.5;
    page_rule(p, p->x, p->y, p->x + p->width, p->y, 0xb0b0b0, 0.4);
    page_space(p, 1.5);
    for (wadi_index i = 0; i < plan->wave_count; i++) {
        const wadi_wave_site *site = &plan->waves[i];
        double before[COLUMNS], after[COLUMNS], tall;

        if (!site->before.known && !site->after.known)
            continue;
        values_of(&site->before, before);
        values_of(&site->after, after);
        tall = page_words(p, p->x, p->y, first, BODY, report_site_title(site->site));
        for (int c = 0; c < COLUMNS; c++) {
            char words[2 * REPORT_NUMBER_SIZE + 16];

            pair_of(before[c], after[c], DECIMALS[c], words, sizeof words);
            page_words(p, p->x + first + c * width, p->y, width, font, words);
        }
        p->y += tall + 0.8;
    }
}

void report_waves(page *p, const wadi_plan_result *result)
{
    const wadi_plan *plan = result->plan_count ? &result->plans[0] : NULL;
    const wadi_wave_site *site = plan ? report_wave_site(plan, "crossing") : NULL;
    const wadi_wave_site *above = plan ? report_wave_site(plan, "popliteal") : NULL;

    if (!site || !above || (!p->extra && p->scale < 0.9))
        return;
    page_heading(p, "Heartbeat, before \xe2\x86\x92 after (linear level)");
    strips(p, &above->before, &site->after);
    /* Where it is tight, the strips say the most. */
    if (p->extra)
        table(p, plan);
    page_line(p, SMALL, REPORT_WAVE_LIMITS ".");
}
