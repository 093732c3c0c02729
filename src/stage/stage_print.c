/* A staging as text for people and as JSON for programs. */
#include "base/json_impl.h"
#include "stage/stage_case_impl.h"

#include <stdlib.h>
#include <string.h>

static const char *origin_text(wadi_origin_of_grade origin)
{
    static const char *const TEXTS[] = {"absent", "stated", "computed", "stated and computed"};

    return TEXTS[origin];
}

/* How a rule stands, for the three headings. */
static const char *state_of(const wadi_dva_rule *rule)
{
    if (rule->overridden && rule->fired)
        return "overridden";
    if (rule->holds == WADI_TRUTH_UNKNOWN)
        return "unknown";
    if (rule->kind == WADI_DVA_WARN)
        return rule->fired ? "warn" : "pass";
    if (rule->kind == WADI_DVA_INCLUDE)
        return rule->holds == WADI_TRUTH_YES ? "pass" : "fail";
    if (rule->kind == WADI_DVA_INCLUDE_CONDITIONAL)
        return rule->fired ? "condition" : "not used";
    if (rule->kind == WADI_DVA_INVESTIGATIONAL)
        return rule->holds == WADI_TRUTH_YES ? "investigational" : "not used";
    return rule->fired ? "fail" : "pass";
}

/* Rules that a leg does not need are left out: the way in that was not tried. */
static bool is_shown(const wadi_staging *s, const wadi_dva_rule *rule)
{
    bool acute = s->facts.ali.known && s->facts.ali.value != 0;
    bool rest_pain = s->facts.rutherford.known && s->facts.rutherford.value == 4;

    if (!strcmp(rule->id, "S01"))
        return !acute && !rest_pain;
    if (!strcmp(rule->id, "S02"))
        return !acute && rest_pain;
    if (!strcmp(rule->id, "S11b"))
        return acute;
    return true;
}

static void add_grade(wadi_text *out, const char *name, const wadi_staged_grade *grade)
{
    wadi_text_add(out, "  %-22s", name);
    if (grade->origin == WADI_GRADE_ABSENT) {
        wadi_text_add(out, "INCOMPLETE: %s\n", grade->note);
        return;
    }
    if (grade->grade >= 0) {
        wadi_text_add(out, "%d", grade->grade);
    } else {
        wadi_text_add(out, "AMBIGUOUS");
        for (int g = 0; g < 8; g++)
            if (grade->candidates >> g & 1)
                wadi_text_add(out, " %d", g);
    }
    wadi_text_add(out, " (%s%s%s)\n", origin_text(grade->origin), grade->note[0] ? "; " : "",
                  grade->note);
}

static void add_scores(wadi_text *out, const wadi_staging *s)
{
    wadi_text_add(out, "Scores\n");
    if (s->rutherford.known)
        wadi_text_add(out, "  %-22s%g, %s; Fontaine %s\n", "Rutherford", s->rutherford.value,
                      wadi_rutherford_text((int)s->rutherford.value),
                      wadi_rutherford_fontaine((int)s->rutherford.value));
    if (s->acute != WADI_ACUTE_UNCLASSIFIED)
        wadi_text_add(out, "  %-22s%s%s%s\n", "acute class", wadi_ali_text(s->acute),
                      s->acute_before ? ", before thrombolysis " : "",
                      s->acute_before ? wadi_ali_text(s->acute_before) : "");
    add_grade(out, "WIfI wound", &s->wound);
    add_grade(out, "WIfI ischaemia", &s->ischemia);
    add_grade(out, "WIfI infection", &s->infection);
    if (s->wifi_known)
        wadi_text_add(out, "  %-22sstage %d, amputation risk %s\n", "WIfI", s->wifi.stage,
                      wadi_wifi_risk_text(s->wifi.risk));
    add_grade(out, "GLASS femoropopliteal", &s->glass_fp);
    add_grade(out, "GLASS infrapopliteal", &s->glass_ip);
    if (s->glass_known)
        wadi_text_add(out, "  %-22sstage %s on the %s path%s\n", "GLASS",
                      wadi_glass_stage_text(s->glass.stage), s->target,
                      s->glass.calcification_on_grade0 ? " (CALC_ON_GRADE0)" : "");
    if (s->glass_im >= 0)
        wadi_text_add(out, "  %-22sP%d\n", "GLASS inframalleolar", s->glass_im);
    if (s->kawarada)
        wadi_text_add(out, "  %-22s%s (unconfirmed)\n", "Kawarada", s->kawarada);
    for (int i = 0; i < s->occlusion_count; i++) {
        const wadi_staged_occlusion *o = &s->occlusions[i];

        wadi_text_add(out, "  J-BTK %-16s", o->vessel);
        if (o->complete)
            wadi_text_add(out, "score %d, grade %c", o->jbtk.score, o->jbtk.grade);
        else
            wadi_text_add(out, "INCOMPLETE: %s not stated", o->missing);
        wadi_text_add(out, " (%.0f mm from %.0f mm, reference %.1f mm%s)\n", o->length_mm,
                      o->from_mm, o->reference_mm,
                      o->reference_measured ? "" : " of the reference leg");
    }
}

static void add_lines(wadi_text *out, const char *title, const char lines[][320], int count)
{
    if (count)
        wadi_text_add(out, "%s\n", title);
    for (int i = 0; i < count; i++)
        wadi_text_add(out, "  %s\n", lines[i]);
}

wadi_status wadi_staging_text(const wadi_staging *s, char **out, size_t *size, wadi_error *err)
{
    static const char *const HEADINGS[] = {"General", "Angiographic", "Wound"};
    wadi_text text = {0};

    *out = NULL;
    *size = 0;
    add_scores(&text, s);
    wadi_text_add(&text, "No option: %s\n", wadi_no_option_text(s->no_option));
    wadi_text_add(&text, "Selection: %s%s%s%s\n", wadi_dva_decision_text(s->verdict.decision),
                  s->verdict.exploratory ? ", exploratory" : "",
                  s->verdict.investigational ? ", investigational (S11b)" : "",
                  s->verdict.percutaneous_barred ? ", percutaneous way barred (S06)" : "");
    for (int heading = 0; heading < 3; heading++) {
        wadi_text_add(&text, "%s\n", HEADINGS[heading]);
        for (int r = 0; r < WADI_DVA_RULE_COUNT; r++) {
            const wadi_dva_rule *rule = &s->verdict.rules[r];

            if ((int)rule->heading == heading && is_shown(s, rule))
                wadi_text_add(&text, "  %c %-5s%-16s%s [%s]\n", rule->decides ? '*' : ' ',
                              rule->id, state_of(rule), rule->text, rule->source);
        }
    }
    if (s->verdict.missing_count)
        wadi_text_add(&text, "Questions\n");
    for (int i = 0; i < s->verdict.missing_count; i++)
        wadi_text_add(&text, "  %s%s\n", s->verdict.missing[i].text,
                      s->verdict.missing[i].required ? " (required)" : "");
    add_lines(&text, "Warnings", s->warnings, s->warning_count);
    add_lines(&text, "Contradictions", s->contradictions, s->contradiction_count);
    wadi_text_add(&text, "Research and education only.\n");
    if (text.failed) {
        wadi_text_clear(&text);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the staging as text");
    }
    *out = text.bytes;
    *size = text.size;
    return WADI_OK;
}

static json_t *grade_json(const wadi_staged_grade *grade)
{
    json_t *object = json_object(), *list;

    json_object_set_new(object, "origin", json_string(origin_text(grade->origin)));
    if (grade->origin == WADI_GRADE_ABSENT) {
        json_object_set_new(object, "grade", json_string("INCOMPLETE"));
    } else if (grade->grade >= 0) {
        json_object_set_new(object, "grade", json_integer(grade->grade));
    } else {
        list = json_array();
        for (int g = 0; g < 8; g++)
            if (grade->candidates >> g & 1)
                json_array_append_new(list, json_integer(g));
        json_object_set_new(object, "grade", json_string("AMBIGUOUS"));
        json_object_set_new(object, "candidates", list);
    }
    if (grade->stated >= 0)
        json_object_set_new(object, "stated", json_integer(grade->stated));
    if (grade->note[0])
        json_object_set_new(object, "note", json_string(grade->note));
    return object;
}

static json_t *occlusion_json(const wadi_staged_occlusion *o)
{
    json_t *object = json_object();

    json_object_set_new(object, "vessel", json_string(o->vessel));
    json_object_set_new(object, "from_mm", wadi_json_number(o->from_mm));
    json_object_set_new(object, "length_mm", wadi_json_number(o->length_mm));
    json_object_set_new(object, "reference_mm", wadi_json_number(o->reference_mm));
    json_object_set_new(object, "reference_measured", json_boolean(o->reference_measured));
    if (o->complete) {
        json_object_set_new(object, "score", json_integer(o->jbtk.score));
        json_object_set_new(object, "grade", json_stringn(&o->jbtk.grade, 1));
    } else {
        json_object_set_new(object, "grade", json_string("INCOMPLETE"));
        json_object_set_new(object, "missing", json_string(o->missing));
    }
    return object;
}

static json_t *scores_json(const wadi_staging *s)
{
    json_t *object = json_object(), *list = json_array(), *entry;

    if (s->rutherford.known) {
        json_object_set_new(object, "rutherford",
                            json_integer((json_int_t)s->rutherford.value));
        json_object_set_new(object, "fontaine",
                            json_string(wadi_rutherford_fontaine((int)s->rutherford.value)));
    }
    if (s->acute != WADI_ACUTE_UNCLASSIFIED) {
        json_object_set_new(object, "acute_class", json_string(wadi_ali_text(s->acute)));
        json_object_set_new(object, "acute_class_before",
                            json_string(wadi_ali_text(s->acute_before)));
        json_object_set_new(object, "deteriorated", json_boolean(s->deteriorated));
    }
    json_object_set_new(object, "wifi_wound", grade_json(&s->wound));
    json_object_set_new(object, "wifi_ischemia", grade_json(&s->ischemia));
    json_object_set_new(object, "wifi_infection", grade_json(&s->infection));
    if (s->wifi_known) {
        json_object_set_new(object, "wifi_stage", json_integer(s->wifi.stage));
        json_object_set_new(object, "wifi_risk",
                            json_string(wadi_wifi_risk_text(s->wifi.risk)));
    }
    json_object_set_new(object, "glass_fp", grade_json(&s->glass_fp));
    json_object_set_new(object, "glass_ip", grade_json(&s->glass_ip));
    if (s->target[0])
        json_object_set_new(object, "glass_target", json_string(s->target));
    if (s->glass_known)
        json_object_set_new(object, "glass_stage",
                            json_string(wadi_glass_stage_text(s->glass.stage)));
    if (s->glass_im >= 0) {
        json_object_set_new(object, "glass_im",
                            json_string(s->glass_im == 0   ? "P0"
                                        : s->glass_im == 1 ? "P1"
                                                           : "P2"));
    }
    if (s->kawarada) {
        entry = json_object();
        json_object_set_new(entry, "type", json_string(s->kawarada));
        json_object_set_new(entry, "badge", json_string("unconfirmed"));
        json_object_set_new(object, "kawarada", entry);
    }
    for (int i = 0; i < s->occlusion_count; i++)
        json_array_append_new(list, occlusion_json(&s->occlusions[i]));
    json_object_set_new(object, "jbtk", list);
    return object;
}

static json_t *rule_json(const wadi_dva_rule *rule)
{
    json_t *object = json_object();

    json_object_set_new(object, "rule", json_string(rule->id));
    json_object_set_new(object, "state", json_string(state_of(rule)));
    json_object_set_new(object, "decides", json_boolean(rule->decides));
    json_object_set_new(object, "heading", json_string(wadi_dva_heading_text(rule->heading)));
    json_object_set_new(object, "text", json_string(rule->text));
    json_object_set_new(object, "source", json_string(rule->source));
    json_object_set_new(object, "standing", json_string(wadi_standing_text(rule->standing)));
    if (rule->contradiction)
        json_object_set_new(object, "contradiction", json_string(rule->contradiction));
    return object;
}

static json_t *lines_json(const char lines[][320], int count)
{
    json_t *list = json_array();

    for (int i = 0; i < count; i++)
        json_array_append_new(list, json_string(lines[i]));
    return list;
}

wadi_status wadi_staging_json(const wadi_staging *s, char **out, size_t *size, wadi_error *err)
{
    json_t *object = json_object(), *headings = json_object(), *reasons = json_array();
    json_t *missing = json_array();
    wadi_status status;

    for (int heading = 0; heading < 3; heading++)
        json_object_set_new(headings, wadi_dva_heading_text((wadi_dva_heading)heading),
                            json_array());
    for (int r = 0; r < WADI_DVA_RULE_COUNT; r++) {
        const wadi_dva_rule *rule = &s->verdict.rules[r];

        if (is_shown(s, rule))
            json_array_append_new(
                json_object_get(headings, wadi_dva_heading_text(rule->heading)),
                rule_json(rule));
        if (rule->fired)
            json_array_append_new(reasons, rule_json(rule));
    }
    for (int i = 0; i < s->verdict.missing_count; i++) {
        json_t *question = json_object();

        json_object_set_new(question, "fact", json_string(s->verdict.missing[i].fact));
        json_object_set_new(question, "question", json_string(s->verdict.missing[i].text));
        json_object_set_new(question, "required", json_boolean(s->verdict.missing[i].required));
        json_array_append_new(missing, question);
    }
    json_object_set_new(object, "schema", json_string("wadi.stage/1"));
    json_object_set_new(object, "verdict",
                        json_string(wadi_dva_decision_text(s->verdict.decision)));
    json_object_set_new(object, "exploratory", json_boolean(s->verdict.exploratory));
    json_object_set_new(object, "investigational", json_boolean(s->verdict.investigational));
    json_object_set_new(object, "percutaneous_barred",
                        json_boolean(s->verdict.percutaneous_barred));
    json_object_set_new(object, "no_option", json_string(wadi_no_option_text(s->no_option)));
    json_object_set_new(object, "scores", scores_json(s));
    json_object_set_new(object, "headings", headings);
    json_object_set_new(object, "reasons", reasons);
    json_object_set_new(object, "missing", missing);
    json_object_set_new(object, "warnings", lines_json(s->warnings, s->warning_count));
    json_object_set_new(object, "contradictions",
                        lines_json(s->contradictions, s->contradiction_count));
    status = wadi_json_text(object, out, size, err);
    json_decref(object);
    return status;
}
