/* GLASS, after M. S. Conte et al., Global Vascular Guidelines 2019,
 * doi:10.1016/j.jvs.2019.02.016. The grades are recalled and agree with a public
 * implementation; the matrix was confirmed in 25 of 25 cells. */
#include "stage/glass_impl.h"

// clang-format off
/* Rows FP 0..4, columns IP 0..4; 0 is "NA". */
const int WADI_GLASS_STAGE[5][5] = {
    {0, 1, 1, 2, 3},
    {1, 1, 2, 2, 3},
    {1, 2, 2, 2, 3},
    {2, 2, 2, 3, 3},
    {3, 3, 3, 3, 3},
};
// clang-format on

static int worse(int a, int b)
{
    return a > b ? a : b;
}

static wadi_status check_fp(const wadi_glass_fp_findings *f, wadi_error *err)
{
    wadi_status status =
        wadi_check_range("sfa_disease_mm", f->sfa_disease_mm, 0, 600, "mm", err);

    if (!status)
        status = wadi_check_range("sfa_occluded_mm", f->sfa_occluded_mm, 0, f->sfa_disease_mm,
                                  "mm (occluded is part of diseased)", err);
    if (!status)
        status = wadi_check_range("popliteal_stenosis_mm", f->popliteal_stenosis_mm, 0, 300,
                                  "mm", err);
    if (!status && f->sfa_occluded_mm > 0 && f->sfa_occlusions < 1)
        status = wadi_fail(err, WADI_ERR_MISSING,
                           "sfa_occlusions is 0, but %g mm of the artery are occluded",
                           f->sfa_occluded_mm);
    return status;
}

/* Occlusions of the superficial femoral artery. `*also` is a second possible grade, or 0. */
static int sfa_occlusion_grade(const wadi_glass_fp_findings *f, int *also)
{
    double length = f->sfa_occluded_mm;

    *also = 0;
    if (length <= 0)
        return 0;
    if (length > 200)
        return 4;
    if (f->sfa_flush) {
        /* Printed as flush < 20 cm and any > 20 cm: 20 cm itself is in neither. */
        *also = length == 200 ? 4 : 0;
        return 3;
    }
    if (length >= 100)
        return 3;
    return f->sfa_occlusions == 1 && length < 50 ? 1 : 2;
}

wadi_status wadi_glass_fp(const wadi_glass_fp_findings *f, int *grade, unsigned *candidates,
                          wadi_error *err)
{
    wadi_status status = check_fp(f, err);
    int femoral, popliteal = 0, also, low, high;

    if (status)
        return status;
    if (f->sfa_disease_mm <= 0)
        femoral = 0;
    else if (f->sfa_disease_mm < 100)
        femoral = 1;
    else
        femoral = f->sfa_disease_mm <= 200 ? 2 : 3;
    if (f->popliteal_occluded || f->trifurcation || f->popliteal_stenosis_mm > 50)
        popliteal = 4;
    else if (f->popliteal_stenosis_mm > 0)
        popliteal = f->popliteal_stenosis_mm < 20 ? 2 : 3;
    low = worse(worse(femoral, popliteal), sfa_occlusion_grade(f, &also));
    high = worse(low, also);
    *candidates = 1u << low | 1u << high;
    *grade = low == high ? low : WADI_GRADE_AMBIGUOUS;
    return WADI_OK;
}

wadi_status wadi_glass_ip(const wadi_glass_ip_findings *f, int *grade, wadi_error *err)
{
    wadi_status status = wadi_check_range("vessel_mm", f->vessel_mm, 50, 600, "mm", err);
    int stenosis = 0, occlusion = 0;

    if (!status)
        status = wadi_check_range("stenosed_mm", f->stenosed_mm, 0, f->vessel_mm, "mm", err);
    if (!status)
        status = wadi_check_range("occluded_mm", f->occluded_mm, 0, f->stenosed_mm,
                                  "mm (occluded is part of diseased)", err);
    if (status)
        return status;
    if (f->stenosed_mm > 0 && f->stenosed_mm * 3 <= f->vessel_mm)
        stenosis = f->stenosed_mm < 30 ? 1 : 2;
    else if (f->stenosed_mm > 0)
        stenosis = f->stenosed_mm * 3 <= f->vessel_mm * 2 ? 3 : 4;
    if (f->occluded_mm * 3 > f->vessel_mm)
        occlusion = 4;
    else if (f->occluded_mm > 0)
        occlusion = f->occluded_mm < 30 && !f->origin_occluded ? 2 : 3;
    if (f->trunk_occluded && !f->target_is_anterior)
        occlusion = 4;
    *grade = worse(stenosis, occlusion);
    return WADI_OK;
}

int wadi_glass_im(bool target_crosses_ankle, bool arch_intact)
{
    if (!target_crosses_ankle)
        return 2;
    return arch_intact ? 0 : 1;
}

wadi_status wadi_glass_stage(int fp, int ip, bool severe_calcium_fp, bool severe_calcium_ip,
                             wadi_glass_result *out, wadi_error *err)
{
    wadi_status status = wadi_check_range("FP", fp, 0, 4, "", err);

    if (!status)
        status = wadi_check_range("IP", ip, 0, 4, "", err);
    if (status)
        return status;
    out->calcification_on_grade0 =
        (severe_calcium_fp && fp == 0) || (severe_calcium_ip && ip == 0);
    out->fp_adjusted = fp + (severe_calcium_fp && fp < 4);
    out->ip_adjusted = ip + (severe_calcium_ip && ip < 4);
    out->stage = WADI_GLASS_STAGE[out->fp_adjusted][out->ip_adjusted];
    return WADI_OK;
}

const char *wadi_glass_stage_text(int stage)
{
    static const char *const TEXTS[] = {"NA", "I", "II", "III"};

    WADI_ASSERT(stage >= 0 && stage <= 3);
    return TEXTS[stage];
}
