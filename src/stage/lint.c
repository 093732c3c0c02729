#include "stage/lint_impl.h"

#include "base/json_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT_BYTES = 16 << 20 };

wadi_status wadi_lint_number(const linter *l, int row, int column, wadi_maybe *out)
{
    const char *word = wadi_csv_word(&l->table, row, column);
    char *end = NULL;
    double value;

    *out = (wadi_maybe){0};
    if (!*word)
        return WADI_OK;
    value = strtod(word, &end);
    if (*end || word[strspn(word, "0123456789+-.eE")] || !isfinite(value))
        return wadi_fail(l->err, WADI_ERR_PARSE,
                         "%s: line %d: %s is '%.40s', a number is wanted", l->path,
                         l->table.lines[row], wadi_csv_word(&l->table, 0, column), word);
    *out = (wadi_maybe){true, value};
    return WADI_OK;
}

wadi_status wadi_lint_add(linter *l, int row, const char *check, const char *item,
                          const char *printed, const char *computed, const char *format, ...)
{
    wadi_lint *lint = l->lint;
    wadi_lint_finding *finding;
    va_list args;

    if (lint->count == l->room) {
        int room = l->room ? 2 * l->room : 16;
        wadi_lint_finding *grown = wadi_realloc(lint->findings, (size_t)room, sizeof *grown);

        if (!grown)
            return wadi_fail(l->err, WADI_ERR_NOMEM, "%s: no memory for the findings", l->path);
        lint->findings = grown;
        l->room = room;
    }
    finding = &lint->findings[lint->count++];
    *finding = (wadi_lint_finding){.line = l->table.lines[row]};
    snprintf(finding->check, sizeof finding->check, "%s", check);
    snprintf(finding->item, sizeof finding->item, "%s", item);
    snprintf(finding->printed, sizeof finding->printed, "%s", printed);
    snprintf(finding->computed, sizeof finding->computed, "%s", computed);
    va_start(args, format);
    vsnprintf(finding->text, sizeof finding->text, format, args);
    va_end(args);
    return WADI_OK;
}

bool wadi_lint_prints(const char *printed, double value)
{
    const char *point = strchr(printed, '.');
    double half = 0.5 * pow(10, point ? -(double)strspn(point + 1, "0123456789") : 0);

    return fabs(strtod(printed, NULL) - value) <= half * (1 + 1e-9);
}

/* Findings in the order of the file, whichever check made them. */
static int by_line(const void *a, const void *b)
{
    const wadi_lint_finding *x = a, *y = b;

    return x->line != y->line ? (x->line > y->line) - (x->line < y->line)
                              : strcmp(x->check, y->check);
}

wadi_status wadi_lint_file(const char *path, wadi_lint *out, wadi_error *err)
{
    static const lint_check CHECKS[] = {wadi_lint_counts,     wadi_lint_sums,  wadi_lint_curves,
                                        wadi_lint_statements, wadi_lint_sizes, wadi_lint_units,
                                        wadi_lint_dates};
    wadi_lint lint = {0};
    linter l = {.path = path, .lint = &lint, .err = err};
    char *bytes = NULL;
    size_t size;
    wadi_status status = wadi_file_read(path, LIMIT_BYTES, &bytes, &size, err);

    *out = (wadi_lint){0};
    if (!status)
        status = wadi_csv_parse(path, bytes, size, &l.table, err);
    for (size_t i = 0; !status && i < WADI_COUNT_OF(CHECKS); i++) {
        bool ran = false;

        status = CHECKS[i](&l, &ran);
        lint.checks_run += ran;
    }
    if (!status && !lint.checks_run)
        status = wadi_fail(err, WADI_ERR_KEY,
                           "%s: no check finds its columns; see: wadi lint --help", path);
    if (status)
        goto done;
    lint.rows = l.table.rows - 1;
    if (lint.count)
        qsort(lint.findings, (size_t)lint.count, sizeof *lint.findings, by_line);
    *out = lint;
    lint = (wadi_lint){0};
done:
    free(bytes);
    wadi_csv_clear(&l.table);
    wadi_lint_clear(&lint);
    return status;
}

void wadi_lint_clear(wadi_lint *lint)
{
    free(lint->findings);
    *lint = (wadi_lint){0};
}

wadi_status wadi_lint_json(const char *path, const wadi_lint *lint, char **out, size_t *size,
                           wadi_error *err)
{
    json_t *object = json_object(), *list = json_array();
    wadi_status status;

    for (int i = 0; i < lint->count; i++) {
        const wadi_lint_finding *finding = &lint->findings[i];
        json_t *entry = json_object();

        json_object_set_new(entry, "line", json_integer(finding->line));
        json_object_set_new(entry, "check", json_string(finding->check));
        json_object_set_new(entry, "item", json_string(finding->item));
        json_object_set_new(entry, "printed", json_string(finding->printed));
        json_object_set_new(entry, "computed", json_string(finding->computed));
        json_object_set_new(entry, "text", json_string(finding->text));
        json_array_append_new(list, entry);
    }
    json_object_set_new(object, "schema", json_string("wadi.lint/1"));
    json_object_set_new(object, "file", json_string(path));
    json_object_set_new(object, "rows", json_integer(lint->rows));
    json_object_set_new(object, "findings", list);
    status = wadi_json_text(object, out, size, err);
    json_decref(object);
    return status;
}
