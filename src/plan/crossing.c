/* Where an artery can be joined to a vein by a needle: every pair on a grid, with its
 * constraints and its suitability. docs/model/planning.md says where each number comes from. */
#include "plan/plan_impl.h"
#include "wadi/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Suitability is a product of terms in (0, 1]; each slope is a choice of ours (ESTIMATE) and
 * only orders crossings that the constraints allow. */
static const double IDEAL_FROM_M = 0.020,
                    IDEAL_TO_M = 0.030;     /* seed 0: 2-3 cm below the PTA origin */
static const double PREFERENCE_PER_M = 5.0; /* 0.5 % per mm outside it */
static const double OTHER_DONOR = 0.9; /* seed 0: the posterior tibial is the usual target */
static const double EASY_GAP_MM = 2.0, GAP_PER_MM = 0.03;
static const double ADVERSE_ANGLE_DEG = 30, ADVERSE_FACTOR = 0.85; /* S18 */
static const double MEMBRANE_FACTOR = 0.5;                         /* S18 */
static const double PREDILATE_FACTOR = 0.95; /* seed 0: calcium, calibre */
static const double LEAST_SUITABILITY = 0.05;
/* Up to 20 % of off-the-shelf crossings fail in heavily calcified walls (seed 1); the dedicated
 * needle succeeded in 97-99 % of its trials (seed 1). Lighter grades are interpolated,
 * ESTIMATE. */
static const double CALCIUM_FACTOR[2][4] = {{0.99, 0.98, 0.96, 0.93}, {0.95, 0.93, 0.88, 0.80}};
static const double END_MARGIN_M = 0.005;
/* The crossing stent lines this much of the artery above the crossing (ESTIMATE). */
static const double ARTERY_LANDING_M = 0.010;
static const double VEIN_STEP_M = 0.001;
static const double MEASURED_STEP_M = 0.001; /* grid where the gap was measured */

typedef struct refusals {
    bool no_donor, gap, vein, artery, inflow;
    double least_gap_mm, widest_vein_mm, widest_artery_mm;
} refusals;

static double length_of(const wadi_limb *limb, wadi_index vessel)
{
    wadi_index count;

    return wadi_limb_vessels(limb, &count)[vessel].length_m;
}

static const wadi_gap_profile *measured_gap(const wadi_case *the_case, const char *artery,
                                            const char *vein)
{
    for (wadi_index i = 0; i < the_case->gap_count; i++) {
        const wadi_gap_profile *gap = &the_case->gaps[i];

        if (!strcmp(gap->artery, artery) && !strcmp(gap->vein, vein) && gap->point_count)
            return gap;
    }
    return NULL;
}

/* Linear between the measured points; beyond them the gap is not known from the profile. */
static bool profile_gap(const wadi_gap_profile *profile, double at_mm, double *gap_mm,
                        bool *bound)
{
    const wadi_gap_point *p = profile->points;

    *bound = p[0].low_mm.known && !p[0].high_mm.known;
    if (profile->point_count == 1) {
        *gap_mm = p[0].gap_mm.value;
        return true;
    }
    for (wadi_index i = 1; i < profile->point_count; i++) {
        double a = p[i - 1].from_origin_mm.value, b = p[i].from_origin_mm.value;

        if (at_mm < a || at_mm > b)
            continue;
        double t = b > a ? (at_mm - a) / (b - a) : 0;
        *gap_mm = p[i - 1].gap_mm.value + t * (p[i].gap_mm.value - p[i - 1].gap_mm.value);
        return true;
    }
    return false;
}

bool crossing_least_gap(const planner *p, const char *artery, const char *vein, double *at_mm,
                        double *gap_mm)
{
    const wadi_gap_profile *profile = measured_gap(p->the_case, artery, vein);
    wadi_index count = profile ? profile->point_count : 0;

    *gap_mm = INFINITY;
    for (wadi_index i = 0; i < count; i++) {
        const wadi_gap_point *here = &profile->points[i];
        double at = here->from_origin_mm.value;

        /* The ends of a profile are no place to cross: needle and wire need 10 mm of vessel. */
        if (count > 2 &&
            (at < profile->points[0].from_origin_mm.value + 1e3 * ARTERY_LANDING_M ||
             at > profile->points[count - 1].from_origin_mm.value - 1e3 * ARTERY_LANDING_M))
            continue;
        if (here->gap_mm.value < *gap_mm) {
            *gap_mm = here->gap_mm.value;
            *at_mm = at;
        }
    }
    return isfinite(*gap_mm);
}

static void tangent(const wadi_limb *limb, wadi_index vessel, double at_m, double out[3])
{
    double length = length_of(limb, vessel), a[3] = {0}, b[3] = {0}, norm = 0;

    wadi_limb_vessel_point(limb, vessel, fmax(at_m - 0.005, 0), a);
    wadi_limb_vessel_point(limb, vessel, fmin(at_m + 0.005, length), b);
    for (int k = 0; k < 3; k++) {
        out[k] = b[k] - a[k];
        norm += out[k] * out[k];
    }
    for (int k = 0; k < 3; k++)
        out[k] /= fmax(sqrt(norm), 1e-9);
}

/* Nearest place of the vein to a place of the artery; returns the distance between the axes,
 * mm. */
static double nearest_on_vein(const wadi_limb *limb, wadi_index artery, double at_m,
                              wadi_index vein, double *vein_at_m)
{
    double a[3], best = INFINITY, length = length_of(limb, vein);

    if (!wadi_limb_vessel_point(limb, artery, at_m, a))
        return INFINITY;
    for (double s = 0; s <= length; s += VEIN_STEP_M) {
        double b[3], d2 = 0;

        if (!wadi_limb_vessel_point(limb, vein, s, b))
            continue;
        for (int k = 0; k < 3; k++)
            d2 += (a[k] - b[k]) * (a[k] - b[k]);
        if (d2 < best) {
            best = d2;
            *vein_at_m = s;
        }
    }
    return sqrt(best);
}

static bool crosses_membrane(const char *artery, const char *vein)
{
    /* The interosseous membrane parts the anterior compartment from the deep posterior one. */
    return !strncmp(artery, "ATA", 3) != !strncmp(vein, "ATV", 3);
}

static double suitability(const wadi_crossing *crossing, wadi_technique technique,
                          bool predilate)
{
    double at = crossing->from_origin_mm * WADI_M_PER_MM, factor = 1;
    bool offshelf = technique == WADI_PERCUTANEOUS_OFFSHELF;

    if (strcmp(crossing->artery, "PTA"))
        factor *= OTHER_DONOR;
    /* The trunk is shorter than the preferred distance; the other donors take it over from the
     * PTA. */
    /* Where the gap was measured, it says where the vessels are close; the rule of thumb is
     * for where it was not. */
    if (strcmp(crossing->artery, "TPT") && !crossing->gap_measured)
        factor *= 1 - PREFERENCE_PER_M *
                          fmin(fmax(fmax(IDEAL_FROM_M - at, at - IDEAL_TO_M), 0), 0.19);
    factor *= 1 - GAP_PER_MM * fmin(fmax(crossing->gap_mm - EASY_GAP_MM, 0), 20);
    factor *= CALCIUM_FACTOR[offshelf][crossing->calcium];
    if (crossing->angle_deg > ADVERSE_ANGLE_DEG)
        factor *= ADVERSE_FACTOR;
    if (crossing->membrane)
        factor *= MEMBRANE_FACTOR;
    if (predilate)
        factor *= PREDILATE_FACTOR;
    return fmax(factor, LEAST_SUITABILITY);
}

/* Inflow vessels above a donor, from the heart. */
static bool inflow_is_open(const planner *p, const char *donor)
{
    static const char *const trunk[] = {"EIA", "CFA", "SFA", "POP"};
    wadi_index tpt = wadi_limb_vessel(p->limb, "TPT");

    for (size_t i = 0; i < WADI_COUNT_OF(trunk); i++)
        if (!wadi_limb_is_open(p->limb, wadi_limb_vessel(p->limb, trunk[i]), 0, 10))
            return false;
    return !strcmp(donor, "ATA") || !strcmp(donor, "TPT") ||
           wadi_limb_is_open(p->limb, tpt, 0, 10);
}

/* Everything about one place; false when a constraint forbids it. */
static bool judge_place(const planner *p, const technique_rule *rule, const device *catheter,
                        wadi_index artery, wadi_index vein, double at_m, candidate *out,
                        refusals *why)
{
    wadi_index count;
    const wadi_vessel *vessels = wadi_limb_vessels(p->limb, &count);
    wadi_crossing *crossing = &out->crossing;
    const wadi_gap_profile *profile =
        measured_gap(p->the_case, vessels[artery].name, vessels[vein].name);
    double axis_mm, ta[3], tv[3], dot = 0, artery_mm, narrowing;
    bool predilate;

    if (!wadi_limb_is_open(p->limb, artery, 0, at_m + END_MARGIN_M))
        return false;
    axis_mm = nearest_on_vein(p->limb, artery, at_m, vein, &out->vein_at_m);
    if (!isfinite(axis_mm) || out->vein_at_m > vessels[vein].length_m - 0.03)
        return false; /* no room left for the crossing stent in the vein */
    artery_mm = 2e3 * wadi_limb_vessel_radius(p->limb, artery, at_m);
    narrowing = wadi_limb_narrowing(p->limb, artery, at_m - END_MARGIN_M, at_m + END_MARGIN_M);
    crossing->artery_lumen_mm = artery_mm * (1 - narrowing);
    crossing->vein_diameter_mm = 2e3 * wadi_limb_vessel_radius(p->limb, vein, out->vein_at_m);
    crossing->gap_mm = fmax(axis_mm - 0.5 * (artery_mm + crossing->vein_diameter_mm), 0);
    crossing->gap_measured =
        profile && profile_gap(profile, at_m * 1e3, &crossing->gap_mm, &crossing->gap_bound);
    tangent(p->limb, artery, at_m, ta);
    tangent(p->limb, vein, out->vein_at_m, tv);
    for (int k = 0; k < 3; k++)
        dot += ta[k] * tv[k];
    crossing->angle_deg = acos(fmin(fabs(dot), 1)) * 180 / WADI_PI;
    crossing->membrane = crosses_membrane(vessels[artery].name, vessels[vein].name) ||
                         (profile && profile->membrane == WADI_YES);
    crossing->calcium =
        wadi_limb_calcium_at(p->limb, artery, at_m - END_MARGIN_M, at_m + END_MARGIN_M);
    why->least_gap_mm = fmin(why->least_gap_mm, crossing->gap_mm);
    why->widest_artery_mm = fmax(why->widest_artery_mm, artery_mm);
    why->widest_vein_mm = fmax(why->widest_vein_mm, crossing->vein_diameter_mm);
    if (crossing->gap_mm > catheter->reach_mm) {
        why->gap = true;
        return false;
    }
    if (artery_mm < catheter->vessel_min_mm) {
        why->artery = true;
        return false;
    }
    if (crossing->vein_diameter_mm < 2.0) {
        why->vein = true;
        return false;
    }
    predilate = crossing->artery_lumen_mm < catheter->sheath_f * WADI_MM_PER_FRENCH ||
                crossing->calcium >= WADI_CALCIUM_MODERATE;
    snprintf(crossing->artery, sizeof crossing->artery, "%s", vessels[artery].name);
    snprintf(crossing->vein, sizeof crossing->vein, "%s", vessels[vein].name);
    crossing->from_origin_mm = at_m * 1e3;
    crossing->suitability = suitability(crossing, rule->technique, predilate);
    return true;
}

static bool wished(const planner *p, const char *artery, const char *vein)
{
    const wadi_wishes *wishes = &p->the_case->wishes;

    return (!wishes->donor || !strcmp(wishes->donor, artery)) &&
           (!wishes->recipient || !strcmp(wishes->recipient, vein));
}

static wadi_status push(candidate **list, wadi_index *count, wadi_index *capacity,
                        const candidate *item, wadi_error *err)
{
    if (*count == *capacity) {
        wadi_index wanted = *capacity ? 2 * *capacity : 256;
        candidate *grown = wadi_realloc(*list, (size_t)wanted, sizeof *grown);

        if (!grown)
            return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d crossings", wanted);
        *list = grown;
        *capacity = wanted;
    }
    (*list)[(*count)++] = *item;
    return WADI_OK;
}

static wadi_status list_pair(planner *p, const technique_rule *rule, const device *catheter,
                             const char *donor, int way, candidate **list, wadi_index *count,
                             wadi_index *capacity, refusals *why, wadi_error *err)
{
    const wadi_wishes *wishes = &p->the_case->wishes;
    wadi_index artery = wadi_limb_vessel(p->limb, donor),
               vein = wadi_limb_vessel(p->limb, ROUTES[way].veins[0]);
    double length_m = length_of(p->limb, artery), step_m = p->options.grid_m,
           from_m = ARTERY_LANDING_M;
    wadi_index all;
    const wadi_vessel *vessels = wadi_limb_vessels(p->limb, &all);
    wadi_status status = WADI_OK;

    if (measured_gap(p->the_case, donor, vessels[vein].name))
        step_m = fmin(step_m, MEASURED_STEP_M);

    for (int v = 0; v < ROUTE_VEIN_LIMIT && ROUTES[way].veins[v]; v++)
        if (!wadi_limb_is_open(p->limb, wadi_limb_vessel(p->limb, ROUTES[way].veins[v]), 0, 10))
            return WADI_OK;
    if (wishes->crossing_from_origin_mm.known) {
        from_m = wishes->crossing_from_origin_mm.value * WADI_M_PER_MM;
        step_m = INFINITY;
    }
    for (int k = 0; !status; k++) {
        candidate item = {.technique = rule->technique, .route = way, .artery = artery};

        item.artery_at_m = k ? from_m + k * step_m : from_m;
        if (!(item.artery_at_m <= length_m - END_MARGIN_M))
            break;
        if (judge_place(p, rule, catheter, artery, vein, item.artery_at_m, &item, why)) {
            snprintf(item.crossing.method, sizeof item.crossing.method, "needle");
            status = push(list, count, capacity, &item, err);
        }
    }
    return status;
}

static void explain(const planner *p, const refusals *why, const device *catheter,
                    char refusal[WADI_TEXT_SIZE], char rule[16])
{
    const wadi_wishes *wishes = &p->the_case->wishes;
    bool narrowed = wishes->donor || wishes->recipient || wishes->crossing_from_origin_mm.known;

    rule[0] = '\0';
    if (why->inflow || why->no_donor) {
        snprintf(refusal, WADI_TEXT_SIZE,
                 "no tibial artery is open in its proximal segment with uninterrupted "
                 "inflow, so there is no donor for a needle crossing");
        snprintf(rule, 16, "%s", p->inflow_open ? "S06" : "S05");
    } else if (why->gap) {
        snprintf(refusal, WADI_TEXT_SIZE,
                 "the artery-vein gap is %.1f mm or more wherever a donor is open; the "
                 "needle reaches %.0f mm",
                 why->least_gap_mm, catheter->reach_mm);
        snprintf(rule, 16, "S18");
    } else if (why->artery) {
        snprintf(refusal, WADI_TEXT_SIZE,
                 "the widest open donor artery is %.1f mm; the crossing device needs "
                 "%.1f mm",
                 why->widest_artery_mm, catheter->vessel_min_mm);
    } else if (why->vein) {
        snprintf(refusal, WADI_TEXT_SIZE,
                 "the widest recipient vein is %.1f mm; the target in it needs 2.0 mm",
                 why->widest_vein_mm);
    } else {
        snprintf(refusal, WADI_TEXT_SIZE,
                 "no donor artery and recipient vein%s lie side by side where both are open",
                 narrowed ? " of those wished" : "");
    }
}

const char *crossing_device(const planner *p, const technique_rule *rule)
{
    static const char *const offshelf[] = {[WADI_REENTRY] = "reentry_catheter",
                                           [WADI_VAST] = "vast_snares",
                                           [WADI_AV_SPEAR] = "av_spear_needle"};
    wadi_index wish = p->the_case->wishes.crossing_word;

    return rule->technique == WADI_PERCUTANEOUS_OFFSHELF && wish != WADI_NONE
               ? offshelf[wish]
               : rule->crossing_device;
}

wadi_status crossing_list(planner *p, const technique_rule *rule, candidate **list,
                          wadi_index *count, char refusal[WADI_TEXT_SIZE],
                          char refusal_rule[16], wadi_error *err)
{
    const char *key = crossing_device(p, rule);
    wadi_index capacity = 0;
    refusals why = {.least_gap_mm = INFINITY};
    bool any_donor = false;
    wadi_status status = WADI_OK;
    const device *catheter;

    *list = NULL;
    *count = 0;
    catheter = catalogue_find(&p->devices, key);
    if (!catheter)
        return wadi_fail(err, WADI_ERR_MISSING, "devices.json: there is no device '%s'", key);
    for (int d = 0; !status && DONORS[d]; d++) {
        wadi_index artery = wadi_limb_vessel(p->limb, DONORS[d]);

        if (!inflow_is_open(p, DONORS[d]) ||
            !wadi_limb_is_open(p->limb, artery, 0, 2 * END_MARGIN_M))
            continue;
        if (strcmp(DONORS[d], "TPT"))
            any_donor = true;
        for (int way = 0; !status && way < ROUTE_COUNT; way++)
            if (!ROUTES[way].superficial && wished(p, DONORS[d], ROUTES[way].veins[0]))
                status = list_pair(p, rule, catheter, DONORS[d], way, list, count, &capacity,
                                   &why, err);
    }
    /* At least one tibial artery must be open in its proximal part (S06). */
    if (!any_donor) {
        *count = 0;
        why.no_donor = true;
    }
    if (!status && !*count)
        explain(p, &why, catheter, refusal, refusal_rule);
    if (status) {
        free(*list);
        *list = NULL;
        *count = 0;
    }
    return status;
}
