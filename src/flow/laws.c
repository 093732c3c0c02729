/* The laws of one edge, as printed in docs/model/steady.md. */
#include "flow/flow_impl.h"
#include "wadi/flow.h"
#include "wadi/units.h"

#include <math.h>

/* Relative viscosity at haematocrit 0.45 in a tube of diameter d (um): Pries et al. 1992. */
static double calibre_viscosity(double diameter_um)
{
    return 220 * exp(-1.3 * diameter_um) + 3.2 - 2.44 * exp(-0.06 * pow(diameter_um, 0.645));
}

double wadi_viscosity(double haematocrit_frac, double plasma_protein_g_dl, double radius_m)
{
    double h = haematocrit_frac;
    double crowd = 1 - 0.5 * h * exp(1.3435 - 2.803 * h + 2.711 * h * h - 0.6479 * h * h * h);
    double plasma_pa_s = (0.204 + 0.177 * plasma_protein_g_dl) * 1e-3;

    return plasma_pa_s / (crowd * crowd) * calibre_viscosity(2e6 * radius_m) / 3.2;
}

double wadi_poiseuille(double viscosity_pa_s, double length_m, double radius_from_m,
                       double radius_to_m)
{
    double a = radius_from_m, b = radius_to_m;

    /* The mean of 1/r^4 along a linear taper is (a^2 + ab + b^2) / (3 a^3 b^3). */
    return 8 * viscosity_pa_s * length_m / WADI_PI * (a * a + a * b + b * b) /
           (3 * a * a * a * b * b * b);
}

void wadi_stenosis(double viscosity_pa_s, double radius_m, double length_m,
                   double stenosis_frac, double *r_pa_s_m3, double *b_pa_s2_m6)
{
    const double turbulence = 1.52; /* K_t, Young and Tsai 1973; Seeley and Young 1976 */
    double diameter_m = 2 * radius_m, narrow_m = diameter_m * (1 - stenosis_frac);
    double area_m2 = WADI_PI * radius_m * radius_m, ratio = pow(diameter_m / narrow_m, 2);
    double equivalent_m = 0.83 * length_m + 1.64 * narrow_m;
    double viscous = 32 * equivalent_m / diameter_m * ratio * ratio; /* K_v */

    *r_pa_s_m3 = viscous * viscosity_pa_s / (diameter_m * area_m2);
    *b_pa_s2_m6 = turbulence * 0.5 * FLOW_DENSITY_KG_M3 * pow((ratio - 1) / area_m2, 2);
}

double wadi_vein_area(double pressure_over_k)
{
    double s = pressure_over_k, x = s >= 0 ? pow(1 + s, 0.1) : pow(1 - s, -2.0 / 3);

    /* Newton on x^10 - x^-1.5 = s. The start is an upper bound for s >= 0, where the function
     * is convex, and a lower one for s < 0, so the steps cannot leave x > 0. */
    for (int i = 0; i < 40; i++) {
        double x2 = x * x, x4 = x2 * x2, low = 1 / (x * sqrt(x)), high = x4 * x4 * x2;
        double step = (high - low - s) / ((10 * high + 1.5 * low) / x);

        x -= step;
        if (fabs(step) <= 1e-15 * x)
            break;
    }
    return x;
}

double wadi_vein_potential(double area_ratio)
{
    double x = area_ratio, x2 = x * x, x4 = x2 * x2;

    /* Integral of x^2 d(x^10 - x^-1.5) from 1. */
    return 10.0 / 12 * (x4 * x4 * x4 - 1) + 3 * (sqrt(x) - 1);
}

double flow_capillary_potential(double pressure_pa, double half_pa, double *open_frac)
{
    const double least = 0.05; /* open at any pressure: leg-model, ESTIMATE */
    double t = pressure_pa / half_pa, t3 = t * t * t;

    if (t <= 0) {
        *open_frac = least;
        return least * pressure_pa;
    }
    *open_frac = least + (1 - least) * t3 / (1 + t3);
    /* Integral of t^3/(1+t^3): t minus that of 1/(1+t^3), which vanishes at 0. */
    double gap = log((1 + t) * (1 + t) / (1 - t + t * t)) / 6 +
                 (atan((2 * t - 1) / sqrt(3.0)) + WADI_PI / 6) / sqrt(3.0);
    return least * pressure_pa + (1 - least) * half_pa * (t - gap);
}

/* Hill curve, P50 26.8 mmHg and n 2.7; Huefner 1.34 mL/g; solubility 0.003 mL/dL/mmHg (MEMORY).
 */
static const double HILL_N = 2.7, HALF_MMHG = 26.8, HUEFNER_ML_G = 1.34, SOLUBILITY = 0.003;

double wadi_oxygen_content(double haemoglobin_g_dl, double po2_mmhg)
{
    double t = pow(fmax(po2_mmhg, 0) / HALF_MMHG, HILL_N);

    return HUEFNER_ML_G * haemoglobin_g_dl * t / (1 + t) + SOLUBILITY * fmax(po2_mmhg, 0);
}

double wadi_oxygen_pressure(double haemoglobin_g_dl, double content_ml_dl)
{
    double low = 0, high = 700, bound = HUEFNER_ML_G * haemoglobin_g_dl;
    double saturation = fmin(fmax(content_ml_dl, 0) / bound, 0.995);
    double p = HALF_MMHG * pow(saturation / (1 - saturation), 1 / HILL_N);

    if (content_ml_dl <= 0)
        return 0;
    /* Newton with a bracket: the dissolved part shifts the inverse Hill curve a little. */
    for (int i = 0; i < 60; i++) {
        double t = pow(p / HALF_MMHG, HILL_N),
               error = bound * t / (1 + t) + SOLUBILITY * p - content_ml_dl;
        double slope =
            p > 0 ? bound * HILL_N * t / (p * (1 + t) * (1 + t)) + SOLUBILITY : SOLUBILITY;

        if (error > 0)
            high = p;
        else
            low = p;
        double next = p - error / slope;
        if (!(next > low && next < high))
            next = 0.5 * (low + high);
        if (fabs(next - p) <= 1e-13 * fmax(next, 1e-3))
            return next;
        p = next;
    }
    return p;
}

double wadi_systolic_estimate(const wadi_model *model, double mean_pressure_mmhg,
                              double amplification)
{
    double venous = model->value[WADI_P_VENOUS_PRESSURE];
    double t = (mean_pressure_mmhg - venous) / (model->value[WADI_P_MEAN_PRESSURE] - venous);

    return mean_pressure_mmhg +
           2.0 / 3 * model->value[WADI_P_PULSE_PRESSURE] * amplification * fmax(t, 0);
}
