/// @file figure.h
/// Figures of statistical results: step curves with their risk table, cumulative incidences,
/// forest plots, published points. Groups are told apart by colour and by line type.
#ifndef WADI_FIGURE_H
#define WADI_FIGURE_H

#include "wadi/stats.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Draw a result.
///
/// @param result   of wadi_stats_km, _cif, _msm, _mcf, _cox, _finegray or _overlay
/// @param path     ends in .svg, .pdf or .png; written whole or not at all
/// @param stacked  cumulative incidences on top of each other instead of beside
/// @retval WADI_ERR_SUPPORT  another ending, or a result without a figure
/// @retval WADI_ERR_WRITE    the file cannot be written
WADI_API wadi_status wadi_figure_write(const wadi_result *result, const char *path,
                                       bool stacked, wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
