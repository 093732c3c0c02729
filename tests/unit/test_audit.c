#include "near.h"

#include "base/json_impl.h"
#include "wadi/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void complications_of_the_series_are_five_of_65(void **state)
{
    wadi_audit_share share = wadi_audit_complications();

    (void)state;
    assert_near(share.frac, 5.0 / 65, 1e-12, 0);
    assert_near(100 * share.frac, 7.7, 0, 0.05); /* as printed */
    /* Wilson by hand: (x + z^2/2 +- z sqrt(x (n - x)/n + z^2/4)) / (n + z^2), z = 1.959964. */
    assert_near(share.low_frac, 0.033303, 0, 2e-6);
    assert_near(share.high_frac, 0.167759, 0, 2e-6);
}

static void an_operators_mean_is_compared_by_its_t_interval(void **state)
{
    /* Mean 2, sd 1, n 5: t(0.975, 4) = 2.776445, half width 1.241664. */
    const double few[5] = {1, 1.5, 2, 2, 3.5};
    const double many[4] = {9, 9, 9, 9.1};
    wadi_audit_mean out;
    wadi_error err = {0};
    double sd = sqrt((1 + 0.25 + 0 + 0 + 2.25) / 4);

    (void)state;
    assert_int_equal(wadi_audit_compare(WADI_AUDIT_WIRES, 5, few, 0.95, &out, &err), WADI_OK);
    assert_near(out.mean, 2, 1e-12, 0);
    assert_near(out.high - out.mean, 2.776445 * sd / sqrt(5), 1e-6, 0);
    assert_int_equal(out.side, -1); /* 3.16 is below 3.4 */
    assert_int_equal(wadi_audit_compare(WADI_AUDIT_WIRES, 5, few, 0.99, &out, &err), WADI_OK);
    assert_int_equal(out.side, 0);
    assert_int_equal(wadi_audit_compare(WADI_AUDIT_WIRES, 4, many, 0.95, &out, &err), WADI_OK);
    assert_int_equal(out.side, 1);
}

static void values_that_no_interval_can_be_made_of_are_refused(void **state)
{
    const double bad[3] = {1, NAN, 2}, negative[3] = {1, -1, 2}, one[1] = {3};
    wadi_audit_mean out = {.count = -1};
    wadi_audit_share share;
    wadi_error err = {0};

    (void)state;
    assert_int_equal(wadi_audit_compare(WADI_AUDIT_WIRES, 1, one, 0.95, &out, &err),
                     WADI_ERR_MISSING);
    assert_int_equal(wadi_audit_compare(WADI_AUDIT_WIRES, 3, bad, 0.95, &out, &err),
                     WADI_ERR_RANGE);
    assert_int_equal(wadi_audit_compare(WADI_AUDIT_WIRES, 3, negative, 0.95, &out, &err),
                     WADI_ERR_RANGE);
    assert_int_equal(wadi_audit_compare(WADI_AUDIT_WIRES, 3, negative, 1, &out, &err),
                     WADI_ERR_RANGE);
    assert_int_equal(wadi_audit_proportion(3, 2, 0.95, &share, &err), WADI_ERR_RANGE);
    assert_int_equal(wadi_audit_proportion(0, 0, 0.95, &share, &err), WADI_ERR_RANGE);
    assert_int_equal(out.count, -1);
}

/* ---- the chart ---- */

static void the_chart_signals_after_a_known_shift_and_says_where_it_began(void **state)
{
    enum { BEFORE = 60, COUNT = 200 };
    int late = 0, early = 0, off = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        bool failed[COUNT];
        wadi_cusum chart = wadi_cusum_default(5.0 / 65);
        wadi_random random;
        wadi_error err = {0};

        wadi_random_init(&random, seed, 0);
        for (int i = 0; i < COUNT; i++)
            failed[i] = wadi_random_uniform(&random) < (i < BEFORE ? 5.0 / 65 : 0.35);
        assert_int_equal(wadi_cusum_run(COUNT, failed, NULL, &chart, &err), WADI_OK);
        assert_int_not_equal(chart.alarm, WADI_NONE); /* none is missed */
        early += chart.alarm < BEFORE;
        late += chart.alarm > BEFORE + 40;
        if (chart.alarm >= BEFORE)
            off += abs((int)chart.change - BEFORE) > 25;
    }
    print_message(
        "# of 200 charts %d signal early, %d more than 40 cases late, %d misplace the "
        "change by more than 25 cases\n",
        early, late, off);
    assert_true(early <= 30); /* false alarms in 60 cases in control */
    assert_true(late <= 10);
    assert_true(off <= 50);
}

static void the_score_rises_and_falls_by_the_log_likelihood_ratio(void **state)
{
    const bool failed[5] = {false, true, false, true, true};
    double score[5];
    wadi_cusum chart = {.accepted_frac = 0.1, .feared_frac = 0.2, .limit = 1.5};
    double up = log(2), down = log(0.9 / 0.8);
    wadi_error err = {0};

    (void)state;
    assert_int_equal(wadi_cusum_run(5, failed, score, &chart, &err), WADI_OK);
    assert_near(score[0], 0, 0, 0);
    assert_near(score[1], up, 1e-12, 0);
    assert_near(score[2], up - down, 1e-12, 0);
    assert_near(score[4], 3 * up - down, 1e-12, 0);
    assert_int_equal(chart.alarm, 4);
    assert_int_equal(chart.change, 1);
    chart.feared_frac = 0.1;
    assert_int_equal(wadi_cusum_run(5, failed, score, &chart, &err), WADI_ERR_RANGE);
}

/* ---- drawn anatomy ---- */

static void a_drawn_cohort_has_the_published_mean_and_spread(void **state)
{
    enum { COUNT = 200000 };
    static const struct {
        wadi_cohort_measure measure;
        double mean, sd;
    } ROWS[] = {{WADI_COHORT_OCCLUSION_MM, 228.2, 93.7},
                {WADI_COHORT_REFERENCE_MM, 2.1, 0.71},
                {WADI_COHORT_LESION_MM, 270.1, 78.2}};
    double *drawn = malloc(COUNT * sizeof *drawn), again[3];

    (void)state;
    assert_non_null(drawn);
    for (int r = 0; r < 3; r++) {
        double sum = 0, square = 0;

        wadi_cohort_draw(ROWS[r].measure, 11, COUNT, drawn);
        for (int i = 0; i < COUNT; i++) {
            assert_true(drawn[i] > 0);
            sum += drawn[i];
        }
        for (int i = 0; i < COUNT; i++)
            square += (drawn[i] - sum / COUNT) * (drawn[i] - sum / COUNT);
        assert_near(sum / COUNT, ROWS[r].mean, 0.02, 0);
        assert_near(sqrt(square / (COUNT - 1)), ROWS[r].sd, 0.02, 0);
        wadi_cohort_draw(ROWS[r].measure, 11, 3, again);
        assert_near(again[2], drawn[2], 0, 0); /* however many are drawn */
    }
    free(drawn);
}

static void the_printed_share_below_two_mm_is_not_reached_by_the_law(void **state)
{
    double below = wadi_cohort_below(WADI_COHORT_REFERENCE_MM, 2);

    (void)state;
    assert_near(below, 0.51, 0, 0.005);
    assert_true(below < 0.554);
    assert_near(wadi_cohort_below(WADI_COHORT_REFERENCE_MM, 0), 0, 0, 0);
}

/* ---- a table of cases ---- */

static void a_table_of_cases_becomes_a_panel(void **state)
{
    char path[] = "/tmp/wadi-audit-XXXXXX", *text = NULL;
    int handle = mkstemp(path);
    FILE *file = fdopen(handle, "w");
    size_t size = 0;
    wadi_error err = {0};
    json_t *all = NULL;

    (void)state;
    assert_non_null(file);
    fprintf(file, "case,wires,complication\n");
    for (int i = 0; i < 40; i++)
        fprintf(file, "%d,%d,%d\n", i, 5 + i % 2, i >= 30);
    fclose(file);
    assert_int_equal(wadi_audit_file(path, 0.95, true, &text, &size, &err), WADI_OK);
    assert_int_equal(wadi_json_parse("audit", text, size, &all, &err), WADI_OK);
    free(text);
    json_t *chart = json_object_get(json_object_get(all, "complication"), "cusum");

    assert_string_equal(wadi_json_get_text(json_object_get(all, "wires"), "side", ""), "above");
    assert_int_equal(wadi_json_get_number(chart, "change_case", 0), 31);
    assert_null(json_object_get(all, "failure"));
    json_decref(all);
    assert_int_equal(wadi_audit_file(path, 0.95, false, &text, &size, &err), WADI_OK);
    assert_non_null(strstr(text, "SIGNAL"));
    free(text);
    file = fopen(path, "w");
    fprintf(file, "a,b\n1,2\n");
    fclose(file);
    assert_int_equal(wadi_audit_file(path, 0.95, false, &text, &size, &err), WADI_ERR_MISSING);
    file = fopen(path, "w");
    fprintf(file, "complication\n1\n2\n");
    fclose(file);
    assert_int_equal(wadi_audit_file(path, 0.95, false, &text, &size, &err), WADI_ERR_RANGE);
    assert_memory_equal(err.message, path, strlen(path)); /* a fault says in which file */
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(complications_of_the_series_are_five_of_65),
        cmocka_unit_test(an_operators_mean_is_compared_by_its_t_interval),
        cmocka_unit_test(values_that_no_interval_can_be_made_of_are_refused),
        cmocka_unit_test(the_chart_signals_after_a_known_shift_and_says_where_it_began),
        cmocka_unit_test(the_score_rises_and_falls_by_the_log_likelihood_ratio),
        cmocka_unit_test(a_drawn_cohort_has_the_published_mean_and_spread),
        cmocka_unit_test(the_printed_share_below_two_mm_is_not_reached_by_the_law),
        cmocka_unit_test(a_table_of_cases_becomes_a_panel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
