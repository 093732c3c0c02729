/* Oxygen carried by the steady flow. Every edge flows from higher to lower pressure, so nodes
 * in the order of falling pressure know their inflow: one pass solves the network exactly. */
#include "flow/flow_impl.h"
#include "wadi/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Half-saturation of oxygen use, mL/dL of content: leg-model, ESTIMATE. */
static const double HALF_USE_ML_DL = 1.0;
/* Resting foot blood flow that sets the tissue mass of a bed: 25 mL/min in a foot of 1 kg. */
static const double REST_FLOW_PER_100G_ML_MIN = 2.5;
/* Arterial partial pressure for the dissolved part (memory). */
static const double ARTERIAL_PO2_MMHG = 90;

static int by_falling_pressure(const void *a, const void *b)
{
    const ranked_node *x = a, *y = b;

    return x->pressure < y->pressure   ? 1
           : x->pressure > y->pressure ? -1
                                       : (x->node > y->node) - (x->node < y->node);
}

/* Well-mixed tissue: flow (Cin - C) = use C/(C50 + C), all in mL/dL times flow; positive root.
 */
static double mixed_content(double flow, double carried, double use)
{
    double b = flow * HALF_USE_ML_DL + use - carried, c = -carried * HALF_USE_ML_DL;

    /* flow C^2 + b C + c = 0 with c <= 0. */
    double root = sqrt(b * b - 4 * flow * c);

    return b > 0 ? -2 * c / (b + root) : (root - b) / (2 * flow);
}

static void node_use(const wadi_steady *s, const wadi_limb *limb, const wadi_model *model,
                     double *use)
{
    wadi_index count;
    const wadi_bed *beds = wadi_limb_beds(limb, &count);

    memset(use, 0, (size_t)s->node_count * sizeof *use);
    for (wadi_index i = 0; i < count; i++) {
        /* Closed capillaries do not feed their tissue, but the tissue goes on using oxygen. */
        double per_100g = model->value[WADI_P_OXYGEN_USE];
        /* m3/s of flow per unit of demand, then oxygen in mL/dL times m3/s. */
        double mass_100g_per_flow = 1 / REST_FLOW_PER_100G_ML_MIN;

        use[s->bed[i].mesh] = per_100g * mass_100g_per_flow * beds[i].flow_m3_s * 100;
    }
}

static void spread(wadi_steady *s, double arterial, const double *use, ranked_node *order,
                   wadi_index *head, wadi_index *next)
{
    wadi_index count = 0;
    double *carried = s->weight, *flow = s->step;

    for (wadi_index i = 0; i < s->node_count; i++)
        if (s->unknown[i] != WADI_NONE)
            order[count++] = (ranked_node){s->pressure[i], i};
    qsort(order, (size_t)count, sizeof *order, by_falling_pressure);
    for (wadi_index i = 0; i < s->node_count; i++) {
        carried[i] = flow[i] = s->content[i] = 0;
        head[i] = WADI_NONE;
    }
    for (wadi_index e = 0; e < s->edge_count; e++) {
        wadi_index from = s->edge_flow[e] >= 0 ? s->edges[e].a : s->edges[e].b;

        next[e] = head[from];
        head[from] = e;
    }
    for (wadi_index k = 0; k < count; k++) {
        wadi_index node = order[k].node;

        if (node == s->heart)
            s->content[node] = arterial;
        else if (flow[node] > 0)
            s->content[node] = use[node] > 0
                                   ? mixed_content(flow[node], carried[node], use[node])
                                   : carried[node] / flow[node];
        for (wadi_index e = head[node]; e != WADI_NONE; e = next[e]) {
            wadi_index to = s->edge_flow[e] >= 0 ? s->edges[e].b : s->edges[e].a;
            double size = fabs(s->edge_flow[e]);

            flow[to] += size;
            carried[to] += size * s->content[node];
        }
    }
}

static void bed_result(const wadi_steady *s, const wadi_bed *bed, const bed_nodes *nodes,
                       const wadi_model *model, double arterial, wadi_bed_flow *out)
{
    const double *q = s->edge_flow + nodes->edge_first;
    wadi_index ports[3] = {bed->star ? nodes->pre : nodes->arteriole,
                           bed->star ? nodes->deep : bed->deep, nodes->superficial};
    double in[3] = {bed->star ? q[2] : q[1], bed->star ? -q[3] : -q[2], bed->star ? -q[4] : 0};
    double total = 0, carried = 0, venous = 0;

    for (int k = 0; k < 3; k++) {
        if (in[k] <= 0)
            continue;
        double part = in[k] * s->content[ports[k]] / arterial;

        total += in[k];
        carried += part;
        venous += k ? part : 0;
    }
    out->arteriole_m3_s = in[0];
    out->deep_m3_s = in[1];
    out->superficial_m3_s = in[2];
    out->nutritive_m3_s = carried;
    out->retrograde_frac = carried > 0 ? venous / carried : 0;
    out->inflow_content_frac = total > 0 ? carried / total : 0;
    out->arteriole_pressure_pa = s->pressure[nodes->arteriole];
    out->capillary_pressure_pa = s->pressure[nodes->mesh];
    out->end_capillary_po2_mmhg =
        wadi_oxygen_pressure(model->value[WADI_P_HAEMOGLOBIN], s->content[nodes->mesh]);
    out->tcpo2_mmhg =
        bed->star ? fmax(0, model->value[WADI_P_TCPO2_GAIN] * out->end_capillary_po2_mmhg -
                                model->value[WADI_P_TCPO2_OFFSET])
                  : 0;
}

void steady_oxygen(wadi_steady *s, const wadi_limb *limb, const wadi_model *model,
                   wadi_steady_result *out)
{
    double haemoglobin = model->value[WADI_P_HAEMOGLOBIN];
    wadi_index count;
    const wadi_bed *beds = wadi_limb_beds(limb, &count);

    /* 1.34 mL/g bound and 0.003 mL/dL/mmHg dissolved, as in laws.c. */
    out->arterial_content_ml_dl =
        1.34 * haemoglobin * model->value[WADI_P_SATURATION] + 0.003 * ARTERIAL_PO2_MMHG;
    node_use(s, limb, model, s->use);
    spread(s, out->arterial_content_ml_dl, s->use, s->ranked, s->order, s->next_edge);
    for (wadi_index i = 0; i < count; i++)
        bed_result(s, &beds[i], &s->bed[i], model, out->arterial_content_ml_dl,
                   &s->bed_flow[i]);
}
