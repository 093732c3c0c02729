/* Curves that rise, statements that exclude each other, sizes, units and dates. */
#include "stage/lint_impl.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- curves ---- */

static bool same(const linter *l, int a, int b, int column)
{
    return !strcmp(wadi_csv_word(&l->table, a, column), wadi_csv_word(&l->table, b, column));
}

/* What cannot come back once it is lost; healing and reintervention may rise. */
static bool is_survival(const char *outcome)
{
    static const char *const NAMES[] = {"AFS", "survival", "limb_salvage", "primary_patency",
                                        "secondary_patency"};

    for (size_t i = 0; i < WADI_COUNT_OF(NAMES); i++)
        if (!strcasecmp(outcome, NAMES[i]))
            return true;
    return false;
}

typedef struct curve_point {
    bool known;
    double time, percent;
} curve_point;

static wadi_status read_point(linter *l, int row, int time, int percent, curve_point *out)
{
    wadi_maybe t, p;
    wadi_status status = wadi_lint_number(l, row, time, &t);

    if (!status)
        status = wadi_lint_number(l, row, percent, &p);
    if (!status)
        *out = (curve_point){t.known && p.known, t.value, p.value};
    return status;
}

/* AFS lies between limb salvage + survival - 100 and the lesser of both. */
static wadi_status check_bounds(linter *l, int row, const int c[4], const curve_point *afs)
{
    double salvage = NAN, survival = NAN, low, high;
    char printed[32], computed[48];
    const char *study = wadi_csv_word(&l->table, row, c[0]);

    for (int other = 1; other < l->table.rows; other++) {
        const char *outcome = wadi_csv_word(&l->table, other, c[1]);
        curve_point at;
        wadi_status status = read_point(l, other, c[2], c[3], &at);

        if (status)
            return status;
        if (!at.known || at.time != afs->time || !same(l, row, other, c[0]))
            continue;
        if (!strcasecmp(outcome, "limb_salvage"))
            salvage = at.percent;
        if (!strcasecmp(outcome, "survival"))
            survival = at.percent;
    }
    high = fmin(isnan(salvage) ? 100 : salvage, isnan(survival) ? 100 : survival);
    low = isnan(salvage) || isnan(survival) ? 0 : salvage + survival - 100;
    if (afs->percent <= high + 0.05 && afs->percent >= low - 0.1)
        return WADI_OK;
    snprintf(printed, sizeof printed, "%g", afs->percent);
    snprintf(computed, sizeof computed, "%g to %g", low, high);
    return wadi_lint_add(l, row, "bounds", study, printed, computed,
                         "%s: amputation-free survival %g %% at %g months, limb salvage and "
                         "survival allow %s %%",
                         study, afs->percent, afs->time, computed);
}

wadi_status wadi_lint_curves(linter *l, bool *ran)
{
    static const char *const NAMES[4] = {"study", "outcome", "time_months", "percent"};
    int c[4];

    for (int i = 0; i < 4; i++) {
        c[i] = wadi_csv_column(&l->table, NAMES[i]);
        if (c[i] < 0)
            return WADI_OK;
    }
    *ran = true;
    for (int row = 1; row < l->table.rows; row++) {
        const char *study = wadi_csv_word(&l->table, row, c[0]),
                   *outcome = wadi_csv_word(&l->table, row, c[1]);
        curve_point now, before;
        wadi_status status = read_point(l, row, c[2], c[3], &now);

        if (status)
            return status;
        if (!now.known || !is_survival(outcome))
            continue;
        for (int other = 1; other < l->table.rows; other++) {
            char printed[32], computed[32];

            if (!same(l, row, other, c[0]) || !same(l, row, other, c[1]))
                continue;
            status = read_point(l, other, c[2], c[3], &before);
            if (status)
                return status;
            if (!before.known || !(before.time < now.time && before.percent < now.percent))
                continue;
            snprintf(printed, sizeof printed, "%g", now.percent);
            snprintf(computed, sizeof computed, "<= %g", before.percent);
            status = wadi_lint_add(l, row, "rise", study, printed, computed,
                                   "%s: %s rises from %g %% at %g months to %g %% at %g", study,
                                   outcome, before.percent, before.time, now.percent, now.time);
            if (status)
                return status;
        }
        status = !strcasecmp(outcome, "AFS") ? check_bounds(l, row, c, &now) : WADI_OK;
        if (status)
            return status;
    }
    return WADI_OK;
}

/* ---- statements ---- */

typedef struct span {
    bool number;
    double low, high; /* in the base unit */
    bool low_open, high_open;
} span;

static const struct unit_row {
    const char *name;
    double days;
} TIMES[] = {{"h", 1.0 / 24},     {"d", 1},         {"days", 1}, {"weeks", 7},
             {"months", 30.4375}, {"years", 365.25}};

static double factor_of(const char *unit)
{
    for (size_t i = 0; i < WADI_COUNT_OF(TIMES); i++)
        if (!strcmp(TIMES[i].name, unit))
            return TIMES[i].days;
    return 1;
}

/* One printed number with half its last digit to each side; counts are exact. */
static bool read_printed(const char **at, bool exact, double *low, double *high)
{
    char *end = NULL;
    double value = strtod(*at, &end), half = 0.5;
    const char *point;

    if (end == *at)
        return false;
    point = memchr(*at, '.', (size_t)(end - *at));
    if (point)
        half *= pow(10, -(double)(end - point - 1));
    *low = value - (exact ? 0 : half);
    *high = value + (exact ? 0 : half);
    *at = end;
    return true;
}

/* "34", "81.05", "<48", ">=5", "2-3"; anything else is a word. A range counts as it stands. */
static span read_span(const char *text, const char *unit)
{
    const char *at = text + strspn(text, "<>="), *rest;
    bool exact = !strcmp(unit, "count"), less = text[0] == '<', more = text[0] == '>';
    bool closed = text[0] && text[1] == '=';
    double factor = factor_of(unit), low, high, low2, high2;
    span s = {.low = -INFINITY, .high = INFINITY};

    if (!isdigit((unsigned char)*at) || !read_printed(&at, exact || less || more, &low, &high))
        return s;
    rest = at;
    if (*at == '-' && isdigit((unsigned char)at[1])) {
        rest = at + 1;
        if (!read_printed(&rest, true, &low2, &high2))
            return s;
        low = high = strtod(text, NULL);
        high = high2;
    }
    if (*rest)
        return s;
    s.number = true;
    if (!less)
        s.low = factor * low;
    if (!more)
        s.high = factor * high;
    s.high_open = less && !closed;
    s.low_open = more && !closed;
    return s;
}

static bool exclude_each_other(const span *a, const span *b)
{
    double low = fmax(a->low, b->low), high = fmin(a->high, b->high);

    if (low > high + 1e-9)
        return true;
    /* They touch in one point, which one of them leaves out. */
    if (fabs(low - high) <= 1e-9)
        return (a->high_open && fabs(a->high - high) < 1e-9) ||
               (b->high_open && fabs(b->high - high) < 1e-9) ||
               (a->low_open && fabs(a->low - low) < 1e-9) ||
               (b->low_open && fabs(b->low - low) < 1e-9);
    return false;
}

wadi_status wadi_lint_statements(linter *l, bool *ran)
{
    const csv_table *t = &l->table;
    int subject = wadi_csv_column(t, "subject"), item = wadi_csv_column(t, "item");
    int where = wadi_csv_column(t, "where"), value = wadi_csv_column(t, "value"),
        unit = wadi_csv_column(t, "unit");

    if (subject < 0 || item < 0 || where < 0 || value < 0)
        return WADI_OK;
    *ran = true;
    for (int row = 2; row < t->rows; row++)
        for (int before = 1; before < row; before++) {
            const char *a = wadi_csv_word(t, before, value), *b = wadi_csv_word(t, row, value);
            span sa = read_span(a, wadi_csv_word(t, before, unit)),
                 sb = read_span(b, wadi_csv_word(t, row, unit));
            char name[64];
            wadi_status status;

            if (!same(l, row, before, subject) || !same(l, row, before, item) || !*a || !*b)
                continue;
            if (sa.number && sb.number ? !exclude_each_other(&sa, &sb) : !strcasecmp(a, b))
                continue;
            snprintf(name, sizeof name, "%.30s, %.30s", wadi_csv_word(t, row, subject),
                     wadi_csv_word(t, row, item));
            status = wadi_lint_add(
                l, row, "statement", name, b, a, "%s: %s%s%s in the %s, %s%s%s in the %s", name,
                a, *wadi_csv_word(t, before, unit) ? " " : "", wadi_csv_word(t, before, unit),
                wadi_csv_word(t, before, where), b, *wadi_csv_word(t, row, unit) ? " " : "",
                wadi_csv_word(t, row, unit), wadi_csv_word(t, row, where));
            if (status)
                return status;
        }
    return WADI_OK;
}

/* ---- sizes, units, dates ---- */

wadi_status wadi_lint_sizes(linter *l, bool *ran)
{
    const csv_table *t = &l->table;
    int diameter = wadi_csv_column(t, "diam_mm"), length = wadi_csv_column(t, "len_mm"),
        target = wadi_csv_column(t, "target");

    if (diameter < 0 || length < 0)
        return WADI_OK;
    *ran = true;
    for (int row = 1; row < t->rows; row++) {
        const char *vessel = wadi_csv_word(t, row, target);
        wadi_maybe d, n;
        wadi_stent_check check;
        char printed[64];
        wadi_status status = wadi_lint_number(l, row, diameter, &d);

        if (!status)
            status = wadi_lint_number(l, row, length, &n);
        if (!status && d.known && n.known) {
            check = wadi_stent_range(d.value, n.value, *vessel && strcmp(vessel, "GSV"));
            snprintf(printed, sizeof printed, "%g x %g mm", d.value, n.value);
            if (check.diameter_impossible || check.length_impossible)
                status = wadi_lint_add(l, row, "size", printed, printed, "2-13 x 15-250 mm",
                                       "there is no stent graft of %s%s", printed,
                                       n.value < 15 && n.value * 10 >= 15 ? "; a length in cm?"
                                                                          : "");
            if (!status && check.oversize_tibial)
                status = wadi_lint_add(l, row, "size", printed, printed, "3.5-6 mm",
                                       "%s is far too wide for %s", printed, vessel);
        }
        if (status)
            return status;
    }
    return WADI_OK;
}

wadi_status wadi_lint_units(linter *l, bool *ran)
{
    const csv_table *t = &l->table;
    int drug = wadi_csv_column(t, "drug"), dose = wadi_csv_column(t, "dose"),
        unit = wadi_csv_column(t, "unit");

    if (drug < 0 || dose < 0)
        return WADI_OK;
    *ran = true;
    for (int row = 1; row < t->rows; row++) {
        const char *name = wadi_csv_word(t, row, drug), *of = wadi_csv_word(t, row, unit);
        char printed[64];
        wadi_status status;

        if (strcasecmp(name, "heparin") || !strncasecmp(of, "IU", 2))
            continue;
        snprintf(printed, sizeof printed, "%.30s %.30s", wadi_csv_word(t, row, dose), of);
        status =
            wadi_lint_add(l, row, "unit", name, printed, "IU/kg",
                          "%s is printed as %s; its unit is the IU, 100 IU/mg is a convention",
                          name, printed);
        if (status)
            return status;
    }
    return WADI_OK;
}

static bool is_date(const char *text)
{
    static const char FORM[] = "dddd-dd-dd";

    for (size_t i = 0; i < sizeof FORM; i++)
        if (FORM[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != FORM[i])
            return false;
    return atoi(text + 5) >= 1 && atoi(text + 5) <= 12 && atoi(text + 8) >= 1 &&
           atoi(text + 8) <= 31;
}

/* ISO dates compare as text. */
wadi_status wadi_lint_dates(linter *l, bool *ran)
{
    const csv_table *t = &l->table;
    int subject = wadi_csv_column(t, "subject"), event = wadi_csv_column(t, "event"),
        date = wadi_csv_column(t, "date");

    if (subject < 0 || event < 0 || date < 0)
        return WADI_OK;
    *ran = true;
    for (int row = 1; row < t->rows; row++) {
        const char *what = wadi_csv_word(t, row, event), *when = wadi_csv_word(t, row, date);
        wadi_status status = WADI_OK;

        if (!*when)
            continue;
        if (!is_date(when))
            return wadi_fail(l->err, WADI_ERR_PARSE,
                             "%s: line %d: date is '%.40s', YYYY-MM-DD is wanted", l->path,
                             t->lines[row], when);
        for (int other = 1; !status && other < t->rows; other++) {
            const char *then = wadi_csv_word(t, other, date),
                       *first = wadi_csv_word(t, other, event);
            bool late = !strcasecmp(first, "death") && strcmp(when, then) > 0;
            bool early = !strcasecmp(first, "procedure") && !strcasecmp(what, "visit") &&
                         strcmp(when, then) < 0;

            if (!*then || !same(l, row, other, subject) || !(late || early))
                continue;
            status =
                wadi_lint_add(l, row, "date", wadi_csv_word(t, row, subject), when, then,
                              "%s: %s on %s is %s the %s on %s", wadi_csv_word(t, row, subject),
                              what, when, late ? "after" : "before", first, then);
        }
        if (status)
            return status;
    }
    return WADI_OK;
}
