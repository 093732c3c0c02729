#include "base/json_impl.h"
#include "limb/complaints_impl.h"
#include "limb/vessels_impl.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char LEG_FILE[] = "reference-leg.json";
/* A leg that does not say was drawn for a person of this height. */
static const double USUAL_HEIGHT_CM = 175;

typedef struct vessel {
    char *name;
    double length_mm, diameter_mm;
    bool is_vein;
} vessel;

struct wadi_vessels {
    vessel *items;
    size_t count;
    double height_cm;
};

void wadi_vessels_free(wadi_vessels *vessels)
{
    if (!vessels)
        return;
    for (size_t i = 0; vessels->items && i < vessels->count; i++)
        free(vessels->items[i].name);
    free(vessels->items);
    free(vessels);
}

static vessel *find(const wadi_vessels *vessels, const char *name)
{
    for (size_t i = 0; i < vessels->count; i++)
        if (!strcmp(vessels->items[i].name, name))
            return &vessels->items[i];
    return NULL;
}

static wadi_status add_segment(wadi_vessels *vessels, size_t index, const json_t *segment,
                               wadi_error *err)
{
    const char *name =
        wadi_json_get_text(segment, "vessel", wadi_json_get_text(segment, "name", NULL));
    const char *kind = wadi_json_get_text(segment, "kind", "");
    double length_mm = wadi_json_get_number(segment, "length_mm", 0);
    vessel *item = name ? find(vessels, name) : NULL;

    if (!name || (strcmp(kind, "vein") && strcmp(kind, "artery")))
        return wadi_fail(err, WADI_ERR_PARSE,
                         "%s: /segments/%zu: wants a vessel and a kind, artery or vein",
                         LEG_FILE, index);
    if (!(length_mm > 0))
        return wadi_fail(err, WADI_ERR_RANGE, "%s: /segments/%zu/length_mm: must be above 0 mm",
                         LEG_FILE, index);
    if (!item) {
        item = &vessels->items[vessels->count];
        item->name = wadi_strdup(name);
        if (!item->name)
            return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the vessels of the leg");
        item->is_vein = !strcmp(kind, "vein");
        vessels->count++;
    }
    item->length_mm += length_mm;
    item->diameter_mm =
        fmax(item->diameter_mm, 2 * fmax(wadi_json_get_number(segment, "radius_from_mm", 0),
                                         wadi_json_get_number(segment, "radius_to_mm", 0)));
    return WADI_OK;
}

wadi_status wadi_vessels_load(wadi_vessels **out, wadi_error *err)
{
    wadi_vessels *vessels = NULL;
    json_t *root = NULL, *segments;
    wadi_status status;

    *out = NULL;
    status = wadi_json_data(LEG_FILE, "wadi.leg/1", &root, err);
    if (status)
        return status;
    segments = json_object_get(root, "segments");
    vessels = wadi_alloc(1, sizeof *vessels);
    if (vessels)
        vessels->items = wadi_alloc(json_array_size(segments), sizeof *vessels->items);
    if (!vessels || !vessels->items) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the vessels of the leg");
        goto done;
    }
    vessels->height_cm = wadi_json_get_number(json_object_get(root, "frame"),
                                              "reference_height_cm", USUAL_HEIGHT_CM);
    for (size_t i = 0; i < json_array_size(segments) && !status; i++)
        status = add_segment(vessels, i, json_array_get(segments, i), err);
    if (status)
        goto done;
    *out = vessels;
    vessels = NULL;
done:
    wadi_vessels_free(vessels);
    json_decref(root);
    return status;
}

bool wadi_vessel_known(const wadi_vessels *vessels, const char *name, double *length_mm,
                       bool *is_vein)
{
    const vessel *found = find(vessels, name);

    if (!found)
        return false;
    if (length_mm)
        *length_mm = found->length_mm;
    if (is_vein)
        *is_vein = found->is_vein;
    return true;
}

double wadi_vessel_diameter_mm(const wadi_vessels *vessels, const char *name)
{
    const vessel *found = find(vessels, name);

    return found ? found->diameter_mm : 0;
}

const char *wadi_vessel_nearest(const wadi_vessels *vessels, const char *name)
{
    const char *best = NULL;
    int best_distance = INT_MAX;

    for (size_t i = 0; i < vessels->count; i++)
        wadi_nearest_offer(name, vessels->items[i].name, &best, &best_distance);
    return best;
}

double wadi_vessels_height_cm(const wadi_vessels *vessels)
{
    return vessels->height_cm;
}
