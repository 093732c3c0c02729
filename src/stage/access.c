/* Rank the punctures below the ankle; rules of the technical note in J Endovasc Ther. */
#include "stage/access_impl.h"
#include "stage/stage_case_impl.h"
#include "stage/vector_impl.h"

#include <stdlib.h>
#include <string.h>

/* At least 2 to 3 cm beyond the disease. */
static const double BEYOND_LEAST_MM = 20, BEYOND_GOOD_MM = 30;
/* Bone this close behind fixes the artery (ours). */
static const double SUPPORT_MM = 8;
/* The keep-out of the L-shaped bend of the posterior tibial: turn within +-8 mm (ours). */
static const double BEND_REACH_M = 0.008, BEND_DEG = 35;

static void reason(wadi_access_site *site, const char *format, ...) WADI_PRINTF(2, 3);

static void reason(wadi_access_site *site, const char *format, ...)
{
    va_list args;

    if (site->reason_count == WADI_ACCESS_REASONS)
        return;
    va_start(args, format);
    vsnprintf(site->reasons[site->reason_count], sizeof site->reasons[0], format, args);
    va_end(args);
    site->reason_count++;
}

static void refuse(wadi_access_site *site, const char *format, ...) WADI_PRINTF(2, 3);

static void refuse(wadi_access_site *site, const char *format, ...)
{
    va_list args;

    site->feasible = false;
    va_start(args, format);
    vsnprintf(site->refused, sizeof site->refused, format, args);
    va_end(args);
}

/* Along the natural flow at a place. */
static bool direction_at(const wadi_limb *limb, wadi_index vessel, double at_m, double reach_m,
                         double out[3])
{
    wadi_index count;
    double length_m = wadi_limb_vessels(limb, &count)[vessel].length_m, before[3], after[3];
    double from_m = fmax(at_m - reach_m, 0), to_m = fmin(at_m + reach_m, length_m);

    if (!wadi_limb_vessel_point(limb, vessel, from_m, before) ||
        !wadi_limb_vessel_point(limb, vessel, to_m, after))
        return false;
    v_add(after, -1, before, out);
    return v_unit(out);
}

/* The vessel turns sharply here: how the needle lies before the place and after it. The
 * posterior tibial bends where it becomes the common plantar artery. */
static bool is_at_bend(const wadi_limb *limb, wadi_index vessel, double at_m)
{
    wadi_index count, next = wadi_limb_vessel(limb, "CPA"), own = wadi_limb_vessel(limb, "PTA");
    double length_m = wadi_limb_vessels(limb, &count)[vessel].length_m, a[3], here[3], b[3];

    if (vessel != next && vessel != own)
        return false;
    if (!wadi_limb_vessel_point(limb, vessel, at_m, here))
        return false;
    if (at_m - BEND_REACH_M < 0) {
        if (vessel == own || own == WADI_NONE)
            return false;
        if (!wadi_limb_vessel_point(
                limb, own, wadi_limb_vessels(limb, &count)[own].length_m + at_m - BEND_REACH_M,
                a))
            return false;
    } else if (!wadi_limb_vessel_point(limb, vessel, at_m - BEND_REACH_M, a)) {
        return false;
    }
    if (at_m + BEND_REACH_M > length_m) {
        if (vessel == next || next == WADI_NONE ||
            !wadi_limb_vessel_point(limb, next, at_m + BEND_REACH_M - length_m, b))
            return false;
    } else if (!wadi_limb_vessel_point(limb, vessel, at_m + BEND_REACH_M, b)) {
        return false;
    }
    v_add(here, -1, a, a);
    v_add(b, -1, here, b);
    return v_unit(a) && v_unit(b) && acos(fmin(v_dot(a, b), 1)) * 180 / WADI_PI > BEND_DEG;
}

static void judge(const wadi_case *the_case, const wadi_limb *limb, wadi_index vessel,
                  const wadi_puncture_artery *row, bool risk, wadi_access_site *site)
{
    double at_m = site->at_mm * 1e-3;
    bool arch = row && row->arch,
         zone2_distal = site->zone == 2 && !strcmp(site->vessel, "DPA");

    site->feasible = true;
    if (site->zone == 0)
        refuse(site, "above the ankle");
    else if (!wadi_limb_is_open(limb, vessel, at_m, at_m))
        refuse(site, "occluded");
    else if (!site->described && !site->venous && the_case->presentation.pedal_flow == WADI_NO)
        refuse(site, "not described in the case, and no arterial flow reaches the foot");
    else if (!site->needle.gauge)
        refuse(site, "lumen %.2f mm is not wider than a 22 G needle (0.72 mm)", site->lumen_mm);
    else if (!site->venous && site->beyond_disease_mm < BEYOND_LEAST_MM)
        refuse(site, "%.0f mm beyond the disease, at least 20 are wanted",
               site->beyond_disease_mm);
    else if (is_at_bend(limb, vessel, at_m))
        refuse(site,
               "on the bend of the posterior tibial artery: the needle cannot lie in line");
    else if ((site->zone == 3 || zone2_distal) && !site->venous && !risk)
        refuse(site, "zone %d%s is a bailout for legs at high risk of amputation", site->zone,
               zone2_distal ? ", distal," : "");
    if (!site->feasible)
        return;
    if (!site->described)
        reason(site, "not described in the case: taken as in the reference leg");
    if (site->beyond_disease_mm < BEYOND_GOOD_MM && !site->venous)
        reason(site, "only %.0f mm beyond the disease, 20-30 mm are advised",
               site->beyond_disease_mm);
    if (isinf(site->beyond_disease_mm) && !site->venous)
        reason(site, "no disease upstream on this path: nothing to cross from here");
    if (arch && !site->venous)
        reason(site, "an injured arch threatens the whole foot; a metatarsal artery, one toe");
    if (site->zone == 3 && !site->venous)
        reason(site, "zone 3: bailout only; up to 1 in 6 such attempts failed");
    if (row && !strcmp(row->name, "first_metatarsal"))
        reason(site, "the largest and most accessible metatarsal artery");
}

/* Needle, wire, sheath, haemostasis. */
static void equip(const wadi_puncture_artery *row, wadi_access_site *site)
{
    site->wire_in = row && row->metatarsal ? 0.014 : 0.018;
    site->sheathless = site->zone >= 2;
    site->endoclamp_only = site->zone >= 2;
    site->balloon_mm = 0.25 * floor(site->lumen_mm / 0.25 + 0.5);
    site->needle = wadi_needle_choose(site->lumen_mm, site->depth_mm, site->calcium,
                                      site->bone_support, site->zone == 2);
    if (site->needle.gauge == 22)
        reason(site, "22 G: lumen %.2f mm over needle %.2f mm (nominal, unconfirmed)",
               site->lumen_mm, site->needle.outer_mm);
    if (site->needle.telescoping)
        reason(site, "telescoping needle, 21 G in 18 G: deep or heavily calcified");
    if (site->needle.buddy)
        reason(site, "buddy needle, or chopsticks: calcified without bone behind");
}

/* The venous arch is reached from the sole; the arterial arch, the dorsal arteries and those of
 * the toes from the dorsum; the plantar and posterior tibial ones from where skin is nearest.
 */
static int side_of(const wadi_puncture_artery *row, const char *vessel, bool venous)
{
    if (venous)
        return -1;
    if (row && (row->arch || row->metatarsal))
        return 1;
    return !strcmp(vessel, "DPA") || !strcmp(vessel, "TAR") ? 1 : 0;
}

static void examine(const foot *f, const wadi_case *the_case, const wadi_limb *limb,
                    wadi_index vessel, const wadi_puncture_artery *row, double frac, bool risk,
                    wadi_access_site *site)
{
    wadi_index count;
    const wadi_vessel *v = &wadi_limb_vessels(limb, &count)[vessel];
    double at_m = frac * v->length_m;
    const char *bone = "";

    *site = (wadi_access_site){.artery = row ? row->name : "plantar_venous_arch",
                               .venous = v->kind == WADI_VEIN,
                               .at_mm = at_m * 1e3,
                               .beyond_disease_mm = INFINITY,
                               .reachable = true};
    snprintf(site->vessel, sizeof site->vessel, "%s", v->name);
    if (!wadi_limb_vessel_point(limb, vessel, at_m, site->point_mm)) {
        refuse(site, "the leg has no such place");
        return;
    }
    site->zone = wadi_foot_zone(f, site->point_mm);
    site->lumen_mm = 2e3 * wadi_limb_vessel_radius(limb, vessel, at_m) *
                     (1 - wadi_limb_narrowing(limb, vessel, at_m, at_m));
    site->depth_mm = wadi_foot_depth(f, site->point_mm);
    site->calcium = wadi_limb_calcium_at(limb, vessel, at_m, at_m);
    site->bone_mm = fmax(wadi_foot_bone(f, site->point_mm, &bone), 0);
    site->bone_support = site->bone_mm <= SUPPORT_MM;
    if (!site->venous)
        site->beyond_disease_mm = wadi_access_beyond(limb, v->name, at_m);
    site->difficulty = wadi_puncture_difficulty(site->zone, site->lumen_mm, site->depth_mm,
                                                site->calcium, site->bone_support);
    equip(row, site);
    site->described = wadi_stage_is_stated(the_case, v->name);
    judge(the_case, limb, vessel, row, risk, site);
}

/* The costly half, for places that may be the best: the way in, and what hangs on the vessel.
 */
static wadi_status complete(const foot *f, const wadi_limb *limb, wadi_index vessel,
                            const wadi_puncture_artery *row, const wadi_access *access,
                            wadi_access_site *site, wadi_error *err)
{
    const char *bone = "";
    double t[3];

    if (!direction_at(limb, vessel, site->at_mm * 1e-3, 0.01, t)) {
        refuse(site, "the leg has no such place");
        return WADI_OK;
    }
    if (site->venous)
        for (int k = 0; k < 3; k++)
            t[k] = -t[k]; /* the needle's tip points towards the crossing: against the later
                             flow */
    if (!wadi_access_way_in(f, t, side_of(row, site->vessel, site->venous), 70,
                            access->plantar_flexion_deg, access->left, site)) {
        refuse(site, "no way for a needle between the bones");
        return WADI_OK;
    }
    if (site->path_mm > site->needle.length_mm - 10 || site->entry_angle_deg > 45) {
        site->needle.length_mm = 70;
        reason(site, "70 mm needle: path of %.0f mm at %.0f degrees", site->path_mm,
               site->entry_angle_deg);
    }
    wadi_foot_bone(f, site->point_mm, &bone);
    reason(site,
           site->bone_support ? "bone behind: %s, %.0f mm away"
                              : "no bone behind (%s is %.0f mm away)",
           bone, site->bone_mm);
    return wadi_access_tissue(limb, vessel, &site->beds_at_risk, site->beds, err);
}

/* Easier before harder; among equals the metatarsal before the arch: one toe against the foot.
 */
static double cost(const wadi_access_site *site)
{
    double extra = site->reachable ? 0 : 0.3;

    /* The note prefers the first metatarsal; drawn depths do not count against that. */
    if (site->zone == 3 && strcmp(site->vessel, "MTA1"))
        extra += 1;
    if (!strcmp(site->vessel, "PARCH"))
        extra += 1;
    return site->difficulty + extra + (site->venous ? 100 : 0);
}

static int by_cost(const void *a, const void *b)
{
    const wadi_access_site *x = a, *y = b;

    if (x->feasible != y->feasible)
        return x->feasible ? -1 : 1;
    return (cost(x) > cost(y)) - (cost(x) < cost(y));
}

/* The best place of a vessel is kept: a feasible one before any other, then the easiest. */
static wadi_status best_of(const foot *f, const wadi_case *the_case, const wadi_limb *limb,
                           const char *name, const wadi_puncture_artery *row,
                           wadi_access *access, wadi_error *err)
{
    enum { PLACES = 19 };
    wadi_index vessel = wadi_limb_vessel(limb, name);
    wadi_access_site *places = NULL, *best = &access->sites[access->site_count];
    wadi_status status = WADI_OK;
    int count = 0;

    if (vessel == WADI_NONE || access->site_count == WADI_ACCESS_SITES)
        return WADI_OK;
    places = wadi_alloc(PLACES, sizeof *places);
    if (!places)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the places of %s", name);
    for (int k = 0; k < PLACES; k++) {
        examine(f, the_case, limb, vessel, row, (k + 1) / (PLACES + 1.0),
                access->high_amputation_risk, &places[count]);
        count += places[count].zone != 0;
    }
    qsort(places, (size_t)count, sizeof *places, by_cost);
    for (int k = 0; k < count && places[k].feasible; k++) {
        status = complete(f, limb, vessel, row, access, &places[k], err);
        if (status)
            goto done;
        if (places[k].feasible) {
            places[0] = places[k];
            break;
        }
    }
    if (count) {
        *best = places[0];
        access->site_count++;
    }
done:
    free(places);
    return status;
}

static bool at_high_risk(const wadi_case *the_case)
{
    const wadi_presentation *p = &the_case->presentation;

    return (p->rutherford.known && p->rutherford.value >= 5) || p->onset_word == WADI_ACUTE;
}

wadi_status wadi_access_case(const wadi_case *the_case, const wadi_limb *limb,
                             const wadi_access_options *options, wadi_access *out,
                             wadi_error *err)
{
    const wadi_puncture_artery *row;
    wadi_access *access = wadi_alloc(1, sizeof *access);
    foot f;
    wadi_status status;

    if (!access)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the punctures");
    status = wadi_foot_read(wadi_limb_scale(limb), &f, err);
    if (status)
        goto done;
    access->plantar_flexion_deg = options && !isnan(options->plantar_flexion_deg)
                                      ? options->plantar_flexion_deg
                                      : f.plantar_flexion_deg;
    access->ultrasound = !options || !options->no_ultrasound;
    access->left = the_case->side_word == WADI_LEFT;
    access->high_amputation_risk = at_high_risk(the_case);
    for (int i = 0; !status && (row = wadi_puncture_at(i)); i++)
        if (row->vessel && row->zones)
            status = best_of(&f, the_case, limb, row->vessel, row, access, err);
    if (!status)
        status = best_of(&f, the_case, limb, "VARCH", NULL, access, err);
    if (status)
        goto done;
    qsort(access->sites, (size_t)access->site_count, sizeof access->sites[0], by_cost);
    for (int i = 0; i < access->site_count; i++)
        access->sites[i].cost = cost(&access->sites[i]);
    for (int i = 0; i < access->site_count && access->sites[i].feasible; i++)
        access->sites[i].rank = ++access->feasible_count;
    *out = *access;
done:
    free(access);
    return status;
}

wadi_status wadi_puncture_zone_of(const double point_mm[3], double scale, int *zone,
                                  wadi_error *err)
{
    foot f;
    wadi_status status = wadi_foot_read(scale, &f, err);

    if (!status)
        *zone = wadi_foot_zone(&f, point_mm);
    return status;
}
