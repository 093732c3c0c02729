#include "stage/csv_impl.h"

#include <stdlib.h>
#include <string.h>

typedef struct csv_reader {
    const char *place, *at, *end;
    char *put; /* where the next letter of a word goes */
    int line;
    csv_table *table;
    int word_count, word_room, line_room;
    wadi_error *err;
} csv_reader;

static wadi_status keep_word(csv_reader *r, char *word)
{
    if (r->word_count == r->word_room) {
        int room = r->word_room ? 2 * r->word_room : 64;
        char **words = wadi_realloc(r->table->words, (size_t)room, sizeof *words);

        if (!words)
            return wadi_fail(r->err, WADI_ERR_NOMEM, "%s: no memory for the table", r->place);
        r->table->words = words;
        r->word_room = room;
    }
    r->table->words[r->word_count++] = word;
    return WADI_OK;
}

static wadi_status keep_line(csv_reader *r, int line)
{
    if (r->table->rows == r->line_room) {
        int room = r->line_room ? 2 * r->line_room : 64;
        int *lines = wadi_realloc(r->table->lines, (size_t)room, sizeof *lines);

        if (!lines)
            return wadi_fail(r->err, WADI_ERR_NOMEM, "%s: no memory for the table", r->place);
        r->table->lines = lines;
        r->line_room = room;
    }
    r->table->lines[r->table->rows++] = line;
    return WADI_OK;
}

/* One word up to ',' or the end of the line; *last tells which. */
static wadi_status read_word(csv_reader *r, bool *last)
{
    char *word = r->put;
    bool quoted = r->at < r->end && *r->at == '"';
    int opened = r->line;

    if (quoted)
        for (r->at++;; r->at++) {
            if (r->at == r->end)
                return wadi_fail(r->err, WADI_ERR_PARSE, "%s: line %d: a quote is not closed",
                                 r->place, opened);
            if (*r->at == '"') {
                if (r->at + 1 < r->end && r->at[1] == '"')
                    r->at++;
                else
                    break;
            }
            r->line += *r->at == '\n';
            *r->put++ = *r->at;
        }
    r->at += quoted;
    while (r->at < r->end && *r->at != ',' && *r->at != '\n') {
        if (*r->at != '\r' && quoted)
            return wadi_fail(r->err, WADI_ERR_PARSE, "%s: line %d: text after a closing quote",
                             r->place, r->line);
        if (*r->at != '\r')
            *r->put++ = *r->at;
        r->at++;
    }
    *last = r->at == r->end || *r->at == '\n';
    *r->put++ = '\0';
    if (strlen(word) != (size_t)(r->put - word - 1))
        return wadi_fail(r->err, WADI_ERR_PARSE, "%s: line %d: a zero byte", r->place, opened);
    return keep_word(r, word);
}

/* Skip what is no row; false at the end of the text. */
static bool next_row(csv_reader *r)
{
    while (r->at < r->end) {
        if (*r->at == '\n') {
            r->line++;
            r->at++;
        } else if (*r->at == '\r') {
            r->at++;
        } else if (*r->at == '#' && r->table->rows == 0) {
            while (r->at < r->end && *r->at != '\n')
                r->at++;
        } else {
            return true;
        }
    }
    return false;
}

wadi_status wadi_csv_parse(const char *place, const char *bytes, size_t size, csv_table *out,
                           wadi_error *err)
{
    csv_table table = {0};
    csv_reader r = {.place = place,
                    .at = bytes,
                    .end = bytes + size,
                    .line = 1,
                    .table = &table,
                    .err = err};
    wadi_status status = WADI_OK;

    *out = (csv_table){0};
    /* Each word ends in one byte, where its comma or line end stood; the last may have none. */
    table.bytes = wadi_alloc(size + 2, 1);
    if (!table.bytes)
        return wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for the table", place);
    r.put = table.bytes;
    if (size >= 3 && !memcmp(bytes, "\xEF\xBB\xBF", 3))
        r.at += 3;
    while (next_row(&r)) {
        int columns = 0, line = r.line;
        bool last = false;

        while (!last && !status) {
            status = read_word(&r, &last);
            columns++;
            r.at += !last;
        }
        if (!status)
            status = keep_line(&r, line);
        if (!status && table.rows == 1)
            table.columns = columns;
        if (!status && columns != table.columns)
            status =
                wadi_fail(err, WADI_ERR_PARSE, "%s: line %d has %d columns, the header has %d",
                          place, line, columns, table.columns);
        if (status)
            goto done;
    }
    if (!table.rows) {
        status = wadi_fail(err, WADI_ERR_PARSE, "%s: there is no header", place);
        goto done;
    }
    *out = table;
    table = (csv_table){0};
done:
    wadi_csv_clear(&table);
    return status;
}

void wadi_csv_clear(csv_table *table)
{
    free(table->bytes);
    free(table->words);
    free(table->lines);
    *table = (csv_table){0};
}

int wadi_csv_column(const csv_table *table, const char *name)
{
    for (int column = 0; column < table->columns; column++)
        if (!strcmp(table->words[column], name))
            return column;
    return -1;
}

const char *wadi_csv_word(const csv_table *table, int row, int column)
{
    return column < 0 ? ""
                      : table->words[(size_t)row * (size_t)table->columns + (size_t)column];
}

void wadi_csv_put(wadi_text *out, const char *word)
{
    if (!word[strcspn(word, ",\"\n\r")]) {
        wadi_text_add(out, "%s", word);
        return;
    }
    wadi_text_add(out, "\"");
    for (; *word; word++)
        wadi_text_add(out, "%s%c", *word == '"' ? "\"" : "", *word);
    wadi_text_add(out, "\"");
}
