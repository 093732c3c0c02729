/* Anatomical names. Each branch votes by its course in the lower leg; a branch above the
 * parting takes its name from what it leads to, one below the ankle from what it comes from. */
#include "cta_impl.h"

#define STUMP_MM  12.0 /* shorter ones are the other artery's wall */
#define BESIDE_MM 8.0  /* sisters begin so near to each other */

typedef struct namer {
    const cta_grid *grid;
    const wadi_volume *volume;
    const cta_frame *frame;
    wadi_cta *cta;
    cta_course *own;
    uint8_t *leads; /* courses of the branch and of all below it, as bits */
} namer;

static void to_local(const wadi_volume *volume, const double *at, double *out)
{
    for (int k = 0; k < 3; k++) {
        out[k] = 0;
        for (int j = 0; j < 3; j++)
            out[k] += (at[j] - volume->origin_mm[j]) * volume->axes[k][j];
    }
}

static cta_course course_of(const namer *job, const wadi_cta_branch *branch)
{
    int votes[CTA_COURSES] = {0}, all = 0, best = CTA_NOWHERE;

    for (wadi_index i = 0; i < branch->count; i++) {
        double at[3];

        to_local(job->volume, branch->points_mm + 3 * i, at);
        cta_course here = cta_frame_course(job->grid, job->frame, at);

        if (!cta_frame_parted(job->grid, job->frame, at) ||
            cta_height(job->grid, at) < job->frame->ankle ||
            (here != CTA_ANTERIOR && !cta_frame_apart(job->grid, job->frame, at)))
            continue;
        votes[here]++;
    }
    for (int c = CTA_NOWHERE + 1; c < CTA_COURSES; c++) {
        all += votes[c];
        if (votes[c] > 0 && (best == CTA_NOWHERE || votes[c] > votes[best]))
            best = c;
    }
    return all >= 8 ? (cta_course)best : CTA_NOWHERE;
}

static double mid_height(const namer *job, const wadi_cta_branch *branch, wadi_index i)
{
    double at[3];

    to_local(job->volume, branch->points_mm + 3 * i, at);
    return cta_height(job->grid, at);
}

static wadi_cta_vessel of_course(cta_course course)
{
    switch (course) {
    case CTA_ANTERIOR:
        return WADI_CTA_ANTERIOR_TIBIAL;
    case CTA_POSTERIOR:
        return WADI_CTA_POSTERIOR_TIBIAL;
    case CTA_FIBULAR:
        return WADI_CTA_PERONEAL;
    default:
        return WADI_CTA_UNNAMED;
    }
}

/* Above the parting: by the set of arteries that it feeds. */
static wadi_cta_vessel of_set(int leads)
{
    bool front = leads & (1 << CTA_ANTERIOR), back = leads & (1 << CTA_POSTERIOR);
    bool side = leads & (1 << CTA_FIBULAR);

    if (front && (back || side))
        return WADI_CTA_POPLITEAL;
    if (back && side)
        return WADI_CTA_TIBIOPERONEAL_TRUNK;
    return front  ? WADI_CTA_ANTERIOR_TIBIAL
           : back ? WADI_CTA_POSTERIOR_TIBIAL
           : side ? WADI_CTA_PERONEAL
                  : WADI_CTA_UNNAMED;
}

/* In the foot: the front becomes dorsal; the back parts into a medial and a lateral sole. */
static wadi_cta_vessel of_foot(const namer *job, wadi_index b)
{
    const wadi_cta_branch *branch = &job->cta->branches[b];
    wadi_cta_vessel above =
        branch->parent >= 0 ? job->cta->branches[branch->parent].vessel : WADI_CTA_UNNAMED;
    int sisters = 0;
    double mine = 0, others = 0;

    if (above == WADI_CTA_ANTERIOR_TIBIAL || above == WADI_CTA_DORSALIS_PEDIS)
        return WADI_CTA_DORSALIS_PEDIS;
    if (above == WADI_CTA_MEDIAL_PLANTAR || above == WADI_CTA_LATERAL_PLANTAR)
        return above;
    if (above != WADI_CTA_POSTERIOR_TIBIAL)
        return WADI_CTA_UNNAMED;
    for (wadi_index c = 0; c < job->cta->branch_count; c++) {
        const wadi_cta_branch *other = &job->cta->branches[c];

        if (other->parent != branch->parent || other->kind != branch->kind ||
            other->length_mm < 15)
            continue;
        /* Patient's x grows to the left: lateral in a left leg. */
        double x = other->points_mm[3 * (other->count / 2)] * (job->cta->right ? -1 : 1);

        if (c == b) {
            mine = x;
        } else {
            sisters++;
            others = x;
        }
    }
    if (sisters == 0)
        return WADI_CTA_POSTERIOR_TIBIAL;
    return mine > others ? WADI_CTA_LATERAL_PLANTAR : WADI_CTA_MEDIAL_PLANTAR;
}

/* A stump that leads to nothing: before the bones it is the front's; behind them, of the two
 * arteries there, it is the one that its sister is not. Any other has no name of its own, and
 * not its parent's. */
static cta_course of_stump(const namer *job, wadi_index b)
{
    const wadi_cta_branch *branch = &job->cta->branches[b];
    double at[3];

    to_local(job->volume, branch->points_mm + 3 * (branch->count - 1), at);
    if (branch->length_mm < STUMP_MM || cta_height(job->grid, at) < job->frame->ankle)
        return CTA_NOWHERE;
    if (cta_frame_ahead(job->grid, job->frame, at) > 0)
        return CTA_ANTERIOR;
    for (wadi_index c = 0; c < job->cta->branch_count; c++) {
        const wadi_cta_branch *sister = &job->cta->branches[c];
        bool back = job->leads[c] & (1 << CTA_POSTERIOR);
        bool side = job->leads[c] & (1 << CTA_FIBULAR);

        if (c != b && sister->kind == branch->kind && sister->parent == branch->parent &&
            cta_distance(sister->points_mm, branch->points_mm) < BESIDE_MM && back != side)
            return back ? CTA_FIBULAR : CTA_POSTERIOR;
    }
    return CTA_NOWHERE;
}

/* Courses of the branches below, up to their trunks. Parents may come after children: until
 * nothing changes. */
static void pass_up(const namer *job)
{
    for (bool more = true; more;) {
        more = false;
        for (wadi_index b = 0; b < job->cta->branch_count; b++) {
            wadi_index up = job->cta->branches[b].parent;

            if (up >= 0 && (job->leads[up] | job->leads[b]) != job->leads[up]) {
                job->leads[up] |= job->leads[b];
                more = true;
            }
        }
    }
}

static void name_branch(const namer *job, wadi_index b)
{
    wadi_cta_branch *branch = &job->cta->branches[b];
    bool foot = mid_height(job, branch, 0) <= job->frame->ankle + 1;

    if (foot) {
        branch->vessel = of_foot(job, b);
    } else if (job->own[b] != CTA_NOWHERE) {
        branch->vessel = of_course(job->own[b]);
        /* A trunk reaches below the parting when its daughters leave low. */
        int below = job->leads[b] & ~(1 << job->own[b]);

        if ((below & ~1) && mid_height(job, branch, branch->count / 2) > job->frame->knee - 90)
            branch->vessel = of_set(job->leads[b]);
    } else {
        branch->vessel = of_set(job->leads[b]);
        if (branch->vessel != WADI_CTA_UNNAMED && branch->vessel != WADI_CTA_POPLITEAL &&
            branch->vessel != WADI_CTA_TIBIOPERONEAL_TRUNK)
            branch->reasons |= WADI_CTA_NAME_UNSURE;
    }
}

/* A vein takes the name of the artery that runs nearest along it. */
static void pair_vein(namer *job, wadi_index v)
{
    wadi_cta_branch *vein = &job->cta->branches[v];
    double best = 0;

    for (wadi_index a = 0; a < job->cta->branch_count; a++) {
        const wadi_cta_branch *artery = &job->cta->branches[a];
        double near = 0;

        if (artery->kind != WADI_CTA_ARTERY)
            continue;
        for (wadi_index i = 0; i < vein->count; i += 4) {
            double least = 1e30;

            for (wadi_index j = 0; j < artery->count; j += 4)
                least = fmin(least,
                             cta_distance(vein->points_mm + 3 * i, artery->points_mm + 3 * j));
            near += least < 9 ? 1 - least / 18 : 0;
        }
        if (near > best) {
            best = near;
            vein->companion = a;
        }
    }
    if (best * 4 * 3 > vein->count)
        vein->vessel = job->cta->branches[vein->companion].vessel;
    else
        vein->companion = WADI_NONE;
}

void cta_name(const cta_grid *grid, const wadi_volume *volume, const cta_frame *frame,
              wadi_cta *cta)
{
    size_t n = (size_t)cta->branch_count + 1;
    namer job = {.grid = grid, .volume = volume, .frame = frame, .cta = cta};

    job.own = wadi_alloc(n, sizeof *job.own);
    job.leads = wadi_alloc(n, 1);
    cta->right = frame->right;
    if (frame->known && job.own && job.leads) {
        for (wadi_index b = 0; b < cta->branch_count; b++) {
            job.own[b] = course_of(&job, &cta->branches[b]);
            job.leads[b] = (uint8_t)(1 << job.own[b]);
        }
        pass_up(&job);
        for (wadi_index b = 0; b < cta->branch_count; b++)
            if (job.leads[b] == 1 << CTA_NOWHERE && cta->branches[b].kind == WADI_CTA_ARTERY) {
                job.own[b] = of_stump(&job, b);
                job.leads[b] |= (uint8_t)(1 << job.own[b]);
            }
        pass_up(&job);
        for (int pass = 0; pass < 4; pass++)
            for (wadi_index b = 0; b < cta->branch_count; b++)
                if (cta->branches[b].kind == WADI_CTA_ARTERY)
                    name_branch(&job, b);
    }
    for (wadi_index b = 0; b < cta->branch_count; b++)
        if (cta->branches[b].kind == WADI_CTA_VEIN)
            pair_vein(&job, b);
    free(job.own);
    free(job.leads);
}
