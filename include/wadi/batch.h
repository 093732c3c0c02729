/// @file batch.h
/// Pulsatile runs of one network with several sets of numbers at once, side by side in the
/// lanes of the vector units: for uncertainty and sensitivity.
///
/// The networks share their topology and their cells; radii, stiffness, viscosity, resistances,
/// compliances and inlets may differ. All sets take the same steps, those of the set with the
/// fastest waves in each vessel. With the same forced step (`time_step_s`) a set has the same
/// bits as run by itself by wadi_pulse_run(), waveforms and summary alike, unless a chamber of
/// a bed is slow for the step in one set and not in another (docs/model/flow.md). A set that is
/// periodic is left as it stands while the others go on.
///
/// A batch is used by one thread; it borrows the networks, which must outlive it.
#ifndef WADI_BATCH_H
#define WADI_BATCH_H

#include "wadi/pulse.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wadi_flow_batch wadi_flow_batch;

enum { WADI_FLOW_BATCH_MOST = 8 }; ///< sets in a batch

/// Runs of `count` networks, 1 to WADI_FLOW_BATCH_MOST. Sets are counted from 0, in messages
/// too.
///
/// @param networks  (count) finished networks; borrowed
/// @retval WADI_ERR_RANGE     a number of sets or an option that cannot be
/// @retval WADI_ERR_CONFLICT  a set that is not the same network as set 0: the message names
/// the
///                            set and the part
/// @retval WADI_ERR_NOMEM
WADI_API wadi_status wadi_flow_batch_new(const wadi_network *const *networks, size_t count,
                                         const wadi_pulse_options *options,
                                         wadi_flow_batch **out, wadi_error *err) WADI_MUST_USE;
WADI_API void wadi_flow_batch_free(wadi_flow_batch *batch);

/// As wadi_pulse_run(), until every set is periodic. Progress tells of set 0.
/// @retval WADI_ERR_CONVERGENCE  a set is not periodic, or its solution is lost: the message
///                               names it, and no set has a result
WADI_API wadi_status wadi_flow_batch_run(wadi_flow_batch *batch, wadi_error *err) WADI_MUST_USE;

WADI_API size_t wadi_flow_batch_count(const wadi_flow_batch *batch);
/// The run of a set, for whatever reads a run: summary, waveforms, indices, files. Owned by the
/// batch.
WADI_API const wadi_pulse *wadi_flow_batch_at(const wadi_flow_batch *batch, size_t set);

#ifdef __cplusplus
}
#endif
#endif
