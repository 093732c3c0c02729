/* Scores of the arteries of the foot and of calcium. */
#include "stage/stage_impl.h"

// clang-format off
/* Points above a length; ACFAS review of Liu 2022 (J Vasc Surg 75:270). */
static const double SITE_LIMIT_CM[5] = {2, 2, 2, 1, 1};
/* Least points of mild, moderate, severe. */
static const int LIU_MIN[3] = {0, 2, 5}, AHA_MIN[3] = {0, 3, 5};
// clang-format on

const char *wadi_kawarada(bool dorsal_patent, bool plantar_patent)
{
    if (dorsal_patent)
        return plantar_patent ? "1" : "2A";
    return plantar_patent ? "2B" : "3";
}

wadi_status wadi_pacss(int sides, wadi_maybe length_cm, int *grade, wadi_error *err)
{
    wadi_status status = wadi_check_range("sides", sides, 0, 2, "", err);

    if (!status)
        status = wadi_check_maybe("cm", length_cm, 0, 60, "cm", err);
    if (status)
        return status;
    if (sides > 0 && !length_cm.known)
        return wadi_fail(err, WADI_ERR_MISSING,
                         "cm is not given: the length of the calcium on %d side%s, in cm",
                         sides, sides > 1 ? "s" : "");
    *grade = sides == 0 ? 0 : 2 * sides - 1 + (length_cm.value >= 5);
    return WADI_OK;
}

static const char *severity(const int min[3], int points)
{
    return points >= min[2] ? "severe" : points >= min[1] ? "moderate" : "mild";
}

wadi_status wadi_mac(const wadi_mac_lengths *lengths, wadi_mac_result *out, wadi_error *err)
{
    const struct {
        const char *name;
        double value;
    } sites[5] = {
        {"dp", lengths->dorsalis_pedis_cm}, {"plantar", lengths->plantar_cm},
        {"met", lengths->metatarsal_cm},    {"hallux", lengths->hallux_cm},
        {"other", lengths->other_digit_cm},
    };
    int points = 0;

    for (int i = 0; i < 5; i++) {
        wadi_status status = wadi_check_range(sites[i].name, sites[i].value, 0, 30, "cm", err);

        if (status)
            return status;
        points += sites[i].value > SITE_LIMIT_CM[i];
    }
    *out = (wadi_mac_result){points, severity(LIU_MIN, points), severity(AHA_MIN, points)};
    return WADI_OK;
}
