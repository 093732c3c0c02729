/* Techniques as templates, the ways down to the foot, and the branches that may be closed. */
#include "plan/plan_impl.h"

#include <string.h>

/* Loss at the mouth and behind the throat of a crossing: 0.5 for the turn into it and
 * (1 - throat/outlet)^2 = 0.35 for the opening behind, on the dynamic pressure of the throat
 * (ESTIMATE; Borda-Carnot for the second). An end-to-side anastomosis: 0.5. */
// clang-format off
static const technique_rule TECHNIQUES[] = {
    /* technique                   name                      title                            tier needle crossing device                  stents                       bypass
       lysis                       crossing radii and length, conduit radius (m)  loss  source */
    {WADI_PERCUTANEOUS_DEDICATED, "percutaneous_dedicated", "percutaneous, dedicated system", 0, true, "dedicated_crossing_catheter", "dedicated_extension_stent", NULL,
     WADI_VALVE_LYSED,            1.75e-3, 2.75e-3, 0.040, 2.5e-3, 0.85, "seeds 0, 1"},
    {WADI_PERCUTANEOUS_OFFSHELF,  "percutaneous_offshelf",  "percutaneous, off the shelf",    0, true, "reentry_catheter", "covered_stent_5", NULL,
     WADI_VALVE_PARTLY_EFFACED,   2.5e-3, 2.5e-3, 0.040, 2.5e-3, 0.50, "seeds 1, 2"},
    {WADI_SURGICAL_DEEP,          "surgical_deep",          "surgical, deep",                 2, false, NULL, NULL, "vein_graft",
     WADI_VALVE_LYSED,            2.0e-3, 2.0e-3, 0, 2.0e-3, 0.50, "seed 0"},
    {WADI_SURGICAL_SUPERFICIAL,   "surgical_superficial",   "surgical, superficial (in situ great saphenous)", 2, false, NULL, NULL, NULL,
     WADI_VALVE_LYSED,            1.81e-3, 1.81e-3, 0, 1.81e-3, 0.50, "seed 0"},
    {WADI_HYBRID,                 "hybrid",                 "hybrid (bypass and percutaneous)", 1, false, NULL, "covered_stent_5", "bypass_graft",
     WADI_VALVE_LYSED,            3.0e-3, 3.0e-3, 0, 2.5e-3, 0.50, "seeds 0, 1"},
};

const route ROUTES[] = {
    {"PTV1", {"PTV1", "CPV"}, {"LPV"}, {{"plantar", 2, true}, {"ankle", 1, false}}, false},
    {"PTV2", {"PTV2", "CPV"}, {"LPV"}, {{"plantar", 2, true}, {"ankle", 1, false}}, false},
    {"TPTV", {"TPTV", "PTV1", "CPV"}, {"LPV"}, {{"plantar", 3, true}, {"ankle", 2, false}}, false},
    {"ATV1", {"ATV1", "DPVX"}, {"DPV"}, {{"ankle", 1, false}, {"dorsal", 2, true}}, false},
    {"ATV2", {"ATV2", "DPVX"}, {"DPV"}, {{"ankle", 1, false}, {"dorsal", 2, true}}, false},
    {"GSV", {"GSV"}, {"MMV", "DMV1", "DMV2"}, {{"in_situ", 0, false}, {NULL, 0, false}}, true},
};
// clang-format on
const int ROUTE_COUNT = WADI_COUNT_OF(ROUTES);

const char *const DONORS[] = {"TPT", "PTA", "PER", "ATA", NULL};

/* Escapes upstream of the forefoot first, then the medial plantar vein, then the saphenous
 * drains. */
const char *const ESCAPES[] = {"IMP1", "IMPL", "DPV", "FPM", "FPL",
                               "FPX",  "MPV",  "GSV", "SSV", "PTV2"};
const int ESCAPE_COUNT = WADI_COUNT_OF(ESCAPES);

static wadi_status require(const wadi_limb *limb, const char *name, wadi_error *err)
{
    return !name || wadi_limb_vessel(limb, name) != WADI_NONE
               ? WADI_OK
               : wadi_fail(err, WADI_ERR_KEY,
                           "reference-leg.json: the planner needs a vessel '%s'", name);
}

wadi_status technique_check_leg(const wadi_limb *limb, wadi_error *err)
{
    /* Beside those of routes, donors and escapes: inflow, tributaries, vessels that are scored.
     */
    static const char *const others[] = {"EIA", "CFA", "SFA", "POP", "CP1",  "CP2",
                                         "CP3", "DPA", "CPA", "LPA", "PARCH"};
    wadi_status status = WADI_OK;

    for (int i = 0; !status && i < ROUTE_COUNT; i++)
        for (int v = 0; !status && v < ROUTE_VEIN_LIMIT; v++) {
            status = require(limb, ROUTES[i].veins[v], err);
            if (!status)
                status = require(limb, ROUTES[i].lyse[v], err);
        }
    for (int i = 0; !status && DONORS[i]; i++)
        status = require(limb, DONORS[i], err);
    for (int i = 0; !status && i < ESCAPE_COUNT; i++)
        status = require(limb, ESCAPES[i], err);
    for (size_t i = 0; !status && i < WADI_COUNT_OF(others); i++)
        status = require(limb, others[i], err);
    return status;
}

const technique_rule *technique_find(wadi_technique technique)
{
    for (size_t i = 0; i < WADI_COUNT_OF(TECHNIQUES); i++)
        if (TECHNIQUES[i].technique == technique)
            return &TECHNIQUES[i];
    return NULL;
}

const char *wadi_technique_name(wadi_technique technique)
{
    const technique_rule *rule = technique_find(technique);

    return rule ? rule->name : "";
}

const char *wadi_technique_title(wadi_technique technique)
{
    const technique_rule *rule = technique_find(technique);

    return rule ? rule->title : "";
}

const char *wadi_verdict_name(wadi_verdict verdict)
{
    return wadi_dva_decision_text((wadi_dva_decision)verdict);
}
