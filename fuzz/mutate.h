/* Mutants of case files: some still right, most wrong in a way a person or a disk could be. */
#ifndef WADI_FUZZ_MUTATE_H
#define WADI_FUZZ_MUTATE_H

#include "base/json_impl.h"

/* One mutant of one of the cases, the same for the same stream. `free` it. NULL: no memory. */
char *fuzz_mutate(wadi_random *random, json_t *const *cases, size_t case_count, size_t *size);

#endif
