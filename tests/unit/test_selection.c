#include "near.h"
#include "wadi/selection.h"

#include <stdlib.h>
#include <string.h>

/* "rutherford=5 no_option=1 ..." into facts. */
static wadi_dva_facts facts_of(const char *text)
{
    wadi_dva_facts facts = {0};
    char copy[512], *word, *rest = copy;

    snprintf(copy, sizeof copy, "%s", text);
    while ((word = strtok_r(rest, " ", &rest))) {
        char *equals = strchr(word, '=');
        wadi_error err = {0};

        *equals = '\0';
        if (wadi_dva_facts_set(&facts, word, atof(equals + 1), &err))
            fail_msg("%s", err.message);
    }
    return facts;
}

static wadi_dva_verdict select_with(const char *text, const char *override)
{
    wadi_dva_facts facts = facts_of(text);
    wadi_dva_verdict verdict = {0};
    wadi_error err = {0};

    if (wadi_dva_select_with(&facts, &override, override != NULL, &verdict, &err))
        fail_msg("%s", err.message);
    return verdict;
}

static void deciding(const wadi_dva_verdict *verdict, char *out)
{
    *out = '\0';
    for (int r = 0; r < WADI_DVA_RULE_COUNT; r++)
        if (verdict->rules[r].decides)
            strcat(strcat(out, *out ? "," : ""), verdict->rules[r].id);
}

#define GOOD    "ptv=1 lpv=1 arch=1 inflow=1 proximal_tibial=1 imaging=1 "
#define CHRONIC "rutherford=5 no_option=1 "

static void each_verdict_has_its_rule(void **state)
{
    static const struct {
        const char *facts;
        wadi_dva_decision decision;
        const char *rules;
    } rows[] = {
        {CHRONIC GOOD, WADI_DVA_ELIGIBLE, "S01"},
        {"rutherford=6 no_option=1 " GOOD, WADI_DVA_ELIGIBLE, "S01"},
        {"rutherford=4 no_option=1 conservative_failed=1 " GOOD, WADI_DVA_CONDITIONAL, "S02"},
        {"rutherford=4 no_option=1 conservative_failed=0 " GOOD, WADI_DVA_NOT_CANDIDATE, "S02"},
        {"rutherford=4 no_option=1 " GOOD, WADI_DVA_INCOMPLETE, "S02"},
        {"rutherford=3 no_option=1 " GOOD, WADI_DVA_NOT_CANDIDATE, "S01"},
        {"rutherford=5 no_option=0 " GOOD, WADI_DVA_NOT_CANDIDATE, "S01"},
        {"rutherford=0", WADI_DVA_NOT_CANDIDATE, "S01"},
        {CHRONIC "dvt=1", WADI_DVA_EXCLUDE, "S15"},
        {CHRONIC "dvt=1 sepsis=1 arch=0", WADI_DVA_EXCLUDE, "S10,S15"},
        {"rutherford=3 dvt=1", WADI_DVA_NOT_CANDIDATE, "S01"},
        {"ali=1 failed_lysis=1 no_pedal=1", WADI_DVA_EXCLUDE, "S11"},
        {"ali=1 rutherford=3", WADI_DVA_EXCLUDE, "S11"},
        {CHRONIC "infection_controlled=0", WADI_DVA_DEFER, "S08"},
        {CHRONIC GOOD "access_site_infected=1", WADI_DVA_DEFER, "S09"},
        {CHRONIC "infection_controlled=0 arch=0", WADI_DVA_NOT_ELIGIBLE, "S03"},
        {CHRONIC "ptv=1 lpv=1 arch=0 inflow=1 proximal_tibial=1 imaging=1",
         WADI_DVA_NOT_ELIGIBLE, "S03"},
        {CHRONIC "ptv=1 lpv=1 inflow=1 proximal_tibial=1 imaging=1", WADI_DVA_INCOMPLETE,
         "S03"},
        {CHRONIC "ptv=1 lpv=1 arch=1 inflow=0 proximal_tibial=1 imaging=1",
         WADI_DVA_NOT_ELIGIBLE, "S05"},
        {CHRONIC "ptv=1 lpv=1 arch=1 inflow=1 proximal_tibial=1 imaging=0", WADI_DVA_INCOMPLETE,
         "S04"},
        {CHRONIC "ptv=1 lpv=1 arch=1 inflow=1 proximal_tibial=0 imaging=1",
         WADI_DVA_CONDITIONAL, "S06"},
        {CHRONIC "ptv=1 lpv=1 arch=1 inflow=1 proximal_tibial=0 imaging=1 hybrid_possible=1",
         WADI_DVA_CONDITIONAL, "S06"},
        {CHRONIC "ptv=1 lpv=1 arch=1 inflow=1 proximal_tibial=0 imaging=1 hybrid_possible=0",
         WADI_DVA_NOT_ELIGIBLE, "S06"},
        {CHRONIC GOOD "extensive_loss=1", WADI_DVA_EXCLUDE, "S07"},
        {CHRONIC GOOD "poor_cardiac=1", WADI_DVA_EXCLUDE, "S12"},
        {CHRONIC GOOD "high_output_avf=1", WADI_DVA_EXCLUDE, "S14"},
        {CHRONIC GOOD "coronary_lesions=1 dialysis=1 donor_is_only_runoff=1 patent_tibials=1",
         WADI_DVA_ELIGIBLE, "S01"},
        {"", WADI_DVA_INCOMPLETE, "S01,S03,S04,S05,S06"},
    };

    (void)state;
    for (size_t i = 0; i < WADI_COUNT_OF(rows); i++) {
        wadi_dva_verdict verdict = select_with(rows[i].facts, NULL);
        char rules[128];

        deciding(&verdict, rules);
        if (verdict.decision != rows[i].decision || strcmp(rules, rows[i].rules))
            fail_msg("%s: %s by %s, want %s by %s", rows[i].facts,
                     wadi_dva_decision_text(verdict.decision), rules,
                     wadi_dva_decision_text(rows[i].decision), rows[i].rules);
        assert_false(verdict.exploratory);
    }
}

static void warnings_speak_but_do_not_decide(void **state)
{
    wadi_dva_verdict verdict =
        select_with(CHRONIC GOOD "donor_is_only_runoff=1 patent_tibials=1", NULL);

    (void)state;
    for (int r = 0; r < WADI_DVA_RULE_COUNT; r++) {
        bool warns = !strcmp(verdict.rules[r].id, "S16") || !strcmp(verdict.rules[r].id, "S17");

        if (verdict.rules[r].kind == WADI_DVA_WARN)
            assert_int_equal(verdict.rules[r].fired, warns);
    }
    verdict = select_with(CHRONIC GOOD "patent_tibials=2", NULL);
    assert_int_equal(verdict.rules[17].fired, 0);
}

static void an_overridden_exclusion_is_listed_and_exploratory(void **state)
{
    wadi_dva_verdict verdict = select_with("ali=1 failed_lysis=1 no_pedal=1 " GOOD, "S11");

    (void)state;
    assert_int_equal(verdict.decision, WADI_DVA_CONDITIONAL);
    assert_true(verdict.exploratory && verdict.investigational);
    assert_string_equal(verdict.rules[10].id, "S11");
    assert_true(verdict.rules[10].overridden && verdict.rules[10].fired);
    assert_false(verdict.rules[10].decides);
    assert_string_equal(verdict.rules[11].id, "S11b");
    assert_true(verdict.rules[11].decides);

    verdict = select_with(CHRONIC GOOD "dvt=1", "S15");
    assert_int_equal(verdict.decision, WADI_DVA_ELIGIBLE);
    assert_true(verdict.exploratory);
    /* Setting aside one of two exclusions changes nothing but the record. */
    verdict = select_with(CHRONIC GOOD "dvt=1 sepsis=1", "S15");
    assert_int_equal(verdict.decision, WADI_DVA_EXCLUDE);
    /* An override of what does not apply leaves the result as it is. */
    verdict = select_with(CHRONIC GOOD "dvt=0", "S15");
    assert_int_equal(verdict.decision, WADI_DVA_ELIGIBLE);
    assert_false(verdict.exploratory);
}

static void missing_facts_are_asked_required_ones_first(void **state)
{
    wadi_dva_verdict verdict = select_with(CHRONIC "ptv=1 arch=1 imaging=1 inflow=1", NULL);

    (void)state;
    assert_int_equal(verdict.decision, WADI_DVA_INCOMPLETE);
    assert_string_equal(verdict.missing[0].fact, "lpv_patent");
    assert_string_equal(verdict.missing[1].fact, "proximal_tibial_patent");
    assert_true(verdict.missing[1].required);
    assert_false(verdict.missing[2].required);
    for (int i = 0; i < verdict.missing_count; i++)
        assert_string_not_equal(verdict.missing[i].fact, "failed_lysis");
}

static void wrong_facts_and_overrides_are_refused(void **state)
{
    wadi_dva_facts facts = {.dvt = {true, 2}};
    wadi_dva_verdict verdict = {0};
    wadi_error err = {0};
    const char *none[] = {"S99"};

    (void)state;
    assert_int_equal(wadi_dva_select(&facts, &verdict, &err), WADI_ERR_RANGE);
    assert_non_null(strstr(err.message, "dvt"));
    facts.dvt.known = false;
    assert_int_equal(wadi_dva_select_with(&facts, none, 1, &verdict, &err), WADI_ERR_KEY);
    assert_int_equal(wadi_dva_facts_set(&facts, "dtv", 1, &err), WADI_ERR_KEY);
    assert_int_equal(wadi_dva_facts_set(&facts, "rutherford", 5.5, &err), WADI_ERR_RANGE);
}

/* Turning any one finding for the worse never moves the verdict towards ELIGIBLE. */
static void a_worse_finding_never_opens_the_door(void **state)
{
    static const char *const WORSE_IF_SET[] = {
        "extensive_loss", "access_site_infected", "sepsis", "ali",
        "poor_cardiac",   "high_output_avf",      "dvt"};
    static const char *const WORSE_IF_CLEAR[] = {"ptv", "lpv", "arch", "inflow",
                                                 "infection_controlled"};
    static const int BADNESS[] = {0, 1, 3, 5, 4, 2, 6};
    wadi_random random;

    (void)state;
    wadi_random_init(&random, 11, 0);
    for (int n = 0; n < 100000; n++) {
        wadi_dva_facts before = {0}, after;
        wadi_dva_verdict a, b;
        uint64_t bits = wadi_random_bits(&random);
        int pick = (int)(wadi_random_bits(&random) % 12);

        before.rutherford = (wadi_maybe){true, 5.0 + (double)(bits & 1)};
        before.no_option = (wadi_maybe){true, 1};
        before.venous_imaging = (wadi_maybe){true, 1};
        before.proximal_tibial_patent = (wadi_maybe){true, (double)(bits >> 1 & 3)};
        for (int i = 0; i < 7; i++)
            assert_int_equal(
                wadi_dva_facts_set(&before, WORSE_IF_SET[i], (bits >> (3 + i) & 7) == 0, NULL),
                0);
        for (int i = 0; i < 5; i++)
            assert_int_equal(wadi_dva_facts_set(&before, WORSE_IF_CLEAR[i],
                                                (bits >> (20 + i) & 3) != 0, NULL),
                             0);
        after = before;
        if (pick < 7)
            assert_int_equal(wadi_dva_facts_set(&after, WORSE_IF_SET[pick], 1, NULL), 0);
        else
            assert_int_equal(wadi_dva_facts_set(&after, WORSE_IF_CLEAR[pick - 7], 0, NULL), 0);
        assert_int_equal(wadi_dva_select(&before, &a, NULL), 0);
        assert_int_equal(wadi_dva_select(&after, &b, NULL), 0);
        assert_true(BADNESS[b.decision] >= BADNESS[a.decision]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_verdict_has_its_rule),
        cmocka_unit_test(warnings_speak_but_do_not_decide),
        cmocka_unit_test(an_overridden_exclusion_is_listed_and_exploratory),
        cmocka_unit_test(missing_facts_are_asked_required_ones_first),
        cmocka_unit_test(wrong_facts_and_overrides_are_refused),
        cmocka_unit_test(a_worse_finding_never_opens_the_door),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
