/* A limb as a pulsatile network. The steady solution about which it pulses is found first and
 * gives every resistance that the pulse level does not resolve itself (arteriolar tone, open
 * capillaries, collaterals, disease), so that both levels share one network and one mean. */
#include "flow/flow_impl.h"
#include "flow/pulse_limb_impl.h"
#include "flow/pulse_network_impl.h"

#include <stdlib.h>
#include <string.h>

/* A stretch of more than this times Poiseuille's resistance is not a tube: collaterals. */
static const double TUBE_LIMIT = 5;
/* A piece shorter than this (what a plan cuts off beside a crossing) only resists: as a tube it
 * would set everybody's time step. */
static const double SHORTEST_M = 4e-3;
/* Listed vein radii hold here (data/model.json). */
static const double VEIN_REFERENCE_PA = 8 * WADI_PA_PER_MMHG;
/* Arterial wall, E h / r = k1 exp(k2 r) + k3: M. S. Olufsen, Am. J. Physiol. 276 (1999) H257.
 */
static const double OLUFSEN_K1 = 2e6, OLUFSEN_K2 = -2253, OLUFSEN_K3 = 8.65e4;
/* A stent graft hardly gives: 10 times the artery's wall. ESTIMATE. */
static const double GRAFT_STIFFER = 10;
/* Valves of veins: rates as used by L. O. Mueller, E. F. Toro 2014; MEMORY. */
static const double VALVE_RATE = 0.3;
/* Time constants of a bed, s, against its whole resistance: arteriole, mesh, venules. ESTIMATE.
 */
static const double BED_TIME[] = {0.1, 0.3, 1.0};
/* Heart period, s: 70 beats a minute. ESTIMATE. */
static const double PERIOD_S = 60.0 / 70;
enum { PRESSURE_SAMPLES = 201 };

typedef struct converter {
    wadi_network *network;
    const wadi_limb *limb;
    const double *value;
    wadi_steady *steady;
    double vein_reference; /* A/A0 of a vein at the reference pressure */
    wadi_index next_node;
    bool *chambered;  /* by steady node */
    double *start_pa; /* by node of the network */
} converter;

static bool alive(const converter *c, wadi_index node)
{
    return isfinite(c->steady->pressure[node]);
}

static double olufsen_k(double radius_m)
{
    return 4.0 / 3.0 * (OLUFSEN_K1 * exp(OLUFSEN_K2 * radius_m) + OLUFSEN_K3);
}

/* Mean radius that, as a tube of the segment's taper, has the resistance of its edge at one
 * viscosity; the calibre's viscosity goes into the tube, so the ratio tells what is left over.
 */
static double healthy_resistance(const converter *c, const wadi_segment *s, double factor)
{
    double r0 = factor * s->radius_from_m, r1 = factor * s->radius_to_m;

    return wadi_poiseuille(wadi_viscosity(c->value[WADI_P_HAEMATOCRIT],
                                          c->value[WADI_P_PLASMA_PROTEIN], 0.5 * (r0 + r1)),
                           s->length_m, r0, r1);
}

static double factor_of(const converter *c, const wadi_segment *s, const wadi_vessel *v)
{
    if (s->role == WADI_FOOT_PERFORATOR)
        return c->value[WADI_P_ESCAPE_RADIUS];
    if (v->measured)
        return 1;
    switch (v->group) {
    case WADI_GROUP_PLANTAR_VEIN:
        return c->value[WADI_P_PLANTAR_VEIN_RADIUS];
    case WADI_GROUP_SAPHENOUS:
        return c->value[WADI_P_SAPHENOUS_RADIUS];
    case WADI_GROUP_CRURAL_ARTERY:
    case WADI_GROUP_SMALL_ARTERY:
        return c->value[WADI_P_ARTERY_RADIUS];
    default:
        return 1;
    }
}

static wadi_status add_resistor(converter *c, const char *label, wadi_index from, wadi_index to,
                                double forward, double back, double quadratic, wadi_error *err)
{
    const wadi_network_element e = {.label = label,
                                    .kind = WADI_NETWORK_RESISTOR,
                                    .from = from,
                                    .to = to,
                                    .resistance_pa_s_m3 = forward,
                                    .back_resistance_pa_s_m3 = back,
                                    .quadratic_pa_s2_m6 = quadratic};

    return wadi_network_add_element(c->network, &e, err);
}

/* Area ratio at which the potential of a vein (wadi_vein_potential) is y. */
static double area_of_potential(double y)
{
    double low = 1e-3, high = 2;

    while (wadi_vein_potential(high) < y)
        high *= 2;
    for (int i = 0; i < 60; i++) {
        double middle = 0.5 * (low + high);

        if (wadi_vein_potential(middle) < y)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

/* What a loss in a vein is worth where its blood flows: the steady level weighs it with the
 * open area, (A/A0)^2, all along the edge. At the mean, inset and tube together then drop what
 * the steady edge drops. */
static double loss_factor(const converter *c, wadi_index index)
{
    const edge *e = &c->steady->edges[index];
    double k = c->steady->vein_k_pa, q = c->steady->edge_flow[index], dp, at, beyond, rest, sum;
    double pa = c->steady->pressure[e->a], pb = c->steady->pressure[e->b];

    if (e->law != EDGE_VEIN)
        return 1;
    at = wadi_vein_area(pa / k);
    rest = wadi_vein_potential(wadi_vein_area(pb / k)) + e->r[q < 0] * q / k;
    if (e->quadratic[q < 0] * q * q < 1e-3 * fabs(pa - pb) || rest <= -3.8)
        return 1 / (at * at);
    beyond = area_of_potential(rest);
    dp = pa - k * (pow(beyond, 10) - pow(beyond, -1.5));
    sum = e->quadratic[q < 0] * q * fabs(q);
    /* A mean of 1/x^2 between both sides of the loss; a trickle is lost in rounding. */
    return fmin(fmax(dp / sum, fmin(1 / (at * at), 1 / (beyond * beyond))),
                fmax(1 / (at * at), 1 / (beyond * beyond)));
}

/* What a segment holds besides its tube: valves that shut, or a loss alike both ways. */
static wadi_status add_inset(converter *c, const char *label, wadi_index index, wadi_index from,
                             wadi_index to, double radius_m, wadi_error *err)
{
    const edge *e = &c->steady->edges[index];
    double factor = loss_factor(c, index), back = factor * e->quadratic[1];
    double forward = fmax(factor * e->quadratic[0], 1e-9 * back);
    wadi_network_element valve = {.label = label,
                                  .kind = WADI_NETWORK_VALVE,
                                  .from = from,
                                  .to = to,
                                  .length_m = 2 * radius_m,
                                  .opening_per_pa_s = VALVE_RATE,
                                  .closing_per_pa_s = VALVE_RATE};

    if (e->quadratic[1] <= 2 * e->quadratic[0]) {
        /* The blood in a jet as long as it is wide. */
        const wadi_network_element loss = {.label = label,
                                           .kind = WADI_NETWORK_RESISTOR,
                                           .from = from,
                                           .to = to,
                                           .quadratic_pa_s2_m6 = forward,
                                           .inertance_pa_s2_m3 =
                                               2 * FLOW_DENSITY_KG_M3 / (WADI_PI * radius_m)};
        return wadi_network_add_element(c->network, &loss, err);
    }
    valve.open_m2 =
        fmin(sqrt(0.5 * FLOW_DENSITY_KG_M3 / forward), 4 * WADI_PI * radius_m * radius_m);
    valve.closed_m2 = sqrt(0.5 * FLOW_DENSITY_KG_M3 / back);
    return wadi_network_add_element(c->network, &valve, err);
}

/* What the inset just added loses at the mean. */
static double inset_fall(const converter *c, wadi_index segment)
{
    const wadi_network_element *e = &c->network->elements[c->network->element_count - 1];
    double q = c->steady->edge_flow[c->steady->segment_edge[segment]];
    double area = q > 0 ? e->open_m2 : e->closed_m2, b = e->quadratic_pa_s2_m6;

    if (e->kind == WADI_NETWORK_VALVE)
        b = 0.5 * FLOW_DENSITY_KG_M3 / (area * area);
    return b * q * fabs(q);
}

static wadi_status add_tube(converter *c, const char *label, const wadi_segment *s,
                            double factor, double excess, wadi_index from, wadi_index to,
                            wadi_error *err)
{
    const wadi_steady *steady = c->steady;
    double r0 = factor * s->radius_from_m, r1 = factor * s->radius_to_m;
    wadi_network_vessel v = {.label = label,
                             .from = from,
                             .to = to,
                             .length_m = s->length_m,
                             .radius_from_m = r0,
                             .radius_to_m = r1,
                             .profile = 2,
                             .momentum = 1};

    v.viscosity_pa_s =
        excess * wadi_viscosity(c->value[WADI_P_HAEMATOCRIT], c->value[WADI_P_PLASMA_PROTEIN],
                                0.5 * (r0 + r1));
    if (s->kind == WADI_VEIN) {
        v.wall = WADI_NETWORK_VEIN;
        v.stiffness_from_pa = v.stiffness_to_pa = steady->vein_k_pa;
        v.radius_from_m /= sqrt(c->vein_reference);
        v.radius_to_m /= sqrt(c->vein_reference);
    } else {
        /* Radii of arteries hold at the mean pressure that they carry. */
        double stiffer = s->kind == WADI_GRAFT ? GRAFT_STIFFER : 1;
        v.stiffness_from_pa = stiffer * olufsen_k(r0);
        v.stiffness_to_pa = stiffer * olufsen_k(r1);
        v.p_ext_pa = 0.5 * (steady->pressure[s->from] + steady->pressure[s->to]);
    }
    return wadi_network_add_vessel(c->network, &v, err);
}

/* The vessel just added lies where its segment lies. */
static void keep_course(converter *c, wadi_index segment)
{
    wadi_index vessel = c->network->vessel_count - 1;

    c->network->segment_vessel[segment] = vessel;
    for (int place = 0; place < 5; place++) {
        double *point = c->network->course_m[vessel][place];

        wadi_limb_point(c->limb, segment, 0.25 * place, point);
        for (int k = 0; k < 3; k++)
            point[k] *= WADI_M_PER_MM;
    }
}

static wadi_status add_segment(converter *c, wadi_index i, wadi_error *err)
{
    wadi_index count;
    const wadi_segment *s = &wadi_limb_segments(c->limb, &count)[i];
    const wadi_vessel *vessel = &wadi_limb_vessels(c->limb, &count)[s->vessel];
    wadi_index from = s->from;
    const edge *e;
    double factor, healthy, rest, excess;
    char label[64], inset[80];
    wadi_status status = WADI_OK;

    if (c->steady->segment_edge[i] == WADI_NONE || !alive(c, s->from) || !alive(c, s->to))
        return WADI_OK;
    e = &c->steady->edges[c->steady->segment_edge[i]];
    factor = factor_of(c, s, vessel);
    healthy = healthy_resistance(c, s, factor);
    rest = s->kind == WADI_VEIN ? c->vein_reference * c->vein_reference : 1;
    excess = e->r[0] / (healthy * rest);
    /* Parts of a divided segment share their name. */
    snprintf(label, sizeof label, "%s", s->name);
    for (wadi_index j = 0; j < c->network->vessel_count; j++)
        if (!strcmp(c->network->vessels[j].label, label))
            snprintf(label, sizeof label, "%s@%ld", s->name, lround(1e3 * s->at_from_m));
    if (excess > TUBE_LIMIT || s->length_m < SHORTEST_M)
        return add_resistor(c, label, s->from, s->to, e->r[0], 0, e->quadratic[0], err);
    if (e->quadratic[0] > 0 || e->quadratic[1] > 0) {
        snprintf(inset, sizeof inset, "%s/inset", label);
        from = c->next_node++;
        status = add_inset(c, inset, c->steady->segment_edge[i], s->from, from,
                           factor * fmin(s->radius_from_m, s->radius_to_m), err);
        c->start_pa[from] = c->steady->pressure[s->from] - inset_fall(c, i);
    }
    if (!status)
        status = add_tube(c, label, s, factor, excess, from, s->to, err);
    if (!status)
        keep_course(c, i);
    return status;
}

/* ---- beds ---- */

/* The resistance an edge shows at the mean: its law's curvature belongs to slower things (tone,
 * recruitment) than a heartbeat. */
static wadi_status add_bed_edge(converter *c, wadi_index index, wadi_error *err)
{
    const wadi_steady *s = c->steady;
    const edge *e = &s->edges[index];
    double dp, q, r = e->r[0], back = 0;
    char label[32];

    if (!alive(c, e->a) || !alive(c, e->b))
        return WADI_OK;
    dp = s->pressure[e->a] - s->pressure[e->b];
    q = s->edge_flow[index];
    if (fabs(q) > 1e-18 && dp / q > 0)
        r = dp / q;
    if (e->law == EDGE_PLAIN && e->r[1] != e->r[0]) {
        r = e->r[0];
        back = e->r[1];
    }
    snprintf(label, sizeof label, "bed edge %ld", (long)index);
    return add_resistor(c, label, e->a, e->b, r, back, 0, err);
}

static wadi_status add_chamber(converter *c, wadi_index node, double compliance,
                               wadi_error *err)
{
    wadi_network_chamber chamber = {.node = node, .compliance_m3_pa = compliance};

    if (node == WADI_NONE || !alive(c, node) || c->chambered[node])
        return WADI_OK;
    chamber.p_start_pa = c->steady->pressure[node];
    c->chambered[node] = true;
    return wadi_network_add_chamber(c->network, &chamber, err);
}

static wadi_status add_beds(converter *c, wadi_error *err)
{
    const double gradient_pa = 83 * WADI_PA_PER_MMHG; /* healthy artery to vein */
    wadi_index count, heart_edge = c->steady->edge_count - 1;
    const wadi_bed *beds = wadi_limb_beds(c->limb, &count);
    wadi_status status = WADI_OK;

    for (wadi_index i = c->steady->bed[0].edge_first; i < heart_edge && !status; i++)
        status = add_bed_edge(c, i, err);
    for (wadi_index i = 0; i < count && !status; i++) {
        const bed_nodes *n = &c->steady->bed[i];
        double unit = beds[i].flow_m3_s / gradient_pa; /* conductance of the bed */

        status = add_chamber(c, n->arteriole, BED_TIME[0] * unit, err);
        if (!status)
            status = add_chamber(c, n->mesh, BED_TIME[1] * unit, err);
        if (!status)
            status = add_chamber(c, n->deep, BED_TIME[2] * unit, err);
        if (!status)
            status = add_chamber(c, n->superficial, BED_TIME[2] * unit, err);
    }
    return status;
}

/* ---- ends ---- */

/* Shape of arterial pressure over a beat, 0 to 1 with the mean of 1/3 that SBP, DBP and MAP of
 * the model share: a smooth rise, then a decay. Made up. */
static double beat(double x)
{
    const double rise = 0.15, decay = 2.79;

    if (x < rise)
        return 0.5 * (1 - cos(WADI_PI * x / rise));
    x = (x - rise) / (1 - rise);
    return (exp(-decay * x) - exp(-decay)) / (1 - exp(-decay));
}

static wadi_status add_arterial_pressure(converter *c, wadi_error *err)
{
    const edge *e = &c->steady->edges[c->steady->edge_count - 1];
    double time_s[PRESSURE_SAMPLES], value[PRESSURE_SAMPLES], mean = 0;
    double swing = c->value[WADI_P_PULSE_PRESSURE] * WADI_PA_PER_MMHG;
    wadi_network_inlet inlet = {.node = wadi_limb_inlet(c->limb),
                                .kind = WADI_NETWORK_PRESSURE,
                                .signal = {PRESSURE_SAMPLES, time_s, value},
                                .resistance_pa_s_m3 = e->r[0]};

    for (int i = 0; i < PRESSURE_SAMPLES - 1; i++)
        mean += beat(i / (PRESSURE_SAMPLES - 1.0)) / (PRESSURE_SAMPLES - 1);
    for (int i = 0; i < PRESSURE_SAMPLES; i++) {
        time_s[i] = PERIOD_S * i / (PRESSURE_SAMPLES - 1);
        value[i] = c->steady->source_pa +
                   swing * (beat(i % (PRESSURE_SAMPLES - 1) / (PRESSURE_SAMPLES - 1.0)) - mean);
    }
    return wadi_network_add_inlet(c->network, &inlet, err);
}

static wadi_status add_outlet(converter *c, wadi_index node, wadi_error *err)
{
    const wadi_network_outlet outlet = {
        .node = node, .kind = WADI_NETWORK_FIXED, .p_out_pa = c->steady->outlet_pa};

    return wadi_network_add_outlet(c->network, &outlet, err);
}

/* Heart, aorta as a store, and the rest of the body beside the leg. It gives way to what the
 * leg takes as the steady level's heart does, reflexes included. */
static wadi_status add_beating_heart(converter *c, double reference_m3_s, wadi_error *err)
{
    wadi_index aorta = c->next_node++, body = c->next_node++;
    double inflow =
        reference_m3_s >= 0 ? reference_m3_s : c->steady->edge_flow[c->steady->edge_count - 1];
    double time_s[PRESSURE_SAMPLES], elastance[PRESSURE_SAMPLES];
    const limb_heart_wish wish = {
        .mean_pa = c->value[WADI_P_MEAN_PRESSURE] * WADI_PA_PER_MMHG,
        .swing_pa = c->value[WADI_P_PULSE_PRESSURE] * WADI_PA_PER_MMHG,
        .venous_pa = c->steady->outlet_pa,
        .output_m3_s = c->value[WADI_P_CARDIAC_OUTPUT] * WADI_M3_S_PER_ML_MIN,
        .period_s = PERIOD_S,
        .source_resistance = (1 - c->value[WADI_P_BAROREFLEX]) *
                             c->value[WADI_P_MEAN_PRESSURE] * WADI_PA_PER_MMHG /
                             (c->value[WADI_P_CARDIAC_OUTPUT] * WADI_M3_S_PER_ML_MIN)};
    limb_heart h;
    wadi_status status = limb_heart_fit(&wish, &h, err);
    wadi_network_inlet heart = {.node = aorta,
                                .kind = WADI_NETWORK_HEART,
                                .signal = {PRESSURE_SAMPLES, time_s, elastance}};
    wadi_network_chamber store = {.node = aorta, .p_start_pa = wish.mean_pa};

    if (status)
        return status;
    for (int i = 0; i < PRESSURE_SAMPLES; i++) {
        time_s[i] = PERIOD_S * i / (PRESSURE_SAMPLES - 1);
        elastance[i] =
            h.least_pa_m3 + (h.most_pa_m3 - h.least_pa_m3) * limb_heart_activation(time_s[i]);
    }
    heart.resistance_pa_s_m3 = h.empty_resistance;
    heart.fill_pa = h.fill_pa;
    heart.fill_resistance_pa_s_m3 = h.fill_resistance;
    store.compliance_m3_pa = h.compliance_m3_pa;
    status = wadi_network_add_inlet(c->network, &heart, err);
    if (!status)
        status = wadi_network_add_chamber(c->network, &store, err);
    if (!status)
        status = add_resistor(c, "rest of the body", aorta, body,
                              (wish.mean_pa - wish.venous_pa) / (wish.output_m3_s - inflow), 0,
                              0, err);
    if (!status)
        status = add_outlet(c, body, err);
    if (!status)
        status = add_resistor(c, "aorta to leg", aorta, wadi_limb_inlet(c->limb),
                              c->steady->upstream_r, 0, 0, err);
    return status;
}

static wadi_status place_nodes(converter *c, wadi_error *err)
{
    wadi_index count;
    const wadi_segment *segments = wadi_limb_segments(c->limb, &count);
    wadi_status status = WADI_OK;

    for (wadi_index i = 0; i < count && !status; i++)
        for (int side = 0; side < 2 && !status; side++) {
            double p[3];
            wadi_limb_point(c->limb, i, side, p);
            for (int k = 0; k < 3; k++)
                p[k] *= WADI_M_PER_MM;
            status = wadi_network_place(c->network, side ? segments[i].to : segments[i].from, p,
                                        err);
        }
    return status;
}

static wadi_status map_segments(wadi_network *network, wadi_index count, wadi_error *err)
{
    network->segment_vessel = wadi_alloc((size_t)count, sizeof *network->segment_vessel);
    network->course_m = wadi_alloc((size_t)count, sizeof *network->course_m);
    if (!network->segment_vessel || !network->course_m)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %ld segments", (long)count);
    for (wadi_index i = 0; i < count; i++)
        network->segment_vessel[i] = WADI_NONE;
    network->segment_count = count;
    return WADI_OK;
}

/* The levels share their mean, so the pressures of the steady one are where it begins. */
static wadi_status keep_pressures(converter *c, wadi_index segments, wadi_error *err)
{
    size_t count = (size_t)(c->steady->node_count + segments);

    c->start_pa = wadi_alloc(count, sizeof *c->start_pa);
    if (!c->start_pa)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu nodes", count);
    for (wadi_index i = 0; i < c->steady->node_count; i++)
        c->start_pa[i] = alive(c, i) ? c->steady->pressure[i] : c->steady->outlet_pa;
    c->network->start_node_pa = c->start_pa; /* handed over */
    return WADI_OK;
}

static wadi_status convert(const wadi_limb *limb, const wadi_model *model,
                           double reference_inflow_m3_s, bool heart, wadi_network **out,
                           wadi_error *err)
{
    wadi_steady_options options = wadi_steady_options_default();
    wadi_network_blood blood = {.density_kg_m3 = FLOW_DENSITY_KG_M3};
    wadi_steady_result means;
    converter c = {.limb = limb, .value = model->value};
    wadi_index count;
    wadi_status status;

    *out = NULL;
    options.reference_inflow_m3_s = reference_inflow_m3_s;
    blood.viscosity_pa_s =
        wadi_viscosity(c.value[WADI_P_HAEMATOCRIT], c.value[WADI_P_PLASMA_PROTEIN], 5e-3);
    status = wadi_steady_new(&c.steady, err);
    if (!status)
        status = wadi_steady_solve(c.steady, limb, model, &options, &means, err);
    if (!status)
        status = wadi_network_new(&blood, &c.network, err);
    if (status)
        goto done;
    c.vein_reference = wadi_vein_area(VEIN_REFERENCE_PA / c.steady->vein_k_pa);
    c.next_node = c.steady->node_count;
    c.chambered = wadi_alloc((size_t)c.steady->node_count, sizeof *c.chambered);
    if (!c.chambered) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %ld nodes",
                           (long)c.steady->node_count);
        goto done;
    }
    wadi_limb_segments(limb, &count);
    status = map_segments(c.network, count, err);
    if (!status)
        status = keep_pressures(&c, count, err);
    for (wadi_index i = 0; i < count && !status; i++)
        status = add_segment(&c, i, err);
    if (!status)
        status = add_beds(&c, err);
    if (!status)
        status = heart ? add_beating_heart(&c, reference_inflow_m3_s, err)
                       : add_arterial_pressure(&c, err);
    if (!status)
        status = add_outlet(&c, wadi_limb_outlet(limb), err);
    if (!status)
        status = place_nodes(&c, err);
    wadi_network_set_start(c.network, c.steady->outlet_pa);
    wadi_network_allow_closed_ends(c.network);
    if (!status)
        status = wadi_network_finish(c.network, err);
    if (status)
        goto done;
    *out = c.network;
    c.network = NULL;
done:
    wadi_network_free(c.network);
    wadi_steady_free(c.steady);
    free(c.chambered);
    return status;
}

wadi_status wadi_network_from_limb(const wadi_limb *limb, const wadi_model *model,
                                   double reference_inflow_m3_s, wadi_network **out,
                                   wadi_error *err)
{
    return convert(limb, model, reference_inflow_m3_s, false, out, err);
}

wadi_status wadi_network_from_limb_and_heart(const wadi_limb *limb, const wadi_model *model,
                                             double reference_inflow_m3_s, wadi_network **out,
                                             wadi_error *err)
{
    return convert(limb, model, reference_inflow_m3_s, true, out, err);
}
