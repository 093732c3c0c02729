/* wadi stats cox: a fit and everything that is read off it, as tables. */
#include "stats/cox_impl.h"
#include "stats/survival_impl.h"

typedef struct model {
    const wadi_stats_spec *spec;
    stats_study *study;
    cox_data data;
    cox_fit fit;
    cox_residuals residuals; /* where asked, or for robust errors */
    cox_concordance concordance;
    bool robust;
    double *estimate;            /* (p) on the given scale; NaN where unknown */
    double *variance, *sandwich; /* (p x p) on the given scale; sandwich or NULL */
    double robust_score;
} model;

static void model_clear(model *m)
{
    cox_data_clear(&m->data);
    cox_fit_clear(&m->fit);
    cox_residuals_clear(&m->residuals);
    free(m->estimate);
    free(m->variance);
    free(m->sandwich);
    stats_study_free(m->study);
}

static const double *final_variance(const model *m)
{
    return m->sandwich ? m->sandwich : m->variance;
}

/* Score residuals times the inverse information: what each row does to each coefficient. */
static void dfbeta_row(const model *m, size_t i, double *out)
{
    size_t p = (size_t)m->data.p;

    for (size_t k = 0; k < p; k++) {
        double sum = 0;

        for (size_t l = 0; l < p; l++)
            sum += m->residuals.score[i * p + l] * m->fit.variance[l * p + k];
        out[k] = sum / m->data.scale[k];
    }
}

static wadi_status make_sandwich(model *m, wadi_error *err)
{
    size_t n = m->data.count, p = (size_t)m->data.p;
    double *dfbeta = wadi_alloc(n * p, sizeof *dfbeta), *ones = wadi_alloc(n, sizeof *ones);
    double *square = wadi_alloc(p * p + p, sizeof *square);
    cox_residuals null = {0};
    wadi_status status = WADI_OK;

    m->sandwich = wadi_alloc(p * p, sizeof *m->sandwich);
    if (!dfbeta || !ones || !square || !m->sandwich) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu rows", n);
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        dfbeta_row(m, i, dfbeta + i * p);
        ones[i] = m->data.offset ? exp(m->data.offset[i]) : 1;
    }
    status = cox_cluster_square(&m->data, dfbeta, m->study->cluster, m->study->clusters.count,
                                m->sandwich, NULL, err);
    /* The robust score test asks the same of the score residuals at beta = 0. */
    if (!status)
        status = cox_residuals_new(&m->data, m->spec->ties, ones, &null, err);
    if (!status)
        status = cox_cluster_square(&m->data, null.score, m->study->cluster,
                                    m->study->clusters.count, square, square + p * p, err);
    if (!status)
        m->robust_score = stats_quadratic(square, square + p * p, (int)p, NULL);
done:
    cox_residuals_clear(&null);
    free(dfbeta);
    free(ones);
    free(square);
    return status;
}

static wadi_status rescale(model *m, wadi_error *err)
{
    size_t p = (size_t)m->data.p;

    m->estimate = wadi_alloc(p, sizeof *m->estimate);
    m->variance = wadi_alloc(p * p, sizeof *m->variance);
    if (!m->estimate || !m->variance)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu terms", p);
    for (size_t k = 0; k < p; k++) {
        m->estimate[k] = m->fit.known[k] ? m->fit.beta[k] / m->data.scale[k] : NAN;
        for (size_t l = 0; l < p; l++)
            m->variance[k * p + l] =
                m->fit.variance[k * p + l] / (m->data.scale[k] * m->data.scale[l]);
    }
    return WADI_OK;
}

static wadi_status make_model(const wadi_stats_spec *spec, model *m, wadi_error *err)
{
    wadi_status status =
        stats_study_read(spec, STUDY_TIME | STUDY_EVENT | STUDY_X, &m->study, err);

    m->spec = spec;
    m->robust_score = NAN;
    if (status)
        return status;
    m->robust = spec->robust || spec->cluster;
    cox_rows rows = {.count = m->study->count,
                     .p = m->study->x_count,
                     .time = m->study->time,
                     .entry = m->study->entry,
                     .weight = m->study->weight,
                     .offset = m->study->offset,
                     .event = m->study->event,
                     .stratum = m->study->stratum,
                     .stratum_count = m->study->strata.count,
                     .x = m->study->x};
    if (rows.p == 0)
        return wadi_fail(err, WADI_ERR_MISSING, "%s: no covariate has more than one level",
                         spec->path);
    status = cox_data_new(&rows, &m->data, err);
    if (!status)
        status = cox_fit_new(&m->data, spec->ties, &m->fit, err);
    if (!status)
        status = rescale(m, err);
    if (!status && (spec->residuals || m->robust))
        status = cox_residuals_new(&m->data, spec->ties, m->fit.score, &m->residuals, err);
    if (!status && m->robust)
        status = make_sandwich(m, err);
    if (!status)
        status = cox_concordance_new(&m->data, m->fit.score,
                                     spec->cluster ? m->study->cluster : NULL,
                                     m->study->clusters.count, &m->concordance, err);
    return status;
}

/* ---- tables ---- */

static void model_values(const model *m, wadi_result *result)
{
    const cox_fit *fit = &m->fit;
    const cox_concordance *c = &m->concordance;
    double *known = wadi_alloc((size_t)fit->p, sizeof *known), wald = NAN, df = fit->rank;

    for (int k = 0; known && k < fit->p; k++)
        known[k] = fit->known[k] ? m->estimate[k] : 0;
    if (known)
        wald = stats_quadratic(final_variance(m), known, fit->p, NULL);
    free(known);
    stats_value(result, "loglik0", fit->loglik0);
    stats_value(result, "loglik", fit->loglik);
    stats_value(result, "lrt", 2 * (fit->loglik - fit->loglik0));
    stats_value(result, "lrt_df", df);
    stats_value(result, "lrt_p", stats_chisq_p(2 * (fit->loglik - fit->loglik0), df));
    stats_value(result, "score", fit->score_test);
    stats_value(result, "score_p", stats_chisq_p(fit->score_test, df));
    stats_value(result, "wald", wald);
    stats_value(result, "wald_p", stats_chisq_p(wald, df));
    if (m->robust) {
        stats_value(result, "robust_score", m->robust_score);
        stats_value(result, "robust_score_p", stats_chisq_p(m->robust_score, df));
    }
    stats_value(result, "aic", 2 * df - 2 * fit->loglik);
    stats_value(result, "iterations", fit->iterations);
    stats_value(result, "concordance", c->value);
    stats_value(result, "se_concordance", c->error);
    stats_value(result, "concordant", c->concordant);
    stats_value(result, "discordant", c->discordant);
    stats_value(result, "tied_x", c->tied_x);
    stats_value(result, "tied_y", c->tied_y);
    stats_value(result, "tied_xy", c->tied_xy);
}

static void coefficient_table(const model *m, wadi_result *result)
{
    size_t p = (size_t)m->fit.p;
    double z_level = stats_z(m->spec->level);
    stats_table *table = stats_table_new(result, "table", p);
    const char **term = stats_text(table, "term"), **variable = stats_text(table, "variable"),
               **level = stats_text(table, "level");
    double *estimate = stats_number(table, "estimate"), *error = stats_number(table, "std_err"),
           *robust = stats_number(table, "robust_std_err"), *z = stats_number(table, "z"),
           *p_value = stats_number(table, "p"), *ratio = stats_number(table, "hazard_ratio"),
           *low = stats_number(table, "low"), *high = stats_number(table, "high");

    if (!term || !variable || !level || !estimate || !error || !robust || !z || !p_value ||
        !ratio || !low || !high)
        return;
    for (size_t k = 0; k < p; k++) {
        const stats_term *name = &m->study->terms[k];
        double used;

        term[k] = stats_keep(result, "%s", name->name);
        variable[k] = stats_keep(result, "%s", name->variable);
        level[k] = name->level ? stats_keep(result, "%s", name->level) : NULL;
        if (!m->fit.known[k]) {
            stats_note(result, "term '%s' depends on those before it and was left out",
                       name->name);
            continue;
        }
        estimate[k] = m->estimate[k];
        error[k] = used = sqrt(m->variance[k * p + k]);
        if (m->sandwich)
            robust[k] = used = sqrt(m->sandwich[k * p + k]);
        z[k] = estimate[k] / used;
        p_value[k] = stats_normal_p2(z[k]);
        ratio[k] = exp(estimate[k]);
        low[k] = exp(estimate[k] - z_level * used);
        high[k] = exp(estimate[k] + z_level * used);
        if (m->fit.endless[k])
            stats_note(result,
                       "the likelihood rises without end in '%s': its estimate is the place "
                       "where the search stopped, and its limits mean nothing",
                       name->name);
    }
}

static void variance_table(const model *m, wadi_result *result)
{
    size_t p = (size_t)m->fit.p;
    stats_table *table = stats_table_new(result, "variance", p * p);
    double *i = stats_number(table, "i"), *j = stats_number(table, "j"),
           *value = stats_number(table, "var"), *from_model = stats_number(table, "var_model");

    if (!i || !j || !value || !from_model)
        return;
    for (size_t c = 0; c < p * p; c++) {
        i[c] = (double)(c % p + 1);
        j[c] = (double)(c / p + 1);
        value[c] = final_variance(m)[c];
        from_model[c] = m->variance[c];
    }
}

/* ---- proportional hazards ---- */

/* Left-continuous 1 - KM of all rows at each row's time. */
static wadi_status km_scale(const model *m, double *g, wadi_error *err)
{
    const cox_data *data = &m->data;
    survival_rows rows = {.count = data->count,
                          .time = data->time,
                          .entry = data->entry,
                          .event = data->event,
                          .group_count = 1};
    risk_tables tables;
    double survival = 1;
    wadi_status status = stats_risk_tables(&rows, &tables, err);

    if (status)
        return status;
    for (size_t k = 0; k < tables.start[1];
         k++) { /* time[] becomes the value, by search below */
        double before = survival;

        if (tables.event[k] > 0)
            survival *= (tables.risk[k] - tables.event[k]) / tables.risk[k];
        tables.censor[k] = 1 - before;
    }
    for (size_t i = 0; i < data->count; i++) {
        size_t low = 0, high = tables.start[1];

        while (high - low > 1) {
            size_t middle = low + (high - low) / 2;

            if (tables.time[middle] <= data->time[i])
                low = middle;
            else
                high = middle;
        }
        g[i] = tables.censor[low];
    }
    stats_risk_tables_clear(&tables);
    return WADI_OK;
}

/* Average ranks of the times of all rows. */
static wadi_status rank_scale(const cox_data *data, double *g, wadi_error *err)
{
    uint32_t *order = wadi_alloc(data->count, sizeof *order);
    wadi_status status = WADI_OK;

    if (!order)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for ranks");
    status = stats_order(data->time, data->count, order, err);
    for (size_t i = 0, j; !status && i < data->count; i = j) {
        for (j = i; j < data->count && data->time[order[j]] == data->time[order[i]];)
            j++;
        for (size_t k = i; k < j; k++)
            g[order[k]] = 0.5 * (double)(i + 1 + j);
    }
    free(order);
    return status;
}

static wadi_status time_scale(const model *m, double *g, wadi_error *err)
{
    if (!strcmp(m->spec->zph, "km"))
        return km_scale(m, g, err);
    if (!strcmp(m->spec->zph, "rank"))
        return rank_scale(&m->data, g, err);
    for (size_t i = 0; i < m->data.count; i++)
        g[i] = !strcmp(m->spec->zph, "log") ? log(m->data.time[i]) : m->data.time[i];
    return WADI_OK;
}

static wadi_status zph_table(const model *m, wadi_result *result, wadi_error *err)
{
    size_t p = (size_t)m->fit.p;
    int variables = m->study->terms[p - 1].assign + 1;
    double *g = wadi_alloc(m->data.count, sizeof *g);
    double *chisq = wadi_alloc((size_t)variables + 1, sizeof *chisq);
    int *df = wadi_alloc((size_t)variables + 1, sizeof *df),
        *assign = wadi_alloc(p, sizeof *assign);
    wadi_status status = WADI_OK;

    if (!g || !chisq || !df || !assign) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu rows", m->data.count);
        goto done;
    }
    for (size_t k = 0; k < p; k++)
        assign[k] = m->study->terms[k].assign;
    status = time_scale(m, g, err);
    if (!status)
        status = cox_drift_test(&m->data, m->spec->ties, m->fit.score, g, assign, variables,
                                chisq, df, err);
    if (status)
        goto done;
    stats_table *table = stats_table_new(result, "zph", (size_t)variables + 1);
    const char **term = stats_text(table, "term"), **transform = stats_text(table, "transform");
    double *value = stats_number(table, "chisq"), *freedom = stats_number(table, "df"),
           *p_value = stats_number(table, "p");
    if (!term || !transform || !value || !freedom || !p_value)
        goto done;
    for (int v = 0; v <= variables; v++) {
        term[v] = "GLOBAL";
        for (size_t k = 0; k < p; k++)
            if (m->study->terms[k].assign == v)
                term[v] = stats_keep(result, "%s", m->study->terms[k].variable);
        transform[v] = stats_keep(result, "%s", m->spec->zph);
        value[v] = chisq[v];
        freedom[v] = df[v];
        p_value[v] = stats_chisq_p(chisq[v], df[v]);
    }
done:
    free(g);
    free(chisq);
    free(df);
    free(assign);
    return status;
}

/* ---- residuals ---- */

static void residual_tables(const model *m, wadi_result *result)
{
    size_t n = m->data.count, p = (size_t)m->data.p;
    stats_table *table = stats_table_new(result, "residuals", n);
    stats_table *dfbeta = stats_table_new(result, "dfbeta", n);
    stats_table *score = stats_table_new(result, "score_residuals", n);
    double *row = stats_number(table, "row"), *martingale = stats_number(table, "martingale"),
           *deviance = stats_number(table, "deviance"),
           *predictor = stats_number(table, "linear_predictor"),
           *dfbeta_line = stats_number(dfbeta, "row"), *score_line = stats_number(score, "row");
    double *work = wadi_alloc(p, sizeof *work);
    double **effect = wadi_alloc(2 * p, sizeof *effect),
           **residual = effect ? effect + p : NULL;

    if (!row || !martingale || !deviance || !predictor || !dfbeta_line || !score_line ||
        !work || !effect)
        goto done;
    for (size_t k = 0; k < p && k < 35; k++) {
        effect[k] = stats_number(dfbeta, stats_keep(result, "%s", m->study->terms[k].name));
        residual[k] = stats_number(score, stats_keep(result, "%s", m->study->terms[k].name));
        if (!effect[k] || !residual[k])
            goto done;
    }
    for (size_t i = 0; i < n; i++) {
        size_t at = m->data.order[i];
        double r = m->residuals.martingale[i], event = m->data.event[i], sum = 0;

        row[at] = dfbeta_line[at] = score_line[at] = (double)m->study->line[at] + 1;
        martingale[at] = r;
        deviance[at] = (r < 0 ? -1 : 1) *
                       sqrt(fmax(0, -2 * (r + (event > 0 ? event * log(event - r) : 0))));
        for (size_t k = 0; k < p; k++)
            sum += m->fit.known[k] ? m->estimate[k] * m->study->x[at * p + k] : 0;
        predictor[at] = sum + (m->data.offset ? m->data.offset[i] : 0);
        dfbeta_row(m, i, work);
        for (size_t k = 0; k < p && k < 35; k++) {
            effect[k][at] = work[k];
            residual[k][at] = m->residuals.score[i * p + k] * m->data.scale[k];
        }
    }
done:
    free(work);
    free(effect);
}

static const char *stratum_name(const model *m, int32_t stratum)
{
    return m->study->strata.count ? m->study->strata.name[stratum] : "all";
}

static wadi_status schoenfeld_table(const model *m, wadi_result *result, wadi_error *err)
{
    size_t p = (size_t)m->data.p;
    cox_schoenfeld all;
    wadi_status status = cox_schoenfeld_new(&m->data, m->spec->ties, m->fit.score, &all, err);

    if (status)
        return status;
    stats_table *table = stats_table_new(result, "schoenfeld", all.count);
    const char **strata = stats_text(table, "strata");
    double *time = stats_number(table, "time"), *row = stats_number(table, "row");
    if (!strata || !time || !row)
        goto done;
    for (size_t i = 0; i < all.count; i++) {
        time[i] = m->data.time[all.row[i]];
        row[i] = (double)m->study->line[m->data.order[all.row[i]]] + 1;
        strata[i] = stats_keep(result, "%s", stratum_name(m, m->data.stratum[all.row[i]]));
    }
    for (size_t k = 0; k < p && k < 35; k++) {
        double *value = stats_number(table, stats_keep(result, "%s", m->study->terms[k].name));

        for (size_t i = 0; value && i < all.count; i++)
            value[i] = all.residual[i * p + k] * m->data.scale[k];
    }
done:
    cox_schoenfeld_clear(&all);
    return status;
}

/* ---- baseline and predictions ---- */

/* Distinct times of all rows by stratum, early first; hazards are those of the centred subject.
 */
typedef struct time_grid {
    size_t count;
    int32_t *stratum;
    double *time;
} time_grid;

static wadi_status grid_new(const cox_data *data, time_grid *out, wadi_error *err)
{
    *out = (time_grid){0};
    out->stratum = wadi_alloc(data->count, sizeof *out->stratum);
    out->time = wadi_alloc(data->count, sizeof *out->time);
    if (!out->stratum || !out->time)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu times", data->count);
    for (size_t low = 0, high; low < data->count; low = high) {
        for (high = low; high < data->count && data->stratum[high] == data->stratum[low];)
            high++;
        for (size_t i = high; i-- > low;)
            if (i + 1 == high || data->time[i] != data->time[i + 1]) {
                out->stratum[out->count] = data->stratum[i];
                out->time[out->count++] = data->time[i];
            }
    }
    return WADI_OK;
}

static void basehaz_table(const model *m, const cox_baseline *base, const time_grid *grid,
                          wadi_result *result)
{
    stats_table *table = stats_table_new(result, "basehaz", grid->count);
    const char **strata = stats_text(table, "strata");
    double *time = stats_number(table, "time"), *hazard = stats_number(table, "hazard");
    double sum = 0, shift = 0;

    if (!strata || !time || !hazard)
        return;
    for (int k = 0; k < m->fit.p; k++) /* from the centred subject to the one with all zeros */
        shift += m->fit.beta[k] * m->data.centre[k] / m->data.scale[k];
    for (size_t g = 0, k = 0; g < grid->count; g++) {
        if (g == 0 || grid->stratum[g] != grid->stratum[g - 1])
            sum = 0;
        for (; k < base->count &&
               (base->stratum[k] < grid->stratum[g] ||
                (base->stratum[k] == grid->stratum[g] && base->time[k] <= grid->time[g]));
             k++)
            sum += base->hazard[k];
        strata[g] = stats_keep(result, "%s", stratum_name(m, grid->stratum[g]));
        time[g] = grid->time[g];
        hazard[g] = sum * exp(-shift);
    }
}

static wadi_status read_profiles(const model *m, double **x, size_t *count, wadi_error *err)
{
    size_t p = (size_t)m->fit.p;
    wadi_column_want *wants = wadi_alloc(p, sizeof *wants);
    wadi_frame *frame = NULL;
    wadi_status status = WADI_OK;

    if (!wants)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for profiles");
    for (size_t k = 0; k < p; k++)
        wants[k] = (wadi_column_want){m->study->terms[k].variable, m->study->terms[k].level
                                                                       ? WADI_COLUMN_LEVELS
                                                                       : WADI_COLUMN_NUMBER};
    status = wadi_frame_read(m->spec->newdata, wants, (int)p, &frame, err);
    free(wants);
    if (status)
        return status;
    *count = wadi_frame_rows(frame);
    *x = wadi_alloc(*count * p, sizeof **x);
    if (!*x)
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for profiles");
    for (size_t k = 0; !status && k < p; k++) {
        const wadi_column *column = wadi_frame_column(frame, (int)k);

        for (size_t i = 0; i < *count; i++) {
            double value = column->number        ? column->number[i]
                           : column->code[i] < 0 ? NAN
                                                 : !strcmp(column->level[column->code[i]],
                                                           m->study->terms[k].level);
            (*x)[i * p + k] = (value - m->data.centre[k]) / m->data.scale[k];
        }
    }
    wadi_frame_free(frame);
    return status;
}

/* log S(t | x) = -e^eta H(t); its variance is that of H at fixed beta plus d' V d with d the
 * integral of (x - mean) dH. */
static void predict_profile(const model *m, const cox_baseline *base, const time_grid *grid,
                            const double *x, double *work, double *survival, double *error)
{
    size_t p = (size_t)m->fit.p;
    double eta = 0, hazard = 0, variance = 0, *drift = work;

    for (size_t k = 0; k < p; k++)
        eta += m->fit.beta[k] * x[k];
    for (size_t g = 0, k = 0; g < grid->count; g++) {
        double spread = 0;

        if (g == 0 || grid->stratum[g] != grid->stratum[g - 1]) {
            hazard = variance = 0;
            memset(drift, 0, p * sizeof *drift);
        }
        for (; k < base->count &&
               (base->stratum[k] < grid->stratum[g] ||
                (base->stratum[k] == grid->stratum[g] && base->time[k] <= grid->time[g]));
             k++) {
            hazard += base->hazard[k];
            variance += base->variance[k];
            for (size_t a = 0; a < p; a++)
                drift[a] += base->hazard[k] * x[a] - base->mean[k * p + a];
        }
        for (size_t a = 0; a < p; a++)
            for (size_t b = 0; b < p; b++)
                spread += drift[a] * drift[b] * final_variance(m)[a * p + b] *
                          m->data.scale[a] * m->data.scale[b];
        survival[g] = exp(-hazard * exp(eta));
        error[g] = exp(eta) * sqrt(variance + spread);
    }
}

static wadi_status prediction_table(const model *m, const cox_baseline *base,
                                    const time_grid *grid, wadi_result *result, wadi_error *err)
{
    size_t p = (size_t)m->fit.p, profiles = 0;
    double *x = NULL, *work = wadi_alloc(p, sizeof *work), z = stats_z(m->spec->level);
    wadi_status status = read_profiles(m, &x, &profiles, err);

    if (status)
        goto done;
    stats_table *table = stats_table_new(result, "predicted", profiles * grid->count);
    const char **strata = stats_text(table, "strata");
    double *profile = stats_number(table, "profile"), *time = stats_number(table, "time"),
           *estimate = stats_number(table, "estimate"), *error = stats_number(table, "std_err"),
           *log_error = stats_number(table, "std_err_cumhaz"),
           *low = stats_number(table, "low"), *high = stats_number(table, "high");
    if (!strata || !profile || !time || !estimate || !error || !log_error || !low || !high ||
        !work)
        goto done;
    for (size_t i = 0; i < profiles; i++) {
        size_t from = i * grid->count;

        predict_profile(m, base, grid, x + i * p, work, estimate + from, log_error + from);
        for (size_t g = 0; g < grid->count; g++) {
            size_t at = from + g;

            profile[at] = (double)i + 1;
            strata[at] = stats_keep(result, "%s", stratum_name(m, grid->stratum[g]));
            time[at] = grid->time[g];
            error[at] = estimate[at] * log_error[at];
            stats_conf(m->spec->conf_type, estimate[at], error[at], z, &low[at], &high[at]);
        }
    }
done:
    free(x);
    free(work);
    return status;
}

static wadi_status baseline_tables(const model *m, wadi_result *result, wadi_error *err)
{
    cox_baseline base = {0};
    time_grid grid = {0};
    wadi_status status = cox_baseline_new(&m->data, m->spec->ties, m->fit.score, &base, err);

    if (!status)
        status = grid_new(&m->data, &grid, err);
    if (!status && m->spec->basehaz)
        basehaz_table(m, &base, &grid, result);
    if (!status && m->spec->newdata)
        status = prediction_table(m, &base, &grid, result, err);
    cox_baseline_clear(&base);
    free(grid.stratum);
    free(grid.time);
    return status;
}

wadi_status wadi_stats_cox(const wadi_stats_spec *spec, wadi_result **out, wadi_error *err)
{
    static const char *const TIES[] = {"Efron", "Breslow", "exact"};
    model m = {0};
    wadi_result *result = NULL;
    wadi_status status;

    *out = NULL;
    status = make_model(spec, &m, err);
    if (status)
        goto done;
    result = stats_result_new("stats.cox");
    if (!result) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the result");
        goto done;
    }
    stats_method(
        result, "Cox regression, %s ties%s%s%s, %s; Wald limits at %g %%", TIES[spec->ties],
        m.study->stratum ? ", stratified" : "", m.study->entry ? ", rows of (entry, time]" : "",
        m.study->weight ? ", weighted" : "",
        m.sandwich ? (spec->cluster ? "sandwich variance by cluster" : "sandwich variance")
                   : "variance from the information",
        100 * spec->level);
    stats_counts(result, (double)m.study->count, m.data.event_count, (double)m.study->missing);
    if (m.data.event_count == 0)
        stats_note(result, "nobody has an event: there is nothing to estimate");
    model_values(&m, result);
    coefficient_table(&m, result);
    variance_table(&m, result);
    if (strcmp(spec->zph, "none") && m.data.event_count > 0)
        status = zph_table(&m, result, err);
    if (!status && spec->residuals) {
        residual_tables(&m, result);
        status = schoenfeld_table(&m, result, err);
    }
    if (!status && (spec->basehaz || spec->newdata))
        status = baseline_tables(&m, result, err);
    if (status)
        goto done;
    status = stats_finish(result, out, err);
    result = NULL;
done:
    wadi_result_free(result);
    model_clear(&m);
    return status;
}
