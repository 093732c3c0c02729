/* Occlusions, stenoses and calcium along an artery; gaps to its veins. */
#include "cta_find.h"

#include <stdlib.h>
#include <string.h>

/* Shorter closed stretches are lapses of the trace. A shorter open island between two closed
 * stretches counts with them: a wire meets one occlusion, and a ring of calcium looks so. */
static const double LEAST_CLOSED_MM = 8, LEAST_OPEN_MM = 20;
static const double LEAST_STUMP_MM = 8, LONGEST_RING_MM = 60, RING_DEG = 150;
/* A stump that keeps less than this of the healthy calibre is tapered. */
static const double TAPERED_FRAC = 0.8;
/* Calcium: noise and partial volume alone reach arcs below the first. Half the wall is PACSS's
 * and GLASS's limit between one side and both; blooming widens arcs. */
static const double CALCIUM_ARC_DEG = 45, WIDE_ARC_DEG = 175;
static const double SEVERE_MM = 50, MODERATE_MM = 50, MILD_MM = 4;

double cta_open_quantile(const wadi_cta_course *c, const double *values, double from, double to,
                         double share, int least, double *room)
{
    int count = 0;

    for (wadi_index i = 0; i < c->count; i++)
        if (!c->closed[i] && c->along_mm[i] >= from && c->along_mm[i] <= to)
            room[count++] = values[i];
    if (count < least)
        return NAN;
    qsort(room, (size_t)count, sizeof *room, wadi_by_double);
    return room[(int)(share * (count - 1))];
}

static void fill(uint8_t *flags, const double *along, wadi_index count, double least, int from,
                 int to)
{
    for (wadi_index i = 0; i < count;) {
        wadi_index j = i;

        while (j < count && flags[j] == flags[i])
            j++;
        if (flags[i] == from && i > 0 && j < count && along[j - 1] - along[i] < least)
            memset(flags + i, to, (size_t)(j - i));
        i = j;
    }
}

wadi_cta_lesion *cta_add_lesion(wadi_cta_course *course)
{
    wadi_cta_lesion *grown = wadi_realloc(course->lesions, (size_t)course->lesion_count + 1,
                                          sizeof *course->lesions);

    if (!grown)
        return NULL;
    course->lesions = grown;
    grown[course->lesion_count] = (wadi_cta_lesion){.reasons = course->reasons};
    return &grown[course->lesion_count++];
}

/* Length with an arc of calcium above a limit, within from..to. Where bone hides the wall it is
 * taken to be as the rest. */
static double calcium_length(const wadi_cta_course *c, double limit, double from, double to)
{
    double sum = 0, seen = 0, whole = 0;

    for (wadi_index i = 1; i < c->count; i++) {
        double piece = c->along_mm[i] - c->along_mm[i - 1];

        if (c->along_mm[i] < from || c->along_mm[i] > to)
            continue;
        whole += piece;
        if (isnan(c->calcium_arc_deg[i]))
            continue;
        seen += piece;
        sum += c->calcium_arc_deg[i] >= limit ? piece : 0;
    }
    return seen > 0 ? sum * whole / seen : 0;
}

/* PACSS in words: one side or both, under 50 mm or more. */
static wadi_calcium severity(double any_mm, double wide_mm)
{
    if (wide_mm >= SEVERE_MM)
        return WADI_CALCIUM_SEVERE;
    if (any_mm >= MODERATE_MM)
        return WADI_CALCIUM_MODERATE;
    return any_mm >= MILD_MM ? WADI_CALCIUM_MILD : WADI_CALCIUM_NONE;
}

static wadi_maybe known(double value)
{
    return (wadi_maybe){isfinite(value), isfinite(value) ? value : 0};
}

/* Healthy calibre above an occlusion (below it when there is nothing above), its spread, and
 * the shape of the stump. */
static void describe_entry(const wadi_cta_course *c, wadi_cta_lesion *lesion, double *room)
{
    double from = lesion->from_mm, to = lesion->to_mm, low, high, stump;
    double healthy =
        cta_open_quantile(c, c->radius_mm, fmax(0, from - 45), from - 11, 0.5, 12, room);

    if (!isfinite(healthy))
        healthy = cta_open_quantile(c, c->radius_mm, to + 5, to + 40, 0.5, 12, room);
    if (!isfinite(healthy))
        healthy = cta_open_quantile(c, c->radius_mm, 0, INFINITY, 0.5, 4, room);
    lesion->reference_mm = known(2 * healthy);
    low = cta_open_quantile(c, c->radius_sd_mm, fmax(0, from - 45), to + 45, 0.5, 1, room);
    lesion->reference_sd = known(2 * low);
    /* An artery closed where it leaves has no stump: nothing a wire could follow. One that is
     * closed soon after is measured against what is open below. */
    if (from <= LEAST_STUMP_MM) {
        lesion->blunt = known(1);
    } else {
        stump = cta_open_quantile(c, c->radius_mm, fmax(from - 5, 4), from - 1, 0.5, 3, room);
        if (isfinite(stump) && healthy > 0) {
            lesion->stump_frac = known(stump / healthy);
            lesion->blunt = known(stump / healthy >= TAPERED_FRAC);
        }
    }
    /* The first millimetres of an artery lie in its parent's lumen. */
    low = from <= 3 ? 4 : from - 3;
    to = from <= 3 ? 12 : from + 6;
    high = 0;
    for (wadi_index i = 0; i < c->count; i++)
        if (c->along_mm[i] >= low && c->along_mm[i] <= to)
            high = fmax(high, c->calcium_arc_deg[i]); /* NAN gives way */
    lesion->entry_calcified = known(high >= 90);
}

/* A stretch that looks open between two closed ones, and is calcium all round: a ring of it
 * blurs into something as bright as a lumen. So does what looks open where an artery leaves a
 * wider one and is closed at once: that is the other one's lumen. */
static void close_false(wadi_cta_course *c, double *room)
{
    for (wadi_index i = 0; i < c->count;) {
        wadi_index j = i;
        int count = 0;

        while (j < c->count && c->closed[j] == c->closed[i]) {
            if (isfinite(c->calcium_arc_deg[j]))
                room[count++] = c->calcium_arc_deg[j];
            j++;
        }
        if (!c->closed[i] && j < c->count) {
            double length = c->along_mm[j - 1] - c->along_mm[i];

            qsort(room, (size_t)count, sizeof *room, wadi_by_double);
            if (i == 0 ? c->from_origin && length < LEAST_STUMP_MM
                       : length < LONGEST_RING_MM && count && room[count / 2] > RING_DEG)
                memset(c->closed + i, 1, (size_t)(j - i));
        }
        i = j;
    }
}

/* Where the artery passes half of the level between what is open before an end and what is
 * closed behind it, between the points. `way`: 1 when the artery runs into the occlusion. */
static double half_level(const wadi_cta_course *c, const double *inner, wadi_index at, int way,
                         double *room)
{
    double open, closed, half, place = 0.5 * (c->along_mm[at - 1] + c->along_mm[at]), least = 2;
    int count = 0;

    for (int k = 3; k <= 10; k++) {
        wadi_index i = way > 0 ? at - k : at - 1 + k;

        if (i >= 0 && i < c->count && !c->closed[i] && isfinite(inner[i]))
            room[count++] = inner[i];
    }
    if (count < 4)
        return place;
    qsort(room, (size_t)count, sizeof *room, wadi_by_double);
    open = room[count / 2];
    count = 0;
    for (int k = 3; k <= 10; k++) {
        wadi_index i = way > 0 ? at - 1 + k : at - k;

        if (i >= 0 && i < c->count && c->closed[i] && isfinite(inner[i]))
            room[count++] = inner[i];
    }
    if (count < 4)
        return place;
    qsort(room, (size_t)count, sizeof *room, wadi_by_double);
    closed = room[count / 2];
    half = 0.5 * (open + closed);
    if (open - closed < 40)
        return place;
    for (wadi_index i = at > 5 ? at - 5 : 1; i < at + 5 && i < c->count; i++) {
        double a = inner[i - 1] - half, b = inner[i] - half;
        double mid = 0.5 * (c->along_mm[at - 1] + c->along_mm[at]), here;

        if (!(way > 0 ? a >= 0 && b < 0 : a < 0 && b >= 0))
            continue;
        here = c->along_mm[i - 1] + a / (a - b) * (c->along_mm[i] - c->along_mm[i - 1]);
        if (fabs(here - mid) < least) {
            least = fabs(here - mid);
            place = here;
        }
    }
    return place;
}

/* `inner` may be NULL: ends lie half way between points then. */
static wadi_status find_occlusions(wadi_cta_course *c, const double *inner, double *room,
                                   wadi_error *err)
{
    fill(c->closed, c->along_mm, c->count, LEAST_OPEN_MM, 0, 1);
    close_false(c, room);
    fill(c->closed, c->along_mm, c->count, LEAST_CLOSED_MM, 1, 0);
    for (wadi_index i = 0; i < c->count;) {
        wadi_index j = i;
        wadi_cta_lesion *lesion;

        while (j < c->count && c->closed[j] == c->closed[i])
            j++;
        if (c->closed[i]) {
            lesion = cta_add_lesion(c);
            if (!lesion)
                return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a lesion");
            lesion->kind = WADI_OCCLUSION;
            lesion->from_mm = i ? 0.5 * (c->along_mm[i - 1] + c->along_mm[i]) : 0;
            lesion->to_mm = j < c->count ? 0.5 * (c->along_mm[j - 1] + c->along_mm[j])
                                         : c->along_mm[c->count - 1];
            lesion->length_sd_mm = 1.5;
            lesion->outflow = known(j < c->count);
            lesion->to_end = j == c->count;
            describe_entry(c, lesion, room);
            if (inner && i)
                lesion->from_mm = half_level(c, inner, i, 1, room);
            if (inner && j < c->count)
                lesion->to_mm = half_level(c, inner, j, -1, room);
        }
        i = j;
    }
    return WADI_OK;
}

/* Size of this leg against the reference leg: crural arteries seen from end to end. */
static double scale_of(const wadi_limb *reference, const wadi_cta_findings *findings)
{
    static const char *const CRURAL[][2] = {{"ATA", "DPA"}, {"PTA", "LPA"}, {"PER", NULL}};
    double sum = 0, weight = 0;

    for (size_t k = 0; k < WADI_COUNT_OF(CRURAL); k++) {
        const wadi_cta_course *c = wadi_cta_course_of(findings, CRURAL[k][0]);
        double whole = cta_reference_mm(reference, CRURAL[k][0]), seen;

        /* What goes on into the foot was seen whole. The peroneal artery has no such mark. */
        if (!c || !c->from_origin || !CRURAL[k][1] ||
            !wadi_cta_course_of(findings, CRURAL[k][1]) || whole <= 0)
            continue;
        seen = c->along_mm[c->count - 1];
        if (seen / whole > 0.7 && seen / whole < 1.4) {
            sum += seen / whole;
            weight += 1;
        }
    }
    return weight > 0 ? sum / weight : 0;
}

/* The artery that goes on below. */
static const char *below_of(const char *name)
{
    if (!strcmp(name, "ATA"))
        return "DPA";
    if (!strcmp(name, "PTA"))
        return "CPA";
    return NULL;
}

/* Where the crural arteries of the reference leg end, above its ankle joint, when the foot is
 * flexed by 35 degrees as that of a lying patient. */
static const struct {
    const char *name, *veins[2];
    double above_ankle_mm;
} ENDS[] = {{"ATA", {"ATV1", "ATV2"}, 8},
            {"PTA", {"PTV1", "PTV2"}, -4},
            {"PER", {"PERV1", "PERV2"}, 95}};

static double last_z(const wadi_cta_course *c)
{
    return c->points_mm[3 * (c->count - 1) + 2];
}

/* Height at which an artery should end: from those that go on into the foot, else from the
 * veins that lie beside it. NAN: unknown. */
static double end_height(const wadi_cta_findings *findings, const char *name)
{
    double scale = findings->scale > 0 ? findings->scale : 1, sum = 0, own = 0,
           veins = INFINITY;
    int count = 0;

    for (size_t e = 0; e < WADI_COUNT_OF(ENDS); e++) {
        const char *below = below_of(ENDS[e].name);
        const wadi_cta_course *c = wadi_cta_course_of(findings, ENDS[e].name);

        if (c && below && wadi_cta_course_of(findings, below)) {
            sum += last_z(c) - ENDS[e].above_ankle_mm * scale;
            count++;
        }
        if (strcmp(ENDS[e].name, name))
            continue;
        own = ENDS[e].above_ankle_mm * scale;
        for (int v = 0; v < 2; v++) {
            const wadi_cta_course *vein = wadi_cta_course_of(findings, ENDS[e].veins[v]);

            if (vein)
                veins = fmin(veins, last_z(vein));
        }
    }
    if (count)
        return sum / count + own;
    return isfinite(veins) ? veins : NAN;
}

/* A crural artery that ends above the ankle with nothing after it is closed from there on. */
static wadi_status finish(wadi_cta_findings *findings, wadi_cta_course *c, double *room,
                          wadi_error *err)
{
    /* Arteries do not run straight down: their length over their height. An artery that ends
     * within 25 mm of where it should has come to its end. */
    const double slant = 1.04, reach_mm = 25;
    const char *below = below_of(c->name);
    bool goes_on = below && wadi_cta_course_of(findings, below);
    bool crural = below || !strcmp(c->name, "PER");
    wadi_cta_lesion *last = c->lesion_count ? &c->lesions[c->lesion_count - 1] : NULL;
    double seen = c->along_mm[c->count - 1], more;

    c->length_mm = seen;
    c->length_sd_mm = 2;
    c->complete = goes_on || !crural;
    if (goes_on && last && last->to_end) {
        /* Closed at its end, open below: the outflow is the next artery's. */
        last->outflow = known(1);
        last->to_end = false;
    }
    if (goes_on || !crural || !c->from_origin)
        return WADI_OK;
    if (last && last->to_end)
        last->outflow = known(0);
    more = slant * (last_z(c) - end_height(findings, c->name));
    c->complete = isfinite(more) && more < reach_mm;
    if (!isfinite(more) || c->complete)
        return WADI_OK;
    c->length_mm = seen + more;
    c->length_sd_mm = 10;
    if (!last || !last->to_end) {
        /* What narrows towards the end is its stump. */
        while (c->lesion_count && c->lesions[c->lesion_count - 1].kind == WADI_STENOSIS &&
               c->lesions[c->lesion_count - 1].to_mm > seen - 6)
            c->lesion_count--;
        last = cta_add_lesion(c);
        if (!last)
            return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a lesion");
        last->kind = WADI_OCCLUSION;
        last->from_mm = seen;
        describe_entry(c, last, room);
    }
    last->to_end = true;
    last->to_mm = c->length_mm;
    last->length_sd_mm = c->length_sd_mm;
    last->outflow = known(0);
    return WADI_OK;
}

static void judge_calcium(wadi_cta_course *c)
{
    c->calcium_mm = calcium_length(c, CALCIUM_ARC_DEG, -1, INFINITY);
    c->calcium_wide_mm = calcium_length(c, WIDE_ARC_DEG, -1, INFINITY);
    c->calcium = severity(c->calcium_mm, c->calcium_wide_mm);
    for (wadi_index l = 0; l < c->lesion_count; l++) {
        wadi_cta_lesion *lesion = &c->lesions[l];

        lesion->calcium =
            severity(calcium_length(c, CALCIUM_ARC_DEG, lesion->from_mm, lesion->to_mm),
                     calcium_length(c, WIDE_ARC_DEG, lesion->from_mm, lesion->to_mm));
    }
}

/* What is closed and what is calcified, along all of an artery, and how wide the lumen is. */
static wadi_status part_course(const wadi_cta *cta, const wadi_volume *volume,
                               const wadi_cta_findings *findings, wadi_cta_course *c,
                               double *lumen, double *inner, double *open, wadi_error *err)
{
    wadi_status status = WADI_OK;
    bool changed = true;

    for (int round = 0; round < 2 && changed && !status; round++) {
        status = cta_calcium(cta, volume, c, err);
        if (!status)
            status = cta_reclose(cta, volume, c, err);
        changed = false;
        if (!status && round == 0)
            status = cta_stumps(cta, volume, findings, c, &changed, err);
    }
    if (!status)
        status = cta_lumen(cta, volume, findings, c, lumen, inner, open, err);
    if (!status)
        status = cta_calcium(cta, volume, c, err);
    return status;
}

static wadi_status judge_artery(const wadi_cta *cta, const wadi_volume *volume,
                                wadi_cta_findings *findings, wadi_cta_course *c, double *room,
                                size_t most, wadi_error *err)
{
    double *lumen = room + most, *inner = lumen + most, *open = inner + most;
    bool seen = volume && cta->labels && cta->columns == volume->columns &&
                cta->rows == volume->rows && cta->slices == volume->slices &&
                cta->artery_hu > cta->muscle_hu + 20;
    wadi_status status = WADI_OK;

    if (seen)
        status = part_course(cta, volume, findings, c, lumen, inner, open, err);
    for (wadi_index i = 0; !seen && i < c->count; i++)
        lumen[i] = c->closed[i] ? 0 : c->radius_mm[i];
    if (status)
        return status;
    cta_close_thin(c, lumen, seen ? open : NULL, room);
    status = find_occlusions(c, seen ? inner : NULL, room, err);
    if (!status)
        status = cta_find_stenoses(c, lumen, room, err);
    if (!status)
        status = finish(findings, c, room, err);
    judge_calcium(c);
    return status;
}

wadi_status cta_lesions(const wadi_cta *cta, const wadi_volume *volume,
                        const wadi_limb *reference, wadi_cta_findings *findings,
                        wadi_error *err)
{
    size_t most = 1;
    double *room;
    wadi_status status = WADI_OK;

    for (wadi_index k = 0; k < findings->course_count; k++)
        most = (size_t)findings->courses[k].count > most ? (size_t)findings->courses[k].count
                                                         : most;
    /* Followed stumps may add points. */
    most = 2 * most + 400;
    room = wadi_alloc(4 * most, sizeof *room);
    if (!room)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for lesions");
    findings->scale = scale_of(reference, findings);
    for (wadi_index k = 0; !status && k < findings->course_count; k++) {
        wadi_cta_course *c = &findings->courses[k];

        if (!c->vein && c->count)
            status = judge_artery(cta, volume, findings, c, room, most, err);
    }
    free(room);
    return status;
}

/* ---- gaps ---- */

static bool gap_alloc(wadi_cta_gap *gap, wadi_index count)
{
    size_t n = (size_t)(count > 0 ? count : 1);

    gap->from_origin_mm = wadi_alloc(n, sizeof(double));
    gap->gap_mm = wadi_alloc(n, sizeof(double));
    gap->sd_mm = wadi_alloc(n, sizeof(double));
    return gap->from_origin_mm && gap->gap_mm && gap->sd_mm;
}

static void measure_gap(const wadi_cta_course *artery, const wadi_cta_course *vein,
                        wadi_cta_gap *gap)
{
    double next = 0;

    for (wadi_index i = 0; i < artery->count; i++) {
        double least = INFINITY, sd = 0;
        wadi_index nearest = 0;

        if (artery->along_mm[i] < next)
            continue;
        next = artery->along_mm[i] + 5;
        for (wadi_index j = 0; j < vein->count; j++) {
            const double *a = artery->points_mm + 3 * i, *b = vein->points_mm + 3 * j;
            double d = sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) +
                            (a[2] - b[2]) * (a[2] - b[2]));

            if (d < least) {
                least = d;
                nearest = j;
            }
        }
        /* At the vein's ends the nearest point is not abreast. */
        if (nearest < 2 || nearest > vein->count - 3)
            continue;
        least -= artery->radius_mm[i] + vein->radius_mm[nearest];
        sd = hypot(hypot(artery->radius_sd_mm[i], vein->radius_sd_mm[nearest]), 0.15);
        if (least > 12)
            continue;
        gap->from_origin_mm[gap->count] = artery->along_mm[i];
        gap->gap_mm[gap->count] = fmax(0, least);
        gap->sd_mm[gap->count++] = sd;
    }
}

wadi_status cta_gaps(wadi_cta_findings *findings, wadi_error *err)
{
    static const char *const PAIRS[][2] = {{"PTA", "PTV1"}, {"PTA", "PTV2"},  {"ATA", "ATV1"},
                                           {"ATA", "ATV2"}, {"PER", "PERV1"}, {"PER", "PERV2"}};

    findings->gaps = wadi_alloc(WADI_COUNT_OF(PAIRS), sizeof *findings->gaps);
    if (!findings->gaps)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for gaps");
    for (size_t p = 0; p < WADI_COUNT_OF(PAIRS); p++) {
        const wadi_cta_course *artery = wadi_cta_course_of(findings, PAIRS[p][0]);
        const wadi_cta_course *vein = wadi_cta_course_of(findings, PAIRS[p][1]);
        wadi_cta_gap *gap = &findings->gaps[findings->gap_count];

        if (!artery || !vein || !artery->from_origin)
            continue;
        *gap = (wadi_cta_gap){.artery = (wadi_index)(artery - findings->courses),
                              .vein = (wadi_index)(vein - findings->courses)};
        findings->gap_count++;
        if (!gap_alloc(gap, artery->count))
            return wadi_fail(err, WADI_ERR_NOMEM, "no memory for gaps");
        measure_gap(artery, vein, gap);
    }
    return WADI_OK;
}
