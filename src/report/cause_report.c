/* The likely cause of a visit, for people and for programs. */
#include "base/json_impl.h"
#include "report/report_impl.h"
#include "report/wrap_impl.h"
#include "wadi/score.h"

#include <math.h>
#include <string.h>

static const char METHOD[] =
    "Each line is the likeliest leg of its kind: the planned leg, or the planned leg with one "
    "thing wrong, solved on common parameter sets and weighed by what was measured. All three "
    "kinds count as equally likely before. A synthetic bench is all that stands behind it: "
    "docs/model/cause.md.";

static void cell(wadi_text *text, double value, int width, int decimals)
{
    if (isfinite(value))
        wadi_text_add(text, "%*.*f", width, decimals, value);
    else
        wadi_text_add(text, "%*s", width, "-");
}

static double known(wadi_maybe value)
{
    return value.known ? value.value : (double)NAN;
}

static void visit_row(wadi_text *text, const char *title, const wadi_cause_visit *v)
{
    wadi_text_add(text, "  %-24s%-28s%6s", title, "", "");
    cell(text, known(v->flow_ml_min), 9, 0);
    cell(text, known(v->tcpo2_mmhg), 8, 0);
    cell(text, known(v->psv_m_s), 8, 2);
    cell(text, known(v->ri), 7, 2);
    wadi_text_put(text, "\n", 1);
}

/* A bench of synthetic legs cannot be surer than this. */
static const char *percent(double probability, char out[16])
{
    if (probability > 0.99)
        snprintf(out, 16, ">99 %%");
    else if (probability < 0.01)
        snprintf(out, 16, "<1 %%");
    else
        snprintf(out, 16, "%.0f %%", 100 * probability);
    return out;
}

static void kind_row(wadi_text *text, const wadi_cause_answer *answer, int kind)
{
    const wadi_cause_state *best = &answer->best[kind];
    char share[16];

    if (!best->text[0])
        return;
    wadi_text_add(text, "%c %-24s%-28.27s%6s", kind == (int)answer->likely ? '>' : ' ',
                  wadi_cause_title((wadi_cause_kind)kind),
                  kind == WADI_CAUSE_AS_PLANNED ? "" : best->text,
                  percent(answer->probability[kind], share));
    cell(text, best->flow_ml_min, 9, 0);
    cell(text, best->tcpo2_mmhg, 8, 0);
    cell(text, best->psv_m_s, 8, 2);
    cell(text, best->ri, 7, 2);
    wadi_text_put(text, "\n", 1);
}

static wadi_surveillance_result alerts_of(const wadi_cause_visit *latest)
{
    wadi_surveillance_visit visit = {.flow_ml_min = latest->flow_ml_min};
    wadi_surveillance_result out = {0};

    if (latest->psv_m_s.known)
        visit.psv_cm_s = (wadi_maybe){true, 100 * latest->psv_m_s.value};
    if (wadi_surveillance(&visit, &out, NULL))
        out = (wadi_surveillance_result){0};
    return out;
}

static void add_alerts(wadi_text *text, const wadi_cause_visit *latest)
{
    wadi_surveillance_result alert = alerts_of(latest);

    if (alert.flow_100)
        wadi_text_add(text, "! flow at or below 100 mL/min: at risk of thrombosis (van den "
                            "Heuvel 2018)\n");
    if (alert.flow_195)
        wadi_text_add(text, "! flow at or below 195 mL/min, the second threshold (Schreve "
                            "2020)\n");
    if (alert.psv_55)
        wadi_text_add(text, "! peak velocity at or below 55 cm/s (Schreve 2020)\n");
}

static void add_verdict(wadi_text *text, const wadi_cause_answer *answer)
{
    const wadi_cause_state *best = &answer->best[answer->likely];
    char line[300], share[16];

    if (!answer->fits)
        snprintf(line, sizeof line,
                 "NONE FITS: the nearest is %s, %.1f standard deviations off; look for "
                 "something else, or measure again",
                 wadi_cause_title(answer->likely), sqrt(best->misfit));
    else
        snprintf(line, sizeof line, "%s, %s%s%s%s", wadi_cause_title(answer->likely),
                 percent(answer->probability[answer->likely], share),
                 answer->likely == WADI_CAUSE_AS_PLANNED ? "" : "; likeliest: ",
                 answer->likely == WADI_CAUSE_AS_PLANNED ? "" : best->text,
                 answer->sure ? "" : " (NOT SURE: below 80 %)");
    report_wrap(text, "LIKELY CAUSE  ", line, REPORT_COLUMNS);
}

wadi_status wadi_cause_text(const wadi_cause_answer *answer, const wadi_cause_visit *first,
                            const wadi_cause_visit *latest, char **out, size_t *size,
                            wadi_error *err)
{
    wadi_text text = {0};

    *out = NULL;
    *size = 0;
    add_verdict(&text, answer);
    add_alerts(&text, latest);
    wadi_text_add(&text, "\n  %-24s%-28s%6s%9s%8s%8s%7s\n", "", "likeliest", "", "flow",
                  "TcPO2", "PSV", "RI");
    wadi_text_add(&text, "  %-24s%-28s%6s%9s%8s%8s\n", "", "", "", "mL/min", "mmHg", "m/s");
    if (first)
        visit_row(&text, "measured, first visit", first);
    visit_row(&text, "measured, latest visit", latest);
    for (int k = 0; k < WADI_CAUSE_KINDS; k++)
        kind_row(&text, answer, k);
    wadi_text_put(&text, "\n", 1);
    if (!first)
        report_wrap(&text, "",
                    "Without a first visit nothing is known of what this leg can "
                    "do: give --first-flow-ml-min and --first-tcpo2-mmhg.",
                    REPORT_COLUMNS);
    report_wrap(&text, "", METHOD, REPORT_COLUMNS);
    wadi_text_add(&text, "%s\n", WADI_RESEARCH_ONLY);
    if (text.failed) {
        wadi_text_clear(&text);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the likely cause");
    }
    *out = text.bytes;
    *size = text.size;
    return WADI_OK;
}

static json_t *visit_json(const wadi_cause_visit *v)
{
    json_t *object = json_object();

    if (!v)
        return json_null();
    json_object_set_new(object, "flow_ml_min", wadi_json_number(known(v->flow_ml_min)));
    json_object_set_new(object, "tcpo2_mmhg", wadi_json_number(known(v->tcpo2_mmhg)));
    json_object_set_new(object, "psv_m_s", wadi_json_number(known(v->psv_m_s)));
    json_object_set_new(object, "ri", wadi_json_number(known(v->ri)));
    return object;
}

static json_t *kind_json(const wadi_cause_answer *answer, int kind)
{
    const wadi_cause_state *best = &answer->best[kind];
    json_t *object = json_object();

    json_object_set_new(object, "cause", json_string(wadi_cause_name((wadi_cause_kind)kind)));
    json_object_set_new(object, "probability", wadi_json_number(answer->probability[kind]));
    json_object_set_new(object, "likeliest", json_string(best->text));
    json_object_set_new(object, "flow_ml_min", wadi_json_number(best->flow_ml_min));
    json_object_set_new(object, "tcpo2_mmhg", wadi_json_number(best->tcpo2_mmhg));
    json_object_set_new(object, "psv_m_s", wadi_json_number(best->psv_m_s));
    json_object_set_new(object, "ri", wadi_json_number(best->ri));
    json_object_set_new(object, "misfit", wadi_json_number(best->misfit));
    return object;
}

wadi_status wadi_cause_json(const wadi_cause_answer *answer, const wadi_cause_visit *first,
                            const wadi_cause_visit *latest, char **out, size_t *size,
                            wadi_error *err)
{
    wadi_surveillance_result alert = alerts_of(latest);
    json_t *root = json_object(), *causes = json_array(), *alerts = json_object();
    wadi_status status;

    for (int k = 0; k < WADI_CAUSE_KINDS; k++)
        if (answer->best[k].text[0])
            json_array_append_new(causes, kind_json(answer, k));
    json_object_set_new(alerts, "flow_100", json_boolean(alert.flow_100));
    json_object_set_new(alerts, "flow_195", json_boolean(alert.flow_195));
    json_object_set_new(alerts, "psv_55", json_boolean(alert.psv_55));
    json_object_set_new(root, "schema", json_string("wadi.follow/1"));
    json_object_set_new(root, "notice", json_string(WADI_RESEARCH_ONLY));
    json_object_set_new(root, "likely", json_string(wadi_cause_name(answer->likely)));
    json_object_set_new(root, "sure", json_boolean(answer->sure));
    json_object_set_new(root, "fits", json_boolean(answer->fits));
    json_object_set_new(root, "first", visit_json(first));
    json_object_set_new(root, "latest", visit_json(latest));
    json_object_set_new(root, "causes", causes);
    json_object_set_new(root, "alerts", alerts);
    json_object_set_new(root, "effective_samples", wadi_json_number(answer->effective_samples));
    status = wadi_json_text(root, out, size, err);
    json_decref(root);
    return status;
}
