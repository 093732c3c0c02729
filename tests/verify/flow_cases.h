/* Small networks that several flow tests are made of. */
#ifndef WADI_FLOW_CASES_H
#define WADI_FLOW_CASES_H

#include "near.h"
#include "wadi/network.h"
#include "wadi/pulse.h"

#include <stdlib.h>
#include <string.h>

#define DEMAND(call)                                                                           \
    do {                                                                                       \
        wadi_error problem = {0};                                                              \
        wadi_error *err = &problem;                                                            \
        if (call) {                                                                            \
            print_error("%s\n", problem.message);                                              \
            fail();                                                                            \
        }                                                                                      \
    } while (0)

static inline wadi_network *case_new(double density, double viscosity, double gravity)
{
    const wadi_network_blood blood = {
        .density_kg_m3 = density, .viscosity_pa_s = viscosity, .gravity_m_s2 = gravity};
    wadi_network *network = NULL;

    DEMAND(wadi_network_new(&blood, &network, err));
    return network;
}

static inline void case_vessel(wadi_network *network, wadi_network_vessel vessel)
{
    DEMAND(wadi_network_add_vessel(network, &vessel, err));
}

static inline void case_inflow(wadi_network *network, wadi_index node, size_t count,
                               const double *time_s, const double *flow)
{
    const wadi_network_inlet inlet = {
        .node = node, .kind = WADI_NETWORK_INFLOW, .signal = {count, time_s, flow}};

    DEMAND(wadi_network_add_inlet(network, &inlet, err));
}

static inline void case_pressure(wadi_network *network, wadi_index node, size_t count,
                                 const double *time_s, const double *pressure)
{
    const wadi_network_inlet inlet = {
        .node = node, .kind = WADI_NETWORK_PRESSURE, .signal = {count, time_s, pressure}};

    DEMAND(wadi_network_add_inlet(network, &inlet, err));
}

static inline void case_absorber(wadi_network *network, wadi_index node)
{
    const wadi_network_outlet outlet = {.node = node, .kind = WADI_NETWORK_REFLECTION};

    DEMAND(wadi_network_add_outlet(network, &outlet, err));
}

static inline void case_windkessel(wadi_network *network, wadi_index node, double z, double r,
                                   double c)
{
    const wadi_network_outlet outlet = {.node = node,
                                        .kind = WADI_NETWORK_WINDKESSEL,
                                        .impedance_pa_s_m3 = z,
                                        .resistance_pa_s_m3 = r,
                                        .compliance_m3_pa = c};

    DEMAND(wadi_network_add_outlet(network, &outlet, err));
}

/* Run plain cycles. */
static inline wadi_pulse *case_run(const wadi_network *network, double dx_m, long cycles)
{
    wadi_pulse_options options = wadi_pulse_options_default();
    wadi_pulse *pulse = NULL;

    options.dx_m = dx_m;
    options.accelerate = false;
    options.fixed_cycles = true;
    options.cycles = cycles;
    DEMAND(wadi_pulse_new(network, &options, &pulse, err));
    DEMAND(wadi_pulse_run(pulse, err));
    return pulse;
}

#endif
