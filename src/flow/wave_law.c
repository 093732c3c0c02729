#include "flow/wave_impl.h"

/* Newton in log x: phi is the sum of a rising convex and a rising concave power, so the step is
 * bounded and halved brackets catch the rest. */
double wave_vein_inverse(double y, double guess)
{
    double low = 1e-8, high = 10.0, x = guess > low && guess < high ? guess : 1.0;

    if (isnan(y))
        return y;
    for (int i = 0; i < 80; i++) {
        double miss = wave_vein_phi(x) - y, step;

        if (miss > 0)
            high = x;
        else
            low = x;
        step = miss / (x * wave_vein_slope(x));
        if (fabs(step) < 1e-15)
            break;
        double next = x * exp(-fmax(-0.5, fmin(0.5, step)));
        if (!(next > low && next < high))
            next = sqrt(low * high);
        if (next == x)
            break;
        x = next;
    }
    return x;
}

double wave_area(bool vein, double stiffness_pa, double area0_m2, double transmural_pa)
{
    double y = transmural_pa / stiffness_pa;

    return vein ? area0_m2 * wave_vein_inverse(y, 1.0) : area0_m2 * (1 + y) * (1 + y);
}

double wave_transmural(bool vein, double stiffness_pa, double area0_m2, double area_m2)
{
    double x = area_m2 / area0_m2;

    return stiffness_pa * (vein ? wave_vein_phi(x) : sqrt(x) - 1);
}

double wave_speed(bool vein, double stiffness_pa, double area0_m2, double density,
                  double area_m2)
{
    double x = area_m2 / area0_m2;

    return sqrt(stiffness_pa / density * (vein ? x * wave_vein_slope(x) : 0.5 * sqrt(x)));
}
