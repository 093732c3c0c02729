/* Findings by vessel, collaterals and gaps, against each other and against the leg. */
#include "limb/case_check_impl.h"

#include <math.h>
#include <string.h>

/* No place is known so well: this is the rounding of a scaled length. */
static const double ROUNDING_MM = 5e-4;

bool wadi_check_length(const checker *of, const char *vessel, double *length_mm)
{
    const wadi_case *the_case = of->the_case;

    if (!vessel || !wadi_vessel_known(of->vessels, vessel, length_mm, NULL))
        return false;
    if (the_case->patient.height_cm.known)
        *length_mm *= the_case->patient.height_cm.value / wadi_vessels_height_cm(of->vessels);
    for (wadi_index i = 0; i < the_case->vessel_count; i++) {
        const wadi_finding *finding = &the_case->vessels[i];

        if (finding->vessel && finding->length_mm.known && !strcmp(finding->vessel, vessel))
            *length_mm = finding->length_mm.value;
    }
    return true;
}

static void check_end(const checker *of, const char *vessel, const wadi_maybe *place,
                      const char *pointer)
{
    double length_mm;

    if (place->known && wadi_check_length(of, vessel, &length_mm) &&
        place->value > length_mm + ROUNDING_MM)
        wadi_complain(
            of->complaints, true, WADI_ERR_RANGE, pointer,
            "is %g mm, %s of this leg is %.1f mm long (give its length_mm in /vessels "
            "where it was measured)",
            place->value, vessel, length_mm);
}

/* ---- lesions ---- */

/* Both ends as fractions of a vessel of this length (0: unknown); false when they cannot be
 * told. */
static bool extent(const wadi_lesion *lesion, double length_mm, double *from_frac,
                   double *to_frac)
{
    *from_frac = 0;
    *to_frac = 1;
    if (lesion->from_frac.known && lesion->to_frac.known) {
        *from_frac = lesion->from_frac.value;
        *to_frac = lesion->to_frac.value;
        return true;
    }
    if (lesion->from_mm.known && lesion->to_mm.known) {
        if (!(length_mm > 0))
            return false;
        *from_frac = lesion->from_mm.value / length_mm;
        *to_frac = lesion->to_mm.value / length_mm;
        return true;
    }
    return !lesion->from_mm.known && !lesion->to_mm.known && !lesion->from_frac.known &&
           !lesion->to_frac.known && lesion->kind_word == WADI_OCCLUSION;
}

static void check_place(const checker *of, const wadi_finding *finding,
                        const wadi_lesion *lesion, const char *pointer)
{
    bool in_mm = lesion->from_mm.known || lesion->to_mm.known;
    bool in_frac = lesion->from_frac.known || lesion->to_frac.known;
    char end[200];

    if (in_mm && in_frac) {
        wadi_complain(of->complaints, true, WADI_ERR_CONFLICT, pointer,
                      "is placed in mm and as a fraction, one of the two is wanted");
    } else if (in_mm && lesion->from_mm.known != lesion->to_mm.known) {
        wadi_complain(of->complaints, true, WADI_ERR_MISSING, pointer,
                      "%s is required beside %s", lesion->to_mm.known ? "from_mm" : "to_mm",
                      lesion->to_mm.known ? "to_mm" : "from_mm");
    } else if (in_frac && lesion->from_frac.known != lesion->to_frac.known) {
        wadi_complain(of->complaints, true, WADI_ERR_MISSING, pointer,
                      "%s is required beside %s",
                      lesion->to_frac.known ? "from_frac" : "to_frac",
                      lesion->to_frac.known ? "to_frac" : "from_frac");
    } else if (!in_mm && !in_frac && lesion->kind_word == WADI_STENOSIS) {
        wadi_complain(
            of->complaints, true, WADI_ERR_MISSING, pointer,
            "from_mm and to_mm (or from_frac and to_frac) are required of a stenosis");
    } else if (in_mm && !(lesion->from_mm.value < lesion->to_mm.value)) {
        wadi_complain(of->complaints, true, WADI_ERR_CONFLICT, pointer,
                      "from_mm is %g, less than to_mm (%g) is wanted", lesion->from_mm.value,
                      lesion->to_mm.value);
    } else if (in_frac && !(lesion->from_frac.value < lesion->to_frac.value)) {
        wadi_complain(of->complaints, true, WADI_ERR_CONFLICT, pointer,
                      "from_frac is %g, less than to_frac (%g) is wanted",
                      lesion->from_frac.value, lesion->to_frac.value);
    }
    snprintf(end, sizeof end, "%s/to_mm", pointer);
    check_end(of, finding->vessel, &lesion->to_mm, end);
}

static void check_lesion(const checker *of, const wadi_finding *finding, wadi_index index,
                         double length_mm, const char *finding_pointer)
{
    const wadi_lesion *lesion = &finding->lesions[index];
    char pointer[128];

    snprintf(pointer, sizeof pointer, "%s/lesions/%d", finding_pointer, (int)index);
    check_place(of, finding, lesion, pointer);
    if (lesion->kind_word == WADI_STENOSIS && !lesion->stenosis_frac.known)
        wadi_check_tell(of, true, WADI_ERR_MISSING, "is required of a stenosis",
                        "%s/stenosis_frac", pointer);
    if (lesion->kind_word == WADI_OCCLUSION && lesion->stenosis_frac.known)
        wadi_check_tell(of, true, WADI_ERR_CONFLICT,
                        "belongs to a stenosis, this is an occlusion", "%s/stenosis_frac",
                        pointer);
    if (lesion->kind_word == WADI_STENOSIS && lesion->entry_word != WADI_NONE)
        wadi_check_tell(of, false, WADI_ERR_CONFLICT,
                        "belongs to an occlusion, this is a stenosis", "%s/entry", pointer);
    for (wadi_index i = 0; i < index && !wadi_complaints_full(of->complaints); i++) {
        double from, to, other_from, other_to;

        if (extent(lesion, length_mm, &from, &to) &&
            extent(&finding->lesions[i], length_mm, &other_from, &other_to) &&
            from < other_to && other_from < to)
            wadi_complain(of->complaints, true, WADI_ERR_CONFLICT, pointer,
                          "overlaps with lesion %d", (int)i);
    }
}

/* `patent` speaks of the whole vessel; beside it there is no room for a lesion that closes. */
static void check_patent(const checker *of, const wadi_finding *finding, const char *pointer)
{
    for (wadi_index i = 0; i < finding->lesion_count; i++) {
        if (finding->patent == WADI_NO ||
            (finding->patent == WADI_YES && finding->lesions[i].kind_word == WADI_OCCLUSION)) {
            wadi_check_tell(
                of, true, WADI_ERR_CONFLICT,
                finding->patent == WADI_NO
                    ? "is false (closed over its length); leave it out where /lesions say more"
                    : "is true (open over its length), /lesions hold an occlusion",
                "%s/patent", pointer);
            return;
        }
    }
}

/* What only arteries or only veins have. */
static void check_kind(const checker *of, const wadi_finding *finding, const char *pointer)
{
    bool is_vein;

    if (!finding->vessel || !wadi_vessel_known(of->vessels, finding->vessel, NULL, &is_vein))
        return;
    if (!is_vein && finding->valve_count > 0)
        wadi_check_tell(of, true, WADI_ERR_CONFLICT, "are of veins, the vessel is an artery",
                        "%s/valves", pointer);
    if (!is_vein && finding->compressible != WADI_UNKNOWN)
        wadi_check_tell(of, false, WADI_ERR_CONFLICT,
                        "is read for veins only, the vessel is an artery", "%s/compressible",
                        pointer);
    if (is_vein && finding->calcium_word != WADI_NONE)
        wadi_check_tell(of, false, WADI_ERR_CONFLICT,
                        "is read for arteries only, the vessel is a vein", "%s/calcium",
                        pointer);
    if (is_vein && finding->compressible == WADI_YES && finding->thrombus == WADI_YES)
        wadi_check_tell(of, false, WADI_ERR_CONFLICT, "is true in a compressible vein",
                        "%s/thrombus", pointer);
}

/* A diameter of 0.3 is possible in a digital artery and a slip of unit in a tibial vein:
 * compare with the same vessel of the reference leg. Far off is a sixth, or four times. */
static void check_diameters(const checker *of, const wadi_finding *finding, const char *pointer)
{
    double usual_mm =
        finding->vessel ? wadi_vessel_diameter_mm(of->vessels, finding->vessel) : 0;

    for (wadi_index i = 0; i < finding->diameter_count && usual_mm > 0; i++) {
        const wadi_maybe *found = &finding->diameters[i].value_mm;
        char at[128];

        if (!found->known || (found->value >= usual_mm / 6 && found->value <= 4 * usual_mm))
            continue;
        snprintf(at, sizeof at, "%s/diameters/%d/value_mm", pointer, (int)i);
        wadi_complain(of->complaints, false, WADI_ERR_UNIT, at,
                      "is %g mm, %s of the reference leg has %.2g mm%s", found->value,
                      finding->vessel, usual_mm,
                      found->value < usual_mm ? "; cm written for mm?" : "");
    }
}

/* Two values of one place that differ by more than 1 mm (features.md row 8). The one that the
 * model takes is chosen by modality in limb_case.c. */
static void compare_diameters(const checker *of, const wadi_finding *finding,
                              const char *pointer)
{
    const double same_place_frac = 0.02, notable_mm = 1;

    for (wadi_index i = 1; i < finding->diameter_count; i++) {
        const wadi_diameter *mine = &finding->diameters[i];
        double place = mine->at_frac.known ? mine->at_frac.value : 0.5;

        for (wadi_index k = 0; k < i; k++) {
            const wadi_diameter *other = &finding->diameters[k];
            double there = other->at_frac.known ? other->at_frac.value : 0.5;
            char at[128];

            if (!mine->value_mm.known || !other->value_mm.known ||
                fabs(place - there) > same_place_frac ||
                fabs(mine->value_mm.value - other->value_mm.value) <= notable_mm)
                continue;
            snprintf(at, sizeof at, "%s/diameters/%d/value_mm", pointer, (int)i);
            wadi_complain(
                of->complaints, false, WADI_ERR_CONFLICT, at,
                "is %g mm, diameters/%d at the same place is %g mm; IVUS, phlebography, DSA, "
                "duplex, MRI, CTA are believed in this order",
                mine->value_mm.value, (int)k, other->value_mm.value);
        }
    }
}

static void check_finding(const checker *of, wadi_index index)
{
    const wadi_finding *finding = &of->the_case->vessels[index];
    double reference_mm, length_mm;
    char pointer[64];

    snprintf(pointer, sizeof pointer, "/vessels/%d", (int)index);
    for (wadi_index i = 0; i < index && finding->vessel; i++) {
        const char *other = of->the_case->vessels[i].vessel;

        if (other && !strcmp(other, finding->vessel)) {
            wadi_complain(of->complaints, true, WADI_ERR_CONFLICT, pointer,
                          "%s is there twice, first as /vessels/%d", finding->vessel, (int)i);
            break;
        }
    }
    if (finding->length_mm.known && finding->vessel &&
        wadi_vessel_known(of->vessels, finding->vessel, &reference_mm, NULL) &&
        (finding->length_mm.value < 0.5 * reference_mm ||
         finding->length_mm.value > 2 * reference_mm))
        wadi_check_tell(of, false, WADI_ERR_UNIT,
                        "is less than half or more than twice the reference leg's",
                        "%s/length_mm", pointer);
    check_kind(of, finding, pointer);
    check_diameters(of, finding, pointer);
    compare_diameters(of, finding, pointer);
    if (!wadi_check_length(of, finding->vessel, &length_mm))
        length_mm = 0;
    check_patent(of, finding, pointer);
    for (wadi_index i = 0; i < finding->lesion_count; i++)
        check_lesion(of, finding, i, length_mm, pointer);
}

/* ---- collaterals and gaps ---- */

static void check_collaterals(const checker *of)
{
    for (wadi_index i = 0; i < of->the_case->collateral_count; i++) {
        const wadi_collateral *collateral = &of->the_case->collaterals[i];
        char pointer[64];
        bool is_vein;

        snprintf(pointer, sizeof pointer, "/collaterals/%d/at_mm", (int)i);
        check_end(of, collateral->vessel, &collateral->at_mm, pointer);
        if (collateral->vessel &&
            wadi_vessel_known(of->vessels, collateral->vessel, NULL, &is_vein) && is_vein)
            wadi_check_tell(of, true, WADI_ERR_CONFLICT, "is a vein, an artery is wanted",
                            "/collaterals/%d/vessel", (int)i);
    }
}

static void check_gap_point(const checker *of, const wadi_gap_profile *gap, wadi_index index,
                            const char *gap_pointer)
{
    const wadi_gap_point *point = &gap->points[index];
    const wadi_gap_point *before = index > 0 ? &gap->points[index - 1] : NULL;
    char pointer[128];

    snprintf(pointer, sizeof pointer, "%s/points/%d/from_origin_mm", gap_pointer, (int)index);
    check_end(of, gap->artery, &point->from_origin_mm, pointer);
    if (before && before->from_origin_mm.known && point->from_origin_mm.known &&
        point->from_origin_mm.value <= before->from_origin_mm.value)
        wadi_complain(of->complaints, true, WADI_ERR_CONFLICT, pointer,
                      "is %g mm, more than that of the point before (%g mm) is wanted",
                      point->from_origin_mm.value, before->from_origin_mm.value);
    if (!point->gap_mm.known)
        return;
    snprintf(pointer, sizeof pointer, "%s/points/%d/gap_mm", gap_pointer, (int)index);
    if (point->low_mm.known && point->low_mm.value > point->gap_mm.value)
        wadi_complain(of->complaints, true, WADI_ERR_CONFLICT, pointer,
                      "is %g mm, below its low_mm (%g mm)", point->gap_mm.value,
                      point->low_mm.value);
    if (point->high_mm.known && point->high_mm.value < point->gap_mm.value)
        wadi_complain(of->complaints, true, WADI_ERR_CONFLICT, pointer,
                      "is %g mm, above its high_mm (%g mm)", point->gap_mm.value,
                      point->high_mm.value);
}

static void check_gap(const checker *of, wadi_index index)
{
    const wadi_gap_profile *gap = &of->the_case->gaps[index];
    char pointer[64];
    bool is_vein;

    snprintf(pointer, sizeof pointer, "/gaps/%d", (int)index);
    if (gap->artery && wadi_vessel_known(of->vessels, gap->artery, NULL, &is_vein) && is_vein)
        wadi_check_tell(of, true, WADI_ERR_CONFLICT, "is a vein, an artery is wanted",
                        "%s/artery", pointer);
    if (gap->vein && wadi_vessel_known(of->vessels, gap->vein, NULL, &is_vein) && !is_vein)
        wadi_check_tell(of, true, WADI_ERR_CONFLICT, "is an artery, a vein is wanted",
                        "%s/vein", pointer);
    if (gap->point_count == 0 && gap->membrane == WADI_UNKNOWN)
        wadi_check_tell(of, false, WADI_ERR_MISSING, "says nothing without points or membrane",
                        "%s", pointer);
    for (wadi_index i = 0; i < index; i++) {
        const wadi_gap_profile *other = &of->the_case->gaps[i];

        if (gap->artery && gap->vein && other->artery && other->vein &&
            !strcmp(gap->artery, other->artery) && !strcmp(gap->vein, other->vein)) {
            wadi_complain(of->complaints, true, WADI_ERR_CONFLICT, pointer,
                          "%s to %s is there twice, first as /gaps/%d", gap->artery, gap->vein,
                          (int)i);
            break;
        }
    }
    for (wadi_index i = 0; i < gap->point_count; i++)
        check_gap_point(of, gap, i, pointer);
}

void wadi_check_vessels(const checker *of)
{
    for (wadi_index i = 0; i < of->the_case->vessel_count; i++)
        check_finding(of, i);
    check_collaterals(of);
    for (wadi_index i = 0; i < of->the_case->gap_count; i++)
        check_gap(of, i);
}
