/* Checkpoint: text header, then the state as 64-bit numbers, then a checksum over all of it.
 * The header names the network by a hash of everything that shapes the run, so a checkpoint of
 * another network is refused. Numbers are little-endian on every machine that this is built
 * for. */
#include "flow/pulse_impl.h"

#include <stdlib.h>
#include <string.h>

enum { CHECKPOINT_BYTES = 1 << 30 };
static const char MAGIC[16] = "wadi.flow.state1";

typedef struct checkpoint_head {
    char magic[16];
    uint64_t network, state_size, samples, vessels, steps;
    int64_t cycle, have_last, started, jumped, newton_failures;
    double residual_pa, all_updates;
} checkpoint_head;

static uint64_t mix(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * 0x100000001b3u; /* FNV-1a */
    return hash;
}

static uint64_t mix_number(uint64_t hash, double value)
{
    return mix(hash, &value, sizeof value);
}

static uint64_t hash_network(const wadi_pulse *pulse)
{
    const wadi_network *n = pulse->network;
    uint64_t hash = 0xcbf29ce484222325u;

    hash = mix_number(hash, n->blood.density_kg_m3);
    hash = mix_number(hash, n->blood.viscosity_pa_s);
    hash = mix_number(hash, n->blood.gravity_m_s2);
    hash = mix_number(hash, n->period_s);
    hash = mix_number(hash, pulse->options.dx_m);
    for (wadi_index i = 0; i < n->vessel_count; i++) {
        const wadi_network_vessel *v = &n->vessels[i];
        const double numbers[] = {v->from,
                                  v->to,
                                  v->length_m,
                                  v->radius_from_m,
                                  v->radius_to_m,
                                  v->wall,
                                  network_stiffness(v, 0),
                                  network_stiffness(v, 1),
                                  v->p_ext_pa,
                                  v->profile,
                                  network_momentum(v),
                                  network_viscosity(n, v),
                                  v->wall_pa_s_m,
                                  v->loss_from,
                                  v->loss_to};
        hash = mix(hash, v->label, strlen(v->label) + 1);
        for (size_t j = 0; j < WADI_COUNT_OF(numbers); j++)
            hash = mix_number(hash, numbers[j]);
    }
    for (wadi_index i = 0; i < n->inlet_count; i++) {
        const wadi_network_inlet *in = &n->inlets[i];
        hash = mix_number(hash, (double)in->node * 4 + (double)in->kind);
        hash = mix(hash, in->signal.time_s, in->signal.count * sizeof(double));
        hash = mix(hash, in->signal.value, in->signal.count * sizeof(double));
        hash = mix_number(hash, in->resistance_pa_s_m3);
        hash = mix_number(hash, in->inertance_pa_s2_m3);
        hash = mix_number(hash, in->fill_pa);
        hash = mix_number(hash, in->fill_resistance_pa_s_m3);
    }
    for (wadi_index i = 0; i < n->outlet_count; i++) {
        const wadi_network_outlet *o = &n->outlets[i];
        const double numbers[] = {o->node,
                                  o->kind,
                                  o->impedance_pa_s_m3,
                                  o->resistance_pa_s_m3,
                                  o->compliance_m3_pa,
                                  o->reflection,
                                  o->p_out_pa};
        for (size_t j = 0; j < WADI_COUNT_OF(numbers); j++)
            hash = mix_number(hash, numbers[j]);
    }
    for (wadi_index i = 0; i < n->chamber_count; i++) {
        hash = mix_number(hash, n->chambers[i].node);
        hash = mix_number(hash, n->chambers[i].compliance_m3_pa);
    }
    for (wadi_index i = 0; i < n->element_count; i++) {
        const wadi_network_element *e = &n->elements[i];
        const double numbers[] = {e->kind,
                                  e->from,
                                  e->to,
                                  e->resistance_pa_s_m3,
                                  e->back_resistance_pa_s_m3,
                                  e->quadratic_pa_s2_m6,
                                  e->inertance_pa_s2_m3,
                                  e->open_m2,
                                  e->closed_m2,
                                  e->length_m,
                                  e->opening_per_pa_s,
                                  e->closing_per_pa_s,
                                  e->p_open_pa,
                                  e->p_close_pa,
                                  e->p_ext_pa};
        for (size_t j = 0; j < WADI_COUNT_OF(numbers); j++)
            hash = mix_number(hash, numbers[j]);
    }
    return hash;
}

static size_t wave_numbers(const wadi_pulse *pulse)
{
    return (size_t)pulse->vessel_count * WADI_PULSE_PLACES * pulse->samples;
}

static wadi_status make_parent(const char *path, wadi_error *err)
{
    char *copy = wadi_strdup(path), *slash = copy ? strrchr(copy, '/') : NULL;
    wadi_status status = WADI_OK;

    if (!copy)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a file name");
    if (slash && slash != copy) {
        *slash = '\0';
        status = wadi_directory_make(copy, err);
    }
    free(copy);
    return status;
}

wadi_status wadi_pulse_checkpoint_write(const wadi_pulse *pulse, const char *path,
                                        wadi_error *err)
{
    checkpoint_head head = {.network = hash_network(pulse),
                            .state_size = pulse->state_size,
                            .samples = pulse->samples,
                            .vessels = (uint64_t)pulse->vessel_count,
                            .steps = (uint64_t)pulse->steps,
                            .cycle = pulse->cycle,
                            .have_last = pulse->have_last,
                            .started = pulse->started,
                            .jumped = pulse->jumped,
                            .newton_failures = pulse->newton_failures,
                            .residual_pa = pulse->residual_pa,
                            .all_updates = pulse->all_updates};
    wadi_text text = {0};
    uint64_t check;
    wadi_status status;

    memcpy(head.magic, MAGIC, sizeof head.magic);
    wadi_text_put(&text, (const char *)&head, sizeof head);
    for (wadi_index i = 0; i < pulse->vessel_count; i++) {
        const double level = pulse->vessels[i].level;
        wadi_text_put(&text, (const char *)&pulse->vessels[i].fastest, sizeof(double));
        wadi_text_put(&text, (const char *)&level, sizeof level);
    }
    wadi_text_put(&text, (const char *)pulse->state, pulse->state_size * sizeof(double));
    wadi_text_put(&text, (const char *)pulse->waves.p, wave_numbers(pulse) * sizeof(double));
    wadi_text_put(&text, (const char *)pulse->waves.q, wave_numbers(pulse) * sizeof(double));
    if (text.failed) {
        wadi_text_clear(&text);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a checkpoint");
    }
    check = mix(0xcbf29ce484222325u, text.bytes, text.size);
    wadi_text_put(&text, (const char *)&check, sizeof check);
    status = text.failed ? wadi_fail(err, WADI_ERR_NOMEM, "no memory for a checkpoint")
                         : make_parent(path, err);
    if (!status)
        status = wadi_file_write(path, text.bytes, text.size, err);
    wadi_text_clear(&text);
    return status;
}

static wadi_status check_head(const wadi_pulse *pulse, const char *place,
                              const checkpoint_head *head, const void *bytes, size_t size,
                              wadi_error *err)
{
    size_t waves, expected;
    uint64_t check;

    if (memcmp(head->magic, MAGIC, sizeof MAGIC))
        return wadi_fail(err, WADI_ERR_PARSE,
                         "%s: not a checkpoint of this version of wadi flow", place);
    if (head->network != hash_network(pulse) || head->state_size != pulse->state_size ||
        head->vessels != (uint64_t)pulse->vessel_count)
        return wadi_fail(
            err, WADI_ERR_CONFLICT,
            "%s: the checkpoint is of another network or another cell length; one of "
            "this network with cells of %g m is wanted",
            place, pulse->options.dx_m);
    if (head->samples < 2 || head->samples > 10000000 || head->steps < head->samples - 1 ||
        head->steps > 2000000000 || head->steps % (head->samples - 1))
        return wadi_fail(err, WADI_ERR_PARSE, "%s: %llu samples in %llu steps cannot be", place,
                         (unsigned long long)head->samples, (unsigned long long)head->steps);
    waves = (size_t)pulse->vessel_count * WADI_PULSE_PLACES * (size_t)head->samples;
    expected =
        sizeof *head +
        (2 * (size_t)pulse->vessel_count + pulse->state_size + 2 * waves) * sizeof(double) +
        sizeof check;
    if (size != expected)
        return wadi_fail(err, WADI_ERR_PARSE, "%s: %zu bytes, %zu are wanted: it is truncated",
                         place, size, expected);
    memcpy(&check, (const char *)bytes + size - sizeof check, sizeof check);
    if (check != mix(0xcbf29ce484222325u, bytes, size - sizeof check))
        return wadi_fail(err, WADI_ERR_PARSE, "%s: its checksum is wrong: it is damaged",
                         place);
    return WADI_OK;
}

wadi_status wadi_pulse_checkpoint_parse(wadi_pulse *pulse, const char *place, const void *bytes,
                                        size_t size, wadi_error *err)
{
    const char *at = bytes;
    checkpoint_head head;
    double pair[2];
    wadi_status status;

    if (size < sizeof head)
        return wadi_fail(err, WADI_ERR_PARSE, "%s: %zu bytes, %zu or more are wanted", place,
                         size, sizeof head);
    memcpy(&head, at, sizeof head);
    status = check_head(pulse, place, &head, bytes, size, err);
    if (status)
        return status;
    at += sizeof head;
    for (wadi_index i = 0; i < pulse->vessel_count; i++, at += sizeof pair) {
        memcpy(pair, at, sizeof pair);
        if (!(pair[0] > 0 && pair[0] < 1e12 && pair[1] >= 0 && pair[1] <= PULSE_LEVELS))
            return wadi_fail(err, WADI_ERR_PARSE, "%s: vessel %ld: wave of %g/s at level %g",
                             place, (long)i, pair[0], pair[1]);
        pulse->vessels[i].fastest = pair[0];
        pulse->vessels[i].level = (int)pair[1];
    }
    memcpy(pulse->state, at, pulse->state_size * sizeof(double));
    at += pulse->state_size * sizeof(double);
    status = pulse_mesh_restore(pulse, (long)head.steps, (size_t)head.samples, err);
    if (!status)
        status = pulse_waves_new(pulse, err);
    if (status)
        return status;
    memcpy(pulse->waves.p, at, wave_numbers(pulse) * sizeof(double));
    at += wave_numbers(pulse) * sizeof(double);
    memcpy(pulse->waves.q, at, wave_numbers(pulse) * sizeof(double));
    pulse->cycle = (long)head.cycle;
    pulse->have_last = head.have_last != 0;
    pulse->started = head.started != 0;
    pulse->jumped = head.jumped != 0;
    pulse->newton_failures = (long)head.newton_failures;
    pulse->residual_pa = head.residual_pa;
    pulse->all_updates = head.all_updates;
    return WADI_OK;
}

wadi_status wadi_pulse_checkpoint_read(wadi_pulse *pulse, const char *path, wadi_error *err)
{
    char *bytes = NULL;
    size_t size;
    wadi_status status = wadi_file_read(path, CHECKPOINT_BYTES, &bytes, &size, err);

    if (status == WADI_ERR_IO)
        return wadi_fail(err, WADI_ERR_MISSING, "%s: the checkpoint cannot be read", path);
    if (!status)
        status = wadi_pulse_checkpoint_parse(pulse, path, bytes, size, err);
    free(bytes);
    return status;
}
