/// @file knowledge.h
/// What the documents say of each way to arterialize (data/technique.json), row by row.
///
/// Sections: steps, preconditions, failures, complications, drugs, antithrombotics, checklist,
/// dose_log, alternatives, benchmarks. Every row has `source` and `standing`; rows of standing
/// MEMORY are shown as unconfirmed. Immutable after opening; any thread may read.
#ifndef WADI_KNOWLEDGE_H
#define WADI_KNOWLEDGE_H

#include "wadi/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wadi_knowledge wadi_knowledge;

/// Read and check the file. `wadi_knowledge_free` *out.
WADI_API wadi_status wadi_knowledge_open(wadi_knowledge **out, wadi_error *err) WADI_MUST_USE;
WADI_API void wadi_knowledge_free(wadi_knowledge *knowledge);

/// Name of a section, NULL beyond the last.
WADI_API const char *wadi_knowledge_section(const wadi_knowledge *knowledge, int index);
/// Rows of a section; 0 where there is none of the name.
WADI_API int wadi_knowledge_count(const wadi_knowledge *knowledge, const char *section);
/// Text of a field, NULL where the row has none. Borrowed.
WADI_API const char *wadi_knowledge_get(const wadi_knowledge *knowledge, const char *section,
                                        int row, const char *field);
/// Number of a field, such as `months` of the antithrombotics.
WADI_API wadi_maybe wadi_knowledge_number(const wadi_knowledge *knowledge, const char *section,
                                          int row, const char *field);

/// True where a field is `true`, such as `at_least` of the antithrombotics.
WADI_API bool wadi_knowledge_is(const wadi_knowledge *knowledge, const char *section, int row,
                                const char *field);

/// A date so many months later: "2024-11-30" + 3 is "2025-02-28".
///
/// @retval WADI_ERR_PARSE  not a date of the form YYYY-MM-DD
WADI_API wadi_status wadi_date_add_months(const char *date, int months, char out[11],
                                          wadi_error *err) WADI_MUST_USE;

/// One section as text; of the steps, preconditions and failures only those of `technique`
/// where it is not NULL. With `procedure_date` the antithrombotics carry their end. `free`
/// *out.
///
/// @retval WADI_ERR_KEY  no such section
WADI_API wadi_status wadi_knowledge_text(const wadi_knowledge *knowledge, const char *section,
                                         const char *technique, const char *procedure_date,
                                         char **out, size_t *size,
                                         wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
