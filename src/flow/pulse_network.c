#include "flow/pulse_network_impl.h"

#include <stdlib.h>
#include <string.h>

enum { NODE_LIMIT = 1000000 };

wadi_status wadi_network_new(const wadi_network_blood *blood, wadi_network **out,
                             wadi_error *err)
{
    *out = NULL;
    if (!(blood->density_kg_m3 > 0) || !isfinite(blood->density_kg_m3))
        return wadi_fail(err, WADI_ERR_RANGE,
                         "blood: density is %g kg/m3, more than 0 is wanted",
                         blood->density_kg_m3);
    if (!(blood->viscosity_pa_s >= 0) || !isfinite(blood->viscosity_pa_s))
        return wadi_fail(err, WADI_ERR_RANGE,
                         "blood: viscosity is %g Pa s, 0 or more is wanted",
                         blood->viscosity_pa_s);
    *out = wadi_alloc(1, sizeof **out);
    if (!*out)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a network");
    (*out)->blood = *blood;
    return WADI_OK;
}

void wadi_network_free(wadi_network *network)
{
    if (!network)
        return;
    for (wadi_index i = 0; i < network->vessel_count; i++)
        free((char *)network->vessels[i].label);
    for (wadi_index i = 0; i < network->element_count; i++)
        free((char *)network->elements[i].label);
    for (wadi_index i = 0; i < network->inlet_count; i++) {
        free((double *)network->inlets[i].signal.time_s);
        free((double *)network->inlets[i].signal.value);
    }
    free(network->vessels);
    free(network->inlets);
    free(network->outlets);
    free(network->chambers);
    free(network->elements);
    free(network->position_m);
    free(network->node_number);
    free(network->segment_vessel);
    free(network->start_node_pa);
    free(network->course_m);
    free(network);
}

/* Room for one more; arrays grow by doubling. */
static wadi_status grow(void **array, wadi_index count, size_t size, wadi_error *err)
{
    void *more;

    if (count & (count - 1))
        return WADI_OK;
    more = wadi_realloc(*array, count ? 2 * (size_t)count : 1, size);
    if (!more)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a larger network");
    *array = more;
    return WADI_OK;
}

static wadi_status need_node(wadi_network *network, wadi_index node, wadi_error *err)
{
    double(*more)[3];

    if (node < 0 || node >= NODE_LIMIT)
        return wadi_fail(err, WADI_ERR_RANGE, "node %ld is not within 0 and %d", (long)node,
                         NODE_LIMIT - 1);
    if (node < network->node_count)
        return WADI_OK;
    more = wadi_realloc(network->position_m, (size_t)node + 1, sizeof *more);
    if (!more)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for node %ld", (long)node);
    memset(more + network->node_count, 0,
           (size_t)(node + 1 - network->node_count) * sizeof *more);
    network->position_m = more;
    network->node_count = node + 1;
    return WADI_OK;
}

static wadi_status want(const char *what, const char *label, double value, bool fine,
                        const char *wanted, wadi_error *err)
{
    if (fine && isfinite(value))
        return WADI_OK;
    return wadi_fail(err, WADI_ERR_RANGE, "vessel '%s': %s is %g, %s is wanted", label, what,
                     value, wanted);
}

static wadi_status check_vessel(const wadi_network_vessel *v, wadi_error *err)
{
    wadi_status status = WADI_OK;
    const struct {
        const char *what;
        double value;
        bool fine;
        const char *wanted;
    } rules[] = {
        {"length", v->length_m, v->length_m > 0, "more than 0 m"},
        {"first radius", v->radius_from_m, v->radius_from_m > 0, "more than 0 m"},
        {"last radius", v->radius_to_m, v->radius_to_m > 0, "more than 0 m"},
        {"elastic modulus", v->young_pa, v->young_pa >= 0, "more than 0 Pa"},
        {"wall thickness", v->thickness_m, v->thickness_m >= 0, "more than 0 m"},
        {"first wall stiffness", v->stiffness_from_pa,
         v->young_pa > 0 || v->stiffness_from_pa > 0, "more than 0 Pa"},
        {"last wall stiffness", v->stiffness_to_pa, v->young_pa > 0 || v->stiffness_to_pa > 0,
         "more than 0 Pa"},
        {"outside pressure", v->p_ext_pa, true, "a pressure in Pa"},
        {"velocity profile", v->profile, v->profile >= 0, "0 or more"},
        {"momentum factor", v->momentum, v->momentum == 0 || v->momentum >= 1, "1 or more"},
        {"viscosity", v->viscosity_pa_s, v->viscosity_pa_s >= 0, "0 Pa s or more"},
        {"wall viscosity", v->wall_pa_s_m, v->wall_pa_s_m >= 0, "0 Pa s m or more"},
        {"loss at the first end", v->loss_from, v->loss_from >= 0, "0 or more"},
        {"loss at the last end", v->loss_to, v->loss_to >= 0, "0 or more"},
    };

    for (size_t i = 0; i < WADI_COUNT_OF(rules) && !status; i++)
        status =
            want(rules[i].what, v->label, rules[i].value, rules[i].fine, rules[i].wanted, err);
    if (!status && v->from == v->to)
        status = wadi_fail(err, WADI_ERR_CONFLICT, "vessel '%s': begins and ends at node %ld",
                           v->label, (long)v->from);
    return status;
}

wadi_status wadi_network_add_vessel(wadi_network *network, const wadi_network_vessel *vessel,
                                    wadi_error *err)
{
    wadi_status status = check_vessel(vessel, err);

    for (wadi_index i = 0; i < network->vessel_count && !status; i++)
        if (!strcmp(network->vessels[i].label, vessel->label))
            status = wadi_fail(err, WADI_ERR_CONFLICT,
                               "vessel '%s': a second vessel has this name, one is wanted",
                               vessel->label);
    if (!status)
        status = need_node(network, vessel->from, err);
    if (!status)
        status = need_node(network, vessel->to, err);
    if (!status)
        status = grow((void **)&network->vessels, network->vessel_count, sizeof *vessel, err);
    if (status)
        return status;
    wadi_network_vessel copy = *vessel;
    copy.label = wadi_strdup(vessel->label);
    if (!copy.label)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a vessel's name");
    network->vessels[network->vessel_count++] = copy;
    return WADI_OK;
}

static wadi_status check_signal(const wadi_network_signal *signal, wadi_error *err)
{
    double low = INFINITY, high = -INFINITY;

    if (signal->count < 1)
        return wadi_fail(err, WADI_ERR_MISSING, "inlet: no samples, at least one is wanted");
    for (size_t i = 0; i < signal->count; i++) {
        if (!isfinite(signal->time_s[i]) || !isfinite(signal->value[i]))
            return wadi_fail(err, WADI_ERR_RANGE,
                             "inlet: sample %zu is %g at %g s, finite numbers are wanted",
                             i + 1, signal->value[i], signal->time_s[i]);
        if (i && !(signal->time_s[i] > signal->time_s[i - 1]))
            return wadi_fail(err, WADI_ERR_RANGE,
                             "inlet: sample %zu is at %g s, later than %g s is wanted", i + 1,
                             signal->time_s[i], signal->time_s[i - 1]);
        low = fmin(low, signal->value[i]);
        high = fmax(high, signal->value[i]);
    }
    if (signal->time_s[0] != 0)
        return wadi_fail(err, WADI_ERR_RANGE, "inlet: the first sample is at %g s, 0 is wanted",
                         signal->time_s[0]);
    double gap = signal->value[signal->count - 1] - signal->value[0];
    if (fabs(gap) > 0.01 * (high - low) + 1e-12 * fmax(fabs(high), fabs(low)))
        return wadi_fail(err, WADI_ERR_RANGE,
                         "inlet: not periodic: it begins with %g and ends with %g, "
                         "the same value is wanted",
                         signal->value[0], signal->value[signal->count - 1]);
    return WADI_OK;
}

/* A straight line misses amplitude times (2 pi k / samples)^2 / 8 of a harmonic. */
wadi_status wadi_network_harmonics(double period_s, double mean, int harmonics,
                                   const double *cosine, const double *sine, size_t *count,
                                   double *time_s, double *value, wadi_error *err)
{
    const double tolerance = 1e-4;
    double all = 0, bend = 0;
    size_t wanted;

    for (int k = 1; k <= harmonics; k++) {
        double size = hypot(cosine[k - 1], sine[k - 1]);
        all += size;
        bend += size * pow(2 * WADI_PI * k, 2) / 8;
    }
    if (!(period_s > 0) || !isfinite(period_s + mean + bend))
        return wadi_fail(
            err, WADI_ERR_RANGE,
            "harmonics: period is %g s and mean %g, finite numbers and a period of "
            "more than 0 s are wanted",
            period_s, mean);
    wanted = all > 0 ? 1 + (size_t)ceil(sqrt(bend / (tolerance * all))) : 2;
    wanted = wanted > 2 ? wanted : 2;
    if (*count < wanted)
        return wadi_fail(err, WADI_ERR_RANGE,
                         "harmonics: there is room for %zu samples, %zu are wanted", *count,
                         wanted);
    for (size_t i = 0; i < wanted; i++) {
        double turn = 2 * WADI_PI * (double)(i % (wanted - 1)) / (double)(wanted - 1);
        time_s[i] = period_s * (double)i / (double)(wanted - 1);
        value[i] = mean;
        for (int k = 1; k <= harmonics; k++)
            value[i] += cosine[k - 1] * cos(k * turn) + sine[k - 1] * sin(k * turn);
    }
    *count = wanted;
    return WADI_OK;
}

static wadi_status check_heart(const wadi_network_inlet *inlet, wadi_error *err)
{
    if (!(inlet->resistance_pa_s_m3 > 0 && inlet->fill_resistance_pa_s_m3 > 0 &&
          isfinite(inlet->fill_pa)))
        return wadi_fail(err, WADI_ERR_RANGE,
                         "heart at node %ld: resistances are %g and %g Pa s/m3, more than 0 is "
                         "wanted; the filling pressure is %g Pa, a number is wanted",
                         (long)inlet->node, inlet->resistance_pa_s_m3,
                         inlet->fill_resistance_pa_s_m3, inlet->fill_pa);
    for (size_t i = 0; i < inlet->signal.count; i++)
        if (!(inlet->signal.value[i] > 0))
            return wadi_fail(err, WADI_ERR_RANGE,
                             "heart at node %ld: elastance %zu is %g Pa/m3, more than 0 is "
                             "wanted",
                             (long)inlet->node, i + 1, inlet->signal.value[i]);
    return WADI_OK;
}

wadi_status wadi_network_add_inlet(wadi_network *network, const wadi_network_inlet *inlet,
                                   wadi_error *err)
{
    wadi_status status = check_signal(&inlet->signal, err);
    wadi_network_inlet copy = *inlet;
    double *time_s = NULL, *value = NULL;
    size_t count = inlet->signal.count;

    if (!status && !(inlet->resistance_pa_s_m3 >= 0 && inlet->inertance_pa_s2_m3 >= 0))
        status =
            wadi_fail(err, WADI_ERR_RANGE,
                      "inlet at node %ld: resistance %g Pa s/m3 and inertance %g Pa s2/m3, "
                      "0 or more is wanted",
                      (long)inlet->node, inlet->resistance_pa_s_m3, inlet->inertance_pa_s2_m3);
    if (!status && inlet->kind == WADI_NETWORK_HEART)
        status = check_heart(inlet, err);
    if (!status)
        status = need_node(network, inlet->node, err);
    if (!status)
        status = grow((void **)&network->inlets, network->inlet_count, sizeof copy, err);
    if (status)
        return status;
    time_s = wadi_alloc(count, sizeof *time_s);
    value = wadi_alloc(count, sizeof *value);
    if (!time_s || !value) {
        free(time_s);
        free(value);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu inlet samples", count);
    }
    memcpy(time_s, inlet->signal.time_s, count * sizeof *time_s);
    memcpy(value, inlet->signal.value, count * sizeof *value);
    copy.signal = (wadi_network_signal){count, time_s, value};
    network->inlets[network->inlet_count++] = copy;
    return WADI_OK;
}

wadi_status wadi_network_add_outlet(wadi_network *network, const wadi_network_outlet *outlet,
                                    wadi_error *err)
{
    wadi_status status = WADI_OK;
    bool windkessel = outlet->kind == WADI_NETWORK_WINDKESSEL;

    if (windkessel && !(outlet->impedance_pa_s_m3 >= 0 && isfinite(outlet->impedance_pa_s_m3)))
        status = wadi_fail(err, WADI_ERR_RANGE,
                           "outlet at node %ld: R1 is %g Pa s/m3, 0 or more is wanted",
                           (long)outlet->node, outlet->impedance_pa_s_m3);
    else if (windkessel &&
             !(outlet->resistance_pa_s_m3 > 0 && isfinite(outlet->resistance_pa_s_m3)))
        status = wadi_fail(err, WADI_ERR_RANGE,
                           "outlet at node %ld: R2 is %g Pa s/m3, more than 0 is wanted",
                           (long)outlet->node, outlet->resistance_pa_s_m3);
    else if (windkessel &&
             !(outlet->compliance_m3_pa >= 0 && isfinite(outlet->compliance_m3_pa)))
        status = wadi_fail(err, WADI_ERR_RANGE,
                           "outlet at node %ld: compliance is %g m3/Pa, 0 or more is wanted",
                           (long)outlet->node, outlet->compliance_m3_pa);
    else if (outlet->kind == WADI_NETWORK_REFLECTION && !(fabs(outlet->reflection) <= 1))
        status = wadi_fail(err, WADI_ERR_RANGE,
                           "outlet at node %ld: reflection is %g, -1 to 1 is wanted",
                           (long)outlet->node, outlet->reflection);
    else if (!isfinite(outlet->p_out_pa))
        status = wadi_fail(err, WADI_ERR_RANGE,
                           "outlet at node %ld: its pressure is %g, a number in Pa is wanted",
                           (long)outlet->node, outlet->p_out_pa);
    if (!status)
        status = need_node(network, outlet->node, err);
    if (!status)
        status = grow((void **)&network->outlets, network->outlet_count, sizeof *outlet, err);
    if (!status)
        network->outlets[network->outlet_count++] = *outlet;
    return status;
}

wadi_status wadi_network_add_chamber(wadi_network *network, const wadi_network_chamber *chamber,
                                     wadi_error *err)
{
    wadi_status status = need_node(network, chamber->node, err);

    if (!status && !(chamber->compliance_m3_pa > 0 && isfinite(chamber->compliance_m3_pa) &&
                     isfinite(chamber->p_start_pa)))
        status = wadi_fail(err, WADI_ERR_RANGE,
                           "chamber at node %ld: compliance is %g m3/Pa, more than 0 is wanted",
                           (long)chamber->node, chamber->compliance_m3_pa);
    if (!status)
        status =
            grow((void **)&network->chambers, network->chamber_count, sizeof *chamber, err);
    if (!status)
        network->chambers[network->chamber_count++] = *chamber;
    return status;
}

static wadi_status check_element(const wadi_network_element *e, wadi_error *err)
{
    bool valve = e->kind == WADI_NETWORK_VALVE;
    const double positive[] = {e->resistance_pa_s_m3, e->back_resistance_pa_s_m3,
                               e->quadratic_pa_s2_m6, e->inertance_pa_s2_m3,
                               e->opening_per_pa_s,   e->closing_per_pa_s};

    for (size_t i = 0; i < WADI_COUNT_OF(positive); i++)
        if (!(positive[i] >= 0) || !isfinite(positive[i]))
            return wadi_fail(err, WADI_ERR_RANGE,
                             "element '%s': a coefficient is %g, 0 or more is wanted", e->label,
                             positive[i]);
    if (valve && !(e->open_m2 >= e->closed_m2 && e->closed_m2 > 0 && e->length_m > 0 &&
                   isfinite(e->open_m2 + e->length_m)))
        return wadi_fail(err, WADI_ERR_RANGE,
                         "valve '%s': areas open %g and closed %g m2, length %g m: "
                         "open >= closed > 0 and length > 0 are wanted",
                         e->label, e->open_m2, e->closed_m2, e->length_m);
    if (valve && !(e->opening_per_pa_s > 0 && e->closing_per_pa_s > 0))
        return wadi_fail(err, WADI_ERR_RANGE,
                         "valve '%s': rates %g and %g per Pa s, more than 0 is wanted",
                         e->label, e->opening_per_pa_s, e->closing_per_pa_s);
    if (!valve && !(e->resistance_pa_s_m3 + e->quadratic_pa_s2_m6 > 0))
        return wadi_fail(err, WADI_ERR_RANGE,
                         "element '%s': resistance is %g Pa s/m3, more than 0 is wanted",
                         e->label, e->resistance_pa_s_m3);
    if (e->from == e->to)
        return wadi_fail(err, WADI_ERR_CONFLICT, "element '%s': begins and ends at node %ld",
                         e->label, (long)e->from);
    return WADI_OK;
}

wadi_status wadi_network_add_element(wadi_network *network, const wadi_network_element *element,
                                     wadi_error *err)
{
    wadi_status status = check_element(element, err);
    wadi_network_element copy = *element;

    for (wadi_index i = 0; i < network->element_count && !status; i++)
        if (!strcmp(network->elements[i].label, element->label))
            status = wadi_fail(err, WADI_ERR_CONFLICT,
                               "element '%s': a second one has this name, one is wanted",
                               element->label);
    if (!status)
        status = need_node(network, element->from, err);
    if (!status)
        status = need_node(network, element->to, err);
    if (!status)
        status = grow((void **)&network->elements, network->element_count, sizeof copy, err);
    if (status)
        return status;
    copy.label = wadi_strdup(element->label);
    if (!copy.label)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for an element's name");
    network->elements[network->element_count++] = copy;
    return WADI_OK;
}

wadi_status wadi_network_place(wadi_network *network, wadi_index node,
                               const double position_m[3], wadi_error *err)
{
    wadi_status status = need_node(network, node, err);

    if (!status)
        memcpy(network->position_m[node], position_m, sizeof network->position_m[node]);
    return status;
}

void wadi_network_set_period(wadi_network *network, double period_s)
{
    network->period_s = period_s;
}

void wadi_network_set_start(wadi_network *network, double pressure_pa)
{
    network->start_pa = pressure_pa;
}

void wadi_network_allow_closed_ends(wadi_network *network)
{
    network->closed_ends = true;
}

wadi_index wadi_network_vessel_count(const wadi_network *network)
{
    return network->vessel_count;
}

const wadi_network_vessel *wadi_network_vessel_at(const wadi_network *network,
                                                  wadi_index vessel)
{
    WADI_ASSERT(vessel >= 0 && vessel < network->vessel_count);
    return &network->vessels[vessel];
}

wadi_index wadi_network_vessel_of_segment(const wadi_network *network, wadi_index segment)
{
    return segment >= 0 && segment < network->segment_count ? network->segment_vessel[segment]
                                                            : WADI_NONE;
}

double wadi_network_period_s(const wadi_network *network)
{
    return network->period_s;
}

long network_node_number(const wadi_network *network, wadi_index node)
{
    return network->node_number ? network->node_number[node] : node;
}

double network_radius(const wadi_network_vessel *v, double x_frac)
{
    return v->radius_from_m + (v->radius_to_m - v->radius_from_m) * x_frac;
}

double network_stiffness(const wadi_network_vessel *v, double x_frac)
{
    double r, h;

    if (!(v->young_pa > 0))
        return v->stiffness_from_pa + (v->stiffness_to_pa - v->stiffness_from_pa) * x_frac;
    r = network_radius(v, x_frac);
    h = v->thickness_m > 0 ? v->thickness_m
                           : r * (0.2802 * exp(-505.3 * r) + 0.1324 * exp(-11.14 * r));
    return 4.0 / 3.0 * v->young_pa * h / r;
}

double network_momentum(const wadi_network_vessel *v)
{
    return v->momentum > 0 ? v->momentum : (v->profile + 2) / (v->profile + 1);
}

double network_viscosity(const wadi_network *network, const wadi_network_vessel *v)
{
    return v->viscosity_pa_s > 0 ? v->viscosity_pa_s : network->blood.viscosity_pa_s;
}
