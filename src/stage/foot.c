#include "stage/foot_impl.h"

#include "base/json_impl.h"
#include "stage/vector_impl.h"

#include <string.h>

static bool read_point(const json_t *list, double scale, double out[3])
{
    for (size_t k = 0; k < 3; k++) {
        if (!json_is_number(json_array_get(list, k)))
            return false;
        out[k] = scale * json_number_value(json_array_get(list, k));
    }
    return true;
}

static wadi_status read_shapes(const json_t *list, double scale, foot_shape *out, int *count,
                               wadi_error *err)
{
    size_t index;
    json_t *entry;

    *count = 0;
    json_array_foreach(list, index, entry)
    {
        foot_shape *shape = &out[*count];

        if (*count == FOOT_SHAPE_LIMIT)
            return wadi_fail(err, WADI_ERR_PARSE, "foot.json: more than %d shapes",
                             FOOT_SHAPE_LIMIT);
        snprintf(shape->name, sizeof shape->name, "%s", wadi_json_get_text(entry, "name", ""));
        shape->radius_from = scale * wadi_json_get_number(entry, "radius_from", 0);
        shape->radius_to = scale * wadi_json_get_number(entry, "radius_to", 0);
        if (!read_point(json_object_get(entry, "from"), scale, shape->from) ||
            !read_point(json_object_get(entry, "to"), scale, shape->to) ||
            !(shape->radius_from > 0 && shape->radius_to > 0))
            return wadi_fail(err, WADI_ERR_PARSE,
                             "foot.json: shape %zu (%s) wants from, to and radii", index,
                             shape->name);
        (*count)++;
    }
    return WADI_OK;
}

wadi_status wadi_foot_read(double scale, foot *out, wadi_error *err)
{
    json_t *root = NULL;
    const json_t *planes, *source;
    wadi_status status = wadi_json_data("foot.json", "wadi.foot/1", &root, err);

    if (status)
        return status;
    *out = (foot){.plantar_flexion_deg = wadi_json_get_number(root, "plantar_flexion_deg", 45)};
    source = json_object_get(root, "source");
    snprintf(out->source, sizeof out->source, "%s: %s",
             wadi_json_get_text(source, "standing", ""),
             wadi_json_get_text(source, "text", ""));
    status =
        read_shapes(json_object_get(root, "bones"), scale, out->bones, &out->bone_count, err);
    if (!status)
        status =
            read_shapes(json_object_get(root, "skin"), scale, out->skin, &out->skin_count, err);
    planes = json_object_get(root, "planes");
    for (size_t p = 0; !status && p < FOOT_PLANES; p++) {
        const json_t *entry = json_array_get(planes, p);

        if (!read_point(json_object_get(entry, "point"), scale, out->planes[p].point) ||
            !read_point(json_object_get(entry, "normal"), 1, out->planes[p].normal) ||
            !v_unit(out->planes[p].normal))
            status = wadi_fail(err, WADI_ERR_PARSE,
                               "foot.json: /planes/%zu wants point and normal", p);
    }
    json_decref(root);
    return status;
}

static double beyond(const foot *f, int plane, const double point[3])
{
    double d[3];

    v_add(point, -1, f->planes[plane].point, d);
    return v_dot(d, f->planes[plane].normal);
}

int wadi_foot_zone(const foot *f, const double point[3])
{
    if (beyond(f, 0, point) < 0)
        return 0;
    if (beyond(f, 2, point) >= 0)
        return 3;
    return beyond(f, 1, point) >= 0 ? 2 : 1;
}

/* Distance to a capsule, negative inside. */
static double shape_distance(const foot_shape *shape, const double point[3])
{
    double axis[3], d[3], near[3], s;

    v_add(shape->to, -1, shape->from, axis);
    v_add(point, -1, shape->from, d);
    s = v_dot(d, axis) / v_dot(axis, axis);
    s = s < 0 ? 0 : s > 1 ? 1 : s;
    v_add(shape->from, s, axis, near);
    return v_distance(point, near) -
           (shape->radius_from + s * (shape->radius_to - shape->radius_from));
}

double wadi_foot_depth(const foot *f, const double point[3])
{
    double depth = 0;

    for (int i = 0; i < f->skin_count; i++)
        depth = fmax(depth, -shape_distance(&f->skin[i], point));
    return depth;
}

double wadi_foot_bone(const foot *f, const double point[3], const char **name)
{
    double least = INFINITY;

    for (int i = 0; i < f->bone_count; i++) {
        double distance = shape_distance(&f->bones[i], point);

        if (distance < least) {
            least = distance;
            *name = f->bones[i].name;
        }
    }
    return least;
}

void wadi_foot_ray(const foot *f, const double point[3], const double direction[3],
                   double skip_mm, double *skin_mm, double *room_mm)
{
    /* Neither skin nor bone can be nearer than their distance says, but for the taper of the
     * shapes; so the steps are as long as the room, and never shorter than half a millimetre.
     */
    const double least_mm = 0.5, safety = 0.8, farthest_mm = 120;
    const char *name;
    double at[3];

    *room_mm = INFINITY;
    *skin_mm = 0;
    while (*skin_mm < farthest_mm) {
        double depth, bone;

        v_add(point, *skin_mm, direction, at);
        depth = wadi_foot_depth(f, at);
        bone = wadi_foot_bone(f, at, &name);
        if (*skin_mm >= skip_mm)
            *room_mm = fmin(*room_mm, bone);
        if (*skin_mm > 0 && depth <= 0)
            return;
        *skin_mm += fmax(least_mm, safety * fmin(depth, fabs(bone)));
    }
}
