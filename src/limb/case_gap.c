/* A measured artery-vein gap from a CSV file, as `wadi image dsa` writes it. */
#include "base/base_impl.h"
#include "wadi/case.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Numbers come first, then the names of the pair: a file may hold several profiles. */
enum { COLUMN_COUNT = 4, NAME_COUNT = 2, FILE_LIMIT_BYTES = 1 << 20 };
static const char *const COLUMNS[COLUMN_COUNT + NAME_COUNT] = {
    "from_origin_mm", "gap_mm", "low_mm", "high_mm", "artery", "vein"};
static const double COLUMN_MAX[COLUMN_COUNT] = {1000, 100, 100, 100};

typedef struct table {
    const char *path, *pair[NAME_COUNT];
    int column[8], column_count; /* meaning of each column, -1: not used */
    wadi_gap_point *points;
    wadi_index count, capacity;
} table;

/* Next cell of a line, trimmed; NULL at its end. */
static char *next_cell(char **rest)
{
    char *cell = *rest, *end, *last;

    if (!cell)
        return NULL;
    end = strchr(cell, ',');
    *rest = end ? end + 1 : NULL;
    if (end)
        *end = '\0';
    cell += strspn(cell, " \t\"");
    for (last = cell + strlen(cell); last > cell && strchr(" \t\r\"", last[-1]); last--)
        last[-1] = '\0';
    return cell;
}

static wadi_status read_header(table *t, char *line, wadi_error *err)
{
    char *rest = line, *cell;
    bool seen[COLUMN_COUNT + NAME_COUNT] = {false};

    while ((cell = next_cell(&rest)) && t->column_count < (int)WADI_COUNT_OF(t->column)) {
        t->column[t->column_count] = -1;
        for (int k = 0; k < COLUMN_COUNT + NAME_COUNT; k++) {
            if (strcmp(cell, COLUMNS[k]))
                continue;
            t->column[t->column_count] = k;
            seen[k] = true;
        }
        t->column_count++;
    }
    if (!seen[0] || !seen[1])
        return wadi_fail(err, WADI_ERR_PARSE,
                         "%s: line 1: the columns from_origin_mm and gap_mm are wanted",
                         t->path);
    return WADI_OK;
}

static wadi_status add_point(table *t, const wadi_gap_point *point, int line, wadi_error *err)
{
    if (t->count && point->from_origin_mm.value <= t->points[t->count - 1].from_origin_mm.value)
        return wadi_fail(err, WADI_ERR_RANGE,
                         "%s: line %d: from_origin_mm %g does not lie beyond %g", t->path, line,
                         point->from_origin_mm.value,
                         t->points[t->count - 1].from_origin_mm.value);
    if (t->count == t->capacity) {
        wadi_index wanted = t->capacity ? 2 * t->capacity : 64;
        wadi_gap_point *grown = wadi_realloc(t->points, (size_t)wanted, sizeof *grown);

        if (!grown)
            return wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for the gap profile", t->path);
        t->points = grown;
        t->capacity = wanted;
    }
    t->points[t->count++] = *point;
    return WADI_OK;
}

static wadi_status read_row(table *t, char *text, int line, wadi_error *err)
{
    wadi_gap_point point = {0};
    wadi_maybe *values[COLUMN_COUNT] = {&point.from_origin_mm, &point.gap_mm, &point.low_mm,
                                        &point.high_mm};
    char *rest = text, *cell;

    for (int c = 0; c < t->column_count && (cell = next_cell(&rest)); c++) {
        char *end = NULL;
        int k = t->column[c];

        if (k < 0 || !*cell)
            continue;
        if (k >= COLUMN_COUNT) {
            if (strcmp(cell, t->pair[k - COLUMN_COUNT]))
                return WADI_OK; /* another pair */
            continue;
        }
        *values[k] = (wadi_maybe){true, strtod(cell, &end)};
        if (*end || !isfinite(values[k]->value))
            return wadi_fail(err, WADI_ERR_PARSE,
                             "%s: line %d, column %s: '%s' is not a number", t->path, line,
                             COLUMNS[k], cell);
        if (values[k]->value < 0 || values[k]->value > COLUMN_MAX[k])
            return wadi_fail(err, WADI_ERR_RANGE,
                             "%s: line %d, column %s: %g mm, allowed is 0 to %g mm", t->path,
                             line, COLUMNS[k], values[k]->value, COLUMN_MAX[k]);
    }
    if (!point.from_origin_mm.known || !point.gap_mm.known)
        return wadi_fail(err, WADI_ERR_PARSE,
                         "%s: line %d: from_origin_mm and gap_mm are wanted", t->path, line);
    if ((point.low_mm.known && point.low_mm.value > point.gap_mm.value) ||
        (point.high_mm.known && point.high_mm.value < point.gap_mm.value))
        return wadi_fail(err, WADI_ERR_RANGE,
                         "%s: line %d: gap_mm %g does not lie between low_mm and high_mm",
                         t->path, line, point.gap_mm.value);
    return add_point(t, &point, line, err);
}

static wadi_status read_table(table *t, char *text, wadi_error *err)
{
    wadi_status status = WADI_OK;
    int line = 0;

    if (!strncmp(text, "\xef\xbb\xbf", 3))
        text += 3;
    while (!status && text && *text) {
        char *end = strchr(text, '\n');

        line++;
        if (end)
            *end = '\0';
        if (line == 1)
            status = read_header(t, text, err);
        else if (text[strspn(text, " \t\r")])
            status = read_row(t, text, line, err);
        text = end ? end + 1 : NULL;
    }
    if (!status && !t->count)
        status = wadi_fail(err, WADI_ERR_PARSE,
                           "%s: no points of %s and %s; a header and one row or more are "
                           "wanted",
                           t->path, t->pair[0], t->pair[1]);
    return status;
}

static wadi_status put_profile(wadi_case *the_case, const char *artery, const char *vein,
                               table *t, wadi_error *err)
{
    wadi_gap_profile *profile = NULL, *grown;

    for (wadi_index i = 0; i < the_case->gap_count; i++)
        if (!strcmp(the_case->gaps[i].artery, artery) && !strcmp(the_case->gaps[i].vein, vein))
            profile = &the_case->gaps[i];
    if (!profile) {
        char *names[2] = {wadi_strdup(artery), wadi_strdup(vein)};

        grown =
            names[0] && names[1]
                ? wadi_realloc(the_case->gaps, (size_t)the_case->gap_count + 1, sizeof *grown)
                : NULL;
        if (!grown) {
            free(names[0]);
            free(names[1]);
            return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a gap profile");
        }
        the_case->gaps = grown;
        profile = &grown[the_case->gap_count++];
        *profile = (wadi_gap_profile){.artery = names[0], .vein = names[1]};
    }
    free(profile->points);
    profile->points = t->points;
    profile->point_count = t->count;
    t->points = NULL;
    return WADI_OK;
}

wadi_status wadi_case_set_gap(wadi_case *the_case, const char *artery, const char *vein,
                              const char *csv_path, wadi_error *err)
{
    table t = {.path = csv_path, .pair = {artery, vein}};
    char *text = NULL;
    size_t size;
    wadi_status status = wadi_file_read(csv_path, FILE_LIMIT_BYTES, &text, &size, err);

    if (!status && strlen(text) != size)
        status = wadi_fail(err, WADI_ERR_PARSE, "%s: holds a NUL byte; a CSV text is wanted",
                           csv_path);
    if (!status)
        status = read_table(&t, text, err);
    if (!status)
        status = put_profile(the_case, artery, vein, &t, err);
    free(t.points);
    free(text);
    return status;
}
