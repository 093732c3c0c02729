/* The yardstick of the benchmarks: the kernels alone, on one long vessel. */
#include "flow/pulse_impl.h"

#include <stdlib.h>

wadi_status wadi_pulse_bare_kernel(bool vein, long cells, long steps, double *updates,
                                   wadi_error *err)
{
    const wadi_network_blood blood = {.density_kg_m3 = 1060, .viscosity_pa_s = 4e-3};
    const wadi_network_vessel tube = {.label = "tube",
                                      .from = 0,
                                      .to = 1,
                                      .length_m = 5e-3 * (double)cells,
                                      .radius_from_m = 4e-3,
                                      .radius_to_m = 4e-3,
                                      .wall = vein ? WADI_NETWORK_VEIN : WADI_NETWORK_ARTERY,
                                      .stiffness_from_pa = vein ? 400 : 4e4,
                                      .stiffness_to_pa = vein ? 400 : 4e4,
                                      .profile = 2};
    wadi_pulse_options options = wadi_pulse_options_default();
    wadi_network *network = NULL;
    wadi_pulse *pulse = NULL;
    wadi_status status = wadi_network_new(&blood, &network, err);

    for (wadi_index node = 0; node < 2 && !status; node++) {
        const wadi_network_outlet end = {.node = node, .kind = WADI_NETWORK_REFLECTION};
        status = wadi_network_add_outlet(network, &end, err);
    }
    if (!status)
        status = wadi_network_add_vessel(network, &tube, err);
    if (!status) {
        wadi_network_set_period(network, 1);
        status = wadi_network_finish(network, err);
    }
    options.dx_m = 5e-3;
    if (!status)
        status = wadi_pulse_new(network, &options, &pulse, err);
    if (!status) {
        pulse_march march = pulse->blocks[0].march;

        march.verge_count = 0;
        for (long step = 0; step < steps; step++)
            pulse_cells_begin(&march, 1e-5, pulse->inv_rho);
        *updates = (double)cells * (double)steps;
    }
    wadi_pulse_free(pulse);
    wadi_network_free(network);
    return status;
}
