#define _DEFAULT_SOURCE /* mkdtemp */
#include "plan_made_up.h"

#include "base/json_impl.h"
#include "report/leg_impl.h"
#include "report/page_impl.h"
#include "report/report_impl.h"
#include "report/wrap_impl.h"
#include "schema_check.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- numbers ---- */

static void expect_number(report_kind kind, double value, const char *want)
{
    char got[REPORT_NUMBER_SIZE];

    report_number(kind, value, got);
    assert_string_equal(got, want);
}

static void flows_have_three_digits_and_pressures_none_behind_the_point(void **state)
{
    (void)state;
    expect_number(REPORT_FLOW, 1163.4, "1160");
    expect_number(REPORT_FLOW, 245.4, "245");
    expect_number(REPORT_FLOW, 99.96, "100");
    expect_number(REPORT_FLOW, 99.94, "99.9");
    expect_number(REPORT_FLOW, 10.04, "10.0");
    expect_number(REPORT_FLOW, 2.154, "2.15");
    expect_number(REPORT_FLOW, 0.0049, "0");
    expect_number(REPORT_FLOW, -0.0049, "0");
    expect_number(REPORT_PRESSURE, 44.5001, "45");
    expect_number(REPORT_PRESSURE, -0.4, "0");
    expect_number(REPORT_SHARE, 0.0414, "4.1");
    expect_number(REPORT_INDEX, -0.004, "0.00");
    expect_number(REPORT_FLOW, (double)NAN, "-");
    expect_number(REPORT_PRESSURE, (double)INFINITY, "-");
}

static void a_band_with_a_negative_end_is_not_read_as_a_minus(void **state)
{
    char got[REPORT_NUMBER_SIZE];

    (void)state;
    report_band(REPORT_INDEX, &(wadi_band){0.03, -0.05, 0.11}, "-", got);
    assert_string_equal(got, "0.03 (-0.05 to 0.11)");
    report_band(REPORT_FLOW, &(wadi_band){245, 180, 310}, "-", got);
    assert_string_equal(got, "245 (180-310)");
    report_band(REPORT_FLOW, &(wadi_band){245, (double)NAN, (double)NAN}, "-", got);
    assert_string_equal(got, "245");
}

/* ---- JSON ---- */

static json_t *json_of(const made_up *m)
{
    wadi_error err = {0};
    char *text = NULL;
    size_t size;
    json_t *root = NULL;

    assert_int_equal(wadi_plan_json(&m->result, m->the_case, &text, &size, &err), WADI_OK);
    assert_int_equal(strlen(text), size);
    assert_int_equal(wadi_json_parse("plan.json", text, size, &root, &err), WADI_OK);
    free(text);
    return root;
}

static void expect_valid(const made_up *m)
{
    json_t *root = json_of(m), *schema = schema_read("schema/plan.schema.json");
    char where[256] = "";

    if (!schema_accepts(schema, schema, root, where, sizeof where))
        fail_msg("plan.json does not fit its schema at %s", where);
    json_decref(root);
    json_decref(schema);
}

static void plan_json_fits_its_schema_with_and_without_plans(void **state)
{
    made_up *m = made_up_new("desert-foot");

    (void)state;
    expect_valid(m);
    made_up_plan(m, 3);
    expect_valid(m);
    m->result.exploratory = true;
    made_up_talk(m, 7);
    expect_valid(m);
    made_up_free(m);
}

static void a_plan_that_misses_a_key_does_not_fit_the_schema(void **state)
{
    made_up *m = made_up_new("desert-foot");
    json_t *root = json_of(m), *schema = schema_read("schema/plan.schema.json");
    char where[256] = "";

    (void)state;
    assert_true(schema_accepts(schema, schema, root, where, sizeof where));
    json_object_del(json_object_get(json_object_get(root, "before"), "arch_pressure_mmhg"),
                    "low");
    assert_false(schema_accepts(schema, schema, root, where, sizeof where));
    assert_non_null(strstr(where, "/before/arch_pressure_mmhg"));
    json_decref(root);
    json_decref(schema);
    made_up_free(m);
}

static void what_does_not_apply_is_null_and_surgery_has_no_gap(void **state)
{
    made_up *m = made_up_new("desert-foot");
    json_t *root, *plan, *before;

    (void)state;
    made_up_plan(m, 1);
    m->result.plans[0].crossing.gap_mm = (double)NAN;
    m->result.plans[0].crossing.from_origin_mm = (double)NAN;
    root = json_of(m);
    plan = json_array_get(json_object_get(root, "plans"), 0);
    before = json_object_get(root, "before");
    assert_true(json_is_null(json_object_get(json_object_get(plan, "crossing"), "gap_mm")));
    assert_true(
        json_is_null(json_object_get(json_object_get(plan, "crossing"), "from_origin_mm")));
    assert_true(json_is_null(json_object_get(json_object_get(before, "steal_index"), "value")));
    assert_true(json_is_null(json_object_get(
        json_array_get(json_object_get(root, "comparison"), WADI_HYBRID), "after")));
    json_decref(root);
    made_up_free(m);
}

static void tcpo2_is_told_for_every_bed_of_the_foot_and_for_no_other(void **state)
{
    made_up *m = made_up_new("desert-foot");
    json_t *root = json_of(m);
    const json_t *beds = json_object_get(json_object_get(root, "before"), "tcpo2_mmhg");

    (void)state;
    assert_int_equal(json_object_size(beds), 11);
    assert_non_null(json_object_get(beds, "hallux"));
    assert_null(json_object_get(beds, "calf_posterior"));
    json_decref(root);
    made_up_free(m);
}

static void json_gives_up_cleanly_when_memory_is_refused(void **state)
{
    made_up *m = made_up_new("desert-foot");
    wadi_error err = {0};
    char *text = NULL;
    size_t size = 1;

    (void)state;
    wadi_memory_refuse(1);
    assert_int_equal(wadi_plan_json(&m->result, m->the_case, &text, &size, &err),
                     WADI_ERR_NOMEM);
    wadi_memory_refuse(0);
    assert_null(text);
    assert_int_equal(size, 0);
    made_up_free(m);
}

/* ---- text ---- */

static char *text_of(const made_up *m)
{
    wadi_error err = {0};
    char *text = NULL;
    size_t size;

    assert_int_equal(wadi_plan_text(&m->result, m->the_case, &text, &size, &err), WADI_OK);
    assert_int_equal(strlen(text), size);
    return text;
}

static void expect_narrow(const char *text)
{
    while (*text) {
        char line[1024];
        size_t size = strcspn(text, "\n");

        assert_true(size < sizeof line);
        snprintf(line, sizeof line, "%.*s", (int)size, text);
        if (report_width(line) > REPORT_COLUMNS)
            fail_msg("%d columns: %s", report_width(line), line);
        assert_false(size && line[size - 1] == ' ');
        text += size + (text[size] == '\n');
    }
}

static void no_line_of_text_is_wider_than_96_columns_or_ends_in_a_blank(void **state)
{
    made_up *m = made_up_new("desert-foot");
    char *text = text_of(m);

    (void)state;
    expect_narrow(text);
    free(text);
    made_up_plan(m, 3);
    made_up_talk(m, 12);
    text = text_of(m);
    expect_narrow(text);
    free(text);
    made_up_free(m);
}

static void text_names_verdict_reasons_numbers_and_that_it_is_research_only(void **state)
{
    static const char *const WANTED[] = {"CONDITIONAL",
                                         "  general",
                                         "  angiographic",
                                         "  wound",
                                         "[S02]",
                                         "Questions that",
                                         "conduit flow",
                                         "mL/min",
                                         "Plan 3:",
                                         "Techniques compared",
                                         "Trade-off",
                                         "> IMP1, IMPL",
                                         "Drug card",
                                         "day   90",
                                         WADI_RESEARCH_ONLY,
                                         "TcPO2, hallux *",
                                         "refused by S03",
                                         "Heartbeat at",
                                         "popliteal artery before: 1.20"};
    made_up *m = made_up_new("desert-foot");
    char *text;

    (void)state;
    made_up_plan(m, 3);
    text = text_of(m);
    for (size_t i = 0; i < WADI_COUNT_OF(WANTED); i++)
        if (!strstr(text, WANTED[i]))
            fail_msg("the text does not hold '%s'", WANTED[i]);
    assert_null(strstr(text, "EXPLORATORY"));
    assert_null(strstr(text, "nan"));
    free(text);
    m->result.exploratory = true;
    text = text_of(m);
    assert_ptr_equal(strstr(text, "*** EXPLORATORY"), text);
    free(text);
    made_up_free(m);
}

static void a_plan_that_breaks_a_limit_says_so_below_the_verdict(void **state)
{
    made_up *m = made_up_new("desert-foot");
    const char *told, *reasons;
    char *text;

    (void)state;
    made_up_plan(m, 2);
    text = text_of(m);
    assert_null(strstr(text, "NOT FEASIBLE"));
    free(text);
    m->result.plans[0].feasible = false;
    snprintf(m->result.plans[0].limits_broken, WADI_TEXT_SIZE, "conduit flow 86 mL/min");
    text = text_of(m);
    told = strstr(text, "NOT FEASIBLE: no plan found keeps all limits");
    reasons = strstr(text, "  general");
    assert_non_null(told);
    assert_true(told < reasons);
    assert_non_null(strstr(text, "(NOT FEASIBLE)"));
    assert_non_null(strstr(text, "  BREAKS    conduit flow 86 mL/min"));
    expect_narrow(text);
    free(text);
    made_up_free(m);
}

static void a_verdict_that_allows_it_without_a_plan_says_that_none_was_found(void **state)
{
    made_up *m = made_up_new("desert-foot");
    char *text;

    (void)state;
    text = text_of(m); /* not eligible: nothing was looked for */
    assert_null(strstr(text, "NO PLAN FOUND"));
    free(text);
    m->result.verdict = WADI_ELIGIBLE;
    text = text_of(m);
    assert_non_null(strstr(text, "NO PLAN FOUND"));
    free(text);
    made_up_free(m);
}

static void a_device_before_the_crossing_has_no_sign_and_equal_ones_share_a_line(void **state)
{
    wadi_device_use uses[4] = {0};
    wadi_plan plan = {.devices = uses, .device_count = 4};
    char place[REPORT_PLACE_SIZE];

    (void)state;
    uses[0] = (wadi_device_use){.from_mm = -0.3, .to_mm = 114};
    report_device_place(&uses[0], "-", place);
    assert_string_equal(place, "0-114 mm from the crossing");
    uses[0].from_mm = -15;
    report_device_place(&uses[0], "-", place);
    assert_string_equal(place, "from 15 mm before to 114 mm beyond the crossing");
    for (int i = 1; i < 4; i++) {
        uses[i] = (wadi_device_use){.from_mm = (double)NAN,
                                    .to_mm = (double)NAN,
                                    .diameter_mm = (double)NAN,
                                    .length_mm = (double)NAN};
        snprintf(uses[i].device, sizeof uses[i].device, "coil");
        snprintf(uses[i].vessel, sizeof uses[i].vessel, "V%d", i);
    }
    assert_int_equal(report_device_run(&plan, 0), 1);
    assert_int_equal(report_device_run(&plan, 1), 4);
    uses[3].diameter_mm = 4;
    assert_int_equal(report_device_run(&plan, 1), 3);
}

static void words_longer_than_a_line_and_letters_of_two_bytes_are_counted_right(void **state)
{
    wadi_text text = {0};

    (void)state;
    report_wrap(&text, "- ", "\xc3\xa4\xc3\xb6\xc3\xbc abc defghijklmnop", 8);
    assert_string_equal(text.bytes,
                        "- \xc3\xa4\xc3\xb6\xc3\xbc\n  abc\n  defghi\n  jklmno\n  p\n");
    wadi_text_clear(&text);
}

/* ---- figure ---- */

static char *svg_of(const made_up *m)
{
    wadi_error err = {0};
    char *text = NULL;
    size_t size;

    assert_int_equal(wadi_leg_svg(&m->result, m->the_case, &text, &size, &err), WADI_OK);
    assert_int_equal(strlen(text), size);
    return text;
}

/* Every tag that opens is closed in order, every attribute is quoted, no stray & or <. */
static void expect_well_formed(const char *text)
{
    char open[32][32];
    int depth = 0;

    text = strstr(text, "<svg");
    assert_non_null(text);
    while ((text = strchr(text, '<'))) {
        const char *end = strchr(text, '>');
        char name[32];
        size_t size = strcspn(text + 1 + (text[1] == '/'), " />\n");
        int quotes = 0;

        assert_non_null(end);
        assert_true(size < sizeof name);
        snprintf(name, sizeof name, "%.*s", (int)size, text + 1 + (text[1] == '/'));
        for (const char *c = text + 1; c < end; c++) {
            assert_true(*c != '<');
            quotes += *c == '"';
        }
        assert_int_equal(quotes % 2, 0);
        if (text[1] == '/') {
            assert_true(depth > 0);
            assert_string_equal(open[--depth], name);
        } else if (end[-1] != '/') {
            assert_true(depth < 32);
            snprintf(open[depth++], sizeof open[0], "%s", name);
        }
        for (const char *c = end + 1; *c && *c != '<'; c++)
            if (*c == '&' && strncmp(c, "&amp;", 5) && strncmp(c, "&lt;", 4) &&
                strncmp(c, "&gt;", 4) && strncmp(c, "&quot;", 6))
                fail_msg("stray & in %.40s", c);
        text = end;
    }
    assert_int_equal(depth, 0);
}

static void the_figure_is_well_formed_has_its_layers_and_no_nan(void **state)
{
    static const char *const LAYERS[] = {
        "before",         "before-arteries", "before-veins", "before-lesions",
        "before-valves",  "before-flow",     "before-foot",  "before-labels",
        "after",          "after-arteries",  "after-veins",  "after-arterialized",
        "after-crossing", "after-labels",    "legend"};
    made_up *m = made_up_new("desert-foot");
    char *text, id[64];

    (void)state;
    made_up_plan(m, 1);
    text = svg_of(m);
    expect_well_formed(text);
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "inf\""));
    for (size_t i = 0; i < WADI_COUNT_OF(LAYERS); i++) {
        snprintf(id, sizeof id, "<g id=\"%s\">", LAYERS[i]);
        if (!strstr(text, id))
            fail_msg("the figure has no layer %s", LAYERS[i]);
    }
    assert_non_null(strstr(text, "closed: IMP1"));
    assert_non_null(strstr(text, "25 mm"));
    free(text);
    made_up_free(m);
}

static void without_a_plan_the_leg_as_it_is_stands_alone(void **state)
{
    made_up *m = made_up_new("arch-missing");
    char *text;

    (void)state;
    /* A title with marks that XML must not take for its own. */
    free(m->the_case->title);
    m->the_case->title = wadi_strdup("<b> & \"c\"");
    text = svg_of(m);
    expect_well_formed(text);
    assert_null(strstr(text, "id=\"after\""));
    assert_non_null(strstr(text, "id=\"before\""));
    free(text);
    made_up_free(m);
}

/* A case without a wound has a bed looked at, and nothing that is called one. */
static void without_a_wound_nothing_is_called_one(void **state)
{
    made_up *m = made_up_new("desert-foot");
    char *text, *svg;

    (void)state;
    made_up_plan(m, 1);
    text = text_of(m);
    svg = svg_of(m);
    assert_non_null(strstr(text, "  * the wound; "));
    assert_non_null(strstr(svg, "wound: hallux"));
    free(text);
    free(svg);
    m->result.wound_described = false;
    text = text_of(m);
    svg = svg_of(m);
    assert_non_null(strstr(text, "  * looked at for want of a wound; "));
    assert_null(strstr(svg, "wound: hallux"));
    free(text);
    free(svg);
    made_up_free(m);
}

static double box_of(const draw_item *item, double box[4])
{
    double width = drawing_words_width(item->words, item->font.size, item->font.bold);

    box[0] = item->x - item->font.anchor * width;
    box[1] = item->y - 0.72 * item->font.size; /* capitals; letters hang 0.2 below */
    box[2] = box[0] + width;
    box[3] = item->y + 0.2 * item->font.size;
    return width;
}

/* The whole point of leader lines. */
static void no_words_of_the_figure_lie_on_each_other_or_leave_it(void **state)
{
    static const char *const CASES[] = {"desert-foot", "healthy", "sole-anterior-tibial",
                                        "inflow-stenosis"};

    (void)state;
    for (size_t k = 0; k < WADI_COUNT_OF(CASES); k++) {
        made_up *m = made_up_new(CASES[k]);
        drawing d = {0};
        int words = 0;

        made_up_plan(m, 1);
        leg_figure(&m->result, m->the_case, &d);
        for (size_t i = 0; i < d.count; i++) {
            double a[4], b[4];

            if (d.items[i].kind != DRAW_WORDS)
                continue;
            words++;
            box_of(&d.items[i], a);
            if (a[0] < -4 || a[1] < 0 || a[2] > d.width + 4 || a[3] > d.height)
                fail_msg("%s: '%s' leaves the figure", CASES[k], d.items[i].words);
            for (size_t j = i + 1; j < d.count; j++) {
                if (d.items[j].kind != DRAW_WORDS)
                    continue;
                box_of(&d.items[j], b);
                if (a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3])
                    fail_msg("%s: '%s' lies on '%s'", CASES[k], d.items[i].words,
                             d.items[j].words);
            }
        }
        assert_true(words > 60);
        drawing_clear(&d);
        made_up_free(m);
    }
}

static void a_left_leg_is_the_mirror_of_a_right_one(void **state)
{
    made_up *m = made_up_new("desert-foot");
    leg_view view = {.result = &m->result,
                     .limb = m->result.limb,
                     .shape = m->result.limb,
                     .outcome = &m->result.before};
    double left[2], right[2];

    (void)state;
    view.left = true;
    assert_true(leg_at(&view, "GSV", 0.5, left));
    view.left = false;
    assert_true(leg_at(&view, "GSV", 0.5, right));
    assert_near(left[0] + right[0], LEG_PANEL_WIDTH, 0, 1e-9);
    assert_near(left[1], right[1], 0, 1e-9);
    assert_true(left[0] < right[0]); /* medial of a left leg is at the reader's left */
    made_up_free(m);
}

static void plantar_veins_flow_to_the_toes_in_the_figure_only_after_the_plan(void **state)
{
    made_up *m = made_up_new("desert-foot");
    leg_view view = {.result = &m->result, .limb = m->result.limb, .shape = m->result.limb};
    wadi_index lpv;

    (void)state;
    made_up_plan(m, 1);
    view.flow_m3_s = m->result.flow_m3_s;
    lpv = wadi_limb_segment(view.limb, "LPV.1");
    assert_false(leg_is_reversed(&view, lpv));
    view.plan = &m->result.plans[0];
    view.limb = view.plan->limb;
    view.flow_m3_s = view.plan->flow_m3_s;
    assert_true(leg_is_reversed(&view, wadi_limb_segment(view.limb, "LPV.1")));
    assert_true(leg_is_reversed(&view, wadi_limb_segment(view.limb, "VARCH.1")));
    made_up_free(m);
}

/* ---- report ---- */

static char *pdf_of(const made_up *m, size_t *size)
{
    wadi_error err = {0};
    char *bytes = NULL;

    assert_int_equal(wadi_report_pdf(&m->result, m->the_case, &bytes, size, &err), WADI_OK);
    assert_memory_equal(bytes, "%PDF-", 5);
    return bytes;
}

static void the_report_is_the_same_to_the_bit_for_the_same_result(void **state)
{
    made_up *m = made_up_new("desert-foot");
    size_t size, again_size;
    char *bytes, *again;

    (void)state;
    made_up_plan(m, 3);
    bytes = pdf_of(m, &size);
    m->result.solver.seconds *= 2; /* how long it took is no part of the report */
    again = pdf_of(m, &again_size);
    assert_int_equal(size, again_size);
    assert_memory_equal(bytes, again, size);
    free(bytes);
    free(again);
    made_up_free(m);
}

static int page_count(const char *path)
{
    char command[300], line[256];
    int count = -1;
    FILE *pipe;

    snprintf(command, sizeof command, "pdfinfo %s 2>/dev/null", path);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    while (fgets(line, sizeof line, pipe))
        sscanf(line, "Pages: %d", &count);
    pclose(pipe);
    return count;
}

/* Words of the report as poppler reads them. */
static char *words_of(const char *path)
{
    char command[300], chunk[4096];
    wadi_text text = {0};
    size_t got;
    FILE *pipe;

    snprintf(command, sizeof command, "pdftotext -layout %s - 2>/dev/null", path);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    while ((got = fread(chunk, 1, sizeof chunk, pipe)) > 0)
        wadi_text_put(&text, chunk, got);
    pclose(pipe);
    return text.bytes;
}

static int occurrences(const char *text, const char *word)
{
    int count = 0;

    for (; (text = strstr(text, word)); text++)
        count++;
    return count;
}

static void the_report_has_two_pages_however_much_there_is_to_say(void **state)
{
    const struct situation {
        const char *name;
        int plans, lines;
        bool exploratory;
    } SITUATIONS[] = {{"desert-foot", 3, 0, false},  {"desert-foot", 1, 7, true},
                      {"desert-foot", 3, 60, false}, {"arch-missing", 0, 0, false},
                      {"arch-missing", 0, 60, true}, {"healthy", 0, 1, false}};
    char folder[] = "build-report-XXXXXX", path[64];

    (void)state;
    if (system("pdfinfo -v >/dev/null 2>&1"))
        skip();
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/report.pdf", folder);
    for (size_t i = 0; i < WADI_COUNT_OF(SITUATIONS); i++) {
        made_up *m = made_up_new(SITUATIONS[i].name);
        wadi_error err = {0};
        size_t size;
        char *bytes, *words;

        if (SITUATIONS[i].plans)
            made_up_plan(m, SITUATIONS[i].plans);
        made_up_talk(m, SITUATIONS[i].lines);
        m->result.exploratory = SITUATIONS[i].exploratory;
        bytes = pdf_of(m, &size);
        assert_int_equal(wadi_file_write(path, bytes, size, &err), WADI_OK);
        assert_int_equal(page_count(path), 2);
        words = words_of(path);
        assert_non_null(words);
        assert_int_equal(occurrences(words, WADI_RESEARCH_ONLY), 2);
        assert_true(occurrences(words, "EXPLORATORY:") == (SITUATIONS[i].exploratory ? 2 : 0));
        assert_int_equal(occurrences(words, "page 1 of 2"), 1);
        assert_int_equal(occurrences(words, m->result.input_hash), 2);
        assert_true((occurrences(words, "see plan.json") > 0) == (SITUATIONS[i].lines > 20));
        assert_null(strstr(words, "nan"));
        free(words);
        free(bytes);
        made_up_free(m);
    }
    remove(path);
    rmdir(folder);
}

/* What is laid out must end above the foot of the page. */
static void nothing_on_a_page_runs_into_its_foot(void **state)
{
    static const int LINES[] = {0, 3, 10, 30, 60};

    (void)state;
    for (size_t i = 0; i < WADI_COUNT_OF(LINES); i++) {
        for (int plans = 0; plans <= 3; plans += 3) {
            made_up *m = made_up_new("desert-foot");
            const double bottom = PAGE_HEIGHT - PAGE_MARGIN - 2;
            cairo_surface_t *surface =
                cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, NULL);
            page p = {.cairo = cairo_create(surface)};

            p.context = pango_font_map_create_context(pango_cairo_font_map_get_default());
            if (plans)
                made_up_plan(m, plans);
            made_up_talk(m, LINES[i]);
            page_fit(&p, &m->result, m->the_case, bottom, report_page_one);
            assert_true(p.y <= bottom);
            page_fit(&p, &m->result, m->the_case, bottom, report_page_two);
            assert_true(p.y <= bottom);
            g_object_unref(p.context);
            cairo_destroy(p.cairo);
            cairo_surface_destroy(surface);
            made_up_free(m);
        }
    }
}

static bool is_there(const char *folder, const char *name)
{
    char path[128];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

static void all_three_files_are_written_or_none(void **state)
{
    made_up *m = made_up_new("desert-foot");
    char folder[] = "build-report-XXXXXX", inner[64], path[96];
    wadi_error err = {0};

    (void)state;
    made_up_plan(m, 1);
    assert_non_null(mkdtemp(folder));
    snprintf(inner, sizeof inner, "%s/a/b", folder);
    assert_int_equal(wadi_report_write(&m->result, m->the_case, inner, &err), WADI_OK);
    assert_true(is_there(inner, "plan.json") && is_there(inner, "leg.svg") &&
                is_there(inner, "report.pdf"));
    /* Again, over the old ones; then with a folder in the place of the last file. */
    assert_int_equal(wadi_report_write(&m->result, m->the_case, inner, &err), WADI_OK);
    snprintf(path, sizeof path, "rm -r %s/a/b/*", folder);
    assert_int_equal(system(path), 0);
    snprintf(path, sizeof path, "%s/report.pdf", inner);
    assert_int_equal(mkdir(path, 0777), 0);
    assert_int_equal(wadi_report_write(&m->result, m->the_case, inner, &err), WADI_ERR_WRITE);
    assert_non_null(strstr(err.message, "report.pdf"));
    assert_false(is_there(inner, "plan.json") || is_there(inner, "leg.svg"));
    snprintf(path, sizeof path, "rm -r %s", folder);
    assert_int_equal(system(path), 0);
    assert_int_equal(wadi_report_write(&m->result, m->the_case, "/dev/null/x", &err),
                     WADI_ERR_WRITE);
    made_up_free(m);
}

/* Refusing each of the first allocations must never crash and never give half a drawing. */
static void every_output_gives_up_cleanly_when_memory_is_refused(void **state)
{
    made_up *m = made_up_new("desert-foot");

    (void)state;
    made_up_plan(m, 1);
    for (long nth = 1; nth < 60; nth += 3) {
        wadi_error err = {0};
        char *bytes = NULL;
        size_t size = 0;

        wadi_memory_refuse(nth);
        if (wadi_plan_text(&m->result, m->the_case, &bytes, &size, &err))
            assert_null(bytes);
        free(bytes);
        wadi_memory_refuse(nth);
        if (wadi_leg_svg(&m->result, m->the_case, &bytes, &size, &err))
            assert_null(bytes);
        free(bytes);
        wadi_memory_refuse(nth);
        if (wadi_report_pdf(&m->result, m->the_case, &bytes, &size, &err))
            assert_null(bytes);
        free(bytes);
    }
    wadi_memory_refuse(0);
    made_up_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flows_have_three_digits_and_pressures_none_behind_the_point),
        cmocka_unit_test(a_band_with_a_negative_end_is_not_read_as_a_minus),
        cmocka_unit_test(plan_json_fits_its_schema_with_and_without_plans),
        cmocka_unit_test(a_plan_that_misses_a_key_does_not_fit_the_schema),
        cmocka_unit_test(what_does_not_apply_is_null_and_surgery_has_no_gap),
        cmocka_unit_test(tcpo2_is_told_for_every_bed_of_the_foot_and_for_no_other),
        cmocka_unit_test(json_gives_up_cleanly_when_memory_is_refused),
        cmocka_unit_test(no_line_of_text_is_wider_than_96_columns_or_ends_in_a_blank),
        cmocka_unit_test(text_names_verdict_reasons_numbers_and_that_it_is_research_only),
        cmocka_unit_test(a_plan_that_breaks_a_limit_says_so_below_the_verdict),
        cmocka_unit_test(a_verdict_that_allows_it_without_a_plan_says_that_none_was_found),
        cmocka_unit_test(a_device_before_the_crossing_has_no_sign_and_equal_ones_share_a_line),
        cmocka_unit_test(words_longer_than_a_line_and_letters_of_two_bytes_are_counted_right),
        cmocka_unit_test(the_figure_is_well_formed_has_its_layers_and_no_nan),
        cmocka_unit_test(without_a_plan_the_leg_as_it_is_stands_alone),
        cmocka_unit_test(without_a_wound_nothing_is_called_one),
        cmocka_unit_test(no_words_of_the_figure_lie_on_each_other_or_leave_it),
        cmocka_unit_test(a_left_leg_is_the_mirror_of_a_right_one),
        cmocka_unit_test(plantar_veins_flow_to_the_toes_in_the_figure_only_after_the_plan),
        cmocka_unit_test(the_report_is_the_same_to_the_bit_for_the_same_result),
        cmocka_unit_test(the_report_has_two_pages_however_much_there_is_to_say),
        cmocka_unit_test(nothing_on_a_page_runs_into_its_foot),
        cmocka_unit_test(all_three_files_are_written_or_none),
        cmocka_unit_test(every_output_gives_up_cleanly_when_memory_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
