#ifndef WADI_READ_CASE_H
#define WADI_READ_CASE_H

#include "wadi/limb.h"

/* Read the case of a verb, and make its limb unless `limb` is NULL. Every complaint is said
 * once on standard error, slips of unit before anything is computed from them. Gives an exit
 * code; both outputs are to be freed, and NULL where it is not EXIT_DONE. */
int cli_read_case(const char *path, wadi_case **the_case, wadi_limb **limb);

#endif
