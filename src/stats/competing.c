/* wadi stats cif and msm: occupancies of states as tables. A cumulative incidence is the
 * occupancy of a state that nobody leaves. */
#include "stats/states_impl.h"

typedef struct process {
    const wadi_stats_spec *spec;
    stats_study *study;
    state_rows rows;
    const char **state; /* (states) names */
    int32_t *from, *to, *moved;
    uint32_t *order, *entries;
    state_curve *curves; /* (groups) */
    bool jackknife;      /* rows are not one for each subject, from the start, of weight 1 */
    int32_t groups;
} process;

static void process_clear(process *all)
{
    for (int32_t g = 0; all->curves && g < all->groups; g++)
        states_curve_clear(&all->curves[g]);
    free(all->curves);
    free(all->state);
    free(all->from);
    free(all->to);
    free(all->moved);
    free(all->order);
    free(all->entries);
    stats_study_free(all->study);
}

static int32_t find_state(const process *all, int32_t count, const char *name)
{
    for (int32_t k = 0; k < count; k++)
        if (!strcmp(all->state[k], name))
            return k;
    return -1;
}

/* States that rows start in, then the ones that events lead to. */
static wadi_status name_states(process *all, wadi_error *err)
{
    const stats_study *study = all->study;
    int32_t count = 0;

    all->state =
        wadi_alloc((size_t)(study->froms.count + study->causes.count + 1), sizeof *all->state);
    if (!all->state)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for states");
    for (int32_t k = 0; k < study->froms.count; k++)
        all->state[count++] = study->froms.name[k];
    if (!study->from)
        all->state[count++] = "(s0)";
    for (int32_t k = 0; k < study->causes.count; k++)
        if (find_state(all, count, study->causes.name[k]) < 0)
            all->state[count++] = study->causes.name[k];
    all->rows.states = count;
    return WADI_OK;
}

/* Without a column for it, a subject's state is where the last event of earlier rows has led.
 */
static wadi_status follow_subjects(process *all, wadi_error *err)
{
    const stats_study *study = all->study;
    int32_t *state = wadi_alloc((size_t)study->clusters.count, sizeof *state);
    uint32_t *order = wadi_alloc(study->count, sizeof *order);
    wadi_status status = WADI_OK;

    if (!state || !order)
        status =
            wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d subjects", study->clusters.count);
    if (!status)
        status = stats_order(study->time, study->count, order, err);
    for (size_t i = 0; !status && i < study->count; i++) {
        int32_t *now = &state[study->cluster[order[i]]];

        all->from[order[i]] = *now;
        if (all->to[order[i]] >= 0)
            *now = all->to[order[i]];
    }
    free(state);
    free(order);
    return status;
}

static wadi_status make_rows(process *all, bool follow, wadi_error *err)
{
    const stats_study *study = all->study;
    size_t n = study->count;

    all->from = wadi_alloc(n, sizeof *all->from);
    all->to = wadi_alloc(n, sizeof *all->to);
    all->moved = wadi_alloc(n, sizeof *all->moved);
    all->order = wadi_alloc(n, sizeof *all->order);
    if (study->entry)
        all->entries = wadi_alloc(n, sizeof *all->entries);
    if (!all->from || !all->to || !all->moved || !all->order || (study->entry && !all->entries))
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu rows", n);
    for (size_t i = 0; i < n; i++) {
        all->from[i] = study->from ? study->from[i] : 0;
        all->to[i] = study->event[i] ? find_state(all, all->rows.states,
                                                  study->causes.name[study->event[i] - 1])
                                     : -1;
        all->moved[i] = all->to[i] >= 0;
    }
    if (follow && !study->from && study->cluster)
        return follow_subjects(all, err);
    return WADI_OK;
}

static wadi_status make_process(const wadi_stats_spec *spec, bool follow, process *all,
                                wadi_error *err)
{
    wadi_status status =
        stats_study_read(spec, STUDY_TIME | STUDY_EVENT | STUDY_MANY_CAUSES, &all->study, err);
    const stats_study *study = all->study;

    all->spec = spec;
    if (!status)
        status = name_states(all, err);
    if (!status)
        status = make_rows(all, follow, err);
    if (status)
        return status;
    all->rows.rows = stats_survival_rows(study);
    all->rows.rows.event = all->moved;
    all->rows.from = all->from;
    all->rows.to = all->to;
    all->groups = all->rows.rows.group_count;
    all->jackknife = study->entry || study->weight || study->cluster || study->from;
    if (spec->variance)
        all->jackknife = !strcmp(spec->variance, "jackknife");
    all->curves = wadi_alloc((size_t)all->groups, sizeof *all->curves);
    if (!all->curves)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d groups", all->groups);
    status = stats_group_order(&all->rows.rows, study->time, all->order, err);
    if (!status && all->entries)
        status = stats_group_order(&all->rows.rows, study->entry, all->entries, err);
    for (size_t low = 0, high; !status && low < study->count; low = high) {
        int32_t g = study->group ? study->group[all->order[low]] : 0;

        for (high = low;
             high < study->count && (!study->group || study->group[all->order[high]] == g);)
            high++;
        status = states_curve(&all->rows, all->order, all->entries, low, high, !all->jackknife,
                              &all->curves[g], err);
        if (!status && all->jackknife)
            status = states_jackknife(&all->rows, all->order, all->entries, study->cluster,
                                      study->clusters.count, low, high, &all->curves[g], err);
    }
    return status;
}

/* ---- Aalen's variance, as cmprsk prints it ----
 *
 * Gray (Ann. Stat. 16 (1988) 1141): Poisson-type increments with a correction for ties, for a
 * process in which everybody starts in the first state. */
static void aalen_errors(state_curve *curve, int32_t cause)
{
    size_t k = (size_t)curve->states;
    double survival = 1, incidence = 0, aa = 0, ab = 0, bb = 0;

    for (size_t i = 0; i < curve->count; i++) {
        double risk = curve->risk[i * k], own = state_moves(curve, i, (size_t)cause), all = 0;
        double next;

        for (size_t h = 1; h < k; h++)
            all += state_moves(curve, i, h);
        next = survival * (risk - all) / risk;
        incidence += survival * own / risk;
        double others = all - own, inverse = next > 0 ? 1 / next : 0;
        if (others > 0 && next > 0) {
            double ties = others > 1 ? 1 - (others - 1) / (risk - 1) : 1;
            double noise = ties * survival * survival * others / (risk * risk);
            double slope = incidence * inverse;

            aa += inverse * inverse * noise;
            ab += slope * inverse * noise;
            bb += slope * slope * noise;
        }
        if (own > 0) {
            double ties = own > 1 ? 1 - (own - 1) / (risk - 1) : 1;
            double noise = ties * survival * survival * own / (risk * risk);
            double slope = 1 + incidence * inverse;

            aa += inverse * inverse * noise;
            ab += slope * inverse * noise;
            bb += slope * slope * noise;
        }
        curve->error[i * k + (size_t)cause] =
            sqrt(fmax(0, bb + incidence * incidence * aa - 2 * incidence * ab));
        survival = next;
    }
}

/* ---- tables ---- */

typedef struct state_columns {
    const char **group, **state;
    double *time, *risk, *moves, *p, *error, *low, *high;
} state_columns;

static bool make_columns(wadi_result *result, const char *name, size_t rows, state_columns *out)
{
    stats_table *table = stats_table_new(result, name, rows);

    out->group = stats_text(table, "group");
    out->state = stats_text(table, "state");
    out->time = stats_number(table, "time");
    out->risk = stats_number(table, "n_risk");
    out->moves = stats_number(table, "n_event");
    out->p = stats_number(table, "estimate");
    out->error = stats_number(table, "std_err");
    out->low = stats_number(table, "low");
    out->high = stats_number(table, "high");
    return out->group && out->state && out->time && out->risk && out->moves && out->p &&
           out->error && out->low && out->high;
}

static void curve_table(const process *all, wadi_result *result, const char *name)
{
    double z = stats_z(all->spec->level);
    state_columns out;
    size_t rows = 0, row = 0, k = (size_t)all->rows.states;

    for (int32_t g = 0; g < all->groups; g++)
        rows += all->curves[g].count * k;
    if (!make_columns(result, name, rows, &out))
        return;
    for (int32_t g = 0; g < all->groups; g++) {
        const state_curve *curve = &all->curves[g];
        const char *label = stats_keep(result, "%s", stats_group_name(all->study, g));

        for (size_t h = 0; h < k; h++) {
            const char *state = stats_keep(result, "%s", all->state[h]);

            for (size_t i = 0; i < curve->count; i++, row++) {
                out.group[row] = label;
                out.state[row] = state;
                out.time[row] = curve->time[i];
                out.risk[row] = curve->risk[i * k + h];
                out.moves[row] = state_moves(curve, i, h);
                out.p[row] = curve->p[i * k + h];
                out.error[row] = curve->error[i * k + h];
                stats_conf(all->spec->conf_type, out.p[row], out.error[row], z, &out.low[row],
                           &out.high[row]);
            }
        }
    }
}

static wadi_status at_table(const process *all, wadi_result *result, wadi_error *err)
{
    double z = stats_z(all->spec->level), *times = NULL;
    size_t k = (size_t)all->rows.states, count = (size_t)all->spec->at.count, row = 0;
    state_columns out;
    wadi_status status = stats_parse_numbers(&all->spec->at, "at", &times, err);

    if (status)
        return status;
    status = stats_sort(times, count, err);
    if (status || !make_columns(result, "table", (size_t)all->groups * k * count, &out))
        goto done;
    for (int32_t g = 0; g < all->groups; g++) {
        const state_curve *curve = &all->curves[g];
        const char *label = stats_keep(result, "%s", stats_group_name(all->study, g));

        for (size_t h = 0; h < k; h++) {
            const char *state = stats_keep(result, "%s", all->state[h]);

            for (size_t t = 0, i = 0; t < count; t++, row++) {
                double moves = 0;

                for (; i < curve->count && curve->time[i] <= times[t]; i++)
                    moves += state_moves(curve, i, h);
                bool on_row = i > 0 && curve->time[i - 1] == times[t];
                out.group[row] = label;
                out.state[row] = state;
                out.time[row] = times[t];
                out.risk[row] = on_row             ? curve->risk[(i - 1) * k + h]
                                : i < curve->count ? curve->risk[i * k + h]
                                                   : 0;
                out.moves[row] = moves;
                out.p[row] = i ? curve->p[(i - 1) * k + h] : curve->start[h];
                out.error[row] = i ? curve->error[(i - 1) * k + h] : 0;
                stats_conf(all->spec->conf_type, out.p[row], out.error[row], z, &out.low[row],
                           &out.high[row]);
            }
        }
    }
done:
    free(times);
    return status;
}

static void hazard_table(const process *all, wadi_result *result)
{
    size_t k = (size_t)all->rows.states, rows = 0, row = 0;

    for (int32_t g = 0; g < all->groups; g++)
        for (size_t c = 0; c < k * k; c++)
            rows += all->curves[g].pair_seen && all->curves[g].pair_seen[c]
                        ? all->curves[g].count
                        : 0;
    stats_table *table = stats_table_new(result, "cumhaz", rows);
    const char **group = stats_text(table, "group"), **from = stats_text(table, "from"),
               **to = stats_text(table, "to");
    double *time = stats_number(table, "time"), *hazard = stats_number(table, "cumhaz");
    if (!group || !from || !to || !time || !hazard)
        return;
    for (int32_t g = 0; g < all->groups; g++) {
        const state_curve *curve = &all->curves[g];
        const char *label = stats_keep(result, "%s", stats_group_name(all->study, g));
        size_t pair = 0;

        for (size_t c = 0; curve->pairs && c < k * k; c++) {
            if (!curve->pair_seen[c])
                continue;
            const char *a = stats_keep(result, "%s", all->state[c / k]);
            const char *b = stats_keep(result, "%s", all->state[c % k]);
            double sum = 0;

            for (size_t i = 0; i < curve->count; i++, row++) {
                group[row] = label;
                from[row] = a;
                to[row] = b;
                time[row] = curve->time[i];
                double moves = curve->moves[i * curve->pairs + pair];

                sum += moves > 0 ? moves / curve->risk[i * k + c / k] : 0;
                hazard[row] = sum;
            }
            pair++;
        }
    }
}

static wadi_status run(const wadi_stats_spec *spec, bool follow, wadi_result **out,
                       wadi_error *err)
{
    process all = {0};
    wadi_result *result = NULL;
    bool aalen = spec->variance && !strcmp(spec->variance, "aalen");
    double events = 0;
    wadi_status status;

    *out = NULL;
    status = make_process(spec, follow, &all, err);
    if (status)
        goto done;
    if (aalen && (follow || all.study->entry || all.study->weight)) {
        status = wadi_fail(err, WADI_ERR_SUPPORT,
                           "--variance aalen is for competing events without "
                           "delayed entry and weights");
        goto done;
    }
    for (int32_t g = 0; aalen && g < all.groups; g++)
        for (int32_t h = 1; h < all.rows.states; h++)
            aalen_errors(&all.curves[g], h);
    result = stats_result_new(follow ? "stats.msm" : "stats.cif");
    if (!result) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the result");
        goto done;
    }
    for (size_t i = 0; i < all.study->count; i++)
        events += all.study->event[i] != 0;
    stats_method(result,
                 "Aalen-Johansen %s%s, %s standard errors, %g %% limits on the %s scale",
                 follow ? "state occupancies" : "cumulative incidences",
                 all.study->entry ? ", delayed entry" : "",
                 aalen           ? "Aalen-type (Gray 1988)"
                 : all.jackknife ? "infinitesimal jackknife"
                                 : "Greenwood-type",
                 100 * spec->level, stats_conf_name(spec->conf_type));
    stats_counts(result, (double)all.study->count, events, (double)all.study->missing);
    if (spec->at.count) {
        status = at_table(&all, result, err);
        curve_table(&all, result, "curve");
    } else {
        curve_table(&all, result, "table");
    }
    if (status)
        goto done;
    hazard_table(&all, result);
    status = stats_finish(result, out, err);
    result = NULL;
done:
    wadi_result_free(result);
    process_clear(&all);
    return status;
}

wadi_status wadi_stats_cif(const wadi_stats_spec *spec, wadi_result **out, wadi_error *err)
{
    return run(spec, false, out, err);
}

wadi_status wadi_stats_msm(const wadi_stats_spec *spec, wadi_result **out, wadi_error *err)
{
    return run(spec, true, out, err);
}
