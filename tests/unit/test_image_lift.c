/* Ways whose bends cost: against a plain reference, straight ones, and a neighbour that is
 * brighter than the gap. */
#include "image/cta_lift.h"
#include "near.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

/* A straight guess along z from the origin, points 0.5 mm apart. */
static void straight(int count, double (*way)[3])
{
    memset(way, 0, (size_t)count * sizeof *way);
    for (int i = 0; i < count; i++)
        way[i][2] = 0.5 * i;
}

static void new_band(int count, double reach_mm, double cell_mm, cta_lift *lift)
{
    double(*way)[3] = wadi_alloc((size_t)count, sizeof *way);
    wadi_error err = {0};

    assert_non_null(way);
    straight(count, way);
    assert_int_equal(
        cta_lift_new(count, (const double(*)[3])way, reach_mm, cell_mm, lift, &err), WADI_OK);
    free(way);
}

static double length_of(int count, const double (*way)[3])
{
    double sum = 0;

    for (int i = 1; i < count; i++)
        sum += cta_distance(way[i - 1], way[i]);
    return sum;
}

/* ---- the plain reference: every state again and again until nothing changes ---- */

typedef struct steps {
    int by[98][3], count;
    double size[98];
} steps;

static int divisor(int a, int b)
{
    return b ? divisor(b, a % b) : abs(a);
}

static void all_steps(double cell_mm, steps *s)
{
    s->count = 0;
    for (int x = -2; x <= 2; x++)
        for (int y = -2; y <= 2; y++)
            for (int z = -2; z <= 2; z++)
                if (divisor(divisor(x, y), z) == 1) {
                    s->by[s->count][0] = x;
                    s->by[s->count][1] = y;
                    s->by[s->count][2] = z;
                    s->size[s->count++] = cell_mm * sqrt(x * x + y * y + z * z);
                }
    assert_int_equal(s->count, 98);
}

static double turn_between(const steps *s, int a, int b)
{
    double dot = 0, size = 0, other = 0;

    for (int k = 0; k < 3; k++) {
        dot += s->by[a][k] * s->by[b][k];
        size += s->by[a][k] * s->by[a][k];
        other += s->by[b][k] * s->by[b][k];
    }
    return acos(fmin(dot / sqrt(size * other), 1));
}

static int slot_at(const cta_lift *lift, int slot, const int *by, int part, int whole)
{
    int cell = lift->cell[slot], at[3], jump = 1, to = 0;

    at[0] = cell % lift->size[0];
    at[1] = cell / lift->size[0] % lift->size[1];
    at[2] = cell / lift->size[0] / lift->size[1];
    for (int k = 0; k < 3; k++) {
        /* whole 1: the end; 2: half way, rounded towards the start (1) or the end (2). */
        int off = whole == 1 ? by[k] : part == 1 ? by[k] / 2 : by[k] - by[k] / 2;

        to += jump * (at[k] + off);
        jump *= lift->size[k];
    }
    return lift->slot[to];
}

/* Cost of a step without its bend; negative when it leaves the band. */
static double step_ref(const cta_lift *lift, const steps *s, int slot, int step)
{
    const int *by = s->by[step];
    int to = slot_at(lift, slot, by, 0, 1);
    bool far = abs(by[0]) > 1 || abs(by[1]) > 1 || abs(by[2]) > 1;

    if (to < 0)
        return -1;
    double slow = (double)lift->slow[slot] + (double)lift->slow[to];

    if (!far)
        return 0.5 * slow * s->size[step];
    int a = slot_at(lift, slot, by, 1, 2), b = slot_at(lift, slot, by, 2, 2);

    if (a < 0 || b < 0)
        return -1;
    return 0.25 * (slow + (double)lift->slow[a] + (double)lift->slow[b]) * s->size[step];
}

static double least_cost_ref(const cta_lift *lift, double stiff_mm, int first, int last)
{
    steps s;
    size_t states = (size_t)lift->count * 98;
    double *cost = wadi_alloc(states, sizeof *cost), best = 1e30;

    assert_non_null(cost);
    all_steps(lift->cell_mm, &s);
    for (size_t i = 0; i < states; i++)
        cost[i] = 1e30;
    for (bool more = true; more;) {
        more = false;
        for (int slot = 0; slot < lift->count; slot++)
            for (int out = 0; out < 98; out++) {
                double base = step_ref(lift, &s, slot, out), here = slot == first ? 0 : 1e30;

                if (base < 0 || slot == last)
                    continue;
                for (int in = 0; in < 98; in++) {
                    double turn = turn_between(&s, in, out), before = cost[slot * 98 + in];

                    if (turn <= 0.72 && before < 1e29)
                        here = fmin(here,
                                    before + stiff_mm * stiff_mm * turn * turn / s.size[out]);
                }
                int to = slot_at(lift, slot, s.by[out], 0, 1);

                if (here + base < cost[to * 98 + out] - 1e-9) {
                    cost[to * 98 + out] = here + base;
                    more = true;
                }
            }
    }
    for (int in = 0; in < 98; in++)
        best = fmin(best, cost[last * 98 + in]);
    free(cost);
    return best;
}

/* The same for a way that was found, whose points are cells. */
static double cost_of_way(const cta_lift *lift, double stiff_mm, int count,
                          const double (*way)[3])
{
    steps s;
    double sum = 0;
    int before = -1;

    all_steps(lift->cell_mm, &s);
    for (int i = 1; i < count; i++) {
        int step = -1;

        for (int q = 0; q < 98; q++) {
            double off = 0;

            for (int k = 0; k < 3; k++)
                off += fabs(way[i][k] - way[i - 1][k] - lift->cell_mm * s.by[q][k]);
            step = off < 1e-6 ? q : step;
        }
        assert_true(step >= 0);
        sum += step_ref(lift, &s, cta_lift_slot(lift, way[i - 1]), step);
        if (before >= 0)
            sum += stiff_mm * stiff_mm * pow(turn_between(&s, before, step), 2) / s.size[step];
        before = step;
    }
    return sum;
}

static void the_way_is_the_one_that_trying_all_of_them_gives(void **state)
{
    (void)state;
    for (int round = 0; round < 4; round++) {
        cta_lift lift;
        wadi_random random;
        wadi_error err = {0};
        double(*way)[3] = NULL, from[3], to[3];
        int count = 0, first = -1, last = -1;

        new_band(15, 2.3, 1, &lift);
        wadi_random_init(&random, (uint64_t)round, 0);
        for (int i = 0; i < lift.count; i++) {
            lift.slow[i] = (float)(0.2 + 2 * wadi_random_uniform(&random));
            memset(lift.lead[i], 0, sizeof lift.lead[i]);
        }
        first = cta_lift_slot(&lift, (const double[3]){-1, 1, 0});
        last = cta_lift_slot(&lift, (const double[3]){1, 0, 7});
        cta_lift_place(&lift, first, from);
        cta_lift_place(&lift, last, to);
        double stiff = 0.7 * round;

        assert_int_equal(cta_lift_march(&lift, stiff, from, NULL, to, NULL, &way, &count, &err),
                         WADI_OK);
        assert_true(count > 2);
        assert_near(cost_of_way(&lift, stiff, count, (const double(*)[3])way),
                    least_cost_ref(&lift, stiff, first, last), 1e-5, 0);
        free(way);
        cta_lift_clear(&lift);
    }
}

static void nothing_to_see_gives_a_straight_way(void **state)
{
    cta_lift lift;
    wadi_error err = {0};
    double(*way)[3] = NULL;
    const double from[3] = {0, 0, 0}, to[3] = {2.5, 0, 60}, aside[3] = {20, 0, 30};
    int count = 0;

    (void)state;
    new_band(121, 6, 1.25, &lift);
    assert_int_equal(cta_lift_march(&lift, 6, from, NULL, to, NULL, &way, &count, &err),
                     WADI_OK);
    assert_near(length_of(count, (const double(*)[3])way), cta_distance(from, to), 0.02, 0);
    assert_near(cta_distance(way[0], from), 0, 0, 1e-12);
    assert_near(cta_distance(way[count - 1], to), 0, 0, 1e-12);
    free(way);
    /* A place outside of the band is not reached. */
    assert_int_equal(cta_lift_march(&lift, 6, from, NULL, aside, NULL, &way, &count, &err),
                     WADI_OK);
    assert_int_equal(count, 0);
    assert_null(way);
    cta_lift_clear(&lift);
}

/* A closed artery of 60 mm along z shows little (1 a mm); 4 mm beside it, from 18 to 42 mm, a
 * neighbour shows more (0.7). Farthest distance of the way from the artery. */
static double strays(double stiff_mm)
{
    cta_lift lift;
    wadi_error err = {0};
    double(*way)[3] = NULL, worst = 0;
    const double from[3] = {0, 0, 0}, to[3] = {0, 0, 60}, down[3] = {0, 0, 1};
    int count = 0;

    new_band(121, 6, 1.25, &lift);
    for (int i = 0; i < lift.count; i++) {
        double p[3];

        cta_lift_place(&lift, i, p);
        if (hypot(p[0] - 4, p[1]) < 1.3 && p[2] > 18 && p[2] < 42)
            lift.slow[i] = 0.7f;
    }
    assert_int_equal(cta_lift_march(&lift, stiff_mm, from, down, to, down, &way, &count, &err),
                     WADI_OK);
    assert_true(count > 2);
    for (int i = 0; i < count; i++)
        worst = fmax(worst, hypot(way[i][0], way[i][1]));
    free(way);
    cta_lift_clear(&lift);
    return worst;
}

/* Without a cost of bends the way through the neighbour is the best. With that of
 * cta_corridor.c the two turns into it and the two out of it cost more than it saves. */
static void a_short_cut_through_a_neighbour_is_refused_for_its_bends(void **state)
{
    (void)state;
    assert_true(strays(0) > 2.5);
    assert_true(strays(6) < 1);
}

static void a_way_leaves_in_the_direction_of_its_stump(void **state)
{
    cta_lift lift;
    wadi_error err = {0};
    double(*way)[3] = NULL;
    const double from[3] = {0, 0, 0}, to[3] = {0, 0, 40}, aside[3] = {0.6, 0, 0.8};
    int count = 0;

    (void)state;
    new_band(81, 8, 1.25, &lift);
    assert_int_equal(cta_lift_march(&lift, 6, from, aside, to, NULL, &way, &count, &err),
                     WADI_OK);
    assert_true(count > 2);
    double x = way[1][0] - way[0][0], z = way[1][2] - way[0][2];

    assert_true(x / hypot(x, z) > 0.3);
    free(way);
    cta_lift_clear(&lift);
}

static void turns_off_the_lead_are_refused(void **state)
{
    cta_lift lift;
    wadi_error err = {0};
    double(*way)[3] = NULL;
    const double from[3] = {0, 0, 20}, to[3] = {0, 0, 0};
    int count = 7;

    (void)state;
    new_band(41, 5, 1.25, &lift);
    /* The guess runs up; the way back has no step that goes its way. */
    assert_int_equal(cta_lift_march(&lift, 1, from, NULL, to, NULL, &way, &count, &err),
                     WADI_OK);
    assert_int_equal(count, 0);
    for (int i = 0; i < lift.count; i++)
        memset(lift.lead[i], 0, sizeof lift.lead[i]);
    assert_int_equal(cta_lift_march(&lift, 1, from, NULL, to, NULL, &way, &count, &err),
                     WADI_OK);
    assert_true(count > 2);
    free(way);
    cta_lift_clear(&lift);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_way_is_the_one_that_trying_all_of_them_gives),
        cmocka_unit_test(nothing_to_see_gives_a_straight_way),
        cmocka_unit_test(a_short_cut_through_a_neighbour_is_refused_for_its_bends),
        cmocka_unit_test(a_way_leaves_in_the_direction_of_its_stump),
        cmocka_unit_test(turns_off_the_lead_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
