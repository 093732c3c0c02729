/* The exact partial likelihood of tied events (Cox 1972; recursion of Gail, Lubin, Rubinstein,
 * Biometrika 68 (1981) 703): the denominator is the elementary symmetric function of order d of
 * the scores at risk. Scores are scaled so that it stays near e^d, far from overflow. */
#include "stats/cox_impl.h"

enum { TIED_MAX = 600 };

typedef struct symmetric {
    int p;
    size_t d;
    double *e;  /* (d + 1) */
    double *e1; /* (d + 1) x p */
    double *e2; /* (d + 1) x p x p */
} symmetric;

/* One more at risk, with score z and covariates x. */
static void symmetric_add(symmetric *f, double z, const double *x, size_t seen)
{
    size_t p = (size_t)f->p, top = seen < f->d ? seen + 1 : f->d;

    for (size_t k = top; k >= 1; k--) {
        double below = f->e[k - 1];
        const double *below1 = f->e1 + (k - 1) * p, *below2 = f->e2 + (k - 1) * p * p;
        double *at1 = f->e1 + k * p, *at2 = f->e2 + k * p * p;

        for (size_t a = 0; a < p; a++)
            for (size_t b = 0; b <= a; b++)
                at2[a * p + b] += z * (below2[a * p + b] + x[a] * below1[b] + below1[a] * x[b] +
                                       x[a] * x[b] * below);
        for (size_t a = 0; a < p; a++)
            at1[a] += z * (below1[a] + x[a] * below);
        f->e[k] += z * below;
    }
}

static wadi_status symmetric_new(symmetric *f, int p, size_t d, wadi_error *err)
{
    size_t width = (size_t)p;
    double *block;

    if (d > TIED_MAX)
        return wadi_fail(err, WADI_ERR_SUPPORT,
                         "exact ties: %zu events at one time; at most %d, "
                         "use --ties efron",
                         d, TIED_MAX);
    block = wadi_alloc((d + 1) * (1 + width + width * width), sizeof *block);
    if (!block)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu tied events", d);
    *f = (symmetric){p, d, block, block + d + 1, block + (d + 1) * (1 + width)};
    f->e[0] = 1;
    return WADI_OK;
}

static bool is_at_risk(const cox_data *data, size_t i, double time)
{
    return !data->entry || data->entry[i] < time;
}

/* Events are rows first .. last of the stratum that starts at row begin; at risk are begin ..
 * end. */
static wadi_status add_time(const cox_data *data, const double *eta, size_t begin, size_t first,
                            size_t last, size_t end, double *value, double *gradient,
                            double *information, wadi_error *err)
{
    size_t p = (size_t)data->p, d = last - first, seen = 0;
    double total = 0, scale, time = data->time[first];
    symmetric f = {0};
    wadi_status status = symmetric_new(&f, data->p, d, err);

    if (status)
        return status;
    for (size_t i = begin; i < end; i++)
        total += is_at_risk(data, i, time) ? exp(eta[i]) : 0;
    scale = (double)d / total;
    for (size_t i = begin; i < end; i++)
        if (is_at_risk(data, i, time))
            symmetric_add(&f, scale * exp(eta[i]), data->x + i * p, seen++);
    *value -= log(f.e[d]) - (double)d * log(scale);
    for (size_t i = first; i < last; i++) {
        *value += eta[i];
        for (size_t k = 0; k < p; k++)
            gradient[k] += data->x[i * p + k];
    }
    const double *e1 = f.e1 + d * p, *e2 = f.e2 + d * p * p;
    for (size_t a = 0; a < p; a++) {
        gradient[a] -= e1[a] / f.e[d];
        for (size_t b = 0; b <= a; b++)
            information[a * p + b] +=
                e2[a * p + b] / f.e[d] - e1[a] / f.e[d] * (e1[b] / f.e[d]);
    }
    free(f.e);
    return WADI_OK;
}

wadi_status cox_exact_likelihood(const cox_data *data, const double *eta, double *value,
                                 double *gradient, double *information, wadi_error *err)
{
    size_t p = (size_t)data->p, begin = 0;
    wadi_status status = WADI_OK;

    if (data->weight)
        return wadi_fail(err, WADI_ERR_SUPPORT, "exact ties do not go with weights");
    *value = 0;
    memset(information, 0, p * p * sizeof *information);
    for (size_t i = 0, j; i < data->count && !status; i = j) {
        size_t events = 0;

        if (i == 0 || data->stratum[i] != data->stratum[i - 1])
            begin = i;
        for (j = i; j < data->count && data->time[j] == data->time[i] &&
                    data->stratum[j] == data->stratum[i];
             j++)
            events += data->event[j] != 0;
        if (events)
            status =
                add_time(data, eta, begin, i, i + events, j, value, gradient, information, err);
    }
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < a; b++)
            information[b * p + a] = information[a * p + b];
    return status;
}
