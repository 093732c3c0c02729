/* Parameters of the model with their uncertainty: data/model.json, then the case. */
#include "base/json_impl.h"
#include "wadi/flow.h"

#include <math.h>
#include <string.h>

#define MODEL_FILE   "model.json"
#define MODEL_SCHEMA "wadi.model/1"

static const char *const NAMES[WADI_PARAMETER_COUNT] = {
    [WADI_P_MEAN_PRESSURE] = "mean_pressure",
    [WADI_P_PULSE_PRESSURE] = "pulse_pressure",
    [WADI_P_VENOUS_PRESSURE] = "venous_pressure",
    [WADI_P_UPSTREAM_RESISTANCE] = "upstream_resistance",
    [WADI_P_BAROREFLEX] = "baroreflex",
    [WADI_P_CARDIAC_OUTPUT] = "cardiac_output",
    [WADI_P_HAEMATOCRIT] = "haematocrit",
    [WADI_P_PLASMA_PROTEIN] = "plasma_protein",
    [WADI_P_HAEMOGLOBIN] = "haemoglobin",
    [WADI_P_SATURATION] = "saturation",
    [WADI_P_VEIN_WAVE_SPEED] = "vein_wave_speed",
    [WADI_P_ESCAPE_RADIUS] = "escape_radius",
    [WADI_P_PLANTAR_VEIN_RADIUS] = "plantar_vein_radius",
    [WADI_P_SAPHENOUS_RADIUS] = "saphenous_radius",
    [WADI_P_ARTERY_RADIUS] = "artery_radius",
    [WADI_P_DEMAND] = "demand",
    [WADI_P_COLLATERAL] = "collateral",
    [WADI_P_SMALL_ARTERY] = "small_artery",
    [WADI_P_DILATED_ARTERIOLE] = "dilated_arteriole",
    [WADI_P_AUTOREGULATION] = "autoregulation",
    [WADI_P_CHOKE] = "choke",
    [WADI_P_VENULE_BACKWARD] = "venule_backward",
    [WADI_P_SUPERFICIAL_SHARE] = "superficial_share",
    [WADI_P_ARTERIOLE_SHARE] = "arteriole_share",
    [WADI_P_CAPILLARY_SHARE] = "capillary_share",
    [WADI_P_CAPILLARY_CLOSING] = "capillary_closing",
    [WADI_P_OPEN_FRACTION] = "open_fraction",
    [WADI_P_RECRUITMENT] = "recruitment",
    [WADI_P_OXYGEN_USE] = "oxygen_use",
    [WADI_P_VALVE_LEAK] = "valve_leak",
    [WADI_P_EFFACED_VALVE] = "effaced_valve",
    [WADI_P_LYSED_VALVE] = "lysed_valve",
    [WADI_P_TCPO2_GAIN] = "tcpo2_gain",
    [WADI_P_TCPO2_OFFSET] = "tcpo2_offset",
};

static wadi_status read_row(wadi_model_table *table, const json_t *item, size_t at,
                            wadi_error *err)
{
    const char *name = wadi_json_get_text(item, "name", "");
    const char *law = wadi_json_get_text(item, "law", "fixed");
    wadi_parameter_row *row = NULL;

    for (int i = 0; i < WADI_PARAMETER_COUNT; i++)
        if (!strcmp(NAMES[i], name))
            row = &table->row[i];
    if (!row)
        return wadi_fail(err, WADI_ERR_KEY,
                         MODEL_FILE ": /parameters/%zu: there is no parameter '%s'", at, name);
    snprintf(row->name, sizeof row->name, "%s", name);
    snprintf(row->unit, sizeof row->unit, "%s", wadi_json_get_text(item, "unit", ""));
    snprintf(row->standing, sizeof row->standing, "%s",
             wadi_json_get_text(item, "standing", ""));
    snprintf(row->source, sizeof row->source, "%s", wadi_json_get_text(item, "source", ""));
    row->value = wadi_json_get_number(item, "value", NAN);
    row->low = wadi_json_get_number(item, "low", row->value);
    row->high = wadi_json_get_number(item, "high", row->value);
    row->law = !strcmp(law, "normal")      ? WADI_LAW_NORMAL
               : !strcmp(law, "lognormal") ? WADI_LAW_LOGNORMAL
                                           : WADI_LAW_FIXED;
    /* A share or a factor that is positive at its 5 % point must stay so in the tail (3 sd). */
    bool leaves_zero = row->law == WADI_LAW_NORMAL && row->low > 0 &&
                       strcmp(row->unit, "mmHg") &&
                       row->value - (row->value - row->low) * 3 / 1.645 <= 0;
    if (leaves_zero)
        return wadi_fail(
            err, WADI_ERR_RANGE,
            MODEL_FILE ": /parameters/%zu (%s): its normal law reaches below 0; use lognormal",
            at, name);
    if (!isfinite(row->value) || row->low > row->value || row->high < row->value ||
        (row->law == WADI_LAW_LOGNORMAL && !(row->low > 0)))
        return wadi_fail(err, WADI_ERR_RANGE,
                         MODEL_FILE
                         ": /parameters/%zu (%s): wants low <= value <= high, and low > 0 for "
                         "a lognormal law",
                         at, name);
    return WADI_OK;
}

wadi_status wadi_model_read(wadi_model_table *out, wadi_error *err)
{
    json_t *root = NULL, *item;
    size_t i;
    wadi_model_table table = {0};
    wadi_status status = wadi_json_data(MODEL_FILE, MODEL_SCHEMA, &root, err);

    if (status)
        return status;
    json_array_foreach(json_object_get(root, "parameters"), i, item)
    {
        status = read_row(&table, item, i, err);
        if (status)
            goto done;
    }
    for (int k = 0; k < WADI_PARAMETER_COUNT; k++) {
        if (!table.row[k].name[0]) {
            status = wadi_fail(err, WADI_ERR_MISSING, MODEL_FILE ": parameter %s is missing",
                               NAMES[k]);
            goto done;
        }
    }
    *out = table;
done:
    json_decref(root);
    return status;
}

/* A measured value with the 5-95 % half-width of one measurement. */
static void measured(wadi_parameter_row *row, double value, double half_width,
                     const char *source)
{
    row->value = value;
    row->low = value - half_width;
    row->high = value + half_width;
    row->law = half_width > 0 ? WADI_LAW_NORMAL : WADI_LAW_FIXED;
    snprintf(row->standing, sizeof row->standing, "CASE");
    snprintf(row->source, sizeof row->source, "%s", source);
}

/* CO = (4.874 - 0.023 age) BSA L/min, BSA after Du Bois (pyNS boundary conditions). */
static void estimate_output(wadi_parameter_row *row, const wadi_patient *patient)
{
    double age = patient->age_years.known ? patient->age_years.value : 60;
    double height = patient->height_cm.known ? patient->height_cm.value : 172;
    double weight = patient->weight_kg.known ? patient->weight_kg.value : 75;
    double area_m2 = 0.007184 * pow(weight, 0.425) * pow(height, 0.725);
    double output = (4.874 - 0.023 * age) * area_m2 * 1000;

    row->value = fmax(output, 1500);
    row->low = 0.8 * row->value;
    row->high = 1.2 * row->value;
}

void wadi_model_fit_case(wadi_model_table *table, const wadi_case *the_case)
{
    const wadi_patient *patient = &the_case->patient;
    const wadi_model_wish *wish = &the_case->model;
    wadi_parameter_row *row = table->row;
    const struct {
        wadi_parameter parameter;
        wadi_maybe value;
        double half_width;
        const char *source;
    } facts[] = {
        {WADI_P_VENOUS_PRESSURE, patient->central_venous_pressure_mmhg, 1, "/patient"},
        {WADI_P_HAEMATOCRIT, patient->haematocrit_frac, 0.01, "/patient"},
        {WADI_P_PLASMA_PROTEIN, patient->plasma_protein_g_dl, 0.2, "/patient"},
        {WADI_P_HAEMOGLOBIN, patient->haemoglobin_g_dl, 0.4, "/patient"},
        {WADI_P_SATURATION, patient->oxygen_saturation_frac, 0.01, "/patient"},
        {WADI_P_OPEN_FRACTION, wish->microvascular_open_frac, 0, "/model"},
        {WADI_P_RECRUITMENT, wish->recruitment, 0, "/model"},
        {WADI_P_VENULE_BACKWARD, wish->venule_backward_frac, 0, "/model"},
        {WADI_P_ESCAPE_RADIUS, wish->escape_radius_factor, 0, "/model"},
        {WADI_P_COLLATERAL, wish->collateral_resistance, 0, "/model"},
        {WADI_P_CHOKE, wish->choke_resistance_ratio, 0, "/model"},
    };

    for (size_t i = 0; i < WADI_COUNT_OF(facts); i++)
        if (facts[i].value.known)
            measured(&row[facts[i].parameter], facts[i].value.value, facts[i].half_width,
                     facts[i].source);
    if (patient->systolic_mmhg.known && patient->diastolic_mmhg.known) {
        double pulse = patient->systolic_mmhg.value - patient->diastolic_mmhg.value;

        measured(&row[WADI_P_MEAN_PRESSURE], patient->diastolic_mmhg.value + pulse / 3, 5,
                 "/patient");
        measured(&row[WADI_P_PULSE_PRESSURE], pulse, 6, "/patient");
    }
    if (patient->haemoglobin_g_dl.known && !patient->haematocrit_frac.known)
        /* Haematocrit in percent is about three times haemoglobin in g/dL. */
        measured(&row[WADI_P_HAEMATOCRIT], 0.03 * patient->haemoglobin_g_dl.value, 0.02,
                 "/patient/haemoglobin_g_dl");
    if (patient->cardiac_output_l_min.known)
        measured(&row[WADI_P_CARDIAC_OUTPUT], patient->cardiac_output_l_min.value * 1000,
                 patient->cardiac_output_l_min.value * 100, "/patient");
    else
        estimate_output(&row[WADI_P_CARDIAC_OUTPUT], patient);
}

wadi_model wadi_model_nominal(const wadi_model_table *table)
{
    wadi_model model;

    for (int i = 0; i < WADI_PARAMETER_COUNT; i++)
        model.value[i] = table->row[i].value;
    return model;
}

int wadi_model_free_count(const wadi_model_table *table)
{
    int count = 0;

    for (int i = 0; i < WADI_PARAMETER_COUNT; i++)
        count += table->row[i].law != WADI_LAW_FIXED;
    return count;
}

/* Two half-laws that share the median: the 5 % and 95 % points are met exactly. Tails end at
 * three standard deviations, and fractions at 1, so that no sample leaves what is possible. */
static double quantile(const wadi_parameter_row *row, double probability)
{
    const double five_percent = 1.6448536269514722;
    double z = fmin(fmax(wadi_normal_quantile(probability), -3), 3) / five_percent;

    if (row->law == WADI_LAW_LOGNORMAL)
        return row->value * pow(z > 0 ? row->high / row->value : row->value / row->low, z);
    double value = row->value + z * (z > 0 ? row->high - row->value : row->value - row->low);
    return strcmp(row->unit, "fraction") ? value : fmin(value, 1);
}

wadi_model wadi_model_sample(const wadi_model_table *table, const double *probability)
{
    wadi_model model;
    int next = 0;

    for (int i = 0; i < WADI_PARAMETER_COUNT; i++)
        model.value[i] = table->row[i].law == WADI_LAW_FIXED
                             ? table->row[i].value
                             : quantile(&table->row[i], probability[next++]);
    return model;
}
