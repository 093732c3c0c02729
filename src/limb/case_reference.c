/* docs/formats/case.md, from the field table. */
#include "limb/case_impl.h"

#include <string.h>

static const char HEAD[] =
    "# The case file\n"
    "\n"
    "<!-- Made by 'wadi check --reference' from src/limb/case_fields.c: change that.\n"
    "-->\n"
    "\n"
    "A case file is one JSON object in UTF-8: what is known of one threatened leg, and\n"
    "what the operator wishes. `wadi new -o CASE` writes one to start from, `wadi check\n"
    "CASE` lists all that is wrong with it, and `schema/case.schema.json` is the same\n"
    "for programs.\n"
    "\n"
    "- `\"schema\": \"" WADI_CASE_SCHEMA "\"` is required.\n"
    "- **Unknown is absent.** Leave out what was not measured: there is no 0, -1 or\n"
    "  null for it. A flag that is absent is unknown, which is not `false`.\n"
    "- Units are in the keys, and clinical values keep the unit of their rule.\n"
    "- An unknown key is an error, so that a misspelt one is not overlooked. A key that\n"
    "  begins with `#` is a note for people and is not read.\n"
    "- Outside *allowed* a value is refused. Outside *usual* it is accepted with a\n"
    "  warning, because it is often a slip of unit (cm for mm, per cent for a\n"
    "  fraction).\n"
    "- A vessel is named as in the list at the end, such as `PTA` or `LPV`. A place in\n"
    "  it is measured from its heart-side end, in arteries and in veins. Lengths of the\n"
    "  reference leg scale with `patient.height_cm`; `length_mm` of a finding goes\n"
    "  before them.\n"
    "- No real patient's name, number or date of birth belongs here.\n"
    "\n"
    "Also refused: files over 16 MiB, lists of over 1000 elements, a lesion beyond the\n"
    "end of its vessel, a lesion placed in mm and as a fraction, lesions that overlap,\n"
    "a stenosis without `stenosis_frac`, the same vessel twice, an artery named as a\n"
    "vein, facts that exclude each other.\n"
    "\n"
    "Sources: *seed 0* is van den Heuvel, Schreve, Kum, Endovascular Today 2018 (venous\n"
    "arterialization); *seed 1* Spiliopoulos et al. 2023,\n"
    "doi:10.20944/preprints202309.1715.v1; *seed 2* Hasanli et al., J Crit Limb Ischem\n"
    "2026, doi:10.25270/jcli/CLIG-2500008; *seed 4* Hayakawa et al., CVIR Endovasc\n"
    "2023; *engineering* is a choice of ours that catches slips and judges no patient.\n"
    "Rules named Sn and NOn are those of the selection of patients.\n";

static const char *type_name(const field *of)
{
    switch (of->kind) {
    case FIELD_NUMBER:
        return "number";
    case FIELD_WHOLE:
        return "whole number";
    case FIELD_FLAG:
        return "true or false";
    case FIELD_WORD:
        return "word";
    case FIELD_DATE:
        return "date, YYYY-MM-DD";
    case FIELD_VESSEL:
        return "vessel";
    case FIELD_OBJECT:
        return "object";
    case FIELD_ARRAY:
        return "list";
    case FIELD_TEXT:
    case FIELD_END:
        break;
    }
    return "text";
}

static void add_row(wadi_text *page, const field *of)
{
    bool number = of->kind == FIELD_NUMBER || of->kind == FIELD_WHOLE;

    wadi_text_add(page, "| `%s`%s | %s | ", of->key, of->required ? " **required**" : "",
                  type_name(of));
    if (number)
        wadi_text_add(page, "%g to %g%s%s", of->hard_min, of->hard_max, *of->unit ? " " : "",
                      of->unit);
    for (const char *const *word = of->words; word && *word; word++)
        wadi_text_add(page, "%s`%s`", word == of->words ? "" : ", ", *word);
    wadi_text_add(page, " | ");
    if (number && (of->soft_min != of->hard_min || of->soft_max != of->hard_max))
        wadi_text_add(page, "%g to %g", of->soft_min, of->soft_max);
    wadi_text_add(page, " | %s | %s |\n", of->doc, of->source ? of->source : "");
}

static void add_section(wadi_text *page, const char *path, const field *fields, const char *doc)
{
    wadi_text_add(page, "\n## %s\n\n%s%s", *path ? path : "First level", doc,
                  *doc ? ".\n\n" : "");
    wadi_text_add(page,
                  "| key | type | allowed | usual | meaning | source of the range or rule |\n"
                  "|---|---|---|---|---|---|\n");
    for (const field *of = fields; of->kind; of++)
        add_row(page, of);
    for (const field *of = fields; of->kind; of++) {
        char below[120];

        if (!of->fields)
            continue;
        snprintf(below, sizeof below, "%s%s%s%s", path, *path ? "." : "", of->key,
                 of->kind == FIELD_ARRAY ? "[]" : "");
        add_section(page, below, of->fields, of->doc);
    }
}

/* Names only: lengths and calibres may be calibrated without a new page. */
static wadi_status add_vessels(wadi_text *page, wadi_error *err)
{
    json_t *leg = NULL;
    const json_t *vessels;
    wadi_status status = wadi_json_data("reference-leg.json", "wadi.leg/1", &leg, err);

    if (status)
        return status;
    wadi_text_add(page, "\n## Vessels of the reference leg\n\n"
                        "| name | kind | vessel |\n|---|---|---|\n");
    vessels = json_object_get(leg, "vessels");
    for (size_t i = 0; i < json_array_size(vessels); i++) {
        const json_t *vessel = json_array_get(vessels, i);

        wadi_text_add(page, "| `%s` | %s | %s |\n", wadi_json_get_text(vessel, "name", ""),
                      wadi_json_get_text(vessel, "kind", ""),
                      wadi_json_get_text(vessel, "title", ""));
    }
    json_decref(leg);
    return WADI_OK;
}

wadi_status wadi_case_reference(char **out, size_t *size, wadi_error *err)
{
    wadi_text page = {0};
    wadi_status status;

    *out = NULL;
    *size = 0;
    wadi_text_add(&page, "%s", HEAD);
    add_section(&page, "", WADI_CASE_FIELDS, "");
    status = add_vessels(&page, err);
    if (!status && page.failed)
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the reference page");
    if (status) {
        wadi_text_clear(&page);
        return status;
    }
    *out = page.bytes;
    *size = page.size;
    return WADI_OK;
}
