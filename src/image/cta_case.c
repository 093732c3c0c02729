/* Findings of a CTA as a case file. What the image cannot tell is left out. */
#include "cta_find.h"

#include <stdlib.h>
#include <string.h>

static double tenth(double value)
{
    return round(value * 10) / 10;
}

static double hundredth(double value)
{
    return round(value * 100) / 100;
}

static void set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static bool in_lesion(const wadi_cta_course *c, double at, double clear)
{
    for (wadi_index l = 0; l < c->lesion_count; l++)
        if (at > c->lesions[l].from_mm - clear && at < c->lesions[l].to_mm + clear)
            return true;
    return false;
}

static void add_diameter(json_t *list, double value, double sd, double at_frac, bool mri)
{
    json_t *one = json_object();

    set(one, "value_mm", json_real(hundredth(value)));
    if (at_frac >= 0)
        set(one, "at_frac", json_real(round(fmin(at_frac, 1) * 1000) / 1000));
    set(one, "modality", json_string(mri ? "mri" : "cta"));
    set(one, "# sd_mm", json_real(hundredth(sd)));
    json_array_append_new(list, one);
}

/* Healthy calibre at a few places: the median over a stretch without lesions. */
static json_t *diameters(const wadi_cta_course *c, bool whole, bool mri)
{
    static const double PLACES[] = {0.1, 0.3, 0.5, 0.7, 0.9};
    json_t *list = json_array();
    double *room = wadi_alloc((size_t)c->count, sizeof *room);
    /* Of what the image cuts off, fractions of the whole are not known. */
    bool placed = c->vein ? c->length_mm > 150 : whole;

    for (size_t p = 0; room && p < WADI_COUNT_OF(PLACES); p++) {
        double middle = PLACES[p] * c->length_mm, half = fmax(5, 0.08 * c->length_mm), sd = 0;
        int count = 0;

        if (!placed) {
            middle = 0.5 * c->along_mm[c->count - 1];
            half = middle + 1;
        }
        for (wadi_index i = 0; i < c->count; i++) {
            double at = c->along_mm[i];

            if (c->closed[i] || fabs(at - middle) > half || in_lesion(c, at, 10))
                continue;
            room[count++] = c->radius_mm[i];
            sd += c->radius_sd_mm[i];
        }
        if (count >= 6) {
            qsort(room, (size_t)count, sizeof *room, wadi_by_double);
            add_diameter(list, 2 * room[count / 2], 2 * sd / count, placed ? PLACES[p] : -1,
                         mri);
        }
        if (!placed)
            break;
    }
    free(room);
    return list;
}

static json_t *lesion_case(const wadi_cta_course *c, const wadi_cta_lesion *lesion)
{
    static const char *const WORDS[] = {"none", "mild", "moderate", "severe"};
    json_t *out = json_object();

    set(out, "kind", json_string(lesion->kind == WADI_OCCLUSION ? "occlusion" : "stenosis"));
    set(out, "from_mm", json_real(tenth(lesion->from_mm)));
    set(out, "to_mm", json_real(fmin(tenth(lesion->to_mm), floor(c->length_mm * 10) / 10)));
    set(out, "# length_sd_mm", json_real(tenth(lesion->length_sd_mm)));
    if (lesion->stenosis_frac.known) {
        set(out, "stenosis_frac", json_real(hundredth(lesion->stenosis_frac.value)));
        set(out, "# stenosis_sd", json_real(hundredth(lesion->stenosis_sd.value)));
    }
    if (lesion->reference_mm.known) {
        set(out, "# reference_mm", json_real(hundredth(lesion->reference_mm.value)));
        set(out, "# reference_sd_mm", json_real(hundredth(lesion->reference_sd.value)));
    }
    set(out, "calcium", json_string(WORDS[lesion->calcium]));
    if (lesion->kind != WADI_OCCLUSION)
        return out;
    if (lesion->blunt.known)
        set(out, "entry", json_string(lesion->blunt.value != 0 ? "blunt" : "tapered"));
    if (lesion->entry_calcified.known)
        set(out, "entry_calcified", json_boolean(lesion->entry_calcified.value != 0));
    if (lesion->outflow.known)
        set(out, "outflow", json_boolean(lesion->outflow.value != 0));
    if (lesion->to_end)
        set(out, "# to_mm",
            json_string("nothing open below: ends where the artery should, by the size of the "
                        "leg"));
    return out;
}

/* Reference diameter of an occlusion as a measured diameter where it was measured. */
static void add_references(const wadi_cta_course *c, json_t *list, bool mri)
{
    for (wadi_index l = 0; l < c->lesion_count; l++) {
        const wadi_cta_lesion *lesion = &c->lesions[l];

        if (lesion->kind == WADI_OCCLUSION && lesion->reference_mm.known && c->length_mm > 0)
            add_diameter(list, lesion->reference_mm.value, lesion->reference_sd.value,
                         fmax(0, lesion->from_mm - 5) / c->length_mm, mri);
    }
}

/* Whether a course can be the whole of its vessel: from half of the reference leg's to half as
 * much again. Another has lost its artery; places along it are none along the vessel. */
static bool is_whole(const wadi_limb *reference, const wadi_cta_course *c)
{
    double usual = cta_reference_mm(reference, c->name);

    return c->from_origin &&
           (usual <= 0 || (c->length_mm >= 0.5 * usual && c->length_mm <= 1.5 * usual));
}

static json_t *artery_case(const wadi_limb *reference, const wadi_cta_course *c, bool mri)
{
    static const char *const WORDS[] = {"none", "mild", "moderate", "severe"};
    json_t *out = json_object(), *list;
    bool whole = is_whole(reference, c);

    set(out, "vessel", json_string(c->name));
    /* Open over its length is known only of what was seen from end to end. */
    if (!c->lesion_count && c->complete && whole)
        set(out, "patent", json_true());
    set(out, "calcium", json_string(WORDS[c->calcium]));
    if (c->from_origin && !whole)
        set(out, "# length_mm",
            json_string("not told: what was found is far shorter or longer than this vessel"));
    if (whole) {
        set(out, "length_mm", json_real(tenth(c->length_mm)));
        set(out, "# length_sd_mm", json_real(tenth(c->length_sd_mm)));
    }
    if (c->lesion_count && whole) {
        list = json_array();
        for (wadi_index l = 0; l < c->lesion_count; l++)
            if (c->lesions[l].to_mm - c->lesions[l].from_mm >= 1)
                json_array_append_new(list, lesion_case(c, &c->lesions[l]));
        set(out, "lesions", list);
    }
    list = diameters(c, whole, mri);
    if (whole)
        add_references(c, list, mri);
    set(out, "diameters", list);
    return out;
}

static json_t *vein_case(const wadi_cta_course *c, bool mri)
{
    json_t *out = json_object();

    set(out, "vessel", json_string(c->name));
    set(out, "patent", json_true());
    set(out, "diameters", diameters(c, false, mri));
    return out;
}

/* What should go on below an artery without outflow and does not. */
static void add_closed(const wadi_limb *reference, const wadi_cta_findings *findings,
                       json_t *list)
{
    static const char *const BELOW[][3] = {{"ATA", "DPA", NULL}, {"PTA", "CPA", "LPA"}};

    for (size_t k = 0; k < WADI_COUNT_OF(BELOW); k++) {
        const wadi_cta_course *c = wadi_cta_course_of(findings, BELOW[k][0]);
        const wadi_cta_lesion *last = c && c->lesion_count && is_whole(reference, c)
                                          ? &c->lesions[c->lesion_count - 1]
                                          : NULL;

        for (int b = 1; b < 3; b++)
            if (last && last->outflow.known && last->outflow.value == 0 && BELOW[k][b] &&
                !wadi_cta_course_of(findings, BELOW[k][b]))
                json_array_append_new(
                    list, json_pack("{s:s, s:b, s:s}", "vessel", BELOW[k][b], "patent", 0,
                                    "# patent", "no contrast in it, nor in the artery above"));
    }
}

static json_t *gaps_case(const wadi_limb *reference, const wadi_cta_findings *findings)
{
    json_t *list = json_array();

    for (wadi_index g = 0; g < findings->gap_count; g++) {
        const wadi_cta_gap *gap = &findings->gaps[g];
        json_t *points = json_array();

        for (wadi_index i = 0; i < gap->count; i++) {
            double half = 1.96 * gap->sd_mm[i];

            json_array_append_new(points,
                                  json_pack("{s:f, s:f, s:f, s:f}", "from_origin_mm",
                                            tenth(gap->from_origin_mm[i]), "gap_mm",
                                            hundredth(gap->gap_mm[i]), "low_mm",
                                            hundredth(fmax(0, gap->gap_mm[i] - half)),
                                            "high_mm", hundredth(gap->gap_mm[i] + half)));
        }
        if (gap->count && is_whole(reference, &findings->courses[gap->artery]))
            json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "artery",
                                                  findings->courses[gap->artery].name, "vein",
                                                  findings->courses[gap->vein].name, "points",
                                                  points));
        else
            json_decref(points);
    }
    return list;
}

wadi_status wadi_cta_case(const wadi_cta *cta, const wadi_cta_findings *findings, bool mri,
                          char **out, size_t *size, wadi_error *err)
{
    json_t *root, *vessels, *gaps, *presentation;
    wadi_limb *reference = NULL;
    wadi_status status = wadi_limb_reference(&reference, err);

    if (status)
        return status;
    root = json_object();
    vessels = json_array();
    presentation = json_object();

    set(root, "schema", json_string("wadi.case/1"));
    set(root, "# notes",
        json_string("Measured by 'wadi image cta' on one image. Keys that begin with # are "
                    "notes, among them standard deviations. What the image cannot tell is "
                    "absent: add it. Research and education only."));
    set(root, "title",
        json_string(mri ? "Fragment from an MR angiogram" : "Fragment from a CT angiogram"));
    set(root, "# origin",
        json_string("the image does not tell; say made_up or published where it is"));
    set(root, "origin", json_string("unstated"));
    if (cta->side_known)
        set(root, "side", json_string(cta->right ? "right" : "left"));
    set(presentation, "# onset", json_string("a placeholder: no image tells it"));
    set(presentation, "onset", json_string("chronic"));
    set(root, "presentation", presentation);
    for (wadi_index k = 0; k < findings->course_count; k++) {
        const wadi_cta_course *c = &findings->courses[k];

        if (c->count > 1)
            json_array_append_new(vessels,
                                  c->vein ? vein_case(c, mri) : artery_case(reference, c, mri));
    }
    add_closed(reference, findings, vessels);
    set(root, "vessels", vessels);
    gaps = gaps_case(reference, findings);
    if (json_array_size(gaps))
        set(root, "gaps", gaps);
    else
        json_decref(gaps);
    status = wadi_json_text(root, out, size, err);
    json_decref(root);
    wadi_limb_free(reference);
    return status;
}
