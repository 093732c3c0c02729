/* Inlet files: two columns, time in s and flow in m3/s or pressure in Pa. */
#ifndef WADI_WAVE_INLET_IMPL_H
#define WADI_WAVE_INLET_IMPL_H

#include "base/base_impl.h"

/* `free` *time_s and *value. Blank lines and lines that begin with # are skipped; columns are
 * set apart by blanks or one comma. Times rise from 0, at least two samples, all finite. */
wadi_status wave_inlet_parse(const char *place, const char *bytes, size_t size, double **time_s,
                             double **value, size_t *count, wadi_error *err) WADI_MUST_USE;
wadi_status wave_inlet_read(const char *path, double **time_s, double **value, size_t *count,
                            wadi_error *err) WADI_MUST_USE;

#endif
