/* Devices with their sizes: data/devices.json. */
#include "base/json_impl.h"
#include "plan/plan_impl.h"
#include "wadi/units.h"

#include <math.h>
#include <string.h>

#define DEVICE_FILE   "devices.json"
#define DEVICE_SCHEMA "wadi.devices/1"

static void read_device(device *out, const json_t *item)
{
    const json_t *lengths = json_object_get(item, "lengths_mm");
    size_t i;
    json_t *length;

    snprintf(out->key, sizeof out->key, "%s", wadi_json_get_text(item, "key", ""));
    snprintf(out->name, sizeof out->name, "%s", wadi_json_get_text(item, "name", ""));
    snprintf(out->kind, sizeof out->kind, "%s", wadi_json_get_text(item, "kind", ""));
    snprintf(out->system, sizeof out->system, "%s", wadi_json_get_text(item, "system", ""));
    snprintf(out->source, sizeof out->source, "%s", wadi_json_get_text(item, "source", ""));
    out->diameter_mm = wadi_json_get_number(item, "diameter_mm", NAN);
    out->diameter_to_mm = wadi_json_get_number(item, "diameter_to_mm", out->diameter_mm);
    out->reach_mm = wadi_json_get_number(item, "reach_mm", NAN);
    out->sheath_f = wadi_json_get_number(item, "sheath_f", NAN);
    out->profile_f = wadi_json_get_number(item, "profile_f", NAN);
    out->wire_in = wadi_json_get_number(item, "wire_in", NAN);
    out->vessel_min_mm = wadi_json_get_number(item, "vessel_min_mm", NAN);
    out->vessel_max_mm = wadi_json_get_number(item, "vessel_max_mm", NAN);
    out->overlap_mm = wadi_json_get_number(item, "overlap_mm", 0);
    json_array_foreach(lengths, i, length) if (out->length_count < DEVICE_LENGTH_LIMIT &&
                                               json_is_number(length))
        out->lengths_mm[out->length_count++] = json_number_value(length);
}

wadi_status catalogue_read(catalogue *out, wadi_error *err)
{
    json_t *root = NULL, *item;
    size_t i;
    wadi_status status = wadi_json_data(DEVICE_FILE, DEVICE_SCHEMA, &root, err);

    memset(out, 0, sizeof *out);
    if (status)
        return status;
    json_array_foreach(json_object_get(root, "devices"), i, item)
    {
        if (out->count == DEVICE_LIMIT) {
            status = wadi_fail(err, WADI_ERR_RANGE, DEVICE_FILE ": more than %d devices",
                               DEVICE_LIMIT);
            break;
        }
        read_device(&out->items[out->count], item);
        if (!out->items[out->count].key[0]) {
            status =
                wadi_fail(err, WADI_ERR_MISSING, DEVICE_FILE ": /devices/%zu: wants a key", i);
            break;
        }
        out->count++;
    }
    json_decref(root);
    return status;
}

const device *catalogue_find(const catalogue *list, const char *key)
{
    for (int i = 0; i < list->count; i++)
        if (!strcmp(list->items[i].key, key))
            return &list->items[i];
    return NULL;
}

bool device_fits(const device *inner, double sheath_f, double wire_in)
{
    const double slack = 1e-9;
    bool through = !(inner->sheath_f > sheath_f + slack);
    /* A device rides over a wire of its own bore or thinner. */
    bool over = !(wire_in > inner->wire_in + slack);

    return through && over;
}

int device_cover(const device *stent, double cover_mm, double *lengths_mm, int limit)
{
    int count = 0;
    double left = cover_mm;

    while (left > 0 && count < limit && stent->length_count) {
        double longest = stent->lengths_mm[stent->length_count - 1], pick = longest;

        /* The shortest that finishes, or the longest there is. */
        for (int i = stent->length_count - 1; i >= 0; i--)
            if (stent->lengths_mm[i] >= left)
                pick = stent->lengths_mm[i];
        lengths_mm[count++] = pick;
        left -= pick - (left > pick ? stent->overlap_mm : 0);
    }
    return count;
}
