/* A CT angiogram of a leg with known truth: files and truth.json. */
#include "phantom_cta.h"
#include "phantom_truth.h"

#include <stdlib.h>
#include <string.h>

/* Field of the scan in the leg's own frame. */
static const double FIELD_MM[2] = {104, 140}, MIDDLE_MM[2] = {2, 4};
static const double BELOW_ANKLE_MM = 106,
                    ABOVE_ANKLE_MM = 452; /* the latter of the scale-1 leg */
static const double VOXEL_LIMIT = 300e6;

static wadi_status set_grid(const wadi_phantom_cta_options *o, const cta_scene *scene,
                            wadi_volume **out, wadi_error *err)
{
    double height = ABOVE_ANKLE_MM * scene->scale + BELOW_ANKLE_MM, spacing = 0.5, slice = 1;
    double columns = o->columns, rows = o->rows, slices = o->slices;
    wadi_status status;

    if (o->spacing_mm.known)
        spacing = o->spacing_mm.value;
    else if (columns > 0 || rows > 0)
        spacing =
            fmax(columns > 0 ? FIELD_MM[0] / columns : 0, rows > 0 ? FIELD_MM[1] / rows : 0);
    if (o->slice_mm.known)
        slice = o->slice_mm.value;
    else if (slices > 0)
        slice = height / slices;
    if (!(spacing >= 0.05 && spacing <= 10 && slice >= 0.05 && slice <= 20))
        return wadi_fail(err, WADI_ERR_RANGE,
                         "voxels of %g x %g x %g mm: 0.05 to 10 mm in the plane and 0.05 to 20 "
                         "mm between slices are wanted",
                         spacing, spacing, slice);
    columns = columns > 0 ? columns : ceil(FIELD_MM[0] / spacing);
    rows = rows > 0 ? rows : ceil(FIELD_MM[1] / spacing);
    slices = slices > 0 ? slices : ceil(height / slice);
    if (columns < 8 || rows < 8 || slices < 8 || columns * rows * slices > VOXEL_LIMIT)
        return wadi_fail(err, WADI_ERR_RANGE,
                         "%g x %g x %g voxels: 8 or more along each axis and at most 300 "
                         "million are wanted",
                         columns, rows, slices);
    status =
        wadi_volume_new((wadi_index)columns, (wadi_index)rows, (wadi_index)slices, out, err);
    if (status)
        return status;
    wadi_volume *v = *out;
    const double middle[2] = {(scene->left ? 1 : -1) * MIDDLE_MM[0], -MIDDLE_MM[1]};

    v->spacing_mm[0] = v->spacing_mm[1] = spacing;
    v->spacing_mm[2] = slice;
    memset(v->axes, 0, sizeof v->axes);
    for (int k = 0; k < 3; k++)
        v->axes[k][k] = 1;
    v->origin_mm[0] = middle[0] - 0.5 * (columns - 1) * spacing;
    v->origin_mm[1] = middle[1] - 0.5 * (rows - 1) * spacing;
    v->origin_mm[2] = scene->lift - BELOW_ANKLE_MM + 0.5 * slice;
    return WADI_OK;
}

static double tidy(double value)
{
    return round(value * 1e3) / 1e3;
}

static json_t *number(double value)
{
    return wadi_json_number(tidy(value));
}

static double length_of(const cta_tube *tube)
{
    return tube->path[tube->count - 1];
}

static json_t *tube_json(const cta_scene *scene, const cta_tube *tube)
{
    json_t *out = json_object(), *points = json_array(), *healthy = json_array();

    json_object_set_new(out, "name", json_string(tube->name));
    json_object_set_new(out, "label", json_string(tube->vein ? "vein" : "artery"));
    if (tube->parent >= 0)
        json_object_set_new(out, tube->vein ? "beside" : "from",
                            json_string(scene->tubes[tube->parent].name));
    json_object_set_new(out, "length_mm", number(length_of(tube)));
    for (int i = 0; i < tube->count; i += 4) {
        json_array_append_new(points, json_pack("[f,f,f,f]", tidy(tube->point[i][0]),
                                                tidy(tube->point[i][1]),
                                                tidy(tube->point[i][2]), tidy(tube->open[i])));
        json_array_append_new(healthy, number(tube->full[i]));
    }
    json_object_set_new(out, "points_x_y_z_radius_mm", points);
    json_object_set_new(out, "healthy_radius_mm", healthy);
    return out;
}

static char jbtk_grade(int points)
{
    return points <= 1 ? 'A' : points <= 3 ? 'B' : points <= 5 ? 'C' : 'D';
}

static json_t *lesion_json(const cta_scene *scene, const cta_lesion *lesion)
{
    json_t *out = json_object();
    int points = phantom_cta_jbtk(lesion);
    char grade[2] = {jbtk_grade(points), 0};

    json_object_set_new(out, "vessel", json_string(scene->tubes[lesion->tube].name));
    json_object_set_new(out, "kind", json_string(lesion->occlusion ? "occlusion" : "stenosis"));
    json_object_set_new(out, "from_mm", number(lesion->from));
    json_object_set_new(out, "to_mm", number(lesion->to));
    json_object_set_new(out, "length_mm", number(lesion->to - lesion->from));
    json_object_set_new(out, "reference_diameter_mm", number(lesion->reference));
    if (!lesion->occlusion) {
        json_object_set_new(out, "stenosis_frac", number(lesion->stenosis));
        return out;
    }
    json_object_set_new(out, "entry", json_string(lesion->blunt ? "blunt" : "tapered"));
    json_object_set_new(out, "entry_calcified", json_boolean(lesion->entry_calcified));
    json_object_set_new(out, "outflow", json_boolean(lesion->outflow));
    json_object_set_new(out, "jbtk_score", json_integer(points));
    json_object_set_new(out, "jbtk_grade", json_string(grade));
    return out;
}

static json_t *calcium_json(const cta_scene *scene)
{
    json_t *out = json_array();

    for (int c = 0; c < scene->calcium_count; c++) {
        const cta_calcium *spot = &scene->calcium[c];

        if (spot->to - spot->from > 0)
            json_array_append_new(
                out,
                json_pack("{s:s, s:f, s:f, s:f, s:f, s:f}", "vessel",
                          scene->tubes[spot->tube].name, "from_mm", tidy(spot->from), "to_mm",
                          tidy(spot->to), "arc_deg", tidy(spot->half_arc * 360 / WADI_PI),
                          "thickness_mm", tidy(spot->thickness), "hu", tidy(spot->hu)));
    }
    return out;
}

/* Gap from lumen edge to lumen edge along a crural artery, to one vein. */
static json_t *gap_json(const cta_tube *artery, const cta_tube *vein)
{
    json_t *points = json_array();

    for (int i = 0; i < artery->count; i += 20) {
        double least = INFINITY;

        for (int j = 0; j < vein->count; j++) {
            double sum = 0;

            for (int k = 0; k < 3; k++)
                sum += pow(artery->point[i][k] - vein->point[j][k], 2);
            least = fmin(least, sqrt(sum) - artery->full[i] - vein->full[j]);
        }
        /* Beyond the vein's ends there is no gap to tell. */
        if (least < 8)
            json_array_append_new(points,
                                  json_pack("{s:f, s:f}", "from_origin_mm",
                                            tidy(artery->path[i]), "gap_mm", tidy(least)));
    }
    return json_pack("{s:s, s:s, s:o}", "artery", artery->name, "vein", vein->name, "points",
                     points);
}

static json_t *grades_json(const cta_scene *scene)
{
    static const char *const ORDER[3] = {"PTA", "ATA", "PER"};
    static const char *const WORDS[] = {"none", "mild", "moderate", "severe"};
    json_t *out = json_object(), *vessels = json_array();
    int best = -1, best_grade = 9, best_adjusted = 9;

    for (int i = 0; i < 3; i++) {
        int tube = phantom_cta_tube(scene, ORDER[i]), adjusted;
        int grade = phantom_cta_glass(scene, tube, &adjusted);

        json_array_append_new(vessels,
                              json_pack("{s:s, s:f, s:s, s:i, s:i}", "vessel", ORDER[i],
                                        "length_mm", tidy(length_of(&scene->tubes[tube])),
                                        "calcium", WORDS[scene->severity[tube]], "glass_ip",
                                        grade, "glass_ip_with_calcium", adjusted));
        if (grade < best_grade) {
            best = i;
            best_grade = grade;
            best_adjusted = adjusted;
        }
    }
    json_object_set_new(out, "target", json_string(ORDER[best]));
    json_object_set_new(out, "glass_ip", json_integer(best_grade));
    json_object_set_new(out, "glass_ip_with_calcium", json_integer(best_adjusted));
    json_object_set_new(out, "vessels", vessels);
    return out;
}

static void set_lists(const cta_scene *scene, json_t *truth)
{
    json_t *lines = json_array(), *lesions = json_array(), *gaps = json_array();

    for (int t = 0; t < scene->tube_count; t++) {
        const cta_tube *tube = &scene->tubes[t];

        json_array_append_new(lines, tube_json(scene, tube));
        if (tube->vein && tube->count > 100 &&
            strlen(tube->name) == (tube->name[0] == 'P' && tube->name[1] == 'E' ? 5 : 4) &&
            (strchr(tube->name, '1') || strchr(tube->name, '2')))
            json_array_append_new(gaps, gap_json(&scene->tubes[tube->parent], tube));
    }
    for (int l = 0; l < scene->lesion_count; l++)
        json_array_append_new(lesions, lesion_json(scene, &scene->lesions[l]));
    json_object_set_new(truth, "centrelines", lines);
    json_object_set_new(truth, "lesions", lesions);
    json_object_set_new(truth, "calcium", calcium_json(scene));
    json_object_set_new(truth, "grades", grades_json(scene));
    json_object_set_new(truth, "gaps", gaps);
}

static wadi_status write_truth(const cta_scene *scene, const wadi_volume *v, uint64_t seed,
                               const char *directory, wadi_error *err)
{
    json_t *truth = phantom_truth_new("cta", seed);

    json_object_set_new(truth, "side", json_string(scene->left ? "left" : "right"));
    json_object_set_new(truth, "size",
                        json_pack("[i,i,i]", (int)v->columns, (int)v->rows, (int)v->slices));
    json_object_set_new(truth, "spacing_mm",
                        json_pack("[f,f,f]", tidy(v->spacing_mm[0]), tidy(v->spacing_mm[1]),
                                  tidy(v->spacing_mm[2])));
    json_object_set_new(truth, "blur_fwhm_mm", number(scene->blur_fwhm));
    json_object_set_new(truth, "noise_hu", number(scene->noise_hu));
    json_object_set_new(truth, "artery_hu", number(scene->tubes[0].hu));
    json_object_set_new(truth, "vein_hu", number(scene->tubes[scene->tube_count - 1].hu));
    set_lists(scene, truth);
    return phantom_truth_write(truth, directory, err);
}

wadi_status wadi_phantom_cta(const wadi_phantom_cta_options *options, const char *directory,
                             wadi_error *err)
{
    cta_scene *scene = NULL;
    wadi_volume *volume = NULL;
    char path[4096];
    wadi_status status = phantom_cta_grow(options->seed, &scene, err);

    if (!status)
        status = set_grid(options, scene, &volume, err);
    if (!status)
        status = wadi_directory_make(directory, err);
    if (!status)
        status = phantom_cta_paint(scene, options->seed, volume, err);
    snprintf(path, sizeof path, "%s/cta.nii.gz", directory);
    if (!status)
        status = wadi_nifti_write(path, volume, err);
    if (!status)
        status = phantom_cta_label(scene, volume, err);
    snprintf(path, sizeof path, "%s/labels.nii.gz", directory);
    if (!status)
        status = wadi_nifti_write(path, volume, err);
    if (!status)
        status = write_truth(scene, volume, options->seed, directory, err);
    wadi_volume_free(volume);
    phantom_cta_free(scene);
    return status;
}
