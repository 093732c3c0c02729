#include "base/json_impl.h"
#include "limb/complaints_impl.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Length of the UTF-8 sequence at text, or 0 where there is none. */
static size_t sequence_size(const unsigned char *text)
{
    size_t size = text[0] < 0x80                      ? 1
                  : text[0] >= 0xc2 && text[0] < 0xe0 ? 2
                  : text[0] >= 0xe0 && text[0] < 0xf0 ? 3
                  : text[0] >= 0xf0 && text[0] < 0xf5 ? 4
                                                      : 0;

    for (size_t i = 1; i < size; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    return size;
}

static void make_printable(char *text)
{
    while (*text) {
        size_t size = sequence_size((unsigned char *)text);
        bool control = (unsigned char)*text < 0x20 || *text == 0x7f;

        if (!size || control)
            *text = '?';
        text += size ? size : 1;
    }
}

bool wadi_complaints_full(const complaint_list *list)
{
    return list->complaints->count >= COMPLAINT_LIMIT - 1;
}

static wadi_complaint *next_complaint(complaint_list *list)
{
    wadi_complaints *all = list->complaints;

    if (all->count == list->capacity) {
        wadi_index capacity = list->capacity ? 2 * list->capacity : 8;
        wadi_complaint *items = wadi_realloc(all->items, (size_t)capacity, sizeof *items);

        if (!items) {
            list->no_memory = true;
            return NULL;
        }
        all->items = items;
        list->capacity = capacity;
    }
    all->items[all->count] = (wadi_complaint){0};
    return &all->items[all->count++];
}

void wadi_complain(complaint_list *list, bool fatal, wadi_status status, const char *pointer,
                   const char *format, ...)
{
    wadi_complaint *complaint = NULL;
    va_list args;

    /* Fewer warnings than complaints, so that a fatal one always finds room. */
    if (wadi_complaints_full(list) || (!fatal && list->complaints->count >= WARNING_LIMIT)) {
        list->left_out++;
        list->left_out_fatal |= fatal;
        return;
    }
    complaint = next_complaint(list);
    if (!complaint)
        return;
    list->complaints->fatal_count += fatal;
    complaint->fatal = fatal;
    complaint->status = status;
    snprintf(complaint->pointer, sizeof complaint->pointer, "%s", pointer);
    va_start(args, format);
    vsnprintf(complaint->text, sizeof complaint->text, format, args);
    va_end(args);
    make_printable(complaint->pointer);
    make_printable(complaint->text);
}

void wadi_complaints_close(complaint_list *list)
{
    wadi_complaint *last = list->left_out ? next_complaint(list) : NULL;

    if (!last)
        return;
    last->fatal = list->left_out_fatal;
    last->status = WADI_ERR_RANGE;
    list->complaints->fatal_count += last->fatal;
    snprintf(last->text, sizeof last->text, "and %ld more complaints, not listed",
             list->left_out);
}

wadi_status wadi_complaints_status(const complaint_list *list, const char *place,
                                   wadi_error *err)
{
    const wadi_complaints *all = list->complaints;

    if (list->no_memory)
        return wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for the list of complaints",
                         place);
    for (wadi_index i = 0; i < all->count; i++) {
        const wadi_complaint *complaint = &all->items[i];

        if (complaint->fatal)
            return wadi_fail(err, complaint->status, "%s: %s%s%s", place, complaint->pointer,
                             *complaint->pointer ? ": " : "", complaint->text);
    }
    return WADI_OK;
}

void wadi_complaints_clear(wadi_complaints *complaints)
{
    if (!complaints)
        return;
    free(complaints->items);
    *complaints = (wadi_complaints){0};
}

void wadi_nearest_offer(const char *name, const char *candidate, const char **best,
                        int *best_distance)
{
    size_t size = strlen(name), candidate_size = strlen(candidate);
    size_t shorter = size < candidate_size ? size : candidate_size;
    /* A third of the letters may be wrong. */
    int distance = wadi_edit_distance(name, candidate), allowed = (int)shorter / 3;

    if (allowed < 1)
        allowed = 1;
    /* "pta" for "PTA"; or "height" for "height_cm": the unit was left out or written twice. */
    if (distance > 1 &&
        (!strcasecmp(name, candidate) || (shorter >= 3 && !strncmp(name, candidate, shorter))))
        distance = 1;
    if (distance <= allowed && distance < (int)shorter && distance < *best_distance) {
        *best = candidate;
        *best_distance = distance;
    }
}

const char *wadi_nearest_name(const char *name, const char *const *names)
{
    const char *best = NULL;
    int best_distance = INT_MAX;

    for (; *names; names++)
        wadi_nearest_offer(name, *names, &best, &best_distance);
    return best;
}

static json_t *complaint_json(const wadi_complaint *complaint)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "pointer", complaint->pointer, "severity",
                     complaint->fatal ? "error" : "warning", "kind",
                     complaint->fatal ? wadi_status_text(complaint->status) : "unusual", "text",
                     complaint->text);
}

wadi_status wadi_complaints_json(const char *place, const wadi_complaints *complaints,
                                 char **out, size_t *size, wadi_error *err)
{
    wadi_status status = WADI_OK;
    json_t *list = json_array(), *root = NULL;
    char *name = wadi_strdup(place);

    *out = NULL;
    *size = 0;
    if (name)
        make_printable(name); /* a file name may be any bytes */
    for (wadi_index i = 0; list && i < complaints->count; i++)
        if (json_array_append_new(list, complaint_json(&complaints->items[i])))
            status = WADI_ERR_NOMEM;
    root = name && list ? json_pack("{s:s, s:s, s:b, s:i, s:i, s:O}", "schema", "wadi.check/1",
                                    "case", name, "ok", complaints->fatal_count == 0, "errors",
                                    (int)complaints->fatal_count, "warnings",
                                    (int)(complaints->count - complaints->fatal_count),
                                    "complaints", list)
                        : NULL;
    if (!root || status)
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the list of complaints");
    else
        status = wadi_json_text(root, out, size, err);
    json_decref(root);
    json_decref(list);
    free(name);
    return status;
}
