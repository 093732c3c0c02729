/* Do the calibres at a branching fit each other? For a tree that costs least to perfuse and to
 * keep, r0^x = sum r_i^x with x = 3 (C. D. Murray, Proc. Natl. Acad. Sci. 12 (1926) 207-214);
 * with the scaling of whole trees x = 7/3 (Y. Huo, G. S. Kassab, Biophys. J. 96 (2009)
 * 347-353). What fits for no exponent between both is told. */
#include "cta_impl.h"

#define FROM_MM 2.0 /* beside the branching the cross-section is of both */
#define UPTO_MM 12.0
#define LOW     2.3
#define HIGH    3.0
#define SURE    2.0 /* standard deviations */

enum { MOST = 8 };

typedef struct calibre {
    double radius, sd;
} calibre;

/* Typical open radius near an end; false where too little of it is open. */
static bool near_end(const wadi_cta_branch *branch, bool upper, calibre *out)
{
    double radius[64], sd = 0, along = 0;
    int count = 0;

    for (wadi_index i = 0; i < branch->count && along <= UPTO_MM && count < 64; i++) {
        wadi_index at = upper ? i : branch->count - 1 - i;
        wadi_index last = upper ? at - 1 : at + 1;

        if (i)
            along +=
                cta_distance(branch->points_mm + 3 * (size_t)at, branch->points_mm + 3 * last);
        if (along < FROM_MM || branch->bridged[at])
            continue;
        radius[count++] = branch->radius_mm[at];
        sd += branch->radius_sd_mm[at];
    }
    if (count < 4)
        return false;
    /* Errors along a vessel go together (blur, noise of one place): no root of the count. */
    *out = (calibre){cta_quantile(radius, count, 0.5), sd / count};
    return out->radius > 0;
}

/* r0^x - sum r_i^x in its standard deviations. */
static double misfit(const calibre *all, int count, double x)
{
    double apart = pow(all[0].radius, x), spread = 0;

    for (int i = 0; i < count; i++) {
        double slope = x * pow(all[i].radius, x - 1) * fmax(all[i].sd, 0.02);

        apart -= i ? pow(all[i].radius, x) : 0;
        spread += slope * slope;
    }
    return apart / sqrt(spread);
}

/* The exponent that fits, by halving; 0 where a branch is as wide as the trunk. */
static double exponent_of(const calibre *all, int count)
{
    double low = 0.5, high = 12;

    for (int i = 1; i < count; i++)
        if (all[i].radius >= 0.999 * all[0].radius)
            return 0;
    /* sum (r_i / r0)^x falls with x. */
    for (int k = 0; k < 60; k++) {
        double x = 0.5 * (low + high), sum = 0;

        for (int i = 1; i < count; i++)
            sum += pow(all[i].radius / all[0].radius, x);
        if (sum > 1)
            low = x;
        else
            high = x;
    }
    return 0.5 * (low + high);
}

/* Branches that leave where `up` ends: their upper ends were centred each on their own, so
 * they lie near its lower end, not on it. */
static int leave_at(const wadi_cta *cta, wadi_index up, wadi_index *lower)
{
    const wadi_cta_branch *trunk = &cta->branches[up];
    int count = 0;

    if (trunk->count < 1)
        return 0;
    const double *end = trunk->points_mm + 3 * (size_t)(trunk->count - 1);
    double near = 2 * trunk->radius_mm[trunk->count - 1] + 2;

    for (wadi_index b = 0; b < cta->branch_count && count < MOST; b++)
        if (cta->branches[b].parent == up && cta->branches[b].count > 0 &&
            cta->branches[b].kind == trunk->kind &&
            cta_distance(cta->branches[b].points_mm, end) <= near)
            lower[count++] = b;
    return count;
}

void cta_murray(wadi_cta *cta)
{
    for (wadi_index up = 0; up < cta->branch_count; up++) {
        wadi_cta_node *node = &cta->nodes[cta->branches[up].nodes[1]];
        wadi_index lower[MOST];
        calibre all[MOST + 1];
        int count = leave_at(cta, up, lower);
        bool known = count >= 2 && near_end(&cta->branches[up], false, &all[0]);

        for (int i = 0; i < count && known; i++)
            known = near_end(&cta->branches[lower[i]], true, &all[i + 1]);
        if (!known)
            continue;
        node->murray_exponent = exponent_of(all, count + 1);
        double a = misfit(all, count + 1, LOW), b = misfit(all, count + 1, HIGH);

        /* Of one sign at both: no exponent between fits. */
        if (a * b <= 0 || fmin(fabs(a), fabs(b)) <= SURE)
            continue;
        node->reasons |= WADI_CTA_MURRAY;
        for (int i = 0; i < count; i++)
            cta->branches[lower[i]].reasons |= WADI_CTA_MURRAY;
    }
}
