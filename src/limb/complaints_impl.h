/* Where the reader of a case gathers what it finds wrong. */
#ifndef WADI_COMPLAINTS_IMPL_H
#define WADI_COMPLAINTS_IMPL_H

#include "base/base_impl.h"
#include "wadi/case.h"

/* Enough for a person; a broken file of megabytes must not fill the memory with complaints. */
enum { COMPLAINT_LIMIT = 400, WARNING_LIMIT = 200 };

typedef struct complaint_list {
    wadi_complaints *complaints;
    wadi_index capacity;
    long left_out; /* found beyond the limits, counted only */
    bool left_out_fatal;
    bool no_memory;
} complaint_list;

/* Add one. The text is made printable: a control character or broken UTF-8 becomes '?'. */
void wadi_complain(complaint_list *list, bool fatal, wadi_status status, const char *pointer,
                   const char *format, ...) WADI_PRINTF(5, 6);
/* True when another complaint would only be counted: its text need not be worked out. */
bool wadi_complaints_full(const complaint_list *list);
/* Say how many were left out. After this nothing is added. */
void wadi_complaints_close(complaint_list *list);
/* Status of the first fatal complaint, told in `err` as "place: pointer: text"; WADI_OK if
 * none. */
wadi_status wadi_complaints_status(const complaint_list *list, const char *place,
                                   wadi_error *err);

/* The nearest of NULL-terminated names, or NULL when none is near enough to be meant. */
const char *wadi_nearest_name(const char *name, const char *const *names);
/* Keep the better of two suggestions; *best_distance starts as INT_MAX. */
void wadi_nearest_offer(const char *name, const char *candidate, const char **best,
                        int *best_distance);

#endif
