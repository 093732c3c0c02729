/* Soft tissue and bone of the CTA phantom. */
#include "phantom_cta.h"

// clang-format off
/* The calf of the reference leg: height, middle x and y, half widths. */
static const double CALF[][5] = {
    {475, 0, -6, 53, 55}, {400, 2, -12, 49, 51}, {320, 4, -16, 49, 51}, {250, 3, -13, 45, 47},
    {150, 0, -8, 42, 44}, {80, -2, -5, 41, 45}, {30, -1, -2, 40, 47}, {0, 0, -2, 40, 47},
    {-40, 2, -6, 36, 38}};
// clang-format on

static void shaft_plane(const cta_scene *scene, int b, cta_plane *plane)
{
    const cta_bone *bone = &scene->bones[b];
    double top = bone->knot[0][0], bottom = bone->knot[bone->count - 1][0];

    for (int i = 0; i + 1 < bone->count; i++) {
        const double *above = bone->knot[i], *below = bone->knot[i + 1];

        if (plane->z > above[0] || plane->z < below[0])
            continue;
        double t = cta_smooth((above[0] - plane->z) / (above[0] - below[0]));
        double *shaft = plane->shafts[plane->shaft_count];
        double thin, usual = b ? 6.0 * scene->scale : 12.0 * scene->scale;

        for (int k = 0; k < 3; k++)
            shaft[k] = above[k + 1] + t * (below[k + 1] - above[k + 1]);
        /* Ends are wide, their cortex thin and their marrow full of trabeculae. */
        thin = fmin(1, pow(usual / shaft[2], 2));
        shaft[3] = fmax(0.8, bone->cortex * thin);
        shaft[4] = bone->marrow_hu + 160 * (1 - thin);
        plane->cortex_hu[plane->shaft_count] = bone->cortex_hu;
        plane->plate[plane->shaft_count++] = top - plane->z < 1.2 || plane->z - bottom < 1.2;
        return;
    }
}

void phantom_cta_plane(const cta_scene *scene, double z, double pixel_mm, cta_plane *plane)
{
    double s = scene->scale;

    *plane = (cta_plane){.scene = scene, .z = z - scene->lift, .pixel_mm = pixel_mm};
    plane->turn[0] = cos(scene->flexion);
    plane->turn[1] = sin(scene->flexion);
    for (size_t i = 0; i + 1 < WADI_COUNT_OF(CALF); i++) {
        double t, high = CALF[i][0] * s, low = CALF[i + 1][0] * s;

        if (plane->z > high || plane->z < low)
            continue;
        t = cta_smooth((high - plane->z) / (high - low));
        plane->leg = true;
        for (int k = 0; k < 4; k++)
            plane->skin[k] = s * (CALF[i][k + 1] + t * (CALF[i + 1][k + 1] - CALF[i][k + 1]));
        double girth = 1 + (scene->girth - 1) * cta_smooth((plane->z / s - 60) / 80);

        plane->skin[2] *= girth;
        plane->skin[3] *= girth;
    }
    for (int b = 0; b < 2; b++)
        shaft_plane(scene, b, plane);
    for (int b = 2; b < scene->bone_count; b++) {
        const double(*end)[4] = (const double(*)[4])scene->bones[b].knot;

        if (plane->z < fmax(end[0][2] + end[0][3], end[1][2] + end[1][3]) + 2 &&
            plane->z > fmin(end[0][2] - end[0][3], end[1][2] - end[1][3]) - 2)
            plane->capsules[plane->capsule_count++] = b;
    }
}

/* Depth below the skin; negative outside. A foot is an ellipsoid that gets lower forwards. */
static double depth_at(const cta_plane *plane, double x, double y, double *fat)
{
    const cta_scene *scene = plane->scene;
    double calf = -1e3, foot = -1e3, s = scene->scale;

    *fat = scene->fat_mm;
    if (plane->leg) {
        double u = (x - plane->skin[0]) / plane->skin[2];
        double v = (y - plane->skin[1]) / plane->skin[3];

        calf = (1 - sqrt(u * u + v * v)) * fmin(plane->skin[2], plane->skin[3]);
    }
    if (plane->z < 40 * s) {
        double c = plane->turn[0], n = plane->turn[1];
        double ahead = (y * c - plane->z * n) / s, up = (plane->z * c + y * n) / s;
        double across = x / (56 * s), along = (ahead - 42) / 92;
        double high = (up + 19 + 0.15 * (ahead - 45)) / (56 - 0.16 * (ahead - 20));

        foot = (1 - sqrt(across * across + along * along + high * high)) * 36 * s;
    }
    if (foot > calf)
        *fat *= 0.5;
    return foot > calf ? foot : calf;
}

static double nearer(double edge, double distance)
{
    distance = fabs(distance);
    return distance < edge ? distance : edge;
}

/* How deep a point lies in a capsule; negative outside. */
static double capsule_depth(const cta_bone *bone, double x, double y, double z)
{
    const double *a = bone->knot[0], *b = bone->knot[1];
    double along[3] = {b[0] - a[0], b[1] - a[1], b[2] - a[2]};
    double from[3] = {x - a[0], y - a[1], z - a[2]};
    double size = along[0] * along[0] + along[1] * along[1] + along[2] * along[2];
    double t = (from[0] * along[0] + from[1] * along[1] + from[2] * along[2]) / size, sum = 0;

    t = t < 0 ? 0 : t > 1 ? 1 : t;
    for (int k = 0; k < 3; k++)
        sum += (from[k] - t * along[k]) * (from[k] - t * along[k]);
    return a[3] + t * (b[3] - a[3]) - sqrt(sum);
}

static double blend(double depth, double pixel, double outside, double inside)
{
    double share = depth / pixel + 0.5;

    share = share < 0 ? 0 : share > 1 ? 1 : share;
    return outside + share * (inside - outside);
}

void phantom_cta_tissue(const cta_plane *plane, double x, double y, cta_spot *out)
{
    const cta_scene *scene = plane->scene;
    double fat, depth, pixel = plane->pixel_mm;

    x *= scene->left ? 1 : -1;
    y = -y;
    depth = depth_at(plane, x, y, &fat);
    out->bone = false;
    out->hu = depth < 0.5 * fat ? blend(depth, pixel, -1000, scene->fat_hu)
                                : blend(depth - fat, pixel, scene->fat_hu, scene->muscle_hu);
    out->sharp = 1e3;
    for (int i = 0; i < plane->shaft_count; i++) {
        const double *shaft = plane->shafts[i];
        double u = x - shaft[0], v = y - shaft[1], inside = shaft[2] - sqrt(u * u + v * v);

        out->sharp = nearer(nearer(out->sharp, inside), inside - shaft[3]);
        if (inside <= 0)
            continue;
        out->bone = true;
        out->hu = inside < shaft[3] || plane->plate[i] ? plane->cortex_hu[i] : shaft[4];
    }
    for (int i = 0; i < plane->capsule_count; i++) {
        const cta_bone *capsule = &scene->bones[plane->capsules[i]];
        double inside = capsule_depth(capsule, x, y, plane->z);

        out->sharp = nearer(nearer(out->sharp, inside), inside - capsule->cortex);
        if (inside <= 0)
            continue;
        out->bone = true;
        out->hu = inside < capsule->cortex ? capsule->cortex_hu : capsule->marrow_hu;
    }
    /* The ellipses' depth is no exact distance. */
    out->edge = fmin(out->sharp, 0.7 * (fmin(fabs(depth), fabs(depth - fat)) - pixel));
    out->edge = out->edge < 0 ? 0 : out->edge;
}
