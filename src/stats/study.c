/* From a file and a question to the rows that can be used. Rows with an unknown value in a used
 * column are left out and counted; a code that nobody named is refused. */
#include "stats/stats_impl.h"

enum { WANT_MAX = 512 };

typedef struct loading {
    const wadi_stats_spec *spec;
    stats_study *study;
    wadi_column_want wants[WANT_MAX];
    int want_count;
    int time, entry, event, weight, offset, cluster, from;
    int group, group_count, strata, strata_count, x, x_count;
    const char *variable[WANT_MAX];  /* of covariate i */
    const char *reference[WANT_MAX]; /* its reference level or NULL */
    char *owned[WANT_MAX];
    int owned_count;
    const char *bytes;
    size_t size;
} loading;

static wadi_status want(loading *in, const char *name, wadi_column_kind kind, int *at,
                        wadi_error *err)
{
    *at = -1;
    if (!name)
        return WADI_OK;
    if (in->want_count == WANT_MAX)
        return wadi_fail(err, WADI_ERR_SUPPORT, "more than %d columns are wanted", WANT_MAX);
    *at = in->want_count;
    in->wants[in->want_count++] = (wadi_column_want){name, kind};
    return WADI_OK;
}

static bool is_listed(const wadi_names *names, const char *name)
{
    for (int i = 0; i < names->count; i++)
        if (!strcmp(names->name[i], name))
            return true;
    return false;
}

/* "name" or "name=REF"; a column whose own name has the '=' is taken as it is. */
static wadi_status want_covariate(loading *in, const char *text, wadi_error *err)
{
    const char *equals = strrchr(text, '='), *name = text, *reference = NULL;
    int at;

    if (equals && !wadi_frame_has(in->bytes, in->size, text)) {
        char *copy = wadi_strdup(text);

        if (!copy || in->owned_count == WANT_MAX) {
            free(copy);
            return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a covariate");
        }
        in->owned[in->owned_count++] = copy;
        copy[equals - text] = 0;
        name = copy;
        reference = copy + (equals - text) + 1;
    }
    bool levels = reference || is_listed(&in->spec->factor, name);
    wadi_status status =
        want(in, name, levels ? WADI_COLUMN_LEVELS : WADI_COLUMN_AUTO, &at, err);
    if (status)
        return status;
    in->variable[in->x_count] = name;
    in->reference[in->x_count++] = reference;
    return WADI_OK;
}

/* A list is given by repeating the option, or in one word with commas between. */
static wadi_status want_covariates(loading *in, const char *text, wadi_error *err)
{
    wadi_status status = WADI_OK;
    char *copy, *word, *rest = NULL;

    if (!strchr(text, ',') || wadi_frame_has(in->bytes, in->size, text))
        return want_covariate(in, text, err);
    copy = wadi_strdup(text);
    if (!copy || in->owned_count == WANT_MAX) {
        free(copy);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a covariate");
    }
    in->owned[in->owned_count++] = copy;
    for (word = strtok_r(copy, ",", &rest); word && !status; word = strtok_r(NULL, ",", &rest))
        status = want_covariate(in, word, err);
    return status;
}

static wadi_status want_columns(loading *in, int needs, wadi_error *err)
{
    const wadi_stats_spec *spec = in->spec;
    wadi_status status = WADI_OK;
    int at;

    if ((needs & STUDY_TIME) && !spec->time)
        return wadi_fail(err, WADI_ERR_MISSING, "--time is wanted: the column with the times");
    if ((needs & STUDY_EVENT) && !spec->event)
        return wadi_fail(err, WADI_ERR_MISSING,
                         "--event is wanted: the column with the event codes");
    if ((needs & STUDY_X) && !spec->x.count && !(needs & STUDY_X_OPTIONAL))
        return wadi_fail(err, WADI_ERR_MISSING, "--x is wanted: a covariate, repeatable");
    status = want(in, spec->time, WADI_COLUMN_NUMBER, &in->time, err);
    if (!status)
        status = want(in, spec->entry, WADI_COLUMN_NUMBER, &in->entry, err);
    if (!status)
        status = want(in, spec->event, WADI_COLUMN_LEVELS, &in->event, err);
    if (!status)
        status = want(in, spec->weight, WADI_COLUMN_NUMBER, &in->weight, err);
    if (!status)
        status = want(in, spec->offset, WADI_COLUMN_NUMBER, &in->offset, err);
    if (!status)
        status = want(in, spec->cluster ? spec->cluster : spec->id, WADI_COLUMN_LEVELS,
                      &in->cluster, err);
    if (!status)
        status = want(in, spec->from, WADI_COLUMN_LEVELS, &in->from, err);
    in->group = in->want_count;
    in->group_count = spec->group.count;
    for (int i = 0; !status && i < spec->group.count; i++)
        status = want(in, spec->group.name[i], WADI_COLUMN_LEVELS, &at, err);
    in->strata = in->want_count;
    in->strata_count = spec->strata.count;
    for (int i = 0; !status && i < spec->strata.count; i++)
        status = want(in, spec->strata.name[i], WADI_COLUMN_LEVELS, &at, err);
    in->x = in->want_count;
    for (int i = 0; !status && (needs & STUDY_X) && i < spec->x.count; i++)
        status = want_covariates(in, spec->x.name[i], err);
    return status;
}

/* ---- codes ---- */

static bool same_code(const char *a, const char *b)
{
    double x, y;

    if (!strcmp(a, b))
        return true;
    return frame_number_text(a, &x) && frame_number_text(b, &y) && x == y;
}

static int find_code(const wadi_names *codes, const char *name)
{
    for (int i = 0; i < codes->count; i++)
        if (same_code(codes->name[i], name))
            return i + 1;
    return 0;
}

static bool is_default_censor(const char *name)
{
    return same_code(name, "0") || !strcmp(name, "FALSE");
}

static bool is_default_event(const char *name)
{
    return same_code(name, "1") || !strcmp(name, "TRUE");
}

static wadi_status add_cause(stats_study *study, const char *name, wadi_error *err)
{
    char **names =
        wadi_realloc(study->causes.name, (size_t)study->causes.count + 1, sizeof *names);

    if (!names)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for event codes");
    study->causes.name = names;
    names[study->causes.count] = wadi_strdup(name);
    if (!names[study->causes.count])
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for event codes");
    study->causes.count++;
    return WADI_OK;
}

/* meaning[level] = 0 censored, k the k-th cause. */
static wadi_status map_codes(const loading *in, int needs, const wadi_column *column,
                             int *meaning, wadi_error *err)
{
    const wadi_names *events = &in->spec->event_codes, *censors = &in->spec->censor_codes;
    stats_study *study = in->study;
    wadi_status status = WADI_OK;

    for (int i = 0; !status && i < events->count; i++)
        status = add_cause(study, events->name[i], err);
    if (!status && !events->count && !(needs & STUDY_MANY_CAUSES))
        status = add_cause(study, "1", err);
    for (int i = 0; !status && i < column->level_count; i++) {
        const char *name = column->level[i];
        double number;

        meaning[i] = find_code(events, name);
        if (meaning[i])
            continue;
        if (find_code(censors, name) || (!censors->count && is_default_censor(name)))
            continue;
        if (!events->count && !(needs & STUDY_MANY_CAUSES) && is_default_event(name)) {
            meaning[i] = 1;
            continue;
        }
        if (!events->count && (needs & STUDY_MANY_CAUSES) && frame_number_text(name, &number)) {
            status = add_cause(study, name, err);
            meaning[i] = study->causes.count;
            continue;
        }
        status =
            wadi_fail(err, WADI_ERR_KEY,
                      "%s: column '%.60s' has the code '%.60s', which is neither an event nor "
                      "censored; name it with --event-code or --censor-code",
                      in->spec->path, column->name, name);
    }
    return status;
}

/* ---- rows ---- */

static bool is_unknown(const wadi_column *column, size_t row)
{
    return column->number ? column->number[row] != column->number[row] : column->code[row] < 0;
}

static size_t keep_rows(const loading *in, int needs, size_t *rows)
{
    const wadi_frame *frame = in->study->frame;
    size_t total = wadi_frame_rows(frame), kept = 0;

    for (size_t row = 0; row < total; row++) {
        bool usable = true;

        for (int c = 0; usable && c < in->want_count; c++)
            usable = !is_unknown(wadi_frame_column(frame, c), row);
        if (usable && in->entry >= 0 && in->time >= 0 && (needs & STUDY_TIME))
            usable = wadi_frame_column(frame, in->entry)->number[row] !=
                     wadi_frame_column(frame, in->time)->number[row];
        if (usable)
            rows[kept++] = row;
    }
    return kept;
}

static wadi_status take_numbers(const loading *in, int at, double **out, wadi_error *err)
{
    const stats_study *study = in->study;
    const double *numbers;

    if (at < 0)
        return WADI_OK;
    *out = wadi_alloc(study->count, sizeof **out);
    if (!*out)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu rows", study->count);
    numbers = wadi_frame_column(study->frame, at)->number;
    for (size_t i = 0; i < study->count; i++) {
        (*out)[i] = numbers[study->line[i]];
        if (!isfinite((*out)[i]))
            return wadi_fail(err, WADI_ERR_RANGE, "%s: column '%.80s' is infinite in row %zu",
                             in->spec->path, wadi_frame_column(study->frame, at)->name,
                             study->line[i] + 1);
    }
    return WADI_OK;
}

/* Crossed columns to one factor, whose levels are those that occur, in order. */
static wadi_status take_crossed(const loading *in, int at, int count, int32_t **codes,
                                stats_levels *levels, wadi_error *err)
{
    stats_study *study = in->study;
    size_t cells = 1;
    int32_t *seen = NULL;
    wadi_status status = WADI_OK;

    if (count <= 0 || at < 0)
        return WADI_OK;
    for (int c = 0; c < count; c++) {
        cells *= (size_t)wadi_frame_column(study->frame, at + c)->level_count;
        if (cells > (size_t)1 << 30)
            return wadi_fail(err, WADI_ERR_SUPPORT, "more than 2^30 combinations of groups");
    }
    *codes = wadi_alloc(study->count, sizeof **codes);
    seen = wadi_alloc(cells, sizeof *seen);
    levels->name = wadi_alloc(1, sizeof *levels->name);
    if (!*codes || !seen || !levels->name)
        goto refused;
    for (size_t i = 0; i < study->count; i++) {
        size_t cell = 0;

        for (int c = 0; c < count; c++) {
            const wadi_column *column = wadi_frame_column(study->frame, at + c);
            cell = cell * (size_t)column->level_count + (size_t)column->code[study->line[i]];
        }
        (*codes)[i] = (int32_t)cell;
        seen[cell] = 1;
    }
    for (size_t cell = 0, next = 0; cell < cells; cell++)
        seen[cell] = seen[cell] ? (int32_t)next++ : -1;
    for (size_t cell = 0; cell < cells; cell++) {
        wadi_text text = {0};
        size_t rest = cell, scale = cells;
        char **names;

        if (seen[cell] < 0)
            continue;
        for (int c = 0; c < count; c++) {
            const wadi_column *column = wadi_frame_column(study->frame, at + c);
            scale /= (size_t)column->level_count;
            wadi_text_add(&text, "%s%s", c ? ", " : "", column->level[rest / scale]);
            rest %= scale;
        }
        if ((levels->count & (levels->count - 1)) == 0) { /* grow by doubling */
            names = wadi_realloc(levels->name, (size_t)levels->count * 2 + 1, sizeof *names);
            if (!names || text.failed) {
                if (names)
                    levels->name = names;
                wadi_text_clear(&text);
                goto refused;
            }
            levels->name = names;
        }
        levels->name[levels->count++] = text.bytes;
    }
    for (size_t i = 0; i < study->count; i++)
        (*codes)[i] = seen[(*codes)[i]];
    goto done;
refused:
    status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for groups");
done:
    free(seen);
    return status;
}

static wadi_status take_events(const loading *in, int needs, wadi_error *err)
{
    stats_study *study = in->study;
    const wadi_column *column;
    int *meaning;
    wadi_status status;

    if (in->event < 0)
        return WADI_OK;
    column = wadi_frame_column(study->frame, in->event);
    meaning = wadi_alloc((size_t)column->level_count, sizeof *meaning);
    study->event = wadi_alloc(study->count, sizeof *study->event);
    if (!meaning || !study->event) {
        free(meaning);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu rows", study->count);
    }
    status = map_codes(in, needs, column, meaning, err);
    for (size_t i = 0; !status && i < study->count; i++)
        study->event[i] = meaning[column->code[study->line[i]]];
    free(meaning);
    return status;
}

/* ---- covariates ---- */

static int32_t find_level(const wadi_column *column, const char *name)
{
    for (int32_t i = 0; i < column->level_count; i++)
        if (same_code(column->level[i], name))
            return i;
    return -1;
}

static wadi_status name_term(const loading *in, stats_term *term, int variable,
                             const char *level, wadi_error *err)
{
    const char *name = in->variable[variable];
    char *text = wadi_alloc(strlen(name) + (level ? strlen(level) : 0) + 1, 1);

    term->variable = wadi_strdup(name);
    term->level = level ? wadi_strdup(level) : NULL;
    term->assign = variable;
    term->name = text;
    if (!text || !term->variable || (level && !term->level))
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for terms");
    strcpy(text, name);
    if (level)
        strcat(text, level);
    return WADI_OK;
}

static wadi_status take_covariates(const loading *in, wadi_error *err)
{
    stats_study *study = in->study;
    wadi_status status = WADI_OK;
    int32_t references[WANT_MAX];
    int p = 0;

    for (int v = 0; v < in->x_count; v++) {
        const wadi_column *column = wadi_frame_column(study->frame, in->x + v);

        references[v] = 0;
        if (in->reference[v])
            references[v] = find_level(column, in->reference[v]);
        if (references[v] < 0)
            return wadi_fail(err, WADI_ERR_KEY, "%s: '%.80s' has no level '%.80s'",
                             in->spec->path, in->variable[v], in->reference[v]);
        p += column->number ? 1 : (column->level_count > 1 ? column->level_count - 1 : 0);
    }
    study->x = wadi_alloc(study->count * (size_t)p, sizeof *study->x);
    study->terms = wadi_alloc((size_t)p, sizeof *study->terms);
    if (!study->x || !study->terms)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu rows of %d terms",
                         study->count, p);
    for (int v = 0, k = 0; v < in->x_count; v++) {
        const wadi_column *column = wadi_frame_column(study->frame, in->x + v);

        if (column->number) {
            study->x_count = k + 1;
            status = name_term(in, &study->terms[k], v, NULL, err);
            if (status)
                return status;
            for (size_t i = 0; i < study->count; i++) {
                double value = column->number[study->line[i]];

                if (!isfinite(value))
                    return wadi_fail(err, WADI_ERR_RANGE,
                                     "%s: column '%.80s' is infinite in row "
                                     "%zu",
                                     in->spec->path, column->name, study->line[i] + 1);
                study->x[i * (size_t)p + k] = value;
            }
            k++;
            continue;
        }
        for (int32_t l = 0; l < column->level_count; l++) {
            if (l == references[v])
                continue;
            study->x_count = k + 1;
            status = name_term(in, &study->terms[k], v, column->level[l], err);
            if (status)
                return status;
            for (size_t i = 0; i < study->count; i++)
                study->x[i * (size_t)p + k] = column->code[study->line[i]] == l;
            k++;
        }
    }
    return WADI_OK;
}

static wadi_status check_rows(const loading *in, wadi_error *err)
{
    const stats_study *study = in->study;

    for (size_t i = 0; i < study->count; i++) {
        if (study->weight && study->weight[i] < 0)
            return wadi_fail(err, WADI_ERR_RANGE, "%s: row %zu: the weight %g is negative",
                             in->spec->path, study->line[i] + 1, study->weight[i]);
        if (study->entry && study->time && study->entry[i] > study->time[i])
            return wadi_fail(err, WADI_ERR_RANGE, "%s: row %zu: starts at %g, after its end %g",
                             in->spec->path, study->line[i] + 1, study->entry[i],
                             study->time[i]);
    }
    return WADI_OK;
}

static wadi_status load(loading *in, int needs, wadi_error *err)
{
    stats_study *study = in->study;
    wadi_status status = want_columns(in, needs, err);

    if (!status)
        status = wadi_frame_parse(in->spec->path, in->bytes, in->size, in->wants,
                                  in->want_count, &study->frame, err);
    if (status)
        return status;
    study->line = wadi_alloc(wadi_frame_rows(study->frame), sizeof *study->line);
    if (!study->line)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for rows");
    study->count = keep_rows(in, needs, study->line);
    study->missing = wadi_frame_rows(study->frame) - study->count;
    if (!study->count)
        return wadi_fail(err, WADI_ERR_MISSING,
                         "%s: no row has all the values that are wanted "
                         "(%zu rows)",
                         in->spec->path, study->missing);
    status = take_numbers(in, in->time, &study->time, err);
    if (!status)
        status = take_numbers(in, in->entry, &study->entry, err);
    if (!status)
        status = take_numbers(in, in->weight, &study->weight, err);
    if (!status)
        status = take_numbers(in, in->offset, &study->offset, err);
    if (!status)
        status = take_events(in, needs, err);
    if (!status)
        status =
            take_crossed(in, in->group, in->group_count, &study->group, &study->groups, err);
    if (!status)
        status = take_crossed(in, in->strata, in->strata_count, &study->stratum, &study->strata,
                              err);
    if (!status && in->cluster >= 0)
        status = take_crossed(in, in->cluster, 1, &study->cluster, &study->clusters, err);
    if (!status && in->from >= 0)
        status = take_crossed(in, in->from, 1, &study->from, &study->froms, err);
    if (!status && (needs & STUDY_X))
        status = take_covariates(in, err);
    if (!status)
        status = check_rows(in, err);
    wadi_frame_free(study->frame);
    study->frame = NULL;
    return status;
}

wadi_status stats_study_read(const wadi_stats_spec *spec, int needs, stats_study **out,
                             wadi_error *err)
{
    wadi_status status = WADI_OK;
    loading *in = wadi_alloc(1, sizeof *in);
    char *bytes = NULL;

    *out = NULL;
    if (in)
        in->study = wadi_alloc(1, sizeof *in->study);
    if (!in || !in->study) {
        free(in);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a study");
    }
    in->spec = spec;
    status = wadi_file_read(spec->path, (size_t)64 << 30, &bytes, &in->size, err);
    if (status)
        goto done;
    in->bytes = bytes;
    status = load(in, needs, err);
    if (!status && (needs & STUDY_TIME) && !spec->time_as_is)
        status = stats_merge_times(in->study, err);
    if (status)
        goto done;
    *out = in->study;
    in->study = NULL; /* handed over */
done:
    stats_study_free(in->study);
    for (int i = 0; i < in->owned_count; i++)
        free(in->owned[i]);
    free(in);
    free(bytes);
    return status;
}

static void levels_clear(stats_levels *levels)
{
    for (int32_t i = 0; i < levels->count; i++)
        free(levels->name[i]);
    free(levels->name);
}

void stats_study_free(stats_study *study)
{
    if (!study)
        return;
    for (int k = 0; k < study->x_count; k++) {
        free((char *)study->terms[k].name);
        free((char *)study->terms[k].variable);
        free((char *)study->terms[k].level);
    }
    free(study->terms);
    free(study->x);
    free(study->time);
    free(study->entry);
    free(study->weight);
    free(study->offset);
    free(study->event);
    free(study->group);
    free(study->stratum);
    free(study->cluster);
    free(study->from);
    free(study->line);
    levels_clear(&study->groups);
    levels_clear(&study->strata);
    levels_clear(&study->causes);
    levels_clear(&study->clusters);
    levels_clear(&study->froms);
    wadi_frame_free(study->frame);
    free(study);
}

const char *stats_group_name(const stats_study *study, int32_t group)
{
    return study->groups.count ? study->groups.name[group] : "all";
}

/* ---- times ---- */

/* First of the run of nearly equal times that each distinct time belongs to. */
static size_t merge_runs(const double *sorted, size_t count, double **cuts)
{
    const double tolerance = 1.4901161193847656e-08; /* sqrt(2^-52) */
    double mean = 0;
    size_t distinct = 0, runs = 0;

    for (size_t i = 0; i < count; i++)
        if (i == 0 || sorted[i] != sorted[i - 1])
            distinct++;
    for (size_t i = 0; i < count; i++)
        if (i == 0 || sorted[i] != sorted[i - 1])
            mean += fabs(sorted[i]) / (double)distinct;
    for (size_t i = 0; i < count; i++) {
        double step = i ? sorted[i] - sorted[i - 1] : 0;

        if (i && (step <= tolerance || step / mean <= tolerance))
            continue;
        runs++;
    }
    if (runs == distinct)
        return 0;
    *cuts = wadi_alloc(runs, sizeof **cuts);
    if (!*cuts)
        return SIZE_MAX;
    runs = 0;
    for (size_t i = 0; i < count; i++) {
        double step = i ? sorted[i] - sorted[i - 1] : 0;

        if (i && (step <= tolerance || step / mean <= tolerance))
            continue;
        (*cuts)[runs++] = sorted[i];
    }
    return runs;
}

static double round_down(const double *cuts, size_t count, double value)
{
    size_t low = 0, high = count;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (cuts[middle] <= value)
            low = middle;
        else
            high = middle;
    }
    return cuts[low];
}

static bool all_integers(const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (values[i] != (double)(int32_t)values[i] || fabs(values[i]) > 1e6)
            return false;
    return true;
}

wadi_status stats_merge_times(stats_study *study, wadi_error *err)
{
    wadi_status status = WADI_OK;
    size_t n = study->count, total = study->entry ? 2 * n : n, runs;
    double *all, *cuts = NULL;

    for (size_t i = 0; i < n; i++) /* the cast below needs a range */
        if (!(fabs(study->time[i]) < 2e9) || (study->entry && !(fabs(study->entry[i]) < 2e9)))
            goto general;
    if (all_integers(study->time, n) && (!study->entry || all_integers(study->entry, n)))
        return WADI_OK; /* a million days apart at most: nothing can merge */
general:
    all = wadi_alloc(total, sizeof *all);
    if (!all)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu times", total);
    memcpy(all, study->time, n * sizeof *all);
    if (study->entry)
        memcpy(all + n, study->entry, n * sizeof *all);
    status = stats_sort(all, total, err);
    if (status)
        goto done;
    runs = merge_runs(all, total, &cuts);
    if (runs == SIZE_MAX) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu times", total);
        goto done;
    }
    for (size_t i = 0; runs && i < n; i++) {
        study->time[i] = round_down(cuts, runs, study->time[i]);
        if (!study->entry)
            continue;
        study->entry[i] = round_down(cuts, runs, study->entry[i]);
        if (study->entry[i] == study->time[i]) {
            status = wadi_fail(err, WADI_ERR_RANGE,
                               "row %zu: its interval is shorter than the "
                               "rounding error of the times",
                               study->line[i] + 1);
            goto done;
        }
    }
done:
    free(all);
    free(cuts);
    return status;
}

wadi_status stats_parse_numbers(const wadi_names *names, const char *option, double **out,
                                wadi_error *err)
{
    int count = 0;
    double *list = NULL;

    *out = NULL;
    list = wadi_alloc((size_t)names->count, sizeof *list);
    if (!list)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for --%s", option);
    for (int i = 0; i < names->count; i++) {
        if (!frame_number_text(names->name[i], &list[count++])) {
            free(list);
            return wadi_fail(err, WADI_ERR_PARSE, "--%s: '%.80s' is not a number", option,
                             names->name[i]);
        }
    }
    *out = list;
    return WADI_OK;
}
