/* The drug card of a plan: what the documents say, row by row (data/technique.json). */
#include "plan/plan_impl.h"
#include "wadi/knowledge.h"
#include "wadi/score.h"

#include <string.h>

static const char *get(const wadi_knowledge *k, const char *section, int row, const char *field)
{
    const char *text = wadi_knowledge_get(k, section, row, field);

    return text ? text : "";
}

static void append(char *out, size_t size, const char *format, ...) WADI_PRINTF(3, 4);

static void append(char *out, size_t size, const char *format, ...)
{
    size_t used = strlen(out);
    va_list args;

    va_start(args, format);
    vsnprintf(out + used, size - used, format, args);
    va_end(args);
}

static const char *doubt(const wadi_knowledge *k, const char *section, int row)
{
    return strcmp(get(k, section, row, "standing"), "MEMORY") ? "" : " (unconfirmed)";
}

/* Heparin is printed per mg, which is no unit of it: the dose of a patient is shown with the
 * convention it rests on, and never as an order. */
static void add_dose(const planner *p, wadi_drug_line *line)
{
    wadi_maybe weight = p->the_case->patient.weight_kg;
    const wadi_maybe one_mg = {true, 1}, none = {0};
    wadi_heparin_result dose;

    if (weight.known && !wadi_heparin(weight.value, one_mg, none, &dose, NULL))
        append(line->text, sizeof line->text, "; %.0f kg: %.0f IU", weight.value, dose.dose_iu);
    append(line->text, sizeof line->text, "; confirm the unit");
}

/* Rows of one drug stand together with all their sources, and so do different drugs that one
 * source names for one purpose. */
static void add_drugs(const planner *p, const wadi_knowledge *k, wadi_plan_result *result)
{
    int count = wadi_knowledge_count(k, "drugs");

    for (int i = 0; i < count;) {
        wadi_drug_line *line = &result->drugs[result->drug_count++];
        const char *drug = get(k, "drugs", i, "drug"), *source = get(k, "drugs", i, "source");
        bool one_drug = i + 1 < count && !strcmp(get(k, "drugs", i + 1, "drug"), drug);

        snprintf(line->text, sizeof line->text, "%s %s%s", drug, get(k, "drugs", i, "text"),
                 doubt(k, "drugs", i));
        snprintf(line->source, sizeof line->source, "%s", source);
        for (i++; i < count && !strcmp(get(k, "drugs", i, one_drug ? "drug" : "source"),
                                       one_drug ? drug : source);
             i++) {
            append(line->text, sizeof line->text, "; %s%s%s%s",
                   one_drug ? "" : get(k, "drugs", i, "drug"), one_drug ? "" : " ",
                   get(k, "drugs", i, "text"), doubt(k, "drugs", i));
            if (one_drug)
                append(line->source, sizeof line->source, "; %s", get(k, "drugs", i, "source"));
        }
        if (!strcmp(drug, "heparin"))
            add_dose(p, line);
    }
}

static wadi_status add_antithrombotics(const planner *p, const wadi_knowledge *k,
                                       wadi_plan_result *result, wadi_error *err)
{
    static const char SECTION[] = "antithrombotics";
    const char *date = p->options.procedure_date;

    for (int i = 0; i < wadi_knowledge_count(k, SECTION); i++) {
        wadi_drug_line *line = &result->drugs[result->drug_count++];
        wadi_maybe months = wadi_knowledge_number(k, SECTION, i, "months");
        const char *word =
            wadi_knowledge_is(k, SECTION, i, "at_least") ? "ends not before" : "ends";
        char end[11];

        snprintf(line->text, sizeof line->text, "%s: %s, %s%s", get(k, SECTION, i, "context"),
                 get(k, SECTION, i, "drug"), get(k, SECTION, i, "text"), doubt(k, SECTION, i));
        snprintf(line->source, sizeof line->source, "%s", get(k, SECTION, i, "source"));
        if (!months.known)
            continue;
        if (!date) {
            append(line->text, sizeof line->text, "; %s month %d after the procedure", word,
                   (int)months.value);
            continue;
        }
        wadi_status status = wadi_date_add_months(date, (int)months.value, end, err);

        if (status)
            return status;
        append(line->text, sizeof line->text, "; %s %s", word, end);
    }
    return WADI_OK;
}

wadi_status drugs_fill(const planner *p, wadi_plan_result *result, wadi_error *err)
{
    wadi_knowledge *k = NULL;
    wadi_status status = wadi_knowledge_open(&k, err);

    if (status)
        return status;
    result->drugs = wadi_alloc(
        (size_t)(wadi_knowledge_count(k, "drugs") + wadi_knowledge_count(k, "antithrombotics")),
        sizeof *result->drugs);
    if (!result->drugs) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the drug card");
        goto done;
    }
    add_drugs(p, k, result);
    status = add_antithrombotics(p, k, result, err);
done:
    wadi_knowledge_free(k);
    return status;
}
