/* libFuzzer target of the checkpoint reader: a run on one vessel takes any bytes or refuses
 * them, and can go on after it. */
#include "wadi/pulse.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static wadi_network *one_vessel(wadi_error *err)
{
    const wadi_network_blood blood = {.density_kg_m3 = 1060, .viscosity_pa_s = 4e-3};
    const wadi_network_vessel tube = {.label = "tube",
                                      .from = 0,
                                      .to = 1,
                                      .length_m = 0.02,
                                      .radius_from_m = 3e-3,
                                      .radius_to_m = 3e-3,
                                      .stiffness_from_pa = 4e4,
                                      .stiffness_to_pa = 4e4};
    wadi_network *network = NULL;
    wadi_status status = wadi_network_new(&blood, &network, err);

    for (wadi_index node = 0; node < 2 && !status; node++) {
        const wadi_network_outlet end = {.node = node, .kind = WADI_NETWORK_REFLECTION};
        status = wadi_network_add_outlet(network, &end, err);
    }
    if (!status)
        status = wadi_network_add_vessel(network, &tube, err);
    wadi_network_set_period(network, 0.01);
    if (status || wadi_network_finish(network, err))
        abort();
    return network;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wadi_pulse_options options = wadi_pulse_options_default();
    wadi_error err = {0};
    wadi_network *network = one_vessel(&err);
    wadi_pulse *pulse = NULL;

    options.cycles = 1;
    options.fixed_cycles = true;
    options.accelerate = false;
    if (wadi_pulse_new(network, &options, &pulse, &err))
        abort();
    if (wadi_pulse_checkpoint_parse(pulse, "input", data, size, &err) && !err.message[0])
        abort();
    if (wadi_pulse_run(pulse, &err) && !err.message[0])
        abort();
    wadi_pulse_free(pulse);
    wadi_network_free(network);
    return 0;
}
