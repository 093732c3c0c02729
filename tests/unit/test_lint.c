#include "near.h"

#include "stage/csv_impl.h"
#include "wadi/lint.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct published {
    const char *path;
    const char *findings; /* "line:check ..." */
} PUBLISHED[] = {
    {"cases/published/hayakawa-2023-counts.csv",
     "5:sum 14:share 25:share 29:share 49:sum 53:share 59:interval 60:interval "},
    {"cases/published/hayakawa-2023-statements.csv", "6:statement 8:statement "},
    {"cases/published/hasanli-2026-statements.csv",
     "4:statement 6:statement 10:statement 12:statement 14:statement 16:statement "
     "18:statement "},
    {"cases/published/hasanli-2026-devices.csv", "6:size 7:size 8:size 8:size "},
    {"cases/published/spiliopoulos-2023-statements.csv", "4:statement 6:statement "},
    {"cases/published/outcome-curves.csv", "9:rise "},
    {"cases/published/puncture-note-drugs.csv", "6:unit "},
};

static void all_known_contradictions_of_the_documents_are_found_and_no_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < WADI_COUNT_OF(PUBLISHED); i++) {
        wadi_lint lint;
        wadi_error err = {0};
        char got[600] = "";

        if (wadi_lint_file(PUBLISHED[i].path, &lint, &err))
            fail_msg("%s", err.message);
        for (int k = 0; k < lint.count; k++)
            snprintf(got + strlen(got), sizeof got - strlen(got), "%d:%s ",
                     lint.findings[k].line, lint.findings[k].check);
        assert_string_equal(got, PUBLISHED[i].findings);
        wadi_lint_clear(&lint);
    }
}

/* Lint a text; the findings' checks joined by blanks, or the status in `*status`. */
static void lint_text(const char *text, char *got, size_t size, wadi_status *status)
{
    char path[] = "lint-XXXXXX";
    int handle = mkstemp(path);
    wadi_lint lint;
    wadi_error err = {0};

    assert_true(handle >= 0);
    assert_int_equal(write(handle, text, strlen(text)), (int)strlen(text));
    close(handle);
    *got = '\0';
    *status = wadi_lint_file(path, &lint, &err);
    for (int k = 0; !*status && k < lint.count; k++)
        snprintf(got + strlen(got), size - strlen(got), "%s%s", k ? " " : "",
                 lint.findings[k].check);
    if (!*status)
        wadi_lint_clear(&lint);
    unlink(path);
}

static void each_check_finds_its_fault_and_passes_a_hair_beside(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"item,count,n,percent\na,1,3,33.3\n", ""},
        {"item,count,n,percent\na,1,3,33.4\n", "share"},
        {"item,count,n,percent\na,1,8,12.5\nb,1,8,13\nc,1,8,12\n",
         ""}, /* half a unit rounds either way: 12.5 prints 13 or 12 */
        {"item,count,n\na,4,3\n", "range"},
        {"item,count,n,ci_low_percent,ci_high_percent\na,12,12,75.8,100\nb,12,12,73.5,100\n",
         ""},
        {"item,count,n,ci_low_percent,ci_high_percent\na,12,12,75.6,100\n", "interval"},
        {"group,item,count,n,whole\ng,a,1,3,yes\ng,b,2,3,yes\n", ""},
        {"group,item,count,n,whole\ng,a,1,3,yes\ng,b,1,3,yes\n", "sum"},
        {"study,outcome,time_months,percent\ns,AFS,6,50\ns,AFS,12,50\n", ""},
        {"study,outcome,time_months,percent\ns,AFS,6,50\ns,AFS,12,50.1\n", "rise"},
        {"study,outcome,time_months,percent\ns,healed,6,50\ns,healed,12,70\n", ""},
        {"study,outcome,time_months,percent\ns,AFS,6,70\ns,limb_salvage,6,69\n", "bounds"},
        {"study,outcome,time_months,percent\ns,AFS,6,50\ns,limb_salvage,6,90\ns,survival,6,"
         "70\n",
         "bounds"},
        {"study,outcome,time_months,percent\ns,AFS,6,60\ns,limb_salvage,6,90\ns,survival,6,"
         "70\n",
         ""},
        {"subject,item,where,value,unit\np,x,a,2-3,days\np,x,b,48,h\n", ""},
        {"subject,item,where,value,unit\np,x,a,2-3,days\np,x,b,<48,h\n", "statement"},
        {"subject,item,where,value,unit\np,x,a,<=48,h\np,x,b,2-3,days\n", ""},
        {"subject,item,where,value,unit\np,x,a,81.1,years\np,x,b,81.05,years\n", ""},
        {"subject,item,where,value,unit\np,x,a,81.1,years\np,x,b,81.04,years\n", "statement"},
        {"subject,item,where,value,unit\np,x,a,IIA,\np,x,b,IIa,\nq,x,b,IIb,\n", ""},
        {"diam_mm,len_mm,target\n5,150,PTV\n11,100,GSV\n", ""},
        {"diam_mm,len_mm,target\n13.1,100,GSV\n", "size"},
        {"drug,dose,unit\nheparin,100,IU/kg\nverapamil,5,mg\n", ""},
        {"drug,dose,unit\nHeparin,5000,\n", "unit"},
        {"subject,event,date\np,procedure,2024-01-10\np,visit,2024-01-09\np,death,2024-02-"
         "01\np,visit,2024-02-02\n",
         "date date"},
        {"subject,event,date\np,procedure,2024-01-10\np,visit,2024-01-10\np,death,2024-02-01\n",
         ""},
    };

    (void)state;
    for (size_t i = 0; i < WADI_COUNT_OF(rows); i++) {
        char got[200];
        wadi_status status;

        lint_text(rows[i].text, got, sizeof got, &status);
        if (status || strcmp(got, rows[i].want))
            fail_msg("row %zu: '%s' (%d), want '%s'", i, got, status, rows[i].want);
    }
}

static void what_is_no_table_is_refused(void **state)
{
    static const struct {
        const char *text;
        wadi_status status;
    } rows[] = {
        {"", WADI_ERR_PARSE},
        {"a,b\n1\n", WADI_ERR_PARSE},
        {"a,b\n\"1,2\n", WADI_ERR_PARSE},
        {"a,b\n\"1\"2,3\n", WADI_ERR_PARSE},
        {"a,b\n1,2\n", WADI_ERR_KEY},
        {"item,count,n\na,x,3\n", WADI_ERR_PARSE},
        {"item,count,n\na,1e999,3\n", WADI_ERR_PARSE},
        {"subject,event,date\np,death,2024-13-01\n", WADI_ERR_PARSE},
    };

    (void)state;
    for (size_t i = 0; i < WADI_COUNT_OF(rows); i++) {
        char got[200];
        wadi_status status;

        lint_text(rows[i].text, got, sizeof got, &status);
        assert_int_equal(status, rows[i].status);
    }
}

static void quotes_line_ends_and_marks_are_read(void **state)
{
    static const char TEXT[] =
        "\xEF\xBB\xBF# source\r\na,b\r\n\"x \"\"y\"\", z\",\"1\n2\"\r\n\r\nlast,";
    csv_table table;

    (void)state;
    assert_int_equal(wadi_csv_parse("t", TEXT, sizeof TEXT - 1, &table, NULL), WADI_OK);
    assert_int_equal(table.rows, 3);
    assert_string_equal(wadi_csv_word(&table, 1, 0), "x \"y\", z");
    assert_string_equal(wadi_csv_word(&table, 1, 1), "1\n2");
    assert_string_equal(wadi_csv_word(&table, 2, 1), "");
    assert_int_equal(table.lines[1], 3);
    assert_int_equal(table.lines[2], 6);
    wadi_csv_clear(&table);
}

static void refused_memory_is_reported(void **state)
{
    static const char TEXT[] = "a,b\n1,2\n";

    (void)state;
    for (int nth = 1; nth <= 3; nth++) {
        csv_table table;

        wadi_memory_refuse(nth);
        assert_int_equal(wadi_csv_parse("t", TEXT, sizeof TEXT - 1, &table, NULL),
                         WADI_ERR_NOMEM);
        wadi_memory_refuse(0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_known_contradictions_of_the_documents_are_found_and_no_other),
        cmocka_unit_test(each_check_finds_its_fault_and_passes_a_hair_beside),
        cmocka_unit_test(what_is_no_table_is_refused),
        cmocka_unit_test(quotes_line_ends_and_marks_are_read),
        cmocka_unit_test(refused_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
