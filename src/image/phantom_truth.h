/* truth.json: what every phantom of wadi says about itself, and how it is written. */
#ifndef WADI_PHANTOM_TRUTH_H
#define WADI_PHANTOM_TRUTH_H

#include "image_impl.h"

/* A new "wadi.image.truth/1" of a kind ("cta"), to which the phantom adds what it drew. */
json_t *phantom_truth_new(const char *kind, uint64_t seed);
/* Write it to truth.json in a folder. Takes `truth`, also when it fails. */
wadi_status phantom_truth_write(json_t *truth, const char *directory,
                                wadi_error *err) WADI_MUST_USE;

#endif
