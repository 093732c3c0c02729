/* Stenosis or shunt: predictions for every state of a leg on common parameter sets, and Bayes.
 */
#include "wadi/cause.h"
#include "base/base_impl.h"
#include "wadi/linear.h"
#include "wadi/units.h"

#include <gsl/gsl_qrng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STATE_LIMIT = 48, LEAST_SAMPLES = 8 };
/* A kind is named for sure from here on (ours). */
static const double SURE_FRAC = 0.8;
/* Two standard deviations. */
static const double FITS = 4;

typedef struct leg_state {
    wadi_cause_kind kind;
    char text[120];
    wadi_limb *limb;
    wadi_index conduit, crossing; /* segments */
    double psv_over_mean, ri;     /* of the crossing; NaN: no waves */
    double crossing_area_m2;
} leg_state;

struct wadi_cause {
    leg_state states[STATE_LIMIT];
    int state_count, samples;
    wadi_index wound_bed;
    double *flow_ml_min, *tcpo2_mmhg; /* (states x samples); NaN: did not converge */
    double nominal_flow[STATE_LIMIT], nominal_tcpo2[STATE_LIMIT];
};

const char *wadi_cause_name(wadi_cause_kind kind)
{
    static const char *const NAMES[] = {"as_planned", "inflow_stenosis", "open_escape"};

    return (size_t)kind < WADI_COUNT_OF(NAMES) ? NAMES[kind] : "unknown";
}

const char *wadi_cause_title(wadi_cause_kind kind)
{
    static const char *const TITLES[] = {"as planned", "inflow stenosis",
                                         "open escape (shunt)"};

    return (size_t)kind < WADI_COUNT_OF(TITLES) ? TITLES[kind] : "unknown";
}

wadi_cause_noise wadi_cause_noise_default(void)
{
    return (wadi_cause_noise){.flow_frac = 0.35, .tcpo2_mmhg = 6, .psv_frac = 0.15, .ri = 0.08};
}

/* ---- states ---- */

static wadi_status new_state(wadi_cause *c, const wadi_plan *plan, wadi_cause_kind kind,
                             leg_state **out, wadi_error *err)
{
    leg_state *s = &c->states[c->state_count];
    wadi_index count;
    const wadi_segment *segments;
    wadi_status status;

    WADI_ASSERT(c->state_count < STATE_LIMIT);
    status = wadi_limb_copy(plan->limb, &s->limb, err);
    if (status)
        return status;
    c->state_count++;
    s->kind = kind;
    s->crossing = wadi_limb_segment(s->limb, "crossing stent");
    if (s->crossing == WADI_NONE)
        s->crossing = wadi_limb_segment(s->limb, "bypass");
    s->conduit = wadi_limb_segment(s->limb, "conduit");
    if (s->conduit == WADI_NONE)
        s->conduit = s->crossing;
    if (s->crossing == WADI_NONE)
        return wadi_fail(err, WADI_ERR_MISSING, "the plan's leg has no crossing");
    segments = wadi_limb_segments(s->limb, &count);
    double r = 0.5 * (segments[s->crossing].radius_from_m + segments[s->crossing].radius_to_m);
    s->crossing_area_m2 = WADI_PI * r * r;
    *out = s;
    return WADI_OK;
}

/* A short stenosis in an artery above the crossing. */
static wadi_status add_stenosis(wadi_cause *c, const wadi_plan *plan, const char *artery,
                                double at_frac, double narrowing, wadi_error *err)
{
    const double half_m = 0.01;
    wadi_index count, vessel = wadi_limb_vessel(plan->limb, artery);
    wadi_limb_lesion lesion = {.vessel = vessel,
                               .kind = WADI_STENOSIS,
                               .stenosis_frac = narrowing,
                               .finding = WADI_NONE,
                               .lesion = WADI_NONE};
    double at_m;
    leg_state *s;
    wadi_status status;

    if (vessel == WADI_NONE)
        return WADI_OK;
    at_m = at_frac * wadi_limb_vessels(plan->limb, &count)[vessel].length_m;
    lesion.from_m = fmax(at_m - half_m, 0);
    lesion.to_m = at_m + half_m;
    status = new_state(c, plan, WADI_CAUSE_STENOSIS, &s, err);
    if (status)
        return status;
    snprintf(s->text, sizeof s->text, "%s narrowed by %.0f %%", artery, 100 * narrowing);
    return wadi_limb_add_lesion(s->limb, &lesion, err);
}

static wadi_status add_stenoses(wadi_cause *c, const wadi_plan *plan, wadi_error *err)
{
    static const double NARROWINGS[] = {0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9};
    wadi_status status = WADI_OK;

    for (size_t i = 0; !status && i < WADI_COUNT_OF(NARROWINGS); i++)
        status = add_stenosis(c, plan, "SFA", 0.5, NARROWINGS[i], err);
    for (size_t i = 0; !status && i < WADI_COUNT_OF(NARROWINGS); i += 2)
        status = add_stenosis(c, plan, "POP", 0.5, NARROWINGS[i], err);
    return status;
}

static wadi_status add_opening(wadi_cause *c, const wadi_plan *plan, wadi_index from,
                               wadi_index to, double factor, wadi_error *err)
{
    leg_state *s;
    wadi_status status = new_state(c, plan, WADI_CAUSE_SHUNT, &s, err);

    for (wadi_index i = from; !status && i < to; i++) {
        wadi_index vessel = wadi_limb_vessel(s->limb, plan->closures[i]);

        wadi_limb_close_vessel(s->limb, vessel, false);
        wadi_limb_set_radius(s->limb, vessel, factor);
    }
    if (!status)
        snprintf(s->text, sizeof s->text, "%s open%s",
                 to - from > 1 ? "all closed branches" : plan->closures[from],
                 factor > 1 ? " and 30 % wider" : "");
    return status;
}

/* An escape that the plan left open, wider than assumed. */
static wadi_status add_wide(wadi_cause *c, const wadi_plan *plan, const char *name,
                            wadi_error *err)
{
    const double factor = 1.5;
    wadi_index count, vessel = wadi_limb_vessel(plan->limb, name);
    leg_state *s;
    wadi_status status;

    if (vessel == WADI_NONE || wadi_limb_vessels(plan->limb, &count)[vessel].closed)
        return WADI_OK;
    status = new_state(c, plan, WADI_CAUSE_SHUNT, &s, err);
    if (status)
        return status;
    wadi_limb_set_radius(s->limb, vessel, factor);
    snprintf(s->text, sizeof s->text, "%s %.0f %% wider", name, 100 * (factor - 1));
    return WADI_OK;
}

static wadi_status add_shunts(wadi_cause *c, const wadi_plan *plan, wadi_error *err)
{
    static const char *const LEFT[] = {"DPV", "FPL", "FPM", "FPX"};
    wadi_index used = plan->closure_count < 10 ? plan->closure_count : 10;
    wadi_status status = WADI_OK;

    for (wadi_index i = 0; !status && i < used; i++) {
        status = add_opening(c, plan, i, i + 1, 1, err);
        if (!status)
            status = add_opening(c, plan, i, i + 1, 1.3, err);
    }
    if (!status && used > 1)
        status = add_opening(c, plan, 0, used, 1, err);
    for (size_t i = 0; !status && i < WADI_COUNT_OF(LEFT); i++)
        status = add_wide(c, plan, LEFT[i], err);
    return status;
}

/* ---- predictions ---- */

static wadi_status predict(const wadi_cause *c, wadi_steady *solver, const leg_state *s,
                           const wadi_model *model, double reference, double *flow,
                           double *tcpo2, wadi_error *err)
{
    wadi_steady_options options = wadi_steady_options_default();
    wadi_steady_result result;
    wadi_status status;

    options.reference_inflow_m3_s = reference;
    status = wadi_steady_solve(solver, s->limb, model, &options, &result, err);
    if (status)
        return status;
    *flow = result.flow_m3_s[s->conduit] / WADI_M3_S_PER_ML_MIN;
    *tcpo2 = result.beds[c->wound_bed].tcpo2_mmhg;
    return WADI_OK;
}

static wadi_status inflow_before(wadi_steady *solver, const wadi_limb *limb,
                                 const wadi_model *model, double *inflow, wadi_error *err)
{
    wadi_steady_options options = wadi_steady_options_default();
    wadi_steady_result result;
    wadi_status status = wadi_steady_solve(solver, limb, model, &options, &result, err);

    if (!status)
        *inflow = result.inflow_m3_s;
    return status;
}

/* Shape of the crossing's wave; what the linear level cannot tell stays unknown. */
static wadi_status shape(leg_state *s, const wadi_model *model, double reference,
                         wadi_error *err)
{
    wadi_linear_options options = wadi_linear_options_default();
    wadi_network *network = NULL;
    wadi_linear *linear = NULL;
    wadi_pulse_indices of;
    wadi_index vessel;
    wadi_status status = wadi_network_from_limb(s->limb, model, reference, &network, err);

    s->psv_over_mean = s->ri = NAN;
    options.samples = 101;
    if (!status)
        status = wadi_linear_solve(network, &options, &linear, err);
    if (!status) {
        vessel = wadi_network_vessel_of_segment(network, s->crossing);
        if (vessel != WADI_NONE) {
            wadi_linear_indices_of(linear, vessel, &of);
            s->ri = of.ri;
            s->psv_over_mean = of.psv_m_s * s->crossing_area_m2 / of.q_mean_m3_s;
        }
    }
    wadi_linear_free(linear);
    wadi_network_free(network);
    return status == WADI_ERR_CONVERGENCE ? WADI_OK : status;
}

/* An opened branch that starves nobody (a saphenous trunk, a branch behind closed valves) does
 * not explain a wound that does not heal. */
static void drop_harmless(wadi_cause *c)
{
    const double felt_mmhg = 1;
    int kept = 1;

    for (int i = 1; i < c->state_count; i++) {
        if (c->nominal_tcpo2[i] > c->nominal_tcpo2[0] - felt_mmhg) {
            wadi_limb_free(c->states[i].limb);
            continue;
        }
        c->states[kept] = c->states[i];
        c->nominal_flow[kept] = c->nominal_flow[i];
        c->nominal_tcpo2[kept++] = c->nominal_tcpo2[i];
    }
    c->state_count = kept;
}

static wadi_status nominal(wadi_cause *c, const wadi_limb *before, const wadi_model *model,
                           wadi_error *err)
{
    wadi_steady *solver = NULL;
    double inflow = 0;
    wadi_status status = wadi_steady_new(&solver, err);

    if (!status)
        status = inflow_before(solver, before, model, &inflow, err);
    for (int i = 0; !status && i < c->state_count; i++) {
        status = predict(c, solver, &c->states[i], model, inflow, &c->nominal_flow[i],
                         &c->nominal_tcpo2[i], err);
        if (!status)
            status = shape(&c->states[i], model, inflow, err);
    }
    wadi_steady_free(solver);
    if (!status)
        drop_harmless(c);
    return status;
}

/* All states on one parameter set; what does not converge stays NaN. */
static wadi_status run_sample(wadi_cause *c, wadi_steady *solver, const wadi_limb *before,
                              const wadi_model *model, int sample, wadi_error *err)
{
    double inflow = 0;
    wadi_status status = inflow_before(solver, before, model, &inflow, err);

    for (int i = 0; i < c->state_count; i++)
        c->flow_ml_min[i * c->samples + sample] = c->tcpo2_mmhg[i * c->samples + sample] = NAN;
    for (int i = 0; !status && i < c->state_count; i++) {
        status = predict(c, solver, &c->states[i], model, inflow,
                         &c->flow_ml_min[i * c->samples + sample],
                         &c->tcpo2_mmhg[i * c->samples + sample], err);
        status = status == WADI_ERR_CONVERGENCE ? WADI_OK : status;
    }
    return status == WADI_ERR_CONVERGENCE ? WADI_OK : status;
}

static wadi_status run_samples(wadi_cause *c, const wadi_limb *before,
                               const wadi_model_table *table, wadi_error *err)
{
    size_t dimension = (size_t)wadi_model_free_count(table), samples = (size_t)c->samples;
    double *points = wadi_alloc(samples * dimension, sizeof *points);
    gsl_qrng *generator = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)dimension);
    wadi_status status = WADI_OK;

    if (!points || !generator) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu samples", samples);
        goto done;
    }
    for (size_t i = 0; i < samples; i++)
        gsl_qrng_get(generator, points + i * dimension);
#pragma omp parallel
    {
        wadi_steady *solver = NULL;
        wadi_error mine = {0};
        wadi_status one = wadi_steady_new(&solver, &mine);

#pragma omp for schedule(dynamic, 1)
        for (int i = 0; i < c->samples; i++) {
            wadi_model model = wadi_model_sample(table, points + (size_t)i * dimension);

            if (!one)
                one = run_sample(c, solver, before, &model, i, &mine);
        }
        wadi_steady_free(solver);
        if (one) {
#pragma omp critical
            {
                status = one;
                if (err)
                    *err = mine;
            }
        }
    }
done:
    free(points);
    if (generator)
        gsl_qrng_free(generator);
    return status;
}

wadi_status wadi_cause_new(const wadi_case *the_case, const wadi_plan_result *result,
                           const wadi_plan *plan, int samples, wadi_cause **out,
                           wadi_error *err)
{
    wadi_cause *c = wadi_alloc(1, sizeof *c);
    wadi_model_table *table = wadi_alloc(1, sizeof *table);
    wadi_model model;
    size_t count;
    leg_state *first;
    wadi_status status = WADI_OK;

    *out = NULL;
    if (!c || !table)
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the causes");
    else if (samples < LEAST_SAMPLES)
        status = wadi_fail(err, WADI_ERR_RANGE, "%d samples, %d or more are wanted", samples,
                           LEAST_SAMPLES);
    if (!status)
        status = wadi_model_read(table, err);
    if (status)
        goto done;
    wadi_model_fit_case(table, the_case);
    model = wadi_model_nominal(table);
    c->samples = samples;
    c->wound_bed = wadi_limb_bed(result->limb, result->wound_bed);
    status = new_state(c, plan, WADI_CAUSE_AS_PLANNED, &first, err);
    if (!status) {
        snprintf(first->text, sizeof first->text, "as planned");
        status = add_stenoses(c, plan, err);
    }
    if (!status)
        status = add_shunts(c, plan, err);
    if (status)
        goto done;
    count = (size_t)c->state_count * (size_t)samples;
    c->flow_ml_min = wadi_alloc(count, sizeof *c->flow_ml_min);
    c->tcpo2_mmhg = wadi_alloc(count, sizeof *c->tcpo2_mmhg);
    if (!c->flow_ml_min || !c->tcpo2_mmhg)
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu predictions", count);
    if (!status)
        status = nominal(c, result->limb, &model, err);
    if (!status)
        status = run_samples(c, result->limb, table, err);
    if (status)
        goto done;
    *out = c;
    c = NULL;
done:
    free(table);
    wadi_cause_free(c);
    return status;
}

void wadi_cause_free(wadi_cause *c)
{
    if (!c)
        return;
    for (int i = 0; i < c->state_count; i++)
        wadi_limb_free(c->states[i].limb);
    free(c->flow_ml_min);
    free(c->tcpo2_mmhg);
    free(c);
}

int wadi_cause_state_count(const wadi_cause *cause)
{
    return cause->state_count;
}

const wadi_limb *wadi_cause_limb(const wadi_cause *cause, int state)
{
    WADI_ASSERT(state >= 0 && state < cause->state_count);
    return cause->states[state].limb;
}

static wadi_cause_state state_with(const wadi_cause *c, int index, double flow, double tcpo2)
{
    const leg_state *s = &c->states[index];
    wadi_cause_state out = {.kind = s->kind,
                            .flow_ml_min = flow,
                            .tcpo2_mmhg = tcpo2,
                            .ri = s->ri,
                            .probability = NAN,
                            .misfit = NAN};

    out.psv_m_s = s->psv_over_mean * flow * WADI_M3_S_PER_ML_MIN / s->crossing_area_m2;
    snprintf(out.text, sizeof out.text, "%s", s->text);
    return out;
}

wadi_cause_state wadi_cause_state_at(const wadi_cause *cause, int state)
{
    WADI_ASSERT(state >= 0 && state < cause->state_count);
    return state_with(cause, state, cause->nominal_flow[state], cause->nominal_tcpo2[state]);
}

/* ---- fit ---- */

static wadi_status check(const char *what, const char *unit, wadi_maybe value, double low,
                         double high, wadi_error *err)
{
    if (!value.known || (value.value >= low && value.value <= high))
        return WADI_OK;
    return wadi_fail(err, WADI_ERR_RANGE, "%s is %g %s, %g to %g is wanted", what, value.value,
                     unit, low, high);
}

static wadi_status check_visit(const wadi_cause_visit *v, wadi_error *err)
{
    wadi_status status = check("volume flow", "mL/min", v->flow_ml_min, 1, 5000, err);

    if (!status)
        status = check("TcPO2", "mmHg", v->tcpo2_mmhg, 0, 150, err);
    if (!status)
        status = check("PSV", "m/s", v->psv_m_s, 0.01, 10, err);
    if (!status)
        status = check("RI", "", v->ri, 0, 2, err);
    return status;
}

/* Square of a lognormal's distance in standard deviations. */
static double log_square(double measured, double predicted, double frac)
{
    double sigma = sqrt(log(1 + frac * frac));
    double z = (log(measured) - log(fmax(predicted, 1))) / sigma;

    return z * z;
}

/* Sum of squares of what a visit measured against a state on one parameter set; -1 where the
 * state was not solved. Waves are those of the nominal leg, scaled to the flow. */
static double squares(const wadi_cause *c, const wadi_cause_visit *v,
                      const wadi_cause_noise *noise, int index, int sample)
{
    const leg_state *s = &c->states[index];
    double flow = c->flow_ml_min[index * c->samples + sample], sum = 0, z;
    double tcpo2 = c->tcpo2_mmhg[index * c->samples + sample];

    if (!isfinite(flow) || !isfinite(tcpo2))
        return -1;
    if (v->flow_ml_min.known)
        sum += log_square(v->flow_ml_min.value, flow, noise->flow_frac);
    if (v->tcpo2_mmhg.known) {
        z = (v->tcpo2_mmhg.value - tcpo2) / noise->tcpo2_mmhg;
        sum += z * z;
    }
    if (v->psv_m_s.known && isfinite(s->psv_over_mean)) {
        double psv = s->psv_over_mean * flow * WADI_M3_S_PER_ML_MIN / s->crossing_area_m2;
        sum += log_square(100 * v->psv_m_s.value, 100 * psv, noise->psv_frac);
    }
    if (v->ri.known && isfinite(s->ri)) {
        z = (v->ri.value - s->ri) / noise->ri;
        sum += z * z;
    }
    return sum;
}

/* How like this patient each parameter set is: by the first visit, when the leg was as planned.
 */
static void weigh(const wadi_cause *c, const wadi_cause_visit *first,
                  const wadi_cause_noise *noise, double *weight)
{
    for (int i = 0; i < c->samples; i++) {
        double sum = first ? squares(c, first, noise, 0, i) : 0;

        weight[i] = sum < 0 ? 0 : exp(-0.5 * sum);
    }
}

typedef struct evidence {
    double likelihood; /* weighted mean over the parameter sets */
    double flow, tcpo2, misfit;
} evidence;

static evidence weigh_state(const wadi_cause *c, int index, const wadi_cause_visit *latest,
                            const wadi_cause_noise *noise, const double *weight, int measured)
{
    double total = 0, sum = 0, flow = 0, tcpo2 = 0, square = 0;

    for (int i = 0; i < c->samples; i++) {
        double z = squares(c, latest, noise, index, i), joint;

        if (z < 0)
            continue;
        joint = weight[i] * exp(-0.5 * z);
        total += weight[i];
        sum += joint;
        flow += joint * c->flow_ml_min[index * c->samples + i];
        tcpo2 += joint * c->tcpo2_mmhg[index * c->samples + i];
        square += joint * z;
    }
    if (!(sum > 0))
        return (evidence){0, c->nominal_flow[index], c->nominal_tcpo2[index], INFINITY};
    return (evidence){sum / total, flow / sum, tcpo2 / sum, square / sum / measured};
}

static int count_measured(const wadi_cause_visit *v)
{
    return v->flow_ml_min.known + v->tcpo2_mmhg.known + v->psv_m_s.known + v->ri.known;
}

static double effective(const double *weight, int count)
{
    double sum = 0, squares = 0;

    for (int i = 0; i < count; i++) {
        sum += weight[i];
        squares += weight[i] * weight[i];
    }
    return squares > 0 ? sum * sum / squares : 0;
}

/* Kinds are equally likely before, and so are the states within a kind. */
static void judge(const wadi_cause *c, const evidence *found, wadi_cause_answer *out)
{
    int states[WADI_CAUSE_KINDS] = {0};
    double total = 0;

    for (int i = 0; i < c->state_count; i++)
        states[c->states[i].kind]++;
    for (int i = 0; i < c->state_count; i++)
        total += found[i].likelihood / states[c->states[i].kind];
    for (int i = 0; i < c->state_count; i++) {
        wadi_cause_kind kind = c->states[i].kind;
        double p = total > 0 ? found[i].likelihood / states[kind] / total : 0;
        wadi_cause_state *best = &out->best[kind];

        out->probability[kind] += p;
        if (!best->text[0] || p > best->probability) {
            *best = state_with(c, i, found[i].flow, found[i].tcpo2);
            best->probability = p;
            best->misfit = found[i].misfit;
        }
    }
    for (int k = 1; k < WADI_CAUSE_KINDS; k++)
        if (out->probability[k] > out->probability[out->likely])
            out->likely = (wadi_cause_kind)k;
    for (int k = 0; k < WADI_CAUSE_KINDS; k++)
        out->fits = out->fits || out->best[k].misfit <= FITS;
    out->sure = out->fits && out->probability[out->likely] >= SURE_FRAC;
}

wadi_status wadi_cause_fit(const wadi_cause *cause, const wadi_cause_visit *first,
                           const wadi_cause_visit *latest, const wadi_cause_noise *noise,
                           wadi_cause_answer *out, wadi_error *err)
{
    double *weight = NULL;
    evidence found[STATE_LIMIT];
    wadi_cause_answer answer = {0};
    wadi_status status = check_visit(latest, err);

    if (!status && first)
        status = check_visit(first, err);
    if (!status && !latest->flow_ml_min.known && !latest->tcpo2_mmhg.known)
        status = wadi_fail(err, WADI_ERR_MISSING,
                           "the latest visit has neither a volume flow nor a TcPO2");
    if (status)
        return status;
    weight = wadi_alloc((size_t)cause->samples, sizeof *weight);
    if (!weight)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d samples", cause->samples);
    weigh(cause, first, noise, weight);
    answer.measured = count_measured(latest);
    answer.effective_samples = effective(weight, cause->samples);
    for (int i = 0; i < cause->state_count; i++)
        found[i] = weigh_state(cause, i, latest, noise, weight, answer.measured);
    judge(cause, found, &answer);
    *out = answer;
    free(weight);
    return WADI_OK;
}
