/* From limb and model to edges: one law each, with its coefficients. */
#include "flow/flow_impl.h"
#include "wadi/units.h"

#include <math.h>
#include <string.h>

/* Pressure difference over a healthy bed at its resting flow, artery 90 to vein 7 mmHg. */
static const double HEALTHY_GRADIENT_PA = 83 * WADI_PA_PER_MMHG;
/* Listed vein radii hold here (leg-model). */
static const double VEIN_REFERENCE_PA = 8 * WADI_PA_PER_MMHG;
/* Healthy capillary pressure, at which the capillary share of a bed holds (leg-model). */
static const double CAPILLARY_REFERENCE_PA = 24 * WADI_PA_PER_MMHG;
enum {
    STAR_EDGES = 7,
    SERIES_EDGES = 3,
    STAR_NODES = 5,
    SERIES_NODES = 2,
    LONGEST_LESIONS = 16
};

typedef struct builder {
    wadi_steady *solver;
    const wadi_limb *limb;
    const double *value; /* model parameters */
    double vein_reference_area;
} builder;

static edge *add_edge(wadi_steady *solver, edge_law law, wadi_index a, wadi_index b, double r)
{
    edge *new_edge = &solver->edges[solver->edge_count++];

    WADI_ASSERT(solver->edge_count <= solver->edge_capacity);
    *new_edge = (edge){.law = law, .a = a, .b = b, .r = {r, r}};
    return new_edge;
}

static double radius_factor(const builder *b, const wadi_vessel *vessel,
                            const wadi_segment *segment)
{
    if (segment->role == WADI_FOOT_PERFORATOR)
        return b->value[WADI_P_ESCAPE_RADIUS];
    if (vessel->measured)
        return 1;
    switch (vessel->group) {
    case WADI_GROUP_PLANTAR_VEIN:
        return b->value[WADI_P_PLANTAR_VEIN_RADIUS];
    case WADI_GROUP_SAPHENOUS:
        return b->value[WADI_P_SAPHENOUS_RADIUS];
    case WADI_GROUP_CRURAL_ARTERY:
    case WADI_GROUP_SMALL_ARTERY:
        return b->value[WADI_P_ARTERY_RADIUS];
    default:
        return 1;
    }
}

/* Viscous resistance of the part [u, v] (fractions) of a segment. */
static double part_resistance(const builder *b, const wadi_segment *segment, double factor,
                              double u, double v)
{
    double r0 =
        factor * (segment->radius_from_m + u * (segment->radius_to_m - segment->radius_from_m));
    double r1 =
        factor * (segment->radius_from_m + v * (segment->radius_to_m - segment->radius_from_m));
    double viscosity = wadi_viscosity(b->value[WADI_P_HAEMATOCRIT],
                                      b->value[WADI_P_PLASMA_PROTEIN], 0.5 * (r0 + r1));

    return wadi_poiseuille(viscosity, (v - u) * segment->length_m, r0, r1);
}

typedef struct stretch {
    double u, v, times; /* fractions of the segment; multiple of the healthy resistance */
} stretch;

static void sort_stretches(stretch *list, int count)
{
    for (int i = 1; i < count; i++)
        for (int j = i; j > 0 && list[j].u < list[j - 1].u; j--) {
            stretch swap = list[j];
            list[j] = list[j - 1];
            list[j - 1] = swap;
        }
}

/* Occluded stretches of a segment; what overlaps counts once. */
static int occlusions_of(const builder *b, const wadi_segment *segment, stretch *list)
{
    wadi_index count;
    const wadi_limb_lesion *lesions = wadi_limb_lesions(b->limb, &count);
    double span = segment->at_to_m - segment->at_from_m;
    int found = 0;

    for (wadi_index i = 0; i < count && found < LONGEST_LESIONS; i++) {
        const wadi_limb_lesion *lesion = &lesions[i];
        double u = (lesion->from_m - segment->at_from_m) / span,
               v = (lesion->to_m - segment->at_from_m) / span;

        if (lesion->vessel != segment->vessel || lesion->kind != WADI_OCCLUSION ||
            lesion->treated)
            continue;
        stretch part = {fmax(fmin(u, v), 0), fmin(fmax(u, v), 1),
                        lesion->collateral_resistance > 0 ? lesion->collateral_resistance
                                                          : b->value[WADI_P_COLLATERAL]};
        if (part.v > part.u)
            list[found++] = part;
    }
    sort_stretches(list, found);
    return found;
}

/* Does a part of a vessel hold a place? A place where two parts meet belongs to the farther. */
static bool holds(const wadi_segment *segment, const wadi_vessel *vessel, double at_m)
{
    const double slack_m = 1e-9;
    double low = fmin(segment->at_from_m, segment->at_to_m),
           high = fmax(segment->at_from_m, segment->at_to_m);

    return at_m >= low && (at_m < high || high >= vessel->length_m - slack_m);
}

/* A stenosis belongs to the part of its vessel that holds its middle. */
static void add_stenoses(const builder *b, const wadi_segment *segment,
                         const wadi_vessel *vessel, double factor, edge *e)
{
    wadi_index count;
    const wadi_limb_lesion *lesions = wadi_limb_lesions(b->limb, &count);

    for (wadi_index i = 0; i < count; i++) {
        const wadi_limb_lesion *lesion = &lesions[i];
        double middle = 0.5 * (lesion->from_m + lesion->to_m), radius, viscosity, r, q;

        if (lesion->vessel != segment->vessel || lesion->kind != WADI_STENOSIS ||
            lesion->treated || !holds(segment, vessel, middle))
            continue;
        radius = factor * 0.5 * (segment->radius_from_m + segment->radius_to_m);
        viscosity =
            wadi_viscosity(b->value[WADI_P_HAEMATOCRIT], b->value[WADI_P_PLASMA_PROTEIN],
                           radius * (1 - lesion->stenosis_frac));
        wadi_stenosis(viscosity, radius, lesion->to_m - lesion->from_m, lesion->stenosis_frac,
                      &r, &q);
        for (int d = 0; d < 2; d++) {
            e->r[d] += r;
            e->quadratic[d] += q;
        }
    }
}

static double orifice(double open_frac, double area_m2)
{
    double loss = 1 / (open_frac * area_m2) - 1 / area_m2;

    return 0.5 * FLOW_DENSITY_KG_M3 * loss * loss;
}

/* Forwards every valve is open; backwards a competent one is a leak, an effaced one a narrow
 * orifice, a lysed one as open as forwards. */
static void add_valves(const builder *b, const wadi_segment *segment, const wadi_vessel *vessel,
                       double area_m2, edge *e)
{
    wadi_index count;
    const wadi_limb_valve *valves = wadi_limb_valves(b->limb, &count);

    for (wadi_index i = 0; i < count; i++) {
        if (valves[i].vessel != segment->vessel || valves[i].state == WADI_VALVE_ABSENT ||
            !holds(segment, vessel, valves[i].at_m))
            continue;
        double open = orifice(b->value[WADI_P_LYSED_VALVE], area_m2);

        e->quadratic[0] += open;
        switch (valves[i].state) {
        case WADI_VALVE_COMPETENT:
            e->quadratic[1] += orifice(b->value[WADI_P_VALVE_LEAK], area_m2);
            break;
        case WADI_VALVE_PARTLY_EFFACED:
            e->quadratic[1] += orifice(b->value[WADI_P_EFFACED_VALVE], area_m2);
            break;
        default:
            e->quadratic[1] += open;
        }
    }
}

static void add_segment_edge(const builder *b, const wadi_segment *segment,
                             const wadi_vessel *vessel)
{
    wadi_steady *solver = b->solver;
    double factor = radius_factor(b, vessel, segment), r = 0, at = 0, loss;
    stretch closed[LONGEST_LESIONS];
    int closed_count = segment->kind == WADI_ARTERY ? occlusions_of(b, segment, closed) : 0;
    double narrow_m = factor * fmin(segment->radius_from_m, segment->radius_to_m);
    double area_m2 = WADI_PI * narrow_m * narrow_m;
    edge *e;

    for (int i = 0; i < closed_count; i++) {
        if (closed[i].v <= at)
            continue;
        double u = fmax(closed[i].u, at);
        if (u > at)
            r += part_resistance(b, segment, factor, at, u);
        r += closed[i].times * part_resistance(b, segment, factor, u, closed[i].v);
        at = closed[i].v;
    }
    if (at < 1)
        r += part_resistance(b, segment, factor, at, 1);
    if (vessel->group == WADI_GROUP_SMALL_ARTERY && wadi_limb_small_artery_disease(b->limb))
        r *= b->value[WADI_P_SMALL_ARTERY];
    /* In veins r is that at rest, A0; listed radii hold at the reference pressure. */
    if (segment->kind == WADI_VEIN)
        r *= b->vein_reference_area * b->vein_reference_area;
    e = add_edge(solver, segment->kind == WADI_VEIN ? EDGE_VEIN : EDGE_PLAIN, segment->from,
                 segment->to, r);
    /* A perforator loses its dynamic pressure once, however often it is divided. */
    loss = segment->loss_k +
           (segment->role == WADI_FOOT_PERFORATOR && holds(segment, vessel, 0) ? 1 : 0);
    if (loss > 0)
        e->quadratic[0] = e->quadratic[1] =
            loss * 0.5 * FLOW_DENSITY_KG_M3 / (area_m2 * area_m2);
    if (segment->kind == WADI_ARTERY)
        add_stenoses(b, segment, vessel, factor, e);
    if (segment->kind == WADI_VEIN)
        add_valves(b, segment, vessel, area_m2, e);
}

static void set_tone(const builder *b, edge *e, double rest_pa)
{
    double gamma = b->value[WADI_P_AUTOREGULATION],
           widest = 1 / b->value[WADI_P_DILATED_ARTERIOLE];
    double limit = pow(widest, -1 / gamma);

    e->tone_limit2 = limit * limit * rest_pa * rest_pa;
    e->tone_scale2 = rest_pa * rest_pa * (1 + limit * limit);
}

static void add_series_bed(const builder *b, const wadi_bed *bed, bed_nodes *nodes,
                           double flow_m3_s)
{
    wadi_steady *solver = b->solver;
    double total = HEALTHY_GRADIENT_PA / flow_m3_s,
           arteriole = b->value[WADI_P_ARTERIOLE_SHARE];
    double capillary = b->value[WADI_P_CAPILLARY_SHARE];
    edge *e;

    *nodes = (bed_nodes){solver->node_count, WADI_NONE, solver->node_count + 1,
                         WADI_NONE,          WADI_NONE, solver->edge_count};
    solver->node_count += SERIES_NODES;
    e = add_edge(solver, EDGE_ARTERIOLE, bed->artery, nodes->arteriole, arteriole * total);
    set_tone(b, e, arteriole * HEALTHY_GRADIENT_PA);
    add_edge(solver, EDGE_PLAIN, nodes->arteriole, nodes->mesh, capillary * total);
    e = add_edge(solver, EDGE_PLAIN, nodes->mesh, bed->deep,
                 (1 - arteriole - capillary) * total);
    e->r[1] /= b->value[WADI_P_VENULE_BACKWARD];
}

static double superficial_share(const builder *b, const wadi_bed *bed)
{
    /* Only toes and sole drain about half and half and carry the shift. */
    double shift =
        fabs(bed->superficial_share_frac - 0.5) < 0.01 ? b->value[WADI_P_SUPERFICIAL_SHARE] : 0;

    return fmin(fmax(bed->superficial_share_frac + shift, 0.05), 0.95);
}

static void add_star_bed(const builder *b, const wadi_bed *bed, bed_nodes *nodes)
{
    wadi_steady *solver = b->solver;
    const double *value = b->value;
    wadi_index n = solver->node_count;
    double total = HEALTHY_GRADIENT_PA / bed->flow_m3_s, venule, capillary, open, share[2];
    edge *e;

    *nodes = (bed_nodes){n, n + 1, n + 2, n + 3, n + 4, solver->edge_count};
    solver->node_count += STAR_NODES;
    share[1] = superficial_share(b, bed);
    share[0] = 1 - share[1];
    flow_capillary_potential(CAPILLARY_REFERENCE_PA, solver->capillary_half_pa, &open);
    capillary = 0.5 * value[WADI_P_CAPILLARY_SHARE] * total * open /
                (fmax(value[WADI_P_OPEN_FRACTION], 1e-6) * value[WADI_P_RECRUITMENT]);
    venule = (1 - value[WADI_P_ARTERIOLE_SHARE] - value[WADI_P_CAPILLARY_SHARE]) * total;
    for (int half = 0; half < 2; half++) {
        e = add_edge(solver, EDGE_ARTERIOLE, half ? nodes->arteriole : bed->artery,
                     half ? nodes->pre : nodes->arteriole,
                     0.5 * value[WADI_P_ARTERIOLE_SHARE] * total);
        set_tone(b, e, 0.5 * value[WADI_P_ARTERIOLE_SHARE] * HEALTHY_GRADIENT_PA);
    }
    add_edge(solver, EDGE_CAPILLARY, nodes->pre, nodes->mesh, capillary);
    add_edge(solver, EDGE_CAPILLARY, nodes->mesh, nodes->deep, capillary / share[0]);
    add_edge(solver, EDGE_CAPILLARY, nodes->mesh, nodes->superficial, capillary / share[1]);
    for (int side = 0; side < 2; side++) {
        e = add_edge(solver, EDGE_PLAIN, side ? nodes->superficial : nodes->deep,
                     side ? bed->superficial : bed->deep, venule / share[side]);
        e->r[1] /= value[WADI_P_VENULE_BACKWARD];
    }
}

static wadi_status grow_nodes(wadi_steady *s, wadi_index count, wadi_error *err)
{
#define GROW(member)                                                                           \
    do {                                                                                       \
        void *grown = wadi_realloc(s->member, (size_t)count, sizeof *s->member);               \
        if (!grown)                                                                            \
            return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d nodes", count);            \
        s->member = grown;                                                                     \
    } while (0)
    if (count <= s->node_capacity)
        return WADI_OK;
    GROW(pressure);
    GROW(trial);
    GROW(imbalance);
    GROW(step);
    GROW(vein_f);
    GROW(vein_df);
    GROW(cap_f);
    GROW(cap_df);
    GROW(has_vein);
    GROW(has_cap);
    GROW(unknown);
    GROW(order);
    GROW(content);
    GROW(weight);
    GROW(use);
    GROW(ranked);
    s->node_capacity = count;
    return WADI_OK;
}

static wadi_status grow_edges(wadi_steady *s, wadi_index count, wadi_error *err)
{
    if (count <= s->edge_capacity)
        return WADI_OK;
    GROW(edges);
    GROW(edge_flow);
    GROW(slope_a);
    GROW(slope_b);
    GROW(next_edge);
    count *= 4;
    GROW(slots);
    s->edge_capacity = count / 4;
    return WADI_OK;
}

static wadi_status reserve(wadi_steady *s, const wadi_limb *limb, wadi_error *err)
{
    wadi_index beds, segments, chokes, count;
    wadi_status status;

    wadi_limb_beds(limb, &beds);
    wadi_limb_segments(limb, &segments);
    wadi_limb_chokes(limb, &chokes);
    status = grow_nodes(s, wadi_limb_node_count(limb) + STAR_NODES * beds + 2, err);
    if (!status)
        status = grow_edges(s, segments + STAR_EDGES * beds + chokes + 2, err);
    if (status)
        return status;
    count = segments;
    if (count > s->segment_capacity) {
        GROW(segment_edge);
        GROW(segment_flow);
        s->segment_capacity = count;
    }
    count = beds;
    if (count > s->bed_capacity) {
        GROW(bed);
        GROW(bed_flow);
        s->bed_capacity = count;
    }
#undef GROW
    return WADI_OK;
}

static void add_beds(const builder *b)
{
    wadi_steady *solver = b->solver;
    wadi_index bed_count, choke_count;
    const wadi_bed *beds = wadi_limb_beds(b->limb, &bed_count);
    const wadi_choke *chokes = wadi_limb_chokes(b->limb, &choke_count);

    solver->bed_count = bed_count;
    for (wadi_index i = 0; i < bed_count; i++) {
        if (beds[i].star)
            add_star_bed(b, &beds[i], &solver->bed[i]);
        else
            add_series_bed(b, &beds[i], &solver->bed[i],
                           beds[i].flow_m3_s * b->value[WADI_P_DEMAND]);
    }
    for (wadi_index i = 0; i < choke_count; i++) {
        const wadi_bed *x = &beds[chokes[i].a], *y = &beds[chokes[i].b];
        double mean_r = HEALTHY_GRADIENT_PA / sqrt(x->flow_m3_s * y->flow_m3_s);

        add_edge(solver, EDGE_PLAIN, solver->bed[chokes[i].a].arteriole,
                 solver->bed[chokes[i].b].arteriole, b->value[WADI_P_CHOKE] * mean_r);
    }
}

wadi_status steady_build(wadi_steady *solver, const wadi_limb *limb, const wadi_model *model,
                         const wadi_steady_options *options, wadi_error *err)
{
    const double *value = model->value;
    const double wave = value[WADI_P_VEIN_WAVE_SPEED];
    wadi_index segment_count, vessel_count;
    const wadi_segment *segments = wadi_limb_segments(limb, &segment_count);
    const wadi_vessel *vessels = wadi_limb_vessels(limb, &vessel_count);
    builder b = {solver, limb, value, 0};
    double heart_r = 0;
    wadi_status status = reserve(solver, limb, err);

    if (status)
        return status;
    solver->vein_k_pa = FLOW_DENSITY_KG_M3 * wave * wave / 11.5; /* rho c0^2 / (m - n) */
    solver->capillary_half_pa = value[WADI_P_CAPILLARY_CLOSING] * WADI_PA_PER_MMHG;
    solver->tone_gamma = value[WADI_P_AUTOREGULATION];
    b.vein_reference_area = wadi_vein_area(VEIN_REFERENCE_PA / solver->vein_k_pa);
    solver->edge_count = 0;
    solver->node_count = wadi_limb_node_count(limb);
    solver->segment_count = segment_count;
    for (wadi_index i = 0; i < segment_count; i++) {
        bool closed = segments[i].closed || vessels[segments[i].vessel].closed;

        solver->segment_edge[i] = closed ? WADI_NONE : solver->edge_count;
        if (closed)
            add_edge(solver, EDGE_CLOSED, segments[i].from, segments[i].to, 1);
        else
            add_segment_edge(&b, &segments[i], &vessels[segments[i].vessel]);
    }
    add_beds(&b);
    solver->heart = solver->node_count++;
    solver->source_pa = value[WADI_P_MEAN_PRESSURE] * WADI_PA_PER_MMHG;
    solver->outlet_pa = value[WADI_P_VENOUS_PRESSURE] * WADI_PA_PER_MMHG;
    solver->upstream_r = value[WADI_P_UPSTREAM_RESISTANCE] * WADI_PA_S_M3_PER_MMHG_MIN_ML;
    if (options->reference_inflow_m3_s >= 0) {
        /* The heart gives way to what the leg takes beyond the flow at which it was measured.
         */
        heart_r = (1 - value[WADI_P_BAROREFLEX]) * solver->source_pa /
                  (value[WADI_P_CARDIAC_OUTPUT] * WADI_M3_S_PER_ML_MIN);
        solver->source_pa += heart_r * options->reference_inflow_m3_s;
    }
    add_edge(solver, EDGE_PLAIN, solver->heart, wadi_limb_inlet(limb),
             solver->upstream_r + heart_r);
    return WADI_OK;
}
