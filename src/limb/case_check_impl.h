/* Shared by the two files that check a decoded case. */
#ifndef WADI_CASE_CHECK_IMPL_H
#define WADI_CASE_CHECK_IMPL_H

#include "limb/case_impl.h"

typedef struct checker {
    const wadi_case *the_case;
    const wadi_vessels *vessels;
    complaint_list *complaints;
} checker;

/* A complaint with a fixed text at a pointer that is put together. */
void wadi_check_tell(const checker *of, bool fatal, wadi_status status, const char *text,
                     const char *pointer, ...) WADI_PRINTF(5, 6);
/* Length of a vessel of this leg: measured, or of the reference leg scaled by height. False for
 * an unknown name or NULL. */
bool wadi_check_length(const checker *of, const char *vessel, double *length_mm);
/* Findings, collaterals, gaps. */
void wadi_check_vessels(const checker *of);

#endif
