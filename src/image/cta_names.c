/* Words for codes, and the end of a result. */
#include "wadi/image_cta.h"

#include <stdlib.h>

const char *wadi_cta_vessel_name(wadi_cta_vessel vessel)
{
    static const char *const NAMES[WADI_CTA_VESSELS] = {
        "unnamed",        "femoral",          "popliteal",       "anterior_tibial",
        "tibioperoneal",  "posterior_tibial", "peroneal",        "dorsalis_pedis",
        "medial_plantar", "lateral_plantar",  "great_saphenous", "small_saphenous",
    };

    return vessel >= 0 && vessel < WADI_CTA_VESSELS ? NAMES[vessel] : NAMES[0];
}

const char *wadi_cta_reason_name(wadi_cta_reason reason)
{
    static const char *const NAMES[WADI_CTA_REASONS] = {
        "bridged",      "bridge_unsure", "murray",  "kind_unsure",  "small",
        "touches_bone", "calcified",     "cut",     "no_path",      "seed_off",
        "name_unsure",  "no_vessel",     "no_bone", "few_contrast",
    };

    for (int k = 0; k < WADI_CTA_REASONS; k++)
        if ((unsigned)reason == 1u << k)
            return NAMES[k];
    return NULL;
}

void wadi_cta_free(wadi_cta *cta)
{
    if (!cta)
        return;
    for (wadi_index b = 0; cta->branches && b < cta->branch_count; b++) {
        wadi_cta_branch *branch = &cta->branches[b];

        free(branch->points_mm);
        free(branch->radius_mm);
        free(branch->radius_sd_mm);
        free(branch->hu);
        free(branch->calcium_arc_deg);
        free(branch->calcium_mm2);
        free(branch->bridged);
    }
    free(cta->branches);
    free(cta->nodes);
    free(cta->labels);
    free(cta->seeds);
    free(cta);
}
