/* Numbers around the operation: duplex alerts, heparin, what stents there are. */
#include "stage/stage_impl.h"

static wadi_status check_velocity(const char *name, wadi_maybe psv, wadi_error *err)
{
    /* No conduit has a peak velocity of 0.8 cm/s: that is metres. */
    if (psv.known && psv.value > 0 && psv.value < 10)
        return wadi_fail(err, WADI_ERR_RANGE,
                         "%s is %g, allowed is 0 or 10 to 800 cm/s (in m/s? then %g)", name,
                         psv.value, psv.value * 100);
    return wadi_check_maybe(name, psv, 0, 800, "cm/s", err);
}

static wadi_status check_visit(const wadi_surveillance_visit *v, wadi_error *err)
{
    wadi_status status = wadi_check_maybe("vf", v->flow_ml_min, 0, 5000, "mL/min", err);

    if (!status)
        status = wadi_check_maybe("vf_prev", v->previous_flow_ml_min, 0, 5000, "mL/min", err);
    if (!status)
        status = check_velocity("psv", v->psv_cm_s, err);
    if (!status)
        status = check_velocity("psv_prev", v->previous_psv_cm_s, err);
    if (!status)
        status = wadi_check_maybe("days", v->days, 0, 3650, "days", err);
    if (status)
        return status;
    if (!v->flow_ml_min.known && !v->psv_cm_s.known)
        return wadi_fail(err, WADI_ERR_MISSING, "neither vf (mL/min) nor psv (cm/s) is given");
    if ((v->previous_flow_ml_min.known || v->previous_psv_cm_s.known) && !v->days.known)
        return wadi_fail(err, WADI_ERR_MISSING,
                         "days is not given: how long after the visit before");
    return WADI_OK;
}

/* By 20 % or more, without a division. */
static bool fell(wadi_maybe now, wadi_maybe before)
{
    return now.known && before.known && before.value > 0 &&
           100 * (before.value - now.value) >= 20 * before.value;
}

wadi_status wadi_surveillance(const wadi_surveillance_visit *v, wadi_surveillance_result *out,
                              wadi_error *err)
{
    wadi_status status = check_visit(v, err);
    bool within_month = v->days.known && v->days.value <= WADI_SURVEILLANCE_MONTH_DAYS;

    if (status)
        return status;
    out->flow_100 = v->flow_ml_min.known && v->flow_ml_min.value <= 100;
    out->flow_195 = v->flow_ml_min.known && v->flow_ml_min.value <= 195 && !out->flow_100;
    out->psv_55 = v->psv_cm_s.known && v->psv_cm_s.value <= 55;
    out->fall_20 = within_month && (fell(v->flow_ml_min, v->previous_flow_ml_min) ||
                                    fell(v->psv_cm_s, v->previous_psv_cm_s));
    return WADI_OK;
}

wadi_status wadi_heparin(double weight_kg, wadi_maybe mg_per_kg, wadi_maybe iu_per_kg,
                         wadi_heparin_result *out, wadi_error *err)
{
    static const double IU_PER_MG = 100; /* a convention; the document prints mg/kg */
    wadi_status status = wadi_check_range("weight_kg", weight_kg, 20, 350, "kg", err);
    double dose;

    if (status)
        return status;
    if (mg_per_kg.known == iu_per_kg.known)
        return wadi_fail(err, mg_per_kg.known ? WADI_ERR_UNIT : WADI_ERR_MISSING,
                         "give one dose with its unit: dose_mg_per_kg or dose_iu_per_kg");
    dose = mg_per_kg.known ? IU_PER_MG * mg_per_kg.value : iu_per_kg.value;
    if (!(dose >= 10 && dose <= 200)) {
        if (mg_per_kg.known)
            return wadi_fail(
                err, WADI_ERR_UNIT,
                "dose_mg_per_kg is %g, allowed is 0.1 to 2 mg/kg (10 to 200 IU/kg); "
                "is it in IU?",
                mg_per_kg.value);
        return wadi_fail(err, WADI_ERR_UNIT,
                         "dose_iu_per_kg is %g, allowed is 10 to 200 IU/kg; is it in mg?",
                         iu_per_kg.value);
    }
    *out = (wadi_heparin_result){dose * weight_kg, dose, mg_per_kg.known};
    return WADI_OK;
}

wadi_stent_check wadi_stent_range(double diameter_mm, double length_mm, bool tibial)
{
    return (wadi_stent_check){
        .diameter_impossible = !(diameter_mm >= 2 && diameter_mm <= 13),
        .length_impossible = !(length_mm >= 15 && length_mm <= 250),
        .diameter_soft = !(diameter_mm >= 3.5 && diameter_mm <= 6),
        .length_soft = !(length_mm >= 40 && length_mm <= 250),
        .oversize_tibial = tibial && diameter_mm >= 11,
    };
}
