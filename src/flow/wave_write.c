/* What a run leaves behind: tables for people and programs. */
#include "base/json_impl.h"
#include "flow/wave_table_impl.h"

#include <stdlib.h>
#include <string.h>

/* A label as a CSV field: quoted when it must be. */
static void put_field(wadi_text *text, const char *label)
{
    if (!strpbrk(label, ",\"\n\r")) {
        wadi_text_add(text, "%s", label);
        return;
    }
    wadi_text_put(text, "\"", 1);
    for (const char *at = label; *at; at++) {
        if (*at == '"')
            wadi_text_put(text, "\"", 1);
        wadi_text_put(text, at, 1);
    }
    wadi_text_put(text, "\"", 1);
}

static wadi_status write_waveforms(const wave_table *table, const char *path, wadi_error *err)
{
    size_t n = table->samples;
    double *columns = wadi_alloc(5 * n, sizeof *columns);
    wadi_text text = {0};
    wadi_status status = WADI_OK;

    if (!columns)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu samples", n);
    wadi_text_add(&text, "vessel,position_frac,time_s,pressure_pa,flow_m3_s,area_m2,"
                         "velocity_m_s\n");
    for (wadi_index i = 0; i < table->network->vessel_count; i++)
        for (int place = 0; place < WADI_PULSE_PLACES; place++) {
            wave_table_waveform(table, i, place, columns, columns + n, columns + 2 * n,
                                columns + 3 * n, columns + 4 * n);
            for (size_t j = 0; j < n; j++) {
                put_field(&text, table->network->vessels[i].label);
                wadi_text_add(&text, ",%g,%.9g,%.9g,%.9g,%.9g,%.9g\n", WAVE_PLACES[place],
                              columns[j], columns[n + j], columns[2 * n + j],
                              columns[3 * n + j], columns[4 * n + j]);
            }
        }
    if (text.failed)
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the waveforms");
    else
        status = wadi_file_write(path, text.bytes, text.size, err);
    wadi_text_clear(&text);
    free(columns);
    return status;
}

wadi_status wave_table_write(const wave_table *table, const char *directory, wadi_error *err)
{
    size_t size = strlen(directory) + 32;
    char *path = wadi_alloc(size, 1);
    wadi_status status;

    if (!path)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a file name");
    status = wadi_directory_make(directory, err);
    snprintf(path, size, "%s/waveforms.csv", directory);
    if (!status)
        status = write_waveforms(table, path, err);
    snprintf(path, size, "%s/waveforms.svg", directory);
    if (!status)
        status = wave_svg_write(table, path, err);
    if (!status)
        status = wave_vtp_write(table, directory, err);
    free(path);
    return status;
}

static json_t *vessel_json(const wave_table *table, wadi_index i)
{
    const struct {
        const char *name;
        size_t at;
    } fields[] = {
        {"pressure_mean_pa", offsetof(wadi_pulse_indices, p_mean_pa)},
        {"pressure_min_pa", offsetof(wadi_pulse_indices, p_min_pa)},
        {"pressure_max_pa", offsetof(wadi_pulse_indices, p_max_pa)},
        {"flow_mean_m3_s", offsetof(wadi_pulse_indices, q_mean_m3_s)},
        {"flow_min_m3_s", offsetof(wadi_pulse_indices, q_min_m3_s)},
        {"flow_max_m3_s", offsetof(wadi_pulse_indices, q_max_m3_s)},
        {"psv_m_s", offsetof(wadi_pulse_indices, psv_m_s)},
        {"edv_m_s", offsetof(wadi_pulse_indices, edv_m_s)},
        {"ri", offsetof(wadi_pulse_indices, ri)},
        {"pi", offsetof(wadi_pulse_indices, pi)},
        {"acceleration_time_s", offsetof(wadi_pulse_indices, acceleration_s)},
        {"wall_shear_mean_pa", offsetof(wadi_pulse_indices, wss_mean_pa)},
        {"wall_shear_peak_pa", offsetof(wadi_pulse_indices, wss_peak_pa)},
    };
    wadi_pulse_indices indices;
    json_t *object = json_object();

    wave_table_indices(table, i, &indices);
    json_object_set_new(object, "name", json_string(table->network->vessels[i].label));
    for (size_t f = 0; f < WADI_COUNT_OF(fields); f++) {
        double value;
        memcpy(&value, (const char *)&indices + fields[f].at, sizeof value);
        json_object_set_new(object, fields[f].name, wadi_json_number(value));
    }
    return object;
}

wadi_status wave_table_json(const wave_table *table, const char *level,
                            const wadi_pulse_summary *summary, double cpu_s,
                            double peak_rss_bytes, char **out, size_t *size, wadi_error *err)
{
    const wadi_pulse_summary s = *summary;
    json_t *root = json_object(), *list = json_array();
    wadi_status status;

    json_object_set_new(root, "schema", json_string("wadi.flow/1"));
    json_object_set_new(root, "level", json_string(level));
    json_object_set_new(root, "cells", json_integer(s.cells));
    json_object_set_new(root, "cycles", json_integer(s.cycles));
    json_object_set_new(root, "periodic", json_boolean(s.periodic));
    json_object_set_new(root, "periodic_residual_mmhg",
                        wadi_json_number(s.residual_pa / WADI_PA_PER_MMHG));
    json_object_set_new(root, "mass_balance", wadi_json_number(s.mass_balance));
    json_object_set_new(root, "cell_updates", wadi_json_number(s.cell_updates));
    json_object_set_new(root, "cell_updates_per_cycle", wadi_json_number(s.cycle_updates));
    json_object_set_new(root, "cell_updates_per_cycle_global_step",
                        wadi_json_number(s.global_updates));
    json_object_set_new(root, "steps_per_cycle", json_integer(s.steps_per_cycle));
    json_object_set_new(root, "period_s", wadi_json_number(table->network->period_s));
    json_object_set_new(root, "cpu_s", wadi_json_number(cpu_s));
    json_object_set_new(root, "peak_rss_bytes", wadi_json_number(peak_rss_bytes));
    for (wadi_index i = 0; i < table->network->vessel_count; i++)
        json_array_append_new(list, vessel_json(table, i));
    json_object_set_new(root, "vessels", list);
    status = wadi_json_text(root, out, size, err);
    json_decref(root);
    return status;
}
