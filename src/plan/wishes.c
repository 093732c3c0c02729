/* Forced and forbidden steps of a case, as the search understands them. */
#include "plan/plan_impl.h"

#include <string.h>

unsigned escape_bit(const char *name)
{
    for (int i = 0; i < ESCAPE_COUNT; i++)
        if (!strcmp(ESCAPES[i], name))
            return 1u << i;
    return 0;
}

static wadi_status unknown_step(const char *list, wadi_index at, const char *step,
                                wadi_error *err)
{
    return wadi_fail(err, WADI_ERR_KEY,
                     "/wishes/%s/%d/step: '%s' is none of close:VESSEL, keep:VESSEL (IMP1, "
                     "IMPL, DPV, FPM, FPL, FPX, "
                     "MPV, GSV, SSV, PTV2), fistula, lyse, shunting, treat_inflow",
                     list, at, step);
}

/* One wish; `forced` tells on which list it stands. False for a word that is not known. */
static bool read_step(step_wishes *out, const char *step, bool forced)
{
    bool close = !strncmp(step, "close:", 6), keep = !strncmp(step, "keep:", 5);

    if (close || keep) {
        unsigned bit = escape_bit(strchr(step, ':') + 1);

        /* Forbidding a closure and forcing to keep a vein are the same. */
        if (close == forced)
            out->forced_closures |= bit;
        else
            out->forbidden_closures |= bit;
        return bit != 0;
    }
    if (!strcmp(step, "fistula"))
        out->no_fistula |= !forced;
    else if (!strcmp(step, "lyse"))
        out->no_lysis |= !forced;
    else if (!strcmp(step, "shunting"))
        out->no_shunt_prevention |= !forced;
    else if (!strcmp(step, "treat_inflow"))
        out->leave_inflow |= !forced;
    else
        return false;
    return true;
}

wadi_status wishes_read(const wadi_case *the_case, step_wishes *out, wadi_error *err)
{
    const wadi_wishes *wish = &the_case->wishes;

    memset(out, 0, sizeof *out);
    for (wadi_index i = 0; i < wish->forced_count; i++)
        if (!read_step(out, wish->forced[i].step, true))
            return unknown_step("forced", i, wish->forced[i].step, err);
    for (wadi_index i = 0; i < wish->forbidden_count; i++)
        if (!read_step(out, wish->forbidden[i].step, false))
            return unknown_step("forbidden", i, wish->forbidden[i].step, err);
    if (out->forced_closures & out->forbidden_closures)
        return wadi_fail(err, WADI_ERR_CONFLICT,
                         "/wishes: the same branch is to be closed and to be kept");
    return WADI_OK;
}
