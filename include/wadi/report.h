/// @file report.h
/// What a plan looks like to people and to programs: text for a terminal, JSON, the figure of
/// the leg before and after, and a report of two pages.
///
/// Every function reads its inputs only, may be called from any thread, and gives the same
/// bytes for the same result and case: nothing here asks for the time. Texts are UTF-8.
///
/// `the_case` may be NULL where only a result is at hand; then titles and the side are left
/// out.
#ifndef WADI_REPORT_H
#define WADI_REPORT_H

#include "wadi/base.h"
#include "wadi/case.h"
#include "wadi/cause.h"
#include "wadi/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Printed on everything that leaves the house.
#define WADI_RESEARCH_ONLY                                                                     \
    "For research and education only. Not a medical device; it gives no order."

/// The plan as one JSON object, schema "wadi.plan/1" (schema/plan.schema.json). `free` *out.
///
/// Quantities of `before` and `after` are {"value", "low", "high"}: nominal, 5 % and 95 %
/// point; null where they do not apply. `tcpo2_mmhg` and `bed_nutritive_ml_min` are objects by
/// foot bed. `after` is null in a technique that was refused. Keys always come in the same
/// order.
///
/// @retval WADI_ERR_NOMEM  no memory; *out is NULL
WADI_API wadi_status wadi_plan_json(const wadi_plan_result *result, const wadi_case *the_case,
                                    char **out, size_t *size, wadi_error *err) WADI_MUST_USE;

/// The plan as plain text of at most 96 columns. `free` *out.
///
/// @retval WADI_ERR_NOMEM  no memory; *out is NULL
WADI_API wadi_status wadi_plan_text(const wadi_plan_result *result, const wadi_case *the_case,
                                    char **out, size_t *size, wadi_error *err) WADI_MUST_USE;

/// The leg before and after the best plan, side by side, as SVG. `free` *out. Without a plan
/// the leg before stands alone. Layers are groups with the ids "before" and "after", and in
/// each "before-arteries", "before-veins", "before-lesions", "before-valves", "before-flow",
/// "before-foot", "before-labels"; the legend is "legend".
///
/// @retval WADI_ERR_NOMEM  no memory; *out is NULL
WADI_API wadi_status wadi_leg_svg(const wadi_plan_result *result, const wadi_case *the_case,
                                  char **out, size_t *size, wadi_error *err) WADI_MUST_USE;

/// Two A4 pages as PDF. `free` *out. What does not fit is counted there and told in full by
/// JSON.
///
/// @retval WADI_ERR_NOMEM  no memory; *out is NULL
/// @retval WADI_ERR_IO     Cairo could not draw; the message tells why
WADI_API wadi_status wadi_report_pdf(const wadi_plan_result *result, const wadi_case *the_case,
                                     char **out, size_t *size, wadi_error *err) WADI_MUST_USE;

/// Write plan.json, leg.svg and report.pdf into a directory, which is made when it is absent.
///
/// All or nothing: the three are made in memory, written beside their places, and only then
/// renamed. After a failure the directory holds what it held before (but may be new and empty).
///
/// @retval WADI_ERR_WRITE  the directory or a file in it cannot be written
WADI_API wadi_status wadi_report_write(const wadi_plan_result *result,
                                       const wadi_case *the_case, const char *directory,
                                       wadi_error *err) WADI_MUST_USE;

/// The likely cause of a visit as text of at most 96 columns, or as one JSON object, schema
/// "wadi.follow/1". `first` may be NULL. `free` *out.
///
/// @retval WADI_ERR_NOMEM  no memory; *out is NULL
WADI_API wadi_status wadi_cause_text(const wadi_cause_answer *answer,
                                     const wadi_cause_visit *first,
                                     const wadi_cause_visit *latest, char **out, size_t *size,
                                     wadi_error *err) WADI_MUST_USE;
WADI_API wadi_status wadi_cause_json(const wadi_cause_answer *answer,
                                     const wadi_cause_visit *first,
                                     const wadi_cause_visit *latest, char **out, size_t *size,
                                     wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
