#include "wadi/knowledge.h"

#include "base/json_impl.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct wadi_knowledge {
    json_t *root;
    const json_t *sections;
};

/* Every row says where it comes from and how well it is known. */
static wadi_status check_rows(const json_t *sections, wadi_error *err)
{
    const char *name;
    json_t *rows;

    json_object_foreach((json_t *)sections, name, rows)
    {
        for (size_t i = 0; i < json_array_size(rows); i++) {
            const json_t *row = json_array_get(rows, i);

            if (!*wadi_json_get_text(row, "source", "") ||
                !*wadi_json_get_text(row, "standing", ""))
                return wadi_fail(err, WADI_ERR_MISSING,
                                 "technique.json: /sections/%s/%zu wants source and standing",
                                 name, i);
        }
    }
    return WADI_OK;
}

wadi_status wadi_knowledge_open(wadi_knowledge **out, wadi_error *err)
{
    wadi_knowledge *knowledge = wadi_alloc(1, sizeof *knowledge);
    wadi_status status;

    *out = NULL;
    if (!knowledge)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for technique.json");
    status = wadi_json_data("technique.json", "wadi.technique/1", &knowledge->root, err);
    if (!status) {
        knowledge->sections = json_object_get(knowledge->root, "sections");
        status = check_rows(knowledge->sections, err);
    }
    if (status) {
        wadi_knowledge_free(knowledge);
        return status;
    }
    *out = knowledge;
    return WADI_OK;
}

void wadi_knowledge_free(wadi_knowledge *knowledge)
{
    if (!knowledge)
        return;
    json_decref(knowledge->root);
    free(knowledge);
}

const char *wadi_knowledge_section(const wadi_knowledge *knowledge, int index)
{
    void *at = json_object_iter((json_t *)knowledge->sections);

    while (at && index-- > 0)
        at = json_object_iter_next((json_t *)knowledge->sections, at);
    return at ? json_object_iter_key(at) : NULL;
}

int wadi_knowledge_count(const wadi_knowledge *knowledge, const char *section)
{
    return (int)json_array_size(json_object_get(knowledge->sections, section));
}

static const json_t *row_of(const wadi_knowledge *knowledge, const char *section, int row)
{
    return row < 0 ? NULL
                   : json_array_get(json_object_get(knowledge->sections, section), (size_t)row);
}

const char *wadi_knowledge_get(const wadi_knowledge *knowledge, const char *section, int row,
                               const char *field)
{
    return json_string_value(json_object_get(row_of(knowledge, section, row), field));
}

wadi_maybe wadi_knowledge_number(const wadi_knowledge *knowledge, const char *section, int row,
                                 const char *field)
{
    const json_t *value = json_object_get(row_of(knowledge, section, row), field);

    return (wadi_maybe){json_is_number(value), json_number_value(value)};
}

bool wadi_knowledge_is(const wadi_knowledge *knowledge, const char *section, int row,
                       const char *field)
{
    return json_is_true(json_object_get(row_of(knowledge, section, row), field));
}

static int days_in(int year, int month)
{
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return DAYS[month - 1] + (month == 2 && leap);
}

wadi_status wadi_date_add_months(const char *date, int months, char out[11], wadi_error *err)
{
    static const char FORM[] = "dddd-dd-dd";
    int year, month, day, index;

    for (size_t i = 0; i < sizeof FORM; i++)
        if (FORM[i] == 'd' ? !isdigit((unsigned char)date[i]) : date[i] != FORM[i])
            return wadi_fail(err, WADI_ERR_PARSE, "'%.40s' is no date of the form YYYY-MM-DD",
                             date);
    year = atoi(date);
    month = atoi(date + 5);
    day = atoi(date + 8);
    if (month < 1 || month > 12 || day < 1 || day > days_in(year, month))
        return wadi_fail(err, WADI_ERR_PARSE, "'%.40s' is no day of the calendar", date);
    index = year * 12 + month - 1 + months;
    if (months < 0 || months > 1200 || index / 12 > 9999)
        return wadi_fail(err, WADI_ERR_RANGE, "%d months, allowed is 0 to 1200", months);
    year = index / 12;
    month = index % 12 + 1;
    if (day > days_in(year, month))
        day = days_in(year, month);
    snprintf(out, 11, "%04u-%02u-%02u", (unsigned)year % 10000u, (unsigned)month % 100u,
             (unsigned)day % 100u);
    return WADI_OK;
}

/* A row that names "any" technique holds for each; "any percutaneous" for those two. */
static bool concerns(const char *row_technique, const char *technique)
{
    if (!technique || !row_technique || !strcmp(row_technique, technique) ||
        !strcmp(row_technique, "any"))
        return true;
    return !strcmp(row_technique, "any percutaneous") &&
           !strncmp(technique, "percutaneous", 12);
}

/* The fields in the order of the file, source last. */
static void add_row(wadi_text *out, const json_t *row)
{
    const char *key;
    json_t *value;
    bool first = true;

    wadi_text_add(out, "  ");
    json_object_foreach((json_t *)row, key, value)
    {
        if (!json_is_string(value) || !strcmp(key, "source") || !strcmp(key, "standing"))
            continue;
        wadi_text_add(out, "%s%s", first ? "" : "; ", json_string_value(value));
        first = false;
    }
    wadi_text_add(out, " [%s]%s", wadi_json_get_text(row, "source", ""),
                  strcmp(wadi_json_get_text(row, "standing", ""), "MEMORY") ? ""
                                                                            : " unconfirmed");
}

wadi_status wadi_knowledge_text(const wadi_knowledge *knowledge, const char *section,
                                const char *technique, const char *procedure_date, char **out,
                                size_t *size, wadi_error *err)
{
    wadi_text text = {0};
    int count = wadi_knowledge_count(knowledge, section), shown = 0;

    *out = NULL;
    *size = 0;
    if (!count)
        return wadi_fail(err, WADI_ERR_KEY,
                         "there is no section '%.40s'; they are steps, preconditions, "
                         "failures, complications, drugs, "
                         "antithrombotics, checklist, dose_log, alternatives, benchmarks",
                         section);
    for (int i = 0; i < count; i++) {
        const json_t *row = row_of(knowledge, section, i);
        wadi_maybe months = wadi_knowledge_number(knowledge, section, i, "months");
        char end[11];

        if (!concerns(json_string_value(json_object_get(row, "technique")), technique))
            continue;
        wadi_text_add(&text, "%3d", ++shown);
        add_row(&text, row);
        if (procedure_date && months.known) {
            wadi_status status =
                wadi_date_add_months(procedure_date, (int)months.value, end, err);

            if (status) {
                wadi_text_clear(&text);
                return status;
            }
            wadi_text_add(
                &text, "; %s %s",
                json_is_true(json_object_get(row, "at_least")) ? "not before" : "ends", end);
        } else if (procedure_date && !strcmp(section, "antithrombotics")) {
            wadi_text_add(&text, "; no end date");
        }
        wadi_text_add(&text, "\n");
    }
    if (text.failed) {
        wadi_text_clear(&text);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the section %s", section);
    }
    *out = text.bytes;
    *size = text.size;
    return WADI_OK;
}
