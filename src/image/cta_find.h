/* Shared by what turns the graph of a CTA into findings. */
#ifndef WADI_CTA_FIND_H
#define WADI_CTA_FIND_H

#include "image_impl.h"
#include "wadi/image_lesion.h"
#include "wadi/limb.h"

#include <math.h>

/* Branches to courses: names of the reference leg, one line per vessel. */
wadi_status cta_courses(const wadi_cta *cta, const wadi_limb *reference,
                        wadi_cta_findings *findings, wadi_error *err) WADI_MUST_USE;
/* Length of a vessel of the reference leg, or 0. */
double cta_reference_mm(const wadi_limb *reference, const char *name);

/* Arcs of calcium along an artery, measured anew with what lies inside occlusions. */
wadi_status cta_calcium(const wadi_cta *cta, const wadi_volume *volume, wadi_cta_course *course,
                        wadi_error *err) WADI_MUST_USE;

/* Two unit vectors across a course at a point; the first looks along x as far as it can, so
 * that a ray means the same from point to point. */
void cta_across(const wadi_cta_course *course, wadi_index i, double *u, double *w);
/* Value at a place; NAN outside of the volume and in bone. */
double cta_sample(const wadi_cta *cta, const wadi_volume *volume, const double *point);
/* The same, and NAN beside bone. */
double cta_sample_free(const wadi_cta *cta, const wadi_volume *volume, const double *point);
/* Set anew what is closed, from brightness along all of the artery. */
wadi_status cta_reclose(const wadi_cta *cta, const wadi_volume *volume, wadi_cta_course *course,
                        wadi_error *err) WADI_MUST_USE;
/* Follow the open lumen into what seemed closed; the course may have other points then. */
wadi_status cta_stumps(const wadi_cta *cta, const wadi_volume *volume,
                       const wadi_cta_findings *findings, wadi_cta_course *course,
                       bool *changed, wadi_error *err) WADI_MUST_USE;

/* The radius of the lumen along an artery (`lumen`; where it is closed, what it would be), the
 * mean HU of its inner part (`inner`, NAN where hidden) and the logarithm of the odds that it
 * is open at all (`open`); all (count). Puts the course into the middle of the lumen where it
 * was only bridged, and sets what is closed and its radii. */
wadi_status cta_lumen(const wadi_cta *cta, const wadi_volume *volume,
                      const wadi_cta_findings *findings, wadi_cta_course *course, double *lumen,
                      double *inner, double *open, wadi_error *err) WADI_MUST_USE;

/* Quantile of what lies in from..to and is open; NAN when fewer than `least` points do. `room`:
 * (count). */
double cta_open_quantile(const wadi_cta_course *course, const double *values, double from,
                         double to, double share, int least, double *room);
/* Add a lesion; NULL without memory. */
wadi_cta_lesion *cta_add_lesion(wadi_cta_course *course);
/* Part thin stretches into closed and narrowed ones. `open` may be NULL. */
void cta_close_thin(wadi_cta_course *course, const double *lumen, const double *open,
                    double *room);
wadi_status cta_find_stenoses(wadi_cta_course *course, const double *lumen, double *room,
                              wadi_error *err) WADI_MUST_USE;

/* Lesions, calcium and length of the arteries among the courses. `volume` may be NULL. */
wadi_status cta_lesions(const wadi_cta *cta, const wadi_volume *volume,
                        const wadi_limb *reference, wadi_cta_findings *findings,
                        wadi_error *err) WADI_MUST_USE;
/* Gaps between arteries and the veins beside them. */
wadi_status cta_gaps(wadi_cta_findings *findings, wadi_error *err) WADI_MUST_USE;

/* Add the lists of a course's findings to cta.json. */
json_t *cta_course_json(const wadi_cta_course *course);
json_t *cta_reasons_json(uint32_t reasons);

#endif
