/* Decoding and checking of a case, complaint by complaint. */
#include "case_help.h"

#include <stdlib.h>

/* Parse and want a complaint at the pointer that says what is listed (NULL ends). */
static void wants(const char *text, const char *pointer, bool fatal, wadi_status status,
                  const char *const *says)
{
    wadi_complaints complaints = {0};
    wadi_case *the_case = NULL;
    const wadi_complaint *complaint;

    parse(text, &the_case, &complaints);
    complaint = find_complaint(&complaints, pointer);
    if (!complaint) {
        fail_msg("no complaint at '%s' for %.300s", pointer, text);
        return;
    }
    assert_int_equal(complaint->fatal, fatal);
    assert_int_equal(complaint->status, status);
    for (; *says; says++)
        if (!strstr(complaint->text, *says))
            fail_msg("%s: '%s' is not said in '%s'", pointer, *says, complaint->text);
    wadi_case_free(the_case);
    wadi_complaints_clear(&complaints);
}

typedef struct row {
    const char *more, *pointer;
    bool fatal;
    wadi_status status;
    const char *says[4];
} row;

static void wants_rows(const row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *text = case_with(rows[i].more);

        wants(text, rows[i].pointer, rows[i].fatal, rows[i].status, rows[i].says);
        free(text);
    }
}

static void a_full_case_is_read_as_written(void **state)
{
    wadi_complaints complaints = {0};
    wadi_case *the_case = NULL;
    char *text = case_with(
        ", \"#\": \"a note\", \"side\": \"right\", \"patient\": {\"height_cm\": 180, "
        "\"diabetes\": false, "
        "\"dialysis\": true}, \"wounds\": [{\"site\": \"fifth_toe\"}, {\"site\": \"hallux\", "
        "\"wifi_wound\": 2}], "
        "\"vessels\": [{\"vessel\": \"PTA\", \"lesions\": [{\"kind\": \"occlusion\", "
        "\"from_mm\": 60, "
        "\"to_mm\": 120.5, \"entry\": \"blunt\"}], \"diameters\": [{\"value_mm\": 2, \"date\": "
        "\"2024-02-29\"}]}], "
        "\"wishes\": {\"technique\": \"hybrid\", \"limits\": {\"steal_max_frac\": 0.4}, "
        "\"forced\": [{\"step\": \"close:GSV\"}, {\"step\": \"lyse\"}]}");

    (void)state;
    assert_int_equal(parse(text, &the_case, &complaints), WADI_OK);
    assert_int_equal(complaints.count, 0);
    wadi_complaints_clear(&complaints);
    assert_int_equal(the_case->side_word, WADI_RIGHT);
    assert_true(the_case->patient.height_cm.known && the_case->patient.height_cm.value == 180);
    assert_false(the_case->patient.weight_kg.known);
    assert_int_equal(the_case->patient.diabetes, WADI_NO);
    assert_int_equal(the_case->patient.dialysis, WADI_YES);
    assert_int_equal(the_case->patient.smoker, WADI_UNKNOWN);
    assert_int_equal(the_case->patient.sex_word, WADI_NONE);
    assert_int_equal(the_case->wound_count, 2);
    assert_string_equal(wadi_case_word("wounds.site", the_case->wounds[0].site_word),
                        "fifth_toe");
    assert_int_equal(the_case->wounds[0].kind_word, WADI_NONE);
    assert_int_equal(the_case->vessel_count, 1);
    assert_string_equal(the_case->vessels[0].vessel, "PTA");
    assert_int_equal(the_case->vessels[0].lesions[0].entry_word, WADI_ENTRY_BLUNT);
    assert_int_equal(the_case->vessels[0].lesions[0].calcium_word, WADI_NONE);
    assert_true(the_case->vessels[0].lesions[0].to_mm.value == 120.5);
    assert_string_equal(the_case->vessels[0].diameters[0].date, "2024-02-29");
    assert_int_equal(the_case->wishes.technique_word, WADI_HYBRID);
    assert_string_equal(the_case->wishes.forced[0].step, "close:GSV");
    wadi_case_free(the_case);
    free(text);
}

static void every_complaint_is_listed_at_once(void **state)
{
    wadi_complaints complaints = {0};
    wadi_case *the_case = NULL;
    wadi_error err = {0};
    static const char TEXT[] =
        "{\"schema\": \"wadi.case/1\", \"orgin\": \"made_up\", \"presentation\": {}, "
        "\"patient\": {\"height_cm\": 9, \"age_years\": \"70\"}}";

    (void)state;
    assert_int_equal(
        wadi_case_parse("c.json", TEXT, strlen(TEXT), &the_case, &complaints, &err),
        WADI_ERR_KEY);
    assert_null(the_case);
    assert_int_equal(complaints.count, 5);
    assert_int_equal(complaints.fatal_count, 5);
    assert_non_null(find_complaint(&complaints, "/orgin"));
    assert_non_null(find_complaint(&complaints, "/origin"));
    assert_non_null(find_complaint(&complaints, "/presentation/onset"));
    assert_non_null(find_complaint(&complaints, "/patient/height_cm"));
    assert_non_null(find_complaint(&complaints, "/patient/age_years"));
    assert_string_equal(err.message,
                        "c.json: /orgin: there is no such key here; did you mean origin?");
    wadi_complaints_clear(&complaints);
}

static void a_complaint_names_value_range_unit_and_suggestion(void **state)
{
    static const row ROWS[] = {
        {", \"patient\": {\"height_cm\": 9}",
         "/patient/height_cm",
         true,
         WADI_ERR_RANGE,
         {"is 9 cm", "allowed is 50 to 250 cm"}},
        {", \"patient\": {\"height_cm\": 1.75}",
         "/patient/height_cm",
         true,
         WADI_ERR_RANGE,
         {"m written for cm? then it is 175"}},
        {", \"patient\": {\"hegiht_cm\": 170}",
         "/patient/hegiht_cm",
         true,
         WADI_ERR_KEY,
         {"did you mean height_cm?"}},
        {", \"patient\": {\"height\": 170}",
         "/patient/height",
         true,
         WADI_ERR_KEY,
         {"did you mean height_cm?"}},
        {", \"patient\": {\"rutherford\": 5}",
         "/patient/rutherford",
         true,
         WADI_ERR_KEY,
         {"it belongs into /presentation"}},
        {", \"patient\": {\"height_cm\": \"170\"}",
         "/patient/height_cm",
         true,
         WADI_ERR_PARSE,
         {"the text \"170\"", "a number in cm is wanted"}},
        {", \"patient\": {\"height_cm\": null}",
         "/patient/height_cm",
         true,
         WADI_ERR_PARSE,
         {"leave out"}},
        {", \"patient\": {\"nyha_class\": 2.5}",
         "/patient/nyha_class",
         true,
         WADI_ERR_RANGE,
         {"whole number from 1 to 4"}},
        {", \"patient\": {\"diabetes\": 1}",
         "/patient/diabetes",
         true,
         WADI_ERR_PARSE,
         {"true or false"}},
        {", \"patient\": {\"sex\": \"mael\"}",
         "/patient/sex",
         true,
         WADI_ERR_KEY,
         {"female, male", "did you mean male?"}},
        {", \"patient\": {\"haematocrit_frac\": 38}",
         "/patient/haematocrit_frac",
         true,
         WADI_ERR_RANGE,
         {"% written for fraction? then it is 0.38"}},
        {", \"patient\": {\"systolic_mmhg\": 250}",
         "/patient/systolic_mmhg",
         false,
         WADI_ERR_UNIT,
         {"is 250 mmHg", "usual is 80 to 220 mmHg"}},
        {", \"patient\": []",
         "/patient",
         true,
         WADI_ERR_PARSE,
         {"a list", "an object is wanted"}},
        {", \"wounds\": {}",
         "/wounds",
         true,
         WADI_ERR_PARSE,
         {"an object", "a list is wanted"}},
        {", \"wounds\": [3]",
         "/wounds/0",
         true,
         WADI_ERR_PARSE,
         {"is 3", "an object is wanted"}},
        {", \"wounds\": [{}]", "/wounds/0/site", true, WADI_ERR_MISSING, {"required"}},
        {", \"title\": \"\"", "/title", true, WADI_ERR_RANGE, {"leave out"}},
        {", \"title\": \"a\\nb\"",
         "/title",
         true,
         WADI_ERR_PARSE,
         {"control character at byte 2"}},
        {", \"a/b~c\": 1", "/a~1b~0c", true, WADI_ERR_KEY, {"no such key"}},
        {", \"vessels\": [{\"vessel\": \"PTB\"}]",
         "/vessels/0/vessel",
         true,
         WADI_ERR_KEY,
         {"\"PTB\"", "did you mean PTA?"}},
        {", \"vessels\": [{\"vessel\": \"pta\"}]",
         "/vessels/0/vessel",
         true,
         WADI_ERR_KEY,
         {"did you mean PTA?"}},
        {", \"vessels\": [{\"vessel\": \"PTV1\", \"diameters\": [{\"value_mm\": 0.3}]}]",
         "/vessels/0/diameters/0/value_mm",
         false,
         WADI_ERR_UNIT,
         {"is 0.3 mm", "PTV1 of the reference leg has", "cm written for mm?"}},
        {", \"vessels\": [{\"vessel\": \"PTV1\", \"diameters\": [{\"value_mm\": 14.9}]}]",
         "/vessels/0/diameters/0/value_mm",
         false,
         WADI_ERR_UNIT,
         {"is 14.9 mm"}},
        /* Centimetres for millimetres are taken, with a warning. */
        {", \"vessels\": [{\"vessel\": \"PTA\", \"length_mm\": 9}]",
         "/vessels/0/length_mm",
         false,
         WADI_ERR_UNIT,
         {"is 9 mm", "usual is 10 to 700 mm", "cm written for mm? then it is 90"}},
    };

    (void)state;
    wants_rows(ROWS, WADI_COUNT_OF(ROWS));
}

static void facts_that_exclude_each_other_are_refused(void **state)
{
#define PTA(members)    ", \"vessels\": [{\"vessel\": \"PTA\", " members "}]"
#define LESION(members) PTA("\"lesions\": [{" members "}]")
    static const row ROWS[] = {
        {", \"patient\": {\"systolic_mmhg\": 90, \"diastolic_mmhg\": 90}",
         "/patient/systolic_mmhg",
         true,
         WADI_ERR_CONFLICT,
         {"more than diastolic_mmhg (90 mmHg)"}},
        {LESION("\"kind\": \"occlusion\", \"from_mm\": 50, \"to_mm\": 50"),
         "/vessels/0/lesions/0",
         true,
         WADI_ERR_CONFLICT,
         {"less than to_mm (50)"}},
        {LESION("\"kind\": \"occlusion\", \"from_frac\": 0.6, \"to_frac\": 0.5"),
         "/vessels/0/lesions/0",
         true,
         WADI_ERR_CONFLICT,
         {"less than to_frac (0.5)"}},
        {LESION("\"kind\": \"occlusion\", \"from_mm\": 10, \"to_frac\": 0.5"),
         "/vessels/0/lesions/0",
         true,
         WADI_ERR_CONFLICT,
         {"one of the two"}},
        {LESION("\"kind\": \"occlusion\", \"from_mm\": 10"),
         "/vessels/0/lesions/0",
         true,
         WADI_ERR_MISSING,
         {"to_mm is required"}},
        {LESION("\"kind\": \"stenosis\", \"stenosis_frac\": 0.5"),
         "/vessels/0/lesions/0",
         true,
         WADI_ERR_MISSING,
         {"from_mm and to_mm"}},
        {LESION("\"kind\": \"stenosis\", \"from_mm\": 1, \"to_mm\": 9"),
         "/vessels/0/lesions/0/stenosis_frac",
         true,
         WADI_ERR_MISSING,
         {"required of a stenosis"}},
        {LESION("\"kind\": \"occlusion\", \"stenosis_frac\": 0.5"),
         "/vessels/0/lesions/0/stenosis_frac",
         true,
         WADI_ERR_CONFLICT,
         {"belongs to a stenosis"}},
        {PTA("\"lesions\": [{\"kind\": \"occlusion\", \"from_mm\": 10, \"to_mm\": 50}, "
             "{\"kind\": \"occlusion\", \"from_mm\": 49, \"to_mm\": 60}]"),
         "/vessels/0/lesions/1",
         true,
         WADI_ERR_CONFLICT,
         {"overlaps with lesion 0"}},
        {PTA("\"patent\": true, \"lesions\": [{\"kind\": \"occlusion\", \"from_mm\": 10, "
             "\"to_mm\": 50}]"),
         "/vessels/0/patent",
         true,
         WADI_ERR_CONFLICT,
         {"open over its length"}},
        {PTA("\"patent\": false, \"lesions\": [{\"kind\": \"occlusion\", \"from_mm\": 10, "
             "\"to_mm\": 50}]"),
         "/vessels/0/patent",
         true,
         WADI_ERR_CONFLICT,
         {"where /lesions say more"}},
        {PTA("\"valves\": [{\"state\": \"lysed\"}]"),
         "/vessels/0/valves",
         true,
         WADI_ERR_CONFLICT,
         {"artery"}},
        {", \"vessels\": [{\"vessel\": \"PTA\"}, {\"vessel\": \"LPV\"}, {\"vessel\": \"PTA\"}]",
         "/vessels/2",
         true,
         WADI_ERR_CONFLICT,
         {"PTA is there twice", "/vessels/0"}},
        {", \"gaps\": [{\"artery\": \"PTV1\", \"vein\": \"PTV1\"}]",
         "/gaps/0/artery",
         true,
         WADI_ERR_CONFLICT,
         {"an artery is wanted"}},
        {", \"gaps\": [{\"artery\": \"PTA\", \"vein\": \"PER\"}]",
         "/gaps/0/vein",
         true,
         WADI_ERR_CONFLICT,
         {"a vein is wanted"}},
#define POINTS(points)                                                                         \
    ", \"gaps\": [{\"artery\": \"PTA\", \"vein\": \"PTV1\", \"points\": [" points "]}]"
        {POINTS("{\"from_origin_mm\": 5, \"gap_mm\": 2, \"low_mm\": 2.1}"),
         "/gaps/0/points/0/gap_mm",
         true,
         WADI_ERR_CONFLICT,
         {"below its low_mm"}},
        {POINTS("{\"from_origin_mm\": 5, \"gap_mm\": 2, \"high_mm\": 1.9}"),
         "/gaps/0/points/0/gap_mm",
         true,
         WADI_ERR_CONFLICT,
         {"above its high_mm"}},
        {POINTS(
             "{\"from_origin_mm\": 5, \"gap_mm\": 2}, {\"from_origin_mm\": 5, \"gap_mm\": 2}"),
         "/gaps/0/points/1/from_origin_mm",
         true,
         WADI_ERR_CONFLICT,
         {"the point before (5 mm)"}},
        {", \"collaterals\": [{\"vessel\": \"LPV\"}]",
         "/collaterals/0/vessel",
         true,
         WADI_ERR_CONFLICT,
         {"artery"}},
        {", \"conservative\": {\"tried\": false, \"failed\": true}",
         "/conservative/failed",
         true,
         WADI_ERR_CONFLICT,
         {"tried is false"}},
        {", \"wishes\": {\"donor\": \"LPV\"}",
         "/wishes/donor",
         true,
         WADI_ERR_CONFLICT,
         {"artery"}},
        {", \"wishes\": {\"recipient\": \"PTA\"}",
         "/wishes/recipient",
         true,
         WADI_ERR_CONFLICT,
         {"vein"}},
        {", \"wishes\": {\"offshelf_only\": true, \"technique\": \"percutaneous_dedicated\"}",
         "/wishes/technique",
         true,
         WADI_ERR_CONFLICT,
         {"offshelf_only"}},
        {", \"wishes\": {\"forced\": [{\"step\": \"clsoe:GSV\"}]}",
         "/wishes/forced/0/step",
         true,
         WADI_ERR_KEY,
         {"did you mean close?"}},
        {", \"wishes\": {\"forced\": [{\"step\": \"close\"}]}",
         "/wishes/forced/0/step",
         true,
         WADI_ERR_MISSING,
         {"close:VESSEL"}},
        {", \"wishes\": {\"forced\": [{\"step\": \"close:GSX\"}]}",
         "/wishes/forced/0/step",
         true,
         WADI_ERR_KEY,
         {"did you mean GSV?"}},
        {", \"wishes\": {\"forced\": [{\"step\": \"lyse\"}], \"forbidden\": [{\"step\": "
         "\"lyse\"}]}",
         "/wishes/forbidden/0/step",
         true,
         WADI_ERR_CONFLICT,
         {"both"}},
        {", \"pressures\": [{\"kind\": \"tcpo2\", \"value_mmhg\": 121}]",
         "/pressures/0/value_mmhg",
         true,
         WADI_ERR_RANGE,
         {"TcPO2 is 0 to 120 mmHg"}},
        {", \"pressures\": [{\"kind\": \"toe\", \"value_mmhg\": 181}]",
         "/pressures/0/value_mmhg",
         false,
         WADI_ERR_UNIT,
         {"toe pressure is 0 to 180 mmHg"}},
    };

    (void)state;
    wants_rows(ROWS, WADI_COUNT_OF(ROWS));
}

static void a_lesion_may_reach_the_end_of_its_vessel_but_not_beyond(void **state)
{
    wadi_vessels *vessels = NULL;
    wadi_complaints complaints = {0};
    wadi_case *the_case = NULL;
    double length_mm, height_cm;

    (void)state;
    assert_int_equal(wadi_vessels_load(&vessels, NULL), WADI_OK);
    assert_true(wadi_vessel_known(vessels, "PTA", &length_mm, NULL));
    height_cm = wadi_vessels_height_cm(vessels);
    for (int tall = 0; tall < 2; tall++) {
        double scale = tall ? 1.1 : 1, end = length_mm * scale;

        for (int beyond = 0; beyond < 2; beyond++) {
            wadi_text more = {0};

            wadi_text_add(
                &more,
                ", \"patient\": {\"height_cm\": %.15g}, \"vessels\": [{\"vessel\": \"PTA\", "
                "\"lesions\": [{\"kind\": \"occlusion\", \"from_mm\": 1, \"to_mm\": %.15g}]}]",
                height_cm * scale, end + (beyond ? 6e-4 : 4e-4));
            char *text = case_with(more.bytes);
            wadi_status status = parse(text, &the_case, &complaints);
            assert_int_equal(status, beyond ? WADI_ERR_RANGE : WADI_OK);
            if (beyond)
                assert_non_null(find_complaint(&complaints, "/vessels/0/lesions/0/to_mm"));
            wadi_case_free(the_case);
            wadi_complaints_clear(&complaints);
            wadi_text_clear(&more);
            free(text);
        }
    }
    wadi_vessels_free(vessels);
}

static void lesions_may_touch(void **state)
{
    wadi_complaints complaints = {0};
    wadi_case *the_case = NULL;
    char *text = case_with(
        PTA("\"lesions\": [{\"kind\": \"occlusion\", \"from_frac\": 0.25, \"to_frac\": 0.5}, "
            "{\"kind\": \"stenosis\", \"from_frac\": 0.5, \"to_frac\": 0.75, "
            "\"stenosis_frac\": 0.5}, "
            "{\"kind\": \"occlusion\", \"from_frac\": 0, \"to_frac\": 0.25}]"));

    (void)state;
    assert_int_equal(parse(text, &the_case, &complaints), WADI_OK);
    assert_int_equal(complaints.count, 0);
    wadi_case_free(the_case);
    free(text);
}

static void a_measured_length_goes_before_the_reference(void **state)
{
    static const char *const NOTHING[] = {NULL};
    char *text =
        case_with(", \"vessels\": [{\"vessel\": \"PTA\", \"length_mm\": 300, \"lesions\": "
                  "[{\"kind\": \"occlusion\", \"from_mm\": 1, \"to_mm\": 301}]}]");

    (void)state;
    wants(text, "/vessels/0/lesions/0/to_mm", true, WADI_ERR_RANGE, NOTHING);
    free(text);
}

static void dates_are_days_of_the_calendar(void **state)
{
    static const struct {
        const char *date;
        bool good;
    } ROWS[] = {
        {"2024-02-29", true},   {"2023-02-29", false},
        {"2000-02-29", true},   {"1900-02-29", false},
        {"2025-04-30", true},   {"2025-04-31", false},
        {"2025-13-01", false},  {"2025-00-01", false},
        {"2025-1-01", false},   {"18.03.2025", false},
        {"2025-03-18T", false}, {"2025-03-00", false},
        {"1899-12-31", false},  {"", false},
    };

    (void)state;
    for (size_t i = 0; i < WADI_COUNT_OF(ROWS); i++) {
        wadi_complaints complaints = {0};
        wadi_case *the_case = NULL;
        wadi_text more = {0};

        wadi_text_add(
            &more,
            ", \"pressures\": [{\"kind\": \"toe\", \"value_mmhg\": 30, \"date\": \"%s\"}]",
            ROWS[i].date);
        char *text = case_with(more.bytes);
        parse(text, &the_case, &complaints);
        assert_int_equal(find_complaint(&complaints, "/pressures/0/date") == NULL,
                         ROWS[i].good);
        wadi_case_free(the_case);
        wadi_complaints_clear(&complaints);
        wadi_text_clear(&more);
        free(text);
    }
}

/* ---- the table itself ---- */

/* Text of a case that holds one value at a dotted place of the table, by wrapping it outwards.
 */
static void check_limit(const char *pointer_form, const char *wrap_open, const char *wrap_close,
                        const field *of, double value, bool good, bool usual)
{
    wadi_complaints complaints = {0};
    wadi_case *the_case = NULL;
    wadi_text text = {0};
    const wadi_complaint *complaint;
    char pointer[200];

    wadi_text_add(&text,
                  "{\"schema\": \"wadi.case/1\", \"origin\": \"made_up\", %s\"%s\": %.17g%s}",
                  wrap_open, of->key, value, wrap_close);
    snprintf(pointer, sizeof pointer, "%s/%s", pointer_form, of->key);
    parse(text.bytes, &the_case, &complaints);
    complaint = find_complaint(&complaints, pointer);
    /* Other checks may find fault with the place of a value; here only its range counts. */
    bool range = complaint && strstr(complaint->text, "allowed is") && complaint->fatal;
    bool whole = complaint && strstr(complaint->text, "whole number");
    bool unusual = complaint && strstr(complaint->text, "usual is") && !complaint->fatal;
    if ((range || whole) == good || (good && unusual == usual))
        fail_msg("%s = %.17g: allowed %d, usual %d wanted; %s", pointer, value, good, usual,
                 complaint ? complaint->text : "no complaint");
    wadi_case_free(the_case);
    wadi_complaints_clear(&complaints);
    wadi_text_clear(&text);
}

static int walk_limits(const field *fields, const char *pointer, const char *wrap_open,
                       const char *wrap_close)
{
    int count = 0;

    for (const field *of = fields; of->kind; of++) {
        char open[400], close[80], below[200];

        if (of->kind == FIELD_NUMBER || of->kind == FIELD_WHOLE) {
            double step = of->kind == FIELD_WHOLE ? 1 : 1e-6;
            const struct {
                double value;
                bool good, usual;
            } at[] = {
                {of->hard_min, true, of->hard_min >= of->soft_min},
                {of->hard_max, true, of->hard_max <= of->soft_max},
                {of->hard_min - step, false, false},
                {of->hard_max + step, false, false},
                {of->soft_min, true, true},
                {of->soft_max, true, true},
                {of->soft_min - step, of->soft_min - step >= of->hard_min, false},
                {of->soft_max + step, of->soft_max + step <= of->hard_max, false},
            };

            for (size_t i = 0; i < WADI_COUNT_OF(at); i++)
                check_limit(pointer, wrap_open, wrap_close, of, at[i].value, at[i].good,
                            at[i].usual);
            count++;
        }
        if (!of->fields)
            continue;
        bool array = of->kind == FIELD_ARRAY;
        snprintf(open, sizeof open, "%s\"%s\": %s", wrap_open, of->key, array ? "[{" : "{");
        snprintf(close, sizeof close, "%s%s", array ? "}]" : "}", wrap_close);
        snprintf(below, sizeof below, "%s/%s%s", pointer, of->key, array ? "/0" : "");
        count += walk_limits(of->fields, below, open, close);
    }
    return count;
}

static void each_limit_of_the_table_holds_on_it_and_a_hair_beside(void **state)
{
    (void)state;
    assert_true(walk_limits(WADI_CASE_FIELDS, "", "", "") > 50);
}

static void check_table(const field *fields)
{
    for (const field *of = fields; of->kind; of++) {
        assert_non_null(of->doc);
        assert_non_null(of->unit);
        assert_true(of->hard_min <= of->soft_min && of->soft_max <= of->hard_max);
        assert_true(of->soft_min <= of->soft_max);
        assert_true((of->kind == FIELD_WORD) == (of->words != NULL));
        for (const field *other = fields; other != of; other++)
            assert_string_not_equal(other->key, of->key);
        if (of->fields)
            check_table(of->fields);
    }
}

static void the_table_is_sound(void **state)
{
    (void)state;
    check_table(WADI_CASE_FIELDS);
    assert_string_equal(wadi_case_word("wishes.technique", WADI_HYBRID), "hybrid");
    assert_string_equal(wadi_case_word("vessels.lesions.kind", WADI_OCCLUSION), "occlusion");
    assert_null(wadi_case_word("wishes.technique", WADI_TECHNIQUE_COUNT));
    assert_null(wadi_case_word("wishes.technique", WADI_NONE));
    assert_null(wadi_case_word("wishes.nothing", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_case_is_read_as_written),
        cmocka_unit_test(every_complaint_is_listed_at_once),
        cmocka_unit_test(a_complaint_names_value_range_unit_and_suggestion),
        cmocka_unit_test(facts_that_exclude_each_other_are_refused),
        cmocka_unit_test(a_lesion_may_reach_the_end_of_its_vessel_but_not_beyond),
        cmocka_unit_test(lesions_may_touch),
        cmocka_unit_test(a_measured_length_goes_before_the_reference),
        cmocka_unit_test(dates_are_days_of_the_calendar),
        cmocka_unit_test(each_limit_of_the_table_holds_on_it_and_a_hair_beside),
        cmocka_unit_test(the_table_is_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
