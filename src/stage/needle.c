/* Needle and difficulty of a puncture; technical note in J Endovasc Ther. */
#include "stage/stage_impl.h"
#include "wadi/puncture.h"

#include <math.h>

/* Outer diameters are nominal (ISO 9626), recalled: unconfirmed. */
static const double OUTER_21_MM = 0.82, OUTER_22_MM = 0.72;
/* Below this lumen the thinner needle is suggested: the bevel is as large as the lumen (ours).
 */
static const double NARROW_MM = 1.0;
/* Deep enough for a needle in a needle (ours; the note gives no number). */
static const double DEEP_MM = 15.0;

wadi_needle_choice wadi_needle_choose(double lumen_mm, double depth_mm, wadi_calcium calcium,
                                      bool bone_support, bool flat_angle)
{
    wadi_needle_choice choice = {0};

    if (lumen_mm > OUTER_22_MM) {
        choice.gauge = lumen_mm < NARROW_MM ? 22 : 21;
        choice.outer_mm = choice.gauge == 22 ? OUTER_22_MM : OUTER_21_MM;
    }
    choice.length_mm = flat_angle ? 70 : 40;
    choice.telescoping = depth_mm > DEEP_MM || calcium == WADI_CALCIUM_SEVERE;
    choice.buddy = !bone_support && calcium >= WADI_CALCIUM_MODERATE;
    return choice;
}

double wadi_puncture_difficulty(int zone, double lumen_mm, double depth_mm,
                                wadi_calcium calcium, bool bone_support)
{
    double calibre = fmin(fmax((1.5 - lumen_mm) / 0.4, 0), 3);

    return zone + calibre + depth_mm / 10 + 0.35 * (double)calcium + (bone_support ? 0 : 0.5);
}
