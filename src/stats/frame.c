/* The CSV reader: header, then rows in one pass; columns that turn out to be names take a
 * second. */
#include "stats/frame_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t FILE_LIMIT_BYTES = (size_t)64 << 30;

typedef struct reading {
    wadi_column column;
    frame_levels levels;
    int source;  /* position in the file */
    bool active; /* filled in this pass */
    bool failed; /* AUTO: met something that is no number */
    bool automatic;
    int32_t last; /* most recent level, the likeliest next one */
} reading;

struct wadi_frame {
    size_t rows, capacity;
    int column_count;
    reading *columns;
};

typedef struct reader {
    const char *place, *at, *end;
    char delimiter, decimal;
    bool quotes; /* the text has a quote somewhere */
    size_t line; /* of the row being read */
    size_t lines_ahead;
    wadi_text unquoted;
    frame_field *names;
    int name_count;
} reader;

/* ---- fields ---- */

static frame_field trim(frame_field field)
{
    while (field.size && (field.at[0] == ' ' || field.at[0] == '\t')) {
        field.at++;
        field.size--;
    }
    while (field.size && (field.at[field.size - 1] == ' ' || field.at[field.size - 1] == '\t'))
        field.size--;
    return field;
}

/* A quoted field, its opening quote passed. Doubled quotes are halved in a buffer. */
static bool quoted_field(reader *in, frame_field *field)
{
    const char *start = in->at;
    bool doubled = false;

    for (;;) {
        const char *quote = memchr(in->at, '"', (size_t)(in->end - in->at));

        if (!quote)
            return false;
        in->at = quote + 1;
        if (in->at == in->end || *in->at != '"')
            break;
        doubled = true;
        in->at++;
    }
    *field = (frame_field){start, (size_t)(in->at - 1 - start)};
    for (size_t i = 0; i < field->size; i++)
        in->lines_ahead += field->at[i] == '\n';
    if (!doubled)
        return true;
    in->unquoted.size = 0;
    for (size_t i = 0; i < field->size; i++) {
        wadi_text_put(&in->unquoted, field->at + i, 1);
        i += field->at[i] == '"';
    }
    if (in->unquoted.failed)
        return false;
    *field = (frame_field){in->unquoted.bytes, in->unquoted.size};
    return true;
}

/* Next field of the row; *last says that the row ends after it. False: a broken quote. */
static inline bool next_field(reader *in, frame_field *field, bool *last)
{
    if (in->at < in->end && *in->at == '"') {
        in->at++;
        if (!quoted_field(in, field))
            return false;
    } else {
        const char *start = in->at, *at = start;
        char delimiter = in->delimiter;

        while (at < in->end && *at != delimiter && *at != '\n')
            at++;
        in->at = at;
        size_t size = (size_t)(at - start);
        if (size && (at == in->end || *at == '\n') && start[size - 1] == '\r')
            size--;
        *field = (frame_field){start, size};
    }
    if (in->at < in->end && *in->at == in->delimiter) {
        in->at++;
        *last = false;
        return true;
    }
    if (in->at < in->end && *in->at == '\r')
        in->at++;
    if (in->at < in->end && *in->at != '\n')
        return false;
    *last = true;
    if (in->at < in->end)
        in->at++;
    in->lines_ahead++;
    return true;
}

static wadi_status broken_quote(const reader *in, wadi_error *err)
{
    return wadi_fail(err, WADI_ERR_PARSE,
                     "%s: line %zu: a quoted field does not end, or text "
                     "follows its closing quote",
                     in->place, in->line);
}

/* ---- header ---- */

static char find_delimiter(const char *at, const char *end)
{
    size_t counts[3] = {0};
    static const char CANDIDATES[] = ",;\t";
    bool quoted = false;

    for (; at < end && (quoted || *at != '\n'); at++) {
        const char *found = *at ? strchr(CANDIDATES, *at) : NULL;

        if (*at == '"')
            quoted = !quoted;
        else if (found && !quoted)
            counts[found - CANDIDATES]++;
    }
    if (counts[1] > counts[0] && counts[1] >= counts[2])
        return ';';
    return counts[2] > counts[0] ? '\t' : ',';
}

static wadi_status read_header(reader *in, wadi_error *err)
{
    bool last = false;

    if (in->end - in->at >= 3 && !memcmp(in->at, "\xEF\xBB\xBF", 3))
        in->at += 3;
    in->delimiter = find_delimiter(in->at, in->end);
    in->decimal = in->delimiter == ';' ? ',' : '.';
    in->quotes = memchr(in->at, '"', (size_t)(in->end - in->at)) != NULL;
    in->line = 1;
    if (in->at == in->end)
        return wadi_fail(err, WADI_ERR_PARSE, "%s: empty; a header line is wanted", in->place);
    while (!last) {
        frame_field field, *names;

        if (!next_field(in, &field, &last))
            return broken_quote(in, err);
        names = wadi_realloc(in->names, (size_t)in->name_count + 1, sizeof *names);
        char *copy = wadi_alloc(field.size + 1, 1);
        if (names)
            in->names = names;
        if (!names || !copy) {
            free(copy);
            return wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for the header", in->place);
        }
        field = trim(field);
        memcpy(copy, field.at, field.size);
        in->names[in->name_count++] = (frame_field){copy, field.size};
    }
    return WADI_OK;
}

static int find_name(const reader *in, const char *name)
{
    for (int i = 0; i < in->name_count; i++)
        if (strlen(name) == in->names[i].size &&
            !memcmp(in->names[i].at, name, in->names[i].size))
            return i;
    return -1;
}

static wadi_status no_column(const reader *in, const char *name, wadi_error *err)
{
    int best = -1, best_distance = 4;

    for (int i = 0; i < in->name_count; i++) {
        int distance = wadi_edit_distance(name, in->names[i].at);

        if (distance < best_distance) {
            best = i;
            best_distance = distance;
        }
    }
    if (best >= 0)
        return wadi_fail(err, WADI_ERR_KEY, "%s: has no column '%.100s'; is it '%.100s'?",
                         in->place, name, in->names[best].at);
    return wadi_fail(err, WADI_ERR_KEY, "%s: has no column '%.100s'; its first is '%.100s'",
                     in->place, name, in->names[0].at);
}

static wadi_status plan_columns(reader *in, wadi_frame *frame, const wadi_column_want *wants,
                                int want_count, wadi_error *err)
{
    int count = want_count ? want_count : in->name_count;

    frame->columns = wadi_alloc((size_t)count, sizeof *frame->columns);
    if (!frame->columns)
        return wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for %d columns", in->place, count);
    frame->column_count = count;
    for (int i = 0; i < count; i++) {
        reading *column = &frame->columns[i];
        wadi_column_kind kind = want_count ? wants[i].kind : WADI_COLUMN_AUTO;

        column->source = want_count ? find_name(in, wants[i].name) : i;
        if (column->source < 0)
            return no_column(in, wants[i].name, err);
        column->column.name = wadi_strdup(in->names[column->source].at);
        if (!column->column.name)
            return wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for a name", in->place);
        column->automatic = kind == WADI_COLUMN_AUTO;
        column->column.kind = column->automatic ? WADI_COLUMN_NUMBER : kind;
        column->active = true;
        column->last = -1;
    }
    return WADI_OK;
}

/* ---- rows ---- */

static wadi_status make_room(wadi_frame *frame, size_t rows, const char *place, wadi_error *err)
{
    size_t capacity = frame->capacity;

    if (rows <= capacity)
        return WADI_OK;
    capacity = capacity ? capacity + capacity / 2 : rows;
    for (int i = 0; i < frame->column_count; i++) {
        wadi_column *column = &frame->columns[i].column;
        bool number = column->kind == WADI_COLUMN_NUMBER;
        void *old = number ? (void *)column->number : (void *)column->code;
        void *grown;

        grown = wadi_realloc(old, capacity, number ? sizeof(double) : sizeof(int32_t));
        if (!grown)
            return wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for %zu rows", place,
                             capacity);
        if (number)
            column->number = grown;
        else
            column->code = grown;
    }
    frame->capacity = capacity;
    return WADI_OK;
}

static wadi_status take_field(reader *in, reading *column, size_t row, frame_field field,
                              wadi_error *err)
{
    wadi_column *out = &column->column;

    if (out->kind == WADI_COLUMN_NUMBER) {
        if (frame_number(field, in->decimal, &out->number[row]))
            return WADI_OK;
        field = trim(field);
        if (frame_is_missing(field)) {
            out->number[row] = NAN;
            return WADI_OK;
        }
        if (frame_number(field, in->decimal, &out->number[row]) ||
            (in->decimal == ',' && frame_number(field, '.', &out->number[row])))
            return WADI_OK;
        if (column->automatic) {
            column->failed = true;
            column->active = false;
            return WADI_OK;
        }
        return wadi_fail(
            err, WADI_ERR_PARSE, "%s: line %zu, column '%.80s': '%.*s' is not a number",
            in->place, in->line, out->name, (int)(field.size < 60 ? field.size : 60), field.at);
    }
    field = trim(field);
    if (frame_is_missing(field)) {
        out->code[row] = -1;
        return WADI_OK;
    }
    int32_t last = column->last;
    if (last < 0 || column->levels.sizes[last] != field.size ||
        memcmp(column->levels.names[last], field.at, field.size))
        last = frame_levels_code(&column->levels, field);
    if (last < 0)
        return wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for the levels of '%.80s'",
                         in->place, out->name);
    out->code[row] = column->last = last;
    return WADI_OK;
}

/* The readings of a file position are chained: first[position], next[reading]. */
typedef struct row_plan {
    int *first, *next;
    int last_wanted; /* file position after which nothing is wanted */
} row_plan;

static wadi_status plan_row(const reader *in, const wadi_frame *frame, row_plan *plan,
                            wadi_error *err)
{
    plan->first = wadi_alloc((size_t)in->name_count, sizeof *plan->first);
    plan->next = wadi_alloc((size_t)frame->column_count, sizeof *plan->next);
    plan->last_wanted = -1;
    if (!plan->first || !plan->next)
        return wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for %d columns", in->place,
                         in->name_count);
    for (int i = 0; i < in->name_count; i++)
        plan->first[i] = -1;
    for (int i = frame->column_count - 1; i >= 0; i--) {
        int source = frame->columns[i].source;

        if (!frame->columns[i].active)
            continue;
        plan->next[i] = plan->first[source];
        plan->first[source] = i;
        if (source > plan->last_wanted)
            plan->last_wanted = source;
    }
    return WADI_OK;
}

static wadi_status count_wrong(const reader *in, int found, wadi_error *err)
{
    return wadi_fail(err, WADI_ERR_PARSE, "%s: line %zu: %s%d fields, the header has %d",
                     in->place, in->line, found > in->name_count ? "more than " : "",
                     found > in->name_count ? in->name_count : found, in->name_count);
}

static wadi_status read_row(reader *in, wadi_frame *frame, const row_plan *plan,
                            wadi_error *err)
{
    bool last = false;

    for (int position = 0; !last; position++) {
        frame_field field;

        if (!next_field(in, &field, &last))
            return broken_quote(in, err);
        if (position >= in->name_count)
            return count_wrong(in, position + 1, err);
        if (last && position + 1 < in->name_count)
            return count_wrong(in, position + 1, err);
        for (int i = plan->first[position]; i >= 0; i = plan->next[i]) {
            if (!frame->columns[i].active)
                continue;
            wadi_status status = take_field(in, &frame->columns[i], frame->rows, field, err);
            if (status)
                return status;
        }
    }
    frame->rows++;
    return WADI_OK;
}

/* About as many rows as the rest of the text holds, from its first 64 KiB. */
static size_t guess_rows(const reader *in)
{
    size_t size = (size_t)(in->end - in->at), sample = size < 65536 ? size : 65536, lines = 1;

    for (size_t i = 0; i < sample; i++)
        lines += in->at[i] == '\n';
    return sample == size ? lines + 1
                          : (size_t)(1.02 * (double)lines * (double)size / (double)sample) + 16;
}

static wadi_status read_rows(reader *in, wadi_frame *frame, wadi_error *err)
{
    wadi_status status = WADI_OK;
    row_plan plan = {0};

    frame->rows = frame->capacity = 0;
    status = plan_row(in, frame, &plan, err);
    if (!status)
        status = make_room(frame, guess_rows(in), in->place, err);
    while (!status && in->at < in->end) {
        in->line += in->lines_ahead;
        in->lines_ahead = 0;
        if (*in->at == '\n' || (*in->at == '\r' && in->end - in->at > 1 && in->at[1] == '\n')) {
            in->at += *in->at == '\r' ? 2 : 1; /* an empty line */
            in->lines_ahead = 1;
            continue;
        }
        status = make_room(frame, frame->rows + 1, in->place, err);
        if (!status)
            status = read_row(in, frame, &plan, err);
    }
    free(plan.first);
    free(plan.next);
    return status;
}

static wadi_status finish_levels(wadi_frame *frame, wadi_error *err)
{
    for (int i = 0; i < frame->column_count; i++) {
        reading *column = &frame->columns[i];
        wadi_status status;
        int32_t *order;

        if (column->column.kind != WADI_COLUMN_LEVELS)
            continue;
        order = wadi_alloc((size_t)column->levels.count, sizeof *order);
        if (!order)
            return wadi_fail(err, WADI_ERR_NOMEM, "no memory for levels");
        status = frame_levels_sort(&column->levels, order, err);
        for (size_t row = 0; !status && row < frame->rows; row++)
            if (column->column.code[row] >= 0)
                column->column.code[row] = order[column->column.code[row]];
        free(order);
        if (status)
            return status;
        column->column.level = (const char **)column->levels.names;
        column->column.level_count = column->levels.count;
    }
    return WADI_OK;
}

/* AUTO columns that are not numbers become levels; true when there is one. */
static bool turn_to_levels(wadi_frame *frame)
{
    bool any = false;

    for (int i = 0; i < frame->column_count; i++) {
        reading *column = &frame->columns[i];

        column->active = column->failed;
        if (!column->failed)
            continue;
        any = true;
        free(column->column.number);
        column->column.number = NULL;
        column->column.kind = WADI_COLUMN_LEVELS;
        column->failed = false;
    }
    return any;
}

/* Second pass over the same rows; columns that are done keep their arrays. */
static wadi_status read_again(reader *in, wadi_frame *frame, const char *body, wadi_error *err)
{
    size_t rows = frame->rows;

    in->at = body;
    in->line = 1;
    in->lines_ahead = 1;
    for (int i = 0; i < frame->column_count; i++) {
        reading *column = &frame->columns[i];

        if (!column->active)
            continue;
        column->column.code = wadi_alloc(rows, sizeof(int32_t));
        if (!column->column.code)
            return wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for %zu rows", in->place,
                             rows);
    }
    row_plan plan = {0};
    wadi_status status = plan_row(in, frame, &plan, err);
    frame->rows = 0;
    while (!status && frame->rows < rows) {
        if (*in->at == '\n' || (*in->at == '\r' && in->end - in->at > 1 && in->at[1] == '\n'))
            in->at += *in->at == '\r' ? 2 : 1;
        else
            status = read_row(in, frame, &plan, err);
    }
    free(plan.first);
    free(plan.next);
    return status;
}

static void reader_clear(reader *in)
{
    for (int i = 0; i < in->name_count; i++)
        free((char *)in->names[i].at);
    free(in->names);
    wadi_text_clear(&in->unquoted);
}

wadi_status wadi_frame_parse(const char *place, const char *bytes, size_t size,
                             const wadi_column_want *wants, int want_count, wadi_frame **out,
                             wadi_error *err)
{
    wadi_status status = WADI_OK;
    reader in = {.place = place, .at = bytes, .end = bytes + size};
    wadi_frame *frame = wadi_alloc(1, sizeof *frame);
    const char *body;

    *out = NULL;
    if (!frame)
        return wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory", place);
    status = read_header(&in, err);
    if (!status)
        status = plan_columns(&in, frame, wants, want_count, err);
    if (status)
        goto done;
    body = in.at;
    status = read_rows(&in, frame, err);
    if (!status && turn_to_levels(frame))
        status = read_again(&in, frame, body, err);
    if (!status)
        status = finish_levels(frame, err);
    if (status)
        goto done;
    *out = frame;
    frame = NULL; /* handed over */
done:
    wadi_frame_free(frame);
    reader_clear(&in);
    return status;
}

wadi_status wadi_frame_read(const char *path, const wadi_column_want *wants, int want_count,
                            wadi_frame **out, wadi_error *err)
{
    char *bytes = NULL;
    size_t size = 0;
    wadi_status status;

    *out = NULL;
    status = wadi_file_read(path, FILE_LIMIT_BYTES, &bytes, &size, err);
    if (!status)
        status = wadi_frame_parse(path, bytes, size, wants, want_count, out, err);
    free(bytes);
    return status;
}

bool wadi_frame_has(const char *bytes, size_t size, const char *name)
{
    reader in = {.place = "", .at = bytes, .end = bytes + size};
    bool found = read_header(&in, NULL) == WADI_OK && find_name(&in, name) >= 0;

    reader_clear(&in);
    return found;
}

size_t wadi_frame_rows(const wadi_frame *frame)
{
    return frame->rows;
}

int wadi_frame_column_count(const wadi_frame *frame)
{
    return frame->column_count;
}

const wadi_column *wadi_frame_column(const wadi_frame *frame, int index)
{
    WADI_ASSERT(index >= 0 && index < frame->column_count);
    return &frame->columns[index].column;
}

void wadi_frame_free(wadi_frame *frame)
{
    if (!frame)
        return;
    for (int i = 0; i < frame->column_count; i++) {
        free((char *)frame->columns[i].column.name);
        free(frame->columns[i].column.number);
        free(frame->columns[i].column.code);
        frame_levels_clear(&frame->columns[i].levels);
    }
    free(frame->columns);
    free(frame);
}
