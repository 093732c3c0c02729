/* J-BTK CTO score: M. Tan et al., J Vasc Surg 74 (2021) 506, as printed by N. Hayakawa et al.,
 * CVIR Endovasc 6 (2023), whose own success rates stand beside. */
#include "stage/stage_impl.h"

#include <math.h>

// clang-format off
static const wadi_jbtk_success SUCCESS[] = {
    /* grade score  Tan 2021   Hayakawa      Wilson 95 %, from the counts             printed there */
    {'A', 0, 1,     97.3,      12, 12,       0.757505993344759, 1.0,                  75.8, 100.0},
    {'B', 2, 3,     76.8,      28, 28,       0.879356695234154, 1.0,                  84.5, 100.0},
    {'C', 4, 5,     19.3,      22, 24,       0.741511978067893, 0.976841184702957,    74.2, 94.7},
    {'D', 6, 6,      0.0,       0,  1,       0.0,               0.793450685622763,    NAN, NAN},
};
// clang-format on

wadi_status wadi_jbtk(const wadi_jbtk_findings *f, wadi_jbtk_result *out, wadi_error *err)
{
    wadi_status status = wadi_check_range("rvd_mm", f->reference_mm, 0.3, 8, "mm", err);

    if (!status)
        status = wadi_check_range("cto_mm", f->occlusion_mm, 1, 600, "mm", err);
    if (status)
        return status;
    out->score = f->blunt + f->entry_calcification + (f->reference_mm < 2.0) +
                 (f->occlusion_mm > 200) + 2 * f->outflow_absent;
    for (size_t i = 0; i < WADI_COUNT_OF(SUCCESS); i++)
        if (out->score >= SUCCESS[i].score_min)
            out->grade = SUCCESS[i].grade;
    return WADI_OK;
}

const wadi_jbtk_success *wadi_jbtk_published(char grade)
{
    return grade >= 'A' && grade <= 'D' ? &SUCCESS[grade - 'A'] : NULL;
}
