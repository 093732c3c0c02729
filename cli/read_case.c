#include "read_case.h"

#include "cli.h"
#include "wadi/case.h"

static void show_complaints(const char *path, const wadi_complaints *complaints)
{
    bool told = false;

    for (wadi_index i = 0; i < complaints->count; i++) {
        /* The first fatal one is the error itself, which is said last. */
        if (complaints->items[i].fatal && !told) {
            told = true;
            continue;
        }
        cli_note("wadi: %s: %s: %s", path, complaints->items[i].pointer,
                 complaints->items[i].text);
    }
}

int cli_read_case(const char *path, wadi_case **the_case, wadi_limb **limb)
{
    wadi_complaints complaints = {0};
    wadi_error err = {0};
    wadi_status status;

    if (limb)
        *limb = NULL;
    status = wadi_case_read(path, the_case, &complaints, &err);
    show_complaints(path, &complaints);
    wadi_complaints_clear(&complaints);
    if (!status && limb)
        status = wadi_limb_from_case(*the_case, limb, &err);
    if (!status)
        return EXIT_DONE;
    wadi_case_free(*the_case);
    *the_case = NULL;
    return cli_failed(&err);
}
