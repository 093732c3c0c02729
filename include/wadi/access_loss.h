/// @file access_loss.h
/// What a foot loses with a punctured vessel. Allocates; any thread, each with its own access.
#ifndef WADI_ACCESS_LOSS_H
#define WADI_ACCESS_LOSS_H

#include "wadi/case.h"
#include "wadi/limb.h"
#include "wadi/puncture.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Replace the tissue that hangs on each feasible arterial site by that of a simulated loss.
///
/// The vessel is closed from 10 mm before the puncture to 10 mm beyond it in a copy of the limb
/// (a thrombosed or dissected stretch) and the steady flow is solved before and after
/// (wadi/flow.h, nominal model of the case). A bed of the foot is at risk where its nutritive
/// flow falls by more than half; a bed that had less than 1 % of its healthy flow before has
/// nothing to lose. Sites of zone 3 are ranked again with the share of demand lost added to
/// their cost.
///
/// @retval WADI_ERR_CONVERGENCE  from the solver; *access is unchanged after any failure
WADI_API wadi_status wadi_access_simulate_losses(const wadi_case *the_case,
                                                 const wadi_limb *limb, wadi_access *access,
                                                 wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
