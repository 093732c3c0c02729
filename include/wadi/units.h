/// @file units.h
/// The only bridge between clinical units and SI. All are exact by definition, but for mmHg,
/// which is 101325/760 Pa to the digits given.
#ifndef WADI_UNITS_H
#define WADI_UNITS_H

#define WADI_PA_PER_MMHG 133.322387415
#define WADI_M_PER_MM    1e-3
#define WADI_M3_PER_ML   1e-6
#define WADI_S_PER_MIN   60.0
/// 1 mL/min in m3/s.
#define WADI_M3_S_PER_ML_MIN (1e-6 / 60.0)
/// 1 mmHg min/mL in Pa s/m3.
#define WADI_PA_S_M3_PER_MMHG_MIN_ML (WADI_PA_PER_MMHG / WADI_M3_S_PER_ML_MIN)
#define WADI_MM_PER_FRENCH           (1.0 / 3.0)
#define WADI_MM_PER_INCH             25.4
#define WADI_PI                      3.14159265358979323846

#endif
