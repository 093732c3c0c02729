/* Branches of the graph joined to vessels of the reference leg. */
#include "cta_find.h"

#include <stdlib.h>
#include <string.h>

/* Names of the reference leg. Of a pair of veins the medial one stands first. */
static const struct naming {
    wadi_cta_vessel vessel;
    const char *artery, *veins[2];
} NAMES[] = {
    {WADI_CTA_FEMORAL, "SFA", {"FV", "FV"}},
    {WADI_CTA_POPLITEAL, "POP", {"POPV", "POPV"}},
    {WADI_CTA_ANTERIOR_TIBIAL, "ATA", {"ATV2", "ATV1"}},
    {WADI_CTA_TIBIOPERONEAL_TRUNK, "TPT", {"TPTV", "TPTV"}},
    {WADI_CTA_POSTERIOR_TIBIAL, "PTA", {"PTV1", "PTV2"}},
    {WADI_CTA_PERONEAL, "PER", {"PERV2", "PERV1"}},
    {WADI_CTA_DORSALIS_PEDIS, "DPA", {"DPVX", "DPVX"}},
    {WADI_CTA_MEDIAL_PLANTAR, "MPA", {"MPV", "MPV"}},
    {WADI_CTA_LATERAL_PLANTAR, "LPA", {"LPV", "LPV"}},
    {WADI_CTA_GREAT_SAPHENOUS, NULL, {"GSV", "GSV"}},
    {WADI_CTA_SMALL_SAPHENOUS, NULL, {"SSV", "SSV"}},
};

enum { COURSES = 48, PIECES = 64 };

static const double BESIDE_MM = 3;

double cta_reference_mm(const wadi_limb *reference, const char *name)
{
    wadi_index vessel = wadi_limb_vessel(reference, name), count;

    return vessel == WADI_NONE ? 0
                               : 1e3 * wadi_limb_vessels(reference, &count)[vessel].length_m;
}

/* A run of branches, each beginning where the last one ends. */
typedef struct chain {
    wadi_index branches[PIECES];
    int count;
    double length;
} chain;

static bool alike(const wadi_cta_branch *a, const wadi_cta_branch *b)
{
    return a->kind == b->kind && a->vessel == b->vessel;
}

static double apart(const double *a, const double *b)
{
    return sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) +
                (a[2] - b[2]) * (a[2] - b[2]));
}

/* A branch begins where its parent ends, or beside: both were centred after they were joined,
 * each for itself. One that leaves its parent's other end does not follow. */
static bool follows(const wadi_cta *cta, wadi_index lower, wadi_index upper)
{
    const wadi_cta_branch *a = &cta->branches[upper], *b = &cta->branches[lower];

    return lower != upper && b->parent == upper && alike(a, b) && a->count && b->count &&
           apart(b->points_mm, a->points_mm + 3 * (a->count - 1)) <
               fmax(BESIDE_MM, a->radius_mm[a->count - 1] + b->radius_mm[0]);
}

/* Length of the longest way down from a branch. The graph is a forest; `depth` guards against
 * one that is not. */
static double reach_of(const wadi_cta *cta, wadi_index from, int depth)
{
    double best = 0;

    for (wadi_index b = 0; b < cta->branch_count && depth < PIECES; b++)
        if (follows(cta, b, from))
            best = fmax(best, reach_of(cta, b, depth + 1));
    return cta->branches[from].length_mm + best;
}

static void walk(const wadi_cta *cta, wadi_index head, chain *out)
{
    wadi_index at = head;

    *out = (chain){0};
    while (at != WADI_NONE && out->count < PIECES) {
        wadi_index next = WADI_NONE;
        double best = -1;

        out->branches[out->count++] = at;
        out->length += cta->branches[at].length_mm;
        for (wadi_index b = 0; b < cta->branch_count; b++) {
            double reach = follows(cta, b, at) ? reach_of(cta, b, 0) : -1;

            if (reach > best) {
                best = reach;
                next = b;
            }
        }
        at = next;
    }
}

static bool course_alloc(wadi_cta_course *course, wadi_index count)
{
    size_t n = (size_t)(count > 0 ? count : 1);

    course->points_mm = wadi_alloc(3 * n, sizeof(double));
    course->along_mm = wadi_alloc(n, sizeof(double));
    course->radius_mm = wadi_alloc(n, sizeof(double));
    course->radius_sd_mm = wadi_alloc(n, sizeof(double));
    course->hu = wadi_alloc(n, sizeof(double));
    course->calcium_arc_deg = wadi_alloc(n, sizeof(double));
    course->closed = wadi_alloc(n, 1);
    return course->points_mm && course->along_mm && course->radius_mm && course->radius_sd_mm &&
           course->hu && course->calcium_arc_deg && course->closed;
}

static void course_clear(wadi_cta_course *course)
{
    free(course->points_mm);
    free(course->along_mm);
    free(course->radius_mm);
    free(course->radius_sd_mm);
    free(course->hu);
    free(course->calcium_arc_deg);
    free(course->closed);
    free(course->lesions);
}

static void put_point(wadi_cta_course *course, const double *point, double radius, double sd,
                      double hu, double arc, bool closed)
{
    wadi_index i = course->count++;

    memcpy(course->points_mm + 3 * i, point, 3 * sizeof *point);
    course->radius_mm[i] = radius;
    course->radius_sd_mm[i] = sd;
    course->hu[i] = hu;
    course->calcium_arc_deg[i] = arc;
    course->closed[i] = closed;
    course->along_mm[i] =
        i ? course->along_mm[i - 1] + apart(course->points_mm + 3 * (i - 1), point) : 0;
}

static void put_branch(wadi_cta_course *course, const wadi_cta_branch *branch)
{
    wadi_index first = 0;

    /* The node that two branches share stands once. */
    if (course->count && branch->count &&
        apart(course->points_mm + 3 * (course->count - 1), branch->points_mm) < 1e-3)
        first = 1;
    for (wadi_index i = first; i < branch->count; i++)
        put_point(course, branch->points_mm + 3 * i, branch->radius_mm[i],
                  branch->radius_sd_mm[i], branch->hu[i], branch->calcium_arc_deg[i],
                  branch->bridged[i] != 0);
    course->reasons |= branch->reasons;
}

/* Where nothing joins two pieces of an artery, a closed straight line does. */
static void put_link(wadi_cta_course *course, const double *to)
{
    wadi_index last = course->count - 1;
    double from[3], length, radius = course->radius_mm[last];

    memcpy(from, course->points_mm + 3 * last, sizeof from);
    length = apart(from, to);
    for (double at = 0.5; at < length; at += 0.5) {
        double point[3];

        for (int k = 0; k < 3; k++)
            point[k] = from[k] + at / length * (to[k] - from[k]);
        put_point(course, point, radius, radius, 0, 0, true);
    }
}

static wadi_index points_of(const wadi_cta *cta, const chain *one)
{
    wadi_index count = 0;

    for (int i = 0; i < one->count; i++)
        count += cta->branches[one->branches[i]].count;
    return count;
}

static const wadi_cta_branch *first_of(const wadi_cta *cta, const chain *one)
{
    return &cta->branches[one->branches[0]];
}

static const double *end_of(const wadi_cta *cta, const chain *one)
{
    const wadi_cta_branch *last = &cta->branches[one->branches[one->count - 1]];

    return last->points_mm + 3 * (last->count - 1);
}

/* All runs of one kind and vessel, the one that begins highest first. */
static int chains_of(const wadi_cta *cta, wadi_cta_label kind, wadi_cta_vessel vessel,
                     chain *chains)
{
    int count = 0;

    for (wadi_index b = 0; b < cta->branch_count && count < PIECES; b++) {
        const wadi_cta_branch *branch = &cta->branches[b];

        if (branch->kind != kind || branch->vessel != vessel || branch->count < 2 ||
            (branch->parent != WADI_NONE && follows(cta, b, branch->parent)))
            continue;
        walk(cta, b, &chains[count++]);
    }
    for (int i = 1; i < count; i++)
        for (int j = i; j > 0 && first_of(cta, &chains[j])->points_mm[2] >
                                     first_of(cta, &chains[j - 1])->points_mm[2];
             j--) {
            chain swap = chains[j];

            chains[j] = chains[j - 1];
            chains[j - 1] = swap;
        }
    return count;
}

/* Whether a piece that nothing joins lies where a course would go on: below its end, and not
 * far to the side. A branch of something else is none. */
static bool lies_ahead(const wadi_cta_course *course, const wadi_cta_branch *head)
{
    const double *end = course->points_mm + 3 * (course->count - 1);
    double down = end[2] - head->points_mm[2];
    double aside = hypot(head->points_mm[0] - end[0], head->points_mm[1] - end[1]);

    return head->parent == WADI_NONE && down >= 0 && down < 400 && aside < 10 + 0.35 * down;
}

/* An artery: its longest run, and runs that begin below the end of what was taken, joined. */
static bool make_artery(const wadi_cta *cta, const char *name, const chain *chains, int count,
                        wadi_cta_course *course)
{
    wadi_index room = 0;
    int longest = 0;
    double low;

    for (int i = 0; i < count; i++) {
        room += points_of(cta, &chains[i]) + 2000;
        longest = chains[i].length > chains[longest].length ? i : longest;
    }
    *course = (wadi_cta_course){.length_mm = 0};
    snprintf(course->name, sizeof course->name, "%s", name);
    if (!course_alloc(course, room))
        return false;
    low = INFINITY;
    for (int i = 0; i < count; i++) {
        const wadi_cta_branch *head = first_of(cta, &chains[i]);
        bool above = i < longest && end_of(cta, &chains[i])[2] >=
                                        first_of(cta, &chains[longest])->points_mm[2];

        /* Side branches and doubles of what is there are left out. */
        if (i != longest && !above && !(i > longest && head->points_mm[2] <= low))
            continue;
        if (i < longest && head->points_mm[2] > low)
            continue;
        if (course->count && !lies_ahead(course, head))
            continue;
        if (course->count)
            put_link(course, head->points_mm);
        else
            course->from_origin = head->parent != WADI_NONE;
        for (int k = 0; k < chains[i].count; k++)
            put_branch(course, &cta->branches[chains[i].branches[k]]);
        low = end_of(cta, &chains[i])[2];
    }
    return true;
}

/* How far a run lies to the medial side of an artery, on average; right leg: left is medial. */
static double medial_of(const wadi_cta *cta, const chain *one, const wadi_cta_course *artery)
{
    double sum = 0;
    wadi_index count = 0;

    for (int i = 0; i < one->count; i++) {
        const wadi_cta_branch *branch = &cta->branches[one->branches[i]];

        for (wadi_index p = 0; p < branch->count; p += 4) {
            const double *at = branch->points_mm + 3 * p;
            double least = INFINITY, off = 0;

            for (wadi_index q = 0; artery && q < artery->count; q += 2) {
                double d = apart(at, artery->points_mm + 3 * q);

                if (d < least) {
                    least = d;
                    off = at[0] - artery->points_mm[3 * q];
                }
            }
            sum += off;
            count++;
        }
    }
    return count ? (cta->right ? 1 : -1) * sum / count : 0;
}

static wadi_status make_veins(const wadi_cta *cta, const struct naming *naming,
                              const chain *chains, int count, wadi_cta_findings *findings,
                              wadi_error *err)
{
    const wadi_cta_course *artery =
        naming->artery ? wadi_cta_course_of(findings, naming->artery) : NULL;
    bool pair = strcmp(naming->veins[0], naming->veins[1]) != 0;
    int taken[2] = {-1, -1}, order[2] = {-1, -1};

    /* The two longest; the more medial of them gets the first name. */
    for (int i = 0; i < count; i++) {
        if (order[0] < 0 || chains[i].length > chains[order[0]].length) {
            order[1] = order[0];
            order[0] = i;
        } else if (order[1] < 0 || chains[i].length > chains[order[1]].length) {
            order[1] = i;
        }
    }
    if (order[0] < 0)
        return WADI_OK;
    if (!pair || order[1] < 0) {
        bool second = pair && medial_of(cta, &chains[order[0]], artery) < 0;

        taken[second] = order[0];
    } else {
        bool swap = medial_of(cta, &chains[order[0]], artery) <
                    medial_of(cta, &chains[order[1]], artery);

        taken[0] = order[swap];
        taken[1] = order[!swap];
    }
    for (int side = 0; side < 2; side++) {
        wadi_cta_course *course = &findings->courses[findings->course_count];
        const chain *one = &chains[taken[side] < 0 ? 0 : taken[side]];

        if (taken[side] < 0)
            continue;
        *course = (wadi_cta_course){.vein = true};
        snprintf(course->name, sizeof course->name, "%s", naming->veins[side]);
        findings->course_count++;
        if (!course_alloc(course, points_of(cta, one)))
            return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the courses of vessels");
        for (int k = 0; k < one->count; k++)
            put_branch(course, &cta->branches[one->branches[k]]);
        course->length_mm = course->along_mm[course->count - 1];
    }
    return WADI_OK;
}

/* The common plantar artery of the reference leg has no name in the graph: it is the last
 * stretch of the posterior tibial artery above the plantar ones. */
static bool split_plantar(const wadi_limb *reference, wadi_cta_findings *findings)
{
    wadi_cta_course *tibial = NULL, *common;
    wadi_index first;
    bool plantar = wadi_cta_course_of(findings, "LPA") || wadi_cta_course_of(findings, "MPA");
    double whole, share;

    for (wadi_index c = 0; c < findings->course_count; c++)
        if (!strcmp(findings->courses[c].name, "PTA"))
            tibial = &findings->courses[c];
    if (!tibial || !plantar || tibial->count < 20)
        return true;
    whole = tibial->along_mm[tibial->count - 1];
    share = cta_reference_mm(reference, "CPA");
    share /= share + cta_reference_mm(reference, "PTA");
    for (first = tibial->count - 1; first > 0; first--)
        if (tibial->along_mm[first] < whole * (1 - share))
            break;
    common = &findings->courses[findings->course_count];
    *common = (wadi_cta_course){.from_origin = true, .reasons = tibial->reasons};
    snprintf(common->name, sizeof common->name, "CPA");
    findings->course_count++;
    if (!course_alloc(common, tibial->count - first))
        return false;
    for (wadi_index i = first; i < tibial->count; i++)
        put_point(common, tibial->points_mm + 3 * i, tibial->radius_mm[i],
                  tibial->radius_sd_mm[i], tibial->hu[i], tibial->calcium_arc_deg[i],
                  tibial->closed[i] != 0);
    tibial->count = first + 1;
    return true;
}

wadi_status cta_courses(const wadi_cta *cta, const wadi_limb *reference,
                        wadi_cta_findings *findings, wadi_error *err)
{
    chain *chains = wadi_alloc(PIECES, sizeof *chains);
    wadi_status status = WADI_OK;

    findings->courses = wadi_alloc(COURSES, sizeof *findings->courses);
    if (!chains || !findings->courses) {
        free(chains);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the courses of vessels");
    }
    for (size_t n = 0; !status && n < WADI_COUNT_OF(NAMES); n++) {
        int count =
            NAMES[n].artery ? chains_of(cta, WADI_CTA_ARTERY, NAMES[n].vessel, chains) : 0;

        if (count && !make_artery(cta, NAMES[n].artery, chains, count,
                                  &findings->courses[findings->course_count++]))
            status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the courses of vessels");
    }
    if (!status && !split_plantar(reference, findings))
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the courses of vessels");
    for (size_t n = 0; !status && n < WADI_COUNT_OF(NAMES); n++) {
        int count = chains_of(cta, WADI_CTA_VEIN, NAMES[n].vessel, chains);

        status = make_veins(cta, &NAMES[n], chains, count, findings, err);
    }
    free(chains);
    return status;
}

const wadi_cta_course *wadi_cta_course_of(const wadi_cta_findings *findings, const char *name)
{
    for (wadi_index c = 0; c < findings->course_count; c++)
        if (!strcmp(findings->courses[c].name, name))
            return &findings->courses[c];
    return NULL;
}

void wadi_cta_findings_free(wadi_cta_findings *findings)
{
    if (!findings)
        return;
    for (wadi_index c = 0; findings->courses && c < findings->course_count; c++)
        course_clear(&findings->courses[c]);
    for (wadi_index g = 0; findings->gaps && g < findings->gap_count; g++) {
        free(findings->gaps[g].from_origin_mm);
        free(findings->gaps[g].gap_mm);
        free(findings->gaps[g].sd_mm);
    }
    free(findings->courses);
    free(findings->gaps);
    free(findings);
}

wadi_status wadi_cta_find(const wadi_cta *cta, const wadi_volume *volume,
                          wadi_cta_findings **out, wadi_error *err)
{
    wadi_cta_findings *findings = wadi_alloc(1, sizeof *findings);
    wadi_limb *reference = NULL;
    wadi_status status;

    *out = NULL;
    if (!findings)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the findings");
    status = wadi_limb_reference(&reference, err);
    if (!status)
        status = cta_courses(cta, reference, findings, err);
    if (!status)
        status = cta_lesions(cta, volume, reference, findings, err);
    if (!status)
        status = cta_gaps(findings, err);
    if (!status) {
        *out = findings;
        findings = NULL;
    }
    wadi_limb_free(reference);
    wadi_cta_findings_free(findings);
    return status;
}
