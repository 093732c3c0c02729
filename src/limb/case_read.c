/* Reading a case file: from bytes to a checked case. */
#include "limb/case_impl.h"

#include <stdlib.h>
#include <string.h>

enum {
    FILE_LIMIT_BYTES = 16 << 20,
    VALUE_LIMIT = 200000, /* JSON values; each costs some 250 bytes once parsed */
    DEPTH_LIMIT = 32      /* the table itself is four deep */
};

/* Count before parsing, so that megabytes of "[[[[" or "{},{},{}" cost neither time nor memory.
 */
static void measure(const char *text, size_t size, complaint_list *complaints)
{
    long depth = 0, values = 1, line = 1;
    bool in_text = false;

    for (size_t i = 0; i < size; i++) {
        char byte = text[i];

        if (byte == '\n')
            line++;
        if (byte == '"')
            in_text = !in_text;
        else if (in_text)
            i += byte == '\\';
        else if (byte == '[' || byte == '{')
            depth++;
        else if (byte == ']' || byte == '}')
            depth--;
        values += !in_text && (byte == ',' || byte == '[' || byte == '{');
        if (depth > DEPTH_LIMIT || values > VALUE_LIMIT) {
            wadi_complain(complaints, true, WADI_ERR_PARSE, "",
                          depth > DEPTH_LIMIT ? "line %ld: nested deeper than %d levels"
                                              : "line %ld: more than %d values",
                          line, depth > DEPTH_LIMIT ? DEPTH_LIMIT : VALUE_LIMIT);
            return;
        }
    }
}

static void parse_text(const char *text, size_t size, json_t **root, complaint_list *complaints)
{
    json_error_t problem;
    size_t start = 0;

    if (size > FILE_LIMIT_BYTES) {
        wadi_complain(complaints, true, WADI_ERR_PARSE, "",
                      "larger than the %d MiB that are read", FILE_LIMIT_BYTES >> 20);
        return;
    }
    if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
        start = 3; /* a byte order mark, which some editors write */
    if (size >= 2 && (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2))) {
        wadi_complain(complaints, true, WADI_ERR_PARSE, "", "is UTF-16, UTF-8 is wanted");
        return;
    }
    while (start < size && strchr(" \t\r\n", text[start]) && text[start])
        start++;
    if (start == size) {
        wadi_complain(complaints, true, WADI_ERR_PARSE, "",
                      "is empty, an object with \"schema\": \"%s\" is wanted",
                      WADI_CASE_SCHEMA);
        return;
    }
    measure(text, size, complaints);
    if (complaints->complaints->fatal_count)
        return;
    start = size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0; /* lines count from here */
    *root = json_loadb(text + start, size - start, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
                       &problem);
    if (!*root && json_error_code(&problem) == json_error_out_of_memory)
        complaints->no_memory = true;
    else if (!*root)
        wadi_complain(complaints, true, WADI_ERR_PARSE, "",
                      "line %d, column %d: not valid JSON: %s", problem.line, problem.column,
                      problem.text);
}

/* True when the rest is worth reading. */
static bool check_schema(const json_t *root, complaint_list *complaints)
{
    const json_t *schema = json_object_get(root, "schema");
    const char *found = json_string_value(schema);

    if (!json_is_object(root)) {
        wadi_complain(complaints, true, WADI_ERR_PARSE, "",
                      "an object with \"schema\": \"%s\" is wanted", WADI_CASE_SCHEMA);
        return false;
    }
    if (found && !strcmp(found, WADI_CASE_SCHEMA))
        return true;
    wadi_complain(complaints, true, schema ? WADI_ERR_SUPPORT : WADI_ERR_MISSING, "/schema",
                  "is %s%.40s%s, \"%s\" is wanted", found ? "\"" : "",
                  found    ? found
                  : schema ? "not a text"
                           : "absent",
                  found ? "\"" : "", WADI_CASE_SCHEMA);
    /* Of another kind of file every key would be unknown. */
    return !schema;
}

/* All of wadi_case_parse but the bookkeeping of complaints. */
static wadi_status read_case(const char *text, size_t size, wadi_case *the_case,
                             complaint_list *complaints, wadi_error *err)
{
    wadi_vessels *vessels = NULL;
    json_t *root = NULL;
    wadi_status status = WADI_OK;

    parse_text(text, size, &root, complaints);
    if (!root || !check_schema(root, complaints))
        goto done;
    status = wadi_vessels_load(&vessels, err);
    if (status)
        goto done;
    wadi_case_decode(root, vessels, the_case, complaints);
    if (!complaints->no_memory)
        wadi_case_check(the_case, vessels, complaints);
done:
    wadi_vessels_free(vessels);
    json_decref(root);
    return status;
}

wadi_status wadi_case_parse(const char *place, const char *text, size_t size, wadi_case **out,
                            wadi_complaints *complaints, wadi_error *err)
{
    wadi_complaints own = {0};
    complaint_list list = {.complaints = complaints ? complaints : &own};
    wadi_case *the_case = wadi_alloc(1, sizeof *the_case);
    wadi_status status;

    *out = NULL;
    *list.complaints = (wadi_complaints){0};
    if (!the_case) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for a case", place);
        goto done;
    }
    status = read_case(text, size, the_case, &list, err);
    if (!status)
        status = wadi_hash(text, size, the_case->input_hash, err);
    wadi_complaints_close(&list);
    if (!status)
        status = wadi_complaints_status(&list, place, err);
    if (status)
        goto done;
    *out = the_case;
    the_case = NULL;
done:
    wadi_case_free(the_case);
    wadi_complaints_clear(&own);
    return status;
}

/* The file as a whole is the complaint; the message of the reader opens with the file's name.
 */
static wadi_status refuse_file(const char *path, wadi_complaints *complaints, wadi_error *err)
{
    wadi_complaints own = {0};
    complaint_list list = {.complaints = complaints ? complaints : &own};
    size_t opening = strlen(path) + 2;
    wadi_status status;

    wadi_complain(&list, true, err->status, "", "%s",
                  strlen(err->message) > opening ? err->message + opening : err->message);
    status =
        list.no_memory ? wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory", path) : err->status;
    wadi_complaints_clear(&own);
    return status;
}

wadi_status wadi_case_read(const char *path, wadi_case **out, wadi_complaints *complaints,
                           wadi_error *err)
{
    wadi_error own = {0};
    char *bytes = NULL;
    size_t size = 0;
    wadi_status status;

    *out = NULL;
    if (complaints)
        *complaints = (wadi_complaints){0};
    if (!err)
        err = &own;
    status = wadi_file_read(path, FILE_LIMIT_BYTES, &bytes, &size, err);
    if (status == WADI_ERR_IO)
        status = refuse_file(path, complaints, err);
    else if (!status)
        status = wadi_case_parse(path, bytes, size, out, complaints, err);
    free(bytes);
    return status;
}
