/* A result under construction, and its three forms: JSON, CSV, text. */
#include "stats/stats_impl.h"

enum { VALUE_MAX = 64, TABLE_MAX = 24, COLUMN_MAX = 40, NOTE_MAX = 16 };

struct stats_table {
    wadi_result_table face; /* first: a wadi_result_table is all that others see */
    wadi_result *owner;
    wadi_result_column columns[COLUMN_MAX];
};

typedef struct kept {
    struct kept *next;
    char text[];
} kept;

struct wadi_result {
    const char *kind;
    const char *method;
    double n, events, missing;
    struct {
        const char *name;
        double value;
    } values[VALUE_MAX];
    int value_count;
    stats_table *tables[TABLE_MAX];
    int table_count;
    const char *notes[NOTE_MAX];
    int note_count;
    kept *texts;
    bool failed;
};

wadi_result *stats_result_new(const char *kind)
{
    wadi_result *result = wadi_alloc(1, sizeof *result);

    if (!result)
        return NULL;
    result->kind = kind;
    result->method = "";
    result->n = result->events = result->missing = NAN;
    return result;
}

static const char *keep_text(wadi_result *result, const char *format, va_list args)
{
    char buffer[1024];
    int size = vsnprintf(buffer, sizeof buffer, format, args);
    kept *text;

    if (size < 0)
        size = 0;
    if (size >= (int)sizeof buffer)
        size = sizeof buffer - 1;
    text = wadi_alloc(sizeof *text + (size_t)size + 1, 1);
    if (!text) {
        result->failed = true;
        return "";
    }
    memcpy(text->text, buffer, (size_t)size);
    text->next = result->texts;
    result->texts = text;
    return text->text;
}

const char *stats_keep(wadi_result *result, const char *format, ...)
{
    va_list args;
    const char *text;

    va_start(args, format);
    text = keep_text(result, format, args);
    va_end(args);
    return text;
}

void stats_method(wadi_result *result, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    result->method = keep_text(result, format, args);
    va_end(args);
}

void stats_note(wadi_result *result, const char *format, ...)
{
    va_list args;

    if (result->note_count == NOTE_MAX)
        return;
    va_start(args, format);
    result->notes[result->note_count++] = keep_text(result, format, args);
    va_end(args);
}

void stats_value(wadi_result *result, const char *name, double value)
{
    WADI_ASSERT(result->value_count < VALUE_MAX);
    result->values[result->value_count].name = name;
    result->values[result->value_count++].value = value;
}

void stats_counts(wadi_result *result, double n, double events, double missing)
{
    result->n = n;
    result->events = events;
    result->missing = missing;
}

stats_table *stats_table_new(wadi_result *result, const char *name, size_t count)
{
    stats_table *table = wadi_alloc(1, sizeof *table);

    WADI_ASSERT(result->table_count < TABLE_MAX);
    if (!table) {
        result->failed = true;
        return NULL;
    }
    table->face.name = name;
    table->face.count = count;
    table->face.columns = table->columns;
    table->owner = result;
    result->tables[result->table_count++] = table;
    return table;
}

double *stats_number(stats_table *table, const char *name)
{
    double *numbers;

    if (!table)
        return NULL;
    WADI_ASSERT(table->face.column_count < COLUMN_MAX);
    numbers = wadi_alloc(table->face.count, sizeof *numbers);
    if (!numbers) {
        table->owner->failed = true;
        return NULL;
    }
    for (size_t i = 0; i < table->face.count; i++)
        numbers[i] = NAN;
    table->columns[table->face.column_count++] =
        (wadi_result_column){.name = name, .number = numbers};
    return numbers;
}

const char **stats_text(stats_table *table, const char *name)
{
    const char **texts;

    if (!table)
        return NULL;
    WADI_ASSERT(table->face.column_count < COLUMN_MAX);
    texts = wadi_alloc(table->face.count, sizeof *texts);
    if (!texts) {
        table->owner->failed = true;
        return NULL;
    }
    table->columns[table->face.column_count++] =
        (wadi_result_column){.name = name, .text = texts};
    return texts;
}

wadi_status stats_finish(wadi_result *result, wadi_result **out, wadi_error *err)
{
    if (!result || result->failed) {
        wadi_result_free(result);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the result");
    }
    *out = result;
    return WADI_OK;
}

void wadi_result_free(wadi_result *result)
{
    if (!result)
        return;
    for (int t = 0; t < result->table_count; t++) {
        for (int c = 0; c < result->tables[t]->face.column_count; c++) {
            free((void *)result->tables[t]->columns[c].number);
            free(result->tables[t]->columns[c].text);
        }
        free(result->tables[t]);
    }
    while (result->texts) {
        kept *next = result->texts->next;

        free(result->texts);
        result->texts = next;
    }
    free(result);
}

const wadi_result_table *wadi_result_get(const wadi_result *result, const char *name)
{
    for (int t = 0; t < result->table_count; t++)
        if (!strcmp(result->tables[t]->face.name, name))
            return &result->tables[t]->face;
    return NULL;
}

const wadi_result_column *wadi_result_column_get(const wadi_result_table *table,
                                                 const char *name)
{
    for (int c = 0; table && c < table->column_count; c++)
        if (!strcmp(table->columns[c].name, name))
            return &table->columns[c];
    return NULL;
}

double wadi_result_value(const wadi_result *result, const char *name)
{
    if (!strcmp(name, "n"))
        return result->n;
    if (!strcmp(name, "events"))
        return result->events;
    if (!strcmp(name, "missing"))
        return result->missing;
    for (int i = 0; i < result->value_count; i++)
        if (!strcmp(result->values[i].name, name))
            return result->values[i].value;
    return NAN;
}

const char *wadi_result_method(const wadi_result *result)
{
    return result->method;
}

const char *wadi_result_kind(const wadi_result *result)
{
    return result->kind;
}

const char *wadi_result_note(const wadi_result *result, int index)
{
    return index < result->note_count ? result->notes[index] : NULL;
}

/* ---- forms ---- */

/* The fewest digits that read back as the same double. */
static void put_number(wadi_text *text, double value, const char *missing)
{
    char buffer[40];

    if (value != value) {
        wadi_text_add(text, "%s", missing);
        return;
    }
    /* JSON has no infinity; 1e999 is a valid number that every IEEE reader takes for it. */
    if (isinf(value)) {
        const char *form = strcmp(missing, "null") ? "Inf" : "1e999";

        wadi_text_add(text, "%s%s", value < 0 ? "-" : "", form);
        return;
    }
    if (value == floor(value) && fabs(value) < 1e15) {
        wadi_text_add(text, "%.0f", value == 0 ? 0.0 : value);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(buffer, sizeof buffer, "%.*g", digits, value);
        if (strtod(buffer, NULL) == value)
            break;
    }
    wadi_text_put(text, buffer, strlen(buffer));
}

static void put_string(wadi_text *text, const char *string)
{
    wadi_text_put(text, "\"", 1);
    for (const unsigned char *at = (const unsigned char *)string; *at; at++) {
        if (*at == '"' || *at == '\\')
            wadi_text_add(text, "\\%c", *at);
        else if (*at < 0x20)
            wadi_text_add(text, "\\u%04x", *at);
        else
            wadi_text_put(text, (const char *)at, 1);
    }
    wadi_text_put(text, "\"", 1);
}

static void put_table(wadi_text *text, const wadi_result_table *table)
{
    wadi_text_add(text, ",\n  \"%s\": {", table->name);
    for (int c = 0; c < table->column_count; c++) {
        const wadi_result_column *column = &table->columns[c];

        wadi_text_add(text, "%s\n    \"%s\": [", c ? "," : "", column->name);
        for (size_t i = 0; i < table->count; i++) {
            if (i)
                wadi_text_put(text, ", ", 2);
            if (column->number)
                put_number(text, column->number[i], "null");
            else if (column->text[i])
                put_string(text, column->text[i]);
            else
                wadi_text_put(text, "null", 4);
        }
        wadi_text_put(text, "]", 1);
    }
    wadi_text_add(text, "\n  }");
}

static wadi_status hand_over(wadi_text *text, char **out, size_t *size, wadi_error *err)
{
    if (text->failed) {
        wadi_text_clear(text);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the output");
    }
    *out = text->bytes;
    *size = text->size;
    return WADI_OK;
}

wadi_status wadi_result_json(const wadi_result *result, char **out, size_t *size,
                             wadi_error *err)
{
    wadi_text text = {0};

    *out = NULL;
    wadi_text_add(&text, "{\n  \"schema\": \"wadi.%s/1\",\n  \"method\": ", result->kind);
    put_string(&text, result->method);
    wadi_text_add(&text, ",\n  \"n\": ");
    put_number(&text, result->n, "null");
    wadi_text_add(&text, ",\n  \"events\": ");
    put_number(&text, result->events, "null");
    wadi_text_add(&text, ",\n  \"missing\": ");
    put_number(&text, result->missing, "null");
    for (int i = 0; i < result->value_count; i++) {
        wadi_text_add(&text, ",\n  \"%s\": ", result->values[i].name);
        put_number(&text, result->values[i].value, "null");
    }
    if (result->note_count) {
        wadi_text_add(&text, ",\n  \"notes\": [");
        for (int i = 0; i < result->note_count; i++) {
            wadi_text_add(&text, "%s", i ? ", " : "");
            put_string(&text, result->notes[i]);
        }
        wadi_text_add(&text, "]");
    }
    for (int t = 0; t < result->table_count; t++)
        put_table(&text, &result->tables[t]->face);
    wadi_text_add(&text, "\n}\n");
    return hand_over(&text, out, size, err);
}

static void put_csv_text(wadi_text *text, const char *string)
{
    if (!string) {
        wadi_text_put(text, "NA", 2);
        return;
    }
    wadi_text_put(text, "\"", 1);
    for (; *string; string++) {
        if (*string == '"')
            wadi_text_put(text, "\"", 1);
        wadi_text_put(text, string, 1);
    }
    wadi_text_put(text, "\"", 1);
}

wadi_status wadi_result_csv(const wadi_result *result, char **out, size_t *size,
                            wadi_error *err)
{
    const wadi_result_table *table = wadi_result_get(result, "table");
    wadi_text text = {0};

    *out = NULL;
    for (int c = 0; table && c < table->column_count; c++)
        wadi_text_add(&text, "%s\"%s\"", c ? "," : "", table->columns[c].name);
    wadi_text_add(&text, "\n");
    for (size_t i = 0; table && i < table->count; i++) {
        for (int c = 0; c < table->column_count; c++) {
            if (c)
                wadi_text_put(&text, ",", 1);
            if (table->columns[c].number)
                put_number(&text, table->columns[c].number[i], "NA");
            else
                put_csv_text(&text, table->columns[c].text[i]);
        }
        wadi_text_put(&text, "\n", 1);
    }
    return hand_over(&text, out, size, err);
}

static void cell_text(char *buffer, size_t size, const wadi_result_column *column, size_t row)
{
    double value;

    if (column->text) {
        snprintf(buffer, size, "%s", column->text[row] ? column->text[row] : "NA");
        return;
    }
    value = column->number[row];
    if (value != value)
        snprintf(buffer, size, "NA");
    else if (value == floor(value) && fabs(value) < 1e9)
        snprintf(buffer, size, "%.0f", value == 0 ? 0.0 : value);
    else
        snprintf(buffer, size, "%.5g", value);
}

enum { TEXT_ROWS = 60 }; /* longer tables are for --csv and --json */

static void put_text_table(wadi_text *text, const wadi_result_table *table)
{
    size_t shown = table->count > TEXT_ROWS ? TEXT_ROWS - 10 : table->count;
    int widths[COLUMN_MAX];
    char cell[64];

    if (strcmp(table->name, "table"))
        wadi_text_add(text, "\n%s\n", table->name);
    for (int c = 0; c < table->column_count; c++) {
        widths[c] = (int)strlen(table->columns[c].name);
        for (size_t i = 0; i < shown; i++) {
            cell_text(cell, sizeof cell, &table->columns[c], i);
            if ((int)strlen(cell) > widths[c])
                widths[c] = (int)strlen(cell);
        }
    }
    for (int c = 0; c < table->column_count; c++)
        wadi_text_add(text, "%s%*s", c ? "  " : "",
                      table->columns[c].text ? -widths[c] : widths[c], table->columns[c].name);
    wadi_text_add(text, "\n");
    for (size_t i = 0; i < shown; i++) {
        for (int c = 0; c < table->column_count; c++) {
            cell_text(cell, sizeof cell, &table->columns[c], i);
            wadi_text_add(text, "%s%*s", c ? "  " : "",
                          table->columns[c].text ? -widths[c] : widths[c], cell);
        }
        wadi_text_add(text, "\n");
    }
    if (shown < table->count)
        wadi_text_add(text, "... %zu more rows (all of them: --csv, --json)\n",
                      table->count - shown);
}

wadi_status wadi_result_text(const wadi_result *result, char **out, size_t *size,
                             wadi_error *err)
{
    wadi_text text = {0};

    *out = NULL;
    wadi_text_add(&text, "%s\n", result->method);
    if (result->n == result->n) {
        wadi_text_add(&text, "n %.0f", result->n);
        if (result->events == result->events)
            wadi_text_add(&text, ", events %g", result->events);
        wadi_text_add(&text, ", rows left out for missing values %.0f\n", result->missing);
    }
    for (int i = 0; i < result->value_count; i++)
        wadi_text_add(&text, "%s %.6g%s", result->values[i].name, result->values[i].value,
                      i + 1 < result->value_count ? ", " : "\n");
    for (int i = 0; i < result->note_count; i++)
        wadi_text_add(&text, "note: %s\n", result->notes[i]);
    wadi_text_add(&text, "\n");
    for (int t = 0; t < result->table_count; t++)
        put_text_table(&text, &result->tables[t]->face);
    return hand_over(&text, out, size, err);
}
