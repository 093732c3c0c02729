/* Reservoirs: chambers that take long to fill against a step. Their pressure changes by little
 * within it, so it is carried on with the flows of the step before, to its middle; what lies
 * around them needs not be solved at once. Elements from reservoir to reservoir are loose. */
#include "flow/pulse_pack_impl.h"

#include <stdlib.h>
#include <string.h>

struct pulse_pool {
    size_t lanes, count, sides, loose;
    double *value, *rest, *rate, *compliance; /* (count x lanes) */
    wadi_index *port, *first_side;            /* (count), (count + 1) */
    const double **flow;                      /* (sides x lanes) where flows stand */
    double *sign;                             /* (sides) */
    pack_elements elements;                   /* the loose ones */
    double *store;
};

void pulse_pool_free(wadi_pulse *pulse)
{
    struct pulse_pool *pool = pulse->pool;

    pulse->pool = NULL;
    if (!pool || pulse->lane)
        return;
    free(pool->store);
    free(pool->port);
    free(pool->first_side);
    free(pool->flow);
    free(pool->sign);
    free(pool->elements.from);
    free(pool->elements.to);
    free(pool->elements.of);
    free(pool);
}

static size_t name_numbers(struct pulse_pool *pool, double *base)
{
    size_t chambers = pool->count * pool->lanes, loose = pool->loose * pool->lanes, used = 0;
    pack_elements *e = &pool->elements;
    double **of_chambers[] = {&pool->value, &pool->rest, &pool->rate, &pool->compliance};
    double **of_loose[] = {&e->r, &e->back,  &e->b,    &e->momentum, &e->theta,
                           &e->q, &e->guess, &e->flow, &e->slope,    &e->moved};

    for (size_t i = 0; i < WADI_COUNT_OF(of_chambers); i++, used += chambers)
        *of_chambers[i] = base ? base + used : NULL;
    for (size_t i = 0; i < WADI_COUNT_OF(of_loose); i++, used += loose)
        *of_loose[i] = base ? base + used : NULL;
    return used;
}

static wadi_status make_room(wadi_pulse *pulse, struct pulse_pool *pool, wadi_error *err)
{
    pack_elements *e = &pool->elements;

    pool->store = wadi_alloc(name_numbers(pool, NULL), sizeof(double));
    pool->port = wadi_alloc(pool->count, sizeof *pool->port);
    pool->first_side = wadi_alloc(pool->count + 1, sizeof *pool->first_side);
    pool->flow = wadi_alloc(pool->sides * pool->lanes, sizeof *pool->flow);
    pool->sign = wadi_alloc(pool->sides, sizeof *pool->sign);
    e->from = wadi_alloc(pool->loose, sizeof *e->from);
    e->to = wadi_alloc(pool->loose, sizeof *e->to);
    e->of = wadi_alloc(pool->loose, sizeof *e->of);
    if (!pool->store || !pool->port || !pool->first_side || !pool->flow || !pool->sign ||
        !e->from || !e->to || !e->of)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %ld chambers",
                         (long)pulse->reservoir_count);
    name_numbers(pool, pool->store);
    return WADI_OK;
}

static void fill_loose(wadi_pulse *pulse, struct pulse_pool *pool)
{
    pack_elements *to = &pool->elements;

    to->count = pool->loose;
    for (size_t i = 0; i < pool->loose; i++) {
        wadi_index index = pulse->loose[i];

        to->of[i] = index;
        to->from[i] = pulse->nodes[pulse->elements[index].from].slot;
        to->to[i] = pulse->nodes[pulse->elements[index].to].slot;
        for (size_t lane = 0; lane < pool->lanes; lane++) {
            wadi_pulse *own = pulse->lane_of[lane];
            const wadi_network_element *part =
                &own->network->elements[own->elements[index].part];
            size_t at = i * pool->lanes + lane;

            to->r[at] = part->resistance_pa_s_m3;
            to->back[at] = part->back_resistance_pa_s_m3 > 0 ? part->back_resistance_pa_s_m3
                                                             : part->resistance_pa_s_m3;
            to->b[at] = part->quadratic_pa_s2_m6;
            own->elements[index].flow_at = &to->q[at];
        }
    }
}

/* After the packs: they hold the flows of their elements. */
wadi_status pulse_pool_lay(wadi_pulse *pulse, wadi_error *err)
{
    struct pulse_pool *pool;
    size_t side = 0;
    wadi_status status;

    if (!pulse->reservoir_count)
        return WADI_OK;
    pool = wadi_alloc(1, sizeof *pool);
    if (!pool)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for chambers");
    for (size_t lane = 0; lane < pulse->lanes; lane++)
        pulse->lane_of[lane]->pool = pool;
    pool->lanes = pulse->lanes;
    pool->count = (size_t)pulse->reservoir_count;
    pool->loose = (size_t)pulse->loose_count;
    for (size_t i = 0; i < pool->count; i++)
        pool->sides += (size_t)pulse->nodes[pulse->reservoirs[i]].side_count;
    status = make_room(pulse, pool, err);
    if (status)
        return status;
    fill_loose(pulse, pool);
    for (size_t i = 0; i < pool->count; i++) {
        wadi_index index = pulse->reservoirs[i];
        const pulse_node *node = &pulse->nodes[index];
        const pulse_port *port = &pulse->ports[node->first_port];

        pool->port[i] = node->first_port;
        pool->first_side[i] = (wadi_index)side;
        for (size_t lane = 0; lane < pool->lanes; lane++) {
            const wadi_pulse *own = pulse->lane_of[lane];
            pool->rest[i * pool->lanes + lane] = own->nodes[index].rest_pa;
            pool->compliance[i * pool->lanes + lane] =
                own->network->chambers[port->part].compliance_m3_pa;
        }
        for (wadi_index k = node->first_side; k < node->first_side + node->side_count; k++) {
            wadi_index element = pulse->sides[k];

            pool->sign[side] = pulse->elements[element].to == index ? 1 : -1;
            for (size_t lane = 0; lane < pool->lanes; lane++)
                pool->flow[side * pool->lanes + lane] =
                    pulse->lane_of[lane]->elements[element].flow_at;
            side++;
        }
    }
    pool->first_side[pool->count] = (wadi_index)side;
    return WADI_OK;
}

static void find_rates(struct pulse_pool *pool)
{
    const size_t lanes = pool->lanes;

    for (size_t i = 0; i < pool->count; i++)
        for (size_t lane = 0; lane < lanes; lane++) {
            double sum = 0;

            for (wadi_index s = pool->first_side[i]; s < pool->first_side[i + 1]; s++)
                sum += pool->sign[s] * *pool->flow[(size_t)s * lanes + lane];
            pool->rate[i * lanes + lane] = sum / pool->compliance[i * lanes + lane];
        }
}

void pulse_pool_load(wadi_pulse *pulse)
{
    struct pulse_pool *pool = pulse->pool;

    if (!pool)
        return;
    for (size_t i = 0; i < pool->count; i++)
        pool->value[i * pool->lanes + pulse->lane] = pulse->ports[pool->port[i]].value;
    for (size_t i = 0; i < pool->loose; i++) {
        const pulse_element *e = &pulse->elements[pool->elements.of[i]];
        pool->elements.q[i * pool->lanes + pulse->lane] = e->q;
        pool->elements.moved[i * pool->lanes + pulse->lane] = e->moved_m3;
    }
    find_rates(pool);
}

void pulse_pool_store(wadi_pulse *pulse)
{
    const struct pulse_pool *pool = pulse->pool;

    if (!pool)
        return;
    for (size_t i = 0; i < pool->count; i++) {
        pulse_port *port = &pulse->ports[pool->port[i]];
        size_t at = i * pool->lanes + pulse->lane;

        port->value = pool->value[at];
        pulse->nodes[port->node].p = pool->value[at] + pool->rest[at];
    }
    for (size_t i = 0; i < pool->loose; i++) {
        pulse_element *e = &pulse->elements[pool->elements.of[i]];
        e->q = pool->elements.q[i * pool->lanes + pulse->lane];
        e->moved_m3 = pool->elements.moved[i * pool->lanes + pulse->lane];
        e->dp = pulse->nodes[e->from].p - pulse->nodes[e->to].p;
    }
}

void pulse_pool_ahead(const wadi_pulse *pulse, wadi_index node, double ahead_s, double *p)
{
    const struct pulse_pool *pool = pulse->pool;
    size_t first = (size_t)pulse->nodes[node].slot * pool->lanes;

    for (size_t lane = 0; lane < pool->lanes; lane++)
        p[lane] = pool->rest[first + lane] +
                  (pool->value[first + lane] + ahead_s * pool->rate[first + lane]);
}

void pulse_pool_loose_step(wadi_pulse *pulse, double dt)
{
    struct pulse_pool *pool = pulse->pool;
    pack_elements *e = &pool->elements;
    const size_t lanes = pool->lanes;

    for (size_t i = 0; i < pool->loose; i++)
        for (size_t lane = 0; lane < lanes; lane++) {
            size_t from = (size_t)e->from[i] * lanes + lane;
            size_t to = (size_t)e->to[i] * lanes + lane;
            e->guess[i * lanes + lane] =
                (pool->rest[from] + (pool->value[from] + 0.5 * dt * pool->rate[from])) -
                (pool->rest[to] + (pool->value[to] + 0.5 * dt * pool->rate[to]));
        }
    pack_evaluate_elements(e, lanes);
    for (size_t i = 0; i < pool->loose * lanes; i++) {
        e->q[i] = e->flow[i];
        e->moved[i] += e->flow[i] * dt;
    }
}

void pulse_pool_step(wadi_pulse *pulse, double dt)
{
    struct pulse_pool *pool = pulse->pool;

    find_rates(pool);
    for (size_t i = 0; i < pool->count * pool->lanes; i++)
        pool->value[i] += dt * pool->rate[i];
}
