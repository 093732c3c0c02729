/* Comma-separated text as rows of words, for tables of a few thousand rows. */
#ifndef WADI_STAGE_CSV_IMPL_H
#define WADI_STAGE_CSV_IMPL_H

#include "stage/stage_impl.h"

typedef struct csv_table {
    char *bytes;  /* the words, each with its NUL */
    char **words; /* (rows x columns) */
    int *lines;   /* (rows) line of the file on which the row starts; row 0 is the header */
    int rows, columns;
} csv_table;

/* RFC 4180: quotes, doubled quotes, line ends within quotes, CRLF, byte order mark. Lines that
 * start with '#' before the header and empty lines are skipped. Rows of another width than the
 * header are WADI_ERR_PARSE. `wadi_csv_clear` it. */
wadi_status wadi_csv_parse(const char *place, const char *bytes, size_t size, csv_table *out,
                           wadi_error *err) WADI_MUST_USE;
void wadi_csv_clear(csv_table *table);
/* Column of a name in the header, or -1. */
int wadi_csv_column(const csv_table *table, const char *name);
/* Word of a row (0 is the header); "" in column -1. */
const char *wadi_csv_word(const csv_table *table, int row, int column);
/* Add a word, quoted where it must be. */
void wadi_csv_put(wadi_text *out, const char *word);

#endif
