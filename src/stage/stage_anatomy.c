/* GLASS, Kawarada and J-BTK from the lesions of the limb. */
#include "stage/stage_case_impl.h"

#include <math.h>
#include <string.h>

/* GLASS counts stenoses from here. */
static const double SIGNIFICANT_FRAC = 0.5;
/* An occlusion that starts this close to the origin is flush; one that ends this close to the
 * end of the popliteal artery reaches the trifurcation. Our reading. */
static const double FLUSH_MM = 5;

typedef struct burden {
    double diseased_mm, occluded_mm, first_occluded_mm, last_mm, length_mm;
    int occlusions;
    bool severe_calcium;
} burden;

/* Lesions of one vessel. Overlapping lesions are counted once, on a grid of 0.1 mm or finer. */
static burden burden_of(const wadi_limb *limb, const char *name)
{
    enum { CELLS = 4000 };
    unsigned char cells[CELLS] = {0};
    burden b = {.first_occluded_mm = INFINITY};
    wadi_index vessel = wadi_limb_vessel(limb, name), count, vessel_count;
    const wadi_limb_lesion *lesions = wadi_limb_lesions(limb, &count);
    double length_m, step_mm;

    if (vessel == WADI_NONE)
        return b;
    length_m = wadi_limb_vessels(limb, &vessel_count)[vessel].length_m;
    b.length_mm = length_m * 1e3;
    step_mm = b.length_mm / CELLS;
    b.severe_calcium = wadi_limb_calcium_at(limb, vessel, 0, length_m) == WADI_CALCIUM_SEVERE;
    for (wadi_index i = 0; i < count; i++) {
        const wadi_limb_lesion *lesion = &lesions[i];
        bool occlusion = lesion->kind == WADI_OCCLUSION;

        if (lesion->vessel != vessel || lesion->treated ||
            (!occlusion && lesion->stenosis_frac < SIGNIFICANT_FRAC))
            continue;
        for (int cell = 0; cell < CELLS; cell++) {
            double at_m = (cell + 0.5) * length_m / CELLS;

            if (at_m >= lesion->from_m && at_m <= lesion->to_m)
                cells[cell] = occlusion ? 2 : cells[cell] ? cells[cell] : 1;
        }
    }
    for (int cell = 0; cell < CELLS; cell++) {
        b.diseased_mm += cells[cell] ? step_mm : 0;
        b.occluded_mm += cells[cell] == 2 ? step_mm : 0;
        if (cells[cell] == 2 && (cell == 0 || cells[cell - 1] != 2))
            b.occlusions++;
        if (cells[cell] == 2 && isinf(b.first_occluded_mm))
            b.first_occluded_mm = cell * step_mm;
        if (cells[cell])
            b.last_mm = (cell + 1) * step_mm;
    }
    /* The grid may be off by a cell at each end; lengths are told to a tenth of a millimetre.
     */
    b.diseased_mm = round(b.diseased_mm * 10) / 10;
    b.occluded_mm = fmin(round(b.occluded_mm * 10) / 10, b.diseased_mm);
    return b;
}

static wadi_status stage_femoropopliteal(const wadi_case *the_case, const wadi_limb *limb,
                                         wadi_staging *out, wadi_error *err)
{
    burden femoral = burden_of(limb, "SFA"), popliteal = burden_of(limb, "POP");
    const wadi_glass_fp_findings findings = {
        .sfa_disease_mm = femoral.diseased_mm,
        .sfa_occluded_mm = femoral.occluded_mm,
        .sfa_occlusions = femoral.occlusions,
        .sfa_flush = femoral.first_occluded_mm <= FLUSH_MM,
        .popliteal_stenosis_mm = popliteal.diseased_mm - popliteal.occluded_mm,
        .popliteal_occluded = popliteal.occluded_mm > 0,
        .trifurcation =
            popliteal.last_mm > 0 && popliteal.last_mm >= popliteal.length_mm - FLUSH_MM,
    };
    wadi_status status;

    if (!wadi_stage_is_stated(the_case, "SFA") || !wadi_stage_is_stated(the_case, "POP")) {
        snprintf(out->glass_fp.note, sizeof out->glass_fp.note,
                 "the superficial femoral and popliteal arteries are not both described");
        return WADI_OK;
    }
    status = wadi_glass_fp(&findings, &out->glass_fp.grade, &out->glass_fp.candidates, err);
    if (!status)
        out->glass_fp.origin = WADI_GRADE_COMPUTED;
    out->calcium_fp = femoral.severe_calcium || popliteal.severe_calcium;
    return status;
}

static wadi_status infrapopliteal_grade(const wadi_limb *limb, const char *crural, int *grade,
                                        bool *calcium, wadi_error *err)
{
    burden own = burden_of(limb, crural), trunk = burden_of(limb, "TPT");
    const wadi_glass_ip_findings findings = {
        .vessel_mm = own.length_mm,
        .stenosed_mm = fmin(own.diseased_mm, own.length_mm),
        .occluded_mm = fmin(own.occluded_mm, own.length_mm),
        .origin_occluded = own.first_occluded_mm <= FLUSH_MM,
        .trunk_occluded = trunk.occluded_mm > 0,
        .target_is_anterior = !strcmp(crural, "ATA"),
    };

    *calcium = own.severe_calcium;
    return wadi_glass_ip(&findings, grade, err);
}

/* The guideline lets the operator choose the target path; here it is the least diseased artery
 * that is described, the posterior tibial before the anterior before the peroneal. */
static wadi_status stage_infrapopliteal(const wadi_case *the_case, const wadi_limb *limb,
                                        wadi_staging *out, wadi_error *err)
{
    static const char *const ORDER[3] = {"PTA", "ATA", "PER"};

    for (int i = 0; i < 3; i++) {
        bool calcium;
        int grade;
        wadi_status status;

        if (!wadi_stage_is_stated(the_case, ORDER[i]))
            continue;
        status = infrapopliteal_grade(limb, ORDER[i], &grade, &calcium, err);
        if (status)
            return status;
        if (out->glass_ip.origin == WADI_GRADE_COMPUTED && grade >= out->glass_ip.grade)
            continue;
        out->glass_ip.origin = WADI_GRADE_COMPUTED;
        out->glass_ip.grade = grade;
        out->glass_ip.candidates = 1u << grade;
        out->calcium_ip = calcium;
        snprintf(out->target, sizeof out->target, "%s", ORDER[i]);
    }
    if (out->glass_ip.origin == WADI_GRADE_ABSENT)
        snprintf(out->glass_ip.note, sizeof out->glass_ip.note,
                 "no crural artery is described");
    return WADI_OK;
}

static void stage_foot(const wadi_case *the_case, const wadi_limb *limb, wadi_staging *out)
{
    bool dorsal_stated = wadi_stage_is_stated(the_case, "DPA");
    bool plantar_stated =
        wadi_stage_is_stated(the_case, "LPA") || wadi_stage_is_stated(the_case, "CPA");
    bool arch_stated = wadi_stage_is_stated(the_case, "PARCH");
    bool dorsal = wadi_stage_is_open(limb, "DPA", 0, 1);
    bool plantar =
        wadi_stage_is_open(limb, "CPA", 0, 1) && wadi_stage_is_open(limb, "LPA", 0, 1);
    bool crosses = dorsal || wadi_stage_is_open(limb, "CPA", 0, 1);
    burden arch = burden_of(limb, "PARCH");

    out->glass_im = -1;
    if (dorsal_stated && plantar_stated) {
        out->kawarada = wadi_kawarada(dorsal, plantar);
        if (!crosses || arch_stated)
            out->glass_im = wadi_glass_im(crosses, arch.diseased_mm <= 0);
    }
}

static const wadi_lesion *lesion_of(const wadi_case *the_case, const wadi_limb_lesion *from)
{
    return from->lesion == WADI_NONE || from->finding == WADI_NONE
               ? NULL
               : &the_case->vessels[from->finding].lesions[from->lesion];
}

static void add_missing(wadi_staged_occlusion *o, bool absent, const char *what)
{
    size_t used = strlen(o->missing);

    if (absent)
        snprintf(o->missing + used, sizeof o->missing - used, "%s%s", used ? ", " : "", what);
}

static wadi_status stage_occlusion(const wadi_case *the_case, const wadi_limb *limb,
                                   const wadi_limb_lesion *from, wadi_staged_occlusion *o,
                                   wadi_error *err)
{
    const wadi_lesion *lesion = lesion_of(the_case, from);
    wadi_index count;
    const wadi_vessel *vessel = &wadi_limb_vessels(limb, &count)[from->vessel];
    wadi_jbtk_findings findings = {0};

    snprintf(o->vessel, sizeof o->vessel, "%s", vessel->name);
    o->finding = from->finding;
    o->lesion = from->lesion;
    o->from_mm = from->from_m * 1e3;
    o->length_mm = (from->to_m - from->from_m) * 1e3;
    o->reference_mm = 2e3 * wadi_limb_vessel_radius(limb, from->vessel, from->from_m);
    o->reference_measured = vessel->measured;
    add_missing(o, !lesion || lesion->entry_word == WADI_NONE, "entry (blunt or tapered)");
    add_missing(o, !lesion || lesion->entry_calcified == WADI_UNKNOWN, "entry_calcified");
    add_missing(o, !lesion || lesion->outflow == WADI_UNKNOWN, "outflow");
    o->known_points = (o->reference_mm < 2.0) + (o->length_mm > 200);
    if (lesion)
        o->known_points += (lesion->entry_word == WADI_ENTRY_BLUNT) +
                           (lesion->entry_calcified == WADI_YES) +
                           2 * (lesion->outflow == WADI_NO);
    o->open_points = (!lesion || lesion->entry_word == WADI_NONE) +
                     (!lesion || lesion->entry_calcified == WADI_UNKNOWN) +
                     2 * (!lesion || lesion->outflow == WADI_UNKNOWN);
    if (o->missing[0] || !lesion)
        return WADI_OK;
    /* The score knows vessels of 0.3-8 mm and occlusions of 1-600 mm; a leg outside that is not
     * scored. */
    if (!(o->reference_mm >= 0.3 && o->reference_mm <= 8 && o->length_mm >= 1 &&
          o->length_mm <= 600)) {
        snprintf(o->missing, sizeof o->missing,
                 "calibre or length within the range of the score");
        return WADI_OK;
    }
    findings = (wadi_jbtk_findings){
        .blunt = lesion->entry_word == WADI_ENTRY_BLUNT,
        .entry_calcification = lesion->entry_calcified == WADI_YES,
        .reference_mm = o->reference_mm,
        .occlusion_mm = o->length_mm,
        .outflow_absent = lesion->outflow == WADI_NO,
    };
    o->complete = true;
    return wadi_jbtk(&findings, &o->jbtk, err);
}

static wadi_status stage_occlusions(const wadi_case *the_case, const wadi_limb *limb,
                                    wadi_staging *out, wadi_error *err)
{
    wadi_index count;
    const wadi_limb_lesion *lesions = wadi_limb_lesions(limb, &count);
    int with_d = 0;

    for (int c = 0; c < 3; c++) {
        wadi_index vessel = wadi_limb_vessel(limb, WADI_CRURAL[c]);
        bool d = false;

        for (wadi_index i = 0; i < count && out->occlusion_count < WADI_STAGED_OCCLUSIONS;
             i++) {
            wadi_staged_occlusion *o = &out->occlusions[out->occlusion_count];
            wadi_status status;

            if (lesions[i].vessel != vessel || lesions[i].kind != WADI_OCCLUSION ||
                lesions[i].treated)
                continue;
            status = stage_occlusion(the_case, limb, &lesions[i], o, err);
            if (status)
                return status;
            out->occlusion_count++;
            d = d || (o->complete && o->jbtk.grade == 'D');
        }
        with_d += d;
    }
    out->every_path_grade_d = with_d == 3;
    return WADI_OK;
}

wadi_status wadi_stage_anatomy(const wadi_case *the_case, const wadi_limb *limb,
                               wadi_staging *out, wadi_error *err)
{
    wadi_status status = stage_femoropopliteal(the_case, limb, out, err);

    out->glass_fp.stated = out->glass_ip.stated = -1;
    if (!status)
        status = stage_infrapopliteal(the_case, limb, out, err);
    if (!status && out->glass_fp.origin == WADI_GRADE_COMPUTED && out->glass_fp.grade >= 0 &&
        out->glass_ip.origin == WADI_GRADE_COMPUTED) {
        out->glass_known = true;
        status = wadi_glass_stage(out->glass_fp.grade, out->glass_ip.grade, out->calcium_fp,
                                  out->calcium_ip, &out->glass, err);
    }
    if (!status)
        status = stage_occlusions(the_case, limb, out, err);
    if (!status)
        stage_foot(the_case, limb, out);
    return status;
}
