/* Inside of a limb: parallel tables that grow as a plan divides vessels and adds grafts. */
#ifndef WADI_LIMB_IMPL_H
#define WADI_LIMB_IMPL_H

#include "base/base_impl.h"
#include "wadi/limb.h"

typedef struct limb_node {
    char name[WADI_NAME_SIZE];
} limb_node;

struct wadi_limb {
    limb_node *nodes;
    wadi_index node_count, node_capacity;
    wadi_vessel *vessels;
    wadi_index vessel_count, vessel_capacity;
    wadi_segment *segments;
    wadi_index segment_count, segment_capacity;
    double (*points)[3]; /* mm, shared by the parts of a divided segment */
    wadi_index point_count;
    wadi_limb_lesion *lesions;
    wadi_index lesion_count, lesion_capacity;
    wadi_limb_valve *valves;
    wadi_index valve_count;
    wadi_bed *beds;
    wadi_index bed_count;
    wadi_choke *chokes;
    wadi_index choke_count;
    wadi_index inlet, outlet;
    double scale, reference_height_cm;
    bool small_artery_disease;
};

/* Room for one more element; keeps the old ones. */
wadi_status limb_grow(void **items, wadi_index count, wadi_index *capacity, size_t size,
                      wadi_error *err) WADI_MUST_USE;
double limb_vessel_low(const wadi_segment *segment);  /* heart-side end of a segment, m */
double limb_vessel_high(const wadi_segment *segment); /* far end, m */

#endif
