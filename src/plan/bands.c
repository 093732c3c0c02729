/* Bands: the same plans on quasi-random parameter sets. */
#include "plan/plan_impl.h"

#include <gsl/gsl_qrng.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { LEG_LIMIT = 1 + TOP_LIMIT };

typedef struct leg {
    const wadi_limb *limb;
    measure what;
    double *start_pa; /* nominal pressures, from which every sample starts */
    wadi_index start_count;
} leg;

typedef struct sampling {
    planner *p;
    leg legs[LEG_LIMIT];
    int leg_count, samples, dimension;
    double *probability; /* (samples x dimension) Sobol points */
    point *points;       /* (samples x leg_count) */
    bool *failed;        /* (samples) */
} sampling;

static wadi_status sobol_points(sampling *s, wadi_error *err)
{
    /* Sobol' points of GSL start at 1/2 in every dimension: member i is the same for any count.
     */
    gsl_qrng *generator = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)s->dimension);

    if (!generator)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d-dimensional Sobol points",
                         s->dimension);
    for (int i = 0; i < s->samples; i++)
        gsl_qrng_get(generator, s->probability + (size_t)i * (size_t)s->dimension);
    gsl_qrng_free(generator);
    return WADI_OK;
}

/* One sample: the leg before, then each plan against it. */
static wadi_status run_sample(sampling *s, int index, worker *w, wadi_error *err)
{
    wadi_model model =
        wadi_model_sample(&s->p->table, s->probability + (size_t)index * (size_t)s->dimension);
    double inflow = -1, foot = 0;
    wadi_status status = WADI_OK;

    for (int k = 0; !status && k < s->leg_count; k++) {
        wadi_steady_result flow;
        measure what = s->legs[k].what;

        w->start_pa = s->legs[k].start_pa;
        w->start_count = s->legs[k].start_count;
        status = planner_solve(s->p, w, s->legs[k].limb, &model, inflow, &flow, err);
        if (status)
            break;
        if (k == 0) {
            inflow = flow.inflow_m3_s;
            foot = foot_arterial_inflow(s->legs[0].limb, &flow);
        } else {
            what.before_inflow_m3_s = inflow;
            what.before_foot_m3_s = foot;
        }
        outcome_point(s->legs[k].limb, &model, &flow, &what,
                      &s->points[index * s->leg_count + k]);
    }
    return status;
}

static wadi_status nominal_starts(sampling *s, wadi_error *err)
{
    planner *p = s->p;
    wadi_status status = WADI_OK;

    for (int k = 0; !status && k < s->leg_count; k++) {
        wadi_steady_result flow;
        leg *item = &s->legs[k];

        status = planner_solve(p, &p->workers[0], item->limb, &p->model,
                               k ? p->before_inflow_m3_s : -1, &flow, err);
        if (status)
            break;
        item->start_pa = wadi_alloc((size_t)flow.all_count, sizeof *item->start_pa);
        if (!item->start_pa)
            return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the pressures of a leg");
        memcpy(item->start_pa, flow.all_pressure_pa,
               (size_t)flow.all_count * sizeof *item->start_pa);
        item->start_count = flow.all_count;
    }
    return status;
}

static wadi_status run_all(sampling *s, wadi_error *err)
{
    wadi_status status = WADI_OK;

#pragma omp parallel for schedule(dynamic, 4) num_threads(s->p->worker_count)
    for (int i = 0; i < s->samples; i++) {
        wadi_error mine = {0};
        wadi_status one = run_sample(s, i, &s->p->workers[omp_get_thread_num()], &mine);

        s->failed[i] = one != WADI_OK;
        if (one && one != WADI_ERR_CONVERGENCE) {
#pragma omp critical
            {
                status = one;
                if (err)
                    *err = mine;
            }
        }
    }
    return status;
}

static double quantile(const double *sorted, int count, double probability)
{
    double at = probability * (count - 1);
    int below = (int)at;

    return below + 1 < count
               ? sorted[below] + (at - below) * (sorted[below + 1] - sorted[below])
               : sorted[count - 1];
}

static void fill_outcome(const sampling *s, int which, double *scratch, wadi_outcome *out)
{
    for (size_t m = 0; m < OUTCOME_COUNT; m++) {
        int count = 0;
        wadi_band band;

        for (int i = 0; i < s->samples; i++) {
            double value = s->points[i * s->leg_count + which].value[m];

            if (!s->failed[i] && isfinite(value))
                scratch[count++] = value;
        }
        if (count < 2)
            continue;
        memcpy(&band, (char *)out + m * sizeof band, sizeof band);
        qsort(scratch, (size_t)count, sizeof *scratch, wadi_by_double);
        band.low = quantile(scratch, count, 0.05);
        band.high = quantile(scratch, count, 0.95);
        memcpy((char *)out + m * sizeof band, &band, sizeof band);
    }
}

static double below_floor(const sampling *s, int which)
{
    int count = 0, below = 0;

    for (int i = 0; i < s->samples; i++) {
        if (s->failed[i])
            continue;
        count++;
        below +=
            s->points[i * s->leg_count + which].value[OUTCOME_INDEX(conduit_flow_ml_min)] <=
            s->p->limit.conduit_min;
    }
    return count ? (double)below / count : NAN;
}

wadi_status bands_fill(planner *p, wadi_plan_result *result, wadi_error *err)
{
    sampling s = {
        .p = p, .samples = p->options.samples, .dimension = wadi_model_free_count(&p->table)};
    double *scratch = NULL;
    wadi_status status = WADI_OK;

    if (s.samples < 2)
        return WADI_OK;
    s.legs[s.leg_count++] = (leg){p->limb, measure_before(p), NULL, 0};
    for (wadi_index i = 0; i < result->plan_count && i < TOP_LIMIT; i++)
        s.legs[s.leg_count++] =
            (leg){result->plans[i].limb, measure_after(p, &result->plans[i]), NULL, 0};
    s.probability = wadi_alloc((size_t)s.samples * (size_t)s.dimension, sizeof *s.probability);
    s.points = wadi_alloc((size_t)s.samples * (size_t)s.leg_count, sizeof *s.points);
    s.failed = wadi_alloc((size_t)s.samples, sizeof *s.failed);
    scratch = wadi_alloc((size_t)s.samples, sizeof *scratch);
    if (!s.probability || !s.points || !s.failed || !scratch) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d samples", s.samples);
        goto done;
    }
    status = sobol_points(&s, err);
    if (!status)
        status = nominal_starts(&s, err);
    if (!status)
        status = run_all(&s, err);
    planner_start_from(p, NULL, 0);
    if (status)
        goto done;
    fill_outcome(&s, 0, scratch, &result->before);
    for (int k = 1; k < s.leg_count; k++) {
        fill_outcome(&s, k, scratch, &result->plans[k - 1].after);
        result->plans[k - 1].below_floor_frac = below_floor(&s, k);
    }
    result->solver.samples = s.samples;
    for (int i = 0; i < s.samples; i++)
        result->solver.failed_samples += s.failed[i];
done:
    for (int k = 0; k < s.leg_count; k++)
        free(s.legs[k].start_pa);
    free(s.probability);
    free(s.points);
    free(s.failed);
    free(scratch);
    return status;
}
